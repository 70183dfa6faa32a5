//! Results that are cut to a budget, and stay what they are: a value that is cut is a value.

use serde_json::{Map, Value};

/// What stands at the end of a text that was cut.
const CUT: &str = "…";

/// Returns as much of a value as has room in `budget` bytes of JSON, and whether that is not
/// all of it. Arrays and objects lose items at their ends, strings characters; the nesting
/// stays.
///
/// The values of a run are nested 128 deep at most, and so is this function.
pub(super) fn cut(value: Value, budget: usize) -> (Value, bool) {
    let mut left = budget;
    let mut is_cut = false;
    let value = cut_to(value, &mut left, &mut is_cut);
    (value, is_cut)
}

fn cut_to(value: Value, left: &mut usize, is_cut: &mut bool) -> Value {
    match value {
        Value::String(text) => {
            let (text, part) = cut_text(text, *left);
            *is_cut |= part;
            *left = left.saturating_sub(escaped(&text) + 2);
            Value::String(text)
        }
        Value::Array(items) => {
            *left = left.saturating_sub(2);
            let mut kept = Vec::new();
            for item in items {
                if *left == 0 {
                    *is_cut = true;
                    break;
                }
                kept.push(cut_to(item, left, is_cut));
                *left = left.saturating_sub(1);
            }
            Value::Array(kept)
        }
        Value::Object(fields) => {
            *left = left.saturating_sub(2);
            let mut kept = Map::new();
            for (key, item) in fields {
                let name = escaped(&key) + 4;
                if *left <= name {
                    *is_cut = true;
                    break;
                }
                *left -= name;
                kept.insert(key, cut_to(item, left, is_cut));
            }
            Value::Object(kept)
        }
        other => {
            *left = left.saturating_sub(other.to_string().len());
            other
        }
    }
}

/// Returns as much of a text as has room in `budget` bytes of a JSON string.
pub(super) fn cut_text(text: String, budget: usize) -> (String, bool) {
    if text.len() <= budget && escaped(&text) <= budget {
        return (text, false);
    }
    let mut room = budget.saturating_sub(CUT.len());
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let size = escaped_char(c);
        if size > room {
            break;
        }
        room -= size;
        end = at + c.len_utf8();
    }
    (format!("{}{CUT}", text.get(..end).unwrap_or_default()), true)
}

/// Returns as many items as have room in `budget` bytes of JSON, each as it is, and whether
/// that is not all of them.
pub(super) fn first(items: Vec<Value>, budget: usize) -> (Vec<Value>, bool) {
    let (mut left, all) = (budget, items.len());
    let mut has_room = |item: &Value| {
        let size = item.to_string().len() + 1;
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    };
    let kept: Vec<Value> = items.into_iter().take_while(|item| has_room(item)).collect();
    let is_cut = kept.len() < all;
    (kept, is_cut)
}

/// Returns an error of which message, value and traceback have room in about `budget` bytes,
/// and whether that is not all of it.
pub(super) fn cut_error(mut error: Value, budget: usize) -> (Value, bool) {
    let mut left = budget;
    let mut is_cut = false;
    for name in ["message", "hint", "value", "traceback"] {
        let Some(field) = error.get_mut(name) else { continue };
        let (kept, part) = cut(field.take(), left.max(budget / 4));
        left = left.saturating_sub(kept.to_string().len());
        is_cut |= part;
        *field = kept;
    }
    (error, is_cut)
}

/// The most characters of a name that a message repeats.
const NAME: usize = 100;

/// Returns a name as messages repeat it: whoever brings one of a megabyte knows it.
pub(super) fn short(name: &str) -> String {
    match name.char_indices().nth(NAME) {
        None => name.to_owned(),
        Some((end, _)) => format!("{}{CUT}", name.get(..end).unwrap_or_default()),
    }
}

/// Returns how many bytes a text takes within a JSON string.
fn escaped(text: &str) -> usize {
    text.chars().map(escaped_char).sum()
}

fn escaped_char(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\x1f' => 6,
        c => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests;
