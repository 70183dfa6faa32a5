//! Functions of a script in the hands of its host: handles, calls from outside, and calls
//! from within a host function.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, reason = "a test may stop")]

#[path = "callbacks/map.rs"]
mod map;

use map::map;
use moonfuel::{
    ErrorKind, Function, HostError, HostValue, Limits, Outcome, Reply, Report, Session,
    SessionBuilder, Variadic,
};
use std::sync::{Arc, Mutex};

/// What the host keeps.
type Kept = Arc<Mutex<Vec<Function>>>;

type Any = Result<Variadic<HostValue>, HostError>;

/// A session whose host keeps functions, gives them back, and calls them.
fn session(builder: SessionBuilder) -> (Session, Kept) {
    let kept = Kept::default();
    let (keeps, gives) = (Arc::clone(&kept), Arc::clone(&kept));
    let session = builder
        .function("host.keep", move |functions: Variadic<Function>| {
            keeps.lock().unwrap().extend(functions);
            Ok(())
        })
        .function("host.kept", move |at: Option<usize>| {
            let kept = gives.lock().unwrap();
            Ok(match at {
                Some(at) => Variadic(vec![kept[at].clone()]),
                None => kept.iter().cloned().collect(),
            })
        })
        .function("host.ignore", |_: Variadic<HostValue>| Ok(()))
        // What f returns.
        .function_with("host.call", |_, (f, args): (Function, Variadic<HostValue>)| {
            Reply::call(&f, args, |_, results: Any| results)
        })
        // "ok", or the error's text.
        .function_with("host.try", |_, f: Function| {
            Reply::call(&f, (), |_, results: Any| {
                Ok(results.map_or_else(|error| format!("caught {error}"), |_| "ok".to_owned()))
            })
        })
        .function_with("host.map", |_, (mut items, f): (Vec<HostValue>, Function)| {
            items.reverse();
            map(f, items, Vec::new())
        })
        // Nothing that a script can be given.
        .function("host.deep", |_: Function| {
            Ok((0..200).fold(HostValue::Nil, |inner, _| HostValue::Array(vec![inner])))
        })
        .build()
        .unwrap();
    (session, kept)
}

fn json(report: &Report) -> &str {
    match &report.outcome {
        Outcome::Done(Ok(json)) => json,
        other => panic!("{other:?}"),
    }
}

fn message(report: &Report) -> String {
    report.json().unwrap_err().to_string()
}

#[test]
fn a_function_that_was_kept_is_called_later() {
    let (mut session, kept) = session(Session::builder());
    session
        .run("local n = 0 host.keep(function(by) n = n + by return n, 'so far' end, print)")
        .json()
        .unwrap();
    let (count, print) = {
        let kept = kept.lock().unwrap();
        (kept[0].clone(), kept[1].clone())
    };
    assert_eq!(json(&session.call(&count, 20)), r#"[20,"so far"]"#);
    assert_eq!(json(&session.call(&count, 22)), r#"[42,"so far"]"#);
    let report = session.call(&print, ("a", 1.5, HostValue::Nil));
    assert_eq!((json(&report), &report.output[..]), ("[]", &b"a\t1.5\tnil\n"[..]));
}

#[test]
fn a_handle_is_the_same_function_to_its_session() {
    let (mut session, kept) = session(Session::builder());
    let report = session.run(
        "local f, g = function() end, function() end
         host.keep(f, g, f, print)
         local a, b, c, d = host.kept()
         return a == f, b == g, c == f, d == print, host.kept(0) == f, f ~= g",
    );
    assert_eq!(json(&report), "[true,true,true,true,true,true]");
    let kept = kept.lock().unwrap();
    assert!(kept[0] == kept[2] && kept[0] != kept[1] && kept[0] != kept[3]);
}

#[test]
fn functions_cross_within_tables() {
    let (mut session, _) = session(Session::builder().function("pick", |table: HostValue| {
        Ok(table.field("on").and_then(|on| on.field("start")).cloned())
    }));
    let report = session.run(
        "local f = function() return 'started' end
         local picked = pick({on = {start = f, stop = print}})
         return picked == f, picked()",
    );
    assert_eq!(json(&report), r#"[true,"started"]"#);
}

#[test]
fn paths_from_the_globals_name_functions() {
    let (mut session, _) = session(Session::builder());
    session
        .run(
            "function double(n) return 2 * n end
             handlers = {deep = {}}
             function handlers.on_message(text) return #text end
             handlers.deep.er = setmetatable({}, {__call = function(self, n) return n + 1 end})
             base = {inherited = function() return 'base' end}
             object = setmetatable({}, {__index = base})
             a_name_that_is_much_longer_than_what_is_interned = function() return 'long' end",
        )
        .json()
        .unwrap();
    assert_eq!(json(&session.call("double", 21)), "[42]");
    assert_eq!(json(&session.call("handlers.on_message", "four")), "[4]");
    assert_eq!(json(&session.call("handlers.deep.er", 1)), "[2]");
    assert_eq!(json(&session.call("object.inherited", ())), r#"["base"]"#);
    assert_eq!(json(&session.call("math.max", (1, 3))), "[3]");
    let long = "a_name_that_is_much_longer_than_what_is_interned";
    assert_eq!(json(&session.call(long, ())), r#"["long"]"#);
    for (path, text) in [
        ("nothing", "attempt to call a nil value (global 'nothing')"),
        ("", "attempt to call a nil value (global '')"),
        ("handlers", "attempt to call a table value (global 'handlers')"),
        ("handlers.other", "attempt to call a nil value (field 'handlers.other')"),
        ("nothing.there", "attempt to index a nil value (global 'nothing')"),
        ("handlers.deep.none.at", "attempt to index a nil value (field 'handlers.deep.none')"),
        ("double.x", "attempt to index a function value (global 'double')"),
        ("handlers..x", "attempt to index a nil value (field 'handlers.')"),
    ] {
        assert_eq!(message(&session.call(path, ())), text);
        assert!(session.function(path).is_err());
    }
    let double = session.function("double").unwrap();
    assert_eq!(json(&session.call(&double, 4)), "[8]");
    let many = session.call("double", f64::NAN.to_string());
    assert!(message(&many).contains("attempt to mul a 'number' with a 'string'"), "{many:?}");
    let bad = session.call("double", serde_json::json!({ "n": u64::MAX }));
    assert!(!bad.is_done());
}

#[test]
fn a_call_is_a_run_with_limits_and_a_report() {
    let limits = Limits { fuel: 10_000, ..Limits::default() };
    let (mut session, _) = session(Session::builder().limits(limits));
    session
        .run(
            "function forever() while true do end end
             function fails() error('no') end
             function throws() error({code = 7}) end
             function much() return ('x'):rep(1 << 40) end
             function prints() print('hi') return 1 end",
        )
        .json()
        .unwrap();
    let report = session.call("forever", ());
    assert_eq!((&report.outcome, report.usage.fuel_used), (&Outcome::OutOfFuel, 10_000));
    assert!(report.place.unwrap().traceback.contains("in function 'forever'"));
    let Outcome::Failed(error) = session.call("fails", ()).outcome else { panic!() };
    assert!(error.to_string().ends_with(":2: no"), "{error}");
    assert!(error.traceback.contains("function 'fails'"), "{}", error.traceback);
    let Outcome::Failed(error) = session.call("throws", ()).outcome else { panic!() };
    assert_eq!(error.value.as_deref(), Some(r#"{"code":7}"#));
    assert!(!session.call("much", ()).is_done());
    let report = session.call("prints", ());
    assert_eq!((json(&report), &report.output[..]), ("[1]", &b"hi\n"[..]));
}

#[test]
fn calls_come_alike_in_slices() {
    let list: Vec<String> = (0..500).map(|n| format!("item {n}")).collect();
    let table = HostValue::object([("k", HostValue::Integer(1))]);
    let run = |slice: u64| {
        let (mut session, _) = session(Session::builder());
        session
            .run(
                "function all(list, t)
                   local f = function(s) return #s end
                   return #list, list[500], t.k, host.map(list, f)[7]
                 end",
            )
            .json()
            .unwrap();
        let mut run = session.start_call("all", (list.clone(), table.clone()));
        while !run.step(slice).is_ended() {}
        run.finish().1
    };
    let whole = run(u64::MAX);
    assert_eq!(json(&whole), r#"[500,"item 499",1,6]"#);
    for slice in [1, 7, 100, 1000] {
        assert_eq!(run(slice), whole, "{slice}");
    }
}

#[test]
fn a_host_function_has_functions_called() {
    let (mut session, _) = session(Session::builder());
    let report = session.run(
        "local t = host.map({1, 2, 3}, function(n) return n * n end)
         return t, host.call(math.max, 3, 9, 4), select('#', host.call(function() end)),
                host.call(host.call, host.call, string.upper, 'x'), #host.call(string.rep, 'x', 5000)",
    );
    assert_eq!(json(&report), r#"[[1,4,9],9,0,"X",5000]"#);
    // One call of `map`, one each of the others, three of the nested one.
    assert_eq!(report.usage.host_calls, 7);
}

#[test]
fn results_are_typed() {
    let builder = Session::builder().function_with("size", |_, f: Function| {
        Reply::call(&f, (), |_, size: Result<u8, HostError>| Ok(u32::from(size?) + 1))
    });
    let (mut session, _) = session(builder);
    let report = session.run(
        "return size(function() return 7 end), select(2, pcall(size, function() return 'x' end)),
                select(2, pcall(size, function() return 256 end))",
    );
    let text = r#"[8,"bad result #1 (number expected, got string)","bad result #1 (value out of range (0 to 255))"]"#;
    assert_eq!(json(&report), text);
}

#[test]
fn errors_come_through() {
    let (mut session, _) = session(Session::builder());
    let report = session.run(
        "local object = setmetatable({}, {__tostring = function() return 'obj' end})
         local function same(e)
           local _, got = pcall(host.call, function() error(e, 0) end)
           return rawequal(got, e)
         end
         return host.try(function() error('oh', 0) end), host.try(function() end),
                host.try(function() error(object) end), host.try(function() error() end),
                same(object), same('text'), same(nil), same(7), same(coroutine.create(print)),
                select(2, pcall(host.map, {1}, function() error('deep', 0) end)),
                select(2, pcall(host.call, function() local x = nil + 1 end))",
    );
    let text = r#"["caught oh","ok","caught (error object is a table value)","caught (error object is a nil value)",true,true,true,true,true,"deep""#;
    assert!(json(&report).starts_with(text), "{}", json(&report));
    assert!(json(&report).contains("attempt to perform arithmetic on a nil value"));
}

#[test]
fn an_error_that_is_raised_elsewhere_is_still_that_error() {
    let first = Arc::new(Mutex::new(None));
    let last = Arc::clone(&first);
    let builder = Session::builder()
        .function_with("note", move |_, f: Function| {
            let first = Arc::clone(&first);
            Reply::call(&f, (), move |_, results: Any| {
                *first.lock().unwrap() = results.err();
                Ok(())
            })
        })
        .function("raise", move |_: Variadic<HostValue>| -> Result<(), HostError> {
            Err(last.lock().unwrap().clone().unwrap())
        });
    let (mut session, _) = session(builder);
    let report = session.run(
        "note(function() error({code = 7}) end)
         local _, e = pcall(raise, 1, 2, 3)
         note(function() error('text', 0) end)
         return e.code, select(2, pcall(raise, 'x', 'y', 'z'))",
    );
    assert_eq!(json(&report), r#"[7,"text"]"#);
}

#[test]
fn callbacks_work_everywhere() {
    let (mut session, _) = session(Session::builder());
    let report = session.run(
        "local log = {}
         -- A callback that yields through the host function that called it.
         local co = coroutine.wrap(function()
           return host.call(function(a)
             local b = coroutine.yield(a + 1)
             return host.call(function(c) return coroutine.yield(c * 2) end, b)
           end, 1)
         end)
         log[#log + 1] = co()
         log[#log + 1] = co(10)
         log[#log + 1] = co('done')
         -- In a comparison, a metamethod, an iterator, a finalized variable, a handler.
         local list = {3, 1, 2}
         table.sort(list, function(a, b) return host.call(function() return a < b end) end)
         log[#log + 1] = table.concat(list)
         local m = setmetatable({}, {__add = function(_, n) return host.call(math.abs, n) end})
         log[#log + 1] = m + -5
         for v in function(_, n) return host.call(function() if n < 2 then return n + 1 end end) end, nil, 0 do
           log[#log + 1] = v
         end
         do
           local c <close> = setmetatable({}, {__close = function() log[#log + 1] = host.call(tostring, true) end})
         end
         log[#log + 1] = select(2, xpcall(error, function(e) return host.call(string.upper, e) end, 'up'))
         log[#log + 1] = ('abc'):gsub('b', function(b) return host.call(string.rep, b, 3) end)
         return log",
    );
    assert_eq!(json(&report), r#"[[2,20,"done","123",5,1,2,"true","UP","abbbc"]]"#);
}

#[test]
fn nesting_ends_at_the_limit_of_nested_native_calls() {
    let (mut session, _) = session(Session::builder());
    let report = session.run(
        "local depth = 0
         local function down() depth = depth + 1 return host.call(down) end
         local ok, message = pcall(down)
         return ok, message:match('C stack overflow'), depth > 90 and depth < 201",
    );
    assert_eq!(json(&report), r#"[false,"C stack overflow",true]"#);
}

#[test]
fn a_callback_is_subject_to_the_limits_of_the_run() {
    struct Noticed(Arc<Mutex<u32>>);
    impl Drop for Noticed {
        fn drop(&mut self) {
            *self.0.lock().unwrap() += 1;
        }
    }
    let dropped = Arc::new(Mutex::new(0));
    let count = Arc::clone(&dropped);
    let limits = Limits { fuel: 50_000, host_result: 1000, ..Limits::default() };
    let builder = Session::builder().atomic(false).limits(limits);
    let builder = builder.function_with("wait", move |_, f: Function| {
        let noticed = Noticed(Arc::clone(&count));
        Reply::call(&f, (), move |_, results: Any| {
            drop(noticed);
            results
        })
    });
    let (mut session, _) = session(builder);
    let report = session.run("wait(function() while true do end end)");
    assert_eq!((&report.outcome, report.usage.fuel_used), (&Outcome::OutOfFuel, 50_000));
    assert_eq!(*dropped.lock().unwrap(), 1, "what waits goes with the run");
    // A coroutine that nobody resumes, one in use, and one whose error passes by.
    let report = session.run(
        "co = coroutine.wrap(function() wait(coroutine.yield) end) co()
         pcall(wait, error)
         wait(function() while true do end end)",
    );
    assert_eq!(report.outcome, Outcome::OutOfFuel);
    assert_eq!(*dropped.lock().unwrap(), 4);
    let report = session.run("return pcall(co)");
    assert!(json(&report).contains("the host gave no answer"), "{report:?}");
    let report = session.run("host.call(print, ('x'):rep(2000))");
    assert!(message(&report).contains("too large (limit: host_result"), "{report:?}");
    let limits = Limits { host_calls: 2, ..Limits::default() };
    let (mut session, _) = self::session(Session::builder().limits(limits));
    let report = session.run("return host.map({1, 2, 3, 4}, tostring)");
    assert_eq!(json(&report), r#"[["1","2","3","4"]]"#, "one call, however long it takes");
    let report = session.run("for i = 1, 3 do host.call(print, i) end");
    assert_eq!((report.outcome, &report.output[..]), (Outcome::HostCallLimit, &b"1\n2\n"[..]));
}

#[test]
fn what_goes_on_may_panic() {
    let builder = Session::builder().function_with("boom", |_, f: Function| {
        Reply::call(&f, (), |_, _: Any| -> Result<(), HostError> { panic!("boom") })
    });
    let (mut session, _) = session(builder);
    std::panic::set_hook(Box::new(|_| {}));
    let report = session.run("return pcall(boom, print)");
    let _ = std::panic::take_hook();
    assert!(json(&report).ends_with(r#"boom: the host function panicked"]"#), "{report:?}");
}

#[test]
fn handles_of_other_sessions_are_errors() {
    let (mut one, kept) = session(Session::builder());
    let (mut other, _) =
        session(Session::builder().function("theirs", move |at: Option<usize>| {
            let kept = kept.lock().unwrap();
            Ok(match at {
                None => HostValue::array([HostValue::Function(kept[0].clone())]),
                Some(at) => HostValue::Function(kept[at].clone()),
            })
        }));
    one.run("host.keep(function() return 'mine' end)").json().unwrap();
    // As many handles of its own.
    other.run("host.keep(function() return 'wrong' end)").json().unwrap();
    let text = "the function is of another session";
    for source in ["theirs()", "theirs(0)", "host.ignore(pcall(theirs, 0)) theirs()"] {
        assert!(message(&other.run(source)).ends_with(text), "{source}");
    }
    let handle = one.function("print").unwrap();
    assert!(message(&other.call(&handle, ())).ends_with(text));
    assert!(message(&other.call("print", handle.clone())).ends_with(text));
    let nested = vec![vec![handle.clone()]];
    assert!(message(&other.call("print", nested)).ends_with(text));
    drop(one);
    assert!(message(&other.call(&handle, ())).ends_with(text));
}

#[test]
fn handles_of_a_failed_run_are_void() {
    let (mut session, kept) = session(Session::builder());
    session.run("function before() return 'before' end host.keep(before)").json().unwrap();
    for end in ["error('x')", "while true do end", "local t = {} while true do t[#t + 1] = {} end"]
    {
        let source = format!(
            "function after() return 'after' end
             host.keep(after, before, function() return 'inner' end) {end}"
        );
        assert!(!session.run(&source).is_done());
        let handles = std::mem::take(&mut *kept.lock().unwrap());
        let [old, after, again, inner] = handles.as_slice() else { panic!("{handles:?}") };
        assert_eq!((old, json(&session.call(old, ()))), (again, r#"["before"]"#));
        let stale = "the function is stale: the run that made it was undone";
        // In their places are others by now.
        let source = "function other() return 'other' end host.keep(other, print, pcall)";
        session.run(source).json().unwrap();
        for handle in [after, inner] {
            assert_eq!(message(&session.call(handle, ())), stale);
            assert!(message(&session.call("print", handle.clone())).ends_with(stale));
        }
        assert_eq!(json(&session.call("other", ())), r#"["other"]"#);
        let mut kept = kept.lock().unwrap();
        kept.clear();
        kept.push(old.clone());
    }
}

#[test]
fn handles_of_a_failed_run_leave_no_trace() {
    let figures = |fail: bool| {
        let (mut session, kept) = session(Session::builder().limits(many_calls()));
        session.run("for i = 1, 10 do host.keep(function() return i end) end").json().unwrap();
        kept.lock().unwrap().truncate(5);
        if fail {
            let source =
                "for i = 1, 100 do host.keep(function() return i end) host.map({1}, print) end
                          host.ignore(function() end) error('x')";
            assert!(!session.run(source).is_done());
            kept.lock().unwrap().truncate(5);
        }
        let source = "for i = 1, 20 do host.keep(function() return i end) end
             collectgarbage() return collectgarbage('count'), tostring({})";
        let report = session.run(source);
        (report.outcome, report.usage)
    };
    let (failed, clean) = (figures(true), figures(false));
    assert_eq!(failed, clean);
}

#[test]
fn handles_are_neither_json_nor_types_of_serde() {
    let (mut session, _) = session(Session::builder().function("as_json", |value: HostValue| {
        Ok(value.to_json().map(|json| json.to_string()).map_err(|error| error.to_string()))
    }));
    let report = session.run("return as_json({a = print})");
    assert!(json(&report).contains("Functions cannot be converted to JSON (at $.a)"), "{report:?}");
    let report = session.call("print", serde_json::json!(1));
    assert_eq!(report.output, b"1\n");
    let Err(error) = session.run("return print").json().map(str::to_owned) else { panic!() };
    assert_eq!(error.kind, ErrorKind::Conversion);
}

/// Limits under which a script may call the host as often as it likes.
fn many_calls() -> Limits {
    Limits { host_calls: u64::MAX, fuel: 1_000_000_000, ..Limits::default() }
}

#[test]
fn handles_that_nobody_keeps_take_no_memory() {
    let peak = |count: u32, call: &str| {
        let (mut session, _) = session(Session::builder().limits(many_calls()));
        let source = format!("for i = 1, tonumber('{count:06}') do {call} end");
        let report = session.run(&source);
        assert_eq!(json(&report), "[]", "{source}");
        report.usage.memory_peak
    };
    for call in [
        "host.ignore(function() return i end)",
        "host.ignore({function() return i end, {f = function() return i end}})",
        "host.call(function() return i end)",
        "host.call(function() return function() return i end end)",
        "pcall(host.call, function() error(function() return i end) end)",
        "host.map({i}, function(n) return host.try(function() return i end) end)",
        "local t = {} t[1] = t assert(not pcall(host.map, {t}, function() return i end))",
        "local t = {} t[1] = t assert(not pcall(host.map, {function() return i end, t}, print))",
        "local t = {} t[1] = t
         assert(not pcall(host.all, {{host.ignore, function() return i end}, {host.map, print, t}}))",
        "assert(not pcall(host.deep, function() return i end))",
        "local f = function() return i end
         assert(not pcall(host.all, {{host.deep, f}, {host.ignore, function() return i end}}))",
    ] {
        let (few, many) = (peak(5_000, call), peak(100_000, call));
        assert_eq!(few, many, "{call}");
    }
}

#[test]
fn places_of_handles_are_used_again() {
    let (mut session, kept) = session(Session::builder().limits(many_calls()));
    let source = "for i = 1, 2000 do host.keep(function() return i end) end";
    let count = "collectgarbage() return collectgarbage('count')";
    let first = session.run(source);
    assert_eq!(json(&first), "[]");
    kept.lock().unwrap().clear();
    let before = session.run(count);
    for round in 0..10 {
        let again = session.run(source);
        let order = kept.lock().unwrap().len();
        assert_eq!(order, 2000);
        // Dropped in whatever order, on whatever thread.
        let mut handles = std::mem::take(&mut *kept.lock().unwrap());
        let half = handles.split_off(1000 + round);
        let other = std::thread::spawn(move || drop(half));
        handles.reverse();
        drop(handles);
        other.join().unwrap();
        assert_eq!(session.run(count).outcome, before.outcome);
        assert!(again.is_done());
    }
    session.run("host.keep(function() return 'new' end)").json().unwrap();
    let handle = kept.lock().unwrap()[0].clone();
    assert_eq!(json(&session.call(&handle, ())), r#"["new"]"#);
}

#[test]
fn figures_do_not_depend_on_slices() {
    let source = "local fs = {}
         for i = 1, 3000 do
           fs[i % 7] = function() return i end
           host.ignore(fs[i % 7], {fs})
           if i % 10 == 0 then host.keep(fs[i % 7]) end
           if i % 100 == 0 then host.map({1, 2, i}, function(n) return host.kept(n % 5) == fs end) end
         end
         return collectgarbage('count')";
    let run = |slice: u64| {
        let (session, _) = session(Session::builder().limits(many_calls()));
        let mut run = session.start(moonfuel::Chunk::new(source.as_bytes()));
        while !run.step(slice).is_ended() {}
        run.finish().1
    };
    let whole = run(u64::MAX);
    assert!(whole.is_done(), "{whole:?}");
    for slice in [1, 13, 1000] {
        assert_eq!(run(slice), whole);
    }
}

#[test]
fn finalizers_that_call_the_host_do_not_lose_an_answer() {
    let builder = Session::builder()
        .limits(many_calls())
        .function_with("take", |cx, bytes: usize| {
            cx.reserve(bytes)?;
            Ok("taken")
        })
        .function("text", |size: usize| Ok("x".repeat(size)));
    let (mut session, _) = session(builder);
    let report = session.run(
        "local finalized = 0
         local function mark()
           setmetatable({}, {__gc = function() finalized = finalized + #host.call(tostring, 10) mark() end})
         end
         mark()
         for i = 1, 2000 do
           assert(take(200000) == 'taken')
           assert(#text(300) == 300)
           assert(host.call(string.rep, 'y', 2000) == ('y'):rep(2000))
           host.ignore(('z'):rep(100000 + i))
         end
         return finalized > 10",
    );
    assert_eq!(json(&report), "[true]");
}

#[test]
fn a_host_may_hold_as_many_functions_between_runs_as_it_likes() {
    let (mut session, _) = session(Session::builder());
    session.run("for i = 1, 500 do _G['f' .. i] = function() return i end end").json().unwrap();
    let all: Vec<Function> =
        (1..=500).map(|i| session.function(&format!("f{i}")).unwrap()).collect();
    for (at, function) in all.iter().enumerate() {
        assert_eq!(json(&session.call(function, ())), format!("[{}]", at + 1));
    }
}
