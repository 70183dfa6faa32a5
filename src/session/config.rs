//! What a session is described by, beside the functions of its host.

use super::decode::Decode;
use super::limits::Limits;
use crate::stdlib::Profile;
use crate::vm::state::context::Context;
use crate::vm::state::world::World;
use std::sync::Arc;

/// When what a run has done is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undo {
    /// Never: as with PUC-Rio's interpreter.
    Never,
    /// When it does not end of its own accord.
    Failed,
    /// In any case.
    Always,
}

/// What a session is made of, kept to make pristine copies.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) limits: Limits,
    pub(super) profile: Profile,
    pub(super) seed: u64,
    pub(super) hash_key: u64,
    pub(super) start_time: i64,
    pub(super) fuel_per_second: u64,
    pub(super) keep_null: bool,
    pub(super) coverage: bool,
    pub(super) profile_fuel: bool,
    pub(super) world: Option<WorldMaker>,
    pub(super) undo: Undo,
    pub(super) decode: Decode,
    /// Names of the library's that scripts do not see.
    pub(super) hidden: Vec<String>,
}

/// What makes the world of each machine of a session.
#[derive(Clone)]
pub(super) struct WorldMaker(pub(super) Arc<dyn Fn() -> Box<dyn World + Send> + Send + Sync>);

impl std::fmt::Debug for WorldMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("WorldMaker").finish_non_exhaustive()
    }
}

impl Config {
    /// Gives a machine its world, if scripts are granted one.
    pub(super) fn open_world(&self, ctx: Context<'_>) {
        if let Some(WorldMaker(make)) = &self.world {
            ctx.set_world(make());
        }
    }
}
