//! The machine as its owner holds it: an arena with a state, the collector's
//! schedule, and the loop that goes on until the host must decide something.

use crate::alloc;
use crate::alloc::parts::{self, Leaving};
use crate::alloc::reserve;
use crate::gc::{Age, Allowance, Arena, Mutation, rootable};
use crate::vm::calls::next::Pause;
use crate::vm::heap::native::Stop;
use crate::vm::heap::store::Store;
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::Thread;
use crate::vm::meters::account::Refused;
use crate::vm::meters::fuel::Fuel;
use crate::vm::run::executor;
use crate::vm::state::collector::Collector;
use crate::vm::state::context::{Context, DEFAULT_FUEL_PER_SECOND, State};
use crate::vm::state::coverage::Coverage;
use crate::vm::state::library;
use crate::vm::state::loose_ends::LooseEnds;
use crate::vm::state::output::Output;
use crate::vm::state::profile::Profile;
use crate::vm::state::schedule::collection_price;
use collection::{Collection, Then};
use std::cell::{Cell, LazyCell, RefCell};

mod collection;

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
    /// A collection has used the slice up, but none of its fuel: it goes on in the next.
    Collecting,
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

/// Work of a collection in one slice, at least, in units of [`Allowance`]: well below 100 µs.
const LEAST_WORK: u64 = 2 << 10;

/// Bytes that are given back to the system for a unit of a slice: more than a script takes for
/// one, so that no more is there than when they were left.
const LEAVING: usize = 256;

/// Where a slice gives more back, nothing that it leaves itself waits for the next one.
const MOST_LEAVING: usize = 64 << 20;

/// What counts, and holds nothing that a collection moves.
pub(crate) struct Meters<'a> {
    /// The fuel.
    pub(crate) fuel: &'a Fuel,
    /// What was printed.
    pub(crate) output: &'a RefCell<Output>,
}

/// A Lua machine. Not `Send`: sessions are.
pub(crate) struct Lua {
    arena: MachineArena,
    refusal: Option<Refusal>,
    /// Collect at every opportunity: a test switch that must change nothing but
    /// memory figures.
    stress: bool,
    /// The collection under way.
    collection: Option<Box<Collection>>,
    /// Why the run cannot just go on when the next slice begins.
    stopped: Option<Outward>,
    /// Work of a collection in one slice, at least.
    least: u64,
    /// Large blocks that are not used any more.
    leaving: Leaving,
    /// After all of the above is gone.
    end: End,
}

/// The end of a machine. What a large one had taken lies about in the C library's heaps, perhaps
/// of other threads, until somebody asks for it.
#[derive(Default)]
struct End {
    /// The most bytes that the account of a run has had.
    most: usize,
}

impl Drop for End {
    fn drop(&mut self) {
        /// Less is soon used again.
        const LARGE: usize = 4 << 20;
        if self.most >= LARGE {
            alloc::give_back_all();
        }
    }
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
        Lua {
            arena,
            refusal: None,
            stress: false,
            collection: None,
            stopped: None,
            least: LEAST_WORK,
            leaving: Leaving::default(),
            end: End::default(),
        }
    }

    /// Makes the machine collect at every opportunity, for tests.
    pub(crate) fn set_stress(&mut self, stress: bool) {
        self.stress = stress;
    }

    /// Sets how much a collection does in one slice, at least: a test switch that must change
    /// nothing.
    #[cfg(test)]
    pub(crate) fn set_least_work(&mut self, units: u64) {
        self.least = units;
    }

    /// Works with the machine's meters, also in the middle of a collection.
    pub(crate) fn meters<R>(&mut self, work: impl FnOnce(Meters<'_>) -> R) -> R {
        self.arena
            .mutate_root(|_, state| work(Meters { fuel: &state.store.fuel, output: &state.output }))
    }

    /// Works with the machine's values. No collection happens meanwhile; one that is under way
    /// is ended before.
    pub(crate) fn enter<R>(&mut self, work: impl for<'gc> FnOnce(Context<'gc>) -> R) -> R {
        if self.collection.is_some() {
            self.finish_collection();
        }
        debug_assert!(!self.arena.is_collecting());
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

    /// Runs a full collection.
    pub(crate) fn collect(&mut self) {
        self.begin_collection(Then::Nothing);
        self.finish_collection();
        self.let_go();
    }

    /// As [`Lua::collect`], with this made of stamps.
    fn collect_with(&mut self, age: Age) {
        self.begin_with(age, Then::Nothing);
        self.finish_collection();
        self.let_go();
    }

    /// Begins something that can be undone.
    pub(crate) fn begin(&mut self) {
        if self.enter(|ctx| ctx.state.journal.is_worn()) {
            self.collect_with(Age::Wiped);
            self.enter(|ctx| {
                ctx.state.journal.epoch.set(1);
                ctx.state.strings.wipe();
            });
        }
        (self.refusal, self.stopped) = (None, None);
        // The limit may be lower now than when it was last said what stays.
        self.leaving.keep(0);
        self.enter(|ctx| ctx.open_journal());
    }

    /// Keeps what was done since [`Lua::begin`].
    pub(crate) fn keep(&mut self) {
        self.letting_go(false, |lua| lua.enter(|ctx| ctx.keep_changes()));
    }

    /// Begins what had to wait while the run could be undone: a whole collection, if one is
    /// due. It goes on with [`Lua::catch_up`].
    pub(crate) fn begin_catching_up(&mut self) {
        if self.enter(|ctx| ctx.state.collector.overdue.take()) {
            self.begin_collection(Then::CatchUp);
        }
    }

    /// Goes on with the collection that had to wait, as far as the slice allows. Tells whether
    /// it is over.
    pub(crate) fn catch_up(&mut self) -> bool {
        let left = self.meters(|meters| meters.fuel.left());
        self.collect_some(&Allowance::of(left.max(self.least))).0
    }

    /// Calls the finalizers that had to wait, of what is from before the run, when a collection
    /// that is under way has ended. Tells whether the machine is to be run for them.
    pub(crate) fn start_waiting(&mut self) -> bool {
        self.enter(executor::start_waiting)
    }

    /// Tells whether there is a call to go on with.
    pub(crate) fn has_call(&mut self) -> bool {
        self.enter(|ctx| {
            !ctx.state.current.get().state().frames.is_empty() || ctx.state.retry.get().is_some()
        })
    }

    /// Undoes what was done since [`Lua::begin`]; the main thread is clear. Garbage that
    /// would be too much together with what the next run may take is freed at once.
    pub(crate) fn undo(&mut self) {
        let garbage = self.enter(|ctx| {
            ctx.undo();
            let account = &ctx.state.account;
            account.undone() > MOST_UNDONE.max(account.used() / 16)
        });
        // Also what a collection has left that was ended for this.
        (self.refusal, self.stopped) = (None, None);
        if garbage {
            // A later run must not see that there was a collection.
            let overdue = self.enter(|ctx| ctx.state.collector.overdue.get());
            self.collect_with(Age::All);
            self.enter(|ctx| ctx.state.collector.overdue.set(overdue));
        }
    }

    /// Goes on with the run until the host must decide something, or it is time for it to have
    /// the word though no fuel is used.
    pub(crate) fn run(&mut self) -> Halt {
        let left = self.meters(|meters| meters.fuel.left());
        let allowance = Allowance::of(left.max(self.least));
        let Some(mut pause) = self.proceed(&allowance) else { return Halt::Collecting };
        loop {
            let asked_for = self.enter(|ctx| ctx.state.collect_now.get());
            if self.stress {
                self.collect();
            }
            match pause {
                Outward::Halt(halt) => return halt,
                Outward::Collect => self.begin_collection(Then::Run { asked_for }),
                Outward::Memory(refused) => {
                    if !self.make_room(refused) {
                        self.stopped = self.refuse();
                    }
                }
            }
            pause = match self.proceed(&allowance) {
                Some(pause) => pause,
                None => return Halt::Collecting,
            };
        }
    }

    /// Goes on with a collection, as far as is allowed, and when it is over with the run.
    fn proceed(&mut self, allowance: &Allowance) -> Option<Outward> {
        let (over, stopped) = self.collect_some(allowance);
        if !over {
            return None;
        }
        match stopped.or_else(|| self.stopped.take()) {
            Some(stopped) => Some(stopped),
            None => Some(self.go_on()),
        }
    }

    /// Goes on with the run.
    fn go_on(&mut self) -> Outward {
        let units = self.meters(|meters| meters.fuel.slice());
        let bytes = usize::try_from(units).unwrap_or(usize::MAX).saturating_mul(LEAVING);
        self.leaving.give_back(bytes);
        let run = |lua: &mut Lua| {
            lua.enter(|ctx| {
                ctx.heap().go_on_moving();
                outward(executor::run(ctx))
            })
        };
        self.letting_go(bytes > MOST_LEAVING, run)
    }

    /// Does something, and lets the large blocks that are not used any more go bit by bit, or at
    /// once, but for those that stay.
    fn letting_go<R>(&mut self, at_once: bool, work: impl FnOnce(&mut Lua) -> R) -> R {
        let mut leaving = std::mem::take(&mut self.leaving);
        let done = leaving.during(at_once, || work(self));
        self.leaving.append(leaving);
        done
    }

    /// Gives everything back that the machine does not use any more.
    pub(crate) fn let_go(&mut self) {
        self.leaving.give_all_back();
        self.arena.trim(0, 0, &Allowance::endless());
        parts::rest();
        let peak = self.arena.mutate_root(|_, state| state.account.peak());
        self.end.most = self.end.most.max(peak);
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
                self.collect_at_its_price();
                self.enter(|ctx| ctx.state.account.reserve(bytes).is_ok())
            }
        }
    }

    /// Tells whether the host could take so much now.
    pub(crate) fn has_room(&mut self, bytes: usize) -> bool {
        self.enter(|ctx| ctx.state.account.has_room(bytes))
    }

    /// Collects for what the host holds, whether or not that can help.
    pub(crate) fn collect_at_its_price(&mut self) {
        self.enter(|ctx| ctx.state.fuel.owe(collection_price(&ctx.state.account)));
        self.collect();
    }

    /// Begins a collection for a refused operation, which may be tried again afterwards. Tells
    /// whether it has.
    fn make_room(&mut self, refused: Refused) -> bool {
        let bytes = refused.bytes;
        let (fuel_used, price) = self.enter(|ctx| {
            let account = &ctx.state.account;
            let price = account.collection_may_help(bytes).then(|| collection_price(account));
            (ctx.state.fuel.consumed(), price)
        });
        let refusal = Refusal { bytes, fuel_used };
        match price {
            Some(price) if self.refusal != Some(refusal) => {
                let short = reserve::is_short();
                if short {
                    // The system has none for others while these stay.
                    self.leaving.keep(0);
                    self.leaving.give_all_back();
                }
                self.begin_collection(Then::Again { refusal, price, short });
                true
            }
            _ => false,
        }
    }
}

/// A pause without values, so that it can leave the arena.
#[derive(Debug)]
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
        module_texts: LazyCell::new(Default::default),
        output: RefCell::new(Output::default()),
        binary_chunks: Cell::new(false),
        whole_names: Cell::new(false),
        world: RefCell::default(),
        handles: Box::default(),
        objects: Box::default(),
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
