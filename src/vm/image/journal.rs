//! The open journal of a run in an image: what the run has changed, as it was before, so that
//! a run that goes on elsewhere and fails is undone to the same state.
//!
//! A saved table is written as a table: as it was as a whole, with the numbers of the pages
//! that are kept of it. Chains depend on the key of hashes and are made anew on both sides;
//! what tells them apart is found by comparing them (`heap::table::saved::image`).

use super::fault::Fault;
use super::load::Loader;
use super::pending::{Numbers, Pending};
use super::save::Saver;
use super::thread::{MOST, address, may_rest};
use crate::vm::heap::journal::{Before, Old};
use crate::vm::heap::table::saved::Saved as SavedTable;
use crate::vm::heap::table::saved::image::Kept;
use crate::vm::heap::table::{LISTED, TO_FINALIZE, Table, WEAK_KEYS, WEAK_VALUES};
use crate::vm::heap::thread::ThreadState;
use crate::vm::heap::thread::saved::Saved as SavedThread;
use crate::vm::heap::userdata::Buffer;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{FRAME_BYTES, Mark, STACK_SLOT_BYTES, TABLE_BYTES};

impl<'gc> Saver<'_, 'gc> {
    /// Writes the journal. Objects that only it knows follow.
    pub(super) fn journal(&mut self) {
        let state = self.ctx.state;
        let journal = &state.journal;
        let before = journal.before.borrow();
        self.out.flag(journal.open.get());
        let Some(before) = &*before else { return };
        self.out.number(journal.floor.get());
        self.out.flag(journal.collected.get());
        self.out.size(journal.bytes.get());
        self.before(before);
        let tables = journal.tables.borrow();
        self.out.size(tables.len());
        for saved in tables.iter() {
            self.saved_table(saved);
        }
        let threads = journal.threads.borrow();
        self.out.size(threads.len());
        for saved in threads.iter() {
            let parts = saved.parts();
            self.value(Value::Thread(parts.thread));
            self.thread_state(parts.state, parts.live, parts.indexes);
            self.out.size(parts.buffers.len());
            for (buffer, bytes, charged) in parts.buffers {
                self.value(Value::Buffer(*buffer));
                self.out.size(*charged);
                self.out.text(bytes);
            }
        }
        let others = journal.others.borrow();
        self.out.size(others.len());
        for old in others.iter() {
            self.old(*old);
        }
    }

    fn before(&mut self, before: &Before<'gc>) {
        let (used, due) = before.account.figures();
        for size in [
            used,
            due,
            before.coroutines,
            before.main.0,
            before.main.1,
            before.slots,
            before.finalizable,
            before.progress,
        ] {
            self.out.size(size);
        }
        let (id, upvalue, string) = before.ids;
        for number in [id, u64::from(upvalue), string, before.fuel_before] {
            self.out.number(number);
        }
        for word in before.random {
            self.out.word(word);
        }
        self.out.flag(before.overdue);
        for metatable in before.type_metatables {
            self.value(metatable.map_or(Value::Nil, Value::Table));
        }
        for file in [before.files.0, before.files.1] {
            self.value(file.map_or(Value::Nil, Value::UserData));
        }
        self.hooks(&before.hooks);
    }

    fn saved_table(&mut self, saved: &SavedTable<'gc>) {
        let Some(before) = saved.before(self.ctx.mc) else {
            return self.refuse("a run for which the system has no memory");
        };
        // It is garbage from here on that nobody has counted.
        let bytes = TABLE_BYTES + before.bytes_of_parts();
        self.ctx.state.account.note_garbage(bytes);
        self.value(Value::Table(saved.table()));
        self.table_body(before);
        let kept = saved.kept();
        self.out.byte(kept.collected);
        for pages in [&kept.items, &kept.entries] {
            self.out.flag(pages.is_some());
            let pages = pages.as_deref().unwrap_or_default();
            self.out.size(pages.len());
            for number in pages {
                self.out.number(u64::from(*number));
            }
        }
        self.out.size(kept.links);
        self.out.size(kept.paid);
    }

    fn old(&mut self, old: Old<'gc>) {
        match old {
            Old::Upvalue(upvalue, value) => {
                self.out.byte(0);
                self.upvalue(upvalue);
                self.value(value);
            }
            Old::Serial(upvalue) => {
                self.out.byte(1);
                self.upvalue(upvalue);
            }
            Old::Joined(closure, n, upvalue) => {
                self.out.byte(2);
                self.value(Value::Closure(closure));
                self.out.size(n);
                self.upvalue(upvalue);
            }
            Old::Native(native, n, value) => {
                self.out.byte(3);
                self.value(Value::Native(native));
                self.out.size(n);
                self.value(value);
            }
            Old::UserData(userdata, metatable, marks) => {
                self.out.byte(4);
                self.value(Value::UserData(userdata));
                self.value(metatable.map_or(Value::Nil, Value::Table));
                self.out.byte(marks);
            }
            Old::Unhashed(string) => {
                self.out.byte(5);
                self.value(Value::String(string));
            }
            Old::Unnamed(string) => {
                self.out.byte(6);
                self.value(Value::String(string));
            }
        }
    }

    /// Writes how many weak tables there were before the run of those that are listed.
    pub(super) fn weak_before(&mut self) {
        let state = self.ctx.state;
        let before = state.journal.before.borrow();
        let weak = state.collector.weak.borrow();
        let count = before.as_ref().map_or(0, |before| before.weak.min(weak.len()));
        let known = weak[..count].iter().filter(|table| self.number_of(table.erase()).is_some());
        let known = known.count();
        self.out.size(known);
    }
}

const WRONG: Fault = Fault::Damaged("a journal that cannot have come about");

/// Tells whether a thread may have so much room under a limit.
fn has_room(slots: usize, frames: usize, limit: usize) -> bool {
    slots.max(frames) <= MOST && slots * STACK_SLOT_BYTES + frames * FRAME_BYTES <= limit
}

/// Tells whether addresses are all different.
fn are_different(mut addresses: Vec<usize>) -> bool {
    addresses.sort_unstable();
    addresses.windows(2).all(|pair| pair[0] != pair[1])
}

impl<'gc> Loader<'_, 'gc> {
    /// Reads the journal. The figures are put in place by [`Loader::open_journal`].
    pub(super) fn journal(&mut self) -> Result<(), Fault> {
        let state = self.ctx.state;
        if !self.from.flag()? {
            return Ok(());
        }
        let mut numbers = Numbers { floor: self.from.number()?, ..Numbers::default() };
        if numbers.floor > self.next_id {
            return Err(WRONG);
        }
        state.journal.collected.set(self.from.flag()?);
        numbers.bytes = self.from.size()?;
        state.account.reserve(numbers.bytes)?;
        self.journal_left = numbers.bytes;
        let before = self.before()?;
        state.journal.before.replace(Some(Box::new(before)));
        for _ in 0..self.from.count(8)? {
            let pending = self.saved_table()?;
            self.pending.push(pending);
        }
        for _ in 0..self.from.count(8)? {
            let saved = self.saved_thread()?;
            state.journal.threads.borrow_mut().push(saved);
        }
        for _ in 0..self.from.count(2)? {
            let old = self.old()?;
            state.journal.others.borrow_mut().push(old);
        }
        self.numbers = Some(numbers);
        Ok(())
    }

    fn before(&mut self) -> Result<Before<'gc>, Fault> {
        let mut sizes = [0; 8];
        for size in &mut sizes {
            *size = self.from.size()?;
            if *size > usize::MAX / 8 {
                return Err(Fault::NUMBER);
            }
        }
        let [used, due, coroutines, stack, frames, slots, finalizable, progress] = sizes;
        // The main thread gets that room again when the run is undone.
        if !has_room(stack, frames, self.ctx.state.account.limit()) {
            return Err(WRONG);
        }
        let ids = (self.from.number()?, self.from.small()?, self.from.number()?);
        let now = self.ctx.state;
        let later = ids.0 <= self.next_id
            && ids.1 <= now.next_upvalue.get()
            && ids.2 <= now.next_string.get();
        if !later || !slots.is_power_of_two() || slots as u64 > 1 << 32 {
            return Err(WRONG);
        }
        let fuel_before = self.from.number()?;
        let mut random = [0; 4];
        for word in &mut random {
            *word = self.from.word()?;
        }
        let overdue = self.from.flag()?;
        let mut type_metatables = [None; 9];
        for metatable in &mut type_metatables {
            *metatable = self.table_or_nil()?;
        }
        let mut files = [None; 2];
        for file in &mut files {
            *file = match self.value()? {
                Value::Nil => None,
                Value::UserData(file) => Some(file),
                _ => return Err(Fault::Damaged("no file where one must be")),
            };
        }
        Ok(Before {
            account: Mark::of(used, due),
            coroutines,
            ids,
            random,
            fuel_before,
            type_metatables,
            files: (files[0], files[1]),
            main: (stack, frames),
            hooks: self.hooks()?,
            slots,
            weak: 0,
            finalizable,
            progress,
            overdue,
        })
    }

    fn saved_table(&mut self) -> Result<Pending<'gc>, Fault> {
        let Value::Table(table) = self.value()? else { return Err(WRONG) };
        let before = Table::again(self.heap(), table.id())?;
        self.table_body(before)?;
        let collected = self.from.byte()?;
        if collected & !(LISTED | WEAK_KEYS | WEAK_VALUES | TO_FINALIZE) != 0 {
            return Err(WRONG);
        }
        let (items, entries) = (self.pages()?, self.pages()?);
        let (links, paid) = (self.from.size()?, self.from.size()?);
        if links > u32::MAX as usize || paid > u32::MAX as usize {
            return Err(Fault::NUMBER);
        }
        Ok(Pending { table, before, kept: Kept { collected, items, entries, links, paid } })
    }

    fn pages(&mut self) -> Result<Option<Vec<u32>>, Fault> {
        let are_kept = self.from.flag()?;
        let count = self.from.count(1)?;
        let numbers = (0..count).map(|_| self.from.small()).collect::<Result<Vec<_>, _>>()?;
        if !are_kept && count > 0 {
            return Err(WRONG);
        }
        Ok(are_kept.then_some(numbers))
    }

    fn saved_thread(&mut self) -> Result<SavedThread<'gc>, Fault> {
        let Value::Thread(thread) = self.value()? else { return Err(WRONG) };
        let mut state = ThreadState::fresh();
        let open = self.thread_state(&mut state, false)?;
        if !may_rest(&state) || state.resumer.is_some() || thread.ptr_eq(self.ctx.state.main_thread)
        {
            return Err(WRONG);
        }
        let indexes = open.iter().map(|(_, index)| *index).collect();
        state.open = open.into_iter().map(|(upvalue, _)| upvalue).collect();
        let mut buffers: Vec<(Buffer<'gc>, Vec<u8>, usize)> = Vec::new();
        for _ in 0..self.from.count(3)? {
            let Value::Buffer(buffer) = self.value()? else { return Err(WRONG) };
            let (charged, bytes) = (self.from.size()?, self.from.text()?);
            if charged < bytes.len() {
                return Err(WRONG);
            }
            self.take_of_journal(charged)?;
            let mut copy = Vec::new();
            copy.try_reserve_exact(charged).map_err(|_| Fault::Memory(charged))?;
            copy.extend_from_slice(bytes);
            buffers.push((buffer, copy, charged));
        }
        Ok(SavedThread::again(thread, state, indexes, buffers))
    }

    /// Takes bytes of what is charged for the journal, in one sum.
    pub(super) fn take_of_journal(&mut self, bytes: usize) -> Result<(), Fault> {
        self.journal_left = self.journal_left.checked_sub(bytes).ok_or(WRONG)?;
        Ok(())
    }

    fn old(&mut self) -> Result<Old<'gc>, Fault> {
        Ok(match self.from.byte()? {
            0 => Old::Upvalue(self.upvalue()?, self.value()?),
            1 => Old::Serial(self.upvalue()?),
            2 => match self.value()? {
                Value::Closure(closure) => {
                    let n = self.from.size()?;
                    if n >= closure.upvalues().len() {
                        return Err(WRONG);
                    }
                    Old::Joined(closure, n, self.upvalue()?)
                }
                _ => return Err(WRONG),
            },
            3 => match self.value()? {
                Value::Native(native) => {
                    let n = self.from.size()?;
                    if n >= native.upvalue_count() {
                        return Err(WRONG);
                    }
                    Old::Native(native, n, self.value()?)
                }
                _ => return Err(WRONG),
            },
            4 => match self.value()? {
                Value::UserData(userdata) => {
                    let metatable = self.table_or_nil()?;
                    let marks = self.from.byte()?;
                    if marks & !TO_FINALIZE != 0 {
                        return Err(WRONG);
                    }
                    Old::UserData(userdata, metatable, marks)
                }
                _ => return Err(WRONG),
            },
            kind @ (5 | 6) => match self.value()? {
                Value::String(string) if !string.is_short() && kind == 5 => Old::Unhashed(string),
                Value::String(string) if !string.is_short() => Old::Unnamed(string),
                _ => return Err(WRONG),
            },
            _ => return Err(WRONG),
        })
    }

    /// Reads how many weak tables there were before the run.
    pub(super) fn weak_before(&mut self) -> Result<(), Fault> {
        let count = self.from.size()?;
        if let Some(before) = &mut *self.ctx.state.journal.before.borrow_mut() {
            before.weak = count;
        }
        Ok(())
    }

    /// Opens the journal: all objects are there, and their chains are complete. Returns the
    /// bytes of what is garbage from here on.
    pub(super) fn open_journal(&mut self) -> Result<usize, Fault> {
        let (Some(numbers), Some(epoch)) = (self.numbers, self.epoch) else { return Ok(0) };
        let state = self.ctx.state;
        let account = &state.account;
        // Pages fit what a table has become since, and that alone. (Those that are read-only are
        // saved as a whole, each time something about them changes.)
        let tables = self.pending.iter().map(|pending| pending.table);
        let tables = tables.filter(|table| !table.is_read_only());
        if !are_different(tables.map(|table| address(table.erase())).collect()) {
            return Err(WRONG);
        }
        self.check_saved_threads()?;
        let mut garbage = 0;
        for Pending { table, before, kept } in std::mem::take(&mut self.pending) {
            account.release(TABLE_BYTES + before.bytes_of_parts());
            let at = state.journal.tables.borrow().len();
            let saved = SavedTable::again(table, before, &kept, (at, epoch))?;
            state.journal.tables.borrow_mut().push(saved);
            garbage += TABLE_BYTES;
        }
        state.journal.floor.set(numbers.floor);
        state.journal.bytes.set(numbers.bytes);
        state.journal.open.set(true);
        let before = state.journal.before.borrow();
        let listed = state.collector.weak.borrow().len();
        let finalizable = state.collector.finalizable.borrow().len();
        let right = before.as_ref().is_some_and(|before| {
            before.weak <= listed
                && before.finalizable <= finalizable
                && before.slots <= state.strings.slots()
        });
        if right { Ok(garbage) } else { Err(WRONG) }
    }

    /// Checks that threads are saved once each, and that a variable which lives in the stack of
    /// one again when the run is undone does not live in that of another one then.
    fn check_saved_threads(&self) -> Result<(), Fault> {
        let saved = self.ctx.state.journal.threads.borrow();
        let (mut threads, mut variables) = (Vec::new(), Vec::new());
        for parts in saved.iter().map(SavedThread::parts) {
            threads.push(address(parts.thread.erase()));
            for variable in &parts.state.open {
                if variable.thread().is_some_and(|now| !now.ptr_eq(parts.thread)) {
                    return Err(WRONG);
                }
                variables.push(address(variable.erase()));
            }
        }
        if are_different(threads) && are_different(variables) { Ok(()) } else { Err(WRONG) }
    }
}
