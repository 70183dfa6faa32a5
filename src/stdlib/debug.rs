//! The `debug` library of the sandbox: tracebacks only (manual §6.10).

use crate::vm::call::Call;
use crate::vm::native::{Flow, NativeDef, Step};
use crate::vm::traceback::traceback;
use crate::vm::value::Value;

/// The functions of `debug`.
pub static FUNCTIONS: &[NativeDef] = &[NativeDef {
    name: "debug.traceback",
    call: debug_traceback,
    section: "6.10",
    fuel: "64 + bytes/64",
}];

/// Price of walking the frames and searching names.
const TRACEBACK: u64 = 64;

/// `debug.traceback ([thread,] [message [, level]])`
fn debug_traceback<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let first = usize::from(matches!(call.arg(0), Value::Thread(_)));
    let message = call.arg(first);
    if !matches!(message, Value::Nil | Value::String(_) | Value::Integer(_) | Value::Number(_)) {
        call.push(message);
        return Ok(Flow::Return(1));
    }
    call.charge(TRACEBACK)?;
    let level = call.opt_integer(first + 1, i64::from(first == 0))?;
    let skip = usize::try_from(level).unwrap_or(0);
    let mut out = Vec::new();
    if let Some(message) = call.ctx.coerce_string(&message)? {
        call.charge_bytes(message.len())?;
        out.extend_from_slice(message.as_bytes());
        out.push(b'\n');
    }
    match call.arg(0) {
        Value::Thread(thread) if !thread.ptr_eq(call.thread) => {
            traceback(call.ctx, thread.state(), skip, &mut out);
        }
        _ => call.own_traceback(skip, &mut out),
    }
    let text = call.string(&out)?;
    call.ret(text)
}
