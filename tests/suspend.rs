//! Runs that wait for their host: what scripts yield, calls that are handed out, and fuel
//! that is added.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

use moonfuel::{
    AnswerError, Chunk, HostError, HostValue, Limits, Outcome, PendingCall, Profile, Report, Run,
    Session, SessionBuilder, Step,
};

const SLICES: [u64; 4] = [u64::MAX, 1000, 7, 1];

fn builder() -> SessionBuilder {
    Session::builder().hash_key(7).pending_function("ask").pending_function("net.get")
}

fn start(source: &str) -> Run {
    builder().build().unwrap().start(Chunk::new(source.as_bytes()).named("@job"))
}

/// Steps until there is something to do for the host.
fn go_on(run: &mut Run, slice: u64) -> Step {
    loop {
        match run.step(slice) {
            Step::Running | Step::Called => {}
            step => return step,
        }
    }
}

fn calls(step: Step) -> Vec<PendingCall> {
    match step {
        Step::Pending(calls) => calls,
        step => panic!("not pending: {step:?}"),
    }
}

fn json(report: &Report) -> &str {
    match &report.outcome {
        Outcome::Done(Ok(json)) => json,
        outcome => panic!("{outcome:?}"),
    }
}

/// Where a function that waits may be called, in each profile that has it there.
const PLACES: [&str; 9] = [
    "return f(1)",
    "return select(2, pcall(f, 1))",
    "return select(2, xpcall(function() return f(1) end, debug.traceback))",
    "local t = setmetatable({}, {__add = function(_, b) return f(b) end}) return t + 1",
    "local t = setmetatable({}, {__index = function(_, k) return f(k) end}) return t[1]",
    "local got for v in function(_, v) if not v then return f(1) end end do got = v end return got",
    "local got table.sort({2, 1}, function(a, b) got = got or f(1) return a < b end) return got",
    "local got = ('x'):gsub('x', function() return f(1) end) return tonumber(got)",
    "local co = coroutine.wrap(function() coroutine.yield(0) coroutine.yield(f(1)) end) co() return co()",
];

#[test]
fn a_script_yields_from_anywhere() {
    for profile in [Profile::Strict, Profile::Compat] {
        for place in PLACES {
            let source = place.replace("f(", "yield(").replace("pcall(f,", "pcall(yield,");
            let mut figures = None;
            for slice in SLICES {
                let session = builder().profile(profile).build().unwrap();
                let mut run = session.start(Chunk::new(source.as_bytes()));
                assert_eq!(go_on(&mut run, slice), Step::Yielded(vec![1.into()]), "{source}");
                run.resume_with(vec![HostValue::Integer(42), "more".into()]).unwrap();
                assert_eq!(go_on(&mut run, slice), Step::Ended, "{source}");
                let report = run.finish().1;
                assert!(json(&report).starts_with("[42"), "{source}: {report:?}");
                assert_eq!(*figures.get_or_insert(report.usage), report.usage, "{source}");
                assert_eq!(report.usage.host_calls, 1);
            }
        }
    }
}

#[test]
fn what_is_yielded_and_given_back_crosses_whole() {
    let mut run = start("return yield(nil, {1, {a = true}}, 'x'), select('#', yield())");
    let values = vec![
        HostValue::Nil,
        HostValue::array([1.into(), HostValue::object([("a", true.into())])]),
        "x".into(),
    ];
    assert_eq!(go_on(&mut run, 100), Step::Yielded(values.clone()));
    run.resume_with(vec![values[1].clone()]).unwrap();
    assert_eq!(go_on(&mut run, 100), Step::Yielded(Vec::new()));
    // Nothing is given back: `yield` returns nothing.
    assert_eq!(go_on(&mut run, 100), Step::Ended);
    assert_eq!(run.resume_with(Vec::new()), Err(AnswerError::NotYielded));
    assert_eq!(json(&run.finish().1), r#"[[1,{"a":true}],0]"#);
}

#[test]
fn whoever_only_wants_the_end_does_not_see_yields() {
    let mut session = builder().build().unwrap();
    let report = session.run("for i = 1, 5 do yield(i) end return select('#', yield())");
    assert_eq!((json(&report), report.usage.host_calls), ("[0]", 6));
    let report = session.run("local t = {} t.t = t local ok, why = pcall(yield, 1, t) return why");
    assert_eq!(
        json(&report),
        r#"["bad argument #2 to 'yield' (a table that contains itself cannot be passed to the host)"]"#
    );
}

#[test]
fn yields_count_as_calls_of_the_host() {
    let limits = Limits { host_calls: 3, ..Limits::default() };
    let mut session = builder().limits(limits).build().unwrap();
    assert_eq!(session.run("while true do yield() end").outcome, Outcome::HostCallLimit);
}

#[test]
fn calls_wait_anywhere() {
    for profile in [Profile::Strict, Profile::Compat] {
        for place in PLACES {
            let source = place.replace("f(", "ask(").replace("pcall(f,", "pcall(ask,");
            let mut figures = None;
            for slice in SLICES {
                let session = builder().profile(profile).build().unwrap();
                let mut run = session.start(Chunk::new(source.as_bytes()).named("@job"));
                let waiting = calls(go_on(&mut run, slice));
                assert_eq!(waiting.len(), 1);
                assert_eq!(waiting[0].to_string(), "job:1: ask", "{source}");
                assert_eq!(waiting[0].args, [1.into()]);
                let used = run.fuel_used();
                assert_eq!(run.step(slice), Step::Pending(waiting.clone()));
                assert_eq!((run.fuel_used(), run.pending()), (used, waiting));
                run.answer(1, Ok(vec![42.into()])).unwrap();
                assert_eq!(go_on(&mut run, slice), Step::Ended, "{source}");
                let report = run.finish().1;
                assert!(json(&report).starts_with("[42"), "{source}: {report:?}");
                assert_eq!(*figures.get_or_insert(report.usage), report.usage, "{source}");
            }
        }
    }
}

#[test]
fn answers_may_be_errors() {
    let mut run =
        start("local ok, why = pcall(ask) local again, text = pcall(net.get) return why, text");
    calls(go_on(&mut run, 1000));
    run.answer(1, Err(HostError::new("no line"))).unwrap();
    assert_eq!(calls(go_on(&mut run, 1000))[0].name, "net.get");
    run.deny(2, "not here").unwrap();
    assert_eq!(go_on(&mut run, 1000), Step::Ended);
    assert_eq!(json(&run.finish().1), r#"["no line","not here"]"#);
}

#[test]
fn what_is_answered_twice_or_never_asked_is_an_error() {
    let mut run = start("return ask(), ask()");
    assert_eq!(run.answer(1, Ok(Vec::new())), Err(AnswerError::Unknown(1)));
    calls(go_on(&mut run, 1000));
    assert_eq!(run.answer(0, Ok(Vec::new())), Err(AnswerError::Unknown(0)));
    assert_eq!(run.answer(2, Ok(Vec::new())), Err(AnswerError::Unknown(2)));
    assert_eq!(run.answer(1, Ok(Vec::new())), Ok(()));
    assert_eq!(run.answer(1, Ok(Vec::new())), Err(AnswerError::Unknown(1)));
    assert_eq!(run.deny(1, "again"), Err(AnswerError::Unknown(1)));
    assert_eq!(calls(go_on(&mut run, 1000))[0].id, 2);
    let (session, report) = run.finish();
    assert_eq!(report.outcome, Outcome::Cancelled);
    assert_eq!(report.place.unwrap().line, Some(1));
    // The session goes on with the next.
    let mut run = session.start(Chunk::new(b"return ask()"));
    assert_eq!(calls(go_on(&mut run, 1000))[0].id, 1);
    drop(run);
}

#[test]
fn an_answer_that_is_too_large_is_an_error() {
    let limits = Limits { host_result: 100, ..Limits::default() };
    let session = builder().limits(limits).build().unwrap();
    let mut run = session.start(Chunk::new(b"return select(2, pcall(ask))"));
    calls(go_on(&mut run, 1000));
    run.answer(1, Ok(vec![vec![0_u8; 1000].into()])).unwrap();
    go_on(&mut run, 1000);
    let expected = r#"["ask: result of 1016 bytes is too large (limit: host_result, 100 bytes)"]"#;
    assert_eq!(json(&run.finish().1), expected);
}

#[test]
fn nobody_answers_a_run_that_blocks() {
    let mut session = builder().build().unwrap();
    let report = session.run("return select(2, pcall(ask))");
    assert_eq!(json(&report), r#"["ask: nobody answers calls that wait in this run"]"#);
}

#[test]
fn what_waits_can_be_ended_and_changes_threads() {
    let mut run = start("return ask()");
    calls(go_on(&mut run, 1000));
    let canceller = run.canceller();
    let run = std::thread::spawn(move || {
        let mut run = run;
        assert_eq!(run.step(10), Step::Pending(run.pending()));
        run
    });
    let mut run = run.join().unwrap();
    canceller.cancel();
    assert_eq!(run.step(10), Step::Ended);
    assert_eq!(run.finish().1.outcome, Outcome::Cancelled);
}

#[test]
fn what_was_printed_is_seen_before_what_is_asked() {
    let mut run = start("print('so?') ask() print('well') yield(1)");
    assert_eq!(run.step(1000), Step::Running);
    assert_eq!(run.take_output(), b"so?\n");
    calls(run.step(1000));
    run.answer(1, Ok(Vec::new())).unwrap();
    assert_eq!(run.step(1000), Step::Running);
    assert_eq!(run.take_output(), b"well\n");
    assert_eq!(run.step(1000), Step::Yielded(vec![1.into()]));
}

/// Runs to the end with fuel in portions.
fn in_portions(session: Session, source: &str, portion: u64, slice: u64) -> Report {
    let limits = Limits { fuel: portion, ..Limits::unlimited() };
    let mut run = session.start(Chunk::new(source.as_bytes()).limits(limits));
    loop {
        match run.step(slice) {
            Step::Pending(calls) => run.answer(calls[0].id, Ok(calls[0].args.clone())).unwrap(),
            Step::Ended if run.outcome() == Some(&Outcome::OutOfFuel) => {
                assert!(run.add_fuel(portion));
                assert_eq!(run.outcome(), None);
            }
            Step::Ended => return run.finish().1,
            _ => {}
        }
    }
}

#[test]
fn more_fuel_changes_nothing_but_that_the_run_goes_on() {
    let source = "
        local t, n = {}, 0
        for i = 1, 300 do t[#t + 1] = ('x'):rep(i % 70) .. i n = n + #ask(t) end
        collectgarbage()
        local s = table.concat(t, ',', 1, 100)
        yield(s)
        local ok, why = pcall(error, setmetatable({}, {__tostring = function() return 'e' end}))
        table.sort(t, function(a, b) return #a > #b or #a == #b and a < b end)
        print(#s, select('#', table.unpack(t)))
        return n, s:gsub('x+', function(m) return #m end), tostring(why), t[1]
    ";
    let session = || builder().build().unwrap();
    let whole = in_portions(session(), source, 100_000_000, u64::MAX);
    assert!(json(&whole).starts_with("[45150,"), "{whole:?}");
    for (portion, slice) in [(1, u64::MAX), (7, 3), (100, u64::MAX), (5000, 999)] {
        assert_eq!(in_portions(session(), source, portion, slice), whole, "{portion} {slice}");
    }
}

#[test]
fn a_run_that_could_not_be_begun_for_want_of_fuel_begins_with_more() {
    let source = format!("--{}\nreturn 1", "x".repeat(10_000));
    let whole = in_portions(builder().build().unwrap(), &source, 1_000_000, u64::MAX);
    assert_eq!(json(&whole), "[1]");
    assert_eq!(in_portions(builder().build().unwrap(), &source, 1, u64::MAX), whole);
}

#[test]
fn no_fuel_helps_a_run_that_has_ended_otherwise() {
    let mut run = start("error('no')");
    assert_eq!(go_on(&mut run, 1000), Step::Ended);
    assert!(!run.add_fuel(1000));
    assert!(matches!(run.finish().1.outcome, Outcome::Failed(_)));
    // Nor one that was stopped, or whose host function used it up.
    let mut run = start("return 1");
    run.stop(Outcome::OutOfFuel);
    assert!(!run.add_fuel(1000));
    let limits = Limits { fuel: 1000, ..Limits::default() };
    let session = Session::builder().limits(limits);
    let session = session.function_with("host.work", |cx, ()| cx.charge(5000));
    let mut run = session.build().unwrap().start(Chunk::new(b"host.work()"));
    assert_eq!(go_on(&mut run, 1000), Step::Ended);
    assert!(!run.add_fuel(100_000));
    let report = run.finish().1;
    assert_eq!((report.outcome, report.usage.fuel_used), (Outcome::OutOfFuel, 1000));
}

#[test]
fn calls_that_wait_can_be_written_down() {
    let mut run = start("ask('x', {1, {a = 2.5}}, true)");
    let call = calls(go_on(&mut run, 1000)).remove(0);
    let text = serde_json::to_string(&call).unwrap();
    let expected =
        r#"{"id":1,"name":"ask","args":["x",[1,{"a":2.5}],true],"chunk":"job","line":1}"#;
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<PendingCall>(&text).unwrap(), call);
    assert!(serde_json::from_str::<PendingCall>("{}").is_err());
}

#[test]
fn handles_live_as_long_as_who_holds_them() {
    // In what is yielded, in a call that is handed out, and through `host.all`.
    let mut run = start(
        "local f = function() return 'f' end
        local a = yield(f) local b = ask(f)
        local r = host.all{{ask, f}, {ask, 1}}
        return a(), b(), r[1][1](), #r[2]",
    );
    let Step::Yielded(values) = go_on(&mut run, 100) else { panic!("it yields") };
    run.resume_with(values).unwrap();
    for ids in [&[1][..], &[2, 3]] {
        let waiting = calls(go_on(&mut run, 100));
        assert_eq!(waiting.iter().map(|call| call.id).collect::<Vec<_>>(), ids);
        for call in waiting {
            run.answer(call.id, Ok(call.args)).unwrap();
        }
    }
    assert_eq!(go_on(&mut run, 100), Step::Ended);
    let (mut session, report) = run.finish();
    assert_eq!(json(&report), r#"["f","f","f",1]"#);
    // None is left behind: nobody holds one.
    let counted = "collectgarbage() return collectgarbage('count')";
    let before = session.run(counted);
    let mut run = session.start(Chunk::new(b"for i = 1, 100 do yield(function() end) end"));
    while go_on(&mut run, u64::MAX) != Step::Ended {}
    assert_eq!(json(&run.finish().0.run(counted)), json(&before));
}

#[test]
fn a_step_of_nothing_is_one_of_a_unit() {
    let mut run = start("local n = ask(1) return n");
    for units in 1..=3 {
        assert!(matches!(run.step(0), Step::Running));
        assert_eq!(run.fuel_used(), units);
    }
    let asked = calls(go_on(&mut run, 0));
    let used = run.fuel_used();
    for _ in 0..3 {
        assert_eq!(calls(run.step(0)), asked);
    }
    assert_eq!(run.fuel_used(), used);
    run.canceller().cancel();
    assert!(run.step(0).is_ended() && run.step(0).is_ended());
    assert_eq!(run.finish().1.outcome, Outcome::Cancelled);
}

#[test]
fn a_run_that_is_out_of_fuel_anywhere_is_saved() {
    let builder = || Session::builder().pending_function("ask");
    // Also where its last values have taken more than was left, with or without finalizers, or
    // where its error has.
    let ends = [
        "setmetatable({}, {__gc = function() n = n + 1 end}) collectgarbage() n = ask('x') return n, ('x'):rep(999)",
        "n = ask('x') error(('x'):rep(999))",
    ];
    for source in ends {
        let run = |fuel: u64, saves: bool| {
            let mut session = builder().build().unwrap();
            let first = "n = 1 g = setmetatable({}, {__gc = function() n = n + 1 end}) g = nil";
            assert!(session.run(first).is_done());
            let limits = Limits { fuel, ..Limits::default() };
            let mut run = session.start(Chunk::new(source.as_bytes()).limits(limits));
            let mut saved = 0;
            loop {
                match run.step(u64::MAX) {
                    Step::Pending(calls) => {
                        run.answer(calls[0].id, Ok(vec![7.into()])).unwrap();
                    }
                    Step::Ended if run.outcome() == Some(&Outcome::OutOfFuel) => {
                        if saves {
                            let bytes = run.snapshot().unwrap();
                            run = builder()
                                .restore_run(&bytes)
                                .unwrap_or_else(|e| panic!("{fuel}: {e}"));
                            saved += 1;
                        }
                        assert!(run.add_fuel(99));
                    }
                    Step::Ended => break,
                    _ => {}
                }
            }
            let (mut session, report) = run.finish();
            (report, session.run("return n"), session.digest(), saved)
        };
        let whole = run(100_000, false);
        let used = whole.0.usage.fuel_used;
        for fuel in (0..used).step_by(41).chain(used - 60..=used) {
            let (one, saved) = (run(fuel, false), run(fuel, true));
            assert_eq!(saved.0.usage, one.0.usage, "{fuel}");
            assert_eq!((&saved.0, &saved.1, saved.2), (&one.0, &one.1, one.2), "{fuel}");
        }
    }
}

#[test]
fn a_run_is_saved_again_and_again_while_a_list_is_on_its_way() {
    let builder = || Session::builder().function("take", |all: HostValue| Ok(all));
    // Lists of lengths that grow by doubling, with what is no list beside them.
    let source = "local all = {} for i = 1, 23 do all[i] = {k = i, [2.5] = ('x'):rep(i)} end
        local named = {} for i = 1, 23 do named['n' .. i] = all end
        return #take({all, named, {1, 2, 3, 4, 5}})[1]";
    let run = |saves: usize| {
        let mut run = builder().build().unwrap().start(Chunk::new(source.as_bytes()));
        while !run.step(50).is_ended() {
            for _ in 0..saves {
                let bytes = run.snapshot().unwrap();
                run = builder().restore_run(&bytes).unwrap();
            }
        }
        run.finish().1
    };
    let whole = run(0);
    assert_eq!(whole.json(), Ok("[23]"));
    assert_eq!(run(2), whole);
}

#[test]
fn a_run_that_may_have_less_than_there_is_is_saved() {
    let builder = || Session::builder().pending_function("ask");
    let run = |memory: u64, saves: bool| {
        let limits = Limits { memory, ..Limits::default() };
        let session = builder().build().unwrap();
        let chunk = Chunk::new(b"local ok = pcall(string.rep, 'x', 1e6) return ok, ask(1)");
        let (mut run, mut saved) = (session.start(chunk.limits(limits)), 0);
        loop {
            let step = run.step(11);
            if step.is_ended() {
                return (run.finish().1, saved);
            }
            // While a chunk that was refused memory waits, it cannot be.
            if let (true, Ok(bytes)) = (saves, run.snapshot()) {
                run = builder().restore_run(&bytes).unwrap();
                saved += 1;
            }
            if let Step::Pending(calls) = step {
                run.answer(calls[0].id, Ok(vec![])).unwrap();
            }
        }
    };
    let base = run(u64::MAX, false).0.usage.memory_peak;
    let mut ended = [0; 2];
    for memory in (base.saturating_sub(1_004_000)..base).step_by(1499) {
        let (whole, _) = run(memory, false);
        let (report, saved) = run(memory, true);
        assert_eq!(report, whole, "{memory}: {saved}");
        ended[usize::from(whole.is_done())] += 1;
        if memory > base.saturating_sub(990_000) {
            break;
        }
    }
    assert!(ended.iter().all(|count| *count > 1), "{ended:?}");
}
