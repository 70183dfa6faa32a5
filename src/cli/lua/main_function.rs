//! The function under every chunk of `moonfuel lua`: it calls the chunk with a message
//! handler that adds a traceback, and does with the results what is wanted.

use crate::base::c_string::c_string;
use crate::vm::calls::call::Call;
use crate::vm::calls::unwind::is_out_of_memory;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, NativeDef, Step};
use crate::vm::heap::value::Value;

/// How a chunk ended: what the main function leaves in the mailbox.
#[derive(Debug)]
pub(super) enum Ending {
    /// Well.
    Done,
    /// Well, with this text of its result.
    Text(Vec<u8>),
    /// With this message.
    Failed(Vec<u8>),
    /// Well, but its results could not be printed, for this reason.
    NotPrinted(Vec<u8>),
}

/// Slot of [`HANDLER`].
const HANDLER_SLOT: usize = 0;
/// Calls in C that PUC's interpreter has below those of a chunk.
pub(super) const C_CALLS: u32 = 2;

/// Slot that says what the results are for: nil drops them, a string names the global
/// the first goes to, true prints them, false makes a text of the first.
const PURPOSE: usize = 1;
/// Slot of the function, then of the first result.
///
/// The slots between are as many as PUC's interpreter has more of its own below a chunk, so
/// that stacks overflow at the same depth.
pub(super) const FUNCTION: usize = 5;

/// Step at which the function has returned.
const RETURNED: u32 = 1;
/// Step at which it has failed.
const FAILED: u32 = 2;
/// Step at which nothing is left to do.
const END: u32 = 3;
/// Step at which the global `print` is on top.
const GOT_PRINT: u32 = 4;
/// Step at which `print` has failed.
const PRINT_FAILED: u32 = 5;

/// Calls the function in slot [`FUNCTION`] with what lies above.
pub(super) static MAIN: NativeDef = NativeDef::new("", main, "", "0");

/// Makes the message of an error, with its traceback.
pub(super) static HANDLER: NativeDef = NativeDef::new("", handler, "", "0");

fn main<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let ending = match call.step {
        0 => {
            return Ok(Flow::ProtectedCall {
                at: FUNCTION,
                args: call.top() - FUNCTION - 1,
                step: RETURNED,
                on_error: FAILED,
                handler: Some(HANDLER_SLOT),
            });
        }
        RETURNED => match call.arg(PURPOSE) {
            Value::String(global) => {
                let globals = Value::Table(call.ctx.state.globals);
                let value = call.arg(FUNCTION);
                crate::now!(call.set_index(globals, Value::String(global), value, END));
                Ending::Done
            }
            Value::Boolean(true) if call.top() > FUNCTION => {
                call.ensure(2)?;
                let globals = Value::Table(call.ctx.state.globals);
                let name = Value::String(call.ctx.string(b"print")?);
                let print = crate::now!(call.index(globals, name, GOT_PRINT));
                call.push(print);
                return Ok(Flow::Again { step: GOT_PRINT });
            }
            Value::Boolean(false) => Ending::Text(text(call, b"").unwrap_or_default()),
            _ => Ending::Done,
        },
        GOT_PRINT => {
            call.insert(FUNCTION);
            return Ok(Flow::ProtectedCall {
                at: FUNCTION,
                args: call.top() - FUNCTION - 1,
                step: END,
                on_error: PRINT_FAILED,
                handler: None,
            });
        }
        FAILED => Ending::Failed(text(call, b"(error message not a string)").unwrap_or_default()),
        PRINT_FAILED => Ending::NotPrinted(text(call, b"(null)").unwrap_or_default()),
        _ => Ending::Done,
    };
    *call.ctx.state.mailbox.borrow_mut() = Some(Box::new(ending));
    Ok(Flow::Return(0))
}

/// Returns the value in slot [`FUNCTION`] as text, if it is a string or a number, else
/// the other text.
fn text(call: &Call<'_, '_>, other: &[u8]) -> Option<Vec<u8>> {
    let text = call.ctx.coerce_string(&call.arg(FUNCTION)).ok()?;
    Some(text.map_or_else(|| other.to_vec(), |text| text.as_bytes().to_vec()))
}

fn handler<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let error = call.arg(0);
    if is_out_of_memory(call.ctx, error) {
        // As PUC's: no handler sees that.
        return call.ret(error);
    }
    if call.step == 1
        && let Value::String(described) = call.arg(call.top() - 1)
    {
        // An object that describes itself says all there is to say.
        return call.ret(described);
    }
    let message = call.ctx.coerce_string(&error)?;
    let mut text = match message {
        Some(message) => c_string(message.as_bytes()).to_vec(),
        None => {
            let describe = call.ctx.metamethod(&error, Event::ToString);
            if call.step == 0 && !describe.is_nil() {
                let at = call.top();
                call.push(describe);
                call.push(error);
                return Ok(Flow::Call { at, args: 1, results: Some(1), step: 1 });
            }
            format!("(error object is a {} value)", error.type_name()).into_bytes()
        }
    };
    text.push(b'\n');
    // The handler itself is left out.
    call.own_traceback(1, &mut text)?;
    let text = call.ctx.string_from_vec(text)?;
    call.ret(text)
}
