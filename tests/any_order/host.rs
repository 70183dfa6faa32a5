//! The host of these tests: that of the moments, and functions that panic and revoke.

use super::prng::Prng;
use super::scripts::Words;
use super::world::{self, Plan, Thing, World};
use moonfuel::{HostError, HostValue, Limits, Object, Profile, SessionBuilder};

/// What all sessions of one try have in common.
#[derive(Clone, Copy, Debug)]
pub struct Common {
    pub profile: Profile,
    pub atomic: bool,
    pub keep_null: bool,
    pub seed: u64,
}

/// Describes a session.
pub fn builder(common: &Common, limits: &Limits, world: &World, key: u64) -> SessionBuilder {
    let plan = Plan {
        source: String::new(),
        words: Words { waits: true, futures: true, things: true },
        profile: common.profile,
        atomic: common.atomic,
        policy: false,
        keep_null: common.keep_null,
        limits: limits.clone(),
        run_limits: Limits::unlimited(),
        seed: common.seed,
        stop_at: None,
    };
    world::builder(&plan, world, key)
        .function("host.panic", |n: i64| -> Result<i64, HostError> {
            if n % 3 == 0 {
                return Ok(n);
            }
            std::panic::panic_any(n)
        })
        .function_with("host.revoke", |cx, thing: Object<Thing>| cx.revoke(&thing))
}

/// What a call that waits is answered with, if it is no handle.
pub fn answer(seed: u64, args: &[HostValue]) -> Result<Vec<HostValue>, HostError> {
    let mut prng = Prng::new(seed, 1);
    match prng.below(8) {
        0 => Err(HostError::new("not today")),
        1 => Err(HostError::value(world::value(&mut prng, 2))),
        2..=4 => Ok(args.to_vec()),
        _ => Ok((0..prng.below(4)).map(|_| world::value(&mut prng, 2)).collect()),
    }
}
