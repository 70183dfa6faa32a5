//! The types of the host's objects in a session: their metatables, and the native functions
//! in them, which ask the host.

use super::contained::contained;
use super::host_call::{Request, Target, ask};
use super::host_context::HostCx;
use super::host_error::HostError;
use super::host_value::HostValue;
use super::objects::{Owned, owned};
use super::reply::Reply;
use super::user_data::{AnyMethod, Method, Methods, OPERATORS, UserData, Way};
use crate::vm::calls::call::Call;
use crate::vm::heap::closure::NativeClosure;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::rc::Rc;

/// A registered type.
pub(super) struct ObjectType {
    pub(super) name: Cow<'static, str>,
    pub(super) id: TypeId,
    methods: Vec<Method>,
    save: fn(&dyn Any) -> Option<Vec<u8>>,
    restore: fn(&[u8]) -> Option<Box<dyn Any + Send>>,
}

impl std::fmt::Debug for ObjectType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ObjectType").field(&self.name).finish()
    }
}

impl ObjectType {
    pub(super) fn of<T: UserData>() -> ObjectType {
        ObjectType {
            name: T::NAME.into(),
            id: TypeId::of::<T>(),
            methods: Methods::<T>::of_type(),
            save: |value| value.downcast_ref::<T>()?.save(),
            restore: |bytes| Some(Box::new(T::restore(bytes)?)),
        }
    }

    /// Makes the type that a trace tells of: its methods do nothing.
    pub(super) fn recorded(name: String, methods: Vec<(String, bool)>) -> Option<ObjectType> {
        let mut made = Vec::new();
        for (name, is_event) in methods {
            let event = || Event::ALL.iter().find(|event| event.name() == name).copied();
            let way = if is_event { Way::Event(event()?) } else { Way::Name };
            let method: AnyMethod = Box::new(|_, _, _| Err(HostError::new("a replay")));
            made.push(Method { way, name, method });
        }
        Some(ObjectType {
            name: name.into(),
            id: TypeId::of::<()>(),
            methods: made,
            save: |_| None,
            restore: |_| None,
        })
    }

    /// Returns the names of the methods, and whether each is a metamethod.
    pub(super) fn methods(&self) -> impl Iterator<Item = (&str, bool)> {
        self.methods.iter().map(|method| (&*method.name, method.way != Way::Name))
    }

    /// Returns what a value of the type can be made of again, if it can be.
    pub(super) fn save(&self, value: &dyn Any) -> Option<Vec<u8>> {
        contained(|| (self.save)(value)).flatten()
    }

    /// Makes a value of the type again, if that can be.
    pub(super) fn restore(&self, bytes: &[u8]) -> Option<Box<dyn Any + Send>> {
        contained(|| (self.restore)(bytes)).flatten()
    }

    /// Returns the names of the methods in the order of their numbers.
    pub(super) fn method_names(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(|method| &*method.name)
    }

    /// Puts the methods into the order of these names, which all must be there. Others come
    /// after them.
    ///
    /// # Errors
    /// The name that is not there.
    pub(super) fn order_methods<'a>(&mut self, names: &[&'a str]) -> Result<(), &'a str> {
        for (at, name) in names.iter().enumerate() {
            let found = self.methods.iter().skip(at).position(|method| method.name == *name);
            self.methods.swap(at, at + found.ok_or(*name)?);
        }
        Ok(())
    }

    /// Returns what messages call a method.
    pub(super) fn method_name(&self, method: usize) -> String {
        let name = self.methods.get(method).map_or("", |method| &method.name);
        format!("{}.{name}", self.name)
    }

    /// Calls a method; an operator has no object of its own.
    ///
    /// # Errors
    /// The method's own; when the object is revoked or in use.
    pub(super) fn call(
        &mut self,
        method: usize,
        object: Option<&Owned>,
        cx: &mut HostCx<'_>,
        args: &mut [HostValue],
    ) -> Result<Reply, HostError> {
        match (self.methods.get_mut(method), object) {
            (Some(found), Some(object)) => object.with(|value| (found.method)(value, cx, args)),
            (Some(found), None) => (found.method)(&mut (), cx, args),
            (None, _) => Err(HostError::new("unknown method")),
        }
    }
}

/// What scripts call values that are no objects of the host's.
const LUA_TYPES: [&str; 9] =
    ["nil", "boolean", "number", "string", "table", "function", "thread", "userdata", "integer"];

/// Says what is wrong with the names of types and of their methods, if anything is: two types
/// of one name, a name that tells nothing, a metamethod that would never be called.
pub(super) fn conflict(types: &[ObjectType]) -> Option<String> {
    for (at, kind) in types.iter().enumerate() {
        let name = &kind.name;
        if types[..at].iter().any(|known| known.name == *name) {
            return Some(format!("two types of objects are called '{name}'"));
        }
        if name.is_empty() {
            return Some("a type of objects has no name".to_owned());
        }
        if LUA_TYPES.contains(&&**name) {
            return Some(format!("type of objects '{name}': Lua's own type is called so"));
        }
        if let Some(method) = kind.methods.iter().find(|method| method.way == Way::Nowhere) {
            let known: Vec<_> = OPERATORS.iter().map(|event| event.name()).collect();
            let (wrong, known) = (&method.name, known.join(", "));
            return Some(format!(
                "type of objects '{name}': there is no operator '{wrong}' (there are {known})"
            ));
        }
        let own = |method: &&Method| {
            let known = Event::ALL.iter().any(|event| event.name() == method.name);
            method.way == Way::Name && known
        };
        if let Some(method) = kind.methods.iter().find(own) {
            return Some(format!(
                "type of objects '{name}': a method called '{}' would be no metamethod; `Methods` has a function for each that there can be",
                method.name
            ));
        }
    }
    None
}

/// Name of the list of metatables in the registry.
const METATABLES: &[u8] = b"_OBJECTS";

/// A method. Its upvalues are the numbers of the type and of the method, and the type's
/// name.
pub(super) static METHOD: NativeDef =
    NativeDef::new("", method, "host", "as a host function, without the object itself");

/// The metamethod of an operator. Its upvalues are those of a method.
pub(super) static OPERATOR: NativeDef = NativeDef::new("", operator, "host", "as a host function");

/// `__index` where there are methods too: a fourth upvalue has these by name.
pub(super) static INDEX: NativeDef = NativeDef::new("", index, "host", "2 + METHOD");

/// `__tostring` of an object that has none of its own. Its upvalue is the type's name.
pub(super) static TO_STRING: NativeDef = NativeDef::new("", to_string, "host", "8");

/// `__pairs`, which goes through the table that a method returns. Its upvalue is that method.
pub(super) static PAIRS: NativeDef = NativeDef::new("", pairs, "host", "1 + METHOD");

const KIND: usize = 0;
const NUMBER: usize = 1;
const NAME: usize = 2;
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

fn method<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
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
pub(super) fn register<'gc>(ctx: Context<'gc>, types: &[ObjectType]) -> Result<(), Interrupt<'gc>> {
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

fn metatable<'gc>(
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

/// Returns the metatable of a type by its number.
pub(super) fn metatable_of<'gc>(ctx: Context<'gc>, kind: usize) -> Option<Table<'gc>> {
    let name = ctx.state.strings.find(ctx.mc, METATABLES).ok()?;
    let Value::Table(list) = ctx.state.registry.get_str(ctx.heap(), name) else { return None };
    match list.get_int(kind as i64 + 1) {
        Value::Table(metatable) => Some(metatable),
        _ => None,
    }
}
