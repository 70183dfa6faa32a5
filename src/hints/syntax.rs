//! What is meant where a source is no Lua: one table of triggers over tokens.

use super::around::{
    begins_statement, bracket, ends_expression, is_parameter_list, is_parameter_list_end,
    line_start, may_begin_statement, runs_on,
};
use super::blocks;
use super::idioms::{COUNTING_LOOP, LIST_LOOP, NO_TYPES, REQUIRE};
use super::reading::Reading;
use super::tokens::Tokens;
use super::{Advice, Mark, Span};
use crate::base::nearest::nearest;
use crate::syntax::ast::Kind;
use crate::syntax::error::Diagnostic;
use crate::syntax::token::Tok;

mod braces;
mod called;
mod functions;
mod heads;
mod letters;
mod literals;
mod meaning;
mod operators;
mod pasted;
mod statements;
mod tables;
mod types;
mod values;
mod words;

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
    let span = operators::whole(tokens, at, what).unwrap_or_else(|| span_of(tokens, at));
    let mut advice = Advice { span: Some(span), ..Advice::default() };
    let ends = matches!(tokens.tok(at), Tok::Eof | Tok::Else | Tok::ElseIf | Tok::End | Tok::Until);
    // An `else` behind an `end` has lost its `if`, and what is behind a `return` may be one
    // statement too many: who is open is asked only where that shows.
    let ended = wrong.tok(-1) == Tok::End || wrong.is(-1, b';') && wrong.tok(-2) == Tok::End;
    let lost = ended && matches!(wrong.tok(0), Tok::Else | Tok::ElseIf)
        || wrong.tok(0) == Tok::Until && !blocks::has_repeat(tokens, at);
    let missing = what.starts_with("'end' expected") || what.starts_with("'until' expected");
    // Behind an `end` too many an `else` is in a block that has none, and an argument behind
    // another one.
    let other = matches!(tokens.tok(at), Tok::Else | Tok::ElseIf)
        && blocks::innermost(tokens, at) != Some(Tok::If);
    let argument = what.starts_with("')' expected") && wrong.tok(-1) == Tok::End;
    if (missing && other || argument && !wrong.same_line(-1)) && blocks::has_excess(tokens, at) {
        blocks::explain_excess(tokens, at, &mut advice);
    } else if missing && (ends && !lost || blocks::is_unclosed(tokens, at)) {
        blocks::explain(tokens, at, &mut advice);
    }
    let closes = matches!(tokens.tok(at), Tok::Byte(b')' | b']' | b'}'));
    let begun = |open: usize| blocks::begun_behind(tokens, at, open);
    // One in a condition closes nothing there.
    let headed = what.starts_with("'then' expected") || what.starts_with("'do' expected");
    let closes = closes && !headed && bracket(tokens, at).is_some_and(begun);
    // `,` on a line of its own, in a function that is an item or an argument.
    let parts = |at: usize| {
        tokens.tok(at) == Tok::Byte(b',')
            && line_start(tokens, at) == at
            && bracket(tokens, at).is_some_and(|open| blocks::begun_behind(tokens, at, open))
    };
    // `end,`, which has closed another block.
    let item = wrong.is(0, b',')
        && wrong.tok(-1) == Tok::End
        && what.starts_with("unexpected symbol")
        && bracket(tokens, at).is_some_and(begun);
    let ended = parts(at) || item || missing && at >= 2 && (parts(at - 1) || parts(at - 2));
    if (closes || ended) && advice.marks.is_empty() {
        blocks::explain(tokens, at, &mut advice);
    }
    let closed = closes
        || ended
        || ends_in_brackets(&wrong)
        || !what.contains("(to close '")
        || values::missing_comma(&wrong).is_some();
    if let Some(open) = bracket(tokens, at).filter(|_| !closed) {
        mark_open(tokens, open, &mut advice);
    }
    if let Some(open) = values::left_open(&wrong) {
        mark_open(tokens, open, &mut advice);
    }
    if let Some(head) = headless(&wrong).filter(|head| tokens.get(*head).line < tokens.get(at).line)
    {
        let word = if what.starts_with("'then'") { "then" } else { "do" };
        let label = format!("this has no `{word}`");
        advice.marks.push(Mark { span: tokens.span(head, head), label });
    }
    if advice.hint.is_none() {
        advice.hint = HINTS.iter().find_map(|trigger| trigger(&wrong));
    }
    // Where nothing is known but that an `end` is too many, it may be another one.
    if tokens.tok(at) == Tok::End && advice.hint.is_some() && advice.hint == end_too_many(&wrong) {
        blocks::explain_excess(tokens, at, &mut advice);
    }
    advice
}

/// Shows the bracket that is not closed.
fn mark_open(tokens: &Tokens<'_>, open: usize, advice: &mut Advice) {
    let text = String::from_utf8_lossy(tokens.text(open)).into_owned();
    let label = format!("this `{text}` is not closed");
    advice.marks.push(Mark { span: tokens.span(open, open), label });
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

    /// Tells whether a token is on the same line as the one behind it.
    fn same_line(&self, distance: isize) -> bool {
        self.index(distance)
            .is_some_and(|index| self.tokens.get(index).line == self.tokens.get(index + 1).line)
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
        let begin = (first..self.at).rev().find(|at| may_begin_statement(self.tokens, *at));
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
            && self.index(-1).is_some_and(|at| may_begin_statement(self.tokens, at))
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
        while first > end.saturating_sub(32) && !may_begin_statement(self.tokens, first) {
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
            Ok(text) if simple && text.len() <= 40 && may_begin_statement(self.tokens, first) => {
                text.to_owned()
            }
            _ => fallback(),
        }
    }
}

/// A rule: what it says of what is wrong, if it knows it.
type Rule = fn(&Wrong<'_>) -> Option<String>;

/// All of them; the first that knows is heard.
const HINTS: [Rule; 127] = [
    nested_too_deep,
    letters::encoding,
    functions::varargs,
    heads::lisp,
    heads::pattern_assigned,
    heads::taken_apart,
    heads::function_then,
    values::unclosed,
    pasted::marks,
    pasted::entity,
    pasted::tag,
    letters::foreign,
    literals::quote_in_string,
    literals::triple_quotes,
    values::postfix_bang,
    operators::three_way,
    operators::pipe,
    operators::not_equal,
    operators::not,
    operators::logic,
    operators::increment,
    operators::power,
    operators::compound,
    operators::joined_with_dot,
    operators::member_arrow,
    operators::arrow,
    operators::question,
    operators::colon_equals,
    operators::triple_equals,
    operators::unsigned_shift,
    operators::plus_sign,
    operators::two_colons,
    operators::word,
    operators::sign_alone,
    backtick,
    comment_slashes,
    comment_hash,
    values::sign,
    values::is_test,
    values::cast,
    words::before_value,
    heads::without_parentheses,
    heads::function_word,
    heads::receiver,
    heads::designated,
    heads::no_index,
    heads::semicolon,
    heads::block_handed_over,
    words::block_word,
    values::spread,
    values::comprehension,
    values::slice,
    literals::part_of_literal,
    tables::colon,
    tables::key,
    tables::value_without_sign,
    literals::table_alone,
    types::local_part,
    tables::list_brackets,
    tables::two_indexes,
    tables::method,
    tables::dot_and_bracket,
    tables::table_brackets,
    values::nothing_before_comma,
    words::block_parameters,
    default_or_named,
    annotation,
    values::type_behind,
    functions::name,
    types::parameter,
    functions::parameters,
    values::named_with_colon,
    types::function,
    types::local_pattern,
    statements::missing_equals,
    words::elseif,
    words::continue_word,
    words::switch,
    words::declaration,
    heads::generic_type,
    words::definition,
    words::anonymous,
    words::class,
    words::import,
    words::exception,
    words::asynchronous,
    words::beginning,
    words::other_words,
    loop_head,
    values::conditional,
    heads::behind_return,
    heads::python_method,
    statements::closes_nothing,
    statements::end_word,
    statements::else_condition,
    statements::assigned_in_condition,
    then_or_do,
    braces::braces,
    python_colon,
    membership,
    statements::shown,
    statements::assigned_twice,
    statements::assigned_to_call,
    statements::compared_alone,
    statements::keyword_as_name,
    statements::label_in_quotes,
    values::nothing_behind_operator,
    values::nothing_between,
    values::condition_missing,
    statements::number_as_field,
    statements::comma_too_many,
    statements::odd_name,
    values::missing_comma,
    after_return,
    words::local_definition,
    end_too_many,
    statements::break_far,
    statements::method_alone,
    called::where_it_ends,
    called::with_more,
    called::with_sign,
    called::operator_alone,
    values::never_closed,
    values::operator_missing,
    heads::statement_cut,
    statements::value_alone,
    statements::misspelt,
];

fn say(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn to_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn nested_too_deep(w: &Wrong<'_>) -> Option<String> {
    let deep = w.what.starts_with("C stack overflow");
    if deep { say("blocks and expressions may stand about 190 deep in each other") } else { None }
}

fn backtick(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'`') {
        return None;
    }
    say("Lua's strings stand in \"...\", '...' or [[...]]; parts are joined with `..`")
}

/// How comments are written.
const COMMENT: &str = "a comment in Lua begins with `--`";

fn comment_slashes(w: &Wrong<'_>) -> Option<String> {
    let second = w.is(0, b'*') && w.is(-1, b'/') && w.touches(-1);
    let end = w.is(0, b'*') && w.is(1, b'/') && w.touches(0);
    if second || end || w.is(0, b'/') && w.is(1, b'*') && w.touches(0) {
        return say("a comment in Lua is `--[[ ... ]]`, or `--` up to the end of its line");
    }
    if w.tok(0) == Tok::IDiv && (w.what.starts_with("unexpected symbol") || w.begins(0)) {
        return say(COMMENT);
    }
    let last = if w.same_line(-1) { w.at } else { w.at.checked_sub(1)? };
    comment_words(w.tokens, last)
}

/// Words behind `//`, as in `x = 1 // the first one`, on the line of a token.
fn comment_words(tokens: &Tokens<'_>, last: usize) -> Option<String> {
    let first = line_start(tokens, last);
    let slashes = (first..last).rev().find(|at| tokens.tok(*at) == Tok::IDiv)?;
    let name = |at: usize| matches!(tokens.tok(at), Tok::Name(_));
    let words = (slashes + 1..last).any(|at| name(at) && name(at + 1));
    let label = name(slashes + 1) && tokens.tok(slashes + 2) == Tok::Byte(b':');
    let prose = words && name(slashes + 1) || label && !tokens.touches_next(slashes + 2);
    if prose { say(COMMENT) } else { None }
}

fn comment_hash(w: &Wrong<'_>) -> Option<String> {
    if w.is(0, b'<') && w.text(0) == b"<" && w.is(1, b'!') && w.touches(0) {
        return say(COMMENT);
    }
    if w.is(0, b'#') && w.is(1, b'!') && w.touches(0) && w.begins(0) {
        return say("a line that begins with `#!` is the first of its file");
    }
    const HASH: &str = "a comment in Lua begins with `--`; `#` is the length of a string or list";
    // `1, # one` and the next item: the word is taken for one.
    let word = w.is_name(-1) && w.is(-2, b'#') && !w.touches(-2) && !w.same_line(-1);
    if word && !w.what.starts_with("syntax error") && w.what.contains("expected") {
        return say(HASH);
    }
    if !w.is(0, b'#') || w.what.starts_with("syntax error") {
        return None;
    }
    if w.text(1) == b"include" && w.touches(0) {
        return say(REQUIRE);
    }
    say(HASH)
}

fn default_or_named(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'=') || !w.is_name(-1) || !w.what.starts_with("')' expected") {
        return None;
    }
    let open = bracket(w.tokens, w.at)?;
    if !statements::is_named_argument(w, open) || runs_on(w.tokens, open, w.at) {
        return None;
    }
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
    // `x: int = 1`, of which the parser makes a method.
    let method = w.is_name(-1) && w.is(-2, b':') && w.is_name(-3) && !w.touches(-2);
    if w.what.starts_with("function arguments expected") && method && w.begins(-3) {
        return say(NO_TYPES);
    }
    let arrow = w.is(0, b'-') && w.is(1, b'>') && w.touches(0);
    let behind = w.index(-1).is_some_and(|before| is_parameter_list_end(w.tokens, before));
    if arrow && behind {
        return say("Lua has no types to write: leave out the `->` and what is behind it");
    }
    if !w.is(0, b':') {
        return None;
    }
    let parameter = w.is_name(-1)
        && bracket(w.tokens, w.at).is_some_and(|open| {
            is_parameter_list(w.tokens, open) && !runs_on(w.tokens, open, w.at)
        });
    let local = w.is_name(-1) && w.tok(-2) == Tok::Local;
    let result = w.index(-1).is_some_and(|before| is_parameter_list_end(w.tokens, before))
        && matches!(w.tok(1), Tok::Name(_))
        && w.index(1).is_some_and(|next| w.tokens.get(next).line == w.tokens.get(w.at).line);
    if parameter || local || result { say(NO_TYPES) } else { None }
}

fn loop_head(w: &Wrong<'_>) -> Option<String> {
    if w.is(0, b'(') && w.tok(-1) == Tok::For {
        return say(
            "Lua's loops have no parentheses: `for i = 1, 10 do`, `for key, value in pairs(t) do`",
        );
    }
    // `for { ... }`
    if w.is(0, b'{') && w.tok(-1) == Tok::For {
        return say(super::idioms::ENDLESS_LOOP);
    }
    const LIST: &str = "Lua goes through a list with `for i, value in ipairs(list) do`";
    let first = line_start(w.tokens, w.at);
    let head = (first..w.at).rev().find(|at| w.tokens.tok(*at) == Tok::For)?;
    let line = w.tokens.get(w.at).line;
    let rest = (w.at..w.tokens.len()).take_while(|at| w.tokens.get(*at).line == line);
    let goes_through = rest.map(|at| (w.tokens.tok(at), w.tokens.text(at)));
    let mut goes_through = goes_through.filter(|(tok, text)| *tok == Tok::In || *text == b"of");
    if w.what.contains("'in' expected") && goes_through.next().is_some() {
        // `for k v in pairs(t) do`
        if w.is_name(0) && w.tok(1) == Tok::In && w.is_name(-1) && w.tok(-2) == Tok::For {
            return Some(format!("a `,` is missing in front of `{}`", to_text(w.text(0))));
        }
        return say(LIST);
    }
    // `for i = pairs(t) do`
    let (sign, of) = (head + 2, w.tokens.text(head + 3));
    if w.what.starts_with("',' expected")
        && w.tokens.tok(sign) == Tok::Byte(b'=')
        && matches!(of, b"pairs" | b"ipairs")
    {
        let of = to_text(of);
        return Some(format!(
            "what is gone through stands behind `in`: `for i, value in {of}(t) do`"
        ));
    }
    // `for k, v = range t do`
    if w.is(0, b'=') && w.what.starts_with("'in' expected") {
        return say("a loop over numbers has one variable; over a table it is \
             `for key, value in pairs(t) do`");
    }
    // `for k, v pairs(t) do`
    let iterates = matches!(w.text(0), b"pairs" | b"ipairs" | b"next");
    if iterates && w.what.contains("'in' expected") {
        let of = String::from_utf8_lossy(w.text(0)).into_owned();
        return Some(format!("an `in` is missing in front of `{of}`"));
    }
    // `for i in = 1, 3 do`
    if w.is(0, b'=') && w.tok(-1) == Tok::In {
        return say(COUNTING_LOOP);
    }
    let name = w.what.starts_with("<name> expected") || w.what.starts_with("unexpected symbol");
    // A word of Lua where a name should be.
    let word =
        Tok::keyword(w.text(0)).is_some() && matches!(w.tok(1), Tok::Byte(b',' | b'=') | Tok::In);
    let missing = name && !word && matches!(w.tok(-1), Tok::For | Tok::Byte(b','));
    if missing || w.what.starts_with("'=' or 'in' expected") && head + 2 >= w.at {
        return say(COUNTING_LOOP);
    }
    // `for i = 0; i < 3; ...`, `for i = 1 to 10`
    let end = w.is(0, b';') || matches!(w.text(0), b"to" | b"downto" | b"until");
    if w.what.starts_with("',' expected") || end && w.what.contains("expected") {
        return say(COUNTING_LOOP);
    }
    None
}

/// Returns the `if`, `elseif`, `while` or `for` that a `then` or `do` is missing from.
fn headless(w: &Wrong<'_>) -> Option<usize> {
    let heads: &[Tok] = match () {
        () if w.what.starts_with("'then' expected") => &[Tok::If, Tok::ElseIf],
        () if w.what.starts_with("'do' expected") => &[Tok::While, Tok::For],
        () => return None,
    };
    (0..w.at).rev().find(|at| heads.contains(&w.tokens.tok(*at)))
}

fn then_or_do(w: &Wrong<'_>) -> Option<String> {
    let head = headless(w)?;
    let word = if w.what.starts_with("'then'") { "then" } else { "do" };
    if w.is(0, b';') && w.text(1) == word.as_bytes() {
        return Some(format!("there is no `;` in front of `{word}`"));
    }
    if w.is(0, b'=') {
        return operators::turned(w).or_else(|| say("`=` assigns; Lua compares with `==`"));
    }
    if w.tok(0) == Tok::In || w.tok(0) == Tok::Not && w.tok(1) == Tok::In {
        return membership(w);
    }
    let name = String::from_utf8_lossy(w.tokens.text(head)).into_owned();
    // `for k, v in pairs t do`
    if w.is_name(0) && w.same_line(-1) && matches!(w.text(-1), b"pairs" | b"ipairs") {
        let (pairs, t) = (w.word(), String::from_utf8_lossy(w.text(0)));
        return Some(format!("a function is called with parentheses: `{pairs}({t})`"));
    }
    let line = w.tokens.get(head).line;
    let last = (head..w.at).take_while(|at| w.tokens.get(*at).line == line).last()?;
    // `if not x: print(x)`: of that the parser makes a method.
    let colon = |at: usize| {
        let name = matches!(w.tokens.tok(at + 1), Tok::Name(_));
        w.tokens.tok(at) == Tok::Byte(b':') && name && !w.tokens.touches_next(at)
    };
    let ends = w.is(0, b':') || w.tokens.tok(last) == Tok::Byte(b':');
    if ends || (head..last).any(colon) {
        return Some(format!("Lua writes `{word}` where Python writes `:`"));
    }
    let behind = !w.same_line(-1) || w.tok(0) == Tok::Eof;
    if behind && values::is_behind_statement(w.tokens, head) {
        return Some(format!("the condition comes first: `{name} ... {word} ... end`"));
    }
    // `do ... while x`, with the block in front of it still open.
    let turns = match blocks::innermost(w.tokens, head) {
        Some(Tok::Repeat) => (w.at..w.tokens.len()).all(|at| w.tokens.tok(at) != Tok::Until),
        Some(Tok::Do) => w.tok(0) == Tok::Eof,
        _ => false,
    };
    if name == "while" && behind && turns {
        return say("a loop that looks behind its turn is `repeat ... until not ...`");
    }
    if w.is(0, b',') && name == "for" && w.tokens.tok(head + 2) == Tok::Byte(b'=') {
        return say("a loop over numbers has a first one, a last one and a step");
    }
    // A block's brace stands behind a value; `ipairs {1}` is a call.
    let block = w.is(-1, b'}')
        && w.index(-1).and_then(|close| bracket(w.tokens, close)).is_some_and(|open| {
            open > 0
                && ends_expression(w.tokens.tok(open - 1))
                && !matches!(w.tokens.text(open - 1), b"ipairs" | b"pairs")
        });
    if w.is(0, b'{') || block {
        return Some(format!("Lua's blocks have no braces: `{name} ... {word} ... end`"));
    }
    if matches!(w.tok(0), Tok::Then | Tok::Do) {
        return Some(format!("`{name}` goes with `{word}`"));
    }
    // `if x Then`, `if x tehn print(x) end`
    let goes_on = matches!(w.tok(1), Tok::Byte(b'=' | b'(' | b'.' | b',' | b'[' | b':'));
    let written = String::from_utf8_lossy(w.text(0)).to_lowercase();
    if w.is_name(0) && written.len() >= 2 && !goes_on && nearest(&written, [word]).is_some() {
        return Some(format!("did you mean `{word}`?"));
    }
    if heads::in_comment(w, last, word) {
        return Some(format!("`--` begins a comment, which holds the `{word}`"));
    }
    let what = if name == "for" { "what it goes through" } else { "its condition" };
    Some(format!("`{name}` needs a `{word}` behind {what}"))
}

/// Says what Lua writes behind the head that a word begins.
fn behind_head(head: Tok) -> Option<String> {
    match head {
        Tok::If | Tok::ElseIf => say("Lua writes `then` where Python writes `:`"),
        Tok::For | Tok::While => say("Lua writes `do` where Python writes `:`"),
        _ => None,
    }
}

fn python_colon(w: &Wrong<'_>) -> Option<String> {
    // `for x in f():` and a name in the next line, of which the parser makes a method.
    if w.what.starts_with("function arguments expected")
        && let Some(head) = words::colon_head(w)
    {
        return behind_head(w.tokens.tok(head));
    }
    // `if x:` and a word of Lua in the next line.
    let last = !w.same_line(-1) || w.tok(0) == Tok::Eof;
    if w.what.starts_with("<name> expected") && w.is(-1, b':') && last {
        return match w.tokens.tok(line_start(w.tokens, w.at - 1)) {
            Tok::Name(_) if w.is_name(-2) && w.begins(-2) => {
                say("a label is written `::name::`; `goto name` goes there")
            }
            head => behind_head(head),
        };
    }
    if !w.is(0, b':') || !w.what.starts_with("unexpected symbol") {
        return None;
    }
    let head = matches!(w.line_first(), Tok::Function | Tok::Else | Tok::Local)
        || matches!(w.tok(-1), Tok::Else | Tok::Then | Tok::Do | Tok::Repeat);
    if head { say("Lua's blocks begin without a `:` and end with `end`") } else { None }
}

fn membership(w: &Wrong<'_>) -> Option<String> {
    if w.tok(0) == Tok::Not && w.tok(1) == Tok::In && w.what.contains("expected") {
        return say("Lua has no `not in`: write `t[key] == nil`");
    }
    // `foreach (x in list)`
    let open = bracket(w.tokens, w.at).and_then(|open| open.checked_sub(1));
    if w.tok(0) == Tok::In && open.is_some_and(|word| w.tokens.text(word) == b"foreach") {
        return say(LIST_LOOP);
    }
    let name = w.what.starts_with("'=' or 'in'") || w.what.starts_with("<name> expected");
    if w.tok(0) == Tok::In && !name {
        return say("Lua has no `in` as a test: write `t[key] ~= nil`");
    }
    None
}

/// Tells whether a node closes a block: these are written before its `end` is looked for.
fn closes_block(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::DoClose
            | Kind::IfEnd
            | Kind::WhileEnd
            | Kind::ForNumEnd { .. }
            | Kind::ForInEnd { .. }
    )
}

/// Tells whether the last statement in front of the error is a `return`.
fn is_behind_return(w: &Wrong<'_>) -> bool {
    let last = w.reading.chunk.nodes.iter().rev().find(|node| !closes_block(node.kind));
    last.is_some_and(|node| matches!(node.kind, Kind::ReturnEnd { .. }))
}

fn after_return(w: &Wrong<'_>) -> Option<String> {
    if !w.what.contains("expected") {
        return None;
    }
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
    if begins && is_behind_return(w) {
        // `return a b end`: no statement is a name alone.
        let alone = matches!(
            w.tok(1),
            Tok::End | Tok::Else | Tok::ElseIf | Tok::Until | Tok::Eof | Tok::Byte(b',')
        );
        let begun = ends_expression(w.tok(-1));
        if w.is_name(0) && alone && begun && w.same_line(-1) {
            return Some(format!("a `,` is missing in front of `{}`", to_text(w.text(0))));
        }
        return say("`return` is the last statement of its block: write `do return end`");
    }
    None
}

/// `f(function() ... end end)`: the brackets are closed, and all that is in them.
fn ends_in_brackets(w: &Wrong<'_>) -> bool {
    let inside = w.what.starts_with("')' expected") || w.what.starts_with("'}' expected");
    let closed = matches!(w.tok(1), Tok::Byte(b')' | b'}' | b','));
    inside && closed && w.tok(0) == Tok::End && w.tok(-1) == Tok::End
}

fn end_too_many(w: &Wrong<'_>) -> Option<String> {
    let ended = w.tok(-1) == Tok::End || w.is(-1, b';') && w.tok(-2) == Tok::End;
    if matches!(w.tok(0), Tok::Else | Tok::ElseIf) && ended {
        return say("the `end` in front of it has closed the `if` that it might belong to");
    }
    let ends = w.what.starts_with("<eof> expected") || ends_in_brackets(w);
    let no_repeat = w.tok(0) == Tok::Until && !blocks::has_repeat(w.tokens, w.at);
    if !ends && !no_repeat {
        return None;
    }
    let line = w.tokens.get(w.at).line;
    let mut rest = (w.at..w.tokens.len()).take_while(|at| w.tokens.get(*at).line == line);
    match w.tok(0) {
        Tok::End => say("this `end` closes nothing: every block in front of it has its own"),
        Tok::Else => say("this `else` belongs to no `if`"),
        Tok::ElseIf => say("this `elseif` belongs to no `if`"),
        Tok::Until if rest.any(|at| w.tokens.tok(at) == Tok::Do) => {
            say("Lua writes `while not ... do`")
        }
        Tok::Until => say("this `until` belongs to no `repeat`"),
        _ => None,
    }
}
