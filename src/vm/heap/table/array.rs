//! The array part: the values of the keys 1..m.

#![expect(unsafe_code, reason = "owns a raw block of values")]

use super::block::Items;
use super::moving::note_work;
use super::{Table, TableBox};
use crate::alloc::parts::{alloc, leave, realloc, remaps};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::store::Heap;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::ARRAY_SLOT_BYTES;
use crate::vm::meters::fuel::{REHASH_ENTRY, items_price};
use std::alloc::Layout;

/// Fewer holes than this never make the array part go.
pub(super) const MIN_HOLES: usize = 8;
/// Slots in the first block that is not asked for.
const FIRST: usize = 4;
/// Most slots.
pub(super) const MAX_SLOTS: usize = 1 << 27;

/// Checks that an array part may have so many slots.
///
/// # Errors
/// With "table overflow".
pub(super) fn check_capacity<'gc>(heap: Heap<'gc>, slots: usize) -> Result<(), Interrupt<'gc>> {
    if slots > MAX_SLOTS || Layout::array::<Value<'gc>>(slots).is_err() {
        return Err(heap.error("table overflow"));
    }
    Ok(())
}

impl<'gc> TableBox<'gc> {
    /// Returns item `at`, counted from 0.
    #[inline(always)]
    pub(super) fn item(&self, at: u32) -> Value<'gc> {
        debug_assert!(at < self.array_len.get());
        // SAFETY: all callers checked `at < array_len`: the slot is initialised (invariant 1).
        unsafe { Value::load(self.array.get().add(at as usize)) }
    }

    /// Tells whether so many slots are holes that the array part goes when it is to grow.
    #[inline]
    pub(super) fn is_mostly_holes(&self) -> bool {
        let holes = self.holes.get() as usize;
        holes >= MIN_HOLES && holes * 2 > self.array_len.get() as usize
    }

    /// Tells whether slot `at`, counted from 0, is no hole. Only the tag is read.
    #[inline(always)]
    pub(super) fn is_item(&self, at: u32) -> bool {
        debug_assert!(at < self.array_len.get());
        // SAFETY: as in `item`.
        self.holes.get() == 0 || !unsafe { &*self.array.get().add(at as usize) }.is_nil()
    }

    /// Replaces item `at`, counted from 0. Barrier and holes are the caller's.
    #[inline(always)]
    pub(super) fn put_item(&self, at: u32, value: Value<'gc>) {
        debug_assert!(at < self.array_len.get());
        // SAFETY: as in `item`.
        unsafe { *self.array.get().add(at as usize) = value }
    }

    /// Tells whether item `at`, counted from 0, would be the next one, there is a
    /// slot for it, and no key of the hash part follows.
    #[inline(always)]
    pub(super) fn has_room_for(&self, at: u64) -> bool {
        let len = self.array_len.get();
        at == u64::from(len) && len < self.array_capacity.get() && !self.integers.get()
    }

    /// Adds an item where there is room. The barrier is the caller's.
    #[inline(always)]
    pub(super) fn push_item(&self, value: Value<'gc>) {
        let len = self.array_len.get();
        debug_assert!(len < self.array_capacity.get() && !value.is_nil());
        // SAFETY: `len < array_capacity`, so slot `len` is in the block (invariant 1).
        unsafe { self.array.get().add(len as usize).write(value) };
        self.array_len.set(len + 1);
    }

    /// Adds an item or a hole where there is room; the last one to be added is an item.
    pub(super) fn push_slot(&self, value: Value<'gc>) {
        let len = self.array_len.get();
        debug_assert!(len < self.array_capacity.get());
        // SAFETY: `len < array_capacity`, so slot `len` is in the block (invariant 1).
        unsafe { self.array.get().add(len as usize).write(value) };
        self.array_len.set(len + 1);
        self.holes.set(self.holes.get() + u32::from(value.is_nil()));
    }

    /// Takes the last item off, and the holes before it.
    fn pop_item(&self) {
        self.array_len.set(self.array_len.get() - 1);
        self.beyond.set(self.beyond.get().saturating_sub(1));
        self.drop_last_holes();
    }

    /// Takes the holes off the end, and those before the border.
    pub(super) fn drop_last_holes(&self) {
        let mut len = self.array_len.get();
        let mut border = len - self.beyond.get();
        let mut holes = self.holes.get();
        if holes == 0 {
            return;
        }
        while len > 0 && self.item(len - 1).is_nil() {
            len -= 1;
            holes -= 1;
        }
        self.array_len.set(len);
        self.holes.set(holes);
        border = border.min(len);
        while border > 0 && self.item(border - 1).is_nil() {
            border -= 1;
        }
        self.beyond.set(len - border);
    }

    /// Counts the items from slot `at` on, counted from 0, up to the first hole.
    pub(super) fn items_from(&self, at: u32) -> u32 {
        let len = self.array_len.get();
        (at..len).find(|at| self.item(*at).is_nil()).unwrap_or(len) - at
    }

    /// Moves the items to a block of `capacity` slots, not fewer than there are
    /// items. Memory is reserved. Tells whether the system had it.
    pub(super) fn resize_array(&self, capacity: usize) -> bool {
        debug_assert!(self.array_len.get() as usize <= capacity);
        let old = self.array_capacity.get() as usize;
        if capacity == 0 {
            self.free_array();
            return true;
        }
        let layouts = (Layout::array::<Value<'gc>>(old), Layout::array::<Value<'gc>>(capacity));
        let (Ok(before), Ok(after)) = layouts else { return false };
        // SAFETY: the block was allocated with `before` if there is one; sizes are not 0.
        let block = unsafe {
            match old {
                0 => alloc(after),
                _ => realloc(self.array.get().cast(), before, after.size()),
            }
        };
        if block.is_null() {
            return false;
        }
        self.array.set(block.cast());
        self.array_capacity.set(capacity as u32);
        true
    }

    /// Frees the block.
    pub(super) fn free_array(&self) {
        let capacity = self.array_capacity.replace(0) as usize;
        self.array_len.set(0);
        self.holes.set(0);
        self.beyond.set(0);
        if let (1.., Ok(layout)) = (capacity, Layout::array::<Value<'gc>>(capacity)) {
            let block = self.array.replace(std::ptr::dangling_mut());
            // SAFETY: allocated with this layout, and no longer pointed to.
            unsafe { leave(block.cast(), layout) };
        }
    }

    /// Counts the live integer keys from `first` on in the hash part.
    fn run_from(&self, first: i64) -> usize {
        let mut run = 0;
        while !self.value_at(self.find_int(first + run as i64)).is_nil() {
            run += 1;
        }
        run
    }
}

impl<'gc> Table<'gc> {
    /// The part of `set_existing_int` that makes or fills holes, or appends where there are
    /// some; `at` counts from 0.
    #[inline(never)]
    pub(super) fn set_item_slowly(self, heap: Heap<'gc>, at: u64, value: Value<'gc>) -> bool {
        let len = self.0.array_len.get();
        if !self.is_own(heap) {
            return false;
        }
        if at < u64::from(len) {
            // What the border then goes over is to be paid for.
            let costs = at + u64::from(self.0.beyond.get()) == u64::from(len) && !value.is_nil();
            if !costs {
                self.put_slot(heap, at as u32, value);
            }
            return !costs;
        }
        let plain = !value.is_nil() && !self.0.is_mostly_holes() && self.0.has_room_for(at);
        if plain {
            self.barrier(heap.mc, &value);
            self.0.push_item(value);
            let beyond = self.0.beyond.get();
            self.0.beyond.set(beyond + u32::from(beyond > 0));
        }
        plain
    }

    /// Sets slot `at`, counted from 0, which is there.
    pub(super) fn set_slot(
        self,
        heap: Heap<'gc>,
        at: u32,
        value: Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        if !self.is_own(heap) {
            self.save(heap)?;
        }
        if i64::from(at) == self.len() && !value.is_nil() {
            heap.charge(items_price(self.0.items_from(at + 1) as usize))?;
        }
        self.0.save_items(heap, at as usize, at as usize + 1)?;
        self.put_slot(heap, at, value);
        Ok(())
    }

    /// Sets item `at`, counted from 0, whatever is there.
    #[inline]
    pub(super) fn put_slot(self, heap: Heap<'gc>, at: u32, value: Value<'gc>) {
        let len = self.0.array_len.get();
        let holes = self.0.holes.get();
        match (self.0.item(at).is_nil(), value.is_nil()) {
            (false, true) if at + 1 == len => self.0.pop_item(),
            (false, true) => {
                self.0.put_item(at, Value::Nil);
                self.0.holes.set(holes + 1);
                if at + 1 + self.0.beyond.get() == len {
                    self.0.drop_last_holes();
                }
            }
            (true, true) => {}
            (was_hole, false) => {
                self.barrier(heap.mc, &value);
                self.0.put_item(at, value);
                self.0.holes.set(holes - u32::from(was_hole));
                if at + self.0.beyond.get() == len {
                    self.0.beyond.set(len - at - 1 - self.0.items_from(at + 1));
                }
            }
        }
    }

    /// Sets m+1 to a value that is not nil.
    pub(super) fn append(self, heap: Heap<'gc>, value: Value<'gc>) -> Result<(), Interrupt<'gc>> {
        if !self.is_own(heap) {
            self.save(heap)?;
        }
        let len = self.array_len();
        if self.0.is_mostly_holes() {
            return self.dissolve(heap, value);
        }
        let next = len as i64 + 1;
        let run = if self.0.integers.get() { self.0.run_from(next + 1) } else { 0 };
        let need = len + 1 + run;
        let price = run as u64 * REHASH_ENTRY;
        let capacity = self.0.array_capacity.get() as usize;
        let wish = need.max(capacity * 2).max(FIRST);
        let ready = self.charge_growth(heap, price, need, wish)?;
        if self.0.is_paged() {
            self.0.save_appended(heap, len, need)?;
        }
        if need > capacity {
            self.grow(heap, need, wish, ready)?;
        }
        self.barrier(heap.mc, &value);
        self.0.push_item(value);
        if self.0.integers.get() {
            // A tombstone of the key must not be taken for its place later.
            self.0.take_int(heap, next);
            for key in next + 1..=next + run as i64 {
                self.0.push_item(self.0.take_int(heap, key));
            }
        }
        if self.0.beyond.get() > 0 {
            self.0.beyond.set(self.0.beyond.get() + (need - len) as u32);
        }
        Ok(())
    }

    /// Makes room for `wish` items.
    pub(super) fn grow(
        self,
        heap: Heap<'gc>,
        need: usize,
        wish: usize,
        ready: Option<Items<'gc>>,
    ) -> Result<(), Interrupt<'gc>> {
        check_capacity(heap, need)?;
        let wish = wish.min(MAX_SLOTS);
        check_capacity(heap, wish)?;
        let ready = ready.filter(|block| block.capacity() == wish);
        if self.0.are_items_paged(heap) {
            return self.0.move_items(heap, wish, ready);
        }
        let (old, new) =
            (self.0.array_capacity.get() as usize * ARRAY_SLOT_BYTES, wish * ARRAY_SLOT_BYTES);
        let make = || match ready {
            Some(block) => {
                let len = self.0.array_len.get();
                self.0.exchange_items(block, len).outgrown();
                true
            }
            None => {
                if !remaps(old) {
                    note_work(items_price(self.array_len()));
                }
                self.0.resize_array(wish)
            }
        };
        Ok(heap.store.account.replace(old, new, make)?)
    }

    /// Charges `price`, and what it takes to move the items to a block of `wish` slots if there
    /// is no room for `need`. Returns that block if it is there.
    fn charge_growth(
        self,
        heap: Heap<'gc>,
        price: u64,
        need: usize,
        wish: usize,
    ) -> Result<Option<Items<'gc>>, Interrupt<'gc>> {
        let capacity = self.0.array_capacity.get() as usize;
        if need <= capacity {
            heap.charge(price)?;
            return Ok(None);
        }
        let price = price + items_price(self.array_len());
        if wish > MAX_SLOTS || remaps(capacity * ARRAY_SLOT_BYTES) {
            heap.charge(price)?;
            return Ok(None);
        }
        self.charge_moving_items(heap, price, wish)
    }

    /// Moves what follows the first hole into the hash part, last, and `value` at
    /// m+1 after it.
    #[cold]
    fn dissolve(self, heap: Heap<'gc>, value: Value<'gc>) -> Result<(), Interrupt<'gc>> {
        let len = self.0.array_len.get();
        let stay = (0..len).find(|at| self.0.item(*at).is_nil()).unwrap_or(len);
        let items = (len - stay - self.0.holes.get()) as usize;
        self.0.save_items(heap, stay as usize, len as usize)?;
        let work = (items as u64 + 1) * REHASH_ENTRY + items_price(len as usize);
        self.rebuild(heap, items + 1, work)?;
        for at in stay..len {
            let item = self.0.item(at);
            if !item.is_nil() {
                self.push_int(heap, i64::from(at) + 1, item);
            }
        }
        self.push_int(heap, i64::from(len) + 1, value);
        self.0.array_len.set(stay);
        self.0.holes.set(0);
        self.0.beyond.set(0);
        let capacity = self.0.array_capacity.get() as usize;
        if !self.0.are_items_paged(heap) && self.0.resize_array(stay as usize) {
            heap.store.account.release((capacity - stay as usize) * ARRAY_SLOT_BYTES);
        }
        Ok(())
    }

    /// Sets the keys from `first` on to `values` (table constructors, `table.pack`):
    /// 1..n then reaches to the last of them that is not nil, if that is beyond n,
    /// whatever nils come before. Run again after an interrupt it does the same.
    ///
    /// # Errors
    /// When memory is refused or fuel runs out; nothing is changed then, unless the
    /// keys are old ones of the hash part.
    pub fn set_list(
        self,
        heap: Heap<'gc>,
        first: i64,
        values: &[Value<'gc>],
    ) -> Result<(), Interrupt<'gc>> {
        let count = values.iter().rposition(|value| !value.is_nil()).map_or(0, |at| at + 1);
        // Nils at the end take what a constructor gave these keys in brackets, and no room.
        for (key, value) in (first..).zip(values).skip(count) {
            if !self.get_int(key).is_nil() {
                self.set_int(heap, key, *value)?;
            }
        }
        let border = self.len() as usize;
        let before = usize::try_from(first.saturating_sub(1)).unwrap_or(usize::MAX);
        let end = before.saturating_add(count);
        if count == 0 || end <= border || before > MAX_SLOTS || self.is_read_only() {
            for (key, value) in (first..).zip(values) {
                self.set_int(heap, key, *value)?;
            }
            return Ok(());
        }
        if end > self.array_len() {
            self.fill(heap, before, &values[..count])?;
            self.0.beyond.set(0);
            return Ok(());
        }
        let run = self.0.items_from(end as u32);
        if !self.is_own(heap) {
            self.save(heap)?;
        }
        heap.charge(items_price(run as usize))?;
        self.0.save_items(heap, before, end)?;
        for (at, value) in (before..).zip(&values[..count]) {
            self.put_slot(heap, at as u32, *value);
        }
        self.0.beyond.set(self.0.array_len.get() - end as u32 - run);
        Ok(())
    }

    /// Makes 1..m reach to the last of `values`, which is not nil and goes beyond m, and what
    /// follows it; `before` is the number of keys before them. The border is the caller's to
    /// set.
    pub(super) fn fill(
        self,
        heap: Heap<'gc>,
        before: usize,
        values: &[Value<'gc>],
    ) -> Result<(), Interrupt<'gc>> {
        if !self.is_own(heap) {
            self.save(heap)?;
        }
        let len = self.array_len();
        let end = before + values.len();
        let hashed = self.0.integers.get();
        let run = if hashed { self.0.run_from(end as i64 + 1) } else { 0 };
        let need = end + run;
        let mut price = items_price(before.saturating_sub(len));
        if hashed {
            price += (need - len) as u64 * REHASH_ENTRY;
        }
        let capacity = self.0.array_capacity.get() as usize;
        let wish = need.max(capacity * 2);
        let ready = self.charge_growth(heap, price, need, wish)?;
        if self.0.is_paged() {
            self.0.save_items(heap, before, len)?;
            self.0.save_appended(heap, len, need)?;
        }
        if need > capacity {
            self.grow(heap, need, wish, ready)?;
        }
        // From here on nothing can be refused. The new items come first, so that the
        // last one of 1..n is never nil.
        for at in len..need {
            let old = if hashed { self.0.take_int(heap, at as i64 + 1) } else { Value::Nil };
            let listed = at.checked_sub(before).and_then(|at| values.get(at));
            let value = listed.copied().unwrap_or(old);
            self.barrier(heap.mc, &value);
            self.0.push_slot(value);
        }
        for (at, value) in (before..len).zip(values) {
            self.put_slot(heap, at as u32, *value);
        }
        Ok(())
    }

    /// Appends `values` from key `first` on, if that is all there is to do: they follow
    /// the last item, have room, and none is nil. Returns false, having done nothing,
    /// in all other cases.
    #[inline]
    pub fn append_list(self, heap: Heap<'gc>, first: i64, values: &[Value<'gc>]) -> bool {
        let len = self.array_len();
        if first != len as i64 + 1
            || len + values.len() > self.0.array_capacity.get() as usize
            || self.0.holes.get() != 0
            || !self.is_own(heap)
            || self.0.integers.get()
            || values.iter().any(Value::is_nil)
        {
            return false;
        }
        heap.mc.backward_barrier(self.erase(), None);
        for value in values {
            // SAFETY: a reference to a valid value.
            self.0.push_item(unsafe { Value::load(value) });
        }
        true
    }

    /// Returns m, the length of the array part.
    #[inline(always)]
    pub fn array_len(self) -> usize {
        self.0.array_len.get() as usize
    }

    /// Does what `table.insert(t, pos, value)` does, if `pos` is one of 1..n+1 and
    /// there are no holes; else returns false, having done nothing. Moving items
    /// is charged here.
    ///
    /// # Errors
    /// When memory is refused or fuel runs out; nothing is changed then.
    pub fn array_insert(
        self,
        heap: Heap<'gc>,
        pos: usize,
        value: Value<'gc>,
    ) -> Result<bool, Interrupt<'gc>> {
        let len = self.array_len();
        let own = self.is_own(heap);
        if pos == 0 || pos > len + 1 || self.0.holes.get() != 0 || !own && self.is_read_only() {
            return Ok(false);
        }
        heap.charge(items_price(len + 1 - pos))?;
        if pos > len {
            if !self.set_existing_int(heap, pos as i64, value) {
                self.set_int_slowly(heap, pos as i64, value)?;
            }
            return Ok(true);
        }
        if !own {
            self.save_moved(heap, pos - 1, len)?;
        }
        // The last item goes to n+1, which makes room and moves n+2 … over.
        self.set_int(heap, len as i64 + 1, self.0.item(len as u32 - 1))?;
        let block = self.0.array.get();
        // SAFETY: slots `pos - 1 .. len` are initialised (invariant 1). They are moved within
        // the table, so nothing new becomes reachable from it.
        unsafe { block.add(pos - 1).copy_to(block.add(pos), len - pos) };
        if value.is_nil() {
            self.put_slot(heap, pos as u32 - 1, value);
        } else {
            self.barrier(heap.mc, &value);
            self.0.put_item(pos as u32 - 1, value);
        }
        Ok(true)
    }

    /// Does what `table.remove(t, pos)` does, if `pos` is one of 1..n and there are
    /// no holes; else returns nothing, having done nothing. Moving items is
    /// charged here.
    ///
    /// # Errors
    /// When fuel runs out; nothing is changed then.
    pub fn array_remove(
        self,
        heap: Heap<'gc>,
        pos: usize,
    ) -> Result<Option<Value<'gc>>, Interrupt<'gc>> {
        let len = self.array_len();
        let own = self.is_own(heap);
        if pos == 0 || pos > len || self.0.holes.get() != 0 || !own && self.is_read_only() {
            return Ok(None);
        }
        heap.charge(items_price(len - pos))?;
        if !own {
            self.save_moved(heap, pos - 1, len)?;
        }
        let removed = self.0.item(pos as u32 - 1);
        let block = self.0.array.get();
        // SAFETY: slots `pos - 1 .. len` are initialised (invariant 1), see `array_insert`.
        unsafe { block.add(pos).copy_to(block.add(pos - 1), len - pos) };
        self.0.pop_item();
        Ok(Some(removed))
    }

    /// Saves items that are about to be moved, counted from 0.
    fn save_moved(self, heap: Heap<'gc>, from: usize, to: usize) -> Result<(), Interrupt<'gc>> {
        self.save(heap)?;
        self.0.save_items(heap, from, to)
    }
}
