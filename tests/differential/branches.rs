//! Conditions: what is evaluated, in which order, and what becomes of it, in every place
//! where a value or a jump may be wanted.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;
use super::program::{Node, block, line};

/// What programs begin with: `L` notes that it was called and returns its second argument.
const PRELUDE: &str = "local tr = {} local function L(n, v) tr[#tr + 1] = n return v end \
    local a, b, c, d, e, i, t = nil, false, 1, 0.5, 'x', 5, {y = 2, z = false, k = 'k'} \
    local KN <const>, KF <const>, KI <const>, KS <const>, KD <const> = nil, false, 5, 'k', 2.5";

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x6272, id);
    let mut writer = Writer { rng, calls: 0, labels: 0 };
    let mut body = Vec::new();
    for _ in 0..writer.rng.range(1, 5) {
        writer.statement(2, &mut body);
    }
    body.push(line("P('end', a, b, c, d, e, i, t.y, t.k, t[1])"));
    vec![
        line(PRELUDE),
        block("P(pcall(function(...)", body, "end, 1, nil))"),
        line("P(table.concat(tr, ' '))"),
    ]
}

struct Writer<'a> {
    rng: &'a mut Prng,
    calls: usize,
    labels: usize,
}

impl Writer<'_> {
    fn atom(&mut self) -> String {
        let atoms = [
            "nil",
            "false",
            "true",
            "1",
            "2.5",
            "'x'",
            "'k'",
            "a",
            "b",
            "c",
            "d",
            "e",
            "i",
            "KN",
            "KF",
            "KI",
            "KS",
            "KD",
            "t.y",
            "t.z",
            "t.w",
            "t.k",
            "...",
            "(...)",
            "#e",
            "-i",
            "~i",
            "not a",
            "not c",
            "5",
            "5.0",
            "-128",
            "127",
            "128",
            "{}",
            "t",
            "t[e]",
            "t[KS]",
            "t[i]",
            "function() end",
            "L",
            "tr == t",
            "_ENV",
            "nothing",
            "e.len",
            "0x7fffffffffffffff",
        ];
        let atom = self.rng.pick(&atoms).to_owned();
        if self.rng.chance(350) {
            self.calls += 1;
            return format!("L({}, {atom})", self.calls);
        }
        atom
    }

    fn number(&mut self) -> String {
        let numbers = [
            "c",
            "d",
            "i",
            "KI",
            "KD",
            "1",
            "5",
            "5.0",
            "2.5",
            "-1",
            "#e",
            "t.y",
            "127",
            "128",
            "-128",
            "1e300",
            "math.huge",
            "100000",
            "2^53",
            "i + 1",
            "c - 200",
            "i * 2",
            "i // 2",
        ];
        let number = self.rng.pick(&numbers).to_owned();
        if self.rng.chance(250) {
            self.calls += 1;
            return format!("L({}, {number})", self.calls);
        }
        number
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.atom();
        }
        let d = depth - 1;
        match self.rng.below(22) {
            0..=3 => format!("{} and {}", self.expression(d), self.expression(d)),
            4..=7 => format!("{} or {}", self.expression(d), self.expression(d)),
            8 | 9 => format!("not ({})", self.expression(d)),
            10 => format!("not not ({})", self.expression(d)),
            11 | 12 => format!("({})", self.expression(d)),
            13 | 14 => {
                let op = self.rng.pick(&["==", "~="]);
                format!("({}) {op} ({})", self.expression(d), self.expression(d))
            }
            15 | 16 => {
                let op = self.rng.pick(&["==", "~=", "<", "<=", ">", ">="]);
                format!("{} {op} {}", self.number(), self.number())
            }
            17 => {
                let op = self.rng.pick(&["<", "<=", ">", ">=", "=="]);
                format!(
                    "{} {op} {}",
                    self.rng.pick(&["e", "KS", "'a'", "t.k"]),
                    self.rng.pick(&["e", "KS", "'x'", "'b'"])
                )
            }
            18 => format!("(function(...) return {} end)({})", self.expression(d), self.atom()),
            19 => format!("({{{}, {}}})[1]", self.expression(d), self.expression(d)),
            20 => {
                let op = self.rng.pick(&["+", "-", "*", "&", "|", "..", "<<"]);
                format!(
                    "(({}) and {} or {}) {op} {}",
                    self.expression(d),
                    self.rng.pick(&["1", "i", "KI"]),
                    self.rng.pick(&["2", "c", "-3"]),
                    self.rng.pick(&["i", "7", "c"])
                )
            }
            _ => format!("(({}) == ({})) == ({})", self.atom(), self.atom(), self.expression(d)),
        }
    }

    fn statement(&mut self, depth: usize, out: &mut Vec<Node>) {
        let size = self.rng.range(1, 4) as usize;
        let (x, y) = (self.expression(size), self.expression(2));
        match self.rng.below(22) {
            0 => out.push(line(format!("P({x}, {y})"))),
            1 => out.push(line(format!("local v, w = {x}, {y} P(v, w)"))),
            2 => out.push(line(format!("a, c = {x}, {y}").replace("c =", "b ="))),
            3 => out.push(line(format!("t[1], t.w = {x}, {y} P(t[1], t.w)"))),
            4 => out.push(line(format!("P(({{{x}, {y}, n = {x}}}).n)"))),
            5 => out.push(line(format!("P((function(...) return {x}, {y} end)(2, 3))"))),
            6 => out.push(line(format!("P((function(...) return {x} end)())"))),
            7 => out.push(line(format!(
                "do local f = function(...) if {x} then return 'then' end return {y} end P(f()) end"
            ))),
            8 => out.push(line(format!("t[{x} or 1] = {y} t[1] = nil"))),
            9 => out.push(line(format!("P(({x}) and 'yes' or 'no', ({y}) == true)"))),
            10 => out.push(line(format!("local q <const> = {x} P(q)"))),
            11 => out.push(line(format!("P(select('#', {x}, {y}))"))),
            12 | 13 if depth > 0 => {
                let mut body = Vec::new();
                self.statement(depth - 1, &mut body);
                if self.rng.chance(400) {
                    body.push(line(format!("elseif {y} then")));
                    self.statement(depth - 1, &mut body);
                }
                if self.rng.chance(500) {
                    body.push(line("else"));
                    self.statement(depth - 1, &mut body);
                }
                out.push(block(format!("if {x} then"), body, "end"));
            }
            14 | 15 if depth > 0 => {
                let mut body = vec![line("n = n + 1")];
                self.statement(depth - 1, &mut body);
                if self.rng.chance(300) {
                    body.push(line(format!("if {y} then break end")));
                }
                out.push(block(
                    format!("do local n = 0 while ({x}) and n < 3 do"),
                    body,
                    "end end",
                ));
            }
            16 if depth > 0 => {
                let mut body = vec![line("n = n + 1 local m = n")];
                self.statement(depth - 1, &mut body);
                let catch = self.rng.pick(&[
                    "",
                    "local up = function() return m end",
                    "if m == 2 then break end",
                ]);
                body.push(line(catch));
                out.push(block("do local n = 0 repeat", body, format!("until m > 3 or ({x}) end")));
            }
            17 => {
                self.labels += 1;
                let label = self.labels;
                out.push(line(format!(
                    "do if {x} then goto l{label} end P('fell', {y}) ::l{label}:: end"
                )));
            }
            18 => out.push(line(format!("for j = ({x}) and 1 or 2, ({y}) and 3 or 1 do P(j) end"))),
            19 => out.push(line(format!(
                "local function g(...) if not ({x}) then return end return {y}, ... end P(g(1, 2))"
            ))),
            20 => out.push(line(
                format!("do local <const> v = {x} end").replace("<const> v", "v <const>"),
            )),
            _ => out.push(line(format!("if ({x}) ~= ({y}) then P('differ') else P('same') end"))),
        }
    }
}
