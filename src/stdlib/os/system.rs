//! The functions of `os` that reach the system (manual §6.9), through the machine's
//! [`World`].

use crate::base::c_string::c_string;
use crate::stdlib::io::{file_result, process_result};
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Interrupt, NativeDef, NativeFn, Step, Stop};
use crate::vm::heap::string::Str;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::{PATH, PROCESS, REQUEST, bytes_price};
use crate::vm::state::world::{World, WorldError};

/// The functions the compat profile adds.
pub(crate) static WRITABLE_FUNCTIONS: &[NativeDef] = &[def("os.getenv", getenv, "1 + bytes/64")];

/// The functions the full profile adds.
pub(crate) static FULL_FUNCTIONS: &[NativeDef] = &[
    def("os.execute", execute, "4128 + bytes/64"),
    def("os.exit", exit, "1"),
    def("os.remove", remove, "288 + bytes/64"),
    def("os.rename", rename, "544 + bytes/64"),
    def("os.setlocale", setlocale, "1 + bytes/64"),
    def("os.tmpname", tmpname, "288"),
];

const fn def(name: &'static str, call: NativeFn, fuel: &'static str) -> NativeDef {
    NativeDef::new(name, call, "6.9", fuel)
}

/// Asks the world, which without one refuses.
fn ask<'gc, T>(
    call: &Call<'_, 'gc>,
    question: impl FnOnce(&mut dyn World) -> Result<T, WorldError>,
) -> Result<Result<T, WorldError>, Interrupt<'gc>> {
    call.charge(REQUEST)?;
    Ok(match call.ctx.world() {
        Some(mut world) => question(world.as_mut()),
        None => Err(WorldError::not_permitted()),
    })
}

/// `os.getenv (varname)`: without a world the environment is empty.
fn getenv<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let name = call.check_string(0)?;
    call.charge_bytes(name.len())?;
    let name = c_string(name.as_bytes());
    let value = call.ctx.world().and_then(|mut world| world.variable(name));
    match value {
        Some(value) => {
            let value = call.string(&value)?;
            call.ret(value)
        }
        None => call.ret(Value::Nil),
    }
}

/// `os.execute ([command])`
fn execute<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let Some(command) = call.opt_string(0)? else {
        call.charge(REQUEST)?;
        let shell = call.ctx.world().is_some_and(|mut world| world.has_shell());
        return call.ret(shell);
    };
    call.charge(PROCESS + bytes_price(command.len()))?;
    match ask(call, |world| world.execute(c_string(command.as_bytes())))? {
        Ok(ended) => process_result(call, ended),
        Err(error) => file_result(call, Err(error), None),
    }
}

/// `os.exit ([code [, close]])`: ends the run.
fn exit<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let code = match call.arg(0) {
        Value::Boolean(success) => i32::from(!success),
        // As C's `int` takes it.
        _ => call.opt_integer(0, 0)? as i32,
    };
    call.ctx.state.files.close_at_exit.set(call.arg(1).is_truthy());
    Err(Interrupt::Stop(Stop::Exit(code)))
}

/// `os.remove (filename)`
fn remove<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let name = call.check_string(0)?;
    call.charge(PATH + bytes_price(name.len()))?;
    let name = c_string(name.as_bytes());
    let removed = ask(call, |world| world.remove(name))?;
    file_result(call, removed, Some(name))
}

/// `os.rename (oldname, newname)`
fn rename<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let from = call.check_string(0)?;
    let to = call.check_string(1)?;
    call.charge(2 * PATH + bytes_price(from.len() + to.len()))?;
    let (from, to) = (c_string(from.as_bytes()), c_string(to.as_bytes()));
    let renamed = ask(call, |world| world.rename(from, to))?;
    file_result(call, renamed, None)
}

/// `os.tmpname ()`
fn tmpname<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    call.charge(PATH)?;
    match ask(call, |world| world.temporary_name())? {
        Ok(name) => {
            let name = call.string(&name)?;
            call.ret(name)
        }
        Err(_) => Err(call.error("unable to generate a unique filename")),
    }
}

/// The categories of a locale.
const CATEGORIES: [&str; 6] = ["all", "collate", "ctype", "monetary", "numeric", "time"];

/// `os.setlocale ([locale [, category]])`: there is the locale "C", which is also the
/// system's own here.
fn setlocale<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let locale = call.opt_string(0)?;
    call.charge_bytes(locale.map_or(0, Str::len))?;
    let locale = locale.map(|locale| c_string(locale.as_bytes()));
    call.check_option(1, Some(0), &CATEGORIES)?;
    match locale {
        None | Some(b"" | b"C" | b"POSIX") => {
            let name = call.ctx.string(b"C")?;
            call.ret(name)
        }
        Some(_) => call.ret(Value::Nil),
    }
}
