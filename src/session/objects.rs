//! Objects of the host's in the hands of scripts: userdata that own a value of Rust's, and
//! the host's handles of them.

use super::contained::drop_contained;
use super::functions::lost;
use super::host_error::HostError;
use super::host_value::HostValue;
use super::mismatch::Mismatch;
use super::object_types::metatable_of;
use super::user_data::UserData;
use super::{FromLua, IntoLua};
use crate::gc;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::Table;
use crate::vm::heap::userdata::UserData as Block;
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::meters::account::{Account, Refused};
use crate::vm::state::context::Context;
use crate::vm::state::handles::Handle;
use crate::vm::state::loose_ends::LooseEnd;
use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

/// Logical bytes of an object besides its userdata and what the host says.
const OBJECT_BYTES: usize = 192;

/// The value behind an object, in its userdata's keeping.
pub(super) struct Owned {
    /// The value, or nothing once it is revoked.
    value: RefCell<Option<Box<dyn Any + Send>>>,
    pub(super) name: Cow<'static, str>,
    pub(super) serial: u64,
    bytes: usize,
}

impl fmt::Debug for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.serial)
    }
}

impl Owned {
    /// Works with the value.
    ///
    /// # Errors
    /// When the value is revoked, or in use.
    pub(super) fn with<R>(
        &self,
        work: impl FnOnce(&mut dyn Any) -> Result<R, HostError>,
    ) -> Result<R, HostError> {
        let Ok(mut value) = self.value.try_borrow_mut() else {
            return Err(HostError::new(self.in_use()));
        };
        match value.as_deref_mut() {
            Some(value) => work(value),
            None => Err(HostError::new(self.revoked())),
        }
    }

    /// Drops the value. Tells whether it was not in use.
    pub(super) fn revoke(&self) -> bool {
        let Ok(mut value) = self.value.try_borrow_mut() else { return false };
        let value = value.take();
        // Whatever the host's destructor does, what calls it must go on.
        drop_contained(value);
        true
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.value.try_borrow().is_ok_and(|value| value.is_none())
    }

    fn in_use(&self) -> String {
        format!("{} is in use", self.name)
    }

    pub(super) fn revoked(&self) -> String {
        format!("{} has been revoked", self.name)
    }
}

/// What stands for the value of an object that was made in the process which recorded a trace,
/// where the trace is gone on with: no trace has such values.
pub(super) struct OfATrace;

/// Returns the error of an object whose value is of another type than was `expected`.
pub(super) fn another_type(value: &dyn Any, expected: &str, name: &str) -> HostError {
    HostError::new(if value.is::<OfATrace>() {
        format!("the value of a {name} that the trace has made is in the process that was recorded")
    } else {
        format!("{expected} expected, got {name}")
    })
}

/// A value that is made again, and what of it is charged.
pub(super) struct OwnedImage {
    /// Nothing if it was revoked.
    pub(super) value: Option<Box<dyn Any + Send>>,
    pub(super) name: Cow<'static, str>,
    pub(super) serial: u64,
    pub(super) bytes: usize,
}

impl Owned {
    /// Makes an object again, for which nothing is reserved yet.
    ///
    /// # Errors
    /// When memory is refused.
    pub(super) fn again(account: &Account, image: OwnedImage) -> Result<Owned, Refused> {
        let OwnedImage { value, name, serial, bytes } = image;
        account.reserve(bytes)?;
        Ok(Owned { value: RefCell::new(value), name, serial, bytes })
    }

    /// Returns the logical bytes that are charged.
    pub(super) fn charged(&self) -> usize {
        self.bytes
    }

    /// Looks at the value, if it is there and not in use.
    pub(super) fn look<R>(&self, look: impl FnOnce(Option<&dyn Any>) -> R) -> Option<R> {
        let value = self.value.try_borrow().ok()?;
        Some(look(value.as_deref().map(|value| value as &dyn Any)))
    }
}

impl LooseEnd for Owned {
    fn drop_it(&self) {
        self.revoke();
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.revoke();
        gc::freed(self.bytes);
    }
}

/// Returns the host's value behind a userdata.
pub(super) fn owned(value: Value<'_>) -> Option<Rc<Owned>> {
    match value {
        Value::UserData(block) => block.shared()?.downcast::<Owned>().ok(),
        _ => None,
    }
}

/// What came of making an object.
pub(super) enum Made {
    /// The object, and the place of its handle.
    Object(ObjectRef, Option<u32>),
    /// So many bytes were refused.
    Refused(usize),
}

/// The error of a type that is not registered.
pub(super) fn unregistered(name: &str) -> HostError {
    HostError::new(format!("objects of type '{name}' are not registered"))
}

/// Makes the object of a value, of a type by number and name, which takes so many bytes; and a
/// handle of it. A value that is refused stays in its place.
///
/// # Errors
/// When the type is not registered.
#[expect(clippy::ptr_arg, reason = "cloned, a name of the program's stays borrowed")]
pub(super) fn hold_any(
    ctx: Context<'_>,
    kind: usize,
    name: &Cow<'static, str>,
    hint: usize,
    value: &mut Option<Box<dyn Any + Send>>,
) -> Result<Made, HostError> {
    let Some(metatable) = metatable_of(ctx, kind) else {
        return Err(unregistered(name));
    };
    // What is refused here must not depend on how much of a slice is left.
    let (held, noted) = ctx.state.fuel.noting(|| {
        let object = make(ctx, metatable, name, hint, value)?;
        ctx.hold(object).inspect_err(|_| {
            // Nobody has seen the object: the next attempt makes another one.
            *value = owned(object).and_then(|owned| owned.value.take());
            ctx.state.objects.take_back();
        })
    });
    ctx.state.fuel.owe(noted);
    match held {
        Ok((handle, place)) => Ok(Made::Object(ObjectRef::new(handle, name.clone()), place)),
        Err(Interrupt::Memory(refused)) => Ok(Made::Refused(refused.bytes)),
        Err(_) => Err(HostError::memory()),
    }
}

/// Makes the object of a value outside of a run.
///
/// # Errors
/// When its type is not registered, or memory is refused.
pub(super) fn hold_between_runs<T: UserData>(
    lua: &mut Lua,
    value: T,
) -> Result<Object<T>, HostError> {
    let kind = lua.enter(|ctx| ctx.state.objects.number_of(TypeId::of::<T>()));
    let kind = kind.ok_or_else(|| unregistered(T::NAME))?;
    let hint = value.size_hint();
    let object = hold_any_between_runs(lua, kind, &T::NAME.into(), hint, Box::new(value))?;
    Ok(Object::new(object))
}

/// As [`hold_between_runs`], with the type by number and name, and the bytes that the value
/// takes.
///
/// # Errors
/// As [`hold_between_runs`].
#[expect(clippy::ptr_arg, reason = "cloned, a name of the program's stays borrowed")]
pub(super) fn hold_any_between_runs(
    lua: &mut Lua,
    kind: usize,
    name: &Cow<'static, str>,
    hint: usize,
    value: Box<dyn Any + Send>,
) -> Result<ObjectRef, HostError> {
    let mut value = Some(value);
    // Two attempts: the second after a collection.
    for attempt in 0..2 {
        match lua.enter(|ctx| hold_any(ctx, kind, name, hint, &mut value))? {
            Made::Object(object, _) => return Ok(object),
            Made::Refused(_) if attempt == 0 => lua.collect(),
            Made::Refused(_) => {}
        }
    }
    Err(HostError::memory())
}

/// Works with the value behind an object.
///
/// # Errors
/// When the object is of no use, in use, or of another type.
pub(super) fn with<T: UserData, R>(
    lua: &mut Lua,
    object: &Object<T>,
    work: impl FnOnce(&mut T) -> R,
) -> Result<R, HostError> {
    let owned = lua.enter(|ctx| object.owned(ctx))?;
    owned.with(|value| match value.downcast_mut::<T>() {
        Some(value) => Ok(work(value)),
        None => Err(another_type(value, T::NAME, &object.name)),
    })
}

/// Drops the value behind an object.
///
/// # Errors
/// When the object is of no use, or in use.
pub(super) fn revoke(lua: &mut Lua, object: &ObjectRef) -> Result<(), HostError> {
    let owned = lua.enter(|ctx| object.owned(ctx))?;
    if owned.revoke() { Ok(()) } else { Err(HostError::new(owned.in_use())) }
}

/// Makes the object of a value, whose place keeps it if it is refused.
#[expect(clippy::ptr_arg, reason = "cloned, a name of the program's stays borrowed")]
fn make<'gc>(
    ctx: Context<'gc>,
    metatable: Table<'gc>,
    name: &Cow<'static, str>,
    hint: usize,
    value: &mut Option<Box<dyn Any + Send>>,
) -> Result<Value<'gc>, Interrupt<'gc>> {
    let bytes = OBJECT_BYTES.saturating_add(hint);
    ctx.state.account.reserve(bytes)?;
    let serial = ctx.state.objects.next();
    let block = Block::keeping(ctx.heap(), || {
        let value = RefCell::new(value.take());
        let owned = Rc::new(Owned { value, name: name.clone(), serial, bytes });
        ctx.state.objects.note(&owned);
        owned
    });
    let block = block.inspect_err(|_| ctx.state.account.release(bytes))?;
    block.set_metatable(ctx.heap(), Some(metatable));
    Ok(Value::UserData(block))
}

/// An object of a type of the host's: a handle of what scripts have as a userdata.
///
/// The object lives as long as there is a clone of its handle, or a script can reach it. It
/// crosses as [`HostValue::UserData`]; host functions take it as [`Object<T>`], which
/// says its type in errors, and reach its value with [`HostCx::with`](super::HostCx::with).
#[derive(Clone)]
pub struct ObjectRef {
    handle: Arc<Handle>,
    name: Cow<'static, str>,
}

impl ObjectRef {
    pub(super) fn new(handle: Arc<Handle>, name: impl Into<Cow<'static, str>>) -> ObjectRef {
        ObjectRef { handle, name: name.into() }
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the name of the object's type: [`UserData::NAME`].
    pub fn type_name(&self) -> &str {
        &self.name
    }

    /// Returns the number by which a session made of a snapshot finds the object again: see
    /// [`Session::object_numbered`](super::Session::object_numbered).
    pub fn number(&self) -> u64 {
        self.handle.serial()
    }

    /// Returns it as an object of type `T`, if it is one.
    pub fn typed<T: UserData>(&self) -> Option<Object<T>> {
        (self.name == T::NAME).then(|| Object::new(self.clone()))
    }

    /// Returns the object as scripts have it.
    pub(super) fn value<'gc>(&self, call: &Call<'_, 'gc>) -> Result<Value<'gc>, Interrupt<'gc>> {
        call.ctx.held(&self.handle).map_err(|why| call.error(lost(&self.name, why)))
    }

    /// Returns the value behind the object.
    ///
    /// # Errors
    /// When the handle is stale or another session's.
    pub(super) fn owned(&self, ctx: Context<'_>) -> Result<Rc<Owned>, HostError> {
        match ctx.held(&self.handle) {
            Ok(value) => owned(value).ok_or_else(|| HostError::new("internal error: no object")),
            Err(why) => Err(HostError::new(lost(&self.name, why))),
        }
    }
}

impl PartialEq for ObjectRef {
    fn eq(&self, other: &ObjectRef) -> bool {
        self.handle == other.handle
    }
}

impl Eq for ObjectRef {}

impl fmt::Debug for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ObjectRef").field(&self.name).field(&self.handle.serial()).finish()
    }
}

impl From<ObjectRef> for HostValue {
    fn from(object: ObjectRef) -> Self {
        HostValue::UserData(object)
    }
}

impl FromLua for ObjectRef {
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        match value {
            HostValue::UserData(object) => Ok(object),
            other => Err(Mismatch::expected("object", &other)),
        }
    }
}

impl IntoLua for ObjectRef {
    fn into_lua(self) -> Result<HostValue, HostError> {
        Ok(HostValue::UserData(self))
    }
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
    pub(super) fn new(object: ObjectRef) -> Object<T> {
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

impl<T> fmt::Debug for Object<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object.fmt(f)
    }
}

impl<T> Deref for Object<T> {
    type Target = ObjectRef;

    fn deref(&self) -> &ObjectRef {
        &self.object
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
            HostValue::UserData(object) if object.name == T::NAME => Ok(Object::new(object)),
            other => Err(Mismatch::expected(T::NAME, &other)),
        }
    }
}

impl<T> IntoLua for Object<T> {
    fn into_lua(self) -> Result<HostValue, HostError> {
        Ok(HostValue::UserData(self.object))
    }
}
