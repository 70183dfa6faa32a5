//! Invariant "A unit of fuel is worth its time": nothing that a script can repeat costs
//! more CPU for one unit than a small multiple of what the loop itself costs.
//!
//! Each script in `tests/prices` makes ready, prints a line, and then repeats for ever what
//! it thinks is too cheap. It runs in slices, and the time that this thread spends on a
//! CPU after the line, divided by the units it used, is its price; an empty loop,
//! measured right before and after it, is the measure. Of a script that prints nothing,
//! the latter half of a run is measured. Words of the first line say what
//! a script needs: `mem=1G`, `profile=compat`, `slice=1000` (slices that stay so small: what is
//! done anew in each of them shows). `PRICES_FOLDER` names another folder, and
//! `PRICES_ONLY` words, with commas between them, of which a script's name holds one.
//!
//! With `PRICES_CALLGRIND=1`, and `valgrind` there, instructions are counted instead of
//! time, in the command: slower, and the same at each run.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may stop, and this one prints what it measured"
)]

#[path = "programs/corpus.rs"]
mod corpus;
#[path = "programs/each.rs"]
mod each;

use moonfuel::{Chunk, Limits, Profile, Run, Session, Step};
use rustix::time::{ClockId, clock_gettime};
use std::process::Command;

/// As in the command: what the allocator costs is a part of the price.
#[global_allocator]
static ALLOCATOR: moonfuel::alloc::SmallBlocks = moonfuel::alloc::SmallBlocks;

/// Units that may not cost more than this many of the loop's.
const MOST: f64 = 20.0;
/// What a development build may cost more, by the loop's own price: its library code is
/// less optimized than the one function that the loop is.
const UNOPTIMIZED: f64 = 2.0;
/// Seconds of CPU that are enough to tell a price.
const ENOUGH: f64 = 0.12;
/// Units that are enough to tell a price.
const ENOUGH_UNITS: u64 = 8_000_000;
/// Attempts before a price that is too high is believed.
const ATTEMPTS: usize = 3;
/// Units that making ready may use.
const READY_UNITS: u64 = 400_000_000;

const LOOP: &[u8] = b"print('ready') local x = 0 for i = 1, 1e18 do x = x + i end";

/// Seconds this thread has spent on a CPU.
fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// What a script's first line asks for.
struct Needs {
    memory: String,
    profile: Option<&'static str>,
    /// Units of the largest slice that is measured.
    slice: u64,
}

fn needs(source: &[u8]) -> Needs {
    let line = source.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let word = |name: &str| {
        let found = line.split_whitespace().find_map(|word| word.strip_prefix(name));
        found.map(|found| found.trim_end_matches(',').to_owned())
    };
    Needs {
        memory: word("mem=").unwrap_or_else(|| "64M".to_owned()),
        profile: word("profile=").map(|name| match name.as_str() {
            "compat" => "compat",
            "full" => "full",
            _ => "strict",
        }),
        slice: word("slice=").map_or(1 << 19, |units| units.parse().expect("a number of units")),
    }
}

fn bytes(size: &str) -> u64 {
    let (digits, unit) = size.split_at(size.len() - 1);
    let shift = match unit {
        "K" => 10,
        "M" => 20,
        "G" => 30,
        _ => panic!("a size in K, M or G: {size}"),
    };
    digits.parse::<u64>().expect("a number") << shift
}

fn start(name: &str, source: &[u8]) -> Run {
    let needs = needs(source);
    let limits = Limits { fuel: u64::MAX / 2, memory: bytes(&needs.memory), ..Limits::default() };
    let profile = match needs.profile {
        Some("compat") => Profile::Compat,
        Some("full") => Profile::Full,
        _ => Profile::Strict,
    };
    let builder = Session::builder().limits(limits).profile(profile).hash_key(1);
    builder.build().expect("a session").start(Chunk::new(source).named(name))
}

/// Goes on for one slice. The script must not end.
fn go_on(run: &mut Run, name: &str, units: u64) {
    assert!(!matches!(run.step(units), Step::Ended), "{name} has ended");
}

/// Goes on until the script has made ready. Returns the units that took, to the next
/// few thousand.
fn make_ready(run: &mut Run, name: &str) -> u64 {
    let mut used = 0;
    while run.take_output().is_empty() {
        assert!(used < READY_UNITS, "{name} is not ready");
        let slice = (used / 16).max(1_000);
        go_on(run, name, slice);
        used += slice;
    }
    used
}

/// Tells whether a script says when it is ready.
fn says_ready(source: &[u8]) -> bool {
    source.windows(6).any(|word| word == b"print(")
}

/// Returns the seconds a unit costs once the script is ready.
fn price(name: &str, source: &[u8], enough: f64) -> f64 {
    let mut run = start(name, source);
    if !says_ready(source) {
        return price_of_last(&mut run, name, enough);
    }
    make_ready(&mut run, name);
    let begin = cpu_seconds();
    let (mut used, mut slice, most) = (0, 64, needs(source).slice);
    loop {
        go_on(&mut run, name, slice);
        used += slice;
        let spent = cpu_seconds() - begin;
        if spent > enough || used > ENOUGH_UNITS {
            return spent / used as f64;
        }
        slice = (slice * 2).min(most);
    }
}

/// Returns the seconds a unit costs in the latter half of a run: making ready is in the
/// former.
fn price_of_last(run: &mut Run, name: &str, enough: f64) -> f64 {
    let mut slice = 1_000;
    loop {
        let begin = cpu_seconds();
        go_on(run, name, slice);
        let spent = cpu_seconds() - begin;
        if spent > enough / 2.0 || slice > ENOUGH_UNITS {
            return spent / slice as f64;
        }
        slice *= 2;
    }
}

/// What a unit of the script costs, as a multiple of the loop's, the least of several
/// attempts while it is too high.
fn multiple(name: &str, source: &[u8], most: f64) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..ATTEMPTS {
        let before = price("loop", LOOP, 0.02);
        let own = price(name, source, ENOUGH);
        let after = price("loop", LOOP, 0.02);
        // What is disturbed takes longer: of the loop's two prices the higher one is closer
        // to what the loop cost in between.
        least = least.min(own / before.max(after));
        if least <= most {
            break;
        }
    }
    least
}

/// Counts the instructions of the command running a script for so many units.
fn instructions(path: &str, source: &[u8], fuel: u64) -> f64 {
    let needs = needs(source);
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args([env!("CARGO_BIN_EXE_moonfuel"), "run", "--timeout", "0", "--fuel"])
        .arg(fuel.to_string())
        .args(["--memory", &needs.memory, "--profile", needs.profile.unwrap_or("strict"), path])
        .output()
        .expect("valgrind");
    let text = String::from_utf8_lossy(&output.stderr);
    let count = text.lines().find_map(|line| line.split("Collected : ").nth(1));
    count.and_then(|count| count.trim().parse().ok()).expect("a count of instructions")
}

/// As [`multiple`], by instructions.
fn counted_multiple(folder: &str, name: &str, source: &[u8]) -> f64 {
    const UNITS: u64 = 1_000_000;
    let slope = |path: &str, source: &[u8], ready: u64| {
        let low = instructions(path, source, ready);
        (instructions(path, source, ready + UNITS) - low) / UNITS as f64
    };
    let loop_path = std::env::temp_dir().join("moonfuel-price-loop.lua");
    std::fs::write(&loop_path, LOOP).expect("a file for the loop");
    let measure = slope(&loop_path.to_string_lossy(), LOOP, 10_000);
    let path = format!("{folder}/{name}.lua");
    let ready = match says_ready(source) {
        true => make_ready(&mut start(name, source), name),
        false => UNITS,
    };
    slope(&path, source, ready) / measure
}

#[test]
fn no_unit_costs_more_than_a_few_of_the_loop() {
    let folder = std::env::var("PRICES_FOLDER")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/prices").to_owned());
    let only = std::env::var("PRICES_ONLY").unwrap_or_default();
    let callgrind = std::env::var("PRICES_CALLGRIND").is_ok_and(|set| set == "1")
        && Command::new("valgrind").arg("--version").output().is_ok();
    let most = if cfg!(debug_assertions) && !callgrind { MOST * UNOPTIMIZED } else { MOST };

    let mut scripts = corpus::read_folder(&folder);
    let chosen = |name: &str| only.split(',').any(|word| name.contains(word));
    // The command has no full profile.
    let runs = |source: &[u8]| !callgrind || needs(source).profile != Some("full");
    scripts.retain(|(name, source)| chosen(name) && runs(source));
    assert!(!scripts.is_empty(), "no scripts in {folder}");
    let prices = each::each(&scripts, |(name, source)| {
        if callgrind {
            counted_multiple(&folder, name, source)
        } else {
            multiple(name, source, most)
        }
    });
    let mut found: Vec<_> = prices.into_iter().zip(scripts.iter().map(|(name, _)| name)).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (price, name) in &found {
        println!("{price:10.1} {name}{}", if *price > most { "  too cheap" } else { "" });
    }
    let above = found.iter().filter(|(price, _)| *price > most).count();
    assert!(above == 0, "{above} of {} scripts pay too little", found.len());
}
