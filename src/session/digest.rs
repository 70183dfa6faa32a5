//! What tells the states of sessions apart.

use super::keeper::{Beholder, Keeper};
use super::natives::natives;
use super::object_types::ObjectType;
use super::snapshot_header;
use super::{Machine, Session};
use crate::stdlib::Profile;
use crate::vm::image::machine;
use crate::vm::machine::Lua;
use std::fmt;

/// A hash of a session's state: see [`Session::digest`].
///
/// ```
/// use moonfuel::Session;
///
/// let mut one = Session::builder().build()?;
/// let mut other = Session::builder().build()?;
/// one.run("x = {1, 2}").json()?;
/// assert_ne!(one.digest(), other.digest());
/// other.run("x = {1, 2}").json()?;
/// assert_eq!(one.digest(), other.digest());
/// // A run that fails leaves nothing behind.
/// let _ = one.run("x[1] = 7 error('no')");
/// assert_eq!(one.digest(), other.digest());
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    /// Writes 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Returns the digest of a machine between two runs.
fn digest_of(machine: &mut Machine, profile: Profile, types: &[ObjectType]) -> Digest {
    let natives = natives(profile);
    let mut keeper = Keeper::new(types);
    let version = snapshot_header::version();
    Digest(machine.0.enter(|ctx| machine::digest(ctx, version, &natives, &mut keeper)))
}

/// As [`digest_of`], for a trace: of the host's objects it knows that they are there, and not
/// what is in them, which no replay has.
pub(super) fn digest_in_trace(lua: &mut Lua, profile: Profile) -> Digest {
    let natives = natives(profile);
    let version = snapshot_header::version();
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
