//! Operands that an operator cannot do with.

use super::super::names::is_foreign_value;
use super::{Failure, Fault, Held, Id, Op, Shape, Site, say};
use crate::hints::names::As;
use crate::syntax::ast::{BinOp, Kind};
use crate::syntax::token::Tok;

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
    if f.fault != Fault::Arithmetic || !native {
        return None;
    }
    let literal = |id: Id| matches!(*f.shape(f.reading.tree.inside(id)), Shape::Str(_));
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

/// `x = None` in front of `x.y`: nil has another name elsewhere.
pub(super) fn set_to_nothing(f: &Failure<'_>) -> Option<String> {
    if !f.kind.contains("nil") {
        return None;
    }
    let about = f.about?;
    let (name, is_field) = match *f.shape(about) {
        Shape::Name(_) => (f.name(about)?, false),
        Shape::Field { .. } => (f.field(about)?.1, true),
        _ => return None,
    };
    let tokens = &f.reading.tokens;
    let (first, _) = f.reading.tree.exprs[about].tokens;
    let is_set = |at: &usize| {
        let part = at.checked_sub(1).is_some_and(|before| {
            matches!(tokens.tok(before), Tok::Byte(b'.' | b':' | b'{' | b','))
        });
        tokens.text(*at) == name.as_bytes()
            && matches!(tokens.tok(*at), Tok::Name(_))
            && tokens.tok(at + 1) == Tok::Byte(b'=')
            && (is_field || !part)
    };
    let set = (0..first).rev().find(is_set)?;
    let word = String::from_utf8(tokens.text(set + 2).to_vec()).ok()?;
    let goes_on = matches!(
        tokens.tok(set + 3),
        Tok::Byte(b'.' | b'[' | b'(' | b':' | b'{') | Tok::Or | Tok::And | Tok::Str(_)
    );
    let declared = f.reading.chunk.nodes.iter().any(|node| {
        matches!(
            node.kind,
            Kind::LocalName(known, _) | Kind::Param(known) | Kind::LocalFunction(known)
                if f.reading.name(known) == word.as_bytes()
        )
    });
    if goes_on || declared || !is_foreign_value(&word) || f.names.globals.contains(&word) {
        return None;
    }
    let what = f.names.for_global(&word, As::Value)?;
    let line = tokens.get(set + 2).line;
    Some(format!("line {line} sets `{name}` to `{word}`: {what}"))
}
