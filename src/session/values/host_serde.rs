//! Types that implement `Serialize` and `Deserialize` to host values and back, without JSON
//! text in between.
//!
//! | Rust | host value |
//! |---|---|
//! | integers | integers; a float if 64 bits with a sign do not hold it |
//! | floats | floats; read also from integers, and integers from floats that are whole |
//! | strings, characters, bytes | strings; bytes are read from any string, text from UTF-8 |
//! | `None` | nil; read also from null |
//! | `()`, unit structs, JSON's `null` | null; read also from nil |
//! | sequences, tuples | arrays |
//! | maps, structs | objects; keys are strings, numbers, booleans |
//! | enums | the variant's name, or an object with its content under that name |
//!
//! An empty table may be either, so an empty array is read as an empty object, and the other
//! way round. A map is also read from an array: its keys are 1..n.
//!
//! A tuple is also read from an array that has fewer values, if those at its end may be nil: a
//! table of Lua's has no nils there. A field that is null is lost in a table, too, unless the
//! session keeps nulls ([`SessionBuilder::keep_null`](crate::SessionBuilder::keep_null)): an
//! `Option` is `None` then, and `()` is a missing field unless it has a `#[serde(default)]`.
//!
//! Both ways stop at a nesting of 128, and so does the recursion in here: what wraps a value
//! without nesting it (`Some`, a newtype) is counted, too.

mod de;
mod key;
mod passed;
mod ser;

#[cfg(test)]
mod tests;

use super::host_value::{ConvertError, ConvertErrorKind, HostKey, HostValue, MAX_DEPTH};
use de::FromValue;
use passed::{NoForm, SELF_NAME};
use ser::ToValue;
use serde::de::{DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

impl HostValue {
    /// Makes a value of whatever implements `Serialize`.
    ///
    /// ```
    /// use moonfuel::HostValue;
    /// use std::collections::BTreeMap;
    ///
    /// let stock = BTreeMap::from([("apples", Some(3)), ("pears", None)]);
    /// let value = HostValue::from_serde(&stock)?;
    /// assert_eq!(value.field("apples"), Some(&HostValue::Integer(3)));
    /// assert_eq!(value.field("pears"), Some(&HostValue::Nil));
    /// # Ok::<(), moonfuel::ConvertError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Keys that are no strings, numbers or booleans, nesting deeper than 128, and what the type
    /// itself says. An integer that 64 bits with a sign do not hold is no error, and a float.
    pub fn from_serde<T: Serialize + ?Sized>(value: &T) -> Result<HostValue, ConvertError> {
        value.serialize(ToValue::new())
    }

    /// Makes a type of the value, which may borrow its strings.
    ///
    /// ```
    /// use moonfuel::HostValue;
    ///
    /// let value = HostValue::array([1.into(), "two".into(), HostValue::Nil]);
    /// let (number, name, rest): (u8, &str, Option<f64>) = value.to()?;
    /// assert_eq!((number, name, rest), (1, "two", None));
    ///
    /// let error = value.to::<Vec<i64>>().unwrap_err();
    /// assert_eq!(error.to_string(), r#"invalid type: string "two", expected i64 (at $[2])"#);
    /// # Ok::<(), moonfuel::ConvertError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Where and why the value is none of the type.
    pub fn to<'de, T: Deserialize<'de>>(&'de self) -> Result<T, ConvertError> {
        T::deserialize(FromValue::new(Cow::Borrowed(self)))
    }

    /// As [`HostValue::to`], without copying strings.
    ///
    /// # Errors
    /// Where and why the value is none of the type.
    pub(crate) fn into_type<T: DeserializeOwned>(self) -> Result<T, ConvertError> {
        T::deserialize(FromValue::new(Cow::Owned(self)))
    }
}

/// How deep a conversion is.
#[derive(Clone, Copy, Debug)]
struct Nesting {
    /// Arrays and objects around the value.
    levels: usize,
    /// Calls around it: these, and what only wraps it.
    calls: usize,
}

impl Nesting {
    const OUTSIDE: Nesting = Nesting { levels: 0, calls: 0 };

    /// Inside an array or object.
    fn level(self) -> Result<Nesting, ConvertError> {
        if self.levels >= MAX_DEPTH {
            return Err(ConvertErrorKind::TooDeep.into());
        }
        Ok(Nesting { levels: self.levels + 1, ..self.wrap()? })
    }

    /// Inside something that is no value of its own.
    fn wrap(self) -> Result<Nesting, ConvertError> {
        // Each level may be wrapped once: lists of optional boxes are.
        if self.calls >= 2 * MAX_DEPTH {
            return Err(ConvertErrorKind::TooDeep.into());
        }
        Ok(Nesting { calls: self.calls + 1, ..self })
    }
}

impl serde::ser::Error for ConvertError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        ConvertErrorKind::Message(message.to_string()).into()
    }
}

impl serde::de::Error for ConvertError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        ConvertErrorKind::Message(message.to_string()).into()
    }
}

/// Strings that are no UTF-8 are bytes. Functions and what is opaque go nowhere but into
/// host values.
impl Serialize for HostValue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            HostValue::Nil => to.serialize_none(),
            HostValue::Null => to.serialize_unit(),
            HostValue::Boolean(b) => to.serialize_bool(*b),
            HostValue::Integer(i) => to.serialize_i64(*i),
            HostValue::Number(n) => to.serialize_f64(*n),
            HostValue::String(bytes) => serialize_text(bytes, to),
            HostValue::Array(items) => {
                let mut seq = to.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| seq.serialize_element(item))?;
                seq.end()
            }
            HostValue::Object(fields) => {
                let mut map = to.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            HostValue::Function(_) | HostValue::UserData(_) | HostValue::Opaque(_) => {
                passed::pass(self.clone());
                to.serialize_newtype_struct(SELF_NAME, &NoForm(self))
            }
        }
    }
}

impl Serialize for HostKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            HostKey::Boolean(b) => to.serialize_bool(*b),
            HostKey::Integer(i) => to.serialize_i64(*i),
            HostKey::Number(n) => to.serialize_f64(*n),
            HostKey::String(bytes) => serialize_text(bytes, to),
        }
    }
}

fn serialize_text<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => to.serialize_str(text),
        Err(_) => to.serialize_bytes(bytes),
    }
}

impl<'de> Deserialize<'de> for HostValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<HostValue, D::Error> {
        from.deserialize_newtype_struct(SELF_NAME, ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = HostValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<HostValue, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_none<E>(self) -> Result<HostValue, E> {
        Ok(HostValue::Nil)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<HostValue, D::Error> {
        HostValue::deserialize(from)
    }

    fn visit_unit<E>(self) -> Result<HostValue, E> {
        Ok(HostValue::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<HostValue, E> {
        Ok(HostValue::Boolean(b))
    }

    fn visit_i64<E>(self, i: i64) -> Result<HostValue, E> {
        Ok(HostValue::Integer(i))
    }

    /// As for JSON: what no integer holds is a float.
    fn visit_u64<E>(self, i: u64) -> Result<HostValue, E> {
        Ok(i64::try_from(i).map_or(HostValue::Number(i as f64), HostValue::Integer))
    }

    fn visit_f64<E>(self, n: f64) -> Result<HostValue, E> {
        Ok(HostValue::Number(n))
    }

    fn visit_str<E>(self, text: &str) -> Result<HostValue, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<HostValue, E> {
        Ok(text.into())
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<HostValue, E> {
        match passed::take() {
            Some(value) if bytes == SELF_NAME.as_bytes() => Ok(value),
            _ => Ok(bytes.into()),
        }
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<HostValue, E> {
        Ok(bytes.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<HostValue, A::Error> {
        let mut items = Vec::with_capacity(expected(seq.size_hint()));
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(HostValue::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<HostValue, A::Error> {
        let mut fields = Vec::with_capacity(expected(map.size_hint()));
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(HostValue::Object(fields))
    }
}

/// How many values room is made for at first: a hint is not to be trusted.
fn expected(hint: Option<usize>) -> usize {
    hint.unwrap_or(0).min(1024)
}

impl<'de> Deserialize<'de> for HostKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<HostKey, D::Error> {
        from.deserialize_any(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = HostKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number or a boolean")
    }

    fn visit_bool<E>(self, b: bool) -> Result<HostKey, E> {
        Ok(HostKey::Boolean(b))
    }

    fn visit_i64<E>(self, i: i64) -> Result<HostKey, E> {
        Ok(HostKey::Integer(i))
    }

    fn visit_u64<E>(self, i: u64) -> Result<HostKey, E> {
        Ok(i64::try_from(i).map_or(HostKey::Number(i as f64), HostKey::Integer))
    }

    fn visit_f64<E>(self, n: f64) -> Result<HostKey, E> {
        Ok(HostKey::Number(n))
    }

    fn visit_str<E>(self, text: &str) -> Result<HostKey, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<HostKey, E> {
        Ok(text.into())
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<HostKey, E> {
        Ok(bytes.into())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<HostKey, E> {
        Ok(bytes.into())
    }
}
