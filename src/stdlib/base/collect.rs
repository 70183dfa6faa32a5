//! `collectgarbage` (manual §6.1).
//!
//! When the collector runs is decided by what a program allocates. Scripts may ask
//! for a full collection, stop automatic ones, or go through the heap in steps, at the
//! end of which a full collection happens. Modes, pause and multiplier are remembered
//! and change nothing.

use crate::vm::call::Call;
use crate::vm::native::{Flow, Interrupt, Step};
use crate::vm::value::Value;

const COLLECTED: u32 = 1;
const STEPPED: u32 = 2;

/// Units of a step that does not end with a collection.
const STEP_PRICE: u64 = 16;

/// `collectgarbage ([opt [, arg]])`
pub(super) fn collectgarbage<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        COLLECTED => return call.ret(0),
        STEPPED => return call.ret(true),
        _ => {}
    }
    let option = call.opt_string(0)?;
    let option = option.map_or(&b"collect"[..], |option| option.as_bytes());
    let ctx = call.ctx;
    let collector = &ctx.state.collector;
    let finalizing = collector.is_finalizing();
    let numbers = match option {
        b"collect" | b"count" | b"stop" | b"restart" | b"isrunning" => 0,
        b"step" | b"setpause" | b"setstepmul" => 1,
        b"generational" => 2,
        b"incremental" => 3,
        other => return Err(invalid(call, other)),
    };
    for arg in 1..=numbers {
        call.opt_integer(arg, 0)?;
    }
    if finalizing {
        // As in PUC: inside a finalizer no option does anything.
        return call.ret(Value::Nil);
    }
    // As in PUC, what counts of the number is a C `int`.
    let number = if numbers > 0 { call.opt_integer(1, 0)? as i32 } else { 0 };
    match option {
        b"count" => call.ret(ctx.state.account.used() as f64 / 1024.0),
        b"stop" | b"restart" => {
            ctx.stop_collector(option == b"stop");
            call.ret(0)
        }
        b"isrunning" => call.ret(ctx.is_collector_running()),
        b"incremental" | b"generational" => {
            let names = [ctx.string(b"incremental")?, ctx.string(b"generational")?];
            let before = collector.set_generational(option == b"generational");
            call.ret(names[usize::from(before)])
        }
        b"setpause" => call.ret(collector.set_pause(number)),
        b"setstepmul" => call.ret(collector.set_step_multiplier(number)),
        b"step" => {
            call.charge(STEP_PRICE)?;
            if ctx.step_collector(number)? {
                Ok(Flow::Again { step: STEPPED })
            } else {
                call.ret(false)
            }
        }
        _ => {
            ctx.request_collection()?;
            Ok(Flow::Again { step: COLLECTED })
        }
    }
}

fn invalid<'gc>(call: &Call<'_, 'gc>, option: &[u8]) -> Interrupt<'gc> {
    // PUC's message takes a C string.
    let shown = option.split(|byte| *byte == 0).next().unwrap_or_default();
    let shown = &shown[..shown.len().min(200)];
    let mut message = b"invalid option '".to_vec();
    message.extend_from_slice(shown);
    message.push(b'\'');
    call.arg_error(0, message)
}
