//! How much a piece of a collection may do.

use std::cell::Cell;

/// Work that may still be done, in units: four for an object, one for a place of values, as a
/// collection is paid. What else is done is worth what takes as long.
#[derive(Debug)]
pub(crate) struct Allowance {
    left: Cell<u64>,
}

/// Units for an object that is traced or dropped.
pub(crate) const OBJECT: u64 = 4;

impl Allowance {
    /// Allows so many units, but one piece in any case.
    pub(crate) fn of(units: u64) -> Allowance {
        Allowance { left: Cell::new(units) }
    }

    /// Allows all there is to do.
    pub(crate) fn endless() -> Allowance {
        Allowance::of(u64::MAX)
    }

    /// Notes that work was done. Tells whether more may be.
    #[inline(always)]
    pub(crate) fn spend(&self, units: u64) -> bool {
        #[cfg(test)]
        LARGEST.set(LARGEST.get().max(units));
        let left = self.left.get().saturating_sub(units);
        self.left.set(left);
        left > 0
    }

    /// Tells whether work may be done.
    pub(crate) fn is_left(&self) -> bool {
        self.left.get() > 0
    }
}

#[cfg(test)]
thread_local! {
    static LARGEST: Cell<u64> = const { Cell::new(0) };
}

/// Returns the units of the largest piece of work that was done since this was asked.
#[cfg(test)]
pub(crate) fn take_largest() -> u64 {
    LARGEST.take()
}
