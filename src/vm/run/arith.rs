//! Arithmetic on values, slow paths included (manual §3.4.1, §3.4.2).

use crate::base::arithmetic::{
    canonical, float_floor_div, float_mod, float_pow, float_to_integer, int_floor_div, int_mod,
    shift_left, shift_right,
};
use crate::vm::calls::error::{self, Place};
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::thread::ThreadState;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::SLOW_ARITHMETIC;
use crate::vm::state::context::Context;

/// Why two values have no arithmetic result without a metamethod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `n // 0` or `n % 0` on integers.
    DivideByZero,
    /// An operand is not of a suitable type.
    Operand,
}

fn float(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Integer(i) => Some(*i as f64),
        Value::Number(n) => Some(*n),
        _ => None,
    }
}

/// Converts an operand of a bitwise operator. Strings do not convert (§3.4.3 leaves
/// that to their metamethods, of which the library has none for these operators).
fn bits(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(i) => Some(*i),
        Value::Number(n) => float_to_integer(*n),
        _ => None,
    }
}

/// Returns what an operation on numbers costs beyond its instruction.
pub(crate) fn price(event: Event, a: &Value<'_>, b: &Value<'_>) -> u64 {
    match (float(a), float(b)) {
        (Some(a), Some(b)) if !is_quick(event, a, b) => SLOW_ARITHMETIC,
        _ => 0,
    }
}

/// Computes a binary (or, with both operands equal, unary) operation on numbers.
///
/// # Errors
/// A [`Fault`] when a metamethod must decide.
pub(crate) fn compute<'gc>(
    event: Event,
    a: &Value<'gc>,
    b: &Value<'gc>,
) -> Result<Value<'gc>, Fault> {
    use Event::{Add, BAnd, BNot, BOr, BXor, Div, IDiv, Mod, Mul, Pow, Shl, Shr, Sub, Unm};
    if matches!(event, BAnd | BOr | BXor | Shl | Shr | BNot) {
        let (Some(a), Some(b)) = (bits(a), bits(b)) else { return Err(Fault::Operand) };
        return Ok(Value::Integer(match event {
            BAnd => a & b,
            BOr => a | b,
            BXor => a ^ b,
            Shl => shift_left(a, b),
            Shr => shift_right(a, b),
            _ => !a,
        }));
    }
    if let (Value::Integer(a), Value::Integer(b)) = (a, b) {
        let (a, b) = (*a, *b);
        match event {
            Add => return Ok(Value::Integer(a.wrapping_add(b))),
            Sub => return Ok(Value::Integer(a.wrapping_sub(b))),
            Mul => return Ok(Value::Integer(a.wrapping_mul(b))),
            Unm => return Ok(Value::Integer(a.wrapping_neg())),
            IDiv | Mod if b == 0 => return Err(Fault::DivideByZero),
            IDiv => return Ok(Value::Integer(int_floor_div(a, b))),
            Mod => return Ok(Value::Integer(int_mod(a, b))),
            _ => {}
        }
    }
    let (Some(a), Some(b)) = (float(a), float(b)) else { return Err(Fault::Operand) };
    if event == Unm {
        return Ok(Value::Number(-a));
    }
    Ok(Value::Number(canonical(match event {
        Add => a + b,
        Sub => a - b,
        Mul => a * b,
        Div => a / b,
        Mod => float_mod(a, b),
        Pow => float_pow(a, b),
        _ => float_floor_div(a, b),
    })))
}

/// Makes the error for an operation that neither numbers nor metamethods can do.
pub(crate) fn fault<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    event: Event,
    (a, place_a): (&Value<'gc>, Place),
    (b, place_b): (&Value<'gc>, Place),
) -> Interrupt<'gc> {
    use Event::{BAnd, BNot, BOr, BXor, Concat, Shl, Shr};
    let number = |value: &Value<'gc>| matches!(value, Value::Integer(_) | Value::Number(_));
    match event {
        BAnd | BOr | BXor | Shl | Shr | BNot => {
            if number(a) && number(b) {
                let place = if bits(a).is_none() { place_a } else { place_b };
                return error::about(
                    ctx,
                    th,
                    &[b"number"],
                    place,
                    b" has no integer representation",
                );
            }
            let (value, place) = if number(a) { (b, place_b) } else { (a, place_a) };
            error::operand_at(ctx, th, value, "perform bitwise operation on", place)
        }
        Concat => {
            let text = |value: &Value<'gc>| number(value) || matches!(value, Value::String(_));
            let (value, place) = if text(a) { (b, place_b) } else { (a, place_a) };
            error::operand_at(ctx, th, value, "concatenate", place)
        }
        _ => {
            let (value, place) = if number(a) { (b, place_b) } else { (a, place_a) };
            error::operand_at(ctx, th, value, "perform arithmetic on", place)
        }
    }
}

/// Makes the error of an integer division by zero.
pub(crate) fn divide_by_zero<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    event: Event,
) -> Interrupt<'gc> {
    let text =
        if event == Event::Mod { "attempt to perform 'n%0'" } else { "attempt to divide by zero" };
    error::runtime(ctx, th, text)
}

/// Tells whether an operation on floats takes no longer than most instructions.
#[inline(always)]
pub(crate) fn is_quick(event: Event, a: f64, b: f64) -> bool {
    // Bits of the quotient that are found in about an instruction's time.
    const NEAR: u64 = 256;
    let exponent = |n: f64| n.to_bits() >> 52 & 0x7ff;
    match event {
        Event::Pow => b == 2.0,
        Event::Mod => exponent(a) <= exponent(b) + NEAR,
        _ => true,
    }
}
