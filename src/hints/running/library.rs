//! What functions of the library refuse: patterns and formats.

use super::super::idioms::BITS;
use super::{Failure, Fault, Shape, Site, say};
use crate::syntax::token::Tok;

/// `s:gsub("%", "")`, `s:find("[")`: signs that patterns have.
pub(super) fn pattern(f: &Failure<'_>) -> Option<String> {
    let native = f.raised.native.as_deref()?.strip_prefix("string.")?;
    // The last one is what `gmatch` gives.
    if !matches!(native, "find" | "match" | "gmatch" | "gsub" | "gmatch_aux") {
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
    if !format {
        return None;
    }
    match f.message {
        text if text.starts_with("invalid conversion '%") => {
            say("a `%` itself is written `%%`; values are `%s`, `%d`, `%f`, `%x`, `%q`")
        }
        text if text.ends_with("(no value)") => {
            say("the format has more `%` than there are values behind it; a `%` itself is `%%`")
        }
        text if text.ends_with("(number expected, got string)") => {
            say("`%s` takes any value; the others take numbers, as `tonumber(text)` gives")
        }
        _ => None,
    }
}

/// `table.concat` and `table.sort` of items that they cannot do with.
pub(super) fn items(f: &Failure<'_>) -> Option<String> {
    match f.raised.native.as_deref()? {
        "table.concat" if f.message.starts_with("invalid value (nil)") => {
            say("an item is nil: what is joined has no holes")
        }
        "table.concat" if f.message.starts_with("invalid value (") => {
            say("items that are joined are strings and numbers: collect `tostring(item)`, or a \
                 field of each")
        }
        "table.sort"
            if f.message.starts_with("attempt to compare nil ")
                || f.message.starts_with("attempt to compare two nil ")
                || f.message.ends_with(" with nil") =>
        {
            say("an item is nil: a list that is sorted has no holes")
        }
        "table.sort" if f.message.starts_with("attempt to compare ") => {
            say("items that do not compare want a function: \
                 `table.sort(list, function(a, b) return a.key < b.key end)`")
        }
        _ => None,
    }
}

/// `error(err)` where that is nil.
pub(super) fn nil_raised(f: &Failure<'_>) -> Option<String> {
    let raised = f.raised.native.as_deref() == Some("error") && f.message == "nil";
    let [value, ..] = *f.reading.tree.args(f.call().filter(|_| raised)?) else { return None };
    if *f.shape(value) == Shape::Nil {
        return say("the error has no text: `error(\"...\")` says what is wrong");
    }
    Some(format!("`{}` is nil here: the error has no text", f.text(value, "its value")))
}

/// `print "a" "b"`
pub(super) fn second_string(f: &Failure<'_>) -> Option<String> {
    let Site::Call(call) = f.site else { return None };
    let Shape::Call { callee, open, .. } = *f.shape(call) else { return None };
    let called = matches!(*f.shape(callee), Shape::Call { .. });
    let at = f.reading.tokens.at(f.reading.chunk.nodes.get(open)?.at as usize);
    let string = matches!(f.reading.tokens.tok(at), Tok::Str(_));
    if f.kind != "nil" || !called || !string {
        return None;
    }
    let (_, last) = f.reading.tree.exprs[callee].tokens;
    let tokens = &f.reading.tokens;
    let between = tokens.get(last).end..tokens.get(at).start;
    if tokens.source().get(between).is_some_and(|between| between.contains(&b'\n')) {
        return say("a string on the next line is an argument of the call in front of it: a \
                    comment begins with `--`");
    }
    say("several arguments stand in parentheses: `print(a, b)`")
}

/// `'a 'word' b'`: what is called is the string in front, with the one behind.
pub(super) fn quote_ended(f: &Failure<'_>) -> Option<String> {
    let call = f.call().filter(|_| f.fault == Fault::Call)?;
    let [argument] = *f.reading.tree.args(call) else { return None };
    let (first, _) = f.reading.tree.exprs[argument].tokens;
    let tokens = &f.reading.tokens;
    let word = first.checked_sub(1)?;
    let string = word.checked_sub(1).is_some_and(|at| matches!(tokens.tok(at), Tok::Str(_)));
    let touches = string && tokens.touches_next(word - 1) && tokens.touches_next(word);
    if !matches!(f.shape(argument), Shape::Str(_)) || !touches {
        return None;
    }
    let (word, quote) = (tokens.text(word), *tokens.text(first).first()?);
    let (word, quote) = (String::from_utf8_lossy(word), char::from(quote));
    Some(format!("the quote in front of `{word}` ends the string: write `\\{quote}` there"))
}

/// `table.insert(list, 5, x)` far behind the end.
pub(super) fn position(f: &Failure<'_>) -> Option<String> {
    let insert = f.raised.native.as_deref() == Some("table.insert");
    if !insert || !f.message.ends_with("(position out of bounds)") {
        return None;
    }
    let [list, ..] = *f.reading.tree.args(f.call()?) else { return None };
    let t = f.text(list, "t");
    Some(format!("positions go from 1 to `#{t} + 1`: `{t}[i] = value` takes any"))
}

/// `math.floor(text)`
pub(super) fn number_of_text(f: &Failure<'_>) -> Option<String> {
    let number = f.message.ends_with("(number expected, got string)");
    let math = f.raised.native.as_deref().is_some_and(|native| native.starts_with("math."));
    let about = f.about.filter(|_| number && math)?;
    match *f.shape(about) {
        Shape::Name(_) | Shape::Field { .. } | Shape::Index { .. } => {
            Some(format!("a number of a text is `tonumber({})`", f.text(about, "text")))
        }
        _ => None,
    }
}

/// `local function f() return f() + 1 end`
pub(super) fn without_end(f: &Failure<'_>) -> Option<String> {
    let overflow = f.raised.native.is_none() && f.message.starts_with("stack overflow");
    if overflow && matches!(f.site, Site::Call(_)) {
        return say("functions call themselves here without an end: one case is to return");
    }
    None
}

/// Functions whose arguments are taken for others, and how they are called.
const CALLS: [(&str, &str); 9] = [
    ("table.concat", "`table.concat(list, separator)`"),
    ("table.insert", "`table.insert(list, value)` or `table.insert(list, position, value)`"),
    ("table.remove", "`table.remove(list, position)`"),
    ("table.sort", "`table.sort(list, function(a, b) return a < b end)`"),
    ("string.find", "`string.find(s, pattern, init, plain)`"),
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

/// `require("cjson")`, `require("jido")`: what libraries of C and others do that this Lua has
/// without them.
pub(super) fn elsewhere(f: &Failure<'_>) -> Option<String> {
    let module = f.message.strip_prefix("module '")?.split('\'').next()?;
    let (name, what) = match module {
        "cjson" | "cjson.safe" | "dkjson" | "lunajson" | "rapidjson" | "json" | "lua-cjson" => {
            ("json", "`json` is here without `require`: `json.encode(x)`, `json.decode(text)`")
        }
        "bit" | "bit32" => return Some(BITS.to_owned()),
        "utf8" | "lua-utf8" | "compat53.utf8" => ("utf8", "`utf8` is here without `require`"),
        // `require("jido")`
        _ if f.names.fields.contains_key(module) && f.names.globals.contains(module) => {
            return Some(format!("`{module}` is here without `require`"));
        }
        _ => return None,
    };
    f.names.globals.contains(name).then(|| what.to_owned())
}
