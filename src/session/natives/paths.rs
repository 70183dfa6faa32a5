//! Paths of host functions, and the tables that stand for what is before the last dot.

use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

/// Splits a path such as `imp.http.get` into the names of its tables and of its function.
pub(in crate::session) fn split(path: &str) -> (impl Iterator<Item = &str>, &str) {
    let (modules, name) = path.rsplit_once('.').unwrap_or(("", path));
    (modules.split('.').filter(|module| !module.is_empty()), name)
}

/// Returns the table of a name within another, and makes it if there is none.
pub(in crate::session) fn inner_table<'gc>(
    ctx: Context<'gc>,
    table: Table<'gc>,
    name: &str,
) -> Result<Table<'gc>, Interrupt<'gc>> {
    let name = ctx.string(name.as_bytes())?;
    if let Value::Table(inner) = table.get_str(ctx.heap(), name) {
        return Ok(inner);
    }
    let inner = Table::new(ctx.heap(), 0, 8)?;
    table.add_str(ctx.heap(), name, Value::Table(inner))?;
    Ok(inner)
}
