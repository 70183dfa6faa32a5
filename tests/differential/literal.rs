//! Strings, comments and numerals in source text, and `utf8` on bytes of all kinds.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::number::numeral_text;
use super::prng::Prng;
use super::program::{Node, line};
use super::text::{bytes, pieces, quote};

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x6c69, id);
    match rng.below(8) {
        0..=2 => vec![line(escapes(rng))],
        3 => vec![line(long(rng))],
        4 => vec![line(source(rng))],
        5 => vec![line(compared(rng))],
        _ => codes(rng),
    }
}

/// A program text, compiled and run from a string.
fn checked(text: &str) -> String {
    format!(
        "local f, m = load({}, '=x') P(f and pcall(f) or m, f and select(2, pcall(f)))",
        quote(text.as_bytes())
    )
}

fn escapes(rng: &mut Prng) -> String {
    let body = pieces(
        rng,
        &[
            "a",
            "\\n",
            "\\t",
            "\\a\\b\\f\\r\\v",
            "\\\\",
            "\\'",
            "\\\"",
            "\\\n",
            "\\\r\n",
            "\\z ",
            "\\z\n  \t",
            "\\x41",
            "\\xfF",
            "\\x4",
            "\\xg0",
            "\\0",
            "\\9",
            "\\65",
            "\\065",
            "\\255",
            "\\256",
            "\\999",
            "\\1234",
            "\\u{41}",
            "\\u{7FF}",
            "\\u{20AC}",
            "\\u{10FFFF}",
            "\\u{7FFFFFFF}",
            "\\u{80000000}",
            "\\u{}",
            "\\u{41",
            "\\u41",
            "\\u{g}",
            "\\u{00000000041}",
            "\\q",
            "\\",
            "\n",
            "\r",
            "\0",
            "é",
            "\\z",
            "\\\n\r",
            "\"",
            "'",
            "--",
            "]]",
        ],
        4,
    );
    let mark = rng.pick(&["'", "\"", "'"]);
    let end = if rng.chance(950) { mark } else { "" };
    checked(&format!("return {mark}{body}{end}{}", rng.pick(&["", ", 1", " .. 'x'", " x"])))
}

fn long(rng: &mut Prng) -> String {
    let body = pieces(
        rng,
        &[
            "a", "\n", "\r\n", "\n\r", "\r", "]", "]]", "]=]", "[[", "\\n", "--", "\0", "=", "]=",
            " ",
        ],
        6,
    );
    let level = "=".repeat(rng.below(3));
    let close = "=".repeat(if rng.chance(800) { level.len() } else { rng.below(3) });
    let text = format!("[{level}[{body}]{close}]");
    match rng.below(3) {
        0 => checked(&format!("return {text}")),
        1 => checked(&format!("--{text}return 1\nreturn 2")),
        _ => checked(&format!("local x = 1 --{text} x = 2\nreturn x, {text}")),
    }
}

fn source(rng: &mut Prng) -> String {
    let numeral = numeral_text(rng);
    match rng.below(5) {
        0 => checked(&format!("return {numeral}")),
        1 => checked(&format!("return {numeral}..{numeral}")),
        2 => checked(&format!("return -{numeral}, {numeral} // 1")),
        3 => checked(&format!("#!shebang {numeral}\nreturn 1")),
        _ => checked(&format!(
            "return {numeral}{}",
            pieces(rng, &["=", "~=", "<<", ">>", "//", "::", "..", "...", ".", " 1", "x", ")"], 2)
        )),
    }
}

fn compared(rng: &mut Prng) -> String {
    let alphabet: &[u8] =
        rng.pick(&[b"ab\0".as_slice(), b"a\xff\x80\0".as_slice(), b"10 ".as_slice()]);
    let (a, b) = (quote(&bytes(rng, alphabet, 4)), quote(&bytes(rng, alphabet, 4)));
    format!(
        "local a, b = {a}, {b} P(a < b, a <= b, a == b, a > b, a >= b, a .. b, #a, {a} < {b}, a .. 1 .. b, a:reverse(), a:upper(), a:byte(1, -1))"
    )
}

const PARTS: &[&str] = &[
    "a",
    "\\u{7f}",
    "\\u{80}",
    "\\u{7ff}",
    "\\u{800}",
    "\\u{D7FF}",
    "\\u{D800}",
    "\\u{DFFF}",
    "\\u{FFFF}",
    "\\u{10000}",
    "\\u{10FFFF}",
    "\\u{110000}",
    "\\u{1FFFFF}",
    "\\u{200000}",
    "\\u{3FFFFFF}",
    "\\u{4000000}",
    "\\u{7FFFFFFF}",
    "\\x80",
    "\\xff",
    "\\xc0\\x80",
    "\\xe0\\x80\\x80",
    "\\xf8",
    "\\xc3",
    "\\xed\\xa0\\x80",
    "\\xf4\\x90\\x80\\x80",
    "\\0",
    "\\xe2\\x82",
    "z",
];

fn codes(rng: &mut Prng) -> Vec<Node> {
    let text = format!("local s = \"{}\"", pieces(rng, PARTS, 5));
    let lax = rng.pick(&["", "", ", true", ", false", ", nil", ", 1"]);
    let place = |rng: &mut Prng| rng.range(-6, 9).to_string();
    let (i, j) = (place(rng), place(rng));
    let call = match rng.below(8) {
        0 => format!("P(pcall(utf8.len, s, {i}, {j}{lax}))"),
        1 => format!("P(pcall(utf8.codepoint, s, {i}, {j}{lax}))"),
        2 => format!("P(pcall(utf8.offset, s, {i}{}))", if rng.chance(500) { format!(", {j}") } else { String::new() }),
        3 | 4 => format!("P(pcall(function() for p, c in utf8.codes(s{lax}) do P(p, c) end end))"),
        5 => format!("P(pcall(utf8.char, {}, {}))", rng.pick(&["0", "0x7fffffff", "0x80000000", "-1", "0x20ac", "1.0", "'65'"]), rng.pick(&["65", "0xd800", "1.5", "nil"])),
        6 => "local n = 0 for w in s:gmatch(utf8.charpattern) do n = n + 1 P(w) if n > 9 then break end end".to_owned(),
        _ => format!("P(utf8.len(s)) P(pcall(utf8.len, s, {i})) P(pcall(utf8.codepoint, s, {i}))"),
    };
    vec![line(text), line(call)]
}
