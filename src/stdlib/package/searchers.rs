//! The searchers of modules (manual §6.3, `package.searchers`).
//!
//! Libraries in C cannot be loaded here: a searcher that finds one says so, as PUC's
//! does where the system has no dynamic libraries.

use super::{PRELOAD, path, registry_table};
use crate::stdlib::base::{begin_file, read_chunk};
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::value::Value;

/// The searchers, in the order in which `require` asks them.
pub(super) static SEARCHERS: &[NativeDef] = &[
    NativeDef::new("", preload, "6.3", "1"),
    NativeDef::new("", lua, "6.3", "as searchpath and load"),
    NativeDef::new("", c, "6.3", "as searchpath"),
    NativeDef::new("", c_root, "6.3", "as searchpath"),
];

/// Why no library in C is ever loaded.
const NO_LIBRARIES: &str = "dynamic libraries not enabled; check your Lua installation";

/// Step at which the field of `package` is on top of the window.
const FIELD: u32 = 1;
/// Step at which the file has been read.
const READ: u32 = 2;
/// Step that compiles it, a piece each time.
const COMPILE: u32 = 3;

/// `package.loadlib (libname, funcname)`
pub(super) fn loadlib<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    call.check_string(0)?;
    call.check_string(1)?;
    let (message, place) = (call.string(NO_LIBRARIES.as_bytes())?, call.string(b"absent")?);
    call.push(Value::Nil);
    call.push(Value::String(message));
    call.push(Value::String(place));
    Ok(Flow::Return(3))
}

/// Looks into `package.preload`.
fn preload<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let name = call.check_string(0)?;
    let loader = if call.step == FIELD {
        call.pop()
    } else {
        call.set_top(1);
        let preloaded = Value::Table(registry_table(call.ctx, PRELOAD)?);
        crate::now!(call.index(preloaded, Value::String(name), FIELD))
    };
    if loader.is_nil() {
        call.charge_bytes(name.len())?;
        let text = [b"no field package.preload['", name.as_bytes(), b"']"].concat();
        let text = call.ctx.string_from_vec(text)?;
        return call.ret(text);
    }
    let data = call.ctx.string(b":preload:")?;
    call.push(loader);
    call.push(Value::String(data));
    Ok(Flow::Return(2))
}

/// What looking for a module's file has come to.
enum Found {
    /// The file's name.
    File(Vec<u8>),
    /// Return this from the step.
    Flow(Flow),
}

/// Looks for a module along the path in a field of `package`.
///
/// # Errors
/// That the field is no string; fuel or memory is refused.
fn find<'gc>(call: &mut Call<'_, 'gc>, name: &[u8], field: &str) -> Result<Found, Interrupt<'gc>> {
    let path = if call.step == FIELD {
        call.pop()
    } else {
        let key = Value::String(call.ctx.string(field.as_bytes())?);
        let package = super::package(call.ctx)?;
        match call.index(package, key, FIELD)? {
            crate::vm::calls::call::Now::Done(path) => path,
            crate::vm::calls::call::Now::Later(flow) => return Ok(Found::Flow(flow)),
        }
    };
    let Some(path) = call.ctx.coerce_string(&path)? else {
        return Err(call.error(format!("'package.{field}' must be a string")));
    };
    match path::search(call, name, path.as_bytes(), b".", b"/")? {
        Ok(file) => Ok(Found::File(file)),
        Err(tried) => {
            let tried = call.ctx.string_from_vec(tried)?;
            call.ret(tried).map(Found::Flow)
        }
    }
}

/// Makes the error for a module whose file does not load.
pub(super) fn broken<'gc>(
    call: &Call<'_, 'gc>,
    name: &[u8],
    file: &[u8],
    message: &[u8],
) -> Interrupt<'gc> {
    let parts: [&[u8]; 6] =
        [b"error loading module '", name, b"' from file '", file, b"':\n\t", message];
    call.error(parts.concat())
}

/// Looks for a file in Lua along `package.path`, and loads it.
fn lua<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let name = call.check_string(0)?;
    if call.step == READ {
        let file = call.check_string(1)?;
        let globals = Value::Table(call.ctx.state.globals);
        return match begin_file(call, 2, Some(file.as_bytes()), Value::Nil, globals)? {
            Ok(loading) => {
                loading.comes_from(call.ctx.heap(), call.arg(2));
                call.push(Value::Loading(loading));
                Ok(Flow::Again { step: COMPILE })
            }
            Err(message) => Err(broken(call, name.as_bytes(), file.as_bytes(), &message)),
        };
    }
    if call.step == COMPILE {
        let file = call.check_string(1)?;
        return match call.go_on_loading(3)? {
            None => Ok(Flow::Again { step: COMPILE }),
            Some(Ok(function)) => {
                call.push(Value::Closure(function));
                call.push(Value::String(file));
                Ok(Flow::Return(2))
            }
            Some(Err(wrong)) => Err(broken(call, name.as_bytes(), file.as_bytes(), &wrong.message)),
        };
    }
    let file = match find(call, name.as_bytes(), "path")? {
        Found::File(file) => file,
        Found::Flow(flow) => return Ok(flow),
    };
    match read_chunk(call, &file)? {
        Ok(buffer) => {
            let file = call.ctx.string(&file)?;
            call.set_top(1);
            call.push(Value::String(file));
            call.push(Value::Buffer(buffer));
            Ok(Flow::Again { step: READ })
        }
        Err(message) => Err(broken(call, name.as_bytes(), &file, &message)),
    }
}

/// Looks for a library in C along `package.cpath`.
fn c<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let name = call.check_string(0)?;
    match find(call, name.as_bytes(), "cpath")? {
        Found::File(file) => Err(broken(call, name.as_bytes(), &file, NO_LIBRARIES.as_bytes())),
        Found::Flow(flow) => Ok(flow),
    }
}

/// Looks for a library in C under the first part of the module's name.
fn c_root<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let name = call.check_string(0)?;
    let Some(dot) = memchr::memchr(b'.', name.as_bytes()) else { return Ok(Flow::Return(0)) };
    match find(call, &name.as_bytes()[..dot], "cpath")? {
        Found::File(file) => Err(broken(call, name.as_bytes(), &file, NO_LIBRARIES.as_bytes())),
        Found::Flow(flow) => Ok(flow),
    }
}
