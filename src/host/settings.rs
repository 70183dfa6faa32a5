//! Reading values of configurations in TOML: what is wrong is told by its name.

use crate::base::nearest::{meant, nearest};
use toml::{Table, Value};

/// Reads a configuration.
pub(super) fn parse(text: &str) -> Result<Table, String> {
    text.parse().map_err(|error: toml::de::Error| error.to_string().trim_end().to_owned())
}

/// Says what a value must be.
pub(super) fn wrong(at: &str, expected: &str) -> String {
    format!("'{at}' must be {expected}")
}

/// Says that there is no such key, and which may be meant. `section` ends with a dot, or is
/// empty.
pub(super) fn unknown(section: &str, key: &str, known: &[&str]) -> String {
    let hint = meant(nearest(key, known.iter().copied()));
    format!("unknown key '{section}{key}'{hint}")
}

pub(super) fn section<'a>(at: &str, value: &'a Value) -> Result<&'a Table, String> {
    value.as_table().ok_or_else(|| wrong(at, "a table"))
}

pub(super) fn string(at: &str, value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| wrong(at, "a string"))
}

pub(super) fn boolean(at: &str, value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| wrong(at, "true or false"))
}

/// Reads a number, 0 or above.
pub(super) fn count(at: &str, value: &Value) -> Result<u64, String> {
    let count = value.as_integer().and_then(|count| u64::try_from(count).ok());
    count.ok_or_else(|| wrong(at, "a number, 0 or above"))
}

pub(super) fn list(at: &str, value: &Value) -> Result<Vec<String>, String> {
    let items = value.as_array().ok_or_else(|| wrong(at, "a list of strings"))?;
    items.iter().map(|item| string(at, item).map_err(|_| wrong(at, "a list of strings"))).collect()
}
