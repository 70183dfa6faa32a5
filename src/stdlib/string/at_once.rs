//! What functions on strings as sequences of bytes do without a frame ([`AtOnce`]): the same as
//! the functions themselves (`bytes`), which take everything else.
//!
//! [`AtOnce`]: crate::vm::heap::native::AtOnce

use super::{end_position, start_position};
use crate::vm::calls::bare::Bare;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::SHORT;
use crate::vm::meters::fuel::items_price;

/// `string.byte (s [, i])`
pub(super) fn byte<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
    let (s, position) = match args {
        [Value::String(s)] => (s, 1),
        [Value::String(s), Value::Integer(position)] => (s, *position),
        _ => return false,
    };
    let bytes = s.as_bytes();
    let at = if position < 0 { bytes.len() as i64 + position } else { position - 1 };
    match usize::try_from(at).ok().and_then(|at| bytes.get(at)) {
        Some(byte) => {
            *result = Value::Integer(i64::from(*byte));
            true
        }
        None => false,
    }
}

/// `string.len (s)`
pub(super) fn len<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
    let [Value::String(s)] = args else { return false };
    *result = Value::Integer(s.len() as i64);
    true
}

/// `string.char (···)`
pub(super) fn char(call: &mut Bare<'_, '_>) -> Option<usize> {
    let mut bytes = [0; SHORT];
    let bytes = bytes.get_mut(..call.args().len())?;
    for (byte, value) in bytes.iter_mut().zip(call.args()) {
        let Value::Integer(code) = value else { return None };
        *byte = u8::try_from(*code).ok()?;
    }
    if !call.pays(items_price(bytes.len())) {
        return None;
    }
    let string = call.ctx.string(bytes).ok()?;
    call.ret(Value::String(string))
}

/// `string.sub (s, i [, j])`
pub(super) fn sub(call: &mut Bare<'_, '_>) -> Option<usize> {
    let (s, from, to) = match *call.args() {
        [Value::String(s), Value::Integer(from)] => (s, from, -1),
        [Value::String(s), Value::Integer(from), Value::Integer(to)] => (s, from, to),
        _ => return None,
    };
    let (from, to) = (start_position(from, s.len()), end_position(to, s.len()));
    let part = match (from, to) {
        (1, to) if to == s.len() => s,
        _ => call.string(s.as_bytes().get(from - 1..to).unwrap_or(&[]))?,
    };
    call.ret(Value::String(part))
}

/// `string.lower (s)`
pub(super) fn lower(call: &mut Bare<'_, '_>) -> Option<usize> {
    map(call, |bytes| bytes.make_ascii_lowercase())
}

/// `string.upper (s)`
pub(super) fn upper(call: &mut Bare<'_, '_>) -> Option<usize> {
    map(call, |bytes| bytes.make_ascii_uppercase())
}

/// `string.reverse (s)`
pub(super) fn reverse(call: &mut Bare<'_, '_>) -> Option<usize> {
    map(call, |bytes| bytes.reverse())
}

/// Pushes a short string changed in place.
#[inline(always)]
fn map(call: &mut Bare<'_, '_>, change: impl FnOnce(&mut [u8])) -> Option<usize> {
    let [Value::String(s), ..] = *call.args() else { return None };
    let mut bytes = [0; SHORT];
    let bytes = bytes.get_mut(..s.len())?;
    bytes.copy_from_slice(s.as_bytes());
    change(bytes);
    let string = call.string_of_new(bytes)?;
    call.ret(Value::String(string))
}

/// `string.rep (s, n [, sep])`
pub(super) fn rep(call: &mut Bare<'_, '_>) -> Option<usize> {
    let (s, count, sep) = match *call.args() {
        [Value::String(s), Value::Integer(count)] => (s, count, call.ctx.string(b"").ok()?),
        [Value::String(s), Value::Integer(count), Value::String(sep)] => (s, count, sep),
        _ => return None,
    };
    let (s, sep) = (s.as_bytes(), sep.as_bytes());
    let count = usize::try_from(count).ok().filter(|count| (1..=SHORT).contains(count))?;
    let unit = s.len() + sep.len();
    if unit == 0 {
        return None;
    }
    let mut bytes = [0; SHORT];
    let bytes = bytes.get_mut(..unit.checked_mul(count)? - sep.len())?;
    for (byte, first) in bytes.iter_mut().zip(s.iter().chain(sep)) {
        *byte = *first;
    }
    for at in unit..bytes.len() {
        bytes[at] = bytes[at - unit];
    }
    let string = call.string_of_new(bytes)?;
    call.ret(Value::String(string))
}
