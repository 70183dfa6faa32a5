//! The `json` library, and the conversion between Lua values and JSON that
//! sessions use for arguments and results.
//!
//! Neither direction recurses or calls a metamethod. A conversion is work in pieces
//! ([`Work`](crate::vm::calls::kept::Work)), a step for each: its state is kept in the window of
//! the function that converts, its memory is charged to the account while it lasts, and
//! each piece is paid for before the next one begins.

mod decode;
mod encode;
mod numeral;
pub(crate) mod path;
mod reader;
pub(crate) mod shape;
mod text;

use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::userdata::UserData;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

pub(crate) use decode::Decoder;
pub(crate) use encode::{Encoder, Unfit};

/// The deepest nesting of arrays and objects, in both directions.
pub(crate) const MAX_DEPTH: usize = 128;

/// Mark of a table that is an array even when it is empty.
pub(crate) const MARK_ARRAY: u8 = 1;
/// Mark of a table that is an object whatever its keys.
pub(crate) const MARK_OBJECT: u8 = 2;

/// The functions of `json`.
pub(crate) static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("json.array", array, "json", "1"),
    NativeDef::new(
        "json.decode",
        decode_text,
        "json",
        "3 + values + 3 strings + 8 tables + bytes/12, long numerals by digits",
    ),
    NativeDef::new(
        "json.encode",
        encode_value,
        "json",
        "3 + 2 values + 3 tables + bytes/16 + escapes, numbers as names 4 to 32",
    ),
    NativeDef::new("json.object", object, "json", "1"),
];

/// How values are converted.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Longest text to write or read, in bytes.
    pub max_bytes: u64,
    /// Writes an empty table without a mark as `{}` instead of `[]`.
    pub empty_object: bool,
    /// Reads `null` as the value `json.null` instead of nil.
    pub keep_null: bool,
    /// Cuts the text at about `max_bytes` instead of refusing it: what is left of arrays
    /// and objects is left out, and long strings end in `...`.
    pub cut: bool,
}

crate::parts!(struct Options { max_bytes, empty_object, keep_null, cut });

impl Default for Options {
    fn default() -> Self {
        Options { max_bytes: i32::MAX as u64, empty_object: false, keep_null: false, cut: false }
    }
}

/// Returns the value that stands for `null` where nil would be lost: one userdata
/// per session, kept in the registry.
///
/// # Errors
/// When fuel or memory is refused.
pub(crate) fn null_value<'gc>(ctx: Context<'gc>) -> Result<Value<'gc>, Interrupt<'gc>> {
    let key = ctx.string(NULL)?;
    let known = ctx.state.registry.get_str(ctx.heap(), key);
    if !known.is_nil() {
        return Ok(known);
    }
    let null = Value::UserData(UserData::new(ctx.heap(), 0)?);
    ctx.state.registry.set_str(ctx.heap(), key, null)?;
    Ok(null)
}

/// Makes the session give its scripts `json.null` for a null of the host's, not nil.
///
/// # Errors
/// When memory is refused.
pub(crate) fn keep_nulls(ctx: Context<'_>) -> Result<(), Interrupt<'_>> {
    let key = ctx.string(KEEP_NULLS)?;
    ctx.state.registry.set_str(ctx.heap(), key, Value::Boolean(true))
}

/// Tells whether the session keeps nulls of the host's.
pub(crate) fn keeps_nulls(ctx: Context<'_>) -> bool {
    let known = ctx.state.strings.find(ctx.mc, KEEP_NULLS);
    known.is_ok_and(|key| ctx.state.registry.get_str(ctx.heap(), key).is_truthy())
}

/// Tells whether a value is `json.null`, and makes nothing to find out.
#[cfg(all(unix, feature = "host"))]
pub(crate) fn is_null<'gc>(ctx: Context<'gc>, value: Value<'gc>) -> bool {
    let known = ctx.state.strings.find(ctx.mc, NULL);
    let null = known.map(|key| ctx.state.registry.get_str(ctx.heap(), key));
    matches!((null, value), (Ok(Value::UserData(null)), Value::UserData(it)) if null.ptr_eq(it))
}

/// The key of the registry under which the value is that stands for null.
const NULL: &[u8] = b"json.null";

/// The key of the registry under which that is noted.
const KEEP_NULLS: &[u8] = b"json.keep_nulls";

/// Sets `json.null` in the library table.
///
/// # Errors
/// When fuel or memory is refused.
pub(crate) fn constants<'gc>(ctx: Context<'gc>, table: Table<'gc>) -> Result<(), Interrupt<'gc>> {
    let null = null_value(ctx)?;
    table.set_str(ctx.heap(), ctx.string(b"null")?, null)
}

/// Reads the table of options in argument `arg`; each function knows some.
fn options<'gc>(
    call: &Call<'_, 'gc>,
    arg: usize,
    known: &[&str],
) -> Result<Options, Interrupt<'gc>> {
    let mut options = Options::default();
    if call.arg(arg).is_nil() {
        return Ok(options);
    }
    let table = call.check_table(arg)?;
    table.realize(call.ctx.heap());
    let mut at = 0;
    loop {
        let (passed, found) = table.next_passing(at);
        call.charge_items(passed)?;
        let Some((next, key, value)) = found else { break };
        at = next;
        let name = match key {
            Value::String(name) => known.iter().find(|known| known.as_bytes() == name.as_bytes()),
            _ => None,
        };
        match (name.copied(), value) {
            (Some("empty_object"), value) => options.empty_object = value.is_truthy(),
            (Some("null"), value) => options.keep_null = value.is_truthy(),
            (Some("max_bytes"), Value::Integer(bytes)) => {
                options.max_bytes = options.max_bytes.min(u64::try_from(bytes).unwrap_or(0));
            }
            (Some(name), _) => {
                return Err(call.arg_error(arg, format!("option '{name}' must be an integer")));
            }
            (None, _) => {
                let known = known.join("', '");
                return Err(call.arg_error(arg, format!("unknown option (known are '{known}')")));
            }
        }
    }
    Ok(options)
}

/// Slot of what a conversion keeps, above two arguments.
const KEPT: usize = 2;
/// The first slot of the conversion itself.
const BASE: usize = 3;
/// Step that goes on with a conversion.
const GO_ON: u32 = 1;

/// `json.encode (value [, options])`: the value as JSON text. Options:
/// `empty_object`, `max_bytes`.
fn encode_value<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let first = if call.step == GO_ON {
        None
    } else {
        let value = call.check_any(0)?;
        let options = options(call, 1, &["empty_object", "max_bytes"])?;
        Some(Encoder::new(call, BASE, value, options))
    };
    let made =
        call.work(KEPT, first, |encoder: &mut Encoder, held, call| match encoder.failure() {
            Some(failure) => Err(call.error(&failure.message)),
            None => encoder.take_string(call.ctx, held),
        })?;
    match made {
        Some(text) => call.ret(text),
        None => Ok(Flow::Again { step: GO_ON }),
    }
}

/// `json.decode (text [, options])`: the value of a JSON text. Options: `null`,
/// `max_bytes`.
fn decode_text<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let first = if call.step == GO_ON {
        None
    } else {
        let text = call.check_string(0)?;
        let options = options(call, 1, &["null", "max_bytes"])?;
        Some(Decoder::new(call, BASE, text, &options))
    };
    let made = call.work(KEPT, first, |decoder: &mut Decoder, _, call| {
        decoder.result(call).map_err(|message| call.error(message))
    })?;
    match made {
        Some(value) => call.ret(value),
        None => Ok(Flow::Again { step: GO_ON }),
    }
}

/// `json.array ([t])`: marks a table (a new one by default) as an array.
fn array<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    mark(call, MARK_ARRAY)
}

/// `json.object ([t])`: marks a table (a new one by default) as an object.
fn object<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    mark(call, MARK_OBJECT)
}

fn mark<'gc>(call: &mut Call<'_, 'gc>, mark: u8) -> Step<'gc> {
    let table = if call.arg(0).is_nil() { call.table(0, 0)? } else { call.check_table(0)? };
    table.set_json_mark(call.ctx.heap(), mark)?;
    call.ret(table)
}

#[cfg(test)]
mod tests;
