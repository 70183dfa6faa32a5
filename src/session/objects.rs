//! Objects of the host's in the hands of scripts: userdata that own a value of Rust's, and
//! the host's handles of them.

use super::functions::lost;
use super::host_error::HostError;
use super::host_value::HostValue;
use super::mismatch::Mismatch;
use super::user_data::UserData;
use super::{FromLua, IntoLua};
use crate::gc;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::Table;
use crate::vm::heap::userdata::UserData as Block;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use crate::vm::state::handles::Handle;
use crate::vm::state::loose_ends::LooseEnd;
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

/// Logical bytes of an object besides its userdata and what the host says.
const OBJECT_BYTES: usize = 192;

/// The value behind an object, in its userdata's keeping.
pub(super) struct Owned {
    /// The value, or nothing once it is revoked.
    value: RefCell<Option<Box<dyn Any + Send>>>,
    /// The number of its type.
    pub(super) kind: usize,
    pub(super) name: &'static str,
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
            return Err(HostError::new(format!("{} is in use", self.name)));
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
        let _ = catch_unwind(AssertUnwindSafe(|| drop(value)));
        true
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.value.try_borrow().is_ok_and(|value| value.is_none())
    }

    pub(super) fn revoked(&self) -> String {
        format!("{} has been revoked", self.name)
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

/// Makes the object of a value, whose place keeps it if it is refused.
pub(super) fn make<'gc, T: UserData>(
    ctx: Context<'gc>,
    kind: usize,
    metatable: Table<'gc>,
    value: &mut Option<T>,
) -> Result<Value<'gc>, Interrupt<'gc>> {
    let hint = value.as_ref().map_or(0, UserData::size_hint);
    let bytes = OBJECT_BYTES.saturating_add(hint);
    ctx.state.account.reserve(bytes)?;
    let serial = ctx.state.objects.next();
    let block = Block::keeping(ctx.heap(), || {
        let value = value.take().map(|value| Box::new(value) as Box<dyn Any + Send>);
        let value = RefCell::new(value);
        let owned = Rc::new(Owned { value, kind, name: T::NAME, serial, bytes });
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
    name: &'static str,
}

impl ObjectRef {
    pub(super) fn new(handle: Arc<Handle>, name: &'static str) -> ObjectRef {
        ObjectRef { handle, name }
    }

    /// Returns the name of the object's type: [`UserData::NAME`].
    pub fn type_name(&self) -> &'static str {
        self.name
    }

    /// Returns the object as scripts have it.
    pub(super) fn value<'gc>(&self, call: &Call<'_, 'gc>) -> Result<Value<'gc>, Interrupt<'gc>> {
        call.ctx.held(&self.handle).map_err(|why| call.error(lost(self.name, why)))
    }

    /// Returns the value behind the object.
    ///
    /// # Errors
    /// When the handle is stale or another session's.
    pub(super) fn owned(&self, ctx: Context<'_>) -> Result<Rc<Owned>, HostError> {
        match ctx.held(&self.handle) {
            Ok(value) => owned(value).ok_or_else(|| HostError::new("internal error: no object")),
            Err(why) => Err(HostError::new(lost(self.name, why))),
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
