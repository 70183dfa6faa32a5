//! The digest of a machine's state.

use super::keeper::{Beholder, Keeper};
use super::version;
use crate::session::functions::object_types::ObjectType;
use crate::session::natives::named::natives;
use crate::session::values::digest::Digest;
use crate::stdlib::Profile;
use crate::vm::image::machine;
use crate::vm::machine::Lua;

/// Returns the digest of a machine between two runs.
pub(in crate::session) fn digest_of(
    lua: &mut Lua,
    profile: Profile,
    types: &[ObjectType],
) -> Digest {
    let natives = natives(profile);
    let mut keeper = Keeper::new(types);
    let version = version::current();
    Digest(lua.enter(|ctx| machine::digest(ctx, version, &natives, &mut keeper)))
}

/// As [`digest_of`], for a trace: of the host's objects it knows that they are there, and not
/// what is in them, which no replay has.
pub(in crate::session) fn digest_in_trace(lua: &mut Lua, profile: Profile) -> Digest {
    let natives = natives(profile);
    let version = version::current();
    Digest(lua.enter(|ctx| machine::digest(ctx, version, &natives, &mut Beholder)))
}
