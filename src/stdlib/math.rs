//! The mathematical library (manual §6.7), with the functions of Lua 5.3 that
//! PUC keeps for compatibility.
//!
//! Transcendental functions come from `base/math`, so that every target
//! computes the same bits; every NaN they make is the canonical one.

mod at_once;
mod random;

use crate::base::arithmetic::{canonical, float_pow, float_to_integer};
use crate::base::math as real;
use crate::base::number::Number;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{AtOnce, Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::SLOW_ARITHMETIC;
use crate::vm::state::context::Context;
use std::f64::consts::PI;

pub(crate) use random::seed_state;

macro_rules! functions {
    ($($name:literal $call:path, $fuel:literal $(, $at_once:path)?;)*) => {
        /// The functions of `math`.
        pub(crate) static FUNCTIONS: &[NativeDef] = &[$(
            NativeDef::new(concat!("math.", $name), $call, "6.7", $fuel)$(.at_once(AtOnce::Plain($at_once)))?
        ),*];
    };
}

functions! {
    "abs" abs, "1", at_once::abs;
    "acos" acos, "1", at_once::acos;
    "asin" asin, "1", at_once::asin;
    "atan" atan, "1", at_once::atan;
    "atan2" atan, "1";
    "ceil" ceil, "1", at_once::ceil;
    "cos" cos, "1, or 17 beyond a million", at_once::cos;
    "cosh" cosh, "1";
    "deg" deg, "1", at_once::deg;
    "exp" exp, "1", at_once::exp;
    "floor" floor, "1", at_once::floor;
    "fmod" fmod, "4", at_once::fmod;
    "frexp" frexp, "1";
    "ldexp" ldexp, "1";
    "log" log, "1", at_once::log;
    "log10" log10, "1";
    "max" max, "1 + arguments/4", at_once::max;
    "min" min, "1 + arguments/4", at_once::min;
    "modf" modf, "1";
    "pow" pow, "4";
    "rad" rad, "1", at_once::rad;
    "random" random::random, "1";
    "randomseed" random::randomseed, "1";
    "sin" sin, "1, or 17 beyond a million", at_once::sin;
    "sinh" sinh, "1";
    "sqrt" sqrt, "1", at_once::sqrt;
    "tan" tan, "1, or 17 beyond a million", at_once::tan;
    "tanh" tanh, "1";
    "tointeger" tointeger, "1, or 2 + bytes/8 of a string, and 32 for more than 20", at_once::tointeger;
    "type" type_of, "1";
    "ult" ult, "1", at_once::ult;
}

/// Sets `pi`, `huge`, `maxinteger` and `mininteger` in the library table.
///
/// # Errors
/// When memory is refused.
pub(crate) fn constants<'gc>(ctx: Context<'gc>, table: Table<'gc>) -> Result<(), Interrupt<'gc>> {
    let constants = [
        ("pi", Value::Number(PI)),
        ("huge", Value::Number(f64::INFINITY)),
        ("maxinteger", Value::Integer(i64::MAX)),
        ("mininteger", Value::Integer(i64::MIN)),
    ];
    for (name, value) in constants {
        table.set_str(ctx.heap(), ctx.string(name.as_bytes())?, value)?;
    }
    Ok(())
}

/// Returns a float whose NaN, if it is one, is canonical.
fn float<'gc>(call: &mut Call<'_, 'gc>, n: f64) -> Step<'gc> {
    call.ret(canonical(n))
}

fn to_degrees(angle: f64) -> f64 {
    angle * (180.0 / PI)
}

fn to_radians(angle: f64) -> f64 {
    angle * (PI / 180.0)
}

/// Turns a float without a fraction into an integer when it fits.
fn whole<'gc>(n: f64) -> Value<'gc> {
    match float_to_integer(n) {
        Some(i) => Value::Integer(i),
        None => Value::Number(canonical(n)),
    }
}

/// Tells whether an angle has so many periods that taking them off is charged.
fn reduces(x: f64) -> bool {
    const MANY: f64 = 1e6;
    x.abs() > MANY
}

/// Charges for taking periods off an angle that has very many of them.
fn reduced<'gc>(call: &Call<'_, 'gc>, x: f64) -> Result<f64, Interrupt<'gc>> {
    const LONG: u64 = 16;
    if reduces(x) {
        call.charge(LONG)?;
    }
    Ok(x)
}

macro_rules! float_functions {
    ($($(#[$doc:meta])* $name:ident = |$call:ident, $x:ident| $value:expr;)*) => {
        $($(#[$doc])* fn $name<'gc>($call: &mut Call<'_, 'gc>) -> Step<'gc> {
            let $x = $call.check_float(0)?;
            float($call, $value)
        })*
    };
}

float_functions! {
    /// `math.acos (x)`
    acos = |call, x| real::acos(x);
    /// `math.asin (x)`
    asin = |call, x| real::asin(x);
    /// `math.cos (x)`
    cos = |call, x| real::cos(reduced(call, x)?);
    /// `math.cosh (x)`, of Lua 5.3
    cosh = |call, x| real::cosh(x);
    /// `math.deg (x)`
    deg = |call, x| to_degrees(x);
    /// `math.exp (x)`
    exp = |call, x| real::exp(x);
    /// `math.log10 (x)`, of Lua 5.3
    log10 = |call, x| real::log10(x);
    /// `math.rad (x)`
    rad = |call, x| to_radians(x);
    /// `math.sin (x)`
    sin = |call, x| real::sin(reduced(call, x)?);
    /// `math.sinh (x)`, of Lua 5.3
    sinh = |call, x| real::sinh(x);
    /// `math.sqrt (x)`
    sqrt = |call, x| x.sqrt();
    /// `math.tan (x)`
    tan = |call, x| real::tan(reduced(call, x)?);
    /// `math.tanh (x)`, of Lua 5.3
    tanh = |call, x| real::tanh(x);
}

/// `math.abs (x)`: the smallest integer wraps around to itself.
fn abs<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if let Value::Integer(i) = call.arg(0) {
        return call.ret(i.wrapping_abs());
    }
    let x = call.check_float(0)?;
    // The sign bit alone is cleared, of NaNs too.
    call.ret(x.abs())
}

/// `math.atan (y [, x])`
fn atan<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let y = call.check_float(0)?;
    let x = if call.arg(1).is_nil() { 1.0 } else { call.check_float(1)? };
    float(call, real::atan2(y, x))
}

/// `math.ceil (x)`
fn ceil<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if let Value::Integer(i) = call.arg(0) {
        return call.ret(i);
    }
    let x = call.check_float(0)?;
    call.ret(whole(x.ceil()))
}

/// `math.floor (x)`
fn floor<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if let Value::Integer(i) = call.arg(0) {
        return call.ret(i);
    }
    let x = call.check_float(0)?;
    call.ret(whole(x.floor()))
}

/// `math.fmod (x, y)`: the remainder of the division that rounds towards zero.
fn fmod<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if let (Value::Integer(x), Value::Integer(y)) = (call.arg(0), call.arg(1)) {
        if y == 0 {
            return Err(call.arg_error(1, "zero"));
        }
        return call.ret(x.wrapping_rem(y));
    }
    // Of two wrong arguments PUC, as compilers order it, reports the second.
    let y = call.check_float(1)?;
    let x = call.check_float(0)?;
    call.charge(SLOW_ARITHMETIC)?;
    float(call, real::fmod(x, y))
}

/// `math.frexp (x)`, of Lua 5.3: the fraction and the exponent.
fn frexp<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let x = call.check_float(0)?;
    // Without a finite value there is no exponent; C leaves it open, here it is 0.
    let (fraction, exponent) = if x.is_finite() { real::frexp(x) } else { (canonical(x), 0) };
    call.push(Value::Number(fraction));
    call.push(Value::Integer(i64::from(exponent)));
    Ok(Flow::Return(2))
}

/// `math.ldexp (m, e)`, of Lua 5.3; the exponent is cut to 32 bits as in C.
fn ldexp<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let m = call.check_float(0)?;
    let e = call.check_integer(1)?;
    float(call, real::ldexp(m, e as i32))
}

/// `math.log (x [, base])`, exact for the bases 2 and 10 where the result is.
fn log<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let x = call.check_float(0)?;
    if call.arg(1).is_nil() {
        return float(call, real::log(x));
    }
    let base = call.check_float(1)?;
    let result = if base == 2.0 {
        real::log2(x)
    } else if base == 10.0 {
        real::log10(x)
    } else {
        real::log(x) / real::log(base)
    };
    float(call, result)
}

/// Arguments compared in one step.
const CHUNK: usize = 2000;

/// `math.max (x, ···)`
fn max<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    extreme(call, true)
}

/// `math.min (x, ···)`
fn min<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    extreme(call, false)
}

/// Steps of [`extreme`] beyond the first: in all of them two slots after the arguments
/// hold the numbers of the best argument and of the one to compare with it.
const NEXT: u32 = 1;
const COMPARED: u32 = 2;
const COMPARE: u32 = 3;

/// Finds the largest or smallest argument, of whatever type `<` can compare.
fn extreme<'gc>(call: &mut Call<'_, 'gc>, largest: bool) -> Step<'gc> {
    let state = match call.step {
        0 => 0,
        COMPARED => 3,
        _ => 2,
    };
    let count = call.above(state);
    let (mut best, mut at) = match call.step {
        0 => (0, 1),
        _ => (call.size(count), call.size(count + 1)),
    };
    match call.step {
        0 => {
            call.check_any(0)?;
        }
        COMPARE => {
            let (low, high) = if largest { (best, at) } else { (at, best) };
            let less = crate::now!(call.less_than(call.arg(low), call.arg(high), COMPARED));
            best = if less { at } else { best };
            at += 1;
        }
        COMPARED => {
            best = if call.pop().is_truthy() { at } else { best };
            at += 1;
        }
        _ => {}
    }
    // After a comparison the state is saved before anything can interrupt the step.
    let fresh = call.step == 0 || call.step == NEXT;
    let end = if fresh { count.min(at.saturating_add(CHUNK)) } else { at };
    call.charge_items(end.saturating_sub(at))?;
    let mut step = NEXT;
    while at < end {
        let (low, high) = if largest { (best, at) } else { (at, best) };
        let (low, high) = (call.arg(low), call.arg(high));
        let number = |value: &Value<'gc>| matches!(value, Value::Integer(_) | Value::Number(_));
        if !number(&low) || !number(&high) {
            // Strings, which may be long, a metamethod or an error: from a step of its own.
            step = COMPARE;
            break;
        }
        if call.ctx.raw_less_than(&low, &high)? == Some(true) {
            best = at;
        }
        at += 1;
    }
    if at >= count {
        let result = call.arg(best);
        return call.ret(result);
    }
    call.set_top(count);
    call.push(Value::Integer(best as i64));
    call.push(Value::Integer(at as i64));
    Ok(Flow::Again { step })
}

/// `math.modf (x)`: the part before the point (an integer when it fits) and the
/// part after it (a float).
fn modf<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (integral, fraction) = if let Value::Integer(i) = call.arg(0) {
        (Value::Integer(i), 0.0)
    } else {
        let x = call.check_float(0)?;
        let integral = if x < 0.0 { x.ceil() } else { x.floor() };
        // An infinity has no part after the point.
        (whole(integral), if integral == x { 0.0 } else { x - integral })
    };
    call.push(integral);
    call.push(Value::Number(canonical(fraction)));
    Ok(Flow::Return(2))
}

/// `math.pow (x, y)`, of Lua 5.3
fn pow<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let x = call.check_float(0)?;
    let y = call.check_float(1)?;
    call.charge(SLOW_ARITHMETIC)?;
    float(call, float_pow(x, y))
}

/// `math.tointeger (x)`: nil for what has no exact integer value.
fn tointeger<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let value = call.check_any(0)?;
    let integer = match call.ctx.to_number(&value)? {
        Some(Number::Integer(i)) => Some(i),
        Some(Number::Float(n)) => float_to_integer(n),
        None => None,
    };
    call.ret(integer.map_or(Value::Nil, Value::Integer))
}

/// `math.type (x)`: "integer", "float", or nil for what is no number.
fn type_of<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let name = match call.check_any(0)? {
        Value::Integer(_) => "integer",
        Value::Number(_) => "float",
        _ => return call.ret(Value::Nil),
    };
    let name = call.ctx.string(name.as_bytes())?;
    call.ret(name)
}

/// `math.ult (m, n)`: `m < n` as unsigned integers.
fn ult<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let m = call.check_integer(0)?;
    let n = call.check_integer(1)?;
    call.ret((m as u64) < (n as u64))
}

#[cfg(test)]
mod tests;
