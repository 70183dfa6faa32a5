//! The keys of objects, as what a map's type or a struct wants for its keys.

use crate::session::values::host_value::{ConvertError, HostKey};
use serde::de::value::StrDeserializer;
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::borrow::Cow;

pub(super) type Result<T> = std::result::Result<T, ConvertError>;

/// Hands on text if it is UTF-8, else bytes.
pub(super) fn visit_string<'de, V: Visitor<'de>>(
    bytes: Cow<'de, [u8]>,
    visitor: V,
) -> Result<V::Value> {
    match bytes {
        Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => visitor.visit_borrowed_str(text),
            Err(_) => visitor.visit_borrowed_bytes(bytes),
        },
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) => visitor.visit_string(text),
            Err(error) => visitor.visit_byte_buf(error.into_bytes()),
        },
    }
}

/// Reads a key.
pub(super) struct FromKey<'de>(pub(super) Cow<'de, HostKey>);

/// Keys that are read as numbers may be text, as JSON has them.
macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.0.as_str().and_then(|text| text.parse::<$type>().ok()) {
                Some(number) => visitor.$visit(number),
                None => self.deserialize_any(visitor),
            }
        }
    )*};
}

/// Keys that are read as text may be numbers.
macro_rules! names {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match (&*self.0, self.0.json_name()) {
                (HostKey::Integer(_) | HostKey::Number(_), Some(text)) => {
                    visit_string(Cow::Owned(text), visitor)
                }
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for FromKey<'de> {
    type Error = ConvertError;

    numbers! {
        deserialize_i8 visit_i64 i64;
        deserialize_i16 visit_i64 i64;
        deserialize_i32 visit_i64 i64;
        deserialize_i64 visit_i64 i64;
        deserialize_u8 visit_u64 u64;
        deserialize_u16 visit_u64 u64;
        deserialize_u32 visit_u64 u64;
        deserialize_u64 visit_u64 u64;
        deserialize_f32 visit_f64 f64;
        deserialize_f64 visit_f64 f64;
        deserialize_bool visit_bool bool;
    }

    names! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit unit_struct seq tuple tuple_struct map struct ignored_any
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Cow::Borrowed(HostKey::String(bytes)) => visit_string(Cow::Borrowed(bytes), visitor),
            Cow::Owned(HostKey::String(bytes)) => visit_string(Cow::Owned(bytes), visitor),
            plain => match &*plain {
                HostKey::Boolean(b) => visitor.visit_bool(*b),
                HostKey::Integer(i) => visitor.visit_i64(*i),
                HostKey::Number(n) => visitor.visit_f64(*n),
                HostKey::String(bytes) => visitor.visit_bytes(bytes),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let Some(name) = self.0.as_str() else { return self.deserialize_any(visitor) };
        let name: StrDeserializer<'_, ConvertError> = name.into_deserializer();
        visitor.visit_enum(name)
    }
}
