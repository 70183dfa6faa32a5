//! What becomes a host value by `into`.
//!
//! Integers that 64 bits with a sign do not hold become floats, as Lua reads such numerals.
//! There is no `u8`, since a `Vec` of it is a string.

#![allow(clippy::disallowed_types, reason = "maps of the host come in any order and leave in one")]

use super::HostValue;
use super::key::HostKey;
use crate::session::values::function::Function;
use crate::session::values::object_ref::ObjectRef;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// Conversions that need no more than an expression.
macro_rules! from {
    ($($type:ty, $name:ident => $value:expr;)*) => {$(
        impl From<$type> for HostValue {
            fn from($name: $type) -> Self {
                $value
            }
        }
    )*};
}

from! {
    (), _unit => HostValue::Nil;
    bool, b => HostValue::Boolean(b);
    i8, i => HostValue::Integer(i.into());
    i16, i => HostValue::Integer(i.into());
    i32, i => HostValue::Integer(i.into());
    i64, i => HostValue::Integer(i);
    u16, i => HostValue::Integer(i.into());
    u32, i => HostValue::Integer(i.into());
    f32, n => HostValue::Number(n.into());
    f64, n => HostValue::Number(n);
    char, c => HostValue::String(c.to_string().into_bytes());
    &str, text => HostValue::String(text.as_bytes().to_vec());
    &String, text => HostValue::String(text.as_bytes().to_vec());
    String, text => HostValue::String(text.into_bytes());
    Cow<'_, str>, text => HostValue::String(text.into_owned().into_bytes());
    Vec<u8>, bytes => HostValue::String(bytes);
    &[u8], bytes => HostValue::String(bytes.to_vec());
}

impl<const N: usize> From<&[u8; N]> for HostValue {
    fn from(bytes: &[u8; N]) -> Self {
        HostValue::String(bytes.to_vec())
    }
}

/// Integers of Lua's if they are, else floats.
macro_rules! wide {
    ($($type:ty)*) => {$(
        impl From<$type> for HostValue {
            fn from(i: $type) -> Self {
                match i64::try_from(i) {
                    Ok(i) => HostValue::Integer(i),
                    Err(_) => HostValue::Number(i as f64),
                }
            }
        }
    )*};
}
wide!(u64 usize isize i128 u128);

impl<T: Into<HostValue>> From<Option<T>> for HostValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(HostValue::Nil, Into::into)
    }
}

impl<T: Into<HostValue>> From<Vec<T>> for HostValue {
    fn from(items: Vec<T>) -> Self {
        HostValue::array(items.into_iter().map(Into::into))
    }
}

impl<T: Into<HostValue>, const N: usize> From<[T; N]> for HostValue {
    fn from(items: [T; N]) -> Self {
        HostValue::array(items.into_iter().map(Into::into))
    }
}

impl<K: Into<HostKey>, T: Into<HostValue>> From<BTreeMap<K, T>> for HostValue {
    fn from(map: BTreeMap<K, T>) -> Self {
        HostValue::object(map.into_iter().map(|(key, value)| (key, value.into())))
    }
}

/// In the order of the keys: what a script sees must not change from run to run.
impl<K: Into<HostKey> + Ord, T: Into<HostValue>, S> From<HashMap<K, T, S>> for HostValue {
    fn from(map: HashMap<K, T, S>) -> Self {
        let mut fields: Vec<(K, T)> = map.into_iter().collect();
        fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        HostValue::object(fields.into_iter().map(|(key, value)| (key, value.into())))
    }
}

impl From<Function> for HostValue {
    fn from(function: Function) -> Self {
        HostValue::Function(function)
    }
}

impl From<ObjectRef> for HostValue {
    fn from(object: ObjectRef) -> Self {
        HostValue::UserData(object)
    }
}
