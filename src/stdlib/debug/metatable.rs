//! Metatables of all types, the registry, and user values (manual §6.10).

use super::upvalues::UPVALUE_ID;
use crate::stdlib::base::access::check_metatable;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Interrupt, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::{Type, Value};

/// `debug.getmetatable (value)`
pub(super) fn getmetatable<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let value = call.check_any(0)?;
    let metatable = call.ctx.metatable(&value);
    if let Some(metatable) = metatable {
        metatable.realize(call.ctx.heap());
    }
    call.ret(metatable.map_or(Value::Nil, Value::Table))
}

/// `debug.setmetatable (value, table)`
pub(super) fn setmetatable<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let metatable = check_metatable(call)?;
    let value = call.arg(0);
    assign(call, &value, metatable)?;
    call.ret(value)
}

/// Sets the metatable that governs a value.
///
/// # Errors
/// When memory is refused; nothing is changed then.
pub(super) fn assign<'gc>(
    call: &Call<'_, 'gc>,
    value: &Value<'gc>,
    metatable: Option<Table<'gc>>,
) -> Result<(), Interrupt<'gc>> {
    match value {
        Value::Table(_) | Value::UserData(_) => return call.ctx.set_metatable(value, metatable),
        other => call.ctx.set_type_metatable(other.type_of(), metatable),
    }
    Ok(())
}

/// `debug.getregistry ()`
pub(super) fn getregistry<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    call.ret(call.ctx.state.registry)
}

/// `debug.getuservalue (u, n)`. No userdata has user values here.
pub(super) fn getuservalue<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    call.opt_integer(1, 1)?;
    call.ret(Value::Nil)
}

/// `debug.setuservalue (udata, value, n)`
pub(super) fn setuservalue<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    call.opt_integer(2, 1)?;
    if call.arg(0).type_of() != Type::UserData {
        return Err(call.type_error(0, "userdata"));
    }
    if let Value::UserData(userdata) = call.arg(0)
        && userdata.tag() == UPVALUE_ID
    {
        // What `upvalueid` returns is one in PUC.
        return Err(call.arg_error(0, "userdata expected, got light userdata"));
    }
    call.check_any(1)?;
    call.ret(Value::Nil)
}
