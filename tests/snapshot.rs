//! Sessions that are saved, restored and copied, as their hosts see it.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use moonfuel::{
    Chunk, Declaration, Decode, Digest, Function, HostValue, Limits, Methods, Object, Profile,
    Report, RestoreError, Run, Session, SessionBuilder, UserData,
};
use std::sync::mpsc::channel;

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
