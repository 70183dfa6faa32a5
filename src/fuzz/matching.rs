//! From what a script compared to inputs that might compare otherwise: where one side of a
//! comparison is found in the input, the other takes its place.

use super::make::children;
use super::schema::{ROOT, Schema};
use crate::vm::state::coverage::Operand;
use serde_json::{Number, Value};

/// Most inputs that are made of one.
const MOST: usize = 4096;
/// Places in a text where one side is looked for.
const PLACES: usize = 8;
/// Longest text or list that is made.
const LONGEST: i64 = 4096;

/// A changed input: the value that takes the place of one of a number (in writing order).
pub(super) type Change = (usize, Value);

/// Returns changes of a value by what was compared when it was the input.
pub(super) fn changes(
    schema: &Schema,
    value: &Value,
    compared: &[(Operand, Operand)],
) -> Vec<Change> {
    let mut found = Vec::new();
    let mut places = Vec::new();
    list(schema, ROOT, value, &mut places);
    let mut made = Vec::new();
    for (left, right) in distinct(compared) {
        for (from, to) in [(left, right), (right, left)] {
            for (number, (node, old)) in places.iter().enumerate() {
                candidates(old, from, to, &mut made);
                for new in made.drain(..) {
                    let known = || found.iter().any(|(n, v)| *n == number && *v == new);
                    if found.len() < MOST && new != **old && schema.fits(*node, &new) && !known() {
                        found.push((number, new));
                    }
                }
            }
        }
    }
    found
}

/// Returns the comparisons, each once: the last first, since that is where the script stopped.
fn distinct(compared: &[(Operand, Operand)]) -> Vec<(&Operand, &Operand)> {
    let mut found: Vec<(&Operand, &Operand)> = Vec::new();
    for (left, right) in compared.iter().rev() {
        if found.len() < 128 && !found.contains(&(left, right)) {
            found.push((left, right));
        }
    }
    found
}

/// Lists all values in a value with their nodes, in writing order.
fn list<'v>(schema: &Schema, at: usize, value: &'v Value, places: &mut Vec<(usize, &'v Value)>) {
    places.push((at, value));
    let children = children(schema, at, value);
    match value {
        Value::Array(values) => {
            for (n, value) in values.iter().enumerate() {
                list(schema, children.at(n), value, places);
            }
        }
        Value::Object(members) => {
            for (n, value) in members.values().enumerate() {
                list(schema, children.at(n), value, places);
            }
        }
        _ => {}
    }
}

/// Makes what might stand in place of a value, where `from` was compared with `to`.
fn candidates(old: &Value, from: &Operand, to: &Operand, made: &mut Vec<Value>) {
    match (old, from, to) {
        (Value::Number(old), Operand::Integer(from), Operand::Integer(to)) => {
            let Some(old) = old.as_i64() else {
                return floats(old.as_f64(), *from as f64, *to as f64, made);
            };
            let mut add = |number: Option<i64>| made.extend(number.map(Value::from));
            if old == *from {
                for near in [0, 1, -1] {
                    add(to.checked_add(near));
                }
                return;
            }
            // The number may be a part of a sum.
            if let Some(difference) = to.checked_sub(*from) {
                for near in [0, 1, -1] {
                    let difference = difference.saturating_add(near);
                    add(old.checked_add(difference));
                    add(old.checked_sub(difference));
                }
                for parts in 2..=4 {
                    if difference % parts == 0 {
                        add(old.checked_add(difference / parts));
                    }
                }
            }
        }
        (Value::Number(old), Operand::Text(from), Operand::Text(to)) => {
            if old.to_string().as_bytes() == from
                && let Ok(Ok(to)) = std::str::from_utf8(to).map(str::parse::<i64>)
            {
                made.push(Value::from(to));
            }
        }
        (Value::Number(old), from, to) => {
            if let (Some(from), Some(to)) = (as_float(from), as_float(to)) {
                floats(old.as_f64(), from, to, made);
            }
        }
        (Value::String(old), Operand::Text(from), Operand::Text(to)) => {
            texts(old, from, to, made);
        }
        (Value::String(old), Operand::Integer(from), Operand::Integer(to)) => {
            characters(old, *from, *to, made);
        }
        (Value::Array(old), Operand::Integer(from), Operand::Integer(to))
            if old.len() as i64 == *from =>
        {
            for length in [*to, to.saturating_add(1), to.saturating_sub(1)] {
                made.extend(resized(old, length).map(Value::Array));
            }
        }
        _ => {}
    }
}

fn as_float(operand: &Operand) -> Option<f64> {
    match operand {
        Operand::Integer(number) => Some(*number as f64),
        Operand::Float(number) => Some(*number),
        Operand::Text(_) => None,
    }
}

fn floats(old: Option<f64>, from: f64, to: f64, made: &mut Vec<Value>) {
    let Some(old) = old else { return };
    let numbers = if old == from {
        [to, to + 1.0, to - 1.0, to.next_up(), to.next_down()]
    } else {
        let difference = to - from;
        [old + difference, old - difference, old + difference + 1.0, old + difference - 1.0, to]
    };
    for number in numbers {
        made.extend(Number::from_f64(number).map(Value::Number));
        // An integer in its place may be wanted.
        if number.fract() == 0.0 && number.abs() < 9e15 {
            made.push(Value::from(number as i64));
        }
    }
}

fn texts(old: &str, from: &[u8], to: &[u8], made: &mut Vec<Value>) {
    let Ok(to) = std::str::from_utf8(to) else { return };
    let to = plain(to);
    if let Ok(from) = std::str::from_utf8(from)
        && !from.is_empty()
    {
        for (at, _) in old.match_indices(from).take(PLACES) {
            let text = format!("{}{to}{}", &old[..at], &old[at + from.len()..]);
            made.push(Value::String(text));
        }
        // It may have been compared backwards, or with something around it.
        if from.chars().rev().eq(old.chars()) {
            made.push(Value::String(to.chars().rev().collect()));
        }
        if let Some((before, after)) = from.split_once(old).filter(|_| !old.is_empty())
            && let Some(middle) = to.strip_prefix(before).and_then(|to| to.strip_suffix(after))
        {
            made.push(Value::String(middle.to_owned()));
        }
        if old.starts_with(from) {
            made.push(Value::String(format!("{old}{to}")));
            made.push(Value::String(format!("{to}{old}")));
        }
    }
    made.push(Value::String(to));
}

/// Takes the escapes out of what may be a pattern: it is then a text that it finds.
fn plain(pattern: &str) -> String {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut escaped = false;
    for c in inner.chars() {
        if c == '%' && !escaped {
            escaped = true;
            continue;
        }
        match (escaped, c) {
            (true, 'd') => text.push('1'),
            (true, 'a' | 'w' | 'l') => text.push('a'),
            (true, 'u') => text.push('A'),
            (true, 's') => text.push(' '),
            _ => text.push(c),
        }
        escaped = false;
    }
    if escaped || inner.is_empty() { pattern.to_owned() } else { text }
}

fn characters(old: &str, from: i64, to: i64, made: &mut Vec<Value>) {
    let character = |code: i64| u32::try_from(code).ok().and_then(char::from_u32);
    if let Some(from) = character(from) {
        for (at, _) in old.match_indices(from).take(PLACES) {
            for near in [0, 1, -1] {
                if let Some(to) = character(to.saturating_add(near)) {
                    let rest = &old[at + from.len_utf8()..];
                    made.push(Value::String(format!("{}{to}{rest}", &old[..at])));
                }
            }
        }
    }
    if old.len() as i64 == from {
        let bytes: Vec<char> = old.chars().collect();
        for length in [to, to.saturating_add(1), to.saturating_sub(1)] {
            let characters = if bytes.is_empty() { vec!['a'] } else { bytes.clone() };
            made.extend(
                resized(&characters, length).map(|text| Value::String(text.into_iter().collect())),
            );
        }
    }
    let digits = from.to_string();
    if let Some(at) = old.find(&digits) {
        let rest = &old[at + digits.len()..];
        made.push(Value::String(format!("{}{to}{rest}", &old[..at])));
    }
}

/// Cuts a list, or repeats its last element.
fn resized<T: Clone>(old: &[T], length: i64) -> Option<Vec<T>> {
    if !(0..=LONGEST).contains(&length) {
        return None;
    }
    let mut new = old.to_vec();
    let last = new.last().cloned()?;
    new.resize(length as usize, last);
    Some(new)
}

/// A changed input of bytes: the part that is replaced, and by what.
pub(super) type Patch = (std::ops::Range<usize>, Vec<u8>);

/// As [`changes`], for bytes.
pub(super) fn patches(bytes: &[u8], compared: &[(Operand, Operand)]) -> Vec<Patch> {
    let mut found: Vec<Patch> = Vec::new();
    for (left, right) in distinct(compared) {
        for (from, to) in [(left, right), (right, left)] {
            let mut add = |patch: Patch| {
                if found.len() < MOST && !found.contains(&patch) {
                    found.push(patch);
                }
            };
            match (from, to) {
                (Operand::Text(from), Operand::Text(to)) => {
                    let to = match std::str::from_utf8(to) {
                        Ok(to) => plain(to).into_bytes(),
                        Err(_) => to.clone(),
                    };
                    for at in find(bytes, from) {
                        add((at..at + from.len(), to.clone()));
                    }
                    for at in [0, bytes.len()] {
                        add((at..at, to.clone()));
                    }
                    add((0..bytes.len(), to));
                }
                (Operand::Integer(from), Operand::Integer(to)) => {
                    for patch in whole_numbers(bytes, *from, *to) {
                        add(patch);
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Finds a part, at a few places.
fn find(bytes: &[u8], part: &[u8]) -> Vec<usize> {
    if part.is_empty() {
        return Vec::new();
    }
    memchr::memmem::find_iter(bytes, part).take(PLACES).collect()
}

fn whole_numbers(bytes: &[u8], from: i64, to: i64) -> Vec<Patch> {
    let mut found = Vec::new();
    let near = [to, to.saturating_add(1), to.saturating_sub(1)];
    for width in [1, 2, 4, 8] {
        let fits = |number: i64| {
            let bits = 8 * width as u32;
            bits == 64 || (number >= -(1 << (bits - 1)) && number < 1 << bits)
        };
        if !fits(from) {
            continue;
        }
        let little = &from.to_le_bytes()[..width];
        let big = &from.to_be_bytes()[8 - width..];
        for to in near.into_iter().filter(|to| fits(*to)) {
            for at in find(bytes, little) {
                found.push((at..at + width, to.to_le_bytes()[..width].to_vec()));
            }
            if width > 1 {
                for at in find(bytes, big) {
                    found.push((at..at + width, to.to_be_bytes()[8 - width..].to_vec()));
                }
            }
        }
    }
    let digits = from.to_string();
    for at in find(bytes, digits.as_bytes()) {
        found.push((at..at + digits.len(), to.to_string().into_bytes()));
    }
    if bytes.len() as i64 == from {
        for length in near {
            let filler = if bytes.is_empty() { &b"a"[..] } else { bytes };
            if let Some(new) = resized(filler, length) {
                found.push((0..bytes.len(), new));
            }
        }
    }
    // A byte may be a part of a sum.
    let difference = to.saturating_sub(from);
    if difference.unsigned_abs() < 256 {
        for (at, byte) in bytes.iter().enumerate().take(64) {
            if let Ok(byte) = u8::try_from(i64::from(*byte) + difference) {
                found.push((at..at + 1, vec![byte]));
            }
        }
    } else {
        // As much of it as fits into one.
        let most = if difference > 0 { 255 } else { 0 };
        for (at, byte) in bytes.iter().enumerate().take(64) {
            if *byte != most {
                found.push((at..at + 1, vec![most]));
            }
        }
    }
    found
}
