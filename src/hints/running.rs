//! What is meant where a script failed: one table of triggers over what the machine said and
//! the expression it was about.

use super::names::{As, Names, table_idiom};
use super::reading::Reading;
use super::site::{Site, find};
use super::tree::{Id, Shape};
use super::{Advice, Span};
use crate::bytecode::op::{Instr, Op};
use crate::syntax::ast::{BinOp, Kind, UnOp};
use crate::syntax::token::Tok;

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
    Advice { span, marks: Vec::new(), hint }
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
        let registers = |op: Op| {
            matches!(
                op,
                Op::Add
                    | Op::Sub
                    | Op::Mul
                    | Op::Mod
                    | Op::Pow
                    | Op::Div
                    | Op::IDiv
                    | Op::BAnd
                    | Op::BOr
                    | Op::BXor
                    | Op::Shl
                    | Op::Shr
            )
        };
        let (b, c) = (self.held(instr.b), self.held(instr.c));
        if !registers(instr.op) {
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
        let instr = self.instr;
        let Shape::Binary(op, ..) = *self.shape(whole) else { return None };
        let (a, b) = (self.held(instr.a), self.held(instr.b));
        let immediate = !matches!(instr.op, Op::Lt | Op::Le);
        let (first, second) = match op {
            BinOp::Gt | BinOp::Ge => (right, left),
            _ => (left, right),
        };
        Some(match (immediate, a, b) {
            // The side that is no number written there.
            (true, Held::Nil, _) => {
                let written =
                    |id: Id| matches!(self.shape(id), Shape::Integer(_) | Shape::Float(_));
                if written(left) { right } else { left }
            }
            (false, Held::Nil, b) if b != Held::Nil => first,
            (false, a, Held::Nil) if a != Held::Nil => second,
            _ => whole,
        })
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
            Site::Get(id) | Site::Set(id) | Site::Method(id) => Some(*id),
            Site::ForNum(values) | Site::ForIn(values) => values.first().copied(),
        };
        let id = self.about.or(whole)?;
        let (first, last) = self.reading.tree.exprs[id].tokens;
        // Of one that has several lines, what is on the error's.
        let tokens = &self.reading.tokens;
        let here = |at: &usize| self.raised.line.is_none_or(|line| tokens.get(*at).line == line);
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
const HINTS: [Rule; 23] = [
    f_string,
    comment_slashes,
    line_break,
    new_word,
    ipairs_of_nil,
    global,
    field_of_module,
    string_method,
    table_method,
    called_with_dot,
    called_with_colon,
    require,
    join_with_plus,
    first_item,
    length_field,
    iterator,
    length_of_nil,
    concatenation,
    comparison,
    no_integer,
    argument_missing,
    self_missing,
    for_value,
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
    if !touching || !matches!(name.as_str(), "f" | "r" | "b" | "u" | "F" | "R" | "B") {
        return None;
    }
    let filled = f.reading.name(text).contains(&b'{');
    if name.eq_ignore_ascii_case("f") && filled {
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
    let about = f.about.filter(|_| f.fault == Fault::Call && f.kind == "nil")?;
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

/// `ipairs(nil)` fails in its iterator.
fn ipairs_of_nil(f: &Failure<'_>) -> Option<String> {
    let Site::ForIn(values) = &f.site else { return None };
    let [only] = values.as_slice() else { return None };
    let Shape::Call { callee, .. } = *f.shape(*only) else { return None };
    let [list] = f.reading.tree.args(*only) else { return None };
    let ipairs = f.name(callee).as_deref() == Some("ipairs") && !is_local(f, callee);
    if ipairs && f.raised.native.is_some() && f.message == "attempt to index a nil value" {
        let t = f.text(*list, "t");
        return Some(format!("`{t}` is nil here: if that may be, write `ipairs({t} or {{}})`"));
    }
    None
}

fn global(f: &Failure<'_>) -> Option<String> {
    if f.kind != "nil" {
        return None;
    }
    let name = f.global()?;
    let used = match f.fault {
        Fault::Call => As::Function,
        Fault::Index => As::Module,
        _ => As::Value,
    };
    f.names.for_global(&name, used)
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

fn string_method(f: &Failure<'_>) -> Option<String> {
    if f.fault != Fault::Call || f.kind != "nil" {
        return None;
    }
    let about = f.about?;
    let (base, name) = f.field(about)?;
    let literal = matches!(*f.shape(f.reading.tree.inside(base)), Shape::Str(_));
    let string = match f.shape(about) {
        // The object is in the register behind the function's.
        Shape::Method { .. } => matches!(f.held(f.instr.a.saturating_add(1)), Held::String(_)),
        _ => literal,
    };
    if !string {
        return None;
    }
    let object = if literal { "s".to_owned() } else { f.text(base, "s") };
    f.names.for_string_method(&name, &object)
}

fn table_method(f: &Failure<'_>) -> Option<String> {
    if f.fault != Fault::Call || f.kind != "nil" {
        return None;
    }
    let about = f.about?;
    let Shape::Method { base, .. } = *f.shape(about) else { return None };
    if f.held(f.instr.a.saturating_add(1)) != Held::Table {
        return None;
    }
    let (_, name) = f.field(about)?;
    let t = f.text(base, "t");
    if f.names.fields.contains_key(&t) && !is_local(f, base) {
        return f.names.for_field(&t, &name);
    }
    if f.names.fields.get("table").is_some_and(|fields| fields.contains(&name)) {
        return Some(format!(
            "tables have no methods of their own: write `table.{name}({t}, ...)`"
        ));
    }
    table_idiom(&name, &t)
}

/// `s.upper()` calls `string.upper` without a string.
fn called_with_dot(f: &Failure<'_>) -> Option<String> {
    let native = f.raised.native.as_deref()?.strip_prefix("string.")?;
    let call = f.call()?;
    let Shape::Call { callee, .. } = *f.shape(call) else { return None };
    let Shape::Field { base, name } = *f.shape(callee) else { return None };
    let literal = matches!(*f.shape(f.reading.tree.inside(base)), Shape::Str(_));
    let string = literal || matches!(f.local_held(base), Some(Held::String(_)));
    let argument = matches!(f.fault, Fault::Argument(_));
    if f.reading.name(name) != native.as_bytes() || !string || !argument {
        return None;
    }
    let (object, arguments) =
        (f.text(base, "s"), if f.reading.tree.args(call).is_empty() { "" } else { "..." });
    Some(format!("methods are called with `:`: write `{object}:{native}({arguments})`"))
}

/// `string:upper(s)` gives the module as the first argument.
fn called_with_colon(f: &Failure<'_>) -> Option<String> {
    let native = f.raised.native.as_deref()?;
    let Shape::Call { callee, .. } = *f.shape(f.call()?) else { return None };
    let Shape::Method { base, .. } = *f.shape(callee) else { return None };
    let module = f.name(base)?;
    let own = f.fault != Fault::Other
        && native.strip_prefix(&module).is_some_and(|rest| rest.starts_with('.'));
    if own && f.message.contains("bad") {
        return Some(format!("functions of a module are called with `.`: write `{native}(...)`"));
    }
    None
}

fn require(f: &Failure<'_>) -> Option<String> {
    if f.raised.native.as_deref() == Some("require") && f.message.starts_with("module '") {
        return f.names.elsewhere.get("require()").cloned();
    }
    None
}

fn join_with_plus(f: &Failure<'_>) -> Option<String> {
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

/// `t[0]`, and `t[i]` in a loop from 0.
fn first_item(f: &Failure<'_>) -> Option<String> {
    const FIRST: &str = "lists in Lua begin at 1: `t[1]` is the first item";
    if f.kind != "nil" {
        return None;
    }
    let Shape::Index { key, .. } = *f.shape(f.about?) else { return None };
    match *f.shape(key) {
        Shape::Integer(0) => say(FIRST),
        Shape::Unary(UnOp::Minus, inner) if *f.shape(inner) == Shape::Integer(1) => {
            say("Lua does not count from the end: the last item is `t[#t]`")
        }
        Shape::Name(name) => {
            let made = f.reading.tree.exprs[key].made;
            let nodes = &f.reading.chunk.nodes;
            let head = (0..made).rev().find(|at| nodes[*at].kind == Kind::ForNum(name))?;
            let start = nodes[head..].iter().nth(1)?.kind;
            let body = (head..made).any(|at| matches!(nodes[at].kind, Kind::ForNumDo { .. }));
            if start == Kind::Integer(0) && body { say(FIRST) } else { None }
        }
        _ => None,
    }
}

fn length_field(f: &Failure<'_>) -> Option<String> {
    let nil = match f.fault {
        Fault::Arithmetic => f.kind == "nil",
        Fault::Compare => f.kind == "number with nil" || f.kind == "nil with number",
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

fn iterator(f: &Failure<'_>) -> Option<String> {
    let Site::ForIn(values) = &f.site else { return None };
    if f.fault != Fault::Call {
        return None;
    }
    let t = values.first().map_or("t".to_owned(), |id| f.text(*id, "t"));
    match f.kind {
        "table" => Some(format!(
            "`for` needs an iterator: `ipairs({t})` goes through a list, `pairs({t})` through a table"
        )),
        "string" => {
            Some(format!("`for` needs an iterator: `({t}):gmatch(\".\")` goes through its bytes"))
        }
        "number" => Some(format!("a loop over numbers is `for i = 1, {t} do`")),
        _ => None,
    }
}

fn length_of_nil(f: &Failure<'_>) -> Option<String> {
    if f.fault != Fault::Length || f.kind != "nil" {
        return None;
    }
    let t = f.text(f.about?, "t");
    Some(format!("`{t}` is nil here: if that may be, write `#({t} or {{}})`"))
}

fn concatenation(f: &Failure<'_>) -> Option<String> {
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

fn comparison(f: &Failure<'_>) -> Option<String> {
    let mixed = ["number with string", "string with number"].contains(&f.kind);
    if f.fault == Fault::Compare && mixed {
        return say("a string is not converted to be compared: write `tonumber(text)`");
    }
    None
}

fn no_integer(f: &Failure<'_>) -> Option<String> {
    // What `error` raises may say anything.
    let own = f.fault == Fault::NoInteger || matches!(f.fault, Fault::Argument(_));
    if own && f.message.contains("number has no integer representation") {
        return say("`//` divides to a whole number, and `math.floor` rounds down");
    }
    None
}

/// `ipairs(nil)` and its kin: the argument is a global that has another name.
fn argument_missing(f: &Failure<'_>) -> Option<String> {
    let Fault::Argument(_) = f.fault else { return None };
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
    if f.kind != "nil" || f.fault != Fault::Index || f.name(about)? != "self" || !parameter {
        return None;
    }
    say("the function was called with `.`: with `:` the object becomes its `self`")
}

fn for_value(f: &Failure<'_>) -> Option<String> {
    let Fault::ForValue(_) = f.fault else { return None };
    let about = f.about?;
    match f.shape(about) {
        Shape::Table | Shape::Name(_) if f.message.ends_with("must be a number") => {
            let t = f.text(about, "t");
            let list = f.reading.tree.exprs[about].shape == Shape::Table;
            list.then(|| format!("the length of a list is `#{t}`"))
        }
        _ => None,
    }
}
