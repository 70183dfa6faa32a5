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
pub mod package;
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
    more: &'static [(&'static [Profile], &'static [NativeDef])],
    constants: Option<Constants>,
    profiles: &'static [Profile],
}

impl Library {
    /// Returns the library's functions in a profile.
    fn functions(&self, profile: Profile) -> impl Iterator<Item = &'static NativeDef> {
        let more = self.more.iter().filter(move |(profiles, _)| profiles.contains(&profile));
        self.functions.iter().chain(more.flat_map(|(_, functions)| functions.iter()))
    }
}

const EVERY: &[Profile] = &[Profile::Strict, Profile::Compat, Profile::Full];
const SANDBOXES: &[Profile] = &[Profile::Strict, Profile::Compat];
const COMPAT: &[Profile] = &[Profile::Compat];
const FULL: &[Profile] = &[Profile::Full];

/// The one table of libraries: which functions each profile shows.
static LIBRARIES: &[Library] = &[
    Library {
        name: "_G",
        functions: base::FUNCTIONS,
        more: &[(FULL, base::FULL_FUNCTIONS), (EVERY, package::GLOBALS)],
        constants: None,
        profiles: EVERY,
    },
    Library {
        name: "package",
        functions: &[],
        more: &[],
        constants: Some(package::open_sandbox),
        profiles: COMPAT,
    },
    Library {
        name: "package",
        functions: package::FUNCTIONS,
        more: &[],
        constants: Some(package::open),
        profiles: FULL,
    },
    Library {
        name: "coroutine",
        functions: coroutine::FUNCTIONS,
        more: &[],
        constants: None,
        profiles: EVERY,
    },
    Library {
        name: "debug",
        functions: debug::FUNCTIONS,
        more: &[(COMPAT, debug::COMPAT_FUNCTIONS), (FULL, debug::FULL_FUNCTIONS)],
        constants: None,
        profiles: EVERY,
    },
    Library {
        name: "json",
        functions: json::FUNCTIONS,
        more: &[],
        constants: Some(json::constants),
        profiles: SANDBOXES,
    },
    Library {
        name: "math",
        functions: math::FUNCTIONS,
        more: &[],
        constants: Some(math::constants),
        profiles: EVERY,
    },
    Library {
        name: "os",
        functions: os::FUNCTIONS,
        more: &[(COMPAT, os::COMPAT_FUNCTIONS)],
        constants: None,
        profiles: EVERY,
    },
    Library {
        name: "string",
        functions: string::FUNCTIONS,
        more: &[(FULL, string::FULL_FUNCTIONS)],
        constants: None,
        profiles: EVERY,
    },
    Library {
        name: "table",
        functions: table::FUNCTIONS,
        more: &[],
        constants: None,
        profiles: EVERY,
    },
    Library {
        name: "utf8",
        functions: utf8::FUNCTIONS,
        more: &[],
        constants: Some(utf8::constants),
        profiles: EVERY,
    },
];

/// Returns every function a profile shows, with its manual section and fuel class.
pub fn functions(profile: Profile) -> Vec<&'static NativeDef> {
    let shown = LIBRARIES.iter().filter(|library| library.profiles.contains(&profile));
    shown.flat_map(|library| library.functions(profile)).collect()
}

/// Fills the globals of a new machine.
///
/// # Errors
/// When memory is refused.
pub fn open<'gc>(ctx: Context<'gc>, profile: Profile) -> Result<(), Interrupt<'gc>> {
    let globals = ctx.state.globals;
    let loaded = package::loaded(ctx)?;
    // Programs written for PUC's interpreter may rely on it; a sandbox has no need.
    ctx.state.yield_boundaries.set(profile == Profile::Full);
    ctx.state.next_function.set(Some(base::next_def()));
    ctx.state.ipairs_iterator.set(Some(&base::IPAIRS_ITERATOR));
    for library in LIBRARIES.iter().filter(|library| library.profiles.contains(&profile)) {
        let name = ctx.string(library.name.as_bytes())?;
        let table = match library.name {
            "_G" => globals,
            _ => Table::new(ctx, 0, library.functions(profile).count())?,
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
        table.set_read_only(profile == Profile::Strict && library.name != "_G");
        globals.set_str(ctx, name, Value::Table(table))?;
        loaded.set_str(ctx, name, Value::Table(table))?;
    }
    Ok(())
}

/// Makes the metatable all strings share.
fn open_string_metatable<'gc>(
    ctx: Context<'gc>,
    library: Table<'gc>,
    profile: Profile,
) -> Result<(), Interrupt<'gc>> {
    let metatable = Table::new(ctx, 0, string::METAMETHODS.len() + 1)?;
    add(ctx, metatable, string::METAMETHODS.iter())?;
    metatable.set_str(ctx, ctx.event_name(Event::Index), Value::Table(library))?;
    metatable.set_read_only(profile == Profile::Strict);
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
        table.set_str(ctx, name, Value::Builtin(def))?;
    }
    Ok(())
}
