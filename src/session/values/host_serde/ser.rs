//! What implements `Serialize`, to host values.

use super::passed::{self, SELF_NAME};
use super::{Nesting, expected};
use crate::session::values::host_value::{ConvertError, ConvertErrorKind, HostKey, HostValue};
use serde::ser::{self, Serialize, Serializer};

type Made = Result<HostValue, ConvertError>;

/// Makes one value.
pub(super) struct ToValue(Nesting);

impl ToValue {
    pub(super) fn new() -> ToValue {
        ToValue(Nesting::OUTSIDE)
    }

    fn items(
        self,
        len: Option<usize>,
        variant: Option<&'static str>,
    ) -> Result<Items, ConvertError> {
        let items = Vec::with_capacity(expected(len));
        Ok(Items { nesting: self.inside(variant)?, items, variant })
    }

    fn fields(
        self,
        len: Option<usize>,
        variant: Option<&'static str>,
    ) -> Result<Fields, ConvertError> {
        let fields = Vec::with_capacity(expected(len));
        let key = HostKey::Boolean(false);
        Ok(Fields { nesting: self.inside(variant)?, fields, key, variant })
    }

    /// The content of a variant is an object deeper.
    fn inside(self, variant: Option<&'static str>) -> Result<Nesting, ConvertError> {
        let nesting = self.0.level()?;
        if variant.is_some() { nesting.level() } else { Ok(nesting) }
    }
}

/// Puts the content of a variant under its name.
fn under(variant: Option<&'static str>, value: HostValue) -> HostValue {
    match variant {
        Some(name) => HostValue::object([(name, value)]),
        None => value,
    }
}

impl Serializer for ToValue {
    type Ok = HostValue;
    type Error = ConvertError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;

    fn serialize_bool(self, b: bool) -> Made {
        Ok(b.into())
    }

    fn serialize_i8(self, i: i8) -> Made {
        Ok(i.into())
    }

    fn serialize_i16(self, i: i16) -> Made {
        Ok(i.into())
    }

    fn serialize_i32(self, i: i32) -> Made {
        Ok(i.into())
    }

    fn serialize_i64(self, i: i64) -> Made {
        Ok(i.into())
    }

    fn serialize_i128(self, i: i128) -> Made {
        Ok(i.into())
    }

    fn serialize_u8(self, i: u8) -> Made {
        Ok(i64::from(i).into())
    }

    fn serialize_u16(self, i: u16) -> Made {
        Ok(i.into())
    }

    fn serialize_u32(self, i: u32) -> Made {
        Ok(i.into())
    }

    fn serialize_u64(self, i: u64) -> Made {
        Ok(i.into())
    }

    fn serialize_u128(self, i: u128) -> Made {
        Ok(i.into())
    }

    fn serialize_f32(self, n: f32) -> Made {
        Ok(n.into())
    }

    fn serialize_f64(self, n: f64) -> Made {
        Ok(n.into())
    }

    fn serialize_char(self, c: char) -> Made {
        Ok(c.into())
    }

    fn serialize_str(self, text: &str) -> Made {
        Ok(text.into())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Made {
        Ok(bytes.into())
    }

    fn serialize_none(self) -> Made {
        Ok(HostValue::Nil)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Made {
        value.serialize(ToValue(self.0.wrap()?))
    }

    fn serialize_unit(self) -> Made {
        Ok(HostValue::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Made {
        Ok(HostValue::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Made {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Made {
        if name == SELF_NAME
            && let Some(passed) = passed::take()
        {
            return Ok(passed);
        }
        value.serialize(ToValue(self.0.wrap()?))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Made {
        let made = value.serialize(ToValue(self.0.level()?));
        let value = made.map_err(|error| error.under_key(&variant.into()))?;
        Ok(under(Some(variant), value))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Items, ConvertError> {
        self.items(len, None)
    }

    fn serialize_tuple(self, len: usize) -> Result<Items, ConvertError> {
        self.items(Some(len), None)
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Items, ConvertError> {
        self.items(Some(len), None)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Items, ConvertError> {
        self.items(Some(len), Some(variant))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Fields, ConvertError> {
        self.fields(len, None)
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Fields, ConvertError> {
        self.fields(Some(len), None)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Fields, ConvertError> {
        self.fields(Some(len), Some(variant))
    }
}

/// Puts the name of a variant in front of the place of an error in its content.
fn under_variant(error: ConvertError, variant: Option<&'static str>) -> ConvertError {
    match variant {
        Some(name) => error.under_key(&name.into()),
        None => error,
    }
}

/// Makes an array.
pub(super) struct Items {
    nesting: Nesting,
    items: Vec<HostValue>,
    variant: Option<&'static str>,
}

impl Items {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ConvertError> {
        let made = value.serialize(ToValue(self.nesting));
        let at = self.items.len() + 1;
        let item = made.map_err(|error| under_variant(error.under_index(at), self.variant))?;
        self.items.push(item);
        Ok(())
    }

    fn finish(self) -> Made {
        Ok(under(self.variant, HostValue::Array(self.items)))
    }
}

/// The traits that make arrays differ in nothing but names.
macro_rules! items {
    ($($name:ident $method:ident),*) => {$(
        impl ser::$name for Items {
            type Ok = HostValue;
            type Error = ConvertError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ConvertError> {
                self.push(value)
            }

            fn end(self) -> Made {
                self.finish()
            }
        }
    )*};
}

items!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

/// Makes an object.
pub(super) struct Fields {
    nesting: Nesting,
    fields: Vec<(HostKey, HostValue)>,
    /// The key of the value that comes next.
    key: HostKey,
    variant: Option<&'static str>,
}

impl Fields {
    fn push<T: Serialize + ?Sized>(&mut self, key: HostKey, value: &T) -> Result<(), ConvertError> {
        let made = value.serialize(ToValue(self.nesting));
        let value = made.map_err(|error| under_variant(error.under_key(&key), self.variant))?;
        self.fields.push((key, value));
        Ok(())
    }

    fn finish(self) -> Made {
        Ok(under(self.variant, HostValue::Object(self.fields)))
    }
}

impl ser::SerializeMap for Fields {
    type Ok = HostValue;
    type Error = ConvertError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ConvertError> {
        self.key = match key.serialize(ToValue(self.nesting))? {
            HostValue::Boolean(b) => HostKey::Boolean(b),
            HostValue::Integer(i) => HostKey::Integer(i),
            HostValue::Number(n) if !n.is_nan() => HostKey::Number(n),
            HostValue::String(bytes) => HostKey::String(bytes),
            _ => return Err(ConvertErrorKind::Key.into()),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ConvertError> {
        let key = std::mem::replace(&mut self.key, HostKey::Boolean(false));
        self.push(key, value)
    }

    fn end(self) -> Made {
        self.finish()
    }
}

/// So do those that make objects of structs.
macro_rules! fields {
    ($($name:ident),*) => {$(
        impl ser::$name for Fields {
            type Ok = HostValue;
            type Error = ConvertError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), ConvertError> {
                self.push(name.into(), value)
            }

            fn end(self) -> Made {
                self.finish()
            }
        }
    )*};
}
fields!(SerializeStruct, SerializeStructVariant);
