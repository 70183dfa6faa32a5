//! What was executed how often, in sessions that count.
//!
//! The counts of a function lie beside its code ([`Counts`]); here is the list of all of them.
//! A chunk that is loaded again has the counts it had: functions are the same if their code is,
//! with its lines and the chunk's name. None of it is a script's: it takes no fuel and none of
//! the memory that is limited, so what it may take itself is bounded here.

use crate::bytecode::proto::{Const, Proto};
use crate::vm::heap::closure::Code;
use crate::vm::heap::counts::{Counts, increment};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Most instructions that are counted, in all chunks together: 8 bytes each, and their code,
/// lines, texts and the rest of the functions, of which as many bytes as [`WEIGHT`] are one more.
const MOST: usize = 4 << 20;
/// Bytes of a function that take the room of an instruction.
const WEIGHT: usize = 32;

/// A function and how often its instructions were executed.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    /// The function.
    pub(crate) proto: Arc<Proto>,
    /// The counts.
    pub(crate) counts: Rc<Counts>,
}

/// A chunk, as the numbers of its functions: its main function first, then those in it, outer
/// ones before inner ones.
type Chunk = std::ops::Range<usize>;

/// Everything that is counted on one machine.
#[derive(Debug)]
pub(crate) struct Coverage {
    on: Cell<bool>,
    functions: RefCell<Vec<Counted>>,
    /// The numbers of those whose counts are not all zero.
    touched: RefCell<Vec<usize>>,
    /// Chunks by a number made from their code.
    chunks: RefCell<BTreeMap<u64, Vec<Chunk>>>,
    /// Instructions that are counted, what they and their functions take, and the most they may.
    instructions: Cell<usize>,
    taken: Cell<usize>,
    most: Cell<usize>,
    /// Functions that are not, for want of room.
    left_out: Cell<u64>,
    /// What is compared, while somebody wants to know.
    pub(crate) compared: Compared,
}

impl Default for Coverage {
    fn default() -> Coverage {
        Coverage {
            on: Cell::new(false),
            functions: RefCell::default(),
            touched: RefCell::default(),
            chunks: RefCell::default(),
            instructions: Cell::new(0),
            taken: Cell::new(0),
            most: Cell::new(MOST),
            left_out: Cell::new(0),
            compared: Compared::default(),
        }
    }
}

impl Coverage {
    /// Counts from now on.
    pub(crate) fn turn_on(&self) {
        self.on.set(true);
    }

    /// Sets the most instructions that are counted.
    #[cfg(test)]
    pub(crate) fn set_most(&self, most: usize) {
        self.most.set(most);
    }

    /// Tells whether anything is counted.
    #[inline(always)]
    pub(crate) fn is_on(&self) -> bool {
        self.on.get()
    }

    /// Returns all functions of chunks that were executed, in the order the chunks came, and
    /// how many were left out for want of room.
    pub(crate) fn all(&self) -> (Vec<Counted>, u64) {
        (self.functions.borrow().clone(), self.left_out.get())
    }

    /// Looks at the functions from a number on; returns how many there are in all.
    pub(crate) fn for_each_from(&self, first: usize, look: impl FnMut(&Counted)) -> usize {
        let functions = self.functions.borrow();
        functions.iter().skip(first).for_each(look);
        functions.len()
    }

    /// Looks at the functions that were executed since the counts were zero, in the order they
    /// were first.
    pub(crate) fn for_each_touched(&self, look: impl FnMut(&Counted)) {
        let functions = self.functions.borrow();
        let touched = self.touched.borrow();
        touched.iter().filter_map(|function| functions.get(*function)).for_each(look);
    }

    /// Sets all counts to zero.
    pub(crate) fn clear(&self) {
        self.for_each_touched(|function| function.counts.clear());
        self.touched.borrow_mut().clear();
        self.left_out.set(0);
    }

    /// Counts an instruction that is about to be executed.
    #[inline]
    pub(in crate::vm) fn count(&self, code: &Code<'_>, pc: usize) {
        let counts = match code.counts.get() {
            Some(counts) => counts,
            None => self.add(code),
        };
        if let Some(count) = counts.list.get(pc) {
            if !counts.touched.replace(true) {
                self.touched.borrow_mut().push(counts.function);
            }
            increment(&count.hits);
        }
    }

    /// Counts a jump of an instruction that is counted.
    pub(in crate::vm) fn jumped(code: &Code<'_>, pc: usize) {
        if let Some(count) = code.counts.get().and_then(|counts| counts.list.get(pc)) {
            increment(&count.jumps);
        }
    }

    /// Gives a function, and those in it, the counts of the same function that was there
    /// before, or new ones.
    #[cold]
    #[inline(never)]
    fn add<'a>(&self, code: &'a Code<'_>) -> &'a Rc<Counts> {
        let mut family = vec![code];
        let mut next = 0;
        while let Some(code) = family.get(next) {
            next += 1;
            family.extend(code.protos.iter().map(|child| child.as_ref()));
        }
        let number = family.iter().fold(0xcbf2_9ce4_8422_2325, |hash, code| mix(hash, &code.proto));
        let chunk = self.find(number, &family).or_else(|| self.make(number, &family));
        let functions = self.functions.borrow();
        for (at, code) in family.iter().enumerate() {
            let function = chunk.as_ref().and_then(|chunk| functions.get(chunk.start + at));
            let counts = function.map(|function| Rc::clone(&function.counts)).unwrap_or_default();
            // A function within may have been executed before, restored without what is around it.
            let _ = code.counts.set(counts);
        }
        code.counts.get_or_init(Rc::default)
    }

    fn find(&self, number: u64, family: &[&Code<'_>]) -> Option<Chunk> {
        let functions = self.functions.borrow();
        let chunks = self.chunks.borrow();
        let is_it = |chunk: &&Chunk| {
            let known = functions.get(chunk.start..chunk.end).unwrap_or_default();
            known.len() == family.len()
                && known.iter().zip(family).all(|(known, code)| is_same(&known.proto, &code.proto))
        };
        chunks.get(&number)?.iter().find(is_it).cloned()
    }

    fn make(&self, number: u64, family: &[&Code<'_>]) -> Option<Chunk> {
        // The name of the chunk is one text for all: the source, if it has no other.
        let name = family.first().map_or(0, |code| code.proto.source.len());
        let room = family.iter().fold(name / WEIGHT, |room, code| room + room_of(&code.proto));
        let taken = self.taken.get().saturating_add(room);
        if taken > self.most.get() {
            self.left_out.set(self.left_out.get().saturating_add(family.len() as u64));
            return None;
        }
        self.taken.set(taken);
        let mut functions = self.functions.borrow_mut();
        let start = functions.len();
        for code in family {
            let (length, first) = (code.proto.code.len(), self.instructions.get());
            let counts = Rc::new(Counts::new(length, functions.len(), first));
            self.instructions.set(first + length);
            functions.push(Counted { proto: Arc::clone(&code.proto), counts });
        }
        let chunk = start..functions.len();
        self.chunks.borrow_mut().entry(number).or_default().push(chunk.clone());
        Some(chunk)
    }
}

/// What a function takes that is known for good, in instructions: those it has, and what else
/// it holds.
fn room_of(proto: &Proto) -> usize {
    let texts = proto.constants.iter().map(|constant| match constant {
        Const::String(text) => text.len(),
        _ => 0,
    });
    let names = proto.loc_vars.iter().map(|var| var.name.len());
    proto.code.len() + (proto.bytes() + texts.chain(names).sum::<usize>()) / WEIGHT
}

/// Mixes a function into a number: FNV-1a over words.
fn mix(hash: u64, proto: &Proto) -> u64 {
    let word = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0100_0000_01b3);
    let hash = proto.source.iter().fold(hash, |hash, byte| word(hash, u64::from(*byte)));
    let hash = word(hash, u64::from(proto.line_defined));
    proto.code.iter().zip(&proto.lines).fold(hash, |hash, (instr, line)| {
        let low = u64::from(instr.op as u8) | u64::from(instr.a) << 8 | u64::from(instr.b) << 16;
        word(
            word(hash, low | u64::from(instr.c) << 24 | u64::from(instr.x) << 32),
            u64::from(*line),
        )
    })
}

fn is_same(known: &Proto, new: &Proto) -> bool {
    known.line_defined == new.line_defined
        && known.source == new.source
        && known.code == new.code
        && known.lines == new.lines
}

/// Most comparisons that are noted.
const MOST_COMPARED: usize = 4096;
/// Most bytes of a text that are noted.
const LONGEST: usize = 256;

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
    /// A string, or its beginning.
    Text(Vec<u8>),
}

/// What was compared with what, in the order it happened.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    on: Cell<bool>,
    list: RefCell<Vec<(Operand, Operand)>>,
}

impl Compared {
    /// Begins to note comparisons.
    pub(crate) fn begin(&self) {
        self.list.borrow_mut().clear();
        self.on.set(true);
    }

    /// Ends, and returns what was noted.
    pub(crate) fn take(&self) -> Vec<(Operand, Operand)> {
        self.on.set(false);
        std::mem::take(&mut self.list.borrow_mut())
    }

    /// Tells whether comparisons are noted.
    #[inline(always)]
    pub(crate) fn is_on(&self) -> bool {
        self.on.get()
    }

    /// Notes a comparison.
    pub(crate) fn note(&self, left: Operand, right: Operand) {
        let mut list = self.list.borrow_mut();
        if list.len() < MOST_COMPARED && left != right {
            list.push((left, right));
        }
    }
}

impl Operand {
    /// Returns a text.
    pub(crate) fn text(bytes: &[u8]) -> Operand {
        Operand::Text(bytes[..bytes.len().min(LONGEST)].to_vec())
    }
}
