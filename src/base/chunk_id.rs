//! How a chunk's name is shown in messages.

use super::c_string::c_string;
use std::borrow::Cow;

/// Longest shown name plus one, as PUC's `LUA_IDSIZE`.
const ID_SIZE: usize = 60;
/// Stands for what was cut off.
const DOTS: &[u8] = b"...";
/// Opens the form used for chunks named by their own text.
const STRING_OPEN: &[u8] = b"[string \"";
/// Closes it.
const STRING_CLOSE: &[u8] = b"\"]";

/// Returns the text that stands for a chunk in error messages.
///
/// `=name` shows as `name`, `@file` as `file` (its tail when too long), any
/// other name is taken for source text and shows as `[string "first line..."]`.
pub fn chunk_id(source_name: &[u8]) -> Vec<u8> {
    // The name of a file is shown from its end, others from their beginning: no more than
    // that is looked at.
    let shown = if source_name.first() == Some(&b'@') { usize::MAX } else { ID_SIZE };
    let source_name = c_string(&source_name[..source_name.len().min(shown)]);
    match source_name.first() {
        Some(b'=') => source_name[1..source_name.len().min(ID_SIZE)].to_vec(),
        Some(b'@') if source_name.len() <= ID_SIZE => source_name[1..].to_vec(),
        Some(b'@') => {
            let tail = ID_SIZE - 1 - DOTS.len();
            [DOTS, &source_name[source_name.len() - tail..]].concat()
        }
        _ => string_id(source_name),
    }
}

/// Returns a name that is shown as `source_name` is, and is never long.
pub fn shown_name(source_name: &[u8]) -> Cow<'_, [u8]> {
    match source_name.first() {
        Some(b'@') if source_name.len() > ID_SIZE => {
            let name = c_string(source_name);
            if name.len() <= ID_SIZE {
                return name.into();
            }
            let tail = ID_SIZE - 1 - DOTS.len();
            [b"=", DOTS, &name[name.len() - tail..]].concat().into()
        }
        _ => source_name[..source_name.len().min(ID_SIZE)].into(),
    }
}

fn string_id(source: &[u8]) -> Vec<u8> {
    let room = ID_SIZE - STRING_OPEN.len() - DOTS.len() - STRING_CLOSE.len() - 1;
    let window = &source[..source.len().min(room)];
    let line_end = window.iter().position(|&b| b == b'\n');
    let cut = line_end.is_some() || source.len() >= room;
    let shown = &window[..line_end.unwrap_or(window.len())];
    let dots = if cut { DOTS } else { b"" };
    [STRING_OPEN, shown, dots, STRING_CLOSE].concat()
}

#[cfg(test)]
mod tests;
