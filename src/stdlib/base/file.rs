//! `dofile` and `loadfile` (manual §6.1): chunks from files of the world outside.

use super::load::{begin_compile, compile};
use crate::vm::calls::call::Call;
use crate::vm::heap::loading::Loading;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::userdata::Buffer;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::bytes_price;
use crate::vm::state::context::Context;
use crate::vm::state::world::{Standard, WorldError};

/// The number the system gives when a directory is read as a file (`EISDIR`): such a
/// file could be opened.
const IS_A_DIRECTORY: i32 = 21;

/// Reads a file, or standard input. Nothing is charged, since a read must not be done
/// twice: [`compile_file`] charges for the text.
///
/// # Errors
/// Why it cannot be read, as PUC's `luaL_loadfile` says it.
pub(crate) fn read_file(ctx: Context<'_>, path: Option<&[u8]>) -> Result<Vec<u8>, Vec<u8>> {
    let Some(mut world) = ctx.world() else { return Err(unreadable(path, None)) };
    world.read_file(path).map_err(|error| unreadable(path, Some(error)))
}

/// Says why a file, or standard input, cannot be read.
fn unreadable(path: Option<&[u8]>, error: Option<WorldError>) -> Vec<u8> {
    let is_open = error.as_ref().is_some_and(|error| error.code == IS_A_DIRECTORY);
    let mut message = format!("cannot {} ", if is_open { "read" } else { "open" }).into_bytes();
    message.extend_from_slice(path.unwrap_or(b"stdin"));
    if let Some(error) = error {
        message.extend_from_slice(b": ");
        message.extend_from_slice(error.message.as_bytes());
    }
    message
}

/// Reads standard input to its end into a buffer that is kept: what was read cannot be read
/// again, so that a step that is refused memory goes on behind it.
///
/// # Errors
/// When memory is refused; the inner error is [`read_file`]'s.
fn read_input<'gc>(
    ctx: Context<'gc>,
    buffer: Buffer<'gc>,
) -> Result<Result<(), Vec<u8>>, Interrupt<'gc>> {
    let input = ctx.world().and_then(|mut world| world.standard(Standard::Input));
    let Some(input) = input else { return Ok(Err(unreadable(None, None))) };
    let mut input = input.borrow_mut();
    loop {
        match input.peek(0) {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(unreadable(None, Some(error)))),
        }
        buffer.push(ctx.heap(), input.available())?;
        let count = input.available().len();
        input.consume(count);
    }
}

/// As [`read_file`] of a file, into a new buffer.
///
/// # Errors
/// When memory is refused; the inner error is [`read_file`]'s.
pub(in crate::stdlib) fn read_chunk<'gc>(
    call: &Call<'_, 'gc>,
    path: &[u8],
) -> Result<Result<Buffer<'gc>, Vec<u8>>, Interrupt<'gc>> {
    let buffer = call.buffer()?;
    match read_file(call.ctx, Some(path)) {
        Ok(bytes) => {
            buffer.push(call.ctx.heap(), &bytes)?;
            Ok(Ok(buffer))
        }
        Err(message) => Ok(Err(message)),
    }
}

/// Compiles what was read from a file at once; the inner error is the message.
///
/// # Errors
/// When fuel or memory is refused.
pub(crate) fn compile_file<'gc>(
    ctx: Context<'gc>,
    source: &[u8],
    path: Option<&[u8]>,
    mode: Value<'gc>,
    environment: Value<'gc>,
) -> Result<Result<Value<'gc>, Vec<u8>>, Interrupt<'gc>> {
    let name = chunk_name(ctx, path)?;
    compile(ctx, source, name, mode, environment, true)
}

/// Returns the name of a chunk from a file.
///
/// # Errors
/// When memory is refused.
fn chunk_name<'gc>(ctx: Context<'gc>, path: Option<&[u8]>) -> Result<Value<'gc>, Interrupt<'gc>> {
    let Some(path) = path else { return Ok(Value::String(ctx.string(b"=stdin")?)) };
    ctx.charge(bytes_price(path.len()))?;
    Ok(Value::String(ctx.string(&[b"@", path].concat())?))
}

/// Begins to compile what was read from a file into a buffer.
///
/// # Errors
/// When fuel or memory is refused.
pub(in crate::stdlib) fn begin_file<'gc>(
    call: &Call<'_, 'gc>,
    buffer: usize,
    path: Option<&[u8]>,
    mode: Value<'gc>,
    environment: Value<'gc>,
) -> Result<Result<Loading<'gc>, Vec<u8>>, Interrupt<'gc>> {
    let name = chunk_name(call.ctx, path)?;
    let buffer = call.get_buffer(buffer)?;
    buffer.with(|source| begin_compile(call.ctx, source, name, mode, environment, true))
}

/// Slot of the file's name, or nil for standard input.
const PATH: usize = 0;
const MODE: usize = 1;
const ENVIRONMENT: usize = 2;
const SOURCE: usize = 3;
const LOADING: usize = 4;

/// Step at which the file has been read.
const READ: u32 = 1;
/// Step that compiles it, a piece each time.
const COMPILE: u32 = 2;
/// Step at which the chunk of `dofile` has returned.
const CALLED: u32 = 3;
/// Step that reads standard input.
const INPUT: u32 = 4;

/// What loading a file has come to.
enum Progress<'gc> {
    /// Return this from the step.
    Flow(Flow),
    /// All is done: the function, or why there is none.
    Over(Result<Value<'gc>, Vec<u8>>),
}

type Progressed<'gc> = Result<Progress<'gc>, Interrupt<'gc>>;

/// Reads the file named in [`PATH`] into [`SOURCE`], with mode and environment between.
fn read<'gc>(
    call: &mut Call<'_, 'gc>,
    mode: Value<'gc>,
    environment: Value<'gc>,
) -> Progressed<'gc> {
    let path = call.opt_string(PATH)?;
    let (buffer, step) = match path {
        None => (call.buffer()?, INPUT),
        Some(path) => match read_chunk(call, path.as_bytes())? {
            Ok(buffer) => (buffer, READ),
            Err(message) => return Ok(Progress::Over(Err(message))),
        },
    };
    call.set_top(0);
    for value in [path.map_or(Value::Nil, Value::String), mode, environment, Value::Buffer(buffer)]
    {
        call.push(value);
    }
    Ok(Progress::Flow(Flow::Again { step }))
}

/// Compiles what [`read`] has read.
fn go_on<'gc>(call: &mut Call<'_, 'gc>) -> Progressed<'gc> {
    if call.step == INPUT {
        return Ok(match read_input(call.ctx, call.get_buffer(SOURCE)?)? {
            Ok(()) => Progress::Flow(Flow::Again { step: READ }),
            Err(message) => Progress::Over(Err(message)),
        });
    }
    if call.step == READ {
        let path = call.opt_string(PATH)?;
        let path = path.as_ref().map(|path| path.as_bytes());
        match begin_file(call, SOURCE, path, call.arg(MODE), call.arg(ENVIRONMENT))? {
            Ok(loading) => {
                loading.comes_from(call.ctx.heap(), call.arg(SOURCE));
                call.push(Value::Loading(loading));
            }
            Err(message) => return Ok(Progress::Over(Err(message))),
        }
        return Ok(Progress::Flow(Flow::Again { step: COMPILE }));
    }
    Ok(match call.go_on_loading(LOADING)? {
        None => Progress::Flow(Flow::Again { step: COMPILE }),
        Some(Ok(function)) => Progress::Over(Ok(Value::Closure(function))),
        Some(Err(diagnostic)) => Progress::Over(Err(diagnostic.message)),
    })
}

/// `loadfile ([filename [, mode [, env]]])`
pub(super) fn loadfile<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let progress = if call.step == 0 {
        let mode = call.opt_string(MODE)?.map_or(Value::Nil, Value::String);
        let globals = Value::Table(call.ctx.state.globals);
        let given = call.top() > ENVIRONMENT;
        let environment = if given { call.arg(ENVIRONMENT) } else { globals };
        read(call, mode, environment)?
    } else {
        go_on(call)?
    };
    match progress {
        Progress::Flow(flow) => Ok(flow),
        Progress::Over(Ok(function)) => call.ret(function),
        Progress::Over(Err(message)) => call.fail(message),
    }
}

/// `dofile ([filename])`
pub(super) fn dofile<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let progress = match call.step {
        0 => {
            let globals = Value::Table(call.ctx.state.globals);
            read(call, Value::Nil, globals)?
        }
        READ | COMPILE | INPUT => go_on(call)?,
        // All that is in the window is what the chunk returned.
        _ => return Ok(Flow::Return(call.top())),
    };
    match progress {
        Progress::Flow(flow) => Ok(flow),
        Progress::Over(Ok(function)) => {
            call.set_top(0);
            call.push(function);
            Ok(Flow::Call { at: 0, args: 0, results: None, step: CALLED })
        }
        // The message has no position, as it says which file it is about.
        Progress::Over(Err(message)) => Err(call.ctx.error(message)),
    }
}
