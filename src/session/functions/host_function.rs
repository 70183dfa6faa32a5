//! Functions of the host: what they are.

use super::host_context::HostCx;
use super::reply::Reply;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;

#[cfg(test)]
mod tests;

/// A function of the host that scripts can call, as a type of its own.
///
/// Most functions are closures: see [`SessionBuilder::function`](crate::SessionBuilder::function).
/// A type is worth its while when the function has parts to name, or takes its arguments as
/// they come:
///
/// ```
/// use moonfuel::{HostCx, HostError, HostFunction, HostValue, Reply, Session};
///
/// /// Hands out numbers.
/// struct Counter(i64);
///
/// impl HostFunction for Counter {
///     fn call(&mut self, cx: &mut HostCx<'_>, _args: &mut [HostValue]) -> Result<Reply, HostError> {
///         cx.charge(10)?;
///         self.0 += 1;
///         Ok(Reply::Now(vec![self.0.into()]))
///     }
/// }
///
/// let mut session = Session::builder().host("ids.next", Counter(0)).build()?;
/// assert_eq!(session.run("return ids.next(), ids.next()").json()?, "[1,2]");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
pub trait HostFunction: Send {
    /// Calls the function with a script's arguments, which it may take out of their places.
    ///
    /// # Errors
    ///
    /// Whatever the function raises; the script sees it as a Lua error.
    fn call(&mut self, cx: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError>;

    /// Tells whether the function is called with any arguments there are: a table that cannot
    /// cross (it contains itself, is too deep, or has keys of other types) is given to it as
    /// [`HostValue::Opaque`]. Otherwise such an argument is an error for the script, and the
    /// function is not called.
    fn takes_anything(&self) -> bool {
        false
    }

    /// Returns what the function knows of the calls before: notes as for
    /// [`HostCx::remember`], which a snapshot of the session keeps.
    fn remembered(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }

    /// Is given a note back, in the session of a snapshot, or of a trace that is gone on
    /// with. What is in it may come from anywhere.
    fn recall(&mut self, note: &[u8]) {
        let _ = note;
    }

    /// Is told that a run of the session has ended, and whether what it did stays: if it does
    /// not, the globals are what they were, and so should be what the function keeps for
    /// scripts. Runs that are dropped without an end tell nothing.
    fn run_ended(&mut self, kept: bool) {
        let _ = kept;
    }
}
