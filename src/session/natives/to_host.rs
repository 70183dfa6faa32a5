//! Lua values to the owned values that host functions are given: work in pieces, each value
//! and each copy of a string charged before it is made.
//!
//! From the base on, the slots of the window are the value being converted, the string key
//! it lies under, and for each depth a table.

use super::from_host::let_go;
use crate::session::functions::objects::owned;
use crate::session::values::convert::{BLOCK_BYTES, FIELD_BYTES, VALUE_BYTES, string_bytes};
use crate::session::values::function::Function;
use crate::session::values::host_value::{HostKey, HostValue, MAX_DEPTH};
use crate::session::values::object_ref::ObjectRef;
use crate::stdlib::json::null_value;
use crate::stdlib::json::shape::{Refusal, Shape, may_enter, next_entry, shape};
use crate::vm::calls::call::Call;
use crate::vm::calls::kept::Work;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::{AFTER_ITEMS, Sought, Table};
use crate::vm::heap::value::Value;
use crate::vm::image::fault::Fault;
use crate::vm::image::parts::{Cursor, Part, Parts, Put};
use crate::vm::image::wire::Writer;
use crate::vm::meters::account::Held;
use crate::vm::state::context::Context;
use crate::vm::state::handles::Handle;
use crate::{parts, parts_in_lists};
use std::ops::Range;
use std::sync::Arc;

/// Bytes of a string that are copied at once.
const PORTION: usize = 16 * 1024;
/// Units for a value, and for a string of its own.
pub(in crate::session) const VALUE: u64 = 3;
pub(in crate::session) const STRING: u64 = 3;
/// Units for a handle.
const HANDLE: u64 = 16;
/// Logical bytes of a frame.
const FRAME_BYTES: usize = 128;
/// Members of an object that there is room for at first.
const FIRST: usize = 4;

/// Returns the price of copying so many bytes of a string.
#[inline]
pub(in crate::session) fn copy_price(bytes: usize) -> u64 {
    (bytes / 32) as u64
}

/// A table being converted.
struct Frame {
    array: bool,
    cursor: usize,
    items: Vec<HostValue>,
    fields: Vec<(HostKey, HostValue)>,
    /// Its own key in the object it lies in.
    key: HostKey,
}

/// What is to be done next.
enum Next {
    /// Take the next argument.
    Argument,
    /// Convert the value.
    Value,
    /// Find out what kind of table it is.
    Shape(usize),
    /// Go on with the innermost table.
    Entry,
    /// Copy a string from this byte on: the key, or the value.
    Copy { key: bool, at: usize },
    /// Nothing.
    Ended(Result<(), &'static str>),
}

/// Makes a call's arguments host values.
pub(in crate::session) struct ToHost {
    /// The first slot behind the arguments that is its own.
    base: usize,
    /// The slots of the values, or the numbers of the items of a table; and how many of them
    /// were begun.
    slots: Range<usize>,
    /// The slot of the table whose items are the values, if these do not lie in slots.
    items_of: Option<usize>,
    begun: usize,
    /// Places of handles that were made.
    made: Vec<u32>,
    done: Vec<HostValue>,
    frames: Vec<Frame>,
    next: Next,
    /// The key of the value being converted.
    key: HostKey,
    /// A string being copied.
    copy: Vec<u8>,
    owed: u64,
    /// What cannot cross is given as such, by the name of its type, and is no error.
    lenient: bool,
}

/// What stands where there is no key: in arrays, and around the arguments.
const NO_KEY: HostKey = HostKey::Boolean(false);
const CYCLE: &str = "a table that contains itself cannot be passed to the host";
const BAD_KEY: &str = "only strings, numbers and booleans as keys can be passed to the host";
const NO_STRING: &str = "internal error: string expected";
const TOO_DEEP: &str = "tables are nested deeper than 128";
const _: () = assert!(MAX_DEPTH == 128);

impl ToHost {
    /// Begins with the values in these slots; its own slots begin at `base`, which is made
    /// the top.
    pub(in crate::session) fn new(
        call: &mut Call<'_, '_>,
        slots: Range<usize>,
        base: usize,
    ) -> ToHost {
        call.set_top(base);
        call.push(Value::Nil);
        call.push(Value::Nil);
        ToHost {
            base,
            items_of: None,
            slots,
            begun: 0,
            made: Vec::new(),
            done: Vec::new(),
            frames: Vec::new(),
            next: Next::Argument,
            key: NO_KEY,
            copy: Vec::new(),
            owed: 0,
            lenient: false,
        }
    }

    /// Has tables that cannot cross given as [`HostValue::Opaque`].
    pub(in crate::session) fn lenient(self, lenient: bool) -> ToHost {
        ToHost { lenient, ..self }
    }

    /// Begins with `count` items of the table in a slot, from the second on.
    pub(in crate::session) fn of_items(
        call: &mut Call<'_, '_>,
        slot: usize,
        count: usize,
        base: usize,
    ) -> ToHost {
        ToHost { items_of: Some(slot), ..ToHost::new(call, 2..2 + count, base) }
    }

    /// Returns the values, or which argument cannot cross and why. Those before it are dropped
    /// then.
    ///
    /// # Errors
    /// The argument's slot and the message.
    pub(in crate::session) fn take(&mut self) -> Result<Vec<HostValue>, (usize, &'static str)> {
        let done = std::mem::take(&mut self.done);
        match self.next {
            Next::Ended(Err(message)) => {
                self.frames.clear();
                Err((self.begun.saturating_sub(1), message))
            }
            _ => Ok(done),
        }
    }

    /// Returns the places of the handles that were made for the values.
    pub(in crate::session) fn take_made(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.made)
    }

    fn argument<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        let count = self.slots.len();
        if self.begun == count {
            self.next = Next::Ended(Ok(()));
            return Ok(());
        }
        if self.begun == 0 {
            held.add(count.saturating_mul(VALUE_BYTES) + BLOCK_BYTES)?;
            self.done = Vec::with_capacity(count);
            self.owed += (count / 64) as u64;
        }
        let at = self.slots.start + self.begun;
        let value = match self.items_of.map(|slot| call.arg(slot)) {
            Some(Value::Table(table)) => table.get_int(at as i64),
            _ => call.arg(at),
        };
        call.set(self.base, value);
        self.begun += 1;
        self.next = Next::Value;
        Ok(())
    }

    /// Puts a finished value where it belongs: there is room for it.
    fn deliver(&mut self, value: HostValue) {
        let key = std::mem::replace(&mut self.key, NO_KEY);
        self.next = match self.frames.last_mut() {
            None => {
                self.done.push(value);
                Next::Argument
            }
            Some(frame) => {
                if frame.array {
                    frame.items.push(value);
                } else {
                    frame.fields.push((key, value));
                }
                Next::Entry
            }
        };
    }

    fn value<'gc>(&mut self, call: &Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        self.owed += VALUE;
        let value = match call.arg(self.base) {
            // Only arrays that are marked have nils among their items.
            Value::Nil if self.frames.is_empty() => HostValue::Nil,
            Value::Nil => HostValue::Null,
            Value::Boolean(b) => HostValue::Boolean(b),
            Value::Integer(i) => HostValue::Integer(i),
            Value::Number(n) => HostValue::Number(n),
            Value::String(_) => return self.copy(call, false, 0, held),
            function @ (Value::Closure(_) | Value::Native(_) | Value::Builtin(_)) => {
                self.owed += HANDLE;
                HostValue::Function(Function::new(self.hold(call, function)?))
            }
            Value::Table(table) => {
                self.begin(call, table);
                return Ok(());
            }
            Value::Thread(_) => HostValue::Opaque("thread"),
            other @ (Value::UserData(_) | Value::Buffer(_) | Value::Loading(_)) => {
                if let Some(object) = owned(other) {
                    self.owed += HANDLE;
                    HostValue::UserData(ObjectRef::new(
                        self.hold(call, other)?,
                        object.name.clone(),
                    ))
                } else if other.raw_eq(&null_value(call.ctx)?) {
                    HostValue::Null
                } else {
                    HostValue::Opaque("userdata")
                }
            }
        };
        self.deliver(value);
        Ok(())
    }

    /// Makes a handle of a value.
    fn hold<'gc>(
        &mut self,
        call: &Call<'_, 'gc>,
        value: Value<'gc>,
    ) -> Result<Arc<Handle>, Interrupt<'gc>> {
        let (handle, made) = call.ctx.hold(value)?;
        self.made.extend(made);
        Ok(handle)
    }

    /// Copies a portion of a string.
    fn copy<'gc>(
        &mut self,
        call: &Call<'_, 'gc>,
        key: bool,
        at: usize,
        held: &mut Held<'gc>,
    ) -> Done<'gc> {
        let Value::String(string) = call.arg(self.base + usize::from(key)) else {
            self.next = Next::Ended(Err(NO_STRING));
            return Ok(());
        };
        if at == 0 {
            held.add(string_bytes(string.len()))?;
            self.copy = Vec::with_capacity(string.len());
            self.owed += STRING;
        }
        let at = at.min(string.len());
        if at > 0 {
            // There is room for it, but where the copy comes from an image.
            self.copy.reserve_exact(string.len().saturating_sub(self.copy.len()));
        }
        let end = string.len().min(at + PORTION);
        self.copy.extend_from_slice(&string.as_bytes()[at..end]);
        self.owed += copy_price(end - at);
        self.next = Next::Copy { key, at: end };
        if end == string.len() {
            let copied = std::mem::take(&mut self.copy);
            if key {
                self.key = HostKey::String(copied);
                self.next = Next::Value;
            } else {
                self.deliver(HostValue::String(copied));
            }
        }
        Ok(())
    }

    /// Gives the argument that cannot cross as what it is.
    fn give_opaque(&mut self, call: &mut Call<'_, '_>) {
        self.frames.clear();
        self.copy = Vec::new();
        self.key = NO_KEY;
        call.set_top(self.base + 2);
        self.deliver(HostValue::Opaque("table"));
    }

    // ---- tables ----

    fn table<'gc>(&self, call: &Call<'_, 'gc>, depth: usize) -> Option<Table<'gc>> {
        match call.arg(self.base + 2 + depth) {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    fn begin<'gc>(&mut self, call: &Call<'_, 'gc>, table: Table<'gc>) {
        let depth = self.frames.len();
        self.owed += VALUE + (depth / 8) as u64;
        self.next = match may_enter(call, table, self.base + 2, 1, depth) {
            Ok(()) => Next::Shape(AFTER_ITEMS),
            Err(Refusal::Cycle) => Next::Ended(Err(CYCLE)),
            Err(Refusal::TooDeep) => Next::Ended(Err(TOO_DEEP)),
        };
    }

    /// Finds out whether a table is an array.
    fn shape<'gc>(
        &mut self,
        call: &mut Call<'_, 'gc>,
        cursor: usize,
        held: &mut Held<'gc>,
    ) -> Done<'gc> {
        let Some(Value::Table(table)) = Some(call.arg(self.base)) else { return Ok(()) };
        let (passed, shape) = shape(call.ctx.heap(), table, cursor, false);
        self.owed += (passed / 8) as u64;
        if let Shape::Further(cursor) = shape {
            self.next = Next::Shape(cursor);
            return Ok(());
        }
        let array = shape == Shape::Array;
        call.ensure(2)?;
        let count = if array { table.array_len() } else { 0 };
        held.add(FRAME_BYTES + BLOCK_BYTES + count * VALUE_BYTES)?;
        call.push(Value::Table(table));
        let key = std::mem::replace(&mut self.key, NO_KEY);
        let items = Vec::with_capacity(count);
        self.frames.push(Frame { array, cursor: 0, items, fields: Vec::new(), key });
        self.next = Next::Entry;
        Ok(())
    }

    fn entry<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        let depth = self.frames.len().saturating_sub(1);
        let table = self.table(call, depth);
        let (Some(frame), Some(table)) = (self.frames.last_mut(), table) else { return Ok(()) };
        let (passed, sought) = next_entry(table, frame.array, frame.cursor);
        self.owed += (passed / 8) as u64;
        match sought {
            Sought::Further(cursor) => frame.cursor = cursor,
            Sought::Entry(cursor, key, value) => {
                frame.make_room(held)?;
                frame.cursor = cursor;
                let array = frame.array;
                call.set(self.base, value);
                self.next = Next::Value;
                if !array {
                    self.key(call, key);
                }
            }
            Sought::End => {
                let Some(frame) = self.frames.pop() else { return Ok(()) };
                held.give_back(FRAME_BYTES);
                call.set_top(self.base + 2 + depth);
                self.key = frame.key;
                self.deliver(if frame.array {
                    HostValue::Array(frame.items)
                } else {
                    HostValue::Object(frame.fields)
                });
            }
        }
        Ok(())
    }

    fn key<'gc>(&mut self, call: &mut Call<'_, 'gc>, key: Value<'gc>) {
        self.owed += VALUE;
        match key {
            Value::String(_) => {
                // It is copied by itself: what is refused there is asked for again there.
                call.set(self.base + 1, key);
                self.next = Next::Copy { key: true, at: 0 };
            }
            Value::Boolean(b) => self.key = HostKey::Boolean(b),
            Value::Integer(i) => self.key = HostKey::Integer(i),
            Value::Number(n) => self.key = HostKey::Number(n),
            _ => self.next = Next::Ended(Err(BAD_KEY)),
        }
    }
}

impl Frame {
    /// Makes room for one more value.
    fn make_room<'gc>(&mut self, held: &mut Held<'gc>) -> Done<'gc> {
        let (len, capacity, bytes) = if self.array {
            (self.items.len(), self.items.capacity(), VALUE_BYTES)
        } else {
            (self.fields.len(), self.fields.capacity(), FIELD_BYTES)
        };
        if len < capacity {
            return Ok(());
        }
        let more = capacity.max(FIRST);
        held.add(more * bytes)?;
        if self.array {
            self.items.reserve_exact(more);
        } else {
            self.fields.reserve_exact(more);
        }
        Ok(())
    }
}

type Done<'gc> = Result<(), Interrupt<'gc>>;

impl Work for ToHost {
    fn advance<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        match self.next {
            Next::Argument => self.argument(call, held),
            Next::Value => self.value(call, held),
            Next::Shape(cursor) => self.shape(call, cursor, held),
            Next::Entry => self.entry(call, held),
            Next::Copy { key, at } => self.copy(call, key, at, held),
            Next::Ended(Err(_)) if self.lenient => {
                self.give_opaque(call);
                Ok(())
            }
            Next::Ended(_) => Ok(()),
        }
    }

    fn give_up(&mut self, ctx: Context<'_>) -> bool {
        self.done.clear();
        self.frames.clear();
        let_go(ctx, &self.take_made());
        true
    }

    fn owed(&mut self) -> &mut u64 {
        &mut self.owed
    }

    fn has_ended(&self) -> bool {
        match self.next {
            Next::Ended(result) => result.is_ok() || !self.lenient,
            _ => false,
        }
    }
}

/// Why a value cannot cross.
const REASONS: [&str; 4] = [CYCLE, BAD_KEY, TOO_DEEP, NO_STRING];

impl Part for Next {
    fn put(&self, to: &mut Writer) -> Put {
        let (kind, number) = match self {
            Next::Argument => (0, 0),
            Next::Value => (1, 0),
            Next::Shape(cursor) => (2, *cursor),
            Next::Entry => (3, 0),
            Next::Copy { key: false, at } => (4, *at),
            Next::Copy { key: true, at } => (5, *at),
            Next::Ended(Ok(())) => (6, 0),
            Next::Ended(Err(reason)) => {
                (7, REASONS.iter().position(|known| known == reason).unwrap_or(0))
            }
        };
        to.byte(kind);
        Cursor(number).put(to)
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        let (kind, Cursor(number)) = (from.from.byte()?, Part::get(from)?);
        Ok(match kind {
            0 => Next::Argument,
            1 => Next::Value,
            2 => Next::Shape(number),
            3 => Next::Entry,
            4 | 5 => Next::Copy { key: kind == 5, at: number },
            6 => Next::Ended(Ok(())),
            7 => Next::Ended(Err(REASONS.get(number).copied().ok_or(Fault::NUMBER)?)),
            _ => return Err(Fault::NUMBER),
        })
    }
}

parts!(struct ToHost {
    base, slots, items_of, begun, made, done, frames, next, key, copy, owed, lenient,
});

impl Part for Frame {
    fn put(&self, to: &mut Writer) -> Put {
        self.array.put(to)?;
        Cursor(self.cursor).put(to)?;
        // Memory is asked for by the room there is.
        self.items.capacity().put(to)?;
        self.items.put(to)?;
        self.fields.capacity().put(to)?;
        self.fields.put(to)?;
        self.key.put(to)
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        /// Gives a list the room it had and no more, for which memory is held: whoever saves it
        /// again asks for that.
        fn roomy<T>(
            list: &mut Vec<T>,
            room: usize,
            bytes: usize,
            from: &mut Parts<'_, '_, '_>,
        ) -> Result<(), Fault> {
            let left = from.room.checked_sub(room.saturating_mul(bytes)).ok_or(Fault::NUMBER)?;
            from.room = left;
            let mut exact = Vec::new();
            exact.try_reserve_exact(room.max(list.len())).map_err(|_| Fault::NUMBER)?;
            exact.append(list);
            *list = exact;
            Ok(())
        }
        let (array, Cursor(cursor)) = (Part::get(from)?, Part::get(from)?);
        let room = usize::get(from)?;
        let mut items: Vec<HostValue> = Part::get(from)?;
        roomy(&mut items, room, VALUE_BYTES, from)?;
        let room = usize::get(from)?;
        let mut fields: Vec<(HostKey, HostValue)> = Part::get(from)?;
        roomy(&mut fields, room, FIELD_BYTES, from)?;
        Ok(Frame { array, cursor, items, fields, key: Part::get(from)? })
    }
}

parts_in_lists!(Frame);
