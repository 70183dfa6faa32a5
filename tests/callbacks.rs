//! Functions of a script in the hands of its host: handles, calls from outside, and calls
//! from within a host function.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

use moonfuel::{
    Function, HostCx, HostError, HostFunction, HostValue, Limits, Outcome, Reply, Report, Session,
    SessionBuilder,
};
use std::sync::{Arc, Mutex};

/// Keeps the functions it is given.
type Kept = Arc<Mutex<Vec<Function>>>;

/// A function that decides what to answer from its arguments.
struct Answers<F>(F);

impl<F> HostFunction for Answers<F>
where
    F: FnMut(&mut HostCx<'_>, &mut [HostValue]) -> Result<Reply, HostError> + Send,
{
    fn call(&mut self, cx: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError> {
        (self.0)(cx, args)
    }
}

fn boxed<F>(answers: F) -> Box<dyn HostFunction>
where
    F: FnMut(&mut HostCx<'_>, &mut [HostValue]) -> Result<Reply, HostError> + Send + 'static,
{
    Box::new(Answers(answers))
}

fn function(value: &HostValue) -> Function {
    match value {
        HostValue::Function(function) => function.clone(),
        other => panic!("a function expected, not {other:?}"),
    }
}

/// A session whose host keeps functions, gives them back, and calls them.
fn session(builder: SessionBuilder) -> (Session, Kept) {
    let kept = Kept::default();
    let (keeps, gives) = (Arc::clone(&kept), Arc::clone(&kept));
    let session = builder
        .host_function("host", "keep", move |args| {
            keeps.lock().unwrap().extend(args.iter().map(function));
            Ok(vec![])
        })
        .host_function("host", "kept", move |args| {
            let kept = gives.lock().unwrap();
            match args {
                [HostValue::Integer(n)] => Ok(vec![HostValue::Function(kept[*n as usize].clone())]),
                _ => Ok(kept.iter().cloned().map(HostValue::Function).collect()),
            }
        })
        .host_function("host", "ignore", |_| Ok(vec![]))
        .host_functions(
            "host",
            vec![
                // call(f, ...): what f returns.
                (
                    "call",
                    boxed(|_, args| {
                        let f = function(&args[0]);
                        Ok(Reply::call(&f, args[1..].to_vec(), |_, results| Ok(results?.into())))
                    }),
                ),
                // try(f): "ok" or the error's text.
                (
                    "try",
                    boxed(|_, args| {
                        let f = function(&args[0]);
                        Ok(Reply::call(&f, vec![], |_, results| {
                            let text = match results {
                                Ok(_) => "ok".to_owned(),
                                Err(error) => format!("caught {error}"),
                            };
                            Ok(vec![text.into()].into())
                        }))
                    }),
                ),
                // map(list, f).
                (
                    "map",
                    boxed(|_, args| match args {
                        [HostValue::Array(items), HostValue::Function(f)] => {
                            Ok(map(f.clone(), std::mem::take(items).into_iter(), Vec::new()))
                        }
                        _ => Err(HostError::new("a list and a function, please")),
                    }),
                ),
            ],
        )
        .build()
        .unwrap();
    (session, kept)
}

fn map(f: Function, mut items: std::vec::IntoIter<HostValue>, mut done: Vec<HostValue>) -> Reply {
    let Some(item) = items.next() else { return Reply::Now(vec![HostValue::Array(done)]) };
    Reply::call(&f.clone(), vec![item], move |_, results| {
        done.push(results?.into_iter().next().unwrap_or_default());
        Ok(map(f, items, done))
    })
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
    assert_eq!(json(&session.call(&count, vec![20.into()])), r#"[20,"so far"]"#);
    assert_eq!(json(&session.call(&count, vec![22.into()])), r#"[42,"so far"]"#);
    let report = session.call(&print, vec!["a".into(), 1.5.into(), HostValue::Nil]);
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
    let (mut session, _) = session(Session::builder().host_function("host", "pick", |args| {
        Ok(vec![args[0].field("on").and_then(|on| on.field("start")).cloned().unwrap()])
    }));
    let report = session.run(
        "local f = function() return 'started' end
         local picked = host.pick({on = {start = f, stop = print}})
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
             object = setmetatable({}, {__index = base})",
        )
        .json()
        .unwrap();
    assert_eq!(json(&session.call("double", vec![21.into()])), "[42]");
    assert_eq!(json(&session.call("handlers.on_message", vec!["four".into()])), "[4]");
    assert_eq!(json(&session.call("handlers.deep.er", vec![1.into()])), "[2]");
    assert_eq!(json(&session.call("object.inherited", vec![])), r#"["base"]"#);
    assert_eq!(json(&session.call("math.max", vec![1.into(), 3.into()])), "[3]");
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
        assert_eq!(message(&session.call(path, vec![])), text);
        assert!(session.function(path).is_err());
    }
    let double = session.function("double").unwrap();
    assert_eq!(json(&session.call(&double, vec![4.into()])), "[8]");
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
    let report = session.call("forever", vec![]);
    assert_eq!((&report.outcome, report.usage.fuel_used), (&Outcome::OutOfFuel, 10_000));
    assert!(report.place.unwrap().traceback.contains("in function 'forever'"));
    let Outcome::Failed(error) = session.call("fails", vec![]).outcome else { panic!() };
    assert!(error.to_string().ends_with(":2: no"), "{error}");
    assert!(error.traceback.contains("function 'fails'"), "{}", error.traceback);
    let Outcome::Failed(error) = session.call("throws", vec![]).outcome else { panic!() };
    assert_eq!(error.value.as_deref(), Some(r#"{"code":7}"#));
    assert!(!session.call("much", vec![]).is_done());
    let report = session.call("prints", vec![]);
    assert_eq!((json(&report), &report.output[..]), ("[1]", &b"hi\n"[..]));
}

#[test]
fn calls_come_alike_in_slices() {
    let list: Vec<HostValue> = (0..500).map(|n| HostValue::from(format!("item {n}"))).collect();
    let args = vec![HostValue::Array(list), HostValue::Object(vec![(b"k".to_vec(), 1.into())])];
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
        let mut run = session.start_call("all", args.clone());
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
fn errors_come_through() {
    let (mut session, _) = session(Session::builder());
    let report = session.run(
        "local object = setmetatable({}, {__tostring = function() return 'obj' end})
         local function same(e) local _, got = pcall(host.call, function() error(e, 0) end) return rawequal(got, e) end
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
