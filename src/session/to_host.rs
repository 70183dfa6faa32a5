//! Lua values to the owned values that host functions are given: work in pieces, each value
//! and each copy of a string charged before it is made.
//!
//! From the base on, the slots of the window are the value being converted, the string key
//! it lies under, and for each depth a table.

use super::convert::{BLOCK_BYTES, FIELD_BYTES, VALUE_BYTES, string_bytes};
use super::host_value::{HostKey, HostValue, MAX_DEPTH};
use crate::stdlib::json::{MARK_OBJECT, null_value};
use crate::vm::calls::call::Call;
use crate::vm::calls::kept::Work;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::{AFTER_ITEMS, Sought, Table};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::Held;

/// Bytes of a string that are copied at once.
const PORTION: usize = 16 * 1024;
/// Slots of a table that are passed at once.
const SLOTS: usize = 256;
/// Units for a value, and for a string of its own.
const VALUE: u64 = 3;
const STRING: u64 = 3;
/// Logical bytes of a frame.
const FRAME_BYTES: usize = 128;
/// Members of an object that there is room for at first.
const FIRST: usize = 4;

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
pub(super) struct ToHost {
    /// The first slot behind the arguments that is its own.
    base: usize,
    /// Number of arguments, and how many were begun.
    count: usize,
    begun: usize,
    done: Vec<HostValue>,
    frames: Vec<Frame>,
    next: Next,
    /// The key of the value being converted.
    key: HostKey,
    /// A string being copied.
    copy: Vec<u8>,
    owed: u64,
}

/// What stands where there is no key: in arrays, and around the arguments.
const NO_KEY: HostKey = HostKey::Boolean(false);
const CYCLE: &str = "a table that contains itself cannot be passed to the host";
const BAD_KEY: &str = "only strings, numbers and booleans as keys can be passed to the host";
const TOO_DEEP: &str = "tables are nested deeper than 128";
const _: () = assert!(MAX_DEPTH == 128);

impl ToHost {
    /// Begins with the arguments in slots `0..count`; its own slots begin at `base`, which
    /// is made the top.
    pub(super) fn new(call: &mut Call<'_, '_>, count: usize, base: usize) -> ToHost {
        call.set_top(base);
        call.push(Value::Nil);
        call.push(Value::Nil);
        ToHost {
            base,
            count,
            begun: 0,
            done: Vec::new(),
            frames: Vec::new(),
            next: Next::Argument,
            key: NO_KEY,
            copy: Vec::new(),
            owed: 0,
        }
    }

    /// Returns the values, or which argument cannot cross and why.
    ///
    /// # Errors
    /// The argument's slot and the message.
    pub(super) fn take(&mut self) -> Result<Vec<HostValue>, (usize, &'static str)> {
        match self.next {
            Next::Ended(Err(message)) => Err((self.begun.saturating_sub(1), message)),
            _ => Ok(std::mem::take(&mut self.done)),
        }
    }

    fn argument<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        if self.begun == self.count {
            self.next = Next::Ended(Ok(()));
            return Ok(());
        }
        if self.begun == 0 {
            held.add(self.count.saturating_mul(VALUE_BYTES) + BLOCK_BYTES)?;
            self.done = Vec::with_capacity(self.count);
            self.owed += (self.count / 64) as u64;
        }
        call.set(self.base, call.arg(self.begun));
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
            Value::Nil => HostValue::Nil,
            Value::Boolean(b) => HostValue::Boolean(b),
            Value::Integer(i) => HostValue::Integer(i),
            Value::Number(n) => HostValue::Number(n),
            Value::String(_) => return self.copy(call, false, 0, held),
            Value::Closure(_) | Value::Native(_) | Value::Builtin(_) => HostValue::Function,
            Value::Table(table) => {
                self.begin(call, table);
                return Ok(());
            }
            Value::Thread(_) => HostValue::Opaque("thread"),
            other @ (Value::UserData(_) | Value::Buffer(_) | Value::Loading(_)) => {
                match other.raw_eq(&null_value(call.ctx)?) {
                    true => HostValue::Null,
                    false => HostValue::Opaque("userdata"),
                }
            }
        };
        self.deliver(value);
        Ok(())
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
            self.next = Next::Ended(Err("internal error: string expected"));
            return Ok(());
        };
        if at == 0 {
            held.add(string_bytes(string.len()))?;
            self.copy = Vec::with_capacity(string.len());
            self.owed += STRING;
        }
        let end = string.len().min(at + PORTION);
        self.copy.extend_from_slice(&string.as_bytes()[at..end]);
        self.owed += ((end - at) / 32) as u64;
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
        if (0..depth).any(|at| self.table(call, at).is_some_and(|own| own.ptr_eq(table))) {
            self.next = Next::Ended(Err(CYCLE));
        } else if depth >= MAX_DEPTH {
            self.next = Next::Ended(Err(TOO_DEEP));
        } else {
            self.next = Next::Shape(AFTER_ITEMS);
        }
    }

    /// Finds out whether a table is an array: its keys are 1..n, which the array part then
    /// holds all of, without a hole.
    fn shape<'gc>(
        &mut self,
        call: &mut Call<'_, 'gc>,
        cursor: usize,
        held: &mut Held<'gc>,
    ) -> Done<'gc> {
        let Some(Value::Table(table)) = Some(call.arg(self.base)) else { return Ok(()) };
        let array = if table.json_mark() == MARK_OBJECT || table.has_holes() {
            false
        } else {
            let (passed, sought) = table.seek(cursor, SLOTS);
            self.owed += (passed / 8) as u64;
            match sought {
                Sought::Further(cursor) => {
                    self.next = Next::Shape(cursor);
                    return Ok(());
                }
                Sought::Entry(..) => false,
                Sought::End => true,
            }
        };
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
        let (passed, sought) = table.seek(frame.cursor, SLOTS);
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
            Next::Ended(_) => Ok(()),
        }
    }

    fn owed(&mut self) -> &mut u64 {
        &mut self.owed
    }

    fn has_ended(&self) -> bool {
        matches!(self.next, Next::Ended(_))
    }
}
