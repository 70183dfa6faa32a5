//! The native functions in the metatables of the host's objects, which ask the host.

use super::host_call::ask;
use crate::session::functions::letters::{Request, Target};
use crate::session::functions::object_types::ObjectType;
use crate::session::functions::objects::{METATABLES, Owned, owned};
use crate::session::functions::user_data::{OPERATORS, Way};
use crate::vm::calls::call::Call;
use crate::vm::heap::closure::NativeClosure;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use std::rc::Rc;

/// A method. Its upvalues are the numbers of the type and of the method, and the type's
/// name.
pub(in crate::session) static METHOD: NativeDef =
    NativeDef::new("", method, "host", "as a host function, without the object itself");

/// The metamethod of an operator. Its upvalues are those of a method.
pub(in crate::session) static OPERATOR: NativeDef =
    NativeDef::new("", operator, "host", "as a host function");

/// `__index` where there are methods too: a fourth upvalue has these by name.
pub(in crate::session) static INDEX: NativeDef = NativeDef::new("", index, "host", "2 + METHOD");

/// `__tostring` of an object that has none of its own. Its upvalue is the type's name.
pub(in crate::session) static TO_STRING: NativeDef = NativeDef::new("", to_string, "host", "8");

/// `__pairs`, which goes through the table that a method returns. Its upvalue is that method.
pub(in crate::session) static PAIRS: NativeDef = NativeDef::new("", pairs, "host", "1 + METHOD");

const KIND: usize = 0;
const NUMBER: usize = 1;
pub(in crate::session) const NAME: usize = 2;
const BY_NAME: usize = 3;

/// Returns the object that a method is called on.
fn receiver<'gc>(call: &Call<'_, 'gc>, name: usize) -> Result<Rc<Owned>, Interrupt<'gc>> {
    let name = match call.upvalue(name) {
        Value::String(name) => name.as_bytes(),
        _ => b"object",
    };
    let object = owned(call.arg(0)).filter(|object| object.name.as_bytes() == name);
    let Some(object) = object else {
        return Err(call.type_error(0, &String::from_utf8_lossy(name)));
    };
    if object.is_revoked() {
        return Err(call.error(object.revoked()));
    }
    Ok(object)
}

/// Returns a number among the upvalues.
fn number(call: &Call<'_, '_>, upvalue: usize) -> usize {
    match call.upvalue(upvalue) {
        Value::Integer(number) => usize::try_from(number).unwrap_or(usize::MAX),
        _ => usize::MAX,
    }
}

pub(in crate::session) fn method<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0 {
        receiver(call, NAME)?;
    }
    ask(call, 1, |call, args, made| {
        let target = Target::Method { kind: number(call, KIND), number: number(call, NUMBER) };
        let object = owned(call.arg(0));
        Box::new(Request { object, ..Request::new(target, args, made) })
    })
}

fn operator<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    ask(call, 0, |call, args, made| {
        let target = Target::Method { kind: number(call, KIND), number: number(call, NUMBER) };
        Box::new(Request::new(target, args, made))
    })
}

fn index<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0
        && let Value::Table(methods) = call.upvalue(BY_NAME)
    {
        receiver(call, NAME)?;
        call.charge(2)?;
        let found = methods.get_charged(call.ctx.heap(), call.arg(1))?;
        if !found.is_nil() {
            return call.ret(found);
        }
    }
    method(call)
}

fn pairs<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0 {
        let at = call.top();
        call.push(call.upvalue(0));
        call.push(call.arg(0));
        return Ok(Flow::Call { at, args: 1, results: Some(1), step: 1 });
    }
    let all = call.last();
    call.push(call.ctx.state.next_function.get().map_or(Value::Nil, Value::Builtin));
    call.push(all);
    call.push(Value::Nil);
    Ok(Flow::Return(3))
}

fn to_string<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let name = match call.upvalue(0) {
        Value::String(name) => name.as_bytes(),
        _ => b"object",
    };
    let text = match owned(call.arg(0)).filter(|object| object.name.as_bytes() == name) {
        Some(object) => format!("{}: {}", object.name, object.serial),
        None => return Err(call.type_error(0, &String::from_utf8_lossy(name))),
    };
    call.charge(8)?;
    let text = call.string(text.as_bytes())?;
    call.ret(Value::String(text))
}

/// Makes the metatables of the types.
pub(in crate::session) fn register<'gc>(
    ctx: Context<'gc>,
    types: &[ObjectType],
) -> Result<(), Interrupt<'gc>> {
    if types.is_empty() {
        return Ok(());
    }
    let heap = ctx.heap();
    let list = Table::new(heap, types.len(), 0)?;
    ctx.state.registry.set_str(heap, ctx.string(METATABLES)?, Value::Table(list))?;
    for (kind, registered) in types.iter().enumerate() {
        let metatable = metatable(ctx, kind, registered)?;
        list.set_int(heap, kind as i64 + 1, Value::Table(metatable))?;
    }
    Ok(())
}

pub(in crate::session) fn metatable<'gc>(
    ctx: Context<'gc>,
    kind: usize,
    registered: &ObjectType,
) -> Result<Table<'gc>, Interrupt<'gc>> {
    let heap = ctx.heap();
    let metatable = Table::new(heap, 0, 8)?;
    let by_name = Table::new(heap, 0, registered.methods.len())?;
    let name = Value::String(ctx.string(registered.name.as_bytes())?);
    let set =
        |event: Event, value: Value<'gc>| metatable.set_str(heap, ctx.event_name(event), value);
    set(Event::Name, name)?;
    set(Event::Metatable, Value::Boolean(false))?;
    set(Event::ToString, Value::Native(NativeClosure::new(heap, &TO_STRING, &[name])?))?;
    set(Event::Index, Value::Table(by_name))?;
    for (number, method) in registered.methods.iter().enumerate() {
        let mut upvalues = vec![Value::Integer(kind as i64), Value::Integer(number as i64), name];
        let def = match method.way {
            Way::Event(Event::Index) => {
                upvalues.push(Value::Table(by_name));
                &INDEX
            }
            Way::Event(event) if OPERATORS.contains(&event) => &OPERATOR,
            _ => &METHOD,
        };
        let mut function = Value::Native(NativeClosure::new(heap, def, &upvalues)?);
        if method.way == Way::Event(Event::Pairs) {
            function = Value::Native(NativeClosure::new(heap, &PAIRS, &[function])?);
        }
        match method.way {
            Way::Event(event) => set(event, function)?,
            Way::Name => by_name.set_str(heap, ctx.string(method.name.as_bytes())?, function)?,
            Way::Nowhere => {}
        }
    }
    by_name.set_read_only(heap, true)?;
    metatable.set_read_only(heap, true)?;
    Ok(metatable)
}
