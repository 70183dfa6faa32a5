//! Host functions that are futures, and runs that are: under tokio, under an executor made
//! by hand, and where the caller just waits.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::disallowed_types, reason = "an executor has a clock")]

#[path = "asynchronous/executor.rs"]
mod executor;
#[path = "asynchronous/room.rs"]
mod room;

use executor::{Executor, sleep};
use moonfuel::drive::{DriveOptions, drive};
use moonfuel::{
    Canceller, Chunk, Function, HostCx, HostError, HostFunction, HostFuture, HostValue, Limits,
    Outcome, Profile, Reply, Report, Run, RunFuture, Session, SessionBuilder, Step, Variadic,
};
use std::future::{pending, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// What a script waits in.
const PLACES: [&str; 9] = [
    "return wait(1)",
    "return select(2, pcall(wait, 1))",
    "local co = coroutine.wrap(function() coroutine.yield(0) coroutine.yield(wait(1)) end) co() return co()",
    "local t = setmetatable({}, {__add = function(_, b) return wait(b) end}) return t + 1",
    "local t = setmetatable({}, {__index = function(_, k) return wait(k) end}) return t[1]",
    "local got for v in function(_, v) if not v then return wait(1) end end do got = v end return got",
    "local got table.sort({2, 1}, function(a, b) got = got or wait(1) return a < b end) return got",
    "local got = ('x'):gsub('x', function() return wait(1) end) return tonumber(got)",
    "local co = coroutine.wrap(function() return select(2, pcall(function() return wait(1) end)) end) return co()",
];

const WAIT: Duration = Duration::from_millis(200);

fn json(report: &Report) -> &str {
    match &report.outcome {
        Outcome::Done(Ok(json)) => json,
        outcome => panic!("{outcome:?}"),
    }
}

/// Makes a thousand sessions whose `wait` is this future, and their scripts.
fn thousand<F>(wait: fn(Duration) -> F) -> Vec<(Session, &'static str)>
where
    F: Future<Output = ()> + Send + 'static,
{
    let session = |at: usize| {
        let profile = if at.is_multiple_of(2) { Profile::Strict } else { Profile::Compat };
        let function = move |n: i64| {
            let waited = wait(WAIT);
            async move {
                waited.await;
                Ok(n)
            }
        };
        let builder = Session::builder().hash_key(1).profile(profile);
        (builder.async_function("wait", function).build().unwrap(), PLACES[at / 2 % PLACES.len()])
    };
    (0..1000).map(session).collect()
}

/// The best of a few tries: others may be at work on this machine.
fn within_a_second(mut work: impl FnMut() -> Duration) {
    let best = (0..4).map(|_| work()).find(|took| *took < Duration::from_secs(1));
    assert!(best.is_some_and(|took| took >= WAIT), "{best:?}");
}

#[test]
fn a_thousand_scripts_wait_at_once_under_tokio() {
    within_a_second(|| {
        let sessions = thousand(tokio::time::sleep);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let begin = Instant::now();
        runtime.block_on(async {
            let run = |(mut session, source): (Session, &'static str)| async move {
                let report = session.run_async(source).await;
                assert_eq!(json(&report), "[1]", "{source}");
            };
            let tasks: Vec<_> = sessions.into_iter().map(|it| tokio::spawn(run(it))).collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        begin.elapsed()
    });
}

#[test]
fn a_thousand_scripts_wait_at_once_under_any_executor() {
    within_a_second(|| {
        let sessions = thousand(sleep);
        let begin = Instant::now();
        let mut executor = Executor::default();
        let done = Arc::new(AtomicUsize::new(0));
        for (session, source) in sessions {
            let done = Arc::clone(&done);
            executor.spawn(async move {
                let (_, report) = session.start(Chunk::from(source)).await;
                assert_eq!(json(&report), "[1]", "{source}");
                done.fetch_add(1, Ordering::Relaxed);
            });
        }
        executor.run();
        assert_eq!(done.load(Ordering::Relaxed), 1000);
        begin.elapsed()
    });
}

fn is_send<T: Send>(_: &T) {}

#[test]
fn futures_of_runs_change_threads() {
    let mut session = sleepy().build().unwrap();
    is_send(&session.run_async("return 1"));
    let mut run = session.start(Chunk::new(b"return sleep(1)"));
    is_send(&run.step_async(10));
    is_send(&run.into_future());
}

/// A builder with `sleep(ms)`, `never()`, `fail()`, `fall()` and `count(n)`.
fn sleepy() -> SessionBuilder {
    Session::builder()
        .hash_key(5)
        .async_function("sleep", async |ms: u64| {
            sleep_in_thread(Duration::from_millis(ms)).await;
            Ok(ms as i64)
        })
        .async_function("never", |()| pending::<Result<(), HostError>>())
        .async_function("fail", |()| ready(Err::<(), _>(HostError::new("no luck"))))
        .async_function("fall", async |text: String| Ok(text[7..].to_owned()))
        .async_function("big", |()| ready(Ok("x".repeat(100_000))))
}

/// A timer that needs no executor: a thread sleeps.
async fn sleep_in_thread(time: Duration) {
    let woken = Arc::new(std::sync::Mutex::new((false, None::<std::task::Waker>)));
    let other = Arc::clone(&woken);
    std::thread::spawn(move || {
        std::thread::sleep(time);
        let waker = {
            let mut woken = other.lock().unwrap();
            woken.0 = true;
            woken.1.take()
        };
        waker.into_iter().for_each(std::task::Waker::wake);
    });
    std::future::poll_fn(|cx| {
        let mut woken = woken.lock().unwrap();
        woken.1 = Some(cx.waker().clone());
        if woken.0 { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[test]
fn whoever_blocks_waits_for_futures() {
    let mut session = sleepy().build().unwrap();
    let begin = Instant::now();
    let report = session.run("return sleep(20), pcall(fail)");
    assert_eq!(json(&report), r#"[20,false,"no luck"]"#);
    assert!(begin.elapsed() >= Duration::from_millis(20));
    assert_eq!(report.usage.host_calls, 2);
}

#[test]
fn what_panics_or_is_too_large_is_an_error_of_the_script() {
    let limits = Limits { host_result: 1000, ..Limits::default() };
    let mut session = sleepy().limits(limits).build().unwrap();
    let report = session.run("local _, a = pcall(fall, '') local _, b = pcall(big) return a, b");
    assert_eq!(
        json(&report),
        r#"["fall: the host function panicked","big: result of 100016 bytes is too large (limit: host_result, 1000 bytes)"]"#
    );
}

#[test]
fn a_future_that_panics_when_it_is_dropped_harms_nobody() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let bad = |()| {
        let bad = Bad;
        async move {
            let _bad = &bad;
            pending::<Result<(), HostError>>().await
        }
    };
    let session = Session::builder().async_function("bad", bad).build().unwrap();
    let mut run = session.start(Chunk::new(b"bad()"));
    assert_eq!(run.step(1000), Step::Pending(Vec::new()));
    let (mut session, report) = run.finish();
    assert_eq!(report.outcome, Outcome::Cancelled);
    assert_eq!(json(&session.run("return 1")), "[1]");
}

/// Panics when it is polled, and when it is dropped.
struct Bomb;

impl Future for Bomb {
    type Output = Result<(), HostError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        panic!("polled");
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn a_future_that_panics_twice_harms_nobody() {
    let mut session = Session::builder().async_function("bomb", |()| Bomb).build().unwrap();
    let report = session.run("return pcall(bomb)");
    assert_eq!(json(&report), r#"[false,"bomb: the host function panicked"]"#);
    assert_eq!(json(&session.run("return 1")), "[1]");
}

#[test]
fn deadlines_and_cancellers_wake_who_waits() {
    let begin = Instant::now();
    let session = sleepy().build().unwrap();
    let chunk = Chunk::new(b"print('so') never()");
    let mut printed = Vec::new();
    let timeout = Duration::from_millis(20);
    let (session, report) = drive(session, chunk, timeout, &mut |text| printed.extend(text));
    assert_eq!((report.outcome, printed.as_slice()), (Outcome::Deadline, b"so\n".as_slice()));
    let canceller = Canceller::new();
    let other = canceller.clone();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        other.cancel();
    });
    let (session, report) = drive(session, Chunk::new(b"never()"), canceller, &mut |_| ());
    assert_eq!(report.outcome, Outcome::Cancelled);
    thread.join().unwrap();
    let (_, report) = drive(session, Chunk::new(b"return sleep(1)"), timeout * 100, &mut |_| ());
    assert_eq!(json(&report), "[1]");
    assert!(begin.elapsed() < Duration::from_secs(20));
}

#[test]
fn drive_answers_and_is_told() {
    let session = sleepy().pending_function("ask").build().unwrap();
    let mut told = Vec::new();
    let options = DriveOptions::default()
        .answer(|call| match call.args.as_slice() {
            [] => Err(HostError::new("what?")),
            args => Ok(args.to_vec()),
        })
        .on_yield(|values| {
            told.extend(values.clone());
            values
        });
    let source = b"local a, why = pcall(ask) local r = host.all{{sleep, 1}, {ask, 2}, {fail}}
        return why, yield(7), r[1][1], r[2][1], r[3].error";
    let (session, report) = drive(session, Chunk::new(source), options, &mut |_| ());
    assert_eq!(json(&report), r#"["what?",7,1,2,"no luck"]"#);
    assert_eq!(told, [7.into()]);
    let chunk = Chunk::new(b"return select(2, pcall(ask))");
    let (_, report) = drive(session, chunk, DriveOptions::default(), &mut |_| ());
    assert_eq!(json(&report), r#"["ask: nobody answers calls that wait in this run"]"#);
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

#[test]
fn a_run_that_is_awaited_has_its_host_around() {
    let mut session = sleepy().pending_function("ask").build().unwrap();
    let (mut printed, mut told) = (Vec::new(), Vec::new());
    let source = "print('a') local v = yield(1) print(v) return ask(2), sleep(1)";
    let run = session
        .run_async(source)
        .on_output(|text| printed.extend_from_slice(text))
        .on_yield(|values| {
            told.extend(values);
            vec!["b".into()]
        })
        .answer(|call| Ok(call.args.clone()));
    let report = block_on(run);
    assert_eq!((json(&report), report.output.as_slice()), ("[2,1]", b"".as_slice()));
    assert_eq!((printed.as_slice(), told), (b"a\nb\n".as_slice(), vec![1.into()]));
    // Without all that.
    let report = block_on(session.run_async("return yield(1), select(2, pcall(ask))"));
    assert_eq!(json(&report), r#"[null,"ask: nobody answers calls that wait in this run"]"#);
    let report = block_on(session.run_async("print(1) return 2"));
    assert_eq!((json(&report), report.output.as_slice()), ("[2]", b"1\n".as_slice()));
}

#[test]
fn a_run_that_is_awaited_ends_by_timer_canceller_or_drop() {
    let mut session = sleepy().build().unwrap();
    let short = || tokio::time::sleep(Duration::from_millis(10));
    for source in ["never()", "while true do end"] {
        let report = block_on(async { session.run_async(source).until(short()).await });
        assert_eq!(report.outcome, Outcome::Deadline, "{source}");
        let canceller = Canceller::new();
        let report = block_on(async {
            let other = canceller.clone();
            let cancel = async move {
                short().await;
                other.cancel();
            };
            let cancelling = tokio::spawn(cancel);
            let report = session.run_async(source).cancelled_by(canceller).await;
            cancelling.await.unwrap();
            report
        });
        assert_eq!(report.outcome, Outcome::Cancelled, "{source}");
        let late = Duration::from_millis(10);
        let dropped =
            block_on(async { tokio::time::timeout(late, session.run_async(source)).await });
        assert!(dropped.is_err(), "{source}");
        assert_eq!(json(&session.run("return 1")), "[1]");
    }
}

#[test]
fn others_have_a_turn_while_a_script_computes() {
    let mut session = sleepy().build().unwrap();
    let turns = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&turns);
    let report = block_on(async move {
        let other = tokio::spawn(async move {
            loop {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        });
        let report = session.run_async("for i = 1, 1000000 do end return 1").await;
        other.abort();
        report
    });
    assert_eq!(json(&report), "[1]");
    assert!(turns.load(Ordering::Relaxed) > 10);
}

#[test]
fn a_function_of_ones_own_answers_as_it_likes() {
    struct Any(i64);
    impl HostFunction for Any {
        fn call(&mut self, _: &mut HostCx<'_>, _: &mut [HostValue]) -> Result<Reply, HostError> {
            self.0 += 1;
            let n = self.0;
            Ok(match n {
                1 => Reply::Now(vec![n.into()]),
                2 => Reply::Later,
                _ => Reply::Future(HostFuture::new(async move { Ok(vec![n.into()]) })),
            })
        }
    }
    let any: Box<dyn HostFunction> = Box::new(Any(0));
    let session = Session::builder().host_functions("host", vec![("any", any)]).build().unwrap();
    let mut run = session.start(Chunk::new(b"return host.any(), host.any(), host.any()"));
    block_on(async {
        loop {
            match run.step_async(1000).await {
                Step::Pending(calls) => run.answer(calls[0].id, Ok(vec!["two".into()])).unwrap(),
                Step::Ended => break,
                _ => {}
            }
        }
    });
    assert_eq!(json(&run.finish().1), r#"[1,"two",3]"#);
}

const TOGETHER: &str = "
    print('begin')
    local r = host.all{{ask, 1}, {sleep, 3}, {ask, {2}}, {fail}, {plain, nil, 'x'}, {sleep, 1}, {ask}}
    local out = {}
    for i, v in ipairs(r) do
        out[i] = string.format('%s %s %s %s', v.ok, v.n, v.ok and #v or v.error, tostring(v[1]):sub(1, 5))
    end
    return table.concat(out, '; '), collectgarbage('count') > 0, #r
";

fn together() -> Run {
    let session = sleepy()
        .pending_function("ask")
        .function("host.more", |()| Ok(()))
        .async_function("plain", |args: Variadic<HostValue>| ready(Ok(args)))
        .build()
        .unwrap();
    session.start(Chunk::new(TOGETHER.as_bytes()))
}

#[test]
fn calls_made_at_once_are_the_same_in_any_order_of_answers() {
    let orders = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]];
    let mut first = None;
    for order in orders {
        for slice in [1, 50, u64::MAX] {
            let mut run = together();
            let calls = loop {
                match run.step(slice) {
                    Step::Pending(calls) => break calls,
                    Step::Ended => panic!("it waits"),
                    _ => {}
                }
            };
            assert_eq!(calls.iter().map(|call| call.id).collect::<Vec<_>>(), [1, 2, 3]);
            for id in order {
                let answer = calls[id as usize - 1].args.clone();
                let answer = if id == 3 { Err(HostError::new("not three")) } else { Ok(answer) };
                run.answer(id, answer).unwrap();
                std::thread::sleep(Duration::from_millis(if id == 1 { 4 } else { 0 }));
                run.step(slice);
            }
            while !run.step(slice).is_ended() {
                std::thread::yield_now();
            }
            let report = run.finish().1;
            let expected = "true 1 1 1; true 1 1 3; true 1 1 table; false nil no luck nil; true 2 2 nil; true 1 1 1; false nil not three nil";
            assert_eq!(json(&report), format!(r#"["{expected}",true,7]"#));
            assert_eq!(report.usage.host_calls, 7);
            assert_eq!(*first.get_or_insert(report.usage), report.usage, "{order:?} {slice}");
        }
    }
}

#[test]
fn what_cannot_be_called_at_once_is_an_error() {
    let mut session = sleepy().build().unwrap();
    let cases = [
        ("host.all()", "bad argument #1 to 'all' (table expected, got no value)"),
        (
            "host.all{1}",
            "bad argument #1 to 'all' (call 1: a table with a function and its arguments expected)",
        ),
        (
            "host.all{{fail}, {print}}",
            "bad argument #1 to 'all' (call 2: the first value is not a host function)",
        ),
        (
            "host.all{{host.all}}",
            "bad argument #1 to 'all' (call 1: the first value is not a host function)",
        ),
        ("host.all{{sleep, {}}}", ""),
        ("host.all(table.pack(table.unpack({}, 1, 3000)))", ""),
    ];
    for (source, expected) in cases {
        let report = session.run(format!("return select(2, pcall(function() {source} end))"));
        let text = report.values().unwrap();
        let text = text.first().and_then(|text| text.as_str()).unwrap_or_default();
        assert!(text.ends_with(expected), "{source}: {text}");
    }
    let many =
        "local t = {} for i = 1, 1001 do t[i] = {fail} end return select(2, pcall(host.all, t))";
    assert!(json(&session.run(many)).contains("more than 1000 calls at once"));
    assert_eq!(json(&session.run("return #host.all{}")), "[0]");
    let limits = Limits { host_calls: 10, ..Limits::default() };
    let mut session = sleepy().limits(limits).build().unwrap();
    let eleven = "local t = {} for i = 1, 11 do t[i] = {fail} end host.all(t)";
    assert_eq!(session.run(eleven).outcome, Outcome::HostCallLimit);
}

#[test]
fn the_hosts_own_module_keeps_its_names() {
    let all = |args: Variadic<HostValue>| Ok(args.len() as i64);
    // That of the session's own is no name for others.
    let error = Session::builder().function("host.all", all).build().unwrap_err();
    assert!(error.to_string().contains("'host.all' is a function of the session's own"));
    let mut session = Session::builder().function("host.other", all).build().unwrap();
    let merged =
        "return host.other(1), host.all{{host.other, 1, 2, 3}}[1][1], pcall(rawset, host, 'x', 1)";
    assert!(json(&session.run(merged)).starts_with("[1,3,false,"));
    let mut session = Session::builder().build().unwrap();
    assert_eq!(json(&session.run("return host")), "[null]");
}

#[test]
fn calls_at_once_are_refused_memory_like_all_else() {
    // Whatever the limit: done, or refused in a way that can be caught.
    let source = "local t = {} for i = 1, 50 do t[i] = {echo, ('x'):rep(2000), {1, 2, {a = i}}} end
        local ok, r = pcall(host.all, t) return ok and r[50][2][3].a or r";
    let (mut done, mut refused) = (0, 0);
    for kib in (150..900).step_by(10) {
        let limits = Limits { memory: kib << 10, ..Limits::default() };
        let echo = |args: Variadic<HostValue>| ready(Ok(args));
        let session = Session::builder().hash_key(3).limits(limits).async_function("echo", echo);
        let Ok(mut session) = session.build() else { continue };
        match session.run(source).outcome {
            Outcome::Done(Ok(json)) if json == "[50]" => done += 1,
            Outcome::Done(Ok(json)) if json == r#"["not enough memory"]"# => refused += 1,
            Outcome::OutOfMemory => refused += 1,
            outcome => panic!("{kib} KiB: {outcome:?}"),
        }
    }
    assert!(done > 5 && refused > 5, "{done} {refused}");
}

#[test]
fn errors_of_calls_at_once_are_what_pcall_would_give() {
    let table = || ready(Err::<(), _>(HostError::value(HostValue::object([("code", 7.into())]))));
    let builder = sleepy().async_function("odd", move |()| table());
    let source = "local r = host.all{{odd}, {sleep, 'x'}, {sleep}, {fail}}
        return r[1].error.code, r[2].error, r[3].error, r[4].error, r[1].ok, #r[1]";
    let report = builder.build().unwrap().run(source);
    let texts = r#"[7,"bad argument #1 to 'sleep' (number expected, got string)","bad argument #1 to 'sleep' (number expected, got nil)","no luck",false,0]"#;
    assert_eq!(json(&report), texts);
}

#[test]
fn a_function_that_calls_back_may_wait_and_is_not_called_at_once() {
    let twice = |_: &mut HostCx<'_>, f: Function| {
        Reply::call(&f, 1, |_, result: Result<i64, HostError>| {
            let n = result?;
            Ok(Reply::Future(HostFuture::new(async move {
                sleep_in_thread(Duration::from_millis(1)).await;
                Ok(vec![(2 * n).into()])
            })))
        })
    };
    let mut session = sleepy().function_with("twice", twice).build().unwrap();
    let source = "local f = function(n) return n + sleep(5) end
        return twice(f), host.all{{twice, f}}[1].error";
    assert_eq!(
        json(&session.run(source)),
        r#"[12,"a host function that calls a function cannot be called by host.all"]"#
    );
}

#[test]
fn a_future_of_a_run_shows_as_one() {
    let mut session = sleepy().build().unwrap();
    let future: RunFuture<'_> = session.run_async("return 1");
    assert!(format!("{future:?}").starts_with("RunFuture"));
}

#[test]
fn a_run_that_is_polled_after_its_end_is_pending() {
    let mut session = Session::builder().build().unwrap();
    let mut wake = Context::from_waker(std::task::Waker::noop());
    let mut run = Box::pin(session.run_async("x = 1 return x"));
    let report = loop {
        if let Poll::Ready(report) = run.as_mut().poll(&mut wake) {
            break report;
        }
    };
    assert_eq!(json(&report), "[1]");
    assert!(run.as_mut().poll(&mut wake).is_pending());
    assert!(run.as_mut().poll(&mut wake).is_pending());
    drop(run);
    assert_eq!(json(&session.run("return x")), "[1]");
}
