//! Tests of what is found without a machine: it is what a machine finds, for the same units.

use super::super::{Captured, Machine, Outcome};
use super::{Found, find_alone};

const PATTERNS: [&str; 31] = [
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
];

/// What a machine says within its first step.
fn by_machine(src: &[u8], pat: &[u8], start: usize, budget: u64) -> Option<Found> {
    let mut machine = Machine::default();
    machine.begin(pat, start, false, None);
    let outcome = machine.run(src, pat, budget);
    let is_captured = pat.first() == Some(&b'(');
    let (at, len) = match outcome {
        Outcome::Matched { end } => {
            assert_eq!(machine.level(), usize::from(is_captured));
            assert_eq!(machine.capture(0, end), Ok(Captured::Span(machine.start(), end)));
            (Some(machine.start()), end - machine.start())
        }
        Outcome::Failed => (None, 0),
        _ => return None,
    };
    Some(Found { at, len, is_captured, used: machine.used() })
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
                    let mut wanted = by_machine(src, pat, start, budget);
                    if let Some(wanted) = wanted.as_mut().filter(|wanted| wanted.at.is_none()) {
                        wanted.len = found.len;
                    }
                    assert_eq!(Some(found), wanted, "{pat:?} in {src:?} from {start}");
                }
                // With fuel enough, none of them needs a machine but what is no class.
                let found = find_alone(src, pat, start, 1 << 20);
                assert!(found.is_some() || pat == b"%q", "{pat:?}");
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
        "", "a", "a.", "%.a", ".....", ".+", "..+", "%a%d*", "(.)+", "(.", ".)", "()", "(%)",
        "%d$", "%d%", "%a%1", "%a%bxy", "%a%f[x]", "%a[b]", "(.)(.)", ".(.)", "(..-)", "[a", "[",
        "[]", "[^]", "[a]b", "[a]+", "[a]*", "[a]?", "[a]-", "%d+", "%", "%b", "%f", "%1", "%.",
        "([a])", "^[a]", "[a]$", "[%",
    ];
    for pat in patterns {
        assert_eq!(find_alone(b"abc", pat.as_bytes(), 0, 4000), None, "{pat}");
    }
}
