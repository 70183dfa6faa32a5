//! The digest of a machine's state.

use super::keeper::{Beholder, Keeper};
use super::version;
use crate::session::functions::object_types::ObjectType;
use crate::session::natives::named::natives;
use crate::session::values::digest::Digest;
use crate::session::{Machine, Session};
use crate::stdlib::Profile;
use crate::vm::image::machine;
use crate::vm::machine::Lua;

/// Returns the digest of a machine between two runs.
fn digest_of(machine: &mut Machine, profile: Profile, types: &[ObjectType]) -> Digest {
    let natives = natives(profile);
    let mut keeper = Keeper::new(types);
    let version = version::current();
    Digest(machine.0.enter(|ctx| machine::digest(ctx, version, &natives, &mut keeper)))
}

/// As [`digest_of`], for a trace: of the host's objects it knows that they are there, and not
/// what is in them, which no replay has.
pub(in crate::session) fn digest_in_trace(lua: &mut Lua, profile: Profile) -> Digest {
    let natives = natives(profile);
    let version = version::current();
    Digest(lua.enter(|ctx| machine::digest(ctx, version, &natives, &mut Beholder)))
}

impl Session {
    /// Returns the SHA-256 of all that later runs can notice of the session: variables and
    /// what can be reached from them, the order of tables, serial numbers, the state of
    /// `math.random`, the virtual clock.
    ///
    /// Equal sessions have equal digests, in every build and on every machine, whatever the
    /// slices they ran in, the key of their hashes and the collections there were. The
    /// version of the engine is a part of it.
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// let mut one = Session::builder().hash_key(1).build()?;
    /// let mut other = Session::builder().hash_key(2).build()?;
    /// one.run("t = {x = 1, y = {}}");
    /// other.run("t = {x = 1, y = {}}");
    /// assert_eq!(one.digest(), other.digest());
    /// other.run("t.x = 2");
    /// assert_ne!(one.digest(), other.digest());
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn digest(&mut self) -> Digest {
        digest_of(&mut self.machine, self.config.profile, &self.host.types)
    }
}
