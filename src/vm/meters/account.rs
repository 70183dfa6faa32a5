//! The memory account: logical bytes, charged before they are taken.
//!
//! Sizes are fixed constants, equal on every target, and not what the host's
//! allocator hands out; the constants are chosen a little above it. They include the
//! collector's header (16 bytes), its queue (16 for each object that is traced) and what
//! allocators add (8, rounded up to 16): `tests/memory_real.rs` compares.

use crate::alloc::reserve;
use std::cell::Cell;

/// Longest interned string, in bytes.
pub(crate) const SHORT: usize = 40;
/// Logical size of a short string without its bytes and its place in the interner.
const SHORT_STRING_BYTES: usize = 64;
/// Logical size of a long string without its bytes.
pub(crate) const LONG_STRING_BYTES: usize = 104;
/// Logical size of a place in the interner.
pub(crate) const INTERNER_SLOT_BYTES: usize = 16;
/// Logical size of a table without its parts.
pub(crate) const TABLE_BYTES: usize = 128;
/// Logical size of one slot of a table's array part.
pub(crate) const ARRAY_SLOT_BYTES: usize = 16;
/// Logical size of one entry of a table's hash part, its head included.
pub(crate) const HASH_SLOT_BYTES: usize = 48;
/// Logical size of a Lua closure without its upvalues.
pub(crate) const CLOSURE_BYTES: usize = 80;
/// Logical size of a native closure without its upvalues.
pub(crate) const NATIVE_CLOSURE_BYTES: usize = 112;
/// Logical size of one reference to an upvalue, or one upvalue of a native closure.
pub(crate) const UPVALUE_REF_BYTES: usize = 16;
/// Logical size of an upvalue, its place in its thread's list included.
pub(crate) const UPVALUE_BYTES: usize = 88;
/// Logical size of a coroutine without its stack.
pub(crate) const THREAD_BYTES: usize = 512;
/// Logical size of one slot of a stack.
pub(crate) const STACK_SLOT_BYTES: usize = 16;
/// Logical size of one call frame.
pub(crate) const FRAME_BYTES: usize = 72;
/// Logical size of a native buffer object without its bytes.
pub(crate) const BUFFER_BYTES: usize = 80;
/// Logical size of a chunk that is being loaded, without what its front end takes.
pub(crate) const LOADING_BYTES: usize = 2048;
/// Logical size of a userdata object.
pub(crate) const USERDATA_BYTES: usize = 96;

/// Logical size of a place in the collector's list of weak tables.
pub(crate) const LISTED_BYTES: usize = 32;
/// Logical size of a place in the collector's lists of objects with finalizers: those
/// that live and those that wait.
pub(crate) const FINALIZED_BYTES: usize = 80;

/// Returns the logical size of a string of `len` bytes.
#[inline]
pub(crate) fn string_bytes(len: usize) -> usize {
    len + if len <= SHORT { SHORT_STRING_BYTES } else { LONG_STRING_BYTES }
}

/// Reason to hold automatic collections back: a script stopped them.
pub(crate) const STOPPED: u8 = 1;
/// Reason to hold automatic collections back: finalizers run.
pub(crate) const FINALIZING: u8 = 2;

/// A refused request: nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The bytes that were asked for.
    pub bytes: usize,
}

/// Figures of an account to go back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    used: usize,
    due: usize,
}

/// Logical bytes in use, with a limit.
#[derive(Debug)]
pub struct Account {
    used: Cell<usize>,
    /// Something was taken or given back since [`Account::begin_step`].
    changed: Cell<bool>,
    limit: Cell<usize>,
    peak: Cell<usize>,
    /// `used` at which the next collection is due; out of reach while it is held back.
    threshold: Cell<usize>,
    /// The threshold that counts when nothing holds collections back.
    due: Cell<usize>,
    /// Bytes that are there beyond `used`: garbage of runs that were undone, less what was
    /// freed in such runs.
    undone: Cell<isize>,
    /// Why collections are held back: [`STOPPED`], [`FINALIZING`].
    held: Cell<u8>,
    /// Requests so far, and the one to be refused though it fits; beyond [`SCATTERED`], some.
    #[cfg(test)]
    pub(crate) requests: Cell<u64>,
    #[cfg(test)]
    pub(crate) refuse: Cell<u64>,
}

/// Highest limit: sums and differences of a few figures below it fit everywhere. (What a host
/// only says that it takes may be any number.)
const MOST: usize = if size_of::<usize>() > 4 { 1 << 48 } else { usize::MAX / 4 };

/// The least that must be allocated between two collections.
pub(crate) const MIN_CYCLE: usize = 256 * 1024;

/// Numbers beyond this one are no request: they say which quarter of them is refused.
#[cfg(test)]
const SCATTERED: u64 = u64::MAX / 2;

#[cfg(test)]
fn is_scattered(request: u64, refuse: u64) -> bool {
    (request ^ refuse).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 62 == 0
}

impl Mark {
    /// Returns the bytes in use, and when a collection was due.
    pub fn figures(self) -> (usize, usize) {
        (self.used, self.due)
    }

    /// Makes the mark of such figures.
    pub fn of(used: usize, due: usize) -> Mark {
        Mark { used, due }
    }
}

impl Account {
    /// Makes an empty account.
    pub fn new(limit: usize) -> Account {
        Account {
            used: Cell::new(0),
            changed: Cell::new(false),
            limit: Cell::new(limit.min(MOST)),
            peak: Cell::new(0),
            threshold: Cell::new(MIN_CYCLE),
            due: Cell::new(MIN_CYCLE),
            undone: Cell::new(0),
            held: Cell::new(0),
            #[cfg(test)]
            requests: Cell::new(0),
            #[cfg(test)]
            refuse: Cell::new(0),
        }
    }

    /// Takes `bytes` from what is left.
    ///
    /// # Errors
    /// [`Refused`] when the limit would be passed; nothing is taken then.
    #[inline(always)]
    pub fn reserve(&self, bytes: usize) -> Result<(), Refused> {
        self.used.set(self.touch(bytes)?);
        self.changed.set(true);
        Ok(())
    }

    /// Notes that a step of a native function begins.
    #[inline(always)]
    pub fn begin_step(&self) {
        self.changed.set(false);
    }

    /// Tells whether the step has taken memory or given some back, even if there is as much in
    /// use now as before.
    #[inline(always)]
    pub fn has_changed(&self) -> bool {
        self.changed.get()
    }

    /// Takes `bytes` and gives them back, all at once: only the peak tells of it. Returns what
    /// was in use in between.
    ///
    /// # Errors
    /// As [`Account::reserve`].
    #[inline(always)]
    pub fn touch(&self, bytes: usize) -> Result<usize, Refused> {
        #[cfg(test)]
        {
            self.requests.set(self.requests.get() + 1);
            let (request, refuse) = (self.requests.get(), self.refuse.get());
            if request == refuse || refuse > SCATTERED && is_scattered(request, refuse) {
                return Err(Refused { bytes });
            }
        }
        let used = self.used.get().saturating_add(bytes);
        if used > self.limit.get() || reserve::is_short() {
            return Err(Refused { bytes });
        }
        if used > self.peak.get() {
            self.peak.set(used);
        }
        Ok(used)
    }

    /// Tells whether `bytes` could be taken now.
    pub(in crate::vm) fn has_room(&self, bytes: usize) -> bool {
        self.used.get().saturating_add(bytes) <= self.limit.get() && !reserve::is_short()
    }

    /// Takes `new` bytes and has `make` put a block of that size into the place of one of
    /// `old`, which is then given back: for a moment there are both. `make` tells whether
    /// the system had memory.
    ///
    /// # Errors
    /// [`Refused`] by the limit, `make` not called, or by the system; nothing is taken then.
    pub fn replace(
        &self,
        old: usize,
        new: usize,
        make: impl FnOnce() -> bool,
    ) -> Result<(), Refused> {
        self.reserve(new)?;
        if make() {
            self.release(old);
            return Ok(());
        }
        self.release(new);
        Err(Refused { bytes: new })
    }

    /// Gives `bytes` back at once (outside the collector's own credits).
    #[inline]
    pub fn release(&self, bytes: usize) {
        self.used.set(self.used.get().saturating_sub(bytes));
        self.changed.set(true);
    }

    /// Returns the bytes in use.
    pub fn used(&self) -> usize {
        self.used.get()
    }

    /// Returns the highest value of [`Account::used`] since [`Account::reset_peak`].
    pub fn peak(&self) -> usize {
        self.peak.get()
    }

    /// Starts a new measurement of the peak.
    pub fn reset_peak(&self) {
        self.peak.set(self.used.get());
    }

    /// Returns the limit in logical bytes.
    pub fn limit(&self) -> usize {
        self.limit.get()
    }

    /// Sets the limit in logical bytes: [`MOST`], if it is higher.
    pub fn set_limit(&self, limit: usize) {
        self.limit.set(limit.min(MOST));
    }

    /// Tells whether enough was allocated for a collection to be due.
    #[inline(always)]
    pub fn collection_due(&self) -> bool {
        self.used.get() >= self.threshold.get()
    }

    /// Tells whether a collection could ever make room for `bytes`. What was live
    /// before says nothing: a script that was refused drops what it had. Collections
    /// cost fuel instead, so that one for each allocation does not come free.
    pub fn collection_may_help(&self, bytes: usize) -> bool {
        bytes <= self.limit.get()
    }

    /// Notes the figures that a run may be undone to.
    pub fn mark(&self) -> Mark {
        Mark { used: self.used.get(), due: self.due.get() }
    }

    /// Goes back to the figures of before a run. `more` is how much more there is now by
    /// what undoing it did (less, below 0). What the run left is garbage that is there
    /// without being counted.
    pub fn undo(&self, mark: Mark, more: isize) {
        let there = self.used.get() as isize + self.undone.get() + more;
        self.undone.set(there - mark.used as isize);
        self.used.set(mark.used);
        self.due.set(mark.due);
        self.set_threshold();
    }

    /// Returns when the next collection is due if nothing holds it back, and what does.
    pub fn schedule(&self) -> (usize, u8) {
        (self.due.get(), self.held.get())
    }

    /// Takes the figures of another account over, which has the same live objects and what
    /// garbage there was besides. Tells whether that is possible: what is there must not be
    /// more than what is counted.
    pub fn take_over(&self, used: usize, due: usize, held: u8) -> bool {
        let there = self.used.get();
        // A string of the machine's own may have been given back without having been charged.
        if there > used.saturating_add(SHORT_STRING_BYTES) || used > self.limit.get() {
            return false;
        }
        self.undone.set(there as isize - used as isize);
        self.used.set(used);
        self.reset_peak();
        self.due.set(due);
        self.held.set(held & (STOPPED | FINALIZING));
        self.set_threshold();
        true
    }

    /// Notes garbage that is there without being counted.
    pub fn note_garbage(&self, bytes: usize) {
        self.undone.set(self.undone.get() + bytes as isize);
    }

    /// Sets the highest value of [`Account::used`], which is not below that of now.
    pub fn set_peak(&self, peak: usize) {
        self.peak.set(peak.max(self.used.get()));
    }

    /// Returns the bytes of garbage that runs left which were undone.
    pub fn undone(&self) -> usize {
        usize::try_from(self.undone.get()).unwrap_or(0)
    }

    /// Returns what the limit leaves beyond the bytes at which the next collection will be due,
    /// once `freed` bytes are given back: so much free memory may be kept till then.
    pub fn room(&self, freed: usize) -> usize {
        let there = self.used.get() as isize + self.undone.get() - freed as isize;
        let due = Account::next_due(usize::try_from(there).unwrap_or(0));
        self.limit.get().saturating_sub(due)
    }

    /// Returns when a collection is due after one that left so many bytes.
    fn next_due(live: usize) -> usize {
        live.saturating_add(live.max(MIN_CYCLE))
    }

    /// Gives back what a collection has freed: with it, all that was left undone is gone.
    pub fn swept(&self, freed: usize) {
        let there = self.used.get() as isize + self.undone.replace(0) - freed as isize;
        self.used.set(usize::try_from(there).unwrap_or(0));
    }

    /// Notes what a collection has freed that is to change no figure.
    pub fn swept_unseen(&self, freed: usize) {
        self.undone.set(self.undone.get() - freed as isize);
    }

    /// Records the end of a full collection and sets the next threshold.
    pub fn collected(&self) {
        self.due.set(Account::next_due(self.used.get()));
        self.set_threshold();
    }

    /// Holds automatic collections back for a reason, or no longer for it.
    pub fn hold(&self, reason: u8, hold: bool) {
        let others = self.held.get() & !reason;
        self.held.set(if hold { others | reason } else { others });
        self.set_threshold();
    }

    /// Tells whether automatic collections are held back for a reason.
    pub fn is_held(&self, reason: u8) -> bool {
        self.held.get() & reason != 0
    }

    fn set_threshold(&self) {
        let due = self.due.get();
        self.threshold.set(if self.held.get() == 0 { due } else { usize::MAX });
    }
}

/// Memory of Rust's own that is charged to the account until this is dropped.
#[derive(Debug)]
pub struct Held<'a> {
    account: &'a Account,
    bytes: usize,
}

impl<'a> Held<'a> {
    /// Holds nothing yet.
    pub fn new(account: &'a Account) -> Held<'a> {
        Held { account, bytes: 0 }
    }

    /// Holds `bytes` that are charged already.
    pub fn resume(account: &'a Account, bytes: usize) -> Held<'a> {
        Held { account, bytes }
    }

    /// Returns the bytes held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Charges `bytes` more.
    ///
    /// # Errors
    /// [`Refused`] when the limit would be passed; nothing is taken then.
    pub fn add(&mut self, bytes: usize) -> Result<(), Refused> {
        self.account.reserve(bytes)?;
        self.bytes += bytes;
        Ok(())
    }

    /// Gives `bytes` of it back.
    pub fn give_back(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.account.release(bytes);
        self.bytes -= bytes;
    }

    /// Ends holding what is held without giving it back: who gets the bytes does that.
    pub fn take_bytes(&mut self) -> usize {
        std::mem::take(&mut self.bytes)
    }

    /// Ends holding without giving anything back: who gets the bytes does that.
    pub fn into_bytes(mut self) -> usize {
        std::mem::take(&mut self.bytes)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.account.release(self.bytes);
    }
}

/// Makes room for `more` bytes in a vector whose capacity is held: by doubling, or near
/// the limit for just these. `charged` is its capacity as it is held.
///
/// # Errors
/// [`Refused`] when even that passes the limit; nothing has changed then.
pub(crate) fn grow_held(
    bytes: &mut Vec<u8>,
    charged: &mut usize,
    more: usize,
    held: &mut Held<'_>,
) -> Result<(), Refused> {
    let need = bytes.len().saturating_add(more);
    if need > *charged {
        let wish = need.max(charged.saturating_mul(2)).max(64);
        let grown = match held.add(wish - *charged) {
            Ok(()) => wish,
            Err(_) => {
                held.add(need - *charged)?;
                need
            }
        };
        *charged = grown;
        bytes.reserve_exact(grown - bytes.len());
    }
    Ok(())
}

#[cfg(test)]
mod physical;
