//! Writing to a table of which a part is kept in pages (see [`saved`](super::saved)).
//!
//! What an operation is going to change is saved first, and only then changed: when something
//! is refused, the operation is done again and finds what was saved already, and paid.

use super::block::{Items, Living};
use super::hash::{Entry, Link, NONE};
use super::moving::note_work;
use super::pages::{PAGE, Pages};
use super::saved::{PAGED, Part, READ_ONLY, Saved};
use super::{Table, TableBox};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::store::Heap;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{ARRAY_SLOT_BYTES, HASH_SLOT_BYTES, Refused};
use crate::vm::meters::fuel::items_price;
use std::cell::RefMut;

/// Units for saving a page of items.
const ITEMS_PAGE: u64 = 4 + PAGE as u64 / 4;
/// Units for saving a page of entries.
const ENTRIES_PAGE: u64 = 4 + PAGE as u64 * 3 / 4;
/// Units for noting a change of a chain.
const LINK: u64 = 1;
/// Logical size of such a note.
const LINK_BYTES: usize = 24;

impl<'gc> TableBox<'gc> {
    /// Tells whether a part of the table is kept in pages.
    #[inline(always)]
    pub(super) fn is_paged(&self) -> bool {
        let stamp = self.stamp.get();
        stamp & PAGED != 0 && stamp != READ_ONLY
    }

    /// Returns what is saved of a table that is kept in pages.
    fn saved(&self, heap: Heap<'gc>) -> Option<RefMut<'gc, Saved<'gc>>> {
        if !self.is_paged() {
            return None;
        }
        let at = (self.stamp.get() & !PAGED) as usize;
        let tables = heap.store.journal.tables.borrow_mut();
        RefMut::filter_map(tables, |tables| tables.get_mut(at)).ok()
    }

    /// Tells whether the array part is kept in pages.
    pub(super) fn are_items_paged(&self, heap: Heap<'gc>) -> bool {
        self.saved(heap).is_some_and(|saved| matches!(saved.items, Part::Pages(_)))
    }

    /// Tells whether the hash part is kept in pages.
    pub(super) fn are_entries_paged(&self, heap: Heap<'gc>) -> bool {
        self.saved(heap).is_some_and(|saved| matches!(saved.entries, Part::Pages(_)))
    }

    /// Saves the slots `from..to` of the array part, counted from 0, that held items.
    ///
    /// # Errors
    /// When memory is refused or fuel runs out.
    pub(super) fn save_items(
        &self,
        heap: Heap<'gc>,
        from: usize,
        to: usize,
    ) -> Result<(), Interrupt<'gc>> {
        let Some(mut saved) = self.saved(heap) else { return Ok(()) };
        let len = saved.array_len();
        let Part::Pages(pages) = &mut saved.items else { return Ok(()) };
        let to = to.min(len as usize) as u32;
        let size = (ITEMS_PAGE, Pages::<Value<'gc>>::bytes(ARRAY_SLOT_BYTES));
        save_pages(heap, pages, from, to, size, |number| {
            self.some_items(number * PAGE, len.min((number + 1) * PAGE))
        })
    }

    /// Saves entry `at`.
    ///
    /// # Errors
    /// When memory is refused or fuel runs out.
    pub(super) fn save_entry(&self, heap: Heap<'gc>, at: u32) -> Result<(), Interrupt<'gc>> {
        let Some(mut saved) = self.saved(heap) else { return Ok(()) };
        let used = saved.used();
        let Part::Pages(pages) = &mut saved.entries else { return Ok(()) };
        let to = used.min(at + 1);
        let size = (ENTRIES_PAGE, Pages::<Entry<'gc>>::bytes(HASH_SLOT_BYTES));
        save_pages(heap, pages, at as usize, to, size, |number| {
            self.some_entries(number * PAGE, used.min((number + 1) * PAGE))
        })
    }

    /// Makes room for noting `more` changes of chains.
    ///
    /// # Errors
    /// When memory is refused or fuel runs out.
    pub(super) fn save_links(&self, heap: Heap<'gc>, more: usize) -> Result<(), Interrupt<'gc>> {
        let Some(mut saved) = self.saved(heap) else { return Ok(()) };
        if matches!(saved.entries, Part::Whole(_)) {
            return Ok(());
        }
        // There may be room that an operation asked for which was refused something else then.
        let noted = saved.earlier.count + saved.links.len();
        let missing = (noted + more).saturating_sub(saved.links_paid);
        if missing == 0 {
            return Ok(());
        }
        let price = missing as u64 * LINK;
        heap.charge(price)?;
        let bytes = missing * LINK_BYTES;
        heap.store.account.reserve(bytes)?;
        if saved.links.try_reserve(more).is_err() {
            heap.store.account.release(bytes);
            return Err(Refused { bytes }.into());
        }
        saved.links_paid += missing;
        kept(heap, bytes, price);
        Ok(())
    }

    /// Notes a change of a chain that is about to happen, for which there is room.
    pub(super) fn note_link(&self, heap: Heap<'gc>, link: Link) {
        if let Some(mut saved) = self.saved(heap)
            && matches!(saved.entries, Part::Pages(_))
        {
            saved.links.push(link);
        }
    }

    /// Saves what changes when 1..n, which has `len` items, comes to have `end`: slots, and
    /// entries of the keys that move over.
    ///
    /// # Errors
    /// When memory is refused or fuel runs out.
    pub(super) fn save_appended(
        &self,
        heap: Heap<'gc>,
        len: usize,
        end: usize,
    ) -> Result<(), Interrupt<'gc>> {
        if end <= self.array_capacity.get() as usize {
            self.save_items(heap, len, end)?;
        }
        if !self.integers.get() {
            return Ok(());
        }
        self.save_links(heap, end - len)?;
        for key in len + 1..=end {
            let at = self.find_int(key as i64);
            if at != NONE {
                self.save_entry(heap, at)?;
            }
        }
        Ok(())
    }

    /// Makes both parts this run's own.
    ///
    /// # Errors
    /// When memory is refused or fuel runs out; no key and no value is changed then.
    pub(super) fn move_all(&self, heap: Heap<'gc>) -> Result<(), Interrupt<'gc>> {
        if !self.is_paged() {
            return Ok(());
        }
        let price = items_price(self.array_capacity.get() as usize + self.hash_capacity());
        heap.charge(price)?;
        if self.are_items_paged(heap) {
            self.move_items(heap, self.array_capacity.get() as usize, None)?;
        }
        if self.are_entries_paged(heap) {
            self.move_entries_as_they_are(heap)?;
        }
        // Not to be done again, and so no credit for what follows.
        heap.store.fuel.spend(price);
        Ok(())
    }

    /// Puts a block of `capacity` slots into the place of the array part's, which goes to the
    /// journal: from now on the part is this run's own.
    ///
    /// # Errors
    /// When memory is refused; nothing is changed then.
    pub(super) fn move_items(
        &self,
        heap: Heap<'gc>,
        capacity: usize,
        ready: Option<Items<'gc>>,
    ) -> Result<(), Interrupt<'gc>> {
        let Some(mut saved) = self.saved(heap) else { return Ok(()) };
        let old = self.array_capacity.get() as usize * ARRAY_SLOT_BYTES;
        let items = reserved(heap, capacity * ARRAY_SLOT_BYTES, || {
            ready.or_else(|| {
                note_work(items_price(self.array_len.get() as usize));
                self.copy_items(capacity as u32)
            })
        })?;
        let len = saved.array_len();
        saved.keep_items(self.exchange_items(items, len));
        self.moved(heap, &saved, old);
        Ok(())
    }

    /// As [`TableBox::move_items`], for the live entries of the hash part.
    ///
    /// # Errors
    /// When memory is refused; nothing is changed then.
    pub(super) fn move_entries(
        &self,
        heap: Heap<'gc>,
        capacity: usize,
        ready: Option<Living<'gc>>,
    ) -> Result<(), Interrupt<'gc>> {
        let Some(mut saved) = self.saved(heap) else { return Ok(()) };
        let old = self.hash_capacity() * HASH_SLOT_BYTES;
        let living = reserved(heap, capacity * HASH_SLOT_BYTES, || {
            ready.or_else(|| {
                note_work(u64::from(self.used.get()));
                self.copy_live_entries(capacity as u32)
            })
        })?;
        let used = saved.used();
        saved.keep_entries(self.exchange_live_entries(living, used));
        self.moved(heap, &saved, old);
        Ok(())
    }

    /// As [`TableBox::move_entries`], for all entries in a block like that which is there.
    fn move_entries_as_they_are(&self, heap: Heap<'gc>) -> Result<(), Interrupt<'gc>> {
        let Some(mut saved) = self.saved(heap) else { return Ok(()) };
        let bytes = self.hash_capacity() * HASH_SLOT_BYTES;
        let entries = reserved(heap, bytes, || self.copy_entries())?;
        self.integers.set(entries.entries().iter().any(Entry::is_positive_integer));
        let used = saved.used();
        saved.keep_entries(self.exchange_entries(entries, used));
        self.hint.set(0);
        self.moved(heap, &saved, bytes);
        Ok(())
    }

    /// Notes that a block of `bytes` went to the journal.
    fn moved(&self, heap: Heap<'gc>, saved: &Saved<'gc>, bytes: usize) {
        if saved.is_whole() {
            self.stamp.set(heap.store.journal.epoch.get());
        }
        kept(heap, bytes, 0);
    }
}

/// Makes a block of `bytes`, which are reserved.
///
/// # Errors
/// When memory is refused; nothing is changed then.
fn reserved<'gc, T>(
    heap: Heap<'gc>,
    bytes: usize,
    make: impl FnOnce() -> Option<T>,
) -> Result<T, Interrupt<'gc>> {
    let account = &heap.store.account;
    account.reserve(bytes)?;
    make().ok_or_else(|| {
        account.release(bytes);
        Refused { bytes }.into()
    })
}

/// Notes that the journal keeps `bytes` more, whose making was paid with `price`: not to be
/// done again, and not to be paid again, if what follows is refused.
fn kept(heap: Heap<'_>, bytes: usize, price: u64) {
    let journal = &heap.store.journal;
    journal.bytes.set(journal.bytes.get() + bytes);
    heap.store.fuel.spend(price);
}

/// Saves the pages with the places `from..to` that are not saved yet. `size`: units and
/// logical bytes of each; `page` lends it.
fn save_pages<'gc, 'a, T: Copy + 'a>(
    heap: Heap<'gc>,
    pages: &mut Pages<T>,
    from: usize,
    to: u32,
    size: (u64, usize),
    page: impl Fn(u32) -> &'a [T],
) -> Result<(), Interrupt<'gc>> {
    if from >= to as usize {
        return Ok(());
    }
    let numbers = from as u32 / PAGE..=(to - 1) / PAGE;
    let missing = numbers.clone().filter(|number| !pages.has(*number)).count();
    if missing == 0 {
        return Ok(());
    }
    let (units, bytes) = size;
    let price = missing as u64 * units;
    heap.charge(price)?;
    heap.store.account.reserve(missing * bytes)?;
    let mut saved = 0;
    for number in numbers {
        if pages.has(number) {
            continue;
        }
        if !pages.add(number, page(number)) {
            // What is saved stays so; the rest is asked for, and paid, again.
            heap.store.account.release((missing - saved) * bytes);
            kept(heap, saved * bytes, 0);
            return Err(Refused { bytes }.into());
        }
        saved += 1;
    }
    kept(heap, saved * bytes, price);
    Ok(())
}

impl<'gc> Table<'gc> {
    /// As [`Table::set_hashed`], in a table that may not be written to just so.
    ///
    /// # Errors
    /// When the table is read-only, memory is refused, or fuel runs out; nothing is changed
    /// then.
    #[cold]
    #[inline(never)]
    pub(super) fn set_hashed_saving(
        self,
        heap: Heap<'gc>,
        key: Value<'gc>,
        hash: u32,
        at: u32,
        value: Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        if self.is_pristine() && !self.is_read_only() {
            heap.make_real(self);
            return self.set_hashed(heap, key, hash, self.0.find(key), value);
        }
        let alive = at != NONE && !self.0.entry(at).value.is_nil();
        if !alive && value.is_nil() && !self.is_read_only() {
            return Ok(());
        }
        self.save(heap)?;
        if self.is_own(heap) {
            return self.set_hashed(heap, key, hash, at, value);
        }
        if alive {
            self.0.save_entry(heap, at)?;
            self.put_alive(heap, at, value);
            return Ok(());
        }
        if self.0.may_revive(at) {
            self.0.save_entry(heap, at)?;
            self.revive(heap, at, key, hash, value);
            return Ok(());
        }
        if self.0.used.get() as usize == self.0.hash_capacity() {
            self.rebuild(heap, 1, 0)?;
        } else if at != NONE {
            self.0.save_entry(heap, at)?;
            self.0.save_links(heap, 2)?;
            self.0.forget_noting(at, hash, |link| self.0.note_link(heap, link));
        } else {
            self.0.save_links(heap, 1)?;
        }
        self.push_noting(heap, key, hash, value);
        Ok(())
    }

    /// Adds a key that has no entry, where there is room for it.
    pub(super) fn push_noting(
        self,
        heap: Heap<'gc>,
        key: Value<'gc>,
        hash: u32,
        value: Value<'gc>,
    ) {
        if self.0.is_paged() {
            self.0.note_link(heap, self.0.head_link(hash));
        }
        self.push_hashed(heap, key, hash, value);
    }
}
