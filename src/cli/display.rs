//! Errors as people read them: the message, the line it is about, the traceback.

use super::source::Script;
use crate::{Limits, LuaError, Outcome, Usage};
use std::fmt::Write;
use std::time::Duration;

/// The longest part of a source line that is shown, in characters.
const LONGEST_LINE: usize = 160;

/// Makes bytes safe to show on a terminal: control characters, invisible
/// direction marks and bytes that are no UTF-8 are written as escapes. Newlines
/// and tabs stay.
pub(super) fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' | '\t' => text.push(c),
                c if is_hidden(c) && c.is_ascii() => {
                    let _ = write!(text, "\\x{:02x}", u32::from(c));
                }
                c if is_hidden(c) => {
                    let _ = write!(text, "\\u{{{:x}}}", u32::from(c));
                }
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Writes an error: `moonfuel: chunk:line: message`, the source line with a
/// caret when the error is in the main script, and the traceback.
pub(super) fn error_text(error: &LuaError, script: Option<&Script>) -> String {
    let message = escape(&error.message);
    let chunk = escape(error.chunk.as_bytes());
    let mut text = String::from("moonfuel: ");
    match error.line {
        Some(line) if !message.starts_with(&format!("{chunk}:{line}:")) => {
            let _ = write!(text, "{chunk}:{line}: ");
        }
        None if !chunk.is_empty() => {
            let _ = write!(text, "{chunk}: ");
        }
        _ => {}
    }
    text.push_str(&message);
    text.push('\n');
    if let (Some(script), Some(line)) = (script, error.line)
        && script.is_named(&error.chunk)
        && let Some(source) = script.line(line)
    {
        text.push_str(&marked_line(source, line, &error.message));
    }
    if let Some(hint) = &error.hint {
        let _ = writeln!(text, "hint: {}", escape(hint.as_bytes()));
    }
    if !error.traceback.is_empty() {
        text.push_str(escape(error.traceback.as_bytes()).trim_end());
        text.push('\n');
    }
    text
}

/// Writes a source line and a caret below the word the message names, or below
/// the line's first word.
fn marked_line(source: &[u8], line: u32, message: &[u8]) -> String {
    let shown: String = escape(source).chars().take(LONGEST_LINE).collect();
    if shown.trim().is_empty() {
        return String::new();
    }
    let column = caret_column(&shown, &escape(message));
    let margin = " ".repeat(line.to_string().len());
    // Tabs before the caret keep it under its character at any tab width.
    let indent: String =
        shown.chars().take(column).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    format!(" {line} | {shown}\n {margin} | {indent}^\n")
}

fn caret_column(line: &str, message: &str) -> usize {
    let at = match named_word(message) {
        Some("<eof>") => Some(line.trim_end().len()),
        Some(word) => find_word(line, word),
        None => None,
    };
    let start = line.len() - line.trim_start().len();
    line.get(..at.unwrap_or(start)).unwrap_or("").chars().count()
}

/// Returns the name a message ends with: `near 'x'`, `(local 'x')`, `near <eof>`.
fn named_word(message: &str) -> Option<&str> {
    let message = message.lines().next()?;
    if message.ends_with("near <eof>") {
        return Some("<eof>");
    }
    let end = message.trim_end_matches(')').strip_suffix('\'')?;
    let start = end.rfind('\'')?;
    end.get(start + 1..).filter(|word| !word.is_empty())
}

/// Finds a word in a line, not inside a longer word.
fn find_word(line: &str, word: &str) -> Option<usize> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let word_like = word.starts_with(is_name) && word.ends_with(is_name);
    line.match_indices(word).map(|(at, _)| at).find(|&at| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !word_like || !(before.is_some_and(is_name) || after.is_some_and(is_name))
    })
}

/// Says which limit ended a run, how much it was, and what raises it; `None`
/// for the outcomes that are no limits.
pub(super) fn limit_text(
    outcome: &Outcome,
    limits: &Limits,
    timeout: Option<Duration>,
) -> Option<String> {
    Some(match outcome {
        Outcome::OutOfFuel => {
            format!("out of fuel: all {} units are used (raise with --fuel N)", limits.fuel)
        }
        Outcome::OutOfMemory => format!(
            "out of memory: the script needs more than {} bytes (raise with --memory SIZE)",
            limits.memory
        ),
        Outcome::OutputLimit => format!(
            "too much output: more than {} bytes were printed (raise with --output SIZE)",
            limits.output
        ),
        Outcome::HostCallLimit => format!(
            "too many host calls: more than {} were made (raise with --host-calls N)",
            limits.host_calls
        ),
        Outcome::Deadline => {
            let ms = timeout.map_or(0, |timeout| timeout.as_millis());
            format!("out of time: {ms} milliseconds are over (raise with --timeout MS)")
        }
        Outcome::Cancelled => "cancelled".to_owned(),
        Outcome::Done(_) | Outcome::Failed(_) | Outcome::Exit(_) => return None,
    })
}

/// Writes what a run used, on one line.
pub(super) fn usage_text(usage: &Usage, elapsed: Duration) -> String {
    format!(
        "moonfuel: fuel {}, memory peak {} bytes, output {} bytes, host calls {}, time {:.3} ms\n",
        usage.fuel_used,
        usage.memory_peak,
        usage.output_bytes,
        usage.host_calls,
        elapsed.as_secs_f64() * 1000.0
    )
}
