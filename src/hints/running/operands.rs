//! Operands that an operator cannot do with.

use super::{Failure, Fault, Held, Id, Op, Shape, Site, say};
use crate::syntax::ast::{BinOp, UnOp};
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
        Fault::Concat | Fault::Length => f.kind == "nil",
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
    let fails = matches!(f.fault, Fault::Arithmetic | Fault::Index);
    let about = f.about.filter(|_| fails && f.kind == "function")?;
    let (x, field) = (f.text(about, "x"), f.field(about));
    if let Some((base, _)) = field.filter(|(_, name)| name == "len") {
        return Some(format!("the length of a list or string is `#{}`", f.text(base, "s")));
    }
    Some(format!("`{x}` is a function: its value is that of `{x}(...)`"))
}

/// `not n % 2`
pub(super) fn negated(f: &Failure<'_>) -> Option<String> {
    let about = f.about.filter(|_| f.fault == Fault::Arithmetic && f.kind == "boolean")?;
    if !matches!(*f.shape(about), Shape::Unary(UnOp::Not, _)) {
        return None;
    }
    say("`not` comes before other operators: what it negates stands in parentheses")
}

/// Tells whether the part that is read is called.
fn is_called(f: &Failure<'_>) -> bool {
    let (Site::Get(id) | Site::Method(id)) = f.site else { return false };
    let parent = f.reading.tree.exprs[id].parent.map(|parent| f.shape(parent));
    matches!(parent, Some(Shape::Call { callee, .. }) if *callee == id)
}

/// `n.x`, `s.x = 1`, `#n`: parts of what has none.
pub(super) fn no_parts(f: &Failure<'_>) -> Option<String> {
    let about = f.about?;
    let x = f.text(about, "x");
    let named = matches!(*f.shape(about), Shape::Name(_) | Shape::Field { .. });
    if !named || f.local_held(about) == Some(Held::Table) {
        return None;
    }
    match (f.fault, f.kind) {
        // What is called is another type's method.
        (Fault::Index, "number" | "boolean") if !is_called(f) => {
            Some(format!("`{x}` is a {}, and has no fields", f.kind))
        }
        (Fault::Index, "string") if matches!(f.site, Site::Set(_)) => {
            Some(format!("`{x}` is a string, and takes no fields"))
        }
        (Fault::Length, "number" | "boolean") => {
            Some(format!("`#` is the length of a string or list, and `{x}` is a {}", f.kind))
        }
        _ => None,
    }
}

/// `row + 1` where `row` is a table.
pub(super) fn table_value(f: &Failure<'_>) -> Option<String> {
    let fails = matches!(f.fault, Fault::Arithmetic | Fault::Bitwise);
    let about = f.about.filter(|_| fails && f.kind == "table")?;
    let t = f.text(about, "t");
    let named = matches!(*f.shape(about), Shape::Name(_) | Shape::Field { .. });
    named.then(|| format!("`{t}` is a table: a number of it is `{t}.key`, or its length `#{t}`"))
}

pub(super) fn length_of_nil(f: &Failure<'_>) -> Option<String> {
    if f.fault != Fault::Length || f.kind != "nil" || *f.shape(f.about?) == Shape::Nil {
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
    // `print "a" .. b` where a value is wanted, as at a prompt.
    if let Shape::Call { callee, .. } = *f.shape(f.about?)
        && matches!(f.text(callee, "f").as_str(), "print" | "warn")
        && f.reading.tokens.tok(f.reading.tree.exprs[f.about?].tokens.1) != Tok::Byte(b')')
    {
        return Some(format!(
            "a call without parentheses takes one string or table: write `{}(...)`",
            f.text(callee, "f"),
        ));
    }
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
    let Site::Compare(id) = f.site else { return None };
    let Shape::Binary(op, left, right) = *f.shape(id) else { return None };
    if f.fault == Fault::Compare && f.kind == "two table" {
        return say("tables do not compare: compare a part of each, as in `a.key < b.key`");
    }
    if f.fault == Fault::Compare && f.kind == "two nil" {
        let both = [left, right].map(|id| f.text(id, ""));
        let named = both.iter().all(|text| !text.is_empty() && text != "nil");
        return named.then(|| format!("`{}` and `{}` are nil here", both[0], both[1]));
    }
    match f.kind.split_once(" with ").filter(|_| f.fault == Fault::Compare)? {
        ("number", "string") | ("string", "number") => {
            let is_text = |held: Held| matches!(held, Held::String(_));
            let text = f.side(op, left, right, is_text);
            let named = text.filter(|id| !matches!(f.shape(*id), Shape::Str(_)));
            let x = named.map_or_else(|| "text".to_owned(), |id| f.text(id, "text"));
            Some(format!("a string is not converted to be compared: write `tonumber({x})`"))
        }
        ("number", "table") | ("table", "number") => {
            let list = f.side(op, left, right, |held| held == Held::Table)?;
            Some(format!("the length of a list is `#{}`", f.text(list, "t")))
        }
        // `1 < x < 3`
        ("boolean", "number") | ("number", "boolean") if is_chained(f, left, right) => {
            say("comparisons are not chained: write `a < x and x < b`")
        }
        (other @ ("number" | "string"), "nil") | ("nil", other @ ("number" | "string")) => {
            let about = f.about.filter(|about| *about != id)?;
            if *f.shape(about) == Shape::Nil {
                return say("nil is neither smaller nor larger: write `== nil` or `~= nil`");
            }
            let (x, usual) = (f.text(about, "x"), if other == "number" { "0" } else { "\"\"" });
            Some(format!("`{x}` is nil here: if that may be, write `({x} or {usual})`"))
        }
        _ => None,
    }
}

/// Tells whether one side of a comparison is a comparison.
fn is_chained(f: &Failure<'_>, left: Id, right: Id) -> bool {
    [left, right].into_iter().any(|side| {
        matches!(*f.shape(side), Shape::Binary(BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge, ..))
    })
}

/// `t[nil] = 1`, `{[k] = 1}`
pub(super) fn nil_key(f: &Failure<'_>) -> Option<String> {
    let key = f.about.filter(|_| f.fault == Fault::Other && f.raised.native.is_none())?;
    let k = f.text(key, "the key");
    match f.message {
        "table index is nil" if *f.shape(key) == Shape::Nil => {
            say("nothing can be stored in a table under nil")
        }
        "table index is nil" => {
            Some(format!("`{k}` is nil here, and nothing can be stored in a table under nil"))
        }
        "table index is NaN" => {
            Some(format!("`{k}` is not a number here, and nothing can be stored under that"))
        }
        _ => None,
    }
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
    // Beside a number it is bits that are meant.
    let number = |id: Id| {
        matches!(*f.shape(f.reading.tree.inside(id)), Shape::Integer(_) | Shape::Float(_))
            || matches!(f.local_held(id), Some(Held::Integer | Held::Float(_)))
    };
    if matches!(op, BinOp::BAnd | BinOp::BOr)
        && f.fault == Fault::Bitwise
        && matches!(f.kind, "nil" | "boolean")
        && (![left, right].into_iter().any(number) || is_between(f, id))
    {
        let (sign, word) = if op == BinOp::BAnd { ("&", "and") } else { ("|", "or") };
        return Some(format!("`{sign}` works on bits: conditions are joined with `{word}`"));
    }
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

/// `x == 1 & y == 2`: tells whether what is between two comparisons is an operand of the first.
fn is_between(f: &Failure<'_>, id: Id) -> bool {
    let comparison = |id: Id| {
        f.reading.tree.exprs[id].parent.filter(|parent| {
            matches!(
                *f.shape(*parent),
                Shape::Binary(
                    BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge,
                    ..
                )
            )
        })
    };
    comparison(id).and_then(comparison).is_some()
}

/// `t.count * 2` where that is nil.
pub(super) fn sum_of_nil(f: &Failure<'_>) -> Option<String> {
    let about = f.about.filter(|_| f.fault == Fault::Arithmetic && f.kind == "nil")?;
    if !matches!(*f.shape(about), Shape::Field { .. } | Shape::Index { .. } | Shape::Name(_)) {
        return None;
    }
    if let Some(key) = dashed_key(f, about) {
        return Some(key);
    }
    let x = f.text(about, "x");
    Some(format!("`{x}` is nil here: if that may be, write `({x} or 0)`"))
}

/// `t.first-name`, where the script has a key "first-name".
fn dashed_key(f: &Failure<'_>, about: Id) -> Option<String> {
    let Site::Operation(id) = f.site else { return None };
    let Shape::Binary(BinOp::Sub, left, right) = *f.shape(id) else { return None };
    let (base, first) = f.field(left).filter(|_| left == about)?;
    let key = format!("{first}-{}", f.name(right)?);
    let has = f.reading.chunk.strings.iter().any(|text| text[..] == *key.as_bytes());
    has.then(|| format!("a key with a `-` is written `{}[\"{key}\"]`", f.text(base, "t")))
}
