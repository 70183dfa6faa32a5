//! What functions of the library refuse: patterns and formats.

use super::{Failure, Fault, Shape, Site, say};

/// `s:gsub("%", "")`, `s:find("[")`: signs that patterns have.
pub(super) fn pattern(f: &Failure<'_>) -> Option<String> {
    let native = f.raised.native.as_deref()?.strip_prefix("string.")?;
    if !matches!(native, "find" | "match" | "gmatch" | "gsub") {
        return None;
    }
    let message = f.message;
    let replacement = message.starts_with("invalid capture index")
        || message.starts_with("invalid use of '%' in replacement");
    if replacement && native == "gsub" && message.contains("replacement") {
        return say("a `%` itself is written `%%` in what replaces");
    }
    let sign = match () {
        () if message.contains("ends with '%'") || message.contains("after '%") => "%",
        () if message.contains("missing ']'") || message.contains("missing '['") => "[",
        () if message.starts_with("unfinished capture") => "(",
        () if message.starts_with("invalid pattern capture") => ")",
        () => return None,
    };
    Some(format!(
        "a `{sign}` itself is written `%{sign}` in patterns; `s:find(x, 1, true)` has none"
    ))
}

/// `function string:trim() ... end`, where the library's tables stay as they are.
pub(super) fn read_only(f: &Failure<'_>) -> Option<String> {
    let set = matches!(f.site, Site::Set(_)) && f.raised.native.is_none();
    if set && f.message == "attempt to modify a readonly table" {
        return say("tables of the library stay as they are: keep functions of your own in a \
             table or variable of your own");
    }
    None
}

/// `string.format("100%")`
pub(super) fn conversion(f: &Failure<'_>) -> Option<String> {
    let format = f.raised.native.as_deref() == Some("string.format");
    if format && f.message.starts_with("invalid conversion '%") {
        return say("a `%` itself is written `%%`; values are `%s`, `%d`, `%f`, `%x`, `%q`");
    }
    None
}

/// `print "a" "b"`
pub(super) fn second_string(f: &Failure<'_>) -> Option<String> {
    let Site::Call(call) = f.site else { return None };
    let Shape::Call { callee, open, .. } = *f.shape(call) else { return None };
    let called = matches!(*f.shape(callee), Shape::Call { .. });
    let at = f.reading.tokens.at(f.reading.chunk.nodes.get(open)?.at as usize);
    let string = matches!(f.reading.tokens.tok(at), crate::syntax::token::Tok::Str(_));
    if f.kind == "nil" && called && string {
        return say("several arguments stand in parentheses: `print(a, b)`");
    }
    None
}

/// Functions whose arguments are taken for others, and how they are called.
const CALLS: [(&str, &str); 8] = [
    ("table.concat", "`table.concat(list, separator)`"),
    ("table.insert", "`table.insert(list, value)` or `table.insert(list, position, value)`"),
    ("table.remove", "`table.remove(list, position)`"),
    ("table.sort", "`table.sort(list, function(a, b) return a < b end)`"),
    ("string.gsub", "`string.gsub(s, pattern, replacement)`"),
    ("string.rep", "`string.rep(s, count)`"),
    ("string.sub", "`string.sub(s, first, last)`"),
    ("setmetatable", "`setmetatable(t, metatable)`"),
];

/// `table.concat(",", list)`, `table.insert(list)`
pub(super) fn order(f: &Failure<'_>) -> Option<String> {
    let native = f.raised.native.as_deref()?;
    let (_, call) = CALLS.iter().find(|(name, _)| *name == native)?;
    let wrong = matches!(f.fault, Fault::Argument(1..)) && f.message.contains(" expected, got ");
    // Of what is nil the order says nothing.
    let count = f.message.starts_with("wrong number of arguments to ");
    let told = count || wrong && !f.message.ends_with(" got nil)");
    if told { Some(format!("it is called as {call}")) } else { None }
}
