//! Objects of the host's in the hands of scripts: userdata that own a value of Rust's.

use super::contained::drop_contained;
use crate::gc;
use crate::session::values::function::lost;
use crate::session::values::host_error::HostError;
use crate::session::values::object_ref::ObjectRef;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::Table;
use crate::vm::heap::userdata::UserData as Block;
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::meters::account::{Account, Refused};
use crate::vm::state::context::Context;
use crate::vm::state::loose_ends::LooseEnd;
use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

/// Logical bytes of an object besides its userdata and what the host says.
const OBJECT_BYTES: usize = 192;

/// The value behind an object, in its userdata's keeping.
pub(in crate::session) struct Owned {
    /// The value, or nothing once it is revoked.
    value: RefCell<Option<Box<dyn Any + Send>>>,
    pub(in crate::session) name: Cow<'static, str>,
    pub(in crate::session) serial: u64,
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
    pub(in crate::session) fn with<R>(
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
    pub(in crate::session) fn revoke(&self) -> bool {
        let Ok(mut value) = self.value.try_borrow_mut() else { return false };
        let value = value.take();
        // Whatever the host's destructor does, what calls it must go on.
        drop_contained(value);
        true
    }

    pub(in crate::session) fn is_revoked(&self) -> bool {
        self.value.try_borrow().is_ok_and(|value| value.is_none())
    }

    fn in_use(&self) -> String {
        format!("{} is in use", self.name)
    }

    pub(in crate::session) fn revoked(&self) -> String {
        format!("{} has been revoked", self.name)
    }
}

/// What stands for the value of an object that was made in the process which recorded a trace,
/// where the trace is gone on with: no trace has such values.
pub(in crate::session) struct OfATrace;

/// Returns the error of an object whose value is of another type than was `expected`.
pub(in crate::session) fn another_type(value: &dyn Any, expected: &str, name: &str) -> HostError {
    HostError::new(if value.is::<OfATrace>() {
        format!("the value of a {name} that the trace has made is in the process that was recorded")
    } else {
        format!("{expected} expected, got {name}")
    })
}

/// A value that is made again, and what of it is charged.
pub(in crate::session) struct OwnedImage {
    /// Nothing if it was revoked.
    pub(in crate::session) value: Option<Box<dyn Any + Send>>,
    pub(in crate::session) name: Cow<'static, str>,
    pub(in crate::session) serial: u64,
    pub(in crate::session) bytes: usize,
}

impl Owned {
    /// Makes an object again, for which nothing is reserved yet.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::session) fn again(
        account: &Account,
        image: OwnedImage,
    ) -> Result<Owned, Refused> {
        let OwnedImage { value, name, serial, bytes } = image;
        account.reserve(bytes)?;
        Ok(Owned { value: RefCell::new(value), name, serial, bytes })
    }

    /// Returns the logical bytes that are charged.
    pub(in crate::session) fn charged(&self) -> usize {
        self.bytes
    }

    /// Looks at the value, if it is there and not in use.
    pub(in crate::session) fn look<R>(
        &self,
        look: impl FnOnce(Option<&dyn Any>) -> R,
    ) -> Option<R> {
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
pub(in crate::session) fn owned(value: Value<'_>) -> Option<Rc<Owned>> {
    match value {
        Value::UserData(block) => block.shared()?.downcast::<Owned>().ok(),
        _ => None,
    }
}

/// What came of making an object.
pub(in crate::session) enum Made {
    /// The object, and the place of its handle.
    Object(ObjectRef, Option<u32>),
    /// So many bytes were refused.
    Refused(usize),
}

/// The error of a type that is not registered.
pub(in crate::session) fn unregistered(name: &str) -> HostError {
    HostError::new(format!("objects of type '{name}' are not registered"))
}

/// Makes the object of a value, of a type by number and name, which takes so many bytes; and a
/// handle of it. A value that is refused stays in its place.
///
/// # Errors
/// When the type is not registered.
#[expect(clippy::ptr_arg, reason = "cloned, a name of the program's stays borrowed")]
pub(in crate::session) fn hold_any(
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

/// As [`hold_between_runs`](super::typed_object::hold_between_runs), with the type by number and name, and the bytes that the value
/// takes.
///
/// # Errors
/// As [`hold_between_runs`](super::typed_object::hold_between_runs).
#[expect(clippy::ptr_arg, reason = "cloned, a name of the program's stays borrowed")]
pub(in crate::session) fn hold_any_between_runs(
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

/// Drops the value behind an object.
///
/// # Errors
/// When the object is of no use, or in use.
pub(in crate::session) fn revoke(lua: &mut Lua, object: &ObjectRef) -> Result<(), HostError> {
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

impl ObjectRef {
    /// Returns the value behind the object.
    ///
    /// # Errors
    /// When the handle is stale or another session's.
    pub(in crate::session) fn owned(&self, ctx: Context<'_>) -> Result<Rc<Owned>, HostError> {
        match ctx.held(self.handle()) {
            Ok(value) => owned(value).ok_or_else(|| HostError::new("internal error: no object")),
            Err(why) => Err(HostError::new(lost(self.type_name(), why))),
        }
    }
}

/// Name of the list of metatables in the registry.
pub(in crate::session) const METATABLES: &[u8] = b"_OBJECTS";

/// Returns the metatable of a type by its number.
pub(in crate::session) fn metatable_of<'gc>(ctx: Context<'gc>, kind: usize) -> Option<Table<'gc>> {
    let name = ctx.state.strings.find(ctx.mc, METATABLES).ok()?;
    let Value::Table(list) = ctx.state.registry.get_str(ctx.heap(), name) else { return None };
    match list.get_int(kind as i64 + 1) {
        Value::Table(metatable) => Some(metatable),
        _ => None,
    }
}
