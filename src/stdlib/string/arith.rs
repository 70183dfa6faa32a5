//! Arithmetic metamethods of strings (manual §3.4.3): the operators convert
//! numerals in strings, and numbers alone are calculated by the machine itself.

use super::functions;
use crate::base::arithmetic as arith;
use crate::base::number::Number;
use crate::vm::calls::call::Call;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::value::{Type, Value};

/// The metamethods in the metatable of strings.
pub(crate) static METAMETHODS: &[NativeDef] = functions! {
    "string.__add" add, "6.4", "2 + bytes/8, and 32 for more than 20 bytes";
    "string.__sub" sub, "6.4", "2 + bytes/8, and 32 for more than 20 bytes";
    "string.__mul" mul, "6.4", "2 + bytes/8, and 32 for more than 20 bytes";
    "string.__mod" modulo, "6.4", "2 + bytes/8, and 32 for more than 20 bytes";
    "string.__pow" pow, "6.4", "2 + bytes/8, and 32 for more than 20 bytes";
    "string.__div" div, "6.4", "2 + bytes/8, and 32 for more than 20 bytes";
    "string.__idiv" idiv, "6.4", "2 + bytes/8, and 32 for more than 20 bytes";
    "string.__unm" unm, "6.4", "2 + bytes/8, and 32 for more than 20 bytes";
};

fn add<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    run(call, Event::Add, |_, a, b| Ok(both(a, b, i64::wrapping_add, |x, y| x + y)))
}

fn sub<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    run(call, Event::Sub, |_, a, b| Ok(both(a, b, i64::wrapping_sub, |x, y| x - y)))
}

fn mul<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    run(call, Event::Mul, |_, a, b| Ok(both(a, b, i64::wrapping_mul, |x, y| x * y)))
}

fn modulo<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    run(call, Event::Mod, |call, a, b| match (a, b) {
        // As in PUC the error has no position: the function that fails is not Lua's.
        (Number::Integer(_), Number::Integer(0)) => Err(call.ctx.error("attempt to perform 'n%0'")),
        _ => Ok(both(a, b, arith::int_mod, arith::float_mod)),
    })
}

fn pow<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    run(call, Event::Pow, |_, a, b| Ok(Number::Float(arith::float_pow(float(a), float(b)))))
}

fn div<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    run(call, Event::Div, |_, a, b| Ok(Number::Float(float(a) / float(b))))
}

fn idiv<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    run(call, Event::IDiv, |call, a, b| match (a, b) {
        (Number::Integer(_), Number::Integer(0)) => {
            Err(call.ctx.error("attempt to divide by zero"))
        }
        _ => Ok(both(a, b, arith::int_floor_div, arith::float_floor_div)),
    })
}

fn unm<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    // Operator and operand come as (a, a); like PUC, this takes the latter.
    run(call, Event::Unm, |_, _, a| {
        Ok(match a {
            Number::Integer(i) => Number::Integer(i.wrapping_neg()),
            Number::Float(n) => Number::Float(-n),
        })
    })
}

fn both(a: Number, b: Number, int: fn(i64, i64) -> i64, real: fn(f64, f64) -> f64) -> Number {
    match (a, b) {
        (Number::Integer(a), Number::Integer(b)) => Number::Integer(int(a, b)),
        _ => Number::Float(real(float(a), float(b))),
    }
}

fn float(number: Number) -> f64 {
    match number {
        Number::Integer(i) => i as f64,
        Number::Float(n) => n,
    }
}

/// Calculates on two numbers.
type Operator<'gc> = fn(&Call<'_, 'gc>, Number, Number) -> Result<Number, Interrupt<'gc>>;

fn run<'gc>(call: &mut Call<'_, 'gc>, event: Event, operator: Operator<'gc>) -> Step<'gc> {
    if call.step == 1 {
        return Ok(Flow::Return(1));
    }
    let (a, b) = (call.arg(0), call.arg(1));
    if let Some(x) = call.ctx.to_number(&a)?
        && let Some(y) = call.ctx.to_number(&b)?
    {
        let result = operator(call, x, y)?;
        return call.ret(match result {
            // Unary minus changes the sign bit alone, of NaNs too.
            Number::Float(n) if event != Event::Unm => Number::Float(arith::canonical(n)),
            other => other,
        });
    }
    // The second operand's own metamethod may know better; a string's would be this one.
    let handler =
        if b.type_of() == Type::String { Value::Nil } else { call.ctx.metamethod(&b, event) };
    if handler.is_nil() {
        let name = event.name().trim_start_matches('_');
        return Err(call.error(format!(
            "attempt to {name} a '{}' with a '{}'",
            a.type_name(),
            b.type_name()
        )));
    }
    call.set_top(0);
    for value in [handler, a, b] {
        call.push(value);
    }
    Ok(Flow::Call { at: 0, args: 2, results: Some(1), step: 1 })
}
