//! Lua's library, and which of it a profile shows (manual §6).
//!
//! Every library is one table of functions with their manual section and fuel
//! class. A script sees the names its profile lists and nothing else.

pub(crate) mod base;
pub(crate) mod coroutine;
pub(crate) mod debug;
pub(crate) mod io;
pub(crate) mod json;
pub(crate) mod known;
pub(crate) mod math;
pub(crate) mod os;
pub(crate) mod package;
pub(crate) mod string;
pub(crate) mod table;
pub(crate) mod utf8;

use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Interrupt, NativeDef};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::{Type, Value};
use crate::vm::image::natives::Natives;
use crate::vm::state::context::Context;
use std::slice::from_ref;

/// Which names a script sees.
///
/// ```
/// use moonfuel::{Profile, Session};
///
/// for (profile, names) in [(Profile::Strict, "[null,true]"), (Profile::Compat, "[true,true]")] {
///     let mut session = Session::builder().profile(profile).build()?;
///     let report = session.run("return io and true, _SANDBOXED");
///     assert_eq!(report.json()?, names);
/// }
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// The sandbox: computation, JSON and what the host registers; library tables
    /// are read-only.
    #[default]
    Strict,
    /// The sandbox for programs written for PUC-Rio's interpreter: library tables are
    /// writable, and more names answer, without a way to the world outside.
    Compat,
    /// The whole of Lua's library, for trusted code.
    Full,
}

impl Profile {
    /// Tells whether the profile is for code that is not trusted.
    pub fn is_sandbox(self) -> bool {
        self != Profile::Full
    }
}

type Constants = for<'gc> fn(Context<'gc>, Table<'gc>) -> Result<(), Interrupt<'gc>>;

/// A library: the global it is, its functions and its other fields.
struct Library {
    name: &'static str,
    /// The functions every profile has that has the library.
    functions: &'static [NativeDef],
    /// Further functions, and the profiles that have them.
    more: Vec<(&'static [Profile], &'static [NativeDef])>,
    constants: Option<Constants>,
    profiles: &'static [Profile],
}

impl Library {
    /// Adds functions that only these profiles have.
    fn with(mut self, profiles: &'static [Profile], functions: &'static [NativeDef]) -> Library {
        self.more.push((profiles, functions));
        self
    }

    /// Sets what makes the fields that are no functions.
    fn constants(mut self, constants: Constants) -> Library {
        self.constants = Some(constants);
        self
    }

    /// Returns the library's functions in a profile.
    fn functions(&self, profile: Profile) -> impl Iterator<Item = &'static NativeDef> {
        let more = self.more.iter().filter(move |(profiles, _)| profiles.contains(&profile));
        self.functions.iter().chain(more.flat_map(|(_, functions)| functions.iter()))
    }
}

const EVERY: &[Profile] = &[Profile::Strict, Profile::Compat, Profile::Full];
const SANDBOXES: &[Profile] = &[Profile::Strict, Profile::Compat];
const COMPAT: &[Profile] = &[Profile::Compat];
/// The profiles whose scripts may write to files, if their host grants any.
const WRITABLE: &[Profile] = &[Profile::Compat, Profile::Full];
const FULL: &[Profile] = &[Profile::Full];

/// The one table of libraries: which functions each profile shows.
///
/// Not a static: the address of a description is the function's identity, and a static
/// that holds another's value may come with a copy of what it refers to. For the same
/// reason what else must know a function by its address names a static of its own, which
/// is not in a list.
fn libraries() -> Vec<Library> {
    let library = |name, profiles, functions| Library {
        name,
        functions,
        more: Vec::new(),
        constants: None,
        profiles,
    };
    vec![
        library("_G", EVERY, from_ref(&base::NEXT))
            .with(EVERY, base::FUNCTIONS)
            .with(EVERY, from_ref(&base::TOSTRING))
            .with(FULL, base::FULL_FUNCTIONS)
            .with(EVERY, package::GLOBALS),
        library("package", COMPAT, &[]).constants(package::open_sandbox),
        library("package", FULL, package::FUNCTIONS).constants(package::open),
        library("coroutine", EVERY, coroutine::FUNCTIONS),
        library("debug", EVERY, debug::FUNCTIONS)
            .with(COMPAT, debug::COMPAT_FUNCTIONS)
            .with(FULL, debug::FULL_FUNCTIONS),
        library("io", WRITABLE, io::FUNCTIONS).constants(io::constants),
        library("json", SANDBOXES, json::FUNCTIONS).constants(json::constants),
        library("math", EVERY, math::FUNCTIONS).constants(math::constants),
        library("os", EVERY, os::FUNCTIONS)
            .with(WRITABLE, os::WRITABLE_FUNCTIONS)
            .with(FULL, os::FULL_FUNCTIONS),
        library("string", EVERY, string::FUNCTIONS).with(FULL, string::FULL_FUNCTIONS),
        library("table", EVERY, table::FUNCTIONS),
        library("utf8", EVERY, utf8::FUNCTIONS).constants(utf8::constants),
    ]
}

/// Returns every function a profile shows, with its manual section and fuel class.
#[cfg(test)]
pub(crate) fn functions(profile: Profile) -> Vec<&'static NativeDef> {
    let shown = libraries().into_iter().filter(|library| library.profiles.contains(&profile));
    shown.flat_map(|library| library.functions(profile).collect::<Vec<_>>()).collect()
}

/// Adds every native function that a machine in this profile may have: those its scripts see,
/// and those that come up as values or in frames.
pub(crate) fn add_natives(natives: &mut Natives, profile: Profile) {
    for library in libraries().into_iter().filter(|library| library.profiles.contains(&profile)) {
        for def in library.functions(profile) {
            natives.add(def.name, def);
        }
    }
    natives.add(":ipairs", &base::IPAIRS_ITERATOR);
    natives.add(":coroutine.wrap", &coroutine::WRAPPED);
    string::add_natives(natives);
    natives.add_all(":utf8.", utf8::ITERATORS);
    package::add_natives(natives, profile);
    if WRITABLE.contains(&profile) {
        io::add_natives(natives);
    }
}

/// Sets what makes a machine one of this profile, beside its globals.
pub(crate) fn prepare(ctx: Context<'_>, profile: Profile) {
    let state = ctx.state;
    state.binary_chunks.set(!profile.is_sandbox());
    // `debug.getinfo` is there.
    state.whole_names.set(profile != Profile::Strict);
    if !profile.is_sandbox() {
        // As in PUC's interpreter, only the stack's size ends a recursion.
        state.max_depth.set(usize::MAX);
    }
    // Programs written for PUC-Rio's interpreter may rely on it.
    state.yield_boundaries.set(profile != Profile::Strict);
    state.next_function.set(Some(&base::NEXT));
}

/// Fills the globals of a new machine.
///
/// # Errors
/// When memory is refused.
pub(crate) fn open<'gc>(ctx: Context<'gc>, profile: Profile) -> Result<(), Interrupt<'gc>> {
    prepare(ctx, profile);
    let globals = ctx.state.globals;
    let loaded = package::loaded(ctx)?;
    // Here, since making it in a conversion's step would charge that step.
    json::null_value(ctx)?;
    for library in libraries().into_iter().filter(|library| library.profiles.contains(&profile)) {
        let name = ctx.string(library.name.as_bytes())?;
        let table = match library.name {
            "_G" => globals,
            _ => Table::new(ctx.heap(), 0, library.functions(profile).count())?,
        };
        add(ctx, table, library.functions(profile))?;
        if let Some(constants) = library.constants {
            constants(ctx, table)?;
        }
        if library.name == "_G" {
            ctx.set_global("_VERSION", ctx.string(base::VERSION.as_bytes())?)?;
            if profile.is_sandbox() {
                ctx.set_global("_SANDBOXED", true)?;
            }
        }
        if library.name == "string" {
            open_string_metatable(ctx, table, profile)?;
        }
        table.set_read_only(ctx.heap(), profile == Profile::Strict && library.name != "_G")?;
        globals.set_str(ctx.heap(), name, Value::Table(table))?;
        loaded.set_str(ctx.heap(), name, Value::Table(table))?;
    }
    Ok(())
}

/// Makes the metatable all strings share.
fn open_string_metatable<'gc>(
    ctx: Context<'gc>,
    library: Table<'gc>,
    profile: Profile,
) -> Result<(), Interrupt<'gc>> {
    let metatable = Table::new(ctx.heap(), 0, string::METAMETHODS.len() + 1)?;
    add(ctx, metatable, string::METAMETHODS.iter())?;
    metatable.set_str(ctx.heap(), ctx.event_name(Event::Index), Value::Table(library))?;
    metatable.set_read_only(ctx.heap(), profile == Profile::Strict)?;
    ctx.state.type_metatables[Type::String as usize].set(Some(metatable));
    Ok(())
}

fn add<'gc>(
    ctx: Context<'gc>,
    table: Table<'gc>,
    functions: impl Iterator<Item = &'static NativeDef>,
) -> Result<(), Interrupt<'gc>> {
    for def in functions {
        let name = ctx.string(def.short_name().as_bytes())?;
        table.set_str(ctx.heap(), name, Value::Builtin(def))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
