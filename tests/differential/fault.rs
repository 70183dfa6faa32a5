//! Faulty expressions and statements, and texts that are no programs.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;
use super::program::{Node, line};

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x6661, id);
    match rng.below(10) {
        0..=4 => runtime(rng),
        5 => raised(rng),
        6..=8 => vec![line(broken(rng))],
        _ => vec![line(misplaced(rng))],
    }
}

/// Variables of every kind; `U` ones become upvalues of the function with the fault.
const VARIABLES: &str = "local nl, nm, st, tb, fn, bo, fl = nil, 7, 'str', {x = {}, n = 1, s = 's', [1] = 1}, function() end, true, 1.5 \
    local KN <const>, KS <const>, KF <const>, KB <const> = 5, 'ks', 2.5, false \
    local ob = setmetatable({}, {__name = 'Thing', __index = {m = 1}});";

const ATOMS: &[&str] = &[
    "nl",
    "nm",
    "st",
    "tb",
    "fn",
    "bo",
    "fl",
    "KN",
    "KS",
    "KF",
    "KB",
    "ob",
    "glob",
    "tostring",
    "nil",
    "true",
    "1",
    "2.5",
    "'lit'",
    "{}",
    "(...)",
    "...",
    "tb.x",
    "tb.y",
    "tb.x.y",
    "tb.n",
    "tb.s",
    "tb[1]",
    "tb['a b']",
    "tb[nm]",
    "tb[KS]",
    "tb[KN]",
    "ob.m",
    "ob.q",
    "st.x",
    "st:len()",
    "st.len",
    "fn()",
    "_ENV",
    "_ENV.x",
    "glob2",
    "tb[fl]",
    "0",
    "1e400",
    "2^53",
    "-1",
    "math.maxinteger",
    "math.huge",
    "'10'",
    "'0x'",
    "1.0",
    "function() end",
    "tb.x.z",
    "(tb)",
    "(nl)",
    "tb[bo]",
    "tb[tb]",
    "tb[nl]",
    "string.format",
    "math.pi",
    "print",
];

const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>", "..", "..", "<", "<=", ">",
    ">=", "==", "~=", "and", "or",
];

fn atom(rng: &mut Prng) -> String {
    rng.pick(ATOMS).to_owned()
}

fn expression(rng: &mut Prng, depth: usize) -> String {
    if depth == 0 {
        return atom(rng);
    }
    match rng.below(12) {
        0..=5 => {
            let (a, b) = (expression(rng, depth - 1), expression(rng, depth - 1));
            let op = rng.pick(OPERATORS);
            if rng.chance(300) { format!("({a} {op} {b})") } else { format!("{a} {op} {b}") }
        }
        6 => format!("{} {}", rng.pick(&["-", "not", "#", "~"]), expression(rng, depth - 1)),
        7 => format!("{}({})", suffixed(rng), expression(rng, depth - 1)),
        8 => format!(
            "{}:{}({})",
            suffixed(rng),
            rng.pick(&["m", "x", "nope", "rep", "len"]),
            atom(rng)
        ),
        9 => format!("{}.{}", suffixed(rng), rng.pick(&["x", "y", "z"])),
        10 => indexed(rng, depth - 1),
        _ => atom(rng),
    }
}

/// An element. The prefix of a comparison in brackets stands in parentheses: 5.4.4
/// compiles an upvalue there to wrong code.
fn indexed(rng: &mut Prng, depth: usize) -> String {
    let (prefix, key) = (suffixed(rng), expression(rng, depth));
    if ["==", "~=", "<", ">", "not"].iter().any(|op| key.contains(op)) {
        return format!("({prefix})[{key}]");
    }
    format!("{prefix}[{key}]")
}

/// A prefix expression.
fn suffixed(rng: &mut Prng) -> String {
    loop {
        let text = atom(rng);
        let first = text.as_bytes()[0];
        if first == b'('
            || (first.is_ascii_alphabetic() || first == b'_')
                && !["nil", "true"].contains(&&*text)
                && !text.starts_with("function")
        {
            return text;
        }
        if rng.chance(200) {
            return format!("({text})");
        }
    }
}

fn assignable(rng: &mut Prng) -> String {
    match rng.below(4) {
        0 => rng.pick(&["nl", "nm", "glob", "tb", "st"]).to_owned(),
        1 => format!("{}.{}", suffixed(rng), rng.pick(&["x", "y"])),
        _ => indexed(rng, 1),
    }
}

fn statement(rng: &mut Prng) -> String {
    let e = |rng: &mut Prng| expression(rng, 2);
    match rng.below(16) {
        0..=3 => format!("return {}", e(rng)),
        4 => format!("local v = {} return v", e(rng)),
        5 | 6 => format!("{} = {}", assignable(rng), expression(rng, 1)),
        7 => format!("{}, {} = {}, {}", assignable(rng), assignable(rng), atom(rng), atom(rng)),
        8 => format!("{}({}, {})", suffixed(rng), atom(rng), atom(rng)),
        9 => format!(
            "for i = {}, {}{} do break end",
            atom(rng),
            atom(rng),
            if rng.chance(400) { format!(", {}", atom(rng)) } else { String::new() }
        ),
        10 => format!(
            "for a, b in {} do break end",
            if rng.chance(500) { atom(rng) } else { format!("pairs({})", atom(rng)) }
        ),
        11 => format!("if {} then return {} end", e(rng), e(rng)),
        12 => format!("local c <close> = {}", expression(rng, 1)),
        13 => format!("while {} do return {} end", e(rng), e(rng)),
        14 => format!(
            "return {{{}, k = {}, [{}] = {}}}",
            atom(rng),
            e(rng),
            expression(rng, 1),
            atom(rng)
        ),
        _ => format!("repeat local q = {} until {} or true", e(rng), e(rng)),
    }
}

fn runtime(rng: &mut Prng) -> Vec<Node> {
    let text = statement(rng);
    let mut out = vec![line(VARIABLES)];
    out.push(line(match rng.below(8) {
        0..=2 => format!("P(pcall(function(...) {text} end, 3))"),
        3 => format!("local function named(...) {VARIABLES} {text} end P(pcall(named, 'arg'))"),
        4 => format!("local co = coroutine.create(function(...) {text} end) P(coroutine.resume(co, 1)) P(coroutine.status(co))"),
        5 => format!("P(xpcall(function(...) {VARIABLES} {text} end, function(m) return m end))"),
        6 => format!("P(pcall(coroutine.wrap(function(...) {text} end)))"),
        _ => format!("(function(...) {text} end)()"),
    }));
    if rng.chance(100) {
        out.push(line(
            "local co = coroutine.wrap(function() glob.x = 1 end) P(pcall(co)) P(pcall(co))",
        ));
    }
    out
}

/// Errors that a program raises itself.
fn raised(rng: &mut Prng) -> Vec<Node> {
    let value = rng.pick(&[
        "'text'",
        "nil",
        "{}",
        "42",
        "1.5",
        "true",
        "setmetatable({}, {__tostring = function() return 'obj' end})",
        "fn",
        "''",
        "'a\\nb'",
    ]);
    let level = rng
        .pick(&["", ", 0", ", 1", ", 2", ", 3", ", 4", ", 99", ", -1", ", '1'", ", 1.0", ", nil"]);
    let raise = match rng.below(8) {
        0..=3 => format!("error({value}{level})"),
        4 => format!("assert({}, {value})", rng.pick(&["nil", "false", "true", "1"])),
        5 => format!("assert({})", rng.pick(&["nil", "false", "1, 2", "", "nil, nil"])),
        6 => "error()".to_owned(),
        _ => statement(rng),
    };
    let inner = match rng.below(4) {
        0 => raise,
        1 => format!("local function deep() {raise} end deep()"),
        2 => format!("local function deep() {raise} end return deep()"),
        _ => format!("return pcall(function() {raise} end)"),
    };
    let handler = rng.pick(&[
        "function(m) return type(m), m end",
        "function(m) return tostring(m) .. '!' end",
        "function(m) error(m, 0) end",
        "function(m) return nil end",
        "function(m) return m.x end",
        "function(m) return debug.traceback(m, 1):gsub('\\n%s*%[C%]: in %?.*', '') end",
        "function(m) return (debug.traceback('tb', 2):match('^[^\\n]*\\n[^\\n]*\\n[^\\n]*')) end",
        "function(m) return select('#', m), m end",
        "print",
        "type",
        "coroutine.yield",
        "nil",
        "42",
    ]);
    let mut out = vec![line(VARIABLES)];
    out.push(line(match rng.below(5) {
        0 => format!("P(pcall(function(...) {inner} end))"),
        1 => format!("P(xpcall(function(...) {inner} end, {handler}))"),
        2 => format!("P(pcall(xpcall, function(...) {inner} end, {handler}, 1, 2))"),
        3 => format!("P(coroutine.resume(coroutine.create(function(...) local c <close> = setmetatable({{}}, {{__close = function(_, e) P('close', e) end}}) {inner} end)))"),
        _ => format!("P(xpcall(pcall, {handler}, function(...) {inner} end))"),
    }));
    out
}

const TOKENS: &[&str] = &[
    "and",
    "break",
    "do",
    "else",
    "elseif",
    "end",
    "false",
    "for",
    "function",
    "goto",
    "if",
    "in",
    "local",
    "nil",
    "not",
    "or",
    "repeat",
    "return",
    "then",
    "true",
    "until",
    "while",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "^",
    "#",
    "&",
    "~",
    "|",
    "<<",
    ">>",
    "==",
    "~=",
    "<=",
    ">=",
    "<",
    ">",
    "=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "::",
    ";",
    ":",
    ",",
    ".",
    "..",
    "...",
    "x",
    "y",
    "z",
    "1",
    "0x10",
    "1.5",
    "'s'",
    "\"t\"",
    "[[l]]",
    "<const>",
    "<close>",
    "<other>",
    "@",
    "!",
    "?",
    "$",
    "`",
    "1e",
    "0x",
    "3x",
    "'",
    "\"",
    "[=[",
    "[=",
    "--[[",
    "'\\q'",
    "'\\300'",
    "'\\u{110000000}'",
    "'\\xZ'",
    "\\",
    "'\\u{'",
    "1..2",
    "é",
];

/// Statements with a few tokens lost, doubled, swapped or put in.
fn broken(rng: &mut Prng) -> String {
    let mut tokens: Vec<String> = Vec::new();
    for _ in 0..rng.range(1, 3) {
        let text = rng.pick(&[
            "local x , y = 1 , 2",
            "local function f ( a , b , ... ) return a + b end",
            "if x == 1 then y = 2 elseif z then f ( ) else return end",
            "for i = 1 , 10 , 2 do if x then break end end",
            "for k , v in pairs ( t ) do goto done end ::done::",
            "while x < 10 do x = x + 1 end",
            "repeat local q = x until q == nil",
            "x . y [ 'z' ] : m ( 1 , { a = 1 , [ 2 ] = 3 ; 4 } )",
            "function t . a . b : c ( ... ) local n = # ... end",
            "return ( x ) ( ) . y",
            "local c <const> , d <close> = 1 , nil",
            "do local z = - x ^ 2 .. 'a' end",
            "t = { f = function ( ) end , 1 , 2 }",
            "goto l1 ; do ::l1:: end ::l1::",
            "x , y . z = y , x",
            "f 'str' { } [[ long ]]",
            "return not x and ~ y or # z",
            "local a <const> = 5 ; a = 6",
            "::a:: ::a::",
        ]);
        tokens.extend(text.split(' ').map(str::to_owned));
        if rng.chance(300) {
            tokens.push("\n".to_owned());
        }
    }
    for _ in 0..rng.range(0, 2) {
        let at = rng.below(tokens.len());
        let new = rng.pick(TOKENS).to_owned();
        match rng.below(5) {
            0 if tokens.len() > 1 => drop(tokens.remove(at)),
            1 => tokens.insert(at, new),
            2 => tokens[at] = new,
            3 => tokens.truncate(at + 1),
            _ => {
                let other = rng.below(tokens.len());
                tokens.swap(at, other);
            }
        }
    }
    // The text is checked, not run: what is left of a program may never end.
    let text = tokens.join(" ").replace(" \n ", "\n");
    let level = "=".repeat(3);
    format!("P(load([{level}[{text}]{level}], '{}'))", rng.pick(&["=x", "=x", "@x", "x", "=(x)"]))
}

/// Statements where they may not be.
fn misplaced(rng: &mut Prng) -> String {
    let parts: Vec<String> = (0..rng.range(1, 4))
        .map(|_| {
            let name = rng.pick(&["l1", "l2"]);
            let inner = rng.pick(&[
                "break",
                "goto l1",
                "goto l2",
                "::l1::",
                "local x",
                "x = 1",
                "k = 2",
                "return",
                ";",
                "c = 1",
                "local l = ...",
            ]);
            let first = match rng.below(12) {
                0 => format!("goto {name}"),
                1 => format!("::{name}::"),
                2 => "local k <const> = 1".to_owned(),
                3 => "local c <close> = nil".to_owned(),
                4 => format!("do {inner} ::{name}:: end"),
                5 => format!("while true do {inner} end"),
                6 => format!("local function f() {inner} end"),
                7 => format!("repeat {inner} until k"),
                8 => format!("local v <{}> = 1", rng.pick(&["const", "close", "foo", "Const"])),
                9 => format!("for i = 1, 2 do {inner} end"),
                10 => "local a <close>, b <close> = 1, 2".to_owned(),
                _ => inner.to_owned(),
            };
            if first == "return" { "do return end".to_owned() } else { first }
        })
        .collect();
    let separator = rng.pick(&[" ", "\n"]);
    format!("P(load([==[{}]==], '=x'))", parts.join(separator))
}
