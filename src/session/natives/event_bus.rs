//! A bus of events that scripts of one session share: `bus.on(name, handler)` and
//! `bus.emit(name, data)`.
//!
//! It is made of natives, and not of host functions, so that handlers get the emitter's own
//! values (a table is the same table), and so that a run that is undone takes its
//! subscriptions along: they lie in a table.

use super::paths::{inner_table, split};
use crate::vm::calls::call::Call;
use crate::vm::heap::closure::NativeClosure;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

/// `on (name, handler)`: its upvalue is the table of lists of handlers by name.
pub(in crate::session) static ON: NativeDef = NativeDef::new("on", on, "host", "4");

/// `emit (name, data)`: calls the handlers in the order in which they came. What one of them
/// raises is its own affair.
pub(in crate::session) static EMIT: NativeDef =
    NativeDef::new("emit", emit, "host", "4 and 4 for each handler");

/// Units for a subscription, for an event, and for each of its handlers.
const PRICE: u64 = 4;

/// Slots of an event: its data, the list of its handlers, the number of the next one, and
/// the call of that.
const DATA: usize = 1;
const LIST: usize = 2;
const NEXT: usize = 3;
const CALLED: usize = 4;
const GO_ON: u32 = 1;

/// Returns the table of handlers.
fn handlers<'gc>(call: &Call<'_, 'gc>) -> Result<Table<'gc>, Interrupt<'gc>> {
    match call.upvalue(0) {
        Value::Table(handlers) => Ok(handlers),
        _ => Err(call.error("the bus has no handlers")),
    }
}

fn on<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let name = Value::String(call.check_string(0)?);
    let handler = call.check_function(1)?;
    let handlers = handlers(call)?;
    call.charge(PRICE)?;
    let heap = call.ctx.heap();
    let list = match handlers.get_charged(heap, name)? {
        Value::Table(list) => list,
        _ => {
            let list = call.table(1, 0)?;
            handlers.raw_set(heap, name, Value::Table(list))?;
            list
        }
    };
    list.set_int(heap, list.len() + 1, handler)?;
    call.ret_none()
}

fn emit<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step != GO_ON {
        let name = Value::String(call.check_string(0)?);
        let handlers = handlers(call)?;
        call.charge(PRICE)?;
        let Value::Table(list) = handlers.get_charged(call.ctx.heap(), name)? else {
            return call.ret_none();
        };
        call.ensure(CALLED + 2)?;
        call.set_top(LIST);
        call.push(Value::Table(list));
        call.push(Value::Integer(1));
        return Ok(Flow::Again { step: GO_ON });
    }
    let (Value::Table(list), Value::Integer(next)) = (call.arg(LIST), call.arg(NEXT)) else {
        return Err(call.error("the bus has lost its place"));
    };
    let handler = list.get_int(next);
    if handler.is_nil() {
        return call.ret_none();
    }
    call.charge(PRICE)?;
    // What the last handler returned or raised is nobody's.
    call.set_top(CALLED);
    call.set(NEXT, Value::Integer(next + 1));
    call.push(handler);
    call.push(call.arg(DATA));
    Ok(Flow::ProtectedCall { at: CALLED, args: 1, step: GO_ON, on_error: GO_ON, handler: None })
}

/// Makes the functions of each bus.
pub(in crate::session) fn register<'gc>(
    ctx: Context<'gc>,
    buses: &[String],
) -> Result<(), Interrupt<'gc>> {
    for bus in buses {
        let (outer, name) = split(bus);
        let mut table = ctx.state.globals;
        for module in outer.chain([name]) {
            table = inner_table(ctx, table, module)?;
        }
        let handlers = Value::Table(Table::new(ctx.heap(), 0, 0)?);
        for def in [&ON, &EMIT] {
            let function = NativeClosure::new(ctx.heap(), def, &[handlers])?;
            let name = ctx.string(def.name.as_bytes())?;
            table.set_str(ctx.heap(), name, Value::Native(function))?;
        }
    }
    Ok(())
}

/// Returns the path of a function of a bus.
pub(in crate::session) fn member(bus: &str) -> String {
    format!("{bus}.{}", ON.name)
}
