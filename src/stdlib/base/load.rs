//! `load` (manual §6.1): from a string or piece by piece. Precompiled chunks are loaded
//! in the full profile only.

use crate::base::c_string::c_string;
use crate::bytecode::SIGNATURE;
use crate::vm::calls::call::Call;
use crate::vm::heap::loading::Loading;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::bytes_price;
use crate::vm::state::context::Context;

/// Slot of the reader function, then of the source.
const READER: usize = 0;
const NAME: usize = 1;
const MODE: usize = 2;
const ENVIRONMENT: usize = 3;
/// Slot of the loading; before, of the buffer that the reader's pieces go to.
const LOADING: usize = 4;
/// Number of slots; what the reader function returns comes on top.
const TOP: usize = 5;

/// Units for asking the reader for a piece, beside its bytes.
const PIECE_PRICE: u64 = 4;

/// Step at which the reader has returned a piece.
const PIECE: u32 = 1;
/// Step at which the reader has failed.
const READER_FAILED: u32 = 2;
/// Step at which all is read.
const READ: u32 = 3;
/// Step at which the source is in its slot.
const SOURCE: u32 = 4;
/// Step that compiles it, a piece each time.
const COMPILE: u32 = 5;

/// `load (chunk [, chunkname [, mode [, env]]])`
pub(super) fn load<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        0 => begin(call),
        PIECE => add_piece(call),
        READER_FAILED => {
            let error = call.arg(TOP);
            refuse(call, error)
        }
        SOURCE => compile_source(call),
        READ => {
            let buffer = call.arg(LOADING);
            call.set(READER, buffer);
            compile_source(call)
        }
        _ => match call.go_on_loading(LOADING)? {
            None => Ok(Flow::Again { step: COMPILE }),
            Some(Ok(function)) => call.ret(Value::Closure(function)),
            Some(Err(diagnostic)) => finish(call, diagnostic.message),
        },
    }
}

fn begin<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let mode = call.opt_string(2)?;
    // It is looked through for a letter.
    call.charge_bytes(mode.map_or(0, |mode| mode.len()))?;
    let mode = mode.map_or(Value::Nil, Value::String);
    let environment =
        if call.top() > 3 { call.arg(3) } else { Value::Table(call.ctx.state.globals) };
    let source = call.ctx.coerce_string(&call.arg(READER))?;
    let name = call.opt_string(NAME)?.or(source).map_or(Value::Nil, Value::String);
    let (reader, buffer) = match source {
        Some(source) => (Value::String(source), Value::Nil),
        None => (call.check_function(READER)?, Value::Buffer(call.buffer()?)),
    };
    call.set_top(0);
    for value in [reader, name, mode, environment, buffer] {
        call.push(value);
    }
    if source.is_some() {
        return Ok(Flow::Again { step: SOURCE });
    }
    Ok(read_more(call))
}

/// Begins to compile the source in [`READER`].
fn compile_source<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (name, mode, environment) = (call.arg(NAME), call.arg(MODE), call.arg(ENVIRONMENT));
    let begun = match call.arg(READER) {
        Value::String(source) => {
            begin_compile(call.ctx, source.as_bytes(), name, mode, environment, false)
        }
        Value::Buffer(source) => {
            source.with(|source| begin_compile(call.ctx, source, name, mode, environment, false))
        }
        _ => return Err(call.error("internal error: source expected")),
    };
    match begun? {
        Ok(loading) => {
            loading.comes_from(call.ctx.heap(), call.arg(READER));
            call.set(LOADING, Value::Loading(loading));
            Ok(Flow::Again { step: COMPILE })
        }
        Err(message) => finish(call, message),
    }
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
        return Ok(Flow::Again { step: READ });
    }
    let Some(piece) = call.ctx.coerce_string(&result)? else {
        let error = call.error("reader function must return a string");
        return Err(fail_caught(call, error));
    };
    if piece.is_empty() {
        return Ok(Flow::Again { step: READ });
    }
    call.charge(PIECE_PRICE + bytes_price(piece.len()))?;
    let buffer = call.get_buffer(LOADING)?;
    // The first byte tells the kind of a chunk: one that is refused is not read any further.
    if buffer.is_empty()
        && let Some(message) = refusal_here(call.ctx, piece.as_bytes(), &call.arg(MODE))
    {
        return finish(call, message);
    }
    buffer.push(call.ctx.heap(), piece.as_bytes())?;
    Ok(read_more(call))
}

/// Compiles a chunk under a mode (a string, or nil for any kind) at once; its name is a
/// string or nil. `file`: the chunk may begin as files may. The inner error is the message
/// for the caller of `load`.
///
/// # Errors
/// When fuel or memory is refused.
pub(crate) fn compile<'gc>(
    ctx: Context<'gc>,
    source: &[u8],
    name: Value<'gc>,
    mode: Value<'gc>,
    environment: Value<'gc>,
    file: bool,
) -> Result<Result<Value<'gc>, Vec<u8>>, Interrupt<'gc>> {
    let loading = match begin_compile(ctx, source, name, mode, environment, file)? {
        Ok(loading) => loading,
        Err(message) => return Ok(Err(message)),
    };
    loop {
        match loading.go_on(ctx.heap(), source)? {
            None => {}
            Some(Ok(function)) => return Ok(Ok(Value::Closure(function))),
            Some(Err(diagnostic)) => return Ok(Err(diagnostic.message)),
        }
    }
}

/// Begins to compile a chunk as [`compile`] does.
///
/// # Errors
/// When fuel or memory is refused.
pub(in crate::stdlib) fn begin_compile<'gc>(
    ctx: Context<'gc>,
    source: &[u8],
    name: Value<'gc>,
    mode: Value<'gc>,
    environment: Value<'gc>,
    file: bool,
) -> Result<Result<Loading<'gc>, Vec<u8>>, Interrupt<'gc>> {
    let name = if let Value::String(name) = name { name } else { ctx.string(b"=(load)")? };
    let chunk = if file { without_prefix(source) } else { source };
    if let Some(message) = refusal_here(ctx, chunk, &mode) {
        return Ok(Err(message));
    }
    ctx.begin_load(source, name, environment, file).map(Ok)
}

/// [`refusal`] in this machine, under a mode as a script gives it: a string, or nil for any kind.
fn refusal_here(ctx: Context<'_>, source: &[u8], mode: &Value<'_>) -> Option<Vec<u8>> {
    let mode = if let Value::String(mode) = mode { Some(c_string(mode.as_bytes())) } else { None };
    refusal(source, mode, ctx.state.binary_chunks.get())
}

/// Says why a chunk of this kind is not loaded under this mode, if so. `binary_chunks`:
/// whether precompiled chunks are loaded at all; where not, the mode is `t` unless the
/// caller says otherwise, and who asks for them is told.
fn refusal(source: &[u8], mode: Option<&[u8]>, binary_chunks: bool) -> Option<Vec<u8>> {
    let binary = source.first() == SIGNATURE.first();
    let (kind, letter) = if binary { ("binary", b'b') } else { ("text", b't') };
    let mode = mode.unwrap_or(if binary_chunks { b"bt" } else { b"t" });
    if memchr::memchr(letter, mode).is_some() {
        let refused = binary && !binary_chunks;
        return refused.then(|| b"attempt to load a binary chunk (only text is loaded)".to_vec());
    }
    let mut message = format!("attempt to load a {kind} chunk (mode is '").into_bytes();
    message.extend_from_slice(&mode[..mode.len().min(100)]);
    message.extend_from_slice(b"')");
    Some(message)
}

/// Returns nil and what is wrong with the chunk.
fn finish<'gc>(call: &mut Call<'_, 'gc>, message: Vec<u8>) -> Step<'gc> {
    // The one error of the compiler that message handlers see.
    if message.ends_with(b"C stack overflow") {
        let message = Value::String(call.ctx.string_from_vec(message)?);
        return Err(fail_caught(call, Interrupt::Error(message)));
    }
    call.fail(message)
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

/// Leaves out what a file may begin with: a byte-order mark, and a first line that
/// starts with `#`. The end of that line stays, so that lines keep their numbers,
/// unless precompiled code follows.
fn without_prefix(source: &[u8]) -> &[u8] {
    let text = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source);
    if text.first() != Some(&b'#') {
        return text;
    }
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    match &text[end..] {
        [b'\n', code @ ..] if code.first() == Some(&0x1b) => code,
        rest => rest,
    }
}
