//! Lua values to the host's owned values and back.

use super::host_value::{HostValue, MAX_DEPTH};
use crate::base::number::{format_float, format_integer};
use crate::stdlib::json::{MARK_ARRAY, MARK_OBJECT};
use crate::vm::lua::Context;
use crate::vm::native::Interrupt;
use crate::vm::table::Table;
use crate::vm::value::Value;

/// Returns about how many bytes a host value takes.
pub(super) fn host_bytes(value: &HostValue) -> u64 {
    // Depth is bounded by `MAX_DEPTH` (see `host_value`), and so is this recursion.
    16 + match value {
        HostValue::String(bytes) => bytes.len() as u64,
        HostValue::Array(items) => items.iter().map(host_bytes).sum(),
        HostValue::Object(fields) => {
            fields.iter().map(|(key, value)| key.len() as u64 + host_bytes(value)).sum()
        }
        _ => 0,
    }
}

/// A table being converted, with where it goes in its parent.
struct Open<'gc> {
    table: Table<'gc>,
    position: usize,
    array: bool,
    items: Vec<HostValue>,
    fields: Vec<(Vec<u8>, HostValue)>,
    /// Key in the parent's object.
    key: Vec<u8>,
}

/// Converts an argument for the host. Tables with keys 1..n become arrays, others
/// objects; integer keys become text. Charges one unit a value and for bytes.
///
/// # Errors
/// The inner error says why the value cannot cross; nothing has happened on an interrupt.
pub(super) fn to_host<'gc>(
    ctx: Context<'gc>,
    value: Value<'gc>,
) -> Result<Result<HostValue, String>, Interrupt<'gc>> {
    let mut open: Vec<Open<'gc>> = Vec::new();
    let mut current = (Vec::new(), value);
    loop {
        ctx.charge(1)?;
        let (key, value) = current;
        let mut done = match plain(ctx, value)? {
            Some(value) => (key, value),
            None => {
                let Value::Table(table) = value else {
                    return Ok(Err("userdata and threads cannot be passed to the host".into()));
                };
                if open.iter().any(|parent| parent.table.ptr_eq(table)) {
                    return Ok(Err(
                        "a table that contains itself cannot be passed to the host".into()
                    ));
                }
                if open.len() >= MAX_DEPTH {
                    return Ok(Err(format!("tables are nested deeper than {MAX_DEPTH}")));
                }
                open.push(enter(table, key));
                match advance(ctx, &mut open)? {
                    Advance::Child(key, value) => {
                        current = (key, value);
                        continue;
                    }
                    Advance::Done(key, value) => (key, value),
                    Advance::BadKey => return Ok(Err(BAD_KEY.into())),
                }
            }
        };
        // Hand finished values up until a table has another child.
        loop {
            let Some(parent) = open.last_mut() else { return Ok(Ok(done.1)) };
            if parent.array {
                parent.items.push(done.1);
            } else {
                parent.fields.push(done);
            }
            match advance(ctx, &mut open)? {
                Advance::Child(key, value) => {
                    current = (key, value);
                    break;
                }
                Advance::Done(key, value) => done = (key, value),
                Advance::BadKey => return Ok(Err(BAD_KEY.into())),
            }
        }
    }
}

const BAD_KEY: &str = "only string and integer keys can be passed to the host";

fn enter<'gc>(table: Table<'gc>, key: Vec<u8>) -> Open<'gc> {
    let mut position = 0;
    let mut count = 0;
    // The items 1..n come first: it is an array when nothing follows them.
    while let Some((next, Value::Integer(index), _)) = table.next_index(position) {
        if index != count + 1 {
            break;
        }
        count += 1;
        position = next;
    }
    let array = table.next_index(position).is_none()
        && table.json_mark() != MARK_OBJECT
        && (count > 0 || table.json_mark() == MARK_ARRAY || table.json_mark() == 0);
    Open { table, position: 0, array, items: Vec::new(), fields: Vec::new(), key }
}

enum Advance<'gc> {
    Child(Vec<u8>, Value<'gc>),
    Done(Vec<u8>, HostValue),
    BadKey,
}

fn advance<'gc>(
    ctx: Context<'gc>,
    open: &mut Vec<Open<'gc>>,
) -> Result<Advance<'gc>, Interrupt<'gc>> {
    if let Some(top) = open.last_mut()
        && let Some((next, key, value)) = top.table.next_index(top.position)
    {
        top.position = next;
        if top.array {
            return Ok(Advance::Child(Vec::new(), value));
        }
        // No Lua string is made here: what is charged must come before what is allocated.
        let mut text = Vec::new();
        match key {
            Value::String(s) => {
                ctx.charge(crate::vm::fuel::bytes_price(s.len()))?;
                text.extend_from_slice(s.as_bytes());
            }
            Value::Integer(i) => text.extend_from_slice(&format_integer(i)),
            Value::Number(n) => format_float(n, &mut text),
            _ => return Ok(Advance::BadKey),
        }
        return Ok(Advance::Child(text, value));
    }
    Ok(match open.pop() {
        Some(top) if top.array => Advance::Done(top.key, HostValue::Array(top.items)),
        Some(top) => Advance::Done(top.key, HostValue::Object(top.fields)),
        None => Advance::BadKey,
    })
}

fn plain<'gc>(ctx: Context<'gc>, value: Value<'gc>) -> Result<Option<HostValue>, Interrupt<'gc>> {
    Ok(Some(match value {
        Value::Nil => HostValue::Nil,
        Value::Boolean(b) => HostValue::Boolean(b),
        Value::Integer(i) => HostValue::Integer(i),
        Value::Number(n) => HostValue::Number(n),
        Value::String(s) => {
            ctx.charge(crate::vm::fuel::bytes_price(s.len()))?;
            HostValue::String(s.as_bytes().to_vec())
        }
        Value::Closure(_) | Value::Native(_) | Value::Builtin(_) => HostValue::Function,
        _ => return Ok(None),
    }))
}

/// Converts a host's value. Its depth is bounded by `MAX_DEPTH`, and so is the
/// recursion here.
///
/// # Errors
/// When memory is refused, or the value is nested too deeply.
pub(super) fn from_host<'gc>(
    ctx: Context<'gc>,
    value: &HostValue,
) -> Result<Value<'gc>, Interrupt<'gc>> {
    convert(ctx, value, 0)
}

fn convert<'gc>(
    ctx: Context<'gc>,
    value: &HostValue,
    depth: usize,
) -> Result<Value<'gc>, Interrupt<'gc>> {
    if depth > MAX_DEPTH {
        return Err(ctx.error("the host's result is nested too deeply"));
    }
    Ok(match value {
        HostValue::Nil | HostValue::Function => Value::Nil,
        HostValue::Boolean(b) => Value::Boolean(*b),
        HostValue::Integer(i) => Value::Integer(*i),
        HostValue::Number(n) => Value::Number(crate::vm::number::canonical(*n)),
        HostValue::String(bytes) => Value::String(ctx.string(bytes)?),
        HostValue::Array(items) => {
            let table = Table::new(ctx, items.len(), 0)?;
            for (at, item) in items.iter().enumerate() {
                table.set_int(ctx, at as i64 + 1, convert(ctx, item, depth + 1)?)?;
            }
            table.set_json_mark(MARK_ARRAY);
            Value::Table(table)
        }
        HostValue::Object(fields) => {
            let table = Table::new(ctx, 0, fields.len())?;
            for (key, item) in fields {
                let key = ctx.string(key)?;
                table.set_str(ctx, key, convert(ctx, item, depth + 1)?)?;
            }
            table.set_json_mark(MARK_OBJECT);
            Value::Table(table)
        }
    })
}
