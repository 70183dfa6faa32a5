//! Look-ups through `__index` that need neither fuel nor a call.

#![expect(unsafe_code, reason = "look-ups give the place of a value, not a copy")]

use crate::vm::heap::closure::LuaClosure;
use crate::vm::heap::meta::Event;
use crate::vm::heap::string::Str;
use crate::vm::heap::table::Table;
use crate::vm::heap::value::{Type, Value};
use crate::vm::state::context::Context;

/// Longest chain of `__index` tables that fast paths follow: the free links of a
/// slow look-up, so that both cost the same.
const FAST_CHAIN: usize = 8;

/// Looks a short string up through `__index` tables; the object itself lacks it.
/// Returns where the value is, or null when this cannot tell.
pub(crate) fn inherited<'gc>(
    ctx: Context<'gc>,
    mut table: Table<'gc>,
    key: Str<'gc>,
) -> *const Value<'gc> {
    for _ in 0..FAST_CHAIN {
        let Some(metatable) = table.metatable_or_pristine() else { return Table::nowhere() };
        if metatable.lacks(Event::Index) {
            return Table::nowhere();
        }
        let handler = ctx.handler_place(metatable, Event::Index);
        // SAFETY: tables return valid places.
        match unsafe { &*handler } {
            Value::Nil if metatable.is_pristine() => return std::ptr::null(),
            Value::Nil => {
                metatable.remember_lack(Event::Index);
                return Table::nowhere();
            }
            Value::Table(next) => table = *next,
            _ => return std::ptr::null(),
        }
        let place = table.short_place(key);
        // SAFETY: as above.
        if !unsafe { &*place }.is_nil() {
            return place;
        }
    }
    std::ptr::null()
}

/// Finds the function that must be called for a key that a table lacks, and the table it is
/// called with, where finding them takes no fuel. With `LACKED`, [`inherited`] has just tried
/// the key and could not tell: the tables before the function lack it.
#[inline]
pub(super) fn index_function<'gc, const LACKED: bool>(
    ctx: Context<'gc>,
    object: &Value<'gc>,
    key: &Value<'gc>,
) -> Option<(LuaClosure<'gc>, Table<'gc>)> {
    function_of::<LACKED>(ctx, object, key, Event::Index)
}

/// Finds the function of an event on a key that a table lacks, and the table it is called with.
#[inline(always)]
fn function_of<'gc, const LACKED: bool>(
    ctx: Context<'gc>,
    object: &Value<'gc>,
    key: &Value<'gc>,
    event: Event,
) -> Option<(LuaClosure<'gc>, Table<'gc>)> {
    let Value::Table(mut table) = *object else { return None };
    for _ in 0..FAST_CHAIN {
        // SAFETY: tables return valid places.
        let is_nil = |place: *const Value<'gc>| unsafe { &*place }.is_nil();
        let lacks = match key {
            Value::Integer(key) => is_nil(table.int_place(*key)),
            Value::String(key) if key.is_short() => {
                debug_assert!(!LACKED || is_nil(table.short_place(*key)));
                LACKED || is_nil(table.short_place(*key))
            }
            _ => return None,
        };
        let metatable = table.metatable_or_pristine()?;
        if !lacks || table.is_pristine() || metatable.lacks(event) {
            return None;
        }
        let handler = ctx.handler_place(metatable, event);
        // SAFETY: as above.
        match unsafe { &*handler } {
            Value::Table(next) => table = *next,
            Value::Closure(function) => return Some((*function, table)),
            _ => return None,
        }
    }
    None
}

/// As [`index_function`], for a key that is assigned: the `__newindex` of the tables on the way.
#[inline]
pub(super) fn newindex_function<'gc>(
    ctx: Context<'gc>,
    object: &Value<'gc>,
    key: &Value<'gc>,
) -> Option<(LuaClosure<'gc>, Table<'gc>)> {
    function_of::<false>(ctx, object, key, Event::NewIndex)
}

/// Looks up a method of a table or string, if no function must be called for it.
/// Returns where the value is, or null.
#[inline(always)]
pub(crate) fn method<'gc>(
    ctx: Context<'gc>,
    object: &Value<'gc>,
    name: Str<'gc>,
) -> *const Value<'gc> {
    if !name.is_short() {
        return std::ptr::null();
    }
    match object {
        Value::Table(table) => {
            let place = table.short_place(name);
            // SAFETY: tables return valid places.
            if unsafe { &*place }.is_nil() { inherited(ctx, *table, name) } else { place }
        }
        Value::String(_) => string_method(ctx, name),
        _ => std::ptr::null(),
    }
}

#[inline(never)]
fn string_method<'gc>(ctx: Context<'gc>, name: Str<'gc>) -> *const Value<'gc> {
    let Some(metatable) = ctx.type_metatable(Type::String) else {
        return std::ptr::null();
    };
    match ctx.handler(metatable, Event::Index) {
        Value::Table(methods) => {
            let place = methods.short_place(name);
            // SAFETY: tables return valid places.
            if unsafe { &*place }.is_nil() { std::ptr::null() } else { place }
        }
        _ => std::ptr::null(),
    }
}
