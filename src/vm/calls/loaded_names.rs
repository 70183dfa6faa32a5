//! Names of functions as fields of the loaded modules: PUC's `pushglobalfuncname`.

use crate::vm::heap::native::Interrupt;
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
    module: &'gc [u8],
    field: Option<&'gc [u8]>,
}

impl<'gc> LoadedName<'gc> {
    /// Returns the parts that are its text one after the other: `string.rep`, and without
    /// `_G.` for globals.
    pub(in crate::vm) fn parts(&self) -> [&'gc [u8]; 3] {
        match (self.module, self.field) {
            (module, None) => [module, b"", b""],
            (b"_G", Some(field)) => [b"", b"", field],
            (module, Some(field)) => [module, b".", field],
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
    let places = places(ctx, loaded).min(MAX_SEARCH);
    let price = places * (wanted.len() + FUNCTIONS) / (FUNCTIONS * PLACES_PER_UNIT);
    ctx.charge(price as u64)?;
    let mut search = Search { wanted, names: &mut names, left: MAX_SEARCH };
    let mut position = 0;
    while let Some((next, key, value)) = search.next(ctx, loaded, position) {
        position = next;
        let Some(module) = key else { continue };
        search.compare(value, LoadedName { module, field: None });
        let Value::Table(fields) = value else { continue };
        let mut position = 0;
        while let Some((next, key, value)) = search.next(ctx, fields, position) {
            position = next;
            if key.is_some() {
                search.compare(value, LoadedName { module, field: key });
            }
        }
    }
    Ok(names)
}

/// An entry of a table with the cursor after it: the key, if it is a string, and the value.
/// Tables of the library that are not real stay so.
type Entry<'gc> = (usize, Option<&'gc [u8]>, Value<'gc>);

/// Returns the first entry of a table at or after a cursor, no further away than `most`
/// places, and how many places were passed.
fn next_entry<'gc>(
    ctx: Context<'gc>,
    table: Table<'gc>,
    position: usize,
    most: usize,
) -> (usize, Option<Entry<'gc>>) {
    if table.is_pristine() {
        let found = ctx.heap().pristine_entry(table, position).filter(|_| most > 0);
        let entry = found.map(|(key, value)| (position + 1, Some(key), value));
        return (usize::from(entry.is_some()), entry);
    }
    let (passed, found) = table.next_within(position, most);
    let entry = found.map(|(next, key, value)| match key {
        Value::String(key) => (next, Some(key.as_bytes()), value),
        _ => (next, None, value),
    });
    (passed, entry)
}

/// Counts the places in the loaded modules, up to about [`MAX_SEARCH`].
fn places<'gc>(ctx: Context<'gc>, loaded: Table<'gc>) -> usize {
    let slots = |table: Table<'gc>| table.array_len() + ctx.heap().entries_of(table);
    let mut places = slots(loaded);
    let mut position = 0;
    while places < MAX_SEARCH
        && let (_, Some((next, _, value))) = next_entry(ctx, loaded, position, usize::MAX)
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
    let key = ctx.state.strings.find(ctx.mc, LOADED).ok()?;
    match ctx.state.registry.get_str(ctx.heap(), key) {
        Value::Table(loaded) => Some(loaded),
        _ => None,
    }
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
        ctx: Context<'gc>,
        table: Table<'gc>,
        position: usize,
    ) -> Option<Entry<'gc>> {
        let (passed, found) = next_entry(ctx, table, position, self.left);
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
