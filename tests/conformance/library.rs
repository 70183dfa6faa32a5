//! The official suite in sessions: a library's runs must not show how they are cut into
//! slices, nor when the collector runs.
//!
//! A session has less than the files use, so a file may end with an error: then every run of
//! it must end with that error, after the same output and for the same fuel.

use crate::Choice;
use crate::each::each;
use crate::skips::Skips;
use crate::suite::{SETTINGS, files};
use moonfuel::{Chunk, Limits, Outcome, Profile, Report, Session};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

const NOT_RUN: &str = "library-not-run";

/// The slice that is compared with.
const LARGE: u64 = 1_000_000;

/// The most fuel of a file that is run in these slices: what a unit at a time takes a minute.
const SMALL: [(u64, u64); 2] = [(7, 400_000_000), (1, 60_000_000)];

/// How long a run may take; what is not over then is told, and compared no further.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Files that look at the collector itself: how much is in use, when what is weak goes;
/// one that nests coroutines until memory ends, of which stacks that do not shrink in
/// forced collections take more; and one whose traced collections print a dot more where a
/// collection has found the tracer dead when the run ends.
const COLLECTORS: [&str; 4] = ["cstack.lua", "gc.lua", "gengc.lua", "locals.lua"];

/// One way to run a file.
#[derive(Clone, Copy)]
struct Way {
    profile: Profile,
    slice: u64,
    /// Whether the collector runs at every allocation.
    stress: bool,
}

/// Runs a file in a new session; `None` if it takes too long.
fn run_file(folder: &Path, name: &str, way: Way) -> Option<Report> {
    let limits = Limits {
        fuel: 40_000_000_000,
        memory: 2 << 30,
        output: 64 << 20,
        source: 64 << 20,
        ..Limits::default()
    };
    let builder = Session::builder().limits(limits).profile(way.profile);
    let mut session = builder.build().expect("a session");
    let settings = session.run(SETTINGS);
    assert!(settings.is_done(), "{:?}", settings.outcome);
    provide_modules(&mut session, folder);
    session.set_collect_always(way.stress);
    let source = std::fs::read(folder.join(name)).expect("a file of the suite");
    let chunk = format!("@{name}");
    let mut run = session.start(Chunk::new(skip_first_comment(&source)).named(&chunk));
    let begun = Instant::now();
    let mut steps: u64 = 0;
    while !run.step(way.slice).is_ended() {
        steps += 1;
        let look = way.slice >= LARGE || way.stress || steps.is_multiple_of(4096);
        if look && begun.elapsed() > TIME_LIMIT {
            return None;
        }
    }
    Some(run.finish().1)
}

/// Gives a session the suite's own modules, which a session finds in no folder.
fn provide_modules(session: &mut Session, folder: &Path) {
    for name in ["bwcoercion", "tracegc"] {
        let source = std::fs::read(folder.join(name).with_extension("lua")).expect("a module");
        let code = b"local name, text = ...
            if package then package.preload[name] = load(text, '@' .. name .. '.lua') end";
        let mut chunk = Chunk::new(code);
        chunk.script_args = vec![name.as_bytes().to_vec(), source];
        let provided = session.run_chunk(chunk);
        assert!(provided.outcome == Outcome::Done(Ok("[]".into())), "{:?}", provided.outcome);
    }
}

/// A first line that begins with `#` is a file's, not a chunk's: its end stays, for the lines.
fn skip_first_comment(source: &[u8]) -> &[u8] {
    if source.first() != Some(&b'#') {
        return source;
    }
    let end = source.iter().position(|byte| *byte == b'\n');
    &source[end.unwrap_or(source.len())..]
}

/// Tells how a run ended, for the table.
fn ending(report: &Report) -> String {
    match &report.outcome {
        Outcome::Done(_) => "done".into(),
        Outcome::Failed(error) => {
            let text = String::from_utf8_lossy(&error.message).into_owned();
            format!("ends: {}", text.lines().next().unwrap_or_default())
        }
        other => format!("{other:?}"),
    }
}

/// Bytes in use before which no collection is due.
const FIRST_COLLECTION: u64 = 256 << 10;

/// What all ways to run a file came to.
struct Line {
    /// How it ended, and where runs differ.
    text: String,
    fuel: u64,
    peak: u64,
    problems: Vec<String>,
}

/// Chooses the profile in which a file gets farther.
fn farther(folder: &Path, name: &str) -> Option<(Profile, Report)> {
    let run = |profile| run_file(folder, name, Way { profile, slice: LARGE, stress: false });
    let compat = run(Profile::Compat)?;
    if compat.is_done() {
        return Some((Profile::Compat, compat));
    }
    match run(Profile::Full) {
        Some(full) if full.is_done() || full.usage.fuel_used > compat.usage.fuel_used => {
            Some((Profile::Full, full))
        }
        _ => Some((Profile::Compat, compat)),
    }
}

fn compare(folder: &Path, name: &str) -> Line {
    let late = format!("not within {} s", TIME_LIMIT.as_secs());
    let Some((profile, first)) = farther(folder, name) else {
        let problems = vec![format!("library: {name}: {late}")];
        return Line { text: late, fuel: 0, peak: 0, problems };
    };
    let (fuel, peak) = (first.usage.fuel_used, first.usage.memory_peak);
    let mut ways = Vec::new();
    let mut problems = Vec::new();
    for (slice, _) in SMALL.into_iter().filter(|(_, most)| fuel <= *most) {
        match run_file(folder, name, Way { profile, slice, stress: false }) {
            Some(report) if report == first => ways.push(slice.to_string()),
            Some(report) => {
                problems.push(difference(name, &format!("slices of {slice}"), &first, &report))
            }
            None => ways.push(format!("({slice} {late})")),
        }
    }
    // A collection that a script asks for, or that is due in one that has not paid for it,
    // costs what is in use.
    let source = std::fs::read(folder.join(name)).expect("a file of the suite");
    let priced =
        peak >= FIRST_COLLECTION || String::from_utf8_lossy(&source).contains("collectgarbage");
    if !COLLECTORS.contains(&name) {
        match run_file(folder, name, Way { profile, slice: LARGE, stress: true }) {
            Some(report)
                if report.outcome == first.outcome
                    && report.output == first.output
                    && (priced || report.usage.fuel_used == fuel) =>
            {
                ways.push("collecting".into());
            }
            Some(report) => problems.push(difference(name, "collecting always", &first, &report)),
            None => ways.push(format!("(collecting {late})")),
        }
    }
    let text = format!("{profile:?}: {}; equal: {}", ending(&first), ways.join(", "));
    Line { text, fuel, peak, problems }
}

/// Says in what two reports differ.
fn difference(name: &str, way: &str, first: &Report, second: &Report) -> String {
    let same = |text: &Report| String::from_utf8_lossy(&text.output).into_owned();
    let (a, b) = (same(first), same(second));
    let line = a.lines().zip(b.lines()).position(|(a, b)| a != b);
    format!(
        "library: {name}, {way}: {} and {}; {:?} and {:?}; first different line of output: {line:?}",
        ending(first),
        ending(second),
        first.usage,
        second.usage
    )
}

/// Runs the files, prints the table and returns what is wrong.
pub(crate) fn run(folder: &Path, choice: &Choice, skips: &mut Skips) -> Vec<String> {
    let mut names = files(folder);
    names.retain(|name| choice.has(name));
    println!(
        "{:18}  {:>13}  {:>11}  in a session, slices of {LARGE}",
        "as a library", "fuel", "peak bytes"
    );
    names.retain(|name| match skips.take(NOT_RUN, name) {
        Some(reason) => {
            println!("{name:18}  {:>13}  {:>11}  not run: {reason}", "-", "-");
            false
        }
        None => true,
    });
    let lines = each(&names, |name| {
        catch_unwind(AssertUnwindSafe(|| compare(folder, name))).unwrap_or_else(|_| Line {
            text: "PANIC".into(),
            fuel: 0,
            peak: 0,
            problems: vec![format!("library: {name}: a panic")],
        })
    });
    let mut problems = Vec::new();
    for (name, line) in names.iter().zip(lines) {
        println!("{name:18}  {:>13}  {:>11}  {}", line.fuel, line.peak, line.text);
        problems.extend(line.problems);
    }
    problems
}
