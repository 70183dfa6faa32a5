//! The state of one machine, and the context every operation receives.

#![expect(unsafe_code, reason = "a collected type traces itself")]

use super::collector::Collector;
use super::coverage::Coverage;
use super::handles::Handles;
use super::loose_ends::LooseEnds;
use super::module_texts::ModuleTexts;
use super::objects::Objects;
use super::output::Output;
use super::place::Place;
use super::profile::Profile;
use super::retry::Retry;
use super::world::files::Files;
use crate::gc::{Collect, Mutation, Trace};
use crate::hints::running::Raised;
use crate::vm::heap::meta::{EVENTS, Event};
use crate::vm::heap::native::{Interrupt, NativeDef};
use crate::vm::heap::store::{Heap, Store};
use crate::vm::heap::string::Str;
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::Thread;
use crate::vm::heap::value::Value;
use std::cell::{Cell, LazyCell, RefCell};

/// The host's functions, which the machine may call where the script stands.
pub trait HostGate: Send + 'static {
    /// Calls function number `index`, if it and its arguments are such that it can be.
    fn call<'gc>(&mut self, ctx: Context<'gc>, index: usize, args: &[Value<'gc>]) -> InPlace<'gc>;

    /// As [`HostGate::call`] with one number: what most calls are. The result goes to `result`.
    fn call_with_number<'gc>(
        &mut self,
        ctx: Context<'gc>,
        index: usize,
        arg: &Value<'gc>,
        result: &mut Value<'gc>,
    ) -> Quick;

    /// Returns it as what it is.
    fn into_any(self: Box<Self>) -> Box<dyn std::any::Any>;
}

/// What came of such a call.
#[derive(Clone, Copy, Debug)]
pub enum InPlace<'gc> {
    /// Nothing was done: the function must be called in another way.
    No,
    /// It was called, and returned this.
    One(Value<'gc>),
    /// It was called, and returned nothing.
    Nothing,
    /// It was called. The function's frame goes on at `step` to find what came of it.
    Later {
        /// The step.
        step: u32,
    },
}

/// As [`InPlace`], small enough for a register: the value lies elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quick {
    /// Nothing was done.
    No,
    /// It was called, and returned one value.
    One,
    /// It was called, and returned nothing.
    Nothing,
    /// It was called: see [`InPlace::Later`].
    Later(u32),
}

/// Everything a machine has, under the arena's root.
///
/// It lies in the arena's first page, and what a machine begins with should fit into a page of
/// the system's beside it: so what is large and seldom looked at is in boxes.
#[repr(C)]
pub struct State<'gc> {
    /// What objects are made from. First, so that a [`Heap`] needs no arithmetic.
    pub store: Store<'gc>,
    /// Metatables of the basic types, by [`crate::vm::heap::value::Type`].
    pub type_metatables: [Cell<Option<Table<'gc>>>; 9],
    /// Names of the events as strings.
    pub(in crate::vm) event_names: [Cell<Str<'gc>>; EVENTS],
    /// The table of globals.
    pub globals: Table<'gc>,
    /// Values the machine and its library keep, such as `_LOADED`.
    pub registry: Table<'gc>,
    /// The thread that runs a chunk's main function.
    pub main_thread: Thread<'gc>,
    /// The thread that is running or will run next.
    pub current: Cell<Thread<'gc>>,
    /// State of the generator behind `math.random`.
    pub random: Cell<[u64; 4]>,
    /// Seconds since the epoch when the run began: an input, never the host's clock.
    pub start_time: Cell<i64>,
    /// Units of fuel that make one second of the virtual clock.
    pub fuel_per_second: Cell<u64>,
    /// The library's `next`, which `pairs` returns.
    pub next_function: Cell<Option<&'static NativeDef>>,
    /// Weak tables, finalizers and the collector's settings.
    pub collector: Collector<'gc>,
    /// Most nested calls of one thread.
    pub max_depth: Cell<usize>,
    /// Most coroutines that may exist at once.
    pub max_coroutines: Cell<usize>,
    /// Coroutines that were made and not yet found dead.
    pub coroutines: Cell<usize>,
    /// Those of runs that were undone, which are not yet freed; less those that were freed
    /// in such runs.
    pub(in crate::vm) undone_coroutines: Cell<isize>,
    /// What was refused and must be done again before anything else.
    pub retry: Cell<Option<Retry>>,
    /// The error object of the message handler to be called again ([`Retry::Handler`]).
    pub raising: Cell<Value<'gc>>,
    /// Something a native function and the host hand to each other while the
    /// machine is paused.
    pub mailbox: RefCell<Option<Box<dyn std::any::Any>>>,
    /// Bytes charged for what lies in the mailbox, or was taken from it and still lives.
    pub mailbox_bytes: Cell<usize>,
    /// The host's functions, while they may be called where the script stands.
    pub host: RefCell<Option<Box<dyn HostGate>>>,
    /// The native function that all of them are for scripts.
    pub host_function: Cell<Option<&'static NativeDef>>,
    /// Calls of host functions in this run, and the most there may be.
    pub host_calls: Cell<u64>,
    /// See [`State::host_calls`].
    pub max_host_calls: Cell<u64>,
    /// Bytes that one host call may return.
    pub max_host_result: Cell<u64>,
    /// What the host wants to see of the values that the run returns, where they lie.
    pub view: RefCell<Option<Box<dyn std::any::Any>>>,
    /// Traceback of the last error that reached a run's own handler.
    pub traceback: RefCell<Vec<u8>>,
    /// Where the last error was raised that reached a run's own handler.
    pub raised_at: RefCell<Option<Box<Place>>>,
    /// Where the functions stood that it went through, for those who look for its cause.
    pub(crate) raised: RefCell<Vec<Raised>>,
    /// The sources of modules that the host gave.
    pub(crate) module_texts: LazyCell<Box<RefCell<ModuleTexts>>>,
    /// What the script printed.
    pub output: RefCell<Output>,
    /// What the host grants of the system.
    pub world: RefCell<Option<Box<dyn super::world::World>>>,
    /// What the host holds.
    pub(crate) handles: Box<Handles>,
    /// What it has given to scripts.
    pub(crate) objects: Box<Objects>,
    /// What the host must have back when the run ends.
    pub(crate) loose_ends: LooseEnds,
    /// What was executed how often, where that is counted: most sessions never make it.
    pub(crate) coverage: LazyCell<Box<Coverage>>,
    /// Where fuel goes, in sessions that ask for it.
    pub(crate) profile: Profile,
    /// What the library `io` keeps.
    pub files: Box<Files<'gc>>,
    /// "not enough memory", made before there is none.
    pub memory_message: Str<'gc>,
    /// "error in error handling", likewise.
    pub handler_message: Str<'gc>,
    /// Fuel used before the current run, for a clock that does not go back.
    pub fuel_before: Cell<u64>,
    /// Whether the names of the events are what they are to be.
    pub(in crate::vm) has_event_names: Cell<bool>,
    /// Coroutines do not yield across library functions, but for those where PUC-Rio's do.
    pub yield_boundaries: Cell<bool>,
    /// A script asked for a full collection.
    pub collect_now: Cell<bool>,
    /// The request under way was refused since there are too many coroutines.
    pub too_many: Cell<bool>,
    /// Whether `load` takes precompiled chunks, which only trusted code may bring.
    pub binary_chunks: Cell<bool>,
    /// Whether scripts can ask for the whole name of a chunk (`debug.getinfo`).
    pub whole_names: Cell<bool>,
    /// Whether somebody wants to know of each instruction before it is executed.
    pub(crate) watched: Cell<bool>,
    /// The empty string is still the one that the machine began with: nobody was charged for
    /// it, as somebody is for each later one.
    pub(in crate::vm) first_empty: Cell<bool>,
}

// SAFETY: every field that holds collected pointers is traced; the interner and the
// collector's lists, but for the objects whose finalizers wait, are weak and are purged at
// the end of every marking.
unsafe impl<'gc> Collect<'gc> for State<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        self.trace_pieces(cc);
    }

    fn trace_piece<T: Trace<'gc>>(&self, cc: &mut T, from: u64) -> Option<u64> {
        if from < JOURNAL {
            self.trace_own(cc);
            return Some(JOURNAL);
        }
        if from < QUEUES {
            let next = self.store.journal.trace_piece(cc, from - JOURNAL);
            return Some(next.map_or(QUEUES, |next| JOURNAL + next));
        }
        let (waiting, pending) = (self.collector.waiting.borrow(), self.collector.pending.borrow());
        let from = from - QUEUES;
        let objects = waiting.iter().chain(pending.iter()).skip(from as usize).take(QUEUED);
        for object in objects {
            cc.effort(1);
            cc.trace(object);
        }
        let next = from + QUEUED as u64;
        (next < (waiting.len() + pending.len()) as u64).then_some(QUEUES + next)
    }
}

/// Where the journal begins among the collector's pieces of a state, where the objects whose
/// finalizers wait, and how many of those are one piece.
const JOURNAL: u64 = 1;
const QUEUES: u64 = 1 << 63;
const QUEUED: usize = 128;

impl<'gc> State<'gc> {
    /// Traces what is one of a kind.
    fn trace_own<T: Trace<'gc>>(&self, cc: &mut T) {
        for metatable in &self.type_metatables {
            if let Some(table) = metatable.get() {
                cc.trace(&table);
            }
        }
        for name in &self.event_names {
            cc.trace(&name.get());
        }
        for file in [&self.files.input, &self.files.output] {
            if let Some(file) = file.get() {
                cc.trace(&file);
            }
        }
        if let Some(metatable) = self.files.metatable.get() {
            cc.trace(&metatable);
        }
        let raising = self.raising.take();
        cc.trace(&raising);
        self.raising.set(raising);
        cc.trace(&self.memory_message);
        cc.trace(&self.handler_message);
        cc.trace(&self.globals);
        cc.trace(&self.registry);
        cc.trace(&self.main_thread);
        cc.trace(&self.current.get());
    }
}

impl std::fmt::Debug for State<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("store", &self.store).finish_non_exhaustive()
    }
}

impl<'gc> std::ops::Deref for State<'gc> {
    type Target = Store<'gc>;

    #[inline(always)]
    fn deref(&self) -> &Store<'gc> {
        &self.store
    }
}

/// Units of fuel that pass for one second unless the session says otherwise.
pub(crate) const DEFAULT_FUEL_PER_SECOND: u64 = 100_000_000;

/// The handle to a running machine: allocation, state, everything.
#[derive(Clone, Copy)]
pub struct Context<'gc> {
    /// The arena's mutation handle.
    pub mc: &'gc Mutation<'gc>,
    /// The machine's state.
    pub state: &'gc State<'gc>,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Context").field(self.state).finish()
    }
}

impl<'gc> Context<'gc> {
    /// Returns the handle to the objects.
    #[inline(always)]
    pub fn heap(self) -> Heap<'gc> {
        Heap { mc: self.mc, store: &self.state.store }
    }

    /// As [`Heap::charge`].
    ///
    /// # Errors
    /// When less fuel is left.
    #[inline]
    pub fn charge(self, units: u64) -> Result<(), Interrupt<'gc>> {
        self.heap().charge(units)
    }

    /// As [`Heap::string`].
    ///
    /// # Errors
    /// When memory is refused, or with "string too large".
    pub fn string(self, bytes: &[u8]) -> Result<Str<'gc>, Interrupt<'gc>> {
        self.heap().string(bytes)
    }

    /// As [`Heap::string_from_vec`].
    ///
    /// # Errors
    /// As [`Context::string`].
    pub fn string_from_vec(self, bytes: Vec<u8>) -> Result<Str<'gc>, Interrupt<'gc>> {
        self.heap().string_from_vec(bytes)
    }

    /// As [`Heap::error`].
    pub fn error(self, message: impl AsRef<[u8]>) -> Interrupt<'gc> {
        self.heap().error(message)
    }

    /// Returns the virtual clock: seconds since the epoch, and seconds of "CPU
    /// time", both from the fuel used (manual §6.9, `os.time` and `os.clock`).
    pub fn virtual_seconds(self) -> (i64, f64) {
        let used = self.state.fuel_before.get().saturating_add(self.state.fuel.consumed());
        let rate = self.state.fuel_per_second.get().max(1);
        let whole = i64::try_from(used / rate).unwrap_or(i64::MAX);
        (self.state.start_time.get().saturating_add(whole), used as f64 / rate as f64)
    }

    /// Sets a global variable.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn set_global(
        self,
        name: &str,
        value: impl Into<Value<'gc>>,
    ) -> Result<(), Interrupt<'gc>> {
        let key = self.string(name.as_bytes())?;
        self.state.globals.set_str(self.heap(), key, value.into())
    }

    /// Puts something into the mailbox; `bytes` are charged for it already.
    pub fn post(self, letter: Box<dyn std::any::Any>, bytes: usize) {
        self.forget_letter();
        self.state.mailbox_bytes.set(bytes);
        *self.state.mailbox.borrow_mut() = Some(letter);
    }

    /// Gives back what is charged for the last letter, which must be gone, and empties the
    /// mailbox.
    pub fn forget_letter(self) {
        self.state.mailbox.borrow_mut().take();
        self.state.account.release(self.state.mailbox_bytes.take());
    }

    /// Returns the name of an event as a string.
    pub fn event_name(self, event: Event) -> Str<'gc> {
        self.make_event_names();
        self.state.event_names[event as usize].get()
    }
}
