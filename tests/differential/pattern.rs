//! Programs about patterns, well formed or not.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;
use super::program::{Node, line};
use super::text::{bytes, pieces, quote};

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x7061_7474, id);
    let alphabet: &[u8] = rng.pick(&[
        b"ab".as_slice(),
        b"abc()".as_slice(),
        b"aA1 .-%".as_slice(),
        b"a\0\xe9]^".as_slice(),
    ]);
    let most = rng.pick(&[3, 8, 20]);
    let subject = quote(&bytes(rng, alphabet, most));
    let pattern = quote(pattern(rng).as_bytes());
    let mut out = vec![line(format!("local s, p = {subject}, {pattern}"))];
    for _ in 0..rng.range(1, 3) {
        out.push(use_of(rng));
    }
    out
}

const SINGLES: &[&str] = &[
    "a", "b", "c", ".", "%a", "%d", "%s", "%w", "%l", "%u", "%p", "%x", "%c", "%g", "%A", "%D",
    "%S", "%W", "%L", "%.", "%%", "%-", "%(", "%)", "%]", "%\0", "\0", "é", "-", "^", "$", "]",
    " ", "%z", "%Z", "1", "A",
];

fn set(rng: &mut Prng) -> String {
    let mut out = "[".to_owned();
    if rng.chance(300) {
        out.push('^');
    }
    if rng.chance(150) {
        out.push(']');
    }
    out.push_str(&pieces(
        rng,
        &[
            "a", "b", "c", "a-c", "0-9", "%a", "%d", "%w", "%s", "%]", "%-", "-", "^", ".", "[",
            "%", "b-a", "a-", "\0", "%a-z", "a-%d", "A-z",
        ],
        4,
    ));
    if rng.chance(950) {
        out.push(']');
    }
    out
}

fn item(rng: &mut Prng, depth: usize) -> String {
    let mut out = match rng.below(20) {
        0..=8 => rng.pick(SINGLES).to_owned(),
        9..=11 => set(rng),
        12 | 13 if depth > 0 => {
            let count = rng.below(3);
            let inner: String = (0..count).map(|_| item(rng, depth - 1)).collect();
            format!("({inner})")
        }
        14 => "()".to_owned(),
        15 => format!("%{}", rng.range(0, 3)),
        16 => rng.pick(&["%b()", "%bab", "%baa", "%b", "%b("]).to_owned(),
        17 => format!("%f{}", if rng.chance(950) { set(rng) } else { "a".to_owned() }),
        18 if rng.chance(300) => {
            rng.pick(&["(", ")", "[", "%", "(()", "[^", "[]", "[%"]).to_owned()
        }
        _ => rng.pick(SINGLES).to_owned(),
    };
    if rng.chance(450) {
        out.push_str(rng.pick(&["*", "+", "-", "?", "*", "-"]));
    }
    out
}

fn pattern(rng: &mut Prng) -> String {
    let mut out = String::new();
    if rng.chance(200) {
        out.push('^');
    }
    let most = rng.pick(&[2, 4, 6]);
    for _ in 0..rng.range(0, most) {
        out.push_str(&item(rng, 2));
    }
    if rng.chance(150) {
        out.push('$');
    }
    out
}

fn replacement(rng: &mut Prng) -> String {
    match rng.below(8) {
        0..=2 => quote(
            pieces(rng, &["x", "%0", "%1", "%2", "%%", "<", ">", "%9", "%", "%a", ""], 4)
                .as_bytes(),
        ),
        3 => "{a = 'x', b = 1, ab = false, [1] = 'one', [2] = 2.5, c = {}}".to_owned(),
        4 => "function(...) P(...) return ... end".to_owned(),
        5 => "function(a) return a ~= 'a' and (a .. '!') end".to_owned(),
        6 => rng
            .pick(&[
                "setmetatable({}, {__index = function(_, k) return k .. k end})",
                "string.upper",
                "type",
                "function() end",
            ])
            .to_owned(),
        _ => rng
            .pick(&[
                "1",
                "2.5",
                "true",
                "nil",
                "{}",
                "function() return {} end",
                "setmetatable({}, {__index = function(_, k) error(k) end})",
            ])
            .to_owned(),
    }
}

fn use_of(rng: &mut Prng) -> Node {
    let start = if rng.chance(400) { format!(", {}", rng.range(-5, 9)) } else { String::new() };
    line(match rng.below(8) {
        0 => format!("P(pcall(string.find, s, p{start}))"),
        1 => {
            let start = rng.range(-5, 9);
            format!(
                "P(pcall(string.find, s, p, {start}, {}))",
                rng.pick(&["true", "false", "nil", "1"])
            )
        }
        2 => format!("P(pcall(string.match, s, p{start}))"),
        3 | 4 => format!(
            "P(pcall(function() local n = 0 for a, b, c in s:gmatch(p{start}) do P(a, b, c) n = n + 1 if n > 9 then break end end end))"
        ),
        5 => format!(
            "P(pcall(string.gsub, s, p, {}, {}))",
            replacement(rng),
            rng.pick(&["0", "1", "2", "-1", "1.5", "'2'"])
        ),
        _ => format!("P(pcall(string.gsub, s, p, {}))", replacement(rng)),
    })
}
