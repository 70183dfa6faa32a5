//! Traversal (manual §6.1, `next`).

use super::hash::NONE;
use super::{Table, TableBox};
use crate::base::arithmetic::float_to_integer;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::store::Heap;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::{ITEMS_PER_UNIT, items_price};

/// Cursor of the first entry of the hash part; below it are array items.
const HASH: usize = 1 << 31;
/// Cursor of the first item when the key 0 has come before it.
const ITEMS: usize = 1 << 30;
/// Slots that a step of a traversal may pass for nothing.
const FREE: usize = ITEMS_PER_UNIT - 1;

impl<'gc> TableBox<'gc> {
    /// Returns what comes before all items, if a traversal that begins at a cursor is to see
    /// it: the cursor after it and its value. The key is 0.
    #[inline(always)]
    fn lead(&self, cursor: usize) -> Option<(usize, Value<'gc>)> {
        if cursor != 0 || !self.zero_leads() {
            return None;
        }
        let value = self.entry(0).value;
        (!value.is_nil()).then_some((ITEMS, value))
    }

    /// Returns the place of the first entry at or after a cursor behind the items.
    #[inline(always)]
    fn place_of(&self, cursor: usize) -> u32 {
        match cursor.checked_sub(HASH) {
            Some(at) => at as u32,
            None => u32::from(self.zero_leads()),
        }
    }

    /// Returns the first live entry at or after a cursor: the cursor after it,
    /// its key and its value.
    #[inline]
    fn entry_from(&self, cursor: usize) -> Option<(usize, Value<'gc>, Value<'gc>)> {
        debug_assert!(!self.is_pristine());
        if let Some((after, value)) = self.lead(cursor) {
            return Some((after, Value::Integer(0), value));
        }
        let mut cursor = if cursor == ITEMS { 0 } else { cursor };
        while cursor < self.array_len.get() as usize {
            let value = self.item(cursor as u32);
            cursor += 1;
            if !value.is_nil() {
                return Some((cursor, Value::Integer(cursor as i64), value));
            }
        }
        let mut at = self.place_of(cursor);
        while at < self.used.get() {
            let entry = self.entry(at);
            if !entry.value.is_nil() {
                return Some((HASH + at as usize + 1, entry.key, entry.value));
            }
            at += 1;
        }
        None
    }

    /// As `entry_from`, if that is found without passing more than what is free.
    #[inline]
    fn entry_nearby(&self, cursor: usize) -> Option<Option<(usize, Value<'gc>, Value<'gc>)>> {
        if let Some((after, value)) = self.lead(cursor) {
            return Some(Some((after, Value::Integer(0), value)));
        }
        let mut cursor = if cursor == ITEMS { 0 } else { cursor };
        for _ in 0..FREE {
            if cursor < self.array_len.get() as usize {
                let value = self.item(cursor as u32);
                cursor += 1;
                if !value.is_nil() {
                    return Some(Some((cursor, Value::Integer(cursor as i64), value)));
                }
                continue;
            }
            let at = self.place_of(cursor);
            if at >= self.used.get() {
                return Some(None);
            }
            let entry = self.entry(at);
            cursor = HASH + at as usize + 1;
            if !entry.value.is_nil() {
                return Some(Some((cursor, entry.key, entry.value)));
            }
        }
        let end =
            cursor >= self.array_len.get() as usize && self.place_of(cursor) >= self.used.get();
        end.then_some(None)
    }

    /// Returns the cursor after a key, or nothing if the key has no place.
    #[inline]
    fn cursor_after(&self, key: Value<'gc>) -> Option<usize> {
        self.cursor_after_hint(key).or_else(|| self.search_cursor_after(key))
    }

    /// Returns the cursor after an item of the array part or the key that was visited last.
    #[inline]
    fn cursor_after_hint(&self, key: Value<'gc>) -> Option<usize> {
        if let Value::Integer(i) = key
            && i > 0
            && i <= i64::from(self.array_len.get())
        {
            return Some(i as usize);
        }
        let hint = self.hint.get();
        if hint < self.used.get() {
            let same = match (self.entry(hint).key, key) {
                (Value::String(own), Value::String(key)) => own.ptr_eq(key),
                (Value::Integer(own), Value::Integer(key)) => own == key,
                (Value::Table(own), Value::Table(key)) => own.ptr_eq(key),
                _ => false,
            };
            if same && hint == 0 && self.zero_leads() {
                return Some(ITEMS);
            }
            if same {
                return Some(HASH + hint as usize + 1);
            }
        }
        None
    }

    /// Does what `cursor_after` does for all keys but items of the array part.
    #[inline(never)]
    fn search_cursor_after(&self, key: Value<'gc>) -> Option<usize> {
        let key = match key {
            Value::Nil => return Some(0),
            // Such a float indexes as the integer it equals, but is no key itself.
            Value::Number(n) if float_to_integer(n).is_some() => return None,
            key => key,
        };
        match (self.find(key), key) {
            // It was taken off the end of the array part, or that is not its place at all;
            // both are followed by what is left, which begins with the hash part.
            (NONE, Value::Integer(i)) if i > 0 && i <= i64::from(self.array_capacity.get()) => {
                Some(HASH + usize::from(self.zero_leads()))
            }
            (NONE, _) => None,
            (0, _) if self.zero_leads() => Some(ITEMS),
            (at, _) => Some(HASH + at as usize + 1),
        }
    }
}

/// What a bounded look for the next entry found.
#[derive(Clone, Copy, Debug)]
pub enum Sought<'gc> {
    /// An entry: the cursor after it, its key and its value.
    Entry(usize, Value<'gc>, Value<'gc>),
    /// Only holes and tombstones so far; to be gone on with from this cursor.
    Further(usize),
    /// There is no further entry.
    End,
}

/// The cursor of the first key that is no item of the array part.
pub(crate) const AFTER_ITEMS: usize = HASH;

impl<'gc> Table<'gc> {
    /// Looks at no more than `most` slots from a cursor on for an entry, and returns how
    /// many it looked at.
    #[inline]
    pub fn seek(self, cursor: usize, most: usize) -> (usize, Sought<'gc>) {
        debug_assert!(!self.is_pristine());
        let table = &self.0;
        let length = table.array_len.get() as usize;
        if let Some((after, value)) = table.lead(cursor) {
            return (1, Sought::Entry(after, Value::Integer(0), value));
        }
        let mut cursor = if cursor == ITEMS { 0 } else { cursor };
        let mut passed = 0;
        while cursor < length {
            if passed == most {
                return (passed, Sought::Further(cursor));
            }
            let value = table.item(cursor as u32);
            cursor += 1;
            passed += 1;
            if !value.is_nil() {
                let key = Value::Integer(cursor as i64);
                return (passed, Sought::Entry(cursor, key, value));
            }
        }
        let mut at = table.place_of(cursor);
        while at < table.used.get() {
            if passed == most {
                return (passed, Sought::Further(HASH + at as usize));
            }
            let entry = table.entry(at);
            at += 1;
            passed += 1;
            if !entry.value.is_nil() {
                return (passed, Sought::Entry(HASH + at as usize, entry.key, entry.value));
            }
        }
        (passed, Sought::End)
    }

    /// Tells whether no item of the array part follows the border.
    pub fn ends_at_border(self) -> bool {
        self.0.beyond.get() == 0
    }

    /// Tells whether there are nils among the items of the array part.
    pub fn has_holes(self) -> bool {
        self.0.holes.get() > 0
    }

    /// Returns the entry after a key (nil: the first one), `Some(None)` after the
    /// last, `None` if the key has no place in the table. Keys set to nil since
    /// they were visited have one until a new key is added.
    ///
    /// What it skips is not charged: scripts get [`Table::seek_charged`].
    #[cfg(test)]
    pub fn next(self, key: Value<'gc>) -> Option<Option<(Value<'gc>, Value<'gc>)>> {
        let cursor = self.0.cursor_after(key)?;
        let Some((after, key, value)) = self.0.entry_from(cursor) else {
            return Some(None);
        };
        self.0.hint.set(after.wrapping_sub(HASH + 1) as u32);
        Some(Some((key, value)))
    }

    /// As [`Table::cursor_charged`] and [`Table::seek_charged`] where these charge nothing. Returns
    /// nothing in all other cases, also if the key has no place.
    #[inline]
    pub(crate) fn next_nearby(
        self,
        heap: Heap<'gc>,
        key: Value<'gc>,
    ) -> Option<Option<(Value<'gc>, Value<'gc>)>> {
        let cursor = match self.0.cursor_after_hint(key) {
            Some(cursor) => cursor,
            None if !self.0.finds_at_once(key) => return None,
            None => {
                // Not left to a call of `next`, for which the stack might have to grow.
                self.realize(heap);
                self.0.search_cursor_after(key)?
            }
        };
        let Some((after, key, value)) = self.0.entry_nearby(cursor)? else {
            return Some(None);
        };
        self.0.hint.set(after.wrapping_sub(HASH + 1) as u32);
        Some(Some((key, value)))
    }

    /// Returns the cursor of what follows a key (nil: the first entry), or nothing if the key has
    /// no place in the table. Keys set to nil since they were visited have one until a new key
    /// is added. Charges for finding the key.
    ///
    /// # Errors
    /// When fuel runs out.
    #[inline]
    pub fn cursor_charged(
        self,
        heap: Heap<'gc>,
        key: Value<'gc>,
    ) -> Result<Option<usize>, Interrupt<'gc>> {
        self.charge_key(heap, key)?;
        self.realize(heap);
        Ok(self.0.cursor_after(key))
    }

    /// Returns the first entry from a cursor on, if there is one before `most` slots have been
    /// passed. Charges for the holes and tombstones among these, so that all pieces of a way
    /// from `start` on cost what it costs as a whole.
    ///
    /// # Errors
    /// When fuel runs out.
    #[inline]
    pub fn seek_charged(
        self,
        heap: Heap<'gc>,
        (start, cursor): (usize, usize),
        most: usize,
    ) -> Result<Sought<'gc>, Interrupt<'gc>> {
        self.realize(heap);
        let (_, sought) = self.seek(cursor, most);
        let to = match sought {
            Sought::Entry(after, ..) => after,
            Sought::Further(cursor) => cursor,
            Sought::End => HASH + self.0.used.get() as usize,
        };
        let price = |to| items_price(self.distance(start, to));
        heap.charge(price(to).saturating_sub(price(cursor)))?;
        if let Sought::Entry(after, ..) = sought {
            self.0.hint.set(after.wrapping_sub(HASH + 1) as u32);
        }
        Ok(sought)
    }

    /// Returns how many slots lie between two cursors.
    fn distance(self, from: usize, to: usize) -> usize {
        let place = |cursor: usize| match cursor.checked_sub(HASH) {
            Some(at) => self.array_len() + at,
            None if cursor == ITEMS => 0,
            None => cursor.min(self.array_len()),
        };
        place(to).saturating_sub(place(from))
    }

    /// Returns the first entry at or after a cursor as (next cursor, key, value).
    /// A traversal starts with 0; removals in between are safe.
    #[inline]
    pub fn next_index(self, cursor: usize) -> Option<(usize, Value<'gc>, Value<'gc>)> {
        self.0.entry_from(cursor)
    }

    /// As [`Table::next_index`], and returns how many slots it passed, found or not.
    pub fn next_passing(self, cursor: usize) -> (usize, Option<(usize, Value<'gc>, Value<'gc>)>) {
        let found = self.0.entry_from(cursor);
        let end = HASH + self.0.used.get() as usize;
        (self.distance(cursor, found.map_or(end, |(after, ..)| after)), found)
    }

    /// As [`Table::next_passing`], but looks at no more than `most` slots.
    pub(in crate::vm) fn next_within(
        self,
        cursor: usize,
        most: usize,
    ) -> (usize, Option<(usize, Value<'gc>, Value<'gc>)>) {
        debug_assert!(!self.is_pristine());
        if let Some((after, value)) = self.0.lead(cursor) {
            return (1, Some((after, Value::Integer(0), value)));
        }
        let mut cursor = if cursor == ITEMS { 0 } else { cursor };
        for passed in 1..=most {
            let (key, value);
            if cursor < self.array_len() {
                value = self.0.item(cursor as u32);
                cursor += 1;
                key = Value::Integer(cursor as i64);
            } else {
                let at = self.0.place_of(cursor);
                if at >= self.0.used.get() {
                    return (passed - 1, None);
                }
                let entry = self.0.entry(at);
                (key, value) = (entry.key, entry.value);
                cursor = HASH + at as usize + 1;
            }
            if !value.is_nil() {
                return (passed, Some((cursor, key, value)));
            }
        }
        (most, None)
    }

    /// Counts the keys.
    pub fn count(self) -> usize {
        debug_assert!(!self.is_pristine());
        self.array_len() - self.0.holes.get() as usize + self.0.live_entries()
    }
}
