//! What a session is described by, beside the functions of its host.

use crate::session::natives::decode::Decode;
use crate::session::values::limits::Limits;
use crate::stdlib::Profile;
use crate::vm::state::context::Context;
use crate::vm::state::world::World;
use std::sync::Arc;

/// When what a run has done is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Undo {
    /// Never: as with PUC-Rio's interpreter.
    Never,
    /// When it does not end of its own accord.
    Failed,
    /// In any case.
    Always,
}

/// What a session is made of, kept to make pristine copies.
#[derive(Clone, Debug)]
pub(in crate::session) struct Config {
    pub(in crate::session) limits: Limits,
    pub(in crate::session) profile: Profile,
    pub(in crate::session) seed: u64,
    pub(in crate::session) hash_key: u64,
    pub(in crate::session) start_time: i64,
    pub(in crate::session) fuel_per_second: u64,
    pub(in crate::session) keep_null: bool,
    pub(in crate::session) coverage: bool,
    pub(in crate::session) profile_fuel: bool,
    pub(in crate::session) world: Option<WorldMaker>,
    pub(in crate::session) undo: Undo,
    pub(in crate::session) decode: Decode,
    /// Names of the library's that scripts do not see.
    pub(in crate::session) hidden: Vec<String>,
}

impl Config {
    /// Returns the limits of a run that has some of its own.
    pub(in crate::session) fn limits_with(&self, own: Option<&Limits>) -> Limits {
        match own {
            Some(own) => self.limits.lowered_to(own),
            None => self.limits.clone(),
        }
    }
}

/// What makes the world of each machine of a session.
#[derive(Clone)]
pub(in crate::session) struct WorldMaker(
    pub(in crate::session) Arc<dyn Fn() -> Box<dyn World + Send> + Send + Sync>,
);

impl std::fmt::Debug for WorldMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("WorldMaker").finish_non_exhaustive()
    }
}

impl Config {
    /// Gives a machine its world, if scripts are granted one.
    pub(in crate::session) fn open_world(&self, ctx: Context<'_>) {
        if let Some(WorldMaker(make)) = &self.world {
            ctx.set_world(make());
        }
    }

    /// Has a machine count what the description says is counted.
    pub(in crate::session) fn begin_to_count(&self, ctx: Context<'_>) {
        let state = ctx.state;
        if self.coverage {
            state.watched.set(true);
            state.coverage.turn_on();
        }
        if self.profile_fuel {
            state.watched.set(true);
            state.profile.turn_on();
        }
    }
}
