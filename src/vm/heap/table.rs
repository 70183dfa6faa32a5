//! Tables (manual §2.1): an array part for the keys 1..m and a hash part that
//! keeps its entries in the order of their insertion.
//!
//! **Order.** `next` visits the array part first, in ascending order, then the other keys
//! in the order of their first insertion; but if the first key a table gets is 0, that comes
//! before the array part. A key set to nil and set again keeps its place if
//! no other key came into the hash part since, else it goes last. Those of 1..m that are
//! nil are holes; the border n, which `#` returns, is one of 0..m, and mostly m itself:
//! * setting n+1 makes it the new n, and then n+2, n+3 … while present;
//! * setting n to nil takes n back over it, and over all nils before it; the same goes for m;
//! * setting m+1 appends it to the array part, and then moves m+2, m+3 … over while present;
//! * setting a new key beyond that, by at most `GAP`, makes it the new m if at least `FEW` of
//!   1..m are set and at least half of 1..m will be; what follows moves over as above;
//! * when `FEW` positive integer keys have come into the hash part, or 2, 4, 8 … times as
//!   many, and a new one is to be set, then (this one counted) the largest power of two p
//!   is looked for such that at least half of 1..p are set. If the hash part holds any of
//!   1..p, the last one of them becomes the new m, what is near follows as if it came now,
//!   and the count begins anew;
//! * a constructor's list (and `table.pack`) that reaches beyond n makes its last item
//!   that is not nil the new n, with holes where it or what is before it has nils, and
//!   then moves what follows over as above: `#{nil, nil, 3}` is 3, as in PUC-Rio's;
//! * setting m+1 while at least `MIN_HOLES` and more than half of 1..m are holes first moves
//!   the items after the first hole behind all other keys, in ascending order, and the new
//!   one after them: n and m are then the key before that hole. (So a queue that walks
//!   through the integers does not grow for ever.)
//!
//! So n is always a border, n+1 and m+1 are never in the hash part, and neither order
//! nor border depends on when memory is rearranged. `tests.rs` holds the table
//! against a small model of these rules.
//!
//! **Tombstones.** An entry set to nil stays in its place until the next
//! rebuild, so that removal during a traversal is safe. It keeps no object and
//! no long string alive: such keys are replaced by a NaN that carries their
//! serial id or digest (no float key is a NaN). All values in a table are
//! therefore valid at any time, and all are traced, but for weak tables: `weak` says
//! what is done with them.

#![expect(unsafe_code, reason = "collected types trace themselves")]

mod array;
mod block;
mod foresee;
mod gather;
mod hash;
pub(in crate::vm) mod image;
mod iterate;
mod marks;
pub(crate) mod moving;
mod objects;
mod paged;
mod pages;
mod pristine;
mod rebuild;
pub(crate) mod saved;
mod weak;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use super::meta::Event;
use super::native::Interrupt;
use super::string::Str;
use super::value::Value;
use crate::base::arithmetic::float_to_integer;
use crate::gc::{self, Collect, Gc, Kind, Mutation, Object, Trace};
use crate::vm::heap::store::Heap;
use crate::vm::meters::account::{ARRAY_SLOT_BYTES, HASH_SLOT_BYTES, Refused, TABLE_BYTES};
use hash::{Entry, NONE};
pub(crate) use iterate::{AFTER_ITEMS, Sought};
use std::cell::Cell;
use std::ops::Range;
pub(in crate::vm) use weak::weak_mode;

/// A Lua table.
#[derive(Clone, Copy)]
pub struct Table<'gc>(Gc<'gc, TableBox<'gc>>);

/// The object behind a [`Table`].
///
/// Invariants, on which all unsafe code of this module rests:
/// 1. `array` points to a block of `array_capacity` slots (dangling if 0); the
///    first `array_len <= array_capacity` are initialised. `array_len` is m, and
///    `array_len - beyond` is n: the slot after it, if there is one, is nil.
/// 2. `entries` points to a block made by `hash::Block` with room for `mask + 1`
///    entries and as many heads (or to the static empty one); the first
///    `used <= mask + 1` entries are initialised, and so are all heads.
/// 3. Heads and `Entry::next` are `NONE` or less than `used`, and chains end.
/// 4. Every value in an initialised slot or entry, key or not, is valid: it is
///    traced, or taken out before the sweep (`weak`), so nothing it points to has
///    been freed.
/// 5. Blocks are replaced and freed only inside one call of this module, and no
///    reference into a block outlives such a call.
///
/// The order of the fields is that of use: what a look-up by name reads lies in one group of 16
/// bytes, as does what one by number reads, and what a change looks at besides. Objects lie at
/// multiples of 16, so no group is in two cache lines.
#[repr(C)]
pub(in crate::vm) struct TableBox<'gc> {
    entries: Cell<*mut Entry<'gc>>,
    used: Cell<u32>,
    mask: Cell<u32>,
    array: Cell<*mut Value<'gc>>,
    array_len: Cell<u32>,
    array_capacity: Cell<u32>,
    metatable: Cell<Option<Table<'gc>>>,
    /// The epoch of the run that made the table or saved it last; or what `saved` says.
    stamp: Cell<u32>,
    /// Bits of the first eight events this table is known to lack.
    lacks: Cell<u8>,
    /// What the collector knows of the table, see [`Table::collector_marks`].
    collected: Cell<u8>,
    /// The hash part may hold positive integer keys, alive or dead.
    integers: Cell<bool>,
    /// Bit 0: scripts may not change the table. Bits 1 and 2: see [`Table::json_mark`].
    /// Bit 3: the first entry is that of the key 0, and comes before the array part.
    marks: Cell<u8>,
    /// The session's key of all hashes.
    hash_key: u64,
    /// Nils among the first `array_len` slots. The last of them is never nil.
    holes: Cell<u32>,
    /// Slots after the border. There are holes if it is not 0.
    beyond: Cell<u32>,
    /// How many positive integer keys have come into the hash part since the last were
    /// moved over.
    joined: Cell<u32>,
    /// Index of the entry that `next` returned last.
    hint: Cell<u32>,
    id: u64,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<TableBox<'static>>() == 80);

/// Weak mode: keys are weak.
pub(crate) const WEAK_KEYS: u8 = 1;
/// Weak mode: values are weak.
pub(crate) const WEAK_VALUES: u8 = 2;
/// Mark of a table in the collector's list of weak tables.
pub(in crate::vm) const LISTED: u8 = 4;
/// Bit of `marks` of a table of which the first entry comes before the array part.
const ZERO_LEADS: u8 = 8;
/// Mark of an object to be finalized (manual §2.5.3).
pub(in crate::vm) const TO_FINALIZE: u8 = 8;

impl Drop for TableBox<'_> {
    fn drop(&mut self) {
        gc::freed(self.bytes());
        self.free_array();
        self.free_hash();
    }
}

// SAFETY: array items, keys, values and the metatable are all the collected pointers there
// are, and all are traced or taken out before they dangle (invariant 4).
unsafe impl<'gc> Collect<'gc> for TableBox<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        self.trace_pieces(cc);
    }

    fn trace_piece<T: Trace<'gc>>(&self, cc: &mut T, from: u64) -> Option<u64> {
        // While a run may be undone, what it did not touch stays as it is: weak tables too.
        let old = gc::is_old(&self.stamp);
        if from == 0
            && let Some(metatable) = self.metatable.get()
        {
            cc.trace(&metatable);
            if !old && self.collected.get() & LISTED == 0 && metatable.0.gives_mode() {
                // Its `__mode` came after it became the metatable: strong for now.
                weak::found(self);
            }
        }
        let (items, entries, next) = self.piece(from);
        cc.places(items.len() + entries.len());
        let mode = self.collected.get() & (WEAK_KEYS | WEAK_VALUES);
        // One that is kept in pages must not lose what is on none of them: it is old, too.
        if mode != 0 && !old {
            // What is not traced here is marked or taken out before the sweep: see `weak`.
            self.trace_weak(cc, mode, items, entries);
            return next;
        }
        for at in items {
            cc.trace(&self.item(at));
        }
        for at in entries {
            let entry = self.entry(at);
            cc.trace(&entry.key);
            cc.trace(&entry.value);
        }
        next
    }
}

// SAFETY: the kind is this type's alone.
unsafe impl<'gc> Object<'gc> for TableBox<'gc> {
    const KIND: Kind = Kind::Table;
}

// SAFETY: the only pointer is traced.
unsafe impl<'gc> Collect<'gc> for Table<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        cc.trace(&self.0);
    }
}

impl std::fmt::Debug for Table<'_> {
    /// Writes the id only: contents may be cyclic.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table({})", self.0.id)
    }
}

/// Items and entries of a table that the collector goes through in one piece.
pub(in crate::vm) const PIECE: u64 = 512;

impl TableBox<'_> {
    /// Returns the items and the entries of the collector's piece that begins at `from`, counted
    /// over both, and where the next one begins.
    #[inline(always)]
    fn piece(&self, from: u64) -> (Range<u32>, Range<u32>, Option<u64>) {
        let (items, entries) = (self.array_len.get(), self.used.get());
        let all = u64::from(items) + u64::from(entries);
        if all <= PIECE {
            return (0..items, 0..entries, None);
        }
        let to = (from + PIECE).min(all);
        let first = u64::from(items);
        let item = |at: u64| at.min(first) as u32;
        let entry = |at: u64| at.saturating_sub(first) as u32;
        (item(from)..item(to), entry(from)..entry(to), (to < all).then_some(to))
    }

    /// Returns the logical size, parts included.
    #[inline(always)]
    fn bytes(&self) -> usize {
        TABLE_BYTES
            + ARRAY_SLOT_BYTES * self.array_capacity.get() as usize
            + HASH_SLOT_BYTES * self.hash_capacity()
    }
}

/// A value that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyError {
    /// The key is nil.
    Nil,
    /// The key is not a number.
    NaN,
}

impl KeyError {
    /// Returns PUC's message.
    pub(crate) fn message(self) -> &'static str {
        match self {
            KeyError::Nil => "table index is nil",
            KeyError::NaN => "table index is NaN",
        }
    }
}

/// Makes floats with an integer value integers, as keys are (manual §2.1).
///
/// # Errors
/// When the value cannot be a key.
pub(crate) fn normal_key(key: Value<'_>) -> Result<Value<'_>, KeyError> {
    match key {
        Value::Nil => Err(KeyError::Nil),
        Value::Number(n) => match float_to_integer(n) {
            Some(i) => Ok(Value::Integer(i)),
            None if n.is_nan() => Err(KeyError::NaN),
            None => Ok(key),
        },
        other => Ok(other),
    }
}

impl<'gc> Table<'gc> {
    /// Makes an empty table with room for `array` items and `hash` other keys.
    ///
    /// # Errors
    /// When memory is refused, or with "table overflow".
    pub fn new(heap: Heap<'gc>, array: usize, hash: usize) -> Result<Table<'gc>, Interrupt<'gc>> {
        // A constructor that names one or two fields gets room for just them.
        let hash = if hash <= 2 { hash } else { hash::capacity_for(heap, hash)? };
        array::check_capacity(heap, array)?;
        let bytes = TABLE_BYTES + ARRAY_SLOT_BYTES * array + HASH_SLOT_BYTES * hash;
        heap.store.account.reserve(bytes)?;
        let epoch = heap.store.journal.epoch.get();
        let table = Table::bare(heap.mc, heap.store.fresh_id(), heap.store.strings.key(), epoch);
        let made =
            (array == 0 || table.0.resize_array(array)) && (hash == 0 || table.0.resize_hash(hash));
        if !made {
            // The table gives back what it has when it is collected.
            heap.store.account.release(bytes - table.0.bytes());
            return Err(Refused { bytes }.into());
        }
        Ok(table)
    }

    /// Makes a table without parts, whose memory ([`TABLE_BYTES`]) is reserved.
    /// `key` is the session's key of hashes, `epoch` the journal's.
    pub(in crate::vm) fn bare(mc: &Mutation<'gc>, id: u64, key: u64, epoch: u32) -> Table<'gc> {
        Table(Gc::make(mc, || TableBox {
            entries: Cell::new(hash::empty()),
            used: Cell::new(0),
            mask: Cell::new(0),
            array: Cell::new(std::ptr::dangling_mut()),
            array_len: Cell::new(0),
            array_capacity: Cell::new(0),
            metatable: Cell::new(None),
            stamp: Cell::new(epoch),
            lacks: Cell::new(0),
            collected: Cell::new(0),
            integers: Cell::new(false),
            marks: Cell::new(0),
            hash_key: key,
            holes: Cell::new(0),
            beyond: Cell::new(0),
            joined: Cell::new(0),
            hint: Cell::new(0),
            id,
        }))
    }

    /// Returns the value at a key, or nil. No metamethods. Charges for what a long string
    /// takes to be found.
    ///
    /// # Errors
    /// When fuel runs out.
    #[inline]
    pub fn get_charged(
        self,
        heap: Heap<'gc>,
        key: Value<'gc>,
    ) -> Result<Value<'gc>, Interrupt<'gc>> {
        // Where the value lies, so that it is not put together in memory first.
        let place = match key {
            Value::Integer(i) => self.int_place(i),
            Value::String(key) if key.is_short() => self.short_place(key),
            _ => Table::nowhere(),
        };
        // SAFETY: tables return valid places.
        let value = unsafe { Value::load(place) };
        if !value.is_nil() {
            return Ok(value);
        }
        self.charge_key(heap, key)?;
        let value = self.get_now(key);
        if value.is_nil() && self.is_pristine() {
            return Ok(heap.pristine_looked_up(self, key));
        }
        Ok(value)
    }

    /// Returns the value at a key, or nil. No metamethods.
    ///
    /// Where a script chooses the key, [`Table::get_charged`] is the one to call: comparing
    /// and first hashing a long string takes as long as it is.
    #[inline]
    pub fn get(self, heap: Heap<'gc>, key: Value<'gc>) -> Value<'gc> {
        match key {
            Value::String(s) => self.get_str(heap, s),
            other => self.get_now(other),
        }
    }

    /// As [`Table::get`], of what is real.
    #[inline]
    fn get_now(self, key: Value<'gc>) -> Value<'gc> {
        match key {
            Value::Integer(i) => self.get_int(i),
            Value::String(s) => self.get_str_now(s),
            other => self.get_other(other),
        }
    }

    #[inline(never)]
    fn get_other(self, key: Value<'gc>) -> Value<'gc> {
        match normal_key(key) {
            Ok(Value::Integer(i)) => self.get_int(i),
            Ok(key) => self.0.value_at(self.0.find(key)),
            Err(_) => Value::Nil,
        }
    }

    /// Returns the value at an integer key, or nil.
    #[inline(always)]
    pub fn get_int(self, i: i64) -> Value<'gc> {
        match self.item(i) {
            Some(item) => item,
            None => self.get_int_hashed(i),
        }
    }

    /// Returns what the array part has at an integer key, if that lies in it.
    #[inline(always)]
    pub(crate) fn item(self, i: i64) -> Option<Value<'gc>> {
        let at = (i as u64).wrapping_sub(1);
        (at < u64::from(self.0.array_len.get())).then(|| self.0.item(at as u32))
    }

    #[inline(never)]
    fn get_int_hashed(self, i: i64) -> Value<'gc> {
        if self.0.used.get() == 0 {
            return Value::Nil;
        }
        self.0.value_at(self.0.find_int(i))
    }

    /// Returns the value at a string key, or nil. A pristine table stays so.
    #[inline]
    pub fn get_str(self, heap: Heap<'gc>, key: Str<'gc>) -> Value<'gc> {
        let value = self.get_str_now(key);
        if value.is_nil() && self.is_pristine() { heap.pristine_field(self, key) } else { value }
    }

    /// As [`Table::get_str`], of what is real.
    #[inline]
    pub(in crate::vm) fn get_str_now(self, key: Str<'gc>) -> Value<'gc> {
        let at = if key.is_short() { self.0.find_short(key) } else { self.0.find_long(key) };
        self.0.value_at(at)
    }

    /// Stores into the array part if that needs neither memory nor fuel: when `i`
    /// is one of 1..n, or n+1 with room for it. Returns false, having done
    /// nothing, in all other cases. The slot may hold nil: a table whose
    /// metatable has `__newindex` needs [`Table::replace_int`] instead.
    #[inline(always)]
    pub fn set_existing_int(self, heap: Heap<'gc>, i: i64, value: Value<'gc>) -> bool {
        let at = (i as u64).wrapping_sub(1);
        let plain = !value.is_nil() && self.is_own(heap);
        if plain && at < u64::from(self.0.array_len.get()) && self.0.is_item(at as u32) {
            self.barrier(heap.mc, &value);
            self.0.put_item(at as u32, value);
            return true;
        }
        if plain && self.0.holes.get() == 0 && self.0.has_room_for(at) {
            self.barrier(heap.mc, &value);
            self.0.push_item(value);
            return true;
        }
        at <= u64::from(self.0.array_len.get()) && self.set_item_slowly(heap, at, value)
    }

    /// Replaces the value at an integer key in the array part. Returns false,
    /// having done nothing, if there is none or it is nil.
    #[inline]
    pub fn replace_int(self, heap: Heap<'gc>, i: i64, value: Value<'gc>) -> bool {
        self.item(i).is_some_and(|item| !item.is_nil()) && self.set_existing_int(heap, i, value)
    }

    /// Tells whether there is an item at an integer key in the array part that may be replaced
    /// without further ado.
    #[inline]
    pub fn has_own_item(self, heap: Heap<'gc>, i: i64) -> bool {
        self.is_own(heap) && self.item(i).is_some_and(|item| !item.is_nil())
    }

    /// Replaces the value at a string key. Returns false, having done nothing, if
    /// there is none or it is nil.
    #[inline]
    pub fn set_existing_str(self, heap: Heap<'gc>, key: Str<'gc>, value: Value<'gc>) -> bool {
        let at = self.0.find_str(key);
        at != NONE && self.replace_entry(heap, at, value)
    }

    /// Sets a short string key to the value at `from` if that needs neither memory nor
    /// fuel nor a metamethod: when the key is there, or new and has room. Returns
    /// false, having done nothing, in all other cases.
    ///
    /// The value is passed by its place so that it is copied once, in two words.
    #[inline(always)]
    pub(in crate::vm) fn set_short_quickly(
        self,
        heap: Heap<'gc>,
        key: Str<'gc>,
        from: *const Value<'gc>,
    ) -> bool {
        // SAFETY: callers pass the place of a valid value that nothing else writes now.
        let value = unsafe { &*from };
        let at = self.0.find_short(key);
        if at == NONE {
            let handled = self.0.metatable.get().is_some_and(|own| !own.lacks(Event::NewIndex));
            return !handled
                && !value.is_nil()
                && self.is_own(heap)
                && self.add_short(heap, key, value);
        }
        if self.0.entry(at).value.is_nil() || !self.is_own(heap) {
            return false;
        }
        if value.is_no_number() {
            self.barrier(heap.mc, value);
        } else if value.is_nil() {
            self.0.kill(at);
            return true;
        }
        // SAFETY: as above.
        self.0.put_value(at, unsafe { Value::load(from) });
        true
    }

    /// Sets an item of the array part to the value at `from` under the conditions of
    /// [`Table::set_existing_int`], or of [`Table::replace_int`] unless it is `free`, which is
    /// asked only where there is no item yet.
    #[inline(always)]
    pub(in crate::vm) fn set_int_quickly(
        self,
        heap: Heap<'gc>,
        i: i64,
        from: *const Value<'gc>,
        free: impl FnOnce() -> bool,
    ) -> bool {
        // SAFETY: callers pass the place of a valid value that nothing else writes now.
        let value = unsafe { &*from };
        let at = (i as u64).wrapping_sub(1);
        if !self.is_own(heap) {
            return false;
        }
        let plain = !value.is_nil();
        if plain && at < u64::from(self.0.array_len.get()) && self.0.is_item(at as u32) {
            self.barrier(heap.mc, value);
            // SAFETY: as above.
            self.0.put_item(at as u32, unsafe { Value::load(from) });
            return true;
        }
        let free = free();
        if plain && free && self.0.holes.get() == 0 && self.0.has_room_for(at) {
            self.barrier(heap.mc, value);
            // SAFETY: as above.
            self.0.push_item(unsafe { Value::load(from) });
            return true;
        }
        if free && at > u64::from(self.0.array_len.get()) {
            self.set_hashed_int_quickly(heap, i, *value)
        } else if free {
            self.set_item_slowly(heap, at, *value)
        } else {
            self.replace_int(heap, i, *value)
        }
    }

    /// Returns a place that holds nil.
    #[inline(always)]
    pub(in crate::vm) fn nowhere() -> *const Value<'gc> {
        &Value::Nil
    }

    /// Returns where the value of a short string key is; it holds nil if there is none.
    /// The place is good until the table changes.
    #[inline(always)]
    pub(in crate::vm) fn short_place(self, key: Str<'gc>) -> *const Value<'gc> {
        self.0.place_at(self.0.find_short(key))
    }

    /// As [`Table::short_place`], for an integer key.
    #[inline(always)]
    pub(in crate::vm) fn int_place(self, i: i64) -> *const Value<'gc> {
        let at = (i as u64).wrapping_sub(1);
        if at < u64::from(self.0.array_len.get()) {
            // SAFETY: an initialised slot (invariant 1).
            unsafe { self.0.array.get().add(at as usize) }
        } else {
            self.int_place_hashed(i)
        }
    }

    #[inline(never)]
    fn int_place_hashed(self, i: i64) -> *const Value<'gc> {
        if self.0.used.get() == 0 {
            return Table::nowhere();
        }
        self.0.place_at(self.0.find_int(i))
    }

    /// As [`Table::short_place`], for any key; null if finding it must be paid for.
    #[inline(never)]
    pub(in crate::vm) fn place(self, key: Value<'gc>) -> *const Value<'gc> {
        if !self.0.finds_at_once(key) {
            return std::ptr::null();
        }
        match normal_key(key) {
            Ok(Value::Integer(i)) => self.int_place(i),
            Ok(key) => self.0.place_at(self.0.find(key)),
            Err(_) => Table::nowhere(),
        }
    }

    /// Sets the value at a key. No metamethods.
    ///
    /// # Errors
    /// When the key is nil or NaN, the table is read-only, memory is refused, or fuel runs out; nothing
    /// is changed then.
    pub fn raw_set(
        self,
        heap: Heap<'gc>,
        key: Value<'gc>,
        value: Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        match key {
            Value::Integer(i) => self.set_int(heap, i, value),
            Value::String(s) => self.set_str(heap, s, value),
            other => match normal_key(other) {
                Ok(Value::Integer(i)) => self.set_int(heap, i, value),
                Ok(key) => self.set_normal(heap, key, value),
                Err(error) => Err(heap.error(error.message())),
            },
        }
    }

    /// Sets the value at an integer key.
    ///
    /// # Errors
    /// When memory is refused or fuel runs out; nothing is changed then.
    #[inline(always)]
    pub fn set_int(self, heap: Heap<'gc>, i: i64, value: Value<'gc>) -> Result<(), Interrupt<'gc>> {
        if self.set_existing_int(heap, i, value) {
            return Ok(());
        }
        self.set_int_slowly(heap, i, value)
    }

    #[inline(never)]
    fn set_int_slowly(
        self,
        heap: Heap<'gc>,
        i: i64,
        value: Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        let len = self.array_len() as u64;
        let at = (i as u64).wrapping_sub(1);
        if at == len && !value.is_nil() {
            return self.append(heap, value);
        }
        if at < len {
            return self.set_slot(heap, at as u32, value);
        }
        let hash = self.0.hash_int(i);
        let found = self.0.find_hashed_int(hash, i);
        if i > 0 && self.0.is_new(found) && !value.is_nil() {
            if self.is_near(at) {
                return self.widen(heap, at as usize, value);
            }
            if self.0.is_count_due() && self.gather(heap, at)? {
                return self.set_int_slowly(heap, i, value);
            }
        }
        self.set_hashed(heap, Value::Integer(i), hash, found, value)
    }

    /// Sets the value at a string key. A long one is charged as for a look-up.
    ///
    /// # Errors
    /// When memory is refused or fuel runs out; nothing is changed then.
    pub fn set_str(
        self,
        heap: Heap<'gc>,
        key: Str<'gc>,
        value: Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        if key.is_short() {
            let at = self.0.find_short(key);
            return self.set_hashed(heap, Value::String(key), key.short_hash(), at, value);
        }
        self.set_long(heap, key, value)
    }

    #[inline(never)]
    fn set_long(
        self,
        heap: Heap<'gc>,
        key: Str<'gc>,
        value: Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        self.charge_long_key(heap, key)?;
        let hash = key.hash(self.0.hash_key);
        self.set_hashed(heap, Value::String(key), hash, self.0.find_long(key), value)
    }

    /// Returns the border (manual §3.4.7).
    #[inline(always)]
    pub fn len(self) -> i64 {
        i64::from(self.0.array_len.get() - self.0.beyond.get())
    }

    /// Tells whether the border is 0; other keys may be present.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Returns the metatable.
    #[inline(always)]
    pub fn metatable(self) -> Option<Table<'gc>> {
        match self.0.metatable.get() {
            Some(_) if self.is_pristine() => None,
            metatable => metatable,
        }
    }

    /// Returns the metatable, or the table itself if it is pristine: fast paths that find
    /// nothing then go the slow way.
    #[inline(always)]
    pub(in crate::vm) fn metatable_or_pristine(self) -> Option<Table<'gc>> {
        self.0.metatable.get()
    }

    /// Sets the metatable. The table was saved ([`Table::save_header`]).
    pub(in crate::vm) fn set_metatable(self, heap: Heap<'gc>, metatable: Option<Table<'gc>>) {
        debug_assert!(self.is_read_only() || !self.is_unsaved(heap));
        heap.mc.backward_barrier(self.erase(), metatable.map(Table::erase));
        self.0.metatable.set(metatable);
    }

    /// Tells whether this table, a metatable, is known to lack an event.
    #[inline(always)]
    pub fn lacks(self, event: Event) -> bool {
        let event = event as u32;
        event < 8 && self.0.lacks.get() & (1 << event) != 0
    }

    /// Remembers that this table, a metatable, lacks an event. Forgotten as soon
    /// as a string key is added.
    pub fn remember_lack(self, event: Event) {
        let event = event as u32;
        if event < 8 {
            self.0.lacks.set(self.0.lacks.get() | (1 << event));
        }
    }

    /// Takes the tables that turned out to be weak in the last marking.
    ///
    /// Only to be called when that collection is over and before the machine goes on.
    pub(in crate::vm) fn take_found(_: &Mutation<'gc>) -> Vec<Table<'gc>> {
        // SAFETY: each is the address of an object that the collection has marked, so it
        // has not been freed, and nothing has run since that could have changed that.
        weak::take_found().into_iter().map(|at| Table(unsafe { Gc::from_ptr(at.cast()) })).collect()
    }

    /// Goes on with a collection that has found these to be weak, and takes what another has
    /// found.
    pub(in crate::vm) fn exchange_found(found: Vec<*const ()>) -> Vec<*const ()> {
        weak::exchange_found(found)
    }

    /// Returns the number of entries of the hash part, tombstones included.
    pub(in crate::vm) fn entries(self) -> usize {
        self.0.used.get() as usize
    }

    /// Returns the number of items, and of entries, tombstones included.
    pub(in crate::vm) fn slots(self) -> usize {
        self.0.array_len.get() as usize + self.0.used.get() as usize
    }

    /// Tells whether the table holds anything, or did.
    pub(in crate::vm) fn has_parts(self) -> bool {
        self.0.array_len.get() > 0 || self.0.used.get() > 0
    }

    /// Returns the object, for the collector's own work on it.
    pub(in crate::vm) fn parts(self) -> &'gc TableBox<'gc> {
        self.0.as_ref()
    }

    /// Returns the serial id.
    pub fn id(self) -> u64 {
        self.0.id
    }

    /// Returns the logical size in bytes, parts included.
    pub fn logical_bytes(self) -> usize {
        self.0.bytes()
    }

    /// Tells whether both are the same object.
    #[inline(always)]
    pub fn ptr_eq(self, other: Table<'gc>) -> bool {
        Gc::ptr_eq(self.0, other.0)
    }

    /// Returns the erased pointer for write barriers and weak references.
    #[inline(always)]
    pub(in crate::vm) fn erase(self) -> Gc<'gc, ()> {
        Gc::erase(self.0)
    }

    /// Tells the collector that the table is about to hold `value`.
    #[inline(always)]
    fn barrier(self, mc: &Mutation<'gc>, value: &Value<'gc>) {
        if value.is_no_number()
            && let Some(child) = value.collectable()
        {
            mc.backward_barrier(Gc::erase(self.0), Some(child));
        }
    }
}
