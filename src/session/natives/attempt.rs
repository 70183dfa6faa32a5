//! The functions under a chunk that is loaded once and called many times.

use super::load_main::LOAD;
use super::main_function::{CALL, Ending, FUNCTION, MAKE_ARGS, main};
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, NativeDef, Step};
use crate::vm::heap::value::Value;

/// Loads a chunk and keeps its function in the registry.
pub(in crate::session) static KEEP: NativeDef = NativeDef::new("", keep, "", "as load");

/// Calls the function that is kept; its steps are those of the one under a chunk, but for the
/// first.
pub(in crate::session) static ATTEMPT: NativeDef =
    NativeDef::new("", attempt, "", "as JSON conversion");

/// Where the registry keeps the function.
const KEY: &[u8] = b"_CHUNK";
const LOADED: u32 = 1;
const NOT_LOADED: u32 = 2;

fn keep<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        0 => {
            // Window: source, name.
            let at = call.top();
            for value in [Value::Builtin(&LOAD), call.arg(0), call.arg(1)] {
                call.push(value);
            }
            let (step, on_error) = (LOADED, NOT_LOADED);
            Ok(Flow::ProtectedCall { at, args: 2, step, on_error, handler: None })
        }
        LOADED => {
            let loaded = call.arg(call.top() - 1);
            let ending = match loaded {
                Value::String(message) => Ending::Rejected(message.as_bytes().to_vec()),
                function => {
                    let key = call.ctx.string(KEY)?;
                    call.ctx.state.registry.set_str(call.ctx.heap(), key, function)?;
                    Ending::Done(Ok(b"[]".to_vec()))
                }
            };
            call.ctx.post(Box::new(ending), 0);
            Ok(Flow::Return(0))
        }
        _ => {
            let message = b"the chunk does not fit into the limits".to_vec();
            let ending = Ending::Failed { message, value: None, out_of_memory: true };
            call.ctx.post(Box::new(ending), 0);
            Ok(Flow::Return(0))
        }
    }
}

pub(in crate::session) fn attempt<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step != 0 {
        return main(call);
    }
    let key = call.ctx.string(KEY)?;
    let function = call.ctx.state.registry.get_str(call.ctx.heap(), key);
    call.set(FUNCTION, function);
    let step = if matches!(call.arg(FUNCTION - 1), Value::Nil) { CALL } else { MAKE_ARGS };
    Ok(Flow::Again { step })
}
