//! Whoever drives a run has the word: after every host call, at the deadline, when
//! somebody cancels, and when text waits.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::disallowed_types, reason = "deadlines are about a real clock")]

use moonfuel::drive::{DriveOptions, drive};
use moonfuel::{
    Canceller, Chunk, HostCx, HostError, Limits, Outcome, Report, Session, SessionBuilder, Step,
};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

fn limits() -> Limits {
    Limits { fuel: 1 << 40, memory: 16 << 20, host_calls: 1 << 40, ..Limits::default() }
}

/// Holds as many bytes as it is asked for while it is called.
fn hold(cx: &mut HostCx<'_>, bytes: usize) -> Result<bool, HostError> {
    cx.reserve(bytes)?;
    Ok(true)
}

/// Charges as many units as it is asked for, and answers whether that went well.
fn work(cx: &mut HostCx<'_>, units: u64) -> Result<bool, HostError> {
    Ok(cx.charge(units).is_ok())
}

/// Sleeps for as many milliseconds, and looks at nothing.
fn sleep(milliseconds: u64) -> Result<(), HostError> {
    thread::sleep(Duration::from_millis(milliseconds));
    Ok(())
}

/// Waits for as many milliseconds in short pieces, as a function should.
fn wait(cx: &mut HostCx<'_>, milliseconds: u64) -> Result<(), HostError> {
    for _ in 0..milliseconds {
        cx.check()?;
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn builder(limits: Limits) -> SessionBuilder {
    Session::builder()
        .limits(limits)
        .function_with("host.hold", hold)
        .function_with("host.work", work)
        .function_with("host.wait", wait)
        .function("host.sleep", sleep)
}

fn session(limits: Limits) -> Session {
    builder(limits).build().unwrap()
}

fn sliced(session: Session, source: &str, slice: u64) -> Report {
    let mut run = session.start(Chunk::new(source.as_bytes()).named("@x.lua"));
    while !run.step(slice).is_ended() {}
    run.finish().1
}

fn whole(session: &mut Session, source: &str) -> Report {
    session.run_chunk(Chunk::new(source.as_bytes()).named("@x.lua"))
}

#[test]
fn a_step_comes_back_after_every_host_call() {
    let source = b"host.work(1) print('a') host.work(2) for i = 1, 3 do host.work(i) end";
    let mut run = session(limits()).start(Chunk::new(source));
    let mut steps = Vec::new();
    let mut printed = Vec::new();
    loop {
        let step = run.step(u64::MAX);
        let text = run.take_output();
        if !text.is_empty() {
            printed.push((steps.len(), text));
        }
        steps.push(step.clone());
        if step.is_ended() {
            break;
        }
    }
    use Step::{Called, Ended, Running};
    // Before the second call, the text.
    assert_eq!(steps, [Called, Running, Called, Called, Called, Called, Ended]);
    assert_eq!(printed, [(1, b"a\n".to_vec())]);
    let (_, report) = run.finish();
    assert_eq!((report.is_done(), report.usage.host_calls), (true, 5));
}

#[test]
fn what_host_functions_take_is_the_same_in_slices_of_any_size() {
    let source = "
        local t, sum = {}, 0
        for i = 1, 40 do
            t[i] = ('x'):rep(i * 100)
            print(i, host.work(i * 50), host.hold(i * 20000))
            if i % 7 == 0 then print(pcall(host.hold, 1 << 40)) end
            if i % 10 == 0 then t = {} print(pcall(host.hold, 15 << 20)) end
        end
        return #t, collectgarbage('count') > 0";
    let expected = whole(&mut session(limits()), source);
    assert!(expected.is_done(), "{expected:?}");
    let text = String::from_utf8_lossy(&expected.output).into_owned();
    assert!(text.contains("false\tnot enough memory") && text.contains("40\ttrue\ttrue"), "{text}");
    assert!(expected.usage.memory_peak > 15 << 20, "{:?}", expected.usage);
    for slice in [1, 2, 3, 7, 50, 1000, 30_000] {
        assert_eq!(sliced(session(limits()), source, slice), expected, "slices of {slice}");
    }
    for fuel in [100, 3000, 5000, expected.usage.fuel_used - 1] {
        let lower = Limits { fuel, ..limits() };
        let stopped = whole(&mut session(lower.clone()), source);
        assert_eq!((&stopped.outcome, stopped.usage.fuel_used), (&Outcome::OutOfFuel, fuel));
        // Before it is compiled, afterwards its values become JSON.
        let runs = (1000..expected.usage.fuel_used - 10).contains(&fuel);
        assert_eq!(stopped.place.is_some(), runs, "{stopped:?}");
        for slice in [1, 3, 50, 1000] {
            assert_eq!(sliced(session(lower.clone()), source, slice), stopped, "{slice} of {fuel}");
        }
    }
}

#[test]
fn fuel_that_a_host_function_needs_is_the_runs() {
    let lower = Limits { fuel: 10_000, ..limits() };
    // Whatever slice it is called in.
    for slice in [1, 100, u64::MAX] {
        let report = sliced(session(lower.clone()), "return host.work(9000)", slice);
        assert_eq!(report.json().unwrap(), "[true]", "{slice}");
        assert!(report.usage.fuel_used > 9000);
        // Nobody catches that it is not there, the function itself included.
        let caught = "pcall(host.work, 9990) print('never')";
        let report = sliced(session(lower.clone()), caught, slice);
        assert_eq!((report.outcome, report.usage.fuel_used), (Outcome::OutOfFuel, 10_000));
        assert!(report.output.is_empty(), "{slice}");
    }
}

#[test]
fn memory_that_a_host_function_holds_is_the_runs_until_it_returns() {
    let mut session = session(limits());
    let report = session.run("for i = 1, 100 do host.hold(10 << 20) end");
    assert!(report.is_done(), "{report:?}");
    assert!((10 << 20..12 << 20).contains(&report.usage.memory_peak), "{:?}", report.usage);
    let report = session.run("return 1");
    assert!(report.usage.memory_peak < 1 << 20, "{:?}", report.usage);
    // Room is made for it.
    let garbage = "for i = 1, 60 do local s = ('x'):rep(150000 + i) end ";
    let report = session.run(format!("{garbage} return host.hold(15 << 20)"));
    assert_eq!(report.json().unwrap(), "[true]");
    // A refusal is the script's to catch.
    let report = session.run("return pcall(host.hold, 17 << 20)");
    assert_eq!(report.json().unwrap(), r#"[false,"not enough memory"]"#);
    let report = whole(&mut session, "local x\nhost.hold(17 << 20)");
    assert_eq!(report.outcome, Outcome::OutOfMemory);
    let place = report.place.unwrap();
    assert_eq!((place.chunk.as_str(), place.line), ("x.lua", Some(2)));
}

/// Returns the shortest of some attempts: on a busy machine any one may have to wait.
fn shortest(attempt: impl Fn() -> Duration) -> Duration {
    (0..5).map(|_| attempt()).min().unwrap()
}

fn timed(source: &str, options: impl Into<DriveOptions<'static>>) -> (Duration, Report) {
    let session = session(limits());
    let begin = Instant::now();
    let (_, report) = drive(session, Chunk::new(source.as_bytes()), options, &mut |_| ());
    (begin.elapsed(), report)
}

#[test]
fn a_deadline_ends_runs_that_call_the_host() {
    for source in [
        "while true do host.sleep(10) end",
        "while true do pcall(host.sleep, 10) end",
        "for i = 1, 10 do host.sleep(10) end",
        // A call that takes long and looks.
        "host.wait(1000)",
        "while true do pcall(host.wait, 1000) end",
    ] {
        let least = shortest(|| {
            let (took, report) = timed(source, Duration::from_millis(50));
            assert_eq!(report.outcome, Outcome::Deadline, "{source}");
            assert!(report.place.is_some(), "{source}");
            took
        });
        assert!(least >= Duration::from_millis(50), "{source}: {least:?}");
        assert!(least < Duration::from_millis(65), "{source}: {least:?}");
    }
}

#[test]
fn a_cancel_comes_from_any_thread_and_ends_within_one_call() {
    for (source, most) in [
        ("while true do end", 10),
        ("while true do pcall(host.sleep, 20) end", 30),
        ("pcall(host.wait, 2000) while true do end", 10),
    ] {
        let least = shortest(|| {
            let canceller = Canceller::new();
            let other = canceller.clone();
            let thread = thread::spawn(move || {
                thread::sleep(Duration::from_millis(30));
                other.cancel();
                Instant::now()
            });
            let (_, report) = timed(source, canceller);
            let took = thread.join().unwrap().elapsed();
            assert_eq!(report.outcome, Outcome::Cancelled, "{source}");
            took
        });
        assert!(least < Duration::from_millis(most), "{source}: {least:?}");
    }
    // A run of one's own has one too.
    let mut run = session(limits()).start(Chunk::new(b"while true do host.work(1) end"));
    let canceller = run.canceller();
    assert_eq!(run.step(1_000_000), Step::Called);
    canceller.cancel();
    assert_eq!(run.step(1_000_000), Step::Ended);
    assert_eq!(run.finish().1.outcome, Outcome::Cancelled);
}

#[test]
fn a_host_function_knows_deadline_and_cancel() {
    let (sender, seen) = mpsc::channel();
    let ask = move |cx: &mut HostCx<'_>, ()| {
        sender.send((cx.deadline(), cx.remaining(), cx.cancelled())).unwrap();
        Ok(())
    };
    let session = builder(limits()).function_with("host.ask", ask).build().unwrap();
    let (session, _) =
        drive(session, Chunk::new(b"host.ask()"), DriveOptions::default(), &mut |_| ());
    assert_eq!(seen.recv().unwrap(), (None, None, false));
    let mut run = session.start(Chunk::new(b"host.ask()"));
    let deadline = Instant::now() + Duration::from_secs(60);
    run.set_deadline(deadline);
    while !run.step(100).is_ended() {}
    let (at, left, cancelled) = seen.recv().unwrap();
    assert_eq!((at, cancelled), (Some(deadline), false));
    assert!(left.is_some_and(|left| left <= Duration::from_secs(60)));
    let _ = run.finish();
}

#[test]
fn a_line_is_shown_before_a_slow_call_begins() {
    let (sender, order) = mpsc::channel();
    let called = sender.clone();
    let slow = move |()| {
        called.send("called".to_owned()).unwrap();
        Ok(())
    };
    let session = builder(limits()).function("host.slow", slow).build().unwrap();
    let source = b"print('before') host.slow() print('between') host.slow() print('after')";
    let (_, report) = drive(session, Chunk::new(source), DriveOptions::default(), &mut |bytes| {
        sender.send(String::from_utf8_lossy(bytes).trim_end().to_owned()).unwrap();
    });
    assert!(report.is_done(), "{report:?}");
    drop(sender);
    let order: Vec<String> = order.iter().collect();
    assert_eq!(order, ["before", "called", "between", "called", "after"]);
}

#[test]
fn a_stop_says_where_the_script_stood() {
    let stops = [
        ("local x = 1\nlocal y\nwhile true do end", 3, Outcome::OutOfFuel, "main chunk"),
        (
            "local function f()\n  while true do\n    local t = {}\n  end\nend\nf()",
            0,
            Outcome::OutOfFuel,
            "in local 'f'",
        ),
        ("\n\nfor i = 1, 10000 do print(i) end", 3, Outcome::OutputLimit, "in function 'print'"),
        ("\nwhile true do\n  host.work(1)\nend", 3, Outcome::HostCallLimit, "in field 'work'"),
        (
            "\nlocal t = {}\nwhile true do t[#t + 1] = ('x'):rep(1000 + #t) end",
            3,
            Outcome::OutOfMemory,
            "main chunk",
        ),
        ("\n\n\nhost.work(1 << 40)", 4, Outcome::OutOfFuel, "in field 'work'"),
        (
            "local co = coroutine.wrap(function()\n  while true do end\nend)\nco()",
            2,
            Outcome::OutOfFuel,
            "in function <x.lua:1>",
        ),
    ];
    for (source, line, outcome, text) in stops {
        let lower =
            Limits { fuel: 1_000_000, output: 1000, host_calls: 10, memory: 1 << 20, ..limits() };
        let report = whole(&mut session(lower.clone()), source);
        assert_eq!(report.outcome, outcome, "{source}");
        let place = report.place.clone().unwrap_or_else(|| panic!("{source}: {report:?}"));
        assert_eq!(place.chunk, "x.lua", "{source}");
        assert!(line == 0 || place.line == Some(line), "{source}: {place:?}");
        assert!(place.traceback.starts_with("stack traceback:\n\t"), "{source}: {place:?}");
        assert!(place.traceback.contains(text), "{source}: {place:?}");
        let error = report.json().unwrap_err();
        assert_eq!(
            (error.chunk, error.line, error.traceback),
            (place.chunk, place.line, place.traceback)
        );
        for slice in [1, 10, 777] {
            assert_eq!(sliced(session(lower.clone()), source, slice), report, "{source}: {slice}");
        }
    }
    // The host's own stops, too; a deep stack is shown in part.
    let source = "local function f(n)\n  if n == 0 then while true do end end\n  return (f(n - 1))\nend f(1000)";
    let mut run = session(limits()).start(Chunk::new(source.as_bytes()).named("@x.lua"));
    assert_eq!(run.step(100_000), Step::Running);
    let (mut session, report) = run.finish();
    assert_eq!(report.outcome, Outcome::Cancelled);
    let place = report.place.unwrap();
    assert_eq!(place.line, Some(2));
    assert!(place.traceback.lines().count() < 25, "{}", place.traceback);
    // What ends well, fails or did not begin stood nowhere.
    for source in ["return 1", "error('x')", "x ="] {
        assert_eq!(session.run(source).place, None);
    }
}

#[test]
fn what_a_run_switched_is_as_before_in_the_next() {
    let mut session = Session::builder()
        .limits(Limits { fuel: 200_000_000, ..limits() })
        .profile(moonfuel::Profile::Compat)
        .build()
        .unwrap();
    let settings = "return collectgarbage('isrunning'), collectgarbage('generational'),
        collectgarbage('setpause', 100), collectgarbage('setstepmul', 200)";
    let before = session.run(settings).json().unwrap().to_owned();
    let report = session.run("collectgarbage('stop') warn('@on') warn('seen')");
    assert_eq!(report.output, b"Lua warning: seen\n");
    assert_eq!(session.run(settings).json().unwrap(), before);
    assert_eq!(session.run("warn('not seen')").output, b"");
    // A collector that stays stopped would need more than there is.
    let report = session.run("collectgarbage('stop')");
    assert!(report.is_done());
    let report = session.run("for i = 1, 100000 do local s = ('x'):rep(1000 + i % 10) end");
    assert!(report.is_done() && report.usage.memory_peak < 4 << 20, "{report:?}");
    let given = Chunk::new(b"return args.n").args(serde_json::json!({"n": 5}));
    assert_eq!(session.run_chunk(given).json().unwrap(), "[5]");
    assert_eq!(session.run("return args, rawget(_G, 'args')").json().unwrap(), "[null,null]");
    let given = Chunk::new(b"args = 7 return args").args(serde_json::json!(6));
    assert_eq!(session.run_chunk(given).json().unwrap(), "[7]");
    assert_eq!(session.run("return args").json().unwrap(), "[null]");
    // A global that the script made itself stays.
    assert!(session.run("args = 1").is_done());
    assert_eq!(session.run("return args").json().unwrap(), "[1]");
}

#[test]
fn a_run_can_lower_limits_and_not_raise_them() {
    let mut session = session(Limits { fuel: 100_000, output: 100, ..limits() });
    let endless = Chunk::new(b"while true do end");
    for (own, used) in [(1000, 1000), (u64::MAX, 100_000), (0, 0)] {
        let own = Limits { fuel: own, ..Limits::unlimited() };
        let report = session.run_chunk(endless.clone().limits(own));
        assert_eq!((report.outcome, report.usage.fuel_used), (Outcome::OutOfFuel, used));
    }
    let run = |session: &mut Session, source: &str, own: Limits| {
        session.run_chunk(Chunk::new(source.as_bytes()).limits(own)).outcome
    };
    let all = Limits::unlimited;
    let memory = Limits { memory: 1 << 20, ..all() };
    assert_eq!(run(&mut session, "return ('x'):rep(2 << 20)", memory), Outcome::OutOfMemory);
    let output = Limits { output: 3, ..all() };
    assert_eq!(run(&mut session, "print('long')", output), Outcome::OutputLimit);
    let output = "for i = 1, 60 do print(i) end";
    assert_eq!(run(&mut session, output, all()), Outcome::OutputLimit);
    let calls = Limits { host_calls: 1, ..all() };
    let twice = "host.work(1) host.work(1)";
    assert_eq!(run(&mut session, twice, calls), Outcome::HostCallLimit);
    let source = Limits { source: 3, ..all() };
    assert!(matches!(run(&mut session, "return", source), Outcome::Failed(_)));
    let many = "local t = {} for i = 1, 20 do t[i] = coroutine.create(print) end return #t";
    let coroutines = Limits { coroutines: 10, ..all() };
    let failed = run(&mut session, many, coroutines);
    assert!(
        matches!(&failed, Outcome::Failed(e) if e.to_string().contains("(limit: coroutines, 10)")),
        "{failed:?}"
    );
    let deep = "local function f(n) return n == 0 and 0 or 1 + f(n - 1) end return pcall(f, 500)";
    let depth = Limits { call_depth: 100, ..all() };
    let caught = run(&mut session, deep, depth);
    assert!(
        matches!(&caught, Outcome::Done(Ok(json)) if json.contains("stack overflow")),
        "{caught:?}"
    );
    // The next run has the session's again.
    assert_eq!(run(&mut session, many, all()), Outcome::Done(Ok("[20]".to_owned())));
    assert_eq!(run(&mut session, deep, all()), Outcome::Done(Ok("[true,500]".to_owned())));
    assert_eq!(run(&mut session, twice, all()), Outcome::Done(Ok("[]".to_owned())));
}

#[cfg(feature = "host")]
mod files {
    use super::*;
    use moonfuel::host::jido::{Jido, JidoOptions};
    use std::fs;

    fn project() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("large"), "0123456789abcde\n".repeat(9_000_000 / 16)).unwrap();
        fs::write(folder.path().join("small"), "one\ntwo\n").unwrap();
        fs::create_dir(folder.path().join("many")).unwrap();
        for i in 0..3000 {
            fs::write(folder.path().join(format!("many/{i}")), "").unwrap();
        }
        folder
    }

    fn session(folder: &tempfile::TempDir, limits: Limits) -> Session {
        let options = JidoOptions { allow_write: true, ..JidoOptions::default() };
        let jido = Jido::open(folder.path(), options).unwrap();
        Session::builder().limits(limits).host_functions("jido", jido.functions()).build().unwrap()
    }

    #[test]
    fn a_timeout_ends_endless_work_on_files() {
        let folder = project();
        let limits = Limits { fuel: 1 << 50, host_calls: 1 << 50, ..Limits::default() };
        for source in [
            "while true do pcall(jido.read_file, 'large') end",
            "while true do jido.read_file('large', {offset = 100000, limit = 400000}) end",
            "while true do pcall(jido.list_dir, 'many', {ignore_patterns = {('*0'):rep(50)}}) end",
            "local s = ('x'):rep(9 << 20) while true do pcall(jido.write_file, 'out', s) end",
            "while true do jido.file_exists(('small/'):rep(600)) end",
        ] {
            let least = (0..3)
                .map(|_| {
                    let session = session(&folder, limits.clone());
                    let begin = Instant::now();
                    let timeout = Duration::from_millis(500);
                    let chunk = Chunk::new(source.as_bytes());
                    let (_, report) = drive(session, chunk, timeout, &mut |_| ());
                    assert_eq!(report.outcome, Outcome::Deadline, "{source}: {report:?}");
                    begin.elapsed()
                })
                .min()
                .unwrap();
            assert!(least < Duration::from_millis(600), "{source}: {least:?}");
        }
    }

    #[test]
    fn files_count_against_memory_and_fuel() {
        let folder = project();
        let lower = Limits { memory: 768 << 10, ..Limits::default() };
        let mut small = session(&folder, lower);
        for call in ["jido.read_file, 'large'", "jido.list_dir, 'many'"] {
            let report =
                small.run(format!("local ok, text = pcall({call}) return ok, tostring(text)"));
            assert_eq!(report.json().unwrap(), r#"[false,"not enough memory"]"#, "{call}");
        }
        let mut large = session(&folder, Limits::default());
        let used = |session: &mut Session, source: &str| {
            let report = session.run(source);
            assert!(report.is_done(), "{source}: {report:?}");
            report.usage
        };
        let usage = used(&mut large, "assert(jido.read_file('large'))");
        assert!(usage.fuel_used > 2 * 9_000_000 / 64, "{usage:?}");
        assert!((9_000_000..12_000_000).contains(&usage.memory_peak), "{usage:?}");
        assert!(used(&mut large, "assert(jido.read_file('small'))").fuel_used < 3000);
        assert!(used(&mut large, "assert(jido.list_dir('many'))").fuel_used > 32 * 3000);
        let write = "assert(jido.write_file('out', ('x'):rep(1 << 20)))";
        assert!(used(&mut large, write).fuel_used > 2 * (1 << 20) / 64);
        assert_eq!(fs::read(folder.path().join("out")).unwrap().len(), 1 << 20);
        // A write that is not paid for leaves the old file, and nothing beside it.
        let poor = Limits { fuel: 60_000, ..Limits::default() };
        let report = session(&folder, poor)
            .run("local s = ('y'):rep(1 << 20) pcall(jido.write_file, 'out', s .. s)");
        assert_eq!(report.outcome, Outcome::OutOfFuel);
        assert!(fs::read(folder.path().join("out")).unwrap().iter().all(|&byte| byte == b'x'));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }
}

#[test]
fn a_panic_of_the_driver_s_own_code_ends_the_run_and_no_session() {
    let session = || Session::builder().pending_function("ask").build().unwrap();
    let drive = |session, source: &str, options: DriveOptions<'_>, fails: bool| {
        let mut sink = |_: &[u8]| assert!(!fails, "the sink");
        drive(session, Chunk::new(source.as_bytes()), options, &mut sink)
    };
    let answers = || DriveOptions::default().answer(|_| panic!("the answer"));
    let yields = || DriveOptions::default().on_yield(|_| panic!("the taker"));
    let tries = [
        ("x = 1 print(x) while true do end", DriveOptions::default(), true),
        ("x = 1 pcall(ask) while true do end", answers(), false),
        ("x = 1 yield(1) while true do end", yields(), false),
    ];
    for (source, options, fails) in tries {
        let (mut session, report) = drive(session(), source, options, fails);
        assert_eq!(report.outcome, Outcome::Cancelled, "{source}");
        assert_eq!(session.run("return x").json().unwrap(), "[null]", "{source}");
    }
}
