//! A host's values to Lua values: work in pieces. From the base on, the slots of the window
//! are the results that are made and, above them, the tables being filled.

use crate::base::arithmetic::canonical;
use crate::session::values::convert::string_bytes;
use crate::session::values::host_value::{HostKey, HostValue, MAX_DEPTH, TOO_DEEP};
use crate::stdlib::json::{MARK_ARRAY, MARK_OBJECT, keeps_nulls, null_value};
use crate::vm::calls::call::Call;
use crate::vm::calls::kept::Work;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::string::Str;
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::image::fault::Fault;
use crate::vm::image::parts::{Part, Parts, Put, get_list, put_list};
use crate::vm::image::wire::Writer;
use crate::vm::meters::account::Held;
use crate::vm::state::context::Context;
use std::vec::IntoIter;

/// Units for a value, for a string, and for a table.
const VALUE: u64 = 3;
const STRING: u64 = 4;
const TABLE: u64 = 8;

/// What stands where there is no key: in arrays, and around the reply.
const NO_KEY: HostKey = HostKey::Boolean(false);

/// What the values of a table come from.
enum Source {
    Items(IntoIter<HostValue>, i64),
    Fields(IntoIter<(HostKey, HostValue)>),
}

/// Makes the values of a reply.
pub(in crate::session) struct FromHost {
    base: usize,
    values: IntoIter<HostValue>,
    sources: Vec<Source>,
    /// The next value, with its key in an object.
    current: Option<(HostKey, HostValue)>,
    ended: bool,
    owed: u64,
    /// Places of the handles that were made for the call.
    made: Vec<u32>,
}

impl FromHost {
    /// Begins with a reply; its slots begin at `base`, which must be the top.
    pub(in crate::session) fn new(base: usize, values: Vec<HostValue>) -> FromHost {
        let values = values.into_iter();
        let (sources, made) = (Vec::new(), Vec::new());
        FromHost { base, values, sources, current: None, ended: false, owed: 0, made }
    }

    /// Keeps the places of handles until the values, which may hold some, are made.
    pub(in crate::session) fn keeping(mut self, made: Vec<u32>) -> FromHost {
        self.made = made;
        self
    }

    /// Returns what [`FromHost::keeping`] kept.
    pub(in crate::session) fn take_made(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.made)
    }

    /// Returns how many results lie in the window.
    pub(in crate::session) fn results(&self, call: &Call<'_, '_>) -> usize {
        call.top().saturating_sub(self.base)
    }

    /// Takes the next value of the innermost table, or of the reply.
    fn fetch(&mut self, call: &mut Call<'_, '_>) {
        let (next, depth) = match self.sources.last_mut() {
            None => (self.values.next().map(|value| (NO_KEY, value)), 0),
            Some(Source::Items(items, _)) => {
                (items.next().map(|value| (NO_KEY, value)), self.sources.len())
            }
            Some(Source::Fields(fields)) => (fields.next(), self.sources.len()),
        };
        self.current = next;
        if self.current.is_some() {
            return;
        }
        if self.sources.pop().is_none() {
            self.ended = true;
        } else if depth > 1 {
            // The outermost table stays: it is a result.
            call.set_top(call.above(1));
        }
    }

    /// Makes the current value and puts it where it belongs.
    fn make<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        call.ensure(2)?;
        let ctx = call.ctx;
        let depth = self.sources.len();
        let Some((key, current)) = &mut self.current else { return Ok(()) };
        self.owed += VALUE;
        let parent = match call.arg(call.top().saturating_sub(1)) {
            Value::Table(table) if depth > 0 => Some(table),
            _ => None,
        };
        let key = match self.sources.last() {
            Some(Source::Items(_, index)) => Value::Integer(*index),
            Some(Source::Fields(_)) => make_key(ctx, key, &mut self.owed)?,
            None => Value::Nil,
        };
        if let (Some(table), Some(Source::Fields(_))) = (parent, self.sources.last())
            && !matches!(key, Value::String(_))
            && !is_nothing(ctx, current)
        {
            // The table has room for strings. For other keys it may have to be rearranged:
            // so the key gets its place before its value, which is not made twice.
            table.raw_set(ctx.heap(), key, Value::Boolean(true))?;
        }
        let mut source = None;
        let value = match current {
            HostValue::Null => null(ctx)?,
            HostValue::Nil | HostValue::Opaque(_) => Value::Nil,
            HostValue::Function(function) => function.value(call)?,
            HostValue::UserData(object) => object.value(call)?,
            HostValue::Boolean(b) => Value::Boolean(*b),
            HostValue::Integer(i) => Value::Integer(*i),
            HostValue::Number(n) => Value::Number(canonical(*n)),
            HostValue::String(bytes) => {
                self.owed += STRING + (bytes.len() / 64) as u64;
                Value::String(adopt(ctx, bytes, held)?)
            }
            HostValue::Array(_) | HostValue::Object(_) if depth >= MAX_DEPTH => {
                return Err(call.error(TOO_DEEP));
            }
            HostValue::Array(items) => {
                self.owed += TABLE + (items.len() / 32) as u64;
                let table = Table::new(ctx.heap(), items.len(), 0)?;
                table.set_json_mark(ctx.heap(), MARK_ARRAY)?;
                source = Some(Source::Items(std::mem::take(items).into_iter(), 1));
                Value::Table(table)
            }
            HostValue::Object(fields) => {
                self.owed += TABLE + (fields.len() / 8) as u64;
                let table = Table::new(ctx.heap(), 0, fields.len())?;
                table.set_json_mark(ctx.heap(), MARK_OBJECT)?;
                source = Some(Source::Fields(std::mem::take(fields).into_iter()));
                Value::Table(table)
            }
        };
        // The table has room for it: nothing is refused from here on.
        if let (Some(table), false) = (parent, value.is_nil()) {
            match (self.sources.last(), key) {
                (Some(Source::Items(..)), Value::Integer(index)) => {
                    add_item(ctx, table, index, value)?;
                }
                _ => table.raw_set(ctx.heap(), key, value)?,
            }
        }
        if let Some(Source::Items(_, index)) = self.sources.last_mut() {
            *index += 1;
        }
        if source.is_some() || depth == 0 {
            call.push(value);
        }
        self.sources.extend(source);
        self.current = None;
        Ok(())
    }
}

/// Makes the key of an object, at a price.
fn make_key<'gc>(
    ctx: Context<'gc>,
    key: &HostKey,
    owed: &mut u64,
) -> Result<Value<'gc>, Interrupt<'gc>> {
    Ok(match key {
        HostKey::String(bytes) => {
            *owed += STRING + (bytes.len() / 16) as u64;
            Value::String(ctx.string(bytes)?)
        }
        HostKey::Boolean(b) => Value::Boolean(*b),
        HostKey::Integer(i) => Value::Integer(*i),
        HostKey::Number(n) => Value::Number(canonical(*n)),
    })
}

/// The call that handles were made for has ended: those that the host did not keep go.
pub(in crate::session) fn let_go(ctx: Context<'_>, made: &[u32]) {
    for place in made {
        ctx.let_go(*place);
    }
}

/// Returns what a script is given for null: nil, unless its session keeps null.
pub(in crate::session) fn null<'gc>(ctx: Context<'gc>) -> Result<Value<'gc>, Interrupt<'gc>> {
    if keeps_nulls(ctx) { null_value(ctx) } else { Ok(Value::Nil) }
}

/// Tells whether a script is given nil for a value.
fn is_nothing(ctx: Context<'_>, value: &HostValue) -> bool {
    match value {
        HostValue::Nil | HostValue::Opaque(_) => true,
        HostValue::Null => !keeps_nulls(ctx),
        _ => false,
    }
}

/// Adds an item that has room, behind holes if some before it are nil. Where there are
/// holes, an assignment could break the array up: a list does not.
fn add_item<'gc>(ctx: Context<'gc>, table: Table<'gc>, index: i64, value: Value<'gc>) -> Done<'gc> {
    if index == table.array_len() as i64 + 1 && !table.has_holes() {
        table.set_int(ctx.heap(), index, value)
    } else {
        table.set_list(ctx.heap(), index, &[value])
    }
}

/// Makes a host's string a Lua string, without a copy if it is long. Its bytes are charged
/// once: no longer as the reply's.
fn adopt<'gc>(
    ctx: Context<'gc>,
    bytes: &mut Vec<u8>,
    held: &mut Held<'gc>,
) -> Result<Str<'gc>, Interrupt<'gc>> {
    let mut charged = string_bytes(bytes.len());
    // Room that the vector has beyond its bytes goes with it.
    let string = ctx.heap().string_from_held(bytes, &mut charged, held);
    if string.is_ok() {
        *bytes = Vec::new();
    }
    string
}

type Done<'gc> = Result<(), Interrupt<'gc>>;

impl Work for FromHost {
    fn advance<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        if self.current.is_none() {
            self.fetch(call);
        }
        let done = if self.current.is_some() { self.make(call, held) } else { Ok(()) };
        if let Err(Interrupt::Error(_)) = done {
            self.give_up(call.ctx);
        }
        done
    }

    /// Nothing more is made of it: handles in it are for nobody.
    fn give_up(&mut self, ctx: Context<'_>) -> bool {
        self.values = Vec::new().into_iter();
        self.sources.clear();
        self.current = None;
        let_go(ctx, &self.take_made());
        true
    }

    fn owed(&mut self) -> &mut u64 {
        &mut self.owed
    }

    fn has_ended(&self) -> bool {
        self.ended
    }
}

impl Part for Source {
    fn put(&self, to: &mut Writer) -> Put {
        match self {
            Source::Items(items, index) => {
                to.byte(0);
                put_list(items.as_slice(), to)?;
                index.put(to)
            }
            Source::Fields(fields) => {
                to.byte(1);
                put_list(fields.as_slice(), to)
            }
        }
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok(match from.from.byte()? {
            0 => {
                let items: Vec<HostValue> = Part::get(from)?;
                let index = i64::get(from)?;
                if !(1..=1 << 40).contains(&index) {
                    return Err(Fault::NUMBER);
                }
                Source::Items(items.into_iter(), index)
            }
            1 => {
                let fields: Vec<(HostKey, HostValue)> = Part::get(from)?;
                Source::Fields(fields.into_iter())
            }
            _ => return Err(Fault::NUMBER),
        })
    }
}

impl Part for FromHost {
    fn put(&self, to: &mut Writer) -> Put {
        self.base.put(to)?;
        put_list(self.values.as_slice(), to)?;
        put_list(&self.sources, to)?;
        self.current.put(to)?;
        self.ended.put(to)?;
        self.owed.put(to)?;
        self.made.put(to)
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        let base = Part::get(from)?;
        let values: Vec<HostValue> = Part::get(from)?;
        let (values, sources) = (values.into_iter(), get_list(from)?);
        let (current, ended) = (Part::get(from)?, Part::get(from)?);
        let (owed, made) = (Part::get(from)?, Part::get(from)?);
        Ok(FromHost { base, values, sources, current, ended, owed, made })
    }
}
