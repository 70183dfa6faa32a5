//! How host functions fail.

use super::denied::Denied;
use super::error::{ErrorKind, LuaError};
use super::host_value::{ConvertError, HostValue, TOO_DEEP, walkable_one};
use super::mismatch::Mismatch;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// An error a host function raises in the script that called it, which can catch it with
/// `pcall`.
///
/// The usual errors become one with `?`; others with [`HostError::external`]. What is raised
/// is a message behind the place of the call, as `error(message)` makes it, or any value:
///
/// ```
/// use moonfuel::{HostError, HostValue, Session};
///
/// let mut session = Session::builder()
///     .function("env.port", |text: String| Ok(text.parse::<u16>()?))
///     .function("db.query", |_: String| -> Result<(), HostError> {
///         Err(HostError::value(HostValue::from_json(&serde_json::json!({ "code": 42 }))?))
///     })
///     .build()?;
/// let report = session.run("local _, e = pcall(db.query, 'select') return e.code, env.port('x')");
/// let error = report.json().unwrap_err().to_string();
/// assert!(error.ends_with(":1: invalid digit found in string"), "{error}");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct HostError(Box<Raised>);

/// What becomes of a host function's error.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::session) enum Raised {
    /// The script gets a message with its position.
    Message(Vec<u8>),
    /// The same; if it is not caught, the run's error is of this kind.
    Kind(ErrorKind, Vec<u8>),
    /// The script gets this value.
    Value(HostValue),
    /// A function of the script's raised this value; the number tells which error it is.
    Script { value: HostValue, number: u64 },
    /// The script gets `bad argument`.
    Argument(Mismatch),
    /// The script gets `not enough memory`, as from its own requests.
    Memory,
    /// The run has ended: nobody gets it.
    Stopped,
}

impl HostError {
    /// Makes an error with this message, which need not be UTF-8.
    pub fn new(message: impl Into<Vec<u8>>) -> Self {
        HostError(Box::new(Raised::Message(message.into())))
    }

    /// Makes an error of any other, with its message and those of its sources: all of it is
    /// text from then on, as the script gets it, and so it has no [`source`](Error::source),
    /// whose messages would be shown twice.
    ///
    /// ```
    /// use moonfuel::{HostError, Session};
    ///
    /// let address = |text: String| {
    ///     let address: std::net::IpAddr = text.parse().map_err(HostError::external)?;
    ///     Ok(address.is_loopback())
    /// };
    /// let mut session = Session::builder().function("is_local", address).build()?;
    /// assert_eq!(session.run("return is_local('127.0.0.1')").json()?, "[true]");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn external(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let error: Box<dyn Error + Send + Sync> = error.into();
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            // Many say what their source says already.
            if !message.contains(&cause_text) {
                message = format!("{message}: {cause_text}");
            }
            source = cause.source();
        }
        HostError::new(message)
    }

    /// Makes an error that is this value, without a position: a table with a code and a
    /// message, say. `pcall` gives the script the table itself.
    pub fn value(value: HostValue) -> Self {
        // Whoever measures it, shows it or drops it walks through it.
        match walkable_one(value) {
            Some(value) => HostError(Box::new(Raised::Value(value))),
            None => HostError::too_deep(),
        }
    }

    /// The error of a host's values that are nested too deep for anybody to walk through them.
    pub(in crate::session) fn too_deep() -> Self {
        HostError::new(TOO_DEEP)
    }

    /// Makes an error whose kind the run's has, if the script does not catch it.
    pub(crate) fn of_kind(kind: ErrorKind, message: impl Into<Vec<u8>>) -> Self {
        HostError(Box::new(Raised::Kind(kind, message.into())))
    }

    /// Makes the error of a refused call.
    pub(crate) fn denied(denied: &Denied) -> Self {
        HostError::of_kind(denied.kind(), denied.to_string())
    }

    /// Returns its kind and its message, if it has a kind of its own.
    pub(in crate::session) fn failure(&self) -> Option<Failure> {
        match &*self.0 {
            Raised::Kind(kind, message) => Some((*kind, message.clone())),
            _ => None,
        }
    }

    /// Changes the message, if it is the host's own.
    pub(crate) fn change_message(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        if let Raised::Message(message) | Raised::Kind(_, message) = &mut *self.0 {
            change(message);
        }
    }

    /// Makes the error that a function of the script's raised.
    pub(in crate::session) fn of_script(value: HostValue, number: u64) -> Self {
        HostError(Box::new(Raised::Script { value, number }))
    }

    /// Returns the value that is raised, if it is no message of the host's.
    pub fn as_value(&self) -> Option<&HostValue> {
        match &*self.0 {
            Raised::Value(value) | Raised::Script { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Makes the error of a refused request for memory.
    pub(in crate::session) fn memory() -> Self {
        HostError(Box::new(Raised::Memory))
    }

    /// Makes the error of a call that must not go on.
    pub(in crate::session) fn stopped() -> Self {
        HostError(Box::new(Raised::Stopped))
    }

    pub(in crate::session) fn raised(&self) -> &Raised {
        &self.0
    }

    /// Makes the error of what becomes of it.
    pub(in crate::session) fn raising(raised: Raised) -> Self {
        HostError(Box::new(raised))
    }

    pub(in crate::session) fn raised_mut(&mut self) -> &mut Raised {
        &mut self.0
    }

    /// Returns the message, without the position it gets when it is raised.
    pub fn message(&self) -> Cow<'_, [u8]> {
        match &*self.0 {
            Raised::Message(message) | Raised::Kind(_, message) => Cow::Borrowed(message),
            Raised::Value(HostValue::String(text))
            | Raised::Script { value: HostValue::String(text), .. } => Cow::Borrowed(text),
            Raised::Value(value) | Raised::Script { value, .. } => {
                Cow::Owned(format!("(error object is a {} value)", value.type_name()).into_bytes())
            }
            Raised::Argument(mismatch) => Cow::Owned(
                format!("bad argument #{} ({mismatch})", mismatch.argument() + 1).into_bytes(),
            ),
            Raised::Memory => Cow::Borrowed(b"not enough memory"),
            Raised::Stopped => Cow::Borrowed(b"the run has ended"),
        }
    }

    /// Returns what `pcall` would give a script that calls the function by it.
    pub(in crate::session) fn into_value(self) -> HostValue {
        match *self.0 {
            Raised::Value(value) => value,
            Raised::Argument(mismatch) => HostValue::from(format!(
                "bad argument #{} to '{}' ({mismatch})",
                mismatch.argument() + 1,
                mismatch.function()
            )),
            _ => HostValue::String(self.message().into_owned()),
        }
    }

    /// Puts a text in front of the message, if the script gets one.
    #[must_use]
    pub fn context(mut self, before: &str) -> Self {
        if let Raised::Message(message) | Raised::Kind(_, message) = &mut *self.0 {
            message.splice(..0, before.bytes());
        }
        self
    }
}

impl fmt::Debug for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Raised::Value(value) => f.debug_tuple("HostError").field(value).finish(),
            _ => f.debug_tuple("HostError").field(&self.to_string()).finish(),
        }
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message()))
    }
}

impl Error for HostError {}

impl From<Mismatch> for HostError {
    fn from(mismatch: Mismatch) -> Self {
        HostError(Box::new(Raised::Argument(mismatch)))
    }
}

macro_rules! messages {
    ($($from:ty)*) => {$(
        impl From<$from> for HostError {
            fn from(error: $from) -> Self {
                HostError::external(error)
            }
        }
    )*};
}

messages! {
    &str
    String
    Box<dyn Error + Send + Sync>
    ConvertError
    LuaError
    serde_json::Error
    fmt::Error
    std::io::Error
    std::char::ParseCharError
    std::num::ParseFloatError
    std::num::ParseIntError
    std::num::TryFromIntError
    std::str::ParseBoolError
    std::str::Utf8Error
    std::string::FromUtf8Error
}

/// The kind and the message of an error that a host function's call has come to.
pub(in crate::session) type Failure = (ErrorKind, Vec<u8>);
