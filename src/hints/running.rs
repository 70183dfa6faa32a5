//! What is meant where a script failed: one table of triggers over what the machine said and
//! the expression it was about.

use super::idioms::MODULE;
use super::names::{As, Names};
use super::reading::Reading;
use super::site::{Site, find};
use super::tree::{Id, Shape};
use super::{Advice, Span, blocks};
use crate::bytecode::op::{Instr, Op};
use crate::syntax::ast::{BinOp, Kind, UnOp};
use crate::syntax::token::Tok;
use std::sync::Arc;

mod absent;
mod assigned;
mod called;
mod hosts;
mod library;
mod loops;
mod methods;
mod nothing;
mod operands;
mod origins;
mod own;
mod parts;
mod within;

/// What a register held when an instruction failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Nil,
    Integer,
    /// A float, and whether it is a whole number.
    Float(bool),
    /// A string, and whether it can be read as a number.
    String(bool),
    Table,
    Function,
    Other,
}

/// Where a Lua function stood when an error was raised: plain data, which can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raised {
    /// The chunk, as messages show it.
    pub chunk: Vec<u8>,
    /// Its source, if that is its name: as of what `load` was given without another one.
    pub text: Option<Arc<[u8]>>,
    pub line: Option<u32>,
    /// What tells the function apart from others ([`print_of`](super::site::print_of)).
    pub print: u64,
    /// The number of the instruction.
    pub pc: u32,
    /// The native function it had called, which raised the error; nothing if its own
    /// instruction did.
    pub native: Option<String>,
    /// What its registers held.
    pub held: Vec<Held>,
}

/// What failed, in the words of messages that nobody but the machine can have made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Index,
    Call,
    Arithmetic,
    Bitwise,
    Concat,
    Length,
    Compare,
    NoInteger,
    ForValue(usize),
    /// A native function said it of its argument with this number.
    Argument(usize),
    Other,
}

/// All that is known of a failure.
struct Failure<'a> {
    reading: &'a Reading<'a>,
    names: &'a Names,
    raised: &'a Raised,
    /// The message without its place.
    message: &'a str,
    fault: Fault,
    /// The type that the message names.
    kind: &'a str,
    site: Site,
    /// The instruction that failed.
    instr: Instr,
    /// The local variables there, the innermost first, with their registers.
    locals: Vec<(String, u8)>,
    /// The expression it is about.
    about: Option<Id>,
}

/// Returns what an error is about that has the message `message`, which its place is taken
/// from. `own`: the function is the one that failed, and not one further out.
pub(crate) fn advise(
    reading: &Reading<'_>,
    raised: &Raised,
    own: bool,
    message: &str,
    names: &Names,
) -> Advice {
    if own && raised.native.is_none() && message.ends_with("got a non-closable value") {
        return not_closable(reading, raised, message);
    }
    let Some((site, instr, locals)) = find(reading, raised.print, raised.pc as usize) else {
        return Advice::default();
    };
    let (fault, kind) = match (own, raised.native.as_deref()) {
        (true, None) => of_message(message),
        (true, Some(name)) if is_string_arithmetic(name) => of_message(message),
        (true, Some("error" | "assert")) => (Fault::Other, ""),
        (true, Some(_)) => (argument(message), ""),
        (false, _) => (Fault::Other, ""),
    };
    let mut failure =
        Failure { reading, names, raised, message, fault, kind, site, instr, locals, about: None };
    failure.about = failure.find_operand();
    let span = failure.span();
    let hint = if own { HINTS.iter().find_map(|trigger| trigger(&failure)) } else { None };
    let mut advice = Advice { span, hint, ..Advice::default() };
    if own && raised.native.as_deref() == Some("coroutine.wrapped") && advice.hint.is_none() {
        within::add(reading, raised, message, names, &mut advice);
    }
    advice
}

/// Returns the level that a call of `error` gives, if it is written there: 1 if none is.
/// Nothing if the function has not called `error`.
pub(crate) fn error_level(reading: &Reading<'_>, raised: &Raised) -> Option<Option<i64>> {
    if raised.native.as_deref() != Some("error") {
        return None;
    }
    let Some((Site::Call(call), ..)) = find(reading, raised.print, raised.pc as usize) else {
        return Some(None);
    };
    let shapes = reading.tree.args(call).iter().map(|id| &reading.tree.exprs[*id].shape);
    Some(match shapes.collect::<Vec<_>>().as_slice() {
        [] | [Shape::Call { .. } | Shape::Vararg] => None,
        [_] => Some(1),
        [_, Shape::Integer(level), ..] => Some(*level),
        _ => None,
    })
}

/// `local x <close> = 5`: the variable's name and what it is.
fn not_closable(reading: &Reading<'_>, raised: &Raised, message: &str) -> Advice {
    let tokens = &reading.tokens;
    let name = message.split('\'').nth(1).unwrap_or_default().as_bytes();
    let here = |at: usize| raised.line.is_none_or(|line| tokens.get(at).line <= line);
    let declared = (0..tokens.len())
        .rev()
        .find(|at| tokens.text(*at) == name && tokens.text(at + 2) == b"close" && here(*at));
    let Some(at) = declared.filter(|at| tokens.tok(at + 1) == Tok::Byte(b'<')) else {
        return Advice::default();
    };
    let hint = "`<close>` takes nil, false or a value with a metamethod `__close`".to_owned();
    Advice { span: Some(tokens.span(at, at + 3)), hint: Some(hint), ..Advice::default() }
}

/// Tells whether a function is a metamethod of strings, which fails in an operator's name.
fn is_string_arithmetic(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|name| name.starts_with("__"))
}

/// Returns what a message of the machine's says, and the type it names.
fn of_message(message: &str) -> (Fault, &str) {
    if message.starts_with("number") && message.ends_with("has no integer representation") {
        return (Fault::NoInteger, "");
    }
    let bad = message.strip_prefix("bad ").unwrap_or(message);
    if let Some(rest) = bad.strip_prefix("'for' ") {
        let which = ["initial", "limit", "step"].iter().position(|word| rest.starts_with(word));
        return (which.map_or(Fault::Other, Fault::ForValue), "");
    }
    let Some(rest) = message.strip_prefix("attempt to ") else { return (Fault::Other, "") };
    if let Some((_, operands)) = rest.split_once(" a '")
        && let Some((left, right)) = operands.split_once("' with a '")
    {
        // What strings say of their arithmetic.
        let right = right.trim_end_matches('\'');
        let odd = [left, right].into_iter().find(|kind| !matches!(*kind, "string" | "number"));
        return (Fault::Arithmetic, odd.unwrap_or("string"));
    }
    let faults = [
        ("index a ", Fault::Index),
        ("call a ", Fault::Call),
        ("perform arithmetic on a ", Fault::Arithmetic),
        ("perform bitwise operation on a ", Fault::Bitwise),
        ("concatenate a ", Fault::Concat),
        ("get length of a ", Fault::Length),
        ("compare ", Fault::Compare),
    ];
    for (prefix, fault) in faults {
        if let Some(rest) = rest.strip_prefix(prefix) {
            return (fault, rest.split(" value").next().unwrap_or_default());
        }
    }
    (Fault::Other, "")
}

/// Returns the number of the argument that a function refused.
fn argument(message: &str) -> Fault {
    if message.starts_with("calling '") {
        return Fault::Argument(0);
    }
    let number = message.strip_prefix("bad argument #").and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse().ok()).map_or(Fault::Other, Fault::Argument)
}

impl Failure<'_> {
    fn shape(&self, id: Id) -> &Shape {
        &self.reading.tree.exprs[id].shape
    }

    /// Returns the operand that the message is about, as PUC-Rio's chooses it.
    fn find_operand(&self) -> Option<Id> {
        let tree = &self.reading.tree;
        match (&self.site, self.fault) {
            (Site::Get(id) | Site::Set(id) | Site::Method(id), Fault::Index) => {
                match *self.shape(*id) {
                    Shape::Field { base, .. }
                    | Shape::Index { base, .. }
                    | Shape::Method { base, .. } => Some(base),
                    _ => None,
                }
            }
            (Site::Item(key), Fault::Other) if self.message.starts_with("table index is ") => {
                Some(*key)
            }
            // `index is nil`: it is the key.
            (Site::Set(id), Fault::Other) => match *self.shape(*id) {
                Shape::Index { key, .. } if self.message.starts_with("table index is ") => {
                    Some(key)
                }
                _ => None,
            },
            (Site::Call(id), Fault::Call) => match *self.shape(*id) {
                Shape::Call { callee, .. } => Some(callee),
                _ => None,
            },
            (Site::Call(id), Fault::Argument(0)) => match *self.shape(*id) {
                Shape::Call { callee, .. } => Some(self.field(callee)?.0),
                _ => None,
            },
            (Site::Call(id), Fault::Argument(number)) => {
                tree.args(*id).get(number.checked_sub(1)?).copied()
            }
            (Site::ForIn(values), Fault::Call) => values.first().copied(),
            (Site::ForNum(values), Fault::ForValue(which)) => values.get(which).copied(),
            (Site::Operation(id), _) => match *self.shape(*id) {
                Shape::Unary(_, operand) => Some(operand),
                Shape::Binary(_, left, right) => self.wrong_operand(left, right),
                _ => None,
            },
            (Site::Concat { operands, .. }, Fault::Concat) => self.wrong_part(operands),
            (Site::Compare(id), _) => match *self.shape(*id) {
                Shape::Binary(_, left, right) => self.nil_side(*id, left, right),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the operand of an arithmetic or bitwise operation that is wrong.
    fn wrong_operand(&self, left: Id, right: Id) -> Option<Id> {
        let instr = self.instr;
        let (b, c) = (self.held(instr.b), self.held(instr.c));
        if !instr.op.is_abc() {
            // One is a number that is written there.
            let swapped = match instr.op {
                Op::ShlI => true,
                Op::AddK | Op::MulK | Op::BAndK | Op::BOrK | Op::BXorK => instr.c != 0,
                _ => false,
            };
            let register = if swapped { right } else { left };
            return self.is_wrong(b).then_some(register);
        }
        match (self.is_wrong(b), self.is_wrong(c)) {
            (true, _) => Some(left),
            (false, true) => Some(right),
            (false, false) => None,
        }
    }

    /// Tells whether a value is what the message says.
    fn is_wrong(&self, held: Held) -> bool {
        match self.fault {
            Fault::NoInteger => held == Held::Float(false),
            _ => match self.kind {
                "nil" => held == Held::Nil,
                "string" => held == Held::String(false),
                "table" => held == Held::Table,
                "function" => held == Held::Function,
                "number" => matches!(held, Held::Integer | Held::Float(_)),
                _ => held == Held::Other,
            },
        }
    }

    /// Returns the operand of a concatenation that is wrong: pairs are joined from the right.
    fn wrong_part(&self, operands: &[Id]) -> Option<Id> {
        let joins = |held: Held| matches!(held, Held::Integer | Held::Float(_) | Held::String(_));
        let from = usize::from(self.instr.a);
        let held = self.raised.held.get(from..from + operands.len())?;
        (0..held.len()).rev().find(|at| !joins(held[*at])).and_then(|last| {
            let before = last.checked_sub(1);
            // Of two that are wrong, the left one is named.
            match before.filter(|before| !joins(held[*before])) {
                Some(before) => operands.get(before).copied(),
                None => operands.get(last).copied(),
            }
        })
    }

    /// Returns the side of a comparison that is nil, or else the whole.
    fn nil_side(&self, whole: Id, left: Id, right: Id) -> Option<Id> {
        let Shape::Binary(op, ..) = *self.shape(whole) else { return None };
        Some(self.side(op, left, right, |held| held == Held::Nil).unwrap_or(whole))
    }

    /// Returns the only side of a comparison that holds such a value.
    fn side(&self, op: BinOp, left: Id, right: Id, is: impl Fn(Held) -> bool) -> Option<Id> {
        let instr = self.instr;
        let a = is(self.held(instr.a));
        if !matches!(instr.op, Op::Lt | Op::Le) {
            // The side that is no number written there.
            let written = |id: Id| {
                let id = match *self.shape(id) {
                    Shape::Unary(UnOp::Minus, number) => number,
                    _ => id,
                };
                matches!(self.shape(id), Shape::Integer(_) | Shape::Float(_))
            };
            return a.then_some(if written(left) { right } else { left });
        }
        let (first, second) = match op {
            BinOp::Gt | BinOp::Ge => (right, left),
            _ => (left, right),
        };
        match (a, is(self.held(instr.b))) {
            (true, false) => Some(first),
            (false, true) => Some(second),
            _ => None,
        }
    }

    /// Returns what a register held.
    fn held(&self, register: u8) -> Held {
        self.raised.held.get(usize::from(register)).copied().unwrap_or(Held::Other)
    }

    /// Returns what a local variable held that an expression is.
    fn local_held(&self, id: Id) -> Option<Held> {
        let name = self.name(id)?;
        let place = self.locals.iter().find(|(known, _)| *known == name)?;
        Some(self.held(place.1))
    }

    fn span(&self) -> Option<Span> {
        let whole = match &self.site {
            Site::Call(id) | Site::Operation(id) | Site::Compare(id) => Some(*id),
            Site::Concat { whole, .. } => Some(*whole),
            Site::Get(id) | Site::Set(id) | Site::Method(id) | Site::Item(id) => Some(*id),
            Site::ForNum(values) | Site::ForIn(values) => values.first().copied(),
        };
        let id = self.about.or(whole)?;
        let (first, last) = self.reading.tree.exprs[id].tokens;
        // Of one that has several lines, what is on the error's, or else on the last one.
        let tokens = &self.reading.tokens;
        let line = |at: usize| tokens.get(at).line;
        let within = self.raised.line.is_none_or(|own| (first..=last).any(|at| line(at) == own));
        let own = self.raised.line.filter(|_| within).unwrap_or(line(last));
        let here = |at: &usize| self.raised.line.is_none() || line(*at) == own;
        let (from, to) = ((first..=last).find(here), (first..=last).rev().find(here));
        Some(tokens.span(from.unwrap_or(first), to.unwrap_or(last)))
    }

    /// Returns the text of an expression, if it is short, or else `other`.
    fn text(&self, id: Id, other: &str) -> String {
        let span = self.reading.tree.span(&self.reading.tokens, id);
        let text = self.reading.tokens.source().get(span.start..span.end).unwrap_or(&[]);
        match std::str::from_utf8(text) {
            Ok(text) if text.len() <= 40 && !text.contains(['\n', '\r', '`']) => text.to_owned(),
            _ => other.to_owned(),
        }
    }

    /// Returns the name that an expression is, if it is one.
    fn name(&self, id: Id) -> Option<String> {
        match *self.shape(id) {
            Shape::Name(name) => String::from_utf8(self.reading.name(name).to_vec()).ok(),
            _ => None,
        }
    }

    /// Returns the global that the expression is which the error is about: only the message
    /// knows whether a name is one.
    fn global(&self) -> Option<String> {
        let name = self.name(self.about?)?;
        self.message.ends_with(&format!("(global '{name}')")).then_some(name)
    }

    /// Returns base and name of a field.
    fn field(&self, id: Id) -> Option<(Id, String)> {
        match *self.shape(id) {
            Shape::Field { base, name } | Shape::Method { base, name } => {
                Some((base, String::from_utf8(self.reading.name(name).to_vec()).ok()?))
            }
            _ => None,
        }
    }

    /// Returns the call that failed.
    fn call(&self) -> Option<Id> {
        match self.site {
            Site::Call(id) => Some(id),
            _ => None,
        }
    }
}

type Rule = fn(&Failure<'_>) -> Option<String>;

/// All of them; the first that knows is heard.
const HINTS: [Rule; 71] = [
    f_string,
    comment_slashes,
    line_break,
    new_word,
    library::quote_ended,
    library::second_string,
    hosts::written_wrong,
    origins::answer_of_failure,
    origins::set_to_nothing,
    origins::set_by_call,
    called::nil_of_call,
    called::coroutine,
    loops::first_item,
    origins::index_for_item,
    own_name,
    own::field_of_self,
    parts::out_of_scope,
    absent::function_of_table,
    parts::near_variable,
    global,
    loops::ipairs_of_nil,
    absent::set_to_part,
    absent::maker,
    field_of_module,
    coroutine_called,
    own::class_forgotten,
    own::arguments_moved,
    absent::never_set,
    methods::string_method,
    parts::near_field,
    methods::table_method,
    methods::number_method,
    methods::called_with_dot,
    methods::called_with_colon,
    require,
    operands::join_with_plus,
    operands::string_operator,
    operands::length_field,
    operands::function_value,
    loops::iterator,
    loops::pairs_of_text,
    own::table_called,
    operands::length_of_nil,
    assigned::sum_of_nothing,
    operands::concatenation,
    operands::comparison,
    operands::no_integer,
    argument_missing,
    self_missing,
    loops::for_value,
    assigned::part_of_nothing,
    assigned::list_of_nothing,
    assigned::string_changed,
    library::read_only,
    library::pattern,
    library::conversion,
    library::position,
    library::order,
    library::items,
    library::nil_raised,
    origins::raised_not_answered,
    operands::table_value,
    absent::status_of_pcall,
    operands::no_parts,
    operands::negated,
    library::number_of_text,
    library::without_end,
    operands::nil_key,
    operands::sum_of_nil,
    parts::module_without,
    parts::nil_part,
];

fn say(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// `f"..."` calls a function `f`.
fn f_string(f: &Failure<'_>) -> Option<String> {
    let call = f.call().filter(|_| f.fault == Fault::Call)?;
    let name = f.global()?;
    let [only] = f.reading.tree.args(call) else { return None };
    let Shape::Str(text) = *f.shape(*only) else { return None };
    let (first, last) = f.reading.tree.exprs[call].tokens;
    let touching = last == first + 1 && f.reading.tokens.touches_next(first);
    let prefixes = ["f", "r", "b", "u", "F", "R", "B", "U", "L", "rf", "fr", "rb", "br", "u8", "s"];
    if !touching || !prefixes.contains(&name.as_str()) {
        return None;
    }
    let filled = f.reading.name(text).contains(&b'{');
    if name.to_ascii_lowercase().contains('f') && filled {
        return say("Lua has no f-strings: write `string.format(\"%s\", x)` or `\"...\" .. x`");
    }
    say("Lua's strings have no prefixes; `[[...]]` takes backslashes as they are")
}

/// `x // a comment` divides by `a`.
fn comment_slashes(f: &Failure<'_>) -> Option<String> {
    let Site::Operation(id) = f.site else { return None };
    let Shape::Binary(BinOp::IDiv, _, right) = *f.shape(id) else { return None };
    let global = f.global().is_some() && f.about == Some(right) && f.kind == "nil";
    let (_, last) = f.reading.tree.exprs[id].tokens;
    let tokens = &f.reading.tokens;
    let ends_line = tokens.get(last).line < tokens.get(last + 1).line || last + 2 == tokens.len();
    if global && ends_line {
        return say("`//` divides; a comment in Lua begins with `--`");
    }
    None
}

/// A line that begins with a parenthesis goes on with the one before.
fn line_break(f: &Failure<'_>) -> Option<String> {
    let mut call = f.call().filter(|_| f.fault == Fault::Call)?;
    let tokens = &f.reading.tokens;
    while let Shape::Call { callee, open, .. } = *f.shape(call) {
        let (_, last) = f.reading.tree.exprs[callee].tokens;
        let paren = tokens.at(f.reading.chunk.nodes.get(open)?.at as usize);
        if tokens.get(last).line < tokens.get(paren).line && tokens.text(paren) == b"(" {
            return say(
                "a line that begins with `(` goes on with the expression before it: put a `;`",
            );
        }
        call = callee;
    }
    None
}

/// `x = new Point()` is two statements.
fn new_word(f: &Failure<'_>) -> Option<String> {
    let fails = f.fault == Fault::Call && matches!(f.kind, "nil" | "table");
    let about = f.about.filter(|_| fails)?;
    f.name(about)?;
    let (first, _) = f.reading.tree.exprs[about].tokens;
    let (tokens, before) = (&f.reading.tokens, first.checked_sub(1)?);
    let name = matches!(tokens.tok(before), Tok::Name(_));
    if !name || tokens.get(before).line != tokens.get(first).line {
        return None;
    }
    match tokens.text(before) {
        b"new" => say("Lua has no `new`: objects come from functions, as in `Point.new()`"),
        b"await" => say("Lua has no `await`: a function of a coroutine waits where it is called"),
        _ => None,
    }
}

fn global(f: &Failure<'_>) -> Option<String> {
    if f.kind != "nil" {
        return None;
    }
    let name = f.global()?;
    if name == "package" && is_field_read(f, "seeall") {
        return say(MODULE);
    }
    f.names.for_global(&name, used(f))
}

/// Returns as what the nil was used that the error is about.
fn used(f: &Failure<'_>) -> As {
    match f.fault {
        Fault::Call => As::Function,
        Fault::Index | Fault::Length => As::Module,
        _ => As::Value,
    }
}

/// Tells whether a field with this name was read.
fn is_field_read(f: &Failure<'_>, name: &str) -> bool {
    let Site::Get(id) = f.site else { return false };
    f.field(id).is_some_and(|(_, field)| field == name)
}

/// `local f = function(n) return f(n - 1) end`: the variable comes behind the function.
fn own_name(f: &Failure<'_>) -> Option<String> {
    if f.kind != "nil" || f.fault != Fault::Call {
        return None;
    }
    let name = f.global()?;
    let tokens = &f.reading.tokens;
    let (at, _) = f.reading.tree.exprs[f.about?].tokens;
    let declares = |head: &usize| {
        *head >= 3
            && tokens.tok(*head) == Tok::Function
            && tokens.tok(head - 1) == Tok::Byte(b'=')
            && tokens.text(head - 2) == name.as_bytes()
            && tokens.tok(head - 3) == Tok::Local
    };
    blocks::heads(tokens, at).iter().find(|head| declares(head))?;
    Some(format!(
        "`{name}` is not there yet in its own function: write `local function {name}(...)`"
    ))
}

/// `co()` where `co` is a coroutine.
fn coroutine_called(f: &Failure<'_>) -> Option<String> {
    if !matches!(f.fault, Fault::Call | Fault::Index) || f.kind != "thread" {
        return None;
    }
    let co = f.text(f.about?, "co");
    Some(format!(
        "a coroutine goes on with `coroutine.resume({co})`; `coroutine.wrap` makes functions"
    ))
}

fn field_of_module(f: &Failure<'_>) -> Option<String> {
    if f.kind != "nil" || !matches!(f.fault, Fault::Call | Fault::Index | Fault::Arithmetic) {
        return None;
    }
    let (base, name) = f.field(f.about?)?;
    let module = match *f.shape(base) {
        Shape::Name(_) => f.name(base)?,
        Shape::Field { base: outer, .. } => format!("{}.{}", f.name(outer)?, f.field(base)?.1),
        _ => return None,
    };
    if is_local(f, base) {
        return None;
    }
    f.names.for_field(&module, &name)
}

/// Tells whether the name that an expression begins with is that of a variable which a
/// function around it declares.
fn is_local(f: &Failure<'_>, base: Id) -> bool {
    let mut id = base;
    while let Shape::Field { base, .. } = *f.shape(id) {
        id = base;
    }
    let Shape::Name(name) = *f.shape(id) else { return true };
    let made = f.reading.tree.exprs[id].made;
    f.reading.chunk.nodes[..made].iter().any(|node| match node.kind {
        Kind::LocalName(known, _)
        | Kind::Param(known)
        | Kind::LocalFunction(known)
        | Kind::ForName(known)
        | Kind::ForNum(known) => known == name,
        _ => false,
    })
}

fn require(f: &Failure<'_>) -> Option<String> {
    if f.raised.native.as_deref() == Some("require") && f.message.starts_with("module '") {
        return library::elsewhere(f).or_else(|| f.names.elsewhere.get("require()").cloned());
    }
    None
}

/// `ipairs(nil)` and its kin: the argument is a global that has another name.
fn argument_missing(f: &Failure<'_>) -> Option<String> {
    let (Fault::Argument(_) | Fault::ForValue(_)) = f.fault else { return None };
    if !f.message.ends_with(", got nil)") && !f.message.ends_with(", got no value)") {
        return None;
    }
    let about = f.about?;
    let name = f.name(about)?;
    if is_local(f, about) || f.names.globals.contains(&name) {
        return None;
    }
    f.names.for_global(&name, As::Value)
}

fn self_missing(f: &Failure<'_>) -> Option<String> {
    let about = f.about?;
    let parameter = f.message.ends_with("(local 'self')");
    let value = matches!(f.kind, "nil" | "number" | "boolean");
    if !value || f.fault != Fault::Index || f.name(about)? != "self" || !parameter {
        return None;
    }
    say("the function was called with `.`: with `:` the object becomes its `self`")
}
