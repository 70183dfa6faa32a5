//! Where a value comes from that is not what it is taken for.

use super::super::around::{begins_statement, closing};
use super::super::names::{As, is_foreign_value};
use super::nothing::{returns_nothing, why_nil};
use super::{Failure, Fault, Id, Shape, Site, is_local};
use crate::syntax::ast::Kind;
use crate::syntax::token::Tok;

/// Returns what a loop goes through with `ipairs` or `pairs`, if the iterator has failed.
pub(super) fn gone_through(f: &Failure<'_>) -> Option<Id> {
    let Site::ForIn(values) = &f.site else { return None };
    let [only] = values.as_slice() else { return None };
    let Shape::Call { callee, .. } = *f.shape(*only) else { return None };
    let [list] = f.reading.tree.args(*only) else { return None };
    let known = matches!(f.name(callee)?.as_str(), "ipairs" | "pairs") && !is_local(f, callee);
    (known && f.raised.native.is_some()).then_some(*list)
}

/// Returns the expression that is nil: what the error is about, or what a loop goes through.
pub(super) fn nil_value(f: &Failure<'_>) -> Option<Id> {
    if f.kind.contains("nil") || f.message.ends_with("got nil)") {
        return f.about.or_else(|| gone_through(f));
    }
    gone_through(f).filter(|_| f.message == "attempt to index a nil value")
}

/// What a function that answers nil and a text wants.
fn asserting(path: &str) -> String {
    format!("`{path}` answers nil and a text where it fails: `assert({path}(...))` raises the text")
}

/// `#jido.read_file("x")`: the function has failed.
pub(super) fn answer_of_failure(f: &Failure<'_>) -> Option<String> {
    let Shape::Call { callee, .. } = *f.shape(nil_value(f)?) else { return None };
    let path = f.text(callee, "");
    let known = f.names.answering.contains(&path) && !is_local(f, callee);
    known.then(|| asserting(&path))
}

/// Where something is set.
struct Setting {
    name: String,
    /// The token that is its name.
    at: usize,
    /// The token `=`.
    equals: usize,
}

/// Returns where what is nil is last set in front of there: alone, or as the first of several
/// variables.
fn last_set(f: &Failure<'_>) -> Option<Setting> {
    let about = nil_value(f)?;
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
            && (is_field || !part)
    };
    let equals = |at: usize| {
        let mut behind = at + 1;
        while !is_field
            && tokens.tok(behind) == Tok::Byte(b',')
            && matches!(tokens.tok(behind + 1), Tok::Name(_))
        {
            behind += 2;
        }
        (tokens.tok(behind) == Tok::Byte(b'=')).then_some(behind)
    };
    let sets = (0..first).rev().filter(is_set);
    let (set, equals) = sets.filter_map(|at| Some((at, equals(at)?))).next()?;
    // Another variable of that name is declared between the two.
    let between = tokens.get(equals).start + 1..tokens.get(first).start;
    let hidden = f.reading.chunk.nodes.iter().any(|node| match node.kind {
        Kind::Param(known)
        | Kind::ForName(known)
        | Kind::ForNum(known)
        | Kind::LocalFunction(known)
        | Kind::LocalName(known, _) => {
            between.contains(&(node.at as usize)) && f.reading.name(known) == name.as_bytes()
        }
        _ => false,
    });
    if hidden && !is_field {
        return None;
    }
    Some(Setting { name, at: set, equals })
}

/// Returns the call that what is nil was last set to.
pub(super) fn value_set(f: &Failure<'_>) -> Option<Id> {
    let first = last_set(f)?.equals + 1;
    let exprs = f.reading.tree.exprs.iter().enumerate();
    let calls = exprs.filter(|(_, expr)| matches!(expr.shape, Shape::Call { .. }));
    let calls = calls.filter(|(_, expr)| expr.tokens.0 == first);
    calls.max_by_key(|(_, expr)| expr.tokens.1).map(|(id, _)| id)
}

/// `x = None` in front of `x.y`: nil has another name elsewhere.
pub(super) fn set_to_nothing(f: &Failure<'_>) -> Option<String> {
    let Setting { name, equals, .. } = last_set(f)?;
    let tokens = &f.reading.tokens;
    let word = String::from_utf8(tokens.text(equals + 1).to_vec()).ok()?;
    let goes_on = matches!(
        tokens.tok(equals + 2),
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
    let line = tokens.get(equals + 1).line;
    Some(format!("line {line} sets `{name}` to `{word}`: {what}"))
}

/// The call that a variable is set to.
struct Called<'a> {
    /// `string.find`, or `s:find`.
    path: String,
    last: &'a [u8],
    module: &'a [u8],
    method: bool,
    /// It has any.
    arguments: bool,
}

/// Returns the call that is all of the value behind a token `=`.
fn called<'a>(f: &Failure<'a>, equals: usize) -> Option<Called<'a>> {
    let tokens = &f.reading.tokens;
    // Of `("..."):find(...)` the string's parentheses are passed over.
    let string = tokens.tok(equals + 1) == Tok::Byte(b'(')
        && matches!(tokens.tok(equals + 2), Tok::Str(_))
        && tokens.tok(equals + 3) == Tok::Byte(b')');
    let begin = if string { equals + 4 } else { equals + 1 };
    let open = (begin..begin + 6).find(|at| tokens.tok(*at) == Tok::Byte(b'('))?;
    let close = closing(tokens, open)?;
    let ends = matches!(
        tokens.tok(close + 1),
        Tok::Eof
            | Tok::Byte(b';' | b',')
            | Tok::End
            | Tok::Name(_)
            | Tok::Local
            | Tok::Return
            | Tok::If
            | Tok::For
            | Tok::While
    ) || tokens.get(close + 1).line > tokens.get(close).line
        && begins_statement(tokens, close + 1);
    let names =
        (begin..open).all(|at| matches!(tokens.tok(at), Tok::Name(_) | Tok::Byte(b'.' | b':')));
    if !ends || !names {
        return None;
    }
    let last = tokens.text(open - 1);
    let method = tokens.tok(open - 2) == Tok::Byte(b':');
    let module = if open >= equals + 4 { tokens.text(open - 3) } else { b"" };
    let path: Vec<u8> = (begin..open).flat_map(|at| tokens.text(at).to_vec()).collect();
    let path = String::from_utf8(path).ok()?;
    Some(Called { path, last, module, method, arguments: close >= open + 2 })
}

/// `t = table.sort(t)`, `n = tonumber(text)`: what may well be nil.
pub(super) fn set_by_call(f: &Failure<'_>) -> Option<String> {
    let Setting { name, at: set, equals } = last_set(f)?;
    let tokens = &f.reading.tokens;
    let line = tokens.get(set).line;
    let Called { path, last, module, method, arguments, .. } = called(f, equals)?;
    let why = match why_nil(f, module, last, method, arguments) {
        Some(why) => why.to_owned(),
        None if arguments && f.names.answering.contains(&path) && equals > set + 2 => {
            let text = String::from_utf8_lossy(tokens.text(set + 2));
            format!("`{path}` answers nil and a text where it fails: look at `{text}` first")
        }
        None if arguments && f.names.answering.contains(&path) => asserting(&path),
        None => returns_nothing(f, &path)?,
    };
    Some(format!("line {line} sets `{name}`: {why}"))
}

/// What the second of two variables is called that is to have an error's message.
const MESSAGES: [&[u8]; 7] = [b"err", b"error", b"errmsg", b"e", b"msg", b"message", b"why"];

/// `local value, err = json.decode(text)`: the function raises its errors.
pub(super) fn raised_not_answered(f: &Failure<'_>) -> Option<String> {
    let native = f.raised.native.as_deref()?;
    let Site::Call(call) = f.site else { return None };
    let Shape::Call { callee, .. } = *f.shape(call) else { return None };
    let is_named = matches!(*f.shape(callee), Shape::Name(_) | Shape::Field { .. });
    let tokens = &f.reading.tokens;
    let (first, _) = f.reading.tree.exprs[call].tokens;
    let [value, comma, message, equals] = [4, 3, 2, 1].map(|before| first.checked_sub(before));
    let is_set = tokens.tok(equals?) == Tok::Byte(b'=')
        && tokens.tok(comma?) == Tok::Byte(b',')
        && MESSAGES.contains(&tokens.text(message?))
        && matches!(tokens.tok(value?), Tok::Name(_));
    if !is_named || !is_set || f.fault != Fault::Other || matches!(native, "error" | "assert") {
        return None;
    }
    let path = f.text(callee, "f");
    // Who calls the first one so wants what `pcall` returns, as it does.
    let taken = if tokens.text(value?) == b"ok" { message? } else { value? };
    let value = String::from_utf8_lossy(tokens.text(taken));
    Some(format!("`{path}` raises its errors: `local ok, {value} = pcall({path}, ...)` takes them"))
}

/// `for v in ipairs(list) do v.x`: the first variable is the index.
pub(super) fn index_for_item(f: &Failure<'_>) -> Option<String> {
    let name = f.name(f.about?)?;
    if f.kind != "number" || f.fault != Fault::Index {
        return None;
    }
    let tokens = &f.reading.tokens;
    let (first, _) = f.reading.tree.exprs[f.about?].tokens;
    let head = (0..first)
        .rev()
        .find(|at| tokens.tok(*at) == Tok::For && tokens.text(at + 1) == name.as_bytes())?;
    let pairs = matches!(tokens.text(head + 3), b"ipairs" | b"pairs");
    if tokens.tok(head + 2) == Tok::In && pairs {
        let of = String::from_utf8_lossy(tokens.text(head + 3)).into_owned();
        return Some(format!(
            "`{of}` gives the key first, and then the value: `for i, {name} in {of}(...) do`"
        ));
    }
    None
}
