//! Tests of the matcher: known results, and that where it stops never matters.

use super::{Captured, MAX_STORED, Machine, Outcome, PatternError};

/// Runs a search in slices of `budget` units, stored and restored between them;
/// returns the outcome, the machine and the units used in all.
fn sliced(src: &[u8], pat: &[u8], budget: u64) -> (Outcome, Machine, u64) {
    let anchored = pat.first() == Some(&b'^');
    let pat = if anchored { &pat[1..] } else { pat };
    let mut machine = Machine::default();
    machine.begin(pat, 0, anchored, None);
    let mut used = 0;
    loop {
        let outcome = machine.run(src, pat, budget);
        used += machine.used();
        if outcome != Outcome::OutOfBudget {
            return (outcome, machine, used);
        }
        assert!(machine.used() >= budget, "a slice must use its budget");
        let mut bytes = Vec::new();
        machine.save(&mut bytes);
        assert!(bytes.len() <= MAX_STORED);
        machine.restore(&bytes, src, pat).expect("stored by save");
    }
}

/// Shows a search's result as text: start, end and captures, or the error.
fn show(src: &str, pat: &str) -> String {
    let (outcome, machine, _) = sliced(src.as_bytes(), pat.as_bytes(), u64::MAX);
    render(src.as_bytes(), outcome, &machine)
}

fn render(src: &[u8], outcome: Outcome, machine: &Machine) -> String {
    let end = match outcome {
        Outcome::Matched { end } => end,
        Outcome::Failed => return "nil".into(),
        Outcome::Error(error) => return error.to_string(),
        Outcome::OutOfBudget => return "out of budget".into(),
    };
    let mut text = format!("{}-{end}", machine.start() + 1);
    for index in 0..machine.level() {
        text += &match machine.capture(index, end) {
            Ok(Captured::Position(position)) => format!(" @{position}"),
            Ok(Captured::Span(from, to)) => format!(" {}", String::from_utf8_lossy(&src[from..to])),
            Err(error) => format!(" {error}"),
        };
    }
    text
}

#[test]
fn finds_what_lua_finds() {
    let cases = [
        ("", "", "1-0"),
        ("alo", "", "1-0"),
        ("alo xyzK", "(%w+)K", "5-8 xyz"),
        ("hello world", "o w", "5-7"),
        ("  trim  ", "^%s*(.-)%s*$", "1-8 trim"),
        ("key = value", "(%w+)%s*=%s*(%w+)", "1-11 key value"),
        ("THE (quick) fox", "%((%a+)%)", "5-11 quick"),
        ("f(a(b)c)d", "%b()", "2-8"),
        ("f(a(b)c", "%b()", "4-6"),
        ("THE (quick) fox", "%f[%a]%a+%f[%A]", "1-3"),
        ("aaab", ".*b", "1-4"),
        ("aaa", ".-b", "nil"),
        ("aaab", "^.-b$", "1-4"),
        ("aba", "a*(.)%w(%s*)", "1-3 b "),
        ("=[[x]]==", "=(%[)%[", "1-3 ["),
        ("\"it's\"", "([\"'])(.-)%1", "1-6 \" it's"),
        ("abc", "()b()", "2-2 @2 @3"),
        ("a]b", "[]]", "2-2"),
        ("a^b", "[b^]", "2-2"),
        ("a-b", "[a-]-b", "1-3"),
        ("0123456789", "(.+(.?)())", "1-10 0123456789  @11"),
        ("x$y", "$y", "2-3"),
        ("xy", "y$", "2-2"),
        ("aaa", "a?a?a?aaa", "1-3"),
        ("a,b", "[^,]+$", "3-3"),
        ("x.y", "%.", "2-2"),
    ];
    for (src, pat, expected) in cases {
        assert_eq!(show(src, pat), expected, "{src:?} {pat:?}");
    }
}

#[test]
fn malformed_patterns_have_their_messages() {
    let cases = [
        ("a", "%", "malformed pattern (ends with '%')"),
        ("a", "[a", "malformed pattern (missing ']')"),
        ("a", "[]", "malformed pattern (missing ']')"),
        ("a", "[^]", "malformed pattern (missing ']')"),
        ("a", "[a%]", "malformed pattern (missing ']')"),
        ("a", "[a%", "malformed pattern (missing ']')"),
        ("a", "%f", "missing '[' after '%f' in pattern"),
        ("a", "%b", "malformed pattern (missing arguments to '%b')"),
        ("a", "%bx", "malformed pattern (missing arguments to '%b')"),
        ("a", ".)", "invalid pattern capture"),
        ("a", "%1", "invalid capture index %1"),
        ("a", "%0", "invalid capture index %0"),
        ("a", "(a)%2", "invalid capture index %2"),
        ("aa", "(a%1)", "invalid capture index %1"),
        ("a", "(a", "1-1 unfinished capture"),
        // Only what is reached is looked at.
        ("a", "b%", "nil"),
    ];
    for (src, pat, expected) in cases {
        assert_eq!(show(src, pat), expected, "{src:?} {pat:?}");
    }
}

#[test]
fn captures_are_limited_to_32() {
    assert!(show("a", &"()".repeat(32)).starts_with("1-0 @1"));
    assert_eq!(show("a", &"()".repeat(33)), PatternError::TooManyCaptures.to_string());
}

#[test]
fn depth_is_limited_as_in_puc() {
    let src = "a".repeat(300);
    assert_eq!(show(&src, &"a?".repeat(199)), "1-199");
    assert_eq!(show(&src, &"a?".repeat(200)), PatternError::TooComplex.to_string());
    assert_eq!(show(&src, &"a*".repeat(199)), "1-300");
    assert_eq!(show(&src, &"a*".repeat(201)), "1-300", "what fails to match nests nothing");
    assert_eq!(show(&src, &"a-".repeat(200)), PatternError::TooComplex.to_string());
}

#[test]
fn matches_ending_at_last_do_not_count() {
    let mut machine = Machine::default();
    machine.begin(b"x*", 1, false, Some(1));
    assert_eq!(machine.run(b"abc", b"x*", u64::MAX), Outcome::Matched { end: 2 });
    assert_eq!(machine.start(), 2);
}

/// A small generator: the tests must not depend on anything random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

#[test]
fn slices_change_neither_result_nor_price() {
    let items = [
        "a",
        "b",
        ".",
        "%a",
        "[ab]",
        "[^a]",
        "(",
        ")",
        "()",
        "%b()",
        "%f[%w]",
        "%1",
        "$",
        "[a-c%d_()x]",
        "[abcdefghijklmnopqrstuvwxyz]",
        "c",
    ];
    let repeats = ["", "", "*", "+", "-", "?"];
    let mut numbers = Numbers(42);
    let mut matched = 0;
    for _ in 0..4000 {
        let pat: String = (0..1 + numbers.below(5))
            .map(|_| format!("{}{}", numbers.pick(&items), numbers.pick(&repeats)))
            .collect();
        let pat = if numbers.below(8) == 0 { format!("^{pat}") } else { pat };
        let src: String = (0..numbers.below(24))
            .map(|_| numbers.pick(&["a", "b", "c", "(", ")", " ", "a", "b"]))
            .collect();
        let (src, pat) = (src.as_bytes(), pat.as_bytes());
        let (outcome, machine, used) = sliced(src, pat, u64::MAX);
        let whole = render(src, outcome, &machine);
        matched += usize::from(matches!(outcome, Outcome::Matched { .. }));
        for budget in [1, 7, 1000] {
            let (outcome, machine, sliced_used) = sliced(src, pat, budget);
            assert_eq!(render(src, outcome, &machine), whole, "{pat:?} on {src:?} by {budget}");
            assert_eq!(sliced_used, used, "price of {pat:?} on {src:?} by {budget}");
        }
    }
    assert!(matched > 500, "the patterns must match now and then: {matched}");
}

#[test]
fn price_grows_with_the_work() {
    let price = |n: usize, pat: &str| sliced("a".repeat(n).as_bytes(), pat.as_bytes(), u64::MAX).2;
    assert!(price(1000, "a-b") > 90 * price(100, "a-b"), "quadratic");
    assert!(price(10_000, "a*") >= 10_000);
    assert!(price(10_000, "b") >= 100, "even a search for a byte costs");
}

#[test]
fn a_machine_that_was_used_is_as_a_new_one() {
    let long = format!("[{}]b", "a".repeat(70));
    let five = "[a-c]*[d-f]*[g-i]*[j-l]*[m-o]*[^%s]*[a-c]+";
    let patterns: [&[u8]; 10] = [
        b"[a-c]+",
        b"[x-z]+",
        b"[^a]x",
        b"([^,]*),",
        b"[a-c][^d",
        b"%f[%a]%a+",
        five.as_bytes(),
        b"[]]",
        long.as_bytes(),
        b"(%b())[%d.]*",
    ];
    let subjects: [&[u8]; 4] =
        [b"abcxyz,abc d", b"(a(b)c)12.5 adgjmq abca", b"", b"aaaab ]],,, zzz a"];
    let run = |machine: &mut Machine, src: &[u8], pat: &[u8], start| {
        let mut stored = Vec::new();
        machine.begin(pat, start, false, None);
        machine.run(src, pat, 3);
        machine.save(&mut stored);
        machine.begin(pat, start, false, None);
        let outcome = machine.run(src, pat, u64::MAX);
        (render(src, outcome, machine), machine.used(), stored)
    };
    let mut used = Machine::default();
    // Each pattern after each other one, and after itself.
    for (at, first) in patterns.iter().enumerate() {
        for second in patterns[at..].iter().chain(&patterns) {
            for src in subjects {
                for (pat, start) in [(first, 0), (second, 0), (second, src.len() / 2)] {
                    let new = run(&mut Machine::default(), src, pat, start);
                    assert_eq!(run(&mut used, src, pat, start), new, "{}", show_bytes(pat));
                }
            }
        }
    }
}

fn show_bytes(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
