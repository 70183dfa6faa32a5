//! Functions of the host: what they are, and how they fail.

use super::host_context::HostCx;
use super::host_value::{ConvertError, HostValue};
use super::reply::Reply;
use std::fmt;

#[cfg(test)]
mod tests;

/// A function of the host that scripts can call.
///
/// Closures are host functions; a type of its own is worth its while when the function
/// has parts to name:
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
/// let counter: Box<dyn HostFunction> = Box::new(Counter(0));
/// let mut session = Session::builder().host_functions("host", vec![("count", counter)]).build()?;
/// assert_eq!(session.run("return host.count(), host.count()").json()?, "[1,2]");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
pub trait HostFunction: Send {
    /// Calls the function with a script's arguments, which it may take out of their places.
    ///
    /// # Errors
    ///
    /// Whatever the function raises; the script sees it as a Lua error.
    fn call(&mut self, cx: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError>;
}

impl<F> HostFunction for F
where
    F: FnMut(&mut HostCx<'_>, &[HostValue]) -> Result<Vec<HostValue>, HostError> + Send,
{
    fn call(&mut self, cx: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError> {
        self(cx, args).map(Reply::Now)
    }
}

/// An error a host function raises in the script that called it.
///
/// It becomes a Lua error that `pcall` can catch. Functions in the style of
/// `jido.*` report failures as the two values `nil, message` instead and use
/// this only when even that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostError {
    /// The error message, which need not be UTF-8.
    pub message: Vec<u8>,
    kind: HostErrorKind,
}

/// What becomes of a host function's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostErrorKind {
    /// The script gets it.
    Raised,
    /// The script gets `not enough memory`, as from its own requests.
    Memory,
    /// The run has ended: nobody gets it.
    Stopped,
    /// A function of the script's raised it: it has this number.
    Script(u64),
}

impl HostError {
    /// Makes an error with this message.
    pub fn new(message: impl Into<Vec<u8>>) -> Self {
        HostError { message: message.into(), kind: HostErrorKind::Raised }
    }

    /// Makes the error of a refused request for memory.
    pub(super) fn memory() -> Self {
        HostError { message: b"not enough memory".to_vec(), kind: HostErrorKind::Memory }
    }

    /// Makes the error of a call that must not go on.
    pub(super) fn stopped() -> Self {
        HostError { message: b"the run has ended".to_vec(), kind: HostErrorKind::Stopped }
    }

    /// Makes the error that a function of the script's raised.
    pub(super) fn of_script(message: Vec<u8>, number: u64) -> Self {
        HostError { message, kind: HostErrorKind::Script(number) }
    }

    /// Tells whether this is the error of a function of the script's with this number.
    pub(super) fn is_of_script(&self, number: u64) -> bool {
        self.kind == HostErrorKind::Script(number)
    }

    /// Tells whether the script gets `not enough memory`.
    pub(super) fn is_memory(&self) -> bool {
        self.kind == HostErrorKind::Memory
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message))
    }
}

impl std::error::Error for HostError {}

impl From<std::io::Error> for HostError {
    fn from(error: std::io::Error) -> Self {
        HostError::new(error.to_string())
    }
}

impl From<ConvertError> for HostError {
    fn from(error: ConvertError) -> Self {
        HostError::new(error.to_string())
    }
}
