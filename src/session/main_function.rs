//! The function under every run: it calls the chunk, catches what the chunk lets
//! escape, and turns the results into JSON.

use super::load_main::LOAD;
use crate::stdlib::json::{self, JsonError};
use crate::vm::call::Call;
use crate::vm::meta::Event;
use crate::vm::native::{Flow, NativeDef, Step};
use crate::vm::value::Value;

/// What the main function leaves in the machine's mailbox.
pub(super) enum Ending {
    /// What is wrong with the chunk.
    Rejected(Vec<u8>),
    /// The values as JSON, or why not.
    Done(Result<Vec<u8>, String>),
    /// The script's error: its text, and the object as JSON if it is no string.
    Failed { message: Vec<u8>, value: Option<String>, out_of_memory: bool },
}

/// Compiles the source in its second argument under the name in its last, and calls the
/// function with the rest; the first is [`HANDLER`].
pub(super) static MAIN: NativeDef =
    NativeDef { name: "", call: main, section: "", fuel: "as JSON conversion" };

/// Remembers the traceback of an error and passes it on.
pub(super) static HANDLER: NativeDef =
    NativeDef { name: "", call: handler, section: "", fuel: "0" };

const LOADED: u32 = 5;
const NOT_LOADED: u32 = 6;
const RETURNED: u32 = 1;
const FAILED: u32 = 2;
const DESCRIBE: u32 = 3;
const NOT_DESCRIBED: u32 = 4;

fn main<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        0 => {
            let at = call.top();
            for value in [Value::Builtin(&LOAD), call.arg(1), call.arg(at - 1)] {
                call.push(value);
            }
            let (step, on_error) = (LOADED, NOT_LOADED);
            Ok(Flow::ProtectedCall { at, args: 2, step, on_error, handler: None })
        }
        LOADED => {
            let loaded = call.pop();
            if let Value::String(message) = loaded {
                return finish(call, Ending::Rejected(message.as_bytes().to_vec()));
            }
            // The source and its name make way.
            call.pop();
            call.set(1, loaded);
            let (args, step, on_error) = (call.top() - 2, RETURNED, FAILED);
            Ok(Flow::ProtectedCall { at: 1, args, step, on_error, handler: Some(0) })
        }
        NOT_LOADED => {
            let error = call.pop();
            call.set_top(1);
            call.push(error);
            Ok(Flow::Again { step: FAILED })
        }
        RETURNED => {
            let values = call.slots(1, call.top() - 1);
            let mut out = Vec::new();
            let result =
                match json::encode_values(call.ctx, values, &json::Options::default(), &mut out) {
                    Ok(()) => Ok(out),
                    Err(JsonError::Conversion { message }) => Err(message),
                    Err(JsonError::Interrupt(interrupt)) => return Err(interrupt),
                };
            finish(call, Ending::Done(result))
        }
        FAILED => {
            // Window: handler, error object. `__tostring` describes objects, metered.
            let error = call.arg(1);
            let handler = call.ctx.metamethod(&error, Event::ToString);
            if handler.is_nil() {
                let text = call.ctx.plain_to_string(&error)?;
                return describe(call, error, text.as_bytes().to_vec());
            }
            call.set_top(2);
            call.push(handler);
            call.push(error);
            Ok(Flow::ProtectedCall {
                at: 2,
                args: 1,
                step: DESCRIBE,
                on_error: NOT_DESCRIBED,
                handler: None,
            })
        }
        NOT_DESCRIBED => {
            let error = call.arg(1);
            let text = format!("(error object is a {} value)", error.type_name());
            describe(call, error, text.into_bytes())
        }
        _ => {
            let error = call.arg(1);
            let text = match call.arg(2) {
                Value::String(text) => text.as_bytes().to_vec(),
                _ => b"(error object is a table value)".to_vec(),
            };
            describe(call, error, text)
        }
    }
}

fn describe<'gc>(call: &mut Call<'_, 'gc>, error: Value<'gc>, text: Vec<u8>) -> Step<'gc> {
    let out_of_memory =
        matches!(error, Value::String(s) if s.ptr_eq(call.ctx.state.memory_message));
    let mut value = None;
    let mut message = text;
    if !matches!(error, Value::String(_)) {
        let mut out = Vec::new();
        match json::encode(call.ctx, error, &json::Options::default(), &mut out) {
            Ok(()) => value = String::from_utf8(out).ok(),
            Err(JsonError::Conversion { .. }) => {}
            Err(JsonError::Interrupt(interrupt)) => return Err(interrupt),
        }
        if call.step == FAILED && matches!(error, Value::Table(_) | Value::UserData(_)) {
            message = format!("(error object is a {} value)", error.type_name()).into_bytes();
        }
    }
    finish(call, Ending::Failed { message, value, out_of_memory })
}

fn finish<'gc>(call: &mut Call<'_, 'gc>, ending: Ending) -> Step<'gc> {
    *call.ctx.state.mailbox.borrow_mut() = Some(Box::new(ending));
    Ok(Flow::Return(0))
}

fn handler<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let mut text = Vec::new();
    // The handler itself is left out.
    call.own_traceback(1, &mut text);
    *call.ctx.state.traceback.borrow_mut() = text;
    *call.ctx.state.raised_at.borrow_mut() = call.place();
    let error = call.arg(0);
    call.push(error);
    Ok(Flow::Return(1))
}
