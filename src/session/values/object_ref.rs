//! Objects of the host's as it holds them itself: handles of what scripts have.

use super::function::lost;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;
use crate::vm::state::handles::Handle;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// An object of a type of the host's: a handle of what scripts have as a userdata.
///
/// The object lives as long as there is a clone of its handle, or a script can reach it. It
/// crosses as [`HostValue::UserData`](crate::HostValue::UserData); host functions take it as
/// [`Object<T>`](crate::Object), which says its type in errors, and reach its value with
/// [`HostCx::with`](crate::HostCx::with).
#[derive(Clone)]
pub struct ObjectRef {
    handle: Arc<Handle>,
    name: Cow<'static, str>,
}

impl ObjectRef {
    pub(in crate::session) fn new(
        handle: Arc<Handle>,
        name: impl Into<Cow<'static, str>>,
    ) -> ObjectRef {
        ObjectRef { handle, name: name.into() }
    }

    pub(in crate::session) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the name of the object's type: [`UserData::NAME`](crate::UserData::NAME).
    pub fn type_name(&self) -> &str {
        &self.name
    }

    /// Returns the number by which a session made of a snapshot finds the object again: see
    /// [`Session::object_numbered`](crate::Session::object_numbered).
    pub fn number(&self) -> u64 {
        self.handle.serial()
    }

    /// Returns the object as scripts have it.
    pub(in crate::session) fn value<'gc>(
        &self,
        call: &Call<'_, 'gc>,
    ) -> Result<Value<'gc>, Interrupt<'gc>> {
        call.ctx.held(&self.handle).map_err(|why| call.error(lost(&self.name, why)))
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
