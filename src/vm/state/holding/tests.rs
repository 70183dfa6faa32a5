//! Places that come and go, and runs that are undone.

use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::state::context::Context;
use crate::vm::state::handles::{Handle, Lost};
use std::sync::Arc;

fn machine() -> Lua {
    let mut lua = Lua::new(0, 1 << 20);
    lua.enter(|ctx| ctx.state.fuel.give(1_000_000));
    lua
}

/// Makes a function: the identity of a native closure is all that counts.
fn function(ctx: Context<'_>) -> Value<'_> {
    static NOTHING: crate::vm::heap::native::NativeDef = crate::vm::heap::native::NativeDef::new(
        "nothing",
        |_| Ok(crate::vm::heap::native::Flow::Return(0)),
        "",
        "0",
    );
    let made = crate::vm::heap::closure::NativeClosure::new(ctx.heap(), &NOTHING, &[]);
    Value::Native(made.unwrap())
}

/// Holds a new function, which is also put into the globals at `at`.
fn hold(lua: &mut Lua, at: i64) -> (Arc<Handle>, u32) {
    lua.enter(|ctx| {
        let value = function(ctx);
        ctx.state.globals.set_int(ctx.heap(), at, value).unwrap();
        let (handle, place) = ctx.hold(value).unwrap();
        (handle, place.unwrap())
    })
}

fn is_held(lua: &mut Lua, handle: &Handle, at: i64) -> Result<bool, Lost> {
    lua.enter(|ctx| Ok(ctx.held(handle)?.raw_eq(&ctx.state.globals.get_int(at))))
}

#[test]
fn the_same_value_has_the_same_handle() {
    let mut lua = machine();
    let (one, place) = hold(&mut lua, 1);
    let (other, _) = hold(&mut lua, 2);
    assert!(one != other);
    let again = lua.enter(|ctx| {
        let (again, made) = ctx.hold(ctx.state.globals.get_int(1)).unwrap();
        assert_eq!(made, None);
        again
    });
    assert!(Arc::ptr_eq(&one, &again));
    assert_eq!(is_held(&mut lua, &one, 1), Ok(true));
    assert_eq!(is_held(&mut lua, &other, 1), Ok(false));
    // Held still: nothing is let go.
    lua.enter(|ctx| ctx.let_go(place));
    assert_eq!(is_held(&mut lua, &again, 1), Ok(true));
}

#[test]
fn a_place_is_free_when_it_is_looked_at() {
    let mut lua = machine();
    let (one, first) = hold(&mut lua, 1);
    let (two, second) = hold(&mut lua, 2);
    let used = |lua: &mut Lua| lua.enter(|ctx| ctx.state.account.used());
    let before = used(&mut lua);
    drop((two, one));
    assert_eq!(used(&mut lua), before);
    lua.enter(|ctx| ctx.let_go_of_dropped());
    assert!(used(&mut lua) < before);
    // Whatever the order in which they were dropped, places are given out in one order.
    let (one, again) = hold(&mut lua, 3);
    assert_eq!(again, second);
    let (_two, again) = hold(&mut lua, 4);
    assert_eq!(again, first);
    assert_eq!(is_held(&mut lua, &one, 3), Ok(true));
}

#[test]
fn a_dropped_handle_that_is_wanted_again_is_not_let_go() {
    let mut lua = machine();
    let (one, _) = hold(&mut lua, 1);
    let serial = one.serial();
    drop(one);
    let again = lua.enter(|ctx| ctx.hold(ctx.state.globals.get_int(1)).unwrap().0);
    assert_eq!(again.serial(), serial);
    lua.enter(|ctx| ctx.let_go_of_dropped());
    assert_eq!(is_held(&mut lua, &again, 1), Ok(true));
}

#[test]
fn handles_of_a_run_that_is_undone_are_stale_for_good() {
    let mut lua = machine();
    let (kept, _) = hold(&mut lua, 1);
    lua.enter(|ctx| ctx.state.handles.mark());
    let (undone, place) = hold(&mut lua, 2);
    let (gone, freed) = hold(&mut lua, 3);
    drop(gone);
    lua.enter(|ctx| ctx.let_go(freed));
    // What the journal does: the table is what it was.
    lua.enter(|ctx| {
        ctx.state.handles.back_to_mark();
        let name = ctx.string(super::NAME).unwrap();
        let Value::Table(table) = ctx.state.registry.get_str(ctx.heap(), name) else {
            panic!("a table")
        };
        let undo = |value: Value<'_>| matches!(value, Value::Native(_));
        let held = ctx.state.globals.get_int(2);
        assert!(undo(held));
        table.raw_set(ctx.heap(), held, Value::Nil).unwrap();
        let clean = Table::new(ctx.heap(), 4, 4).unwrap();
        let first = ctx.state.globals.get_int(1);
        clean.set_int(ctx.heap(), 0, Value::Integer(0)).unwrap();
        clean.set_int(ctx.heap(), 1, first).unwrap();
        clean.raw_set(ctx.heap(), first, Value::Integer(1)).unwrap();
        ctx.state.registry.set_str(ctx.heap(), name, Value::Table(clean)).unwrap();
    });
    assert_eq!(is_held(&mut lua, &undone, 2), Err(Lost::Stale));
    assert_eq!(is_held(&mut lua, &kept, 1), Ok(true));
    let (next, again) = hold(&mut lua, 4);
    assert_eq!(again, place, "as if the run had never been");
    assert_eq!(is_held(&mut lua, &next, 4), Ok(true));
    assert_eq!(is_held(&mut lua, &undone, 4), Err(Lost::Stale), "never another function");
    assert!(undone != next);
    // That it goes frees nothing of the one which has its place now.
    drop(undone);
    lua.enter(|ctx| ctx.let_go_of_dropped());
    assert_eq!(is_held(&mut lua, &next, 4), Ok(true));
}

#[test]
fn another_machines_handle_is_foreign() {
    let (mut one, mut other) = (machine(), machine());
    let (theirs, _) = hold(&mut one, 1);
    let (_own, _) = hold(&mut other, 1);
    assert_eq!(is_held(&mut other, &theirs, 1), Err(Lost::Foreign));
    drop(one);
    assert_eq!(is_held(&mut other, &theirs, 1), Err(Lost::Foreign));
}

#[test]
fn a_table_that_was_tampered_with_gives_nothing_else_out() {
    let mut lua = machine();
    let (one, _) = hold(&mut lua, 1);
    lua.enter(|ctx| {
        let name = ctx.string(super::NAME).unwrap();
        let Value::Table(table) = ctx.state.registry.get_str(ctx.heap(), name) else {
            panic!("a table")
        };
        table.set_int(ctx.heap(), 1, Value::Boolean(true)).unwrap();
        table.set_int(ctx.heap(), 0, Value::Integer(i64::MAX)).unwrap();
    });
    assert_eq!(is_held(&mut lua, &one, 1), Err(Lost::Stale));
    let (two, _) = hold(&mut lua, 2);
    assert_eq!(is_held(&mut lua, &two, 2), Ok(true));
    drop(one);
    lua.enter(|ctx| ctx.let_go_of_dropped());
    assert_eq!(is_held(&mut lua, &two, 2), Ok(true));
}
