//! JSON text to Lua values (the table is in the manual's chapter on `json`).
//!
//! The text is read twice: the first pass checks it and counts, so that fuel is
//! charged and every table gets its size before the second one makes anything.

use super::reader::{Event, Malformed, Raw, Reader, position};
use super::text::unescape;
use super::{Held, JsonError, MARK_ARRAY, MARK_OBJECT, Options, null_value};
use crate::vm::fuel::bytes_price;
use crate::vm::lua::Context;
use crate::vm::native::Interrupt;
use crate::vm::string::Str;
use crate::vm::table::Table;
use crate::vm::value::Value;

/// Logical bytes of one [`Size`].
const SIZE_BYTES: usize = 8;
/// Logical bytes of one remembered name.
const NAME_BYTES: usize = 24;
/// Units for a member whose value is nil: its name must be looked for among the others.
const NULL_MEMBER: u64 = 4;

/// What a table of the result will hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Items from 1 on without a hole.
    array: u32,
    /// Everything else.
    hash: u32,
}

/// What the first pass counts.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The sizes of arrays and objects in the order they begin.
    sizes: Vec<Size>,
    /// Values and names.
    nodes: u64,
    /// Members that will be nil.
    null_members: usize,
    /// Length of the longest string with escapes.
    longest: usize,
}

/// Checks a text, which must be UTF-8, and counts what it holds.
pub(super) fn plan(text: &[u8], keep_null: bool, sizes: Vec<Size>) -> Result<Plan, Malformed> {
    let mut plan = Plan { sizes, ..Plan::default() };
    let mut reader = Reader::new(text);
    // Open arrays and objects: index of the size, whether a hole was seen, whether an object.
    let mut open: Vec<(usize, bool, bool)> = Vec::new();
    loop {
        let event = reader.next()?;
        match event {
            Event::Finish => return Ok(plan),
            Event::End => {
                open.pop();
                continue;
            }
            Event::Key(raw, _) => {
                plan.nodes += 1;
                plan.longest = plan.longest.max(if raw.escaped { raw.bytes.len() } else { 0 });
                continue;
            }
            Event::String(raw) if raw.escaped => plan.longest = plan.longest.max(raw.bytes.len()),
            _ => {}
        }
        plan.nodes += 1;
        let nil = event == Event::Null && !keep_null;
        if let Some((index, hole, object)) = open.last_mut() {
            let size = &mut plan.sizes[*index];
            match (nil, *object) {
                (true, true) => plan.null_members += 1,
                (true, false) => *hole = true,
                (false, false) if !*hole => size.array = size.array.saturating_add(1),
                (false, _) => size.hash = size.hash.saturating_add(1),
            }
        }
        if matches!(event, Event::BeginArray | Event::BeginObject) {
            open.push((plan.sizes.len(), false, event == Event::BeginObject));
            plan.sizes.push(Size::default());
        }
    }
}

/// Converts a JSON text to a value.
///
/// # Errors
/// When the text is not JSON, has two members of one name, is nested too deeply or
/// is too long; when fuel or memory is refused.
pub fn decode<'gc>(
    ctx: Context<'gc>,
    text: &[u8],
    options: &Options,
) -> Result<Value<'gc>, JsonError<'gc>> {
    if text.len() > options.max_bytes {
        let message = format!("JSON text is longer than {} bytes", options.max_bytes);
        return Err(JsonError::Conversion { message });
    }
    charge(ctx, bytes_price(text.len()).saturating_mul(2))?;
    if let Err(error) = std::str::from_utf8(text) {
        let message = position("Invalid UTF-8", error.valid_up_to(), text);
        return Err(JsonError::Conversion { message });
    }
    let mut held = Held::new(&ctx.state.account);
    let containers = text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    held.add(containers.saturating_mul(SIZE_BYTES))?;
    let plan = plan(text, options.keep_null, Vec::with_capacity(containers))
        .map_err(|error| JsonError::Conversion { message: error.describe(text) })?;
    charge(ctx, plan.nodes.saturating_add(plan.null_members as u64 * NULL_MEMBER))?;
    held.add(plan.longest.saturating_add(plan.null_members.saturating_mul(NAME_BYTES)))?;
    let builder = Builder {
        ctx,
        null: if options.keep_null { null_value(ctx)? } else { Value::Nil },
        text,
        plan: &plan,
        open: Vec::new(),
        nulls: Vec::with_capacity(plan.null_members),
        scratch: Vec::with_capacity(plan.longest),
    };
    builder.run()
}

fn charge<'gc>(ctx: Context<'gc>, units: u64) -> Result<(), Interrupt<'gc>> {
    ctx.charge(units)
}

/// An array or object being filled.
enum Open<'gc> {
    /// An array and the index of its next item.
    Array(Table<'gc>, i64),
    /// An object, the name of the member to come, and where its nil members begin.
    Object(Table<'gc>, Option<Str<'gc>>, usize),
}

/// The second pass.
struct Builder<'a, 'gc> {
    ctx: Context<'gc>,
    null: Value<'gc>,
    text: &'a [u8],
    plan: &'a Plan,
    open: Vec<Open<'gc>>,
    /// Names of nil members, with their offsets, of all open objects.
    nulls: Vec<(Str<'gc>, usize)>,
    scratch: Vec<u8>,
}

impl<'gc> Builder<'_, 'gc> {
    fn run(mut self) -> Result<Value<'gc>, JsonError<'gc>> {
        let mut reader = Reader::new(self.text);
        let mut result = Value::Nil;
        let mut name_at = 0;
        let mut tables = 0;
        loop {
            let event = reader
                .next()
                .map_err(|error| JsonError::Conversion { message: error.describe(self.text) })?;
            let value = match event {
                Event::Finish => return Ok(result),
                Event::End => {
                    self.close()?;
                    continue;
                }
                Event::Key(raw, at) => {
                    name_at = at;
                    self.name(raw, at)?;
                    continue;
                }
                Event::Null => self.null,
                Event::Boolean(b) => Value::Boolean(b),
                Event::Integer(i) => Value::Integer(i),
                Event::Float(n) => Value::Number(n),
                Event::String(raw) => Value::String(self.string(raw)?),
                Event::BeginArray | Event::BeginObject => {
                    let size = self.plan.sizes.get(tables).copied().unwrap_or_default();
                    tables += 1;
                    let table = Table::new(self.ctx, size.array as usize, size.hash as usize)?;
                    self.add(Value::Table(table), name_at, &mut result)?;
                    if event == Event::BeginArray {
                        table.set_json_mark(MARK_ARRAY);
                        self.open.push(Open::Array(table, 1));
                    } else {
                        table.set_json_mark(MARK_OBJECT);
                        self.open.push(Open::Object(table, None, self.nulls.len()));
                    }
                    continue;
                }
            };
            self.add(value, name_at, &mut result)?;
        }
    }

    fn string(&mut self, raw: Raw<'_>) -> Result<Str<'gc>, Interrupt<'gc>> {
        if !raw.escaped {
            return self.ctx.string(raw.bytes);
        }
        self.scratch.clear();
        unescape(raw.bytes, &mut self.scratch);
        self.ctx.string(&self.scratch)
    }

    /// Takes the name of the next member.
    fn name(&mut self, raw: Raw<'_>, at: usize) -> Result<(), JsonError<'gc>> {
        let name = self.string(raw)?;
        if let Some(Open::Object(table, slot, _)) = self.open.last_mut() {
            if !table.get_str(name).is_nil() {
                return Err(duplicate(name, at, self.text));
            }
            *slot = Some(name);
        }
        Ok(())
    }

    /// Puts a value where it belongs.
    fn add(
        &mut self,
        value: Value<'gc>,
        name_at: usize,
        result: &mut Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        match self.open.last_mut() {
            None => *result = value,
            Some(Open::Array(table, next)) => {
                if !value.is_nil() {
                    table.set_int(self.ctx, *next, value)?;
                }
                *next += 1;
            }
            Some(Open::Object(table, name, _)) => {
                if let Some(name) = name.take() {
                    if value.is_nil() {
                        self.nulls.push((name, name_at));
                    } else {
                        table.set_str(self.ctx, name, value)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Ends the innermost array or object: the names of its nil members, which are not
    /// in the table, must differ from the others and from each other.
    fn close(&mut self) -> Result<(), JsonError<'gc>> {
        let Some(Open::Object(table, _, first)) = self.open.pop() else { return Ok(()) };
        let Some(names) = self.nulls.get_mut(first..) else { return Ok(()) };
        names.sort_unstable_by(|(a, at), (b, bt)| (a.as_bytes(), at).cmp(&(b.as_bytes(), bt)));
        for pair in names.windows(2) {
            if pair[0].0 == pair[1].0 {
                return Err(duplicate(pair[1].0, pair[1].1, self.text));
            }
        }
        for (name, at) in names.iter() {
            if !table.get_str(*name).is_nil() {
                return Err(duplicate(*name, *at, self.text));
            }
        }
        self.nulls.truncate(first);
        Ok(())
    }
}

fn duplicate<'gc>(name: Str<'gc>, at: usize, text: &[u8]) -> JsonError<'gc> {
    let shown = super::encode::shown(name.as_bytes());
    JsonError::Conversion { message: position(&format!("duplicate name {shown}"), at, text) }
}
