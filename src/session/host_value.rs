//! The owned values that cross between a script and its host's functions.
//!
//! Nothing here knows the machine: a [`HostValue`] has no lifetime and can be
//! kept, sent to another thread or turned into JSON.
//!
//! # Depth
//!
//! The bridge that builds these values from Lua tables refuses tables nested
//! more than 128 deep, [`HostValue::from_json`] refuses such JSON,
//! and [`HostValue::to_json`] refuses such values. So the recursion in here,
//! and that of the compiler-made `Drop`, has a small fixed bound. A host that
//! builds deeper values by hand gets an error from every conversion, and pays
//! for their `Drop` with its own stack.

use super::functions::Function;
use std::fmt;

#[cfg(test)]
mod tests;

/// The deepest nesting of arrays and objects a value may have.
pub(super) const MAX_DEPTH: usize = 128;

/// An owned value passed to, or returned by, a host function.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum HostValue {
    /// Lua's `nil`; JSON's `null`.
    #[default]
    Nil,
    /// A boolean.
    Boolean(bool),
    /// An integer number.
    Integer(i64),
    /// A floating-point number.
    Number(f64),
    /// A string of any bytes.
    String(Vec<u8>),
    /// A table whose keys are exactly 1..n.
    Array(Vec<HostValue>),
    /// Any other table, in the order of iteration.
    Object(Vec<(Vec<u8>, HostValue)>),
    /// A function of the script's, which can be called.
    Function(Function),
}

impl HostValue {
    /// Returns the bytes of a string, or `None` for any other value.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            HostValue::String(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns the field `name` of an object, or `None`.
    pub fn field(&self, name: &str) -> Option<&HostValue> {
        match self {
            HostValue::Object(fields) => {
                fields.iter().find(|(key, _)| key == name.as_bytes()).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Names the value's type as Lua's `type` does.
    pub fn type_name(&self) -> &'static str {
        match self {
            HostValue::Nil => "nil",
            HostValue::Boolean(_) => "boolean",
            HostValue::Integer(_) | HostValue::Number(_) => "number",
            HostValue::String(_) => "string",
            HostValue::Array(_) | HostValue::Object(_) => "table",
            HostValue::Function(_) => "function",
        }
    }

    /// Converts to JSON, keeping the order of objects.
    ///
    /// # Errors
    ///
    /// Strings that are not UTF-8, NaN and infinities, functions, two equal
    /// keys in one object, and nesting deeper than 128.
    pub fn to_json(&self) -> Result<serde_json::Value, ConvertError> {
        to_json(self, 0)
    }

    /// Converts from JSON: integers that fit 64 bits stay integers, every
    /// other number becomes a float.
    ///
    /// # Errors
    ///
    /// Nesting deeper than 128, and numbers no float can hold.
    pub fn from_json(json: &serde_json::Value) -> Result<HostValue, ConvertError> {
        from_json(json, 0)
    }
}

fn to_json(value: &HostValue, depth: usize) -> Result<serde_json::Value, ConvertError> {
    use serde_json::Value as Json;
    Ok(match value {
        HostValue::Nil => Json::Null,
        HostValue::Boolean(b) => Json::Bool(*b),
        HostValue::Integer(i) => Json::from(*i),
        HostValue::Number(n) => match serde_json::Number::from_f64(*n) {
            Some(number) => Json::Number(number),
            None => return Err(ConvertErrorKind::InvalidNumber(number_name(*n)).into()),
        },
        HostValue::String(bytes) => Json::String(utf8(bytes)?),
        HostValue::Array(items) => {
            check_depth(depth)?;
            let mut array = Vec::with_capacity(items.len());
            for (i, item) in items.iter().enumerate() {
                let item = to_json(item, depth + 1).map_err(|e| e.under_index(i + 1))?;
                array.push(item);
            }
            Json::Array(array)
        }
        HostValue::Object(fields) => {
            check_depth(depth)?;
            let mut map = serde_json::Map::new();
            for (key, field) in fields {
                let key = utf8(key)?;
                let json = to_json(field, depth + 1).map_err(|e| e.under_key(&key))?;
                if map.contains_key(&key) {
                    return Err(ConvertErrorKind::DuplicateKey(key).into());
                }
                map.insert(key, json);
            }
            Json::Object(map)
        }
        HostValue::Function(_) => return Err(ConvertErrorKind::Function.into()),
    })
}

fn from_json(json: &serde_json::Value, depth: usize) -> Result<HostValue, ConvertError> {
    use serde_json::Value as Json;
    Ok(match json {
        Json::Null => HostValue::Nil,
        Json::Bool(b) => HostValue::Boolean(*b),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(i), _) => HostValue::Integer(i),
            (None, Some(n)) => HostValue::Number(n),
            (None, None) => {
                return Err(ConvertErrorKind::InvalidNumber(number.to_string()).into());
            }
        },
        Json::String(text) => HostValue::String(text.clone().into_bytes()),
        Json::Array(items) => {
            check_depth(depth)?;
            let mut array = Vec::with_capacity(items.len());
            for (i, item) in items.iter().enumerate() {
                array.push(from_json(item, depth + 1).map_err(|e| e.under_index(i + 1))?);
            }
            HostValue::Array(array)
        }
        Json::Object(map) => {
            check_depth(depth)?;
            let mut fields = Vec::with_capacity(map.len());
            for (key, item) in map {
                let value = from_json(item, depth + 1).map_err(|e| e.under_key(key))?;
                fields.push((key.clone().into_bytes(), value));
            }
            HostValue::Object(fields)
        }
    })
}

fn check_depth(depth: usize) -> Result<(), ConvertError> {
    if depth >= MAX_DEPTH {
        return Err(ConvertErrorKind::TooDeep.into());
    }
    Ok(())
}

fn utf8(bytes: &[u8]) -> Result<String, ConvertError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(ConvertErrorKind::InvalidUtf8.into()),
    }
}

fn number_name(n: f64) -> String {
    let name = match n {
        n if n.is_nan() => "NaN",
        n if n > 0.0 => "inf",
        _ => "-inf",
    };
    name.to_owned()
}

impl From<&str> for HostValue {
    fn from(text: &str) -> Self {
        HostValue::String(text.as_bytes().to_vec())
    }
}

impl From<String> for HostValue {
    fn from(text: String) -> Self {
        HostValue::String(text.into_bytes())
    }
}

impl From<Vec<u8>> for HostValue {
    fn from(bytes: Vec<u8>) -> Self {
        HostValue::String(bytes)
    }
}

impl From<&[u8]> for HostValue {
    fn from(bytes: &[u8]) -> Self {
        HostValue::String(bytes.to_vec())
    }
}

impl From<bool> for HostValue {
    fn from(b: bool) -> Self {
        HostValue::Boolean(b)
    }
}

impl From<i64> for HostValue {
    fn from(i: i64) -> Self {
        HostValue::Integer(i)
    }
}

impl From<f64> for HostValue {
    fn from(n: f64) -> Self {
        HostValue::Number(n)
    }
}

/// What stops a value from becoming JSON, or JSON from becoming a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertErrorKind {
    /// A string or key that is not UTF-8.
    #[error("Invalid UTF-8")]
    InvalidUtf8,
    /// A number JSON cannot write or a float cannot hold.
    #[error("Invalid number: {0}")]
    InvalidNumber(String),
    /// A function.
    #[error("Functions cannot be converted to JSON")]
    Function,
    /// Two equal keys in one object.
    #[error("duplicate key {0:?}")]
    DuplicateKey(String),
    /// Nesting deeper than 128.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

/// A failed conversion and where in the value it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertError {
    /// What was wrong.
    pub kind: ConvertErrorKind,
    /// The way from the failing value up to the root, innermost step first.
    steps: Vec<String>,
}

impl ConvertError {
    /// Writes the place as a path from the root, such as `$.a[2]`.
    pub fn path(&self) -> String {
        let mut path = String::from("$");
        for step in self.steps.iter().rev() {
            path.push_str(step);
        }
        path
    }

    fn under_index(mut self, index: usize) -> Self {
        self.steps.push(format!("[{index}]"));
        self
    }

    fn under_key(mut self, key: &str) -> Self {
        self.steps.push(format!(".{key}"));
        self
    }
}

impl From<ConvertErrorKind> for ConvertError {
    fn from(kind: ConvertErrorKind) -> Self {
        ConvertError { kind, steps: Vec::new() }
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at {})", self.kind, self.path())
    }
}

impl std::error::Error for ConvertError {}
