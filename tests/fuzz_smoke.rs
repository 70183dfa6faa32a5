//! The fuzz targets' checks over mutations of their corpus, without a fuzzer.
//!
//! `MOONFUEL_FUZZ_SECONDS=600 cargo test --release --test fuzz_smoke -- --test-threads 1
//! --nocapture` goes on for longer, says how many inputs a second were tried, and begins from
//! a seed that `MOONFUEL_FUZZ_SEED` may set. `MOONFUEL_FUZZ_INPUT=file` tries what a fuzzer
//! has found: name the test of its target too.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_types,
    reason = "a test may stop, and this one stops by the clock"
)]

#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "the fuzz targets' crate exports what it has")]
mod checks;
#[path = "fuzz_smoke/mutate.rs"]
mod mutate;

use mutate::{Random, mutate};
use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// Mutations of each corpus when nothing else is asked for, and the time they may
/// take: on a slow machine fewer are made.
const MUTATIONS: u64 = 2_500;
const SECONDS: u64 = 10;

/// What an input is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Of {
    Source,
    Text,
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

fn both(first: &str, second: &str) -> Vec<Vec<u8>> {
    [corpus(first), corpus(second)].concat()
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Checks the corpus as it is, and then mutations of it.
fn mutations(name: &str, of: Of, corpus: &[Vec<u8>], most: u64, check: fn(&[u8])) {
    assert!(corpus.len() >= 10, "{name} has too small a corpus");
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
    if let Some(path) = env::var_os("MOONFUEL_FUZZ_INPUT") {
        return checked(&fs::read(path).unwrap());
    }
    corpus.iter().for_each(|text| checked(text));
    let asked = number("MOONFUEL_FUZZ_SECONDS");
    let began = Instant::now();
    let until = began + Duration::from_secs(asked.unwrap_or(SECONDS));
    let mut random = Random(number("MOONFUEL_FUZZ_SEED").unwrap_or(20_240_607) | 1);
    let mut made = 0;
    let mut text = Vec::new();
    while Instant::now() < until && (asked.is_some() || made < most) {
        // Some mutations start from the last one, so that they go further.
        if made % 3 == 0 || text.is_empty() {
            text.clone_from(&corpus[random.below(corpus.len())]);
        }
        mutate(&mut text, corpus, of == Of::Source, &mut random);
        checked(&text);
        made += 1;
    }
    if asked.is_some() {
        let a_second = made as f64 / began.elapsed().as_secs_f64();
        println!("{name}: {made} inputs, {a_second:.0} a second");
    }
    assert!(made > 50, "only {made} mutations in {SECONDS} seconds");
}

#[test]
fn any_bytes_are_parsed_or_refused() {
    mutations("parse", Of::Source, &corpus("parse"), MUTATIONS, checks::parse);
}

#[test]
fn what_is_compiled_and_written_down_is_what_it_was() {
    mutations("compile", Of::Source, &corpus("parse"), MUTATIONS / 5, checks::compile);
}

#[test]
fn any_bytes_run_the_same_in_slices() {
    mutations("run", Of::Source, &corpus("run"), MUTATIONS, checks::run);
}

#[test]
fn slices_of_every_size_are_the_same_run() {
    mutations("slices", Of::Source, &both("run", "slices"), MUTATIONS / 10, checks::slices);
}

#[test]
fn traces_replay_and_show_damage() {
    mutations("replay", Of::Source, &both("run", "slices"), MUTATIONS / 10, checks::replay);
}

#[test]
fn sessions_are_restored_as_they_were_or_not_at_all() {
    mutations("restore", Of::Source, &both("run", "rollback"), MUTATIONS / 10, checks::restore);
}

#[test]
fn runs_that_fail_leave_nothing_behind() {
    mutations("rollback", Of::Source, &corpus("rollback"), MUTATIONS / 5, checks::rollback);
}

#[test]
fn patterns_match_what_a_naive_matcher_matches() {
    mutations("pattern", Of::Text, &corpus("pattern"), 4 * MUTATIONS, checks::pattern);
}

#[test]
fn formats_are_those_of_c() {
    mutations("format", Of::Text, &random_corpus(60), 4 * MUTATIONS, checks::format);
}

#[test]
fn what_is_packed_is_unpacked() {
    mutations("pack", Of::Text, &corpus("pack"), 4 * MUTATIONS, checks::pack);
}

#[test]
fn numbers_are_read_and_shown_as_they_are() {
    mutations("number", Of::Text, &corpus("number"), 4 * MUTATIONS, checks::number);
}

#[test]
fn json_is_read_and_written_as_it_is() {
    mutations(
        "json_roundtrip",
        Of::Text,
        &corpus("json_roundtrip"),
        4 * MUTATIONS,
        checks::json_roundtrip,
    );
}

#[test]
fn host_functions_take_anything() {
    mutations("host_args", Of::Text, &random_corpus(60), MUTATIONS / 2, checks::host_args);
}

#[test]
fn no_damage_to_a_precompiled_chunk_does_harm() {
    mutations("undump", Of::Source, &corpus("run"), MUTATIONS / 5, checks::undump);
}

#[test]
fn weak_tables_hold_what_stays() {
    mutations("weak", Of::Text, &random_corpus(1_200), MUTATIONS / 20, checks::weak);
}

/// Inputs whose bytes are choices: any are as good as others to begin with.
fn random_corpus(longest: usize) -> Vec<Vec<u8>> {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let bytes = |i| (0..longest * i * i / 1600).map(|_| random.below(256) as u8).collect();
    (1..=40).map(bytes).collect()
}
