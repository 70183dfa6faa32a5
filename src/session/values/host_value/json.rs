//! Host values to and from `serde_json::Value`.

use super::error::{ConvertError, ConvertErrorKind};
use super::{HostValue, MAX_DEPTH};
use serde_json::Value as Json;

impl HostValue {
    /// Converts to JSON, keeping the order of objects. Nil and null are `null`; keys that are
    /// numbers become text, as `json.encode` writes them.
    ///
    /// # Errors
    ///
    /// Strings that are not UTF-8, NaN and infinities, functions and what is opaque, keys
    /// that are booleans, two keys of one text in one object, and nesting deeper than 128.
    pub fn to_json(&self) -> Result<Json, ConvertError> {
        to_json(self, 0)
    }

    /// Converts from JSON: integers that fit 64 bits stay integers, every
    /// other number becomes a float.
    ///
    /// # Errors
    ///
    /// Nesting deeper than 128, and numbers no float can hold.
    pub fn from_json(json: &Json) -> Result<HostValue, ConvertError> {
        from_json(json, 0)
    }
}

impl TryFrom<&Json> for HostValue {
    type Error = ConvertError;

    fn try_from(json: &Json) -> Result<HostValue, ConvertError> {
        HostValue::from_json(json)
    }
}

fn to_json(value: &HostValue, depth: usize) -> Result<Json, ConvertError> {
    Ok(match value {
        HostValue::Nil | HostValue::Null => Json::Null,
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
                array.push(to_json(item, depth + 1).map_err(|e| e.under_index(i + 1))?);
            }
            Json::Array(array)
        }
        HostValue::Object(fields) => {
            check_depth(depth)?;
            let mut map = serde_json::Map::new();
            for (key, field) in fields {
                let name = utf8(&key.json_name().ok_or(ConvertErrorKind::Key)?)?;
                let json = to_json(field, depth + 1).map_err(|e| e.under_key(key))?;
                if map.contains_key(&name) {
                    return Err(ConvertErrorKind::DuplicateKey(name).into());
                }
                map.insert(name, json);
            }
            Json::Object(map)
        }
        HostValue::UserData(_) => return Err(ConvertErrorKind::Opaque("userdata").into()),
        HostValue::Function(_) => return Err(ConvertErrorKind::Function.into()),
        HostValue::Opaque(name) => return Err(ConvertErrorKind::Opaque(name).into()),
    })
}

fn from_json(json: &Json, depth: usize) -> Result<HostValue, ConvertError> {
    Ok(match json {
        Json::Null => HostValue::Null,
        Json::Bool(b) => HostValue::Boolean(*b),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(i), _) => HostValue::Integer(i),
            (None, Some(n)) => HostValue::Number(n),
            (None, None) => {
                return Err(ConvertErrorKind::InvalidNumber(number.to_string()).into());
            }
        },
        Json::String(text) => HostValue::from(text.as_str()),
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
            for (name, item) in map {
                let key = name.as_str().into();
                let value = from_json(item, depth + 1).map_err(|e| e.under_key(&key))?;
                fields.push((key, value));
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
