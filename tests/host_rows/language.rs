//! Rows about the language, values and sessions.

use super::run;
use moonfuel::host::HostProfile;
use moonfuel::host::codex::LuaRuntime;
use moonfuel::{Chunk, HostValue, Limits, Outcome, Session, SessionBuilder};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

fn session() -> Session {
    Session::builder().build().unwrap()
}

/// What a script of a session returns.
fn values(session: &mut Session, source: &str) -> Value {
    session.run(source).values().unwrap().into()
}

fn error(source: &str) -> String {
    session().run(source).json().unwrap_err().to_string()
}

#[test]
fn row_01_all_values_are_returned() {
    let mut s = session();
    assert_eq!(values(&mut s, "return 21 + 21"), json!([42]));
    assert_eq!(values(&mut s, "return 1, 'a', nil, true"), json!([1, "a", null, true]));
    assert_eq!(values(&mut s, "local x = 1"), json!([]));
}

#[test]
fn row_04_one_shots_begin_afresh() {
    let mut s = session();
    assert!(s.execute("g = 1", Some(&json!({"x": 1}))).is_done());
    assert_eq!(s.execute("return g, args", None).json().unwrap(), "[null,null]");
    assert_eq!(run("g = 1 return g").unwrap(), 1);
    assert_eq!(run("return g").unwrap(), Value::Null);
}

#[test]
fn row_05_a_session_keeps_what_ends_well() {
    let mut s = session();
    assert_eq!(values(&mut s, "my_var = 123"), json!([]));
    assert_eq!(values(&mut s, "return my_var"), json!([123]));
}

#[test]
fn row_06_what_fails_is_undone_whole() {
    let mut s = session();
    assert!(s.run("t = {n = 1} function up() return t.n end math.randomseed(7)").is_done());
    let before = s.digest();
    let fails = "t.n = 2 g = 9 setmetatable(t, {__index = 'x'}) up = nil
                 getmetatable('').__index = nil math.random() error('x')";
    assert!(!s.run(fails).is_done());
    assert_eq!(values(&mut s, "return t.n, g, up(), getmetatable(t)"), json!([1, null, 1, null]));
    let mut other = session();
    assert!(other.run("t = {n = 1} function up() return t.n end math.randomseed(7)").is_done());
    assert_eq!(before, other.digest());
    assert_eq!(
        values(&mut s, "return math.random(1000), ('x'):upper()"),
        values(&mut other, "return math.random(1000), ('x'):upper()")
    );
}

#[test]
fn row_08_nothing_catches_a_limit() {
    let limits = Limits { fuel: 100_000, ..Limits::default() };
    let ways = [
        "return pcall(function() while true do end end)",
        "return coroutine.wrap(function() return pcall(function() while true do end end) end)()",
        "return xpcall(error, function() while true do end end)",
        "return pcall(table.sort, {3, 2, 1}, function() while true do end end)",
        "return pcall(string.gsub, 'x', 'x', function() while true do end end)",
        "do local x <close> = setmetatable({}, {__close = function() while true do end end}) end",
        "setmetatable({}, {__gc = function() while true do end end}) collectgarbage()",
        "return pcall(function() return setmetatable({}, {__index = function() while true do end end}).x end)",
    ];
    for source in ways {
        let mut s = Session::builder().limits(limits.clone()).build().unwrap();
        assert_eq!(s.run(source).outcome, Outcome::OutOfFuel, "{source}");
        assert_eq!(values(&mut s, "return 1"), json!([1]));
    }
}

#[test]
fn row_13_libraries_that_scripts_do_not_have() {
    assert!(
        error("return os.execute('id')").contains("attempt to call a nil value (field 'execute')")
    );
    let types = "return type(io), type(dofile), type(loadfile), type(package)";
    assert_eq!(values(&mut session(), types), json!(["nil", "nil", "nil", "nil"]));
    // `debug.traceback` stays, and nothing else of it.
    let left = "local names = {} for name in pairs(debug) do names[#names + 1] = name end
                return table.concat(names, ',')";
    assert_eq!(values(&mut session(), left), json!(["traceback"]));
    assert_eq!(run("return io, os, debug, dofile, loadfile").unwrap(), Value::Null);
}

#[test]
fn row_14_no_back_door() {
    let mut s = session();
    assert_eq!(
        values(&mut s, "return (pcall(require, 'os.execute')), package"),
        json!([false, null])
    );
    assert_eq!(
        values(&mut s, "return os.getenv, os.remove, os.rename, os.tmpname"),
        json!([null, null, null, null])
    );
    assert_eq!(values(&mut s, "return string.dump"), json!([null]));
    let text = "attempt to load a binary chunk";
    let loaded = values(&mut s, "return load('\\27Lua')");
    assert!(loaded[0].is_null() && loaded[1].as_str().unwrap().contains(text), "{loaded}");
    // What `require` gives of the library is what the script has anyhow.
    assert_eq!(
        values(&mut s, "return require('os') == os, require('os').execute"),
        json!([true, null])
    );
    assert!(run("return require('os')").is_err());
}

#[test]
fn row_15_time_is_there() {
    assert_eq!(values(&mut session(), "return type(os.time())"), json!(["number"]));
    let mut s = Session::builder().start_time(1_700_000_000).build().unwrap();
    assert_eq!(values(&mut s, "return os.date('!%Y', os.time())"), json!(["2023"]));
}

#[test]
fn row_16_strings_of_one_run_are_those_of_the_next() {
    let mut s = session();
    let poison = "getmetatable('').__index.upper = function() return 'P' end error('undone')";
    assert!(!s.run(poison).is_done());
    assert_eq!(values(&mut s, "return ('x'):upper()"), json!(["X"]));
    let _ = run("getmetatable('').__index.upper = function() return 'P' end");
    assert_eq!(run("return ('x'):upper()").unwrap(), "X");
}

#[test]
fn row_18_coroutines() {
    let source = "local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
                  return co(), co(), co()";
    assert_eq!(values(&mut session(), source), json!([1, 2, 3]));
}

/// A session whose function `later` answers when it is asked for the third time.
fn waiting() -> SessionBuilder {
    Session::builder().async_function("later", async |value: HostValue| {
        let mut polls = 0;
        std::future::poll_fn(move |cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            if polls < 3 { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
        })
        .await;
        Ok(value)
    })
}

#[test]
fn row_20_calls_that_answer_later_wait_anywhere() {
    let mut s = waiting().build().unwrap();
    let source = "
        local t = setmetatable({}, {__index = function(_, key) return later(key) end,
                                    __add = function(a, b) return later(b) end})
        local list = {3, 1, 2}
        table.sort(list, function(a, b) return later(a) < later(b) end)
        local function each() return function(_, i) i = (i or 0) + 1 if i < 3 then return later(i) end end end
        local sum = 0 for i in each() do sum = sum + i end
        local co = coroutine.wrap(function() coroutine.yield(later('in')) return later('out') end)
        return select(2, pcall(later, 'p')), t.key, t + 5, table.concat(list, ','), sum, co(), co(),
               (('abc'):gsub('%w', function(c) return later(c) .. '.' end))";
    assert_eq!(values(&mut s, source), json!(["p", "key", 5, "1,2,3", 3, "in", "out", "a.b.c."]));
}

#[test]
fn row_21_tables_that_are_lists() {
    let mut s = session();
    assert_eq!(values(&mut s, "return {1, 2, 3}"), json!([[1, 2, 3]]));
    assert_eq!(values(&mut s, "return {1, 2, x = 3}"), json!([{"1": 1, "2": 2, "x": 3}]));
    assert_eq!(values(&mut s, "return {1, nil, 3}"), json!([{"1": 1, "3": 3}]));
}

#[test]
fn row_22_empty_tables() {
    let mut s = session();
    assert_eq!(values(&mut s, "return {}, json.object()"), json!([[], {}]));
    let back = s.execute("return args", Some(&json!({"a": {}, "b": []})));
    assert_eq!(back.json().unwrap(), r#"[{"a":{},"b":[]}]"#);
}

#[test]
fn row_23_null() {
    let mut s = session();
    let args = json!({"a": [1, null, 3]});
    let count = "local n = 0 for _ in pairs(args.a) do n = n + 1 end return n";
    assert_eq!(s.execute(count, Some(&args)).json().unwrap(), "[2]");
    let mut keeps = Session::builder().keep_null(true).build().unwrap();
    let report = keeps.execute("return #args.a, args.a[2] == json.null, args", Some(&args));
    assert_eq!(report.json().unwrap(), r#"[3,true,{"a":[1,null,3]}]"#);
}

#[test]
fn row_24_numbers() {
    let mut s = session();
    let report = s.run("return 2^53, 1e15, 9007199254740993, -0.0, 3 // 1, 3 / 1");
    assert_eq!(
        report.json().unwrap(),
        "[9007199254740992.0,1000000000000000.0,9007199254740993,-0.0,3,3.0]"
    );
    let big = s.execute("return math.type(args.n)", Some(&json!({"n": 18446744073709551615u64})));
    assert_eq!(big.json().unwrap(), r#"["float"]"#);
    for source in ["return 0/0", "return 1/0", "return {a = {-1/0}}"] {
        assert!(error(source).contains("Invalid number"), "{}", error(source));
    }
}

#[test]
fn row_25_what_has_no_form_names_its_place() {
    for (source, place) in [
        ("return print", "$[1]"),
        ("return 1, {a = {1, coroutine.create(print)}}", "$[2].a[2]"),
        ("return {[true] = 1}", "$[1]"),
        ("return {[{}] = 1}", "$[1]"),
        ("return {x = '\\xff'}", "$[1].x"),
    ] {
        let error = error(source);
        assert!(error.ends_with(&format!("(at {place})")), "{source}: {error}");
    }
}

#[test]
fn row_26_cycles_and_depth() {
    let cycle = error("local t = {} t.t = t return t");
    assert!(cycle.contains("ycl") || cycle.contains("itself"), "{cycle}");
    assert_eq!(values(&mut session(), "local a = {1} return {a, a}"), json!([[[1], [1]]]));
    let report = session().run("local t = {} for i = 1, 100000 do t = {t} end return t");
    assert!(report.json().is_err());
    let decode = "return pcall(json.decode, ('['):rep(100000) .. (']'):rep(100000))";
    assert_eq!(values(&mut session(), decode)[0], false);
}

#[test]
fn row_59_loaded_functions_are_called() {
    let mut runtime = LuaRuntime::new(super::config()).unwrap();
    runtime.load("function double(x) return x * 2 end", "double").unwrap();
    assert_eq!(runtime.call("double", &json!(21)).unwrap(), 42);
    let mut s = session();
    assert!(s.run("function double(x) return x * 2 end").is_done());
    assert_eq!(s.call("double", 21).json().unwrap(), "[42]");
}

#[test]
fn row_62_output_is_kept_beside_the_values() {
    let mut s = session();
    let report = s.run("print('a', 1) return 2");
    assert_eq!((report.json().unwrap(), report.output.as_slice()), ("[2]", &b"a\t1\n"[..]));
    let report = s.run("print('before') error('x')");
    assert_eq!(report.output, b"before\n");
    let limits = Limits { output: 65536, ..Limits::default() };
    let mut s = Session::builder().limits(limits).build().unwrap();
    let report = s.run("for i = 1, 10000 do print('0123456789') end");
    assert_eq!(report.outcome, Outcome::OutputLimit);
    assert_eq!(report.output.len(), 65536);
}

#[test]
fn row_70_texts_of_the_host_arrive_as_they_are() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let mut s = Session::builder()
        .function("take", move |text: moonfuel::Bytes| {
            sink.lock().unwrap().push(text.0);
            Ok(())
        })
        .build()
        .unwrap();
    let odd: Vec<Vec<u8>> = [
        b"\0".as_slice(),
        b"\"quoted\"",
        b"back\\slash",
        b"line\nand\r\nline",
        b"]]--[[",
        b"\xff\xfe",
        "\u{1f600}".as_bytes(),
    ]
    .map(<[u8]>::to_vec)
    .to_vec();
    for bytes in &odd {
        assert!(s.call("take", HostValue::String(bytes.clone())).is_done());
    }
    assert_eq!(*seen.lock().unwrap(), odd);
}

#[test]
fn each_host_has_its_ways() {
    let decoded = |host: HostProfile, source: &str| {
        let mut session = host.apply(Session::builder()).build().unwrap();
        let mut chunk = Chunk::new(source.as_bytes());
        chunk.args = host.default_args();
        let report = session.run_chunk(chunk);
        let outcome = report.outcome.clone();
        match report.json() {
            Ok(json) => json.to_owned(),
            Err(mut error) => {
                host.change_error(&mut error, &outcome, None);
                error.to_string()
            }
        }
    };
    assert_eq!(decoded(HostProfile::Jido, "return 1, type(args)"), r#"[1,"table"]"#);
    assert_eq!(decoded(HostProfile::Jido, "return 1"), "1");
    assert_eq!(decoded(HostProfile::Imp, "return 1, type(args)"), r#"[1,"nil"]"#);
    assert_eq!(decoded(HostProfile::Codex, "return type(os), 2"), r#""nil""#);
    assert_eq!(decoded(HostProfile::Codex, "error('no', 0)"), "Lua execution error: no");
}
