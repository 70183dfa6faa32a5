//! The `json` library, and the conversion between Lua values and JSON that
//! sessions use for arguments and results.
//!
//! Neither direction recurses or calls a metamethod. A conversion is one step of
//! its native function: nothing of it is visible before its end, its working
//! memory is charged to the account while it lasts, and its fuel is charged in
//! portions that double, so running it again after a stop costs at most a
//! constant factor. It is bounded by the memory limit and [`Options::max_bytes`].

mod decode;
mod encode;
mod reader;
mod text;

use crate::vm::account::Account;
use crate::vm::call::Call;
use crate::vm::lua::Context;
use crate::vm::native::{Interrupt, NativeDef, Step};
use crate::vm::table::Table;
use crate::vm::userdata::UserData;
use crate::vm::value::Value;

pub use decode::decode;
pub use encode::{encode, encode_values};

/// The deepest nesting of arrays and objects, in both directions.
pub const MAX_DEPTH: usize = 128;

/// Mark of a table that is an array even when it is empty.
pub const MARK_ARRAY: u8 = 1;
/// Mark of a table that is an object whatever its keys.
pub const MARK_OBJECT: u8 = 2;

/// The functions of `json`.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef { name: "json.array", call: array, section: "json", fuel: "1" },
    NativeDef {
        name: "json.decode",
        call: decode_text,
        section: "json",
        fuel: "1 + values + bytes/32",
    },
    NativeDef {
        name: "json.encode",
        call: encode_value,
        section: "json",
        fuel: "1 + values + bytes/64",
    },
    NativeDef { name: "json.object", call: object, section: "json", fuel: "1" },
];

/// How values are converted.
#[derive(Clone, Debug)]
pub struct Options {
    /// Longest text to write or read, in bytes.
    pub max_bytes: usize,
    /// Writes an empty table without a mark as `{}` instead of `[]`.
    pub empty_object: bool,
    /// Reads `null` as the value `json.null` instead of nil.
    pub keep_null: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { max_bytes: i32::MAX as usize, empty_object: false, keep_null: false }
    }
}

/// Why a conversion failed.
#[derive(Clone, Debug)]
pub enum JsonError<'gc> {
    /// The value or the text has no counterpart; the message says where.
    Conversion {
        /// What is wrong, with the path or the line and column.
        message: String,
    },
    /// Fuel or memory was refused: nothing has happened.
    Interrupt(Interrupt<'gc>),
}

impl<'gc> From<Interrupt<'gc>> for JsonError<'gc> {
    fn from(interrupt: Interrupt<'gc>) -> Self {
        JsonError::Interrupt(interrupt)
    }
}

/// Working memory, charged to the account until it is dropped.
struct Held<'a> {
    account: &'a Account,
    bytes: usize,
}

impl<'a> Held<'a> {
    fn new(account: &'a Account) -> Held<'a> {
        Held { account, bytes: 0 }
    }

    /// Charges `bytes` more.
    fn add<'gc>(&mut self, bytes: usize) -> Result<(), Interrupt<'gc>> {
        self.account.reserve(bytes)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.account.release(self.bytes);
    }
}

/// Returns the value that stands for `null` where nil would be lost: one userdata
/// per session, kept in the registry.
///
/// # Errors
/// When fuel or memory is refused.
pub fn null_value<'gc>(ctx: Context<'gc>) -> Result<Value<'gc>, Interrupt<'gc>> {
    let key = ctx.string(b"json.null")?;
    let known = ctx.state.registry.get_str(key);
    if !known.is_nil() {
        return Ok(known);
    }
    let null = Value::UserData(UserData::new(ctx, 0)?);
    ctx.state.registry.set_str(ctx, key, null)?;
    Ok(null)
}

/// Sets `json.null` in the library table.
///
/// # Errors
/// When fuel or memory is refused.
pub fn constants<'gc>(ctx: Context<'gc>, table: Table<'gc>) -> Result<(), Interrupt<'gc>> {
    let null = null_value(ctx)?;
    table.set_str(ctx, ctx.string(b"null")?, null)
}

/// Turns a conversion's failure into the function's.
fn raise<'gc>(call: &Call<'_, 'gc>, error: JsonError<'gc>) -> Interrupt<'gc> {
    match error {
        JsonError::Conversion { message } => call.error(message),
        JsonError::Interrupt(interrupt) => interrupt,
    }
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
    let mut at = 0;
    while let Some((next, key, value)) = table.next_index(at) {
        at = next;
        let name = match key {
            Value::String(name) => known.iter().find(|known| known.as_bytes() == name.as_bytes()),
            _ => None,
        };
        match (name.copied(), value) {
            (Some("empty_object"), value) => options.empty_object = value.is_truthy(),
            (Some("null"), value) => options.keep_null = value.is_truthy(),
            (Some("max_bytes"), Value::Integer(bytes)) => {
                options.max_bytes = options.max_bytes.min(usize::try_from(bytes).unwrap_or(0));
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

/// `json.encode (value [, options])`: the value as JSON text. Options:
/// `empty_object`, `max_bytes`.
fn encode_value<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let value = call.check_any(0)?;
    let options = options(call, 1, &["empty_object", "max_bytes"])?;
    let mut out = Vec::new();
    encode(call.ctx, value, &options, &mut out).map_err(|error| raise(call, error))?;
    let string = call.ctx.string_from_vec(out)?;
    call.ret(string)
}

/// `json.decode (text [, options])`: the value of a JSON text. Options: `null`,
/// `max_bytes`.
fn decode_text<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let text = call.check_string(0)?;
    let options = options(call, 1, &["null", "max_bytes"])?;
    let value = decode(call.ctx, text.as_bytes(), &options).map_err(|error| raise(call, error))?;
    call.ret(value)
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
    table.set_json_mark(mark);
    call.ret(table)
}

#[cfg(test)]
mod tests;
