//! The library `io` (manual §6.8), over the streams of the machine's
//! [`World`](crate::vm::state::world::World).
//!
//! Nothing here opens a file: a host without a world has no more than the session's
//! output. A file is a userdata around a buffered [`Stream`]; one that nobody can reach
//! any more is closed when it is collected, at the latest with the machine.

mod lines;
mod number;
mod open;
mod place;
mod read;
mod write;

use crate::vm::calls::call::Call;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, NativeFn, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::userdata::UserData;
use crate::vm::heap::value::Value;
use crate::vm::image::natives::Natives;
use crate::vm::state::context::Context;
use crate::vm::state::world::stream::{Closed, Stream};
use crate::vm::state::world::{Ended, Standard, WorldError};
use std::cell::{RefCell, RefMut};
use std::rc::Rc;

/// What messages call a file.
const FILE: &str = "FILE*";

/// The functions of the library.
pub(crate) static FUNCTIONS: &[NativeDef] = &[
    def("io.close", open::io_close, "32"),
    def("io.flush", write::io_flush, "32"),
    def("io.input", open::io_input, "1; opening: 288 + bytes/32"),
    def("io.lines", lines::io_lines, "9 + formats/4; opening: 288 + bytes/32"),
    def("io.open", open::io_open, "288 + bytes/32"),
    def("io.output", open::io_output, "1; opening: 288 + bytes/32"),
    def("io.popen", open::io_popen, "4384 + bytes/64"),
    def("io.read", read::io_read, "1 + bytes/64"),
    def("io.tmpfile", open::io_tmpfile, "288"),
    def("io.type", io_type, "1"),
    def("io.write", write::io_write, "1 + bytes/16; a float: 12"),
];

/// The methods of files.
pub(super) static METHODS: &[NativeDef] = &[
    def("file.read", read::file_read, "1 + bytes/64"),
    def("file.write", write::file_write, "1 + bytes/16; a float: 12"),
    def("file.lines", lines::file_lines, "9 + formats/4"),
    def("file.flush", write::file_flush, "32"),
    def("file.seek", place::file_seek, "32"),
    def("file.close", open::file_close, "32"),
    def("file.setvbuf", place::file_setvbuf, "32"),
];

/// The metamethods of files.
pub(super) static METAMETHODS: &[NativeDef] = &[
    def("file.__gc", open::file_gc, "32"),
    def("file.__close", open::file_gc, "32"),
    def("file.__tostring", file_tostring, "1"),
];

const fn def(name: &'static str, call: NativeFn, fuel: &'static str) -> NativeDef {
    NativeDef::new(name, call, "6.8", fuel)
}

/// Adds the functions that no library shows.
pub(crate) fn add_natives(natives: &mut Natives) {
    natives.add_all(":", METHODS);
    natives.add_all(":", METAMETHODS);
    natives.add(":file.lines.next", &lines::ITERATOR);
}

/// Adds the standard streams, and makes the metatable of files.
///
/// # Errors
/// When memory is refused.
pub(crate) fn constants<'gc>(ctx: Context<'gc>, library: Table<'gc>) -> Result<(), Interrupt<'gc>> {
    let metatable = Table::new(ctx.heap(), 0, METAMETHODS.len() + 2)?;
    let methods = Table::new(ctx.heap(), 0, METHODS.len())?;
    let name = Value::String(ctx.string(FILE.as_bytes())?);
    metatable.set_str(ctx.heap(), ctx.event_name(Event::Name), name)?;
    metatable.set_str(ctx.heap(), ctx.event_name(Event::Index), Value::Table(methods))?;
    for (table, functions) in [(metatable, METAMETHODS), (methods, METHODS)] {
        for function in functions {
            let name = ctx.string(function.short_name().as_bytes())?;
            table.set_str(ctx.heap(), name, Value::Builtin(function))?;
        }
    }
    ctx.state.registry.set_str(
        ctx.heap(),
        ctx.string(FILE.as_bytes())?,
        Value::Table(metatable),
    )?;
    let files = &ctx.state.files;
    files.metatable.set(Some(metatable));
    for (name, which) in
        [("stdin", Standard::Input), ("stdout", Standard::Output), ("stderr", Standard::Error)]
    {
        let stream = ctx.world().and_then(|mut world| world.standard(which));
        let stream = stream.unwrap_or_else(|| {
            let stream = match which {
                Standard::Input => Stream::no_input(),
                Standard::Output | Standard::Error => Stream::session_output(),
            };
            Rc::new(RefCell::new(stream))
        });
        files.note(&stream);
        let file = UserData::holding(ctx.heap(), stream)?;
        file.set_metatable(ctx.heap(), Some(metatable));
        match which {
            Standard::Input => files.input.set(Some(file)),
            Standard::Output => files.output.set(Some(file)),
            Standard::Error => {}
        }
        library.set_str(ctx.heap(), ctx.string(name.as_bytes())?, Value::UserData(file))?;
    }
    Ok(())
}

/// Returns the stream of a value that is a file, open or closed.
fn stream_of<'gc>(ctx: Context<'gc>, value: &Value<'gc>) -> Option<&'gc RefCell<Stream>> {
    let Value::UserData(file) = value else { return None };
    let metatable = file.metatable()?;
    let is_file = ctx.state.files.metatable.get().is_some_and(|files| files.ptr_eq(metatable));
    if is_file { file.object() } else { None }
}

/// Requires an argument to be a file, open or closed.
fn check_stream<'gc>(
    call: &Call<'_, 'gc>,
    arg: usize,
) -> Result<&'gc RefCell<Stream>, Interrupt<'gc>> {
    stream_of(call.ctx, &call.arg(arg)).ok_or_else(|| call.type_error(arg, FILE))
}

/// Requires an argument to be an open file.
fn check_open<'gc>(
    call: &Call<'_, 'gc>,
    arg: usize,
) -> Result<&'gc RefCell<Stream>, Interrupt<'gc>> {
    let stream = check_stream(call, arg)?;
    if borrow(call, stream)?.is_closed() {
        return Err(call.error("attempt to use a closed file"));
    }
    Ok(stream)
}

/// Returns a default file, which must be open.
fn default_file<'gc>(
    call: &Call<'_, 'gc>,
    which: Standard,
) -> Result<(UserData<'gc>, &'gc RefCell<Stream>), Interrupt<'gc>> {
    let files = &call.ctx.state.files;
    let (file, name) = match which {
        Standard::Input => (files.input.get(), "input"),
        Standard::Output | Standard::Error => (files.output.get(), "output"),
    };
    if let Some(file) = file
        && let Some(stream) = file.object()
        && !borrow(call, stream)?.is_closed()
    {
        return Ok((file, stream));
    }
    Err(call.error(format!("default {name} file is closed")))
}

/// Borrows a stream for the rest of a step.
fn borrow<'gc>(
    call: &Call<'_, 'gc>,
    stream: &'gc RefCell<Stream>,
) -> Result<RefMut<'gc, Stream>, Interrupt<'gc>> {
    stream.try_borrow_mut().map_err(|_| call.error("internal error: the file is in use"))
}

/// Returns true, or nil, the system's text (behind a name) and its number.
pub(crate) fn file_result<'gc>(
    call: &mut Call<'_, 'gc>,
    result: Result<(), WorldError>,
    name: Option<&[u8]>,
) -> Step<'gc> {
    let Err(error) = result else { return call.ret(true) };
    let mut message = Vec::new();
    if let Some(name) = name {
        call.charge_bytes(name.len())?;
        message.extend_from_slice(name);
        message.extend_from_slice(b": ");
    }
    message.extend_from_slice(error.message.as_bytes());
    let message = call.ctx.string_from_vec(message)?;
    call.push(Value::Nil);
    call.push(Value::String(message));
    call.push(Value::Integer(i64::from(error.code)));
    Ok(Flow::Return(3))
}

/// Returns how a process ended: true or nil, `exit` or `signal`, and a number.
pub(crate) fn process_result<'gc>(call: &mut Call<'_, 'gc>, ended: Ended) -> Step<'gc> {
    let (kind, code) = match ended {
        Ended::Exit(code) => ("exit", code),
        Ended::Signal(signal) => ("signal", signal),
    };
    let kind = call.ctx.string(kind.as_bytes())?;
    call.push(if ended == Ended::Exit(0) { Value::Boolean(true) } else { Value::Nil });
    call.push(Value::String(kind));
    call.push(Value::Integer(i64::from(code)));
    Ok(Flow::Return(3))
}

/// Returns what closing gave.
fn close_result<'gc>(call: &mut Call<'_, 'gc>, closed: Result<Closed, WorldError>) -> Step<'gc> {
    match closed {
        Ok(Closed::File) => call.ret(true),
        Ok(Closed::Process(ended)) => process_result(call, ended),
        Ok(Closed::Refused) => call.fail("cannot close standard file"),
        Err(error) => file_result(call, Err(error), None),
    }
}

/// `io.type (obj)`
fn io_type<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let value = call.check_any(0)?;
    let Some(stream) = stream_of(call.ctx, &value) else { return call.ret(Value::Nil) };
    let text = if borrow(call, stream)?.is_closed() { "closed file" } else { "file" };
    let text = call.ctx.string(text.as_bytes())?;
    call.ret(text)
}

/// `tostring (file)`
fn file_tostring<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let stream = check_stream(call, 0)?;
    let id = call.arg(0).object_id().unwrap_or_default();
    let text = if borrow(call, stream)?.is_closed() {
        "file (closed)".to_owned()
    } else {
        format!("file (0x{id:08x})")
    };
    let text = call.ctx.string(text.as_bytes())?;
    call.ret(text)
}
