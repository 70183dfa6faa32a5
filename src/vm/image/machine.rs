//! The machine's own numbers, and its roots.
//!
//! An image has two parts. The **state** is what equal sessions share, whatever was collected:
//! its hash is the session's digest. The **figures** stand before it, and strings that nothing
//! but a look-up would find behind it: they make later fuel and memory what they would have
//! been.

use super::alive::alive;
use super::fault::{Fault, Unsaved};
use super::load::{Loader, MOST_IDS};
use super::natives::Natives;
use super::object::Object;
use super::outside::Outside;
use super::save::{Purpose, Saver};
use super::suspended::Run;
use super::wire::{Reader, Writer};
use crate::bytecode::proto::Proto;
use crate::vm::heap::table::saved::LAST_EPOCH;
use crate::vm::heap::table::{LISTED, WEAK_KEYS, WEAK_VALUES};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{FINALIZED_BYTES, LISTED_BYTES};
use crate::vm::state::context::Context;
use std::rc::Rc;
use std::sync::Arc;

/// Bytes by which the limit may be passed for a moment while code is read.
const SLACK: usize = 1 << 20;

/// What makes later figures what they would have been.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    used: usize,
    due: usize,
    held: u8,
    slots: usize,
    epoch: u32,
    coroutines: usize,
    progress: usize,
    overdue: bool,
    first_empty: bool,
    /// The key of hashes, if something depends on it.
    pub(crate) hash_key: Option<u64>,
}

impl Figures {
    fn of(ctx: Context<'_>, keyed: bool) -> Figures {
        let state = ctx.state;
        let (due, held) = state.account.schedule();
        Figures {
            used: state.account.used(),
            due,
            held,
            slots: state.strings.slots(),
            epoch: state.journal.epoch.get(),
            coroutines: state.coroutines.get(),
            progress: state.collector.progress(),
            overdue: state.collector.overdue.get(),
            first_empty: state.first_empty.get(),
            hash_key: keyed.then(|| state.strings.key()),
        }
    }

    fn write(&self, out: &mut Writer) {
        out.size(self.used);
        out.size(self.due);
        out.byte(self.held);
        out.size(self.slots);
        out.number(u64::from(self.epoch));
        out.size(self.coroutines);
        out.size(self.progress);
        out.flag(self.overdue);
        out.flag(self.first_empty);
        out.flag(self.hash_key.is_some());
        if let Some(key) = self.hash_key {
            out.word(key);
        }
    }

    /// Reads the figures, with which an image begins.
    ///
    /// # Errors
    /// When there are none.
    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Figures, Fault> {
        let figures = Figures {
            used: from.size()?,
            due: from.size()?,
            held: from.byte()?,
            slots: from.size()?,
            epoch: from.small()?,
            coroutines: from.size()?,
            progress: from.size()?,
            overdue: from.flag()?,
            first_empty: from.flag()?,
            hash_key: match from.flag()? {
                true => Some(from.word()?),
                false => None,
            },
        };
        if figures.epoch == 0
            || figures.epoch >= LAST_EPOCH
            || figures.coroutines.max(figures.progress) > MOST_SIZE
        {
            return Err(Fault::NUMBER);
        }
        Ok(figures)
    }
}

/// No figure of a machine is larger.
const MOST_SIZE: usize = isize::MAX as usize / 4;

/// An image in memory.
#[derive(Debug)]
pub(crate) struct Image {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// Prototypes that the bytes name by number, if it is for a fork.
    pub(crate) shared: Vec<Arc<Proto>>,
}

/// Makes an image of a machine at rest, or of one in the midst of a run: `run` are the serial
/// numbers of the handles that the run has beside the machine.
///
/// # Errors
/// What cannot be saved.
pub(crate) fn save(
    ctx: Context<'_>,
    purpose: Purpose,
    natives: &Natives,
    outside: &mut dyn Outside,
    run: Option<&[u64]>,
) -> Result<Image, Unsaved> {
    ctx.make_library_real();
    let mut attempt = |out, left: bool, paths: bool| {
        let mut saver = Saver::new(ctx, purpose, out, natives, &mut *outside);
        if paths {
            saver.note_paths();
        }
        saver.left = left;
        saver.epoch = run.map(|_| ctx.state.journal.epoch.get());
        saver.state();
        saver.lost_strings();
        match run {
            Some(_) => saver.born_strings(),
            None => saver.handles(),
        }
        saver.tell_held(run.unwrap_or_default());
        let keyed = saver.keyed;
        saver.finish().map(|(state, shared)| (state, shared, keyed))
    };
    // What calls have left on stacks may be what cannot be saved, and of which not even the size
    // is known: then without.
    let saved = attempt(Writer::default(), true, false)
        .or_else(|_| attempt(Writer::default(), false, false));
    let (state, shared, keyed) = match saved {
        Ok(saved) => saved,
        // Again, with an eye on where that is.
        Err(_) => attempt(Writer::idle(), false, true)?,
    };
    let mut out = Writer::default();
    Figures::of(ctx, keyed).write(&mut out);
    out.part(state);
    Ok(Image { bytes: out.into_bytes(), shared })
}

/// Returns the hash of a machine's state, with the engine's version before it. What cannot be
/// saved is told apart by its kind.
pub(crate) fn digest(
    ctx: Context<'_>,
    version: u64,
    natives: &Natives,
    outside: &mut dyn Outside,
) -> [u8; 32] {
    ctx.make_library_real();
    let reach = alive(ctx, natives, outside).map(Rc::new);
    let mut saver = Saver::new(ctx, Purpose::Digest, Writer::hashing(), natives, outside);
    saver.reach = reach;
    saver.out.number(version);
    saver.state();
    saver.into_hash()
}

/// Makes a machine, which is new, what an image says; the figures were read from it.
///
/// # Errors
/// Why that cannot be. The machine is of no use then.
pub(crate) fn load<'a>(
    ctx: Context<'_>,
    figures: &Figures,
    from: Reader<'a>,
    natives: &'a Natives,
    outside: &'a mut dyn Outside,
    shared: &'a [Arc<Proto>],
    run: bool,
) -> Result<(), Fault> {
    let account = &ctx.state.account;
    let limit = account.limit();
    account.set_limit(limit.saturating_add(SLACK));
    ctx.make_library_real();
    if !ctx.state.strings.make_again(account, figures.slots)? {
        return Err(Fault::Damaged("a table of strings that is too small"));
    }
    if !figures.first_empty
        && let Ok(empty) = ctx.state.strings.find(ctx.mc, b"")
    {
        // It will be given back without having been charged, as the other one was.
        ctx.state.strings.forget(empty);
        ctx.state.first_empty.set(false);
    }
    let mut loader = Loader::new(ctx, from, natives, outside, shared);
    loader.epoch = run.then_some(figures.epoch);
    let run = loader.state()?;
    loader.link_dead();
    let garbage = loader.open_journal()?;
    loader.lost_strings()?;
    ctx.state.strings.keep();
    if run.is_some() {
        loader.check_handles()?;
        loader.born_strings(figures.epoch)?;
    } else {
        loader.handles()?;
    }
    if loader.from.left() > 0 {
        return Err(Fault::Damaged("more bytes than there must be"));
    }
    loader.check_threads()?;
    let threads = loader.threads;
    let slots = ctx.state.strings.slots();
    account.set_limit(limit);
    let used = figures.used;
    // It is not the limit of a run, which may have begun with less than what was there.
    if used > limit {
        return Err(Fault::Memory(used));
    }
    if slots != figures.slots || !account.take_over(used, figures.due, figures.held) {
        return Err(Fault::Damaged("figures that do not add up"));
    }
    account.note_garbage(garbage);
    if let Some(run) = &run {
        loader.resume(run)?;
        loader.set_meter(run)?;
    }
    let state = ctx.state;
    state.coroutines.set(figures.coroutines);
    state.undone_coroutines.set(threads as isize - figures.coroutines as isize);
    state.journal.epoch.set(figures.epoch);
    state.collector.set_progress(figures.progress);
    state.collector.overdue.set(figures.overdue);
    Ok(())
}

impl<'gc> Saver<'_, 'gc> {
    /// Writes the state.
    fn state(&mut self) {
        let state = self.ctx.state;
        self.out.number(state.next_id.get());
        self.out.number(u64::from(state.next_upvalue.get()));
        self.out.number(state.next_string.get());
        for word in state.random.get() {
            self.out.word(word);
        }
        let used = if self.epoch.is_some() { 0 } else { state.fuel.used() };
        self.out.number(state.fuel_before.get().saturating_add(used));
        // The time is what the machine was given, and nothing that it came to.
        let is_digest = self.purpose == Purpose::Digest;
        self.out.signed(if is_digest { 0 } else { state.start_time.get() });
        self.out.number(state.fuel_per_second.get());
        self.out.number(state.objects.next());
        self.roots();
        if self.notes_paths() {
            // Here the bytes are nobody's: what can be reached gets its name from there, and
            // not from the lists that follow.
            self.bodies();
        }
        let (finalizable, pending) = self.finalizers();
        for list in [finalizable, pending] {
            self.out.size(list.len());
            for object in list {
                self.value(object);
            }
        }
        if self.epoch.is_some() {
            self.run();
        }
        self.bodies();
        if self.epoch.is_some() {
            self.journal();
            self.bodies();
        }
        self.weak_tables();
        if self.epoch.is_some() {
            self.weak_before();
        }
    }

    /// Writes what is alive whatever else is.
    pub(super) fn roots(&mut self) {
        let state = self.ctx.state;
        self.admit(state.globals.erase(), Object::Table(state.globals));
        self.admit(state.registry.erase(), Object::Table(state.registry));
        self.admit(state.main_thread.erase(), Object::Thread(state.main_thread));
        for metatable in &state.type_metatables {
            self.value(metatable.get().map_or(Value::Nil, Value::Table));
        }
        let files = &state.files;
        for file in [&files.input, &files.output] {
            self.value(file.get().map_or(Value::Nil, Value::UserData));
        }
        self.value(files.metatable.get().map_or(Value::Nil, Value::Table));
    }

    /// Returns the objects with finalizers, and those whose finalizers are to be called; for a
    /// digest as a collection would leave them.
    fn finalizers(&self) -> (Vec<Value<'gc>>, Vec<Value<'gc>>) {
        let collector = &self.ctx.state.collector;
        let finalizable = collector.finalizable.borrow().clone();
        let mut pending: Vec<Value<'gc>> = collector.pending.borrow().iter().copied().collect();
        let Some(reach) = &self.reach else { return (finalizable, pending) };
        let (alive, dead): (Vec<_>, Vec<_>) =
            finalizable.into_iter().partition(|object| reach.is_alive(object));
        pending.extend(dead.into_iter().rev());
        (alive, pending)
    }

    /// Writes the list of weak tables, but for those that only the list knows: they are
    /// garbage.
    fn weak_tables(&mut self) {
        let weak = self.ctx.state.collector.weak.borrow();
        let known = weak.iter().filter_map(|table| Some((table, self.number_of(table.erase())?)));
        let known: Vec<_> = known.collect();
        self.out.size(known.len());
        for (table, number) in known {
            self.out.number(u64::from(number));
            self.out.byte(table.weak_mode());
        }
    }
}

impl<'gc> Loader<'_, 'gc> {
    fn state(&mut self) -> Result<Option<Run>, Fault> {
        let state = self.ctx.state;
        self.next_id = self.from.number()?;
        let next_upvalue = self.from.small()?;
        let next_string = self.from.number()?;
        if self.next_id < state.next_id.get() || self.next_id.max(next_string) >= MOST_IDS {
            return Err(Fault::NUMBER);
        }
        state.next_id.set(self.next_id);
        state.next_upvalue.set(next_upvalue);
        state.next_string.set(next_string);
        let mut random = [0; 4];
        for word in &mut random {
            *word = self.from.word()?;
        }
        state.random.set(random);
        state.fuel_before.set(self.from.number()?);
        state.start_time.set(self.from.signed()?);
        state.fuel_per_second.set(self.from.number()?);
        let next_object = self.from.number()?.checked_sub(1).ok_or(Fault::NUMBER)?;
        if next_object >= MOST_IDS {
            return Err(Fault::NUMBER);
        }
        state.objects.set_last(next_object);
        self.objects.extend([
            Object::Table(state.globals),
            Object::Table(state.registry),
            Object::Thread(state.main_thread),
        ]);
        for metatable in &state.type_metatables {
            metatable.set(self.table_or_nil()?);
        }
        for file in [&state.files.input, &state.files.output] {
            file.set(match self.value()? {
                Value::Nil => None,
                Value::UserData(file) => Some(file),
                _ => return Err(Fault::Damaged("no file where one must be")),
            });
        }
        state.files.metatable.set(self.table_or_nil()?);
        *state.collector.finalizable.borrow_mut() = self.finalizers()?;
        *state.collector.pending.borrow_mut() = self.finalizers()?.into();
        let run = match self.epoch {
            Some(_) => Some(self.run()?),
            None => None,
        };
        self.bodies()?;
        if run.is_some() {
            self.journal()?;
            self.bodies()?;
        }
        self.weak_tables()?;
        if run.is_some() {
            self.weak_before()?;
        }
        Ok(run)
    }

    /// Reads a list of objects with finalizers.
    pub(super) fn finalizers(&mut self) -> Result<Vec<Value<'gc>>, Fault> {
        let count = self.from.count(1)?;
        self.ctx.state.account.reserve(count.saturating_mul(FINALIZED_BYTES))?;
        let mut list = Vec::with_capacity(count);
        for _ in 0..count {
            match self.value()? {
                object @ (Value::Table(_) | Value::UserData(_)) => list.push(object),
                _ => return Err(Fault::Damaged("what has no finalizer")),
            }
        }
        Ok(list)
    }

    fn weak_tables(&mut self) -> Result<(), Fault> {
        let count = self.from.count(2)?;
        self.ctx.state.account.reserve(count.saturating_mul(LISTED_BYTES))?;
        let mut weak = self.ctx.state.collector.weak.borrow_mut();
        weak.reserve_exact(count);
        for _ in 0..count {
            let (number, mode) = (self.from.size()?, self.from.byte()?);
            let Some(Object::Table(table)) = self.objects.get(number) else {
                return Err(Fault::Damaged("no weak table where one must be"));
            };
            let marks = table.collector_marks();
            if marks & LISTED != 0 || mode & !(WEAK_KEYS | WEAK_VALUES) != 0 {
                return Err(Fault::Damaged("a weak table of no kind"));
            }
            table.set_collector_marks(marks | LISTED | mode);
            weak.push(*table);
        }
        Ok(())
    }
}
