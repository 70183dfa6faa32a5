//! A table part by part as it lies in memory, to be read and to be made again.

use super::array::MAX_SLOTS;
use super::hash::{Entry, GONE, MAX_ENTRIES, NONE};
use super::{Table, TableBox, ZERO_LEADS};
use crate::base::arithmetic::float_to_integer;
use crate::gc::FROZEN;
use crate::vm::heap::store::Heap;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{ARRAY_SLOT_BYTES, HASH_SLOT_BYTES, Refused, TABLE_BYTES};

/// The first bits of what a tombstone keeps of an object, and of a long string; the others
/// are the id or a digest.
const DEAD_OBJECT: u64 = 0x7FF8_0000_0000_0000;
const DEAD_STRING: u64 = 0x7FFC_0000_0000_0000;
const MARK: u64 = 0x3_FFFF_FFFF_FFFF;

/// Room and marks of a table.
#[derive(Clone, Copy, Debug)]
pub(in crate::vm) struct Shape {
    /// Slots of the array part.
    pub(in crate::vm) array: usize,
    /// Places of the hash part.
    pub(in crate::vm) hash: usize,
    /// Slots of the array part in use that follow the border.
    pub(in crate::vm) beyond: usize,
    /// How many positive integer keys have come into the hash part since the last were moved.
    pub(in crate::vm) joined: usize,
    /// The first entry, of the key 0, comes before the array part.
    pub(in crate::vm) zero_leads: bool,
    /// The hash part may hold positive integers.
    pub(in crate::vm) integers: bool,
    /// Scripts may not change the table.
    pub(in crate::vm) read_only: bool,
    /// What JSON conversion marked it as.
    pub(in crate::vm) json: u8,
}

/// The key of an entry.
#[derive(Clone, Copy, Debug)]
pub(in crate::vm) enum EntryKey<'gc> {
    /// A value.
    Value(Value<'gc>),
    /// There is none: the entry was taken out of its chain.
    Gone,
    /// An object that may be dead, by its id.
    Object(u64),
    /// A long string that may be dead: some bits of its digest.
    String(u64),
}

/// A place of the hash part in use.
#[derive(Clone, Copy, Debug)]
pub(in crate::vm) struct Place<'gc> {
    /// The key.
    pub(in crate::vm) key: EntryKey<'gc>,
    /// The value; nil in a tombstone.
    pub(in crate::vm) value: Value<'gc>,
    /// Of a tombstone: how many places were in use when it died.
    pub(in crate::vm) died: u32,
}

impl<'gc> Place<'gc> {
    /// Returns the tombstone of this place, of which so many are in use.
    pub(in crate::vm) fn buried(self, places: usize) -> Place<'gc> {
        let key = match self.key {
            EntryKey::Value(Value::String(key)) if !key.is_short() => EntryKey::String(0),
            EntryKey::Value(key) => key.object_id().map_or(self.key, EntryKey::Object),
            key => key,
        };
        Place { key, value: Value::Nil, died: places as u32 }
    }
}

/// Why a part cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vm) enum Unmade {
    /// Memory was refused.
    Memory(Refused),
    /// It is no part of a table.
    Wrong(&'static str),
}

impl From<Refused> for Unmade {
    fn from(refused: Refused) -> Self {
        Unmade::Memory(refused)
    }
}

impl<'gc> TableBox<'gc> {
    fn place(&self, at: u32) -> Place<'gc> {
        let entry = self.entry(at);
        let key = match entry.key {
            Value::Nil => EntryKey::Gone,
            Value::Number(n) if n.is_nan() => match n.to_bits() {
                bits if bits & !MARK == DEAD_STRING => EntryKey::String(bits & MARK),
                bits => EntryKey::Object(bits & MARK),
            },
            key => EntryKey::Value(key),
        };
        Place { key, value: entry.value, died: if entry.value.is_nil() { entry.hash } else { 0 } }
    }
}

impl<'gc> Table<'gc> {
    /// Makes a table without parts, under an id of before. It is charged.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::vm) fn again(heap: Heap<'gc>, id: u64) -> Result<Table<'gc>, Refused> {
        heap.store.account.reserve(TABLE_BYTES)?;
        Ok(Table::bare(heap.mc, id, heap.store.strings.key(), 0))
    }

    /// Returns room and marks.
    pub(in crate::vm) fn shape(self) -> Shape {
        Shape {
            array: self.0.array_capacity.get() as usize,
            hash: self.0.hash_capacity(),
            beyond: self.0.beyond.get() as usize,
            joined: self.0.joined.get() as usize,
            zero_leads: self.0.zero_leads(),
            integers: self.0.integers.get(),
            read_only: self.is_read_only(),
            json: self.json_mark(),
        }
    }

    /// Returns the mark the journal left.
    pub(in crate::vm) fn stamp(self) -> u32 {
        self.0.stamp.get()
    }

    /// Returns the logical bytes of both parts.
    pub(in crate::vm) fn bytes_of_parts(self) -> usize {
        self.0.bytes() - TABLE_BYTES
    }

    /// Returns the items in order.
    pub(in crate::vm) fn items(self) -> impl Iterator<Item = Value<'gc>> {
        (0..self.0.array_len.get()).map(move |at| self.0.item(at))
    }

    /// Returns the places of the hash part that are in use, in order.
    pub(in crate::vm) fn places(self) -> impl Iterator<Item = Place<'gc>> {
        (0..self.0.used.get()).map(move |at| self.0.place(at))
    }

    /// Returns for each place in use the chain it is in, `u32::MAX` for none.
    pub(in crate::vm) fn chains(self) -> Vec<u32> {
        let mut chains = vec![u32::MAX; self.0.used.get() as usize];
        for chain in 0..self.0.hash_capacity() as u32 {
            let mut at = self.0.walk(chain, |_| true);
            while at != NONE {
                chains[at as usize] = chain;
                at = self.0.entry(at).next;
            }
        }
        chains
    }

    /// Gives a table without parts room, which is charged here.
    ///
    /// # Errors
    /// When memory is refused, or there can be no such room.
    pub(in crate::vm) fn make_room(self, heap: Heap<'gc>, shape: &Shape) -> Result<(), Unmade> {
        let (array, hash) = (shape.array, shape.hash);
        if array > MAX_SLOTS || hash > MAX_ENTRIES || (hash > 0 && !hash.is_power_of_two()) {
            return Err(Unmade::Wrong("a table that is too large"));
        }
        debug_assert!(self.0.array_capacity.get() == 0 && self.0.hash_capacity() == 0);
        let bytes = ARRAY_SLOT_BYTES * array + HASH_SLOT_BYTES * hash;
        heap.store.account.reserve(bytes)?;
        let before = self.0.bytes();
        let made =
            (array == 0 || self.0.resize_array(array)) && (hash == 0 || self.0.resize_hash(hash));
        if !made {
            heap.store.account.release(bytes - (self.0.bytes() - before));
            return Err(Unmade::Memory(Refused { bytes }));
        }
        Ok(())
    }

    /// Adds the next item, or a hole.
    ///
    /// # Errors
    /// When there is no room.
    #[inline]
    pub(in crate::vm) fn push_again(self, value: Value<'gc>) -> Result<(), Unmade> {
        if self.0.array_len.get() >= self.0.array_capacity.get() {
            return Err(Unmade::Wrong("more items than room"));
        }
        self.0.push_slot(value);
        Ok(())
    }

    /// Adds the next place of the hash part with a key that is alive. All items are there.
    ///
    /// # Errors
    /// When there is no room, or the key cannot be there.
    #[inline]
    pub(in crate::vm) fn place_again(
        self,
        key: Value<'gc>,
        value: Value<'gc>,
    ) -> Result<(), Unmade> {
        let right = match key {
            Value::Integer(i) => i < 1 || i > self.array_len() as i64 + 1,
            Value::Number(n) => !n.is_nan() && float_to_integer(n).is_none(),
            Value::Nil | Value::Buffer(_) | Value::Loading(_) => false,
            _ => true,
        };
        if !right || value.is_nil() {
            return Err(Unmade::Wrong("a key that cannot be there"));
        }
        let hash = self.0.hash(key);
        if self.0.find(key) != NONE {
            return Err(Unmade::Wrong("a key that is there twice"));
        }
        self.add_place(Entry { key, value, next: NONE, hash }, Some(hash))
    }

    /// Adds the next place as a tombstone. `chain`: the hash of what it was, or the chain it
    /// is in; none if it is not to be found.
    ///
    /// # Errors
    /// When there is no room, or the key cannot be there.
    pub(in crate::vm) fn bury_again(
        self,
        key: EntryKey<'gc>,
        died: u32,
        chain: Option<u32>,
    ) -> Result<(), Unmade> {
        if let EntryKey::Value(key) = key {
            let right = match key {
                Value::Boolean(_) | Value::Integer(_) | Value::Builtin(_) => true,
                Value::Number(n) => !n.is_nan() && float_to_integer(n).is_none(),
                Value::String(key) => key.is_short(),
                _ => false,
            };
            if !right || self.0.find(key) != NONE {
                return Err(Unmade::Wrong("a tombstone that cannot be there"));
            }
        }
        let (key, chain) = match key {
            EntryKey::Value(key) => (key, Some(self.0.hash(key))),
            EntryKey::Gone => (Value::Nil, None),
            EntryKey::Object(id) => (mark(DEAD_OBJECT, id), chain),
            EntryKey::String(digest) => (mark(DEAD_STRING, digest), chain),
        };
        let died = if matches!(key, Value::Nil) { GONE } else { died };
        self.add_place(Entry { key, value: Value::Nil, next: NONE, hash: died }, chain)
    }

    fn add_place(self, entry: Entry<'gc>, chain: Option<u32>) -> Result<(), Unmade> {
        if self.0.used.get() as usize >= self.0.hash_capacity() {
            return Err(Unmade::Wrong("more entries than room"));
        }
        self.0.add_linked(entry, chain);
        Ok(())
    }

    /// Puts a tombstone that stands for an object into the chain of that object, which is
    /// alive.
    pub(in crate::vm) fn link_again(self, at: u32, object: Value<'gc>) {
        if self.0.entry(at).next == NONE && self.0.find(object) == NONE {
            self.0.link(at, self.0.hash(object));
        }
    }

    /// Ends making the table again.
    ///
    /// # Errors
    /// When it is none.
    pub(in crate::vm) fn finish_again(
        self,
        shape: &Shape,
        metatable: Option<Table<'gc>>,
        stamp: u32,
    ) -> Result<(), Unmade> {
        if self.items().last().is_some_and(|last| last.is_nil()) {
            return Err(Unmade::Wrong("a table that ends with nil"));
        }
        if self.0.integers.get() && !shape.integers {
            return Err(Unmade::Wrong("integers that are not there"));
        }
        let border = self.array_len().checked_sub(shape.beyond);
        let is_nil = |at: usize| self.0.item(at as u32).is_nil();
        let right = border.is_some_and(|border| {
            (border == 0 || !is_nil(border - 1)) && (shape.beyond == 0 || is_nil(border))
        });
        let (true, Ok(joined)) = (right, u32::try_from(shape.joined)) else {
            return Err(Unmade::Wrong("a border that is none"));
        };
        self.0.beyond.set(shape.beyond as u32);
        self.0.joined.set(joined);
        self.0.integers.set(shape.integers);
        self.0.metatable.set(metatable);
        if shape.zero_leads {
            let first = self.places().next().map(|place| place.key);
            if !matches!(first, Some(EntryKey::Value(Value::Integer(0)))) {
                return Err(Unmade::Wrong("a first key that is none"));
            }
        }
        let lead = if shape.zero_leads { ZERO_LEADS } else { 0 };
        self.0.marks.set(u8::from(shape.read_only) | (shape.json & 3) << 1 | lead);
        self.0.stamp.set(if shape.read_only { FROZEN } else { stamp });
        Ok(())
    }
}

fn mark<'gc>(first: u64, rest: u64) -> Value<'gc> {
    Value::Number(f64::from_bits(first | rest & MARK))
}
