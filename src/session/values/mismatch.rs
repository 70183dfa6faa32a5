//! Why a script's value is not what the host asked for.

use super::host_value::{ConvertError, HostValue};
use crate::vm::image::fault::Fault;
use crate::vm::image::parts::{Part, Parts, Put, get_list, put_list};
use crate::vm::image::wire::Writer;
use std::borrow::Cow;
use std::fmt;

/// Why a value of a script is not what the host's side takes: what a
/// [`FromLua`](crate::FromLua) conversion fails with.
///
/// As an argument of a host function it becomes the error of Lua's own functions:
/// `bad argument #1 to 'get' (string expected, got nil)`.
///
/// ```
/// use moonfuel::{FromLua, HostValue, Mismatch, Session};
///
/// /// The name of a tool that exists.
/// struct Tool(String);
///
/// impl FromLua for Tool {
///     fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
///         match String::from_lua(value)? {
///             name if name == "hammer" => Ok(Tool(name)),
///             name => Err(Mismatch::new(format!("no tool is called '{name}'"))),
///         }
///     }
/// }
///
/// let mut session =
///     Session::builder().function("use", |tool: Tool| Ok(tool.0.len() as i64)).build()?;
/// let report = session.run("use('hammer') use('spoon')");
/// let error = report.json().unwrap_err().to_string();
/// assert!(error.ends_with(":1: bad argument #1 to 'use' (no tool is called 'spoon')"), "{error}");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    what: What,
    /// The way from the failing value up to the argument, innermost step first.
    steps: Vec<String>,
    /// The argument, from 0.
    argument: usize,
    /// The path of the function.
    function: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// Another type of value was expected.
    Type { expected: Cow<'static, str>, got: Cow<'static, str> },
    /// Anything else.
    Text(String),
}

impl Mismatch {
    /// Makes the error of a value that is of another type than was `expected`.
    pub fn expected(expected: impl Into<Cow<'static, str>>, got: &HostValue) -> Mismatch {
        Mismatch::of(What::Type { expected: expected.into(), got: got.type_name().into() })
    }

    /// Makes an error with a text of its own.
    pub fn new(message: impl Into<String>) -> Mismatch {
        Mismatch::of(What::Text(message.into()))
    }

    fn of(what: What) -> Mismatch {
        Mismatch(Box::new(Inner { what, steps: Vec::new(), argument: 0, function: String::new() }))
    }

    /// Says that the value lies in a list, at this index from 1.
    #[must_use]
    pub fn under_index(mut self, index: usize) -> Mismatch {
        self.0.steps.push(format!("[{index}]"));
        self
    }

    /// Says that the value lies in a table, under this key.
    #[must_use]
    pub fn under_key(mut self, key: &str) -> Mismatch {
        self.0.steps.push(format!(".{key}"));
        self
    }

    /// Says that the value is so many arguments behind the one it was taken for.
    #[must_use]
    pub fn behind(mut self, arguments: usize) -> Mismatch {
        self.0.argument += arguments;
        self
    }

    /// Says which function was called.
    pub(in crate::session) fn set_function(&mut self, path: &str) {
        path.clone_into(&mut self.0.function);
    }

    /// Returns all that there is to write down: the expected type and the one there was, or
    /// else a text; and the way to the value, innermost step first.
    pub(in crate::session) fn parts(&self) -> (Result<(&str, &str), &str>, &[String]) {
        let what = match &self.0.what {
            What::Type { expected, got } => Ok((&**expected, &**got)),
            What::Text(text) => Err(&**text),
        };
        (what, &self.0.steps)
    }

    /// Makes an error of what was written down of it.
    pub(in crate::session) fn from_parts(
        what: Result<(String, String), String>,
        steps: Vec<String>,
        argument: usize,
        function: String,
    ) -> Mismatch {
        let what = match what {
            Ok((expected, got)) => What::Type { expected: expected.into(), got: got.into() },
            Err(text) => What::Text(text),
        };
        Mismatch(Box::new(Inner { what, steps, argument, function }))
    }

    /// Returns the path of the function.
    pub(in crate::session) fn function(&self) -> &str {
        &self.0.function
    }

    /// Returns which argument it is, from 0.
    pub(in crate::session) fn argument(&self) -> usize {
        self.0.argument
    }

    /// Returns the type that was expected, if it is the argument itself that is of another.
    pub(in crate::session) fn expected_type(&self) -> Option<&str> {
        match &self.0.what {
            What::Type { expected, .. } if self.0.steps.is_empty() => Some(expected),
            _ => None,
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.steps.is_empty() {
            f.write_str("at ")?;
            for step in self.0.steps.iter().rev() {
                f.write_str(step)?;
            }
            f.write_str(": ")?;
        }
        match &self.0.what {
            What::Type { expected, got } => write!(f, "{expected} expected, got {got}"),
            What::Text(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Mismatch {}

impl From<ConvertError> for Mismatch {
    fn from(error: ConvertError) -> Self {
        let mut mismatch = Mismatch::new(error.kind.to_string());
        let path = error.path();
        let steps = path.strip_prefix('$').filter(|steps| !steps.is_empty());
        mismatch.0.steps.extend(steps.map(str::to_owned));
        mismatch
    }
}

/// What values are called in messages.
const TYPES: [&str; 9] =
    ["nil", "null", "boolean", "number", "string", "table", "function", "userdata", "thread"];

impl Part for Mismatch {
    fn put(&self, to: &mut Writer) -> Put {
        let inner = &*self.0;
        match &inner.what {
            What::Type { expected, got } => {
                let Some(got) = TYPES.iter().position(|known| *known == got.as_ref()) else {
                    return Err("an error of an argument".to_owned());
                };
                to.byte(0);
                to.text(expected.as_bytes());
                to.size(got);
            }
            What::Text(text) => {
                to.byte(1);
                to.text(text.as_bytes());
            }
        }
        put_list(&inner.steps, to)?;
        inner.argument.put(to)?;
        inner.function.put(to)
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        let what = match from.from.byte()? {
            0 => {
                let expected = Cow::Owned(String::get(from)?);
                let got = TYPES.get(usize::get(from)?).copied().ok_or(Fault::NUMBER)?;
                What::Type { expected, got: got.into() }
            }
            1 => What::Text(String::get(from)?),
            _ => return Err(Fault::NUMBER),
        };
        let (steps, argument, function) = (get_list(from)?, Part::get(from)?, Part::get(from)?);
        Ok(Mismatch(Box::new(Inner { what, steps, argument, function })))
    }
}
