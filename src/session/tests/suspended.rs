//! Runs that are saved in the midst of anything and go on elsewhere: the rest is the same, to
//! the byte and the unit; and what fails is undone to the same state.
//!
//! `MOONFUEL_SUSPENDED=200000 cargo test --release --lib suspended` tries so many moments;
//! `MOONFUEL_SUSPENDED_FROM=n` makes it other programs and other moments.

mod damage;

use super::atomic::difference_between;
use super::generated::{Prng, number, source as generated};
use super::refused_once::PROGRAMS;
use crate::session::runs::run::Run;
use crate::{
    Chunk, Denied, Function, HostError, HostValue, Limits, Methods, Outcome, Policy, PolicyCall,
    Profile, Report, Session, Step, Usage, UserData, Variadic,
};
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
    /// Calls pass a policy.
    policy: bool,
}

const KINDS: [Kind; 4] = [
    Kind { profile: Profile::Strict, fuel: 3_000_000, atomic: true, policy: false },
    Kind { profile: Profile::Strict, fuel: 3_000_000, atomic: false, policy: true },
    Kind { profile: Profile::Compat, fuel: 3_000_000, atomic: true, policy: true },
    Kind { profile: Profile::Compat, fuel: 3_000_000, atomic: false, policy: false },
];

/// Lets everything through, and knows calls that wait again.
struct Witness;

impl Policy for Witness {
    fn ask(&self, call: &PolicyCall<'_>) -> Result<u64, Denied> {
        Ok(call.number)
    }

    fn save(&self, call: u64) -> Option<Vec<u8>> {
        Some(call.to_string().into_bytes())
    }

    fn restore(&self, call: &PolicyCall<'_>, saved: Option<&[u8]>) -> Result<u64, String> {
        let known = call.number.to_string();
        let is_known = saved == Some(known.as_bytes()) && call.path == "host.ask";
        is_known.then_some(call.number).ok_or(known)
    }
}

impl Kind {
    fn builder(self) -> crate::SessionBuilder {
        let limits = Limits { fuel: self.fuel, ..Limits::default() };
        let builder = Session::builder();
        let builder = if self.policy { builder.policy(Witness) } else { builder };
        builder
            .limits(limits)
            .profile(self.profile)
            .atomic(self.atomic)
            .hash_key(1)
            .function_with("host.echo", |_, args: Variadic<HostValue>| Ok::<_, HostError>(args))
            .function("host.plain", |args: Variadic<HostValue>| Ok(args))
            .function("host.fail", |()| -> Result<(), HostError> { Err(HostError::new("no")) })
            .function("host.keep", |_: Function| Ok(()))
            .pending_function("host.ask")
            .object::<Thing>()
            .function_with("host.thing", |cx, number: i64| cx.object(Thing(number)))
            .module("counter", "local n = 0 return {next = function() n = n + 1 return n end}")
    }

    fn start(self, source: &[u8]) -> Run {
        let mut session = self.builder().build().unwrap();
        let report = session.run_chunk(Chunk::new(PREPARE.as_bytes()).named("=prepare"));
        assert!(matches!(report.outcome, Outcome::Done(_)), "{report:?}");
        session.start(Chunk::new(source).named("=suspended"))
    }

    /// Makes a run of a run.
    fn again(self, run: &mut Run, fork: bool) -> Result<Run, String> {
        // Nothing depends on the key of hashes but what says so.
        let other = self.builder().hash_key(2);
        if fork {
            return run.fork(other).map_err(|error| error.to_string());
        }
        let bytes = run.snapshot().map_err(|error| error.to_string())?;
        other.restore_run(&bytes).map_err(|error| error.to_string())
    }
}

/// An object of the host's that can be saved.
pub(super) struct Thing(pub(super) i64);

impl UserData for Thing {
    const NAME: &'static str = "thing";

    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("number", |this, ()| Ok(this.0));
        methods.method("add", |this, more: i64| {
            this.0 += more;
            Ok(this.0)
        });
    }

    fn save(&self) -> Option<Vec<u8>> {
        Some(self.0.to_le_bytes().to_vec())
    }

    fn restore(bytes: &[u8]) -> Option<Self> {
        Some(Thing(i64::from_le_bytes(bytes.try_into().ok()?)))
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
    // If it has yielded, the one who asks now is another one.
    let _ = run.resume_with(RESUMED.map(HostValue::from).to_vec());
    loop {
        match run.step(u64::MAX) {
            Step::Ended => break,
            step => answer(run, step),
        }
    }
}

/// What `yield` returns.
const RESUMED: [i64; 3] = [1, 2, 3];

/// As [`answer`], of a run of which anything may be wrong.
fn answered(run: &mut Run, step: Step) {
    match step {
        Step::Pending(calls) => {
            for call in calls {
                let _ = run.answer(call.id, Ok(call.args.clone()));
            }
        }
        Step::Yielded(_) => {
            let _ = run.resume_with(RESUMED.map(HostValue::from).to_vec());
        }
        _ => {}
    }
}

/// Answers what the run waits for.
fn answer(run: &mut Run, step: Step) {
    match step {
        Step::Pending(calls) => {
            for call in calls {
                run.answer(call.id, Ok(call.args.clone())).unwrap();
            }
        }
        Step::Yielded(_) => run.resume_with(RESUMED.map(HostValue::from).to_vec()).unwrap(),
        _ => {}
    }
}

/// The whole of a run, unbroken: what is seen, the state before and after.
fn unbroken(kind: Kind, source: &[u8]) -> (Seen, String, String) {
    let mut run = kind.start(source);
    let before = String::new();
    drive(&mut run);
    let (mut session, report) = run.finish();
    (Seen::of(report), before, session.machine.0.canonical())
}

/// Goes on with a run and one that is made of it.
fn both(
    kind: Kind,
    mut run: Run,
    fork: bool,
    expected: &(Seen, String, String),
) -> Result<(), String> {
    let mut again = kind.again(&mut run, fork)?;
    let one = run.session.machine.0.canonical();
    if let Some(difference) = difference_between(&one, &again.session.machine.0.canonical()) {
        return Err(format!("restored: {difference}"));
    }
    drive(&mut again);
    let (mut session, report) = again.finish();
    let seen = Seen::of(report);
    if seen != expected.0 {
        drive(&mut run);
        let own = run.finish().1.usage;
        return Err(format!("{:?} saved {own:?} expected {:?}", seen.usage, expected.0.usage));
    }
    if let Some(difference) = difference_between(&expected.2, &session.machine.0.canonical()) {
        return Err(format!("after: {difference}"));
    }
    // Saving has changed nothing.
    drive(&mut run);
    let seen = Seen::of(run.finish().1);
    if seen != expected.0 {
        return Err(format!("saved and gone on: {seen:?}\ninstead of\n{:?}", expected.0));
    }
    Ok(())
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
    let mut left = fuel;
    loop {
        let used = run.fuel_used();
        match run.step(left) {
            Step::Ended => return Ok(false),
            step => {
                left = left.saturating_sub(run.fuel_used() - used);
                if left == 0 {
                    break;
                }
                answer(&mut run, step);
            }
        }
    }
    both(kind, run, fork, expected).map(|()| true)
}

/// The programs: small ones, conformance scripts, generated ones from some number on.
fn programs(from: u64) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, source) in PROGRAMS {
        all.push((name.to_owned(), format!("{TOUCH} {source}").into_bytes()));
    }
    for id in from..from + 120 {
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
    let tries = number("MOONFUEL_SUSPENDED").unwrap_or(1200) as usize;
    let from = number("MOONFUEL_SUSPENDED_FROM").unwrap_or(0);
    let programs = programs(from);
    let (mut saved, mut failures) = (0, Vec::new());
    for (at_program, (name, source)) in programs.iter().enumerate() {
        let mut prng = Prng::new(from + at_program as u64, 12);
        for kind in KINDS {
            let expected = unbroken(kind, source);
            let used = expected.0.usage.fuel_used;
            for _ in 0..(tries / programs.len() / KINDS.len()).max(1) {
                let fuel = 1 + prng.next() % used.max(1);
                let fork = prng.chance(300);
                match at(kind, source, fuel, fork, &expected) {
                    Ok(went_on) => saved += usize::from(went_on),
                    Err(wrong) => failures.push(format!("{name} {kind:?} at {fuel}: {wrong}")),
                }
            }
        }
    }
    let shown: Vec<&String> = failures.iter().take(12).collect();
    assert!(failures.is_empty(), "{} of {saved}: {shown:#?}", failures.len());
    assert!(saved > tries / 2, "{saved}");
}

/// At every moment: the return that closes variables may stand before another one.
#[test]
fn a_run_saved_while_variables_are_closed_goes_on() {
    let programs = programs(0);
    let (_, source) = programs.iter().find(|(name, _)| name == "closing variables").unwrap();
    let expected = unbroken(KINDS[0], source);
    for fuel in 1..=expected.0.usage.fuel_used {
        assert_eq!(at(KINDS[0], source, fuel, false, &expected).err(), None, "{fuel}");
    }
}

/// Programs that call the host in every way.
const CALLS: [&str; 7] = [
    "local t = {json.array({1, nil, {3}}), [2.5] = 'x', [true] = {1, 2}, s = ('y'):rep(3000), f = print}
     local u = host.echo(t, 'two', nil, 4.5) print(json.encode(u[1]), u[2.5], #u.s, u.f == print)
     print(select('#', host.plain(1, 'a', {2}, nil)), pcall(host.fail), pcall(host.echo, coroutine.create(print)))",
    "local co = coroutine.wrap(function() local x = host.ask('one', {1, 2}) coroutine.yield(x) return host.ask(print) end)
     print(co(), co() == print) local t = {3, 1, 2}
     table.sort(t, function(a, b) return host.ask(a) < host.ask(b) end) print(table.concat(t, ','))
     print(pcall(function() local x <close> = setmetatable({}, {__close = function() print(host.ask('close')) end}) error(host.ask('e'), 0) end))
     print((('abc'):gsub('%a', function(c) return host.ask(c) .. host.echo(c) end)))
     for i = 1, host.ask(3) do print(i, host.ask(('z'):rep(i * 400)) == ('z'):rep(i * 400)) end",
    "local t = {} for i = 1, 9 do t[i] = {i % 2 == 0 and host.ask or host.echo, ('x'):rep(i * 90), {i, {a = i, f = print}}, nil, i} end
     for _, v in ipairs(host.all(t)) do print(v.ok, v.n, #v[1], v[2][2].a, v[4]) end
     print(pcall(host.all, {{host.echo}, {print}}))",
    "for i = 1, 5 do print(select('#', yield(('x'):rep(500), {i}, print))) end print(yield())",
    "local t = host.thing(5) print(t:number(), t:add(2), host.ask(t):number(), host.echo(t) == t) THING = t
     t:add(1) print(t:number()) host.keep(function() return t end) print(host.echo(function() return 7 end)())",
    "local c = require('counter') print(c.next(), c.next(), require('counter').next()) print(pcall(require, 'missing'))",
    "local big = {} for i = 1, 400 do big[i] = {i, tostring(i), {x = i / 2, y = {i}}} end
     local text = json.encode(big) print(#text, #json.decode(text), pcall(json.decode, text .. ']'))
     local echoed = host.echo(big) print(#echoed, echoed[400][3].y[1], #json.encode(echoed))
     return {big, text, ('long '):rep(2000)}",
];

#[test]
fn a_run_saved_at_every_call_of_the_host_goes_on() {
    let (mut saved, mut failures) = (0, Vec::new());
    for (number, source) in CALLS.iter().enumerate() {
        for kind in KINDS {
            let source = format!("{TOUCH} {source}");
            let expected = unbroken(kind, source.as_bytes());
            assert!(matches!(expected.0.outcome, Outcome::Done(Ok(_))), "{:?}", expected.0);
            // At each place where the host has the word, and at many others.
            for stop in 0..200 {
                let mut run = kind.start(source.as_bytes());
                let mut at = 0;
                let ended = loop {
                    match run.step(u64::MAX) {
                        Step::Ended => break true,
                        _ if at == stop => break false,
                        step => answer(&mut run, step),
                    }
                    at += 1;
                };
                if ended {
                    break;
                }
                match both(kind, run, stop % 3 == 0, &expected) {
                    Ok(()) => saved += 1,
                    Err(wrong) => failures.push(format!("{number} {kind:?} stop {stop}: {wrong}")),
                }
            }
            let mut prng = Prng::new(number as u64, 13);
            for _ in 0..60 {
                let fuel = 1 + prng.next() % expected.0.usage.fuel_used;
                match at(kind, source.as_bytes(), fuel, prng.chance(300), &expected) {
                    Ok(went_on) => saved += usize::from(went_on),
                    Err(wrong) => failures.push(format!("{number} {kind:?} at {fuel}: {wrong}")),
                }
            }
        }
    }
    let shown: Vec<&String> = failures.iter().take(8).collect();
    assert!(failures.is_empty(), "{} of {saved}: {shown:#?}", failures.len());
    assert!(saved > 500, "{saved}");
}

/// Asks for a function, and calls it.
const ASKING: &[u8] = b"local ok, f = pcall(host.ask) return ok, ok and f() or f";

fn end(mut run: Run) -> Seen {
    while !run.step(u64::MAX).is_ended() {}
    Seen::of(run.finish().1)
}

/// What the host answers with may be another session's: that is an error for the script, and not
/// what happens to have the same number here.
#[test]
fn handles_of_another_session_are_not_those_of_the_same_number() {
    let kind = KINDS[0];
    let mut foreign = kind.builder().build().unwrap();
    foreign.run("function f() return 'foreign' end").json().unwrap();
    let answer = foreign.function("f").unwrap();
    let start = || {
        let mut session = kind.builder().build().unwrap();
        session.run("function g() return 'own' end").json().unwrap();
        let own = session.function("g").unwrap();
        assert_eq!(own.number(), answer.number());
        let mut run = session.start(Chunk::new(ASKING).named("=suspended"));
        let Step::Pending(calls) = run.step(u64::MAX) else { panic!("it asks") };
        run.answer(calls[0].id, Ok(vec![HostValue::Function(answer.clone())])).unwrap();
        (run, own)
    };
    let (run, _own) = start();
    let expected = end(run);
    assert!(matches!(&expected.outcome, Outcome::Done(Ok(json)) if json.starts_with("[false")));
    for fork in [false, true] {
        let (mut run, _own) = start();
        let again = kind.again(&mut run, fork).unwrap();
        assert_eq!(end(again), expected, "{fork}");
    }
}

/// The same of a handle that is stale.
#[test]
fn handles_whose_run_was_undone_stay_stale() {
    let kind = KINDS[0];
    let start = || {
        let session = kind.builder().build().unwrap();
        let source = b"host.ask(function() return 'undone' end) error('it fails')";
        let mut run = session.start(Chunk::new(source).named("=undone"));
        let Step::Pending(calls) = run.step(u64::MAX) else { panic!("it asks") };
        let stale = calls[0].args.clone();
        assert!(matches!(stale[..], [HostValue::Function(_)]));
        run.answer(calls[0].id, Ok(Vec::new())).unwrap();
        assert!(run.step(u64::MAX).is_ended());
        let (session, report) = run.finish();
        assert!(matches!(report.outcome, Outcome::Failed(_)), "{report:?}");
        let mut run = session.start(Chunk::new(ASKING).named("=suspended"));
        let Step::Pending(calls) = run.step(u64::MAX) else { panic!("it asks") };
        run.answer(calls[0].id, Ok(stale)).unwrap();
        run
    };
    let expected = end(start());
    assert!(matches!(&expected.outcome, Outcome::Done(Ok(json)) if json.contains("stale")));
    for fork in [false, true] {
        let mut run = start();
        let again = kind.again(&mut run, fork).unwrap();
        assert_eq!(end(again), expected, "{fork}");
    }
}
