//! `debug.getlocal` and `debug.setlocal` (manual §6.10).

use super::{name_value, target};
use crate::bytecode::names;
use crate::vm::calls::call::Call;
use crate::vm::calls::inspect::Local;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::thread::Thread;
use crate::vm::heap::value::{Type, Value};
use crate::vm::meters::fuel::items_price;

/// Charges for the search among a function's variables.
fn charge_search<'gc>(call: &Call<'_, 'gc>, function: &Value<'gc>) -> Result<(), Interrupt<'gc>> {
    match function {
        Value::Closure(closure) => call.charge(items_price(closure.proto().loc_vars.len())),
        _ => Ok(()),
    }
}

/// Charges for the search at a level of a thread, if there is one.
fn charge_level<'gc>(
    call: &Call<'_, 'gc>,
    thread: Thread<'gc>,
    level: i64,
) -> Result<(), Interrupt<'gc>> {
    match call.function_at(thread, level) {
        Some(function) => charge_search(call, &function),
        None => Ok(()),
    }
}

/// `debug.getlocal ([thread,] f, local)`
pub(super) fn getlocal<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (thread, first) = target(call);
    let n = call.check_int(first + 1)?;
    let function = call.arg(first);
    if function.type_of() == Type::Function {
        charge_search(call, &function)?;
        // Only parameters are there before the function runs.
        let name = match &function {
            Value::Closure(closure) => names::nth_local(closure.proto(), 0, n),
            _ => None,
        };
        let name = match name {
            Some(name) => name_value(call, name)?,
            None => Value::Nil,
        };
        return call.ret(name);
    }
    let level = call.check_int(first)?;
    charge_level(call, thread, level)?;
    match call.local(thread, level, n) {
        Local::NoLevel => Err(call.arg_error(first, "level out of range")),
        Local::NoVariable => call.ret(Value::Nil),
        Local::Found(name, value) => {
            let name = name_value(call, &name)?;
            call.push(name);
            call.push(value);
            Ok(Flow::Return(2))
        }
    }
}

/// `debug.setlocal ([thread,] level, local, value)`
pub(super) fn setlocal<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (thread, first) = target(call);
    let level = call.check_int(first)?;
    let n = call.check_int(first + 1)?;
    charge_level(call, thread, level)?;
    let name = match call.local(thread, level, n) {
        Local::NoLevel => return Err(call.arg_error(first, "level out of range")),
        Local::NoVariable => None,
        Local::Found(name, _) => Some(name_value(call, &name)?),
    };
    let value = call.check_any(first + 2)?;
    if name.is_some() {
        call.set_local(thread, level, n, value)?;
    }
    call.ret(name.unwrap_or_default())
}
