//! The hash part: entries in insertion order, chained by index from a
//! power-of-two table of heads that follows them in the same block.

#![expect(unsafe_code, reason = "owns a raw block of entries and heads")]

use super::{Table, TableBox, ZERO_LEADS};
use crate::alloc::parts::{alloc, leave, realloc};
use crate::gc::Gc;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::store::Heap;
use crate::vm::heap::string::Str;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::{LONG_KEY, bytes_price};
use std::alloc::Layout;

/// No entry.
pub(super) const NONE: u32 = u32::MAX;
/// Death mark of an entry that cannot come back.
pub(super) const GONE: u32 = u32::MAX;
/// Entries in the first block.
const FIRST: usize = 4;
/// Most entries: their block stays below 2^32 bytes.
pub(super) const MAX_ENTRIES: usize = 1 << 26;

/// One key with its value.
#[derive(Clone, Copy)]
pub(super) struct Entry<'gc> {
    /// The key, or what a tombstone keeps of it, or nil for an entry without identity.
    pub(super) key: Value<'gc>,
    /// The value; nil in a tombstone.
    pub(super) value: Value<'gc>,
    /// Next entry of the chain.
    pub(super) next: u32,
    /// Hash of the key. In a tombstone: how many entries were used when it died;
    /// it may come back in place as long as that number has not changed.
    pub(super) hash: u32,
}

impl<'gc> Entry<'gc> {
    /// Tells whether the key is this very string object.
    #[inline(always)]
    pub(super) fn key_is(&self, key: Str<'gc>) -> bool {
        matches!(self.key, Value::String(own) if own.ptr_eq(key))
    }

    /// Tells whether the key is, or was, a positive integer.
    pub(super) fn is_positive_integer(&self) -> bool {
        matches!(self.key, Value::Integer(1..))
    }
}

const ENTRY: usize = 40;
const _: () = assert!(size_of::<Entry<'static>>() == ENTRY && align_of::<Entry<'static>>() <= 8);

/// A change of a chain: what was where.
#[derive(Clone, Copy)]
pub(super) struct Link {
    /// The entry whose link it is, or with [`HEAD`] the head.
    pub(super) place: u32,
    pub(super) before: u32,
}

/// Bit of a [`Link`] that is a head.
pub(super) const HEAD: u32 = 1 << 31;

/// What `entries` of a table without hash part points to: room for one entry,
/// never used, and one head. It is never written.
#[repr(C, align(8))]
struct Empty([u8; ENTRY], u32);

static EMPTY: Empty = Empty([0; ENTRY], NONE);

/// Returns the empty block.
#[inline]
pub(super) fn empty<'gc>() -> *mut Entry<'gc> {
    (&raw const EMPTY).cast_mut().cast()
}

/// Returns the layout of a block for `capacity` entries and heads.
#[inline(always)]
pub(super) fn layout(capacity: usize) -> Option<Layout> {
    let bytes = capacity.checked_mul(ENTRY + size_of::<u32>())?;
    Layout::from_size_align(bytes, 8).ok()
}

/// Returns the capacity of a block for `entries` entries.
///
/// # Errors
/// With "table overflow".
#[inline]
pub(super) fn capacity_for<'gc>(heap: Heap<'gc>, entries: usize) -> Result<usize, Interrupt<'gc>> {
    let capacity = room_for(entries);
    if capacity > MAX_ENTRIES || layout(capacity).is_none() {
        return Err(heap.error("table overflow"));
    }
    Ok(capacity)
}

/// Returns the capacity of a block into which `live` entries are moved, with room for `more`, a
/// quarter of the slots beyond them free, if there can be so many.
pub(super) fn room_for_rebuilt(live: usize, more: usize) -> usize {
    room_for((live + more).saturating_mul(4).div_ceil(3))
}

/// Returns the capacity of a block for `entries` entries, if there can be so many.
pub(super) fn room_for(entries: usize) -> usize {
    entries.min(MAX_ENTRIES + 1).next_power_of_two().max(FIRST)
}

/// Mixes 64 bits under a key.
#[inline(always)]
fn mix(key: u64, bits: u64) -> u32 {
    let factor = (0x9E37_79B9_7F4A_7C15 ^ key.rotate_left(29)) | 1;
    let wide = u128::from(bits ^ key) * u128::from(factor);
    let folded = (wide as u64) ^ ((wide >> 64) as u64);
    (folded ^ (folded >> 32)) as u32
}

/// Returns the NaN that stands for a dead object.
fn object_mark(id: u64) -> f64 {
    f64::from_bits(0x7FF8_0000_0000_0000 | (id & 0x3_FFFF_FFFF_FFFF))
}

/// Tells whether a number stands for this object, dead. Only then is the object looked at.
#[inline(always)]
pub(super) fn is_mark_of(number: f64, object: &Value<'_>) -> bool {
    number.is_nan() && number.to_bits() == object_mark(object.object_id().unwrap_or(0)).to_bits()
}

impl<'gc> TableBox<'gc> {
    /// Returns the NaN that stands for a dead long string.
    fn long_mark(&self, key: Str<'gc>) -> f64 {
        let digest = key.digest(self.hash_key);
        f64::from_bits(0x7FFC_0000_0000_0000 | (digest & 0x3_FFFF_FFFF_FFFF))
    }

    /// Returns what a tombstone keeps of a key: enough to know it again, and
    /// nothing that keeps an object alive.
    fn tombstone(&self, key: Value<'gc>) -> Value<'gc> {
        match key {
            Value::Nil
            | Value::Boolean(_)
            | Value::Integer(_)
            | Value::Number(_)
            | Value::Builtin(_) => key,
            Value::String(s) if s.is_short() => key,
            Value::String(s) => Value::Number(self.long_mark(s)),
            object => Value::Number(object_mark(object.object_id().unwrap_or(0))),
        }
    }

    /// Returns the number of entries there is room for.
    #[inline]
    pub(super) fn hash_capacity(&self) -> usize {
        if self.entries.get() == empty() { 0 } else { self.mask.get() as usize + 1 }
    }

    /// Tells whether there is room for one more entry.
    #[inline(always)]
    pub(super) fn has_room_for_entry(&self) -> bool {
        self.used.get() <= self.mask.get() && self.entries.get() != empty()
    }

    /// Returns entry `at`.
    #[inline(always)]
    pub(super) fn entry(&self, at: u32) -> &Entry<'gc> {
        debug_assert!(at < self.used.get());
        // SAFETY: `at < used`, so the entry is initialised (invariant 2); all callers
        // compare with `used` or got `at` from a chain (invariant 3). The reference does
        // not outlive a change of the block (invariant 5).
        unsafe { &*self.entries.get().add(at as usize) }
    }

    #[inline(always)]
    fn change(&self, at: u32, change: impl FnOnce(&mut Entry<'gc>)) {
        debug_assert!(at < self.used.get());
        // SAFETY: as in `entry`; `change` runs no code that reaches the table.
        change(unsafe { &mut *self.entries.get().add(at as usize) });
    }

    /// Replaces the value of entry `at`. The barrier is the caller's.
    #[inline(always)]
    pub(super) fn put_value(&self, at: u32, value: Value<'gc>) {
        self.change(at, |entry| entry.value = value);
    }

    /// Returns where the head of the chain for a hash lies.
    #[inline(always)]
    fn head(&self, hash: u32) -> *mut u32 {
        let mask = self.mask.get();
        // SAFETY: `mask + 1` heads follow `mask + 1` entries (invariant 2).
        unsafe {
            self.entries.get().add(mask as usize + 1).cast::<u32>().add((hash & mask) as usize)
        }
    }

    /// Returns the first entry in the chain for a hash that `is_it` accepts.
    #[inline(always)]
    pub(super) fn walk(&self, hash: u32, mut is_it: impl FnMut(&Entry<'gc>) -> bool) -> u32 {
        // SAFETY: all heads are initialised (invariant 2).
        let mut at = unsafe { *self.head(hash) };
        while at != NONE {
            let entry = self.entry(at);
            if is_it(entry) {
                break;
            }
            at = entry.next;
        }
        at
    }

    /// Returns where the value of entry `at` is, or a nil for [`NONE`].
    #[inline(always)]
    pub(super) fn place_at(&self, at: u32) -> *const Value<'gc> {
        if at == NONE { &Value::Nil } else { &raw const self.entry(at).value }
    }

    /// Returns the value of entry `at`, or nil for [`NONE`].
    #[inline(always)]
    pub(super) fn value_at(&self, at: u32) -> Value<'gc> {
        // SAFETY: the place of a valid value.
        unsafe { Value::load(self.place_at(at)) }
    }

    /// Finds a short string, alive or dead.
    #[inline(always)]
    pub(super) fn find_short(&self, key: Str<'gc>) -> u32 {
        debug_assert!(key.is_short());
        let hint = key.hint();
        if hint < self.used.get() && self.entry(hint).key_is(key) {
            return hint;
        }
        let at = self.walk(key.short_hash(), |entry| entry.key_is(key));
        if at != NONE {
            key.set_hint(at);
        }
        at
    }

    /// Finds a long string, alive or dead. What that costs is charged before:
    /// [`Table::charge_key`].
    #[inline(never)]
    pub(super) fn find_long(&self, key: Str<'gc>) -> u32 {
        self.walk_long(key, |own| own == key)
    }

    /// Finds the entry of a long string, alive or dead, or the one whose key must be
    /// compared with it byte by byte: by digests, strings that differ are told apart
    /// all but surely.
    #[inline(never)]
    fn find_long_candidate(&self, key: Str<'gc>) -> u32 {
        self.walk_long(key, |own| own.len() == key.len())
    }

    /// Walks to the first entry for a long string whose digest is right and whose key, if
    /// alive, `is_it` accepts.
    #[inline]
    fn walk_long(&self, key: Str<'gc>, is_it: impl Fn(Str<'gc>) -> bool) -> u32 {
        let hash = key.hash(self.hash_key);
        let digest = key.digest(self.hash_key);
        let mark = self.long_mark(key).to_bits();
        self.walk(hash, |entry| match entry.key {
            Value::String(own) => {
                entry.hash == hash
                    && (own.ptr_eq(key) || own.digest(self.hash_key) == digest && is_it(own))
            }
            Value::Number(n) if n.is_nan() => n.to_bits() == mark,
            _ => false,
        })
    }

    /// Tells whether finding a key takes no more than a step or two: it is no long string,
    /// or one whose digest is known and that need not be compared with another.
    #[inline]
    pub(super) fn finds_at_once(&self, key: Value<'gc>) -> bool {
        match key {
            Value::String(key) if !key.is_short() => {
                !key.is_unhashed() && self.bytes_to_compare(key) == 0
            }
            _ => true,
        }
    }

    /// Returns the bytes to be compared to find a long string whose digest is known.
    fn bytes_to_compare(&self, key: Str<'gc>) -> usize {
        let at = self.find_long_candidate(key);
        if at == NONE {
            return 0;
        }
        match self.entry(at).key {
            Value::String(own) if !own.ptr_eq(key) => key.len(),
            _ => 0,
        }
    }

    /// Finds a string, alive or dead.
    #[inline]
    pub(super) fn find_str(&self, key: Str<'gc>) -> u32 {
        if key.is_short() { self.find_short(key) } else { self.find_long(key) }
    }

    /// Finds an integer in the hash part, alive or dead.
    #[inline]
    pub(super) fn find_int(&self, key: i64) -> u32 {
        self.find_hashed_int(self.hash_int(key), key)
    }

    /// As [`TableBox::find_int`], with the hash.
    #[inline]
    pub(super) fn find_hashed_int(&self, hash: u32, key: i64) -> u32 {
        self.walk(hash, |entry| matches!(entry.key, Value::Integer(own) if own == key))
    }

    /// Hashes an integer key. Sixty-four that follow each other have heads that lie side by
    /// side: keys are often met in order. So do those of another run of keys that share these
    /// heads, and their entries: what comes next is in the cache or on its way. With more,
    /// small tables of multiples of a power of two would have long chains.
    #[inline(always)]
    pub(super) fn hash_int(&self, key: i64) -> u32 {
        mix(self.hash_key, key as u64 >> 6) ^ (key & 63) as u32
    }

    /// Finds a normal key in the hash part, alive or dead.
    pub(super) fn find(&self, key: Value<'gc>) -> u32 {
        self.find_hashed(self.hash(key), key)
    }

    /// As [`TableBox::find`], with the hash.
    pub(super) fn find_hashed(&self, hash: u32, key: Value<'gc>) -> u32 {
        match key {
            Value::Nil => NONE,
            Value::Integer(i) => self.find_hashed_int(hash, i),
            Value::String(s) => self.find_str(s),
            Value::Table(own) => self.find_table(hash, own),
            Value::Boolean(_) | Value::Number(_) | Value::Builtin(_) => {
                self.walk(hash, |entry| entry.key.raw_eq(&key))
            }
            object => self.walk(hash, |entry| match entry.key {
                Value::Number(n) => is_mark_of(n, &object),
                other => other.raw_eq(&object),
            }),
        }
    }

    /// Hashes a normal key. Objects are hashed by address: no order comes from it.
    pub(super) fn hash(&self, key: Value<'gc>) -> u32 {
        let bits = match key {
            Value::String(s) => return s.hash(self.hash_key),
            Value::Integer(i) => return self.hash_int(i),
            Value::Nil => 0,
            Value::Boolean(b) => 0x51 + u64::from(b),
            // Half of the bits turned, so that `1.5` is not where a likely integer is.
            Value::Number(n) => n.to_bits().rotate_left(32),
            Value::Builtin(def) => std::ptr::from_ref(def).addr() as u64,
            Value::Table(table) => return self.hash_table(table),
            object => object.collectable().map_or(0, |gc| Gc::as_ptr(gc).addr() as u64),
        };
        mix(self.hash_key, bits)
    }

    /// Hashes a table, as integers are hashed: tables that were made one after the other lie side
    /// by side mostly, and are often met in that order. Of sixteen, since it may be every second
    /// or fourth of them that is a key.
    #[inline(always)]
    pub(super) fn hash_table(&self, key: Table<'gc>) -> u32 {
        const CELL: usize = size_of::<TableBox<'static>>();
        let cell = Gc::as_ptr(key.0).addr() / CELL;
        mix(self.hash_key, cell as u64 >> 4) ^ (cell & 15) as u32
    }

    /// Finds a table in the hash part, alive or dead.
    #[inline(always)]
    pub(super) fn find_table(&self, hash: u32, key: Table<'gc>) -> u32 {
        self.walk(hash, |entry| match entry.key {
            Value::Table(own) => own.ptr_eq(key),
            Value::Number(n) => is_mark_of(n, &Value::Table(key)),
            _ => false,
        })
    }

    /// Makes entry `at` a tombstone.
    #[cold]
    pub(super) fn kill(&self, at: u32) {
        let key = self.tombstone(self.entry(at).key);
        let died = self.used.get();
        self.change(at, |entry| *entry = Entry { key, value: Value::Nil, hash: died, ..*entry });
    }

    /// Takes entry `at`, whose key hashes to `hash`, out of its chain and makes it
    /// a tombstone of no key.
    fn forget(&self, at: u32, hash: u32) {
        self.forget_noting(at, hash, |_| {});
    }

    /// As [`TableBox::forget`]; what of the chains changes is noted before.
    pub(super) fn forget_noting(&self, at: u32, hash: u32, note: impl FnOnce(Link)) {
        let next = self.entry(at).next;
        let before = self.walk(hash, |entry| entry.next == at);
        if before == NONE {
            note(self.head_link(hash));
        } else {
            note(Link { place: before, before: at });
        }
        if before != NONE {
            self.change(before, |entry| entry.next = next);
        } else {
            debug_assert_eq!(self.walk(hash, |_| true), at);
            // SAFETY: a head of a block that has entries, so not the static one.
            unsafe { *self.head(hash) = next };
        }
        if at == 0 {
            self.drop_lead();
        }
        let gone = Entry { key: Value::Nil, value: Value::Nil, next: NONE, hash: GONE };
        self.change(at, |entry| *entry = gone);
    }

    /// Returns what the head of the chain for a hash is now.
    pub(super) fn head_link(&self, hash: u32) -> Link {
        // SAFETY: all heads are initialised (invariant 2).
        Link { place: HEAD | hash & self.mask.get(), before: unsafe { *self.head(hash) } }
    }

    /// Takes an integer key out of the hash part for good and returns its value. What that
    /// changes is saved.
    pub(super) fn take_int(&self, heap: Heap<'gc>, key: i64) -> Value<'gc> {
        let hash = self.hash_int(key);
        let at = self.find_hashed_int(hash, key);
        let value = self.value_at(at);
        if at != NONE {
            self.forget_noting(at, hash, |link| self.note_link(heap, link));
        }
        value
    }

    /// Puts a new entry last. There is room, and the key is in no chain.
    fn push_entry(&self, key: Value<'gc>, hash: u32, value: Value<'gc>) {
        let at = self.used.get();
        debug_assert!((at as usize) < self.hash_capacity() && !value.is_nil());
        let head = self.head(hash);
        // SAFETY: there is room for entry `used`, and the block is not the static one.
        unsafe {
            self.entries.get().add(at as usize).write(Entry { key, value, next: *head, hash });
            *head = at;
        }
        self.used.set(at + 1);
        match key {
            Value::String(_) => self.lacks.set(0),
            Value::Integer(1..) => {
                self.integers.set(true);
                self.joined.set(self.joined.get().saturating_add(1));
            }
            Value::Integer(0) if at == 0 && self.array_len.get() == 0 => {
                self.marks.set(self.marks.get() | ZERO_LEADS);
            }
            _ => {}
        }
    }

    /// Adds an entry as it is, last and with room, and to the chain for a hash if there is one.
    pub(super) fn add_linked(&self, entry: Entry<'gc>, hash: Option<u32>) {
        let at = self.used.get();
        debug_assert!((at as usize) < self.hash_capacity());
        // SAFETY: there is room for entry `used`, and the block is not the static one.
        unsafe { self.entries.get().add(at as usize).write(Entry { next: NONE, ..entry }) };
        self.used.set(at + 1);
        if entry.is_positive_integer() {
            self.integers.set(true);
        }
        if let Some(hash) = hash {
            self.link(at, hash);
        }
    }

    /// Tells whether the first entry comes before the array part.
    #[inline(always)]
    pub(super) fn zero_leads(&self) -> bool {
        self.marks.get() & ZERO_LEADS != 0
    }

    /// Notes that the first entry is not that of 0 any more.
    pub(super) fn drop_lead(&self) {
        self.marks.set(self.marks.get() & !ZERO_LEADS);
    }

    /// Puts entry `at`, which is in no chain, into the one for a hash.
    pub(super) fn link(&self, at: u32, hash: u32) {
        let head = self.head(hash);
        // SAFETY: the head of a block with entries, so not the static one.
        let next = unsafe { head.replace(at) };
        self.change(at, |entry| entry.next = next);
    }

    /// Tells whether entry `at`, if it is one, is a tombstone that may come back in its place.
    pub(super) fn may_revive(&self, at: u32) -> bool {
        at != NONE && self.entry(at).hash == self.used.get()
    }

    /// Returns the number of entries that are alive.
    pub(super) fn live_entries(&self) -> usize {
        (0..self.used.get()).filter(|at| !self.entry(*at).value.is_nil()).count()
    }

    /// Rebuilds the hash part, which has `live` entries, in a block of `capacity`. Memory is
    /// reserved. Tells whether the system had it; if not, the old block is in order.
    pub(super) fn remake(&self, live: usize, capacity: usize) -> bool {
        let old = self.hash_capacity();
        self.compact(live);
        let made = self.resize_hash(capacity);
        if !made {
            self.resize_hash(old);
        }
        made
    }

    /// Drops the tombstones. Chains are broken until the block is resized.
    fn compact(&self, live: usize) {
        let used = self.used.get();
        if live == used as usize {
            return;
        }
        if self.entry(0).value.is_nil() {
            self.drop_lead();
        }
        let mut to = 0;
        for from in 0..used {
            let entry = *self.entry(from);
            if !entry.value.is_nil() {
                self.change(to, |place| *place = entry);
                to += 1;
            }
        }
        self.used.set(to);
    }

    /// Moves the entries to a block of `capacity`, a power of two not less than
    /// `used`, and links them anew. Memory is reserved. Tells whether the system had it;
    /// if not, nothing was done.
    pub(super) fn resize_hash(&self, capacity: usize) -> bool {
        let used = self.used.get();
        debug_assert!(capacity.is_power_of_two() && used as usize <= capacity);
        let old = self.hash_capacity();
        if capacity != old {
            let (Some(before), Some(after)) = (layout(old.max(1)), layout(capacity)) else {
                return false;
            };
            let entries = self.entries.get();
            // SAFETY: the block was allocated with `before` if there is one; sizes are not 0.
            // Entries lie at its start, and either way the first `used` of them are kept,
            // which both blocks have room for.
            unsafe {
                let block = match old {
                    0 => alloc(after),
                    _ => realloc(entries.cast(), before, after.size()),
                };
                if block.is_null() {
                    return false;
                }
                self.entries.set(block.cast());
            }
            self.mask.set((capacity - 1) as u32);
        }
        // SAFETY: `capacity` heads follow as many entries in the block.
        unsafe { self.head(0).write_bytes(0xFF, capacity) };
        self.hint.set(0);
        self.integers.set(false);
        for at in 0..used {
            let hash = self.entry(at).hash;
            let head = self.head(hash);
            // SAFETY: `head` points to an initialised head of this block.
            unsafe {
                let next = *head;
                self.change(at, |entry| entry.next = next);
                *head = at;
            }
            if self.entry(at).is_positive_integer() {
                self.integers.set(true);
            }
        }
        true
    }

    /// Frees the block.
    pub(super) fn free_hash(&self) {
        let capacity = self.hash_capacity();
        if let (1.., Some(layout)) = (capacity, layout(capacity)) {
            self.used.set(0);
            self.mask.set(0);
            // SAFETY: allocated with this layout, and no longer pointed to.
            unsafe { leave(self.entries.replace(empty()).cast(), layout) };
        }
    }

    /// Returns the length of the longest chain.
    #[cfg(test)]
    pub(super) fn longest_chain(&self) -> usize {
        let length = |hash| {
            let mut length = 0;
            self.walk(hash, |_| {
                length += 1;
                false
            });
            length
        };
        (0..=self.mask.get()).map(length).max().unwrap_or(0)
    }
}

impl<'gc> Table<'gc> {
    /// Charges for finding a key here: for hashing a long string the first time, and for
    /// comparing it with an equal one that is another object.
    ///
    /// # Errors
    /// When fuel runs out.
    #[inline]
    pub fn charge_key(self, heap: Heap<'gc>, key: Value<'gc>) -> Result<(), Interrupt<'gc>> {
        match key {
            Value::String(key) if !key.is_short() => self.charge_long_key(heap, key),
            _ => Ok(()),
        }
    }

    /// Returns the value at a short string key, without metamethods, if that needs no more than
    /// a look.
    #[inline]
    pub(crate) fn look_up_short(self, key: Str<'gc>) -> Option<Value<'gc>> {
        // SAFETY: the place of a valid value.
        let value = unsafe { Value::load(self.short_place(key)) };
        (!value.is_nil() || self.metatable_or_pristine().is_none()).then_some(value)
    }

    #[inline(never)]
    pub(super) fn charge_long_key(
        self,
        heap: Heap<'gc>,
        key: Str<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        if key.is_unhashed() {
            key.hash_charged(heap)?;
        }
        heap.charge(LONG_KEY + bytes_price(self.0.bytes_to_compare(key)))
    }

    /// Replaces the value of entry `at`. Returns false if it is dead, or the table is not to be
    /// written to just so.
    #[inline(always)]
    pub(super) fn replace_entry(self, heap: Heap<'gc>, at: u32, value: Value<'gc>) -> bool {
        if !self.is_own(heap) || self.0.entry(at).value.is_nil() {
            return false;
        }
        self.put_alive(heap, at, value);
        true
    }

    /// Replaces the value of entry `at`, which is alive.
    #[inline(always)]
    pub(super) fn put_alive(self, heap: Heap<'gc>, at: u32, value: Value<'gc>) {
        if value.is_nil() {
            self.0.kill(at);
        } else {
            self.barrier(heap.mc, &value);
            self.0.put_value(at, value);
        }
    }

    /// Sets the value at a normal key that is no integer.
    #[inline]
    pub(super) fn set_normal(
        self,
        heap: Heap<'gc>,
        key: Value<'gc>,
        value: Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        let hash = self.0.hash(key);
        self.set_hashed(heap, key, hash, self.0.find_hashed(hash, key), value)
    }

    /// Sets the value at a normal key that does not belong into the array part
    /// and was found at entry `at`, or not at all.
    #[inline(always)]
    pub(super) fn set_hashed(
        self,
        heap: Heap<'gc>,
        key: Value<'gc>,
        hash: u32,
        at: u32,
        value: Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        if !self.is_own(heap) {
            return self.set_hashed_saving(heap, key, hash, at, value);
        }
        if at != NONE && !self.0.entry(at).value.is_nil() {
            self.put_alive(heap, at, value);
            return Ok(());
        }
        if value.is_nil() {
            return Ok(());
        }
        if at == NONE && self.0.has_room_for_entry() {
            self.push_hashed(heap, key, hash, value);
            return Ok(());
        }
        self.insert(heap, key, hash, at, value)
    }

    /// Adds a key, which has no value but may have a tombstone at entry `at`.
    #[inline(never)]
    fn insert(
        self,
        heap: Heap<'gc>,
        key: Value<'gc>,
        hash: u32,
        at: u32,
        value: Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        if self.0.may_revive(at) {
            self.revive(heap, at, key, hash, value);
            return Ok(());
        }
        if self.0.used.get() as usize == self.0.hash_capacity() {
            self.rebuild(heap, 1, 0)?;
        } else if at != NONE {
            self.0.forget(at, hash);
        }
        self.push_hashed(heap, key, hash, value);
        Ok(())
    }

    /// Gives the tombstone at entry `at` its key back.
    pub(super) fn revive(
        self,
        heap: Heap<'gc>,
        at: u32,
        key: Value<'gc>,
        hash: u32,
        value: Value<'gc>,
    ) {
        self.barrier(heap.mc, &key);
        self.barrier(heap.mc, &value);
        self.0.change(at, |entry| *entry = Entry { key, value, hash, ..*entry });
        self.0.lacks.set(0);
    }

    /// Adds a short string key that is in no chain, if there is room.
    #[inline(never)]
    pub(super) fn add_short(self, heap: Heap<'gc>, key: Str<'gc>, value: &Value<'gc>) -> bool {
        if !self.0.has_room_for_entry() {
            return false;
        }
        key.set_hint(self.0.used.get());
        // SAFETY: a reference to a valid value.
        let value = unsafe { Value::load(value) };
        self.push_hashed(heap, Value::String(key), key.short_hash(), value);
        true
    }

    #[inline]
    pub(super) fn push_hashed(
        self,
        heap: Heap<'gc>,
        key: Value<'gc>,
        hash: u32,
        value: Value<'gc>,
    ) {
        self.barrier(heap.mc, &key);
        self.barrier(heap.mc, &value);
        self.0.push_entry(key, hash, value);
    }

    /// Puts an integer key last in the hash part, where there is room and no trace of it.
    pub(super) fn push_int(self, heap: Heap<'gc>, key: i64, value: Value<'gc>) {
        self.push_hashed(heap, Value::Integer(key), self.0.hash_int(key), value);
    }
}

#[cfg(test)]
mod physical;
