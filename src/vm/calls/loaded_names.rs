//! Names of functions as fields of the loaded modules: PUC's `pushglobalfuncname`.

use crate::vm::heap::native::Interrupt;
use crate::vm::heap::string::Str;
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::Callee;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

/// Most places looked at for the names of one traceback or message, dead entries and holes
/// included.
const MAX_SEARCH: usize = 10_000;
/// Functions looked for that cost as much as a place they are looked for in.
const FUNCTIONS: usize = 8;

/// Places looked at for one unit, for few functions.
const PLACES_PER_UNIT: usize = 2;

/// Key of the registry for `package.loaded`.
pub(crate) const LOADED: &[u8] = b"_LOADED";

/// A function's name: that of a loaded module, or of a field in one.
#[derive(Clone, Copy, Debug)]
pub(in crate::vm) struct LoadedName<'gc> {
    module: Str<'gc>,
    field: Option<Str<'gc>>,
}

impl<'gc> LoadedName<'gc> {
    /// Returns the parts that are its text one after the other: `string.rep`, and without
    /// `_G.` for globals.
    pub(in crate::vm) fn parts(&self) -> [&'gc [u8]; 3] {
        match (self.module.as_bytes(), self.field) {
            (module, None) => [module, b"", b""],
            (b"_G", Some(field)) => [b"", b"", field.as_bytes()],
            (module, Some(field)) => [module, b".", field.as_bytes()],
        }
    }
}

/// Returns a name for each of these functions that is a loaded module itself or a field
/// of one.
///
/// # Errors
/// When fuel for the search is refused.
pub(in crate::vm) fn loaded_names<'gc>(
    ctx: Context<'gc>,
    wanted: &[Callee<'gc>],
) -> Result<Vec<Option<LoadedName<'gc>>>, Interrupt<'gc>> {
    let mut names = vec![None; wanted.len()];
    let Some(loaded) = loaded(ctx) else { return Ok(names) };
    let places = places(loaded).min(MAX_SEARCH);
    let price = places * (wanted.len() + FUNCTIONS) / (FUNCTIONS * PLACES_PER_UNIT);
    ctx.charge(price as u64)?;
    let mut search = Search { wanted, names: &mut names, left: MAX_SEARCH };
    let mut position = 0;
    while let Some((next, key, value)) = search.next(loaded, position) {
        position = next;
        let Value::String(module) = key else { continue };
        search.compare(value, LoadedName { module, field: None });
        let Value::Table(fields) = value else { continue };
        let mut position = 0;
        while let Some((next, key, value)) = search.next(fields, position) {
            position = next;
            let Value::String(field) = key else { continue };
            search.compare(value, LoadedName { module, field: Some(field) });
        }
    }
    Ok(names)
}

/// Counts the places in the loaded modules, up to about [`MAX_SEARCH`].
fn places(loaded: Table<'_>) -> usize {
    let slots = |table: Table<'_>| table.array_len() + table.entries();
    let mut places = slots(loaded);
    let mut position = 0;
    while places < MAX_SEARCH
        && let Some((next, _, value)) = loaded.next_index(position)
    {
        position = next;
        if let Value::Table(fields) = value {
            places = places.saturating_add(slots(fields));
        }
    }
    places
}

/// Finds `package.loaded` in the registry, where nothing needs to be allocated.
fn loaded<'gc>(ctx: Context<'gc>) -> Option<Table<'gc>> {
    // All of the library is about to be looked at.
    ctx.make_library_real();
    let mut position = 0;
    while let Some((next, key, value)) = ctx.state.registry.next_index(position) {
        if let (Value::String(key), Value::Table(table)) = (key, value)
            && key.as_bytes() == LOADED
        {
            return Some(table);
        }
        position = next;
    }
    None
}

struct Search<'a, 'gc> {
    wanted: &'a [Callee<'gc>],
    names: &'a mut [Option<LoadedName<'gc>>],
    /// Places that may still be looked at.
    left: usize,
}

impl<'gc> Search<'_, 'gc> {
    /// Returns the first entry of a table at or after a cursor, if it is not too far away.
    fn next(
        &mut self,
        table: Table<'gc>,
        position: usize,
    ) -> Option<(usize, Value<'gc>, Value<'gc>)> {
        let (passed, found) = table.next_within(position, self.left);
        self.left -= passed;
        found
    }

    /// Names the functions that are this value, unless they have a name already.
    fn compare(&mut self, value: Value<'gc>, name: LoadedName<'gc>) {
        if value.type_of() != crate::vm::heap::value::Type::Function {
            return;
        }
        for (wanted, found) in self.wanted.iter().zip(self.names.iter_mut()) {
            let same = match (value, wanted) {
                (Value::Closure(a), Callee::Lua(b)) => a.ptr_eq(*b),
                (Value::Builtin(a), Callee::Native(b)) => std::ptr::eq(a, *b),
                _ => false,
            };
            if same && found.is_none() {
                *found = Some(name);
            }
        }
    }
}
