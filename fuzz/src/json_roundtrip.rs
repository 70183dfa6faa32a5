//! JSON in and out, against serde_json.

use super::input::Input;
use super::sessions::{Kept, with_caller};
use moonfuel::{HostKey, HostValue};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;

const SOURCE: &str = "
local keep = {null = true}
function text(json_text)
  local out = json.encode(json.decode(json_text, keep))
  assert(json.encode(json.decode(out, keep)) == out, 'encoded anew it differs')
  return out
end
function value(v)
  local out = json.encode(v)
  return out, json.decode(out)
end";

/// Deepest nesting of arrays and objects.
const DEPTH: usize = 128;

/// Takes the bytes for a JSON text and for a value: what serde_json reads is read, and nothing
/// else; what was read is written as what it is; and a value comes back as what it was.
pub fn json_roundtrip(bytes: &[u8]) {
    thread_local! { static CALLER: Kept = const { RefCell::new(None) }; }
    with_caller(&CALLER, SOURCE, |caller| {
        let text = &bytes[..bytes.len().min(4096)];
        let Some(met) = caller.call("text", vec![HostValue::String(text.to_vec())]) else { return };
        let shown = text.escape_ascii();
        match (&met, read(text)) {
            (Ok(values), Some(expected)) => {
                let out = values[0].as_str().expect("JSON is text");
                let again = read(out.as_bytes()).unwrap_or_else(|| panic!("{shown}: {out}"));
                assert!(same(&again, &expected), "{shown}: {out}");
            }
            (Err(text), Some(expected)) => {
                let known = depth(&expected) > DEPTH || text.contains("out of range");
                assert!(known, "{shown}: {text}");
            }
            (Ok(values), None) => panic!("{shown}: {values:?}"),
            (Err(text), None) => {
                assert!(text.contains("line ") && text.contains("column "), "{shown}: {text}");
            }
        }
        let given = value(&mut Input(bytes), 0);
        let Some(met) = caller.call("value", vec![given.clone()]) else { return };
        match met {
            Ok(values) => assert_eq!(values.get(1), Some(&given), "{values:?}"),
            Err(text) => panic!("{given:?}: {text}"),
        }
    });
}

/// What serde_json makes of a text; its depth is as in the machine's: without a limit.
fn read(text: &[u8]) -> Option<Value> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    reader.disable_recursion_limit();
    // Recursion here is bounded by the length of the text.
    let value = serde::Deserialize::deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(value)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Are they the same, where integers are those that Lua has, and all others floats?
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && same(a, b))
        }
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            _ => a.as_f64().map(f64::to_bits) == b.as_f64().map(f64::to_bits),
        },
        _ => a == b,
    }
}

/// Makes a value that JSON has, and Lua keeps: no nil in it, no number that is none.
fn value(input: &mut Input<'_>, depth: usize) -> HostValue {
    match input.below(if depth < 6 { 7 } else { 5 }) {
        0 => HostValue::Boolean(input.byte() & 1 == 1),
        1 => HostValue::Integer(input.integer()),
        2 => {
            let float = input.float();
            HostValue::Number(if float.is_finite() { float } else { 0.5 })
        }
        3 | 4 => HostValue::String(string(input)),
        5 => {
            let count = input.below(6);
            HostValue::Array((0..count).map(|_| value(input, depth + 1)).collect())
        }
        _ => {
            let mut seen = BTreeSet::new();
            let mut fields = Vec::new();
            for _ in 0..input.below(6) {
                let key = string(input);
                if seen.insert(key.clone()) {
                    fields.push((HostKey::String(key), value(input, depth + 1)));
                }
            }
            HostValue::Object(fields)
        }
    }
}

fn string(input: &mut Input<'_>) -> Vec<u8> {
    let length = input.below(24);
    String::from_utf8_lossy(input.take(length)).into_owned().into_bytes()
}
