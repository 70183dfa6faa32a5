//! Programs about `string.pack`, `string.unpack` and `string.packsize`.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::number::{double, integer, number};
use super::prng::Prng;
use super::program::{Node, line};
use super::text::{bytes, quote};

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x7061, id);
    let (mut format, mut values) = (String::new(), Vec::new());
    for _ in 0..rng.range(1, 6) {
        option(rng, &mut format, &mut values);
    }
    if rng.chance(30) {
        format.push_str(rng.pick(&["\0", "\0y", "\0b"]));
    }
    let format = quote(format.as_bytes());
    let arguments: String = values.iter().map(|value| format!(", {value}")).collect();
    let mut out = vec![
        line(format!("P(pcall(string.packsize, {format}))")),
        line(format!("local ok, s = pcall(string.pack, {format}{arguments}) P(ok, s)")),
    ];
    let position = rng.pick(&["1", "2", "-1", "3", "0", "#s", "#s + 1", "#s + 2", "-100", "1.5"]);
    let text = match rng.below(6) {
        0 | 1 => "s".to_owned(),
        2 => format!("s:sub(1, {})", rng.range(-4, 12)),
        3 => format!("s .. {}", quote(&bytes(rng, b"\0\x01\x7f\x80\xff", 9))),
        4 => format!("s:rep(2, {})", quote(&bytes(rng, b"\0\x01", 3))),
        _ => quote(&bytes(rng, b"\0\x01\x02\x03\x7f\x80\xffab", 40)),
    };
    out.push(line(format!("P(pcall(string.unpack, {format}, {text}))")));
    if rng.chance(400) {
        out.push(line(format!("P(pcall(string.unpack, {format}, {text}, {position}))")));
    }
    if rng.chance(50) {
        // Too large to be packed, not too large to be talked about.
        let large = rng.pick(&[
            "c99999999999",
            "c2147483647",
            "c2147483648",
            "c2147483639",
            "c2147483646b",
        ]);
        let after = rng.pick(&["", "b", "j", "!8 j", "c2147483647", "s"]);
        out.push(line(format!("P(pcall(string.packsize, '{large}{after}'), pcall(string.unpack, '{large}{after}', 'abc'))")));
    }
    out
}

fn size(rng: &mut Prng) -> String {
    match rng.below(12) {
        0..=3 => String::new(),
        4..=10 => rng.range(1, 16).to_string(),
        _ => rng
            .pick(&["0", "17", "00", "016", "99999999999", "2147483647", "2147483648", "1 "])
            .to_owned(),
    }
}

fn option(rng: &mut Prng, format: &mut String, values: &mut Vec<String>) {
    let option = rng.pick(&[
        "b", "B", "h", "H", "i", "I", "i", "I", "l", "L", "j", "J", "T", "f", "d", "n", "s", "s",
        "z", "x", "X", "X", " ", "<", ">", "=", "!", "!", "c", "c", "?", "y",
    ]);
    if matches!(option, "?" | "y") && rng.chance(800) {
        return;
    }
    format.push_str(option);
    match option {
        "i" | "I" | "s" | "!" => format.push_str(&size(rng)),
        "c" => {
            let length = rng.range(0, 8).to_string();
            let length = rng.pick(&[length.clone(), length.clone(), length, "c".to_owned()]);
            if rng.chance(950) {
                format.push_str(&length);
            }
        }
        "X" => {
            let after = rng.pick(&[
                "i", "b", "h", "l", "j", "d", "f", "s", "n", "c", "z", "x", "X", " ", "<", "",
            ]);
            format.push_str(after);
            if matches!(after, "i" | "s") {
                format.push_str(&size(rng));
            }
        }
        _ => {}
    }
    if rng.chance(30) {
        values.push(
            rng.pick(&["nil", "true", "{}", "1.5", "'1'", "'x'", "'1.5'", "2^53", "2^70"])
                .to_owned(),
        );
        return;
    }
    let value = match option {
        "b" | "B" | "h" | "H" | "i" | "I" | "l" | "L" | "j" | "J" | "T" => match rng.below(4) {
            0 => integer(rng),
            1 => rng.range(-300, 300).to_string(),
            2 => {
                let bits = rng.pick(&[7, 8, 15, 16, 23, 24, 31, 32, 39, 40, 47, 48, 55, 56]);
                format!("{}(1 << {bits}){}", rng.pick(&["", "-"]), rng.pick(&["", " - 1", " + 1"]))
            }
            _ => rng.range(0, 100).to_string(),
        },
        "f" | "d" | "n" if rng.chance(500) => double(rng),
        "f" | "d" | "n" => number(rng),
        "s" | "z" | "c" => {
            let most = if rng.chance(50) { 300 } else { 9 };
            let alphabet: &[u8] = if rng.chance(200) { b"ab\0\xff" } else { b"abc" };
            quote(&bytes(rng, alphabet, most))
        }
        _ => return,
    };
    values.push(value);
}
