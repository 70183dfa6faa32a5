//! Recording and replay: everything that a session gets from outside comes again from its
//! trace, and comes to the same.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, reason = "a test may stop")]

#[path = "record/beside.rs"]
mod beside;
#[path = "record/sink.rs"]
mod sink;

use moonfuel::{
    Chunk, Decision, Function, HostCx, HostError, HostKey, HostValue, Limits, Methods, Object,
    Outcome, Profile, Reply, Report, ResumedAt, Run, Session, SessionBuilder, Step, Trace,
    UserData, Variadic,
};
use serde_json::json;
use sink::Sink;
use std::sync::{Arc, Mutex};

/// Records what `work` does with a session, replays it, and returns the trace's text.
fn record(
    builder: SessionBuilder,
    work: impl FnOnce(Session, &mut Vec<Report>) -> Option<Session>,
) -> String {
    let sink = Sink::default();
    let session = builder.record(sink.clone()).build().unwrap();
    let mut reports = Vec::new();
    drop(work(session, &mut reports));
    let text = sink.text();
    let replay = match Trace::parse(&text).unwrap().replay() {
        Ok(replay) => replay,
        Err(error) => panic!("{error}\n{text}"),
    };
    assert_eq!(replay.reports.len(), reports.len(), "{text}");
    for (again, report) in replay.reports.iter().zip(&reports) {
        assert_eq!(again.outcome, report.outcome);
        assert_eq!(again.usage, report.usage);
        assert_eq!((again.truncated, &again.place), (report.truncated, &report.place));
        // What was taken before the end is in the replay's report alone.
        assert!(again.output.ends_with(&report.output));
    }
    text
}

/// As [`record`], of chunks that are run one after the other.
fn record_runs(builder: SessionBuilder, sources: &[&str]) -> String {
    record(builder, |mut session, reports| {
        reports.extend(sources.iter().map(|source| session.run(source)));
        Some(session)
    })
}

/// Steps a run to its end.
fn finish(mut run: Run, reports: &mut Vec<Report>) -> Session {
    while !run.step(100).is_ended() {}
    let (session, report) = run.finish();
    reports.push(report);
    session
}

#[test]
fn plain_functions_are_recorded_where_they_are_called() {
    let mut count = 0;
    let builder = Session::builder()
        .function("add", move |(a, b): (i64, Option<i64>)| {
            count += a + b.unwrap_or(0);
            Ok(count)
        })
        .function("text", |s: String| Ok(s + "!"))
        .function("nothing", |()| Ok(()))
        .function("fail", |s: String| -> Result<(), HostError> { Err(HostError::new(s)) });
    let text = record_runs(
        builder,
        &[
            "local s = 0 for i = 1, 50 do s = s + add(i) end print(s) return s, text('a\\n\\255')",
            "return nothing(), pcall(fail, 'no'), pcall(add, {}), text(('x'):rep(5000))",
            "return add(1 << 62, 5), select('#', nothing())",
        ],
    );
    assert!(text.contains(r#""name":"add","args":[1],"fuel":"#), "{text}");
    assert!(text.contains(r#""args":[{"$bytes":"YQr/"}]"#), "{text}");
    assert!(text.contains(r#""args":[4611686018427387904,5]"#), "{text}");
}

#[test]
fn every_value_crosses_exactly() {
    let odd = HostValue::Object(vec![
        (HostKey::Integer(1), HostValue::Number(1.0)),
        (HostKey::Number(2.5), HostValue::Number(-0.0)),
        (HostKey::Boolean(true), HostValue::Number(f64::NEG_INFINITY)),
        (HostKey::from("$bytes"), HostValue::Null),
        (HostKey::from(vec![255, 0]), HostValue::Integer(i64::MIN)),
    ]);
    let builder = Session::builder()
        .keep_null(true)
        .function("echo", |values: Variadic<HostValue>| Ok(values))
        .function("odd", move |()| Ok(odd.clone()));
    let text = record_runs(
        builder,
        &["
        local o = odd()
        print(o[1], o[2.5], o[true], o['$bytes'] == json.null, o['\\255\\0'])
        print(echo(0/0, 1/0, 1e300, 0.1, 2^53, 9007199254740993, math.mininteger))
        print(echo(nil, json.null, '', '\\u{1F600}\\1\"\\\\', {}, json.object({}), {1, {2, {3}}}, {a = {b = 1}}))
        print(select('#', echo(nil, nil)))
        return o"],
    );
    for form in [
        r#"{"$object":[1,1.0,2.5,-0.0,true,{"$float":"-inf"},"$bytes",{"$null":true},{"$bytes":"/wA="},-9223372036854775808]}"#,
        r#"{"$float":"nan"},{"$float":"inf"},1e300,0.1,9007199254740992.0,9007199254740993"#,
    ] {
        assert!(text.contains(form), "{form}\n{text}");
    }
}

#[test]
fn what_functions_take_is_taken_again() {
    struct File(u8);
    impl UserData for File {
        const NAME: &'static str = "file";
        fn add_methods(methods: &mut Methods<Self>) {
            methods.method("read", |this, n: i64| Ok(i64::from(this.0) + n));
            methods.method_with("close", |_, cx, ()| {
                cx.charge(5)?;
                Ok(())
            });
            methods.index(|_, key: String| Ok(key + "?"));
            methods.to_string(|this| Ok(format!("file {}", this.0)));
        }
        fn size_hint(&self) -> usize {
            1000
        }
    }
    let kept: Arc<Mutex<Vec<Object<File>>>> = Arc::default();
    let keep = Arc::clone(&kept);
    let builder = Session::builder()
        .object::<File>()
        .function_with("work", |cx, units: u64| {
            cx.charge(units)?;
            cx.reserve(units as usize)?;
            Ok(units)
        })
        .function_with("open", |cx, n: u8| cx.object(File(n)))
        .function_with("keep", move |cx, file: Object<File>| {
            cx.with(&file, |file| file.0 += 1)?;
            keep.lock().unwrap().push(file);
            Ok(())
        })
        .function_with("revoke", |cx, file: Object<File>| cx.revoke(&file));
    let text = record(builder, |mut session, reports| {
        reports.push(session.run(
            "f = open(3) keep(f) g = open(4)
             return f:read(1), f.name, tostring(f), work(1000), f:close()",
        ));
        let file = session.object(File(9)).unwrap();
        reports.push(session.call("print", (file.clone(), 1)));
        session.revoke(&file).unwrap();
        session.revoke(&kept.lock().unwrap()[0]).unwrap();
        kept.lock().unwrap().clear();
        reports.push(session.run("revoke(g) return pcall(f.read, f), pcall(g.read, g)"));
        reports.push(session.run("return work(1 << 40)"));
        reports.push(session.run("return pcall(work, 1 << 27)"));
        Some(session)
    });
    assert!(text.contains(r#""took":[["charge",1000],["reserve",1000]]"#), "{text}");
    assert!(text.contains(r#""took":[["object","file",1000,"#), "{text}");
}

#[test]
fn callbacks_and_handles_are_recorded() {
    let hooks: Arc<Mutex<Vec<Function>>> = Arc::default();
    let kept = Arc::clone(&hooks);
    let builder = Session::builder()
        .function("on", move |f: Function| {
            kept.lock().unwrap().push(f);
            Ok(())
        })
        .function("drop_at_once", |f: Function| Ok(f == f))
        .function("give_back", |f: Function| Ok(f))
        .function_with("map", |_, (f, n): (Function, i64)| {
            Reply::call(&f.clone(), n, move |cx, result: Result<i64, HostError>| {
                cx.charge(3)?;
                let first = result?;
                Reply::call(&f, first, move |_, second: Result<i64, HostError>| {
                    Ok((first, second?))
                })
            })
        });
    let text = record(builder, |mut session, reports| {
        reports.push(session.run(
            "on(function(a) return a * 2 end)
             for i = 1, 50 do drop_at_once(function() return i end) end
             local t = {} t[1] = t
             for i = 1, 50 do pcall(drop_at_once, function() return i end, t) end
             local f = function() end
             x = give_back(f) == f
             return x, map(function(n) print(n) return n + 1 end, 5)",
        ));
        let hook = hooks.lock().unwrap()[0].clone();
        reports.push(session.call(&hook, 21));
        reports.push(session.call("map", 1));
        let print = session.function("print").unwrap();
        assert!(session.function("nowhere").is_err());
        reports.push(session.call(&print, ("hello", HostValue::Function(hook))));
        hooks.lock().unwrap().clear();
        reports.push(session.run("return pcall(map, function(n) error({n}) end, 5)"));
        reports.push(session.run(
            "local f = function() end
             local _, raised = pcall(map, function(n) error({n, f}) end, 5)
             return raised[1], raised[2] == f",
        ));
        reports.push(session.run("on(print) error('undone')"));
        let stale = hooks.lock().unwrap().pop().unwrap();
        reports.push(session.call(&stale, ()));
        reports.push(session.run(
            "local function deep(n) if n == 0 then error('deep') end return map(deep, n - 1) end
             return pcall(deep, 3)",
        ));
        Some(session)
    });
    assert!(text.contains(r#""reply":{"function":{"$function":"#), "{text}");
    assert!(text.contains(r#""k":"then","call":"#), "{text}");
    assert!(text.contains(r#""dropped":["#), "{text}");
}

#[test]
fn executions_and_runs_with_everything_are_recorded() {
    let builder = Session::builder()
        .seed(7)
        .start_time(1_700_000_000)
        .fuel_per_second(1000)
        .profile(Profile::Compat)
        .module("double", "return function(n) return 2 * n end")
        .limits(Limits { fuel: u64::MAX / 2, host_calls: u64::MAX, ..Limits::default() })
        .function("f", |n: i64| Ok(n));
    let text = record(builder, |mut session, reports| {
        reports.push(session.execute("x = 1 return args, f(2)", Some(&json!({"a": [1.0, null]}))));
        let limits = Limits { fuel: 500, ..Limits::default() };
        let chunk = Chunk::new(b"while true do f(1) end").named("@loop.lua").limits(limits);
        reports.push(session.run_chunk(chunk));
        let mut chunk = Chunk::new(b"print(...) print(os.time(), math.random(1000)) return x, ...");
        chunk.script_args = vec![b"a".to_vec(), vec![200, 10]];
        reports.push(session.run_chunk(chunk));
        reports.push(session.run("return require('double')(21), pcall(require, 'triple')"));
        reports.push(session.run("return os.clock(), os.date('!%c')"));
        reports.push(session.run("return ="));
        reports.push(session.run("error({code = 5})"));
        reports.push(session.run("return function() end"));
        reports.push(session.execute("return x", None));
        Some(session)
    });
    assert!(text.contains(
        r#""how":"execute","source":"x = 1 return args, f(2)","args":"{\"a\":[1.0,null]}""#
    ));
    assert!(text.contains(r#""name":"@loop.lua""#));
}

#[test]
fn slices_yields_fuel_and_stops_are_recorded() {
    let builder = || {
        Session::builder()
            .limits(Limits { fuel: 3000, ..Limits::default() })
            .function("f", |n: i64| Ok(n))
    };
    let text = record(builder(), |session, reports| {
        let mut run = session.start(Chunk::new(
            b"local a, b = yield('one', {2}) print(a, b) yield() for i = 1, 5000 do end return a",
        ));
        let mut more = 2;
        loop {
            match run.step(37) {
                Step::Yielded(values) if !values.is_empty() => {
                    run.resume_with(vec!["back".into(), 1.5.into()]).unwrap();
                }
                Step::Ended if run.outcome() == Some(&Outcome::OutOfFuel) && more > 0 => {
                    more -= 1;
                    assert!(run.add_fuel(10_000));
                }
                Step::Ended => break,
                _ => {}
            }
            drop(run.take_output());
        }
        let (session, report) = run.finish();
        assert_eq!(report.json().unwrap(), r#"["back"]"#);
        reports.push(report);

        let mut run = session.start(Chunk::new(b"print('x') while true do f(1) end"));
        for _ in 0..9 {
            run.step(111);
        }
        run.canceller().cancel();
        let session = finish(run, reports);
        let mut run = session.start(Chunk::new(b"for i = 1, 1e9 do end"));
        run.step(500);
        run.stop(Outcome::Deadline);
        let (session, report) = run.finish();
        reports.push(report);
        let mut run = session.start(Chunk::new(b"yield(1)"));
        while !matches!(run.step(10), Step::Yielded(_)) {}
        let (session, report) = run.finish();
        reports.push(report);
        Some(finish(session.start(Chunk::new(b"return f(1)")), reports))
    });
    assert!(text.contains(r#""k":"stop","outcome":"cancelled""#), "{text}");
    assert!(text.contains(r#""k":"stop","outcome":"deadline","fuel":500"#), "{text}");
    assert!(text.contains(r#""k":"resume","values":["back",1.5]"#), "{text}");
    assert!(text.contains(r#""k":"fuel","units":10000,"fuel":3000"#), "{text}");
}

#[test]
fn calls_that_wait_are_recorded_in_the_order_of_their_answers() {
    let builder = Session::builder()
        .pending_function("ask")
        .async_function("fetch", async |n: u64| {
            Waiting(n).await;
            Ok(format!("page {n}"))
        })
        .function_with("maybe", |_, later: bool| {
            Ok(if later { Reply::Later } else { Reply::Now(vec![1.into()]) })
        });
    let text = record(builder, |session, reports| {
        let mut run = session.start(Chunk::new(
            b"local r = host.all{{fetch, 3}, {ask, 'a'}, {maybe, true}, {fetch, 1}, {maybe, false}}
              print(r[1][1], r[2][1], r[3].error, r[4][1], r[5][1])
              return ask('z'), fetch(0), pcall(ask, 'no')",
        ));
        loop {
            match run.step(200) {
                Step::Pending(mut calls) => {
                    // The last one is answered first.
                    if let Some(call) = calls.pop() {
                        match call.name.as_str() {
                            "maybe" => run.deny(call.id, "not now").unwrap(),
                            _ => run.answer(call.id, Ok(vec![(call.id as i64).into()])).unwrap(),
                        }
                    }
                }
                Step::Ended => break,
                _ => {}
            }
        }
        let (mut session, report) = run.finish();
        assert_eq!(report.output, b"page 3\t1\tnot now\tpage 1\t1\n");
        reports.push(report);
        // Nobody answers here.
        reports.push(session.run("return pcall(ask, 1), fetch(2)"));
        Some(session)
    });
    assert!(text.contains(r#"{"later":1}"#) && text.contains(r#"{"future":2}"#), "{text}");
    let first = text.find(r#""k":"answer","id":2"#).unwrap();
    assert!(first < text.find(r#""k":"answer","id":1"#).unwrap());
}

/// A future that is there after so many polls.
struct Waiting(u64);

impl Future for Waiting {
    type Output = ();

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        wake: &mut std::task::Context<'_>,
    ) -> std::task::Poll<()> {
        if self.0 == 0 {
            return std::task::Poll::Ready(());
        }
        self.0 -= 1;
        wake.waker().wake_by_ref();
        std::task::Poll::Pending
    }
}

#[test]
fn async_runs_and_forgotten_ones_are_recorded() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let builder = || {
        Session::builder().async_function("sleep", async |ms: u64| {
            tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
            Ok(ms)
        })
    };
    runtime.block_on(async {
        let sink = Sink::default();
        let mut session = builder().record(sink.clone()).build().unwrap();
        let mut reports = vec![session.run_async("print('a') return sleep(1), sleep(2)").await];
        let mut forgotten = Box::pin(session.run_async("print('b') x = 1 while true do end"));
        std::future::poll_fn(|wake| {
            let _ = forgotten.as_mut().poll(wake);
            std::task::Poll::Ready(())
        })
        .await;
        std::mem::forget(forgotten);
        reports.push(session.run_async("return x, os.clock()").await);
        drop(session);
        let text = sink.text();
        let replay =
            Trace::parse(&text).unwrap().replay().unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(replay.reports, reports);
        // Cut before the next run began, it stands in the one that was left.
        let left = text.lines().position(|line| line.contains(r#""k":"left","fuel":"#)).unwrap();
        let cut: String = text.split_inclusive('\n').take(left + 1).collect();
        let trace = Trace::parse(cut.clone()).unwrap();
        let error = trace.replay().unwrap_err().to_string();
        assert!(error.contains("the run goes on, and there is nothing more of it"), "{error}");
        let sink = Sink::default();
        let resumed = trace.resume(builder(), sink.clone(), |_| Decision::Leave).unwrap();
        assert_eq!(resumed.reports, reports[..1]);
        let ResumedAt::Within { mut run, .. } = resumed.at else { panic!("a run is open") };
        assert_eq!(run.step(10_000), Step::Running);
        run.stop(Outcome::Cancelled);
        let (mut session, report) = run.finish();
        assert_eq!((report.outcome, &report.output[..]), (Outcome::Cancelled, &b"b\n"[..]));
        let last = session.run("return x").json().map(str::to_owned);
        assert_eq!(last.as_deref(), Ok("[null]"));
        drop(session);
        let kept = usize::try_from(trace.kept_bytes()).unwrap();
        let replay = Trace::parse(cut[..kept].to_owned() + &sink.text()).unwrap().replay();
        assert_eq!(replay.unwrap().reports.len(), 3);
    });
}

struct Counter(i64);

impl UserData for Counter {
    const NAME: &'static str = "counter";
    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("get", |this, ()| Ok(this.0));
    }
}

#[test]
fn handles_are_told_apart_by_the_machine_they_are_of() {
    let builder = || {
        Session::builder()
            .object::<Counter>()
            .function_with("counter", |cx, ()| cx.object(Counter(0)))
            .function("keep", |_: Variadic<HostValue>| Ok(()))
    };
    let mut elsewhere = builder().build().unwrap();
    elsewhere.object(Counter(8)).unwrap();
    let foreign = elsewhere.object(Counter(9)).unwrap();
    record(builder(), |mut session, reports| {
        reports.push(session.run("function f(...) keep(...) return 1 end"));
        let f = session.function("f").unwrap();
        let own = session.object(Counter(1)).unwrap();
        // Behind what was executed on another machine, handles are the session's own again.
        for source in ["", "counter() keep(counter(), print)"] {
            reports.push(session.execute(source, None));
            reports.push(session.call(&f, (own.clone(), f.clone())));
        }
        reports.push(session.execute("keep(counter(), print)", None));
        session.revoke(&own).unwrap();
        reports.push(session.execute("keep(print)", None));
        // So it is with what is let go then.
        drop((own, f));
        reports.push(session.call("f", foreign.clone()));
        // What is another session's has numbers of its own.
        reports.push(session.run("keep(counter(), counter(), f, counter())"));
        Some(session)
    });
}

#[test]
fn a_run_that_is_stopped_anywhere_is_replayed() {
    let builder = || {
        Session::builder()
            .object::<Counter>()
            .function_with("counter", |cx, ()| cx.object(Counter(0)))
            .async_function("later", async |n: i64| Ok(n))
            .pending_function("ask")
    };
    let source = "local c = counter() host.all{{later, 1}, {ask, c}, {later, 3}} yield(c)
        later(1) while true do c:get() end";
    record(builder(), |mut session, reports| {
        for fuel in 1..250 {
            let mut run = session.start(Chunk::new(source.as_bytes()));
            while run.fuel_used() < 300 + 5 * fuel {
                match run.step(if fuel % 2 == 0 { 1 } else { 7 }) {
                    Step::Pending(calls) => {
                        for call in calls {
                            run.answer(call.id, Ok(call.args)).unwrap();
                        }
                    }
                    Step::Ended => break,
                    _ => {}
                }
            }
            run.stop(Outcome::Cancelled);
            let report;
            (session, report) = run.finish();
            reports.push(report);
        }
        Some(session)
    });
}

#[test]
fn handles_are_let_go_in_a_run_that_is_given_more_fuel() {
    let builder = || Session::builder().pending_function("ask");
    record(builder(), |session, reports| {
        let limits = Limits { fuel: 500, ..Limits::default() };
        let source = b"ask(function() end) for i = 1, 900 do end print(1) for i = 1, 900 do end";
        let mut run = session.start(Chunk::new(source).limits(limits));
        loop {
            match run.step(1000) {
                Step::Pending(calls) => run.answer(calls[0].id, Ok(vec![])).unwrap(),
                Step::Ended if run.outcome() == Some(&Outcome::OutOfFuel) => {
                    assert!(run.add_fuel(100) && run.add_fuel(100));
                }
                Step::Ended => break,
                _ => {}
            }
        }
        let (session, report) = run.finish();
        reports.push(report);
        Some(session)
    });
}

#[test]
fn a_run_that_is_dropped_with_its_session_is_in_the_trace_as_far_as_it_came() {
    let source =
        b"print(add(1, 2)) print('b') yield(print) ask(function() end, print) while true do end";
    let builder = || {
        Session::builder().function("add", |(a, b): (i64, i64)| Ok(a + b)).pending_function("ask")
    };
    for steps in 0..40 {
        let sink = Sink::default();
        let mut session = builder().record(sink.clone()).build().unwrap();
        let reports = vec![session.run("x = 1 return x")];
        let mut run = session.start(Chunk::new(source));
        let (mut held, mut waits) = (Vec::new(), None);
        for _ in 0..steps {
            match run.step(if steps % 2 == 0 { 100 } else { 1_000_000 }) {
                Step::Pending(calls) if waits.is_some() => {
                    drop(calls);
                    run.answer(1, Ok(vec![])).unwrap();
                }
                Step::Pending(calls) => waits = Some(calls),
                Step::Yielded(values) => held.push(values),
                _ => {}
            }
        }
        drop(run);
        let text = sink.text();
        let trace = Trace::parse(&text).unwrap();
        let replay = trace.replay().unwrap_or_else(|e| panic!("{steps} steps: {e}\n{text}"));
        assert_eq!(replay.reports, reports);
        // Whoever goes on with the trace has the run.
        let resumed = trace.resume(builder(), Sink::default(), |_| Decision::Leave).unwrap();
        assert!(steps == 39 || matches!(resumed.at, ResumedAt::Within { .. }), "{text}");
    }
}

#[test]
fn a_recorded_run_is_saved_wherever_it_stands_and_its_trace_knows_nothing_of_it() {
    let source = "
        local kept = {}
        for i = 1, 6 do
            kept[#kept + 1] = add(i, 1)
            on(function() return i end)
            print(i)
            if i % 3 == 0 then kept[#kept + 1] = ask(i) end
        end
        error({kept = table.concat(kept, ' ')})";
    let builder = || {
        Session::builder()
            .function("add", |(a, b): (i64, i64)| Ok(a + b))
            .function("on", |_: Function| Ok(()))
            .pending_function("ask")
    };
    let go_on = |mut run: Run, save: bool| {
        let mut saved = Vec::new();
        loop {
            if save {
                saved.push(run.snapshot().unwrap());
            }
            match run.step(40) {
                step if step.is_ended() => break,
                Step::Pending(calls) => {
                    for call in calls {
                        run.answer(call.id, Ok(vec!["so".into()])).unwrap();
                    }
                }
                _ => {}
            }
        }
        (run.finish(), saved)
    };
    let plain = go_on(builder().build().unwrap().start(Chunk::new(source.as_bytes())), false).0.1;
    let mut saved = Vec::new();
    let text = record(builder(), |session, reports| {
        let ((session, report), all) = go_on(session.start(Chunk::new(source.as_bytes())), true);
        saved = all;
        reports.push(report);
        Some(session)
    });
    let unsaved = record(builder(), |session, reports| {
        let (session, report) = go_on(session.start(Chunk::new(source.as_bytes())), false).0;
        reports.push(report);
        Some(session)
    });
    assert_eq!(text, unsaved);
    assert!(saved.len() > 10, "{}", saved.len());
    for bytes in saved {
        let (_, report) = go_on(builder().restore_run(&bytes).unwrap(), false).0;
        assert_eq!((&report.outcome, report.usage), (&plain.outcome, plain.usage));
        assert_eq!(report.output, plain.output);
    }
}

#[test]
fn what_of_a_run_cannot_be_saved_is_named() {
    let never = || {
        Session::builder()
            .async_function("wait", |()| std::future::pending::<Result<(), HostError>>())
    };
    let mut run = never().build().unwrap().start(Chunk::new(b"wait()"));
    while !matches!(run.step(1_000), Step::Pending(_)) {}
    let error = run.snapshot().unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot save a future of wait, which goes on in this process alone, at the run"
    );
    let apply = |_: &mut HostCx<'_>, f: Function| {
        Reply::call(&f, (), |_, result: Result<i64, HostError>| result)
    };
    let session = Session::builder().function_with("apply", apply).build().unwrap();
    let mut run = session.start(Chunk::new(b"apply(function() while true do end end)"));
    run.step(5_000);
    let error = run.snapshot().unwrap_err().to_string();
    let what = "a host function that waits for a function of the script's";
    let text = format!("cannot save {what}, and goes on in this process alone, at the run");
    assert_eq!(error, text);
}

/// What is nested deeper than a script may be given is not written whole, and is refused in the
/// same fuel and memory.
#[test]
fn answers_that_are_too_deep_are_replayed_to_the_byte() {
    fn nested(levels: usize) -> HostValue {
        (0..levels).fold(HostValue::Nil, |inner, _| HostValue::Array(vec![inner]))
    }
    for levels in [100, 129, 131, 132, 133, 500, 1024, 1025] {
        let builder = || {
            Session::builder()
                .pending_function("ask")
                .function("deep", move |()| Ok(nested(levels)))
        };
        let script = "local n = 0 for _, f in ipairs({ask, ask, deep, yield}) do
                          n = n + select('#', pcall(f)) end return n";
        let mut kept = Vec::new();
        let text = record(builder(), |session, reports| {
            let mut run = session.start(Chunk::from(script));
            loop {
                match run.step(u64::MAX) {
                    Step::Ended => break,
                    Step::Pending(calls) if calls[0].id == 1 => {
                        run.answer(1, Ok(vec![nested(levels)])).unwrap();
                    }
                    Step::Pending(_) => {
                        run.answer(2, Err(HostError::value(nested(levels)))).unwrap();
                    }
                    Step::Yielded(_) if levels <= 1024 => {
                        run.resume_with(vec![nested(levels)]).unwrap();
                    }
                    _ => {}
                }
            }
            let (session, report) = run.finish();
            kept.push(report.clone());
            reports.push(report);
            Some(session)
        });
        let replay = Trace::parse(text).unwrap().replay().unwrap();
        assert_eq!(replay.reports, kept, "{levels}");
    }
}

/// A replay does not measure what it was given once more: of values that are nested too deep a
/// trace has less.
#[test]
fn what_a_yield_is_refused_is_refused_again() {
    let nested =
        |levels: usize| (0..levels).fold(HostValue::Nil, |inner, _| HostValue::Array(vec![inner]));
    let refused = ["result of 22560 bytes is too large", "too deep"];
    for (given, limit, refused) in [
        (vec![nested(140); 10], 793, refused[0]),
        (vec![nested(140)], 2_300, refused[1]),
        (vec![nested(1_000_000)], 2_300, ""),
        (vec!["x".into()], 2_300, ""),
    ] {
        let limits = Limits { host_result: limit, ..Limits::default() };
        let text = record(Session::builder().limits(limits), |session, reports| {
            let mut run = session.start(Chunk::new(b"print(pcall(yield)) return 1"));
            assert!(matches!(run.step(100_000), Step::Yielded(_)));
            run.resume_with(given).unwrap();
            Some(finish(run, reports))
        });
        assert!(text.contains(refused), "{text}");
    }
}

/// A collection that comes with the answers of one call is paid before the next one.
#[test]
fn entries_of_calls_at_once_have_the_same_fuel_in_slices() {
    let texts = [u64::MAX, 5_000, 50].map(|slice| {
        let limits = Limits { memory: 1_500_000, ..Limits::default() };
        let builder = Session::builder()
            .limits(limits)
            .function("big", |()| Ok("x".repeat(700_000)))
            .function("small", |()| Ok(1));
        record(builder, |session, reports| {
            // There is room for what the first call answers once the long string is gone.
            let source = "local kept = {} for i = 1, 2000 do kept[i] = {i} end
                local garbage = #string.rep('x', 700000)
                return #host.all{{big}, {small}, {small}}";
            let mut run = session.start(Chunk::new(source.as_bytes()));
            while !run.step(slice).is_ended() {}
            let (session, report) = run.finish();
            assert_eq!(report.json().unwrap(), "[3]");
            reports.push(report);
            Some(session)
        })
    });
    assert!(texts[0] == texts[1] && texts[0] == texts[2], "{texts:#?}");
}
