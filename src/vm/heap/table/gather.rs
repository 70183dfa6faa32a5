//! Integer keys that do not begin at 1, come downwards or leave gaps: the array part takes
//! them in where it would be half full.
//!
//! Whether it does follows from the operations alone (see [`table`](super)): neither how much
//! room the parts have nor when they are rebuilt has a say.

use super::array::MAX_SLOTS;
use super::hash::{self, Entry, NONE};
use super::{Table, TableBox};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::store::Heap;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::HASH_SLOT_BYTES;
use crate::vm::meters::fuel::{REHASH_ENTRY, items_price};

/// With fewer integer keys, the array part takes in none that does not follow the last.
pub(super) const FEW: u32 = 8;
/// Most holes that one new key makes by itself.
pub(super) const GAP: usize = 8;
/// Powers of two that an array part may have slots.
const POWERS: usize = MAX_SLOTS.ilog2() as usize + 1;

/// Returns the key of an entry that is alive, if an array part could hold it.
#[inline(always)]
fn index(entry: &Entry<'_>) -> Option<u32> {
    match entry.key {
        Value::Integer(key) if is_index(key as usize) && !entry.value.is_nil() => Some(key as u32),
        _ => None,
    }
}

/// Returns the exponent of the smallest power of two that is not less than a key.
#[inline(always)]
fn power_of(key: u32) -> usize {
    (u32::BITS - (key - 1).leading_zeros()) as usize
}

#[inline(always)]
fn is_index(key: usize) -> bool {
    key.wrapping_sub(1) < MAX_SLOTS
}

impl TableBox<'_> {
    /// Tells whether a key found at an entry, or not at all, is a new one: it does not come
    /// back to its old place.
    pub(super) fn is_new(&self, at: u32) -> bool {
        at == NONE || self.entry(at).value.is_nil() && !self.may_revive(at)
    }

    /// Tells whether so many integer keys have come into the hash part that they are to be
    /// looked through before another one comes.
    pub(super) fn is_count_due(&self) -> bool {
        let joined = self.joined.get();
        joined >= FEW && joined.is_power_of_two()
    }

    /// Returns what would be the last item if the array part took in all with which it is
    /// half full, and a key to come were there.
    fn last_gathered(&self, key: usize) -> Option<u32> {
        let keys = || (0..self.used.get()).filter_map(|at| index(self.entry(at)));
        let mut counts = [0u32; POWERS];
        let coming = is_index(key).then_some(key as u32);
        for key in keys() {
            counts[power_of(key)] += 1;
        }
        let items = self.array_len.get() - self.holes.get();
        let coming_power = coming.map(power_of);
        let (mut hashed, mut count, mut largest, mut moved) = (0, 0, 0, 0);
        for (power, more) in counts.iter().enumerate() {
            hashed += more;
            let most = items + hashed + u32::from(coming_power.is_some_and(|own| own <= power));
            if most * 2 >= 1 << power {
                (count, largest, moved) = (most, 1 << power, hashed);
            }
        }
        if moved == 0 {
            return None;
        }
        let mut last = keys().filter(|key| *key <= largest).max()?;
        let mut at = last.max(coming.filter(|key| *key <= largest).unwrap_or(0));
        // What is near follows, as if it came now.
        while let Some(near) = (at + 1..=at + 1 + GAP as u32).find(|near| {
            Some(*near) == coming || !self.value_at(self.find_int(i64::from(*near))).is_nil()
        }) {
            count += 1;
            if count * 2 < near || !is_index(near as usize) {
                break;
            }
            at = near;
            last = if Some(near) == coming { last } else { near };
        }
        Some(last)
    }
}

impl<'gc> Table<'gc> {
    /// Tells whether slot `at`, counted from 0 and beyond the array part, is near enough to it
    /// that the array part takes it in.
    pub(super) fn is_near(self, at: u64) -> bool {
        let len = u64::from(self.0.array_len.get());
        let items = len - u64::from(self.0.holes.get());
        items >= u64::from(FEW) && at - len <= GAP as u64 && at < (items + 1) * 2
    }

    /// Sets an integer key beyond the array part in a table that is the run's own, if that
    /// needs neither memory nor fuel. Returns false, having done nothing, in all other cases.
    #[inline(never)]
    pub(super) fn set_hashed_int_quickly(
        self,
        heap: Heap<'gc>,
        key: i64,
        value: Value<'gc>,
    ) -> bool {
        let hashed = self.0.hash_int(key);
        let at = self.0.find_hashed_int(hashed, key);
        if at != NONE {
            let alive = !self.0.entry(at).value.is_nil();
            if alive {
                self.put_alive(heap, at, value);
            }
            return alive;
        }
        let special = key > 0 && (self.is_near(key as u64 - 1) || self.0.is_count_due());
        if value.is_nil() || special || !self.0.has_room_for_entry() {
            return false;
        }
        self.push_hashed(heap, Value::Integer(key), hashed, value);
        true
    }

    /// Makes the array part reach to slot `at`, counted from 0 and beyond it, for a value that
    /// is not nil.
    pub(super) fn widen(
        self,
        heap: Heap<'gc>,
        at: usize,
        value: Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        let border = self.len() as u32;
        self.fill(heap, at, &[value])?;
        self.0.beyond.set(self.0.array_len.get() - border);
        Ok(())
    }

    /// Moves integer keys of the hash part into the array part, if that is half full then;
    /// slot `at`, counted from 0, is to be set afterwards, and counts. Tells
    /// whether there was anything to move.
    ///
    /// # Errors
    /// When the table is read-only, memory is refused, or fuel runs out; no key and no value
    /// is changed then.
    #[cold]
    #[inline(never)]
    pub(super) fn gather(self, heap: Heap<'gc>, at: u64) -> Result<bool, Interrupt<'gc>> {
        let table = &*self.0;
        let used = table.used.get() as usize;
        // A rebuild, which will come if this finds nothing, pays for looking.
        let look = if used == table.hash_capacity() { 0 } else { items_price(used) };
        heap.charge(look)?;
        let Some(last) = table.last_gathered(at.saturating_add(1) as usize) else {
            return Ok(false);
        };
        let last = last as usize;
        if !self.is_own(heap) {
            self.save(heap)?;
        }
        if table.is_paged() {
            let slots = table.array_capacity.get() as usize + table.hash_capacity();
            heap.charge(items_price(slots))?;
            table.move_all(heap)?;
            heap.store.fuel.spend(items_price(slots));
        }
        let price = used as u64 * REHASH_ENTRY + items_price(last);
        heap.charge(price)?;
        if last > table.array_capacity.get() as usize {
            self.grow(heap, last, last, None)?;
        }
        // From here on nothing can be refused, and nothing of it is done again.
        self.take_in(heap, last as u32);
        heap.store.fuel.spend(look + price);
        Ok(true)
    }

    /// Moves all keys up to `last` into the array part, which has room for them, and puts the
    /// hash part in order.
    fn take_in(self, heap: Heap<'gc>, last: u32) {
        let table = &*self.0;
        heap.mc.backward_barrier(self.erase(), None);
        let border = self.len() as u32;
        for _ in table.array_len.get()..last {
            table.push_slot(Value::Nil);
        }
        let mut left = 0;
        for at in 0..table.used.get() {
            let entry = table.entry(at);
            match index(entry).filter(|key| *key <= last) {
                Some(key) => {
                    table.put_item(key - 1, entry.value);
                    table.holes.set(table.holes.get() - 1);
                    table.put_value(at, Value::Nil);
                }
                None => left += u32::from(!entry.value.is_nil()),
            }
        }
        table.beyond.set(last - border);
        table.joined.set(0);
        self.tidy_entries(heap, left as usize);
    }

    /// Gives back what the hash part does not need any more, which has `live` entries.
    fn tidy_entries(self, heap: Heap<'gc>, live: usize) {
        let table = &*self.0;
        let old = table.hash_capacity();
        if live == 0 {
            table.free_hash();
            table.drop_lead();
            table.integers.set(false);
            table.hint.set(0);
            heap.store.account.release(old * HASH_SLOT_BYTES);
            return;
        }
        let new = hash::room_for_rebuilt(live, 1).min(old);
        if table.remake(live, new) {
            heap.store.account.release((old - new) * HASH_SLOT_BYTES);
        }
    }
}
