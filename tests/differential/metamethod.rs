//! Every metamethod, on operands of mixed types, in chains, with few and many results.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;
use super::program::{Node, line};

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x6d65, id);
    let mut out = vec![
        line(
            "local ma, mb = {}, {} local A, B = setmetatable({v = 1, 10, 20}, ma), setmetatable({v = 2}, mb)",
        ),
        line(
            "local function name(x) if rawequal(x, A) then return 'A' elseif rawequal(x, B) then return 'B' end return x end",
        ),
        line(
            "local function log(e, ...) local t = table.pack(...) for i = 1, t.n do t[i] = name(t[i]) end P(e, table.unpack(t, 1, t.n)) end",
        ),
        line("local nl, st, nm, fl = nil, 'str', 3, 2.5"),
    ];
    for _ in 0..rng.range(1, 5) {
        out.push(line(definition(rng)));
    }
    for _ in 0..rng.range(1, 4) {
        out.push(line(usage(rng)));
    }
    out
}

const EVENTS: &[&str] = &[
    "add",
    "sub",
    "mul",
    "div",
    "mod",
    "pow",
    "unm",
    "idiv",
    "band",
    "bor",
    "bxor",
    "bnot",
    "shl",
    "shr",
    "concat",
    "len",
    "eq",
    "lt",
    "le",
    "index",
    "newindex",
    "call",
    "close",
    "tostring",
    "name",
    "pairs",
    "metatable",
];

fn result(rng: &mut Prng) -> &'static str {
    rng.pick(&[
        "1",
        "nil",
        "false",
        "'r'",
        "...",
        "select(2, ...)",
        "{}",
        "2.5, 3",
        "A",
        "name(...)",
        "error('in ' .. 'handler')",
        "select('#', ...)",
        "coroutine.isyieldable()",
        "error()",
        "true",
    ])
}

fn definition(rng: &mut Prng) -> String {
    let event = rng.pick(EVENTS);
    let meta = rng.pick(&["ma", "mb", "ma"]);
    let handler = match rng.below(9) {
        0 => rng.pick(&["B", "A", "{}", "'s'", "42", "print", "{v = 'deep'}", "rawlen", "type", "true", "math.max", "false"]).to_owned(),
        1 => "setmetatable({}, {__call = function(self, ...) log('called', ...) return ... end, __index = function(_, k) return k end})".to_owned(),
        2 => "setmetatable({}, {__index = B, __newindex = B, __call = rawlen})".to_owned(),
        _ => format!("function(...) log('{event}', ...) return {} end", result(rng)),
    };
    // A circle of `__call` keeps the reference busy for minutes.
    let circle = event == "call" && matches!(&*handler, "A" | "B");
    let handler = if circle { "print".to_owned() } else { handler };
    if rng.chance(80) {
        return format!("mb.__{event} = ma.__{event}");
    }
    format!("{meta}.__{event} = {handler}")
}

fn operand(rng: &mut Prng) -> &'static str {
    rng.pick(&[
        "A", "B", "A", "B", "A", "1", "2.5", "'10'", "'x'", "nl", "st", "nm", "fl", "true", "{}",
        "-1", "300", "2^53", "'1.5'", "nil", "print",
    ])
}

fn usage(rng: &mut Prng) -> String {
    let (a, b, c) = (operand(rng), operand(rng), operand(rng));
    let op = rng.pick(&[
        "+", "-", "*", "/", "%", "^", "//", "&", "|", "~", "<<", ">>", "..", "<", "<=", ">", ">=",
        "==", "~=",
    ]);
    let wrap = |text: String| format!("P(pcall(function(...) {text} end, A, 1))");
    match rng.below(16) {
        0..=3 => wrap(format!("local r = {a} {op} {b} return name(r)")),
        4 => wrap(format!("if {a} {op} {b} then return 'yes' else return 'no' end")),
        5 => wrap(format!(
            "return name({} {a}), #A, {a} .. {b} .. {c}",
            rng.pick(&["-", "~", "#", "not "])
        )),
        6 => wrap(format!(
            "return name({}.{}), A[{b}], B.v.v",
            rng.pick(&["A", "B"]),
            rng.pick(&["v", "w", "x"])
        )),
        7 => wrap(format!(
            "{}[{}] = {} return rawget(A, 1), rawget(A, 'w')",
            rng.pick(&["A", "B"]),
            rng.pick(&["1", "3", "'w'", "nil", "0/0", "A"]),
            if a == "nil" { "1" } else { a }
        )),
        8 => wrap(format!("return A({}, {b})", a)),
        9 => wrap(format!("local function f(...) return A(...) end return f({a})")),
        10 => wrap(format!(
            "local x <close> = {} {}",
            rng.pick(&["A", "B", "nil", "false", "{}"]),
            rng.pick(&["return 5", "error('body')", "return A", "local y <close> = B error(A)"])
        )),
        11 => wrap(format!(
            "return tostring({}), getmetatable(A), rawequal(A, {b})",
            rng.pick(&["A.v", "B.v", "1"])
        )),
        12 => wrap(format!(
            "local n = 0 for k, v in {} do n = n + 1 if n > 2 then break end log('item', k, v) end",
            rng.pick(&["pairs(A)", "ipairs(A)", "A, B, 1", "A", "ipairs(B)"])
        )),
        13 => wrap(format!(
            "return {}",
            rng.pick(&[
                "table.concat(A, ',')",
                "table.unpack(A)",
                "select('#', table.unpack(A))",
                "rawlen(A)",
                "table.remove(A)",
                "table.insert(A, 5)",
                "table.move(A, 1, 2, 2, B)",
                "next(B) ~= nil",
                "string.rep(A, 2)",
                "#B",
                "A:m(1)",
                "math.max(A, B)",
                "tostring(A) == 'x'",
                "('x'):rep(A)",
                "table.sort({A, B, A})",
                "table.sort({B, A}, A)",
                "string.gsub('ab', '.', A)",
                "setmetatable(A, {})",
                "load(A)"
            ])
        )),
        14 => format!(
            "P(coroutine.resume(coroutine.create(function() return name({a} {op} {b}) end)))"
        ),
        _ => wrap(format!("return {a} {op} {b} {op} {c}")),
    }
}
