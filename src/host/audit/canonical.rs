//! Values as canonical JSON (RFC 8785), for hashes that say whether two are the same.

use crate::base::base64;
use crate::base::sha256::Sha256;
use crate::{HostKey, HostValue};
use std::fmt::Write;

/// Hex digits of a hash of arguments.
const HASH_DIGITS: usize = 32;

/// Returns the hash of a call's arguments; nothing without any.
pub(super) fn args_hash(args: &[HostValue]) -> Option<String> {
    if args.is_empty() {
        return None;
    }
    let mut text = String::new();
    write_list(args, &mut text);
    let mut hex = crate::Digest(Sha256::digest(text.as_bytes())).to_string();
    hex.truncate(HASH_DIGITS);
    Some(hex)
}

fn write_list(items: &[HostValue], text: &mut String) {
    text.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        write_value(item, text);
    }
    text.push(']');
}

/// Writes a value. Values that cross are at most 128 deep, and so is this recursion.
pub(super) fn write_value(value: &HostValue, text: &mut String) {
    match value {
        HostValue::Boolean(b) => text.push_str(if *b { "true" } else { "false" }),
        HostValue::Integer(i) => {
            let _ = write!(text, "{i}");
        }
        HostValue::Number(n) => write_number(*n, text),
        HostValue::String(bytes) => write_bytes(bytes, text),
        HostValue::Array(items) => write_list(items, text),
        HostValue::Object(fields) => {
            let mut named: Vec<(String, &HostValue)> =
                fields.iter().map(|(key, value)| (name_of(key), value)).collect();
            named.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (at, (name, value)) in named.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_text(name, text);
                text.push(':');
                write_value(value, text);
            }
            text.push('}');
        }
        HostValue::Function(_) | HostValue::UserData(_) | HostValue::Opaque(_) => {
            let _ = write!(text, "{{\"$opaque\":\"{}\"}}", value.type_name());
        }
        // Nil and null.
        _ => text.push_str("null"),
    }
}

fn name_of(key: &HostKey) -> String {
    match key {
        HostKey::Boolean(b) => b.to_string(),
        HostKey::Integer(i) => i.to_string(),
        HostKey::Number(n) => {
            let mut text = String::new();
            write_number(*n, &mut text);
            text
        }
        HostKey::String(bytes) => match std::str::from_utf8(bytes) {
            Ok(name) => name.to_owned(),
            Err(_) => format!("$bytes:{}", base64::encode(bytes)),
        },
    }
}

fn write_bytes(bytes: &[u8], text: &mut String) {
    match std::str::from_utf8(bytes) {
        Ok(string) => write_text(string, text),
        Err(_) => {
            let _ = write!(text, "{{\"$bytes\":\"{}\"}}", base64::encode(bytes));
        }
    }
}

/// Writes a string with the escapes JSON cannot do without.
fn write_text(string: &str, text: &mut String) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            '\0'..='\x1f' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

/// Writes a float as ECMAScript does: the shortest digits that read back the same.
fn write_number(n: f64, text: &mut String) {
    if !n.is_finite() {
        let _ = write!(text, "{{\"$number\":\"{n}\"}}");
        return;
    }
    if n == 0.0 {
        text.push('0');
        return;
    }
    if n < 0.0 {
        text.push('-');
    }
    let shortest = format!("{:e}", n.abs());
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let digits = digits.replace('.', "");
    // The point stands behind this many digits.
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = digits.len() as i32;
    let zeros = |count: i32| "0".repeat(count.max(0) as usize);
    if count <= point && point <= 21 {
        text.push_str(&digits);
        text.push_str(&zeros(point - count));
    } else if 0 < point && point <= 21 {
        let (whole, part) = digits.split_at(point as usize);
        let _ = write!(text, "{whole}.{part}");
    } else if -6 < point && point <= 0 {
        let _ = write!(text, "0.{}{digits}", zeros(-point));
    } else {
        let (first, rest) = digits.split_at(1);
        text.push_str(first);
        if !rest.is_empty() {
            let _ = write!(text, ".{rest}");
        }
        let _ = write!(text, "e{}{}", if point > 0 { "+" } else { "" }, point - 1);
    }
}

#[cfg(test)]
mod tests;
