//! Collections, in pieces: a host that gives a run slices of fuel has the word between them,
//! while nothing of the script runs before the collection is over.
//!
//! So a script sees a collection at one point, whole, and nobody can tell from what it does how
//! it was cut: marks are made and looked at while nothing changes. Work uses up the slice but
//! no fuel. Whoever comes in between by another door than [`Lua::run`] and [`Lua::meters`] (to
//! save, to undo, to hand values over) finds the collection finished: [`Lua::enter`] sees to it.

use super::{Lua, Outward, Refusal, outward};
use crate::alloc::{parts, reserve};
use crate::gc::{self, Age, Allowance};
use crate::vm::calls::finalizers;
use crate::vm::heap::interner::Purge;
use crate::vm::heap::table::Table;
use crate::vm::meters::fuel::{COLLECT_OBJECT, COLLECT_PLACE};
use crate::vm::run::executor;
use crate::vm::state::context::Context;
use crate::vm::state::finalize::Separation;
use crate::vm::state::weak::{self, Convergence, Cursor};

/// Bytes of dead strings that may be kept for the sake of undoing, at least.
const MOST_KEPT: usize = 64 << 10;

/// Units for giving a piece of the memory of tables' parts back.
const PART_GIVEN_BACK: u64 = 200;

/// A collection under way.
pub(super) struct Collection {
    age: Age,
    stage: Stage,
    /// It was one already: what it found needs a second.
    again: bool,
    /// Logical bytes and coroutines that were given back, and places gone through.
    freed: usize,
    threads: usize,
    places: u64,
    /// Tables found to be weak.
    found: Vec<*const ()>,
    then: Then,
}

/// What a collection has to do next, in the order of PUC's `atomic`.
enum Stage {
    Refresh(Cursor),
    /// Marks; values of ephemerons with living keys too.
    Mark(Round, Convergence),
    Converge(Round, Convergence),
    ClearValues(Round, Cursor),
    Separate(Separation),
    ClearKeys(Cursor),
    Purge(Purge),
    LookForKept(Cursor),
    /// Marks what these have found to be alive.
    MarkRest,
    Sweep,
    /// Gives free memory back to the system.
    Trim,
}

/// Marking goes on for objects with finalizers that were found dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    First,
    Second,
}

/// What comes after a collection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Then {
    /// Whoever asked for it goes on.
    Nothing,
    /// A run goes on, with finalizers first; its price is owed if it was not asked for.
    Run { asked_for: bool },
    /// A run has ended and is kept: its price is owed.
    CatchUp,
    /// An operation that was refused is tried again, at a price; the system was short of
    /// memory.
    Again { refusal: Refusal, price: u64, short: bool },
}

impl Collection {
    fn new(age: Age, then: Then) -> Box<Collection> {
        Box::new(Collection {
            age,
            stage: Stage::Refresh(Cursor::default()),
            again: false,
            freed: 0,
            threads: 0,
            places: 0,
            found: Vec::new(),
            then,
        })
    }
}

impl Lua {
    /// Begins a full collection. While the journal is open, weak tables, finalizers and short
    /// strings from before count as strong.
    pub(super) fn begin_collection(&mut self, then: Then) {
        let age = self.enter(|ctx| {
            let journal = &ctx.state.journal;
            if !journal.open.get() {
                return Age::Any;
            }
            journal.collected.set(true);
            Age::Before(journal.epoch.get())
        });
        self.begin_with(age, then);
    }

    /// Begins a collection that makes this of stamps.
    pub(super) fn begin_with(&mut self, age: Age, then: Then) {
        // What is not there yet could be neither found dead nor paid for.
        self.enter(|ctx| {
            ctx.make_library_real();
            ctx.state.journal.begin_collection();
        });
        self.collection = Some(Collection::new(age, then));
    }

    /// Goes on with the collection that is under way, if there is one, as far as is allowed. Tells
    /// whether it is over, and why the run that it interrupted cannot just go on.
    pub(super) fn collect_some(&mut self, allowance: &Allowance) -> (bool, Option<Outward>) {
        let Some(mut collection) = self.collection.take() else { return (true, None) };
        if !self.advance(&mut collection, allowance) {
            self.collection = Some(collection);
            return (false, None);
        }
        (true, self.after(&collection))
    }

    /// Ends the collection that is under way, if there is one.
    #[cold]
    #[inline(never)]
    pub(super) fn finish_collection(&mut self) {
        while self.collection.is_some() {
            let (_, stopped) = self.collect_some(&Allowance::endless());
            if stopped.is_some() {
                self.stopped = stopped;
            }
        }
    }

    /// Does what comes after a collection.
    fn after(&mut self, collection: &Collection) -> Option<Outward> {
        match collection.then {
            Then::Nothing => None,
            Then::Run { asked_for } => {
                let price = self.collection_work(collection);
                self.enter(|ctx| {
                    let fuel = &ctx.state.fuel;
                    if !asked_for {
                        fuel.owe_for_collection(price);
                    }
                    fuel.note_collection();
                    finalizers::begin(ctx);
                });
                None
            }
            Then::CatchUp => {
                let price = self.collection_work(collection);
                self.enter(|ctx| {
                    ctx.state.fuel.owe_for_collection(price);
                    ctx.state.fuel.note_collection();
                });
                None
            }
            Then::Again { refusal, price, short } => {
                self.enter(|ctx| {
                    ctx.state.fuel.owe(price);
                    ctx.state.fuel.note_collection();
                });
                if short && !reserve::is_whole() {
                    // The system has no more; what is left is for those who clean up.
                    return self.refuse();
                }
                let fuel_used = refusal.fuel_used.saturating_add(price);
                self.refusal = Some(Refusal { fuel_used, ..refusal });
                None
            }
        }
    }

    /// Raises the error of an operation for which there is no memory.
    pub(super) fn refuse(&mut self) -> Option<Outward> {
        self.refusal = None;
        self.enter(|ctx| executor::refuse(ctx).map(outward))
    }

    /// Returns what a collection that was due is worth: the same whatever was freed, since what
    /// lives now is what was gone through.
    fn collection_work(&self, collection: &Collection) -> u64 {
        self.arena.live_objects() as u64 * COLLECT_OBJECT + collection.places * COLLECT_PLACE
    }

    /// Goes on with a collection, as far as is allowed. Tells whether it is over.
    fn advance(&mut self, collection: &mut Collection, allowance: &Allowance) -> bool {
        // Others may have worked on this thread since the last piece.
        let _ = (gc::take_freed(), gc::take_freed_threads());
        let found = Table::exchange_found(std::mem::take(&mut collection.found));
        gc::set_shrinks(!self.stress);
        gc::set_age(collection.age);
        let over = loop {
            if !self.letting_go(false, |lua| lua.stages(collection, allowance)) {
                break false;
            }
            if !self.is_repeated(collection) {
                break true;
            }
        };
        gc::set_age(Age::Any);
        collection.found = Table::exchange_found(found);
        collection.freed += gc::take_freed();
        collection.threads += gc::take_freed_threads();
        over
    }

    /// A collection has swept: settles its figures. Tells whether there must be a second one,
    /// for tables that turned out to be weak.
    fn is_repeated(&mut self, collection: &mut Collection) -> bool {
        collection.freed += gc::take_freed();
        collection.threads += gc::take_freed_threads();
        collection.places += self.arena.traced_places();
        let (freed, threads) =
            (std::mem::take(&mut collection.freed), std::mem::take(&mut collection.threads));
        gc::set_age(Age::Any);
        self.settle(collection.age, freed, threads);
        let adopts = !collection.again && matches!(collection.age, Age::Any | Age::Before(_));
        if adopts && self.enter(weak::adopt) {
            collection.again = true;
            collection.stage = Stage::Refresh(Cursor::default());
            gc::set_age(collection.age);
            return true;
        }
        // What was found again is strong until the next collection, which finds it anew:
        // by then these may be gone.
        drop(Table::exchange_found(Vec::new()));
        false
    }

    /// Settles the figures of a collection that has given so much back.
    fn settle(&mut self, age: Age, freed: usize, threads: usize) {
        let stays = self.enter(|ctx| {
            let state = ctx.state;
            if age == Age::All {
                state.account.swept_unseen(freed);
                let undone = &state.undone_coroutines;
                undone.set(undone.get() - threads as isize);
                return 0;
            }
            state.account.swept(freed);
            state.strings.shrink(&state.account);
            if state.first_empty.get() && state.strings.find(ctx.mc, b"").is_err() {
                state.first_empty.set(false);
            }
            reserve::keep(state.account.used());
            let there = state.coroutines.get() as isize + state.undone_coroutines.take();
            state.coroutines.set(usize::try_from(there - threads as isize).unwrap_or(0));
            state.account.collected();
            state.collector.collected();
            state.collect_now.set(false);
            (state.account.room(0) / 3).min(state.account.used())
        });
        // As of objects and small parts: as much as is in use, if there is room for it.
        self.leaving.keep(stays);
    }

    /// Goes through what is left of a collection's stages, as far as is allowed. Tells whether
    /// the last one is done.
    fn stages(&mut self, collection: &mut Collection, allowance: &Allowance) -> bool {
        let age = collection.age;
        let arena = &mut self.arena;
        loop {
            let next = match &mut collection.stage {
                Stage::Refresh(cursor) => {
                    let done = arena.mutate_root(|mc, state| {
                        let ctx = Context { mc, state };
                        weak::refresh(ctx, cursor, allowance)
                    });
                    done.then(|| Stage::Mark(Round::First, Convergence::default()))
                }
                Stage::Mark(round, convergence) => arena
                    .mark_some(allowance)
                    .then(|| Stage::Converge(*round, std::mem::take(convergence))),
                Stage::Converge(round, convergence) => {
                    match arena.with_marks(|fc, state| convergence.round(fc, state, allowance)) {
                        Some(true) => Some(Stage::Mark(*round, std::mem::take(convergence))),
                        Some(false) => Some(Stage::ClearValues(*round, Cursor::default())),
                        None => None,
                    }
                }
                Stage::ClearValues(round, cursor) => {
                    let round = *round;
                    arena.with_marks(|fc, state| {
                        let done = weak::clear_values(fc, state, cursor, allowance);
                        done.then(|| match round {
                            Round::First => Stage::Separate(Separation::new(match age {
                                Age::Any | Age::Wiped => 0,
                                Age::Before(_) => state.journal.finalizable(),
                                Age::All => usize::MAX,
                            })),
                            Round::Second => Stage::ClearKeys(Cursor::default()),
                        })
                    })
                }
                Stage::Separate(separation) => {
                    match arena.with_marks(|fc, state| separation.go_on(fc, state, allowance)) {
                        Some(true) => Some(Stage::Mark(Round::Second, Convergence::default())),
                        Some(false) => Some(Stage::ClearKeys(Cursor::default())),
                        None => None,
                    }
                }
                Stage::ClearKeys(cursor) => arena
                    .with_marks(|fc, state| weak::clear_keys(fc, state, cursor, allowance))
                    .then(|| Stage::Purge(Purge::new(age))),
                Stage::Purge(purge) => arena.with_marks(|fc, state| {
                    let done = state.strings.purge(fc, purge, allowance);
                    done.then(|| {
                        if purge.kept > MOST_KEPT.max(state.account.used() / 8) {
                            state.collector.overdue.set(true);
                        }
                        Stage::LookForKept(Cursor::default())
                    })
                }),
                Stage::LookForKept(cursor) => arena.with_marks(|_, state| {
                    let kept = weak::keeps_any(state, cursor, allowance)?;
                    if kept {
                        state.collector.overdue.set(true);
                    }
                    Some(Stage::MarkRest)
                }),
                Stage::MarkRest => arena.mark_some(allowance).then_some(Stage::Sweep),
                Stage::Sweep => arena.sweep_some(allowance).then_some(Stage::Trim),
                Stage::Trim => {
                    collection.freed += gc::take_freed();
                    let freed = collection.freed;
                    let (live, room) = arena.mutate_root(|_, state| {
                        let account = &state.account;
                        (account.used().saturating_sub(freed), account.room(freed))
                    });
                    // Objects, small parts of tables and large ones may keep a third of it each.
                    if !arena.trim(live, room / 3, allowance) {
                        return false;
                    }
                    while parts::trim(room / 3) {
                        if !allowance.spend(PART_GIVEN_BACK) {
                            return false;
                        }
                    }
                    return true;
                }
            };
            let Some(next) = next else { return false };
            collection.stage = next;
            if !allowance.is_left() {
                return false;
            }
        }
    }
}
