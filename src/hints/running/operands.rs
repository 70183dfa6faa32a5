//! Operands that an operator cannot do with.

use super::{Failure, Fault, Held, Id, Op, Shape, Site, say};
use crate::syntax::ast::BinOp;

pub(super) fn join_with_plus(f: &Failure<'_>) -> Option<String> {
    let Site::Operation(id) = f.site else { return None };
    let plus = matches!(*f.shape(id), Shape::Binary(BinOp::Add, ..));
    // A string beside the operand that is named, in registers both.
    let beside = f.instr.op == Op::Add
        && [f.instr.b, f.instr.c].iter().any(|register| f.held(*register) == Held::String(false));
    if plus && f.fault == Fault::Arithmetic && (f.kind == "string" || beside) {
        return say("`+` adds numbers; strings are joined with `..`");
    }
    None
}

pub(super) fn length_field(f: &Failure<'_>) -> Option<String> {
    let nil = match f.fault {
        Fault::Arithmetic => f.kind == "nil",
        Fault::Compare => f.kind == "number with nil" || f.kind == "nil with number",
        Fault::Concat => f.kind == "nil",
        Fault::ForValue(_) => f.message.ends_with("got nil)"),
        _ => false,
    };
    if !nil {
        return None;
    }
    let (base, name) = f.field(f.about?)?;
    if matches!(name.as_str(), "length" | "len" | "size") {
        return Some(format!("the length of a list or string is `#{}`", f.text(base, "t")));
    }
    None
}

/// `s.len + 1`
pub(super) fn function_value(f: &Failure<'_>) -> Option<String> {
    let about = f.about.filter(|_| f.fault == Fault::Arithmetic && f.kind == "function")?;
    let (x, field) = (f.text(about, "x"), f.field(about));
    if let Some((base, _)) = field.filter(|(_, name)| name == "len") {
        return Some(format!("the length of a list or string is `#{}`", f.text(base, "s")));
    }
    Some(format!("`{x}` is a function: its value is that of `{x}(...)`"))
}

pub(super) fn length_of_nil(f: &Failure<'_>) -> Option<String> {
    if f.fault != Fault::Length || f.kind != "nil" {
        return None;
    }
    let t = f.text(f.about?, "t");
    Some(format!("`{t}` is nil here: if that may be, write `#({t} or {{}})`"))
}

pub(super) fn concatenation(f: &Failure<'_>) -> Option<String> {
    if f.fault != Fault::Concat {
        return None;
    }
    let x = f.text(f.about?, "x");
    match f.kind {
        "nil" if *f.shape(f.about?) == Shape::Nil => None,
        "nil" => Some(format!("`{x}` is nil here: `tostring({x})` makes a string of any value")),
        "table" if f.names.globals.contains("json") => Some(format!(
            "only strings and numbers are joined: `json.encode({x})` shows a table, \
             `table.concat({x}, \", \")` joins a list"
        )),
        "boolean" | "table" | "function" => {
            Some(format!("only strings and numbers are joined: write `tostring({x})`"))
        }
        _ => None,
    }
}

pub(super) fn comparison(f: &Failure<'_>) -> Option<String> {
    let mixed = ["number with string", "string with number"].contains(&f.kind);
    if f.fault == Fault::Compare && mixed {
        return say("a string is not converted to be compared: write `tonumber(text)`");
    }
    None
}

pub(super) fn no_integer(f: &Failure<'_>) -> Option<String> {
    // What `error` raises may say anything.
    let own = f.fault == Fault::NoInteger || matches!(f.fault, Fault::Argument(_));
    if own && f.message.contains("number has no integer representation") {
        return say("`//` divides to a whole number, and `math.floor` rounds down");
    }
    None
}

/// `"a" * 3`, `"%d" % x`
pub(super) fn string_operator(f: &Failure<'_>) -> Option<String> {
    let Site::Operation(id) = f.site else { return None };
    let Shape::Binary(op, left, right) = *f.shape(id) else { return None };
    let native = f.raised.native.is_some();
    let literal = |id: Id| matches!(*f.shape(f.reading.tree.inside(id)), Shape::Str(_));
    if op == BinOp::BAnd && f.fault == Fault::Bitwise && (literal(left) || literal(right)) {
        return say("strings are joined with `..`");
    }
    if f.fault != Fault::Arithmetic || !native {
        return None;
    }
    match op {
        BinOp::Mod if f.message.contains(" a 'string' with a ") => {
            Some(format!("text is filled in with `string.format({}, ...)`", f.text(left, "text")))
        }
        BinOp::Mul if f.kind == "string" && f.message.contains("'number'") => {
            let string = f.about?;
            let count = f.text(if string == left { right } else { left }, "n");
            let s = f.text(string, "s");
            let s = if literal(string) { format!("({s})") } else { s };
            Some(format!("`*` multiplies numbers: `{s}:rep({count})` repeats a string"))
        }
        _ => None,
    }
}
