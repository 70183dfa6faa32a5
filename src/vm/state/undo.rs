//! Undoing a run: what is noted when it begins, and made so again when it fails.
//!
//! Objects are saved one by one, as the run changes them (`heap::journal`). What is left are
//! the machine's own numbers and lists, which are few enough to be noted as a whole.
//!
//! What is undone is gone at once for scripts and for the account; the garbage itself goes
//! with the next collection ([`Account::undo`](crate::vm::meters::account::Account::undo)).

use super::context::Context;
use crate::vm::heap::journal::Before;
use crate::vm::heap::table::LISTED;
use crate::vm::meters::account::{FINALIZED_BYTES, LISTED_BYTES};

impl<'gc> Context<'gc> {
    /// Opens the journal: from here on everything can be undone.
    pub(in crate::vm) fn open_journal(self) {
        let state = self.state;
        let journal = &state.journal;
        let main = state.main_thread.state();
        journal.epoch.set(journal.epoch.get() + 1);
        journal.floor.set(state.next_id.get());
        journal.open.set(true);
        journal.collected.set(false);
        // It is empty: its room is all there is to go back to.
        state.main_thread.set_stamp(journal.epoch.get());
        state.strings.begin(journal.epoch.get());
        // Those wait until what holds them cannot come back.
        let pending = state.collector.pending.take();
        state.collector.waiting.replace(pending);
        journal.before.replace(Some(Box::new(Before {
            account: state.account.mark(),
            coroutines: state.coroutines.get(),
            ids: (state.next_id.get(), state.next_upvalue.get(), state.next_string.get()),
            random: state.random.get(),
            fuel_before: state.fuel_before.get(),
            type_metatables: std::array::from_fn(|at| state.type_metatables[at].get()),
            files: (state.files.input.get(), state.files.output.get()),
            main: main.room(),
            hooks: main.hooks,
            slots: state.strings.slots(),
            weak: state.collector.weak.borrow().len(),
            finalizable: state.collector.finalizable.borrow().len(),
            progress: state.collector.progress.get(),
            overdue: state.collector.overdue.get(),
        })));
    }

    /// Closes the journal and keeps what the run has done.
    pub(in crate::vm) fn keep_changes(self) {
        let journal = &self.state.journal;
        self.close_journal();
        self.state.strings.keep();
        self.state.account.release(journal.bytes.get());
        journal.clear();
    }

    /// Undoes what the run has done, which has been cleared from the main thread, and closes
    /// the journal.
    pub(in crate::vm) fn undo(self) {
        let state = self.state;
        let journal = &state.journal;
        let Some(before) = journal.before.take() else { return };
        // Bytes by which there is more than the account's figure says.
        let mut more = 0_isize;
        let mut change = |(now, then): (usize, usize)| more += then as isize - now as isize;
        for old in journal.others.take().into_iter().rev() {
            old.restore();
        }
        for saved in journal.threads.take().into_iter().rev() {
            change(saved.restore());
        }
        for saved in journal.tables.take().into_iter().rev() {
            change(saved.restore(self.mc));
        }
        let main = state.main_thread.state();
        change(main.restore_room(before.main));
        main.hooks = before.hooks;
        more += state.strings.undo(self.mc, before.slots);
        more -= journal.bytes.get() as isize;
        more -= self.undo_lists(&before) as isize;
        more -= state.handles.back_to_mark() as isize;
        journal.clear();
        journal.epoch.set(journal.epoch.get() - 1);
        state.account.undo(before.account, more);
        let there = state.coroutines.get() as isize + state.undone_coroutines.get();
        state.undone_coroutines.set(there - before.coroutines as isize);
        state.coroutines.set(before.coroutines);
        state.next_id.set(before.ids.0);
        state.next_upvalue.set(before.ids.1);
        state.next_string.set(before.ids.2);
        state.random.set(before.random);
        // The clock did not go on.
        state.fuel_before.set(before.fuel_before);
        state.fuel.reset();
        for (cell, metatable) in state.type_metatables.iter().zip(before.type_metatables) {
            cell.set(metatable);
        }
        state.files.input.set(before.files.0);
        state.files.output.set(before.files.1);
        // Noted where an error was described; the run then ended otherwise.
        state.traceback.borrow_mut().clear();
        state.raised_at.borrow_mut().take();
        state.collector.progress.set(before.progress);
        state.collector.overdue.set(before.overdue);
        state.objects.back_to_mark();
        self.close_journal();
    }

    /// Takes what the run has added off the collector's lists. Returns the bytes charged for
    /// it.
    fn undo_lists(self, before: &Before<'gc>) -> usize {
        let collector = &self.state.collector;
        let floor = self.state.journal.floor.get();
        let mut weak = collector.weak.borrow_mut();
        let listed = weak.len();
        if self.state.journal.collected.get() {
            weak.retain(|table| table.id() < floor && table.collector_marks() & LISTED != 0);
        } else {
            weak.truncate(before.weak);
        }
        let mut objects = collector.finalizable.borrow_mut();
        let added = objects.len() - before.finalizable.min(objects.len());
        objects.truncate(before.finalizable);
        let pending = collector.pending.take().len();
        (listed - weak.len()) * LISTED_BYTES + (added + pending) * FINALIZED_BYTES
    }

    fn close_journal(self) {
        let collector = &self.state.collector;
        let journal = &self.state.journal;
        journal.open.set(false);
        journal.before.take();
        let mut waiting = collector.waiting.take();
        waiting.append(&mut collector.pending.borrow_mut());
        collector.pending.replace(waiting);
    }
}
