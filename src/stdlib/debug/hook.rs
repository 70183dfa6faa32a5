//! `debug.sethook` and `debug.gethook` (manual §6.10).

use super::{name_value, registry_table, target};
use crate::base::c_string::c_string;
use crate::vm::calls::call::Call;
use crate::vm::calls::hooks::{CALLS, COUNTS, LINES, REGISTRY_KEY, RETURNS};
use crate::vm::heap::native::{Flow, Step};
use crate::vm::heap::value::Value;

/// What `debug.setcstacklimit` returns, as in PUC: the limit it does not set.
const C_STACK_LIMIT: i64 = 200;

/// Bytes of a mask looked at for one unit.
const LETTERS_PER_UNIT: usize = 16;
/// Letters of the event mask, with their bits.
const EVENTS: [(u8, u8); 3] = [(b'c', CALLS), (b'r', RETURNS), (b'l', LINES)];

/// `debug.sethook ([thread,] hook, mask [, count])`
pub(super) fn sethook<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (thread, first) = target(call);
    let hook = call.arg(first);
    let (mut mask, mut count) = (0, 0);
    if !hook.is_nil() {
        let letters = call.check_string(first + 1)?;
        call.check_function(first)?;
        // An `int` in PUC.
        count = call.opt_integer(first + 2, 0)? as i32;
        call.charge((letters.len() / LETTERS_PER_UNIT) as u64)?;
        let letters = c_string(letters.as_bytes());
        for (letter, event) in EVENTS {
            if letters.contains(&letter) {
                mask |= event;
            }
        }
        if count > 0 {
            mask |= COUNTS;
        }
    }
    call.charge_items(call.depth(thread))?;
    let table = registry_table(call, REGISTRY_KEY, "k")?;
    table.raw_set(call.ctx.heap(), Value::Thread(thread), hook)?;
    call.set_hook(thread, mask, count)?;
    Ok(Flow::Rehook)
}

/// `debug.gethook ([thread])`
pub(super) fn gethook<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (thread, _) = target(call);
    let hooks = call.hooks(thread);
    if hooks.mask() == 0 {
        return call.ret(Value::Nil);
    }
    let letters = EVENTS.iter().filter(|(_, event)| hooks.mask() & event != 0);
    let letters: Vec<u8> = letters.map(|(letter, _)| *letter).collect();
    let hook = registry_table(call, REGISTRY_KEY, "k")?.get(call.ctx.heap(), Value::Thread(thread));
    let letters = name_value(call, &letters)?;
    call.push(hook);
    call.push(letters);
    call.push(Value::Integer(i64::from(hooks.count())));
    Ok(Flow::Return(3))
}

/// `debug.setcstacklimit (limit)`: there for compatibility with Lua 5.4.0 to 5.4.2.
pub(super) fn setcstacklimit<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    call.check_integer(0)?;
    call.ret(C_STACK_LIMIT)
}
