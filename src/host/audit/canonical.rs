//! Values as canonical JSON (RFC 8785), for hashes that say whether two are the same.

use crate::base::number::Shortest;
use crate::{HostKey, HostValue};
use base64::Engine;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};

/// Hex digits of a hash of arguments.
const HASH_DIGITS: usize = 32;

/// Returns the hash of a call's arguments; nothing without any.
pub(super) fn args_hash(args: &[HostValue]) -> Option<String> {
    if args.is_empty() {
        return None;
    }
    let mut hashed = Hashed(Sha256::new());
    // Taking a hash does not fail.
    let _ = write_list(args, &mut hashed);
    let mut hex = crate::Digest(hashed.0.finalize().into()).to_string();
    hex.truncate(HASH_DIGITS);
    Some(hex)
}

/// What a text comes to, of which nothing is kept: arguments may be as large as the script's
/// memory.
struct Hashed(Sha256);

impl Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

fn write_list(items: &[HostValue], text: &mut impl Write) -> fmt::Result {
    text.write_char('[')?;
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.write_char(',')?;
        }
        write_value(item, text)?;
    }
    text.write_char(']')
}

/// Writes a value. Values that cross are at most 128 deep, and so is this recursion.
pub(super) fn write_value(value: &HostValue, text: &mut impl Write) -> fmt::Result {
    match value {
        HostValue::Boolean(b) => text.write_str(if *b { "true" } else { "false" }),
        HostValue::Integer(i) => write!(text, "{i}"),
        HostValue::Number(n) => text.write_str(&number(*n)),
        HostValue::String(bytes) => write_bytes(bytes, text),
        HostValue::Array(items) => write_list(items, text),
        HostValue::Object(fields) => {
            let mut named: Vec<(String, &HostValue)> =
                fields.iter().map(|(key, value)| (name_of(key), value)).collect();
            named.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.write_char('{')?;
            for (at, (name, value)) in named.iter().enumerate() {
                if at > 0 {
                    text.write_char(',')?;
                }
                write_text(name, text)?;
                text.write_char(':')?;
                write_value(value, text)?;
            }
            text.write_char('}')
        }
        HostValue::Function(_) | HostValue::UserData(_) | HostValue::Opaque(_) => {
            write!(text, "{{\"$opaque\":\"{}\"}}", value.type_name())
        }
        // Nil and null.
        _ => text.write_str("null"),
    }
}

fn name_of(key: &HostKey) -> String {
    match key {
        HostKey::Boolean(b) => b.to_string(),
        HostKey::Integer(i) => i.to_string(),
        HostKey::Number(n) => number(*n),
        HostKey::String(bytes) => match std::str::from_utf8(bytes) {
            Ok(name) => name.to_owned(),
            Err(_) => format!("$bytes:{}", STANDARD.encode(bytes)),
        },
    }
}

fn write_bytes(bytes: &[u8], text: &mut impl Write) -> fmt::Result {
    match std::str::from_utf8(bytes) {
        Ok(string) => write_text(string, text),
        Err(_) => write!(text, "{{\"$bytes\":\"{}\"}}", Base64Display::new(bytes, &STANDARD)),
    }
}

/// Writes a string with the escapes JSON cannot do without.
fn write_text(string: &str, text: &mut impl Write) -> fmt::Result {
    text.write_char('"')?;
    let mut rest = string;
    let is_escaped = |c: char| c < ' ' || c == '"' || c == '\\';
    while let Some(at) = rest.find(is_escaped) {
        let (plain, from) = rest.split_at(at);
        text.write_str(plain)?;
        let mut chars = from.chars();
        match chars.next().unwrap_or_default() {
            c @ ('"' | '\\') => write!(text, "\\{c}")?,
            '\u{8}' => text.write_str("\\b")?,
            '\t' => text.write_str("\\t")?,
            '\n' => text.write_str("\\n")?,
            '\u{c}' => text.write_str("\\f")?,
            '\r' => text.write_str("\\r")?,
            c => write!(text, "\\u{:04x}", u32::from(c))?,
        }
        rest = chars.as_str();
    }
    text.write_str(rest)?;
    text.write_char('"')
}

/// Returns a float as ECMAScript writes it.
fn number(n: f64) -> String {
    if !n.is_finite() {
        return format!("{{\"$number\":\"{n}\"}}");
    }
    if n == 0.0 {
        return "0".to_owned();
    }
    let mut text = String::new();
    if let Some(shortest) = Shortest::of(n) {
        if shortest.negative {
            text.push('-');
        }
        if (-5..=21).contains(&shortest.point) {
            shortest.write_plain(&mut text);
        } else {
            shortest.write_scientific(&mut text);
        }
    }
    text
}

#[cfg(test)]
mod tests;
