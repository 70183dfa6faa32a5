//! Constant folding (as in PUC-Rio: only numerals, never to NaN or zero floats).

use super::exp::{Exp, Value};
use crate::base::arithmetic::{
    float_floor_div, float_mod, float_pow, float_to_integer, int_floor_div, int_mod, shift_left,
    shift_right,
};
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
                _ => shift_right(a, b),
            }))
        }
        BinOp::Div | BinOp::Pow => {
            if matches!(op, BinOp::Div) && b.float() == 0.0 {
                return None;
            }
            let (a, b) = (a.float(), b.float());
            checked(if matches!(op, BinOp::Div) { a / b } else { float_pow(a, b) })
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
    let is_mod = matches!(op, BinOp::Mod);
    if let (Num::Int(a), Num::Int(b)) = (a, b) {
        return Some(Value::Integer(if is_mod { int_mod(a, b) } else { int_floor_div(a, b) }));
    }
    let (a, b) = (a.float(), b.float());
    checked(if is_mod { float_mod(a, b) } else { float_floor_div(a, b) })
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

/// Refuses results whose bits constants do not keep: NaN and both zeros.
fn checked(f: f64) -> Option<Value> {
    (!f.is_nan() && f != 0.0).then_some(Value::Float(f))
}
