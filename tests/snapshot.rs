//! Sessions that are saved, restored and copied, as their hosts see it.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use moonfuel::{
    Chunk, Declaration, Decode, Digest, Function, HostCx, HostError, HostFunction, HostValue,
    Limits, Methods, Object, Outcome, Profile, Reply, Report, RestoreError, Run, Session,
    SessionBuilder, Step, UserData,
};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

/// An account of the host's that can be saved.
struct Account(i64);

impl UserData for Account {
    const NAME: &'static str = "account";

    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("put", |this, amount: i64| {
            this.0 += amount;
            Ok(this.0)
        });
        methods.method("get", |this, ()| Ok(this.0));
        methods.index(|_, key: String| Ok(format!("no {key}")));
        methods.len(|this| Ok(this.0));
    }

    fn save(&self) -> Option<Vec<u8>> {
        (self.0 != 13).then(|| self.0.to_le_bytes().to_vec())
    }

    fn restore(bytes: &[u8]) -> Option<Self> {
        Some(Account(i64::from_le_bytes(bytes.try_into().ok()?)))
    }
}

/// One that cannot.
struct Socket;

impl UserData for Socket {
    const NAME: &'static str = "socket";

    fn add_methods(_: &mut Methods<Self>) {}
}

fn with_host() -> SessionBuilder {
    Session::builder()
        .function("double", |n: i64| Ok(2 * n))
        .function("kv.get", |key: String| Ok(format!("value of {key}")))
        .object::<Account>()
        .object::<Socket>()
        .function_with("open", |cx, amount: i64| cx.object(Account(amount)))
        .function_with("connect", |cx, ()| cx.object(Socket))
}

/// The same host, in another order and with more.
fn with_other_host() -> SessionBuilder {
    Session::builder()
        .object::<Socket>()
        .function("more", |n: i64| Ok(n))
        .function_with("connect", |cx, ()| cx.object(Socket))
        .function_with("open", |cx, amount: i64| cx.object(Account(amount)))
        .object::<Account>()
        .function("kv.get", |key: String| Ok(format!("other value of {key}")))
        .function("double", |n: i64| Ok(2 * n))
}

#[test]
fn host_functions_and_objects_are_found_by_their_names() {
    let mut session = with_host().build().unwrap();
    session.run("a = open(5) f = double a:put(2)").json().unwrap();
    let bytes = session.snapshot().unwrap();
    for mut copy in
        [with_other_host().restore(&bytes).unwrap(), session.fork(with_other_host()).unwrap()]
    {
        let report = copy.run("return f(4), kv.get('x'), a:get(), #a, a.x, tostring(a), more");
        let expected = r#"[8,"other value of x",7,7,"no x","account: 1",null]"#;
        assert_eq!(report.json().unwrap(), expected);
        let report = copy.run("local b = open(1) return tostring(b), b:put(1), a:get()");
        assert_eq!(report.json().unwrap(), r#"["account: 2",2,7]"#);
    }
    assert_eq!(session.run("return a:get()").json().unwrap(), "[7]");
}

#[test]
fn what_is_missing_is_named() {
    let mut session = with_host().build().unwrap();
    session.run("a = open(5)").json().unwrap();
    let bytes = session.snapshot().unwrap();
    let error = Session::builder().restore(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "double: no such host function");
    let functions = || {
        Session::builder()
            .function("double", |n: i64| Ok(n))
            .function("kv.get", |key: String| Ok(key))
            .function("open", |n: i64| Ok(n))
            .function("connect", |()| Ok(()))
    };
    let error = functions().restore(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "account: no such type of objects");
    let error = with_host().profile(Profile::Compat).restore(&bytes).unwrap_err();
    let (snapshot, session) = (Profile::Strict, Profile::Compat);
    assert_eq!(error, RestoreError::Profile { snapshot, session });
    let limits = Limits { memory: 20_000, ..Limits::default() };
    let error = with_host().limits(limits).restore(&bytes).unwrap_err();
    assert_eq!(error, RestoreError::Memory { limit: 20_000 });
}

#[test]
fn what_is_declared_otherwise_is_named() {
    let with = |doc: &str| {
        let declared = Declaration::new("double").doc(doc);
        Session::builder().function("double", |n: i64| Ok(2 * n)).declare(declared)
    };
    let bytes = with("Doubles a number.").build().unwrap().snapshot().unwrap();
    assert!(with("Doubles a number.").restore(&bytes).is_ok());
    let error = with("Doubles it.").restore(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "double: it is declared otherwise");
}

#[test]
fn what_cannot_be_saved_is_named() {
    let mut session = with_host().build().unwrap();
    session.run("list = {1, {db = connect()}}").json().unwrap();
    let error = session.snapshot().unwrap_err();
    let what = "an object of type 'socket', which has no way to be saved";
    assert_eq!((&*error.what, &*error.path), (what, "_G.list[2].db"));
    let error = session.fork(with_host()).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot save {what} at _G.list[2].db"));
    session.run("list = nil collectgarbage()").json().unwrap();
    session.snapshot().unwrap();
    session.run("list = {open(13)}").json().unwrap();
    assert_eq!(session.snapshot().unwrap_err().path, "_G.list[1]");
}

#[test]
fn versions_are_told_apart() {
    let bytes = Session::builder().build().unwrap().snapshot().unwrap();
    // The version is the number behind the name; its first byte are its lowest bits.
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let restore = |bytes: &[u8]| Session::builder().restore(bytes).unwrap_err();
    let mut newer = bytes.clone();
    newer[at] += 1;
    assert!(matches!(restore(&newer), RestoreError::TooNew { .. }));
    let mut older = bytes.clone();
    older[at] -= 1;
    assert!(matches!(restore(&older), RestoreError::TooOld { .. }));
    // Another form, but nobody's: there is a changed byte, and no hash that tells of it.
    let mut changed = bytes.clone();
    let form = (at + 3..at + 8).find(|at| changed[*at] & 0x7f != 0).unwrap();
    changed[form] ^= 0x40;
    let error = restore(&changed).to_string();
    assert!(error.starts_with("the snapshot is damaged: its version"), "{error}");
    assert!(matches!(restore(b""), RestoreError::Damaged(_)));
    assert!(matches!(restore(b"return 1"), RestoreError::Damaged(_)));
    assert!(matches!(restore(&bytes[..bytes.len() - 1]), RestoreError::Damaged(_)));
}

#[test]
fn handles_are_found_by_their_numbers() {
    let (send, kept) = channel();
    let keep = move |value: HostValue| send.send(value).map_err(|e| e.to_string().into());
    let build = || Session::builder().object::<Account>();
    let mut session = build()
        .function("keep", keep)
        .function_with("open", |cx, amount: i64| cx.object(Account(amount)))
        .build()
        .unwrap();
    let script = "keep(function(n) return n + 1 end) keep(function() return 'dropped' end)
                  keep(open(3))";
    session.run(script).json().unwrap();
    let values: Vec<HostValue> = kept.try_iter().collect();
    let [HostValue::Function(function), HostValue::Function(dropped), HostValue::UserData(object)] =
        &values[..]
    else {
        panic!("{values:?}")
    };
    let numbers = (function.number(), dropped.number(), object.number());
    assert!(numbers.0 != numbers.1 && numbers.1 != numbers.2 && numbers.0 != numbers.2);
    let (function, object): (Function, _) = (function.clone(), object.clone());
    drop(values);
    let bytes = session.snapshot().unwrap();
    let mut copy = build()
        .function("keep", |_: HostValue| Ok(()))
        .function("open", |_: i64| Ok(()))
        .restore(&bytes)
        .unwrap();
    let found = copy.function_numbered(numbers.0).unwrap();
    assert_eq!(copy.call(&found, 4).json().unwrap(), "[5]");
    assert!(copy.call(&function, 4).json().is_err(), "a handle of another session");
    assert_eq!(session.call(&function, 4).json().unwrap(), "[5]");
    assert!(session.call(&found, 4).json().is_err(), "a handle of another session");
    assert!(copy.function_numbered(numbers.2).is_none(), "it is an object");
    let account: Object<Account> = copy.object_numbered(numbers.2).unwrap().typed().unwrap();
    assert_eq!(copy.with(&account, |account| account.0).unwrap(), 3);
    // Both go on alike, also when the host lets go of what it holds.
    let probe = "local t = {} for i = 1, 100 do t[i] = {} end return tostring({})";
    for _ in 0..2 {
        let (one, other) = (session.run(probe), copy.run(probe));
        assert_eq!((&one.outcome, &one.usage), (&other.outcome, &other.usage));
        assert_eq!(session.digest(), copy.digest());
    }
    drop((function, object, found, account));
    for _ in 0..2 {
        let (one, other) = (session.run(probe), copy.run(probe));
        assert_eq!((&one.outcome, &one.usage), (&other.outcome, &other.usage));
        assert_eq!(session.digest(), copy.digest());
    }
}

#[test]
fn the_clock_and_the_generator_go_on() {
    let mut session =
        Session::builder().start_time(1000).fuel_per_second(50).seed(5).build().unwrap();
    let script = "math.random() return os.time(), os.clock(), math.random(1000)";
    session.run(script).json().unwrap();
    let mut copy =
        Session::builder().start_time(7).seed(1).restore(&session.snapshot().unwrap()).unwrap();
    for _ in 0..3 {
        assert_eq!(session.run(script), copy.run(script));
    }
    assert_eq!(session.execute("return os.time()", None), copy.execute("return os.time()", None));
}

#[test]
fn nulls_are_kept_as_they_were() {
    let mut session = Session::builder().keep_null(true).build().unwrap();
    session.run("n = json.null").json().unwrap();
    let mut copy = Session::builder().restore(&session.snapshot().unwrap()).unwrap();
    let args = serde_json::json!({"a": null});
    let chunk = moonfuel::Chunk::new(b"return args.a == n, n == json.null").args(args);
    assert_eq!(copy.run_chunk(chunk).json().unwrap(), "[true,true]");
}

#[test]
fn a_failed_restoring_leaves_nothing_and_saving_changes_nothing() {
    let mut session = Session::builder().build().unwrap();
    session.run("t = {} for i = 1, 1000 do t[i] = {i} end").json().unwrap();
    let one = session.snapshot().unwrap();
    assert_eq!(one, session.snapshot().unwrap());
    let digest = session.digest();
    assert_eq!(one, session.snapshot().unwrap());
    let copy = Session::builder().restore(&one).unwrap().snapshot().unwrap();
    assert_eq!(copy, one, "a snapshot of what was restored");
    assert_eq!(Session::builder().restore(&one).unwrap().digest(), digest);
}

#[test]
fn how_values_are_decoded_is_the_descriptions() {
    let mut session = Session::builder().decode(Decode::None).build().unwrap();
    assert_eq!(session.run("x = {1, print} return x, print").json().unwrap(), "[]");
    let bytes = session.snapshot().unwrap();
    for (decode, json) in [
        (Decode::All, "[1,2]"),
        (Decode::First, "1"),
        (Decode::Jido, "[1,2]"),
        (Decode::None, "[]"),
    ] {
        let mut restored = Session::builder().decode(decode).restore(&bytes).unwrap();
        assert_eq!(restored.run("return x[1], 2").json().unwrap(), json, "{decode:?}");
    }
    let mut same = Session::builder().decode(Decode::None).restore(&bytes).unwrap();
    assert_eq!(same.digest(), session.digest());
}

#[test]
fn a_restored_runs_values_are_decoded_as_before_and_later_ones_as_described() {
    for (saved, own) in [(Decode::All, "[1,2]"), (Decode::First, "1"), (Decode::None, "[]")] {
        for (decode, json) in [(Decode::All, "[1,2]"), (Decode::First, "1"), (Decode::None, "[]")] {
            let session = asking().decode(saved).build().unwrap();
            let mut run = waiting(session.start("ask() return 1, 2".into()));
            let mut run = asking().decode(decode).restore_run(&run.snapshot().unwrap()).unwrap();
            run.answer(1, Ok(Vec::new())).unwrap();
            while !run.step(u64::MAX).is_ended() {}
            let (mut session, report) = run.finish();
            assert_eq!(report.json().unwrap(), own, "{saved:?}");
            assert_eq!(session.run("return 1, 2").json().unwrap(), json, "{saved:?} {decode:?}");
        }
    }
}

/// Functions of which the second, while its list grows, has slots where the first left a long
/// text. A collection takes that for a register's value.
fn leaving_a_text() -> String {
    let names = |count: usize| (0..count).map(|at| format!("a{at}")).collect::<Vec<_>>().join(", ");
    format!(
        "list = {{}}
         function deep() local {} local text = ('x'):rep(100000) end
         function wide() for i = 1, 60000 do list[i] = i end local {} end ",
        names(100),
        names(120)
    )
}

/// Goes to the end. Returns what came of it.
fn ended(mut run: Run) -> (Report, Digest) {
    while !run.step(u64::MAX).is_ended() {}
    let (mut session, report) = run.finish();
    (report, session.digest())
}

/// Tells that a run comes to the same wherever it is saved or copied.
fn goes_on_alike_everywhere(source: &str) {
    let start = || Session::builder().build().unwrap().start(Chunk::from(source));
    let whole = ended(start());
    assert!(whole.0.is_done(), "{:?}", whole.0);
    let mut run = start();
    while !run.step(whole.0.usage.fuel_used / 40).is_ended() {
        let at = run.fuel_used();
        let restored = Session::builder().restore_run(&run.snapshot().unwrap()).unwrap();
        assert_eq!(ended(restored), whole, "{at}");
        assert_eq!(ended(run.fork(Session::builder()).unwrap()), whole, "{at}");
    }
}

#[test]
fn what_calls_have_left_on_the_stack_is_counted_alike_in_a_copy() {
    let functions = leaving_a_text();
    goes_on_alike_everywhere(&format!("{functions} deep() for i = 1, 9000 do end wide()"));
    let waiting = "co = coroutine.create(function() deep() coroutine.yield() wide() end)";
    let mut session = Session::builder().build().unwrap();
    session.run(format!("{functions} {waiting} coroutine.resume(co)")).json().unwrap();
    let mut copy = Session::builder().restore(&session.snapshot().unwrap()).unwrap();
    let mut fork = session.fork(Session::builder()).unwrap();
    let expected = session.run("coroutine.resume(co)");
    for session in [&mut copy, &mut fork] {
        assert_eq!(session.run("coroutine.resume(co)"), expected);
    }
}

#[test]
fn runs_are_saved_while_finalizers_interrupt_a_function_far_up_the_stack() {
    let names: Vec<String> = (0..100).map(|at| format!("a{at}")).collect();
    goes_on_alike_everywhere(&format!(
        "local function f() local t for i = 1, 20000 do t = {{}} end end
         setmetatable({{}}, {{__gc = function() for i = 1, 3000 do end print('gone') end}})
         local {} f()",
        names.join(", ")
    ));
}

fn asking() -> SessionBuilder {
    Session::builder().pending_function("ask")
}

/// Goes on until the run waits for its host.
fn waiting(mut run: Run) -> Run {
    loop {
        match run.step(u64::MAX) {
            Step::Pending(_) | Step::Yielded(_) => return run,
            step => assert!(!step.is_ended(), "{:?}", run.outcome()),
        }
    }
}

/// What a second process has of a run.
fn elsewhere(mut run: Run) -> Run {
    asking().restore_run(&run.snapshot().unwrap()).unwrap()
}

fn nested(levels: usize) -> HostValue {
    (0..levels).fold(HostValue::Nil, |inner, _| HostValue::Array(vec![inner]))
}

/// On a small stack, as host programs have.
fn on_a_small_stack(work: fn()) {
    let thread = std::thread::Builder::new().stack_size(512 << 10).spawn(work);
    thread.unwrap().join().unwrap();
}

#[test]
fn answers_that_are_too_deep_wait_as_they_are_in_a_snapshot() {
    on_a_small_stack(|| {
        let script = "local t = host.all({{ask}, {ask}}) return t[1].error";
        let start = || waiting(asking().build().unwrap().start(Chunk::from(script)));
        for levels in [100, 129, 500, 1024, 1025, 100_000] {
            for fails in [false, true] {
                let answer = || match fails {
                    true => Err(HostError::value(nested(levels))),
                    false => Ok(vec![nested(levels)]),
                };
                let [mut whole, mut saved] = [start(), start()];
                whole.answer(1, answer()).unwrap();
                saved.answer(1, answer()).unwrap();
                let mut saved = elsewhere(saved);
                for run in [&mut whole, &mut saved] {
                    run.answer(2, Ok(Vec::new())).unwrap();
                }
                let (whole, saved) = (ended(whole), ended(saved));
                assert_eq!(whole, saved, "{levels} {fails}");
                let said = format!("{:?}", whole.0.outcome);
                assert_eq!(levels > 128, said.contains("nested too deeply"), "{levels}: {said}");
            }
        }
    });
}

#[test]
fn a_snapshot_that_is_forged_to_be_deep_overflows_no_stack() {
    use sha2::{Digest, Sha256};
    on_a_small_stack(|| {
        let script = "host.all({{ask}, {ask}})";
        let mut run = waiting(asking().build().unwrap().start(Chunk::from(script)));
        run.answer(1, Ok(vec![nested(200)])).unwrap();
        let bytes = run.snapshot().unwrap();
        let (lists, hash) = ([6, 1].repeat(200), bytes.len() - 32);
        let at = bytes.windows(lists.len()).position(|part| part == lists).unwrap();
        let deeper = [6, 1].repeat(200_000);
        let mut forged = [&bytes[..at], &deeper[..], &bytes[at..hash]].concat();
        let hash = Sha256::digest(&forged);
        forged.extend_from_slice(&hash[..]);
        let error = asking().restore_run(&forged).unwrap_err();
        assert_eq!(error, RestoreError::Damaged("too deep a value"));
    });
}

#[test]
fn what_a_host_resumes_with_may_be_too_deep_and_saved() {
    on_a_small_stack(|| {
        let start = || {
            let mut run = waiting(asking().build().unwrap().start("return pcall(yield)".into()));
            run.resume_with(vec![nested(100_000)]).unwrap();
            run
        };
        let (whole, saved) = (ended(start()), ended(elsewhere(start())));
        assert_eq!(whole, saved);
        let text = r#"[false,"the host's result is nested too deeply"]"#;
        assert_eq!(whole.0.json().unwrap(), text);
    });
}

#[test]
fn the_lower_limit_of_memory_counts() {
    let limited = |memory: u64| asking().limits(Limits { memory, ..Limits::default() });
    let script = "ask() local t = {} for i = 1, 8 do t[i] = ('x'):rep(1000000) end";
    let mut run = waiting(limited(1 << 40).build().unwrap().start(script.into()));
    let bytes = run.snapshot().unwrap();
    for (memory, fits) in [(4 << 20, false), (64 << 20, true), (1 << 50, true)] {
        let mut run = limited(memory).restore_run(&bytes).unwrap();
        run.answer(1, Ok(Vec::new())).unwrap();
        let (report, _) = ended(run);
        assert_eq!(report.outcome != Outcome::OutOfMemory, fits, "{report:?}");
        assert!(report.usage.memory_peak <= memory);
    }
}

#[test]
fn what_a_host_holds_stays_held_through_any_number_of_snapshots() {
    let host = || {
        asking().function("keep", |kept: Function| {
            std::mem::forget(kept);
            Ok(())
        })
    };
    let script = "keep(function() return 'kept' end) ask(1)";
    let whole = || {
        let mut run = waiting(host().build().unwrap().start(script.into()));
        run.answer(1, Ok(Vec::new())).unwrap();
        while !run.step(u64::MAX).is_ended() {}
        run.finish().0
    };
    let saved = |times: usize| {
        let mut run = waiting(host().build().unwrap().start(script.into()));
        for _ in 0..times {
            run = host().restore_run(&run.snapshot().unwrap()).unwrap();
        }
        run.answer(1, Ok(Vec::new())).unwrap();
        while !run.step(u64::MAX).is_ended() {}
        let mut session = run.finish().0;
        for _ in 0..times {
            session = host().restore(&session.snapshot().unwrap()).unwrap();
        }
        session
    };
    let probe = "local t = {} for i = 1, 100 do t[i] = {} end return collectgarbage('count')";
    let (mut one, mut other) = (whole(), saved(3));
    for _ in 0..2 {
        assert_eq!(one.run(probe), other.run(probe));
        assert_eq!(one.digest(), other.digest());
    }
    let kept = other.function_numbered(1).unwrap();
    assert_eq!(other.call(&kept, ()).json().unwrap(), r#"["kept"]"#);
    // Asked for, it is let go when it is dropped.
    drop(kept);
    other.run("return 1").json().unwrap();
    assert!(other.function_numbered(1).is_none());
}

#[test]
fn what_cannot_be_saved_has_the_name_of_where_it_is() {
    let host = || {
        let builder = asking().object::<Socket>();
        builder.function_with("connect", |cx, ()| cx.object(Socket))
    };
    let path = |script: &str| {
        let run = host().build().unwrap().start(Chunk::from(script));
        waiting(run).snapshot().map(|bytes| bytes.len()).unwrap_err().path
    };
    assert_eq!(path("local s = connect() ask()"), "the main thread");
    assert_eq!(path("T = {1, connect()} ask()"), "_G.T[2]");
    let coroutine = "T = coroutine.create(function() local s = connect() ask() end)";
    assert_eq!(path(&format!("{coroutine} coroutine.resume(T)")), "_G.T");
    let finalizer = "setmetatable({connect()}, {__gc = function(o) ask() o = o[1] end})
                     collectgarbage()";
    assert!(path(finalizer).starts_with("the "), "{}", path(finalizer));
    assert_eq!(path("ask(connect())"), "the main thread");
}

#[test]
fn a_session_with_all_of_the_library_and_modules_of_its_host_is_saved() {
    for profile in [Profile::Strict, Profile::Compat, Profile::Full] {
        let host = || Session::builder().profile(profile).module("one", "return {n = 1}");
        let mut session = host().build().unwrap();
        session.run("one = require('one')").json().unwrap();
        let mut copy = host().restore(&session.snapshot().unwrap()).unwrap();
        let script = "return one.n, require('one') == one, pcall(require, 'two')";
        assert_eq!(copy.run(script), session.run(script), "{profile:?}");
    }
}

#[test]
fn the_spare_room_of_an_answer_is_in_no_snapshot() {
    let bytes = |room: usize| {
        let script = "return host.all({{ask}, {ask}})";
        let builder = asking().hash_key(1);
        let mut run = waiting(builder.build().unwrap().start(script.into()));
        let mut text = Vec::with_capacity(room);
        text.extend_from_slice(b"text");
        run.answer(1, Ok(vec![HostValue::String(text)])).unwrap();
        run.snapshot().unwrap()
    };
    assert_eq!(bytes(4), bytes(60_000));
}

#[test]
fn an_error_that_is_larger_than_a_result_may_be_is_one_that_says_so() {
    let limits = Limits { host_result: 1000, ..Limits::default() };
    for size in [1000, 1001] {
        let mut run = asking().limits(limits.clone()).build().unwrap().start("ask()".into());
        run = waiting(run);
        run.deny(1, vec![b'e'; size]).unwrap();
        let error = ended(run).0.json().unwrap_err().to_string();
        let named = "result of 1001 bytes is too large (limit: host_result, 1000 bytes)";
        assert_eq!(error.contains(named), size > 1000, "{error}");
    }
}

/// Keeps a text that several sessions share.
struct Board(Arc<Mutex<Vec<u8>>>);

impl HostFunction for Board {
    fn call(&mut self, _: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError> {
        let text = args.first().and_then(HostValue::as_bytes).unwrap_or_default();
        *self.0.lock().unwrap() = text.to_vec();
        Ok(Reply::Now(Vec::new()))
    }

    fn remembered(&self) -> Vec<Vec<u8>> {
        vec![self.0.lock().unwrap().clone()]
    }

    fn recall(&mut self, note: &[u8]) {
        *self.0.lock().unwrap() = note.to_vec();
    }
}

#[test]
fn functions_are_given_their_notes_back_only_if_there_is_a_session() {
    let board = Arc::new(Mutex::new(Vec::new()));
    let host = || asking().host("write", Board(Arc::clone(&board)));
    let mut run = waiting(host().build().unwrap().start("write('old') ask()".into()));
    let run_bytes = run.snapshot().unwrap();
    let mut session = run.finish().0;
    let session_bytes = session.snapshot().unwrap();
    session.run("write('new')").json().unwrap();
    let small = || host().limits(Limits { memory: 20_000, ..Limits::default() });
    small().restore_run(&run_bytes).unwrap_err();
    small().restore(&session_bytes).unwrap_err();
    session.fork(small()).unwrap_err();
    assert_eq!(*board.lock().unwrap(), b"new");
    drop(host().restore_run(&run_bytes).unwrap());
    assert_eq!(*board.lock().unwrap(), b"old");
}

/// Where a run is saved, a host's function has just been given a function, and its answer is on
/// the way.
#[test]
fn what_the_host_keeps_of_a_call_is_kept_behind_it_and_what_is_on_its_way_is_not() {
    let numbers = Arc::new(Mutex::new(Vec::new()));
    let builder = |kept: &Arc<Mutex<Vec<Function>>>| {
        let (kept, numbers) = (Arc::clone(kept), Arc::clone(&numbers));
        Session::builder()
            .function("keep", move |f: Function| {
                kept.lock().unwrap().push(f);
                Ok(())
            })
            .function("pass", move |f: Function| {
                numbers.lock().unwrap().push(f.number());
                Ok(f)
            })
    };
    let script = "keep(function() return 'kept' end) local f = pass(function() return 'passed' end) \
                  return f()";
    let kept = Arc::new(Mutex::new(Vec::new()));
    let mut run = builder(&kept).build().unwrap().start(Chunk::from(script));
    let mut images = Vec::new();
    loop {
        match run.step(u64::MAX) {
            Step::Ended => break,
            _ => images.push(run.snapshot().unwrap()),
        }
    }
    let expected = run.finish().1;
    assert_eq!((expected.json().unwrap(), images.len()), ("[\"passed\"]", 2));
    let (own, passed) = (kept.lock().unwrap()[0].number(), numbers.lock().unwrap()[0]);
    for image in images {
        let mut run = builder(&Arc::default()).restore_run(&image).unwrap();
        while !run.step(u64::MAX).is_ended() {}
        let (mut session, report) = run.finish();
        assert_eq!(report, expected);
        let _ = session.run("");
        let kept = session.function_numbered(own).unwrap();
        assert_eq!(session.call(&kept, ()).json().unwrap(), "[\"kept\"]");
        assert!(session.function_numbered(passed).is_none());
    }
}
