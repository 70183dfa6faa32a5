//! What is meant where a source is no Lua: one table of triggers over tokens.

use super::around::{
    begins_statement, bracket, is_parameter_list, is_parameter_list_end, line_start,
};
use super::blocks;
use super::reading::Reading;
use super::tokens::Tokens;
use super::{Advice, Mark, Span};
use crate::syntax::ast::Kind;
use crate::syntax::error::Diagnostic;
use crate::syntax::token::Tok;

mod letters;
mod meaning;

/// What is known where the error is.
pub(super) struct Wrong<'a> {
    pub reading: &'a Reading<'a>,
    pub tokens: &'a Tokens<'a>,
    /// The number of the token that the error is at.
    pub at: usize,
    /// What is said: without place, and without the token that is quoted.
    pub what: &'a str,
}

/// Returns what a syntax error is about.
pub(crate) fn advise(reading: &Reading<'_>, error: &Diagnostic) -> Advice {
    let tokens = &reading.tokens;
    let text = String::from_utf8_lossy(&error.message);
    let what = text.split_once(&format!(":{}: ", error.line)).map_or(&*text, |(_, what)| what);
    let Some(offset) = error.at.map(|at| at as usize) else { return Advice::default() };
    if let Some(advice) = meaning::advise(reading, what, offset) {
        return advice;
    }
    if let Some(begin) = tokens.fault.filter(|begin| offset >= *begin) {
        return letters::broken_token(tokens, begin, offset, what);
    }
    let at = tokens.at(offset);
    let wrong = Wrong { reading, tokens, at, what };
    let mut advice = Advice { span: Some(span_of(tokens, at)), ..Advice::default() };
    let ends = matches!(tokens.tok(at), Tok::Eof | Tok::Else | Tok::ElseIf | Tok::End | Tok::Until);
    if ends && (what.starts_with("'end' expected") || what.starts_with("'until' expected")) {
        blocks::explain(tokens, at, &mut advice);
    }
    if let Some(open) = bracket(tokens, at).filter(|_| what.contains("(to close '")) {
        let text = String::from_utf8_lossy(tokens.text(open)).into_owned();
        let label = format!("this `{text}` is not closed");
        advice.marks.push(Mark { span: tokens.span(open, open), label });
    }
    if advice.hint.is_none() {
        advice.hint = HINTS.iter().find_map(|trigger| trigger(&wrong));
    }
    advice
}

/// Returns where a token is: of a character that is no token, all of its bytes, and of the
/// end of the source the end of its last token.
fn span_of(tokens: &Tokens<'_>, at: usize) -> Span {
    let token = tokens.get(at);
    match token.tok {
        Tok::Eof => {
            let end = at.checked_sub(1).map_or(0, |before| tokens.get(before).end);
            Span { start: end, end }
        }
        Tok::Byte(0x80..) => letters::span(tokens.source(), token.start),
        _ => Span { start: token.start, end: token.end },
    }
}

impl<'a> Wrong<'a> {
    /// Returns a token by its distance from the one the error is at.
    pub(super) fn tok(&self, distance: isize) -> Tok {
        self.index(distance).map_or(Tok::Byte(0), |index| self.tokens.tok(index))
    }

    fn index(&self, distance: isize) -> Option<usize> {
        self.at.checked_add_signed(distance)
    }

    /// Returns its text.
    pub(super) fn text(&self, distance: isize) -> &'a [u8] {
        self.index(distance).map_or(&[], |index| self.tokens.text(index))
    }

    fn is(&self, distance: isize, byte: u8) -> bool {
        self.tok(distance) == Tok::Byte(byte)
    }

    fn is_name(&self, distance: isize) -> bool {
        matches!(self.tok(distance), Tok::Name(_))
    }

    /// Tells whether nothing is between a token and the one behind it.
    fn touches(&self, distance: isize) -> bool {
        self.index(distance).is_some_and(|index| self.tokens.touches_next(index))
    }

    /// Tells whether a statement begins with a token.
    fn begins(&self, distance: isize) -> bool {
        self.index(distance).is_some_and(|index| begins_statement(self.tokens, index))
    }

    /// Returns the word that the statement begins with in which the error is, if it is on the
    /// same line.
    fn line_word(&self) -> &'a [u8] {
        let first = line_start(self.tokens, self.at).max(self.at.saturating_sub(64));
        let begin = (first..self.at).rev().find(|at| begins_statement(self.tokens, *at));
        match begin.map(|at| (self.tokens.tok(at), at)) {
            Some((Tok::Name(_), at)) => self.tokens.text(at),
            _ => &[],
        }
    }

    fn line_first(&self) -> Tok {
        self.tokens.tok(line_start(self.tokens, self.at))
    }

    /// Tells whether the word before the error is one of these and begins a statement.
    fn follows(&self, words: &[&str]) -> bool {
        self.is_name(-1)
            && self.begins(-1)
            && words.iter().any(|word| word.as_bytes() == self.text(-1))
    }

    /// Returns the word before the error.
    fn word(&self) -> String {
        String::from_utf8_lossy(self.text(-1)).into_owned()
    }

    /// Returns what is assigned to in front of an operator: its text, if it is short.
    fn target(&self, operator: isize) -> String {
        let fallback = || "x".to_owned();
        let Some(end) = self.index(operator - 1) else { return fallback() };
        let mut first = end;
        while first > end.saturating_sub(32) && !begins_statement(self.tokens, first) {
            first -= 1;
        }
        let span = self.tokens.span(first, end);
        let text = self.tokens.source().get(span.start..span.end).unwrap_or(&[]);
        let simple = (first..=end).all(|at| {
            matches!(
                self.tokens.tok(at),
                Tok::Name(_) | Tok::Integer(_) | Tok::Str(_) | Tok::Byte(b'.' | b'[' | b']')
            )
        });
        match std::str::from_utf8(text) {
            Ok(text) if simple && text.len() <= 40 && begins_statement(self.tokens, first) => {
                text.to_owned()
            }
            _ => fallback(),
        }
    }
}

/// A rule: what it says of what is wrong, if it knows it.
type Rule = fn(&Wrong<'_>) -> Option<String>;

/// All of them; the first that knows is heard.
const HINTS: [Rule; 34] = [
    letters::foreign,
    not_equal,
    not,
    logic,
    increment,
    compound,
    arrow,
    question,
    colon_equals,
    triple_equals,
    backtick,
    comment_slashes,
    comment_hash,
    table_colon,
    list_brackets,
    default_or_named,
    annotation,
    elseif,
    continue_word,
    switch,
    declaration,
    definition,
    anonymous,
    class,
    import,
    exception,
    other_words,
    loop_head,
    then_or_do,
    braces,
    python_colon,
    membership,
    after_return,
    end_too_many,
];

fn say(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn not_equal(w: &Wrong<'_>) -> Option<String> {
    let written = w.is(0, b'!') && w.touches(0) && matches!(w.tok(1), Tok::Byte(b'=') | Tok::Eq);
    let basic = w.is(0, b'>') && w.is(-1, b'<') && w.touches(-1);
    if written || basic { say("Lua writes `~=` for \"not equal\"") } else { None }
}

fn not(w: &Wrong<'_>) -> Option<String> {
    if w.is(0, b'!') { say("Lua writes `not` for `!`") } else { None }
}

fn logic(w: &Wrong<'_>) -> Option<String> {
    if w.is(0, b'&') && w.is(-1, b'&') && w.touches(-1) {
        return say("Lua writes `and` for `&&`");
    }
    if w.is(0, b'|') && w.is(-1, b'|') && w.touches(-1) {
        return say("Lua writes `or` for `||`");
    }
    None
}

fn increment(w: &Wrong<'_>) -> Option<String> {
    if w.is(0, b'+') && w.is(1, b'+') && w.touches(0) {
        let x = if w.begins(0) { "x".to_owned() } else { w.target(0) };
        return Some(format!("Lua has no `++`: write `{x} = {x} + 1`"));
    }
    // `x--` is a name and a comment.
    let end = w.index(-1).map(|before| w.tokens.get(before).end)?;
    let behind = w.tokens.source().get(end..).unwrap_or(&[]);
    if w.what.starts_with("syntax error") && w.is_name(-1) && behind.starts_with(b"--") {
        let x = w.target(0);
        return Some(format!("`--` begins a comment: write `{x} = {x} - 1`"));
    }
    None
}

/// Tells whether a token is an operator that other languages assign with.
fn is_operator(tok: Tok) -> bool {
    matches!(
        tok,
        Tok::Byte(b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'|' | b'&')
            | Tok::Concat
            | Tok::IDiv
            | Tok::Shl
            | Tok::Shr
    )
}

fn compound(w: &Wrong<'_>) -> Option<String> {
    let place = match () {
        () if is_operator(w.tok(0)) && w.touches(0) && w.is(1, b'=') => 0,
        () if w.is(0, b'=') && w.touches(-1) && is_operator(w.tok(-1)) => -1,
        () => return None,
    };
    let operator = String::from_utf8_lossy(w.text(place)).into_owned();
    let x = w.target(place);
    Some(format!("Lua has no `{operator}=`: write `{x} = {x} {operator} ...`"))
}

fn arrow(w: &Wrong<'_>) -> Option<String> {
    let behind = w.is(0, b'>') && w.touches(-1) && matches!(w.tok(-1), Tok::Byte(b'=' | b'-'));
    let before = w.is(0, b'=') && w.touches(0) && w.is(1, b'>');
    if behind || before {
        say("Lua has no arrows: a function is `function(x) return ... end`")
    } else {
        None
    }
}

fn question(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'?') {
        return None;
    }
    if w.is(1, b'?') && w.touches(0) {
        return say("Lua has no `??`: `a or b` is b where a is nil or false");
    }
    if matches!(w.tok(1), Tok::Byte(b'.' | b'[')) && w.touches(0) {
        return say("Lua has no `?.`: write `a and a.b`");
    }
    say("Lua has no `? :`: write `condition and a or b`, or use `if`")
}

fn colon_equals(w: &Wrong<'_>) -> Option<String> {
    let behind = w.is(0, b'=') && w.is(-1, b':') && w.touches(-1);
    let walrus = behind || w.is(0, b':') && w.is(1, b'=') && w.touches(0);
    if walrus { say("Lua assigns with `=`, and declares with `local x = ...`") } else { None }
}

fn triple_equals(w: &Wrong<'_>) -> Option<String> {
    let triple = w.is(0, b'=') && matches!(w.tok(-1), Tok::Eq) && w.touches(-1);
    if triple { say("Lua writes `==`: it never converts types") } else { None }
}

fn backtick(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'`') {
        return None;
    }
    say("Lua's strings stand in \"...\", '...' or [[...]]; parts are joined with `..`")
}

fn comment_slashes(w: &Wrong<'_>) -> Option<String> {
    const COMMENT: &str = "a comment in Lua begins with `--`";
    if w.is(0, b'/') && w.is(1, b'*') && w.touches(0) {
        return say("a comment in Lua is `--[[ ... ]]`, or `--` up to the end of its line");
    }
    if w.tok(0) == Tok::IDiv && (w.what.starts_with("unexpected symbol") || w.begins(0)) {
        return say(COMMENT);
    }
    // Words behind `//`, as in `x = 1 // the first one`.
    let first = line_start(w.tokens, w.at);
    let slashes = (first..w.at).rev().find(|at| w.tokens.tok(*at) == Tok::IDiv)?;
    let words = (slashes + 1..w.at).all(|at| matches!(w.tokens.tok(at), Tok::Name(_)));
    if words && slashes + 1 < w.at && w.is_name(0) { say(COMMENT) } else { None }
}

fn comment_hash(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'#') || !w.what.starts_with("unexpected symbol") {
        return None;
    }
    if w.text(1) == b"include" && w.touches(0) {
        return say("Lua loads modules with `local name = require(\"name\")`");
    }
    say("a comment in Lua begins with `--`; `#` is the length of a string or list")
}

/// Tells whether a token is an item's first in a table constructor.
fn begins_item(w: &Wrong<'_>, distance: isize) -> bool {
    let Some(index) = w.index(distance) else { return false };
    let open = bracket(w.tokens, index).map(|open| w.tokens.tok(open));
    open == Some(Tok::Byte(b'{'))
        && index > 0
        && matches!(w.tokens.tok(index - 1), Tok::Byte(b'{' | b',' | b';'))
}

fn table_colon(w: &Wrong<'_>) -> Option<String> {
    let key = match () {
        // `{"a": 1}`, `{1: 2}`, `{["a"]: 1}`.
        () if w.is(0, b':') && begins_item(w, -1) => -1,
        // `{a: 1}`
        () if w.is(-1, b':') && w.is_name(-2) && begins_item(w, -2) => -2,
        // `{a: b}`
        () if w.is(-2, b':') && w.is_name(-1) && w.is_name(-3) && begins_item(w, -3) => -3,
        () if w.is(0, b':') && w.is(-1, b']') => {
            return say("a table's fields are written `[key] = value`");
        }
        () => return None,
    };
    let text = String::from_utf8_lossy(w.text(key)).into_owned();
    match w.tok(key) {
        Tok::Name(_) => Some(format!("a table's fields are written `{text} = value`")),
        _ if text.len() <= 40 => Some(format!("a table's fields are written `[{text}] = value`")),
        _ => say("a table's fields are written `[key] = value`"),
    }
}

fn list_brackets(w: &Wrong<'_>) -> Option<String> {
    let list = w.is(0, b'[') && w.what.starts_with("unexpected symbol");
    if list { say("a list in Lua is `{1, 2, 3}`") } else { None }
}

fn default_or_named(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'=') || !w.is_name(-1) || !w.what.starts_with("')' expected") {
        return None;
    }
    let open = bracket(w.tokens, w.at)?;
    let name = w.word();
    if is_parameter_list(w.tokens, open) {
        return Some(format!(
            "Lua has no default values: write `if {name} == nil then {name} = ... end` in the function"
        ));
    }
    let call = open > 0 && matches!(w.tokens.tok(open - 1), Tok::Name(_) | Tok::Byte(b')' | b']'));
    if call {
        return Some(format!(
            "Lua has no named arguments: give a table, as in `f{{{name} = ...}}`"
        ));
    }
    None
}

fn annotation(w: &Wrong<'_>) -> Option<String> {
    const NONE: &str = "Lua has no types to write: leave out the `:` and what is behind it";
    if !w.is(0, b':') {
        return None;
    }
    let parameter = w.is_name(-1)
        && bracket(w.tokens, w.at).is_some_and(|open| is_parameter_list(w.tokens, open));
    let local = w.is_name(-1) && w.tok(-2) == Tok::Local;
    let result = w.index(-1).is_some_and(|before| is_parameter_list_end(w.tokens, before))
        && matches!(w.tok(1), Tok::Name(_))
        && w.index(1).is_some_and(|next| w.tokens.get(next).line == w.tokens.get(w.at).line);
    if parameter || local || result { say(NONE) } else { None }
}

fn elseif(w: &Wrong<'_>) -> Option<String> {
    let words: [&[u8]; 4] = [b"elif", b"elsif", b"elseif", b"elsIf"];
    if words.contains(&w.line_word()) {
        return say("Lua writes `elseif`");
    }
    None
}

fn continue_word(w: &Wrong<'_>) -> Option<String> {
    if w.what.starts_with("syntax error") && w.follows(&["continue"]) {
        return say(
            "Lua has no `continue`: write `goto continue`, and `::continue::` before the loop's `end`",
        );
    }
    None
}

fn switch(w: &Wrong<'_>) -> Option<String> {
    let words: [&[u8]; 3] = [b"switch", b"case", b"match"];
    let inside =
        bracket(w.tokens, w.at).and_then(|open| open.checked_sub(1)).is_some_and(|before| {
            let first = line_start(w.tokens, before);
            w.tokens.text(first) == b"switch" && begins_statement(w.tokens, first)
        });
    if words.contains(&w.line_word()) || inside {
        return say("Lua has no `switch`: use `if` and `elseif`, or a table of functions");
    }
    None
}

fn declaration(w: &Wrong<'_>) -> Option<String> {
    let word = w.word();
    if w.is_name(0) {
        if w.follows(&["const"]) {
            return say("Lua declares constants with `local name <const> = ...`");
        }
        if w.follows(&["let", "var", "auto", "int", "float", "double", "bool", "string", "char"]) {
            return Some(format!("Lua declares variables with `local`, not `{word}`"));
        }
        if w.follows(&["global"]) {
            return say("a global in Lua is assigned without a declaration");
        }
    }
    let words: [&[u8]; 3] = [b"let", b"const", b"var"];
    let list = matches!(w.tok(0), Tok::Byte(b'=' | b'['));
    if list && words.contains(&w.line_word()) {
        return say("Lua declares variables with `local`: `local a, b = t.a, t.b`");
    }
    None
}

fn definition(w: &Wrong<'_>) -> Option<String> {
    let words = ["def", "func", "fn", "fun", "proc", "sub"];
    if w.is_name(0) && w.follows(&words) {
        return Some(format!(
            "Lua defines functions with `function name(...) ... end`, not `{}`",
            w.word()
        ));
    }
    if w.tok(0) == Tok::Function && w.follows(&["async", "export", "public", "private", "static"]) {
        return Some(format!("Lua has no `{}`: write `local function`", w.word()));
    }
    None
}

fn anonymous(w: &Wrong<'_>) -> Option<String> {
    let statement =
        w.is(0, b'(') && w.tok(-1) == Tok::Function && w.what.starts_with("<name> expected");
    if statement {
        return say("a function statement needs a name: `local function name(...)`; \
             a function without one is a value: `local f = function(...) ... end`");
    }
    None
}

fn class(w: &Wrong<'_>) -> Option<String> {
    if w.is_name(0) && w.follows(&["class", "struct", "interface", "enum"]) {
        return Some(format!("Lua has no `{}`: use a table, and `setmetatable`", w.word()));
    }
    if w.is_name(0) && w.follows(&["type"]) {
        return say("Lua has no types to declare");
    }
    None
}

fn import(w: &Wrong<'_>) -> Option<String> {
    if w.is_name(0) && w.follows(&["import", "from", "include", "using", "use"]) {
        return say("Lua loads modules with `local name = require(\"name\")`");
    }
    None
}

fn exception(w: &Wrong<'_>) -> Option<String> {
    let words: [&[u8]; 4] = [b"try", b"catch", b"except", b"finally"];
    if w.follows(&["try", "catch", "except", "finally"]) || words.contains(&w.line_word()) {
        return say("Lua catches errors with `local ok, err = pcall(f, ...)`");
    }
    if w.follows(&["raise", "throw"]) {
        return say("Lua raises errors with `error(message)`");
    }
    None
}

fn other_words(w: &Wrong<'_>) -> Option<String> {
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
    let value = matches!(w.tok(0), Tok::Name(_) | Tok::Integer(_) | Tok::Float(_));
    let list =
        w.is(0, b',') && matches!(w.tok(-1), Tok::Str(_)) && w.text(-2) == b"print" && w.begins(-2);
    if list || value && w.follows(&["print", "echo", "puts"]) {
        return say("functions are called with parentheses: `print(a, b)`");
    }
    let first = line_start(w.tokens, w.at);
    let lambda =
        |at: usize| w.tokens.text(at) == b"lambda" && matches!(w.tokens.tok(at + 1), Tok::Name(_));
    if (first..w.at).any(lambda) {
        return say("a function is `function(x) return ... end`");
    }
    if w.follows(&["pass"]) {
        return say("Lua has no `pass`: a block may be empty");
    }
    let test = w.what.starts_with("'then' expected") || w.what.starts_with("'do' expected");
    if w.text(0) == b"is" && w.is_name(0) && test {
        return say("Lua compares with `==`");
    }
    None
}

fn loop_head(w: &Wrong<'_>) -> Option<String> {
    const NUMBERS: &str = "a loop over numbers is `for i = 1, 10 do`";
    if w.is(0, b'(') && w.tok(-1) == Tok::For {
        return say(
            "Lua's loops have no parentheses: `for i = 1, 10 do`, `for key, value in pairs(t) do`",
        );
    }
    if w.what.starts_with("'=' or 'in' expected") && w.tok(-2) == Tok::For {
        if w.text(0) == b"of" {
            return say("Lua goes through a list with `for i, value in ipairs(list) do`");
        }
        return say(NUMBERS);
    }
    None
}

fn then_or_do(w: &Wrong<'_>) -> Option<String> {
    let (word, heads): (_, &[Tok]) = match () {
        () if w.what.starts_with("'then' expected") => ("then", &[Tok::If, Tok::ElseIf]),
        () if w.what.starts_with("'do' expected") => ("do", &[Tok::While, Tok::For]),
        () => return None,
    };
    if w.is(0, b'=') {
        return say("`=` assigns; Lua compares with `==`");
    }
    if w.tok(0) == Tok::In {
        return membership(w);
    }
    // The head that the word is missing from.
    let head = (0..w.at).rev().find(|at| heads.contains(&w.tokens.tok(*at)))?;
    let name = String::from_utf8_lossy(w.tokens.text(head)).into_owned();
    let line = w.tokens.get(head).line;
    let last = (head..w.at).take_while(|at| w.tokens.get(*at).line == line).last()?;
    if w.is(0, b':') || w.tokens.tok(last) == Tok::Byte(b':') {
        return Some(format!("Lua writes `{word}` where Python writes `:`"));
    }
    if w.is(0, b'{') || w.is(-1, b'}') {
        return Some(format!("Lua's blocks have no braces: `{name} ... {word} ... end`"));
    }
    if matches!(w.tok(0), Tok::Then | Tok::Do) {
        return Some(format!("`{name}` goes with `{word}`"));
    }
    let what = if name == "for" { "what it goes through" } else { "its condition" };
    Some(format!("`{name}` needs a `{word}` behind {what}"))
}

fn braces(w: &Wrong<'_>) -> Option<String> {
    const NONE: &str = "Lua's blocks have no braces: they end with `end`";
    if w.is(0, b'{') && w.what.starts_with("unexpected symbol") {
        return say(NONE);
    }
    let open = bracket(w.tokens, w.at);
    if w.is(0, b'}') && open.is_none() {
        return say(NONE);
    }
    let open = open.filter(|open| w.tokens.tok(*open) == Tok::Byte(b'{'))?;
    let first = line_start(w.tokens, open);
    let head = matches!(w.tokens.tok(first), Tok::If | Tok::While | Tok::ElseIf);
    let behind = open > 0 && w.tokens.tok(open - 1) == Tok::Byte(b')');
    if head && behind { say(NONE) } else { None }
}

fn python_colon(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b':') || !w.what.starts_with("unexpected symbol") {
        return None;
    }
    let head = matches!(w.line_first(), Tok::Function | Tok::Else | Tok::Local);
    if head { say("Lua's blocks begin without a `:` and end with `end`") } else { None }
}

fn membership(w: &Wrong<'_>) -> Option<String> {
    if w.tok(0) == Tok::In && !w.what.starts_with("'=' or 'in'") {
        return say("Lua has no `in` as a test: write `t[key] ~= nil`");
    }
    None
}

fn after_return(w: &Wrong<'_>) -> Option<String> {
    if !w.what.contains("expected") {
        return None;
    }
    // The nodes that close blocks are written before their `end` is looked for.
    let nodes = &w.reading.chunk.nodes;
    let closing = |kind: Kind| {
        matches!(
            kind,
            Kind::DoClose | Kind::IfEnd | Kind::WhileEnd | Kind::ForNumEnd | Kind::ForInEnd
        )
    };
    let last = nodes.iter().rev().find(|node| !closing(node.kind))?;
    let begins = matches!(
        w.tok(0),
        Tok::Name(_)
            | Tok::Local
            | Tok::If
            | Tok::For
            | Tok::While
            | Tok::Do
            | Tok::Repeat
            | Tok::Function
            | Tok::Return
            | Tok::Break
            | Tok::Goto
            | Tok::DoubleColon
    );
    if matches!(last.kind, Kind::ReturnEnd { .. }) && begins {
        return say("`return` is the last statement of its block: write `do return end`");
    }
    None
}

fn end_too_many(w: &Wrong<'_>) -> Option<String> {
    let end = w.tok(0) == Tok::End && w.what.starts_with("<eof> expected");
    if end {
        say("this `end` closes nothing: every block in front of it has its own")
    } else {
        None
    }
}
