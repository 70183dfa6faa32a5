//! Fuel: the meter, and the price list of everything that is not an instruction.
//!
//! One unit is one baseline instruction. A charge that exceeds what is left takes what
//! is left, leaves a *debt*, and leaves its operation unstarted: nothing else happens
//! before the debt is paid, and then the operation is tried again with what it paid as
//! *credit*, so nothing is charged twice. An operation happens exactly if the fuel
//! covers it, whatever the slices.
//!
//! One exception: a step of a native function that has taken memory already would make
//! its objects again, and the garbage would move the next collection. What it still
//! charges is carried out on credit, up to [`OVERDRAFT`] units a step in all. Steps that
//! can charge more charge it before they take anything.

use std::cell::Cell;

/// Version of the price list, of the code the compiler emits, and of the bits that real functions
/// (`^`, `math.sin` …) come to. Traces and snapshots carry it.
pub const FUEL_VERSION: u32 = 14;

/// Nothing is metered: in builds that measure what metering costs (`benches/metering.sh`), and
/// in no others.
const UNMETERED: bool = cfg!(moonfuel_unmetered);

/// Bytes copied, compared, hashed or scanned for one unit.
pub(crate) const BYTES_PER_UNIT: usize = 64;
/// Array items or stack slots moved for one unit.
pub(crate) const ITEMS_PER_UNIT: usize = 4;
/// Arguments or results that a call or return moves at no price but its own.
pub(crate) const MANY: usize = 32;
/// Units for moving one entry when a table's parts are rebuilt.
pub(crate) const REHASH_ENTRY: u64 = 1;
/// Units for an object that a due collection finds alive. Such a collection is paid by
/// what the program did since the last one, if that was enough.
pub(crate) const COLLECT_OBJECT: u64 = 4;
/// Units for a place in a table, or for four slots of a stack, that it goes through.
pub(crate) const COLLECT_PLACE: u64 = 1;
/// Logical bytes in use for one unit of a full collection that was asked for, or that
/// a refused request needs.
pub(crate) const COLLECT_BYTES_PER_UNIT: usize = 16;
/// Units for finding a long string in a table, when that is not done at once.
pub(crate) const LONG_KEY: u64 = 2;
/// Units for raising an error: making its message and finding who catches it.
pub(crate) const ERROR: u64 = 32;
/// Units for loading a chunk, whatever its size.
pub(crate) const LOAD: u64 = 64;
/// Units for a power, or for the remainder of floats of very different size.
pub(crate) const SLOW_ARITHMETIC: u64 = 3;
/// Units for turning a float into text.
pub(crate) const FLOAT_TEXT: u64 = 12;
/// Units for the text of a value that is an object: its type's name and its number.
pub(crate) const OBJECT_TEXT: u64 = 4;
/// Bytes of a numeral read for one unit.
const NUMERAL_BYTES_PER_UNIT: usize = 8;
/// Longest numeral of which nothing more is to be paid.
const SHORT_NUMERAL: usize = 20;
/// Units for comparing a longer one with what lies halfway between two floats.
const LONG_NUMERAL: u64 = 32;

/// Instructions, variables or fields gone through for a name, for one unit.
pub(crate) const SEARCHED_PER_UNIT: usize = 8;

/// Units for a request to the system, beside the bytes that are read or written.
pub(crate) const REQUEST: u64 = 32;

/// Units for finding a file by its name, which the system does directory by directory.
pub(crate) const PATH: u64 = 256;
/// Units for starting a process.
pub(crate) const PROCESS: u64 = 4096;

/// Most units that one step of a native function may charge on credit, once it has taken
/// memory: what a step may do anyway, so no slice runs much longer than it should.
pub(crate) const OVERDRAFT: u64 = 16 * 1024;

/// Returns the price of work on `bytes` bytes.
#[inline]
pub(crate) fn bytes_price(bytes: usize) -> u64 {
    (bytes / BYTES_PER_UNIT) as u64
}

/// Returns the price of hashing `bytes` bytes, which takes about twice as long as
/// copying them.
#[inline]
pub(crate) fn hash_price(bytes: usize) -> u64 {
    (bytes / (BYTES_PER_UNIT / 2)) as u64
}

/// Returns the price of printing `bytes` bytes: they are kept, and shown, for the host.
#[inline]
pub(crate) fn output_price(bytes: usize) -> u64 {
    const OUTPUT_BYTES_PER_UNIT: usize = 16;
    (bytes / OUTPUT_BYTES_PER_UNIT) as u64
}

/// Returns the price of reading `bytes` bytes as a numeral.
#[inline]
pub(crate) fn numeral_price(bytes: usize) -> u64 {
    let long = if bytes > SHORT_NUMERAL { LONG_NUMERAL } else { 0 };
    1 + (bytes / NUMERAL_BYTES_PER_UNIT) as u64 + long
}

/// Returns the price of moving `items` values.
#[inline]
pub(crate) fn items_price(items: usize) -> u64 {
    (items / ITEMS_PER_UNIT) as u64
}

/// A charge was larger than what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfFuel;

/// What an operation has paid at some point of it.
#[derive(Clone, Copy, Debug)]
pub(in crate::vm) struct Paid {
    left: u64,
    credit: u64,
    charged: u64,
}

/// The meter.
#[derive(Debug)]
pub struct Fuel {
    /// Units that may still be used in this slice.
    left: Cell<u64>,
    /// Units given in all, over all slices of the run.
    given: Cell<u64>,
    /// Units owed by an operation that could not start.
    debt: Cell<u64>,
    /// Units the interrupted operation has already paid.
    credit: Cell<u64>,
    /// Units charged since the current operation began.
    charged: Cell<u64>,
    /// The interrupted instruction's own unit was settled before it stopped.
    prepaid: Cell<bool>,
    /// `credit` of the operation that finalizers interrupt.
    aside: Cell<u64>,
    /// `prepaid` of the operation that finalizers interrupt.
    prepaid_aside: Cell<bool>,
    /// A step of a native function is running.
    in_step: Cell<bool>,
    /// Units the running step may still charge on credit.
    overdraft: Cell<u64>,
    /// [`Fuel::consumed`] at the end of the last collection.
    collected: Cell<u64>,
    /// How often the meter of a run was started.
    started: Cell<u64>,
    /// Units given last.
    slice: Cell<u64>,
}

/// A point of a run: equal ones have no instruction and no charge between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vm) struct Point {
    started: u64,
    consumed: u64,
}

impl Default for Fuel {
    /// Makes an empty meter.
    fn default() -> Fuel {
        Fuel {
            left: Cell::new(0),
            given: Cell::new(0),
            debt: Cell::new(0),
            credit: Cell::new(0),
            charged: Cell::new(0),
            prepaid: Cell::new(false),
            aside: Cell::new(0),
            prepaid_aside: Cell::new(false),
            in_step: Cell::new(false),
            overdraft: Cell::new(0),
            collected: Cell::new(0),
            started: Cell::new(0),
            slice: Cell::new(0),
        }
    }
}

/// All that a meter holds between two steps of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// What is counted in units.
    pub(crate) units: [u64; 8],
    /// Whether the interrupted instruction's own unit is paid, and that of what finalizers
    /// interrupt.
    pub(crate) prepaid: [bool; 2],
}

impl Fuel {
    fn cells(&self) -> [&Cell<u64>; 8] {
        [
            &self.left,
            &self.given,
            &self.debt,
            &self.credit,
            &self.charged,
            &self.aside,
            &self.overdraft,
            &self.collected,
        ]
    }

    /// Reads the meter.
    pub(crate) fn reading(&self) -> Reading {
        Reading {
            units: self.cells().map(Cell::get),
            prepaid: [self.prepaid.get(), self.prepaid_aside.get()],
        }
    }

    /// Sets the meter to what was read. Tells whether a meter can come to that.
    pub(crate) fn set_to(&self, reading: &Reading) -> bool {
        const MOST: u64 = 1 << 62;
        let [left, given, ..] = reading.units;
        if left > given || reading.units.iter().any(|units| *units > MOST) {
            return false;
        }
        for (cell, units) in self.cells().into_iter().zip(reading.units) {
            cell.set(units);
        }
        self.prepaid.set(reading.prepaid[0]);
        self.prepaid_aside.set(reading.prepaid[1]);
        true
    }

    /// Gives `units` more to use. Debts are paid from it first.
    pub fn give(&self, units: u64) {
        self.slice.set(units);
        self.given.set(self.given.get().saturating_add(units));
        let debt = self.debt.get();
        let paid = debt.min(units);
        self.debt.set(debt - paid);
        self.left.set(self.left.get().saturating_add(units - paid));
    }

    /// Takes back everything that is left of a slice.
    pub fn take_back(&self) -> u64 {
        let left = self.left.replace(0);
        self.given.set(self.given.get() - left);
        left
    }

    /// Starts the meter of a new run.
    pub fn reset(&self) {
        let aside = &self.aside;
        for cell in [&self.left, &self.given, &self.debt, &self.credit, &self.charged, aside] {
            cell.set(0);
        }
        self.collected.set(0);
        self.started.set(self.started.get() + 1);
        self.prepaid.set(false);
        self.prepaid_aside.set(false);
    }

    /// Returns how many units the slice has that is under way.
    pub(in crate::vm) fn slice(&self) -> u64 {
        self.slice.get()
    }

    /// Returns where the run is, as [`Fuel::consumed`] tells it. An operation that is done again
    /// comes to the same points.
    pub(in crate::vm) fn point(&self) -> Point {
        // While charges are noted, the figures are none.
        let used = self.given.get().wrapping_sub(self.left.get()).wrapping_add(self.debt.get());
        let credit = self.credit.get().wrapping_add(self.aside.get());
        Point { started: self.started.get(), consumed: used.wrapping_sub(credit) }
    }

    /// Returns the units used since [`Fuel::reset`].
    pub fn used(&self) -> u64 {
        self.given.get() - self.left.get()
    }

    /// Returns the units the run has come to, debts included and credits not: the
    /// same at the same point of a program however its fuel was handed out.
    pub fn consumed(&self) -> u64 {
        let credit = self.credit.get() + self.aside.get();
        (self.used() + self.debt.get()).saturating_sub(credit)
    }

    /// Returns the units owed.
    pub fn debt(&self) -> u64 {
        self.debt.get()
    }

    /// Returns the units left.
    #[inline(always)]
    pub fn left(&self) -> u64 {
        if UNMETERED { u64::MAX } else { self.left.get() }
    }

    /// Tells whether an operation still owes units.
    pub fn in_debt(&self) -> bool {
        self.debt.get() > 0
    }

    /// Tells whether the current operation has neither charged anything nor been charged
    /// before.
    #[inline(always)]
    pub fn is_fresh(&self) -> bool {
        self.charged.get() | self.credit.get() == 0
    }

    /// Tells whether the current operation was interrupted before, and has paid something.
    pub(in crate::vm) fn is_tried_again(&self) -> bool {
        self.credit.get() > 0
    }

    /// Takes units for instructions already executed. The caller made sure they are there.
    #[inline(always)]
    pub fn settle(&self, units: u64) {
        if UNMETERED {
            return;
        }
        debug_assert!(units <= self.left.get(), "instructions ran beyond the fuel");
        self.left.set(self.left.get().saturating_sub(units));
    }

    /// Notes that a step of a native function begins.
    #[inline(always)]
    pub fn begin_step(&self) {
        self.in_step.set(true);
        self.overdraft.set(OVERDRAFT);
    }

    /// Notes that the step has ended.
    #[inline(always)]
    pub fn end_step(&self) {
        self.in_step.set(false);
    }

    /// Charges the current operation `units`, before it does the work. `changed`: the
    /// running step has taken memory. Callers have [`Context::charge`](crate::vm::state::context::Context::charge).
    ///
    /// # Errors
    /// [`OutOfFuel`] when less is left: all of it is taken, the rest is owed,
    /// and the operation must return without visible effect to be tried again.
    #[inline]
    pub fn charge(&self, units: u64, changed: bool) -> Result<(), OutOfFuel> {
        if units == 0 || UNMETERED {
            return Ok(());
        }
        let credit = self.credit.get().min(units);
        self.credit.set(self.credit.get() - credit);
        let due = units - credit;
        self.charged.set(self.charged.get().saturating_add(units));
        let left = self.left.get();
        if due <= left {
            self.left.set(left - due);
            return Ok(());
        }
        self.fall_short(due - left, changed)
    }

    /// Takes what is left for a charge that needs `missing` more.
    #[cold]
    fn fall_short(&self, missing: u64, changed: bool) -> Result<(), OutOfFuel> {
        self.left.set(0);
        self.debt.set(self.debt.get().saturating_add(missing));
        let overdraft = self.overdraft.get();
        if self.in_step.get() && changed && missing <= overdraft {
            self.overdraft.set(overdraft - missing);
            return Ok(());
        }
        self.keep_credit();
        Err(OutOfFuel)
    }

    /// Takes units for a collection that was due and is over, worth `price`: those that
    /// the program has not used since the last one.
    pub(in crate::vm) fn owe_for_collection(&self, price: u64) {
        let since = self.consumed().saturating_sub(self.collected.get());
        self.owe(price.saturating_sub(since));
    }

    /// Notes that a collection is over.
    pub(in crate::vm) fn note_collection(&self) {
        self.collected.set(self.consumed());
    }

    /// Does something for the host that charges, at no price and for at most `units`. The
    /// meter is as it was afterwards.
    pub(in crate::vm) fn on_the_host<R>(&self, units: u64, work: impl FnOnce() -> R) -> R {
        let cells = [&self.left, &self.debt, &self.credit, &self.charged];
        let before = cells.map(|cell| cell.replace(0));
        self.left.set(units);
        let result = work();
        for (cell, value) in cells.into_iter().zip(before) {
            cell.set(value);
        }
        result
    }

    /// Takes units for work that cannot wait; what is not there is owed.
    #[cold]
    #[inline(never)]
    pub fn owe(&self, units: u64) {
        if UNMETERED {
            return;
        }
        let left = self.left.get();
        self.left.set(left.saturating_sub(units));
        self.debt.set(self.debt.get().saturating_add(units.saturating_sub(left)));
    }

    /// Does a bounded piece of work whose charges are noted instead of taken, and returns
    /// them with its result. The caller charges them before any of the work shows.
    pub fn noting<T>(&self, work: impl FnOnce() -> T) -> (T, u64) {
        // More than any piece of work can charge.
        const PLENTY: u64 = u64::MAX / 2;
        let left = self.left.replace(PLENTY);
        let credit = self.credit.replace(0);
        let charged = self.charged.get();
        let result = work();
        let noted = PLENTY - self.left.replace(left);
        self.credit.set(credit);
        self.charged.set(charged);
        (result, noted)
    }

    /// Marks the end of an operation or of a step of a native function, whether
    /// it succeeded or raised an error: what it paid is spent.
    #[inline(always)]
    pub fn done(&self) {
        self.charged.set(0);
        self.credit.set(0);
    }

    /// Returns what the current operation has paid so far, to be told to [`Fuel::turn_back`].
    #[inline(always)]
    pub(in crate::vm) fn paid(&self) -> Paid {
        Paid { left: self.left.get(), credit: self.credit.get(), charged: self.charged.get() }
    }

    /// Gives up a way of the current operation that has only charged what was left: all is as it
    /// was before.
    #[cold]
    pub(in crate::vm) fn turn_back(&self, paid: Paid) {
        self.left.set(paid.left);
        self.credit.set(paid.credit);
        self.charged.set(paid.charged);
    }

    /// Notes that the current operation has done something worth `units`, which it charged,
    /// that it will not do again if it is interrupted: they are no credit then.
    pub(in crate::vm) fn spend(&self, units: u64) {
        self.charged.set(self.charged.get().saturating_sub(units));
    }

    /// Notes that the instruction to be tried again has its own unit paid.
    pub fn prepay(&self) {
        self.prepaid.set(true);
    }

    /// Tells whether the next instruction has its own unit paid, and forgets it.
    #[inline(always)]
    pub fn take_prepaid(&self) -> bool {
        self.prepaid.replace(false)
    }

    /// Puts what the interrupted operation has paid aside while something else runs.
    pub fn set_aside(&self) {
        self.aside.set(self.credit.take());
        self.charged.set(0);
        self.prepaid_aside.set(self.prepaid.take());
    }

    /// Gives the interrupted operation back what was put aside.
    pub fn take_up(&self) {
        self.credit.set(self.aside.take());
        self.prepaid.set(self.prepaid_aside.take());
    }

    /// Keeps what the current operation paid as credit for its next attempt,
    /// when it stops for another reason than fuel (a collection, a host call).
    pub fn keep_credit(&self) {
        self.credit.set(self.charged.replace(0));
    }
}
