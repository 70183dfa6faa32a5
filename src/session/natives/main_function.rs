//! The function under every run: it makes the global `args`, calls the chunk, catches what
//! the chunk lets escape, and turns the results into JSON.

use super::decode::Decode;
use super::load_main::LOAD;
#[cfg(all(unix, feature = "host"))]
use super::verdict;
use super::view;
use crate::session::values::excerpt::{ENVELOPE, MESSAGE, TRACEBACK, VALUE, excerpt};
use crate::stdlib::json::{Decoder, Encoder, Options, Unfit, keeps_nulls};
use crate::vm::calls::call::Call;
use crate::vm::calls::unwind::is_out_of_memory;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::Held;

/// What the main function leaves in the machine's mailbox.
pub(in crate::session) enum Ending {
    /// What is wrong with the chunk.
    Rejected(Vec<u8>),
    /// The values as JSON, or why they have none.
    Done(Result<Vec<u8>, String>),
    /// The arguments are no value of Lua's.
    BadArgs(String),
    /// The script's error: its text, and the object as JSON if it is no string.
    Failed { message: Vec<u8>, value: Option<String>, out_of_memory: bool },
    /// The values are more JSON than a run may return.
    TooLong(String),
    /// A string among the values is no UTF-8.
    NotUtf8(String),
}

/// Compiles the source in its third argument under the name in its last, and calls the
/// function with the rest. The first is [`HANDLER`], the second the JSON text of the global
/// `args`, or nil.
pub(in crate::session) static MAIN: NativeDef = NativeDef::new("", main, "", "as JSON conversion");

/// Remembers the traceback of an error and passes it on.
pub(in crate::session) static HANDLER: NativeDef = NativeDef::new("", handler, "", "0");

/// Slot of the text of `args`, then of the number of the slot where a conversion is kept.
const ARGS: usize = 1;
/// Slot of the source, then of the function, of the first result, or of the error.
pub(in crate::session) const FUNCTION: usize = 2;
/// Slot of the text that describes an error, or nil.
const TEXT: usize = 3;
pub(in crate::session) const MAKE_ARGS: u32 = 1;
pub(in crate::session) const CALL: u32 = 2;
const RETURNED: u32 = 3;
const ENCODE_RESULTS: u32 = 4;
pub(in crate::session) const FAILED: u32 = 5;
const DESCRIBED: u32 = 6;
const NOT_DESCRIBED: u32 = 7;
const ENCODE_ERROR: u32 = 8;
/// A conversion failed in itself, for want of memory.
const REFUSED: u32 = 9;
/// Likewise, of the error object, which has no JSON form then.
const NO_VALUE: u32 = 10;
const LOADED: u32 = 11;
const NOT_LOADED: u32 = 12;

pub(in crate::session) fn main<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        0 => {
            let at = call.top();
            for value in [Value::Builtin(&LOAD), call.arg(FUNCTION), call.last()] {
                call.push(value);
            }
            let (step, on_error) = (LOADED, NOT_LOADED);
            Ok(Flow::ProtectedCall { at, args: 2, step, on_error, handler: None })
        }
        LOADED => {
            let loaded = call.pop();
            if let Value::String(message) = loaded {
                return finish(call, Ending::Rejected(message.as_bytes().to_vec()), 0);
            }
            // The source and its name make way.
            call.pop();
            call.set(FUNCTION, loaded);
            match call.arg(ARGS) {
                Value::String(_) => Ok(Flow::Again { step: MAKE_ARGS }),
                _ => call_chunk(call),
            }
        }
        NOT_LOADED => {
            let error = call.pop();
            call.set_top(FUNCTION);
            call.push(error);
            Ok(Flow::Again { step: FAILED })
        }
        MAKE_ARGS => make_args(call),
        CALL => call_chunk(call),
        RETURNED | ENCODE_RESULTS => encode_results(call),
        FAILED => {
            // Window: handler, arguments, error. `__tostring` describes objects, metered.
            let error = call.arg(FUNCTION);
            let handler = call.ctx.metamethod(&error, Event::ToString);
            if handler.is_nil() {
                let text = match error {
                    Value::Table(_) | Value::UserData(_) => Value::Nil,
                    _ => Value::String(call.ctx.plain_to_string(&error)?),
                };
                call.push(text);
                return Ok(Flow::Again { step: DESCRIBED });
            }
            call.push(handler);
            call.push(error);
            Ok(Flow::ProtectedCall {
                at: TEXT,
                args: 1,
                step: DESCRIBED,
                on_error: NOT_DESCRIBED,
                handler: None,
            })
        }
        NOT_DESCRIBED => {
            call.set_top(TEXT);
            call.push(Value::Nil);
            Ok(Flow::Again { step: DESCRIBED })
        }
        DESCRIBED | ENCODE_ERROR => encode_error(call),
        NO_VALUE => failed(call, None),
        _ => {
            // What was refused may have been a part of the results, or of the arguments.
            let error = call.arg(FUNCTION);
            let text = match error {
                Value::String(text) => excerpt(text.as_bytes(), MESSAGE),
                _ => b"the results cannot be converted".to_vec(),
            };
            let out_of_memory = is_out_of_memory(call.ctx, error);
            finish(call, Ending::Failed { message: text, value: None, out_of_memory }, 0)
        }
    }
}

/// Makes room for a conversion above the window and returns the slot that keeps it, and
/// the first one that is its own.
fn room_for_conversion(call: &mut Call<'_, '_>) -> (usize, usize) {
    let kept = call.top();
    call.set(ARGS, Value::Integer(kept as i64));
    (kept, kept + 1)
}

fn kept_slot(call: &Call<'_, '_>) -> usize {
    usize::try_from(call.int(ARGS)).unwrap_or(usize::MAX)
}

/// Makes the global `args`.
fn make_args<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let first = match call.arg(ARGS) {
        Value::String(text) => {
            call.ensure(4)?;
            // It stays until the decoder is kept: this step may run again.
            let kept = call.top();
            let options = Options { keep_null: keeps_nulls(call.ctx), ..Options::default() };
            Some((kept, Decoder::new(call, kept + 1, text, &options)))
        }
        _ => None,
    };
    let (kept, first) = match first {
        Some((kept, decoder)) => (kept, Some(decoder)),
        None => (kept_slot(call), None),
    };
    let made = call.work(kept, first, |decoder: &mut Decoder, _, call| {
        let result = decoder.result(call).map_err(str::to_owned);
        Ok(result)
    })?;
    match made {
        None => {
            call.set(ARGS, Value::Integer(kept as i64));
            call.catch_own_error(FUNCTION, REFUSED);
            Ok(Flow::Again { step: MAKE_ARGS })
        }
        Some(Ok(args)) => {
            call.ctx.set_global("args", args)?;
            call.set_top(kept);
            Ok(Flow::Again { step: CALL })
        }
        Some(Err(message)) => finish(call, Ending::BadArgs(message), 0),
    }
}

fn call_chunk<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    Ok(Flow::ProtectedCall {
        at: FUNCTION,
        args: call.above(FUNCTION + 1),
        step: RETURNED,
        on_error: FAILED,
        handler: Some(0),
    })
}

/// Turns the results into JSON. They may take what is left of the output limit, and a
/// little more.
fn encode_results<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (kept, first) = if call.step == RETURNED {
        call.ensure(4)?;
        call.catch_own_error(FUNCTION, REFUSED);
        #[cfg(all(unix, feature = "host"))]
        verdict::look(call.ctx, (FUNCTION < call.top()).then(|| call.arg(FUNCTION)));
        view::look(call.ctx, (FUNCTION..call.top()).map(|at| call.arg(at)));
        let taken = Decode::of(call.ctx).taken(call.above(FUNCTION));
        call.set_top(FUNCTION + taken);
        let (kept, base) = room_for_conversion(call);
        call.push(Value::Nil);
        let left = call.ctx.state.output.borrow().left();
        let max_bytes = left.saturating_add(ENVELOPE as u64);
        let options = Options { max_bytes, ..Options::default() };
        (kept, Some(Encoder::list(call, FUNCTION..kept, base, options)))
    } else {
        (kept_slot(call), None)
    };
    let made = call.work(kept, first, |encoder: &mut Encoder, held, _| {
        Ok(match encoder.failure() {
            Some(failure) => Err(match failure.unfit {
                Unfit::Value => Ending::Done(Err(failure.message.clone())),
                Unfit::TooLong => Ending::TooLong(too_long(encoder.limit())),
                Unfit::NotUtf8 => Ending::NotUtf8(failure.message.clone()),
            }),
            None => Ok((encoder.take_text(), held.take_bytes())),
        })
    })?;
    match made {
        None => Ok(Flow::Again { step: ENCODE_RESULTS }),
        Some(Ok((text, bytes))) => {
            let text = Decode::of(call.ctx).decode(text, kept - FUNCTION);
            finish(call, Ending::Done(Ok(text)), bytes)
        }
        Some(Err(ending)) => finish(call, ending, 0),
    }
}

fn too_long(limit: u64) -> String {
    format!("the results are longer than {limit} bytes of JSON (limit: output)")
}

/// Turns an error object that is no string into JSON.
fn encode_error<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let error = call.arg(FUNCTION);
    if matches!(error, Value::String(_)) {
        return failed(call, None);
    }
    let (kept, first) = if call.step == DESCRIBED {
        call.ensure(4)?;
        call.set_top(TEXT + 1);
        call.catch_own_error(TEXT + 1, NO_VALUE);
        let (kept, base) = room_for_conversion(call);
        call.push(Value::Nil);
        let options = Options { max_bytes: VALUE as u64, cut: true, ..Options::default() };
        (kept, Some(Encoder::new(call, base, error, options)))
    } else {
        (kept_slot(call), None)
    };
    let made = call.work(kept, first, |encoder: &mut Encoder, _: &mut Held<'gc>, _| {
        Ok(encoder.failure().is_none().then(|| encoder.take_text()))
    })?;
    match made {
        None => Ok(Flow::Again { step: ENCODE_ERROR }),
        Some(text) => failed(call, text.and_then(|text| String::from_utf8(text).ok())),
    }
}

/// Ends with the script's error, its object as JSON.
fn failed<'gc>(call: &mut Call<'_, 'gc>, value: Option<String>) -> Step<'gc> {
    let error = call.arg(FUNCTION);
    let message = match call.arg(TEXT) {
        Value::String(text) => excerpt(text.as_bytes(), MESSAGE),
        _ => format!("(error object is a {} value)", error.type_name()).into_bytes(),
    };
    let out_of_memory = is_out_of_memory(call.ctx, error);
    finish(call, Ending::Failed { message, value, out_of_memory }, 0)
}

/// Leaves the ending, whose `bytes` are charged already, in the mailbox.
fn finish<'gc>(call: &mut Call<'_, 'gc>, ending: Ending, bytes: usize) -> Step<'gc> {
    call.ctx.post(Box::new(ending), bytes);
    Ok(Flow::Return(0))
}

fn handler<'gc>(call: &mut Call<'_, 'gc>) -> Result<Flow, Interrupt<'gc>> {
    let mut text = Vec::new();
    // The handler itself is left out.
    call.own_traceback(1, &mut text)?;
    *call.ctx.state.traceback.borrow_mut() = excerpt(&text, TRACEBACK);
    *call.ctx.state.raised_at.borrow_mut() = call.place().map(Box::new);
    *call.ctx.state.raised.borrow_mut() = call.raised();
    let error = call.arg(0);
    call.push(error);
    Ok(Flow::Return(1))
}
