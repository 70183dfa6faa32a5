//! Host values to what implements `Deserialize`. A value is borrowed, and then its strings
//! can be, too, or owned and taken apart.

use super::Nesting;
use super::key::{FromKey, Result, visit_string};
use super::passed::{SELF_NAME, pass};
use crate::session::values::host_value::{ConvertError, ConvertErrorKind, HostKey, HostValue};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::borrow::Cow;

/// Reads one value.
pub(super) struct FromValue<'de> {
    value: Cow<'de, HostValue>,
    nesting: Nesting,
}

/// A value as it is read.
enum Parts<'de> {
    Nil,
    Null,
    Boolean(bool),
    Integer(i64),
    Number(f64),
    String(Cow<'de, [u8]>),
    Array(Items<'de>),
    Object(Fields<'de>),
    Other(&'static str),
}

impl<'de> FromValue<'de> {
    pub(super) fn new(value: Cow<'de, HostValue>) -> Self {
        FromValue { value, nesting: Nesting::OUTSIDE }
    }

    fn wrapped(self) -> Result<Self> {
        Ok(FromValue { nesting: self.nesting.wrap()?, ..self })
    }

    fn parts(self) -> Parts<'de> {
        let nesting = self.nesting;
        let items = |values| Parts::Array(Items { values, done: 0, lost: 0, nesting });
        let fields = |fields| Parts::Object(Fields { fields, current: None, nesting });
        match self.value {
            Cow::Borrowed(HostValue::String(bytes)) => Parts::String(Cow::Borrowed(bytes)),
            Cow::Borrowed(HostValue::Array(values)) => items(Values::Borrowed(values.iter())),
            Cow::Borrowed(HostValue::Object(pairs)) => fields(Pairs::Borrowed(pairs.iter())),
            Cow::Owned(HostValue::String(bytes)) => Parts::String(Cow::Owned(bytes)),
            Cow::Owned(HostValue::Array(values)) => items(Values::Owned(values.into_iter())),
            Cow::Owned(HostValue::Object(pairs)) => fields(Pairs::Owned(pairs.into_iter())),
            plain => match &*plain {
                HostValue::Nil => Parts::Nil,
                HostValue::Null => Parts::Null,
                HostValue::Boolean(b) => Parts::Boolean(*b),
                HostValue::Integer(i) => Parts::Integer(*i),
                HostValue::Number(n) => Parts::Number(*n),
                other => Parts::Other(other.type_name()),
            },
        }
    }
}

impl<'de> Parts<'de> {
    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Parts::Nil | Parts::Null => visitor.visit_unit(),
            Parts::Boolean(b) => visitor.visit_bool(b),
            Parts::Integer(i) => visitor.visit_i64(i),
            Parts::Number(n) => visitor.visit_f64(n),
            Parts::String(bytes) => visit_string(bytes, visitor),
            Parts::Array(items) => items.visit(visitor),
            Parts::Object(fields) => fields.visit(visitor),
            Parts::Other(name) => Err(Error::invalid_type(Unexpected::Other(name), &visitor)),
        }
    }
}

/// Returns the integer that a float is.
fn whole(n: f64) -> Option<i64> {
    const END: f64 = 9_223_372_036_854_775_808.0;
    let fits = n.trunc() == n && (-END..END).contains(&n);
    fits.then_some(n as i64)
}

/// Integers of every width: floats that are whole will do.
macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.parts() {
                Parts::Number(n) => match whole(n) {
                    Some(i) => visitor.visit_i64(i),
                    None => visitor.visit_f64(n),
                },
                other => other.visit(visitor),
            }
        }
    )*};
}

/// Text of every kind: it must be UTF-8.
macro_rules! texts {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.parts() {
                Parts::String(bytes) if std::str::from_utf8(&bytes).is_err() => {
                    Err(ConvertErrorKind::InvalidUtf8.into())
                }
                other => other.visit(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for FromValue<'de> {
    type Error = ConvertError;

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    texts! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    forward_to_deserialize_any! { bool f32 f64 unit unit_struct }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.parts().visit(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.parts() {
            Parts::String(Cow::Borrowed(bytes)) => visitor.visit_borrowed_bytes(bytes),
            Parts::String(Cow::Owned(bytes)) => visitor.visit_byte_buf(bytes),
            other => other.visit(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.value.is_nil() { visitor.visit_none() } else { visitor.visit_some(self.wrapped()?) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        if name != SELF_NAME {
            return visitor.visit_newtype_struct(self.wrapped()?);
        }
        if let HostValue::Function(_) | HostValue::UserData(_) | HostValue::Opaque(_) = *self.value
        {
            pass(self.value.into_owned());
            return visitor.visit_bytes(SELF_NAME.as_bytes());
        }
        match self.parts() {
            Parts::Nil => visitor.visit_none(),
            other => other.visit(visitor),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let nesting = self.nesting;
        match self.parts() {
            Parts::Object(fields) if fields.is_empty() => {
                Items { values: Values::Borrowed([].iter()), done: 0, lost: 0, nesting }
                    .visit(visitor)
            }
            other => other.visit(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        let nesting = self.nesting;
        let items = match self.parts() {
            Parts::Array(items) => items,
            Parts::Object(fields) if fields.is_empty() => {
                Items { values: Values::Borrowed([].iter()), done: 0, lost: 0, nesting }
            }
            other => return other.visit(visitor),
        };
        items.visit_as_tuple(len, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.parts() {
            Parts::Array(items) => items.visit_as_map(visitor),
            other => other.visit(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.parts() {
            Parts::Array(items) if items.is_empty() => items.visit_as_map(visitor),
            other => other.visit(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let nesting = self.nesting;
        match self.parts() {
            Parts::String(bytes) => {
                let name = Cow::Owned(HostKey::String(bytes.into_owned()));
                visitor.visit_enum(Variant { name, content: None, nesting })
            }
            Parts::Object(mut fields) if fields.len() == 1 => match fields.next() {
                Some((name, content)) => {
                    let nesting = nesting.level()?;
                    visitor.visit_enum(Variant { name, content: Some(content), nesting })
                }
                None => Err(Error::invalid_length(0, &visitor)),
            },
            Parts::Object(fields) => {
                let what = "the name of a variant, or a table with its content under its name";
                Err(Error::invalid_length(fields.len(), &what))
            }
            other => other.visit(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }
}

/// The values of an array.
enum Values<'de> {
    Borrowed(std::slice::Iter<'de, HostValue>),
    Owned(std::vec::IntoIter<HostValue>),
}

/// Reads an array.
struct Items<'de> {
    values: Values<'de>,
    done: usize,
    /// Values that a tuple has behind these.
    lost: usize,
    nesting: Nesting,
}

impl<'de> Items<'de> {
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> usize {
        match &self.values {
            Values::Borrowed(values) => values.len(),
            Values::Owned(values) => values.len(),
        }
    }

    fn next(&mut self) -> Option<Cow<'de, HostValue>> {
        self.done += 1;
        match &mut self.values {
            Values::Borrowed(values) => values.next().map(Cow::Borrowed),
            Values::Owned(values) => values.next().map(Cow::Owned),
        }
    }

    fn visit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.nesting = self.nesting.level()?;
        let all = self.len();
        let value = visitor.visit_seq(&mut self)?;
        if !self.is_empty() {
            return Err(Error::invalid_length(all, &"an array of fewer values"));
        }
        Ok(value)
    }

    /// The same with so many values: a table of Lua's has no nils at its end.
    fn visit_as_tuple<V: Visitor<'de>>(mut self, len: usize, visitor: V) -> Result<V::Value> {
        self.lost = len.saturating_sub(self.len());
        self.visit(visitor)
    }

    /// The same as a map with the keys 1..n, holes left out.
    fn visit_as_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.nesting = self.nesting.level()?;
        visitor.visit_map(Numbered { items: self, value: None })
    }
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = ConvertError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some(value) = self.next() else {
            let Some(lost) = self.lost.checked_sub(1) else { return Ok(None) };
            self.lost = lost;
            // What cannot be nil is not there, which is no error where it has a default.
            let nil = FromValue { value: Cow::Owned(HostValue::Nil), nesting: self.nesting };
            return Ok(seed.deserialize(nil).ok());
        };
        let made = seed.deserialize(FromValue { value, nesting: self.nesting });
        made.map(Some).map_err(|error| error.under_index(self.done))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.len())
    }
}

/// Reads an array as a map.
struct Numbered<'de> {
    items: Items<'de>,
    value: Option<Cow<'de, HostValue>>,
}

impl<'de> MapAccess<'de> for Numbered<'de> {
    type Error = ConvertError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        loop {
            self.value = self.items.next();
            match &self.value {
                None => return Ok(None),
                Some(value) if value.is_nil() => {}
                Some(_) => break,
            }
        }
        let key = HostKey::Integer(self.items.done as i64);
        seed.deserialize(FromKey(Cow::Owned(key))).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        let value = self.value.take().unwrap_or(Cow::Owned(HostValue::Nil));
        let made = seed.deserialize(FromValue { value, nesting: self.items.nesting });
        made.map_err(|error| error.under_index(self.items.done))
    }
}

/// The fields of an object.
enum Pairs<'de> {
    Borrowed(std::slice::Iter<'de, (HostKey, HostValue)>),
    Owned(std::vec::IntoIter<(HostKey, HostValue)>),
}

type Pair<'de> = (Cow<'de, HostKey>, Cow<'de, HostValue>);

/// Reads an object.
struct Fields<'de> {
    fields: Pairs<'de>,
    current: Option<Pair<'de>>,
    nesting: Nesting,
}

impl<'de> Fields<'de> {
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> usize {
        match &self.fields {
            Pairs::Borrowed(fields) => fields.len(),
            Pairs::Owned(fields) => fields.len(),
        }
    }

    fn next(&mut self) -> Option<Pair<'de>> {
        match &mut self.fields {
            Pairs::Borrowed(fields) => {
                let (key, value) = fields.next()?;
                Some((Cow::Borrowed(key), Cow::Borrowed(value)))
            }
            Pairs::Owned(fields) => {
                let (key, value) = fields.next()?;
                Some((Cow::Owned(key), Cow::Owned(value)))
            }
        }
    }

    fn visit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.nesting = self.nesting.level()?;
        visitor.visit_map(self)
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = ConvertError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        self.current = self.next();
        let Some((key, _)) = &self.current else { return Ok(None) };
        seed.deserialize(FromKey(key.clone())).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        let Some((key, value)) = self.current.take() else {
            return Err(Error::custom("a value is read before its key"));
        };
        let made = seed.deserialize(FromValue { value, nesting: self.nesting });
        made.map_err(|error| error.under_key(&key))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.len())
    }
}

/// Reads an enum: its name, or its name and its content.
struct Variant<'de> {
    name: Cow<'de, HostKey>,
    content: Option<Cow<'de, HostValue>>,
    nesting: Nesting,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = ConvertError;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self)> {
        let name = seed.deserialize(FromKey(self.name.clone()))?;
        Ok((name, self))
    }
}

impl<'de> Variant<'de> {
    /// Reads the content.
    fn read<T>(self, read: impl FnOnce(FromValue<'de>) -> Result<T>) -> Result<T> {
        let value = self.content.unwrap_or(Cow::Owned(HostValue::Nil));
        let read = read(FromValue { value, nesting: self.nesting });
        read.map_err(|error| error.under_key(&self.name))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = ConvertError;

    fn unit_variant(self) -> Result<()> {
        self.read(serde::Deserialize::deserialize)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        self.read(|from| seed.deserialize(from))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        self.read(|from| from.deserialize_tuple(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.read(|from| from.deserialize_struct("", fields, visitor))
    }
}
