//! Values of scripts as a person reads them who is asked about a call.

use crate::base::hidden::is_hidden;
use crate::{HostKey, HostValue};
use serde_json::json;

/// Writes a value: as JSON, if it is some. In a text that is no UTF-8 all of it that can be read
/// is there to be read.
pub(super) fn shown(value: &HostValue) -> String {
    let mut text = String::new();
    match value.to_json() {
        Ok(json) => text = json.to_string(),
        Err(_) => write(value, &mut text),
    }
    plain(&text)
}

/// Writes what would not be seen, or would turn what is, as escapes.
pub(super) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Values of calls are nested 128 deep at most.
fn write(value: &HostValue, to: &mut String) {
    match value {
        HostValue::Nil | HostValue::Null => to.push_str("null"),
        HostValue::Boolean(value) => to.push_str(&value.to_string()),
        HostValue::Integer(number) => to.push_str(&number.to_string()),
        HostValue::Number(number) if number.is_finite() => to.push_str(&json!(number).to_string()),
        HostValue::Number(number) => to.push_str(&number.to_string()),
        HostValue::String(bytes) => write_text(bytes, to),
        HostValue::Array(items) => {
            to.push('[');
            for (place, item) in items.iter().enumerate() {
                to.push_str(if place > 0 { "," } else { "" });
                write(item, to);
            }
            to.push(']');
        }
        HostValue::Object(fields) => {
            to.push('{');
            for (place, (key, value)) in fields.iter().enumerate() {
                to.push_str(if place > 0 { "," } else { "" });
                match key {
                    HostKey::Boolean(key) => to.push_str(&format!("[{key}]")),
                    HostKey::Integer(key) => to.push_str(&format!("[{key}]")),
                    HostKey::Number(key) => to.push_str(&format!("[{key:?}]")),
                    HostKey::String(key) => write_text(key, to),
                }
                to.push(':');
                write(value, to);
            }
            to.push('}');
        }
        other => to.push_str(other.type_name()),
    }
}

/// Writes a text as JSON does, and bytes that are no UTF-8 as `\\xff`.
fn write_text(bytes: &[u8], to: &mut String) {
    to.push('"');
    for piece in bytes.utf8_chunks() {
        let text = json!(piece.valid()).to_string();
        to.push_str(&text[1..text.len() - 1]);
        for byte in piece.invalid() {
            to.push_str(&format!("\\x{byte:02x}"));
        }
    }
    to.push('"');
}
