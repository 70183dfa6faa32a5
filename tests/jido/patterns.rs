//! `jido.grep` finds what the crate `regex` does, and no pattern holds a run up.

use super::{Place, everything, session, values};
use moonfuel::{Chunk, Limits, Outcome};
use regex::bytes::Regex;
use std::time::{Duration, Instant};

const PATTERNS: [&str; 36] = [
    "",
    "a",
    "^",
    "$",
    "^$",
    ".",
    "a.c",
    "^ab",
    "ab$",
    "^ab$",
    "a|b",
    "(a|b)*c",
    "a+b?",
    "[^a]",
    "[a-c]{2,3}",
    "a{3}",
    r"\bab\b",
    r"\Bb",
    r"\w+\s\w+",
    r"\d",
    r"\.",
    "(?i)AB",
    "(?i)É",
    "é",
    "(?-u:\\xff)",
    "(?s).",
    "(?m)^b",
    r"\Aab\z",
    "(?:ab)+",
    "a*?b",
    "[[:alpha:]]+[0-9]",
    r"\pL{4}",
    "x*",
    "(?x) a b",
    "(ab|a)(c|bcd)",
    r"\r$",
];

#[test]
fn lines_match_as_the_crates_patterns_do() {
    let mut lines: Vec<Vec<u8>> = [
        "",
        "a",
        "b",
        "ab",
        "abc",
        "aab",
        "aaab",
        "abcd",
        "xaby",
        "ab cd",
        "AB",
        "éab",
        "ab é ab",
        "É",
        "caé",
        "a.c",
        "12 a3",
        "ab\r",
        "\r",
        "a\tb",
        "   ",
        "abab abab",
    ]
    .iter()
    .map(|line| line.as_bytes().to_vec())
    .collect();
    lines.push(b"\xff".to_vec());
    lines.push(b"ab\xffab".to_vec());
    // Beyond what is looked at in one piece, with the match at either side of an end.
    for length in [255, 256, 257, 5000] {
        lines.push([&b"z".repeat(length)[..], b"ab"].concat());
        lines.push([&b"ab "[..], &b"z".repeat(length)].concat());
        lines.push(["é".repeat(length).as_bytes(), b" ab "].concat());
    }
    let place = Place::new();
    place.write("lines.txt", lines.join(&b'\n'));
    let mut session = session(&place, everything());
    for pattern in PATTERNS {
        let regex = Regex::new(pattern).unwrap();
        let matching = (1..).zip(&lines).filter(|(_, line)| regex.is_match(line));
        let want: Vec<usize> = matching.map(|(number, _)| number).collect();
        let code = format!(
            "local r = {{}} for i, found in ipairs(jido.grep([==[{pattern}]==], 'lines.txt')) do \
             r[i] = found.line end return r"
        );
        assert_eq!(values(&mut session, &code), serde_json::json!([want]), "{pattern}");
    }
}

/// A pattern whose automaton has a new state at nearly each byte takes microseconds for each.
#[test]
fn no_pattern_holds_a_run_up() {
    let place = Place::new();
    // What looks like chance to an automaton that remembers the last 300 bytes.
    let mut seed = 1u32;
    let mut letter = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if seed >> 31 == 0 { b'a' } else { b'b' }
    };
    let text: Vec<u8> = (0..4_000_000).map(|_| letter()).collect();
    place.write("long.txt", &text);
    place.write("short.txt", text.chunks(100).collect::<Vec<_>>().join(&b'\n'));
    // At the end of each line it is sure that this is none.
    let ends = text.chunks(240).map(|line| [line, b"x"].concat());
    place.write("ends.txt", ends.collect::<Vec<_>>().join(&b'\n'));
    let mut session = session(&place, everything());
    let limits = Limits { fuel: 20_000_000, ..Limits::unlimited() };
    let patterns =
        ["a[ab]{300}c", "(?:a|b|ab|ba)*a[ab]{500}z", "(a[ab]{50}){5}c", "^[ab]*a[ab]{200}$"];
    for pattern in patterns {
        for file in ["long.txt", "short.txt", "ends.txt"] {
            let code = format!("return jido.grep('{pattern}', '{file}')");
            let begin = Instant::now();
            let report = session.run_chunk(Chunk::new(code.as_bytes()).limits(limits.clone()));
            let took = begin.elapsed();
            let ended = matches!(report.outcome, Outcome::OutOfFuel | Outcome::Done(_));
            assert!(ended, "{pattern} {file}: {:?}", report.outcome);
            assert!(took < Duration::from_secs(20), "{pattern} {file}: {took:?}");
            if pattern.starts_with('^') && file == "ends.txt" {
                // States are paid that are made in lines which are not looked through.
                assert!(matches!(report.outcome, Outcome::OutOfFuel), "{:?}", report.outcome);
            }
        }
    }
}

/// Where letters that are not ASCII stand beside Unicode's limits of words, the automaton does
/// not do.
#[test]
fn places_at_work_in_a_program_are_paid() {
    let place = Place::new();
    place.write("f", format!("é{}\n", "a".repeat(3000)).repeat(2000));
    let mut session = session(&place, everything());
    for pattern in
        [r"(?:a{1,9}){1,100}\bq", r"(?:a|ab|b|c){1,100}\bq", r"\b(?:[a-z]{1,40}){1,12}q\b"]
    {
        let source = format!("return #jido.grep([[{pattern}]], 'f')");
        let limits = Limits { fuel: 20_000_000, ..Limits::default() };
        let begin = Instant::now();
        let report = session.run_chunk(Chunk::new(source.as_bytes()).limits(limits));
        assert_eq!(report.outcome, Outcome::OutOfFuel, "{pattern}");
        assert!(begin.elapsed() < Duration::from_secs(10), "{pattern}: {:?}", begin.elapsed());
    }
}

#[test]
fn stars_stop_at_whole_characters() {
    let place = Place::new();
    for name in ["日本", "é", "abc"] {
        place.write(name, "");
    }
    let mut session = session(&place, everything());
    for (pattern, want) in
        [("*?", 3), ("*??", 2), ("*???", 1), ("?", 1), ("??", 1), ("*本", 1), ("*[本é]", 2)]
    {
        let source = format!("return #jido.glob('{pattern}')");
        assert_eq!(values(&mut session, &source), serde_json::json!([want]), "{pattern}");
    }
}
