//! Calls of library functions with arguments of every type, number and place.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;
use super::program::{Node, line};

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x6c62, id);
    if rng.chance(60) {
        return vec![date(rng)];
    }
    if rng.chance(60) {
        return vec![loaded(rng)];
    }
    let (library, name, wanted) = rng.pick(FUNCTIONS);
    let mut arguments = Vec::new();
    let most = rng.below(wanted.len() + 2);
    for at in 0..if rng.chance(700) { wanted.len().max(most) } else { most } {
        let kind = wanted.as_bytes().get(at).copied().unwrap_or(b'?');
        arguments.push(argument(rng, kind));
    }
    vec![call(rng, library, name, &arguments)]
}

/// The functions and the arguments they take: `s`tring, `i`nteger, `n`umber, `t`able,
/// `f`unction, `c`oroutine, `?` anything. A capital: of that type or wrong, never large.
const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("", "assert", "??"),
    ("", "error", "?i"),
    ("", "getmetatable", "?"),
    ("", "ipairs", "t"),
    ("", "next", "t?"),
    ("", "pairs", "t"),
    ("", "pcall", "f??"),
    ("", "rawequal", "??"),
    ("", "rawget", "t?"),
    ("", "rawlen", "t"),
    ("", "rawset", "t??"),
    ("", "select", "i???"),
    ("", "setmetatable", "tt"),
    ("", "tonumber", "si"),
    ("", "tostring", "?"),
    ("", "type", "?"),
    ("", "xpcall", "ff?"),
    ("", "load", "ss"),
    ("", "collectgarbage", "s"),
    ("", "tonumber", "?"),
    ("string", "byte", "sii"),
    ("string", "char", "III"),
    ("string", "find", "ssi?"),
    ("string", "format", "s???"),
    ("string", "gmatch", "ssi"),
    ("string", "gsub", "sssi"),
    ("string", "len", "s"),
    ("string", "lower", "s"),
    ("string", "match", "ssi"),
    ("string", "pack", "si"),
    ("string", "packsize", "s"),
    ("string", "rep", "sIs"),
    ("string", "reverse", "s"),
    ("string", "sub", "sii"),
    ("string", "unpack", "ssi"),
    ("string", "upper", "s"),
    ("table", "concat", "tsii"),
    ("table", "insert", "ti?"),
    ("table", "insert", "t?"),
    ("table", "move", "tIIIt"),
    ("table", "pack", "???"),
    ("table", "remove", "ti"),
    ("table", "sort", "tf"),
    ("table", "unpack", "tii"),
    ("math", "abs", "n"),
    ("math", "ceil", "n"),
    ("math", "floor", "n"),
    ("math", "fmod", "nn"),
    ("math", "max", "nnn"),
    ("math", "min", "nnn"),
    ("math", "modf", "n"),
    ("math", "tointeger", "n"),
    ("math", "type", "n"),
    ("math", "ult", "nn"),
    ("math", "sqrt", "n"),
    ("math", "random", "nn"),
    ("math", "randomseed", "nn"),
    ("math", "log", "nn"),
    ("math", "exp", "n"),
    ("math", "sin", "n"),
    ("math", "deg", "n"),
    ("math", "rad", "n"),
    ("math", "atan", "nn"),
    ("utf8", "char", "III"),
    ("utf8", "codepoint", "sii?"),
    ("utf8", "codes", "s?"),
    ("utf8", "len", "sii?"),
    ("utf8", "offset", "sii"),
    ("coroutine", "close", "c"),
    ("coroutine", "create", "f"),
    ("coroutine", "isyieldable", "c"),
    ("coroutine", "resume", "c??"),
    ("coroutine", "running", ""),
    ("coroutine", "status", "c"),
    ("coroutine", "wrap", "f"),
    ("coroutine", "yield", "??"),
    ("os", "date", "Sn"),
    ("os", "time", "t"),
    ("os", "clock", ""),
    ("os", "difftime", "nn"),
];

const STRINGS: &[&str] = &[
    "''",
    "'x'",
    "'hello'",
    "'10'",
    "'0x1F'",
    "'a%d'",
    "'%s'",
    "'%a+'",
    "'(l)'",
    "'\\0a'",
    "' 5 '",
    "'count'",
    "'i4'",
    "'return 1'",
    "'!%Y'",
    "'e'",
    "'%'",
    "'.5'",
    "'\\xe4'",
];
const SMALL: &[&str] = &["0", "1", "2", "3", "-1", "-3", "2.0", "'2'", "5"];
const INTEGERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "-1",
    "-3",
    "2.0",
    "'2'",
    "5",
    "math.maxinteger",
    "math.mininteger",
    "1 << 31",
    "-(1 << 31)",
    "256",
    "'x'",
    "1.5",
    "2^53",
    "2^63",
    "-2^63",
    "'1e1'",
    "36",
    "10",
];
const NUMBERS: &[&str] = &[
    "0",
    "-0.0",
    "1",
    "-1",
    "0.5",
    "2.5",
    "-7.75",
    "math.huge",
    "-math.huge",
    "math.maxinteger",
    "math.mininteger",
    "2^53",
    "2^63",
    "'7'",
    "'0x.8'",
    "1e100",
    "3",
    "-3",
    "'x'",
    "8",
    "10",
];
const TABLES: &[&str] = &[
    "{}",
    "{1, 2, 3}",
    "{'a', 'b'}",
    "{3, 1, 2}",
    "{1, 'x'}",
    "{x = 1}",
    "{1, nil, 3}",
    "{{}, {}}",
    "setmetatable({}, {__metatable = 'locked'})",
    "setmetatable({}, {__name = 'Named'})",
    "setmetatable({}, {__index = {1, 2, 3}})",
    "setmetatable({}, {__len = function() return 2 end})",
    "setmetatable({}, {__len = function() return 'x' end})",
    "setmetatable({}, {__len = function() return 1.5 end})",
    "setmetatable({}, {__tostring = function() return 'T' end})",
    "setmetatable({}, {__tostring = function() return 1 end})",
    "setmetatable({}, {__pairs = function() return 1, 2, 3, 4 end})",
    "setmetatable({}, {__call = function(...) return ... end})",
    "{year = 2020, month = 2, day = 30}",
    "{year = 2020, month = 'x', day = 1}",
    "{year = 2020}",
    "{year = 1.5, month = 1, day = 1}",
    "{__index = {}}",
    "{__name = 'N'}",
    "setmetatable({}, {__name = 1})",
    "setmetatable({}, {__newindex = function(...) P(...) end})",
    "{year = 1 << 40, month = 1, day = 1}",
    "setmetatable({}, {__len = function() return math.maxinteger end})",
    "setmetatable({}, {__eq = function() return true end})",
];
const FUNCTIONS_AS_VALUES: &[&str] = &[
    "function() end",
    "function(...) return ... end",
    "print",
    "function(a, b) return a < b end",
    "function() error('e') end",
    "function() error({}) end",
    "type",
    "string.len",
    "coroutine.yield",
    "function(a, b) return true end",
    "error",
];
const COROUTINES: &[&str] = &[
    "coroutine.create(function(...) return ... end)",
    "coroutine.create(function() coroutine.yield(1) end)",
    "coroutine.running()",
    "coroutine.create(error)",
    "coroutine.create(coroutine.yield)",
];

fn argument(rng: &mut Prng, kind: u8) -> String {
    if rng.chance(120) {
        return argument(rng, b'?');
    }
    if rng.chance(60) {
        return "nil".to_owned();
    }
    let from = match kind {
        b's' | b'S' => STRINGS,
        b'i' => INTEGERS,
        b'I' => SMALL,
        b'n' => NUMBERS,
        b't' => TABLES,
        b'f' => FUNCTIONS_AS_VALUES,
        b'c' => COROUTINES,
        _ => match rng.below(10) {
            0 | 1 => STRINGS,
            2..=4 => SMALL,
            5 | 6 => TABLES,
            7 => FUNCTIONS_AS_VALUES,
            8 => COROUTINES,
            _ => &["nil", "true", "false"],
        },
    };
    rng.pick(from).to_owned()
}

fn call(rng: &mut Prng, library: &str, name: &str, arguments: &[String]) -> Node {
    let full = if library.is_empty() { name.to_owned() } else { format!("{library}.{name}") };
    let list = arguments.join(", ");
    let after = if list.is_empty() { String::new() } else { format!(", {list}") };
    let mut text = match rng.below(9) {
        0..=2 => format!("P(pcall({full}{after}))"),
        3 => format!("P(pcall(function() return {full}({list}) end))"),
        4 => format!("P(pcall(function() return ({full}({list})) end))"),
        5 => format!("local loc = {full} P(pcall(function() loc({list}) end))"),
        6 => format!("P(pcall(function() local t = {{fld = {full}}} t.fld({list}) end))"),
        7 if library == "string" && !arguments.is_empty() => {
            format!(
                "P(pcall(function() local r = (({}):{name}({})) return r end))",
                arguments[0],
                arguments[1..].join(", ")
            )
        }
        7 => format!(
            "P(pcall(function() local t = setmetatable({{m = {full}}}, {{__name = 'Me'}}) return (t:m({list})) end))"
        ),
        _ => format!(
            "local co = coroutine.wrap(function(...) return {full}(...) end) P(pcall(co{after}))"
        ),
    };
    // Loops of 2^63 steps end nowhere, and a handler may yield here alone.
    if matches!(name, "remove" | "insert" | "move") {
        text = text.replace("return math.maxinteger", "return 3");
    }
    if name == "next" {
        // One key, so that there is one order.
        text = text.replace(", month = ", "} or {month = ").replace(", day = ", "} or {day = ");
    }
    if name == "xpcall" {
        text = text.replace("coroutine.yield", "rawlen");
    }
    // Time, memory and chance have no right answer.
    if matches!(name, "random" | "clock" | "collectgarbage" | "randomseed")
        || full == "os.time"
        || full == "os.date"
    {
        text =
            text.replacen("P(pcall(", "print((function(ok, m) return not ok and m end)(pcall(", 1);
        text.push(')');
    }
    line(text)
}

fn date(rng: &mut Prng) -> Node {
    let format: String = (0..rng.range(1, 3))
        .map(|_| {
            let letter = char::from(b' ' + rng.below(95) as u8);
            let known = rng.pick(&[
                'Y', 'm', 'd', 'H', 'M', 'S', 'p', 'j', 'y', 'a', 'A', 'b', 'B', 'c', 'x', 'X',
                'D', 'F', 'T', 'R', 'u', 'w', 'G', 'V', 'U', 'W', 'g', 'C', 'e', 'h', 'I', 'n',
                't', '%', 'r', 'Z', 'z',
            ]);
            let modifier = if rng.chance(150) { rng.pick(&["E", "O"]) } else { "" };
            format!("%{modifier}{}", if rng.chance(900) { known } else { letter })
        })
        .collect();
    let format = format.replace(['\'', '\\'], "");
    let time = match rng.below(4) {
        0 => rng.range(-5_000_000_000, 5_000_000_000).to_string(),
        1 => rng.range(0, 2_000_000_000).to_string(),
        2 => rng
            .pick(&[
                "0",
                "-1",
                "253402300799",
                "1e9",
                "1.5",
                "'0'",
                "math.maxinteger",
                "86399",
                "951782400",
                "-62135596800",
            ])
            .to_owned(),
        _ => rng.range(-800_000_000_000, 8_000_000_000_000).to_string(),
    };
    if rng.chance(200) {
        return line(format!(
            "local ok, t = pcall(os.date, '!*t', {time}) P(ok, ok and t.year or t, ok and t.month, ok and t.day, ok and t.hour, ok and t.min, ok and t.sec, ok and t.wday, ok and t.yday, ok and t.isdst)"
        ));
    }
    line(format!("P(pcall(os.date, '!{format}', {time}))"))
}

fn loaded(rng: &mut Prng) -> Node {
    let chunk = rng.pick(&[
        "'return 1, ...'", "'x ='", "'return x'", "''", "function() return nil end", "(function() local n = 0 return function() n = n + 1 return n < 3 and n or nil end end)()", "function() return {} end", "function() error('in reader') end",
        "(function() local n = 0 return function() n = n + 1 return ({'ret', 'urn ', '7', ''})[n] end end)()", "'\\26Lua'", "'# x\\nreturn 1'", "'error(\"deep\")'", "'local x <const> = 1; return function() return x end'", "nil", "42", "{}",
    ]);
    let name = rng.pick(&[
        "nil",
        "'=name'",
        "'@file.lua'",
        "'some text'",
        "'two\\nlines'",
        "'='",
        "''",
        "42",
        "{}",
        "('x'):rep(80)",
        "'@' .. ('y'):rep(80)",
        "'=' .. ('z'):rep(80)",
    ]);
    let mode = rng.pick(&["nil", "'t'", "'b'", "'bt'", "'x'", "''", "1", "{}"]);
    let env = rng.pick(&["", "", ", {x = 5}", ", nil", ", 1"]);
    line(format!(
        "local ok, f, m = pcall(load, {chunk}, {name}, {mode}{env}) P(ok, f, m) if ok and f then P(pcall(f, 3)) end"
    ))
}
