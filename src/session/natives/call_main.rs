//! The function under a call of a script's function from outside: it finds the function, makes
//! the arguments, and goes on as the one under a chunk.

use super::from_host::FromHost;
use super::host_call::push_small;
use super::main_function::{CALL, FAILED, FUNCTION, main};
use crate::session::functions::letters::small;
use crate::session::values::convert::reply_bytes;
use crate::session::values::function::Function;
use crate::session::values::host_value::HostValue;
use crate::vm::calls::call::Call;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::string::SHORT;
use crate::vm::heap::value::{Type, Value};
use crate::vm::meters::account::Held;
use crate::vm::state::context::Context;

/// A callee and its arguments, on their way into the machine.
pub(in crate::session) struct Calling {
    pub(in crate::session) callee: Owned,
    pub(in crate::session) args: Vec<HostValue>,
    /// Memory for it was refused once.
    pub(in crate::session) refused: bool,
}

/// As [`Named`](crate::session::values::callee::Named), without a lifetime.
pub(in crate::session) enum Owned {
    Function(Function),
    Path(String),
}

/// The function under a call: calls what the letter in the mailbox says. Its steps are those
/// of the one under a chunk, but for the first, which finds the function and makes the
/// arguments.
pub(in crate::session) static CALL_MAIN: NativeDef =
    NativeDef::new("", call_main, "", "as JSON conversion");

/// Slot of the arguments while they are made.
const KEPT: usize = 1;
/// Step that goes on with the arguments.
const MAKE_ARGS: u32 = 64;

/// Units for finding a name.
const NAME: u64 = 2;
/// Most tables that are asked for a name one after the other.
const MAX_CHAIN: usize = 100;

fn call_main<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        0 => begin(call),
        MAKE_ARGS => {
            let made = call.work(KEPT, None, |work: &mut FromHost, _, _| {
                drop(work.take_made());
                Ok(())
            })?;
            match made {
                None => Ok(Flow::Again { step: MAKE_ARGS }),
                Some(()) => {
                    call.set(KEPT, Value::Nil);
                    Ok(Flow::Again { step: CALL })
                }
            }
        }
        _ => main(call),
    }
}

fn begin<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    call.catch_own_error(FUNCTION, FAILED);
    let ctx = call.ctx;
    let letter = ctx.state.mailbox.borrow_mut().take();
    let Some(mut calling) = letter.and_then(|letter| letter.downcast::<Calling>().ok()) else {
        return Err(call.error("nothing is called"));
    };
    match try_begin(call, &mut calling) {
        Err(Interrupt::Memory(_)) if calling.refused => {
            Err(Interrupt::Error(Value::String(ctx.state.memory_message)))
        }
        Err(interrupt @ (Interrupt::Fuel | Interrupt::Memory(_))) => {
            calling.refused = matches!(interrupt, Interrupt::Memory(_));
            ctx.post(calling, 0);
            Err(interrupt)
        }
        outcome => outcome,
    }
}

fn try_begin<'gc>(call: &mut Call<'_, 'gc>, calling: &mut Calling) -> Step<'gc> {
    let function = match &calling.callee {
        Owned::Function(function) => function.value(call)?,
        Owned::Path(path) => {
            call.charge(NAME * (1 + path.matches('.').count() as u64))?;
            at_path(call.ctx, path).map_err(|missing| call.error(missing))?
        }
    };
    if let Some(values) = small(&calling.args) {
        push_small(call, values)?;
        call.set(FUNCTION, function);
        return Ok(Flow::Again { step: CALL });
    }
    let mut held = Held::new(&call.ctx.state.account);
    held.add(reply_bytes(&calling.args))?;
    call.begin_work(KEPT, held, || FromHost::new(FUNCTION + 1, std::mem::take(&mut calling.args)))?;
    call.set(FUNCTION, function);
    Ok(Flow::Again { step: MAKE_ARGS })
}

/// Returns what can be called at a path from the globals on, or says what is there instead.
pub(in crate::session) fn at_path<'gc>(
    ctx: Context<'gc>,
    path: &str,
) -> Result<Value<'gc>, String> {
    let mut value = Value::Table(ctx.state.globals);
    let mut end = 0;
    for name in path.split('.') {
        if end > 0 && !matches!(value, Value::Table(_)) {
            return Err(cannot("index", &value, &path[..end - 1]));
        }
        value = field(ctx, value, name);
        end += name.len() + 1;
    }
    let callable =
        value.type_of() == Type::Function || !ctx.metamethod(&value, Event::Call).is_nil();
    if callable { Ok(value) } else { Err(cannot("call", &value, path)) }
}

/// Looks a name up in a table, and in those that stand behind it.
fn field<'gc>(ctx: Context<'gc>, object: Value<'gc>, name: &str) -> Value<'gc> {
    // A name that was never made is nowhere.
    let found = ctx.state.strings.find(ctx.mc, name.as_bytes()).ok();
    let Some(name) =
        found.or_else(|| (name.len() > SHORT).then(|| ctx.string(name.as_bytes()).ok())?)
    else {
        return Value::Nil;
    };
    let mut object = object;
    for _ in 0..MAX_CHAIN {
        let Value::Table(table) = object else { break };
        let value = table.get_str(ctx.heap(), name);
        if !value.is_nil() {
            return value;
        }
        object = ctx.metamethod(&object, Event::Index);
    }
    Value::Nil
}

fn cannot(what: &str, value: &Value<'_>, path: &str) -> String {
    let kind = if path.contains('.') { "field" } else { "global" };
    format!("attempt to {what} a {} value ({kind} '{path}')", value.type_name())
}
