//! Compares what one generator makes with the reference, file by file.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test may stop, and says what it skipped"
)]

use super::program::{Node, render};
use super::{allowed, runner, shrink};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const MOST_SHRUNK: usize = 5;

/// A generator of programs, and what its programs must be like.
#[derive(Clone, Copy, Debug)]
pub struct Concept {
    /// The name in reports.
    pub name: &'static str,
    /// Makes a program from a seed and its number.
    pub program: fn(u64, u64) -> Vec<Node>,
    /// How many programs make one file.
    pub per_file: u64,
    /// The first version of the reference that is without the faults such programs meet.
    pub since: &'static str,
    /// Whether it is run by `moonfuel lua`, with everything that PUC-Rio's Lua has.
    pub full: bool,
    /// How many of a thousand programs may be wrong syntax.
    pub most_syntax: u64,
    /// How many of a thousand programs must end without an error.
    pub least_ok: u64,
    /// How many of a thousand outputs must be unlike every other.
    pub least_distinct: u64,
}

/// Returns a number from the environment.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Returns what the reference says its version is, or nothing (and says so) when
/// there is none.
pub fn reference_version() -> Option<String> {
    let Ok(output) = Command::new(runner::reference()).arg("-v").output() else {
        eprintln!("NOT TESTED: there is no {} here to compare with", runner::reference());
        return None;
    };
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&text).split_whitespace().nth(1).unwrap_or("").to_owned())
}

/// What the reference made of the programs.
#[derive(Debug, Default)]
struct Tally {
    programs: u64,
    syntax: u64,
    ok: u64,
    outputs: BTreeSet<u64>,
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
        // FNV-1a: only to tell outputs apart.
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        self.outputs.insert(output.iter().fold(0xcbf2_9ce4_8422_2325, mix));
    }
}

fn single(directory: &Path, full: bool, id: u64, program: &[Node]) -> (Vec<u8>, Vec<u8>) {
    let path = directory.join("single.lua");
    let run = || -> std::io::Result<_> {
        runner::write_batch(&path, &[(id, render(program))])?;
        runner::run_both(&path, full, Duration::from_secs(5))
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

fn report(directory: &Path, full: bool, id: u64, program: &[Node], version: &str) -> String {
    let mut differs = |program: &[Node]| {
        let (expected, actual) = single(directory, full, id, program);
        // What runs for ever in both (a counter was dropped) is no difference.
        expected.len() < 1 << 20 && !allowed::agree(&expected, &actual, version)
    };
    if !differs(program) {
        return format!("-- program {id} differs only after the programs before it in its file\n");
    }
    let small = shrink::shrink(program, 600, &mut differs);
    let (expected, actual) = single(directory, full, id, &small);
    format!(
        "-- program {id}, shrunk:\n{}-- the reference:\n{}-- moonfuel:\n{}",
        render(&small),
        String::from_utf8_lossy(&expected),
        String::from_utf8_lossy(&actual),
    )
}

/// Makes `programs` programs (unless `MOONFUEL_DIFF_PROGRAMS` says otherwise) and
/// stops the test when one of them prints something else than with the reference.
pub fn compare(concept: &Concept, programs: u64) {
    let Some(version) = reference_version() else { return };
    if &*version < concept.since {
        eprintln!("NOT TESTED: {} is for {} and later", concept.name, concept.since);
        return;
    }
    let programs = setting("MOONFUEL_DIFF_PROGRAMS", programs);
    let seed = setting("MOONFUEL_DIFF_SEED", 1);
    let full = concept.full || setting("MOONFUEL_DIFF_FULL", 0) != 0;
    if let Some(id) = std::env::var("MOONFUEL_DIFF_SHOW").ok().and_then(|text| text.parse().ok()) {
        print!("{}", render(&(concept.program)(seed, id)));
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let mut tally = Tally::default();
    let mut mismatches = Vec::new();
    for first in (0..programs).step_by(concept.per_file as usize) {
        let ids = first..programs.min(first + concept.per_file);
        let made: Vec<(u64, Vec<Node>)> = ids.map(|id| (id, (concept.program)(seed, id))).collect();
        let texts: Vec<(u64, String)> = made.iter().map(|(id, p)| (*id, render(p))).collect();
        let path = directory.path().join("batch.lua");
        runner::write_batch(&path, &texts).expect("the batch is written");
        let outputs = runner::run_both(&path, full, Duration::from_secs(15)).expect("both run");
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
            if !whole && !allowed::agree(&expected, &actual, &version) {
                (expected, actual) = single(directory.path(), full, id, &program);
            }
            tally.add(&expected);
            if concept.most_syntax < 10 && tally.syntax <= 8 && expected.starts_with(b"@syntax") {
                eprint!("-- program {id}: {}", String::from_utf8_lossy(&expected));
            }
            if !allowed::agree(&expected, &actual, &version) {
                mismatches.push((id, program));
            }
        }
    }
    let distinct = tally.outputs.len() as u64;
    eprintln!(
        "{}: {} programs of seed {seed} with {version}: {} ok, {} syntax errors, {distinct} different outputs, {} mismatches",
        concept.name,
        tally.programs,
        tally.ok,
        tally.syntax,
        mismatches.len(),
    );
    let shrunk =
        mismatches.iter().take(setting("MOONFUEL_DIFF_SHRINK", MOST_SHRUNK as u64) as usize);
    let reports: Vec<String> =
        shrunk.map(|(id, p)| report(directory.path(), full, *id, p, &version)).collect();
    assert!(mismatches.is_empty(), "{} mismatches\n{}", mismatches.len(), reports.join("\n"));
    let share = |count: u64| count * 1000 / tally.programs.max(1);
    assert!(share(tally.syntax) <= concept.most_syntax, "wrong syntax: {}", tally.syntax);
    assert!(share(tally.ok) >= concept.least_ok, "too few programs end well: {}", tally.ok);
    assert!(share(distinct) >= concept.least_distinct, "too many are alike: {distinct}");
}
