//! Modules (manual §6.3): `require`, and the table `package`.
//!
//! The table is kept in the registry too: `require` and the searchers find it there
//! whatever a script does to the global.

mod host;
mod path;
mod require;
mod searchers;

use super::Profile;
use crate::vm::calls::loaded_names::LOADED;
use crate::vm::heap::native::{Interrupt, NativeDef};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::image::natives::Natives;
use crate::vm::state::context::Context;

/// The global function of the library.
pub(crate) static GLOBALS: &[NativeDef] = &[NativeDef::new(
    "require",
    require::require,
    "6.3",
    "1 + searchers; what the searchers and the loader charge",
)];

/// Adds the searchers of a profile.
pub(crate) fn add_natives(natives: &mut Natives, profile: Profile) {
    // A session has it in any profile, if its host brings modules.
    natives.add_all(":package.host.", host::SEARCHERS);
    let searchers = match profile {
        Profile::Full => searchers::SEARCHERS,
        // That of `package.preload`.
        _ => &searchers::SEARCHERS[..1],
    };
    natives.add_all(":package.searcher.", searchers);
}

/// The functions in the table.
pub(crate) static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("package.loadlib", searchers::loadlib, "6.3", "1"),
    NativeDef::new(
        "package.searchpath",
        path::searchpath,
        "6.3",
        "1 + bytes of the path/64 + bytes of each file's name/64",
    ),
];

/// `package.config`: what separates and marks the parts of paths.
const CONFIG: &[u8] = b"/\n;\n?\n!\n-\n";

/// Key of the registry for the table `package`.
const PACKAGE: &[u8] = b"_PACKAGE";
/// Key of the registry for `package.preload`.
const PRELOAD: &[u8] = b"_PRELOAD";

/// Key of the registry for the function behind the host's modules.
const SOURCE: &[u8] = b"_SOURCE";

/// Key of the registry that keeps paths from the environment out, if it is true.
pub(crate) const NO_ENVIRONMENT: &str = "LUA_NOENV";

/// Returns the table of loaded modules, which the registry keeps as `_LOADED`.
///
/// # Errors
/// When memory is refused.
pub(crate) fn loaded<'gc>(ctx: Context<'gc>) -> Result<Table<'gc>, Interrupt<'gc>> {
    registry_table(ctx, LOADED)
}

/// Returns a table of the registry, making it if there is none.
fn registry_table<'gc>(ctx: Context<'gc>, name: &[u8]) -> Result<Table<'gc>, Interrupt<'gc>> {
    let name = ctx.string(name)?;
    if let Value::Table(table) = ctx.state.registry.get_str(ctx.heap(), name) {
        return Ok(table);
    }
    let table = Table::new(ctx.heap(), 0, 0)?;
    ctx.state.registry.set_str(ctx.heap(), name, Value::Table(table))?;
    Ok(table)
}

/// Gives the machine the function that returns a module's text and the name of its
/// file, or nil and what was tried: the last of the searchers calls it.
///
/// # Errors
/// When memory is refused.
pub(crate) fn set_source<'gc>(ctx: Context<'gc>, source: Value<'gc>) -> Result<(), Interrupt<'gc>> {
    ctx.state.registry.set_str(ctx.heap(), ctx.string(SOURCE)?, source)?;
    if let Value::Table(package) = package(ctx)?
        && let Value::Table(searchers) = package.get_str(ctx.heap(), ctx.string(b"searchers")?)
        && searchers.len() == searchers::SEARCHERS.len() as i64
    {
        let last = Value::Integer(searchers.len() + 1);
        searchers.raw_set(ctx.heap(), last, Value::Builtin(&host::SEARCHERS[0]))?;
    }
    Ok(())
}

/// Fills the table `package` of a sandbox, which has no files: modules are those
/// preloaded or the host's.
///
/// # Errors
/// When memory is refused.
pub(super) fn open_sandbox<'gc>(
    ctx: Context<'gc>,
    package: Table<'gc>,
) -> Result<(), Interrupt<'gc>> {
    fill(ctx, package, [&searchers::SEARCHERS[0], &host::SEARCHERS[0]], b"", b"")
}

/// Fills the rest of the table `package` over the real system.
///
/// # Errors
/// When memory is refused.
pub(super) fn open<'gc>(ctx: Context<'gc>, package: Table<'gc>) -> Result<(), Interrupt<'gc>> {
    let path = path::from_environment(ctx, "LUA_PATH", path::DEFAULT)?;
    let c_path = path::from_environment(ctx, "LUA_CPATH", path::C_DEFAULT)?;
    fill(ctx, package, searchers::SEARCHERS, &path, &c_path)
}

fn fill<'gc>(
    ctx: Context<'gc>,
    package: Table<'gc>,
    list: impl IntoIterator<Item = &'static NativeDef>,
    path: &[u8],
    c_path: &[u8],
) -> Result<(), Interrupt<'gc>> {
    let set = |name: &str, value: Value<'gc>| {
        let name = ctx.string(name.as_bytes())?;
        package.set_str(ctx.heap(), name, value)
    };
    let searchers = Table::new(ctx.heap(), searchers::SEARCHERS.len(), 0)?;
    for (place, searcher) in list.into_iter().enumerate() {
        searchers.raw_set(
            ctx.heap(),
            Value::Integer(place as i64 + 1),
            Value::Builtin(searcher),
        )?;
    }
    set("searchers", Value::Table(searchers))?;
    set("path", Value::String(ctx.string(path)?))?;
    set("cpath", Value::String(ctx.string(c_path)?))?;
    set("config", Value::String(ctx.string(CONFIG)?))?;
    set("loaded", Value::Table(loaded(ctx)?))?;
    set("preload", Value::Table(registry_table(ctx, PRELOAD)?))?;
    let name = ctx.string(PACKAGE)?;
    ctx.state.registry.set_str(ctx.heap(), name, Value::Table(package))
}

/// Returns the table `package`, or nil where there is none.
fn package<'gc>(ctx: Context<'gc>) -> Result<Value<'gc>, Interrupt<'gc>> {
    Ok(ctx.state.registry.get_str(ctx.heap(), ctx.string(PACKAGE)?))
}

#[cfg(test)]
mod tests;
