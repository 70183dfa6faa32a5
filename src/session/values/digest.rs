//! What tells the states of sessions apart.

use std::fmt;

/// A hash of a session's state: see [`Session::digest`](crate::Session::digest).
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
