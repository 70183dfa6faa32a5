//! Programs about numbers: how they print, how they are read, what arithmetic and
//! loops make of them at the edges.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;
use super::program::{Node, line};
use super::text::{bytes, pieces, quote};

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x6e75, id);
    match rng.below(16) {
        0..=4 => vec![line(format!("local x = {}", double(rng))), prints(rng)],
        5 | 6 => vec![integer_format(rng)],
        7 => vec![any_format(rng)],
        8..=10 => numeral(rng),
        11 => based(rng),
        12 | 13 => operators(rng),
        14 => vec![counted(rng)],
        _ => vec![functions(rng)],
    }
}

/// Returns the text of a number that is finite, mostly.
pub fn double(rng: &mut Prng) -> String {
    let value = double_value(rng);
    if value.is_infinite() {
        return if value > 0.0 { "math.huge".to_owned() } else { "-math.huge".to_owned() };
    }
    match rng.below(3) {
        0 => format!("{value:?}"),
        1 => hex(value),
        _ => format!("{value:.17e}"),
    }
}

/// Writes a finite number the way C's `%a` does.
fn hex(value: f64) -> String {
    let bits = value.to_bits();
    let (exponent, mantissa) = ((bits >> 52 & 0x7ff) as i64, bits & ((1 << 52) - 1));
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (lead, exponent) = if exponent == 0 { (0, -1022) } else { (1, exponent - 1023) };
    format!("{sign}0x{lead}.{mantissa:013x}p{exponent}")
}

fn double_value(rng: &mut Prng) -> f64 {
    let near = |rng: &mut Prng, value: f64| {
        let bits = value.to_bits().wrapping_add_signed(rng.range(-3, 3));
        f64::from_bits(bits)
    };
    let value = match rng.below(10) {
        0..=2 => f64::from_bits(rng.next()),
        3 => {
            let power = 2f64.powi(rng.range(-1074, 1023) as i32);
            near(rng, power)
        }
        4 => {
            let power: f64 = format!("1e{}", rng.range(-323, 308)).parse().unwrap_or(0.0);
            near(rng, power)
        }
        5 => f64::from_bits(rng.next() >> rng.range(12, 63)),
        6 => (rng.next() >> rng.range(0, 63)) as i64 as f64,
        7 => rng.range(-1_000_000, 1_000_000) as f64 / rng.pick(&[2.0, 4.0, 8.0, 10.0, 100.0, 1e3]),
        8 => {
            // Few digits, any exponent: the shortest texts are near their neighbours'.
            let digits = rng.range(1, 99_999);
            format!("{digits}e{}", rng.range(-330, 308)).parse().unwrap_or(0.0)
        }
        _ => {
            // Halfway between two texts of 14 digits.
            let digits = rng.range(10_000_000_000_000, 99_999_999_999_999);
            format!("{digits}5e{}", rng.range(-40, 40)).parse().unwrap_or(0.0)
        }
    };
    let value = if value.is_nan() { 0.1 } else { value };
    if rng.chance(200) { -value } else { value }
}

/// Returns the text of an integer.
pub fn integer(rng: &mut Prng) -> String {
    let value = match rng.below(6) {
        0 => rng.range(-10, 300),
        1 => (rng.next() >> rng.range(0, 63)) as i64,
        2 => (1u64 << rng.range(0, 63)).wrapping_add_signed(rng.range(-2, 2)) as i64,
        3 => i64::MAX - rng.range(0, 2),
        4 => i64::MIN + rng.range(0, 2),
        _ => 10i64.pow(rng.range(0, 18) as u32) + rng.range(-1, 1),
    };
    if value == i64::MIN { "math.mininteger".to_owned() } else { value.to_string() }
}

/// Returns the text of an integer or a float, whose values meet near 2^53 and 2^63.
pub fn number(rng: &mut Prng) -> String {
    match rng.below(8) {
        0..=2 => integer(rng),
        3 | 4 => double(rng),
        5 => {
            let power = rng.pick(&[31, 32, 52, 53, 54, 62, 63, 64]);
            let value = near_power(rng, power);
            format!("{value:?}")
        }
        6 => rng
            .pick(&[
                "0.0",
                "-0.0",
                "1.5",
                "-1.5",
                "0.5",
                "math.huge",
                "-math.huge",
                "2^53",
                "-2^63",
                "2^63",
                "3.0",
                "-7.0",
                "1e308",
            ])
            .to_owned(),
        _ => rng.range(-9, 9).to_string(),
    }
}

fn near_power(rng: &mut Prng, power: i32) -> f64 {
    let bits = 2f64.powi(power).to_bits().wrapping_add_signed(rng.range(-2, 2));
    let value = f64::from_bits(bits);
    if rng.chance(400) { -value } else { value }
}

fn flags(rng: &mut Prng, all: &[&str]) -> String {
    let mut spec = String::from("%");
    if rng.chance(500) {
        spec.push_str(&pieces(rng, all, 3));
    }
    if rng.chance(500) {
        spec.push_str(&rng.range(1, 30).to_string());
    }
    if rng.chance(500) {
        spec.push('.');
        if rng.chance(900) {
            spec.push_str(&rng.range(0, 24).to_string());
        }
    }
    spec
}

fn prints(rng: &mut Prng) -> Node {
    let mut out = "P(tostring(x)".to_owned();
    for _ in 0..rng.range(1, 3) {
        let conversion = rng.pick(&["a", "A", "e", "E", "f", "g", "G", "g", "d", "i", "q", "s"]);
        let spec = if conversion == "q" { "%".to_owned() } else { flags(rng, FLAGS) };
        let spec = format!("'{spec}{conversion}'");
        out.push_str(&format!(", (select(2, pcall(string.format, {spec}, x)))"));
    }
    if rng.chance(300) {
        out.push_str(", math.tointeger(x), x == math.floor(x), x | 0 == x");
        out = out.replace("x | 0 == x", "(pcall(function() return x | 0 end))");
    }
    line(out + ")")
}

const FLAGS: &[&str] = &["-", "+", "#", "0", " "];

fn integer_format(rng: &mut Prng) -> Node {
    let conversion =
        rng.pick(&["d", "i", "x", "X", "o", "u", "c", "p", "d", "x", "g", "a", "s", "q", "f"]);
    let value = match rng.below(6) {
        _ if conversion == "p" => integer(rng),
        0..=3 => integer(rng),
        4 => quote(numeral_text(rng).as_bytes()),
        _ => number(rng),
    };
    line(format!("P(pcall(string.format, '<{}{conversion}>', {value}))", flags(rng, FLAGS)))
}

/// A format that is no good as often as it is.
fn any_format(rng: &mut Prng) -> Node {
    let mut format = String::new();
    for _ in 0..rng.range(1, 3) {
        if rng.chance(800) {
            format.push_str(&flags(rng, FLAGS));
        }
        if rng.chance(80) {
            format.push_str(
                rng.pick(&["100", ".100", ".", "..2", "-5-", "123", ".123", "$", "*", "l", "h"]),
            );
        }
        format.push_str(rng.pick(&[
            "d", "i", "x", "X", "o", "u", "c", "s", "q", "g", "G", "e", "E", "f", "F", "a", "A",
            "%", "y", "", "n", "5", " ", "b", "z",
        ]));
    }
    let mut call = format!("P(pcall(string.format, {}", quote(format.as_bytes()));
    for _ in 0..rng.range(0, 3) {
        let value = match rng.below(8) {
            0 | 1 => integer(rng),
            2 => number(rng),
            3 => quote(numeral_text(rng).as_bytes()),
            4 | 5 => quote(&bytes(rng, b"ab\0\n\r\"\\\x01\x7f\xff019 ", 12)),
            6 => rng.pick(&["true", "false", "nil", "1.5", "'x'"]).to_owned(),
            _ => "setmetatable({}, {__tostring = function() return 'me' end})".to_owned(),
        };
        call.push_str(", ");
        call.push_str(&value);
    }
    line(call + "))")
}

/// Numerals at the edges of what is one.
const NEARLY: [&str; 48] = [
    "inf",
    "nan",
    "0x",
    "0x.",
    "0x.p1",
    "1e",
    ".",
    "e1",
    "1..2",
    "0x1p",
    "1 2",
    "1_0",
    "--1",
    "+-1",
    "- 1",
    "0b1",
    "1f",
    "1L",
    "infinity",
    "1e1e1",
    "0x1.8.1",
    "1.",
    ".5",
    "5.e3",
    "0x.1",
    "0xA.",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "1e308",
    "1e309",
    "1e-400",
    "0x1p-1074",
    "0x1p-1075",
    "0x1.8p-1075",
    "0x1p1024",
    "0x.8p1025",
    "4.9e-324",
    "2.4e-324",
    "2.5e-324",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "0e9999999999",
    "1e99999999999",
    "0x0p99999999999",
    "1e-99999999999",
    "0x1p99999999999",
    "0x1p-99999999999",
];

/// Returns a text that is a numeral, or nearly one.
pub fn numeral_text(rng: &mut Prng) -> String {
    let digits = |rng: &mut Prng, from: &[u8], most: usize| {
        String::from_utf8_lossy(&bytes(rng, from, most)).into_owned()
    };
    // Digits, perhaps with a fraction and an exponent.
    let spelled = |rng: &mut Prng,
                   start: String,
                   (set, most): (&[u8], usize),
                   exponents: [&str; 6],
                   places| {
        let mut text = start + &digits(rng, set, most);
        if rng.chance(600) {
            text.push('.');
            text.push_str(&digits(rng, set, most));
        }
        if rng.chance(500) {
            text.push_str(rng.pick(&exponents));
            text.push_str(&digits(rng, b"0123456789", places));
        }
        text
    };
    let mut text = match rng.below(8) {
        0 => double(rng),
        1 => integer(rng),
        2 => {
            let exponents = ["e", "E", "e+", "e-", "E-", "p"];
            spelled(rng, String::new(), (b"0123456789", 22), exponents, 3)
        }
        3 | 4 => {
            let prefix = rng.pick(&["0x", "0X"]).to_owned();
            let exponents = ["p", "P", "p+", "p-", "P-", "e"];
            spelled(rng, prefix, (b"0123456789abcdefABCDEF", 20), exponents, 4)
        }
        5 => {
            // The middle between two doubles, written out, or next to it.
            let value = rng.next() >> 11 | 1 << 52;
            let middle = (u128::from(value) * 2 + 1) << rng.range(0, 60);
            let tail = rng.pick(&["", ".0", ".00000000000000000000001", "e0", "e5", "e-20"]);
            format!("{}{tail}", middle as i128 + i128::from(rng.range(-1, 1)))
        }
        6 => rng.pick(&NEARLY).to_owned(),
        _ => pieces(
            rng,
            &["0", "1", "9", ".", "e", "x", "p", "-", "+", " ", "a", "F", "0x", "\t"],
            8,
        ),
    };
    if rng.chance(150) {
        text = format!("{}{text}", rng.pick(&[" ", "-", "+", "\t", "\n", "- ", "0", "\x0b", "\0"]));
    }
    if rng.chance(150) {
        text.push_str(rng.pick(&[" ", "\n", "\r", "\x0c", " x", "0", ".", "e", "\0", "  "]));
    }
    text
}

fn numeral(rng: &mut Prng) -> Vec<Node> {
    let text = numeral_text(rng);
    let literal = quote(text.as_bytes());
    let mut out = vec![
        line(format!("local s = {literal}")),
        line("local n = tonumber(s) P(n, math.type(n), n and string.format('%a', n))"),
    ];
    let more = match rng.below(8) {
        0 => "P(load('return ' .. s)) P(pcall(load('return ' .. s) or P))".to_owned(),
        1 => "P(pcall(load, 'return ' .. s .. '..1')) P(load('x =' .. s .. 'x'))".to_owned(),
        2 => "P(math.tointeger(s), pcall(math.floor, s)) P(pcall(math.abs, s))".to_owned(),
        3 => {
            let op = rng.pick(&["+", "-", "*", "//", "%", "/", "&", "|", "~", "<<", ">>"]);
            format!("P(pcall(function() return s {op} 3, 7 {op} s end))")
        }
        4 => "P(pcall(function() return -s end)) P(pcall(function() return ~s end))".to_owned(),
        5 => "P(pcall(string.rep, 'x', s:sub(-1)))  P(pcall(string.char, s))".to_owned(),
        6 => "P(pcall(function() for i = s, 1 do break end end)) P(pcall(function() return s < 1 end))"
            .to_owned(),
        _ => "P(pcall(string.format, '%d', s)) P(pcall(string.format, '%.3f', s)) P(s .. 1, #s)"
            .to_owned(),
    };
    out.push(line(more));
    out
}

fn based(rng: &mut Prng) -> Vec<Node> {
    let base = if rng.chance(900) { rng.range(2, 36) } else { rng.range(-2, 40) };
    let text = match rng.below(3) {
        0 => numeral_text(rng),
        _ => {
            let most = (base.clamp(2, 36) as usize + rng.below(2)).min(36);
            let all = b"0123456789abcdefghijklmnopqrstuvwxyz";
            let text = bytes(rng, &all[..most], 20);
            let sign = rng.pick(&["", "", "-", " ", " -", "+", "- "]);
            let end = rng.pick(&["", "", " ", "\n", ".", "\0"]);
            format!("{sign}{}{end}", String::from_utf8_lossy(&text))
        }
    };
    let text = if rng.chance(300) { text.to_uppercase() } else { text };
    vec![line(format!("P(pcall(tonumber, {}, {base}))", quote(text.as_bytes())))]
}

fn operators(rng: &mut Prng) -> Vec<Node> {
    let (a, b) = (number(rng), number(rng));
    let op = rng.pick(&["+", "-", "*", "/", "//", "%", "//", "%", "&", "|", "~", "<<", ">>"]);
    let compare = rng.pick(&["<", "<=", "==", "~=", ">", ">="]);
    let (a, b) = if rng.chance(150) { (a.clone(), a) } else { (a, b) };
    let small = rng.range(-70, 70);
    vec![
        line(format!("P(pcall(function() return ({a}) {op} ({b}) end))")),
        line(format!("P(pcall(function(a, b) return a {op} b, b {op} a end, {a}, {b}))")),
        line(format!("P(pcall(function(a) return a {op} {small}, {small} {op} a end, {a}))")),
        line(format!(
            "local a, b = {a}, {b} P(a {compare} b, b {compare} a, ({a}) {compare} ({b}), a {compare} {small}, {small} {compare} a)"
        )),
        line(
            "P(-a, pcall(function() return ~a end)) P(math.max(a, b), math.min(a, b), math.ult(1, 2))",
        ),
    ]
}

fn counted(rng: &mut Prng) -> Node {
    let (start, end) = (number(rng), number(rng));
    let (start, end) = match rng.below(4) {
        0 => (start.clone(), format!("{start} + {}", rng.range(-6, 6))),
        1 => (
            rng.pick(&["math.maxinteger - 2", "math.mininteger + 2", "2^53 - 2", "1"]).to_owned(),
            end,
        ),
        _ => (start, end),
    };
    let step = match rng.below(4) {
        0 => String::new(),
        1 => format!(", {}", number(rng)),
        _ => format!(
            ", {}",
            rng.pick(&[
                "1",
                "-1",
                "2",
                "-2",
                "0.5",
                "-0.1",
                "1.0",
                "math.maxinteger",
                "math.mininteger",
                "0",
                "0.0",
                "1e300"
            ])
        ),
    };
    line(format!(
        "P(pcall(function() local n = 0 for i = {start}, {end}{step} do n = n + 1 P(i) if n > 4 then break end end return n end))"
    ))
}

fn functions(rng: &mut Prng) -> Node {
    let (a, b) = (number(rng), number(rng));
    let call = match rng.below(10) {
        0 => format!("math.floor, {a}"),
        1 => format!("math.ceil, {a}"),
        2 => format!("math.fmod, {a}, {b}"),
        3 => format!("math.modf, {a}"),
        4 => format!("math.ult, {a}, {b}"),
        5 => format!("math.abs, {a}"),
        6 => format!("math.tointeger, {a}"),
        7 => format!("math.sqrt, math.abs({a})"),
        8 => format!("string.rep, 'ab', {}", rng.range(-3, 5)),
        _ => format!("math.type, {a}"),
    };
    line(format!("P(pcall({call}))"))
}
