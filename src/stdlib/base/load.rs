//! `load` (manual §6.1): from a string or piece by piece. Precompiled chunks are loaded
//! in the full profile only.

use crate::bytecode::SIGNATURE;
use crate::vm::call::Call;
use crate::vm::lua::Context;
use crate::vm::native::{Flow, Interrupt, Step};
use crate::vm::value::Value;

const READER: usize = 0;
const NAME: usize = 1;
const MODE: usize = 2;
const ENVIRONMENT: usize = 3;
const BUFFER: usize = 4;
/// Number of slots; what the reader function returns comes on top.
const TOP: usize = 5;

/// Step at which the reader has returned a piece.
const PIECE: u32 = 1;
/// Step at which the reader has failed.
const READER_FAILED: u32 = 2;
/// Step that compiles what was read.
const COMPILE: u32 = 3;

/// `load (chunk [, chunkname [, mode [, env]]])`
pub(super) fn load<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        0 => begin(call),
        PIECE => add_piece(call),
        READER_FAILED => {
            let error = call.arg(TOP);
            refuse(call, error)
        }
        _ => {
            let (name, mode, environment) = (call.arg(NAME), call.arg(MODE), call.arg(ENVIRONMENT));
            let buffer = call.get_buffer(BUFFER)?;
            let loaded =
                buffer.with(|source| compile(call.ctx, source, name, mode, environment))?;
            finish(call, loaded)
        }
    }
}

fn begin<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let mode = call.opt_string(2)?.map_or(Value::Nil, Value::String);
    let environment =
        if call.top() > 3 { call.arg(3) } else { Value::Table(call.ctx.state.globals) };
    if let Some(source) = call.ctx.coerce_string(&call.arg(READER))? {
        let name = call.opt_string(NAME)?.unwrap_or(source);
        let loaded = compile(call.ctx, source.as_bytes(), Value::String(name), mode, environment)?;
        return finish(call, loaded);
    }
    let name = call.opt_string(NAME)?.map_or(Value::Nil, Value::String);
    let reader = call.check_function(READER)?;
    let buffer = call.buffer()?;
    call.set_top(0);
    for value in [reader, name, mode, environment, Value::Buffer(buffer)] {
        call.push(value);
    }
    Ok(read_more(call))
}

/// Calls the reader function. Its errors are results of `load`, not errors.
fn read_more(call: &mut Call<'_, '_>) -> Flow {
    call.set_top(TOP);
    call.push(call.arg(READER));
    Flow::ProtectedCall { at: TOP, args: 0, step: PIECE, on_error: READER_FAILED, handler: None }
}

fn add_piece<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let result = call.arg(TOP);
    if result.is_nil() {
        return Ok(Flow::Again { step: COMPILE });
    }
    let Some(piece) = call.ctx.coerce_string(&result)? else {
        let error = call.error("reader function must return a string");
        return Err(fail_caught(call, error));
    };
    if piece.is_empty() {
        return Ok(Flow::Again { step: COMPILE });
    }
    call.charge_bytes(piece.len())?;
    call.get_buffer(BUFFER)?.push(call.ctx, piece.as_bytes())?;
    Ok(read_more(call))
}

/// Compiles a chunk under a mode (a string, or nil for any kind); its name is a string
/// or nil. The inner error is the message for the caller of `load`.
///
/// # Errors
/// When fuel or memory is refused.
pub fn compile<'gc>(
    ctx: Context<'gc>,
    source: &[u8],
    name: Value<'gc>,
    mode: Value<'gc>,
    environment: Value<'gc>,
) -> Result<Result<Value<'gc>, Vec<u8>>, Interrupt<'gc>> {
    let name = if let Value::String(name) = &name { name.as_bytes() } else { b"=(load)" };
    let mode = if let Value::String(mode) = &mode { Some(mode.as_bytes()) } else { None };
    if let Some(message) = refusal(source, mode, ctx.state.binary_chunks.get()) {
        return Ok(Err(message));
    }
    ctx.load(source, name, environment)
}

/// Says why a chunk of this kind is not loaded under this mode, if so. `binary_chunks`:
/// whether precompiled chunks are loaded at all; where not, the mode is `t` unless the
/// caller says otherwise, and who asks for them is told.
fn refusal(source: &[u8], mode: Option<&[u8]>, binary_chunks: bool) -> Option<Vec<u8>> {
    let binary = source.first() == SIGNATURE.first();
    let (kind, letter) = if binary { ("binary", b'b') } else { ("text", b't') };
    let mode = mode.unwrap_or(if binary_chunks { b"bt" } else { b"t" });
    if mode.contains(&letter) {
        let refused = binary && !binary_chunks;
        return refused.then(|| b"attempt to load a binary chunk (only text is loaded)".to_vec());
    }
    let mut message = format!("attempt to load a {kind} chunk (mode is '").into_bytes();
    message.extend_from_slice(&mode[..mode.len().min(100)]);
    message.extend_from_slice(b"')");
    Some(message)
}

fn finish<'gc>(call: &mut Call<'_, 'gc>, loaded: Result<Value<'gc>, Vec<u8>>) -> Step<'gc> {
    match loaded {
        Ok(function) => call.ret(function),
        // The one error of the compiler that message handlers see.
        Err(message) if message.ends_with(b"C stack overflow") => {
            let message = Value::String(call.ctx.string_from_vec(message)?);
            Err(fail_caught(call, Interrupt::Error(message)))
        }
        Err(message) => call.fail(message),
    }
}

/// Makes an error a result of `load`, after the message handler in force has seen it.
fn fail_caught<'gc>(call: &mut Call<'_, 'gc>, error: Interrupt<'gc>) -> Interrupt<'gc> {
    if let Interrupt::Error(_) = error {
        call.set_top(0);
        for _ in 0..TOP {
            call.push(Value::Nil);
        }
        call.catch_own_error(TOP, READER_FAILED);
    }
    error
}

/// Returns nil and an error object.
fn refuse<'gc>(call: &mut Call<'_, 'gc>, error: Value<'gc>) -> Step<'gc> {
    call.push(Value::Nil);
    call.push(error);
    Ok(Flow::Return(2))
}

#[cfg(test)]
mod tests;
