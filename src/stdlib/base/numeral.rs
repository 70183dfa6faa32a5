//! `tonumber` (manual §6.1).

use crate::vm::calls::call::Call;
use crate::vm::heap::native::Step;
use crate::vm::heap::value::Value;

/// Digits read in another base for one unit.
const DIGITS_PER_UNIT: usize = 8;

/// `tonumber (e [, base])`
pub(super) fn tonumber<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let value = call.arg(0);
    if call.arg(1).is_nil() {
        return match value {
            Value::Integer(_) | Value::Number(_) => call.ret(value),
            Value::String(_) => {
                let number = call.ctx.to_number(&value)?;
                call.ret(number.map_or(Value::Nil, Value::from))
            }
            _ => {
                call.check_any(0)?;
                call.ret(Value::Nil)
            }
        };
    }
    let base = call.check_integer(1)?;
    let Value::String(s) = value else { return Err(call.type_error(0, "string")) };
    if !(2..=36).contains(&base) {
        return Err(call.arg_error(1, "base out of range"));
    }
    call.charge((s.len() / DIGITS_PER_UNIT) as u64)?;
    call.ret(parse_in_base(s.as_bytes(), base).map_or(Value::Nil, Value::Integer))
}

/// Reads an integer in a base from 2 to 36: spaces around it and a sign are
/// allowed, and it wraps around as integers do.
fn parse_in_base(s: &[u8], base: i64) -> Option<i64> {
    let is_space = |c: &u8| matches!(c, b' ' | b'\t'..=b'\r');
    let start = s.iter().position(|c| !is_space(c))?;
    let end = s.iter().rposition(|c| !is_space(c))? + 1;
    let (negative, digits) = match &s[start..end] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() {
        return None;
    }
    let mut n: i64 = 0;
    for &c in digits {
        let digit = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'z' => c - b'a' + 10,
            b'A'..=b'Z' => c - b'A' + 10,
            _ => return None,
        };
        if i64::from(digit) >= base {
            return None;
        }
        n = n.wrapping_mul(base).wrapping_add(i64::from(digit));
    }
    Some(if negative { n.wrapping_neg() } else { n })
}

#[cfg(test)]
mod tests;
