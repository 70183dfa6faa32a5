//! `debug.debug` (manual §6.10): lines of standard input, each run as a chunk.

use crate::vm::calls::call::{Call, Now};
use crate::vm::heap::native::{Flow, Step};
use crate::vm::heap::value::Value;
use crate::vm::state::world::Standard;

/// Step that asks for the next line; what a chunk returned is dropped.
const ASK: u32 = 0;
/// Step at which a chunk has failed: its error is on top.
const FAILED: u32 = 1;
/// Step at which the text of an error object is on top.
const DESCRIBED: u32 = 2;

/// `debug.debug ()`
pub(super) fn debug<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let message = match call.step {
        ASK => return ask(call),
        FAILED => {
            let error = call.last();
            match call.to_string(error, DESCRIBED)? {
                Now::Done(text) => text,
                Now::Later(flow) => return Ok(flow),
            }
        }
        _ => match call.ctx.coerce_string(&call.last())? {
            Some(text) => text,
            None => return Err(call.error("'__tostring' must return a string")),
        },
    };
    complain(call, &[message.as_bytes(), b"\n"].concat());
    Ok(Flow::Again { step: ASK })
}

fn ask<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    call.set_top(0);
    complain(call, b"lua_debug> ");
    let input = call.ctx.world().and_then(|mut world| world.standard(Standard::Input));
    let line = input.and_then(|input| input.try_borrow_mut().ok()?.read_line());
    let Some(line) = line.filter(|line| line != b"cont") else { return call.ret_none() };
    let globals = Value::Table(call.ctx.state.globals);
    match call.ctx.load(&line, b"=(debug command)", globals)? {
        Ok(function) => {
            call.push(function);
            Ok(Flow::ProtectedCall { at: 0, args: 0, step: ASK, on_error: FAILED, handler: None })
        }
        Err(message) => {
            complain(call, &[&message[..], b"\n"].concat());
            Ok(Flow::Again { step: ASK })
        }
    }
}

fn complain(call: &Call<'_, '_>, bytes: &[u8]) {
    if let Some(mut world) = call.ctx.world() {
        world.complain(bytes);
    }
}
