//! Random programs that end: scopes, statements and control flow.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "the parts of the generator use what they need of each other"
)]

use super::prng::Prng;
use super::program::{Node, block, line};

/// What kind of value a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    /// An integer.
    Int,
    /// A float.
    Flt,
    /// A number of either kind.
    Num,
    /// A string.
    Str,
    /// A boolean or nil.
    Bool,
    /// A sequence of numbers and strings.
    Seq,
    /// A table with string keys.
    Rec,
    /// A function of two numbers that returns a number.
    Fun,
    /// An object with arithmetic metamethods.
    Obj,
    /// Nothing.
    Nil,
}

#[derive(Clone, Debug)]
struct Variable {
    name: String,
    ty: Ty,
    constant: bool,
    cost: usize,
}

/// The state of the making of one program.
#[derive(Debug)]
pub struct Generator {
    /// The random numbers.
    pub rng: Prng,
    /// How many of 1000 expressions are of a wrong type.
    pub risk: usize,
    /// Whether `...` may be used.
    pub vararg: bool,
    /// Whether `coroutine.yield` may be called.
    pub yields: bool,
    variables: Vec<Variable>,
    /// How often the present statement runs.
    times: usize,
    cost: usize,
    depth: usize,
    loops: usize,
    names: usize,
    in_function: bool,
}

/// Makes the program of a seed and a number.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let mut generator = Generator {
        rng: Prng::new(seed, id),
        risk: 1,
        vararg: false,
        yields: false,
        variables: Vec::new(),
        times: 1,
        cost: 0,
        depth: 0,
        loops: 0,
        names: 0,
        in_function: false,
    };
    let mut out = Vec::new();
    for ty in [Ty::Int, Ty::Num, Ty::Str, Ty::Seq, Ty::Rec] {
        generator.declare(ty, &mut out);
    }
    let statements = 4 + generator.rng.below(9);
    for _ in 0..statements {
        generator.statement(&mut out);
    }
    generator.dump(&mut out);
    out
}

impl Generator {
    /// Returns a fresh name; now and then the name of a variable that it will hide.
    pub fn name(&mut self) -> String {
        self.names += 1;
        if self.rng.chance(60) && !self.variables.is_empty() {
            let at = self.rng.below(self.variables.len());
            let name = &self.variables[at].name;
            // A hidden loop counter may keep a loop from ending.
            if !name.starts_with(['w', 'g']) {
                return name.clone();
            }
        }
        let letter = self.rng.pick(&["a", "b", "c", "n", "s", "t", "v", "x"]);
        format!("{letter}{}", self.names)
    }

    /// Returns a name that no variable has.
    pub fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// Puts a variable into the present scope.
    pub fn bind(&mut self, name: &str, ty: Ty, constant: bool) {
        self.variables.push(Variable { name: name.to_owned(), ty, constant, cost: 0 });
    }

    fn visible(&self, at: usize) -> bool {
        let name = &self.variables[at].name;
        self.variables[at + 1..].iter().all(|later| later.name != *name)
    }

    fn candidates(&self, fits: impl Fn(&Variable) -> bool) -> Vec<usize> {
        let all = 0..self.variables.len();
        all.filter(|at| fits(&self.variables[*at]) && self.visible(*at)).collect()
    }

    /// Returns the name of a variable of the type.
    pub fn variable(&mut self, ty: Ty) -> Option<String> {
        let fits =
            |v: &Variable| v.ty == ty || (ty == Ty::Num && matches!(v.ty, Ty::Int | Ty::Flt));
        let found = self.candidates(fits);
        if found.is_empty() {
            return None;
        }
        Some(self.variables[self.rng.pick(&found)].name.clone())
    }

    fn assignable(&mut self) -> Option<(String, Ty)> {
        let data = [Ty::Int, Ty::Flt, Ty::Num, Ty::Str, Ty::Bool, Ty::Seq, Ty::Rec];
        let found = self.candidates(|v| !v.constant && data.contains(&v.ty));
        if found.is_empty() {
            return None;
        }
        let variable = &self.variables[self.rng.pick(&found)];
        Some((variable.name.clone(), variable.ty))
    }

    /// Returns a function that the present place can afford to call.
    pub fn callable(&mut self) -> Option<String> {
        let times = self.times;
        let found = self.candidates(|v| v.ty == Ty::Fun && v.cost * times < 3000);
        if found.is_empty() {
            return None;
        }
        let at = self.rng.pick(&found);
        self.cost += self.variables[at].cost * times;
        Some(self.variables[at].name.clone())
    }

    /// Declares a variable of the type with an initial value.
    pub fn declare(&mut self, ty: Ty, out: &mut Vec<Node>) -> String {
        let value = self.expr(ty, 3);
        let name = self.name();
        let constant = self.rng.chance(120);
        let attribute = if constant { " <const>" } else { "" };
        let value = self.bounded(ty, value);
        out.push(line(format!("local {name}{attribute} = {value}")));
        self.bind(&name, ty, constant);
        name
    }

    /// Keeps strings from growing in loops.
    fn bounded(&mut self, ty: Ty, value: String) -> String {
        if ty == Ty::Str { format!("({value}):sub(1, 40)") } else { value }
    }

    /// Makes the statements of an inner block that runs `times` times.
    pub fn body(&mut self, times: usize, statements: usize) -> Vec<Node> {
        let mut out = Vec::new();
        self.body_into(times, statements, &mut out);
        out
    }

    fn body_into(&mut self, times: usize, statements: usize, out: &mut Vec<Node>) {
        let scope = self.variables.len();
        let before = self.times;
        self.times *= times;
        self.depth += 1;
        for _ in 0..statements {
            self.statement(out);
        }
        self.depth -= 1;
        self.times = before;
        self.variables.truncate(scope);
    }

    /// Runs `make` in a scope of its own.
    pub fn scoped<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let scope = self.variables.len();
        let made = make(self);
        self.variables.truncate(scope);
        made
    }

    /// Runs `make` as the body of a function: other varargs, no outer loop to leave.
    pub fn function_scope<T>(&mut self, vararg: bool, make: impl FnOnce(&mut Self) -> T) -> T {
        let saved = (self.vararg, self.loops, self.in_function);
        (self.vararg, self.loops, self.in_function) = (vararg, 0, true);
        let made = self.scoped(make);
        (self.vararg, self.loops, self.in_function) = saved;
        made
    }

    /// Returns an expression for the body of a function without varargs.
    pub fn inner(&mut self, ty: Ty, depth: usize) -> String {
        self.function_scope(false, |g| g.expr(ty, depth))
    }

    /// Runs `make` where mistakes are likely (under `pcall`).
    pub fn risky<T>(&mut self, risk: usize, make: impl FnOnce(&mut Self) -> T) -> T {
        let saved = self.risk;
        self.risk = risk;
        let made = make(self);
        self.risk = saved;
        made
    }

    fn dump(&mut self, out: &mut Vec<Node>) {
        for at in 0..self.variables.len() {
            if self.visible(at) {
                out.push(line(format!("D('{0}', {0})", self.variables[at].name)));
            }
        }
    }

    /// Adds a statement.
    pub fn statement(&mut self, out: &mut Vec<Node>) {
        self.cost += self.times;
        let simple = self.depth >= 4 || self.times > 150;
        match self.rng.below(if simple { 34 } else { 100 }) {
            0..=6 => {
                let ty = self.rng.pick(&[
                    Ty::Int,
                    Ty::Flt,
                    Ty::Num,
                    Ty::Str,
                    Ty::Bool,
                    Ty::Seq,
                    Ty::Rec,
                ]);
                self.declare(ty, out);
            }
            7..=8 => self.declare_many(out),
            9..=14 => self.assign(out),
            15..=17 => self.assign_many(out),
            18..=22 => self.print(out),
            23..=27 => self.table_statement(out),
            28..=31 => self.field_statement(out),
            32 => self.yield_statement(out),
            33 => self.leave(out),
            34..=41 => self.condition(out),
            42..=49 => self.numeric_for(out),
            50..=53 => self.generic_for(out),
            54..=57 => self.counted_loop(out),
            58..=59 => self.goto_loop(out),
            60..=65 => self.function(out),
            66..=68 => self.closures(out),
            69..=74 => self.protected(out),
            75 | 76 => out.push(block("do", self.body(1, 2), "end")),
            _ => self.feature(out),
        }
    }

    fn declare_many(&mut self, out: &mut Vec<Node>) {
        let (a, b, c) = (self.name(), self.name(), self.name());
        if a == b || b == c || a == c {
            return;
        }
        let x = self.expr(Ty::Num, 2);
        let y = self.expr(Ty::Int, 2);
        let text = match self.rng.below(4) {
            0 => format!("local {a}, {b}, {c} = {x}, {y}, table.unpack({{1, 2}})"),
            1 => format!("local {a}, {b}, {c} = {x}, {y}"),
            2 => format!("local {a}, {b} <const>, {c} = {x}, {y}, {x}, {y}"),
            _ => format!("local {a}, {b}, {c} = (function(...) return ... end)({x}, {y}, nil)"),
        };
        let constant = text.contains("<const>");
        out.push(line(text));
        self.bind(&a, Ty::Num, false);
        self.bind(&b, Ty::Int, constant);
        self.bind(&c, Ty::Bool, false);
    }

    fn assign(&mut self, out: &mut Vec<Node>) {
        let Some((name, ty)) = self.assignable() else { return };
        let value = self.expr(ty, 3);
        let value = self.bounded(ty, value);
        out.push(line(format!("{name} = {value}")));
    }

    fn assign_many(&mut self, out: &mut Vec<Node>) {
        let Some((a, ty)) = self.assignable() else { return };
        let Some((b, other)) = self.assignable() else { return };
        if ty == Ty::Str || other == Ty::Str || self.times > 1 && ty == Ty::Seq {
            return;
        }
        let (x, y) = (self.expr(ty, 2), self.expr(other, 2));
        if a != b && ty == other && self.rng.chance(300) {
            out.push(line(format!("{a}, {b} = {b}, {a}")));
        } else if a != b && self.rng.chance(600) {
            out.push(line(format!("{a}, {b} = {x}, {y}")));
        } else if let Some(record) = self.variable(Ty::Rec) {
            // The table and the key are fixed before any variable changes.
            let key = self.rng.pick(&["a", "b", "c"]);
            let key = match ty {
                Ty::Int => a.clone(),
                _ => format!("'{key}'"),
            };
            out.push(line(match self.rng.below(3) {
                0 => format!("{record}[{key}], {a} = {x}, {x}"),
                1 => format!("{a}, {record}[{key}] = {x}, {x}"),
                _ => format!("{record}[{key}], {a}, {record} = {x}, {x}, {{a = 1}}"),
            }));
            if !self.candidates(|v| v.name == record && v.constant).is_empty()
                && out.last().is_some_and(
                    |n| matches!(n, Node::Line(l) if l.contains(&format!(", {record} ="))),
                )
            {
                out.pop();
            }
        }
    }

    /// Prints some values.
    pub fn print(&mut self, out: &mut Vec<Node>) {
        let count = 1 + self.rng.below(3);
        let values: Vec<String> = (0..count)
            .map(|_| {
                let ty = self.any();
                self.expr(ty, 3)
            })
            .collect();
        out.push(line(format!("P({})", values.join(", "))));
    }

    fn table_statement(&mut self, out: &mut Vec<Node>) {
        let Some(t) = self.variable(Ty::Seq) else { return };
        let ty = self.rng.pick(&[Ty::Int, Ty::Num, Ty::Str]);
        let v = format!("N({} or 0)", self.expr(ty, 2));
        let v = if ty == Ty::Str { format!("{v}:sub(1, 20)") } else { v };
        let text = match self.rng.below(15) {
            // The value may make another table of `t`: it comes first.
            0 | 1 => format!("do local v = {v} {t}[#{t} + 1] = v end"),
            2 => format!("table.insert({t}, {v})"),
            3 => format!("table.insert({t}, 1, {v})"),
            4 => format!("P(table.remove({t}))"),
            5 => format!("P(table.remove({t}, 1))"),
            6 => format!("if #{t} > 0 then {t}[1] = {v} end"),
            7 => format!("if #{t} > 1 then {t}[1], {t}[#{t}] = {t}[#{t}], {t}[1] end"),
            8 => format!("table.sort({t}, function(p, q) return tostring(p) < tostring(q) end)"),
            9 => format!("P(#{t}, {t}[1], {t}[#{t}], {t}[#{t} + 1], {t}[0])"),
            10 => format!("P(table.unpack({t}))"),
            11 => format!(
                "P(select({}, table.unpack({t}, 1, 5)))",
                self.rng.pick(&["1", "2", "-1", "'#'", "3"])
            ),
            12 => format!("P(table.concat({t}, ';'))"),
            13 => format!("do local i = 1 {t}[i], i = {v}, i + 1 P(i) end"),
            _ => format!("table.move({t}, 1, math.min(#{t}, 5), {})", self.rng.range(1, 2)),
        };
        out.push(line(text));
        if self.times > 1 {
            out.push(line(format!("while #{t} > 12 do {t}[#{t}] = nil end")));
        }
    }

    fn field_statement(&mut self, out: &mut Vec<Node>) {
        let Some(t) = self.variable(Ty::Rec) else { return };
        let ty = self.any();
        let v = self.expr(ty, 2);
        let key = self.rng.pick(&["a", "b", "c", "long_field_name"]);
        let int_key = self.expr(Ty::Int, 1);
        let num_key = self.expr(Ty::Num, 1);
        out.push(line(match self.rng.below(9) {
            0 | 1 => format!("{t}.{key} = {v}"),
            2 => format!("{t}['{key}'] = nil"),
            3 => format!("{t}[{int_key}] = {v}"),
            4 => format!("P({t}.{key}, {t}[{int_key}], {t}[{num_key}])"),
            5 => format!("{t}.{key} = (tonumber({t}.{key}) or 0) + {int_key}"),
            6 => format!("P(rawget({t}, '{key}'), rawequal({t}.{key}, {v}), next({{}}))"),
            7 => format!("{t}[({num_key}) + 0.0] = {v}").replace(") + 0.0]", ") // 1 | 0]"),
            _ => format!("{t}.{key}, {t}.c = {v}, {t}.{key}"),
        }));
    }

    fn yield_statement(&mut self, out: &mut Vec<Node>) {
        if !self.yields {
            return self.print(out);
        }
        let ty = self.any();
        let (a, b) = (self.expr(ty, 2), self.expr(Ty::Num, 2));
        let name = self.fresh("y");
        out.push(line(match self.rng.below(3) {
            0 => format!("coroutine.yield({a})"),
            1 => format!("P('resumed', coroutine.yield({a}, {b}))"),
            _ => format!("local {name} = coroutine.yield({a}, {b}) P({name})"),
        }));
    }

    fn leave(&mut self, out: &mut Vec<Node>) {
        let cond = self.expr(Ty::Bool, 2);
        if self.loops > 0 && self.rng.chance(600) {
            out.push(line(format!("if {cond} then break end")));
        } else if self.in_function {
            let value = self.expr(Ty::Num, 2);
            out.push(line(format!("if {cond} then return {value} end")));
        }
    }

    fn condition(&mut self, out: &mut Vec<Node>) {
        let cond = self.expr(Ty::Bool, 3);
        let mut body = self.some(1, 3);
        for _ in 0..self.rng.below(2) {
            let cond = self.expr(Ty::Bool, 2);
            body.push(line(format!("elseif {cond} then")));
            self.body_into(1, 1, &mut body);
        }
        if self.rng.chance(500) {
            body.push(line("else"));
            self.body_into(1, 2, &mut body);
        }
        out.push(block(format!("if {cond} then"), body, "end"));
    }

    /// Makes one to `most` statements.
    fn some(&mut self, times: usize, most: usize) -> Vec<Node> {
        let count = 1 + self.rng.below(most);
        self.body(times, count)
    }

    /// Makes a loop's body, with a `goto continue` now and then.
    fn loop_body(&mut self, times: usize) -> Vec<Node> {
        self.loops += 1;
        let mut body = self.some(times, 3);
        if self.rng.chance(200) {
            let label = self.fresh("continue");
            let cond = self.expr(Ty::Bool, 2);
            body.insert(0, line(format!("if {cond} then goto {label} end")));
            body.push(line(format!("::{label}::")));
        }
        self.loops -= 1;
        body
    }

    fn numeric_for(&mut self, out: &mut Vec<Node>) {
        let name = self.name();
        let (header, ty) = match self.rng.below(16) {
            0..=6 => (format!("1, {}", self.rng.range(0, 5)), Ty::Int),
            7 => (format!("{}, 1, -1", self.rng.range(1, 5)), Ty::Int),
            8 => (
                format!(
                    "{}, {}, {}",
                    self.rng.range(-3, 3),
                    self.rng.range(3, 9),
                    self.rng.range(2, 4)
                ),
                Ty::Int,
            ),
            9 => ("1.0, 2, 0.25".to_owned(), Ty::Flt),
            10 => ("math.maxinteger - 2, math.maxinteger".to_owned(), Ty::Int),
            11 => ("math.mininteger + 1, math.mininteger, -1".to_owned(), Ty::Int),
            12 => (
                format!("1, {}", self.rng.pick(&["3.7", "-math.huge", "-0.5", "2.0", "0/0"])),
                Ty::Int,
            ),
            13 => {
                (format!("3, {}, -1", self.rng.pick(&["0.5", "1.0", "math.huge", "2^53"])), Ty::Int)
            }
            14 => (
                self.rng
                    .pick(&[
                        "0.1, 1, 0.3",
                        "1, 0",
                        "-1, -3, -0.5",
                        "3.0, 1, -1",
                        "1, 3, math.maxinteger",
                    ])
                    .to_owned(),
                Ty::Num,
            ),
            _ => ("math.mininteger, math.maxinteger, math.maxinteger".to_owned(), Ty::Int),
        };
        let body = self.scoped(|g| {
            g.bind(&name, ty, false);
            let constant = g.variables.len() - 1;
            g.variables[constant].constant = g.rng.chance(700);
            g.loop_body(5)
        });
        out.push(block(format!("for {name} = {header} do"), body, "end"));
    }

    fn generic_for(&mut self, out: &mut Vec<Node>) {
        let (k, v) = (self.fresh("k"), self.fresh("v"));
        let (header, types, times) = match self.rng.below(7) {
            0..=2 => {
                let seq = self.leaf(Ty::Seq);
                // A copy: the body may make the sequence longer.
                (
                    format!("{k}, {v} in ipairs({{table.unpack({seq}, 1, 6)}})"),
                    [Ty::Int, Ty::Bool],
                    6,
                )
            }
            3 => {
                let (text, pattern) = (self.expr(Ty::Str, 1), self.pattern());
                (
                    format!("{k}, {v} in (({text}):sub(1, 8)):gmatch({pattern})"),
                    [Ty::Bool, Ty::Bool],
                    8,
                )
            }
            4 => {
                let value = self.inner(Ty::Num, 1);
                (
                    format!(
                        "{k}, {v} in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i, {value}) end end)"
                    ),
                    [Ty::Int, Ty::Num],
                    3,
                )
            }
            5 => (format!("{k}, {v} in next, {{10}}"), [Ty::Int, Ty::Int], 1),
            _ => (
                format!(
                    "{k}, {v} in function(s, c) if c < s then return c + 1, -c end end, {}, 0",
                    self.rng.range(0, 4)
                ),
                [Ty::Int, Ty::Int],
                4,
            ),
        };
        let body = self.scoped(|g| {
            g.bind(&k, types[0], true);
            g.bind(&v, types[1], false);
            g.loop_body(times)
        });
        out.push(block(format!("for {header} do"), body, "end"));
    }

    fn counted_loop(&mut self, out: &mut Vec<Node>) {
        let counter = self.fresh("w");
        let limit = self.rng.range(1, 5);
        out.push(line(format!("local {counter} = 0")));
        let body = self.scoped(|g| {
            g.bind(&counter, Ty::Int, true);
            g.loop_body(5)
        });
        if self.rng.chance(600) {
            let extra = if self.rng.chance(300) {
                format!(" and {}", self.expr(Ty::Bool, 2))
            } else {
                String::new()
            };
            let head = format!("while {counter} < {limit}{extra} do {counter} = {counter} + 1");
            out.push(block(head, body, "end"));
        } else {
            // A `continue` label may not come before `until`, whose condition sees the locals.
            let jumps = body.iter().any(|n| matches!(n, Node::Line(l) if l.contains("continue")));
            let extra = if self.rng.chance(300) {
                format!(" or {}", self.expr(Ty::Bool, 2))
            } else {
                String::new()
            };
            let head = format!("repeat {counter} = {counter} + 1");
            let tail = format!("until {counter} >= {limit}{extra}");
            let body = if jumps { vec![block("do", body, "end")] } else { body };
            out.push(block(head, body, tail));
        }
    }

    fn goto_loop(&mut self, out: &mut Vec<Node>) {
        let (label, counter) = (self.fresh("top"), self.fresh("g"));
        let mut body = vec![line(format!("::{label}:: {counter} = {counter} + 1"))];
        self.scoped(|g| {
            g.bind(&counter, Ty::Int, true);
            g.body_into(4, 2, &mut body);
        });
        let closure = self.fresh("f");
        body.push(line(format!("local {closure} = function() return {counter} end")));
        body.push(line(format!("if {closure}() < 4 then goto {label} end")));
        out.push(block(format!("do local {counter} = 0"), body, "end"));
    }

    fn function(&mut self, out: &mut Vec<Node>) {
        if self.times > 1 && self.in_function {
            return self.print(out);
        }
        let name = self.fresh("f");
        let (p, q) = (self.fresh("p"), self.fresh("q"));
        let vararg = self.rng.chance(250);
        let before = self.cost;
        let (times, yields) = (self.times, self.yields);
        (self.times, self.yields) = (1, false);
        let body = self.function_scope(vararg, |g| {
            g.bind(&p, Ty::Num, false);
            g.bind(&q, Ty::Num, false);
            g.depth += 1;
            let count = 1 + g.rng.below(3);
            let mut body = Vec::new();
            for _ in 0..count {
                g.statement(&mut body);
            }
            g.depth -= 1;
            let result = g.expr(Ty::Num, 3);
            let result =
                if g.rng.chance(150) { g.function_call().unwrap_or(result) } else { result };
            body.push(line(format!("do return {result} end")));
            body
        });
        (self.times, self.yields) = (times, yields);
        let cost = self.cost - before + 1;
        self.cost = before;
        let dots = if vararg { ", ..." } else { "" };
        out.push(block(format!("local function {name}({p}, {q}{dots})"), body, "end"));
        self.variables.push(Variable { name: name.clone(), ty: Ty::Fun, constant: true, cost });
        if let Some(call) = self.function_call() {
            out.push(line(format!("P({call})")));
        }
    }

    fn closures(&mut self, out: &mut Vec<Node>) {
        let (list, i) = (self.fresh("fs"), self.fresh("i"));
        out.push(line(format!("local {list} = {{}}")));
        let mut body = Vec::new();
        self.scoped(|g| {
            g.bind(&i, Ty::Int, true);
            let x = g.declare(Ty::Num, &mut body);
            let change = g.inner(Ty::Num, 2);
            let constant = g.candidates(|v| v.name == x && v.constant).is_empty();
            let set = if constant { format!("{x} = {change}") } else { format!("P({change})") };
            body.push(line(format!("{list}[#{list} + 1] = function() {set} return {x}, {i} end")));
            let value = g.inner(Ty::Int, 2);
            body.push(line(format!(
                "{list}[#{list} + 1] = function(d) return {x}, {value}, d end"
            )));
            if g.rng.chance(300) {
                let cond = g.expr(Ty::Bool, 2);
                body.push(line(format!("if {cond} then break end")));
            }
        });
        let head = match self.rng.below(3) {
            0 => format!("for {i} = 1, 3 do"),
            1 => format!("for {i}, _ in ipairs({{1, 2}}) do"),
            _ => format!("for {i} = 3.0, 2, -0.5 do"),
        };
        out.push(block(head, body, "end"));
        out.push(line(
            format!("for _, f in ipairs({list}) do P(f({i})) P((f())) end")
                .replace(&format!("f({i})"), "f(1)"),
        ));
    }

    fn protected(&mut self, out: &mut Vec<Node>) {
        let risk = self.rng.pick(&[20, 60, 120]);
        let vararg = self.vararg;
        let body = self.risky(risk, |g| {
            g.function_scope(false, |g| {
                let mut body = g.some(1, 3);
                if g.rng.chance(300) {
                    let ty = g.rng.pick(&[Ty::Str, Ty::Int, Ty::Rec, Ty::Nil, Ty::Str, Ty::Bool]);
                    let value = g.leaf(ty);
                    let level = g.rng.pick(&["", ", 0", ", 1", ", 2", ", 3"]);
                    body.push(line(format!("error({value}{level})")));
                }
                body
            })
        });
        self.vararg = vararg;
        if self.rng.chance(800) {
            out.push(block("P(pcall(function()", body, "end))"));
        } else {
            let handler = self.rng.pick(&[
                "function(m) return 'handled', m end",
                "function(m) return type(m) .. tostring(m):sub(1, 60):gsub('0x%x+', '') end",
                "tostring",
                "error",
                "function(m) local x = nil; return x.y end",
            ]);
            let handler =
                if handler == "error" || handler == "tostring" { "type" } else { handler };
            out.push(block("P(xpcall(function()", body, format!("end, {handler}))")));
        }
    }
}
