//! `collectgarbage` (manual §6.1).
//!
//! When the collector runs is decided by what a program allocates. Scripts may ask
//! for a full collection, stop automatic ones, or go through the heap in steps, at the
//! end of which a full collection happens. Modes, pause and multiplier are remembered
//! and change nothing.

use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Step};
use crate::vm::heap::value::Value;

const COLLECTED: u32 = 1;
const STEPPED: u32 = 2;

/// Units of a step that does not end with a collection.
const STEP_PRICE: u64 = 16;

/// What `collectgarbage` is asked for, the default first.
const OPTIONS: [&str; 10] = [
    "collect",
    "count",
    "stop",
    "restart",
    "isrunning",
    "step",
    "setpause",
    "setstepmul",
    "generational",
    "incremental",
];

/// `collectgarbage ([opt [, arg]])`
pub(super) fn collectgarbage<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        COLLECTED => return call.ret(0),
        STEPPED => return call.ret(true),
        _ => {}
    }
    let option = OPTIONS[call.check_option(0, Some(0), &OPTIONS)?];
    let ctx = call.ctx;
    let collector = &ctx.state.collector;
    let finalizing = collector.is_finalizing();
    let numbers = match option {
        "step" | "setpause" | "setstepmul" => 1,
        "generational" => 2,
        "incremental" => 3,
        _ => 0,
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
        "count" => call.ret(ctx.state.account.used() as f64 / 1024.0),
        "stop" | "restart" => {
            ctx.stop_collector(option == "stop");
            call.ret(0)
        }
        "isrunning" => call.ret(ctx.is_collector_running()),
        "incremental" | "generational" => {
            let names = [ctx.string(b"incremental")?, ctx.string(b"generational")?];
            if option == "incremental" {
                // Zero leaves a setting as it is.
                let multiplier = call.opt_integer(2, 0)? as i32;
                if number != 0 {
                    collector.set_pause(number);
                }
                if multiplier != 0 {
                    collector.set_step_multiplier(multiplier);
                }
            }
            let before = collector.set_generational(option == "generational");
            call.ret(names[usize::from(before)])
        }
        "setpause" => call.ret(collector.set_pause(number)),
        "setstepmul" => call.ret(collector.set_step_multiplier(number)),
        "step" => {
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
