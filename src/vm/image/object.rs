//! What has a number in an image.

use crate::gc::Gc;
use crate::vm::heap::closure::{Code, LuaClosure, NativeClosure, Upvalue};
use crate::vm::heap::loading::Loading;
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::Thread;
use crate::vm::heap::userdata::{Buffer, UserData};

/// An object with an identity.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Object<'gc> {
    /// A table.
    Table(Table<'gc>),
    /// A Lua function. It has no body.
    Closure(LuaClosure<'gc>),
    /// Code. It has no body.
    Code(Gc<'gc, Code<'gc>>),
    /// A native function with upvalues.
    Native(NativeClosure<'gc>),
    /// A variable.
    Upvalue(Upvalue<'gc>),
    /// A thread.
    Thread(Thread<'gc>),
    /// A userdata.
    UserData(UserData<'gc>),
    /// A buffer of a native function. It has no body.
    Buffer(Buffer<'gc>),
    /// A chunk that is being loaded. It has no body.
    Loading(Loading<'gc>),
}
