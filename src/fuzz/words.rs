//! Values that a script knows: its constants, and what it compares. They go into inputs.

use super::random::Random;
use crate::bytecode::proto::Const;
use crate::vm::state::coverage::{Coverage, Operand};
use std::collections::BTreeSet;

/// Most values of a kind that are kept.
const MOST: usize = 1024;

/// Integers at which something often goes wrong.
const NUMBERS: [i64; 26] = [
    0,
    1,
    -1,
    2,
    3,
    7,
    8,
    10,
    16,
    32,
    64,
    100,
    127,
    128,
    255,
    256,
    1000,
    1024,
    32767,
    65535,
    65536,
    i32::MAX as i64,
    i32::MIN as i64,
    1 << 53,
    i64::MAX,
    i64::MIN,
];

/// The values.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    texts: Vec<String>,
    integers: Vec<i64>,
    floats: Vec<f64>,
    known_texts: BTreeSet<String>,
    known_integers: BTreeSet<i64>,
    known_floats: BTreeSet<u64>,
    /// Functions whose constants were looked at.
    functions: usize,
}

impl Words {
    /// Learns the constants of functions that were executed since the last time.
    pub(super) fn learn_constants(&mut self, coverage: &Coverage) {
        self.functions = coverage.for_each_from(self.functions, |function| {
            for constant in &function.proto.constants {
                match constant {
                    Const::Integer(number) => self.integer(*number),
                    Const::Number(number) => self.float(*number),
                    Const::String(text) => self.text(text),
                    Const::Nil | Const::Boolean(_) => {}
                }
            }
        });
    }

    /// Learns what was compared.
    pub(super) fn learn(&mut self, operand: &Operand) {
        match operand {
            Operand::Integer(number) => self.integer(*number),
            Operand::Float(number) => self.float(*number),
            Operand::Text(text) => self.text(text),
        }
    }

    fn integer(&mut self, number: i64) {
        if self.integers.len() < MOST && self.known_integers.insert(number) {
            self.integers.push(number);
        }
    }

    fn float(&mut self, number: f64) {
        if self.floats.len() < MOST && self.known_floats.insert(number.to_bits()) {
            self.floats.push(number);
        }
    }

    fn text(&mut self, text: &[u8]) {
        if self.texts.len() < MOST
            && text.len() <= 64
            && let Ok(text) = std::str::from_utf8(text)
            && self.known_texts.insert(text.to_owned())
        {
            self.texts.push(text.to_owned());
        }
    }

    /// Returns a text that the script knows.
    pub(super) fn any_text(&self, random: &mut Random) -> Option<&str> {
        random.pick(&self.texts).map(String::as_str)
    }

    /// Returns an integer: one that the script knows, one that is often wrong, or any.
    pub(super) fn any_integer(&self, random: &mut Random) -> i64 {
        match random.below(4) {
            0 => {
                let near = random.below(3) as i64 - 1;
                random.pick(&self.integers).map_or(near, |number| number.wrapping_add(near))
            }
            1 => random.pick(&NUMBERS).copied().unwrap_or(0),
            2 => random.below(256) as i64,
            _ => {
                let bits = 1 + random.below(63) as u32;
                let number = (random.next() >> (64 - bits)) as i64;
                if random.once_in(2) { number } else { number.wrapping_neg() }
            }
        }
    }

    /// Returns a finite float, likewise.
    pub(super) fn any_float(&self, random: &mut Random) -> f64 {
        let number = match random.below(5) {
            0 => random.pick(&self.floats).copied().unwrap_or(0.5),
            1 => *random
                .pick(&[0.0, -0.0, 0.5, -0.5, 0.1, 1e15, 1e16, 1e100, 1e308, 5e-324, 1.5])
                .unwrap_or(&0.0),
            2 => self.any_integer(random) as f64,
            3 => (random.below(20001) as f64 - 10000.0) / 100.0,
            _ => f64::from_bits(random.next()),
        };
        if number.is_finite() { number } else { 0.0 }
    }
}
