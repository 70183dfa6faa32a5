//! Lua values to JSON text (the table is in the manual's chapter on `json`).

use super::text::{quoted_len, write_quoted};
use super::{Held, JsonError, MARK_ARRAY, MARK_OBJECT, MAX_DEPTH, Options, null_value};
use crate::base::number::format_float;
use crate::vm::fuel::{bytes_price, items_price};
use crate::vm::lua::Context;
use crate::vm::table::Table;
use crate::vm::value::Value;

/// Logical bytes of the text of a float key kept for comparison.
const TEXT_BYTES: usize = 64;
/// Bytes of a key that a path shows.
const SHOWN: usize = 40;
/// Units of the first portion of fuel; each next one is twice as large.
const FIRST_PORTION: u64 = 256;

/// Appends a value as JSON text.
///
/// # Errors
/// When the value has no JSON form; when fuel or memory is refused. What was
/// appended until then is taken back.
pub fn encode<'gc>(
    ctx: Context<'gc>,
    value: Value<'gc>,
    options: &Options,
    out: &mut Vec<u8>,
) -> Result<(), JsonError<'gc>> {
    let start = out.len();
    let mut encoder = Encoder::new(ctx, options, out)?;
    let result = encoder.document(value);
    let result = encoder.finish(result);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// Appends values as one JSON array; nil becomes `null`.
///
/// # Errors
/// As [`encode`].
pub fn encode_values<'gc>(
    ctx: Context<'gc>,
    values: &[Value<'gc>],
    options: &Options,
    out: &mut Vec<u8>,
) -> Result<(), JsonError<'gc>> {
    let start = out.len();
    let mut encoder = Encoder::new(ctx, options, out)?;
    let result = encoder.list(values);
    let result = encoder.finish(result);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// A table being written.
struct Frame<'gc> {
    table: Table<'gc>,
    array: bool,
    /// Where iteration goes on.
    cursor: usize,
    /// The key whose value is being written.
    key: Value<'gc>,
    /// Whether a number key could have the text of a string key.
    mixed: bool,
    /// Whether nothing was written yet.
    first: bool,
}

struct Encoder<'a, 'gc> {
    ctx: Context<'gc>,
    options: &'a Options,
    out: &'a mut Vec<u8>,
    start: usize,
    held: Held<'gc>,
    null: Value<'gc>,
    frames: Vec<Frame<'gc>>,
    /// Position in the list of [`encode_values`], from 1.
    position: Option<usize>,
    /// Fuel owed, and the size of the portion in which it is charged.
    owed: u64,
    portion: u64,
}

impl<'a, 'gc> Encoder<'a, 'gc> {
    fn new(
        ctx: Context<'gc>,
        options: &'a Options,
        out: &'a mut Vec<u8>,
    ) -> Result<Self, JsonError<'gc>> {
        let null = null_value(ctx)?;
        let start = out.len();
        Ok(Encoder {
            ctx,
            options,
            start,
            out,
            held: Held::new(&ctx.state.account),
            null,
            frames: Vec::new(),
            position: None,
            owed: 0,
            portion: FIRST_PORTION,
        })
    }

    // ---- metering ----

    /// Notes work about to be done, and charges it when a portion is full.
    fn work(&mut self, units: u64) -> Result<(), JsonError<'gc>> {
        self.owed = self.owed.saturating_add(units);
        if self.owed >= self.portion { self.settle() } else { Ok(()) }
    }

    /// Charges what is owed.
    fn settle(&mut self) -> Result<(), JsonError<'gc>> {
        let units = std::mem::take(&mut self.owed);
        self.portion = self.portion.saturating_mul(2);
        self.ctx.charge(units).map_err(JsonError::from)
    }

    /// Charges what is left over; a value that cannot be converted costs the work
    /// that found it out.
    fn finish(&mut self, result: Result<(), JsonError<'gc>>) -> Result<(), JsonError<'gc>> {
        match result {
            Err(JsonError::Interrupt(_)) => result,
            _ => self.settle().and(result),
        }
    }

    /// Returns a table's next entry, charging for the slots passed on the way.
    fn next(
        &mut self,
        table: Table<'gc>,
        cursor: usize,
    ) -> Result<Option<(usize, Value<'gc>, Value<'gc>)>, JsonError<'gc>> {
        let (passed, next) = table.next_passing(cursor);
        self.work(items_price(passed))?;
        Ok(next)
    }

    /// Makes room for `more` bytes of text.
    fn room(&mut self, more: usize) -> Result<(), JsonError<'gc>> {
        let need = (self.out.len() - self.start).saturating_add(more);
        if need > self.options.max_bytes {
            let limit = self.options.max_bytes;
            return Err(self.fail(&format!("JSON text is longer than {limit} bytes")));
        }
        let have = self.held.bytes;
        if need > have {
            self.held.add(need.max(have.saturating_mul(2)).max(64) - have)?;
            let extra = self.held.bytes - (self.out.len() - self.start);
            self.out.reserve_exact(extra);
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), JsonError<'gc>> {
        self.room(bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    // ---- errors ----

    /// Makes an error that names the place.
    fn fail(&self, what: &str) -> JsonError<'gc> {
        let mut message = format!("{what} (at $");
        if let Some(position) = self.position {
            message.push_str(&format!("[{position}]"));
        }
        for frame in &self.frames {
            message.push_str(&step(&frame.key));
        }
        message.push(')');
        JsonError::Conversion { message }
    }

    // ---- values ----

    fn list(&mut self, values: &[Value<'gc>]) -> Result<(), JsonError<'gc>> {
        self.put(b"[")?;
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.put(b",")?;
            }
            self.position = Some(at + 1);
            self.document(*value)?;
        }
        self.put(b"]")
    }

    fn document(&mut self, value: Value<'gc>) -> Result<(), JsonError<'gc>> {
        self.value(value)?;
        while let Some(frame) = self.frames.last() {
            let (table, array, mixed) = (frame.table, frame.array, frame.mixed);
            let Some((cursor, key, value)) = self.next(table, frame.cursor)? else {
                self.frames.pop();
                self.put(if array { b"]" } else { b"}" })?;
                continue;
            };
            let mut first = false;
            if let Some(frame) = self.frames.last_mut() {
                frame.cursor = cursor;
                frame.key = key;
                first = std::mem::take(&mut frame.first);
            }
            if !first {
                self.put(b",")?;
            }
            if !array {
                self.key(key, mixed)?;
            }
            self.value(value)?;
        }
        Ok(())
    }

    /// Writes a value; of a table, the beginning.
    fn value(&mut self, value: Value<'gc>) -> Result<(), JsonError<'gc>> {
        self.work(1)?;
        match value {
            Value::Nil => self.put(b"null"),
            Value::Boolean(true) => self.put(b"true"),
            Value::Boolean(false) => self.put(b"false"),
            Value::Integer(i) => self.put(i.to_string().as_bytes()),
            Value::Number(n) => self.float(n),
            Value::String(s) => self.string(s.as_bytes()),
            Value::Table(table) => self.begin(table),
            Value::Closure(_) | Value::Native(_) | Value::Builtin(_) => {
                Err(self.fail("Functions cannot be converted to JSON"))
            }
            Value::Thread(_) => Err(self.fail("Threads cannot be converted to JSON")),
            Value::UserData(_) | Value::Buffer(_) if value.raw_eq(&self.null) => self.put(b"null"),
            Value::UserData(_) | Value::Buffer(_) | Value::Loading(_) => {
                Err(self.fail("UserData cannot be converted to JSON"))
            }
        }
    }

    fn float(&mut self, n: f64) -> Result<(), JsonError<'gc>> {
        let kind = match n {
            _ if n.is_nan() => "NaN",
            f64::INFINITY => "inf",
            f64::NEG_INFINITY => "-inf",
            _ => "",
        };
        if !kind.is_empty() {
            return Err(self.fail(&format!("Invalid number: {kind}")));
        }
        match serde_json::to_string(&n) {
            Ok(digits) => self.put(digits.as_bytes()),
            Err(_) => Err(self.fail("Invalid number")),
        }
    }

    fn string(&mut self, bytes: &[u8]) -> Result<(), JsonError<'gc>> {
        self.work(bytes_price(bytes.len()))?;
        if std::str::from_utf8(bytes).is_err() {
            return Err(self.fail("Invalid UTF-8"));
        }
        self.room(quoted_len(bytes))?;
        write_quoted(bytes, self.out);
        Ok(())
    }

    // ---- tables ----

    fn begin(&mut self, table: Table<'gc>) -> Result<(), JsonError<'gc>> {
        self.work(items_price(self.frames.len()))?;
        if self.frames.iter().any(|frame| frame.table.ptr_eq(table)) {
            return Err(self.fail("cyclic table"));
        }
        if self.frames.len() == MAX_DEPTH {
            return Err(self.fail(&format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let array = match (table.json_mark(), self.next(table, 0)?) {
            (MARK_OBJECT, _) => false,
            (MARK_ARRAY, None) => true,
            (_, None) => !self.options.empty_object,
            (_, Some((_, first, _))) => {
                matches!(first, Value::Integer(1)) && self.is_sequence(table)?
            }
        };
        let mixed = !array && self.check_keys(table)?;
        self.put(if array { b"[" } else { b"{" })?;
        let first = true;
        self.frames.push(Frame { table, array, cursor: 0, key: Value::Nil, mixed, first });
        Ok(())
    }

    /// Tells whether the keys are 1..n. Those of the array part come first and in
    /// order, and hold all of 1..n, so one look at each key in turn decides.
    fn is_sequence(&mut self, table: Table<'gc>) -> Result<bool, JsonError<'gc>> {
        let (mut cursor, mut expected) = (0, 1);
        while let Some((next, key, _)) = self.next(table, cursor)? {
            if !matches!(key, Value::Integer(i) if i == expected) {
                return Ok(false);
            }
            (cursor, expected) = (next, expected + 1);
            if expected % 4 == 0 {
                self.work(1)?;
            }
        }
        Ok(true)
    }

    /// Looks at an object's keys: tells whether there are strings and numbers, and
    /// refuses float keys with one text.
    fn check_keys(&mut self, table: Table<'gc>) -> Result<bool, JsonError<'gc>> {
        let mut texts: Vec<(Vec<u8>, f64)> = Vec::new();
        let mut held = Held::new(&self.ctx.state.account);
        let (mut strings, mut numbers, mut seen) = (false, false, 0_u64);
        let mut cursor = 0;
        while let Some((next, key, _)) = self.next(table, cursor)? {
            cursor = next;
            seen += 1;
            if seen % 4 == 0 {
                self.work(1)?;
            }
            match key {
                Value::String(_) => strings = true,
                Value::Number(n) => {
                    numbers = true;
                    self.work(4)?;
                    held.add(TEXT_BYTES)?;
                    let mut text = Vec::new();
                    format_float(n, &mut text);
                    texts.push((text, n));
                }
                _ => numbers = true,
            }
        }
        texts.sort_unstable_by(|(a, x), (b, y)| a.cmp(b).then(x.total_cmp(y)));
        match texts.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(pair) => Err(self.fail(&format!("duplicate key {}", shown(&pair[1].0)))),
            None => Ok(strings && numbers),
        }
    }

    fn key(&mut self, key: Value<'gc>, mixed: bool) -> Result<(), JsonError<'gc>> {
        self.work(1)?;
        let mut text = Vec::new();
        match key {
            Value::String(s) => {
                self.string(s.as_bytes())?;
                return self.put(b":");
            }
            Value::Integer(i) => text.extend_from_slice(i.to_string().as_bytes()),
            Value::Number(n) => format_float(n, &mut text),
            _ => return Err(self.fail("Only string/number keys are supported")),
        }
        if mixed && let Some(frame) = self.frames.last() {
            let same = frame.table.get_str(self.ctx.string(&text)?);
            if !same.is_nil() {
                return Err(self.fail(&format!("duplicate key {}", shown(&text))));
            }
        }
        self.string(&text)?;
        self.put(b":")
    }
}

/// Returns one step of a path.
fn step(key: &Value<'_>) -> String {
    match key {
        Value::Integer(i) => format!("[{i}]"),
        Value::Number(n) => {
            let mut text = Vec::new();
            format_float(*n, &mut text);
            format!("[{}]", String::from_utf8_lossy(&text))
        }
        Value::String(s) => {
            let bytes = s.as_bytes();
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            let named = bytes.first().is_some_and(|byte| !byte.is_ascii_digit());
            if named && bytes.len() <= SHOWN && bytes.iter().all(plain) {
                format!(".{}", String::from_utf8_lossy(bytes))
            } else {
                format!("[{}]", shown(bytes))
            }
        }
        // The place of a key that is refused: its table.
        _ => String::new(),
    }
}

/// Returns the beginning of a string in quotes, for messages.
pub(super) fn shown(bytes: &[u8]) -> String {
    let cut = bytes.get(..SHOWN).unwrap_or(bytes);
    let mut text = format!("{:?}", String::from_utf8_lossy(cut));
    if cut.len() < bytes.len() {
        text.push('…');
    }
    text
}
