//! Coroutines through everything that calls, variables that are closed, `goto`, and
//! lists of values.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;
use super::program::{Node, block, line};

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x636f, id);
    match rng.below(8) {
        0..=3 => coroutines(rng),
        4 | 5 => jumps(rng),
        _ => lists(rng),
    }
}

/// What a coroutine does; `n` counts down so that nothing runs for ever.
fn act(rng: &mut Prng, depth: usize, out: &mut Vec<Node>) {
    let y = rng.range(1, 99);
    let inner = |rng: &mut Prng| {
        let mut body = Vec::new();
        for _ in 0..rng.range(1, 3) {
            if depth > 0 {
                act(rng, depth - 1, &mut body);
            } else {
                body.push(line(format!("P('got', coroutine.yield({}))", rng.range(1, 99))));
            }
        }
        body
    };
    match rng.below(18) {
        0..=2 => out.push(line(format!("P('got', coroutine.yield({y}, ...))"))),
        3 => out.push(block("P(pcall(function(...)", inner(rng), "end, 1))")),
        4 => {
            let handler = rng.pick(&["function(m) return 'h', m end", "function(m) return m, coroutine.status(coroutine.running()) end", "print", "tostring"]);
            out.push(block("P(xpcall(function(...)", inner(rng), format!("end, {handler}, 2))")));
        }
        5 => {
            let after = rng.pick(&["", "coroutine.yield('closing')", "error('in close')", "error()"]);
            out.push(block("do local c <close> = setmetatable({}, {__close = function(_, e)", vec![line(format!("P('close', e, {y}) {after}"))], "end})"));
            out.extend(inner(rng));
            out.push(line("end"));
        }
        6 => out.push(line(format!("P(setmetatable({{}}, {{__{} = function(a, b) return coroutine.yield('meta') end}}) {})", rng.pick(&["add", "concat", "idiv", "shl", "pow"]), "+ 1"))),
        7 => {
            let (event, usage) = rng.pick(&[
                ("add", "o + 1"), ("concat", "'a' .. 1 .. o"), ("index", "o.x"), ("newindex", "(function() o.x = 1 end)()"), ("eq", "o == q"), ("lt", "o < q"), ("le", "o <= 1"),
                ("call", "o(1, 2)"), ("len", "#o"), ("unm", "-o"), ("bnot", "~o"), ("lt", "(function() if o < 5 then return 'then' else return 'else' end end)()"), ("concat", "o .. 'x' .. o .. 2"),
                ("call", "(function() return o(9) end)()"), ("eq", "o ~= q and 1 or 2"), ("index", "o[1], o.y"),
            ]);
            out.push(line(format!(
                "do local m = {{__{event} = function(a, b) P('meta', coroutine.yield('in {event}')) return {y} end}} local o, q = setmetatable({{}}, m), setmetatable({{}}, m) P({usage}) end"
            )));
        }
        8 => {
            out.push(line(format!("for a, b in function(s, c) P('next', c) if c < {} then return c + 1, coroutine.yield('iter') end end, nil, 1 do P(a, b) end", rng.range(2, 4))));
        }
        9 => out.push(line(format!("error({})", rng.pick(&["'err'", "{}", "nil", "'lvl', 2", "7"])))),
        10 => out.push(line(format!("if ... then return {y}, ... end"))),
        11 => {
            out.push(block("do local w = coroutine.wrap(function(...)", inner(rng), "end)"));
            out.push(line("for i = 1, 4 do local t = table.pack(pcall(w, i)) P(table.unpack(t, 1, t.n)) if not t[1] then break end end end"));
        }
        12 => out.push(line("P(coroutine.isyieldable(), select(2, coroutine.running()), coroutine.status(coroutine.running()))")),
        13 => out.push(line(format!("P(pcall({}, coroutine.running()))", rng.pick(&["coroutine.resume", "coroutine.close", "coroutine.status"])))),
        14 => out.push(line("table.sort({3, 1, 2}, function(a, b) P(pcall(coroutine.yield, a, b)) return a < b end)")),
        15 => out.push(line(format!("P(('abc'):gsub('.', function(c) {} end))", rng.pick(&["return c .. c", "error('in gsub')", "return nil"])))),
        16 => out.push(line("return coroutine.yield('tail', ...)")),
        _ => out.push(line("local t <const> = {coroutine.yield(...)} P(t[1], t[2])")),
    }
    if rng.chance(40) {
        out.push(line("coroutine.wrap(function() error('nested') end)()"));
    }
}

/// An unconditional return must be the last statement: all of them get a condition.
fn conditional(body: Vec<Node>) -> Vec<Node> {
    let change = |node| match node {
        Node::Line(text) if text.starts_with("return ") => line(format!("if true then {text} end")),
        Node::Block { head, body, tail } => Node::Block { head, body: conditional(body), tail },
        other => other,
    };
    body.into_iter().map(change).collect()
}

fn coroutines(rng: &mut Prng) -> Vec<Node> {
    let mut body = Vec::new();
    for _ in 0..rng.range(1, 5) {
        act(rng, 2, &mut body);
    }
    let mut out =
        vec![block("local co = coroutine.create(function(...)", conditional(body), "end)")];
    let times = rng.range(1, 6);
    out.push(line(format!(
        "for i = 1, {times} do P(i, coroutine.status(co), coroutine.resume(co, i)) end"
    )));
    out.push(line("P(coroutine.status(co)) P(pcall(coroutine.close, co)) P(coroutine.status(co)) P(coroutine.resume(co))"));
    if rng.chance(300) {
        out.push(line("P(coroutine.close(co)) P(coroutine.close(coroutine.create(print)))"));
    }
    out
}

fn jumps(rng: &mut Prng) -> Vec<Node> {
    let mut out = vec![line("local n, fs = 0, {}")];
    let mut body = Vec::new();
    nest(rng, 3, 0, &mut body);
    out.push(block("P(pcall(function(...) for o = 1, 3 do", body, "::c0:: end end, 1, 2))"));
    out.push(line("for i = 1, #fs do P(i, fs[i]()) end P(n)"));
    out
}

fn nest(rng: &mut Prng, depth: usize, label: usize, out: &mut Vec<Node>) {
    // A label at the end of its block may be jumped to over local declarations.
    for _ in 0..rng.range(1, 3) {
        let next = label * 4 + rng.below(3) + 1;
        let (limit, value) = (rng.range(1, 4), rng.range(0, 3));
        match rng.below(12) {
            0 => out.push(line(format!("n = n + 1 if n % {} == {value} then goto c{label} end", limit + 1))),
            1 => out.push(line(format!("local v{next} = n fs[#fs + 1] = function() v{next} = v{next} + 1 return v{next} end if #fs > 20 then return n end"))),
            2 => out.push(line(format!("if n > {} then P(n) break end", value + 8))),
            3 => out.push(line(format!("do local k{next} = 0 ::top:: k{next} = k{next} + 1 fs[#fs + 1] = function() return k{next} end n = n + 1 if #fs < 30 and k{next} < {limit} then goto top end end"))),
            4 => out.push(line(format!("local z{next} <close> = setmetatable({{}}, {{__close = function(_, e) P('z{next}', e, n) end}})"))),
            5 => out.push(line(format!("if n == {} then {} end", value + limit, rng.pick(&["return n, ...", "error('jump')", "return", "return P('ret', n)"])))),
            6 | 7 if depth > 0 => {
                let mut body = Vec::new();
                nest(rng, depth - 1, next, &mut body);
                let i = format!("i{next}");
                out.push(block(format!("for {i} = {limit}, {value}, -1 do n = n + {i}"), body, format!("::c{next}:: end")));
            }
            8 if depth > 0 => {
                let mut body = Vec::new();
                nest(rng, depth - 1, next, &mut body);
                out.push(block(format!("do local w{next} = 0 while w{next} < {limit} do w{next} = w{next} + 1"), body, format!("::c{next}:: end end")));
            }
            9 if depth > 0 => {
                let mut body = Vec::new();
                nest(rng, depth - 1, next, &mut body);
                out.push(block(
                    format!("do local r{next} = 0 repeat r{next} = r{next} + 1 do"),
                    body,
                    format!("::c{next}:: end local u = r{next} fs[#fs + 1] = function() return u end until u > {limit} or #fs > 30 end"),
                ));
            }
            10 if depth > 0 => {
                let mut body = Vec::new();
                nest(rng, depth - 1, next, &mut body);
                out.push(block("for a, b in ipairs({1, 2}) do", body, format!("::c{next}:: end")));
            }
            _ => out.push(line("n = n + 1 P(n)")),
        }
    }
}

fn values(rng: &mut Prng) -> String {
    let count = rng.below(5);
    let items: Vec<&str> = (0..count)
        .map(|_| {
            rng.pick(&[
                "1",
                "nil",
                "'s'",
                "...",
                "f(1, 2)",
                "(f(1, 2))",
                "f()",
                "t[1]",
                "i",
                "table.unpack(t)",
                "select(2, ...)",
                "#t",
                "(...)",
                "false",
            ])
        })
        .collect();
    items.join(", ")
}

fn lists(rng: &mut Prng) -> Vec<Node> {
    let mut out = Vec::new();
    for _ in 0..rng.range(1, 4) {
        let (i, j) = (rng.range(-3, 5), rng.range(-3, 6));
        let list = values(rng);
        let filled = if list.is_empty() { "nil".to_owned() } else { list.clone() };
        out.push(line(match rng.below(12) {
            0 => {
                let places = ["i", "t[i]", "t[1]", "t[2]", "t.x", "j", "t[j]", "t[t[1]]"];
                let count = rng.range(1, 4);
                let left: Vec<&str> = (0..count).map(|_| rng.pick(&places)).collect();
                let right: Vec<&str> = (0..rng.range(1, 4)).map(|_| rng.pick(&["i", "j", "i + 1", "t[1]", "t[i]", "f(5, 6)", "...", "7", "t[2]", "2"])).collect();
                let (left, right) = (left.join(", "), right.join(", "));
                format!("do local t, i, j = {{3, 2, 1}}, 1, 2 {left} = {right} P(i, j, t.x) for a = 1, 4 do P(t[a]) end end")
            }
            1 => format!("P(select({}, {filled}))", if i == 0 { "'#'".to_owned() } else { i.to_string() }),
            2 => format!("local p = table.pack({list}) P(p.n, table.unpack(p, {i}, {j}))"),
            3 => format!("D('moved', table.move({{{list}}}, {i}, {j}, {}, {}))", rng.range(-1, 4), rng.pick(&["nil", "{}", "{7, 8, 9}"])),
            4 => format!("P(f({list})) P((f({list})))"),
            5 => format!("local a, b, c = {filled} P(a, b, c)"),
            6 => format!("local a <const>, b, c = {filled} P(c, b, a) local s = {{{list}, n = 1}} P(#s >= 0, s[1])").replace("{, ", "{"),
            7 => format!("P((function(a, ...) local b, c = ... return c, b, a, select('#', ...) end)({list}))"),
            8 => format!("P((function(...) return ... end)({list}))  P({{{list}}}, ({{f({list})}})[1])"),
            9 => "local a = {1, 2, 3} local i = 1 i, a[i] = i + 1, 20 P(i, a[1], a[2]) a[i], a, i = a[1], a[2], i + 1 P(a, i)".to_owned(),
            10 => format!("P(pcall(table.insert, t, {i}, {j})) P(#t) P(pcall(table.remove, t, {j})) P(#t, table.concat({{1, 2.5, 'x'}}, '{i}'))"),
            _ => format!("P(pcall(table.concat, {{{list}}}, '-', {i}, {j})) P(math.max({}, {i}), #t)", j),
        }));
    }
    let mut whole =
        vec![line("local t, i, j = {3, 2, 1}, 1, 2 local function f(...) return ... end")];
    whole.extend(out);
    vec![block("P(pcall(function(...)", whole, "end, 'v1', 'v2', 'v3'))")]
}
