//! Words that other languages begin statements with.

use super::super::around::{begins_statement, bracket, line_start};
use super::super::idioms::{CATCH, END, ENDLESS_LOOP, LIST_LOOP, MODULE, REQUIRE, SWITCH, UNLESS};
use super::{Wrong, say};
use crate::base::nearest::nearest;
use crate::syntax::token::Tok;

/// What to write for a block that closes what it opens.
const WITH: &str =
    "Lua has no `with`: `local file <close> = ...` is closed at the end of its block";

pub(super) fn elseif(w: &Wrong<'_>) -> Option<String> {
    let words: [&[u8]; 5] = [b"elif", b"elsif", b"elseIf", b"elsIf", b"else_if"];
    // In `then y elif z` the statement begins with `y`.
    let behind = w.is_name(-1) && w.what.starts_with("syntax error") && words.contains(&w.text(0));
    if behind || words.contains(&w.line_word()) {
        return say("Lua writes `elseif`");
    }
    None
}

pub(super) fn continue_word(w: &Wrong<'_>) -> Option<String> {
    if w.what.starts_with("syntax error") && w.follows(&["continue"]) {
        return say(
            "Lua has no `continue`: write `goto continue`, and `::continue::` before the loop's `end`",
        );
    }
    None
}

pub(super) fn switch(w: &Wrong<'_>) -> Option<String> {
    let words: [&[u8]; 4] = [b"switch", b"case", b"match", b"when"];
    let inside =
        bracket(w.tokens, w.at).and_then(|open| open.checked_sub(1)).is_some_and(|before| {
            let first = line_start(w.tokens, before);
            w.tokens.text(first) == b"switch" && begins_statement(w.tokens, first)
        });
    if words.contains(&w.line_word()) || inside {
        return say(SWITCH);
    }
    None
}

/// What declares variables elsewhere: words, and types.
pub(super) const DECLARES: [&str; 23] = [
    "let", "var", "auto", "int", "float", "double", "bool", "boolean", "string", "String", "str",
    "char", "long", "short", "byte", "unsigned", "number", "object", "dim", "Dim", "my", "our",
    "val",
];

pub(super) fn declaration(w: &Wrong<'_>) -> Option<String> {
    let word = w.word();
    if w.is_name(0) {
        if w.follows(&["const"]) {
            return say("Lua declares constants with `local name <const> = ...`");
        }
        if w.follows(&DECLARES) && w.is(1, b'(') {
            return Some(format!(
                "Lua defines functions with `function name(...) ... end`, not `{word}`"
            ));
        }
        if w.follows(&DECLARES) {
            return Some(format!("Lua declares variables with `local`, not `{word}`"));
        }
        if w.follows(&["global"]) {
            return say("a global in Lua is assigned without a declaration");
        }
    }
    // `my %counts`, `our @list`
    if matches!(w.tok(0), Tok::Byte(b'%')) && w.follows(&["my", "our"]) {
        return Some(format!("Lua declares variables with `local`, not `{word}`"));
    }
    // `char *s`, `int[] list`
    let pointer = w.is(0, b'*') && w.follows(&DECLARES);
    let is_type = |at: isize| w.is_name(at) && DECLARES.iter().any(|t| t.as_bytes() == w.text(at));
    let list = w.is(0, b']') && w.is(-1, b'[') && is_type(-2) && w.begins(-2);
    if pointer || list {
        let word = String::from_utf8_lossy(w.text(if list { -2 } else { -1 })).into_owned();
        return Some(format!("Lua declares variables with `local`, not `{word}`"));
    }
    let words: [&[u8]; 3] = [b"let", b"const", b"var"];
    let list = matches!(w.tok(0), Tok::Byte(b'=' | b'[' | b','));
    if list && words.contains(&w.line_word()) {
        return say("Lua declares variables with `local`: `local a, b = t.a, t.b`");
    }
    None
}

pub(super) fn definition(w: &Wrong<'_>) -> Option<String> {
    let words = ["def", "func", "fn", "fun", "proc", "procedure", "sub", "void"];
    if w.is_name(0) && w.follows(&words) {
        return Some(format!(
            "Lua defines functions with `function name(...) ... end`, not `{}`",
            w.word()
        ));
    }
    if w.tok(0) == Tok::Function
        && w.follows(&["async", "pub", "public", "private", "static", "inline"])
    {
        return Some(format!("Lua has no `{}`: write `local function`", w.word()));
    }
    let defines = matches!(w.text(0), b"def" | b"fn" | b"func");
    if w.is_name(0) && defines && w.follows(&["async", "pub", "public", "private", "static"]) {
        return Some(format!(
            "Lua has no `{}`: functions are `function name(...) ... end`",
            w.word()
        ));
    }
    None
}

/// `local def f(x) ... end`: of the words the parser makes a variable and a call, and only the
/// `end` closes nothing.
pub(super) fn local_definition(w: &Wrong<'_>) -> Option<String> {
    let name = |at: usize| matches!(w.tokens.tok(at), Tok::Name(_));
    let defines = |at: &usize| {
        let word = w.tokens.text(at + 1);
        let near = std::str::from_utf8(word)
            .is_ok_and(|word| word.len() > 4 && nearest(word, ["function"]).is_some());
        w.tokens.tok(*at) == Tok::Local
            && name(at + 1)
            && name(at + 2)
            && w.tokens.tok(at + 3) == Tok::Byte(b'(')
            && (near || matches!(word, b"def" | b"func" | b"fn" | b"fun"))
    };
    if w.tok(0) != Tok::End || !w.what.starts_with("<eof> expected") {
        return None;
    }
    let at = (0..w.at).rev().find(defines)?;
    let (line, word) = (w.tokens.get(at).line, String::from_utf8_lossy(w.tokens.text(at + 1)));
    Some(format!("line {line}: Lua writes `local function name(...)`, not `local {word}`"))
}

pub(super) fn anonymous(w: &Wrong<'_>) -> Option<String> {
    let statement =
        w.is(0, b'(') && w.tok(-1) == Tok::Function && w.what.starts_with("<name> expected");
    if statement {
        return say("a function statement needs a name: `local function name(...)`; \
             a function without one is a value: `local f = function(...) ... end`");
    }
    None
}

pub(super) fn class(w: &Wrong<'_>) -> Option<String> {
    if w.is_name(0) && w.follows(&["class", "struct", "interface", "enum", "trait", "impl"]) {
        return Some(format!("Lua has no `{}`: use a table, and `setmetatable`", w.word()));
    }
    let marked = w.follows(&["abstract", "public", "private", "final", "static", "data", "sealed"]);
    if marked && w.text(0) == b"class" {
        return say("Lua has no `class`: use a table, and `setmetatable`");
    }
    let exported = w.follows(&["export"]) && w.text(0) == b"type";
    if exported || w.is_name(0) && w.follows(&["type", "typedef"]) {
        return say("Lua has no types to declare");
    }
    None
}

pub(super) fn import(w: &Wrong<'_>) -> Option<String> {
    let all = w.is(0, b'*') && w.follows(&["import"]);
    // `from . import x`
    let from = w.text(-1) == b"import" && w.is(-2, b'.') && w.line_word() == b"from";
    if all || from || w.is_name(0) && w.follows(&["import", "from", "include", "using", "use"]) {
        return say(REQUIRE);
    }
    None
}

pub(super) fn exception(w: &Wrong<'_>) -> Option<String> {
    let words: [&[u8]; 4] = [b"try", b"catch", b"except", b"finally"];
    // `} catch (Exception e) {`
    let caught = bracket(w.tokens, w.at)
        .and_then(|open| open.checked_sub(1))
        .is_some_and(|before| matches!(w.tokens.text(before), b"catch" | b"except"));
    if caught || w.follows(&["try", "catch", "except", "finally"]) || words.contains(&w.line_word())
    {
        return say(CATCH);
    }
    if w.follows(&["raise", "throw"]) {
        return say("Lua raises errors with `error(message)`");
    }
    None
}

/// `async with f() as x:`, `async for x in y:`
pub(super) fn asynchronous(w: &Wrong<'_>) -> Option<String> {
    match w.text(0) {
        b"with" if w.follows(&["async"]) => say(WITH),
        b"for" if w.follows(&["async"]) => say("Lua has no `async`: leave it out"),
        _ => None,
    }
}

/// Functions that other languages call without parentheses.
const CALLED: [&str; 3] = ["assert", "error", "tostring"];

/// Words that begin a statement, and what to write.
const BEGIN: [(&str, &str); 19] = [
    ("with", WITH),
    ("export", "Lua has no `export`: a module returns a table, as in `return {name = name}`"),
    ("module", MODULE),
    ("package", MODULE),
    ("namespace", MODULE),
    ("yield", "a coroutine hands values out with `coroutine.yield(x)`"),
    ("unless", UNLESS),
    ("guard", UNLESS),
    ("foreach", LIST_LOOP),
    ("loop", ENDLESS_LOOP),
    ("nonlocal", "variables of the functions around are there without a declaration"),
    ("public", "Lua has no `public`: what is not `local` is seen by all"),
    ("private", "Lua has no `private`: what is `local` is seen in its block alone"),
    ("protected", "Lua has no `protected`: what is `local` is seen in its block alone"),
    ("static", "Lua has no `static`: what functions share is `local` outside of them"),
    ("final", "Lua declares constants with `local name <const> = ...`"),
    ("defer", "what is to be done at the end of a block is a `<close>` variable's `__close`"),
    ("go", "what takes turns is a coroutine: `coroutine.wrap(f)`"),
    ("extern", "a global in Lua needs no declaration"),
];

/// Words that end blocks elsewhere.
pub(super) const ENDS: [&str; 8] =
    ["endif", "endwhile", "endfor", "endfunction", "endforeach", "fi", "done", "esac"];

/// Words of [`BEGIN`], and words that end blocks elsewhere.
pub(super) fn beginning(w: &Wrong<'_>) -> Option<String> {
    if !w.what.starts_with("syntax error") {
        return None;
    }
    if w.follows(&ENDS) {
        return say(END);
    }
    let (word, what) = BEGIN.iter().find(|(word, _)| word.as_bytes() == w.text(-1))?;
    let here = w.same_line(-1) && !matches!(w.tok(0), Tok::Eof | Tok::Byte(b'=' | b',' | b'.'));
    if here && w.follows(&[word]) { say(what) } else { None }
}

/// `local x = yield 1`: words in front of a value.
pub(super) fn before_value(w: &Wrong<'_>) -> Option<String> {
    let value = w.is_name(0)
        || matches!(w.tok(0), Tok::Str(_) | Tok::Integer(_) | Tok::Float(_) | Tok::Nil)
        || w.is(0, b'{');
    // `x = typeof y`, of which `y` is taken for the next statement.
    let statement = w.what.starts_with("syntax error") && w.is_name(-1) && w.is_name(-2);
    let at = match () {
        () if w.text(0) == b"instanceof" && w.same_line(-1) && !w.begins(0) => 0,
        () if w.is_name(-1) && value && w.same_line(-1) && w.text(-1) != b"is" => -1,
        () if statement && w.same_line(-2) && !w.begins(-2) => -2,
        () => return None,
    };
    match w.text(at) {
        b"typeof" => say("write `type(x)`"),
        b"sizeof" => say("the length of a string or list is `#x`"),
        b"yield" => say("a coroutine hands values out with `coroutine.yield(x)`"),
        b"instanceof" => say("Lua has no `instanceof`: compare `type(x)`, or `getmetatable(x)`"),
        _ => None,
    }
}

/// `t.each do |v|`
pub(super) fn block_parameters(w: &Wrong<'_>) -> Option<String> {
    let block = w.tok(0) == Tok::Do && w.is(1, b'|');
    if block && w.what.starts_with("syntax error") { say(LIST_LOOP) } else { None }
}

/// `try:` and its kin, and `try {`: of those the parser makes a method, or a call.
pub(super) fn block_word(w: &Wrong<'_>) -> Option<String> {
    let word = match colon_head(w) {
        Some(head) if begins_statement(w.tokens, head) => w.tokens.text(head),
        _ => brace_word(w)?,
    };
    match word {
        b"try" | b"catch" | b"except" | b"finally" => say(CATCH),
        b"with" => say(WITH),
        b"switch" | b"match" | b"case" | b"default" => say(SWITCH),
        b"loop" | b"forever" => say(ENDLESS_LOOP),
        b"foreach" | b"forEach" => say(LIST_LOOP),
        b"unless" => say(UNLESS),
        _ => None,
    }
}

/// Returns the first token of the line before, if that ends in a `:` right in front of the
/// error.
pub(super) fn colon_head(w: &Wrong<'_>) -> Option<usize> {
    let colon = [-1, -2].into_iter().find(|distance| w.is(*distance, b':'))?;
    let index = w.index(colon)?;
    let (line, next) = (w.tokens.get(index).line, w.tokens.get(index + 1));
    let last = next.tok == Tok::Eof || next.line > line;
    last.then(|| line_start(w.tokens, index))
}

/// Returns the word in front of the brace that is open, and of the parentheses before that.
pub(super) fn brace_word<'a>(w: &Wrong<'a>) -> Option<&'a [u8]> {
    let open = bracket(w.tokens, w.at)?;
    let mut before = open.checked_sub(1)?;
    if w.tokens.tok(open) != Tok::Byte(b'{') {
        return None;
    }
    if w.tokens.tok(before) == Tok::Byte(b')') {
        before = bracket(w.tokens, before)?.checked_sub(1)?;
    }
    let name = matches!(w.tokens.tok(before), Tok::Name(_));
    (name && begins_statement(w.tokens, before)).then(|| w.tokens.text(before))
}

pub(super) fn other_words(w: &Wrong<'_>) -> Option<String> {
    if w.is_name(0) && w.is_name(-1) {
        match w.text(-1) {
            b"new" => {
                return say("Lua has no `new`: objects come from functions, as in `Point.new()`");
            }
            b"await" => {
                return say(
                    "Lua has no `await`: a function of a coroutine waits where it is called",
                );
            }
            b"del" | b"delete" if w.begins(-1) => {
                return say("what is not needed is set to nil: `t.key = nil`");
            }
            _ => {}
        }
    }
    // `local a, b = new Point(), new Point()`: the parser stops behind the first one.
    let new = |at: usize| {
        let name = |at: usize| matches!(w.tokens.tok(at), Tok::Name(_));
        let line = |at: usize| w.tokens.get(at).line;
        w.tokens.text(at) == b"new"
            && name(at)
            && name(at + 1)
            && line(at) == line(at + 1)
            && w.tokens.tok(at + 2) == Tok::Byte(b'(')
    };
    let stopped = w.is(0, b',') && w.what.starts_with("syntax error");
    if stopped && (line_start(w.tokens, w.at)..w.at).any(new) {
        return say("Lua has no `new`: objects come from functions, as in `Point.new()`");
    }
    let value = matches!(w.tok(0), Tok::Name(_) | Tok::Integer(_) | Tok::Float(_));
    let list =
        w.is(0, b',') && matches!(w.tok(-1), Tok::Str(_)) && w.text(-2) == b"print" && w.begins(-2);
    if list || value && w.follows(&["print", "echo", "puts"]) {
        return say("functions are called with parentheses: `print(a, b)`");
    }
    if value && w.follows(&CALLED) {
        return Some(format!("functions are called with parentheses: `{}(...)`", w.word()));
    }
    // What is behind it may be on the next line.
    let first = line_start(w.tokens, if w.same_line(-1) { w.at } else { w.at.checked_sub(1)? });
    let lambda = |at: usize| {
        w.tokens.text(at) == b"lambda"
            && matches!(w.tokens.tok(at + 1), Tok::Name(_) | Tok::Byte(b':'))
    };
    if (first..w.at).any(lambda) {
        return say("a function is `function(x) return ... end`");
    }
    if w.follows(&["pass"]) {
        return say("Lua has no `pass`: a block may be empty");
    }
    None
}
