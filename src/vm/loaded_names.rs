//! Names of functions as fields of the loaded modules: PUC's `pushglobalfuncname`.

use super::lua::Context;
use super::table::Table;
use super::thread::Callee;
use super::value::Value;

/// Most fields looked at for the names of one traceback or message.
const MAX_SEARCH: usize = 10_000;

/// Key of the registry for `package.loaded`.
pub const LOADED: &[u8] = b"_LOADED";

/// Returns a name for each of these functions that is a loaded module itself or a field
/// of one: `string.rep`, and without `_G.` for globals.
pub(super) fn loaded_names<'gc>(ctx: Context<'gc>, wanted: &[Callee<'gc>]) -> Vec<Option<Vec<u8>>> {
    let mut names = vec![None; wanted.len()];
    let Some(loaded) = loaded(ctx) else { return names };
    let mut search = Search { wanted, names: &mut names, left: MAX_SEARCH };
    let mut position = 0;
    while let Some((next, key, value)) = loaded.next_index(position) {
        position = next;
        let Value::String(module) = key else { continue };
        search.compare(value, || module.as_bytes().to_vec());
        let Value::Table(fields) = value else { continue };
        let mut position = 0;
        while let Some((next, key, value)) = fields.next_index(position) {
            position = next;
            if search.left == 0 {
                return names;
            }
            search.left -= 1;
            let Value::String(field) = key else { continue };
            search.compare(value, || match module.as_bytes() {
                b"_G" => field.as_bytes().to_vec(),
                module => [module, b".", field.as_bytes()].concat(),
            });
        }
    }
    names
}

/// Finds `package.loaded` in the registry, where nothing needs to be allocated.
fn loaded<'gc>(ctx: Context<'gc>) -> Option<Table<'gc>> {
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
    names: &'a mut [Option<Vec<u8>>],
    left: usize,
}

impl<'gc> Search<'_, 'gc> {
    /// Names the functions that are this value, unless they have a name already.
    fn compare(&mut self, value: Value<'gc>, name: impl Fn() -> Vec<u8>) {
        for (wanted, found) in self.wanted.iter().zip(self.names.iter_mut()) {
            let same = match (value, wanted) {
                (Value::Closure(a), Callee::Lua(b)) => a.ptr_eq(*b),
                (Value::Builtin(a), Callee::Native(b)) => std::ptr::eq(a, *b),
                _ => false,
            };
            if same && found.is_none() {
                *found = Some(name());
            }
        }
    }
}
