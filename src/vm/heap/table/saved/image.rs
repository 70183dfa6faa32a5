//! Saved tables in images: what a table was like is written, and made again, as a table of
//! its own.

use super::super::block::{Entries, Items};
use super::super::hash::{Entry, HEAD, Link, NONE};
use super::super::image::Unmade;
use super::super::pages::{PAGE, Pages};
use super::super::{Table, TableBox};
use super::{Header, PAGED, Part, READ_ONLY, Saved, undo_links};
use crate::gc::Mutation;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::Refused;

/// How the parts of a table are saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::vm) struct Kept {
    /// What the collector knew of the table.
    pub(in crate::vm) collected: u8,
    /// The numbers of the pages of items, if these are kept in pages.
    pub(in crate::vm) items: Option<Vec<u32>>,
    /// Likewise, of entries.
    pub(in crate::vm) entries: Option<Vec<u32>>,
    /// How many changes of chains are noted.
    pub(in crate::vm) links: usize,
    /// And how many are paid.
    pub(in crate::vm) paid: usize,
}

/// Chains as they were when the table was made of an image, and how many changes there had
/// been until then.
#[derive(Default)]
pub(in crate::vm::heap::table) struct Earlier {
    pub(super) links: Vec<Link>,
    pub(in crate::vm::heap::table) count: usize,
}

fn refused() -> Unmade {
    Unmade::Memory(Refused { bytes: 0 })
}

const WRONG: Unmade = Unmade::Wrong("a saved table that is not the table");

impl<'gc> Saved<'gc> {
    /// Returns the table.
    pub(in crate::vm) fn table(&self) -> Table<'gc> {
        self.table
    }

    /// Returns how it is saved.
    pub(in crate::vm) fn kept(&self) -> Kept {
        fn numbers<B, T: Copy>(part: &Part<B, T>) -> Option<Vec<u32>> {
            match part {
                Part::Whole(_) => None,
                Part::Pages(pages) => Some(pages.all().iter().map(|page| page.number).collect()),
            }
        }
        Kept {
            collected: self.header.collected,
            items: numbers(&self.items),
            entries: numbers(&self.entries),
            links: self.earlier.count + self.links.len(),
            paid: self.links_paid,
        }
    }

    /// Makes a table that is as the saved one was, or nothing if the system has no memory.
    /// It is in no account.
    pub(in crate::vm) fn before(&self, mc: &Mutation<'gc>) -> Option<Table<'gc>> {
        let table = &*self.table.0;
        let header = &self.header;
        let items = match &self.items {
            Part::Whole(items) => items.copy()?,
            Part::Pages(pages) => {
                let slots = table.some_items(0, header.array_len);
                let mut items = Items::of(slots, table.array_capacity.get())?;
                pages.put_back(items.slots_mut());
                items
            }
        };
        let entries = match &self.entries {
            Part::Whole(entries) => entries.copy()?,
            Part::Pages(pages) => {
                let mut entries = table.copy_entries()?;
                entries.cut(header.used);
                pages.put_back(entries.entries_mut());
                undo_links(&self.links, &mut entries);
                undo_links(&self.earlier.links, &mut entries);
                entries
            }
        };
        let before = Table::bare(mc, table.id, table.hash_key, 0);
        drop(before.0.exchange_items(items, 0));
        drop(before.0.exchange_entries(entries, 0));
        header.put_back(&before.0);
        Some(before)
    }

    /// Makes a saved table again. `before` is as it was; its parts are taken. `at`: its place
    /// in the journal of the run with this epoch.
    ///
    /// # Errors
    /// When the parts do not fit, or the system has no memory.
    pub(in crate::vm) fn again(
        table: Table<'gc>,
        before: Table<'gc>,
        kept: &Kept,
        (at, epoch): (usize, u32),
    ) -> Result<Saved<'gc>, Unmade> {
        let (now, then) = (&*table.0, &*before.0);
        let mut header = Header::of(then);
        let read_only = table.is_read_only();
        header.collected = kept.collected;
        header.stamp = if before.is_read_only() { READ_ONLY } else { 0 };
        let items = match &kept.items {
            None => {
                let len = then.array_len.replace(0);
                then.holes.set(0);
                then.beyond.set(0);
                Part::Whole(then.exchange_items(Items::none(), len))
            }
            Some(numbers) => Part::Pages(item_pages(now, then, numbers)?),
        };
        let mut earlier = Earlier { links: Vec::new(), count: kept.links };
        let entries = match &kept.entries {
            None => {
                let used = then.used.get();
                Part::Whole(then.exchange_entries(Entries::none(), used))
            }
            Some(numbers) => {
                let pages = entry_pages(now, then, numbers)?;
                earlier.links = changed_links(now, then)?;
                Part::Pages(pages)
            }
        };
        then.forget_parts();
        let (links, links_paid) = (Vec::new(), kept.paid);
        let saved = Saved { table, header, items, entries, links, links_paid, earlier };
        if !read_only {
            let at = u32::try_from(at).map_err(|_| WRONG)?;
            now.stamp.set(if saved.is_whole() { epoch } else { PAGED | at });
        } else if !saved.is_whole() {
            return Err(WRONG);
        }
        Ok(saved)
    }
}

impl<'gc> TableBox<'gc> {
    /// Drops both parts.
    fn forget_parts(&self) {
        let (len, used) = (self.array_len.replace(0), self.used.get());
        self.holes.set(0);
        self.beyond.set(0);
        drop(self.exchange_items(Items::none(), len));
        drop(self.exchange_entries(Entries::none(), used));
        self.used.set(0);
        self.integers.set(false);
        self.hint.set(0);
    }
}

/// Tells whether both are the same value, to the bit.
fn is_same<'gc>(one: &Value<'gc>, other: &Value<'gc>) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.to_bits() == other.to_bits(),
        (Value::Integer(one), Value::Integer(other)) => one == other,
        (Value::Number(_), Value::Integer(_)) | (Value::Integer(_), Value::Number(_)) => false,
        (one, other) => one.raw_eq(other),
    }
}

fn item_pages<'gc>(
    now: &TableBox<'gc>,
    then: &TableBox<'gc>,
    numbers: &[u32],
) -> Result<Pages<Value<'gc>>, Unmade> {
    let (len, there) = (then.array_len.get(), now.array_len.get());
    if now.array_capacity.get() != then.array_capacity.get() {
        return Err(WRONG);
    }
    let slots = then.some_items(0, len);
    if let Some(beyond) = slots.get(there as usize..) {
        // They were taken off the end, and are on pages.
        now.write_slots(there, beyond);
    }
    let mut pages = Pages::new();
    add_pages(&mut pages, slots, numbers)?;
    let is_kept = |at: u32| pages.has(at / PAGE);
    if (0..len.min(there)).any(|at| !is_kept(at) && !is_same(&now.item(at), &slots[at as usize])) {
        return Err(WRONG);
    }
    Ok(pages)
}

fn entry_pages<'gc>(
    now: &TableBox<'gc>,
    then: &TableBox<'gc>,
    numbers: &[u32],
) -> Result<Pages<Entry<'gc>>, Unmade> {
    let used = then.used.get();
    if now.hash_capacity() != then.hash_capacity() || now.used.get() < used {
        return Err(WRONG);
    }
    let entries = then.some_entries(0, used);
    let mut pages = Pages::new();
    add_pages(&mut pages, entries, numbers)?;
    let is_changed = |at: u32| {
        let (now, then) = (now.entry(at), &entries[at as usize]);
        !is_same(&now.key, &then.key) || !is_same(&now.value, &then.value)
    };
    if (0..used).any(|at| !pages.has(at / PAGE) && is_changed(at)) {
        return Err(WRONG);
    }
    Ok(pages)
}

fn add_pages<T: Copy>(pages: &mut Pages<T>, places: &[T], numbers: &[u32]) -> Result<(), Unmade> {
    for number in numbers {
        let from = (*number as usize).saturating_mul(PAGE as usize);
        if from >= places.len() || pages.has(*number) {
            return Err(WRONG);
        }
        let to = places.len().min(from + PAGE as usize);
        if !pages.add(*number, &places[from..to]) {
            return Err(refused());
        }
    }
    Ok(())
}

/// Returns what the chains must be changed to when everything since was undone.
fn changed_links(now: &TableBox<'_>, then: &TableBox<'_>) -> Result<Vec<Link>, Unmade> {
    let mut links = Vec::new();
    let mut note = |place, now: u32, before: u32| -> Result<(), Unmade> {
        if now != before {
            links.try_reserve(1).map_err(|_| refused())?;
            links.push(Link { place, before });
        }
        Ok(())
    };
    for head in 0..now.hash_capacity() as u32 {
        note(HEAD | head, now.head_link(head).before, then.head_link(head).before)?;
    }
    for at in 0..then.used.get() {
        note(at, now.entry(at).next, then.entry(at).next)?;
    }
    debug_assert!(links.iter().all(|link| link.before == NONE || link.before < then.used.get()));
    Ok(links)
}
