//! Metatables and raw access: `getmetatable`, `setmetatable`, `rawequal`,
//! `rawget`, `rawlen`, `rawset` (manual §6.1).

use crate::vm::calls::call::Call;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Interrupt, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;

/// `getmetatable (object)`
pub(super) fn getmetatable<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let object = call.check_any(0)?;
    let Some(metatable) = call.ctx.metatable(&object) else { return call.ret(Value::Nil) };
    // This makes it real, if it was that of strings and was not looked at before.
    let shown = call.ctx.handler(metatable, Event::Metatable);
    call.ret(if shown.is_nil() { Value::Table(metatable) } else { shown })
}

/// Requires argument 2 to be a metatable, or nil that was passed.
pub(in crate::stdlib) fn check_metatable<'gc>(
    call: &Call<'_, 'gc>,
) -> Result<Option<Table<'gc>>, Interrupt<'gc>> {
    match call.arg(1) {
        Value::Table(metatable) => Ok(Some(metatable)),
        Value::Nil if call.top() > 1 => Ok(None),
        _ => Err(call.type_error(1, "nil or table")),
    }
}

/// `setmetatable (table, metatable)`
pub(super) fn setmetatable<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let table = call.check_table(0)?;
    let metatable = check_metatable(call)?;
    if let Some(current) = table.metatable()
        && !call.ctx.handler(current, Event::Metatable).is_nil()
    {
        return Err(call.error("cannot change a protected metatable"));
    }
    if table.is_read_only() {
        return Err(call.error("attempt to modify a readonly table"));
    }
    call.ctx.set_metatable(&Value::Table(table), metatable)?;
    call.ret(table)
}

/// `rawequal (v1, v2)`
pub(super) fn rawequal<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (a, b) = (call.check_any(0)?, call.check_any(1)?);
    if let (Value::String(a), Value::String(b)) = (a, b)
        && !a.is_short()
        && !a.ptr_eq(b)
        && a.len() == b.len()
    {
        call.charge_bytes(a.len())?;
    }
    call.ret(a.raw_eq(&b))
}

/// What [`rawequal`] returns where nothing is to be compared byte by byte.
pub(super) fn rawequal_at_once<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
    match args {
        [Value::String(a), Value::String(_), ..] if !a.is_short() => false,
        [a, b, ..] => {
            *result = Value::Boolean(a.raw_eq(b));
            true
        }
        _ => false,
    }
}

/// Charges for a key that is a long string: for hashing it, or comparing it with another.
fn charge_key<'gc>(call: &Call<'_, 'gc>, key: &Value<'gc>) -> Result<(), Interrupt<'gc>> {
    match key {
        Value::String(s) if !s.is_short() => call.charge_bytes(s.len()),
        _ => Ok(()),
    }
}

/// `rawget (table, index)`
pub(super) fn rawget<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let table = call.check_table(0)?;
    let key = call.check_any(1)?;
    charge_key(call, &key)?;
    if let Value::String(key) = key {
        key.hash_paid(call.ctx.heap())?;
    }
    call.ret(table.get(call.ctx.heap(), key))
}

/// What [`rawget`] returns for an integer or a short string.
pub(super) fn rawget_at_once<'gc>(call: &Call<'_, 'gc>, _all: bool) -> Option<Value<'gc>> {
    match (call.arg(0), call.arg(1)) {
        (Value::Table(table), Value::Integer(key)) => Some(table.get_int(key)),
        (Value::Table(table), Value::String(key)) if key.is_short() => {
            Some(table.get_str(call.ctx.heap(), key))
        }
        _ => None,
    }
}

/// `rawset (table, index, value)`
pub(super) fn rawset<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let table = call.check_table(0)?;
    let key = call.check_any(1)?;
    let value = call.check_any(2)?;
    charge_key(call, &key)?;
    if table.is_read_only() {
        return Err(call.error("attempt to modify a readonly table"));
    }
    table.raw_set(call.ctx.heap(), key, value)?;
    call.ret(table)
}

/// `rawlen (v)`
pub(super) fn rawlen<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let length = match call.arg(0) {
        Value::Table(table) => table.len(),
        Value::String(s) => s.len() as i64,
        _ => return Err(call.type_error(0, "table or string")),
    };
    call.ret(length)
}
