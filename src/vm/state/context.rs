//! The state of one machine, and the context every operation receives.

#![expect(unsafe_code, reason = "a collected type traces itself")]

use super::collector::Collector;
use super::handles::Handles;
use super::loose_ends::LooseEnds;
use super::output::Output;
use super::world::files::Files;
use crate::gc::{Collect, Mutation, Trace};
use crate::vm::calls::frames::Retry;
use crate::vm::calls::place::Place;
use crate::vm::heap::closure::NativeClosure;
use crate::vm::heap::interner::Interner;
use crate::vm::heap::journal::Journal;
use crate::vm::heap::meta::{EVENTS, Event};
use crate::vm::heap::native::{Interrupt, NativeDef};
use crate::vm::heap::string::{MAX_STRING, SHORT, Str};
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::Thread;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{Account, Held, Refused, string_bytes};
use crate::vm::meters::fuel::Fuel;
use std::cell::{Cell, RefCell};

/// Everything a machine has, under the arena's root.
pub struct State<'gc> {
    /// Memory in logical bytes.
    pub account: Account,
    /// The meter.
    pub fuel: Fuel,
    /// Short strings.
    pub strings: Interner<'gc>,
    /// Metatables of the basic types, by [`crate::vm::heap::value::Type`].
    pub type_metatables: [Cell<Option<Table<'gc>>>; 9],
    /// Names of the events as strings.
    pub event_names: [Str<'gc>; EVENTS],
    /// The table of globals.
    pub globals: Table<'gc>,
    /// Values the machine and its library keep, such as `_LOADED`.
    pub registry: Table<'gc>,
    /// The thread that runs a chunk's main function.
    pub main_thread: Thread<'gc>,
    /// The thread that is running or will run next.
    pub current: Cell<Thread<'gc>>,
    pub(in crate::vm) next_id: Cell<u64>,
    /// The last serial number given to an upvalue (`debug.upvalueid`).
    pub(in crate::vm) next_upvalue: Cell<u32>,
    /// The last serial number given to a long string. A step that is done again does not
    /// give its string another, so these numbers are not taken back with the other ids.
    pub next_string: Cell<u64>,
    /// State of the generator behind `math.random`.
    pub random: Cell<[u64; 4]>,
    /// Seconds since the epoch when the run began: an input, never the host's clock.
    pub start_time: Cell<i64>,
    /// Units of fuel that make one second of the virtual clock.
    pub fuel_per_second: Cell<u64>,
    /// The library's `next`, for the loop's own fast path.
    pub next_function: Cell<Option<&'static NativeDef>>,
    /// The iterator of the library's `ipairs`, for the loop's own fast path.
    pub ipairs_iterator: Cell<Option<&'static NativeDef>>,
    /// Coroutines do not yield across library functions, but for those where PUC-Rio's do.
    pub yield_boundaries: Cell<bool>,
    /// What the run has changed.
    pub(crate) journal: Journal<'gc>,
    /// Weak tables, finalizers and the collector's settings.
    pub collector: Collector<'gc>,
    /// A script asked for a full collection.
    pub collect_now: Cell<bool>,
    /// Most nested calls of one thread.
    pub max_depth: Cell<usize>,
    /// Most coroutines that may exist at once.
    pub max_coroutines: Cell<usize>,
    /// Coroutines that were made and not yet found dead.
    pub coroutines: Cell<usize>,
    /// The request under way was refused since there are too many coroutines.
    pub too_many: Cell<bool>,
    /// What was refused and must be done again before anything else.
    pub retry: Cell<Option<Retry>>,
    /// The error object of the message handler to be called again ([`Retry::Handler`]).
    pub raising: Cell<Value<'gc>>,
    /// Something a native function and the host hand to each other while the
    /// machine is paused.
    pub mailbox: RefCell<Option<Box<dyn std::any::Any>>>,
    /// Bytes charged for what lies in the mailbox, or was taken from it and still lives.
    pub mailbox_bytes: Cell<usize>,
    /// Traceback of the last error that reached a run's own handler.
    pub traceback: RefCell<Vec<u8>>,
    /// Where the last error was raised that reached a run's own handler.
    pub raised_at: RefCell<Option<Place>>,
    /// What the script printed.
    pub output: RefCell<Output>,
    /// Whether `load` takes precompiled chunks, which only trusted code may bring.
    pub binary_chunks: Cell<bool>,
    /// Whether scripts can ask for the whole name of a chunk (`debug.getinfo`).
    pub whole_names: Cell<bool>,
    /// What the host grants of the system.
    pub world: RefCell<Option<Box<dyn super::world::World>>>,
    /// What the host holds.
    pub(crate) handles: Handles,
    /// What the host must have back when the run ends.
    pub(crate) loose_ends: LooseEnds,
    /// What the library `io` keeps.
    pub files: Files<'gc>,
    /// "not enough memory", made before there is none.
    pub memory_message: Str<'gc>,
    /// "error in error handling", likewise.
    pub handler_message: Str<'gc>,
    /// Fuel used before the current run, for a clock that does not go back.
    pub fuel_before: Cell<u64>,
}

// SAFETY: every field that holds collected pointers is traced; the interner and the
// collector's lists, but for the objects whose finalizers wait, are weak and are purged at
// the end of every marking.
unsafe impl<'gc> Collect<'gc> for State<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        for metatable in &self.type_metatables {
            if let Some(table) = metatable.get() {
                cc.trace(&table);
            }
        }
        for name in &self.event_names {
            cc.trace(name);
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
        cc.trace(&self.journal);
        cc.trace(&self.memory_message);
        cc.trace(&self.handler_message);
        cc.trace(&self.globals);
        cc.trace(&self.registry);
        cc.trace(&self.main_thread);
        cc.trace(&self.current.get());
        for object in self.collector.pending.borrow().iter() {
            cc.trace(object);
        }
    }
}

impl std::fmt::Debug for State<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("account", &self.account)
            .field("fuel", &self.fuel)
            .finish_non_exhaustive()
    }
}

impl<'gc> State<'gc> {
    /// Returns the next serial id of a long string, above those of other objects.
    pub fn fresh_string_id(&self) -> u64 {
        let number = self.next_string.get() + 1;
        self.next_string.set(number);
        1 << 56 | number
    }

    /// Returns the next serial id.
    #[inline]
    pub fn fresh_id(&self) -> u64 {
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        id
    }
}

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
    /// Charges the current operation `units` of fuel, before it does the work.
    ///
    /// # Errors
    /// [`Interrupt::Fuel`] when less is left. The operation must return without visible
    /// effect; it is tried again when there is more.
    #[inline]
    pub fn charge(self, units: u64) -> Result<(), Interrupt<'gc>> {
        Ok(self.state.fuel.charge(units, self.state.account.used())?)
    }

    /// Makes a string. Fuel for its bytes is the caller's to charge.
    ///
    /// # Errors
    /// When memory is refused, or with "string too large" beyond [`MAX_STRING`].
    pub fn string(self, bytes: &[u8]) -> Result<Str<'gc>, Interrupt<'gc>> {
        if bytes.len() <= SHORT {
            return match self.state.strings.find(self.mc, bytes) {
                Ok(string) => Ok(string),
                Err(hash) => {
                    let size = string_bytes(bytes.len());
                    self.state.account.reserve(size)?;
                    if let Err(refused) = self.state.strings.make_room(&self.state.account) {
                        self.state.account.release(size);
                        return Err(refused.into());
                    }
                    Ok(self.state.strings.insert(self.mc, bytes, hash))
                }
            };
        }
        self.check_string_size(bytes.len())?;
        let copy = self.copy_of(bytes)?;
        Ok(Str::allocate_long(self.mc, copy))
    }

    /// Makes a string of bytes that are already in a vector of their own.
    ///
    /// # Errors
    /// As [`Context::string`].
    pub fn string_from_vec(self, bytes: Vec<u8>) -> Result<Str<'gc>, Interrupt<'gc>> {
        if bytes.len() <= SHORT {
            return self.string(&bytes);
        }
        self.check_string_size(bytes.len())?;
        self.state.account.reserve(string_bytes(bytes.len()))?;
        Ok(Str::allocate_long(self.mc, bytes.into_boxed_slice()))
    }

    /// Makes a string of bytes in a vector of their own, which is empty afterwards; when the
    /// string is refused they stay in it.
    ///
    /// # Errors
    /// As [`Context::string`].
    pub fn string_taking(self, bytes: &mut Vec<u8>) -> Result<Str<'gc>, Interrupt<'gc>> {
        if bytes.len() <= SHORT {
            let string = self.string(bytes)?;
            bytes.clear();
            return Ok(string);
        }
        self.check_string_size(bytes.len())?;
        self.state.account.reserve(string_bytes(bytes.len()))?;
        Ok(Str::allocate_long(self.mc, std::mem::take(bytes).into_boxed_slice()))
    }

    /// As [`Context::string_taking`] for bytes whose memory is held: `charged` of it is given
    /// back, since the string is charged for the same bytes.
    ///
    /// # Errors
    /// As [`Context::string`]; what was held is held again then.
    pub fn string_from_held(
        self,
        bytes: &mut Vec<u8>,
        charged: &mut usize,
        held: &mut Held<'_>,
    ) -> Result<Str<'gc>, Interrupt<'gc>> {
        held.give_back(*charged);
        match self.string_taking(bytes) {
            Ok(string) => {
                *charged = 0;
                *bytes = Vec::new();
                Ok(string)
            }
            Err(interrupt) => {
                // They were held a moment ago, and nothing was taken since.
                held.add(*charged)?;
                Err(interrupt)
            }
        }
    }

    /// Copies the bytes of a long string, whose memory is reserved here.
    fn copy_of(self, bytes: &[u8]) -> Result<Box<[u8]>, Interrupt<'gc>> {
        let size = string_bytes(bytes.len());
        self.state.account.reserve(size)?;
        let mut copy = Vec::new();
        if copy.try_reserve_exact(bytes.len()).is_err() {
            self.state.account.release(size);
            return Err(Refused { bytes: size }.into());
        }
        copy.extend_from_slice(bytes);
        Ok(copy.into_boxed_slice())
    }

    /// Makes an empty vector with room for `len` bytes that will become a string: their
    /// memory could be reserved, but is not.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::vm) fn bytes_for_string(self, len: usize) -> Result<Vec<u8>, Interrupt<'gc>> {
        let account = &self.state.account;
        let size = string_bytes(len);
        account.reserve(size)?;
        account.release(size);
        let mut bytes = Vec::new();
        match bytes.try_reserve_exact(len) {
            Ok(()) => Ok(bytes),
            Err(_) => Err(Refused { bytes: size }.into()),
        }
    }

    pub(in crate::vm) fn check_string_size(self, len: usize) -> Result<(), Interrupt<'gc>> {
        if len > MAX_STRING {
            return Err(self.error("string too large"));
        }
        Ok(())
    }

    /// Makes an error whose object is this text, without a position.
    pub fn error(self, message: impl AsRef<[u8]>) -> Interrupt<'gc> {
        match self.string(message.as_ref()) {
            Ok(string) => Interrupt::Error(Value::String(string)),
            Err(refused) => refused,
        }
    }

    /// As [`Context::error`], for a text in a vector of its own, which may be long.
    pub(in crate::vm) fn error_from_vec(self, message: Vec<u8>) -> Interrupt<'gc> {
        match self.string_from_vec(message) {
            Ok(string) => Interrupt::Error(Value::String(string)),
            Err(refused) => refused,
        }
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

    /// Makes a native function with upvalues.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn native_closure(
        self,
        def: &'static NativeDef,
        upvalues: &[Value<'gc>],
    ) -> Result<NativeClosure<'gc>, Interrupt<'gc>> {
        self.state.account.reserve(NativeClosure::bytes(upvalues.len()))?;
        Ok(NativeClosure::new(self.mc, self.state.fresh_id(), def, upvalues))
    }

    /// Returns the name of an event as a string.
    pub fn event_name(self, event: Event) -> Str<'gc> {
        self.state.event_names[event as usize]
    }
}
