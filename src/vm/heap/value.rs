//! Lua values: one 16-byte enum, matched in place.

#![expect(unsafe_code, reason = "a collected type traces itself")]

use super::closure::{LuaClosure, NativeClosure};
use super::loading::Loading;
use super::native::NativeDef;
use super::string::Str;
use super::table::Table;
use super::thread::Thread;
use super::userdata::{Buffer, UserData};
use crate::base::number::Number;
use crate::gc::{Collect, Gc, Trace};
use std::mem::MaybeUninit;

/// A Lua value (manual §2.1).
///
/// The tag is as wide as the payload: a value is written as two whole words, and
/// reading it word by word right afterwards does not wait for the store.
#[derive(Clone, Copy, Debug, Default)]
#[repr(u64)]
pub enum Value<'gc> {
    /// `nil`
    #[default]
    Nil,
    /// A boolean.
    Boolean(bool),
    /// A number of subtype integer.
    Integer(i64),
    /// A number of subtype float.
    Number(f64),
    /// A byte string.
    String(Str<'gc>),
    /// A table.
    Table(Table<'gc>),
    /// A Lua function.
    Closure(LuaClosure<'gc>),
    /// A native function with upvalues.
    Native(NativeClosure<'gc>),
    /// A native function without upvalues: an entry of a static library table.
    Builtin(&'static NativeDef),
    /// A coroutine.
    Thread(Thread<'gc>),
    /// A userdata.
    UserData(UserData<'gc>),
    /// A native function's byte buffer. Lives in native stack windows only; no
    /// script ever sees one.
    Buffer(Buffer<'gc>),
    /// A chunk that is being loaded, likewise.
    Loading(Loading<'gc>),
}

const _: () = assert!(size_of::<Value<'static>>() == 16);

// SAFETY: every variant that holds a collected pointer traces it.
unsafe impl<'gc> Collect<'gc> for Value<'gc> {
    #[inline(always)]
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        match self {
            Value::String(v) => cc.trace(v),
            Value::Table(v) => cc.trace(v),
            Value::Closure(v) => cc.trace(v),
            Value::Native(v) => cc.trace(v),
            Value::Thread(v) => cc.trace(v),
            Value::UserData(v) => cc.trace(v),
            Value::Buffer(v) => cc.trace(v),
            Value::Loading(v) => cc.trace(v),
            Value::Nil
            | Value::Boolean(_)
            | Value::Integer(_)
            | Value::Number(_)
            | Value::Builtin(_) => {}
        }
    }
}

/// The basic types, numbered as in PUC's `lua.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Type {
    /// `nil`
    Nil = 0,
    /// `boolean`
    Boolean = 1,
    /// `number`
    Number = 3,
    /// `string`
    String = 4,
    /// `table`
    Table = 5,
    /// `function`
    Function = 6,
    /// `userdata`
    UserData = 7,
    /// `thread`
    Thread = 8,
}

impl Type {
    /// Returns the name `type` gives it.
    pub fn name(self) -> &'static str {
        match self {
            Type::Nil => "nil",
            Type::Boolean => "boolean",
            Type::Number => "number",
            Type::String => "string",
            Type::Table => "table",
            Type::Function => "function",
            Type::UserData => "userdata",
            Type::Thread => "thread",
        }
    }
}

impl<'gc> Value<'gc> {
    /// Reads a value as two words, never as one vector: processors cannot forward
    /// two stores that were just made to one wider load.
    ///
    /// # Safety
    /// `from` points to a valid value.
    #[inline(always)]
    pub(in crate::vm) unsafe fn load(from: *const Value<'gc>) -> Value<'gc> {
        let words = from.cast::<MaybeUninit<u64>>();
        // SAFETY: a value is two words (asserted above), valid as the caller says; words that
        // may hold padding are never looked at. Volatile keeps the two loads apart.
        unsafe {
            let words = [words.read_volatile(), words.add(1).read_volatile()];
            std::mem::transmute::<[MaybeUninit<u64>; 2], Value<'gc>>(words)
        }
    }

    /// Writes a value as two words, also where it was put together in memory, as [`Value::load`]
    /// reads one.
    ///
    /// # Safety
    /// `to` points to where a value may be written.
    #[inline(always)]
    pub(in crate::vm) unsafe fn store(self, to: *mut Value<'gc>) {
        let to = to.cast::<MaybeUninit<u64>>();
        // SAFETY: as in `load`, the other way round.
        unsafe {
            let words = std::mem::transmute::<Value<'gc>, [MaybeUninit<u64>; 2]>(self);
            to.write_volatile(words[0]);
            to.add(1).write_volatile(words[1]);
        }
    }

    /// Returns the value's type.
    pub fn type_of(&self) -> Type {
        match self {
            Value::Nil => Type::Nil,
            Value::Boolean(_) => Type::Boolean,
            Value::Integer(_) | Value::Number(_) => Type::Number,
            Value::String(_) => Type::String,
            Value::Table(_) => Type::Table,
            Value::Closure(_) | Value::Native(_) | Value::Builtin(_) => Type::Function,
            Value::Thread(_) => Type::Thread,
            Value::UserData(_) | Value::Buffer(_) | Value::Loading(_) => Type::UserData,
        }
    }

    /// Returns the name of the value's type.
    pub fn type_name(&self) -> &'static str {
        self.type_of().name()
    }

    /// Tells whether the value counts as true (manual §3.3.4).
    #[inline(always)]
    pub fn is_truthy(&self) -> bool {
        !matches!(self, Value::Nil | Value::Boolean(false))
    }

    /// Tells whether the value is `nil`.
    #[inline(always)]
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Nil)
    }

    /// Tells whether the value is neither nil nor a boolean nor a number: one comparison of
    /// the tag says that most values need no barrier.
    #[inline(always)]
    pub(in crate::vm) fn is_no_number(&self) -> bool {
        !matches!(self, Value::Nil | Value::Boolean(_) | Value::Integer(_) | Value::Number(_))
    }

    /// Compares without metamethods (manual §3.4.4).
    pub fn raw_eq(&self, other: &Value<'gc>) -> bool {
        match (self, other) {
            (Value::Nil, Value::Nil) => true,
            (Value::Boolean(a), Value::Boolean(b)) => a == b,
            (Value::Integer(a), Value::Integer(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::Integer(i), Value::Number(n)) | (Value::Number(n), Value::Integer(i)) => {
                crate::base::arithmetic::float_to_integer(*n) == Some(*i)
            }
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Table(a), Value::Table(b)) => a.ptr_eq(*b),
            (Value::Closure(a), Value::Closure(b)) => a.ptr_eq(*b),
            (Value::Native(a), Value::Native(b)) => a.ptr_eq(*b),
            (Value::Builtin(a), Value::Builtin(b)) => std::ptr::eq(*a, *b),
            (Value::Thread(a), Value::Thread(b)) => a.ptr_eq(*b),
            (Value::UserData(a), Value::UserData(b)) => a.ptr_eq(*b),
            _ => false,
        }
    }

    /// Returns the serial id that identifies the object in `tostring` and `%p`,
    /// if the value is an object. Builtins have ids of their own, below all others.
    pub fn object_id(&self) -> Option<u64> {
        match self {
            Value::Table(v) => Some(v.id()),
            Value::Closure(v) => Some(v.id()),
            Value::Native(v) => Some(v.id()),
            Value::Builtin(def) => Some(def.id()),
            Value::Thread(v) => Some(v.id()),
            Value::UserData(v) => Some(v.id()),
            _ => None,
        }
    }

    /// Returns the collected pointer inside, for write barriers.
    #[inline(always)]
    pub fn collectable(&self) -> Option<Gc<'gc, ()>> {
        match self {
            Value::String(v) => Some(v.erase()),
            Value::Table(v) => Some(v.erase()),
            Value::Closure(v) => Some(v.erase()),
            Value::Native(v) => Some(v.erase()),
            Value::Thread(v) => Some(v.erase()),
            Value::UserData(v) => Some(v.erase()),
            Value::Buffer(v) => Some(v.erase()),
            Value::Loading(v) => Some(v.erase()),
            // All are named, so that no tag beyond them has to be thought of.
            Value::Nil
            | Value::Boolean(_)
            | Value::Integer(_)
            | Value::Number(_)
            | Value::Builtin(_) => None,
        }
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Boolean(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Value::Integer(value)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Value::Number(value)
    }
}

impl From<Number> for Value<'_> {
    fn from(value: Number) -> Self {
        match value {
            Number::Integer(i) => Value::Integer(i),
            Number::Float(n) => Value::Number(n),
        }
    }
}

impl<'gc> From<Str<'gc>> for Value<'gc> {
    fn from(value: Str<'gc>) -> Self {
        Value::String(value)
    }
}

impl<'gc> From<Table<'gc>> for Value<'gc> {
    fn from(value: Table<'gc>) -> Self {
        Value::Table(value)
    }
}
