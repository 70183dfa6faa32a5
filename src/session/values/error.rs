//! How scripts fail: what kind of error it is, and all that is known about it.

use super::excerpt::{MESSAGE, TRACEBACK, excerpt};
use crate::hints::Advice;
use std::fmt;

/// What kind of error ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The source is no Lua chunk.
    Syntax,
    /// The script raised an error.
    Runtime,
    /// A value has no JSON form, or the arguments are no JSON.
    Conversion,
    /// The fuel ran out.
    Fuel,
    /// The memory ran out.
    Memory,
    /// Too much was printed.
    Output,
    /// The host was called too often.
    HostCalls,
    /// The host's deadline passed.
    Deadline,
    /// The host stopped the run.
    Cancelled,
    /// The script asked to exit.
    Exit,
    /// The host asked for something that cannot be, such as a function whose name is taken.
    Usage,
    /// A policy refused a call of a host function, and the script did not catch that.
    Denied,
    /// A policy refused a call because there were too many of its kind; the same.
    RateLimited,
    /// There is no session, script or tool of this name.
    NotFound,
    /// Too many calls wait for a session already.
    Busy,
    /// A function of the host panicked, and the script did not catch that.
    Exception,
    /// A fault of this library or its host.
    Internal,
}

impl ErrorKind {
    /// All of them, in an order that traces and snapshots rely on.
    pub(in crate::session) const ALL: [ErrorKind; 17] = [
        ErrorKind::Syntax,
        ErrorKind::Runtime,
        ErrorKind::Conversion,
        ErrorKind::Fuel,
        ErrorKind::Memory,
        ErrorKind::Output,
        ErrorKind::HostCalls,
        ErrorKind::Deadline,
        ErrorKind::Cancelled,
        ErrorKind::Exit,
        ErrorKind::Usage,
        ErrorKind::Internal,
        ErrorKind::Denied,
        ErrorKind::RateLimited,
        ErrorKind::NotFound,
        ErrorKind::Busy,
        ErrorKind::Exception,
    ];

    /// Returns the name that JSON results give the kind.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Syntax => "syntax",
            ErrorKind::Runtime => "runtime",
            ErrorKind::Conversion => "conversion",
            ErrorKind::Fuel => "fuel",
            ErrorKind::Memory => "memory",
            ErrorKind::Output => "output",
            ErrorKind::HostCalls => "host_calls",
            ErrorKind::Deadline => "deadline",
            ErrorKind::Cancelled => "cancelled",
            ErrorKind::Exit => "exit",
            ErrorKind::Usage => "usage",
            ErrorKind::Denied => "denied",
            ErrorKind::RateLimited => "rate_limited",
            ErrorKind::NotFound => "not_found",
            ErrorKind::Busy => "busy",
            ErrorKind::Exception => "exception",
            ErrorKind::Internal => "internal",
        }
    }
}

/// An error with its position: an owned copy, free of the machine.
///
/// What a script throws may be long: message, traceback and value are cut so that all of
/// it, escaped as JSON, takes less than 64 KiB. A text that was cut ends in `...`.
///
/// ```
/// use moonfuel::{Chunk, Session};
///
/// let mut session = Session::builder().build()?;
/// let chunk = Chunk::new(b"local user = {}\nreturn user.name:upper()").named("@greet.lua");
/// let error = session.run_chunk(chunk).json().map(str::to_owned).unwrap_err();
/// assert_eq!(error.message, b"greet.lua:2: attempt to index a nil value (field 'name')");
/// assert_eq!((error.kind.name(), error.line), ("runtime", Some(2)));
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LuaError {
    /// The kind.
    pub kind: ErrorKind,
    /// The message, with the position Lua puts before it.
    pub message: Vec<u8>,
    /// The chunk the error was raised in, as messages show it; empty if unknown.
    pub chunk: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1, in characters; unknown when what was raised says nothing of an
    /// expression, and where the source is not at hand.
    pub column: Option<u32>,
    /// What may be meant, for people and models that are used to another language. It is
    /// never a part of the message: scripts do not see it.
    pub hint: Option<String>,
    /// The traceback, or nothing.
    pub traceback: String,
    /// The error object as JSON, when it is not a string and has a JSON form.
    pub value: Option<String>,
    /// What was found out about it in its source.
    pub(crate) advice: Option<Box<Advice>>,
    /// What it is, if somebody tells it from others of its kind.
    pub(crate) cause: Option<Cause>,
}

/// Errors that are told from others of their kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A string among a run's results is no UTF-8, so they have no JSON form.
    NotUtf8,
    /// The memory limit is too small for the library.
    NoRoomForLibrary,
}

impl LuaError {
    /// Makes an error without a position.
    pub(in crate::session) fn plain(kind: ErrorKind, message: impl Into<Vec<u8>>) -> LuaError {
        LuaError {
            kind,
            message: excerpt(&message.into(), MESSAGE),
            chunk: String::new(),
            line: None,
            column: None,
            hint: None,
            traceback: String::new(),
            value: None,
            advice: None,
            cause: None,
        }
    }

    /// Makes the error of a host that asks for what cannot be.
    pub(crate) fn usage(message: impl Into<Vec<u8>>) -> LuaError {
        LuaError::plain(ErrorKind::Usage, message)
    }

    /// Makes an error from a message that may begin with `chunk:line: `.
    pub(in crate::session) fn positioned(kind: ErrorKind, message: Vec<u8>) -> LuaError {
        let mut error = LuaError::plain(kind, message);
        let text = String::from_utf8_lossy(&error.message).into_owned();
        // Of a module that cannot be loaded the place in it stands on a line of its own.
        let loading = text.starts_with("error loading module '");
        let from = text.find(":\n\t").filter(|_| loading).map_or(0, |at| at + 3);
        // The chunk's name may hold colons itself: the position ends at the first
        // `:digits: `.
        for (at, _) in text[from..].match_indices(':') {
            let at = from + at;
            if at - from > LONGEST_CHUNK || text[from..at].contains('\n') {
                break;
            }
            let rest = &text[at + 1..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 && rest[digits..].starts_with(": ") {
                error.line = rest[..digits].parse().ok();
                error.chunk = text[from..at].to_owned();
                break;
            }
        }
        error
    }

    /// Adds a traceback.
    pub(in crate::session) fn with_traceback(mut self, traceback: &[u8]) -> LuaError {
        self.traceback = shown_traceback(traceback);
        self
    }
}

/// The longest name of a chunk as messages show it.
const LONGEST_CHUNK: usize = 200;

pub(in crate::session) fn shown_traceback(traceback: &[u8]) -> String {
    String::from_utf8_lossy(&excerpt(traceback, TRACEBACK)).into_owned()
}

impl fmt::Debug for LuaError {
    /// Shows text as text, and only the fields that are there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("LuaError");
        shown.field("kind", &self.kind).field("message", &String::from_utf8_lossy(&self.message));
        if !self.chunk.is_empty() {
            shown.field("chunk", &self.chunk);
        }
        if let Some(line) = self.line {
            shown.field("line", &line);
        }
        if let Some(column) = self.column {
            shown.field("column", &column);
        }
        if let Some(hint) = &self.hint {
            shown.field("hint", hint);
        }
        if !self.traceback.is_empty() {
            shown.field("traceback", &self.traceback);
        }
        if let Some(value) = &self.value {
            shown.field("value", &Json(value));
        }
        shown.finish()
    }
}

/// JSON, which is shown as it is.
pub(in crate::session) struct Json<'a>(pub(in crate::session) &'a str);

impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for LuaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message))
    }
}

impl std::error::Error for LuaError {}
