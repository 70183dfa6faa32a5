//! How often the instructions of a function were executed: kept beside its code, in sessions
//! that count.

use std::cell::Cell;

/// What is known of one instruction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Count {
    /// How often it was executed.
    pub(crate) hits: Cell<u32>,
    /// How often it jumped.
    pub(crate) jumps: Cell<u32>,
}

/// Adds one, and stays at the highest number.
pub(crate) fn increment(count: &Cell<u32>) {
    count.set(count.get().saturating_add(1));
}

/// The counts of one function, in the order of its code. Empty where there was no room.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Those of the instructions.
    pub(crate) list: Box<[Count]>,
    /// The function's number among those that are counted, and that of its first instruction.
    pub(crate) function: usize,
    /// See [`Counts::function`].
    pub(crate) first: usize,
    /// Whether any is not zero.
    pub(crate) touched: Cell<bool>,
}

impl Counts {
    /// Makes the counts of `length` instructions of a function with these numbers.
    pub(crate) fn new(length: usize, function: usize, first: usize) -> Counts {
        let list = vec![Count::default(); length].into();
        Counts { list, function, first, touched: Cell::new(false) }
    }

    /// Sets all to zero.
    pub(crate) fn clear(&self) {
        if self.touched.replace(false) {
            for count in &self.list {
                count.hits.set(0);
                count.jumps.set(0);
            }
        }
    }
}
