//! The collector's work on all weak tables between marking and sweeping
//! (manual §2.5.4), in PUC's order.

use super::context::{Context, State};
use crate::gc::{self, Allowance, Finalization, Gc};
use crate::vm::heap::table::{LISTED, PIECE as WEAK_PIECE, Table};
use crate::vm::meters::account::LISTED_BYTES;

/// Rounds over all weak tables and entries of ephemerons, at least, before the rest of
/// these are treated as strong for one cycle.
const ROUNDS: usize = 4;
/// Logical bytes in use for one more table or entry looked at. A look may be a cache
/// miss, and the allocation that pays for the collection costs a unit for 64 bytes.
const BYTES_PER_LOOK: usize = 128;
/// Looks of any collection: few enough for the least that is paid for one.
const LOOKS: usize = 8 * 1024;

/// How far work on a list has come: which member, and from where on its places.
#[derive(Debug, Default)]
pub(in crate::vm) struct Cursor {
    pub(super) at: usize,
    /// Where members that stay go, if others leave the list.
    pub(super) kept: usize,
    place: u64,
}

impl Cursor {
    /// Goes through a list of so many members, as far as is allowed: `work` does a piece of one,
    /// from a place on, and returns where the next piece begins. Tells whether the end is
    /// reached.
    pub(super) fn go(
        &mut self,
        len: usize,
        allowance: &Allowance,
        mut work: impl FnMut(usize, u64) -> (Option<u64>, u64),
    ) -> bool {
        while self.at < len {
            let (next, units) = work(self.at, self.place);
            match next {
                Some(next) => self.place = next,
                None => (self.at, self.place) = (self.at + 1, 0),
            }
            if !allowance.spend(units) {
                return self.at >= len;
            }
        }
        true
    }
}

/// Units for a look at an object of a list, and for one at an entry of a weak table.
pub(super) const LOOK: u64 = 2;

/// Returns the units for a piece that came so far.
fn work_of(from: u64, next: Option<u64>, all: usize) -> u64 {
    LOOK + LOOK * next.map_or(all as u64 % WEAK_PIECE, |next| next.saturating_sub(from))
}

/// Reads the modes of all weak tables anew, before marking begins: a metatable's
/// `__mode` may have changed. Tells whether all are read.
pub(in crate::vm) fn refresh(ctx: Context<'_>, cursor: &mut Cursor, allowance: &Allowance) -> bool {
    let tables = ctx.state.collector.weak.borrow();
    cursor.go(tables.len(), allowance, |at, _| {
        let table = tables[at];
        if !table.is_kept() {
            let mode = table.metatable().map_or(0, |metatable| ctx.weak_mode(metatable));
            table.set_weak_mode(mode);
        }
        (None, LOOK * 2)
    })
}

/// Lists the tables whose metatables got their `__mode` after they became metatables,
/// as the marking that is over has found them. Tells whether there were any: then
/// another collection finds what only they hold.
pub(in crate::vm) fn adopt(ctx: Context<'_>) -> bool {
    let collector = &ctx.state.collector;
    let mut adopted = false;
    for table in Table::take_found(ctx.mc) {
        let mode = table.metatable().map_or(0, |metatable| ctx.weak_mode(metatable));
        // Without memory for its place the table stays strong until the next time.
        if mode == 0 || ctx.state.account.reserve(LISTED_BYTES).is_err() {
            continue;
        }
        table.set_collector_marks(table.collector_marks() | LISTED | mode);
        collector.weak.borrow_mut().push(table);
        adopted = true;
    }
    adopted
}

/// How far the values of ephemerons have been marked.
#[derive(Debug, Default)]
pub(in crate::vm) struct Convergence {
    /// Rounds so far.
    round: usize,
    /// Tables and entries looked at, and those of this round.
    looked: usize,
    all: usize,
    /// Values were marked in this round.
    progress: bool,
    /// It was too much: the rest is marked.
    gives_up: bool,
    cursor: Cursor,
}

impl Convergence {
    /// Marks the values of all ephemerons whose keys are alive, as far as is allowed. When the
    /// round is done, tells whether there was one: then marking must go on, and this be called
    /// again.
    ///
    /// Each round goes the other way through the entries. The work is bounded by what
    /// the collection costs anyway: a chain that needs more is kept whole.
    pub(in crate::vm) fn round<'gc>(
        &mut self,
        fc: &Finalization<'gc>,
        state: &State<'gc>,
        allowance: &Allowance,
    ) -> Option<bool> {
        let tables = state.collector.weak.borrow();
        let alive = |at: usize| {
            let table = tables[at];
            let weak = table.is_ephemeron() && !table.is_kept();
            (weak && !Gc::is_dead(fc, table.erase())).then_some(table)
        };
        let count = tables.len();
        if !self.gives_up {
            let backward = self.round % 2 == 1;
            let (all, progress) = (&mut self.all, &mut self.progress);
            let done = self.cursor.go(count, allowance, |step, from| {
                let Some(table) = alive(if backward { count - 1 - step } else { step }) else {
                    return (None, LOOK);
                };
                if from == 0 {
                    *all += table.entries();
                }
                let (marked, next) = table.parts().converge(fc, backward, from);
                *progress |= marked;
                (next, work_of(from, next, table.entries()))
            });
            if !done {
                return None;
            }
            self.cursor = Cursor::default();
            self.round += 1;
            let all = count + std::mem::take(&mut self.all);
            self.looked += all;
            let most = LOOKS + all * ROUNDS + state.account.used() / BYTES_PER_LOOK;
            self.gives_up = self.progress && self.looked > most;
        }
        if self.gives_up {
            let done = self.cursor.go(count, allowance, |at, from| {
                let Some(table) = alive(at) else { return (None, LOOK) };
                let next = table.parts().mark_all(fc, from);
                (next, work_of(from, next, table.entries()))
            });
            if !done {
                return None;
            }
            (self.cursor, self.gives_up) = (Cursor::default(), false);
        }
        Some(std::mem::take(&mut self.progress))
    }
}

/// Looks whether there is a weak table with entries that is to stay as it is, as far as is
/// allowed: that is what the result says when all were looked at.
pub(in crate::vm) fn keeps_any(
    state: &State<'_>,
    cursor: &mut Cursor,
    allowance: &Allowance,
) -> Option<bool> {
    let tables = state.collector.weak.borrow();
    while let Some(table) = tables.get(cursor.at) {
        if table.is_kept() && table.has_parts() {
            return Some(true);
        }
        cursor.at += 1;
        if !allowance.spend(LOOK) {
            return None;
        }
    }
    Some(false)
}

/// Takes dead values out of all living tables with weak values, as far as is allowed. Tells
/// whether that is done.
pub(in crate::vm) fn clear_values<'gc>(
    fc: &Finalization<'gc>,
    state: &State<'gc>,
    cursor: &mut Cursor,
    allowance: &Allowance,
) -> bool {
    let tables = state.collector.weak.borrow();
    cursor.go(tables.len(), allowance, |at, from| {
        let table = tables[at];
        if table.is_kept() || Gc::is_dead(fc, table.erase()) {
            return (None, LOOK);
        }
        let next = table.parts().clear_values(fc, from);
        (next, LOOK * WEAK_PIECE.min(1 + table.slots() as u64))
    })
}

/// Takes dead keys out of all living tables with weak keys, and dead tables off the
/// list, as far as is allowed. Tells whether that is done. A table that is no longer weak
/// stays: its metatable may change again.
pub(in crate::vm) fn clear_keys<'gc>(
    fc: &Finalization<'gc>,
    state: &State<'gc>,
    cursor: &mut Cursor,
    allowance: &Allowance,
) -> bool {
    let mut tables = state.collector.weak.borrow_mut();
    let (before, mut kept) = (tables.len(), cursor.kept);
    let done = cursor.go(before, allowance, |at, from| {
        let table = tables[at];
        if Gc::is_dead(fc, table.erase()) {
            return (None, LOOK);
        }
        let next = if table.is_kept() { None } else { table.parts().clear_keys(fc, from) };
        if next.is_none() {
            tables[kept] = table;
            kept += 1;
        }
        (next, work_of(from, next, table.entries()))
    });
    cursor.kept = kept;
    if !done {
        return false;
    }
    tables.truncate(kept);
    if kept < tables.capacity() / 4 {
        tables.shrink_to(kept * 2);
    }
    gc::freed((before - kept) * LISTED_BYTES);
    true
}

#[cfg(test)]
mod tests;
