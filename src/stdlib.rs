//! Lua's library, and which of it a profile shows (manual §6).
//!
//! Every library is one table of functions with their manual section and fuel
//! class. A script sees the names its profile lists and nothing else.

pub mod base;
pub mod coroutine;
pub mod debug;
pub mod json;
pub mod math;
pub mod os;
pub mod string;
pub mod table;
pub mod utf8;

use crate::vm::lua::Context;
use crate::vm::meta::Event;
use crate::vm::native::{Interrupt, NativeDef};
use crate::vm::table::Table;
use crate::vm::value::{Type, Value};

/// Which names a script sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// The sandbox: computation, JSON and what the host registers; library tables
    /// are read-only.
    #[default]
    Strict,
}

type Constants = for<'gc> fn(Context<'gc>, Table<'gc>) -> Result<(), Interrupt<'gc>>;

/// A library: the global it is, its functions and its other fields.
struct Library {
    name: &'static str,
    functions: &'static [NativeDef],
    constants: Option<Constants>,
}

fn libraries() -> [Library; 8] {
    let library = |name, functions, constants| Library { name, functions, constants };
    [
        library("coroutine", coroutine::FUNCTIONS, None),
        library("debug", debug::FUNCTIONS, None),
        library("json", json::FUNCTIONS, Some(json::constants as Constants)),
        library("math", math::FUNCTIONS, Some(math::constants as Constants)),
        library("os", os::FUNCTIONS, None),
        library("string", string::FUNCTIONS, None),
        library("table", table::FUNCTIONS, None),
        library("utf8", utf8::FUNCTIONS, Some(utf8::constants as Constants)),
    ]
}

/// Returns every function of every library, with its manual section and fuel class.
pub fn functions() -> Vec<&'static NativeDef> {
    let libraries = libraries();
    let all = libraries.iter().flat_map(|library| library.functions);
    base::FUNCTIONS.iter().chain(all).collect()
}

/// Fills the globals of a new machine.
///
/// # Errors
/// When memory is refused.
pub fn open<'gc>(ctx: Context<'gc>, profile: Profile) -> Result<(), Interrupt<'gc>> {
    let globals = ctx.state.globals;
    add(ctx, globals, base::FUNCTIONS)?;
    ctx.state.next_function.set(Some(base::next_def()));
    ctx.state.ipairs_iterator.set(Some(&base::IPAIRS_ITERATOR));
    ctx.set_global("_G", globals)?;
    ctx.set_global("_VERSION", ctx.string(b"Lua 5.4")?)?;
    let Profile::Strict = profile;
    ctx.set_global("_SANDBOXED", true)?;
    for library in libraries() {
        let table = Table::new(ctx, 0, library.functions.len())?;
        add(ctx, table, library.functions)?;
        if let Some(constants) = library.constants {
            constants(ctx, table)?;
        }
        if library.name == "string" {
            let metatable = Table::new(ctx, 0, string::METAMETHODS.len() + 1)?;
            add(ctx, metatable, string::METAMETHODS)?;
            metatable.set_str(ctx, ctx.event_name(Event::Index), Value::Table(table))?;
            metatable.set_read_only(true);
            ctx.state.type_metatables[Type::String as usize].set(Some(metatable));
        }
        table.set_read_only(true);
        ctx.set_global(library.name, table)?;
    }
    Ok(())
}

fn add<'gc>(
    ctx: Context<'gc>,
    table: Table<'gc>,
    functions: &'static [NativeDef],
) -> Result<(), Interrupt<'gc>> {
    for def in functions {
        let name = ctx.string(def.short_name().as_bytes())?;
        table.set_str(ctx, name, Value::Builtin(def))?;
    }
    Ok(())
}
