//! Runs that are saved in the midst of anything and go on elsewhere: the rest is the same, to
//! the byte and the unit; and what fails is undone to the same state.
//!
//! `MOONFUEL_SUSPENDED=200000 cargo test --release --lib suspended` tries so many moments.

use super::generated::{Prng, source as generated};
use super::refused_once::PROGRAMS;
use crate::session::run::Run;
use crate::vm::image::save::Purpose;
use crate::{Chunk, HostValue, Limits, Outcome, Profile, Report, Session, Step, Usage};
use std::path::Path;

/// What is seen of a run from the outside.
#[derive(Debug, PartialEq)]
struct Seen {
    outcome: Outcome,
    output: String,
    usage: Usage,
}

impl Seen {
    fn of(report: Report) -> Seen {
        let output = String::from_utf8_lossy(&report.output).into_owned();
        Seen { outcome: report.outcome, output, usage: report.usage }
    }
}

/// How a run is made.
#[derive(Clone, Copy, Debug)]
struct Kind {
    profile: Profile,
    fuel: u64,
    atomic: bool,
}

impl Kind {
    fn builder(self) -> crate::SessionBuilder {
        let limits = Limits { fuel: self.fuel, ..Limits::default() };
        Session::builder().limits(limits).profile(self.profile).atomic(self.atomic).hash_key(1)
    }

    fn start(self, source: &[u8]) -> Run {
        let mut session = self.builder().build().unwrap();
        let report = session.run_chunk(Chunk::new(PREPARE.as_bytes()).named("=prepare"));
        assert!(matches!(report.outcome, Outcome::Done(_)), "{report:?}");
        session.start(Chunk::new(source).named("=suspended"))
    }

    /// Makes a run of a run's image.
    fn again(self, run: &mut Run, fork: bool) -> Result<Run, String> {
        let purpose = if fork { Purpose::Fork } else { Purpose::Snapshot };
        let image = run.image(purpose).map_err(|unsaved| format!("{unsaved:?}"))?;
        // Nothing depends on the key of hashes but what says so.
        let other = self.builder().hash_key(2).build().unwrap();
        let (_, config, host) = other.apart();
        Run::of_image(&image, config, host).map_err(|fault| format!("{fault:?}"))
    }
}

/// What is there before the run, to be changed by it.
const PREPARE: &str = "
    SHARED = {n = 0, list = {}, big = {}, map = {}}
    for i = 1, 300 do SHARED.big[i] = i SHARED.map['k' .. i] = i end
    CO = coroutine.wrap(function() local n = 0 while true do n = n + 1 SHARED.n = n coroutine.yield(n) end end)
    CO()
    WEAK = setmetatable({}, {__mode = 'k'})
    do local up = 0 function COUNT() up = up + 1 return up end end
    NEXT = ('a b c d e f g h'):gmatch('%a')
";

/// What each run does before its own.
const TOUCH: &str = "
    SHARED.n = SHARED.n + 1 SHARED.list[#SHARED.list + 1] = {} SHARED.big[7] = 'seven' SHARED.map.k9 = nil
    SHARED.map.new = {} SHARED.big[#SHARED.big] = nil CO() COUNT() NEXT() WEAK[SHARED] = {}
";

fn drive(run: &mut Run) {
    while !run.step(u64::MAX).is_ended() {}
}

/// The whole of a run, unbroken: what is seen, the state before and after.
fn unbroken(kind: Kind, source: &[u8]) -> (Seen, String, String) {
    let mut run = kind.start(source);
    let before = String::new();
    drive(&mut run);
    let (mut session, report) = run.finish();
    (Seen::of(report), before, session.machine.0.canonical())
}

/// Runs a program, saves it at some fuel, and goes on with both.
fn at(
    kind: Kind,
    source: &[u8],
    fuel: u64,
    fork: bool,
    expected: &(Seen, String, String),
) -> Result<bool, String> {
    let mut run = kind.start(source);
    if run.step(fuel).is_ended() {
        return Ok(false);
    }
    let mut again = kind.again(&mut run, fork)?;
    let (one, other) = (run.session.machine.0.canonical(), again.session.machine.0.canonical());
    if let Some(difference) = super::atomic::difference_between(&one, &other) {
        return Err(format!("restored: {difference}"));
    }
    drive(&mut again);
    let (mut session, report) = again.finish();
    let seen = Seen::of(report);
    if seen != expected.0 {
        return Err(format!("{seen:?}\ninstead of\n{:?}", expected.0));
    }
    if let Some(difference) =
        super::atomic::difference_between(&expected.2, &session.machine.0.canonical())
    {
        return Err(format!("after: {difference}"));
    }
    // Saving has changed nothing.
    drive(&mut run);
    let seen = Seen::of(run.finish().1);
    if seen != expected.0 {
        return Err(format!("saved and gone on: {seen:?}\ninstead of\n{:?}", expected.0));
    }
    Ok(true)
}

/// The programs: small ones, conformance scripts, generated ones.
fn programs() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, source) in PROGRAMS {
        all.push((name.to_owned(), format!("{TOUCH} {source}").into_bytes()));
    }
    for id in 0..120 {
        all.push((
            format!("generated {id}"),
            format!("{TOUCH} {}", generated(11, id)).into_bytes(),
        ));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lua-conformance");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "lua"));
    paths.sort();
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        all.push((name, std::fs::read(&path).unwrap()));
    }
    all
}

#[test]
fn a_run_saved_anywhere_goes_on_as_if_it_had_not_been() {
    let tries = std::env::var("MOONFUEL_SUSPENDED").ok().and_then(|n| n.parse().ok());
    let tries: usize = tries.unwrap_or(1200);
    let programs = programs();
    let (mut saved, mut failures) = (0, Vec::new());
    for (number, (name, source)) in programs.iter().enumerate() {
        let mut prng = Prng::new(number as u64, 12);
        for atomic in [true, false] {
            let kind = Kind { profile: Profile::Strict, fuel: 3_000_000, atomic };
            let expected = unbroken(kind, source);
            let used = expected.0.usage.fuel_used;
            for _ in 0..(tries / programs.len() / 2).max(1) {
                let fuel = 1 + prng.next() % used.max(1);
                let fork = prng.chance(300);
                match at(kind, source, fuel, fork, &expected) {
                    Ok(went_on) => saved += usize::from(went_on),
                    Err(wrong) => {
                        failures.push(format!("{name} atomic {atomic} at {fuel}: {wrong}"))
                    }
                }
            }
        }
    }
    let shown: Vec<&String> = failures.iter().take(12).collect();
    assert!(failures.is_empty(), "{} of {saved}: {shown:#?}", failures.len());
    assert!(saved > tries / 2, "{saved}");
}

#[test]
fn host_values_are_not_needed_here() {
    assert_eq!(HostValue::Nil, HostValue::Nil);
    assert_ne!(Step::Running, Step::Ended);
}
