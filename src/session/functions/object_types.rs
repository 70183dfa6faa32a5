//! The types of the host's objects in a session: what they are called, their methods by number,
//! how values are saved.

use super::contained::contained;
use super::host_context::HostCx;
use super::objects::Owned;
use super::reply::Reply;
use super::user_data::{AnyMethod, Method, Methods, OPERATORS, UserData, Way};
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::vm::heap::meta::Event;
use std::any::{Any, TypeId};
use std::borrow::Cow;

/// A registered type.
pub(in crate::session) struct ObjectType {
    pub(in crate::session) name: Cow<'static, str>,
    pub(in crate::session) id: TypeId,
    pub(in crate::session) methods: Vec<Method>,
    save: fn(&dyn Any) -> Option<Vec<u8>>,
    restore: fn(&[u8]) -> Option<Box<dyn Any + Send>>,
}

impl std::fmt::Debug for ObjectType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ObjectType").field(&self.name).finish()
    }
}

impl ObjectType {
    pub(in crate::session) fn of<T: UserData>() -> ObjectType {
        ObjectType {
            name: T::NAME.into(),
            id: TypeId::of::<T>(),
            methods: Methods::<T>::of_type(),
            save: |value| value.downcast_ref::<T>()?.save(),
            restore: |bytes| Some(Box::new(T::restore(bytes)?)),
        }
    }

    /// Makes the type that a trace tells of: its methods do nothing.
    pub(in crate::session) fn recorded(
        name: String,
        methods: Vec<(String, bool)>,
    ) -> Option<ObjectType> {
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
    pub(in crate::session) fn methods(&self) -> impl Iterator<Item = (&str, bool)> {
        self.methods.iter().map(|method| (&*method.name, method.way != Way::Name))
    }

    /// Returns what a value of the type can be made of again, if it can be.
    pub(in crate::session) fn save(&self, value: &dyn Any) -> Option<Vec<u8>> {
        contained(|| (self.save)(value)).flatten()
    }

    /// Makes a value of the type again, if that can be.
    pub(in crate::session) fn restore(&self, bytes: &[u8]) -> Option<Box<dyn Any + Send>> {
        contained(|| (self.restore)(bytes)).flatten()
    }

    /// Returns the names of the methods in the order of their numbers.
    pub(in crate::session) fn method_names(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(|method| &*method.name)
    }

    /// Puts the methods into the order of these names, which all must be there. Others come
    /// after them.
    ///
    /// # Errors
    /// The name that is not there.
    pub(in crate::session) fn order_methods<'a>(
        &mut self,
        names: &[&'a str],
    ) -> Result<(), &'a str> {
        for (at, name) in names.iter().enumerate() {
            let found = self.methods.iter().skip(at).position(|method| method.name == *name);
            self.methods.swap(at, at + found.ok_or(*name)?);
        }
        Ok(())
    }

    /// Returns what messages call a method.
    pub(in crate::session) fn method_name(&self, method: usize) -> String {
        let name = self.methods.get(method).map_or("", |method| &method.name);
        format!("{}.{name}", self.name)
    }

    /// Calls a method; an operator has no object of its own.
    ///
    /// # Errors
    /// The method's own; when the object is revoked or in use.
    pub(in crate::session) fn call(
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
pub(in crate::session) fn conflict(types: &[ObjectType]) -> Option<String> {
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
