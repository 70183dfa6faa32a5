//! A table as it was before a run changed it.
//!
//! **What is saved is physical**: capacities, the order of entries, tombstones, chains. They
//! are visible in the fuel and the memory of later operations.
//!
//! **A small part is copied whole**, when the table is first written to. **Of a large part,
//! pages are** (`pages.rs`), each before it first changes; a block that is replaced, by growth
//! or a rehash, goes to the journal instead of being freed. So the cost is what was touched.
//! While a part is kept in pages, its block is that of before, and all writes to the table go
//! the slow way ([`paged`](super::paged)). Chains are not kept by pages: which heads and links
//! an operation touches depends on the key of hashes, and what it costs must not. They are a
//! list of changes instead, one for each entry that comes or goes.
//!
//! **Invariant.** All that a part held when it was saved can be reached from here or from the
//! table, so that it lives: what leaves the table is on a page before.

#![expect(unsafe_code, reason = "a collected type traces itself")]

pub(in crate::vm) mod image;

use super::block::{Entries, Items};
use super::hash::{Entry, HEAD, Link};
use super::pages::Pages;
use super::{PIECE, Table, TableBox};
use crate::gc::{Collect, Mutation, Trace};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::store::Heap;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{ARRAY_SLOT_BYTES, HASH_SLOT_BYTES, Refused};
use crate::vm::meters::fuel::items_price;

/// Stamps from here on are no epochs: the rest of the bits say where in the journal the table
/// is, of which a part is kept in pages.
pub(super) const PAGED: u32 = 1 << 31;
/// Stamp of a table that scripts may not change.
pub(super) const READ_ONLY: u32 = u32::MAX;
/// The last epoch there can be.
pub(crate) const LAST_EPOCH: u32 = PAGED - 1;

/// Most slots of a part that is copied whole.
const SMALL: usize = 128;

/// Units for saving a table, beside what is copied.
const SAVE: u64 = 8;
/// Logical size of a place in the journal.
const SAVED_BYTES: usize = 384;

/// One part as it was.
pub(super) enum Part<B, T> {
    /// All of it.
    Whole(B),
    /// What of it has changed; the table still has the block.
    Pages(Pages<T>),
}

/// The fields of a table, but for `hint`, which is a guess.
struct Header<'gc> {
    array_len: u32,
    holes: u32,
    beyond: u32,
    joined: u32,
    used: u32,
    metatable: Option<Table<'gc>>,
    stamp: u32,
    lacks: u8,
    collected: u8,
    integers: bool,
    marks: u8,
}

/// A table as it was before a run changed it.
pub(crate) struct Saved<'gc> {
    table: Table<'gc>,
    header: Header<'gc>,
    pub(super) items: Part<Items<'gc>, Value<'gc>>,
    pub(super) entries: Part<Entries<'gc>, Entry<'gc>>,
    /// How chains have changed since, if entries are kept in pages.
    pub(super) links: Vec<Link>,
    /// How many of them are paid, with fuel and memory.
    pub(super) links_paid: usize,
    /// How they had changed before, if the run was made of an image.
    pub(super) earlier: image::Earlier,
}

// SAFETY: all values that are kept are traced, as strong ones. The others of the table are
// traced by the table.
unsafe impl<'gc> Collect<'gc> for Saved<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        self.trace_pieces(cc);
    }

    fn trace_piece<T: Trace<'gc>>(&self, cc: &mut T, from: u64) -> Option<u64> {
        if from == 0 {
            cc.trace(&self.table);
            if let Some(metatable) = &self.header.metatable {
                cc.trace(metatable);
            }
        }
        if from < ENTRIES {
            let next = match &self.items {
                Part::Whole(items) => piece(items.slots(), from, PIECE, |items| {
                    trace_values(cc, items);
                }),
                Part::Pages(pages) => piece(pages.all(), from, PAGES, |pages| {
                    pages.iter().for_each(|page| trace_values(cc, &page.places));
                }),
            };
            return Some(next.unwrap_or(ENTRIES));
        }
        let next = match &self.entries {
            Part::Whole(entries) => piece(entries.entries(), from - ENTRIES, PIECE, |entries| {
                trace_entries(cc, entries);
            }),
            Part::Pages(pages) => piece(pages.all(), from - ENTRIES, PAGES, |pages| {
                pages.iter().for_each(|page| trace_entries(cc, &page.places));
            }),
        };
        next.map(|next| ENTRIES + next)
    }
}

/// Pages that are traced in one piece.
const PAGES: u64 = 16;
/// Where entries begin among the places of [`Saved::trace_piece`].
const ENTRIES: u64 = 1 << 30;

/// Works on the piece of `all` that begins at `from`, and returns where the next one begins.
fn piece<T>(all: &[T], from: u64, most: u64, work: impl FnOnce(&[T])) -> Option<u64> {
    let len = all.len() as u64;
    let to = from.saturating_add(most).min(len);
    work(all.get(from as usize..to as usize).unwrap_or_default());
    (to < len).then_some(to)
}

fn trace_values<'gc, T: Trace<'gc>>(cc: &mut T, values: &[Value<'gc>]) {
    cc.places(values.len());
    for value in values {
        cc.trace(value);
    }
}

fn trace_entries<'gc, T: Trace<'gc>>(cc: &mut T, entries: &[Entry<'gc>]) {
    cc.places(entries.len());
    for entry in entries {
        cc.trace(&entry.key);
        cc.trace(&entry.value);
    }
}

impl<'gc> Header<'gc> {
    fn of(table: &TableBox<'gc>) -> Header<'gc> {
        Header {
            array_len: table.array_len.get(),
            holes: table.holes.get(),
            beyond: table.beyond.get(),
            joined: table.joined.get(),
            used: table.used.get(),
            metatable: table.metatable.get(),
            stamp: table.stamp.get(),
            lacks: table.lacks.get(),
            collected: table.collected.get(),
            integers: table.integers.get(),
            marks: table.marks.get(),
        }
    }

    fn put_back(&self, table: &TableBox<'gc>) {
        table.array_len.set(self.array_len);
        table.holes.set(self.holes);
        table.beyond.set(self.beyond);
        table.joined.set(self.joined);
        table.used.set(self.used);
        table.metatable.set(self.metatable);
        table.stamp.set(self.stamp);
        table.lacks.set(self.lacks);
        table.collected.set(self.collected);
        table.integers.set(self.integers);
        table.marks.set(self.marks);
    }
}

impl<'gc> Saved<'gc> {
    /// Saves a table: small parts whole, of large ones nothing yet. Returns nothing if the
    /// system has no memory.
    fn new(table: Table<'gc>) -> Option<Saved<'gc>> {
        let inner = &*table.0;
        let (items, entries) = whole(inner);
        Some(Saved {
            table,
            header: Header::of(inner),
            items: match items {
                true => Part::Whole(inner.copy_items(inner.array_capacity.get())?),
                false => Part::Pages(Pages::new()),
            },
            entries: match entries {
                true => Part::Whole(inner.copy_entries()?),
                false => Part::Pages(Pages::new()),
            },
            links: Vec::new(),
            links_paid: 0,
            earlier: image::Earlier::default(),
        })
    }

    /// Tells whether both parts are kept whole.
    pub(super) fn is_whole(&self) -> bool {
        matches!((&self.items, &self.entries), (Part::Whole(_), Part::Whole(_)))
    }

    /// Returns how many items there were.
    pub(super) fn array_len(&self) -> u32 {
        self.header.array_len
    }

    /// Returns how many entries there were.
    pub(super) fn used(&self) -> u32 {
        self.header.used
    }

    /// Keeps the block of the array part whole that the table had until now.
    pub(super) fn keep_items(&mut self, mut items: Items<'gc>) {
        if let Part::Pages(pages) = &self.items {
            pages.put_back(items.slots_mut());
            self.items = Part::Whole(items);
        }
    }

    /// Keeps the block of the hash part whole that the table had until now.
    pub(super) fn keep_entries(&mut self, mut entries: Entries<'gc>) {
        if let Part::Pages(pages) = &self.entries {
            pages.put_back(entries.entries_mut());
            undo_links(&self.links, &mut entries);
            undo_links(&self.earlier.links, &mut entries);
            (self.links, self.earlier) = (Vec::new(), image::Earlier::default());
            self.entries = Part::Whole(entries);
        }
    }

    /// Returns the bytes that what is saved really takes, beside this itself.
    #[cfg(test)]
    pub(super) fn real_bytes(&self) -> usize {
        let items = match &self.items {
            Part::Whole(items) => items.real_bytes(),
            Part::Pages(pages) => pages.real_bytes(),
        };
        let entries = match &self.entries {
            Part::Whole(entries) => entries.real_bytes(),
            Part::Pages(pages) => pages.real_bytes(),
        };
        items + entries + self.links.capacity() * size_of::<Link>()
    }

    /// Makes the table what it was. Nothing can fail here, and no memory is taken. Returns
    /// the logical bytes there were, and those that are there now.
    pub(in crate::vm) fn restore(self, mc: &Mutation<'gc>) -> (usize, usize) {
        let table = self.table;
        mc.backward_barrier(table.erase(), None);
        let table = &*table.0;
        let bytes = table.bytes();
        let header = &self.header;
        match self.items {
            Part::Whole(items) => drop(table.exchange_items(items, 0)),
            Part::Pages(pages) => {
                let mut items = table.exchange_items(Items::none(), header.array_len);
                pages.put_back(items.slots_mut());
                table.exchange_items(items, 0);
            }
        }
        match self.entries {
            Part::Whole(entries) => drop(table.exchange_entries(entries, 0)),
            Part::Pages(pages) => {
                let mut entries = table.exchange_entries(Entries::none(), header.used);
                pages.put_back(entries.entries_mut());
                undo_links(&self.links, &mut entries);
                undo_links(&self.earlier.links, &mut entries);
                table.exchange_entries(entries, 0);
            }
        }
        header.put_back(table);
        (bytes, table.bytes())
    }

    /// Lets the table stay as it is.
    fn release(&self, epoch: u32) {
        if self.table.0.is_paged() {
            self.table.0.stamp.set(epoch);
        }
    }
}

/// Makes the chains of a block what they were, whose entries were put back before.
fn undo_links(links: &[Link], entries: &mut Entries<'_>) {
    for link in links.iter().rev() {
        if link.place & HEAD != 0 {
            if let Some(head) = entries.heads_mut().get_mut((link.place & !HEAD) as usize) {
                *head = link.before;
            }
        } else if let Some(entry) = entries.entries_mut().get_mut(link.place as usize) {
            // Entries that came since are not put back: their links lead nowhere.
            entry.next = link.before;
        }
    }
}

/// Lets all saved tables stay as they are. `epoch` is that of the run that saved them.
///
/// The bytes charged for them are the caller's to give back.
pub(crate) fn release_all(tables: &mut Vec<Saved<'_>>, epoch: u32) {
    for saved in std::mem::take(tables) {
        saved.release(epoch);
    }
}

/// Tells which parts are to be copied whole.
fn whole(table: &TableBox<'_>) -> (bool, bool) {
    (table.array_capacity.get() as usize <= SMALL, table.hash_capacity() <= SMALL)
}

impl<'gc> Table<'gc> {
    /// Tells whether the table may be written to without further ado: it was made in this
    /// run or is saved, and scripts may change it.
    #[inline(always)]
    pub(super) fn is_own(self, heap: Heap<'gc>) -> bool {
        self.0.stamp.get() == heap.store.journal.epoch.get()
    }

    /// Saves the table before its first change in this run. Large parts are then kept in
    /// pages: those that are about to change are to be saved as well, see
    /// [`TableBox::is_paged`].
    ///
    /// # Errors
    /// When the table is read-only, memory is refused, or fuel runs out; nothing is changed
    /// then.
    #[cold]
    #[inline(never)]
    pub(super) fn save(self, heap: Heap<'gc>) -> Result<(), Interrupt<'gc>> {
        if self.is_read_only() {
            return Err(heap.error("attempt to modify a readonly table"));
        }
        self.save_header(heap)
    }

    /// As [`Table::save`] before something changes that is no key or value: also of a table
    /// that is read-only.
    ///
    /// # Errors
    /// When memory is refused or fuel runs out; nothing is changed then.
    pub(crate) fn save_header(self, heap: Heap<'gc>) -> Result<(), Interrupt<'gc>> {
        let table = &*self.0;
        let journal = &heap.store.journal;
        self.realize(heap);
        let epoch = journal.epoch.get();
        if table.stamp.get() == epoch || table.is_paged() {
            return Ok(());
        }
        if !journal.open.get() {
            if !self.is_read_only() {
                table.stamp.set(epoch);
            }
            return Ok(());
        }
        let (items, entries) = whole(table);
        let slots = if items { table.array_capacity.get() as usize } else { 0 };
        let hashed = if entries { table.hash_capacity() } else { 0 };
        let price = SAVE + items_price(slots + hashed);
        heap.charge(price)?;
        let bytes = SAVED_BYTES + slots * ARRAY_SLOT_BYTES + hashed * HASH_SLOT_BYTES;
        heap.store.account.reserve(bytes)?;
        let mut tables = journal.tables.borrow_mut();
        let at = tables.len() as u32;
        let saved = (at < READ_ONLY - PAGED && tables.try_reserve(1).is_ok())
            .then(|| Saved::new(self))
            .flatten();
        let Some(saved) = saved else {
            heap.store.account.release(bytes);
            return Err(Refused { bytes }.into());
        };
        if !self.is_read_only() {
            table.stamp.set(if saved.is_whole() { epoch } else { PAGED | at });
        }
        tables.push(saved);
        journal.bytes.set(journal.bytes.get() + bytes);
        // Not to be done again, and not to be paid again, if what follows is refused.
        heap.store.fuel.spend(price);
        Ok(())
    }

    /// Tells whether the table is from before the run and not saved (in pages at least).
    /// Also said of read-only tables.
    pub(crate) fn is_unsaved(self, heap: Heap<'gc>) -> bool {
        !self.is_own(heap) && !self.0.is_paged()
    }
}
