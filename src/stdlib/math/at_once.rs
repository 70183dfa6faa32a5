//! What functions of `math` say of plain numbers, without a frame
//! ([`AtOnce`](crate::vm::heap::native::AtOnce)): the same as the functions themselves, which
//! take everything else.

use super::{reduces, whole};
use crate::base::arithmetic::{canonical, float_to_integer};
use crate::base::math as real;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::ITEMS_PER_UNIT;

/// Returns an argument as a float, if it is a number.
#[inline(always)]
fn float(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Number(n) => Some(*n),
        Value::Integer(i) => Some(*i as f64),
        _ => None,
    }
}

/// Stores the value of a function of one float, unless finding it is charged.
#[inline(always)]
fn apply<'gc>(
    args: &[Value<'gc>],
    result: &mut Value<'gc>,
    is_charged: fn(f64) -> bool,
    function: fn(f64) -> f64,
) -> bool {
    let [x] = args else { return false };
    match float(x) {
        Some(x) if !is_charged(x) => {
            *result = Value::Number(canonical(function(x)));
            true
        }
        _ => false,
    }
}

macro_rules! float_functions {
    ($($(#[$doc:meta])* $name:ident = $function:expr, charged: $charged:expr;)*) => {
        $($(#[$doc])* pub(super) fn $name<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
            apply(args, result, $charged, $function)
        })*
    };
}

float_functions! {
    /// `math.acos (x)`
    acos = real::acos, charged: |_| false;
    /// `math.asin (x)`
    asin = real::asin, charged: |_| false;
    /// `math.cos (x)`
    cos = real::cos, charged: reduces;
    /// `math.deg (x)`
    deg = super::to_degrees, charged: |_| false;
    /// `math.exp (x)`
    exp = real::exp, charged: |_| false;
    /// `math.log (x)`
    log = real::log, charged: |_| false;
    /// `math.rad (x)`
    rad = super::to_radians, charged: |_| false;
    /// `math.sin (x)`
    sin = real::sin, charged: reduces;
    /// `math.sqrt (x)`
    sqrt = f64::sqrt, charged: |_| false;
    /// `math.tan (x)`
    tan = real::tan, charged: reduces;
}

/// `math.abs (x)`
pub(super) fn abs<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
    *result = match args {
        [Value::Integer(i)] => Value::Integer(i.wrapping_abs()),
        [Value::Number(n)] => Value::Number(n.abs()),
        _ => return false,
    };
    true
}

/// `math.atan (y [, x])`
pub(super) fn atan<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
    let sides = match args {
        [y] => float(y).map(|y| (y, 1.0)),
        [y, x] => float(y).zip(float(x)),
        _ => None,
    };
    let found = sides.map(|(y, x)| *result = Value::Number(canonical(real::atan2(y, x))));
    found.is_some()
}

/// `math.ceil (x)`
pub(super) fn ceil<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
    *result = match args {
        [Value::Integer(i)] => Value::Integer(*i),
        [Value::Number(n)] => whole(n.ceil()),
        _ => return false,
    };
    true
}

/// `math.floor (x)`
pub(super) fn floor<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
    *result = match args {
        [Value::Integer(i)] => Value::Integer(*i),
        [Value::Number(n)] => whole(n.floor()),
        _ => return false,
    };
    true
}

/// `math.fmod (x, y)`, which is charged for floats.
pub(super) fn fmod<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
    match args {
        [Value::Integer(x), Value::Integer(y)] if *y != 0 => {
            *result = Value::Integer(x.wrapping_rem(*y));
            true
        }
        _ => false,
    }
}

/// Returns the best of some numbers, if all can be read; `better` tells whether the first is
/// better.
#[inline(always)]
fn best_of<'gc, T: Copy>(
    args: &[Value<'gc>],
    read: impl Fn(&Value<'gc>) -> Option<T>,
    better: fn(T, T) -> bool,
) -> Option<T> {
    let (first, rest) = args.split_first()?;
    let mut best = read(first)?;
    for value in rest {
        let value = read(value)?;
        if better(value, best) {
            best = value;
        }
    }
    Some(best)
}

/// Stores the best of a few numbers of one type.
#[inline(always)]
fn best<'gc>(
    args: &[Value<'gc>],
    result: &mut Value<'gc>,
    better_integer: fn(i64, i64) -> bool,
    better_float: fn(f64, f64) -> bool,
) -> bool {
    // Comparing more is charged.
    if args.len() > ITEMS_PER_UNIT {
        return false;
    }
    let integer = |value: &Value<'_>| match value {
        Value::Integer(i) => Some(*i),
        _ => None,
    };
    let float = |value: &Value<'_>| match value {
        Value::Number(n) => Some(*n),
        _ => None,
    };
    let found = match args.first() {
        Some(Value::Integer(_)) => best_of(args, integer, better_integer).map(Value::Integer),
        Some(Value::Number(_)) => best_of(args, float, better_float).map(Value::Number),
        _ => None,
    };
    found.map(|value| *result = value).is_some()
}

/// `math.max (x, ···)`
pub(super) fn max<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
    best(args, result, |value, best| value > best, |value, best| value > best)
}

/// `math.min (x, ···)`
pub(super) fn min<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
    best(args, result, |value, best| value < best, |value, best| value < best)
}

/// `math.tointeger (x)`
pub(super) fn tointeger<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
    *result = match args {
        [Value::Integer(i)] => Value::Integer(*i),
        [Value::Number(n)] => float_to_integer(*n).map_or(Value::Nil, Value::Integer),
        _ => return false,
    };
    true
}

/// `math.ult (m, n)`
pub(super) fn ult<'gc>(args: &[Value<'gc>], result: &mut Value<'gc>) -> bool {
    match args {
        [Value::Integer(m), Value::Integer(n)] => {
            *result = Value::Boolean((*m as u64) < (*n as u64));
            true
        }
        _ => false,
    }
}
