//! The fuzz targets' checks over mutations of their corpus, without a fuzzer.
//!
//! `MOONFUEL_FUZZ_SECONDS=600 cargo test --release --test fuzz_smoke` goes on for
//! longer and from a seed that `MOONFUEL_FUZZ_SEED` may set.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_types,
    reason = "a test may stop, and this one stops by the clock"
)]

#[path = "../fuzz/checks.rs"]
mod checks;

use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// Mutations of each corpus when nothing else is asked for, and the time they may
/// take: on a slow machine fewer are made.
const MUTATIONS: u64 = 2_500;
const SECONDS: u64 = 10;

/// Pieces that mutations put in.
const PIECES: &[&str] = &[
    " ",
    "\n",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    "--",
    "--[[",
    ";",
    ",",
    "...",
    "..",
    "=",
    "==",
    "~=",
    "<",
    "<=",
    ">>",
    "<<",
    "//",
    "/",
    "%",
    "^",
    "#",
    "&",
    "~",
    "|",
    "-",
    "not ",
    " and ",
    " or ",
    "nil",
    "true",
    "0",
    "-1",
    "1e308",
    "0x7fffffffffffffff",
    "math.mininteger",
    "1/0",
    "'a'",
    "'\\u{7FFFFFFF}'",
    "('x'):rep(1000)",
    "local a ",
    "local x <close> = ",
    "local c <const> = 1 ",
    " do ",
    " end ",
    "function(...) ",
    " return ",
    " break ",
    "goto l ",
    "::l::",
    "for i = 1, 9 do ",
    "for k, v in pairs(t) do ",
    "while true do ",
    "repeat ",
    " until x ",
    "if x then ",
    "else ",
    "pcall(",
    "error(",
    "error()",
    "setmetatable({}, {",
    "__index = ",
    "__gc = ",
    "__close = ",
    "__call = ",
    "__eq = ",
    "coroutine.wrap(",
    "coroutine.yield(",
    "coroutine.close(",
    "table.sort(",
    "table.concat(",
    "table.unpack(",
    "table.move(",
    "string.format(",
    "('%d %s %q'):format(",
    ":gsub('%w+', ",
    ":find(",
    ":rep(1e9)",
    "string.pack('i8', ",
    "collectgarbage()",
    "collectgarbage('count')",
    "load(",
    "select('#', ",
    "print(",
    "tostring(",
    "json.encode(",
    "json.decode(",
    "utf8.char(",
    "next(",
    "rawset(",
    "xpcall(f, print, ",
    "t",
    "x",
    "i",
    "_ENV",
    "os.exit(3)",
    "os.time()",
];

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % n.max(1) as u64) as usize
    }

    fn range(&mut self, text: &[u8]) -> std::ops::Range<usize> {
        let from = self.below(text.len() + 1);
        let longest = if self.below(4) == 0 { text.len() } else { 12 };
        from..(from + self.below(longest + 1)).min(text.len())
    }
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

fn mutate(text: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Random) {
    for _ in 0..=random.below(5) {
        let range = random.range(text);
        match random.below(7) {
            0 => drop(text.drain(range)),
            1 => {
                let copy = text[range].to_vec();
                let at = random.below(text.len() + 1);
                text.splice(at..at, copy);
            }
            2 => {
                let other = &corpus[random.below(corpus.len())];
                let piece = other[random.range(other)].to_vec();
                text.splice(range, piece);
            }
            3 if !text.is_empty() => {
                let at = random.below(text.len());
                text[at] = random.below(256) as u8;
            }
            4 => {
                let other = random.range(text);
                let copy = text[other].to_vec();
                text.splice(range, copy);
            }
            _ => {
                let piece = PIECES[random.below(PIECES.len())];
                text.splice(range.start..range.start, piece.bytes());
            }
        }
    }
    text.truncate(4096);
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Checks the corpus as it is, and then mutations of it.
fn mutations(name: &str, corpus: &[Vec<u8>], most: u64, check: fn(&[u8])) {
    assert!(corpus.len() >= 20);
    let checked = |text: &[u8]| {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(text))) {
            let script = String::from_utf8_lossy(text);
            let bytes: String = text.iter().map(|byte| format!("{byte:02x}")).collect();
            let message = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            panic!("{name}: {message:?}\n--- the script\n{script}\n--- its bytes\n{bytes}");
        }
    };
    corpus.iter().for_each(|text| checked(text));
    let asked = number("MOONFUEL_FUZZ_SECONDS");
    let until = Instant::now() + Duration::from_secs(asked.unwrap_or(SECONDS));
    let mut random = Random(number("MOONFUEL_FUZZ_SEED").unwrap_or(20_240_607) | 1);
    let mut made = 0;
    let mut text = Vec::new();
    while Instant::now() < until && (asked.is_some() || made < most) {
        // Some mutations start from the last one, so that they go further.
        if made % 3 == 0 || text.is_empty() {
            text.clone_from(&corpus[random.below(corpus.len())]);
        }
        mutate(&mut text, corpus, &mut random);
        checked(&text);
        made += 1;
    }
    assert!(made > 50, "only {made} mutations in {SECONDS} seconds");
}

#[test]
fn any_bytes_are_parsed_or_refused() {
    mutations("parse", &corpus("parse"), MUTATIONS, checks::parse);
}

#[test]
fn any_bytes_run_the_same_in_slices() {
    mutations("run", &corpus("run"), MUTATIONS, checks::run);
}

#[test]
fn no_damage_to_a_precompiled_chunk_does_harm() {
    mutations("undump", &corpus("run"), MUTATIONS / 5, checks::undump);
}

#[test]
fn weak_tables_hold_what_stays() {
    // Operations are bytes of any value: the corpus is but a beginning.
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let bytes = |length| (0..length).map(|_| random.below(256) as u8).collect();
    let corpus: Vec<_> = (1..=40).map(|i| 3 * i * i / 4).map(bytes).collect();
    mutations("weak", &corpus, MUTATIONS / 20, checks::weak);
}
