//! The arguments of tools, read one by one. What is wrong with them is told to the model, which
//! can mend that.

use super::budget::short;
use crate::Limits;
use crate::host::imp::json_kind;
use serde_json::{Map, Value};
use std::time::Duration;

/// The arguments of a call that are not taken yet.
#[derive(Debug)]
pub(super) struct Arguments {
    tool: String,
    left: Map<String, Value>,
}

/// What a call asks for below the server's limits.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) limits: Limits,
    pub(super) timeout: Option<Duration>,
}

impl Arguments {
    pub(super) fn new(tool: &str, arguments: Option<Map<String, Value>>) -> Arguments {
        Arguments { tool: tool.to_owned(), left: arguments.unwrap_or_default() }
    }

    /// Takes an argument; null is none.
    pub(super) fn value(&mut self, name: &str) -> Option<Value> {
        self.left.shift_remove(name).filter(|value| !value.is_null())
    }

    /// Takes a text.
    ///
    /// # Errors
    /// When it is something else.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(name, "a string", &other)),
        }
    }

    /// Takes a text that must be there.
    ///
    /// # Errors
    /// When it is missing, or something else.
    pub(super) fn needed(&mut self, name: &str) -> Result<String, String> {
        let text = self.text(name)?;
        text.ok_or_else(|| format!("{} needs the argument '{name}'", self.tool))
    }

    /// Takes a whole number from 0.
    ///
    /// # Errors
    /// When it is something else.
    pub(super) fn count(&mut self, name: &str) -> Result<Option<u64>, String> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => match whole(&value, LARGEST_FLOAT) {
                Some(count) => Ok(Some(count)),
                None => {
                    let (tool, shown) = (&self.tool, shown(&value));
                    Err(format!("{tool}: '{name}' must be a whole number from 0, not {shown}"))
                }
            },
        }
    }

    /// Takes a boolean.
    ///
    /// # Errors
    /// When it is something else.
    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, String> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(other) => Err(self.wrong(name, "true or false", &other)),
        }
    }

    /// Takes the limits, each lowered to the server's own.
    ///
    /// # Errors
    /// When they are no limits.
    pub(super) fn limits(&mut self, own: &Asked) -> Result<Asked, String> {
        let fields = match self.value("limits") {
            None => return Ok(own.clone()),
            Some(Value::Object(fields)) => fields,
            Some(other) => return Err(self.wrong("limits", "an object", &other)),
        };
        let mut given = Arguments { tool: self.tool.clone(), left: fields };
        let mut asked = own.clone();
        let limits = &mut asked.limits;
        given.lower("fuel", "units", &mut limits.fuel)?;
        given.lower("memory", "bytes", &mut limits.memory)?;
        given.lower("output", "bytes", &mut limits.output)?;
        given.lower("host_calls", "calls", &mut limits.host_calls)?;
        let mut ms = own.timeout.map_or(u64::MAX, millis);
        let most = ms;
        given.lower("timeout_ms", "milliseconds", &mut ms)?;
        if ms < most {
            asked.timeout = Some(Duration::from_millis(ms));
        }
        given.tool = format!("limits of {}", self.tool);
        given.end()?;
        Ok(asked)
    }

    /// Takes a limit: a whole number, however it is written, of which what is above the
    /// server's own is lowered to that.
    ///
    /// # Errors
    /// When it is something else: what it must be, and what it is.
    fn lower(&mut self, name: &str, of: &str, own: &mut u64) -> Result<(), String> {
        let Some(value) = self.value(name) else { return Ok(()) };
        match whole(&value, f64::INFINITY) {
            Some(given) => *own = given.min(*own),
            None => {
                let most = match *own {
                    u64::MAX => String::new(),
                    own => format!(" to {own} (above that it is lowered)"),
                };
                let (tool, shown) = (&self.tool, shown(&value));
                return Err(format!(
                    "{tool}: 'limits.{name}' must be a whole number of {of} from 0{most}, not \
                     {shown}"
                ));
            }
        }
        Ok(())
    }

    /// Refuses a name that an argument does not have.
    ///
    /// # Errors
    /// When it is given: what the name is.
    pub(super) fn renamed(&self, wrong: &str, right: &str) -> Result<(), String> {
        match self.left.contains_key(wrong) {
            true => Err(format!("{} has no argument '{wrong}': it is '{right}'", self.tool)),
            false => Ok(()),
        }
    }

    /// Takes all there are, as they came.
    pub(super) fn rest(self) -> Option<Map<String, Value>> {
        Some(self.left)
    }

    /// Says that there are no more.
    ///
    /// # Errors
    /// When there are.
    pub(super) fn end(self) -> Result<(), String> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(format!("{} has no argument '{}'", self.tool, short(name))),
        }
    }

    fn wrong(&self, name: &str, expected: &str, found: &Value) -> String {
        format!("{}: '{name}' must be {expected}, not {}", self.tool, json_kind(found))
    }
}

/// Says what a value is; of one that is short, also which.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("the string \"{}\"", short(text)),
        other => json_kind(other).to_owned(),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Where floats end that are taken for a count: all whole numbers below are floats.
const LARGEST_FLOAT: f64 = 1e15;

/// Reads a whole number, which some clients write as `1000.0`: as a float, below `most`.
fn whole(value: &Value, most: f64) -> Option<u64> {
    value.as_u64().or_else(|| {
        let number = value.as_f64().filter(|n| n.fract() == 0.0 && (0.0..most).contains(n))?;
        Some(number as u64)
    })
}
