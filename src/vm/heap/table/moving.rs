//! Large blocks that are filled while they are paid for.
//!
//! A part of a large table that grows, or is put in order, moves to another block, at a price by
//! what is moved. Where fuel comes in small slices that price takes many of them, and nothing else
//! happens meanwhile; so the new block is filled then, in proportion to what is paid. The table
//! keeps its own block until all is paid and the operation, tried again, finds the other one
//! ready: nobody can tell whether it was. If the operation never comes to that, the block
//! is dropped.
//!
//! **Invariant.** A block is good for one operation at one [`Point`] of the run: between its
//! first attempt and the one that is paid nothing is executed, so the table is as it was. That is
//! looked at before each piece. Only a collection may come in between all the same, and change a
//! weak table: it drops such a block.

use super::block::{Filling, Items, Living};
use super::{Table, TableBox, hash};
use crate::gc::{Collect, Trace};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::store::Heap;
use crate::vm::meters::account::{ARRAY_SLOT_BYTES, HASH_SLOT_BYTES};
use crate::vm::meters::fuel::{ITEMS_PER_UNIT, Point};

/// Cheaper moves are made at once.
const LEAST: u64 = 64;
/// So are these in slices of so much: who gives that waits for milliseconds, and a block that is
/// resized takes less than a second one, whose pages are all had anew.
const MOST_AT_ONCE: u64 = 1 << 20;
const LONG_SLICE: u64 = 50_000;
/// Entries that are gone through in one piece; of items and of heads there are more.
const PIECE: u32 = 256;
/// Entries that are counted, and heads that are emptied, in the time in which one is moved.
const COUNTED: u32 = 4;
const EMPTIED: u32 = 16;

/// A block that is filled, and what for.
pub(in crate::vm::heap) struct Moving<'gc> {
    table: Table<'gc>,
    price: u64,
    /// Where the operation asks for it, and where it waits for fuel.
    point: Point,
    waits: Point,
    /// What there is to do, and how much of it is done.
    all: u64,
    done: u64,
    work: Work<'gc>,
}

enum Work<'gc> {
    /// Copies items.
    Items(Items<'gc>),
    /// Counts the live entries, up to a place; there is to be room for more of them.
    Count { at: u32, live: usize, more: usize },
    /// Copies the live entries, up to a place.
    Entries(Filling<'gc>, u32),
}

/// What became of a piece of work.
enum Piece {
    /// It was worth so much.
    Done(u64),
    /// There is nothing left to do.
    Last,
    /// There is no room for the block.
    Never,
}

impl<'gc> Moving<'gc> {
    /// Traces the table. What the block holds is the table's.
    pub(in crate::vm::heap) fn trace_table<T: Trace<'gc>>(&self, cc: &mut T) {
        self.table.trace(cc);
    }

    /// Tells whether a collection may change the table.
    pub(in crate::vm::heap) fn may_be_weak(&self) -> bool {
        self.table.0.metatable.get().is_some()
    }

    /// Goes on in proportion to what is paid of the price when so much is owed. Tells whether
    /// there is to be a block.
    pub(in crate::vm::heap) fn go_on(&mut self, heap: Heap<'gc>, owed: u64) -> bool {
        let paid = self.price.saturating_sub(owed);
        let goal = u128::from(self.all) * u128::from(paid) / u128::from(self.price);
        let before = self.done;
        while u128::from(self.done) < goal {
            match self.piece(heap) {
                Piece::Done(units) => self.done += units,
                Piece::Last => break,
                Piece::Never => return false,
            }
        }
        note_work(self.done - before);
        true
    }

    /// Does what is left.
    fn finish(&mut self, heap: Heap<'gc>) -> bool {
        let before = self.done;
        let made = loop {
            match self.piece(heap) {
                Piece::Done(units) => self.done += units,
                Piece::Last => break true,
                Piece::Never => break false,
            }
        };
        note_work(self.done - before);
        made
    }

    fn piece(&mut self, heap: Heap<'gc>) -> Piece {
        let table = &*self.table.0;
        match &mut self.work {
            Work::Items(block) => {
                let from = block.slots().len() as u32;
                let to = table.array_len.get().min(from + PIECE * ITEMS_PER_UNIT as u32);
                if from == to {
                    return Piece::Last;
                }
                block.extend(table.some_items(from, to));
                Piece::Done(u64::from((to - from).div_ceil(ITEMS_PER_UNIT as u32)))
            }
            Work::Count { at, live, more } => {
                let from = *at;
                if from < table.used.get() {
                    *at = table.used.get().min(from + PIECE * COUNTED);
                    let entries = table.some_entries(from, *at).iter();
                    *live += entries.filter(|entry| !entry.value.is_nil()).count();
                    return Piece::Done(u64::from((*at - from).div_ceil(COUNTED)));
                }
                let capacity = hash::room_for_rebuilt(*live, *more);
                let has_room = capacity <= hash::MAX_ENTRIES
                    && heap.store.account.has_room(capacity * HASH_SLOT_BYTES);
                let block = has_room.then(|| Filling::allocate(capacity)).flatten();
                let Some(block) = block else { return Piece::Never };
                self.work = Work::Entries(block, 0);
                Piece::Done(0)
            }
            Work::Entries(block, _) if !block.is_ready() => {
                let emptied = block.empty_heads(PIECE * EMPTIED);
                Piece::Done(u64::from(emptied.div_ceil(EMPTIED)))
            }
            Work::Entries(block, at) => {
                let from = *at;
                if from == table.used.get() {
                    return Piece::Last;
                }
                *at = table.used.get().min(from + PIECE);
                block.push_live(table.some_entries(from, *at));
                Piece::Done(u64::from(*at - from))
            }
        }
    }
}

impl<'gc> Table<'gc> {
    /// Charges `price` for an operation that moves the items to a block of `capacity` slots.
    /// Returns that block if it is there.
    ///
    /// # Errors
    /// When fuel runs out.
    pub(super) fn charge_moving_items(
        self,
        heap: Heap<'gc>,
        price: u64,
        capacity: usize,
    ) -> Result<Option<Items<'gc>>, Interrupt<'gc>> {
        let begin = |table: &TableBox<'gc>| {
            let has_room = heap.store.account.has_room(capacity * ARRAY_SLOT_BYTES);
            let block = has_room.then(|| Items::allocate(capacity as u32)).flatten()?;
            let all = u64::from(table.array_len.get()) / ITEMS_PER_UNIT as u64;
            Some((all, Work::Items(block)))
        };
        match self.charge_moving(heap, price, begin)? {
            Some(Moving { work: Work::Items(block), .. }) => Ok(Some(block)),
            _ => Ok(None),
        }
    }

    /// Charges `price` for an operation that rebuilds the hash part for `more` entries. Returns
    /// the new block if it is there.
    ///
    /// # Errors
    /// When fuel runs out.
    pub(super) fn charge_moving_entries(
        self,
        heap: Heap<'gc>,
        price: u64,
        more: usize,
    ) -> Result<Option<Living<'gc>>, Interrupt<'gc>> {
        let begin = |table: &TableBox<'gc>| {
            let used = table.used.get();
            let most = hash::room_for_rebuilt(used as usize, more);
            let all = used / COUNTED + most as u32 / EMPTIED + used;
            Some((u64::from(all), Work::Count { at: 0, live: 0, more }))
        };
        match self.charge_moving(heap, price, begin)? {
            Some(Moving { work: Work::Entries(block, _), .. }) => Ok(block.finish()),
            _ => Ok(None),
        }
    }

    /// Charges `price` for an operation that moves a part, for which `begin` says what there is
    /// to do, and how much. Returns what has been done of it, which is all, if it was begun.
    #[inline]
    fn charge_moving(
        self,
        heap: Heap<'gc>,
        price: u64,
        begin: impl FnOnce(&TableBox<'gc>) -> Option<(u64, Work<'gc>)>,
    ) -> Result<Option<Moving<'gc>>, Interrupt<'gc>> {
        let (fuel, moving) = (&heap.store.fuel, &heap.store.journal.moving);
        if price < LEAST {
            heap.charge(price)?;
            return Ok(None);
        }
        let point = fuel.point();
        let begun = moving.take().filter(|begun| begun.point == point && begun.table.ptr_eq(self));
        if begun.is_none() && price < MOST_AT_ONCE && fuel.slice() >= LONG_SLICE {
            heap.charge(price)?;
            return Ok(None);
        }
        let Err(interrupt) = heap.charge(price) else {
            return Ok(begun.and_then(|mut begun| begun.finish(heap).then_some(*begun)));
        };
        let waits = fuel.point();
        let begun = begun.or_else(|| {
            let (all, work) = begin(&self.0)?;
            Some(Box::new(Moving { table: self, price, point, waits, all, done: 0, work }))
        });
        moving.set(begun);
        heap.go_on_moving();
        Err(interrupt)
    }
}

impl<'gc> Heap<'gc> {
    /// Goes on with what the operation is paying for that the fuel did not cover.
    pub(in crate::vm) fn go_on_moving(self) {
        let moving = &self.store.journal.moving;
        let fuel = &self.store.fuel;
        let begun = moving.take().filter(|begun| begun.waits == fuel.point());
        let Some(mut begun) = begun else { return };
        if begun.go_on(self, fuel.debt()) {
            moving.set(Some(begun));
        }
    }
}

#[cfg(test)]
thread_local! {
    static LARGEST: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Notes that so much was moved in one go.
#[inline(always)]
pub(super) fn note_work(units: u64) {
    #[cfg(test)]
    LARGEST.set(LARGEST.get().max(units));
    let _ = units;
}

/// Returns the most that was moved in one go since this was asked.
#[cfg(test)]
pub(crate) fn take_largest() -> u64 {
    LARGEST.take()
}
