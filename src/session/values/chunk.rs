//! What is run: a source with its name, its arguments and limits of its own.

use super::host_value::Text;
use super::limits::Limits;
use std::fmt;

/// A chunk and what it is given.
///
/// ```
/// use moonfuel::{Chunk, Session};
/// use serde_json::json;
///
/// let mut session = Session::builder().build()?;
/// let chunk = Chunk::new(b"return args.user.name").named("@greet.lua");
/// let report = session.run_chunk(chunk.args(json!({"user": {"name": "Ada"}})));
/// assert_eq!(report.json()?, r#"["Ada"]"#);
///
/// let report = session.run_chunk(Chunk::new(b"return\nargs.user.name").named("@greet.lua"));
/// let error = report.json().unwrap_err().to_string();
/// assert!(error.starts_with("greet.lua:2: attempt to index a nil value (global 'args')"), "{error}");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone)]
pub struct Chunk<'a> {
    /// The source text.
    pub source: &'a [u8],
    /// The chunk's name as `load` takes it: `@file`, `=name`, or the source itself.
    pub name: &'a [u8],
    /// Becomes the global `args`, if given.
    pub args: Option<serde_json::Value>,
    /// The chunk's `...`, as strings.
    pub script_args: Vec<Vec<u8>>,
    /// Limits of this run alone: of each, the lower of this and the session's counts.
    pub limits: Option<Limits>,
}

impl<'a> Chunk<'a> {
    /// Makes a chunk that is named after its own text.
    pub fn new(source: &'a [u8]) -> Chunk<'a> {
        Chunk { source, name: source, args: None, script_args: Vec::new(), limits: None }
    }

    /// Names the chunk; `@file` shows as `file` in messages.
    #[must_use]
    pub fn named(mut self, name: &'a str) -> Chunk<'a> {
        self.name = name.as_bytes();
        self
    }

    /// Sets what becomes the global `args`.
    #[must_use]
    pub fn args(mut self, args: serde_json::Value) -> Chunk<'a> {
        self.args = Some(args);
        self
    }

    /// Lowers limits for this run: of each, the lower of this and the session's counts.
    ///
    /// ```
    /// use moonfuel::{Chunk, Limits, Outcome, Session};
    ///
    /// let mut session = Session::builder().build()?;
    /// let limits = Limits { fuel: 1000, ..Limits::unlimited() };
    /// let report = session.run_chunk(Chunk::new(b"while true do end").limits(limits));
    /// assert_eq!((report.outcome, report.usage.fuel_used), (Outcome::OutOfFuel, 1000));
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Chunk<'a> {
        self.limits = Some(limits);
        self
    }
}

impl<'a> From<&'a str> for Chunk<'a> {
    fn from(source: &'a str) -> Self {
        Chunk::new(source.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for Chunk<'a> {
    fn from(source: &'a [u8]) -> Self {
        Chunk::new(source)
    }
}

impl fmt::Debug for Chunk<'_> {
    /// Shows source, name and `...` as text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script_args: Vec<_> = self.script_args.iter().map(|text| Text(text)).collect();
        f.debug_struct("Chunk")
            .field("source", &Text(self.source))
            .field("name", &Text(self.name))
            .field("args", &self.args)
            .field("script_args", &script_args)
            .field("limits", &self.limits)
            .finish()
    }
}
