//! Coroutines that resume, wrap and close each other, with variables to be closed, handlers,
//! loops and errors of every kind in between.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;
use super::program::{Node, block, line};

/// `C` are coroutines, `F` what they do, `T` ends what goes on for too long, and `X` makes
/// values that do something when they are closed.
const PRELUDE: &str = "-- kept
    local C, F, W, left = {}, {}, {}, 80 \
    local function T() left = left - 1 if left < 0 then error('left', 0) end end \
    local function X(n, f) return setmetatable({}, {__close = function(_, e) P('close', n, e) T() if f then return f(e) end end}) end";

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x7468, id);
    let mut out = vec![line(PRELUDE)];
    let count = rng.range(2, 4);
    let mut writer = Writer { rng, count, labels: 0 };
    for k in 1..=count {
        let mut body = vec![line("T()")];
        for _ in 0..writer.rng.range(1, 4) {
            writer.act(2, &mut body);
        }
        out.push(block(format!("F[{k}] = function(...)"), body, "end"));
    }
    out.push(line(format!(
        "for k = 1, {count} do C[k] = coroutine.create(F[k]) W[k] = coroutine.wrap(F[k]) end"
    )));
    for _ in 0..writer.rng.range(2, 8) {
        let k = writer.other();
        out.push(line(match writer.rng.below(8) {
            0..=4 => format!("P({k}, pcall(coroutine.resume, C[{k}], 'm'))"),
            5 => format!("P({k}, pcall(coroutine.close, C[{k}]))"),
            6 => format!("P({k}, pcall(W[{k}], 'w'))"),
            _ => format!("P(pcall(F[{k}], 'direct'))"),
        }));
    }
    out.push(line(format!("for k = 1, {count} do P(k, coroutine.status(C[k])) P(pcall(coroutine.close, C[k])) P(coroutine.status(C[k])) P(coroutine.resume(C[k])) end")));
    out
}

struct Writer<'a> {
    rng: &'a mut Prng,
    count: i64,
    labels: usize,
}

impl Writer<'_> {
    fn other(&mut self) -> i64 {
        self.rng.range(1, self.count)
    }

    fn value(&mut self) -> &'static str {
        self.rng.pick(&[
            "'str'",
            "{}",
            "nil",
            "42",
            "2.5",
            "...",
            "coroutine.running()",
            "true",
            "setmetatable({}, {__tostring = function() return 'obj' end})",
            "(...)",
            "select('#', ...)",
            "'lvl', 2",
            "'zero', 0",
        ])
    }

    /// What a closing value does: a function or nothing.
    fn closing(&mut self) -> String {
        let k = self.other();
        match self.rng.below(14) {
            0..=4 => String::new(),
            5 => ", function(e) error('closing', 0) end".to_owned(),
            6 => ", function(e) error(e, 0) end".to_owned(),
            7 | 8 => ", function(e) P('resumed', coroutine.yield('closing')) end".to_owned(),
            9 => format!(", function() P('in', pcall(coroutine.close, C[{k}])) end"),
            10 => format!(", function() P('in', coroutine.resume(C[{k}], 'c')) end"),
            11 => ", function() P(pcall(error, {})) error() end".to_owned(),
            12 => ", function() local y <close> = X('inner') error({}) end".to_owned(),
            _ => ", function() P(coroutine.status(coroutine.running())) return 1, 2 end".to_owned(),
        }
    }

    fn inner(&mut self, depth: usize) -> Vec<Node> {
        let mut body = Vec::new();
        for _ in 0..self.rng.range(1, 3) {
            self.act(depth, &mut body);
        }
        body
    }

    fn act(&mut self, depth: usize, out: &mut Vec<Node>) {
        let (k, v) = (self.other(), self.value());
        let simple = depth == 0;
        match self.rng.below(if simple { 13 } else { 24 }) {
            0..=2 => out.push(line(format!("P('got', coroutine.yield({v}))"))),
            3 => out.push(line(format!("T() P('r', coroutine.resume(C[{k}], {v}))"))),
            4 => out.push(line(format!("P('c', pcall(coroutine.close, C[{k}]))"))),
            5 => out.push(line(format!("P('s', coroutine.status(C[{k}]), C[{k}] == coroutine.running())"))),
            6 => out.push(line(format!("T() P('w', pcall(W[{k}], {v}))"))),
            7 => out.push(line(format!("T() if left > 40 then W[{k}] = coroutine.wrap(F[{k}]) P('new', W[{k}]({v})) end"))),
            8 => out.push(line(format!("C[{k}] = coroutine.create(F[{}])", self.other()))),
            9 => out.push(line(format!("if left % {} == 0 then error({v}) end", self.rng.range(1, 4)))),
            10 => out.push(line(format!("if left % {} == 0 then return {v} end", self.rng.range(1, 4)))),
            11 => out.push(line(format!("if left % {} == 0 then return coroutine.yield({v}) end", self.rng.range(1, 4)))),
            12 => out.push(line(format!("do local x <close> = X({k}{}) end", self.closing()))),
            13 | 14 => {
                let closing = self.closing();
                let mut body = vec![line(format!("local x <close> = X({k}{closing})"))];
                body.extend(self.inner(depth - 1));
                out.push(block("do", body, "end"));
            }
            15 | 16 => {
                let body = self.inner(depth - 1);
                out.push(block("P('p', pcall(function(...)", body, format!("end, {k}))")));
            }
            17 => {
                let handler = self.rng.pick(&[
                    "function(m) return 'h', m end",
                    "function(m) P('h', m) return m end",
                    "function(m) error(m, 0) end",
                    "function(m) local x <close> = setmetatable({}, {__close = function(_, e) P('h', e) end}) return m end",
                    "function(m) return coroutine.resume(C[1], m) end",
                    "coroutine.status",
                    "coroutine.close",
                ]);
                let body = self.inner(depth - 1);
                out.push(block("P('x', xpcall(function(...)", body, format!("end, {handler}, {k}))")));
            }
            18 | 19 => {
                let closing = self.closing();
                let source = match self.rng.below(4) {
                    0 => format!("coroutine.wrap(F[{k}])"),
                    1 => format!("W[{k}]"),
                    2 => format!("function(s, c) T() if (c or 0) < 3 then return (c or 0) + 1, coroutine.resume(C[{k}], c) end end"),
                    _ => "coroutine.wrap(function() for i = 1, 4 do coroutine.yield(i) end end)".to_owned(),
                };
                let mut body = vec![line("T() P('for', a, b)")];
                body.extend(self.inner(depth - 1));
                if self.rng.chance(400) {
                    body.push(line(format!("if left % {} == 0 then break end", self.rng.range(1, 3))));
                }
                out.push(block(format!("if left > 30 then for a, b in {source}, nil, nil, X('for{k}'{closing}) do"), body, "end end"));
            }
            20 => {
                self.labels += 1;
                let label = self.labels;
                let closing = self.closing();
                let mut body = vec![line(format!("local x <close> = X('g{k}'{closing}) if i == {} then goto out{label} end", self.rng.range(1, 2)))];
                body.extend(self.inner(depth - 1));
                out.push(block("do for i = 1, 2 do", body, format!("end ::out{label}:: end")));
            }
            21 => out.push(line(format!("for i = 1, 2 do local a <close>, b = X('a'{}), i local c <close> = X('c'{}) if i == 2 then {} end end", self.closing(), self.closing(), self.rng.pick(&["return ...", "error('two')", "break", "coroutine.yield(b)"])))),
            22 => {
                let body = self.inner(depth - 1);
                out.push(block("local function g(...)", body, format!("end P('g', g({v}))")));
            }
            _ => {
                let body = self.inner(depth - 1);
                out.push(block(format!("if left > 40 then C[{k}] = coroutine.create(function(...)"), body, format!("end) P(coroutine.resume(C[{k}], 1)) end")));
            }
        }
    }
}
