//! What is wrong with a trace is found, whatever line it is in, and the entry is named.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, reason = "a test may stop")]

#[path = "record/damage.rs"]
mod damage;
#[path = "record/sink.rs"]
mod sink;

use damage::{Change, changes, every_damage_is_found, wrong_entry};
use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::{
    Decision, Declaration, Divergence, Function, HostCx, HostError, HostValue, Limits, Methods,
    Object, Outcome, ReplayError, Reply, ResumedAt, Session, SessionBuilder, Step, Trace,
    TracePart, Until, UserData, Variadic,
};
use sha2::{Digest, Sha256};
use sink::Sink;
use std::fs;
use std::io::{self, Write};
use std::task::{Context, Waker};

/// Makes the hash of a line anew, as one who changes a trace on purpose would.
fn rehashed(lines: &[String]) -> String {
    let mut before = [0_u8; 32];
    let mut text = String::new();
    for line in lines {
        let body = &line[..line.rfind(",\"sha\":\"").unwrap()];
        before = Sha256::new().chain_update(before).chain_update(body).finalize().into();
        let hash: String = before.iter().map(|byte| format!("{byte:02x}")).collect();
        text.push_str(&format!("{body},\"sha\":\"{hash}\"}}\n"));
    }
    text
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_thousand_calls_replay_without_their_files_and_every_damage_is_found() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..10 {
        fs::write(folder.path().join(format!("{n}.txt")), format!("file {n}\n").repeat(n)).unwrap();
    }
    let rights = JidoOptions { allow_write: true, ..JidoOptions::default() };
    let jido = Jido::open(folder.path(), rights).unwrap();
    let sink = Sink::default();
    let mut session = Session::builder()
        .host_functions("jido", jido.functions())
        .record(sink.clone())
        .build()
        .unwrap();
    let report = session.run(
        "local sum = 0
         for i = 1, 250 do
             local text = jido.read_file((i % 10) .. '.txt')
             assert(jido.write_file('out/' .. i % 7 .. '.txt', (text or '') .. i))
             sum = sum + #text + #jido.list_dir('.')
             print(i, jido.file_exists('out/' .. i .. '.txt'))
         end
         return sum",
    );
    assert_eq!(report.usage.host_calls, 1000);
    drop(session);
    drop(folder);
    let text = sink.text();
    let replay = Trace::parse(&text).unwrap().replay().unwrap();
    assert_eq!(replay.reports, [report]);
    every_damage_is_found(&text, false);
}

/// An object whose methods say something.
struct File(u8);

impl UserData for File {
    const NAME: &'static str = "file";
    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("read", |this, n: i64| Ok(i64::from(this.0) + n));
    }
}

/// A session with a function of each kind.
fn builder() -> SessionBuilder {
    Session::builder()
        .limits(Limits { fuel: 6000, ..Limits::default() })
        .object::<File>()
        .module("m", "return 7")
        .function("add", |(a, b): (i64, i64)| Ok(a + b))
        .function("pass", |values: Variadic<HostValue>| Ok(values))
        .function("keep", |_: Function| Ok(()))
        .function_with("open", |cx, n: u8| {
            cx.charge(10)?;
            cx.reserve(100)?;
            cx.object(File(n))
        })
        .function_with("apply", |_, (f, n): (Function, i64)| {
            Reply::call(&f, n, |_, result: Result<i64, HostError>| Ok(result? + 1))
        })
        .pending_function("ask")
        .async_function("fetch", async |n: i64| Ok(n * 2))
}

const SCRIPT: &str = "
    print('begin', ...)
    local f = open(3)
    local x = add(1, 2) + f:read(4) + apply(function(n) return add(n, 1) end, 5)
    print(x, pcall(add, 'x', 1))
    keep(function() end)
    local y, z = yield(x, {1.5}), host.all{{fetch, 3}, {ask, 'a'}}
    print(y, z[1][1], z[2][1], require('m'), pass({k = {1, 2}}, 0.5))
    for i = 1, 8000 do end
    return ask('b'), x";

/// Records everything that there is.
fn everything() -> String {
    let sink = Sink::default();
    let mut session = builder().record(sink.clone()).build().unwrap();
    session.run("g = 1 function called(n) return add(n, g) end").json().unwrap();
    let called = session.function("called").unwrap();
    assert_eq!(session.call(&called, 4).json().unwrap(), "[5]");
    let file = session.object(File(1)).unwrap();
    session.revoke(&file).unwrap();
    session.execute("return args, add(1, 1)", Some(&serde_json::json!([1]))).json().unwrap();
    let mut chunk = moonfuel::Chunk::new(SCRIPT.as_bytes()).named("@script.lua");
    chunk.script_args = vec![b"arg".to_vec()];
    let mut run = session.start(chunk);
    let mut added = false;
    loop {
        match run.step(1000) {
            Step::Yielded(_) => run.resume_with(vec!["back".into()]).unwrap(),
            Step::Pending(calls) => {
                for call in calls {
                    run.answer(call.id, Ok(vec![call.args[0].clone()])).unwrap();
                }
            }
            Step::Ended if run.outcome() == Some(&Outcome::OutOfFuel) && !added => {
                added = true;
                assert!(run.add_fuel(20_000));
            }
            Step::Ended => break,
            _ => {}
        }
    }
    let (session, report) = run.finish();
    assert_eq!(report.json().unwrap(), r#"["b",17]"#);
    let mut run = session.start(moonfuel::Chunk::new(b"while true do add(1, 1) end"));
    for _ in 0..3 {
        run.step(100);
    }
    let (session, report) = run.finish();
    assert_eq!(report.outcome, Outcome::Cancelled);
    drop(session);
    sink.text()
}

#[test]
fn every_damage_of_every_kind_of_entry_is_found() {
    let text = everything();
    for kind in [
        "moonfuel", "run", "call", "done", "then", "answer", "yield", "resume", "fuel", "output",
        "stop", "end", "function", "object", "revoke", "close",
    ] {
        assert!(text.contains(&format!("\"k\":\"{kind}\"")), "{kind}\n{text}");
    }
    assert_eq!(wrong_entry(&text).map(|(_, error)| error), None);
    every_damage_is_found(&text, true);
}

#[test]
fn what_is_changed_on_purpose_comes_to_something_else() {
    let lines = lines(&everything());
    let mut unnoticed = Vec::new();
    for at in 0..lines.len() {
        for Change { field, line } in changes(&lines[at]) {
            if field == "sha" {
                continue;
            }
            let mut changed = lines.clone();
            changed[at] = line;
            match wrong_entry(&rehashed(&changed)) {
                // What the host gave may show later, in what the script does.
                Some((entry, _)) if matches!(field.as_str(), "reply" | "took" | "values") => {
                    assert!(entry as usize > at, "`{field}` of entry {}", at + 1);
                }
                Some((entry, error)) if at > 0 => {
                    // A run that begins with something else comes to something else.
                    let input = matches!(
                        field.as_str(),
                        "source"
                            | "name"
                            | "args"
                            | "script_args"
                            | "given"
                            | "path"
                            | "how"
                            | "function"
                            | "units"
                            | "bytes"
                            | "type"
                            | "dropped"
                            | "fuel"
                    );
                    let exact = entry as usize == at + 1;
                    assert!(
                        exact || input && entry as usize > at,
                        "`{field}` of entry {}: {error}",
                        at + 1
                    );
                }
                Some(_) => {}
                None => {
                    let kind: serde_json::Value = serde_json::from_str(&lines[at]).unwrap();
                    unnoticed.push(format!("{} {field}", kind["k"].as_str().unwrap()));
                }
            }
        }
    }
    unnoticed.sort();
    unnoticed.dedup();
    // What nothing depends on: who wrote it, what nobody looked at.
    let known = [
        "done reply",
        "fuel units",
        "moonfuel engine",
        "moonfuel fuel_per_second",
        "moonfuel keep_null",
        "moonfuel limits",
        "moonfuel module_places",
        "moonfuel modules",
        "moonfuel seed",
        "moonfuel start_time",
        "resume values",
        "run name",
        "run script_args",
    ];
    for what in &unnoticed {
        assert!(known.contains(&what.as_str()), "{what} is not noticed: {unnoticed:?}");
    }
}

/// What a trace says that a function took is taken of this run, whose limits hold.
#[test]
fn forged_amounts_are_held_against_the_limits() {
    let text = everything();
    let amounts = ["0", "1", "99", "9223372036854775807", "\"18446744073709551615\""];
    for (what, amount) in [("charge", 10), ("reserve", 100)] {
        let own = format!("[\"{what}\",{amount}]");
        assert!(text.contains(&own), "{text}");
        for amount in amounts {
            let forged = text.replace(&own, &format!("[\"{what}\",{amount}]"));
            match wrong_entry(&rehashed(&lines(&forged))) {
                // What was refused is not taken, and what is below the peak does not show.
                None => assert_eq!(what, "reserve", "{amount}"),
                Some((_, error)) => {
                    assert!(matches!(error, ReplayError::Diverged(_)), "{what} {amount}: {error}");
                }
            }
        }
        for amount in ["-1", "1.5", "null", "\"18446744073709551616\""] {
            let forged = text.replace(&own, &format!("[\"{what}\",{amount}]"));
            let (_, error) = wrong_entry(&rehashed(&lines(&forged))).unwrap();
            assert!(matches!(error, ReplayError::Unfit { .. }), "{what} {amount}: {error}");
        }
    }
}

#[test]
fn a_run_that_nobody_has_ended_is_replayed_as_far_as_it_went() {
    for script in ["while true do end", "print('said') while true do end"] {
        let sink = Sink::default();
        let mut session = Session::builder().record(sink.clone()).build().unwrap();
        let mut run = Box::pin(session.run_async(script));
        assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        std::mem::forget(run);
        let report = session.run("return 1");
        drop(session);
        let replay = Trace::parse(sink.text()).unwrap().replay().unwrap();
        assert_eq!(replay.reports, [report], "{script}");
    }
}

#[test]
fn functions_and_objects_of_another_session_replay_as_what_they_are() {
    let mut other = Session::builder().object::<File>().build().unwrap();
    other.run("function a() end function b() end").json().unwrap();
    let (_, function) = (other.function("a").unwrap(), other.function("b").unwrap());
    let object = HostValue::UserData((*other.object(File(1)).unwrap()).clone());
    let sink = Sink::default();
    let mut session = Session::builder()
        .object::<File>()
        .function("foreign", {
            let function = function.clone();
            move |()| Ok(HostValue::Function(function.clone()))
        })
        .function("object", move |()| Ok(object.clone()))
        .record(sink.clone())
        .build()
        .unwrap();
    let report = session.run("return {pcall(foreign)}, {pcall(object)}");
    assert!(report.is_done(), "{report:?}");
    let called = session.call(&function, ());
    assert!(!called.is_done());
    drop(session);
    let replay = Trace::parse(sink.text()).unwrap().replay().unwrap();
    assert_eq!(replay.reports, [report, called]);
}

#[test]
fn a_divergence_at_the_end_says_how_the_run_ended() {
    let sink = Sink::default();
    let mut session = builder().record(sink.clone()).build().unwrap();
    let source = b"if add(1, 2) ~= 3 then\n  error('odd')\nend\nreturn add(3, 4)";
    let report = session.run_chunk(moonfuel::Chunk::new(source).named("@job.lua"));
    report.json().unwrap();
    drop(session);
    let mut lines = lines(&sink.text());
    assert!(lines[3].contains(r#""reply":{"values":[3]}"#), "{}", lines[3]);
    lines[3] = lines[3].replace("[3]", "[4]");
    let error = Trace::parse(rehashed(&lines)).unwrap().replay().unwrap_err();
    let ReplayError::Diverged(divergence) = &error else { panic!("{error}") };
    let Divergence { entry, field, recorded, this_run, chunk, line, fuel, .. } = &**divergence;
    assert_eq!((*entry, field.as_str(), recorded.as_str()), (5, "k", "call add"));
    assert_eq!(this_run, "end: \"job.lua:2: odd\"");
    assert_eq!((chunk.as_str(), *line), ("job.lua", Some(2)));
    assert!(*fuel > 20, "{fuel}");
}

#[test]
fn a_field_that_is_there_twice_is_damage() {
    let sink = Sink::default();
    builder().record(sink.clone()).build().unwrap().run("return 1").json().unwrap();
    let mut lines = lines(&sink.text());
    lines[0] = lines[0].replace("\"seed\":0", "\"seed\":0,\"seed\":1");
    let error = Trace::parse(rehashed(&lines)).unwrap_err();
    assert_eq!(error.to_string(), "line 1: it is damaged: it has `seed` twice");
}

#[test]
fn a_divergence_says_where_and_what() {
    let sink = Sink::default();
    let mut session = builder().record(sink.clone()).build().unwrap();
    let source =
        b"local t = {}\nfor i = 1, 3 do\n  t[i] = add(i, 1)\n  pass({name = 'n' .. t[i]})\nend";
    let chunk = moonfuel::Chunk::new(source).named("@job.lua");
    session.run_chunk(chunk).json().unwrap();
    drop(session);
    let mut lines = lines(&sink.text());
    // The second answer of `add`.
    assert!(lines[7].contains(r#""reply":{"values":[3]}"#), "{}", lines[7]);
    lines[7] = lines[7].replace("[3]", "[4]");
    let trace = Trace::parse(rehashed(&lines)).unwrap();
    let error = trace.replay().unwrap_err();
    let ReplayError::Diverged(divergence) = &error else { panic!("{error}") };
    let Divergence { entry, what, field, recorded, this_run, chunk, line, .. } = &**divergence;
    assert_eq!((*entry, what.as_str(), field.as_str()), (9, "call pass", "args[1].name"));
    assert_eq!((recorded.as_str(), this_run.as_str()), (r#""n3""#, r#""n4""#));
    assert_eq!((chunk.as_str(), *line), ("job.lua", Some(4)));
    let text = error.to_string();
    assert!(text.starts_with("entry 9 (call pass) differs in `args[1].name`\n  recorded: \"n3\"\n  this run: \"n4\"\n  at job.lua:4, fuel "), "{text}");
    // The same as a difference of two traces.
    let other = Trace::parse(sink.text()).unwrap();
    let difference = other.difference(&trace).unwrap();
    assert_eq!((difference.entry, difference.field.as_str()), (8, "reply.values[1]"));
    assert_eq!(difference.values, ["3".to_owned(), "4".to_owned()]);
    assert_eq!(other.difference(&other), None);
}

#[test]
fn a_replay_stops_where_it_is_to() {
    let text = everything();
    let trace = Trace::parse(&text).unwrap();
    for entry in 1..=trace.entries() {
        let view =
            trace.replay_until(Until::Entry(entry)).unwrap_or_else(|e| panic!("{entry}: {e}"));
        assert_eq!(view.entry, entry);
    }
    assert!(trace.replay_until(Until::Entry(trace.entries() + 1)).is_err());
    let view = trace.replay_until(Until::Fuel(5000)).unwrap();
    assert_eq!(view.fuel, Some(5000));
    assert_eq!((view.calls[0].chunk.as_str(), view.calls[0].line), ("script.lua", Some(9)));
    let names: Vec<&str> = view.calls[0].locals.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..4], ["f", "x", "y", "z"]);
    assert_eq!(view.calls[0].locals[2].1, "\"back\"");
    assert!(view.output.starts_with(b"begin\targ\n"));
    assert!(view.traceback.contains("script.lua:9: in main chunk"), "{}", view.traceback);
    assert!(trace.replay_until(Until::Fuel(1 << 40)).is_err());
}

#[test]
fn what_is_redacted_is_in_no_trace_and_said() {
    let sink = Sink::default();
    let mut session = Session::builder()
        .function("secret", |()| Ok("swordfish"))
        .function("login", |password: String| Ok(password == "swordfish"))
        .record(sink.clone())
        .redact(|what| {
            let text = what.value.as_str().unwrap_or_default();
            if text.contains("swordfish") {
                *what.value = if what.part == TracePart::Output {
                    text.replace("swordfish", "***").into()
                } else {
                    HostValue::from("***")
                };
            }
        })
        .build()
        .unwrap();
    let report = session.run("local s = secret() print('it is ' .. s) return login(s), login('x')");
    assert_eq!(report.json().unwrap(), "[true,false]");
    let report = session.run("return secret()");
    assert_eq!(report.json().unwrap(), r#"["swordfish"]"#);
    session.run("error('swordfish')").json().unwrap_err();
    drop(session);
    let text = sink.text();
    assert!(!text.contains("swordfish\"") && !text.contains("is swordfish"), "{text}");
    assert!(text.contains(r#""args":["***"],"fuel":"#) && text.contains(r#""redacted":["args"]"#));
    // The script gets what stands for it; what it prints is not compared, and no wonder if
    // something else comes of it.
    let trace = Trace::parse(&text).unwrap();
    let error = trace.replay().unwrap_err();
    assert!(error.to_string().contains("redacted"), "{error}");
}

/// A sink that takes so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 =
            self.0.checked_sub(bytes.len()).ok_or_else(|| io::Error::other("the disk is full"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_sink_that_fails_ends_the_run_before_the_next_effect() {
    let header = everything().find('\n').unwrap() + 1;
    assert!(builder().record(Full(header - 1)).build().is_err());
    let called = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    for more in (0..8000).step_by(97) {
        let count = std::sync::Arc::clone(&called);
        count.store(0, std::sync::atomic::Ordering::SeqCst);
        let sink = Sink::default();
        let limited = Tee(sink.clone(), Full(1500 + more));
        let builder = Session::builder().function("effect", move |()| {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Ok(1)
        });
        let Ok(mut session) = builder.record(limited).build() else { continue };
        let report =
            session.run("for i = 1, 10 do pcall(effect) end while true do pcall(effect) end");
        let Outcome::Failed(error) = &report.outcome else { panic!("{report:?}") };
        assert!(error.to_string().contains("the trace cannot be written: the disk is full"));
        // Each effect has its entry.
        let calls = sink.text().matches("\"k\":\"call\"").count() as u64;
        let effects = called.load(std::sync::atomic::Ordering::SeqCst);
        assert_eq!(effects, calls, "{}", sink.text());
        // And so it is with the next run.
        assert!(matches!(session.run("return effect()").outcome, Outcome::Failed(_)));
        assert_eq!(called.load(std::sync::atomic::Ordering::SeqCst), effects);
    }
}

/// Writes to both, or to none.
struct Tee(Sink, Full);

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write_all(bytes)?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_trace_is_gone_on_with_wherever_it_was_cut() {
    let whole = {
        let sink = Sink::default();
        let mut session = idempotent().record(sink.clone()).build().unwrap();
        session.run("g = add(1, 1)").json().unwrap();
        session.run(RESUMED).json().unwrap();
        drop(session);
        sink.text()
    };
    let all = lines(&whole);
    let expected = Trace::parse(&whole).unwrap().replay().unwrap().reports;
    for kept in 1..=all.len() {
        let cut = all[..kept].join("\n") + "\n";
        let sink = Sink::default();
        let trace = Trace::parse(&cut).unwrap();
        let decided = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let noted = std::sync::Arc::clone(&decided);
        let resumed = trace.resume(idempotent(), sink.clone(), move |call| {
            noted.lock().unwrap().push(call.clone());
            if call.can_redo { Decision::Redo } else { Decision::Reply(vec![7.into()]) }
        });
        let resumed = resumed.unwrap_or_else(|error| panic!("{kept}: {error}"));
        let mut reports = resumed.reports;
        let mut session = match resumed.at {
            ResumedAt::Between(session) => *session,
            ResumedAt::Within { mut run, yielded } => {
                assert!(yielded.is_none());
                while !run.step(500).is_ended() {}
                let (session, report) = run.finish();
                reports.push(report);
                session
            }
            _ => panic!(),
        };
        let open = decided.lock().unwrap().clone();
        if reports.is_empty() {
            reports.push(session.run("g = add(1, 1)"));
        }
        if reports.len() == 1 {
            reports.push(session.run(RESUMED));
        }
        drop(session);
        // Both parts are one trace.
        let kept_text = &cut[..trace.kept_bytes() as usize];
        let joined = kept_text.to_owned() + &sink.text();
        let ended =
            Trace::parse(&joined).unwrap_or_else(|e| panic!("{kept}: {e}\n{joined}")).replay();
        let again = ended.unwrap_or_else(|error| panic!("{kept}: {error}\n{joined}"));
        assert_eq!(again.reports, reports, "{kept}");
        if open.iter().all(|call| call.can_redo) {
            for (report, expected) in reports.iter().zip(&expected) {
                assert_eq!(report.outcome, expected.outcome, "{kept}");
                assert_eq!(report.usage, expected.usage, "{kept}");
                assert_eq!(report.output, expected.output, "{kept}");
            }
        }
    }
}

fn idempotent() -> SessionBuilder {
    builder().declare(Declaration::new("add").idempotent())
}

const RESUMED: &str = "
    local f = open(3)
    local x = add(g, 2) + apply(function(n) print(n) return add(n, 1) end, 5)
    local z = host.all{{fetch, 3}, {add, 1, 2}, {fetch, 4}}
    print(x, z[1][1], z[2][1], z[3][1])
    return add(x, 1), require('m')";

#[test]
fn nothing_is_gone_on_with_that_is_not_the_same() {
    let whole = everything();
    let trace = Trace::parse(&whole).unwrap();
    let resume = |builder: SessionBuilder| {
        trace
            .resume(builder, Sink::default(), |_| Decision::Leave)
            .map(|_| ())
            .map_err(|e| e.to_string())
    };
    assert_eq!(resume(builder()), Ok(()));
    let declared = builder().declare(Declaration::new("add").doc("Adds."));
    assert_eq!(resume(declared).unwrap_err(), "entry 1: host function 'add' is declared otherwise");
    let more = builder().function("more", |()| Ok(()));
    assert_eq!(resume(more).unwrap_err(), "entry 1: host function 'more' is new");
    let fewer = Session::builder().object::<File>().module("m", "return 7");
    assert_eq!(resume(fewer).unwrap_err(), "entry 1: host function 'add' is not registered");
    let none = Session::builder();
    assert!(resume(none).unwrap_err().contains("types of objects"));
    // A call that is left open is an error, and the trace stays as it is.
    let cut: String = whole.split_inclusive('\n').take(3).collect();
    let last = cut.lines().last().unwrap();
    assert!(last.contains("\"k\":\"end\"") || last.contains("\"k\":\"call\""), "{last}");
    let at = whole.lines().position(|line| line.contains("\"k\":\"call\"")).unwrap() + 1;
    let cut: String = whole.split_inclusive('\n').take(at).collect();
    let sink = Sink::default();
    let error = Trace::parse(&cut).unwrap().resume(builder(), sink.clone(), |call| {
        assert!(!call.idempotent);
        call.redo_if_idempotent()
    });
    let error = error.unwrap_err();
    assert!(
        matches!(&error, ReplayError::Open(call) if call.name == "add" && call.entry == at as u64),
        "{error}"
    );
    assert_eq!(sink.text(), "");
}

#[test]
fn functions_that_are_yielded_and_asked_with_replay_whenever_the_host_lets_them_go() {
    let source = "yield(print) yield({f = function() end}) keep(print)
        local co = coroutine.wrap(function() yield(function() end, thing) return ask(print) end)
        co() ask({function() end}) yield(keep, open(2)) fetch(1) yield(1)
        host.all{{ask, print}, {fetch, 2}} return 7";
    // At once, at the next event, or never.
    for held in [0, 1, 100] {
        let sink = Sink::default();
        let session = builder().record(sink.clone()).build().unwrap();
        let mut run = session.start(moonfuel::Chunk::new(source.as_bytes()));
        let mut kept = std::collections::VecDeque::new();
        loop {
            match run.step(1000) {
                Step::Yielded(values) => {
                    kept.push_back(values);
                    run.resume_with(vec![]).unwrap();
                }
                Step::Pending(calls) => {
                    for call in calls {
                        run.answer(call.id, Ok(vec![])).unwrap();
                        kept.push_back(call.args);
                    }
                }
                Step::Ended => break,
                _ => {}
            }
            while kept.len() > held {
                kept.pop_front();
            }
        }
        let (session, report) = run.finish();
        assert_eq!(report.json().unwrap(), "[7]");
        drop((session, kept));
        let text = sink.text();
        assert!(text.contains("\"dropped\""), "{text}");
        assert_eq!(wrong_entry(&text).map(|(_, error)| error.to_string()), None, "{held}");
    }
}

/// A session with a function that looks into an object.
fn sized() -> SessionBuilder {
    let size = |cx: &mut HostCx<'_>, file: Object<File>| cx.with(&file, |file| file.0);
    builder().function_with("size", size)
}

/// Records a script and cuts what is behind the entry whose line has this in it.
fn cut_behind(script: &str, mark: &str) -> String {
    let sink = Sink::default();
    let mut session = sized().record(sink.clone()).build().unwrap();
    session.run(script).json().unwrap();
    drop(session);
    let text = sink.text();
    let at = text.lines().position(|line| line.contains(mark)).unwrap() + 1;
    text.split_inclusive('\n').take(at).collect()
}

/// Goes on with a trace to the end of its run. Returns what came of it, and the new entries.
fn gone_on(cut: &str) -> (Result<String, String>, String) {
    let sink = Sink::default();
    let resumed = Trace::parse(cut).unwrap().resume(sized(), sink.clone(), |_| Decision::Leave);
    let ResumedAt::Within { mut run, .. } = resumed.unwrap().at else { panic!("a run is open") };
    while !run.step(10_000).is_ended() {}
    let (mut session, report) = run.finish();
    let result = report.json().map(str::to_owned).map_err(|error| error.to_string());
    if result.is_err() {
        assert!(!session.run("return add(1, 1)").is_done(), "it would be recorded nowhere");
    }
    drop(session);
    (result, sink.text())
}

#[test]
fn objects_of_a_run_that_is_gone_on_with_say_that_they_are_not_here() {
    for uses in ["f:read(1)", "size(f)"] {
        let script = format!(
            "local f = open(3) add(1, 2)
             return select(2, pcall(function() return {uses} end))"
        );
        let cut = cut_behind(&script, "\"k\":\"done\",\"call\":2");
        let (result, _) = gone_on(&cut);
        let said = result.unwrap();
        let why = "the value of a file that the trace has made is in the process that was recorded";
        assert!(said.contains(why), "{uses}: {said}");
    }
    // What is made from now on is here.
    let script = "local f = open(3) add(1, 2) return open(4):read(1)";
    assert_eq!(gone_on(&cut_behind(script, "\"k\":\"done\",\"call\":2")).0.unwrap(), "[5]");
}

#[test]
fn a_call_that_is_left_open_later_leaves_the_trace_open() {
    let script = "return apply(function(n) return add(n, 1) end, 5) + add(1, 2)";
    let cut = cut_behind(script, "\"name\":\"add\"");
    // The script's function is about to be called: what `apply` does with its result is lost.
    let cut: String = cut.split_inclusive('\n').take(cut.lines().count() - 1).collect();
    let (result, rest) = gone_on(&cut);
    let error = result.unwrap_err();
    assert!(error.contains("the call of apply has no answer"), "{error}");
    let whole = cut + &rest;
    let trace = Trace::parse(&whole).unwrap();
    assert!(whole.lines().last().unwrap().contains("\"k\":\"then\""), "{whole}");
    assert!(matches!(trace.replay(), Err(ReplayError::Incomplete { .. })), "{:?}", trace.replay());
    // Whoever knows what it came to says so the next time.
    let sink = Sink::default();
    let resumed = trace.resume(sized(), sink.clone(), |call| {
        assert_eq!((&*call.name, call.can_redo), ("apply", false));
        Decision::Reply(vec![7.into()])
    });
    let ResumedAt::Within { mut run, .. } = resumed.unwrap().at else { panic!("a run is open") };
    while !run.step(10_000).is_ended() {}
    let (session, report) = run.finish();
    drop(session);
    assert_eq!(report.json(), Ok("[10]"));
    let replay = Trace::parse(whole + &sink.text()).unwrap().replay().unwrap();
    assert_eq!(replay.reports, [report]);
}
