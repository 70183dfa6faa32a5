//! Tests of what is found without a machine: it is what a machine finds, for the same units.

use super::super::{Captured, Machine, Outcome};
use super::{Found, find_alone, find_anchored};

const PATTERNS: [&str; 41] = [
    ".",
    "[^ \t\r\n]",
    "[\"\\]",
    "[]x]",
    "[^]x]",
    "[a-c%d]",
    "[%a_%]]",
    "[x-]",
    "%d",
    "%S",
    "%z",
    "%q",
    "[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab]",
    "[%%]",
    "[0-9a-fA-F]",
    "[^%s]",
    "%A",
    "..",
    "%s%S",
    "%S%s",
    "%a%d",
    "%a%a%a%a",
    ".x",
    "%p%%",
    "%s%s ~",
    "....",
    "(.)",
    "(%d)",
    "(%s%s)",
    "(%w.%w)",
    "(%D%q)",
    "%w+",
    "(%w+)",
    "[^%s]+",
    "([^ ]+)",
    ".+",
    "(%s+)~",
    "%S+ ",
    "([^\"]*)\\",
    "[ ]*~",
    "[^aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab]+",
];

/// What a machine says within its first step.
fn by_machine(src: &[u8], pat: &[u8], start: usize, budget: u64, anchored: bool) -> Option<Found> {
    let mut machine = Machine::default();
    machine.begin(pat, start, anchored, None);
    let outcome = machine.run(src, pat, budget);
    let is_captured = pat.first() == Some(&b'(');
    let (at, len, text) = match outcome {
        Outcome::Matched { end } => {
            assert_eq!(machine.level(), usize::from(is_captured));
            let start = machine.start();
            let Ok(Captured::Span(from, to)) = machine.capture(0, end) else {
                panic!("no capture of {pat:?}")
            };
            assert_eq!(from, start);
            (Some(start), end - start, to - from)
        }
        Outcome::Failed => (None, 0, 0),
        _ => return None,
    };
    Some(Found { at, len, text, is_captured, used: machine.used() })
}

/// Holds what was found without a machine to what one finds.
fn check(found: Found, src: &[u8], pat: &[u8], start: usize, budget: u64, anchored: bool) {
    let mut wanted = by_machine(src, pat, start, budget, anchored);
    if let Some(wanted) = wanted.as_mut().filter(|wanted| wanted.at.is_none()) {
        (wanted.len, wanted.text) = (found.len, found.text);
    }
    assert_eq!(Some(found), wanted, "{pat:?} in {src:?} from {start}, anchored: {anchored}");
}

#[test]
fn finds_what_a_machine_finds_for_the_same_units() {
    let long = [b' '; 700].as_slice();
    let sources: [&[u8]; 7] =
        [b"", b"x", b"   \"\\] 09_-a%", b"\0\xff q", b"    ", long, &[b'~'; 300]];
    let mut by_itself = 0;
    for pat in PATTERNS.map(str::as_bytes) {
        for src in sources {
            for start in [0, 1, 3, src.len()] {
                if start > src.len() {
                    continue;
                }
                for budget in [1, 2, 5, 30, 299, 300, 301, 302, 699, 701, 705, 4000] {
                    let Some(found) = find_alone(src, pat, start, budget) else { continue };
                    by_itself += 1;
                    check(found, src, pat, start, budget, false);
                }
                // With fuel enough, none of them needs a machine but what is no class.
                let found = find_alone(src, pat, start, 1 << 20);
                let needs =
                    pat == b"%q" || matches!(pat, [.., b'~' | b' ' | b'\\'] if pat.len() < 9);
                assert!(found.is_some() || needs, "{pat:?}");
            }
        }
    }
    assert!(by_itself > 2000, "{by_itself}");
}

#[test]
fn leaves_other_patterns_to_the_machine() {
    let long = format!("[{}]", "a".repeat(63));
    assert_eq!(find_alone(b"abc", long.as_bytes(), 0, 4000), None);
    let patterns = [
        "", "a", "a.", "%.a", ".....", "..+", "%a%d*", "(.)+", "(.", ".)", "()", "(%)", "%d$",
        "%d%", "%a%1", "%a%bxy", "%a%f[x]", "%a[b]", "(.)(.)", ".(.)", "(..-)", "[a", "[", "[]",
        "[^]", "[a]b", "[a]*", "[a]?", "[a]-", "%", "%b", "%f", "%1", "%.", "([a])", "^[a]",
        "[a]$", "[%",
    ];
    for pat in patterns {
        assert_eq!(find_alone(b"abc", pat.as_bytes(), 0, 4000), None, "{pat}");
    }
}

#[test]
fn random_patterns_are_found_as_by_a_machine() {
    let mut seed = 20_261_130_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    const ITEMS: [&str; 12] = [
        "a",
        "%a",
        "%d",
        "%S",
        ".",
        "[ab]",
        "[^,]",
        "[%w_]",
        "%.",
        "[^aaaaaaaaaaaaaaaab]",
        ",",
        "%s",
    ];
    const REPEATS: [&str; 8] = ["", "+", "+", "*", "*", "?", "-", ""];
    let (mut alone, mut anchored) = ([0; 2], [0; 2]);
    for _ in 0..60_000 {
        let mut pat = String::new();
        let is_captured = random(2) == 0;
        pat.push_str(if is_captured { "(" } else { "" });
        pat.push_str(ITEMS[random(ITEMS.len())]);
        pat.push_str(REPEATS[random(REPEATS.len())]);
        pat.push_str(if is_captured && random(20) > 0 { ")" } else { "" });
        if random(2) == 0 {
            pat.push_str(ITEMS[random(ITEMS.len())]);
            pat.push_str(REPEATS[random(4)]);
        }
        let length = random(12);
        let src: Vec<u8> = (0..length).map(|_| b"aab1, .,_"[random(9)]).collect();
        let (pat, start) = (pat.as_bytes(), random(length + 1));
        let budget = [4000, 1000, 1 + random(12) as u64][random(3)];
        if let Some(found) = find_alone(&src, pat, start, budget) {
            alone[usize::from(found.at.is_some())] += 1;
            check(found, &src, pat, start, budget, false);
        }
        if let Some(found) = find_anchored(&src, pat, start, budget) {
            anchored[usize::from(found.at.is_some())] += 1;
            check(found, &src, pat, start, budget, true);
        }
    }
    // Both ways, found and not found.
    assert!(alone.iter().chain(&anchored).all(|count| *count > 1000), "{alone:?} {anchored:?}");
}
