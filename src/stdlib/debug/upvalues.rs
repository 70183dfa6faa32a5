//! `debug.getupvalue`, `setupvalue`, `upvalueid` and `upvaluejoin` (manual §6.10).

use super::{name_value, registry_table};
use crate::vm::calls::call::Call;
use crate::vm::heap::closure::LuaClosure;
use crate::vm::heap::journal::Old;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::userdata::UserData;
use crate::vm::heap::value::Value;

/// Where the registry keeps the userdata that stand for upvalues.
const IDS: &str = "_UPVALUEIDS";

/// The number of the userdata that stand for upvalues.
pub(super) const UPVALUE_ID: u64 = 1;

/// Returns an upvalue's index from 0 if the function has it.
fn index_of<'gc>(function: &Value<'gc>, n: i64) -> Option<usize> {
    let count = match function {
        Value::Closure(closure) => closure.upvalues().len(),
        Value::Native(closure) => closure.upvalue_count(),
        _ => 0,
    };
    let index = usize::try_from(n.checked_sub(1)?).ok()?;
    (index < count).then_some(index)
}

/// Returns the name of an upvalue: stripped ones have none, native functions' are empty.
fn name_of<'gc>(function: &Value<'gc>, index: usize) -> &'gc [u8] {
    match function {
        Value::Closure(closure) => match closure.proto().upvalues.get(index) {
            Some(upvalue) if !upvalue.name.is_empty() => &upvalue.name,
            _ => b"(no name)",
        },
        _ => b"",
    }
}

/// `debug.getupvalue (f, up)`
pub(super) fn getupvalue<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let n = call.check_int(1)?;
    let function = call.check_function(0)?;
    let Some(index) = index_of(&function, n) else { return call.ret_none() };
    let value = match &function {
        Value::Closure(closure) => closure.upvalues()[index].get(),
        Value::Native(closure) => match closure.upvalue(index) {
            // No value of Lua's.
            Value::Buffer(_) => Value::Nil,
            value => value,
        },
        _ => Value::Nil,
    };
    let name = name_value(call, name_of(&function, index))?;
    call.push(name);
    call.push(value);
    Ok(Flow::Return(2))
}

/// `debug.setupvalue (f, up, value)`. Native functions keep theirs to themselves.
pub(super) fn setupvalue<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let value = call.check_any(2)?;
    let n = call.check_int(1)?;
    let function = call.check_function(0)?;
    let Value::Closure(closure) = function else { return call.ret_none() };
    let Some(index) = index_of(&function, n) else { return call.ret_none() };
    let name = name_value(call, name_of(&function, index))?;
    let upvalue = closure.upvalues()[index];
    upvalue.save(call.ctx.heap())?;
    upvalue.set(call.ctx.heap(), value);
    call.ret(name)
}

/// Returns the number under which the userdata of an upvalue is kept: those of native
/// functions are negative.
fn serial<'gc>(
    call: &Call<'_, 'gc>,
    function: &Value<'gc>,
    index: usize,
) -> Result<Option<i64>, Interrupt<'gc>> {
    Ok(match function {
        Value::Closure(closure) => {
            let upvalue = closure.upvalues()[index];
            if !upvalue.has_serial() {
                call.ctx.heap().note_if_open(|| Old::Serial(upvalue))?;
            }
            call.ctx.upvalue_serial(*closure, index).map(i64::from)
        }
        Value::Native(closure) => Some(-((closure.id() as i64) << 8) - index as i64),
        _ => None,
    })
}

/// `debug.upvalueid (f, n)`
pub(super) fn upvalueid<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let n = call.check_int(1)?;
    let function = call.check_function(0)?;
    let found = match index_of(&function, n) {
        Some(index) => serial(call, &function, index)?,
        None => None,
    };
    let Some(serial) = found else { return call.ret(Value::Nil) };
    let ids = registry_table(call, IDS, "v")?;
    let known = ids.get_int(serial);
    if !known.is_nil() {
        return call.ret(known);
    }
    let id = Value::UserData(UserData::new(call.ctx.heap(), UPVALUE_ID)?);
    ids.raw_set(call.ctx.heap(), Value::Integer(serial), id)?;
    call.ret(id)
}

/// Requires a function with this upvalue.
fn check_upvalue<'gc>(
    call: &Call<'_, 'gc>,
    function: usize,
    number: usize,
) -> Result<(Value<'gc>, usize), Interrupt<'gc>> {
    let n = call.check_int(number)?;
    let value = call.check_function(function)?;
    match index_of(&value, n) {
        Some(index) => Ok((value, index)),
        None => Err(call.arg_error(number, "invalid upvalue index")),
    }
}

fn check_lua<'gc>(
    call: &Call<'_, 'gc>,
    value: Value<'gc>,
    arg: usize,
) -> Result<LuaClosure<'gc>, Interrupt<'gc>> {
    match value {
        Value::Closure(closure) => Ok(closure),
        _ => Err(call.arg_error(arg, "Lua function expected")),
    }
}

/// `debug.upvaluejoin (f1, n1, f2, n2)`
pub(super) fn upvaluejoin<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (to, at) = check_upvalue(call, 0, 1)?;
    let (from, of) = check_upvalue(call, 2, 3)?;
    let to = check_lua(call, to, 0)?;
    let from = check_lua(call, from, 2)?;
    let (old, new) = (to.upvalues()[at], from.upvalues()[of]);
    call.ctx.heap().note_if_open(|| Old::Joined(to, at, old))?;
    to.set_upvalue(call.ctx.heap(), at, new);
    call.ret_none()
}
