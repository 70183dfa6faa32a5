//! The journal of a run: what objects from before it were like before it changed them.
//!
//! Every object that can change carries a *stamp*. A write to one whose stamp is not the
//! journal's epoch first saves it here; what was born in the run has the epoch as its
//! stamp, so that a write to it costs one comparison. Tables and threads know themselves
//! how they are saved; the few other things that change are [`Old`].

#![expect(unsafe_code, reason = "a collected type traces itself")]

use super::closure::{LuaClosure, NativeClosure, Upvalue};
use super::native::Interrupt;
use super::store::Heap;
use super::string::Str;
use super::table::moving::Moving;
use super::table::saved::{LAST_EPOCH, release_all};
use super::table::{self, Table};
use super::thread;
use super::thread::hooks::Hooks;
use super::userdata::UserData;
use super::value::Value;
use crate::gc::{Collect, Trace};
use crate::vm::meters::account::{self, Refused};
use crate::vm::meters::fuel::hash_price;
use std::cell::{Cell, RefCell};

/// What a run has changed, as it was before.
pub(crate) struct Journal<'gc> {
    /// The stamp of everything that needs not be saved (again).
    pub(crate) epoch: Cell<u32>,
    /// Objects with a smaller id are from before the run.
    pub(crate) floor: Cell<u64>,
    /// There was a collection since the journal was opened.
    pub(crate) collected: Cell<bool>,
    /// A run may have to be undone: what changes is saved.
    pub(crate) open: Cell<bool>,
    /// The machine's own numbers, if the journal is open.
    pub(crate) before: RefCell<Option<Box<Before<'gc>>>>,
    /// Tables, in the order in which they were saved.
    pub(crate) tables: RefCell<Vec<table::saved::Saved<'gc>>>,
    /// Threads, likewise.
    pub(crate) threads: RefCell<Vec<thread::saved::Saved<'gc>>>,
    /// Everything else, likewise.
    pub(crate) others: RefCell<Vec<Old<'gc>>>,
    /// Logical bytes that are charged for all of this.
    pub(crate) bytes: Cell<usize>,
    /// What is done ahead for an operation that is being paid.
    pub(in crate::vm::heap) moving: Cell<Option<Box<Moving<'gc>>>>,
}

impl Default for Journal<'_> {
    fn default() -> Self {
        Journal {
            epoch: Cell::new(1),
            floor: Cell::new(0),
            collected: Cell::new(false),
            open: Cell::new(false),
            before: RefCell::default(),
            tables: RefCell::default(),
            threads: RefCell::default(),
            others: RefCell::default(),
            bytes: Cell::new(0),
            moving: Cell::default(),
        }
    }
}

impl Journal<'_> {
    /// Tells whether the epochs are used up: all stamps must be wiped before another begins.
    pub(in crate::vm) fn is_worn(&self) -> bool {
        self.epoch.get() >= LAST_EPOCH - 1
    }

    /// Tells whether an object with this stamp must be saved before it is changed.
    #[inline(always)]
    pub(in crate::vm) fn is_old(&self, stamp: u32) -> bool {
        stamp != self.epoch.get()
    }

    /// Returns how many objects with finalizers there were before the run.
    pub(in crate::vm) fn finalizable(&self) -> usize {
        self.before.borrow().as_ref().map_or(0, |before| before.finalizable)
    }

    /// Forgets what was saved.
    pub(in crate::vm) fn clear(&self) {
        release_all(&mut self.tables.borrow_mut(), self.epoch.get());
        drop((self.tables.take(), self.threads.take(), self.others.take()));
        self.bytes.set(0);
        self.moving.set(None);
    }

    /// A collection begins, which may change weak tables.
    pub(in crate::vm) fn begin_collection(&self) {
        self.moving.set(self.moving.take().filter(|moving| !moving.may_be_weak()));
    }
}

/// The machine's numbers and lists when a run began.
pub(crate) struct Before<'gc> {
    pub(in crate::vm) account: account::Mark,
    pub(in crate::vm) coroutines: usize,
    pub(in crate::vm) ids: (u64, u32, u64),
    pub(in crate::vm) random: [u64; 4],
    pub(in crate::vm) fuel_before: u64,
    pub(in crate::vm) type_metatables: [Option<Table<'gc>>; 9],
    pub(in crate::vm) files: (Option<UserData<'gc>>, Option<UserData<'gc>>),
    /// Capacity of the main thread's stack, and frames it is charged for.
    pub(in crate::vm) main: (usize, usize),
    /// The main thread's debug hook.
    pub(in crate::vm) hooks: Hooks,
    /// Slots of the interner.
    pub(in crate::vm) slots: usize,
    pub(in crate::vm) weak: usize,
    pub(in crate::vm) finalizable: usize,
    pub(in crate::vm) progress: usize,
    pub(in crate::vm) overdue: bool,
}

// SAFETY: the collected pointers are traced; the files and metatables are.
unsafe impl<'gc> Collect<'gc> for Before<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        for metatable in self.type_metatables.iter().flatten() {
            cc.trace(metatable);
        }
        for file in [&self.files.0, &self.files.1].into_iter().flatten() {
            cc.trace(file);
        }
    }
}

/// Something small, as it was before the run.
#[derive(Clone, Copy)]
pub(crate) enum Old<'gc> {
    /// The value of a closed upvalue.
    Upvalue(Upvalue<'gc>, Value<'gc>),
    /// An upvalue without a serial number.
    Serial(Upvalue<'gc>),
    /// An upvalue of a Lua function.
    Joined(LuaClosure<'gc>, usize, Upvalue<'gc>),
    /// An upvalue of a native function.
    Native(NativeClosure<'gc>, usize, Value<'gc>),
    /// The metatable and the collector's marks of a userdata.
    UserData(UserData<'gc>, Option<Table<'gc>>, u8),
    /// A long string that had no hash.
    Unhashed(Str<'gc>),
    /// A long string that had no serial id.
    Unnamed(Str<'gc>),
}

/// Logical bytes of an [`Old`].
pub(in crate::vm) const OLD_BYTES: usize = 64;
const _: () = assert!(size_of::<Old<'static>>() <= 40);

impl<'gc> Old<'gc> {
    /// Makes it as it was.
    pub(in crate::vm) fn restore(self) {
        match self {
            Old::Upvalue(upvalue, value) => upvalue.restore(value),
            Old::Serial(upvalue) => upvalue.forget_serial(),
            Old::Joined(closure, n, upvalue) => closure.restore_upvalue(n, upvalue),
            Old::Native(closure, n, value) => closure.restore_upvalue(n, value),
            Old::UserData(userdata, metatable, marks) => userdata.restore(metatable, marks),
            Old::Unhashed(string) => string.forget_hash(),
            Old::Unnamed(string) => string.forget_id(),
        }
    }
}

// SAFETY: all values are traced.
unsafe impl<'gc> Collect<'gc> for Old<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        match self {
            Old::Upvalue(upvalue, value) => {
                cc.trace(upvalue);
                cc.trace(value);
            }
            Old::Serial(upvalue) => cc.trace(upvalue),
            Old::Joined(closure, _, upvalue) => {
                cc.trace(closure);
                cc.trace(upvalue);
            }
            Old::Native(closure, _, value) => {
                cc.trace(closure);
                cc.trace(value);
            }
            Old::UserData(userdata, metatable, _) => {
                cc.trace(userdata);
                if let Some(metatable) = metatable {
                    cc.trace(metatable);
                }
            }
            Old::Unhashed(string) | Old::Unnamed(string) => cc.trace(string),
        }
    }
}

/// More than there are places in anything that is saved, for the collector.
const PLACES: u64 = 1 << 31;
/// Small things that are traced in one piece.
const OLDS: usize = 128;

// SAFETY: all that is saved is traced.
unsafe impl<'gc> Collect<'gc> for Journal<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        self.trace_pieces(cc);
    }

    fn trace_piece<T: Trace<'gc>>(&self, cc: &mut T, from: u64) -> Option<u64> {
        if from == 0
            && let Some(before) = self.before.borrow().as_deref()
        {
            cc.trace(before);
        }
        if from == 0
            && let Some(moving) = self.moving.take()
        {
            moving.trace_table(cc);
            self.moving.set(Some(moving));
        }
        // What is saved is counted from 0, over all lists; what of it, by the rest of the bits.
        let (at, place) = ((from / PLACES) as usize, from % PLACES);
        let (tables, threads, others) =
            (self.tables.borrow(), self.threads.borrow(), self.others.borrow());
        if let Some(saved) = tables.get(at) {
            let next = saved.trace_piece(cc, place);
            return Some(next.map_or((from / PLACES + 1) * PLACES, |next| from - place + next));
        }
        let at = at - tables.len();
        if let Some(saved) = threads.get(at) {
            cc.trace(saved);
            return Some(from + PLACES);
        }
        let at = at - threads.len();
        let to = (at + OLDS).min(others.len());
        cc.effort((to - at) as u64);
        for old in &others[at..to] {
            cc.trace(old);
        }
        (to < others.len()).then_some(from + OLDS as u64 * PLACES)
    }
}

/// Units for saving something small.
pub(in crate::vm) const NOTE: u64 = 8;

impl<'gc> Heap<'gc> {
    /// Saves something small in the journal. Whoever asks for it changes it at once, so that
    /// it is not saved again when what follows is refused.
    ///
    /// # Errors
    /// When fuel or memory is refused.
    pub(in crate::vm) fn note(self, old: Old<'gc>) -> Result<(), Interrupt<'gc>> {
        self.charge(NOTE)?;
        self.record(&[old])?;
        self.store.fuel.spend(NOTE);
        Ok(())
    }

    /// As [`Heap::note`], if a run may have to be undone.
    ///
    /// # Errors
    /// As [`Heap::note`].
    pub(crate) fn note_if_open(self, old: impl FnOnce() -> Old<'gc>) -> Result<(), Interrupt<'gc>> {
        if self.store.journal.open.get() { self.note(old()) } else { Ok(()) }
    }

    /// Saves something that was paid for ([`NOTE`] each): all of it or nothing.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::vm) fn record(self, olds: &[Old<'gc>]) -> Result<(), Interrupt<'gc>> {
        let journal = &self.store.journal;
        let bytes = OLD_BYTES * olds.len();
        self.store.account.reserve(bytes)?;
        let mut others = journal.others.borrow_mut();
        if others.try_reserve(olds.len()).is_err() {
            self.store.account.release(bytes);
            return Err(Refused { bytes }.into());
        }
        others.extend_from_slice(olds);
        journal.bytes.set(journal.bytes.get() + bytes);
        Ok(())
    }
}

impl<'gc> Upvalue<'gc> {
    /// Saves the variable in the journal before it is set, if that must be done.
    ///
    /// # Errors
    /// When fuel or memory is refused; nothing has changed then.
    pub(crate) fn save(self, heap: Heap<'gc>) -> Result<(), Interrupt<'gc>> {
        let journal = &heap.store.journal;
        if !journal.is_old(self.stamp()) {
            return Ok(());
        }
        if journal.open.get() {
            match self.thread() {
                Some(thread) => thread.save(heap)?,
                None => heap.note(Old::Upvalue(self, self.get()))?,
            }
        }
        self.set_stamp(journal.epoch.get());
        Ok(())
    }
}

impl<'gc> NativeClosure<'gc> {
    /// Tells whether nothing is to be saved before an upvalue is set.
    pub(crate) fn is_own(self, heap: Heap<'gc>) -> bool {
        !heap.store.journal.is_old(self.stamp())
    }

    /// Saves the upvalues in the journal before one is set, if that must be done.
    ///
    /// # Errors
    /// When fuel or memory is refused; nothing has changed then.
    pub(in crate::vm) fn save(self, heap: Heap<'gc>) -> Result<(), Interrupt<'gc>> {
        let journal = &heap.store.journal;
        if !journal.is_old(self.stamp()) {
            return Ok(());
        }
        if journal.open.get() {
            let count = self.upvalue_count();
            let price = NOTE * count as u64;
            heap.charge(price)?;
            let old: Vec<Old<'gc>> =
                (0..count).map(|n| Old::Native(self, n, self.upvalue(n))).collect();
            heap.record(&old)?;
            heap.store.fuel.spend(price);
        }
        self.set_stamp(journal.epoch.get());
        Ok(())
    }
}

impl<'gc> Str<'gc> {
    /// Hashes a long string that was not hashed, at its price.
    ///
    /// # Errors
    /// When fuel or memory is refused.
    pub(super) fn hash_charged(self, heap: Heap<'gc>) -> Result<(), Interrupt<'gc>> {
        let price = hash_price(self.len()) + if self.hash_is_noted(heap) { NOTE } else { 0 };
        heap.charge(price)?;
        self.hash_noted(heap)?;
        // Not to be done again, and not to be paid again, if what follows is refused.
        heap.store.fuel.spend(price);
        Ok(())
    }

    /// As [`Str::hash_charged`] for who charges for all bytes whether or not it was hashed.
    ///
    /// # Errors
    /// When memory is refused.
    pub(crate) fn hash_paid(self, heap: Heap<'gc>) -> Result<(), Interrupt<'gc>> {
        if self.is_unhashed() { self.hash_noted(heap) } else { Ok(()) }
    }

    /// Whether the journal is to know that it was hashed: it is from before the run.
    fn hash_is_noted(self, heap: Heap<'gc>) -> bool {
        let journal = &heap.store.journal;
        journal.open.get() && journal.is_old(self.stamp())
    }

    /// Hashes it. The journal notes that it was not, if it is from before the run: the next one
    /// who looks it up must pay for it.
    fn hash_noted(self, heap: Heap<'gc>) -> Result<(), Interrupt<'gc>> {
        if self.hash_is_noted(heap) {
            heap.record(&[Old::Unhashed(self)])?;
        }
        let _ = self.digest(heap.store.strings.key());
        Ok(())
    }
}
