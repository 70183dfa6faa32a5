//! Whole features with random holes: metamethods, coroutines, objects, errors, `load`.

#![allow(
    clippy::useless_format,
    unreachable_pub,
    reason = "a test may stop, and says what it skipped"
)]

use super::generator::{Generator, Ty};
use super::program::{Node, block, line};

/// Operations that fail on most values and name the variable that is at fault.
const FAULTS: &[&str] = &[
    "return nothing.field",
    "return undefined_global()",
    "undefined_global.x = 1",
    "local l; return l.x",
    "local l; l.x.y = 1",
    "local t = {}; return t.a.b",
    "local t = {}; return t.a.b.c",
    "local t = {}; t.m()",
    "local t = {}; t:m()",
    "local s = 'x'; return s:nomethod()",
    "local s = 'x'; s.y.z = 1",
    "return #nothing",
    "local l = {}; return -l",
    "local l = {}; return l + 1",
    "local l = {}; return 1 + l",
    "local t = {x = {}}; return t.x * 2",
    "local t = {}; return t.x .. 'a'",
    "local t = {}; return 'a' .. t",
    "return {} < {}",
    "return {} < 1",
    "return 'a' < 1",
    "return nil > 1",
    "return 1 & 1.5",
    "return 'a' | 1",
    "return 2^63 | 0",
    "return 1 // 0",
    "return 1 % 0",
    "local z = 0; return 5 // z",
    "local t = {}; t[nil] = 1",
    "local t = {}; t[0/0] = 1",
    "for i = 1, 10, 0 do end",
    "for i = 'a', 2 do end",
    "for i = 1, {} do end",
    "for i = '1', 2 do P(i) end",
    "for i = 1, '2' do P(i) end",
    "for i = 1.5, '2' do P(i) end",
    "for i = 1, 2, 'x' do end",
    "for k in 5 do end",
    "for k in nil do end",
    "local t <close> = 42",
    "return math.floor({})",
    "return ('xx'):rep(math.maxinteger)",
    "return string.rep()",
    "return ('x'):bad()",
    "return setmetatable(1, {})",
    "return tostring()",
    "return ipairs()",
    "return select(0)",
    "return string.char(256)",
    "return table.concat({1, {}, 3})",
    "return ('a'):byte(1, 2, 3) + nil",
    "return math.tointeger('x') + 1",
    "return table.unpack({}, 1, 1e8)",
    "return ({})()",
    "return (1)()",
    "return ('x')()",
    "local a <const> = 1; return a.b.c",
    "local t = setmetatable({}, {__index = function(t, k) return k .. {} end}); return t.foo",
    "return 1 < 'x'",
    "return 1.5 // 0 | 1",
    "local t = {}; t.x.y.z = 1",
    "local t = {{}}; return t[1][2][3]",
    "local i = 1; local t = {}; return t[i].x",
    "return math.maxinteger + 1.5 | 0",
    "return string.format('%d', 1.5)",
    "return string.format('%d', 'x')",
    "return ('%s'):format()",
    "return tonumber('z', 99)",
    "return tonumber(1, 10)",
    "return rawset(1, 2, 3)",
    "return rawlen(5)",
    "return next({}, 'x')",
    "return coroutine.resume(1)",
    "return coroutine.wrap(5)",
    "return table.insert({}, 5, 1)",
    "return table.insert({}, 1, 2, 3)",
    "return table.remove({}, 7)",
    "return math.random(0, -1)",
    "return utf8.char(-1)",
    "return string.pack('i17', 1)",
    "local a, b = 1, {}; return a .. b",
    "local a = {}; return a.b.c.d",
    "return (nothing or {}).x.y",
    "local f; f()",
    "local t = {f = {}}; t.f.g()",
    "local t = {1}; t[1]()",
    "return 10 .. nothing",
    "return not nothing.x",
    "return -nothing",
    "return ~1.5",
    "return ~'a'",
    "return 'a' + 1",
    "return '1' + {}",
    "return 'abc' < nothing",
    "return assert(false)",
    "return assert(nil, 'message')",
    "return assert(false, {1})",
    "return error()",
    "return error(nil)",
    "return error('x', 0)",
    "error('lvl2', 2)",
    "error(setmetatable({}, {__tostring = function() return 'custom' end}))",
    "return setmetatable({}, {__metatable = 1}), setmetatable(setmetatable({}, {__metatable = 1}), {})",
    "local t = setmetatable({}, {__newindex = function(t, k, v) error('no ' .. k) end}); t.x = 1",
    "string.rep('x', -1)()",
    "return ('x'):rep(3, 4, 5):foo()",
    "local up; return (function() return up.x end)()",
    "local up = {}; return (function() return up.x.y end)()",
    "local up; (function() up() end)()",
    "local t = {}; t['a b'].c = 1",
    "local k = 'key'; local t = {}; return t[k].x",
    "local t = {}; return t[1.5].x",
    "local t = {}; return t[true].x",
    "return (nil)[1]",
    "return (1).x",
    "return (true).x",
    "return ('x').y.z",
    "return _ENV.foo.bar",
    "local _ENV = {}; return x.y",
    "local _ENV <const> = {}; foo()",
    "return 2^53 & 1.5",
    "return 1 << {}",
    "return 1 << 'x'",
    "return '0x1p4' | 0",
    "return '1.5' | 0",
    "return 1 < {}",
    "return {} <= {}",
    "return #5",
    "return -'x'",
    "return -'2'",
];

const SOURCES: &[&str] = &[
    "local a = 1 + 2 return a",
    "if x then return 1 else return 2 end",
    "return {1, 2, a = 3, [4] = 5}",
    "local function f(a, ...) return ... end return f(1, 2)",
    "for i = 1, 2 do local x = i end",
    "return 'str' .. [[long]] .. \"dq\"",
    "goto done do local x end ::done::",
    "local x <const> = 1 return x",
    "return function(a, b) return a end",
    "while false do break end",
    "repeat local x = 1 until x",
    "a.b.c = d:e(f)",
    "return 0x1F + 1e5 - .5",
    "return not (a and b or c) == #d",
    "local a, b = ... ; a, b = b, a",
    "return - - 1 ^ 2 // 3",
    "::l1:: do goto l1x end ::l1x::",
    "local t <close> = nil return 'a\\65\\x41\\u{41}\\z  b'",
    "return a < b, a <= b, a ~= b, a == b",
    "f{1} f'x' f[[y]] f(1)(2)",
];

const TOKENS: &[&str] = &[
    "end",
    "=",
    "(",
    ")",
    "{",
    "}",
    ",",
    "..",
    "...",
    "nil",
    "then",
    "do",
    "local",
    "return",
    "x",
    "1",
    "'s'",
    "::",
    "goto",
    "break",
    "<",
    "~",
    "[",
    "]",
    ":",
    ";",
    "function",
    "until",
    "'unfinished",
    "0x",
    "1e",
    "3x",
    "[[open",
    "\"\\q\"",
    "'\\300'",
    "'\\xZZ'",
    "'\\u{110000000}'",
    "@",
    "!",
    "<close>",
    "<const>",
    "<bad>",
    "--[[c]]",
    "--[==[ open",
    "#",
    "&",
    "else",
    "elseif",
    "in",
    "~=",
    "1..2",
    "//",
];

impl Generator {
    /// Adds a feature.
    pub fn feature(&mut self, out: &mut Vec<Node>) {
        match self.rng.below(16) {
            0 | 1 => self.metamethods(out),
            2 | 3 => self.coroutine(out),
            4 | 5 => self.closing(out),
            6 => self.varargs(out),
            7 => self.methods(out),
            8 | 9 => self.fault(out),
            10 => self.patterns(out),
            11 => self.conversions(out),
            12 | 13 => self.loading(out),
            14 => self.recursion(out),
            _ => self.ordering(out),
        }
    }

    fn metamethods(&mut self, out: &mut Vec<Node>) {
        let (m, o) = (self.fresh("mt"), self.fresh("o"));
        let mut body = Vec::new();
        let ops = [
            "__add", "__sub", "__mul", "__div", "__mod", "__pow", "__idiv", "__band", "__bor",
            "__bxor", "__shl", "__shr", "__concat", "__eq", "__lt", "__le",
        ];
        // `__le` comes with `__lt`: lua5.4 may be built to use the one for the other.
        let mut paired = false;
        for op in ops {
            if op == "__le" && !paired {
                continue;
            }
            let wanted = self.rng.chance(650);
            paired = op == "__lt" && wanted || op != "__lt" && paired;
            if wanted || op == "__le" {
                let value = self.function_scope(false, |g| {
                    let value = g.expr(Ty::Num, 2);
                    if g.yields && g.rng.chance(200) {
                        format!("coroutine.yield('{op}'), {value}")
                    } else {
                        value
                    }
                });
                let text = format!(
                    "function {m}.{op}(a, b) P('{op}', type(a), type(b)) return {value} end"
                );
                body.push(line(text));
            }
        }
        for (op, params) in [
            ("__unm", "a"),
            ("__bnot", "a"),
            ("__len", "a"),
            ("__call", "self, ..."),
            ("__index", "t, k"),
            ("__newindex", "t, k, v"),
        ] {
            if self.rng.chance(650) {
                let value = self.inner(Ty::Num, 1);
                let text = match op {
                    "__newindex" => {
                        format!("function {m}.{op}({params}) P('set', k, v) rawset(t, k, v) end")
                    }
                    "__index" if self.rng.chance(300) => format!(
                        "{m}.__index = {{a = 'inherited', m = function(self, x) return x end}}"
                    ),
                    "__call" => format!(
                        "function {m}.{op}({params}) return select('#', ...), {value}, ... end"
                    ),
                    _ => format!("function {m}.{op}({params}) P('{op}') return {value} end"),
                };
                body.push(line(text));
            }
        }
        if self.rng.chance(400) {
            body.push(line(format!(
                "{m}.__tostring = function() return 'object' end {m}.__name = 'My'"
            )));
        }
        out.push(line(format!("local {m} = {{}}")));
        out.append(&mut body);
        out.push(line(format!("local {o} = setmetatable({{v = 1}}, {m})")));
        let p = format!("{o}2");
        out.push(line(format!("local {p} = setmetatable({{}}, {m})")));
        for _ in 0..4 + self.rng.below(5) {
            let n = self
                .rng
                .pick(&["1", "2.5", "'s'", "'10'", "-128", "128", "127", "nil", "{}", "300"]);
            let (a, b) = self.rng.pick(&[
                (o.as_str(), n),
                (n, o.as_str()),
                (o.as_str(), p.as_str()),
                (o.as_str(), o.as_str()),
            ]);
            let op = self.rng.pick(&[
                "+", "-", "*", "/", "%", "^", "//", "&", "|", "~", "<<", ">>", "..", "==", "~=",
                "<", "<=", ">", ">=",
            ]);
            let use_ = match self.rng.below(10) {
                0 => format!("return -{o}, ~{o}"),
                1 => format!("return #{o}, {o}.a, {o}.v, {o}[1]"),
                2 => format!("return {o}(1, {n})"),
                3 => format!("{o}.k = {n} return rawget({o}, 'k')"),
                4 => format!("if {a} {op} {b} then return 'yes' else return 'no' end"),
                5 => format!("return tostring({o}):gsub('0x%x+', '')"),
                // One metamethod at a time: 5.4.4 loses its place in longer chains.
                6 => format!("return ({a} .. 'x') .. ({b} .. 1)"),
                _ => format!("local a, b = {a}, {b} return a {op} b, {a} {op} {b}"),
            };
            let use_ = if matches!(op, "&" | "|") || !use_.contains(&format!("nil {op}")) {
                use_
            } else {
                use_.clone()
            };
            out.push(line(format!("P(pcall(function() {use_} end))")));
        }
    }

    fn coroutine(&mut self, out: &mut Vec<Node>) {
        let co = self.fresh("co");
        let yields = std::mem::replace(&mut self.yields, true);
        let body = self.risky(15, |g| {
            g.function_scope(true, |g| {
                let mut body = Vec::new();
                for _ in 0..2 + g.rng.below(3) {
                    let ty = g.any();
                    let value = g.expr(ty, 2);
                    if g.rng.chance(500) {
                        body.push(line(format!("P('in', coroutine.yield({value}))")));
                    }
                    let mut inner = g.body(1, 1);
                    body.append(&mut inner);
                }
                let result = g.expr(Ty::Num, 2);
                body.push(line(format!("do return {result}, ... end")));
                body
            })
        });
        self.yields = yields;
        out.push(block(format!("local {co} = coroutine.create(function(...)"), body, "end)"));
        let arg = self.expr(Ty::Num, 1);
        let rounds = self.rng.range(2, 8);
        out.push(line(format!("for i = 1, {rounds} do P(coroutine.resume({co}, i, {arg})) P(coroutine.status({co})) end")));
        if self.rng.chance(400) {
            out.push(line(format!(
                "P(pcall(coroutine.close, {co})) P(coroutine.status({co}), coroutine.isyieldable())"
            )));
        }
    }

    fn closing(&mut self, out: &mut Vec<Node>) {
        let make = self.fresh("closer");
        let failing = self.rng.chance(300);
        let fail = if failing { "if n == 2 then error('in close ' .. n, 0) end" } else { "" };
        let pause = if self.yields { "coroutine.yield('closing') " } else { "" };
        out.push(line(format!(
            "local function {make}(n) return setmetatable({{}}, {{__close = function(_, e) P('close', n, e) {pause}{fail} end}}) end"
        )));
        let vararg = self.vararg;
        let mut body = self.risky(40, |g| {
            g.function_scope(false, |g| {
                let mut body = g.body(1, 1);
                body.push(line(format!("local closed1 <close> = {make}(1)")));
                let inner = g.body(1, 1);
                body.push(block(
                    format!("for i = 1, 2 do local closed2 <close> = {make}(i)"),
                    inner,
                    {
                        let cond = g.expr(Ty::Bool, 2);
                        g.rng.pick(&[
                            "end".to_owned(),
                            format!("if {cond} then break end end"),
                            format!("if {cond} then return i end end"),
                        ])
                    },
                ));
                body.push(line(
                    format!("local closed3 <close>, x = {make}(3), 5")
                        .replace("<close>, x", "<close>"),
                ));
                if g.rng.chance(300) {
                    body.push(line("error({}, 2)"));
                }
                let value = g.expr(Ty::Num, 2);
                body.push(line(g.rng.pick(&[
                    format!("do return {value}, 'tail' end"),
                    format!("do return (function(...) return ... end)({value}) end"),
                    "error('end')".to_owned(),
                ])));
                body
            })
        });
        self.vararg = vararg;
        if self.rng.chance(200) {
            let text = format!(
                "for k in (function(_, c) if not c then return 1 end end), nil, nil, {make}(4) do P('loop', k) end"
            );
            body.insert(0, line(text));
        }
        out.push(block("P(pcall(function()", body, "end))"));
    }

    fn varargs(&mut self, out: &mut Vec<Node>) {
        let f = self.fresh("va");
        let body = self.function_scope(true, |g| {
            let mut body = vec![line("local a, b = ...")];
            g.bind("a", Ty::Bool, false);
            g.bind("b", Ty::Bool, false);
            body.append(&mut g.body(1, 1));
            let last = g.rng.pick(&[
                "return select('#', ...), ..., (...)",
                "return {...}, ...",
                "local t = table.pack(...) return t.n, table.unpack(t, 1, t.n)",
                "return (select(-1, ...)), ...",
                "return a, b, ...",
                "local function g(...) return ..., ... end return g(...)",
                "for i = 1, select('#', ...) do P(i, (select(i, ...))) end return ...",
                "local t = {a or 1, b or 2, ...} return t[1], t[2], ...",
                "local t = {n = 1, ...} return t.n, t[1], t[2]",
                "return (function(a, ...) return ..., a end)(...)",
            ]);
            body.push(line(format!("do {last} end")));
            body
        });
        out.push(block(format!("local function {f}(...)"), body, "end"));
        for _ in 0..2 {
            let count = self.rng.below(4);
            let args: Vec<String> = (0..count)
                .map(|_| {
                    let ty = self.any();
                    self.expr(ty, 2)
                })
                .collect();
            let call = format!("{f}({})", args.join(", "));
            out.push(line(match self.rng.below(4) {
                0 => format!(
                    "P(pcall({f}{}{}))",
                    if args.is_empty() { "" } else { ", " },
                    args.join(", ")
                ),
                1 => format!("P(({call}), 1, {call})"),
                2 => format!("P({call}, {call})"),
                _ => format!("P(pcall(function() return {call} end))"),
            }));
        }
    }

    fn methods(&mut self, out: &mut Vec<Node>) {
        let (c, o) = (self.fresh("Class"), self.fresh("obj"));
        let (a, b) = (self.expr(Ty::Num, 2), self.expr(Ty::Num, 1));
        out.push(line(format!("local {c} = {{total = 0}} {c}.__index = {c}")));
        let mut body = vec![line("local base = self.v")];
        self.function_scope(false, |g| {
            g.bind("x", Ty::Num, false);
            g.bind("base", Ty::Num, false);
            body.append(&mut g.body(1, 1));
            let e = g.expr(Ty::Num, 2);
            body.push(line(format!(
                "self.v = {e} self.count = (self.count or 0) + 1 do return self end"
            )));
        });
        out.push(block(format!("function {c}:step(x)"), body, "end"));
        out.push(line(format!("function {c}.new(v) return setmetatable({{v = v}}, {c}) end")));
        out.push(line(format!("local {o} = {c}.new({a})")));
        out.push(line(format!("P({o}:step({b}):step(2).v, {o}.count, {c}.total, {o}.missing)")));
        if self.rng.chance(500) {
            out.push(line(format!("local Sub = setmetatable({{}}, {{__index = {c}}}) Sub.__index = Sub function Sub:step(x) return {c}.step(self, x or 1) end")));
            out.push(line(
                "local sub = setmetatable({v = 3}, Sub) P(sub:step().v, sub:step(2).count)",
            ));
        }
    }

    fn fault(&mut self, out: &mut Vec<Node>) {
        let fault = self.rng.pick(FAULTS);
        match self.rng.below(5) {
            0..=2 => out.push(line(format!("P(pcall(function() {fault} end))"))),
            3 => {
                out.push(line("P(pcall(function(...)".to_owned() + " local pad1, pad2 = 1, {} "));
                out.push(line(fault));
                out.push(line("end))"));
            }
            _ => out.push(line(format!(
                "P(pcall(coroutine.wrap(function() coroutine.yield(1) {fault} end)))"
            ))),
        }
        let (ty, other) =
            (self.any(), self.rng.pick(&[Ty::Nil, Ty::Str, Ty::Rec, Ty::Bool, Ty::Flt]));
        let (a, b) = (self.leaf(ty), self.leaf(other));
        let op = self.rng.pick(&[
            "+", "-", "*", "/", "%", "//", "^", "&", "|", "~", "<<", ">>", "..", "<", "<=", "==",
        ]);
        out.push(line(format!("P(pcall(function() local v = {a} return v {op} {b} end))")));
        out.push(line(format!("P(pcall(function() local v = {b} return {a} {op} v end))")));
    }

    fn patterns(&mut self, out: &mut Vec<Node>) {
        let s = self.expr(Ty::Str, 2);
        let (p, r) = self.risky(60, |g| (g.pattern(), g.replacement()));
        let init =
            self.rng.pick(&["", ", 1", ", 3", ", -2", ", 100", ", -100", ", 1, true", ", 2, true"]);
        let s = format!("({s}):sub(1, 30)");
        out.push(line(format!("P(pcall(string.find, {s}, {p}{init}))")));
        out.push(line(format!("P(pcall(string.gsub, {s}, {p}, {r}))")));
        out.push(line(format!(
            "P(pcall(string.match, {s}, {p}{}))",
            if init.contains("true") { "" } else { init }
        )));
    }

    fn conversions(&mut self, out: &mut Vec<Node>) {
        let s = self.rng.pick(&[
            "'0x'",
            "'0xA'",
            "' 10 '",
            "'1e'",
            "'1e+2'",
            "'0x1p-2'",
            "'.'",
            "''",
            "' '",
            "'1 2'",
            "'10a'",
            "'9223372036854775807'",
            "'9223372036854775808'",
            "'-9223372036854775808'",
            "'1e309'",
            "'nan'",
            "'inf'",
            "'0x7fffffffffffffffff'",
            "'1_0'",
            "'+5'",
            "'- 5'",
            "'--5'",
            "'0b1'",
            "'5.'",
            "'1\\0'",
            "'\\t7\\n'",
            "'0x.8'",
            "'0x.p1'",
        ]);
        let n = self.inner(Ty::Num, 2);
        let base = self.rng.range(2, 36);
        out.push(line(match self.rng.below(6) {
            0 => format!("P(tonumber({s}), tonumber({s}, {base}))"),
            1 => format!("P(pcall(function() return {s} + 0, {s} * 2 end))"),
            2 => format!("P(pcall(function() return {s} | 0, {s} // 1 end))"),
            3 => format!("P(math.tointeger({n}), math.type({n}), tostring({n}), math.abs({n}))"),
            4 => format!("P(pcall(function() local n = {n} return n | 0, n // 1, n % 3 end))"),
            _ => format!("P(pcall(function() local n = {n} return math.floor(n), math.ceil(n), math.modf(n) end))"),
        }));
    }

    fn loading(&mut self, out: &mut Vec<Node>) {
        let source = self.rng.pick(SOURCES);
        let mut tokens: Vec<&str> = source.split(' ').collect();
        for _ in 0..1 + self.rng.below(2) {
            let at = self.rng.below(tokens.len());
            let token = self.rng.pick(TOKENS);
            match self.rng.below(4) {
                0 if tokens.len() > 1 => drop(tokens.remove(at)),
                1 => tokens.insert(at, token),
                2 => tokens[at] = token,
                _ => tokens.push(token),
            }
        }
        let name = self.rng.pick(&["=c", "@file.lua", "some code", ""]);
        let text = tokens.join(" ");
        out.push(line(format!("P(load([=====[{text}]=====], '{name}'))")));
    }

    fn recursion(&mut self, out: &mut Vec<Node>) {
        let f = self.fresh("rec");
        let n = self.rng.range(1, 12);
        let step = self.function_scope(false, |g| {
            g.bind("n", Ty::Int, false);
            g.expr(Ty::Num, 2)
        });
        let text = match self.rng.below(4) {
            0 => format!("local function {f}(n) if n < 2 then return n end return {f}(n - 1) + {f}(n - 2) end P({f}({n}))"),
            1 => format!("local function {f}(n, acc) if n <= 0 then return acc end return {f}(n - 1, {step}) end P({f}({n}, 0), {f}(1000, 1))").replace("1000", "200"),
            2 => format!("local {f} {f} = function(n) if n > 0 then return {step}, {f}(n - 1) end end P({f}({n}))"),
            _ => format!("local function {f}(n) if n == 0 then error('deep') end local r = {f}(n - 1) return r end P(pcall({f}, {n}))"),
        };
        out.push(line(text));
    }

    fn ordering(&mut self, out: &mut Vec<Node>) {
        let (t, e) = (self.fresh("acc"), self.expr(Ty::Num, 2));
        let log = self.fresh("log");
        out.push(line(format!(
            "local {t}, {log} = {{10, 20, 30}}, function(n, v) P('eval', n) return v end"
        )));
        out.push(line(match self.rng.below(8) {
            0 => format!("do local i, a = 1, {{4, 5}} {t}[i], a, i = a[1], a[2], i + 1 P(i, a, #{t}) end"),
            1 => format!("do local i = 1 i, {t}[i] = i + 1, {e} P(i) end"),
            2 => format!("{log}(1, {t})[{log}(2, 1)], {log}(3, {t})[{log}(4, 2)] = {log}(5, {e}), {log}(6, 2)"),
            3 => format!("{log}(1, {t})[{log}(2, 'k')] = {log}(3, 1) + {log}(4, 2) * {log}(5, 3)"),
            4 => format!("P({log}(1, 1) < {log}(2, 2), {log}(1, 2) > {log}(2, 2), {log}(3, 'a') .. {log}(4, 'b') .. {log}(5, 'c'))"),
            5 => format!("do local a, b, c = 1, 2, 3 a, b, c = c, a, b P(a, b, c) local x, y = (function() return a, b end)() x, y, {t}.z = y, x, {e} P(x, y) end"),
            6 => format!("do local q = {{{log}(1, 1), [{log}(2, 'x')] = {log}(3, 3), {log}(4, 4)}} P(#q, q.x) end"),
            _ => format!("do local a = {{}} local b = a a.x, a = 1, {{x = 2}} P(a.x, b.x) a, a.y = b, 5 P(a.x, a.y) end"),
        }));
        out.push(line(format!("D('{t}', {t})")));
    }
}
