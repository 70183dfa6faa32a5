//! Making an input small that makes a script fail.

use super::input::Input;
use super::make::{count, place};
use super::schema::{ROOT, Schema};
use serde_json::{Number, Value};

/// Nothing more is asked: attempts, fuel or time are used up.
#[derive(Debug)]
pub(super) struct Enough;

/// Tells whether an input still does what it should.
pub(super) type Fails<'a> = dyn FnMut(&Input) -> Result<bool, Enough> + 'a;

/// Makes an input simpler as long as `fails` says that it still does what it should. Every
/// step makes it simpler, so it ends, or when `fails` has been asked enough.
pub(super) fn shrink(schema: Option<&Schema>, input: &Input, fails: &mut Fails<'_>) -> Input {
    let mut best = input.clone();
    // Either way it is as simple as it will be.
    let _ = match &mut best {
        Input::Bytes(bytes) => shrink_bytes(bytes, fails),
        Input::Json(value) => match schema {
            Some(schema) => shrink_value(schema, value, fails),
            None => shrink_value(&Schema::any(), value, fails),
        },
    };
    best
}

fn shrink_bytes(best: &mut Vec<u8>, fails: &mut Fails<'_>) -> Result<(), Enough> {
    let mut size = best.len();
    while size > 0 {
        let mut at = 0;
        while at < best.len() {
            let mut shorter = best.clone();
            shorter.drain(at..(at + size).min(best.len()));
            let input = Input::Bytes(shorter);
            if fails(&input)? {
                let Input::Bytes(shorter) = input else { break };
                *best = shorter;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    for at in 0..best.len() {
        for plain in [b'a', b'0', b' '] {
            if best[at] == plain {
                break;
            }
            let mut plainer = best.clone();
            plainer[at] = plain;
            if fails(&Input::Bytes(plainer.clone()))? {
                *best = plainer;
                break;
            }
        }
    }
    Ok(())
}

fn shrink_value(schema: &Schema, best: &mut Value, fails: &mut Fails<'_>) -> Result<(), Enough> {
    let mut number = 0;
    // Values in writing order, each as far as it goes; then once more, since what came before
    // may be simpler after what comes later.
    for _ in 0..3 {
        let before = best.clone();
        while number < count(best) {
            while let Some(simpler) = simpler(schema, best, number, fails)? {
                *best = simpler;
            }
            number += 1;
        }
        number = 0;
        if *best == before {
            break;
        }
    }
    Ok(())
}

/// Returns the value with that of a number made simpler, if that still fails.
fn simpler(
    schema: &Schema,
    value: &Value,
    number: usize,
    fails: &mut Fails<'_>,
) -> Result<Option<Value>, Enough> {
    let mut whole = value.clone();
    let mut left = number;
    let Some((at, old)) =
        place(schema, &mut whole, ROOT, &mut left).map(|(old, at)| (at, old.clone()))
    else {
        return Ok(None);
    };
    for new in steps(&old) {
        if !schema.fits(at, &new) {
            continue;
        }
        let mut whole = value.clone();
        let mut left = number;
        if let Some((place, _)) = place(schema, &mut whole, ROOT, &mut left) {
            *place = new;
        }
        if !schema.accepts(&whole) {
            continue;
        }
        let input = Input::Json(whole);
        if fails(&input)?
            && let Input::Json(whole) = input
        {
            return Ok(Some(whole));
        }
    }
    Ok(None)
}

/// Returns simpler values, the simplest first. No value leads back to itself.
fn steps(old: &Value) -> Vec<Value> {
    match old {
        Value::Null => Vec::new(),
        Value::Bool(true) => vec![Value::Null, Value::Bool(false)],
        Value::Bool(false) => vec![Value::Null],
        Value::Number(number) => match number.as_i64() {
            Some(0) => vec![Value::Null],
            Some(number) => integer_steps(number),
            None => float_steps(number.as_f64().unwrap_or(0.0)),
        },
        Value::String(text) => text_steps(text).into_iter().map(Value::String).collect(),
        Value::Array(values) => array_steps(values).into_iter().map(Value::Array).collect(),
        Value::Object(members) => {
            let without = |name: &String| {
                let mut fewer = members.clone();
                fewer.shift_remove(name);
                Value::Object(fewer)
            };
            members.keys().take(64).map(without).collect()
        }
    }
}

fn integer_steps(number: i64) -> Vec<Value> {
    let toward = if number > 0 { number - 1 } else { number + 1 };
    let rounded = [1000, 100, 10].map(|step| number - number % step);
    let mut steps = vec![Value::Null, Value::from(0)];
    steps.extend(rounded.into_iter().filter(|new| *new != number).map(Value::from));
    steps.extend([number / 2, toward].map(Value::from));
    if number < 0 && number != i64::MIN {
        steps.insert(2, Value::from(-number));
    }
    steps
}

fn float_steps(number: f64) -> Vec<Value> {
    let whole = number.trunc();
    let mut steps = vec![Value::Null, Value::from(0)];
    if whole.abs() < 9e15 {
        steps.push(Value::from(whole as i64));
    }
    if whole != number {
        steps.extend(Number::from_f64(whole).map(Value::Number));
    } else if number.abs() >= 2.0 {
        steps.extend(Number::from_f64((number / 2.0).trunc()).map(Value::Number));
    }
    steps
}

fn text_steps(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let part = |from: usize, to: usize| characters[from..to].iter().collect::<String>();
    let length = characters.len();
    let mut steps = Vec::new();
    if length > 0 {
        steps.push(String::new());
    }
    let mut size = length / 2;
    while size > 0 {
        for from in (0..length).step_by(size).take(16) {
            let to = (from + size).min(length);
            steps.push(part(0, from) + &part(to, length));
        }
        size /= 2;
    }
    for at in (0..length).take(64) {
        if characters[at] != 'a' {
            steps.push(part(0, at) + "a" + &part(at + 1, length));
        }
    }
    steps
}

fn array_steps(values: &[Value]) -> Vec<Vec<Value>> {
    let mut steps = Vec::new();
    if !values.is_empty() {
        steps.push(Vec::new());
    }
    let mut size = values.len() / 2;
    while size > 0 {
        for from in (0..values.len()).step_by(size).take(32) {
            let mut fewer = values.to_vec();
            fewer.drain(from..(from + size).min(values.len()));
            steps.push(fewer);
        }
        size /= 2;
    }
    steps
}
