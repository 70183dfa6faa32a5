//! The machine as its owner holds it: an arena with a state, the collector's
//! schedule, and the loop that goes on until the host must decide something.

use crate::alloc::reserve;
use crate::gc::{self, Age, Arena, Mutation, rootable};
use crate::vm::calls::finalizers;
use crate::vm::calls::next::Pause;
use crate::vm::heap::native::Stop;
use crate::vm::heap::store::Store;
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::Thread;
use crate::vm::meters::account::Refused;
use crate::vm::meters::fuel::{COLLECT_OBJECT, COLLECT_PLACE};
use crate::vm::run::executor;
use crate::vm::state::collector::Collector;
use crate::vm::state::context::{Context, DEFAULT_FUEL_PER_SECOND, State};
use crate::vm::state::coverage::Coverage;
use crate::vm::state::finalize;
use crate::vm::state::handles::Handles;
use crate::vm::state::library;
use crate::vm::state::loose_ends::LooseEnds;
use crate::vm::state::objects::Objects;
use crate::vm::state::output::Output;
use crate::vm::state::profile::Profile;
use crate::vm::state::schedule::collection_price;
use crate::vm::state::weak::{self, Convergence};
use std::cell::{Cell, LazyCell, RefCell};

type MachineArena = Arena<rootable!['gc => State<'gc>]>;

/// Why a run stopped, with nothing of the machine's inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// The main function returned.
    Done,
    /// An error reached the bottom of the main thread.
    Failed,
    /// The fuel of this slice is used up.
    Fuel,
    /// A native function asks the host with its top `args` values.
    HostCall {
        /// Number of arguments.
        args: usize,
    },
    /// The run ends for this reason.
    Stop(Stop),
}

/// What is known of the last full refusal: a second one for the same operation is
/// the script's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Refusal {
    bytes: usize,
    fuel_used: u64,
}

/// Garbage of runs that were undone which may stay until the next collection, at least.
const MOST_UNDONE: usize = 1 << 20;
/// Bytes of dead strings that may be kept for the sake of undoing, at least.
const MOST_KEPT: usize = 64 << 10;

/// A Lua machine. Not `Send`: sessions are.
pub(crate) struct Lua {
    arena: MachineArena,
    refusal: Option<Refusal>,
    /// Collect at every opportunity: a test switch that must change nothing but
    /// memory figures.
    stress: bool,
}

impl std::fmt::Debug for Lua {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lua").finish_non_exhaustive()
    }
}

impl Lua {
    /// Makes a machine with empty globals. `hash_key` keys all hashes: nothing a
    /// script can see depends on it.
    pub(crate) fn new(hash_key: u64, memory: usize) -> Lua {
        let arena = MachineArena::new(|mc| new_state(mc, hash_key, memory));
        Lua { arena, refusal: None, stress: false }
    }

    /// Makes the machine collect at every opportunity, for tests.
    pub(crate) fn set_stress(&mut self, stress: bool) {
        self.stress = stress;
    }

    /// Works with the machine's values. No collection happens meanwhile.
    pub(crate) fn enter<R>(&mut self, work: impl for<'gc> FnOnce(Context<'gc>) -> R) -> R {
        self.arena.mutate_root(|mc, state| work(Context { mc, state }))
    }

    /// Returns what is known of the last refusal: bytes, and the fuel used by then.
    pub(crate) fn refusal(&self) -> Option<(usize, u64)> {
        self.refusal.map(|refusal| (refusal.bytes, refusal.fuel_used))
    }

    /// Sets it.
    pub(crate) fn set_refusal(&mut self, refusal: Option<(usize, u64)>) {
        self.refusal = refusal.map(|(bytes, fuel_used)| Refusal { bytes, fuel_used });
    }

    /// Runs a full collection. While the journal is open, weak tables, finalizers and short
    /// strings from before count as strong.
    pub(crate) fn collect(&mut self) {
        let age = self.enter(|ctx| {
            let journal = &ctx.state.journal;
            if !journal.open.get() {
                return Age::Any;
            }
            journal.collected.set(true);
            Age::Before(journal.epoch.get())
        });
        self.collect_once(age);
        if self.enter(weak::adopt) {
            self.collect_once(age);
            // What was found again is strong until the next collection, which finds it anew:
            // by then these may be gone.
            self.enter(|ctx| drop(Table::take_found(ctx.mc)));
        }
    }

    fn collect_once(&mut self, age: Age) {
        // What is not there yet could be neither found dead nor paid for.
        self.enter(|ctx| ctx.make_library_real());
        let _ = (gc::take_freed(), gc::take_freed_threads());
        gc::set_shrinks(!self.stress);
        gc::set_age(age);
        self.enter(weak::refresh);
        // One cycle from a sleeping collector is a full one: it runs to its end here, in
        // the order of PUC's `atomic`.
        self.mark_ephemerons();
        let resurrected = self.arena.when_marked(|fc, state| {
            weak::clear_values(fc, state);
            let kept = match age {
                Age::Any | Age::Wiped => 0,
                Age::Before(_) => state.journal.finalizable(),
                Age::All => usize::MAX,
            };
            finalize::separate(fc, state, kept)
        });
        if resurrected {
            self.mark_ephemerons();
            self.arena.when_marked(weak::clear_values);
        }
        self.arena.when_marked(|fc, state| {
            weak::clear_keys(fc, state);
            let kept = state.strings.purge(fc, age);
            let most = MOST_KEPT.max(state.account.used() / 8);
            if kept > most || weak::keeps_any(state) {
                state.collector.overdue.set(true);
            }
        });
        self.arena.sweep();
        let (freed, threads) = (gc::take_freed(), gc::take_freed_threads());
        gc::set_age(Age::Any);
        self.enter(|ctx| {
            if age == Age::All {
                ctx.state.account.swept_unseen(freed);
                let undone = &ctx.state.undone_coroutines;
                undone.set(undone.get() - threads as isize);
                return;
            }
            ctx.state.account.swept(freed);
            ctx.state.strings.shrink(&ctx.state.account);
            if ctx.state.first_empty.get() && ctx.state.strings.find(ctx.mc, b"").is_err() {
                ctx.state.first_empty.set(false);
            }
            reserve::keep(ctx.state.account.used());
            let there = ctx.state.coroutines.get() as isize + ctx.state.undone_coroutines.take();
            ctx.state.coroutines.set(usize::try_from(there - threads as isize).unwrap_or(0));
            ctx.state.account.collected();
            ctx.state.collector.collected();
            ctx.state.collect_now.set(false);
        });
    }

    /// Begins something that can be undone.
    pub(crate) fn begin(&mut self) {
        if self.enter(|ctx| ctx.state.journal.is_worn()) {
            self.collect_once(Age::Wiped);
            self.enter(|ctx| {
                // The next collection finds these anew; by then they may be gone.
                drop(Table::take_found(ctx.mc));
                ctx.state.journal.epoch.set(1);
                ctx.state.strings.wipe();
            });
        }
        self.refusal = None;
        self.enter(|ctx| ctx.open_journal());
    }

    /// Keeps what was done since [`Lua::begin`].
    pub(crate) fn keep(&mut self) {
        self.enter(|ctx| ctx.keep_changes());
    }

    /// Does what had to wait while the run could be undone: a whole collection, and the
    /// finalizers of what is from before it. Tells whether the machine is to be run for
    /// them.
    pub(crate) fn catch_up(&mut self) -> bool {
        if self.enter(|ctx| ctx.state.collector.overdue.take()) {
            let work = self.collect_for_price();
            self.enter(|ctx| {
                ctx.state.fuel.owe_for_collection(work);
                ctx.state.fuel.note_collection();
            });
        }
        self.enter(executor::start_waiting)
    }

    /// Collects, and returns the price.
    fn collect_for_price(&mut self) -> u64 {
        let _ = gc::take_traced();
        self.collect();
        // The same whatever was freed: what lives now is what was gone through.
        self.arena.live_objects() as u64 * COLLECT_OBJECT + gc::take_traced() as u64 * COLLECT_PLACE
    }

    /// Undoes what was done since [`Lua::begin`]; the main thread is clear. Garbage that
    /// would be too much together with what the next run may take is freed at once.
    pub(crate) fn undo(&mut self) {
        self.refusal = None;
        let garbage = self.enter(|ctx| {
            ctx.undo();
            let account = &ctx.state.account;
            account.undone() > MOST_UNDONE.max(account.used() / 16)
        });
        if garbage {
            // A later run must not see that there was a collection.
            let overdue = self.enter(|ctx| ctx.state.collector.overdue.get());
            self.collect_once(Age::All);
            self.enter(|ctx| ctx.state.collector.overdue.set(overdue));
        }
    }

    /// Marks what is alive, values of ephemerons with living keys included.
    fn mark_ephemerons(&mut self) {
        let mut convergence = Convergence::default();
        while self.arena.when_marked(|fc, state| convergence.round(fc, state)) {}
    }

    /// Goes on with the run until the host must decide something.
    pub(crate) fn run(&mut self) -> Halt {
        let mut pause = self.enter(|ctx| outward(executor::run(ctx)));
        loop {
            let asked_for = self.enter(|ctx| ctx.state.collect_now.get());
            if self.stress {
                self.collect();
            }
            pause = match pause {
                Outward::Halt(halt) => return halt,
                Outward::Collect => {
                    let work = self.collect_for_price();
                    self.enter(|ctx| {
                        let fuel = &ctx.state.fuel;
                        if !asked_for {
                            fuel.owe_for_collection(work);
                        }
                        fuel.note_collection();
                        finalizers::begin(ctx);
                        outward(executor::run(ctx))
                    })
                }
                Outward::Memory(refused) => {
                    let hopeless = !self.make_room(refused);
                    self.enter(|ctx| {
                        let pause = if hopeless { executor::refuse(ctx) } else { None };
                        outward(pause.unwrap_or_else(|| executor::run(ctx)))
                    })
                }
            };
        }
    }

    /// Takes memory for the host while the run waits for it. As for the script's own
    /// requests, one that is refused has a collection, at its price.
    pub(crate) fn reserve(&mut self, bytes: usize) -> bool {
        let may_help = self.enter(|ctx| {
            let account = &ctx.state.account;
            let refused = account.reserve(bytes).is_err();
            refused.then(|| account.collection_may_help(bytes))
        });
        match may_help {
            None => true,
            Some(false) => false,
            Some(true) => {
                self.enter(|ctx| ctx.state.fuel.owe(collection_price(&ctx.state.account)));
                self.collect();
                self.enter(|ctx| ctx.state.account.reserve(bytes).is_ok())
            }
        }
    }

    /// Collects for a refused operation. Tells whether it may be tried again.
    fn make_room(&mut self, refused: Refused) -> bool {
        let bytes = refused.bytes;
        let (fuel_used, price) = self.enter(|ctx| {
            let account = &ctx.state.account;
            let price = account.collection_may_help(bytes).then(|| collection_price(account));
            (ctx.state.fuel.consumed(), price)
        });
        let price = match price {
            Some(price) if self.refusal != Some(Refusal { bytes, fuel_used }) => price,
            _ => {
                self.refusal = None;
                return false;
            }
        };
        let short = reserve::is_short();
        self.collect();
        self.enter(|ctx| {
            ctx.state.fuel.owe(price);
            ctx.state.fuel.note_collection();
        });
        if short && !reserve::is_whole() {
            // The system has no more; what is left is for those who clean up.
            self.refusal = None;
            return false;
        }
        self.refusal = Some(Refusal { bytes, fuel_used: fuel_used.saturating_add(price) });
        true
    }
}

/// A pause without values, so that it can leave the arena.
enum Outward {
    Halt(Halt),
    Collect,
    Memory(Refused),
}

fn outward(pause: Pause) -> Outward {
    match pause {
        Pause::Done => Outward::Halt(Halt::Done),
        Pause::Error => Outward::Halt(Halt::Failed),
        Pause::Collect => Outward::Collect,
        Pause::Memory(refused) => Outward::Memory(refused),
        Pause::Fuel => Outward::Halt(Halt::Fuel),
        Pause::HostCall { args } => Outward::Halt(Halt::HostCall { args }),
        Pause::Stop(stop) => Outward::Halt(Halt::Stop(stop)),
    }
}

/// Makes the state of a machine without globals.
pub(in crate::vm) fn new_state<'gc>(
    mc: &Mutation<'gc>,
    hash_key: u64,
    memory: usize,
) -> State<'gc> {
    let store = Store::new(hash_key, memory, 0x0100_0003);
    let (names, messages) = library::always();
    store.strings.foresee(names, store.strings.slots());
    let [memory_message, handler_message] =
        messages.map(|text| match store.strings.find(mc, text.as_bytes()) {
            Ok(string) => string,
            Err(hash) => store.strings.insert(mc, text.as_bytes(), hash),
        });
    let main_thread = Thread::allocate(mc, 0x0100_0000);
    State {
        store,
        type_metatables: Default::default(),
        event_names: std::array::from_fn(|_| Cell::new(memory_message)),
        has_event_names: Cell::new(false),
        globals: Table::bare(mc, 0x0100_0001, hash_key, 1),
        registry: Table::bare(mc, 0x0100_0002, hash_key, 1),
        main_thread,
        current: Cell::new(main_thread),
        random: Cell::new([0; 4]),
        start_time: Cell::new(0),
        fuel_per_second: Cell::new(DEFAULT_FUEL_PER_SECOND),
        fuel_before: Cell::new(0),
        next_function: Cell::new(None),
        ipairs_iterator: Cell::new(None),
        yield_boundaries: Cell::new(false),
        collector: Collector::default(),
        collect_now: Cell::new(false),
        max_depth: Cell::new(crate::vm::calls::room::DEFAULT_DEPTH),
        max_coroutines: Cell::new(usize::MAX),
        coroutines: Cell::new(0),
        undone_coroutines: Cell::new(0),
        too_many: Cell::new(false),
        retry: Cell::new(None),
        raising: Cell::default(),
        mailbox: RefCell::default(),
        mailbox_bytes: Cell::new(0),
        host: RefCell::default(),
        host_function: Cell::new(None),
        host_calls: Cell::new(0),
        max_host_calls: Cell::new(0),
        max_host_result: Cell::new(0),
        view: RefCell::default(),
        traceback: RefCell::default(),
        raised_at: RefCell::default(),
        raised: RefCell::default(),
        module_texts: RefCell::default(),
        output: RefCell::new(Output::default()),
        binary_chunks: Cell::new(false),
        whole_names: Cell::new(false),
        world: RefCell::default(),
        handles: Handles::default(),
        objects: Objects::default(),
        loose_ends: LooseEnds::default(),
        watched: Cell::new(false),
        coverage: LazyCell::new(Box::<Coverage>::default),
        profile: Profile::default(),
        files: Default::default(),
        first_empty: Cell::new(true),
        memory_message,
        handler_message,
    }
}

#[cfg(test)]
mod physical;
