//! What host functions take: Rust types made of a script's values.

use super::function::Function;
use super::host_value::{HostKey, HostValue};
use super::mismatch::Mismatch;
use super::object_ref::ObjectRef;
use crate::base::arithmetic::float_to_integer;
use crate::base::number::{Number, float_text, format_integer, parse_number};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Deref;

/// A type that is made of one value of a script.
///
/// | Rust | Lua |
/// |---|---|
/// | integers of all widths | a number with an integer value in range, or a string that is its numeral |
/// | `f64`, `f32` | a number, or a string that is its numeral |
/// | `bool` | a boolean |
/// | `String` | a string that is UTF-8, or a number |
/// | [`Bytes`] | any string, or a number |
/// | `Option<T>` | nil, no value at all, `json.null`, or a `T` |
/// | `Vec<T>`, `[T; N]` | a table with the keys 1..n |
/// | `BTreeMap<K, V>`, `HashMap<K, V>` | a table |
/// | [`Serde<T>`](Serde) | whatever `T` deserializes from |
/// | `serde_json::Value` | what has a JSON form |
/// | [`HostValue`] | anything |
///
/// Conversions of strings and numbers are Lua's own (`luaL_checkinteger` and its kin), but
/// for numerals of more than 200 bytes.
///
/// ```
/// use moonfuel::{FromLua, HostValue, Mismatch, Session};
///
/// struct Celsius(f64);
///
/// impl FromLua for Celsius {
///     fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
///         f64::from_lua(value).map(Celsius)
///     }
/// }
///
/// let mut session = Session::builder()
///     .function("is_cold", |Celsius(degrees): Celsius| Ok(degrees < 10.0))
///     .build()?;
/// assert_eq!(session.run("return is_cold(4), is_cold('21.5')").json()?, "[true,false]");
/// let error = session.run("is_cold({})").json().unwrap_err().to_string();
/// assert!(error.ends_with("bad argument #1 to 'is_cold' (number expected, got table)"), "{error}");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made of a Lua value",
    note = "a function of the host takes a type that is `FromLua`, or a tuple of such types"
)]
pub trait FromLua: Sized {
    /// Makes it of a value. What is absent comes as nil.
    ///
    /// # Errors
    /// Why the value cannot be that.
    fn from_lua(value: HostValue) -> Result<Self, Mismatch>;

    /// Makes it of a value where it lies, which may be anything afterwards. Only types that
    /// need not move the value have it: it must do what [`FromLua::from_lua`] does.
    ///
    /// # Errors
    /// As [`FromLua::from_lua`].
    #[inline]
    fn from_slot(slot: &mut HostValue) -> Result<Self, Mismatch> {
        Self::from_lua(std::mem::take(slot))
    }
}

/// A string of any bytes, where a `String` must be UTF-8 and a `Vec<u8>` is a list of numbers.
///
/// ```
/// use moonfuel::{Bytes, Session};
///
/// let mut session = Session::builder()
///     .function("sum", |bytes: Bytes| Ok(bytes.iter().map(|&byte| i64::from(byte)).sum::<i64>()))
///     .build()?;
/// assert_eq!(session.run(r"return sum('\255\1\0')").json()?, "[256]");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Bytes(pub Vec<u8>);

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// A type of serde's as an argument or a result: made of a table, or made into one, straight.
///
/// ```
/// use moonfuel::{Serde, Session};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Task {
///     name: String,
///     #[serde(default)]
///     retries: Vec<u32>,
/// }
///
/// let mut session = Session::builder()
///     .function("plan", |Serde(mut task): Serde<Task>| {
///         task.retries.push(1);
///         Ok(Serde(task))
///     })
///     .build()?;
/// let report = session.run("return plan{name = 'sweep'}, plan{name = 'x', retries = {'y'}}");
/// let error = report.json().unwrap_err().to_string();
/// assert!(error.contains("bad argument #1 to 'plan' (at .retries[1]: "), "{error}");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Serde<T>(pub T);

impl<T: DeserializeOwned> FromLua for Serde<T> {
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        Ok(Serde(value.to()?))
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes(bytes)
    }
}

/// Longest string that is read as a number: as long as PUC's `L_MAXLENNUM`. What is longer
/// would cost more than it is charged for.
const MAX_NUMERAL: usize = 200;

impl FromLua for HostValue {
    #[inline]
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        Ok(value)
    }
}

impl FromLua for i64 {
    #[inline]
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        integer(&value)
    }

    #[inline]
    fn from_slot(slot: &mut HostValue) -> Result<Self, Mismatch> {
        match slot {
            HostValue::Integer(i) => Ok(*i),
            other => integer(other),
        }
    }
}

#[cold]
fn integer(value: &HostValue) -> Result<i64, Mismatch> {
    match number(value)? {
        Number::Integer(i) => Ok(i),
        Number::Float(n) => {
            float_to_integer(n).ok_or_else(|| Mismatch::new("number has no integer representation"))
        }
    }
}

fn number(value: &HostValue) -> Result<Number, Mismatch> {
    let read = match value {
        HostValue::Integer(i) => Some(Number::Integer(*i)),
        HostValue::Number(n) => Some(Number::Float(*n)),
        HostValue::String(text) if text.len() <= MAX_NUMERAL => parse_number(text),
        _ => None,
    };
    read.ok_or_else(|| Mismatch::expected("number", value))
}

#[cold]
fn out_of_range(least: &dyn Display, most: &dyn Display) -> Mismatch {
    Mismatch::new(format!("value out of range ({least} to {most})"))
}

macro_rules! integers {
    ($($int:ty)*) => {$(
        impl FromLua for $int {
            fn from_lua(mut value: HostValue) -> Result<Self, Mismatch> {
                Self::from_slot(&mut value)
            }

            #[inline]
            fn from_slot(slot: &mut HostValue) -> Result<Self, Mismatch> {
                <$int>::try_from(i64::from_slot(slot)?)
                    .map_err(|_| out_of_range(&<$int>::MIN, &<$int>::MAX))
            }
        }
    )*};
}
integers!(i8 i16 i32 i128 isize u8 u16 u32 u64 u128 usize);

fn float(value: &HostValue) -> Result<f64, Mismatch> {
    match number(value)? {
        Number::Integer(i) => Ok(i as f64),
        Number::Float(n) => Ok(n),
    }
}

impl FromLua for f64 {
    #[inline]
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        float(&value)
    }

    #[inline]
    fn from_slot(slot: &mut HostValue) -> Result<Self, Mismatch> {
        match slot {
            HostValue::Number(n) => Ok(*n),
            other => float(other),
        }
    }
}

impl FromLua for f32 {
    #[inline]
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        Ok(float(&value)? as f32)
    }
}

fn boolean(value: &HostValue) -> Result<bool, Mismatch> {
    match value {
        HostValue::Boolean(b) => Ok(*b),
        other => Err(Mismatch::expected("boolean", other)),
    }
}

impl FromLua for bool {
    #[inline]
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        boolean(&value)
    }

    #[inline]
    fn from_slot(slot: &mut HostValue) -> Result<Self, Mismatch> {
        boolean(slot)
    }
}

impl FromLua for Bytes {
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        match value {
            HostValue::String(bytes) => Ok(Bytes(bytes)),
            HostValue::Integer(i) => Ok(Bytes(format_integer(i).to_vec())),
            HostValue::Number(n) => Ok(Bytes(float_text(n).into_bytes())),
            other => Err(Mismatch::expected("string", &other)),
        }
    }
}

impl FromLua for String {
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        String::from_utf8(Bytes::from_lua(value)?.0)
            .map_err(|_| Mismatch::new("the string is not UTF-8"))
    }
}

impl<T: FromLua> FromLua for Option<T> {
    #[inline]
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        match value {
            HostValue::Nil | HostValue::Null => Ok(None),
            value => T::from_lua(value).map(Some),
        }
    }
}

impl<T: FromLua> FromLua for Vec<T> {
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        let items = items(value)?.into_iter().enumerate();
        items.map(|(at, item)| T::from_lua(item).map_err(|e| e.under_index(at + 1))).collect()
    }
}

impl<T: FromLua, const N: usize> FromLua for [T; N] {
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        let items = Vec::<T>::from_lua(value)?;
        let len = items.len();
        items.try_into().map_err(|_| Mismatch::new(format!("{N} items expected, got {len}")))
    }
}

/// Returns the values of a table with the keys 1..n.
fn items(value: HostValue) -> Result<Vec<HostValue>, Mismatch> {
    match value {
        HostValue::Array(items) => Ok(items),
        HostValue::Object(fields) if fields.is_empty() => Ok(Vec::new()),
        HostValue::Object(_) => Err(Mismatch::new("list expected, got a table with other keys")),
        other => Err(Mismatch::expected("table", &other)),
    }
}

/// Makes the entries of a map.
pub(in crate::session) fn entries<K: FromLua, V: FromLua>(
    value: HostValue,
    mut insert: impl FnMut(K, V),
) -> Result<(), Mismatch> {
    let mut add = |key: HostValue, shown: &str, value: HostValue| {
        let key = K::from_lua(key).map_err(|e| Mismatch::new(format!("key '{shown}': {e}")))?;
        let value = V::from_lua(value).map_err(|e| e.under_key(shown))?;
        insert(key, value);
        Ok::<(), Mismatch>(())
    };
    match value {
        HostValue::Object(fields) => {
            for (key, value) in fields {
                let (key, shown) = match key {
                    HostKey::Boolean(b) => (HostValue::Boolean(b), b.to_string()),
                    HostKey::Integer(i) => (HostValue::Integer(i), i.to_string()),
                    HostKey::Number(n) => (HostValue::Number(n), n.to_string()),
                    HostKey::String(text) => {
                        let shown = String::from_utf8_lossy(&text).into_owned();
                        (HostValue::String(text), shown)
                    }
                };
                add(key, &shown, value)?;
            }
            Ok(())
        }
        HostValue::Array(items) => {
            for (at, value) in items.into_iter().enumerate() {
                let key = at as i64 + 1;
                add(HostValue::Integer(key), &key.to_string(), value)?;
            }
            Ok(())
        }
        other => Err(Mismatch::expected("table", &other)),
    }
}

impl<K: FromLua + Ord, V: FromLua> FromLua for BTreeMap<K, V> {
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        let mut map = BTreeMap::new();
        entries(value, |key, value| {
            map.insert(key, value);
        })?;
        Ok(map)
    }
}

impl FromLua for serde_json::Value {
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        Ok(value.to_json()?)
    }
}

impl FromLua for Function {
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        match value {
            HostValue::Function(function) => Ok(function),
            other => Err(Mismatch::expected("function", &other)),
        }
    }
}

impl FromLua for ObjectRef {
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        match value {
            HostValue::UserData(object) => Ok(object),
            other => Err(Mismatch::expected("object", &other)),
        }
    }
}
