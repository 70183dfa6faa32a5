//! Programs made of bytes: every sequence of bytes is one, and every one compiles.

use std::fmt::{self, Write};

/// Blocks within blocks, functions included.
const DEEPEST: usize = 5;
/// Expressions within expressions.
const NESTED: usize = 4;
/// Statements of a program.
const MOST: usize = 120;

/// Functions of the library that may be called with anything.
const FUNCTIONS: [&str; 28] = [
    "print",
    "type",
    "tostring",
    "tonumber",
    "pcall",
    "select",
    "rawequal",
    "rawlen",
    "rawget",
    "next",
    "ipairs",
    "pairs",
    "error",
    "string.rep",
    "string.sub",
    "string.byte",
    "string.find",
    "string.format",
    "string.gsub",
    "table.concat",
    "table.insert",
    "table.remove",
    "table.sort",
    "table.unpack",
    "math.floor",
    "math.max",
    "json.encode",
    "coroutine.wrap",
];
const BINARY: [&str; 21] = [
    "+", "-", "*", "/", "//", "%", "^", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or", "&",
    "|", "~", "<<", ">>",
];
const UNARY: [&str; 4] = ["-", "not ", "#", "~"];
const LITERALS: [&str; 20] = [
    "nil",
    "true",
    "false",
    "0",
    "1",
    "2",
    "-1",
    "10",
    "255",
    "1.5",
    "-0.0",
    "1e308",
    "0x7fffffffffffffff",
    "math.mininteger",
    "'moon'",
    "''",
    "'a\\0b'",
    "'%d+'",
    "'10'",
    "[[long\nstring]]",
];
const FIELDS: [&str; 6] = ["a", "b", "n", "name", "__index", "x"];
/// Names of metamethods.
const EVENTS: [&str; 12] = [
    "__add",
    "__concat",
    "__len",
    "__eq",
    "__lt",
    "__le",
    "__index",
    "__newindex",
    "__call",
    "__unm",
    "__tostring",
    "__close",
];

/// A Lua program, made of bytes: for tests of what compiles, runs or records scripts. It always
/// compiles in the strict profile; it may raise errors and run for long when it runs. Programs
/// of similar bytes are similar, and fewer bytes make a smaller one, so that fuzzers can work
/// with the bytes.
///
/// With the feature `arbitrary` it implements that crate's trait.
///
/// ```
/// use moonfuel::fuzz::Program;
/// use moonfuel::{Limits, Session};
///
/// let limits = Limits { fuel: 10_000, ..Limits::default() };
/// let mut session = Session::builder().limits(limits).build()?;
/// for seed in 0..20_u64 {
///     let program = Program::from_bytes(&seed.wrapping_mul(0x9e3779b97f4a7c15).to_le_bytes());
///     assert_eq!(session.check(program.source().as_bytes(), "=it").error, None);
///     let _ = session.run(program.source());
/// }
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    source: String,
}

impl Program {
    /// Makes the program of these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Program {
        let mut writer = Writer {
            bytes: bytes.iter(),
            source: String::new(),
            variables: Vec::new(),
            statements: 0,
            names: 0,
            depth: 0,
            loops: 0,
            varargs: true,
        };
        while !writer.is_over() {
            writer.statement();
        }
        let variables = writer.values();
        writer.line(&format!("return {variables}"));
        Program { source: writer.source }
    }

    /// Returns the source text.
    pub fn source(&self) -> &str {
        &self.source
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for Program {
    fn arbitrary(bytes: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let length = bytes.arbitrary_len::<u8>()?;
        Ok(Program::from_bytes(bytes.bytes(length)?))
    }

    fn arbitrary_take_rest(bytes: arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(Program::from_bytes(bytes.take_rest()))
    }
}

/// What keeps a statement from being arguments of the one before.
fn before(target: &str) -> &'static str {
    if target.starts_with('(') { ";" } else { "" }
}

struct Variable {
    name: String,
    constant: bool,
}

struct Writer<'a> {
    bytes: std::slice::Iter<'a, u8>,
    source: String,
    variables: Vec<Variable>,
    statements: usize,
    names: usize,
    depth: usize,
    /// Loops around the statement, within its function.
    loops: usize,
    /// Whether the function takes `...`.
    varargs: bool,
}

impl Writer<'_> {
    /// Returns the next byte; 0 when there are no more.
    fn byte(&mut self) -> usize {
        self.bytes.next().copied().unwrap_or(0).into()
    }

    fn pick(&mut self, list: &[&'static str]) -> &'static str {
        let at = self.byte();
        list.get(at % list.len().max(1)).copied().unwrap_or_default()
    }

    fn is_over(&self) -> bool {
        self.bytes.as_slice().is_empty() || self.statements >= MOST
    }

    fn line(&mut self, text: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.source, "{}{text}", "  ".repeat(self.depth));
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    fn bind(&mut self, name: &str, constant: bool) {
        self.variables.push(Variable { name: name.to_owned(), constant });
    }

    /// Writes a block; what is bound in it is gone after it. `last` is its last line.
    fn block(&mut self, bound: &[String], last: Option<&str>) {
        let before = self.variables.len();
        bound.iter().for_each(|name| self.bind(name, false));
        self.depth += 1;
        let statements = 1 + self.byte() % 4;
        for _ in 0..statements {
            if self.is_over() {
                break;
            }
            self.statement();
        }
        if let Some(last) = last {
            self.line(last);
        }
        self.depth -= 1;
        self.variables.truncate(before);
    }

    /// Writes the parameters, the body and the end of a function.
    fn function(&mut self, head: &str, tail: &str) {
        let varargs = self.byte().is_multiple_of(4);
        let parameters: Vec<String> = (0..self.byte() % 3).map(|_| self.name()).collect();
        let mut list = parameters.clone();
        if varargs {
            list.push("...".to_owned());
        }
        self.line(&format!("{head}({})", list.join(", ")));
        let outer =
            (std::mem::replace(&mut self.varargs, varargs), std::mem::take(&mut self.loops));
        let before = self.variables.len();
        parameters.iter().for_each(|name| self.bind(name, false));
        self.block(&[], None);
        self.depth += 1;
        let values = self.values();
        self.line(&format!("return {values}"));
        self.depth -= 1;
        self.variables.truncate(before);
        (self.varargs, self.loops) = outer;
        self.line(&format!("end{tail}"));
    }

    fn statement(&mut self) {
        self.statements += 1;
        let kind = if self.depth < DEEPEST { self.byte() % 20 } else { self.byte() % 8 };
        match kind {
            0..8 => self.simple(kind),
            _ => self.compound(kind),
        }
    }

    /// Writes a statement without a block.
    fn simple(&mut self, kind: usize) {
        match kind {
            0 | 1 => {
                let (name, value) = (self.name(), self.expression(0));
                self.line(&format!("local {name} = {value}"));
                self.bind(&name, false);
            }
            2 => {
                let (name, value) = (self.name(), self.expression(0));
                self.line(&format!("local {name} <const> = {value}"));
                self.bind(&name, true);
            }
            3 => {
                let (target, value) = (self.target(), self.expression(0));
                self.line(&format!("{}{target} = {value}", before(&target)));
            }
            4 => {
                let targets = [self.target(), self.target()].join(", ");
                let values = self.values();
                self.line(&format!("{}{targets} = {values}", before(&targets)));
            }
            5 | 6 => {
                let (function, values) = (self.pick(&FUNCTIONS), self.values());
                self.line(&format!("pcall({function}, {values})"));
            }
            7 if self.loops > 0 => {
                let condition = self.expression(0);
                self.line(&format!("if {condition} then break end"));
            }
            _ => {
                let (function, values) = (self.pick(&FUNCTIONS[..20]), self.values());
                let name = self.name();
                self.line(&format!("local {name} = {function}({values})"));
                self.bind(&name, false);
            }
        }
    }

    /// Writes a statement with a block.
    fn compound(&mut self, kind: usize) {
        match kind {
            8 | 9 => {
                let condition = self.expression(0);
                self.line(&format!("if {condition} then"));
                self.block(&[], None);
                if self.byte().is_multiple_of(2) {
                    self.line("else");
                    self.block(&[], None);
                }
                self.line("end");
            }
            10 => {
                let name = self.name();
                let (from, to) = (self.byte() % 4, self.byte() % 12);
                let step = self.pick(&["1", "2", "-1", "0.5"]);
                self.line(&format!("for {name} = {from}, {to}, {step} do"));
                self.looped(&[name], None);
                self.line("end");
            }
            11 => {
                let names = [self.name(), self.name()];
                let (function, value) = (self.pick(&["pairs", "ipairs"]), self.expression(2));
                self.line(&format!(
                    "for {} in {function}({{{value}, 2, x = 3}}) do",
                    names.join(", ")
                ));
                self.looped(&names, None);
                self.line("end");
            }
            12 => {
                let name = self.name();
                let times = self.byte() % 8;
                self.line(&format!("local {name} = 0"));
                self.line(&format!("while {name} < {times} do"));
                // Hidden from the block, which would keep the loop from ending.
                self.looped(&[], Some(&format!("{name} = {name} + 1")));
                self.line("end");
            }
            13 => {
                let name = self.name();
                self.line(&format!("local {name} = 0"));
                self.line("repeat");
                self.looped(&[], Some(&format!("{name} = {name} + 1")));
                let condition = self.expression(1);
                self.line(&format!("until {name} > 3 or {condition}"));
            }
            14 => {
                let name = self.name();
                self.bind(&name, true);
                self.function(&format!("local function {name}"), "");
            }
            15 => {
                self.line("do");
                self.block(&[], None);
                self.line("end");
            }
            16 => {
                let name = self.name();
                let event = self.pick(&EVENTS);
                self.function(
                    &format!("local {name} = setmetatable({{}}, {{{event} = function"),
                    "})",
                );
                self.bind(&name, false);
            }
            17 => {
                let name = self.name();
                self.function(&format!("local {name} = coroutine.wrap(function"), ")");
                let values = self.values();
                self.line(&format!("pcall({name}, {values})"));
                self.bind(&name, false);
            }
            18 => {
                let name = self.name();
                self.line(&format!("goto {name}"));
                self.line("do");
                self.block(&[], None);
                self.line("end");
                // Nothing is bound between them.
                self.line(&format!("::{name}::"));
            }
            _ => {
                let name = self.name();
                self.line("do");
                self.depth += 1;
                self.line(&format!(
                    "local {name} <close> = setmetatable({{}}, {{__close = function() print('closed') end}})"
                ));
                self.depth -= 1;
                self.block(&[], None);
                self.line("end");
            }
        }
    }

    fn looped(&mut self, bound: &[String], last: Option<&str>) {
        self.loops += 1;
        self.block(bound, last);
        self.loops -= 1;
    }

    /// Writes what can be assigned to: a variable or a field.
    fn target(&mut self) -> String {
        let at = self.byte();
        let found = self.variables.get(at % self.variables.len().max(1));
        match found {
            Some(variable) if !variable.constant && at.is_multiple_of(2) => variable.name.clone(),
            Some(variable) => {
                let name = variable.name.clone();
                // Not every variable holds a table.
                format!("({name} or {{}}).{}", self.pick(&FIELDS))
            }
            None => format!("_G.{}", self.pick(&FIELDS)),
        }
    }

    /// Writes one to three expressions.
    fn values(&mut self) -> String {
        let count = 1 + self.byte() % 3;
        let values: Vec<String> = (0..count).map(|_| self.expression(1)).collect();
        values.join(", ")
    }

    /// Writes an expression, in parentheses where something could follow that takes it apart.
    fn expression(&mut self, depth: usize) -> String {
        let kind = if depth < NESTED { self.byte() % 12 } else { self.byte() % 4 };
        match kind {
            0 | 1 => self.pick(&LITERALS).to_owned(),
            2 | 3 => {
                let at = self.byte();
                let found = self.variables.get(at % self.variables.len().max(1));
                found.map_or_else(|| "args".to_owned(), |variable| variable.name.clone())
            }
            4..=6 => {
                let (left, right) = (self.expression(depth + 1), self.expression(depth + 1));
                format!("({left} {} {right})", self.pick(&BINARY))
            }
            7 => {
                let operator = self.pick(&UNARY);
                format!("({operator}({}))", self.expression(depth + 1))
            }
            8 => {
                let items = [self.expression(depth + 1), self.expression(depth + 1)];
                format!("{{{}, {} = {}}}", items[0], self.pick(&FIELDS[..4]), items[1])
            }
            9 => format!("({}).{}", self.expression(depth + 1), self.pick(&FIELDS)),
            10 => {
                let function = self.pick(&FUNCTIONS);
                format!("{function}({})", self.expression(depth + 1))
            }
            _ if self.varargs => self.pick(&["...", "(...)", "select('#', ...)"]).to_owned(),
            _ => format!("function() return {} end", self.expression_alone(depth + 1)),
        }
    }

    /// As an expression of a function of its own, which takes no `...`.
    fn expression_alone(&mut self, depth: usize) -> String {
        let varargs = std::mem::replace(&mut self.varargs, false);
        let expression = self.expression(depth);
        self.varargs = varargs;
        expression
    }
}

#[cfg(test)]
mod tests;
