//! The collector's work on all weak tables between marking and sweeping
//! (manual §2.5.4), in PUC's order.

use super::context::{Context, State};
use crate::gc::{self, Finalization, Gc};
use crate::vm::heap::table::{LISTED, Table};
use crate::vm::meters::account::LISTED_BYTES;

/// Rounds over all weak tables and entries of ephemerons, at least, before the rest of
/// these are treated as strong for one cycle.
const ROUNDS: usize = 4;
/// Logical bytes in use for one more table or entry looked at. A look may be a cache
/// miss, and the allocation that pays for the collection costs a unit for 64 bytes.
const BYTES_PER_LOOK: usize = 128;
/// Looks of any collection: few enough for the least that is paid for one.
const LOOKS: usize = 8 * 1024;

/// Reads the modes of all weak tables anew, before marking begins: a metatable's
/// `__mode` may have changed.
pub(in crate::vm) fn refresh(ctx: Context<'_>) {
    for table in ctx.state.collector.weak.borrow().iter().filter(|table| !table.is_kept()) {
        let mode = table.metatable().map_or(0, |metatable| ctx.weak_mode(metatable));
        table.set_weak_mode(mode);
    }
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
    /// Tables and entries looked at.
    looked: usize,
}

impl Convergence {
    /// Marks the values of all ephemerons whose keys are alive. Tells whether there was
    /// one: then marking must go on, and this be called again.
    ///
    /// Each round goes the other way through the entries. The work is bounded by what
    /// the collection costs anyway: a chain that needs more is kept whole.
    pub(in crate::vm) fn round<'gc>(&mut self, fc: &Finalization<'gc>, state: &State<'gc>) -> bool {
        let tables = state.collector.weak.borrow();
        let alive = |at: usize| {
            let table = tables[at];
            let weak = table.is_ephemeron() && !table.is_kept();
            (weak && !Gc::is_dead(fc, table.erase())).then_some(table)
        };
        let backward = self.round % 2 == 1;
        self.round += 1;
        let mut all = tables.len();
        let mut progress = false;
        for step in 0..tables.len() {
            let Some(table) = alive(if backward { tables.len() - 1 - step } else { step }) else {
                continue;
            };
            all += table.entries();
            progress |= table.parts().converge(fc, backward);
        }
        self.looked += all;
        let most = LOOKS + all * ROUNDS + state.account.used() / BYTES_PER_LOOK;
        if progress && self.looked > most {
            (0..tables.len()).filter_map(alive).for_each(|table| table.parts().mark_all(fc));
        }
        progress
    }
}

/// Tells whether there is a weak table with entries that is to stay as it is.
pub(in crate::vm) fn keeps_any(state: &State<'_>) -> bool {
    state.collector.weak.borrow().iter().any(|table| table.is_kept() && table.has_parts())
}

/// Takes dead values out of all living tables with weak values.
pub(in crate::vm) fn clear_values<'gc>(fc: &Finalization<'gc>, state: &State<'gc>) {
    for table in state.collector.weak.borrow().iter() {
        if !table.is_kept() && !Gc::is_dead(fc, table.erase()) {
            table.parts().clear_values(fc);
        }
    }
}

/// Takes dead keys out of all living tables with weak keys, and dead tables off the
/// list. A table that is no longer weak stays: its metatable may change again.
pub(in crate::vm) fn clear_keys<'gc>(fc: &Finalization<'gc>, state: &State<'gc>) {
    let mut tables = state.collector.weak.borrow_mut();
    let before = tables.len();
    tables.retain(|table| {
        if Gc::is_dead(fc, table.erase()) {
            return false;
        }
        if !table.is_kept() {
            table.parts().clear_keys(fc);
        }
        true
    });
    let after = tables.len();
    if after < tables.capacity() / 4 {
        tables.shrink_to(after * 2);
    }
    gc::freed((before - after) * LISTED_BYTES);
}

#[cfg(test)]
mod tests;
