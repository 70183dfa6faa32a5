//! Modules (manual §6.3).

use crate::vm::lua::Context;
use crate::vm::native::Interrupt;
use crate::vm::table::Table;
use crate::vm::value::Value;

/// Returns the table of loaded modules, which the registry keeps as `_LOADED`.
///
/// # Errors
/// When memory is refused.
pub fn loaded<'gc>(ctx: Context<'gc>) -> Result<Table<'gc>, Interrupt<'gc>> {
    let name = ctx.string(b"_LOADED")?;
    if let Value::Table(loaded) = ctx.state.registry.get_str(name) {
        return Ok(loaded);
    }
    let loaded = Table::new(ctx, 0, 0)?;
    ctx.state.registry.set_str(ctx, name, Value::Table(loaded))?;
    Ok(loaded)
}
