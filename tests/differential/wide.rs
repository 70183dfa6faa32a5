//! Programs at the limits of instructions: many constants, variables, values and lines.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;
use super::program::{Node, block, line};

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x7769, id);
    match rng.below(10) {
        0..=3 => constants(rng),
        4 | 5 => registers(rng),
        6 => upvalues(rng),
        7 => lists(rng),
        8 => vec![line(nested(rng))],
        _ => lines(rng),
    }
}

/// Numbers near those that count.
fn near(rng: &mut Prng) -> i64 {
    let middle = rng.pick(&[10, 50, 100, 126, 128, 200, 250, 255, 256, 258, 300, 512]);
    (middle + rng.range(-3, 3)).max(1)
}

fn sequence(from: i64, to: i64, item: impl Fn(i64) -> String, separator: &str) -> String {
    (from..=to).map(item).collect::<Vec<_>>().join(separator)
}

/// Many constants come first, and then one of every kind of use of a late one.
fn constants(rng: &mut Prng) -> Vec<Node> {
    let count = near(rng);
    let fill = match rng.below(3) {
        0 => sequence(1, count, |n| format!("'k{n}'"), ", "),
        1 => sequence(1, count, |n| format!("{n}.5"), ", "),
        _ => sequence(1, count, |n| format!("{}", 1_000_000 + n), ", "),
    };
    let mut body = vec![
        line("local t, x, f, s = {}, 7, 2.5, 'str'"),
        line(format!("do local fill = {{{fill}}} P(#fill, fill[#fill]) end")),
    ];
    for _ in 0..rng.range(2, 8) {
        let n = rng.pick(&[
            "12345678",
            "98765.25",
            "1e100",
            "-70000",
            "70000",
            "300",
            "-129",
            "2^40",
            "0x7fffffffffff",
        ]);
        let name = format!("name{}", rng.range(1, 4));
        let op = rng.pick(&[
            "+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>", "..", "==", "~=", "<",
            "<=", ">", ">=",
        ]);
        body.push(line(match rng.below(16) {
            0 => format!("t.{name} = {n} P(t.{name})"),
            1 => format!("t.{name} = '{name}' P(t.{name}, t['{name}'])"),
            2 => format!("t.{name} = t.{name} or x P(t.{name})"),
            3 => format!("function t:{name}(a) return self == t, a end P(t:{name}({n}))"),
            4 => format!("{name} = {n} P({name}, _ENV.{name}) {name} = nil"),
            5 | 6 => format!("P(pcall(function() return x {op} {n} end)) P(pcall(function() local x = 3 return {n} {op} x, f {op} {n} end))"),
            7 => format!("if x {} {n} then P('then') else P('else') end", rng.pick(&["==", "~=", "<", ">="])),
            8 => format!("if s == '{name}' or t.{name} == {n} then P(1) end"),
            9 => format!("P(({{{name} = {n}, [{n}] = '{name}', '{name}'}}).{name})"),
            10 => format!("P(s .. '{name}' .. {}.5 .. s)", rng.range(1, 9)),
            11 => format!("P(pcall(function() return t.{name}.x.{name} end))"),
            12 => format!("P(pcall(function() t.nope.{name} = {n} end))"),
            13 => format!("P(pcall(function() return s:{name}() end))"),
            14 => format!("t[1], t.{name} = {n}, '{name}' P(t[1], t.{name})"),
            _ => format!("P(pcall(function() return {name}.x end)) P(pcall(function() {name}() end))"),
        }));
    }
    vec![block("P(pcall(function(...)", body, "end))")]
}

/// Many variables, and then expressions that need more registers.
fn registers(rng: &mut Prng) -> Vec<Node> {
    let count = rng.pick(&[10, 60, 120, 190, 197, 198, 199, 200, 201]);
    let count = count - if rng.chance(300) { rng.range(0, 9) } else { 0 };
    let declare = match rng.below(3) {
        0 => sequence(1, count, |n| format!("local v{n} = {n}"), " "),
        1 => format!(
            "local {} = {}",
            sequence(1, count, |n| format!("v{n}"), ", "),
            sequence(1, count, |n| n.to_string(), ", ")
        ),
        _ => format!("local {} = ...", sequence(1, count, |n| format!("v{n}"), ", ")),
    };
    let last = format!("v{count}");
    let many = rng
        .pick(&[1, 5, 20, 48, 50, 52, 53, 54, 55, 56, 57, 60, 100, 248, 250, 252, 254, 255, 256]);
    let items = sequence(1, many, |n| format!("{}", n * 3), ", ");
    let deep = rng.range(1, 60);
    let use_ = match rng.below(12) {
        0 => format!("P(select('#', {items}), {last})"),
        1 => format!("local t = {{{items}}} P(#t, t[#t], {last})"),
        2 => format!("local t = {{{items}, ...}} P(#t, {last})"),
        3 => format!(
            "P({} .. {last})",
            sequence(1, many.min(150), |n| format!("{}", n % 10), " .. ")
        ),
        4 => format!("P({}{last}{})", "(1 + ".repeat(deep as usize), ")".repeat(deep as usize)),
        5 => format!("P({}{last}{})", "{".repeat(deep as usize), "}".repeat(deep as usize)),
        6 => format!(
            "P(math.max({}{last}{}))",
            "math.min(1000, ".repeat(deep as usize),
            ")".repeat(deep as usize)
        ),
        7 => format!("for i = 1, 2 do P(i, {last}) for a, b in pairs({{1}}) do P(a, b) end end"),
        8 => format!("return {items}, {last}"),
        9 => format!("local function g() return {last}, v1 end P(g())"),
        10 => format!(
            "do local a, b, c = {last} P(a, b, c) end v1, {last} = {last}, v1 P(v1, {last})"
        ),
        _ => format!("P(pcall(function(...) local a <close> = nil return {last} + v1.x end))"),
    };
    let body = format!("return function(...) {declare} {use_} end");
    let level = "=".repeat(2);
    vec![line(format!(
        "local f, m = load([{level}[{body}]{level}], '=x') P(f and type(f) or m) if f then P(select('#', pcall(f(), 1, 2, 3))) P(pcall(f(), 1, 2, 3)) end"
    ))]
}

fn upvalues(rng: &mut Prng) -> Vec<Node> {
    let count = rng.pick(&[3, 60, 150, 199]);
    let groups = rng.range(1, 2);
    let mut text = String::new();
    for group in 0..groups {
        text.push_str(&format!(
            "local {} = {} local function f{group}(...) ",
            sequence(1, count, |n| format!("u{group}_{n}"), ", "),
            sequence(1, count, |n| n.to_string(), ", ")
        ));
    }
    let want = rng.pick(&[1, 50, 59, 60, 150, 199, 198]);
    let mut sum = Vec::new();
    for group in 0..groups {
        sum.push(sequence(1, want.min(count), |n| format!("u{group}_{n}"), " + "));
    }
    let change = rng.pick(&["", "u0_1 = u0_1 + 1 ", "u0_2, u0_1 = u0_1, u0_3 "]);
    text.push_str(&format!(
        "{change} local function g() {change} return {}, u0_1 end return g(), g() ",
        sum.join(" + ")
    ));
    for group in (0..groups).rev() {
        text.push_str(&format!("end P(pcall(f{group}, 1)) P(pcall(f{group})) return f{group} "));
        if group > 0 {
            continue;
        }
    }
    vec![line(format!(
        "local f, m = load([[{text}]], '=x') P(f and type(f) or m) if f then P(pcall(f)) end"
    ))]
}

fn lists(rng: &mut Prng) -> Vec<Node> {
    let count = near(rng);
    let tail = rng.pick(&[
        "",
        ", ...",
        ", (...)",
        ", f(1, 2)",
        ", k = 1",
        ", [3] = 'three'",
        ";",
        ", nil",
        ", f()",
    ]);
    let items = sequence(
        1,
        count,
        |n| if n % 7 == 0 { format!("[{n}] = -{n}") } else { format!("{n}") },
        ", ",
    );
    let plain = sequence(1, count, |n| format!("{n}"), ", ");
    let named = sequence(1, count, |n| format!("k{n} = {n}"), ", ");
    let body = match rng.below(7) {
        // Which of two values of a key stays is not said when one of them is nil.
        0 => format!(
            "local t = {{{items}{}}} P(t[1], t[7], t[{count}], t[{count} // 7 * 6])",
            tail.replace(", nil", "")
        ),
        1 => format!(
            "local t = {{{plain}{tail}}} P(t[1], t[{count}], t[{count} + 1], t[{count} + 2], rawlen(t) >= {count})"
        ),
        2 => {
            format!("local t = {{{named}{}}} P(t.k1, t.k{count}, #t, t[1])", tail.replace(";", ""))
        }
        3 => format!(
            "P(select('#', f({plain}{})))",
            tail.replace("k = 1", "1").replace("[3] = 'three'", "3").replace(';', "")
        ),
        4 => format!(
            "local {} = f({}) P(v1, v{})",
            sequence(1, count.min(150), |n| format!("v{n}"), ", "),
            plain,
            count.min(150)
        ),
        5 => {
            format!("P((f({plain})))  P(#table.pack(f({plain}, ...)), #{{f({plain}), f({plain})}})")
        }
        _ => format!(
            "local t = {{}} {} P(#t, t[{count}])",
            sequence(1, count, |n| format!("t[{n}] = {n}"), " ")
        ),
    };
    let text = format!("local function f(...) return ... end {body}");
    vec![line(format!(
        "local f, m = load([[{text}]], '=x') P(f and type(f) or m) if f then P(pcall(f, 'v1', 'v2')) end"
    ))]
}

/// What nests, near the depth that is allowed.
fn nested(rng: &mut Prng) -> String {
    let depth = (rng.pick(&[5, 60, 98, 100, 150, 180, 210, 250]) + rng.range(-3, 3)) as usize;
    let (open, middle, close) = rng.pick(&[
        ("(", "1", ")"),
        ("{", "", "}"),
        ("- ", "x", ""),
        ("not ", "x", ""),
        ("1 .. ", "x", ""),
        ("2 ^ ", "1", ""),
        ("1 + (", "x", ")"),
        ("f(", "x", ")"),
        ("f{", "x", "}"),
        ("function() return ", "x", " end"),
        ("{x = ", "1", "}"),
        ("{[", "1", "] = 2}"),
        ("x and (", "x", ")"),
        ("(function() return ", "...", " end)"),
        ("t[", "1", "]"),
        ("(x == ", "1", ")"),
        ("# -", "x", ""),
    ]);
    let (first, last) = rng.pick(&[
        ("return ", ""),
        ("local v = ", ""),
        ("x = ", ""),
        ("f(", ")"),
        ("if ", " then end"),
        ("t[", "] = 1"),
    ]);
    if rng.chance(400) {
        let (open, close) = rng.pick(&[
            ("do ", " end"),
            ("if x then ", " end"),
            ("while x do ", " end"),
            ("for i = 1, 2 do ", " end"),
            ("for k in x do ", " end"),
            ("repeat ", " until x"),
            ("local function f() ", " end"),
            ("f = function() ", " end"),
            ("function t.f() ", " end"),
            ("if x then else ", " end"),
        ]);
        return format!(
            "P(load(('{open}'):rep({depth}) .. ' ' .. ('{close}'):rep({depth}), '=x'))"
        );
    }
    format!(
        "P(load('{first}' .. ('{open}'):rep({depth}) .. '{middle}' .. ('{close}'):rep({depth}) .. '{last}', '=x'))"
    )
}

/// Faults on lines that are far from each other.
fn lines(rng: &mut Prng) -> Vec<Node> {
    let mut text = String::from("local t, x = {}, 1");
    let many = rng.range(3, 30);
    let fault = rng.below(many as usize);
    for at in 0..many as usize {
        let gap = rng.pick(&[0, 0, 1, 1, 2, 3, 100, 126, 127, 128, 129, 255, 256, 300]);
        text.push_str(&"\\n".repeat(gap));
        text.push_str(&format!(
            " {} ",
            "x = x + 1 ".repeat(rng.pick(&[0, 1, 3, 40, 127, 128, 130]))
        ));
        if at == fault {
            text.push_str(rng.pick(&[
                "local y = t.a.b",
                "t.x()",
                "t\\n.y\\n.z = 1",
                "x = x\\n\\n+ t",
                "f(1,\\n2,\\n3)",
                "error('raised')",
                "x = 1 +\\n{}",
                "for i = 1,\\n{} do end",
                "local c <close> =\\n\\n42",
                "x = t ..\\n'a'",
                "x = {1,\\n2, t.a.b,\\n3}",
                "error(\\n'far'\\n, 1)",
                "if t <\\n1 then end",
                "for k in\\nx do end",
                "return (t\\n).q.r",
                "(function()\\nerror('inner', 2)\\nend)()",
            ]));
        }
    }
    let show = rng.pick(&[
        "P(pcall(f))",
        "P(xpcall(f, function(m) return m end))",
        "P(coroutine.resume(coroutine.create(f)))",
    ]);
    vec![line(format!(
        "local f, m = load('{}', '=x') P(m) if f then {show} end",
        text.replace('\'', "\\'")
    ))]
}
