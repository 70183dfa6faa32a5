//! JSON text to Lua values (the table is in the manual's chapter on `json`).
//!
//! The decoder is work in pieces ([`Work`]). It goes through the text twice: once to see
//! that it is UTF-8, then to make the values. What an array or object holds waits in slots
//! of the window until it ends, so that its table is made with the right size; of a large
//! one, a batch at a time. From the decoder's base on, the slots are
//!
//! | slot | holds |
//! |---|---|
//! | 0 | the text |
//! | 1 | the result |
//! | 2 … | for each open array or object its table, or nil, and the waiting values |

use super::reader::{Event, Raw, Reader};
use super::text::unescape;
use super::{MARK_ARRAY, MARK_OBJECT, Options, null_value};
use crate::vm::calls::call::Call;
use crate::vm::calls::kept::Work;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::string::Str;
use crate::vm::heap::table::{Sought, Table};
use crate::vm::heap::value::Value;
use crate::vm::image::parts::Cursor;
use crate::vm::meters::account::{Held, grow_held};
use crate::{parts, parts_in_lists};

/// Bytes that are looked at, or copied, at once.
const PORTION: usize = 16 * 1024;
/// Slots of a table that are passed at once.
const SLOTS: usize = 256;
/// Values, or names and values, that wait at most.
const BATCH: usize = 64;
/// Units for beginning, for a string that is made, and for a table.
const BEGIN: u64 = 2;
const STRING: u64 = 3;
const TABLE: u64 = 8;
/// Logical bytes of a frame.
const FRAME_BYTES: usize = 48;

/// An array or object that is open.
struct Frame {
    object: bool,
    /// The slot of its table; what waits lies above.
    slot: usize,
    /// Index of the first item that waits.
    index: i64,
    /// Whether members that are nil are in the table as the mark of [`nil_mark`].
    marked: bool,
}

/// What is to be done next.
enum Next {
    /// See whether the text is UTF-8 from this byte on.
    Check(usize),
    /// Read on.
    Read,
    /// Make the table of the innermost array or object.
    Make { ended: bool },
    /// Put what waits into it.
    Fill { ended: bool },
    /// Take the marks out of it, from this cursor on.
    Sweep(Cursor),
    /// It is complete.
    Close,
    /// Copy a long string, from this byte on.
    Copy { raw: Raw, name: bool },
    /// Find the line of an error.
    Locate { what: String, at: usize, seen: usize, line: usize, begin: usize },
    /// Nothing.
    Ended(Result<(), String>),
}

/// Units for the value of a numeral of so many bytes: long ones are compared with halves between
/// numbers, digit by digit.
fn compared_price(bytes: usize) -> u64 {
    (bytes.min(1024) / 2) as u64
}

/// Makes a value of a JSON text.
pub(crate) struct Decoder {
    base: usize,
    keep_null: bool,
    next: Next,
    reader: Reader,
    frames: Vec<Frame>,
    /// A long string being copied.
    long: Vec<u8>,
    charged: usize,
    owed: u64,
}

impl Decoder {
    /// Makes a decoder of a text, for slots from `base` on, which is made the top.
    pub(crate) fn new<'gc>(
        call: &mut Call<'_, 'gc>,
        base: usize,
        text: Str<'gc>,
        options: &Options,
    ) -> Decoder {
        call.set_top(base);
        call.push(Value::String(text));
        call.push(Value::Nil);
        let mut next = Next::Check(0);
        if text.len() as u64 > options.max_bytes {
            let limit = options.max_bytes;
            next = Next::Ended(Err(format!("JSON text is longer than {limit} bytes")));
        }
        Decoder {
            base,
            keep_null: options.keep_null,
            next,
            reader: Reader::new(),
            frames: Vec::new(),
            long: Vec::new(),
            charged: 0,
            owed: BEGIN,
        }
    }

    /// Returns the value, or why there is none.
    ///
    /// # Errors
    /// What is wrong with the text, with its line and column.
    pub(crate) fn result<'gc>(&self, call: &Call<'_, 'gc>) -> Result<Value<'gc>, &str> {
        match &self.next {
            Next::Ended(Err(message)) => Err(message),
            _ => Ok(call.arg(self.base + 1)),
        }
    }

    fn text<'gc>(&self, call: &Call<'_, 'gc>) -> &'gc [u8] {
        match call.arg(self.base) {
            Value::String(text) => text.as_bytes(),
            _ => &[],
        }
    }

    fn locate(&mut self, what: &'static str, at: usize) {
        self.next = Next::Locate { what: what.to_owned(), at, seen: 0, line: 1, begin: 0 };
    }

    /// Looks at a portion of the text.
    fn check(&mut self, text: &[u8], from: usize) {
        let end = text.len().min(from + PORTION);
        let portion = &text[from..end];
        self.owed += (portion.len() / 64) as u64 + u64::from(!portion.is_ascii());
        let checked = match std::str::from_utf8(portion) {
            Ok(_) => portion.len(),
            Err(error) => {
                // A character that is cut in two is no error.
                self.owed += (error.valid_up_to() / 16) as u64;
                if error.error_len().is_some() || end == text.len() {
                    return self.locate("Invalid UTF-8", from + error.valid_up_to());
                }
                error.valid_up_to()
            }
        };
        if !portion.is_ascii() {
            self.owed += (checked / 16) as u64;
        }
        let at = from + checked;
        self.next = if at == text.len() { Next::Read } else { Next::Check(at) };
    }

    /// Reads the next event and does what it says.
    fn read<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        let text = self.text(call);
        let before = self.reader;
        let event = match self.reader.next(text) {
            Ok(event) => event,
            Err(error) => {
                self.locate(error.what, error.at);
                self.owe_for_reading(before);
                // The error of a numeral that is too large, and was compared, is at its beginning.
                self.owed += compared_price(self.reader.offset().saturating_sub(error.at));
                return Ok(());
            }
        };
        let result = self.take(call, event, text, held);
        if result.is_err() {
            // It will come again.
            self.reader = before;
            return result;
        }
        self.owe_for_reading(before);
        Ok(())
    }

    /// Takes units for what the reader passed, in differences, so that it does not matter where
    /// portions end.
    fn owe_for_reading(&mut self, before: Reader) {
        self.owed += (self.reader.offset() / 16 - before.offset() / 16) as u64;
    }

    fn take<'gc>(
        &mut self,
        call: &mut Call<'_, 'gc>,
        event: Event,
        text: &[u8],
        held: &mut Held<'gc>,
    ) -> Done<'gc> {
        let value = match event {
            Event::Further => return Ok(()),
            Event::Finish => {
                self.next = Next::Ended(Ok(()));
                return Ok(());
            }
            Event::End => {
                self.next = Next::Make { ended: true };
                return Ok(());
            }
            Event::BeginArray | Event::BeginObject => {
                call.ensure(2 * BATCH + 8)?;
                held.add(FRAME_BYTES)?;
                self.owed += TABLE;
                let slot = call.top();
                call.push(Value::Nil);
                let object = event == Event::BeginObject;
                self.frames.push(Frame { object, slot, index: 1, marked: false });
                return Ok(());
            }
            Event::String(raw) | Event::Key(raw) => {
                let name = matches!(event, Event::Key(_));
                let length = raw.end - raw.start;
                if length > PORTION {
                    grow_held(&mut self.long, &mut self.charged, length, held)?;
                    self.next = Next::Copy { raw, name };
                    return Ok(());
                }
                let inside = &text[raw.start..raw.end];
                let string = if raw.escaped {
                    let mut plain = Vec::with_capacity(length);
                    unescape(inside, usize::MAX, &mut plain);
                    self.owed += (length / 8) as u64;
                    call.ctx.string(&plain)?
                } else {
                    call.ctx.string(inside)?
                };
                self.owed += STRING + (length / 64) as u64;
                if name {
                    call.push(Value::String(string));
                    return Ok(());
                }
                Value::String(string)
            }
            Event::Null if self.keep_null => null_value(call.ctx)?,
            Event::Null => Value::Nil,
            Event::Boolean(b) => Value::Boolean(b),
            Event::Integer(i) => Value::Integer(i),
            Event::Float(n, bytes) => {
                self.owed += 2 + compared_price(bytes);
                Value::Number(n)
            }
        };
        self.add(call, value);
        Ok(())
    }

    /// Puts a value where it belongs.
    fn add<'gc>(&mut self, call: &mut Call<'_, 'gc>, value: Value<'gc>) {
        self.owed += 1;
        let Some(frame) = self.frames.last() else {
            call.set(self.base + 1, value);
            return;
        };
        let width = if frame.object { 2 } else { 1 };
        call.push(value);
        if call.above(frame.slot) > BATCH * width {
            self.next = Next::Make { ended: false };
        }
    }

    /// Copies a portion of a long string.
    fn copy<'gc>(
        &mut self,
        call: &mut Call<'_, 'gc>,
        raw: Raw,
        name: bool,
        held: &mut Held<'gc>,
    ) -> Done<'gc> {
        let inside = &self.text(call)[raw.start..raw.end];
        if inside.is_empty() {
            let ctx = call.ctx;
            let string = ctx.heap().string_from_held(&mut self.long, &mut self.charged, held)?;
            self.next = Next::Read;
            if name {
                call.push(Value::String(string));
            } else {
                self.add(call, Value::String(string));
            }
            return Ok(());
        }
        let copied = if raw.escaped {
            unescape(inside, PORTION, &mut self.long)
        } else {
            let copied = inside.len().min(PORTION);
            self.long.extend_from_slice(&inside[..copied]);
            copied
        };
        self.owed += (copied / if raw.escaped { 8 } else { 64 }) as u64;
        self.next = Next::Copy { raw: Raw { start: raw.start + copied, ..raw }, name };
        Ok(())
    }

    /// Makes the innermost table, if it is not made yet, with room for what waits.
    fn make<'gc>(&mut self, call: &mut Call<'_, 'gc>, ended: bool) -> Done<'gc> {
        self.next = Next::Fill { ended };
        let Some(frame) = self.frames.last() else { return Ok(()) };
        if !call.arg(frame.slot).is_nil() {
            return Ok(());
        }
        let waiting = call.slots(frame.slot + 1, call.above(frame.slot + 1));
        let (array, hash) = if frame.object {
            (0, waiting.len() / 2)
        } else {
            // Nulls are holes, but for the last ones.
            (waiting.iter().rposition(|value| !value.is_nil()).map_or(0, |at| at + 1), 0)
        };
        let mark = if frame.object { MARK_OBJECT } else { MARK_ARRAY };
        let made = Table::new(call.ctx.heap(), array, hash).and_then(|table| {
            table.set_json_mark(call.ctx.heap(), mark)?;
            Ok(table)
        });
        match made {
            Ok(table) => {
                call.set(frame.slot, Value::Table(table));
                Ok(())
            }
            Err(interrupt) => {
                self.next = Next::Make { ended };
                Err(interrupt)
            }
        }
    }

    /// Puts what waits into the innermost table. Refused halfway, it puts the same values
    /// into the same places once more.
    fn fill<'gc>(&mut self, call: &mut Call<'_, 'gc>, ended: bool) -> Done<'gc> {
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        let Value::Table(table) = call.arg(frame.slot) else { return Ok(()) };
        let (first, count) = (frame.slot + 1, call.above(frame.slot + 1));
        if frame.object {
            for at in (first..first + count).step_by(2) {
                let Value::String(name) = call.arg(at) else { continue };
                let mut value = call.arg(at + 1);
                if value.is_nil() {
                    // It keeps its place, for another member of its name.
                    value = nil_mark(call);
                    frame.marked = true;
                }
                table.set_str(call.ctx.heap(), name, value)?;
                if !name.is_short() {
                    self.owed += (name.len() / 16) as u64;
                }
            }
            self.owed += 2 * count as u64;
        } else {
            let waiting = call.slots(first, count);
            let follows = frame.index == table.array_len() as i64 + 1 && !table.has_holes();
            if follows && !waiting.iter().any(Value::is_nil) {
                for (index, value) in (frame.index..).zip(waiting) {
                    table.set_int(call.ctx.heap(), index, *value)?;
                }
            } else {
                // As `table.pack` does: assignments could break an array with holes up.
                table.set_list(call.ctx.heap(), frame.index, waiting)?;
            }
            frame.index += count as i64;
        }
        call.set_top(first);
        self.next = match (ended, frame.marked) {
            (false, _) => Next::Read,
            (true, true) => Next::Sweep(Cursor(0)),
            (true, false) => Next::Close,
        };
        Ok(())
    }

    /// Takes the marks of nil out of the innermost table.
    fn sweep<'gc>(&mut self, call: &mut Call<'_, 'gc>, cursor: usize) -> Done<'gc> {
        let Some(frame) = self.frames.last() else { return Ok(()) };
        let Value::Table(table) = call.arg(frame.slot) else { return Ok(()) };
        let mark = nil_mark(call);
        let (mut at, mut left) = (cursor, SLOTS);
        while left > 0 {
            let (passed, sought) = table.seek(at, left);
            left -= passed;
            match sought {
                Sought::Entry(next, Value::String(name), value) => {
                    at = next;
                    if value.raw_eq(&mark) {
                        self.owed += 2 + (name.len() / 16) as u64;
                        table.set_str(call.ctx.heap(), name, Value::Nil)?;
                    }
                }
                Sought::Entry(next, ..) | Sought::Further(next) => at = next,
                Sought::End => {
                    self.next = Next::Close;
                    return Ok(());
                }
            }
        }
        self.owed += (SLOTS / 8) as u64;
        self.next = Next::Sweep(Cursor(at));
        Ok(())
    }

    /// Hands the innermost table on to what it is in.
    fn close<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) {
        self.next = Next::Read;
        let Some(frame) = self.frames.pop() else { return };
        held.give_back(FRAME_BYTES);
        let table = call.arg(frame.slot);
        call.set_top(frame.slot);
        self.add(call, table);
    }

    /// Looks for the line of an error in a portion of the text before it.
    fn find_line(&mut self, text: &[u8]) {
        let Next::Locate { what, at, seen, line, begin } = &mut self.next else { return };
        let what = std::mem::take(what);
        let (at, seen, line, begin) = (*at, *seen, *line, *begin);
        let end = at.min(text.len()).min(seen + PORTION);
        let portion = text.get(seen..end).unwrap_or(&[]);
        self.owed += (portion.len() / 64) as u64;
        let lines = line + portion.iter().filter(|byte| **byte == b'\n').count();
        let last = portion.iter().rposition(|byte| *byte == b'\n');
        let begin = last.map_or(begin, |last| seen + last + 1);
        self.next = if end == at.min(text.len()) {
            let column = end.saturating_sub(begin) + 1;
            Next::Ended(Err(format!("{what} at line {lines} column {column}")))
        } else {
            Next::Locate { what, at, seen: end, line: lines, begin }
        };
    }
}

/// Returns the value that stands for a member that is nil until its object is complete:
/// none that JSON could make.
fn nil_mark<'gc>(call: &Call<'_, 'gc>) -> Value<'gc> {
    Value::Thread(call.ctx.state.main_thread)
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").finish_non_exhaustive()
    }
}

type Done<'gc> = Result<(), Interrupt<'gc>>;

impl Work for Decoder {
    fn advance<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        match self.next {
            Next::Check(at) => {
                self.check(self.text(call), at);
                Ok(())
            }
            Next::Read => self.read(call, held),
            Next::Make { ended } => self.make(call, ended),
            Next::Fill { ended } => self.fill(call, ended),
            Next::Sweep(Cursor(cursor)) => self.sweep(call, cursor),
            Next::Close => {
                self.close(call, held);
                Ok(())
            }
            Next::Copy { raw, name } => self.copy(call, raw, name, held),
            Next::Locate { .. } => {
                self.find_line(self.text(call));
                Ok(())
            }
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
        let more = self.charged.saturating_sub(self.long.len());
        self.charged <= held && self.long.try_reserve_exact(more).is_ok()
    }

    fn is_sound(&self, call: &Call<'_, '_>) -> bool {
        let length = self.text(call).len();
        let place = match &self.next {
            Next::Check(at) => *at,
            Next::Copy { raw, .. } if raw.start > raw.end => return false,
            Next::Copy { raw, .. } => raw.end,
            Next::Locate { at, seen, begin, .. } => *(at.max(seen).max(begin)),
            _ => 0,
        };
        place <= length && self.reader.is_sound(length)
    }
}

parts!(struct Decoder { base, keep_null, next, reader, frames, long, charged, owed });
parts!(struct Frame { object, slot, index, marked });
parts!(enum Next {
    0 Check(at),
    1 Read,
    2 Make { ended },
    3 Fill { ended },
    4 Sweep(cursor),
    5 Close,
    6 Copy { raw, name },
    7 Locate { what, at, seen, line, begin },
    8 Ended(result),
});
parts_in_lists!(Frame);
