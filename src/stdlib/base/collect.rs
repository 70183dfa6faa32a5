//! `collectgarbage` (manual §6.1).
//!
//! When the collector runs is decided by what a program allocates. Scripts may
//! ask for a full collection; the other options answer as PUC's do and change
//! nothing but later answers.

use crate::vm::call::Call;
use crate::vm::native::{Flow, Interrupt, Step};
use crate::vm::value::Value;

/// Keys of the registry under which answers are remembered.
const MODE: &[u8] = b"_GCMODE";
const STOPPED: &[u8] = b"_GCSTOPPED";
const PAUSE: &[u8] = b"_GCPAUSE";
const STEP_MULTIPLIER: &[u8] = b"_GCSTEPMUL";

const DEFAULT_PAUSE: i64 = 200;
const DEFAULT_STEP_MULTIPLIER: i64 = 100;

const COLLECTED: u32 = 1;
const STEPPED: u32 = 2;

/// `collectgarbage ([opt [, arg]])`
pub(super) fn collectgarbage<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        COLLECTED => return call.ret(0),
        STEPPED => return call.ret(true),
        _ => {}
    }
    let option = call.opt_string(0)?;
    let option = option.map_or(&b"collect"[..], |option| option.as_bytes());
    match option {
        b"collect" => {
            call.ctx.request_collection()?;
            Ok(Flow::Again { step: COLLECTED })
        }
        b"step" => {
            call.opt_integer(1, 0)?;
            call.ctx.request_collection()?;
            Ok(Flow::Again { step: STEPPED })
        }
        b"count" => call.ret(call.ctx.state.account.used() as f64 / 1024.0),
        b"stop" | b"restart" => {
            remember(call, STOPPED, Value::Boolean(option == b"stop"))?;
            call.ret(0)
        }
        b"isrunning" => {
            let stopped = remembered(call, STOPPED)?.is_truthy();
            call.ret(!stopped)
        }
        b"incremental" | b"generational" => {
            let numbers = if option == b"incremental" { 3 } else { 2 };
            for arg in 1..=numbers {
                call.opt_integer(arg, 0)?;
            }
            let new = call.ctx.string(option)?;
            let first = call.ctx.string(b"incremental")?;
            let old = remember(call, MODE, Value::String(new))?;
            call.ret(if old.is_nil() { Value::String(first) } else { old })
        }
        b"setpause" => set_parameter(call, PAUSE, DEFAULT_PAUSE),
        b"setstepmul" => set_parameter(call, STEP_MULTIPLIER, DEFAULT_STEP_MULTIPLIER),
        other => {
            // PUC's message takes a C string.
            let shown = other.split(|byte| *byte == 0).next().unwrap_or_default();
            let shown = &shown[..shown.len().min(200)];
            let mut message = b"invalid option '".to_vec();
            message.extend_from_slice(shown);
            message.push(b'\'');
            Err(call.arg_error(0, message))
        }
    }
}

/// Sets a parameter and returns its former value.
fn set_parameter<'gc>(call: &mut Call<'_, 'gc>, name: &[u8], default: i64) -> Step<'gc> {
    let new = call.opt_integer(1, 0)?;
    let old = remember(call, name, Value::Integer(new))?;
    call.ret(if old.is_nil() { Value::Integer(default) } else { old })
}

/// Returns what is remembered under a name, or nil.
fn remembered<'gc>(call: &Call<'_, 'gc>, name: &[u8]) -> Result<Value<'gc>, Interrupt<'gc>> {
    let name = call.ctx.string(name)?;
    Ok(call.ctx.state.registry.get_str(name))
}

/// Remembers a value under a name and returns the former one: the last thing of a
/// step that may be interrupted.
fn remember<'gc>(
    call: &Call<'_, 'gc>,
    name: &[u8],
    value: Value<'gc>,
) -> Result<Value<'gc>, Interrupt<'gc>> {
    let name = call.ctx.string(name)?;
    let registry = call.ctx.state.registry;
    let old = registry.get_str(name);
    registry.set_str(call.ctx, name, value)?;
    Ok(old)
}
