//! How a run ended, and what it used.

use super::deep_json::read_bounded;
use super::error::{ErrorKind, Json, LuaError, shown_traceback};
use super::host_value::HostValue;
use serde::de::DeserializeOwned;
use std::fmt;

/// How a run ended.
///
/// ```
/// use moonfuel::{Limits, Outcome, Session};
///
/// let limits = Limits { fuel: 10_000, ..Limits::default() };
/// let mut session = Session::builder().limits(limits).build()?;
/// let mut ended = |source: &str| session.run(source).outcome;
/// assert_eq!(ended("return 1"), Outcome::Done(Ok("[1]".to_owned())));
/// assert_eq!(ended("while true do end"), Outcome::OutOfFuel);
/// let Outcome::Failed(error) = ended("local t = nil return t.x") else { unreachable!() };
/// assert!(error.message.ends_with(b"attempt to index a nil value (local 't')"));
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The script ended: all its values as the text of one JSON array, or why they
    /// cannot be that.
    Done(Result<String, LuaError>),
    /// The script raised an error, or is no Lua.
    Failed(LuaError),
    /// The fuel ran out.
    OutOfFuel,
    /// The memory ran out.
    OutOfMemory,
    /// Too much was printed.
    OutputLimit,
    /// The host was called too often.
    HostCallLimit,
    /// The host's deadline passed.
    Deadline,
    /// The host stopped the run.
    Cancelled,
    /// The script asked to exit with this code.
    Exit(i32),
}

impl fmt::Debug for Outcome {
    /// Shows the values of a script that ended as the JSON they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Outcome::Done(Ok(values)) => {
                return f.debug_tuple("Done").field(&Json(values)).finish();
            }
            Outcome::Done(Err(error)) => return f.debug_tuple("Done").field(error).finish(),
            Outcome::Failed(error) => return f.debug_tuple("Failed").field(error).finish(),
            Outcome::Exit(code) => return f.debug_tuple("Exit").field(code).finish(),
            Outcome::OutOfFuel => "OutOfFuel",
            Outcome::OutOfMemory => "OutOfMemory",
            Outcome::OutputLimit => "OutputLimit",
            Outcome::HostCallLimit => "HostCallLimit",
            Outcome::Deadline => "Deadline",
            Outcome::Cancelled => "Cancelled",
        };
        f.write_str(name)
    }
}

/// What a run used of its [`Limits`](crate::Limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Usage {
    /// Units of fuel.
    pub fuel_used: u64,
    /// The most logical bytes of memory at a time, the session's own state included.
    pub memory_peak: u64,
    /// Calls of host functions.
    pub host_calls: u64,
    /// Bytes printed and kept.
    pub output_bytes: u64,
}

/// Where a script stood when its run was ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The chunk, as messages show it.
    pub chunk: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The traceback: of the coroutine, if one was running.
    pub traceback: String,
}

impl Place {
    pub(in crate::session) fn new(
        place: &crate::vm::state::place::Place,
        traceback: &[u8],
    ) -> Place {
        Place {
            chunk: String::from_utf8_lossy(&place.chunk).into_owned(),
            line: place.line,
            traceback: shown_traceback(traceback),
        }
    }
}

/// What came of a run: how it ended, what it printed, what it used.
///
/// ```
/// use moonfuel::Session;
///
/// let mut session = Session::builder().build()?;
/// let report = session.run("print('working') return 1, {2, 3}");
/// assert!(report.is_done());
/// assert_eq!(report.json()?, "[1,[2,3]]");
/// let (one, list): (i64, Vec<i64>) = report.to()?;
/// assert_eq!((one, &list[..]), (1, &[2, 3][..]));
/// assert_eq!(report.output, b"working\n");
/// assert!(report.usage.fuel_used > 0);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// What it used.
    pub usage: Usage,
    /// What it printed, as far as it was kept and not taken before.
    pub output: Vec<u8>,
    /// Whether the output limit cut it.
    pub truncated: bool,
    /// Where the script stood when a limit, a deadline or the host ended the run; nothing
    /// when it had not begun or had returned, and after every other outcome.
    pub place: Option<Place>,
}

impl Report {
    /// Makes the report of a run that could not begin.
    pub(in crate::session) fn failed(error: LuaError) -> Report {
        Report {
            outcome: Outcome::Failed(error),
            usage: Usage::default(),
            output: Vec::new(),
            truncated: false,
            place: None,
        }
    }

    /// Tells whether the script ran to its end.
    pub fn is_done(&self) -> bool {
        matches!(self.outcome, Outcome::Done(_))
    }

    /// Returns the values the script returned, as the text of one JSON array.
    ///
    /// # Errors
    /// The script's error; an error that names the limit that stopped it, and where; or
    /// why its values have no JSON form.
    pub fn json(&self) -> Result<&str, LuaError> {
        let Usage { fuel_used, memory_peak, host_calls, output_bytes } = self.usage;
        let stopped = |kind: ErrorKind, what: String| {
            let mut error = LuaError::plain(kind, what);
            if let Some(place) = &self.place {
                error.chunk.clone_from(&place.chunk);
                error.line = place.line;
                error.traceback.clone_from(&place.traceback);
            }
            Err(error)
        };
        match &self.outcome {
            Outcome::Done(Ok(json)) => Ok(json),
            Outcome::Done(Err(error)) | Outcome::Failed(error) => Err(error.clone()),
            Outcome::OutOfFuel => stopped(
                ErrorKind::Fuel,
                format!("the run is out of fuel: {fuel_used} units are used (limit: fuel)"),
            ),
            Outcome::OutOfMemory => {
                let what = "the run is out of memory: it asked for more than it may have";
                let what = format!("{what}, with a peak of {memory_peak} bytes (limit: memory)");
                stopped(ErrorKind::Memory, what)
            }
            Outcome::OutputLimit => stopped(
                ErrorKind::Output,
                format!("the run printed too much: {output_bytes} bytes are kept (limit: output)"),
            ),
            Outcome::HostCallLimit => stopped(
                ErrorKind::HostCalls,
                format!(
                    "the run called the host too often: {host_calls} calls (limit: host_calls)"
                ),
            ),
            Outcome::Deadline => {
                stopped(ErrorKind::Deadline, "the run passed its deadline".to_owned())
            }
            Outcome::Cancelled => stopped(ErrorKind::Cancelled, "the run was cancelled".to_owned()),
            Outcome::Exit(code) => {
                stopped(ErrorKind::Exit, format!("the script asked to exit with code {code}"))
            }
        }
    }

    /// Returns the values the script returned.
    ///
    /// # Errors
    /// As [`Report::json`].
    pub fn values(&self) -> Result<Vec<serde_json::Value>, LuaError> {
        self.parse()
    }

    /// Returns what the script returned as a type: one value as what it is, several as a
    /// tuple or `Vec`, none as `()`, `None` or an empty `Vec`.
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// let mut session = Session::builder().build()?;
    /// let size: f64 = session.run("return 1737.4").to()?;
    /// let (name, moons): (String, Vec<String>) =
    ///     session.run("return 'Mars', {'Phobos', 'Deimos'}").to()?;
    /// assert_eq!((size, name.as_str(), moons.len()), (1737.4, "Mars", 2));
    ///
    /// let error = session.run("return {1, 'x'}").to::<Vec<i64>>().unwrap_err();
    /// let what = r#"results: invalid type: string "x", expected i64 (at $[2])"#;
    /// assert_eq!(error.to_string(), what);
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Report::json`]; or where and why the values are none of the type
    /// ([`ErrorKind::Conversion`]).
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, LuaError> {
        let mut values: Vec<HostValue> = self.parse()?;
        let made = match values.len() {
            0 => HostValue::Nil
                .into_type()
                .or_else(|error| HostValue::Array(values).into_type().map_err(|_| error)),
            1 => values.remove(0).into_type(),
            _ => HostValue::Array(values).into_type(),
        };
        made.map_err(|error| LuaError::plain(ErrorKind::Conversion, format!("results: {error}")))
    }

    /// Returns the first value the script returned as text for a person or a model: a string
    /// as it is, anything else as JSON (nil is `null`), and nothing for no value.
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// let mut session = Session::builder().build()?;
    /// assert_eq!(session.run("return 'two words'").text()?, "two words");
    /// assert_eq!(session.run("return {1, 2.5}").text()?, "[1,2.5]");
    /// assert_eq!(session.run("local x = 1").text()?, "");
    /// assert_eq!(session.run("error('no', 0)").text().unwrap_err().to_string(), "no");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Report::json`].
    pub fn text(&self) -> Result<String, LuaError> {
        Ok(match self.values()?.into_iter().next() {
            None => String::new(),
            Some(serde_json::Value::String(text)) => text,
            Some(other) => other.to_string(),
        })
    }

    /// Reads the JSON of the values.
    fn parse<T: DeserializeOwned>(&self) -> Result<Vec<T>, LuaError> {
        read_bounded(self.json()?.as_bytes())
            .map_err(|error| LuaError::plain(ErrorKind::Internal, error.to_string()))
    }
}

impl fmt::Debug for Report {
    /// Shows what was printed as text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Report");
        shown
            .field("outcome", &self.outcome)
            .field("usage", &self.usage)
            .field("output", &String::from_utf8_lossy(&self.output))
            .field("truncated", &self.truncated);
        if let Some(place) = &self.place {
            shown.field("place", place);
        }
        shown.finish()
    }
}
