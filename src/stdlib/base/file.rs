//! `dofile` and `loadfile` (manual §6.1): chunks from files of the world outside.

use super::load::compile;
use crate::vm::call::Call;
use crate::vm::lua::Context;
use crate::vm::native::{Flow, Interrupt, Step};
use crate::vm::userdata::Buffer;
use crate::vm::value::Value;

/// The number the system gives when a directory is read as a file (`EISDIR`): such a
/// file could be opened.
const IS_A_DIRECTORY: i32 = 21;

/// Reads a file, or standard input. Nothing is charged, since a read must not be done
/// twice: [`compile_file`] charges for the text.
///
/// # Errors
/// Why it cannot be read, as PUC's `luaL_loadfile` says it.
pub fn read_file(ctx: Context<'_>, path: Option<&[u8]>) -> Result<Vec<u8>, Vec<u8>> {
    let read = match ctx.world() {
        Some(mut world) => world.read_file(path).map_err(|error| {
            let verb = if error.code == IS_A_DIRECTORY { "read" } else { "open" };
            (verb, Some(error.message))
        }),
        None => Err(("open", None)),
    };
    read.map_err(|(verb, reason)| {
        let mut message = format!("cannot {verb} ").into_bytes();
        message.extend_from_slice(path.unwrap_or(b"stdin"));
        if let Some(reason) = reason {
            message.extend_from_slice(b": ");
            message.extend_from_slice(reason.as_bytes());
        }
        message
    })
}

/// As [`read_file`], into a new buffer.
///
/// # Errors
/// When memory is refused; the inner error is [`read_file`]'s.
pub(in crate::stdlib) fn read_chunk<'gc>(
    call: &Call<'_, 'gc>,
    path: Option<&[u8]>,
) -> Result<Result<Buffer<'gc>, Vec<u8>>, Interrupt<'gc>> {
    let buffer = call.buffer()?;
    match read_file(call.ctx, path) {
        Ok(bytes) => {
            buffer.push(call.ctx, &bytes)?;
            Ok(Ok(buffer))
        }
        Err(message) => Ok(Err(message)),
    }
}

/// Leaves out what a file may begin with: a byte-order mark, and a first line that
/// starts with `#`. The end of that line stays, so that lines keep their numbers,
/// unless precompiled code follows.
pub(in crate::stdlib) fn without_prefix(source: &[u8]) -> &[u8] {
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

/// Compiles what was read from a file; the inner error is the message.
///
/// # Errors
/// When fuel or memory is refused.
pub fn compile_file<'gc>(
    ctx: Context<'gc>,
    source: &[u8],
    path: Option<&[u8]>,
    mode: Value<'gc>,
    environment: Value<'gc>,
) -> Result<Result<Value<'gc>, Vec<u8>>, Interrupt<'gc>> {
    let name = match path {
        Some(path) => [b"@", path].concat(),
        None => b"=stdin".to_vec(),
    };
    let name = Value::String(ctx.string(&name)?);
    compile(ctx, without_prefix(source), name, mode, environment)
}

/// Slot of the file's name, or nil for standard input.
const PATH: usize = 0;
const MODE: usize = 1;
const ENVIRONMENT: usize = 2;
const SOURCE: usize = 3;

/// Step at which the file has been read.
const READ: u32 = 1;
/// Step at which the chunk of `dofile` has returned.
const CALLED: u32 = 2;

/// Reads the file named in [`PATH`] into [`SOURCE`], with mode and environment between.
fn read<'gc>(
    call: &mut Call<'_, 'gc>,
    mode: Value<'gc>,
    environment: Value<'gc>,
) -> Result<Result<Flow, Vec<u8>>, Interrupt<'gc>> {
    let path = call.opt_string(PATH)?;
    let buffer = match read_chunk(call, path.as_ref().map(|path| path.as_bytes()))? {
        Ok(buffer) => buffer,
        Err(message) => return Ok(Err(message)),
    };
    call.set_top(0);
    for value in [path.map_or(Value::Nil, Value::String), mode, environment, Value::Buffer(buffer)]
    {
        call.push(value);
    }
    Ok(Ok(Flow::Again { step: READ }))
}

/// Compiles what [`read`] has read.
fn compile_read<'gc>(call: &Call<'_, 'gc>) -> Result<Result<Value<'gc>, Vec<u8>>, Interrupt<'gc>> {
    let path = call.opt_string(PATH)?;
    let path = path.as_ref().map(|path| path.as_bytes());
    let buffer = call.get_buffer(SOURCE)?;
    buffer
        .with(|source| compile_file(call.ctx, source, path, call.arg(MODE), call.arg(ENVIRONMENT)))
}

/// `loadfile ([filename [, mode [, env]]])`
pub(super) fn loadfile<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let loaded = if call.step == 0 {
        let mode = call.opt_string(MODE)?.map_or(Value::Nil, Value::String);
        let globals = Value::Table(call.ctx.state.globals);
        let given = call.top() > ENVIRONMENT;
        let environment = if given { call.arg(ENVIRONMENT) } else { globals };
        match read(call, mode, environment)? {
            Ok(flow) => return Ok(flow),
            Err(message) => Err(message),
        }
    } else {
        compile_read(call)?
    };
    match loaded {
        Ok(function) => call.ret(function),
        Err(message) => call.fail(message),
    }
}

/// `dofile ([filename])`
pub(super) fn dofile<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let loaded = match call.step {
        0 => {
            let globals = Value::Table(call.ctx.state.globals);
            match read(call, Value::Nil, globals)? {
                Ok(flow) => return Ok(flow),
                Err(message) => Err(message),
            }
        }
        READ => compile_read(call)?,
        // All that is in the window is what the chunk returned.
        _ => return Ok(Flow::Return(call.top())),
    };
    match loaded {
        Ok(function) => {
            call.set_top(0);
            call.push(function);
            Ok(Flow::Call { at: 0, args: 0, results: None, step: CALLED })
        }
        // The message has no position, as it says which file it is about.
        Err(message) => Err(call.ctx.error(message)),
    }
}
