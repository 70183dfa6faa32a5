//! Opening and closing: `io.open`, `io.popen`, `io.tmpfile`, the default files and
//! `close` (manual §6.8).

use super::{borrow, check_open, check_stream, close_result, default_file};
use crate::base::c_string::c_string;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::string::Str;
use crate::vm::heap::userdata::UserData;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::{PATH, PROCESS, REQUEST, bytes_price};
use crate::vm::state::world::stream::Stream;
use crate::vm::state::world::{Device, Mode, Standard, World, WorldError};
use std::cell::RefCell;
use std::rc::Rc;

/// Step at which a collection has closed the files nobody can reach.
pub(super) const COLLECTED: u32 = 1;

/// What came of a request for a file.
pub(super) enum Opened<'gc> {
    /// The file.
    File(UserData<'gc>),
    /// The system refused.
    Refused(WorldError),
    /// Too many files are open: return this, and ask again after a collection.
    Later(Flow),
}

/// Makes a file and opens its device. The file is made first: once something was
/// opened, nothing can be refused any more. Costs [`REQUEST`] and [`PATH`] and `price`, and
/// a collection where too many files are open.
pub(super) fn open_with<'gc>(
    call: &mut Call<'_, 'gc>,
    mode: Mode,
    price: u64,
    open: impl FnOnce(&mut dyn World) -> Result<Box<dyn Device>, WorldError>,
) -> Result<Opened<'gc>, Interrupt<'gc>> {
    call.charge(REQUEST + PATH + price)?;
    let ctx = call.ctx;
    let mut stream = Stream::closed();
    stream.reserve(&ctx.state.account)?;
    let stream = Rc::new(RefCell::new(stream));
    let file = match UserData::holding(ctx.heap(), stream.clone()) {
        Ok(file) => file,
        Err(interrupt) => {
            stream.borrow_mut().release(&ctx.state.account);
            return Err(interrupt);
        }
    };
    file.set_metatable(ctx.heap(), ctx.state.files.metatable.get());
    let opened = match ctx.world() {
        Some(mut world) => open(world.as_mut()),
        None => Err(WorldError::not_permitted()),
    };
    match opened {
        Ok(device) => {
            stream.borrow_mut().attach(device, mode);
            ctx.state.files.note(&stream);
            Ok(Opened::File(file))
        }
        Err(error) if error.is_too_many_files() && call.step != COLLECTED => {
            ctx.request_collection()?;
            Ok(Opened::Later(Flow::Again { step: COLLECTED }))
        }
        Err(error) => Ok(Opened::Refused(error)),
    }
}

/// Opens a file that must be there for the function to go on.
pub(super) fn open_or_raise<'gc>(
    call: &mut Call<'_, 'gc>,
    name: Str<'gc>,
    mode: Mode,
) -> Result<Result<UserData<'gc>, Flow>, Interrupt<'gc>> {
    let price = bytes_price(name.len());
    call.charge(price)?;
    let path = c_string(name.as_bytes());
    match open_with(call, mode, price, |world| world.open(path, mode))? {
        Opened::File(file) => Ok(Ok(file)),
        Opened::Later(flow) => Ok(Err(flow)),
        Opened::Refused(error) => {
            let reason = format!("' ({})", error.message);
            Err(call.error([b"cannot open file '", path, reason.as_bytes()].concat()))
        }
    }
}

fn finish<'gc>(call: &mut Call<'_, 'gc>, opened: Opened<'gc>, name: Option<&[u8]>) -> Step<'gc> {
    match opened {
        Opened::File(file) => call.ret(Value::UserData(file)),
        Opened::Refused(error) => super::file_result(call, Err(error), name),
        Opened::Later(flow) => Ok(flow),
    }
}

/// `io.open (filename [, mode])`
pub(super) fn io_open<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let name = call.check_string(0)?;
    let mode = match call.opt_string(1)? {
        Some(mode) => {
            call.charge_bytes(mode.len())?;
            Mode::parse(c_string(mode.as_bytes()))
        }
        None => Some(Mode::READ),
    };
    let Some(mode) = mode else { return Err(call.arg_error(1, "invalid mode")) };
    let price = bytes_price(name.len());
    call.charge(price)?;
    let path = c_string(name.as_bytes());
    let opened = open_with(call, mode, price, |world| world.open(path, mode))?;
    finish(call, opened, Some(path))
}

/// `io.popen (prog [, mode])`
pub(super) fn io_popen<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let command = call.check_string(0)?;
    let mode = call.opt_string(1)?;
    call.charge_bytes(mode.map_or(0, Str::len) + command.len())?;
    let write = match mode.map(|mode| c_string(mode.as_bytes())) {
        None | Some(b"r") => false,
        Some(b"w") => true,
        Some(_) => return Err(call.arg_error(1, "invalid mode")),
    };
    let command = c_string(command.as_bytes());
    let mode = if write { Mode::WRITE } else { Mode::READ };
    // The command's output comes behind what is written by now.
    call.ctx.state.files.flush();
    let price = PROCESS + bytes_price(command.len());
    let opened = open_with(call, mode, price, |world| world.pipe(command, write))?;
    finish(call, opened, Some(command))
}

/// `io.tmpfile ()`
pub(super) fn io_tmpfile<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let opened = open_with(call, Mode::UPDATE, 0, |world| world.temporary())?;
    finish(call, opened, None)
}

/// `io.input ([file])`
pub(super) fn io_input<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    set_default(call, Standard::Input, Mode::READ)
}

/// `io.output ([file])`
pub(super) fn io_output<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    set_default(call, Standard::Output, Mode::WRITE)
}

fn set_default<'gc>(call: &mut Call<'_, 'gc>, which: Standard, mode: Mode) -> Step<'gc> {
    let files = &call.ctx.state.files;
    let default = if which == Standard::Input { &files.input } else { &files.output };
    let given = call.arg(0);
    if !given.is_nil() {
        let file = match (call.ctx.coerce_string(&given)?, given) {
            (Some(name), _) => match open_or_raise(call, name, mode)? {
                Ok(file) => file,
                Err(flow) => return Ok(flow),
            },
            (None, Value::UserData(file)) => {
                check_open(call, 0)?;
                file
            }
            (None, _) => return Err(call.type_error(0, super::FILE)),
        };
        default.set(Some(file));
    }
    call.ret(default.get().map_or(Value::Nil, Value::UserData))
}

/// `io.close ([file])`
pub(super) fn io_close<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.top() > 0 {
        return file_close(call);
    }
    let Ok((_, stream)) = default_file(call, Standard::Output) else {
        return Err(call.error("attempt to use a closed file"));
    };
    call.charge(REQUEST)?;
    let closed = borrow(call, stream)?.close();
    close_result(call, closed)
}

/// `file:close ()`
pub(super) fn file_close<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let stream = check_open(call, 0)?;
    call.charge(REQUEST)?;
    let closed = borrow(call, stream)?.close();
    close_result(call, closed)
}

/// `__gc` and `__close` of files: closes what is open, and says nothing.
pub(super) fn file_gc<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let stream = check_stream(call, 0)?;
    call.charge(REQUEST)?;
    let _ = borrow(call, stream)?.close();
    call.ret_none()
}
