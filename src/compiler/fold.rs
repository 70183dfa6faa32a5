//! Constant folding (as in PUC-Rio: only numerals, never to NaN or zero floats).

use super::exp::{Exp, Value};
use crate::base::math as real;
use crate::syntax::ast::BinOp;

/// A numeral operand.
#[derive(Clone, Copy)]
enum Num {
    Int(i64),
    Float(f64),
}

impl Num {
    fn of(e: &Exp) -> Option<Num> {
        if e.has_jumps() {
            return None;
        }
        match e.value {
            Value::Integer(i) => Some(Num::Int(i)),
            Value::Float(f) => Some(Num::Float(f)),
            _ => None,
        }
    }

    fn float(self) -> f64 {
        match self {
            Num::Int(i) => i as f64,
            Num::Float(f) => f,
        }
    }

    /// Converts to an integer if the value is one (no strings involved here).
    fn integer(self) -> Option<i64> {
        match self {
            Num::Int(i) => Some(i),
            Num::Float(f) => float_to_integer(f),
        }
    }
}

/// Converts a float with an exact integer value in range.
pub(super) fn float_to_integer(f: f64) -> Option<i64> {
    let in_range = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&f);
    (in_range && f == f.trunc()).then_some(f as i64)
}

/// Computes `a op b` at compile time where that is safe and cannot raise.
pub(super) fn binary(op: BinOp, a: &Exp, b: &Exp) -> Option<Value> {
    let (a, b) = (Num::of(a)?, Num::of(b)?);
    match op {
        BinOp::BAnd | BinOp::BOr | BinOp::BXor | BinOp::Shl | BinOp::Shr => {
            let (a, b) = (a.integer()?, b.integer()?);
            Some(Value::Integer(match op {
                BinOp::BAnd => a & b,
                BinOp::BOr => a | b,
                BinOp::BXor => a ^ b,
                BinOp::Shl => shift_left(a, b),
                _ => shift_left(a, b.wrapping_neg()),
            }))
        }
        BinOp::Div | BinOp::Pow => {
            if matches!(op, BinOp::Div) && b.float() == 0.0 {
                return None;
            }
            let (a, b) = (a.float(), b.float());
            checked(if matches!(op, BinOp::Div) { a / b } else { power(a, b) })
        }
        BinOp::Add | BinOp::Sub | BinOp::Mul => match (a, b) {
            (Num::Int(a), Num::Int(b)) => Some(Value::Integer(match op {
                BinOp::Add => a.wrapping_add(b),
                BinOp::Sub => a.wrapping_sub(b),
                _ => a.wrapping_mul(b),
            })),
            _ => {
                let (a, b) = (a.float(), b.float());
                checked(match op {
                    BinOp::Add => a + b,
                    BinOp::Sub => a - b,
                    _ => a * b,
                })
            }
        },
        BinOp::IDiv | BinOp::Mod => division(op, a, b),
        _ => None,
    }
}

fn division(op: BinOp, a: Num, b: Num) -> Option<Value> {
    if b.float() == 0.0 {
        return None;
    }
    if let (Num::Int(a), Num::Int(b)) = (a, b) {
        let rest = a.wrapping_rem(b);
        let inexact = rest != 0 && (rest ^ b) < 0;
        return Some(Value::Integer(if matches!(op, BinOp::Mod) {
            if inexact { rest.wrapping_add(b) } else { rest }
        } else {
            a.wrapping_div(b).wrapping_sub(i64::from(inexact))
        }));
    }
    let (a, b) = (a.float(), b.float());
    if matches!(op, BinOp::IDiv) {
        return checked((a / b).floor());
    }
    let rest = a % b;
    // The product of the two could vanish: their signs are compared instead.
    let inexact = rest != 0.0 && (rest < 0.0) != (b < 0.0);
    checked(if inexact { rest + b } else { rest })
}

/// Computes `-a`.
pub(super) fn minus(a: &Exp) -> Option<Value> {
    match Num::of(a)? {
        Num::Int(i) => Some(Value::Integer(i.wrapping_neg())),
        Num::Float(f) => checked(-f),
    }
}

/// Computes `~a`.
pub(super) fn bit_not(a: &Exp) -> Option<Value> {
    Some(Value::Integer(!Num::of(a)?.integer()?))
}

/// Raises to a power, squaring exactly as the machine does.
fn power(a: f64, b: f64) -> f64 {
    if b == 2.0 { a * a } else { real::pow(a, b) }
}

/// Shifts left; negative counts shift right, 64 or more give zero (§3.4.2).
fn shift_left(a: i64, by: i64) -> i64 {
    let bits = a as u64;
    let shifted = match by {
        0..=63 => bits << by,
        -63..=-1 => bits >> by.unsigned_abs(),
        _ => 0,
    };
    shifted as i64
}

/// Refuses results whose bits constants do not keep: NaN and both zeros.
fn checked(f: f64) -> Option<Value> {
    (!f.is_nan() && f != 0.0).then_some(Value::Float(f))
}
