//! Objects whose type is known when the program is built, and work with their values.

use super::host_context::HostCx;
use super::objects::{another_type, hold_any_between_runs, unregistered};
use super::user_data::UserData;
use crate::session::values::from_lua::FromLua;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::session::values::into_lua::IntoLua;
use crate::session::values::mismatch::Mismatch;
use crate::session::values::object_ref::ObjectRef;
use crate::vm::machine::Lua;
use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

impl ObjectRef {
    /// Returns it as an object of type `T`, if it is one.
    pub fn typed<T: UserData>(&self) -> Option<Object<T>> {
        (self.type_name() == T::NAME).then(|| Object::new(self.clone()))
    }
}

/// Makes the object of a value outside of a run.
///
/// # Errors
/// When its type is not registered, or memory is refused.
pub(in crate::session) fn hold_between_runs<T: UserData>(
    lua: &mut Lua,
    value: T,
) -> Result<Object<T>, HostError> {
    let kind = lua.enter(|ctx| ctx.state.objects.number_of(TypeId::of::<T>()));
    let kind = kind.ok_or_else(|| unregistered(T::NAME))?;
    let hint = value.size_hint();
    let object = hold_any_between_runs(lua, kind, &T::NAME.into(), hint, Box::new(value))?;
    Ok(Object::new(object))
}

/// Works with the value behind an object.
///
/// # Errors
/// When the object is of no use, in use, or of another type.
pub(in crate::session) fn with<T: UserData, R>(
    lua: &mut Lua,
    object: &Object<T>,
    work: impl FnOnce(&mut T) -> R,
) -> Result<R, HostError> {
    let owned = lua.enter(|ctx| object.owned(ctx))?;
    owned.with(|value| match value.downcast_mut::<T>() {
        Some(value) => Ok(work(value)),
        None => Err(another_type(value, T::NAME, object.type_name())),
    })
}

/// An object of type `T`: an [`ObjectRef`] that knows what it is.
///
/// ```
/// use moonfuel::{Methods, Object, Session, UserData};
///
/// struct Account(i64);
///
/// impl UserData for Account {
///     const NAME: &'static str = "account";
///     fn add_methods(_: &mut Methods<Self>) {}
/// }
///
/// let mut session = Session::builder()
///     .object::<Account>()
///     .function_with("open", |cx, amount: i64| cx.object(Account(amount)))
///     .function_with("transfer", |cx, (from, to, amount): (Object<Account>, Object<Account>, i64)| {
///         cx.with(&from, |from| from.0 -= amount)?;
///         cx.with(&to, |to| to.0 += amount)
///     })
///     .function_with("balance", |cx, account: Object<Account>| cx.with(&account, |it| it.0))
///     .build()?;
/// let report = session.run("local a, b = open(10), open(0) transfer(a, b, 4) return balance(b)");
/// assert_eq!(report.json()?, "[4]");
/// let error = session.run("balance('x')").json().unwrap_err().to_string();
/// assert!(error.ends_with("bad argument #1 to 'balance' (account expected, got string)"));
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
pub struct Object<T> {
    object: ObjectRef,
    of: PhantomData<fn() -> T>,
}

impl<T> Object<T> {
    pub(in crate::session) fn new(object: ObjectRef) -> Object<T> {
        Object { object, of: PhantomData }
    }
}

impl<T> Clone for Object<T> {
    fn clone(&self) -> Self {
        Object::new(self.object.clone())
    }
}

impl<T> PartialEq for Object<T> {
    fn eq(&self, other: &Object<T>) -> bool {
        self.object == other.object
    }
}

impl<T> Eq for Object<T> {}

impl<T> Deref for Object<T> {
    type Target = ObjectRef;

    fn deref(&self) -> &ObjectRef {
        &self.object
    }
}

impl<T> IntoLua for Object<T> {
    fn into_lua(self) -> Result<HostValue, HostError> {
        Ok(HostValue::UserData(self.object))
    }
}

impl<T> fmt::Debug for Object<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object.fmt(f)
    }
}

impl<T> From<Object<T>> for HostValue {
    fn from(object: Object<T>) -> Self {
        HostValue::UserData(object.object)
    }
}

impl<T: UserData> FromLua for Object<T> {
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        match value {
            HostValue::UserData(object) if object.type_name() == T::NAME => Ok(Object::new(object)),
            other => Err(Mismatch::expected(T::NAME, &other)),
        }
    }
}

impl HostCx<'_> {
    /// Makes an object that scripts can hold of a value: return it, or keep it.
    ///
    /// # Errors
    /// When its type is not registered ([`SessionBuilder::object`](crate::SessionBuilder::object)),
    /// or memory or fuel is refused: it costs 32 units.
    pub fn object<T: UserData>(&mut self, value: T) -> Result<Object<T>, HostError> {
        let kind = self.lua.enter(|ctx| ctx.state.objects.number_of(TypeId::of::<T>()));
        let hint = value.size_hint();
        let made = self.object_of(kind, T::NAME.into(), hint, Box::new(value));
        made.map(|object| Object::new(object))
    }

    /// Works with the value behind an object.
    ///
    /// # Errors
    /// When the object is revoked, stale or another session's, when its value is in use by
    /// the method that asks, or when it is of another type.
    pub fn with<T: UserData, R>(
        &mut self,
        object: &Object<T>,
        work: impl FnOnce(&mut T) -> R,
    ) -> Result<R, HostError> {
        with(self.lua, object, work)
    }
}
