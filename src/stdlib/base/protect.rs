//! Errors: `assert`, `error`, `pcall` and `xpcall` (manual §6.1).

use super::one_of;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::value::Value;

pub(super) const SUCCEEDED: u32 = 1;
const FAILED: u32 = 2;

/// Raises an error object; a string gets the position of `level` in front.
fn raise<'gc>(call: &Call<'_, 'gc>, object: Value<'gc>, level: i64) -> Interrupt<'gc> {
    let Value::String(text) = object else { return Interrupt::Error(object) };
    if level <= 0 {
        return Interrupt::Error(object);
    }
    let message = call.position(usize::try_from(level).unwrap_or(usize::MAX));
    if message.is_empty() {
        return Interrupt::Error(object);
    }
    call.positioned_error(message, text)
}

/// `assert (v [, message])`
pub(super) fn assert<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.check_any(0)?.is_truthy() {
        let values = call.top();
        call.charge_items(values)?;
        return Ok(Flow::Return(values));
    }
    if call.top() > 1 {
        return Err(raise(call, call.arg(1), 1));
    }
    Err(call.error("assertion failed!"))
}

/// What [`assert()`] returns for what is true.
pub(super) fn assert_at_once<'gc>(call: &Call<'_, 'gc>, all: bool) -> Option<Value<'gc>> {
    if call.arg(0).is_truthy() { one_of(call, 0, all) } else { None }
}

/// `error (message [, level])`
pub(super) fn error<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let level = call.opt_int(1, 1)?;
    Err(raise(call, call.arg(0), level))
}

/// `pcall (f [, arg1, ···])`
pub(super) fn pcall<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        0 => {
            call.check_any(0)?;
            let args = call.above(1);
            call.charge_items(args)?;
            // The first result's place; the function and its arguments come behind it.
            call.push(Value::Boolean(true));
            call.insert(0);
            Ok(Flow::ProtectedCall {
                at: 1,
                args,
                step: SUCCEEDED,
                on_error: FAILED,
                handler: None,
            })
        }
        SUCCEEDED => Ok(Flow::Return(call.top())),
        _ => {
            call.set(0, Value::Boolean(false));
            Ok(Flow::Return(2))
        }
    }
}

/// `xpcall (f, msgh [, arg1, ···])`
pub(super) fn xpcall<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    // Slots: the function, the handler, the first result, the call.
    match call.step {
        0 => {
            call.check_function(1)?;
            let args = call.above(2);
            call.charge_items(args)?;
            call.push(Value::Boolean(true));
            call.insert(2);
            call.push(call.arg(0));
            call.insert(3);
            Ok(Flow::ProtectedCall {
                at: 3,
                args,
                step: SUCCEEDED,
                on_error: FAILED,
                handler: Some(1),
            })
        }
        SUCCEEDED => Ok(Flow::Return(call.above(2))),
        _ => {
            call.set(2, Value::Boolean(false));
            Ok(Flow::Return(2))
        }
    }
}
