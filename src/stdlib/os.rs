//! The operating system library (manual §6.9).
//!
//! In a sandbox the clock starts at an input of the run and goes on with its fuel, the
//! time zone is UTC and the environment empty. Trusted code has the clock, the zone and
//! the rest of its [`World`](crate::vm::state::world::World). The locale is "C", always.

mod civil;
mod format;
mod local;
mod system;

use crate::base::arithmetic::float_to_integer;
use crate::base::c_string::c_string;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use crate::vm::state::world::Zone;

pub(crate) use civil::{Civil, FieldValue};
pub(crate) use format::{conversion, write_conversion};
pub(crate) use system::{FULL_FUNCTIONS, WRITABLE_FUNCTIONS};

/// The functions of `os` in every profile.
pub(crate) static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("os.clock", clock, "6.9", "1"),
    NativeDef::new("os.date", date, "6.9", "1 + 6 × format bytes; *t: 33"),
    NativeDef::new("os.difftime", difftime, "6.9", "1"),
    NativeDef::new("os.time", time, "6.9", "1; of a table 33, or 161 with isdst"),
];

const NO_DATE: &str = "date result cannot be represented in this installation";
const NO_TIME: &str = "time result cannot be represented in this installation";

/// `os.clock ()`: processor time, or seconds of the virtual clock the run has used.
fn clock<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let seconds = call.ctx.world().and_then(|mut world| world.processor_time());
    let seconds = seconds.unwrap_or_else(|| call.ctx.virtual_seconds().1);
    call.ret(seconds)
}

/// Returns the time in seconds since 1970.
fn now(ctx: Context<'_>) -> i64 {
    let now = ctx.world().and_then(|mut world| world.now());
    now.unwrap_or_else(|| ctx.virtual_seconds().0)
}

/// `os.difftime (t2, t1)`
fn difftime<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let t2 = call.check_integer(0)?;
    let t1 = call.check_integer(1)?;
    call.ret((i128::from(t2) - i128::from(t1)) as f64)
}

/// A field of the table `os.time` reads.
struct Field {
    name: &'static str,
    /// The value of an absent field; none: it must be there.
    default: Option<i64>,
    /// What C's `struct tm` counts from.
    base: i64,
}

const FIELDS: [Field; 6] = [
    Field { name: "year", default: None, base: 1900 },
    Field { name: "month", default: None, base: 1 },
    Field { name: "day", default: None, base: 0 },
    Field { name: "hour", default: Some(12), base: 0 },
    Field { name: "min", default: Some(0), base: 0 },
    Field { name: "sec", default: Some(0), base: 0 },
];

/// What is read after the fields: whether summer time is meant.
const ISDST: usize = FIELDS.len();
/// Steps of `os.time`: `READ + n` goes on with field n's value on top of the window,
/// `WRITE + n` writes field n and those after it.
const READ: u32 = 1;
const WRITE: u32 = READ + ISDST as u32 + 2;
/// Price of finding the moment of a local time: the zone is asked a few times.
const MOMENT: u64 = 32;
/// The same where the date says whether it is in summer time, which may be far away.
const SUMMER: u64 = 160;
/// Price of the table of a date.
const TABLE: u64 = 32;
/// Units for each byte of a format: nearly every other one may write a dozen.
const FORMAT_BYTE: u64 = 6;

/// `os.time ([table])`
fn time<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    // The window: the table, then the fields read so far.
    if call.step == 0 {
        if call.arg(0).is_nil() {
            let now = now(call.ctx);
            return call.ret(now);
        }
        call.check_table(0)?;
        call.set_top(1);
        return Ok(Flow::Again { step: READ });
    }
    if call.step < WRITE {
        return read_field(call, (call.step - READ) as usize);
    }
    let (seconds, civil, dst) = normalised(call)?;
    let first = (call.step - WRITE) as usize;
    let table = call.arg(0);
    for (at, (name, value)) in civil.fields(dst).into_iter().enumerate().skip(first) {
        let key = Value::String(call.ctx.string(name.as_bytes())?);
        crate::now!(call.set_index(table, key, field_value(value), WRITE + at as u32 + 1));
    }
    call.ret(seconds)
}

/// Makes the value of a date's field.
fn field_value<'gc>(field: FieldValue) -> Value<'gc> {
    match field {
        FieldValue::Integer(i) => Value::Integer(i),
        FieldValue::Boolean(b) => Value::Boolean(b),
    }
}

/// Reads field `at` into slot `1 + at`.
fn read_field<'gc>(call: &mut Call<'_, 'gc>, at: usize) -> Step<'gc> {
    if at > ISDST {
        normalised(call)?;
        return Ok(Flow::Again { step: WRITE });
    }
    let step = READ + at as u32;
    let field = FIELDS.get(at);
    if call.top() == 1 + at {
        let name = field.map_or("isdst", |field| field.name);
        let key = Value::String(call.ctx.string(name.as_bytes())?);
        let value = crate::now!(call.index(call.arg(0), key, step));
        call.push(value);
    }
    // What a metamethod delivered lies in the same place.
    let value = call.arg(1 + at);
    let value = match field {
        Some(field) => Value::Integer(checked_field(call, field, value)?),
        None if value.is_nil() => value,
        None => Value::Boolean(value.is_truthy()),
    };
    call.set(1 + at, value);
    Ok(Flow::Again { step: step + 1 })
}

/// Turns a field's value into that of C's `struct tm`, which must fit an `int`.
fn checked_field<'gc>(
    call: &Call<'_, 'gc>,
    field: &Field,
    value: Value<'gc>,
) -> Result<i64, Interrupt<'gc>> {
    use crate::base::number::Number;
    let integer = match call.ctx.to_number(&value)? {
        Some(Number::Integer(i)) => Some(i),
        Some(Number::Float(n)) => float_to_integer(n),
        None => None,
    };
    let name = field.name;
    match integer {
        Some(i) => match i.checked_sub(field.base).and_then(|i| i32::try_from(i).ok()) {
            Some(i) => Ok(i64::from(i)),
            None => Err(call.error(format!("field '{name}' is out-of-bound"))),
        },
        None if !value.is_nil() => Err(call.error(format!("field '{name}' is not an integer"))),
        None => match field.default {
            Some(default) => Ok(default),
            None => Err(call.error(format!("field '{name}' missing in date table"))),
        },
    }
}

/// Computes the time the fields in slots 1 to 7 stand for, its date, and whether that
/// is in summer time.
fn normalised<'gc>(call: &Call<'_, 'gc>) -> Result<(i64, Civil, bool), Interrupt<'gc>> {
    let known = matches!(call.arg(1 + ISDST), Value::Boolean(_));
    call.charge(if known { SUMMER } else { MOMENT })?;
    // Those of a table are no larger (`field`), and so nothing overflows.
    const MOST: i64 = 1 << 33;
    let [year, month, day, hour, min, sec] =
        std::array::from_fn(|at| call.int(1 + at).clamp(-MOST, MOST));
    let dst = match call.arg(1 + ISDST) {
        Value::Boolean(dst) => Some(dst),
        _ => None,
    };
    let local = civil::seconds(year + 1900, month, day, hour, min, sec);
    let seconds = local::moment(&mut |at| local::zone_at(call.ctx, at), local, dst);
    let zone = local::zone_at(call.ctx, seconds);
    // -1 is how C's `mktime` reports failure, so PUC takes the second before the epoch for one.
    match local::civil_in(&zone, seconds) {
        Some(civil) if seconds != -1 => Ok((seconds, civil, zone.dst)),
        _ => Err(call.error(NO_TIME)),
    }
}

/// Bytes of the format worked on in one step.
const CHUNK: usize = 512;

/// `os.date ([format [, time]])`
fn date<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    // Beyond step 0: the format, the time, the offset in the format, the buffer, its length.
    if call.step == 0 {
        return date_start(call);
    }
    let format = call.check_string(0)?.as_bytes();
    let utc = format.first() == Some(&b'!');
    let (zone, civil) = date_at(call, call.int(1), utc)?;
    let buffer = call.get_buffer(3)?;
    let kept = call.size(4);
    buffer.with_mut(|bytes| bytes.truncate(kept));
    let mut at = call.size(2).min(format.len());
    let stop = format.len().min(at + CHUNK);
    call.charge((stop - at) as u64 * FORMAT_BYTE)?;
    let mut piece = Vec::with_capacity(64);
    while at < stop {
        piece.clear();
        if format[at] != b'%' {
            let plain = &format[at..stop];
            let len = plain.iter().position(|byte| *byte == b'%').unwrap_or(plain.len());
            buffer.push(call.ctx.heap(), &plain[..len])?;
            at += len;
            continue;
        }
        let rest = &format[at + 1..];
        let Some(len) = conversion(rest) else {
            return Err(bad_conversion(call, rest));
        };
        write_conversion(&rest[..len], &civil, &zone, &mut piece);
        buffer.push(call.ctx.heap(), &piece)?;
        at += 1 + len;
    }
    if at < format.len() {
        call.set(2, Value::Integer(at as i64));
        call.set(4, Value::Integer(buffer.len() as i64));
        return Ok(Flow::Again { step: 1 });
    }
    let result = buffer.with(|bytes| call.string(bytes))?;
    call.ret(result)
}

/// Takes a moment apart, in UTC or in local time.
fn date_at<'gc>(
    call: &Call<'_, 'gc>,
    seconds: i64,
    utc: bool,
) -> Result<(Zone, Civil), Interrupt<'gc>> {
    let zone = if utc { local::greenwich() } else { local::zone_at(call.ctx, seconds) };
    match local::civil_in(&zone, seconds) {
        Some(civil) => Ok((zone, civil)),
        None => Err(call.error(NO_DATE)),
    }
}

fn date_start<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let format = match call.opt_string(0)? {
        Some(format) => format,
        None => call.ctx.string(b"%c")?,
    };
    let seconds = if call.arg(1).is_nil() { now(call.ctx) } else { call.check_integer(1)? };
    let bytes = format.as_bytes();
    let (zone, civil) = date_at(call, seconds, bytes.first() == Some(&b'!'))?;
    let bytes = bytes.strip_prefix(b"!").unwrap_or(bytes);
    if bytes == b"*t" || bytes.starts_with(b"*t\0") {
        call.charge(TABLE)?;
        let fields = civil.fields(zone.dst);
        let table = call.table(0, fields.len())?;
        for (name, value) in fields {
            table.set_str(
                call.ctx.heap(),
                call.ctx.string(name.as_bytes())?,
                field_value(value),
            )?;
        }
        return call.ret(table);
    }
    let skipped = format.len() - bytes.len();
    let buffer = call.buffer()?;
    call.set_top(5);
    call.set(0, Value::String(format));
    call.set(1, Value::Integer(seconds));
    call.set(2, Value::Integer(skipped as i64));
    call.set(3, Value::Buffer(buffer));
    call.set(4, Value::Integer(0));
    Ok(Flow::Again { step: 1 })
}

/// Makes the error for a conversion that C99 does not have. It quotes the rest of
/// the format.
fn bad_conversion<'gc>(call: &Call<'_, 'gc>, rest: &[u8]) -> Interrupt<'gc> {
    if let Err(interrupt) = call.charge_bytes(rest.len()) {
        return interrupt;
    }
    let shown = c_string(rest);
    call.arg_error(0, [b"invalid conversion specifier '%", shown, b"'"].concat())
}

#[cfg(test)]
mod tests;
