//! Lua values to JSON text (the table is in the manual's chapter on `json`).
//!
//! The encoder is work in pieces ([`Work`]): the text and the cursors are its own, tables
//! and keys lie in slots of the window from [`Encoder`]'s base on:
//!
//! | slot | holds |
//! |---|---|
//! | 0 | the value being written |
//! | 1 | its name, if that is a string |
//! | 2 + 3 n | the table at depth n |
//! | 3 + 3 n | the key whose value is being written |
//! | 4 + 3 n | float keys seen, by what their texts say, or nil |

use super::path::{shown, step};
use super::shape::{Refusal, Shape, may_enter, next_entry, shape};
use super::text::{escapes, is_plain, write_escaped};
use super::{MAX_DEPTH, Options, null_value};
use crate::base::number::{float_json, format_float, format_integer};
use crate::vm::calls::call::Call;
use crate::vm::calls::kept::Work;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::string::{SHORT, Str};
use crate::vm::heap::table::{AFTER_ITEMS, Sought, Table};
use crate::vm::heap::value::Value;
use crate::vm::image::parts::Cursor;
use crate::vm::meters::account::{Held, grow_held};
use crate::vm::state::context::Context;
use crate::{parts, parts_in_lists};
use std::ops::Range;

/// Bytes of a string that are written at once.
const PORTION: usize = 8 * 1024;
/// Units for beginning.
const BEGIN: u64 = 2;
/// Units for a float as text.
const FLOAT: u64 = 6;
/// Units for an integer as a name, and for a float.
const INTEGER_NAME: u64 = 4;
const FLOAT_NAME: u64 = 32;
/// Bytes of a string that a text that is to be cut shows.
const CUT_STRING: usize = 1024;
/// Slots of one depth.
const DEPTH_SLOTS: usize = 3;
/// Logical bytes of a frame.
const FRAME_BYTES: usize = 48;

/// Why a value has no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What is wrong, with the path.
    pub message: String,
    /// What kind of failure it is.
    pub unfit: Unfit,
}

/// Kinds of failures that somebody tells from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// The value, or one in it, has no text.
    Value,
    /// The text would be too long.
    TooLong,
    /// A string is no UTF-8.
    NotUtf8,
}

/// A table being written.
struct Frame {
    array: bool,
    /// Whether nothing was written yet.
    first: bool,
    /// Where iteration goes on.
    cursor: Cursor,
}

/// What is to be done next.
enum Next {
    /// Write the value.
    Value,
    /// Find out what kind of table the value is: its entries behind the array part, from
    /// this cursor on.
    Shape(Cursor),
    /// Write the name of the member.
    Name,
    /// Write a string, its name or the value, from this byte on.
    Text { name: bool, at: usize },
    /// Go on with the innermost table, or the list.
    Entry,
    /// Nothing.
    Ended(Result<(), Failure>),
}

/// Several values in a row of slots, to be written as one array.
struct List {
    first: usize,
    count: usize,
    written: usize,
}

/// Writes a value as JSON.
pub(crate) struct Encoder {
    options: Options,
    base: usize,
    list: Option<List>,
    next: Next,
    comma: bool,
    frames: Vec<Frame>,
    out: Vec<u8>,
    /// The bytes held for `out`.
    charged: usize,
    owed: u64,
}

impl Encoder {
    /// Makes an encoder of one value, for slots from `base` on, which is made the top.
    pub(crate) fn new<'gc>(
        call: &mut Call<'_, 'gc>,
        base: usize,
        value: Value<'gc>,
        options: Options,
    ) -> Encoder {
        call.set_top(base);
        call.push(value);
        call.push(Value::Nil);
        Encoder::make(base, None, Next::Value, options)
    }

    /// Makes an encoder of the values in slots `from`, as one array.
    pub(crate) fn list(
        call: &mut Call<'_, '_>,
        from: Range<usize>,
        base: usize,
        options: Options,
    ) -> Encoder {
        call.set_top(base);
        call.push(Value::Nil);
        call.push(Value::Nil);
        let list = List { first: from.start, count: from.len(), written: 0 };
        Encoder::make(base, Some(list), Next::Entry, options)
    }

    fn make(base: usize, list: Option<List>, next: Next, options: Options) -> Encoder {
        Encoder {
            options,
            base,
            list,
            next,
            comma: false,
            frames: Vec::new(),
            out: Vec::new(),
            charged: 0,
            owed: BEGIN,
        }
    }

    /// Returns the bytes that the text may have.
    pub(crate) fn limit(&self) -> u64 {
        self.options.max_bytes
    }

    /// Tells how it ended.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        match &self.next {
            Next::Ended(Err(failure)) => Some(failure),
            _ => None,
        }
    }

    /// Takes the text, whose memory is held.
    pub(crate) fn take_text(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Makes the text a Lua string.
    ///
    /// # Errors
    /// When memory is refused.
    pub(crate) fn take_string<'gc>(
        &mut self,
        ctx: Context<'gc>,
        held: &mut Held<'gc>,
    ) -> Result<Str<'gc>, Interrupt<'gc>> {
        ctx.heap().string_from_held(&mut self.out, &mut self.charged, held)
    }

    // ---- writing ----

    /// Makes room for `more` bytes and the comma before them. False: there is none.
    fn room<'gc>(&mut self, call: &Call<'_, 'gc>, more: usize, held: &mut Held<'gc>) -> Room<'gc> {
        let more = more + usize::from(self.comma);
        if !self.options.cut && self.out.len().saturating_add(more) as u64 > self.options.max_bytes
        {
            let limit = self.options.max_bytes;
            self.fail_as(call, Unfit::TooLong, &format!("JSON text is longer than {limit} bytes"));
            return Ok(false);
        }
        grow_held(&mut self.out, &mut self.charged, more, held)?;
        if std::mem::take(&mut self.comma) {
            self.out.push(b',');
        }
        Ok(true)
    }

    /// Writes a whole value and goes on behind it.
    fn put<'gc>(
        &mut self,
        call: &Call<'_, 'gc>,
        bytes: &[u8],
        held: &mut Held<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        if self.room(call, bytes.len(), held)? {
            self.out.extend_from_slice(bytes);
            self.next = Next::Entry;
        }
        Ok(())
    }

    /// Ends with an error that names the place.
    fn fail(&mut self, call: &Call<'_, '_>, what: &str) {
        self.fail_as(call, Unfit::Value, what);
    }

    fn fail_as(&mut self, call: &Call<'_, '_>, unfit: Unfit, what: &str) {
        self.owed += self.frames.len() as u64;
        let mut message = format!("{what} (at $");
        if let Some(list) = &self.list {
            message.push_str(&format!("[{}]", list.written));
        }
        for depth in 0..self.frames.len() {
            message.push_str(&step(&call.arg(self.key_slot(depth))));
        }
        message.push(')');
        self.next = Next::Ended(Err(Failure { message, unfit }));
    }

    // ---- slots ----

    fn table_slot(&self, depth: usize) -> usize {
        self.base + 2 + DEPTH_SLOTS * depth
    }

    fn key_slot(&self, depth: usize) -> usize {
        self.table_slot(depth) + 1
    }

    fn table<'gc>(&self, call: &Call<'_, 'gc>, depth: usize) -> Option<Table<'gc>> {
        match call.arg(self.table_slot(depth)) {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    // ---- values ----

    /// Writes the value; of a table, looks at it.
    fn value<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        self.owed += 1;
        match call.arg(self.base) {
            Value::Nil => self.put(call, b"null", held),
            Value::Boolean(true) => self.put(call, b"true", held),
            Value::Boolean(false) => self.put(call, b"false", held),
            Value::Integer(i) => self.put(call, &format_integer(i), held),
            Value::Number(n) => self.float(call, n, held),
            Value::String(_) => self.text(call, false, 0, held),
            Value::Table(table) => {
                self.begin(call, table);
                Ok(())
            }
            Value::Closure(_) | Value::Native(_) | Value::Builtin(_) => {
                self.fail(call, "Functions cannot be converted to JSON");
                Ok(())
            }
            Value::Thread(_) => {
                self.fail(call, "Threads cannot be converted to JSON");
                Ok(())
            }
            other @ (Value::UserData(_) | Value::Buffer(_) | Value::Loading(_)) => {
                if other.raw_eq(&null_value(call.ctx)?) {
                    return self.put(call, b"null", held);
                }
                self.fail(call, "UserData cannot be converted to JSON");
                Ok(())
            }
        }
    }

    fn float<'gc>(&mut self, call: &Call<'_, 'gc>, n: f64, held: &mut Held<'gc>) -> Done<'gc> {
        self.owed += FLOAT;
        if let Some(text) = float_json(n) {
            return self.put(call, text.as_bytes(), held);
        }
        let kind = match n {
            f64::INFINITY => "inf",
            f64::NEG_INFINITY => "-inf",
            _ => "NaN",
        };
        self.fail(call, &format!("Invalid number: {kind}"));
        Ok(())
    }

    /// Writes a portion of a string: the value, or its name.
    fn text<'gc>(
        &mut self,
        call: &Call<'_, 'gc>,
        name: bool,
        at: usize,
        held: &mut Held<'gc>,
    ) -> Done<'gc> {
        let slot = self.base + usize::from(name);
        let Value::String(string) = call.arg(slot) else {
            self.fail(call, "internal error: string expected");
            return Ok(());
        };
        let whole = string.as_bytes();
        if is_plain(whole) {
            return self.plain(call, name, whole, held);
        }
        let cut = self.options.cut && whole.len() > CUT_STRING;
        let bytes = if cut { &whole[..CUT_STRING] } else { whole };
        let mut chunk = &bytes[at..bytes.len().min(at + PORTION)];
        let mut last = at + chunk.len() == bytes.len();
        if let Err(error) = std::str::from_utf8(chunk) {
            // A character that is cut in two is no error.
            if error.error_len().is_some() || (last && !cut) {
                self.owed += (chunk.len() / 32) as u64;
                self.fail_as(call, Unfit::NotUtf8, "Invalid UTF-8");
                return Ok(());
            }
            chunk = &chunk[..error.valid_up_to()];
            last = last && cut;
        }
        let escapes = escapes(chunk);
        let end = if cut && last { b"...\"".as_slice() } else { b"\"" };
        let around = usize::from(at == 0) + if last { end.len() + usize::from(name) } else { 0 };
        if !self.room(call, chunk.len() + escapes.extra + around, held)? {
            return Ok(());
        }
        self.owed += (chunk.len() / 16 + escapes.count) as u64;
        if at == 0 {
            self.out.push(b'"');
        }
        write_escaped(chunk, &mut self.out);
        self.next = Next::Text { name, at: at + chunk.len() };
        if last {
            self.out.extend_from_slice(end);
            if name {
                self.out.push(b':');
            }
            self.next = if name { Next::Value } else { Next::Entry };
        }
        Ok(())
    }

    /// Writes a short string that is written as it is, as most are.
    fn plain<'gc>(
        &mut self,
        call: &Call<'_, 'gc>,
        name: bool,
        bytes: &[u8],
        held: &mut Held<'gc>,
    ) -> Done<'gc> {
        let end = if name { b"\":".as_slice() } else { b"\"" };
        if self.room(call, 1 + bytes.len() + end.len(), held)? {
            self.owed += (bytes.len() / 16) as u64;
            self.out.push(b'"');
            self.out.extend_from_slice(bytes);
            self.out.extend_from_slice(end);
            self.next = if name { Next::Value } else { Next::Entry };
        }
        Ok(())
    }

    // ---- tables ----

    /// Looks at a table that is to be written.
    fn begin<'gc>(&mut self, call: &Call<'_, 'gc>, table: Table<'gc>) {
        let depth = self.frames.len();
        self.owed += 3 + (depth / 8) as u64;
        match may_enter(call, table, self.table_slot(0), DEPTH_SLOTS, depth) {
            Ok(()) => self.next = Next::Shape(Cursor(AFTER_ITEMS)),
            Err(Refusal::Cycle) => self.fail(call, "cyclic table"),
            Err(Refusal::TooDeep) => {
                self.fail(call, &format!("nested deeper than {MAX_DEPTH} levels"));
            }
        }
    }

    /// Finds out whether a table is an array.
    fn shape<'gc>(
        &mut self,
        call: &mut Call<'_, 'gc>,
        cursor: usize,
        held: &mut Held<'gc>,
    ) -> Done<'gc> {
        let Value::Table(table) = call.arg(self.base) else {
            self.fail(call, "internal error: table expected");
            return Ok(());
        };
        let (passed, shape) = shape(call.ctx.heap(), table, cursor, self.options.empty_object);
        self.owed += (passed / 8) as u64;
        if let Shape::Further(cursor) = shape {
            self.next = Next::Shape(Cursor(cursor));
            return Ok(());
        }
        let array = shape == Shape::Array;
        call.ensure(DEPTH_SLOTS)?;
        held.add(FRAME_BYTES)?;
        if self.room(call, 1, held)? {
            self.out.push(if array { b'[' } else { b'{' });
            call.push(Value::Table(table));
            call.push(Value::Nil);
            call.push(Value::Nil);
            self.frames.push(Frame { array, first: true, cursor: Cursor(0) });
            self.next = Next::Entry;
        }
        Ok(())
    }

    /// Goes on with the innermost table.
    fn entry<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        let full = self.options.cut && self.out.len() as u64 >= self.options.max_bytes;
        let depth = self.frames.len().saturating_sub(1);
        let table = self.table(call, depth);
        let (Some(frame), Some(table)) = (self.frames.last_mut(), table) else {
            return self.list_entry(call, held);
        };
        let (passed, sought) =
            if full { (0, Sought::End) } else { next_entry(table, frame.array, frame.cursor.0) };
        self.owed += (passed / 8) as u64;
        match sought {
            Sought::Further(cursor) => frame.cursor = Cursor(cursor),
            Sought::Entry(cursor, key, value) => {
                frame.cursor = Cursor(cursor);
                self.comma = !std::mem::take(&mut frame.first);
                let array = frame.array;
                call.set(self.key_slot(depth), key);
                call.set(self.base, value);
                self.next = if array { Next::Value } else { Next::Name };
            }
            Sought::End => {
                let end: &[u8] = if frame.array { b"]" } else { b"}" };
                self.put(call, end, held)?;
                if matches!(self.next, Next::Entry) {
                    self.frames.pop();
                    held.give_back(FRAME_BYTES);
                    call.set_top(self.table_slot(depth));
                }
            }
        }
        Ok(())
    }

    /// Goes on with the list of values, if there is one.
    fn list_entry<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        let Some(List { first, count, written }) = self.list else {
            self.next = Next::Ended(Ok(()));
            return Ok(());
        };
        if written == 0 {
            if !self.room(call, 1, held)? {
                return Ok(());
            }
            self.out.push(b'[');
        }
        if written == count {
            self.put(call, b"]", held)?;
            if matches!(self.next, Next::Entry) {
                self.next = Next::Ended(Ok(()));
            }
            return Ok(());
        }
        self.comma = written > 0;
        call.set(self.base, call.arg(first + written));
        self.list = Some(List { first, count, written: written + 1 });
        self.next = Next::Value;
        Ok(())
    }

    /// Writes the name of a member.
    fn name<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        self.owed += 1;
        let depth = self.frames.len().saturating_sub(1);
        let mut text = Vec::new();
        match call.arg(self.key_slot(depth)) {
            key @ Value::String(_) => {
                call.set(self.base + 1, key);
                return self.text(call, true, 0, held);
            }
            Value::Integer(i) => {
                self.owed += INTEGER_NAME;
                text.extend_from_slice(&format_integer(i));
            }
            Value::Number(n) => {
                self.owed += FLOAT_NAME;
                format_float(n, &mut text);
                if !self.float_name_is_new(call, depth, &text)? {
                    call.set(self.key_slot(depth), Value::Nil);
                    self.fail(call, &format!("duplicate key {}", shown(&text)));
                    return Ok(());
                }
            }
            _ => {
                self.fail(call, "Only string/number keys are supported");
                return Ok(());
            }
        }
        // No string of this text, no such key: none is made to find that out.
        if text.len() <= SHORT
            && let Ok(name) = call.ctx.state.strings.find(call.ctx.mc, &text)
            && self
                .table(call, depth)
                .is_some_and(|table| !table.get_str(call.ctx.heap(), name).is_nil())
        {
            self.fail(call, &format!("duplicate key {}", shown(&text)));
            return Ok(());
        }
        if self.room(call, text.len() + 3, held)? {
            self.out.push(b'"');
            self.out.extend_from_slice(&text);
            self.out.extend_from_slice(b"\":");
            self.next = Next::Value;
        }
        Ok(())
    }

    /// Notes the text of a float key, which other floats may share. False: one does.
    ///
    /// Running it again for the same key would find the key itself, so it is noted with it.
    fn float_name_is_new<'gc>(
        &self,
        call: &mut Call<'_, 'gc>,
        depth: usize,
        text: &[u8],
    ) -> Result<bool, Interrupt<'gc>> {
        let slot = self.key_slot(depth) + 1;
        let key = call.arg(self.key_slot(depth));
        let read = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
        // Infinities: no number is so near to one that it would be read as it.
        let Some(number) = read.filter(|number| !number.is_nan()) else { return Ok(true) };
        let seen = match call.arg(slot) {
            Value::Table(seen) => seen,
            _ => {
                let seen = Table::new(call.ctx.heap(), 0, 0)?;
                seen.raw_set(call.ctx.heap(), Value::Number(number), key)?;
                call.set(slot, Value::Table(seen));
                return Ok(true);
            }
        };
        let known = seen.get(call.ctx.heap(), Value::Number(number));
        if !known.is_nil() {
            return Ok(known.raw_eq(&key));
        }
        seen.raw_set(call.ctx.heap(), Value::Number(number), key)?;
        Ok(true)
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

type Done<'gc> = Result<(), Interrupt<'gc>>;
type Room<'gc> = Result<bool, Interrupt<'gc>>;

impl Work for Encoder {
    fn advance<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        match self.next {
            Next::Value => self.value(call, held),
            Next::Shape(Cursor(cursor)) => self.shape(call, cursor, held),
            Next::Name => self.name(call, held),
            Next::Text { name, at } => self.text(call, name, at, held),
            Next::Entry => self.entry(call, held),
            Next::Ended(_) => Ok(()),
        }
    }

    fn owed(&mut self) -> &mut u64 {
        &mut self.owed
    }

    fn has_ended(&self) -> bool {
        matches!(self.next, Next::Ended(_))
    }

    fn make_room(&mut self, held: usize) -> bool {
        let more = self.charged.saturating_sub(self.out.len());
        self.charged <= held && self.out.try_reserve_exact(more).is_ok()
    }
}

parts!(struct Encoder { options, base, list, next, comma, frames, out, charged, owed });
parts!(struct List { first, count, written });
parts!(struct Frame { array, first, cursor });
parts!(struct Failure { message, unfit });
parts!(enum Unfit { 0 Value, 1 TooLong, 2 NotUtf8 });
parts!(enum Next {
    0 Value,
    1 Shape(cursor),
    2 Name,
    3 Text { name, at },
    4 Entry,
    5 Ended(result),
});
parts_in_lists!(Frame);
