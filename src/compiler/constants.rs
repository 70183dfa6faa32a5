//! The constants of a function under compilation, each once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Compiler;
use super::exp::Value;
use crate::bytecode::proto::{CONST_BYTES, Const};

/// Constants that are compared one by one before there is an index.
const FEW: usize = 8;

/// Slots looked at before a constant goes to the ordered map instead. Bounds what a
/// source full of colliding constants can cost.
const MAX_PROBES: usize = 16;

/// An empty slot.
const EMPTY: u32 = u32::MAX;

/// Logical bytes of a constant while its function is compiled: as part of the function,
/// with the room its vector grows by, and here.
const BYTES: u64 = 2 * CONST_BYTES as u64 + 96;

/// What tells two constants apart: kind, and bits or the id of the text.
type Key = (u8, u64);

/// Finds constants by their value. What it does depends on nothing but these and their
/// order.
#[derive(Debug, Default)]
pub(super) struct ConstantIndex {
    keys: Vec<Key>,
    /// Open addressing with linear probing; a power of two long, or empty.
    slots: Vec<u32>,
    /// Constants that found no slot within [`MAX_PROBES`].
    overflow: BTreeMap<Key, u32>,
}

fn key(value: Value) -> Key {
    match value {
        Value::True => (1, 1),
        Value::False => (1, 0),
        Value::Integer(i) => (2, i as u64),
        Value::Float(f) => (3, f.to_bits()),
        Value::Str(id) => (4, u64::from(id.0)),
        _ => (0, 0),
    }
}

fn hash(key: Key) -> usize {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (key.1 ^ (u64::from(key.0) << 56)).wrapping_mul(MULTIPLIER);
    ((mixed ^ (mixed >> 32)).wrapping_mul(MULTIPLIER) >> 32) as usize
}

impl ConstantIndex {
    fn find(&self, key: Key) -> Option<u32> {
        if self.slots.is_empty() {
            return self.keys.iter().position(|known| *known == key).map(|index| index as u32);
        }
        let mask = self.slots.len() - 1;
        for step in 0..MAX_PROBES {
            match self.slots[(hash(key) + step) & mask] {
                EMPTY => return None,
                index if self.keys[index as usize] == key => return Some(index),
                _ => {}
            }
        }
        self.overflow.get(&key).copied()
    }

    /// Adds a constant that [`ConstantIndex::find`] did not find.
    fn add(&mut self, key: Key) -> u32 {
        let index = self.keys.len() as u32;
        self.keys.push(key);
        if self.keys.len() > FEW {
            if self.keys.len() * 2 > self.slots.len() {
                self.grow();
            } else {
                self.place(index);
            }
        }
        index
    }

    fn place(&mut self, index: u32) {
        let (key, mask) = (self.keys[index as usize], self.slots.len() - 1);
        let mut places = (0..MAX_PROBES).map(|step| (hash(key) + step) & mask);
        match places.find(|place| self.slots[*place] == EMPTY) {
            Some(place) => self.slots[place] = index,
            None => {
                self.overflow.insert(key, index);
            }
        }
    }

    /// Makes twice as many slots.
    fn grow(&mut self) {
        self.slots = vec![EMPTY; (self.slots.len() * 2).max(4 * FEW)];
        self.overflow = BTreeMap::new();
        for index in 0..self.keys.len() {
            self.place(index as u32);
        }
    }
}

impl Compiler {
    /// Returns the index of a constant.
    pub(super) fn constant(&mut self, value: Value) -> u32 {
        let key = key(value);
        if let Some(index) = self.fs.constants.find(key) {
            return index;
        }
        let constant = match value {
            Value::True => Const::Boolean(true),
            Value::False => Const::Boolean(false),
            Value::Integer(i) => Const::Integer(i),
            Value::Float(f) => Const::Number(f),
            Value::Str(id) => Const::String(Arc::clone(self.chunk.shared(id))),
            _ => Const::Nil,
        };
        self.fs.proto.constants.push(constant);
        self.grow(BYTES);
        self.work += super::CONSTANT;
        self.fs.constants.add(key)
    }
}
