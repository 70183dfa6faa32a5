//! Compares random programs with PUC-Rio's `lua5.4`, output by output.
//!
//! `MOONFUEL_DIFF_PROGRAMS` says how many (10,000 unless set) and
//! `MOONFUEL_DIFF_SEED` which ones; `MOONFUEL_DIFF_SHOW` prints one and ends. Where there is no `lua5.4` the test says so and
//! passes.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop, and says what it skipped"
)]

#[path = "differential/allowed.rs"]
mod allowed;
#[path = "differential/expression.rs"]
mod expression;
#[path = "differential/feature.rs"]
mod feature;
#[path = "differential/generator.rs"]
mod generator;
#[path = "differential/prng.rs"]
mod prng;
#[path = "differential/program.rs"]
mod program;
#[path = "differential/runner.rs"]
mod runner;
#[path = "differential/shrink.rs"]
mod shrink;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use program::{Node, render};

const PER_FILE: u64 = 100;
const MOST_SHRUNK: usize = 5;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn has_reference() -> bool {
    let found = Command::new(runner::REFERENCE).arg("-v").output().is_ok();
    if !found {
        eprintln!("NOT TESTED: there is no {} on this machine to compare with", runner::REFERENCE);
    }
    found
}

/// What the reference made of the programs.
#[derive(Debug, Default)]
struct Tally {
    programs: u64,
    syntax: u64,
    ok: u64,
    outputs: BTreeSet<Vec<u8>>,
}

impl Tally {
    fn add(&mut self, output: &[u8]) {
        self.programs += 1;
        let last = output.split(|byte| *byte == b'\n').rev().find(|line| line.starts_with(b"@"));
        match last {
            Some(line) if line.starts_with(b"@ok") => self.ok += 1,
            Some(line) if line.starts_with(b"@syntax") => self.syntax += 1,
            _ => {}
        }
        self.outputs.insert(output.to_vec());
    }
}

fn single(directory: &Path, id: u64, program: &[Node]) -> (Vec<u8>, Vec<u8>) {
    let path = directory.join("single.lua");
    let run = || -> std::io::Result<_> {
        runner::write_batch(&path, &[(id, render(program))])?;
        runner::run_both(&path, Duration::from_secs(5))
    };
    let outputs = run().expect("both programs run");
    let mut actual = outputs.actual.get(&id).cloned().unwrap_or_default();
    if !outputs.complaint.is_empty() {
        actual.extend_from_slice(format!("[standard error] {}", outputs.complaint).as_bytes());
    }
    let expected = outputs.expected.get(&id).cloned().unwrap_or_default();
    // A program that crashes the reference cannot be compared.
    if outputs.reference_ended { (expected, actual) } else { (actual.clone(), actual) }
}

fn report(directory: &Path, id: u64, program: &[Node]) -> String {
    let mut differs = |program: &[Node]| {
        let (expected, actual) = single(directory, id, program);
        // What runs for ever in both (a counter was dropped) is no difference.
        expected.len() < 1 << 20 && !allowed::agree(&expected, &actual)
    };
    if !differs(program) {
        return format!("-- program {id} differs only after the programs before it in its file\n");
    }
    let small = shrink::shrink(program, 600, &mut differs);
    let (expected, actual) = single(directory, id, &small);
    format!(
        "-- program {id}, shrunk:\n{}-- lua5.4:\n{}-- moonfuel:\n{}",
        render(&small),
        String::from_utf8_lossy(&expected),
        String::from_utf8_lossy(&actual),
    )
}

#[test]
fn random_programs_print_what_lua_prints() {
    if !has_reference() {
        return;
    }
    let (programs, seed) =
        (setting("MOONFUEL_DIFF_PROGRAMS", 10_000), setting("MOONFUEL_DIFF_SEED", 1));
    if let Some(id) = std::env::var("MOONFUEL_DIFF_SHOW").ok().and_then(|text| text.parse().ok()) {
        print!("{}", render(&generator::program(seed, id)));
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let mut tally = Tally::default();
    let mut mismatches = Vec::new();
    for first in (0..programs).step_by(PER_FILE as usize) {
        let ids = first..programs.min(first + PER_FILE);
        let made: Vec<(u64, Vec<Node>)> =
            ids.map(|id| (id, generator::program(seed, id))).collect();
        let texts: Vec<(u64, String)> = made.iter().map(|(id, p)| (*id, render(p))).collect();
        let path = directory.path().join("batch.lua");
        runner::write_batch(&path, &texts).expect("the batch is written");
        let outputs = runner::run_both(&path, Duration::from_secs(15)).expect("both run");
        let whole = outputs.reference_ended && outputs.complaint.is_empty();
        if !whole {
            let (expected, actual) = (outputs.expected.len(), outputs.actual.len());
            eprintln!(
                "programs from {first}: {expected} and {actual} outputs, so one by one; {}",
                outputs.complaint
            );
        }
        for (id, program) in made {
            let nothing = Vec::new();
            let mut expected = outputs.expected.get(&id).unwrap_or(&nothing).clone();
            let mut actual = outputs.actual.get(&id).unwrap_or(&nothing).clone();
            if !whole && !allowed::agree(&expected, &actual) {
                (expected, actual) = single(directory.path(), id, &program);
            }
            tally.add(&expected);
            if tally.syntax <= 8 && expected.starts_with(b"@syntax") {
                eprint!("-- program {id}: {}", String::from_utf8_lossy(&expected));
            }
            if !allowed::agree(&expected, &actual) {
                mismatches.push((id, program));
            }
        }
    }
    let distinct = tally.outputs.len() as u64;
    eprintln!(
        "{} programs of seed {seed}: {} ok, {} syntax errors, {distinct} different outputs, {} mismatches",
        tally.programs,
        tally.ok,
        tally.syntax,
        mismatches.len(),
    );
    let shrunk =
        mismatches.iter().take(setting("MOONFUEL_DIFF_SHRINK", MOST_SHRUNK as u64) as usize);
    let reports: Vec<String> = shrunk.map(|(id, p)| report(directory.path(), *id, p)).collect();
    assert!(mismatches.is_empty(), "{} mismatches\n{}", mismatches.len(), reports.join("\n"));
    assert!(
        tally.syntax * 1000 <= tally.programs,
        "the generator writes wrong syntax: {tally:?}",
        tally = tally.syntax
    );
    assert!(tally.ok * 10 >= tally.programs * 6, "too few programs end well: {}", tally.ok);
    assert!(distinct * 10 >= tally.programs * 9, "too many programs are alike: {distinct}");
}
