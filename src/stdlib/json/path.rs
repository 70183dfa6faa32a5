//! Places in a value, as messages of conversions name them.

use crate::base::number::float_text;
use crate::vm::heap::value::Value;

/// Bytes of a key that a path shows.
const SHOWN: usize = 40;

/// Returns one step of a path.
pub(super) fn step(key: &Value<'_>) -> String {
    match key {
        Value::Integer(i) => format!("[{i}]"),
        Value::Number(n) => float_step(*n),
        Value::String(s) => text_step(s.as_bytes()),
        // The place of a key that is refused: its table.
        _ => String::new(),
    }
}

/// Returns the step to what lies under a float.
pub(crate) fn float_step(n: f64) -> String {
    format!("[{}]", float_text(n))
}

/// Returns the step to what lies under a string.
pub(crate) fn text_step(bytes: &[u8]) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let named = bytes.first().is_some_and(|byte| !byte.is_ascii_digit());
    if named && bytes.len() <= SHOWN && bytes.iter().all(plain) {
        format!(".{}", String::from_utf8_lossy(bytes))
    } else {
        format!("[{}]", shown(bytes))
    }
}

/// Returns the beginning of a string in quotes, for messages.
///
/// The standard library escapes what the Unicode of its version calls unprintable; scripts are
/// told the same by every build.
pub(super) fn shown(bytes: &[u8]) -> String {
    let cut = bytes.get(..SHOWN).unwrap_or(bytes);
    let mut text = String::from("\"");
    for letter in String::from_utf8_lossy(cut).chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\0' => text.push_str("\\0"),
            _ if letter.is_control() || is_unseen(letter) => text.extend(letter.escape_unicode()),
            _ => text.push(letter),
        }
    }
    text.push('"');
    if cut.len() < bytes.len() {
        text.push('…');
    }
    text
}

/// Tells whether a letter shows as nothing, or turns others around.
fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}
