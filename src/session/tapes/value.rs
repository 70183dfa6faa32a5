//! Values that cross between script and host, as a trace has them: every one exactly.
//!
//! | value | in the trace |
//! |---|---|
//! | nil, booleans, strings, lists, objects with names as keys | `null`, `true`, `"text"`, `[1,2]`, `{"a":1}` |
//! | integers, floats | `7`, `7.0`, `-0.0`, `1e300`, `{"$float":"nan"}`, `{"$float":"-inf"}` |
//! | `json.null` | `{"$null":true}` |
//! | bytes that are no UTF-8 | `{"$bytes":"base64"}` |
//! | objects with other keys, or with names that begin with `$` | `{"$object":[key,value,…]}` |
//! | functions, objects of the host's | `{"$function":3}`, `{"$userdata":4,"type":"file"}`; `"of"` tells another machine |
//! | what cannot cross | `{"$opaque":"thread"}` |

use super::text::{decode_bytes, push_bytes, push_count, push_float, push_int, push_str};
use crate::session::values::convert::{BLOCK_BYTES, inner_bytes};
use crate::session::values::function::Function;
use crate::session::values::host_value::{HostKey, HostValue};
use crate::session::values::object_ref::ObjectRef;
use crate::vm::state::handles::Handle;

/// The deepest values that are written whole: deeper ones never get to a script.
const MAX_DEPTH: usize = 130;

/// The session's own machine, and the one where scripts are executed.
pub(in crate::session) const OWN: usize = 0;
pub(in crate::session) const TEMPLATE: usize = 1;

/// The machines of a session, so that handles of different ones are told apart.
#[derive(Debug, Default)]
pub(in crate::session) struct Machines {
    /// The session's own, and the one where scripts are executed.
    pub(in crate::session) owners: [Option<usize>; 2],
    /// Which of them is at work.
    pub(in crate::session) current: usize,
}

/// Number of a machine that is not the session's.
const ELSEWHERE: usize = 2;

impl Machines {
    fn of(&self, handle: &Handle) -> usize {
        let owner = Some(handle.owner());
        self.owners.iter().position(|known| *known == owner).unwrap_or(ELSEWHERE)
    }

    /// Returns the session's machine that a handle is of, if it is one of them.
    pub(in crate::session) fn own(&self, handle: &Handle) -> Option<usize> {
        Some(self.of(handle)).filter(|of| *of != ELSEWHERE)
    }
}

/// Appends a value.
pub(in crate::session) fn push_value(text: &mut Vec<u8>, value: &HostValue, machines: &Machines) {
    push_nested(text, value, machines, 0);
}

/// Appends a list of values.
pub(in crate::session) fn push_values(
    text: &mut Vec<u8>,
    values: &[HostValue],
    machines: &Machines,
) {
    push_list(text, values, |text, value| push_value(text, value, machines));
}

/// Appends a list, whose items are written by a function.
pub(in crate::session) fn push_list<T>(
    text: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut push: impl FnMut(&mut Vec<u8>, T),
) {
    text.push(b'[');
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        push(text, item);
    }
    text.push(b']');
}

fn push_nested(text: &mut Vec<u8>, value: &HostValue, machines: &Machines, depth: usize) {
    match value {
        HostValue::Nil => text.extend_from_slice(b"null"),
        HostValue::Null => text.extend_from_slice(b"{\"$null\":true}"),
        HostValue::Boolean(b) => push_boolean(text, *b),
        HostValue::Integer(i) => push_int(text, *i),
        HostValue::Number(n) => push_float(text, *n),
        HostValue::String(bytes) => push_bytes(text, bytes),
        HostValue::Array(_) | HostValue::Object(_) if depth > MAX_DEPTH => {
            push_room(text, value);
        }
        HostValue::Array(items) => {
            push_list(text, items, |text, item| push_nested(text, item, machines, depth + 1));
        }
        HostValue::Object(fields) => push_object(text, fields, machines, depth),
        HostValue::Function(function) => {
            push_handle(text, "{\"$function\":", function.handle(), machines);
            text.push(b'}');
        }
        HostValue::UserData(object) => {
            push_handle(text, "{\"$userdata\":", object.handle(), machines);
            text.extend_from_slice(b",\"type\":");
            push_str(text, object.type_name());
            text.push(b'}');
        }
        HostValue::Opaque(name) => {
            text.extend_from_slice(b"{\"$opaque\":");
            push_str(text, name);
            text.push(b'}');
        }
    }
}

/// Appends what takes as much memory as a value that no script can be given, since it is nested
/// too deep: a replay is refused it as the run was, and asks for as much before.
fn push_room(text: &mut Vec<u8>, value: &HostValue) {
    match inner_bytes(value).saturating_sub(BLOCK_BYTES) {
        0 => text.extend_from_slice(b"[]"),
        room => push_bytes(text, &vec![b' '; room]),
    }
}

/// Appends a boolean.
pub(in crate::session) fn push_boolean(text: &mut Vec<u8>, boolean: bool) {
    text.extend_from_slice(if boolean { b"true" } else { b"false" });
}

fn push_handle(text: &mut Vec<u8>, before: &str, handle: &Handle, machines: &Machines) {
    text.extend_from_slice(before.as_bytes());
    push_count(text, handle.serial());
    let of = machines.of(handle);
    if of != machines.current {
        text.extend_from_slice(b",\"of\":");
        push_count(text, of as u64);
    }
}

fn push_object(
    text: &mut Vec<u8>,
    fields: &[(HostKey, HostValue)],
    machines: &Machines,
    depth: usize,
) {
    let is_name = |key: &HostKey| key.as_str().is_some_and(|name| !name.starts_with('$'));
    let plain = fields.iter().all(|(key, _)| is_name(key));
    text.extend_from_slice(if plain { b"{" } else { b"{\"$object\":[" });
    for (at, (key, value)) in fields.iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        match key {
            HostKey::Boolean(b) => push_boolean(text, *b),
            HostKey::Integer(i) => push_int(text, *i),
            HostKey::Number(n) => push_float(text, *n),
            HostKey::String(name) => push_bytes(text, name),
        }
        text.push(if plain { b':' } else { b',' });
        push_nested(text, value, machines, depth + 1);
    }
    text.extend_from_slice(if plain { b"}" } else { b"]}" });
}

/// What finds the handles that a trace names by number.
pub(in crate::session) trait Handles {
    /// Returns the function of this number, on this machine if it is not the one at work.
    fn function(&self, number: u64, of: Option<u64>) -> Function;
    /// Returns the object of this number.
    fn object(&self, number: u64, of: Option<u64>, name: &str) -> ObjectRef;
}

/// Makes the value that a part of a line stands for; nothing, if it stands for none.
pub(in crate::session) fn value_of(json: &HostValue, handles: &dyn Handles) -> Option<HostValue> {
    Some(match json {
        HostValue::Array(items) => HostValue::Array(values_of(items, handles)?),
        HostValue::Object(fields) => {
            let form = fields.first().and_then(|(key, _)| key.as_str()).unwrap_or_default();
            if form.starts_with('$') {
                return form_of(form, fields, handles);
            }
            let fields = fields.iter().map(|(key, value)| {
                let is_name = key.as_str().is_some_and(|name| !name.starts_with('$'));
                is_name.then_some(())?;
                Some((key.clone(), value_of(value, handles)?))
            });
            HostValue::Object(fields.collect::<Option<_>>()?)
        }
        scalar => scalar.clone(),
    })
}

/// Makes the values that a list of a line stands for.
pub(in crate::session) fn values_of(
    items: &[HostValue],
    handles: &dyn Handles,
) -> Option<Vec<HostValue>> {
    items.iter().map(|item| value_of(item, handles)).collect()
}

fn form_of(
    form: &str,
    fields: &[(HostKey, HostValue)],
    handles: &dyn Handles,
) -> Option<HostValue> {
    let content = &fields.first()?.1;
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let of = field("of").and_then(count_of);
    let most = match form {
        "$function" => 1 + usize::from(of.is_some()),
        "$userdata" => 2 + usize::from(of.is_some()),
        _ => 1,
    };
    if fields.len() != most {
        return None;
    }
    Some(match form {
        "$null" if *content == HostValue::Boolean(true) => HostValue::Null,
        "$bytes" => HostValue::String(decode_bytes(content.as_bytes()?)?),
        "$float" => HostValue::Number(match content.as_str()? {
            "nan" => f64::NAN,
            "inf" => f64::INFINITY,
            "-inf" => f64::NEG_INFINITY,
            _ => return None,
        }),
        "$object" => {
            let HostValue::Array(items) = content else { return None };
            let (pairs, []) = items.as_chunks::<2>() else { return None };
            let pairs = pairs.iter().map(|[key, value]| {
                let key = match value_of(key, handles)? {
                    HostValue::Boolean(b) => HostKey::Boolean(b),
                    HostValue::Integer(i) => HostKey::Integer(i),
                    HostValue::Number(n) => HostKey::Number(n),
                    HostValue::String(name) => HostKey::String(name),
                    _ => return None,
                };
                Some((key, value_of(value, handles)?))
            });
            HostValue::Object(pairs.collect::<Option<_>>()?)
        }
        "$function" => HostValue::Function(handles.function(count_of(content)?, of)),
        "$userdata" => {
            let name = field("type")?.as_str()?;
            HostValue::UserData(handles.object(count_of(content)?, of, name))
        }
        "$opaque" => HostValue::Opaque(type_name(content.as_str()?)?),
        _ => return None,
    })
}

/// Returns the name of a type of Lua's as the constant that it is.
fn type_name(name: &str) -> Option<&'static str> {
    const NAMES: [&str; 9] = [
        "nil", "boolean", "number", "string", "table", "function", "userdata", "thread", "no value",
    ];
    NAMES.into_iter().find(|known| *known == name)
}

/// Reads a count.
pub(in crate::session) fn count_of(json: &HostValue) -> Option<u64> {
    match json {
        HostValue::Integer(i) => u64::try_from(*i).ok(),
        // Only what is no integer of Lua's is written as a string.
        HostValue::String(digits) if digits.len() >= 19 => {
            let digits = std::str::from_utf8(digits).ok()?;
            digits.parse().ok().filter(|count: &u64| i64::try_from(*count).is_err())
        }
        _ => None,
    }
}

/// Reads a string of any bytes.
pub(in crate::session) fn bytes_of(json: &HostValue) -> Option<Vec<u8>> {
    match json {
        HostValue::String(bytes) => Some(bytes.clone()),
        HostValue::Object(fields) => match fields.as_slice() {
            [(form, content)] if form == "$bytes" => decode_bytes(content.as_bytes()?),
            _ => None,
        },
        _ => None,
    }
}
