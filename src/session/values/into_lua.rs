//! What host functions return: values of a script made of Rust types.

use super::from_lua::{Bytes, Serde};
use super::function::Function;
use super::host_error::HostError;
use super::host_value::{HostKey, HostValue};
use super::object_ref::ObjectRef;
use crate::base::arithmetic::float_to_integer;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A type that becomes one value of a script.
///
/// | Rust | Lua |
/// |---|---|
/// | integers of all widths | an integer; a float if 64 bits do not hold it |
/// | `f64`, `f32` | a float |
/// | `bool` | a boolean |
/// | `String`, `&str` | a string |
/// | [`Bytes`] | a string |
/// | `Option<T>` | nil, or a `T` |
/// | `Vec<T>`, `&[T]`, `[T; N]` | a table with the keys 1..n |
/// | `BTreeMap<K, V>` | a table in the map's order |
/// | `HashMap<K, V>` | a table in the order of its keys |
/// | [`Serde<T>`](Serde) | whatever `T` serializes to |
/// | `serde_json::Value` | as `json.decode` makes it |
/// | [`HostValue`] | itself |
///
/// ```
/// use moonfuel::{HostError, HostValue, IntoLua, Session};
///
/// struct Point { x: i64, y: i64 }
///
/// impl IntoLua for Point {
///     fn into_lua(self) -> Result<HostValue, HostError> {
///         Ok(HostValue::object([("x", self.x.into()), ("y", self.y.into())]))
///     }
/// }
///
/// let mut session =
///     Session::builder().function("origin", |()| Ok(Point { x: 0, y: 0 })).build()?;
/// assert_eq!(session.run("return origin()").json()?, r#"[{"x":0,"y":0}]"#);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not become a Lua value",
    note = "a function of the host returns a type that is `IntoLua`, or a tuple of such types"
)]
pub trait IntoLua {
    /// Makes the value.
    ///
    /// # Errors
    /// Why there is none: the script gets it.
    fn into_lua(self) -> Result<HostValue, HostError>;
}

impl IntoLua for HostValue {
    #[inline]
    fn into_lua(self) -> Result<HostValue, HostError> {
        Ok(self)
    }
}

macro_rules! integers {
    ($($int:ty)*) => {$(
        impl IntoLua for $int {
            #[inline]
            fn into_lua(self) -> Result<HostValue, HostError> {
                Ok(match i64::try_from(self) {
                    Ok(i) => HostValue::Integer(i),
                    Err(_) => HostValue::Number(self as f64),
                })
            }
        }
    )*};
}
integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

macro_rules! values {
    ($($from:ty: |$value:ident| $make:expr;)*) => {$(
        impl IntoLua for $from {
            #[inline]
            fn into_lua(self) -> Result<HostValue, HostError> {
                let $value = self;
                Ok($make)
            }
        }
    )*};
}

values! {
    f64: |n| HostValue::Number(n);
    f32: |n| HostValue::Number(f64::from(n));
    bool: |b| HostValue::Boolean(b);
    String: |text| HostValue::String(text.into_bytes());
    &str: |text| HostValue::String(text.as_bytes().to_vec());
    &String: |text| HostValue::String(text.as_bytes().to_vec());
    Cow<'_, str>: |text| HostValue::String(text.into_owned().into_bytes());
    Bytes: |bytes| HostValue::String(bytes.0);
}

impl<T: IntoLua> IntoLua for Option<T> {
    #[inline]
    fn into_lua(self) -> Result<HostValue, HostError> {
        self.map_or(Ok(HostValue::Nil), T::into_lua)
    }
}

fn list<T: IntoLua>(items: impl IntoIterator<Item = T>) -> Result<HostValue, HostError> {
    let items: Result<_, _> = items.into_iter().map(T::into_lua).collect();
    Ok(HostValue::Array(items?))
}

impl<T: IntoLua> IntoLua for Vec<T> {
    fn into_lua(self) -> Result<HostValue, HostError> {
        list(self)
    }
}

impl<T: IntoLua, const N: usize> IntoLua for [T; N] {
    fn into_lua(self) -> Result<HostValue, HostError> {
        list(self)
    }
}

impl<T: IntoLua + Clone> IntoLua for &[T] {
    fn into_lua(self) -> Result<HostValue, HostError> {
        list(self.iter().cloned())
    }
}

/// Makes the entries of a table.
pub(in crate::session) fn fields<K: IntoLua, V: IntoLua>(
    entries: impl IntoIterator<Item = (K, V)>,
) -> Result<Vec<(HostKey, HostValue)>, HostError> {
    let field = |(key, value): (K, V)| {
        let key = match key.into_lua()? {
            HostValue::String(key) => HostKey::String(key),
            HostValue::Integer(key) => HostKey::Integer(key),
            HostValue::Boolean(key) => HostKey::Boolean(key),
            HostValue::Number(key) if !key.is_nan() => match float_to_integer(key) {
                Some(key) => HostKey::Integer(key),
                None => HostKey::Number(key),
            },
            other => {
                let message = format!("a {} cannot be a key of a table", other.type_name());
                return Err(HostError::new(message));
            }
        };
        Ok((key, value.into_lua()?))
    };
    entries.into_iter().map(field).collect()
}

impl<K: IntoLua, V: IntoLua> IntoLua for BTreeMap<K, V> {
    fn into_lua(self) -> Result<HostValue, HostError> {
        Ok(HostValue::Object(fields(self)?))
    }
}

impl<T: Serialize> IntoLua for Serde<T> {
    fn into_lua(self) -> Result<HostValue, HostError> {
        Ok(HostValue::from_serde(&self.0)?)
    }
}

impl IntoLua for serde_json::Value {
    fn into_lua(self) -> Result<HostValue, HostError> {
        Ok(HostValue::from_json(&self)?)
    }
}

impl IntoLua for Function {
    fn into_lua(self) -> Result<HostValue, HostError> {
        Ok(HostValue::Function(self))
    }
}

impl IntoLua for ObjectRef {
    fn into_lua(self) -> Result<HostValue, HostError> {
        Ok(HostValue::UserData(self))
    }
}
