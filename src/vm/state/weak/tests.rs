//! Tables that turn out to be weak while they are marked.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::state::context::Context;

/// Makes a global table whose metatable gets its `__mode` afterwards.
fn make_late(ctx: Context<'_>, name: &str, mode: &[u8]) {
    let (table, metatable) =
        (Table::new(ctx.heap(), 0, 0).unwrap(), Table::new(ctx.heap(), 0, 1).unwrap());
    ctx.set_metatable(&Value::Table(table), Some(metatable)).unwrap();
    let key = ctx.string(b"__mode").unwrap();
    metatable.set_str(ctx.heap(), key, Value::String(ctx.string(mode).unwrap())).unwrap();
    ctx.set_global(name, table).unwrap();
}

#[test]
fn nothing_found_outlives_its_collection() {
    let mut lua = Lua::new(1, 1 << 20);
    lua.enter(|ctx| {
        ctx.state.fuel.reset();
        ctx.state.fuel.give(1 << 20);
        make_late(ctx, "weak", b"k");
        // Has a letter, but behind the end of the text: looked at, and strong.
        make_late(ctx, "strong", b"\0k");
    });
    lua.collect();
    lua.enter(|ctx| {
        assert!(Table::take_found(ctx.mc).is_empty());
        let weak = ctx.state.globals.get_str(ctx.heap(), ctx.string(b"weak").unwrap());
        assert!(matches!(weak, Value::Table(table) if table.is_ephemeron()));
    });
}
