//! Weak tables: what the collector marks of them, and what it takes out
//! (manual §2.5.4).
//!
//! **Invariant.** What a table in a weak mode holds may be unmarked when marking ends.
//! Until then it is all there: nothing is freed before the sweep. Before the sweep
//! begins, `clear_values` and `clear_keys` have made tombstones of all entries, and
//! holes of all items, with a dead part, and have marked the rest: so what the sweep
//! leaves is live (invariant 4 of [`TableBox`]). The mode they go by is the one in
//! `collected`, which does not change between the beginning of the marking and the sweep.
//!
//! Strings, numbers, booleans and functions of the library without upvalues are
//! values, not objects: they are never taken out for themselves.

use super::{PIECE, TableBox, WEAK_KEYS, WEAK_VALUES};
use crate::base::c_string::c_string;
use crate::gc::{Finalization, Gc, Trace};
use crate::vm::heap::meta::Event;
use crate::vm::heap::string::hash_bytes;
use crate::vm::heap::value::Value;
use std::cell::RefCell;
use std::ops::Range;

thread_local! {
    /// Tables traced as strong in this collection though their metatables say otherwise.
    static FOUND: RefCell<Vec<*const ()>> = const { RefCell::new(Vec::new()) };
}

/// Remembers a table that is to be listed when the collection is over.
#[cold]
pub(super) fn found(table: &TableBox<'_>) {
    FOUND.with_borrow_mut(|found| found.push(std::ptr::from_ref(table).cast()));
}

/// Takes what was found.
pub(in crate::vm) fn take_found() -> Vec<*const ()> {
    FOUND.take()
}

/// Goes on with a collection that has found these, and takes what another has.
pub(in crate::vm) fn exchange_found(found: Vec<*const ()>) -> Vec<*const ()> {
    FOUND.replace(found)
}

/// Where entries begin among the places of [`TableBox::clear_values`].
const ENTRIES: u64 = 1 << 32;

/// Both parts of an entry are weak.
const WEAK_BOTH: u8 = WEAK_KEYS | WEAK_VALUES;

/// Tells whether a value is one that weak tables hold like any other table.
fn is_strong(value: &Value<'_>) -> bool {
    matches!(value, Value::String(_)) || value.collectable().is_none()
}

/// Tells whether a value is an object that marking did not reach.
fn is_dead<'gc>(fc: &Finalization<'gc>, value: &Value<'gc>) -> bool {
    !is_strong(value) && value.collectable().is_some_and(|object| Gc::is_dead(fc, object))
}

/// Marks a value, if it is not yet marked. Tells whether it was not.
fn mark<'gc>(fc: &Finalization<'gc>, value: &Value<'gc>) -> bool {
    match value.collectable() {
        Some(object) if Gc::is_dead(fc, object) => {
            Gc::resurrect(fc, object);
            true
        }
        _ => false,
    }
}

/// Letters of a mode that are looked at: a longer one says nothing more.
const MODE_LETTERS: usize = 64;

/// Reads the weak mode that the value of a `__mode` field asks for (manual §2.5.4).
pub(in crate::vm) fn weak_mode(mode: &Value<'_>) -> u8 {
    let Value::String(mode) = mode else { return 0 };
    let text = &mode.as_bytes()[..mode.len().min(MODE_LETTERS)];
    c_string(text).iter().fold(0, |mode, letter| match letter {
        b'k' => mode | WEAK_KEYS,
        b'v' => mode | WEAK_VALUES,
        _ => mode,
    })
}

impl<'gc> TableBox<'gc> {
    /// Traces what a table in weak mode `mode` keeps alive whatever else is alive.
    #[cold]
    pub(super) fn trace_weak<T: Trace<'gc>>(
        &self,
        cc: &mut T,
        mode: u8,
        items: Range<u32>,
        entries: Range<u32>,
    ) {
        for at in items {
            let item = self.item(at);
            if mode & WEAK_VALUES == 0 || is_strong(&item) {
                cc.trace(&item);
            }
        }
        for at in entries {
            let entry = self.entry(at);
            // The key of a tombstone is a number or a short string.
            let trace = match mode {
                _ if entry.value.is_nil() => (true, false),
                WEAK_VALUES => (true, is_strong(&entry.value)),
                WEAK_BOTH => (false, false),
                _ => (is_strong(&entry.key), is_strong(&entry.key)),
            };
            if trace.0 {
                cc.trace(&entry.key);
            }
            if trace.1 {
                cc.trace(&entry.value);
            }
        }
    }

    /// Tells whether this table, a metatable, has a `__mode` that makes tables weak.
    /// Each table that has this metatable asks in each collection: the work must not
    /// grow with the metatable or with the text of the mode.
    pub(super) fn gives_mode(&self) -> bool {
        const BIT: u8 = 1 << Event::Mode as u8;
        if self.lacks.get() & BIT != 0 {
            return false;
        }
        let name = Event::Mode.name().as_bytes();
        let at = self.walk(
            hash_bytes(self.hash_key, name),
            |entry| matches!(entry.key, Value::String(key) if key.as_bytes() == name),
        );
        match self.value_at(at) {
            Value::Nil => {
                self.lacks.set(self.lacks.get() | BIT);
                false
            }
            mode => weak_mode(&mode) != 0,
        }
    }

    /// Returns the entries of the piece that begins at entry `from`, and where the next one
    /// begins.
    fn piece_of_entries(&self, from: u64) -> (Range<u32>, Option<u64>) {
        let used = u64::from(self.used.get());
        let to = (from + PIECE).min(used);
        (from.min(used) as u32..to as u32, (to < used).then_some(to))
    }

    /// Marks the values of a table with weak keys only whose keys are alive, from the
    /// last entry on if `backward`: of one piece of them. Tells whether there were any to mark,
    /// and where the next piece begins.
    pub(in crate::vm) fn converge(
        &self,
        fc: &Finalization<'gc>,
        backward: bool,
        from: u64,
    ) -> (bool, Option<u64>) {
        let last = self.used.get().saturating_sub(1);
        let mut progress = false;
        let (piece, next) = self.piece_of_entries(from);
        for step in piece {
            let entry = self.entry(if backward { last - step } else { step });
            if !entry.value.is_nil() && !is_dead(fc, &entry.key) {
                progress |= mark(fc, &entry.value);
            }
        }
        (progress, next)
    }

    /// Marks everything in a piece of a table with weak keys only. Returns where the next one
    /// begins.
    pub(in crate::vm) fn mark_all(&self, fc: &Finalization<'gc>, from: u64) -> Option<u64> {
        let (piece, next) = self.piece_of_entries(from);
        for at in piece {
            let entry = self.entry(at);
            mark(fc, &entry.key);
            mark(fc, &entry.value);
        }
        next
    }

    /// Takes out what has a dead value, if values are weak: of one piece. Returns where the next
    /// one begins.
    pub(in crate::vm) fn clear_values(&self, fc: &Finalization<'gc>, from: u64) -> Option<u64> {
        if self.collected.get() & WEAK_VALUES == 0 {
            return None;
        }
        if from < ENTRIES {
            let len = u64::from(self.array_len.get());
            let to = (from + PIECE).min(len);
            for at in from as u32..to as u32 {
                if is_dead(fc, &self.item(at)) {
                    self.put_item(at, Value::Nil);
                    self.holes.set(self.holes.get() + 1);
                }
            }
            if to < len {
                return Some(to);
            }
            self.drop_last_holes();
        }
        let (piece, next) = self.piece_of_entries(from.saturating_sub(ENTRIES));
        for at in piece {
            if is_dead(fc, &self.entry(at).value) {
                self.bury(fc, at);
            }
        }
        next.map(|next| ENTRIES + next)
    }

    /// Takes out what has a dead key, if keys are weak, and marks what stays: of one piece.
    /// Returns where the next one begins.
    pub(in crate::vm) fn clear_keys(&self, fc: &Finalization<'gc>, from: u64) -> Option<u64> {
        if self.collected.get() & WEAK_KEYS == 0 {
            return None;
        }
        let (piece, next) = self.piece_of_entries(from);
        for at in piece {
            let entry = self.entry(at);
            if !entry.value.is_nil() && is_dead(fc, &entry.key) {
                self.bury(fc, at);
            } else {
                // Strings: all else is alive by now.
                mark(fc, &entry.key);
                mark(fc, &entry.value);
            }
        }
        next
    }

    /// Makes a tombstone of entry `at`; the string it may keep is marked.
    fn bury(&self, fc: &Finalization<'gc>, at: u32) {
        self.kill(at);
        mark(fc, &self.entry(at).key);
    }
}
