//! Functions of the host as embedders write them: typed arguments and results, errors,
//! names, and what it costs to call them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::disallowed_types, reason = "hosts have hash maps")]

use moonfuel::{
    Bytes, ErrorKind, HostError, HostFunction, HostValue, LuaError, Mismatch, Profile, Reply,
    Report, Serde, Session, SessionBuilder, Variadic,
};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

fn values(session: SessionBuilder, source: &str) -> serde_json::Value {
    let report = session.build().unwrap().run(source);
    serde_json::from_str(report.json().unwrap_or_else(|e| panic!("{source}: {e}"))).unwrap()
}

/// The message of the error a chunk named `t` ends with.
fn failure(session: SessionBuilder, source: &str) -> String {
    let mut session = session.build().unwrap();
    let report = session.run_chunk(moonfuel::Chunk::new(source.as_bytes()).named("=t"));
    report.json().unwrap_err().to_string()
}

#[test]
fn closures_need_no_more_types_than_their_arguments() {
    let mut stored = BTreeMap::new();
    let session = Session::builder()
        .function("one", |n: i64| Ok(n + 1))
        .function("none", |()| Ok(()))
        .function("pair", |args: (String, i64)| Ok(format!("{}{}", args.0, args.1)))
        .function("apart", |(key, n): (String, i64)| Ok((n, key)))
        .function("parse", |text: String| Ok(text.parse::<f64>()?))
        .function("text", |_: HostValue| Ok("text"))
        .function("literal", |()| Ok(42))
        .function("maybe", |n: Option<u8>| Ok(n.map(|n| n / 2)))
        .function("deep", |map: HashMap<String, Vec<Option<f64>>>| Ok(map["a"][1]))
        .function("told", |n: i64| Ok(if n > 0 { Ok(n) } else { Err("not positive") }))
        .function_with("kv.put", move |_, (key, value): (String, HostValue)| {
            Ok(stored.insert(key, value))
        })
        .function_with("context", |cx, name: String| {
            cx.charge(10)?;
            Ok(name.len())
        })
        .function_with("replies", |_, ()| Ok(Reply::Now(vec![1.into(), 2.into()])))
        .function(format!("made.at.run{}", 1 + 1), |rest: Variadic<i64>| Ok(rest));
    let source = "return one(1), select('#', none()), pair('a', 1), apart('b', 2), 0, parse('1.5'), \
        text(), literal(), maybe(), maybe(9), deep{a = {1, 2.5}}, told(1), told(-1), 0, \
        kv.put('k', {1}), kv.put('k', 2), context('four'), replies(), 0, made.at.run2(7, 8)";
    let expected = json!([
        2,
        0,
        "a1",
        2,
        0,
        1.5,
        "text",
        42,
        null,
        4,
        2.5,
        1,
        null,
        0,
        null,
        [1],
        4,
        1,
        0,
        7,
        8
    ]);
    // Calls in the middle give one value each.
    assert_eq!(values(session, source), expected);
}

#[test]
fn a_type_of_its_own_is_a_function_too() {
    struct Count(i64);
    impl HostFunction for Count {
        fn call(
            &mut self,
            cx: &mut moonfuel::HostCx<'_>,
            args: &mut [HostValue],
        ) -> Result<Reply, HostError> {
            cx.charge(1)?;
            self.0 += args.len() as i64;
            Ok(Reply::Now(vec![self.0.into()]))
        }
    }
    let boxed: Box<dyn HostFunction> = Box::new(Count(10));
    let session = Session::builder()
        .host("count", Count(0))
        .host_functions("family".to_owned(), vec![("count".to_owned(), boxed)]);
    assert_eq!(values(session, "return count(1, 2), count(3), family.count()"), json!([2, 3, 10]));
}

/// Functions that take one value of each type and give it back.
fn typed() -> SessionBuilder {
    Session::builder()
        .function("h.u8", |n: u8| Ok(n))
        .function("h.i16", |n: i16| Ok(n))
        .function("h.i64", |n: i64| Ok(n))
        .function("h.u64", |n: u64| Ok(n))
        .function("h.i128", |n: i128| Ok(n))
        .function("h.f32", |n: f32| Ok(n))
        .function("h.f64", |n: f64| Ok(n))
        .function("h.bool", |b: bool| Ok(b))
        .function("h.string", |text: String| Ok(text))
        .function("h.bytes", |bytes: Bytes| Ok(bytes))
        .function("h.option", |text: Option<String>| Ok(text))
        .function("h.list", |list: Vec<i64>| Ok(list))
        .function("h.array", |pair: [i64; 2]| Ok(pair))
        .function("h.map", |map: BTreeMap<String, i64>| Ok(map))
        .function("h.numbered", |map: BTreeMap<i64, String>| Ok(map))
        .function("h.hash", |map: HashMap<String, i64>| Ok(map))
        .function("h.json", |json: serde_json::Value| Ok(json))
        .function("h.any", |value: HostValue| Ok(value))
        .function("h.nested", |map: BTreeMap<String, Vec<i64>>| Ok(map.len()))
        .function("h.third", |(_, _, n): (HostValue, HostValue, i64)| Ok(n))
        .function("h.rest", |(_, rest): (HostValue, Variadic<i64>)| Ok(rest.len()))
        .function("h.most", |(a, b, c, d, e, f, g, h): (u8, u8, u8, u8, u8, u8, u8, u8)| {
            Ok((h, g, f, e, d, c, b, a))
        })
}

#[test]
fn values_cross_as_their_types_say() {
    let tries = [
        ("h.u8(255), h.u8('0xff'), h.u8(2.0)", json!([255, 255, 2])),
        (
            "h.i64(math.mininteger), h.i64('10'), h.i64(' 7 '), h.i64('1e2')",
            json!([i64::MIN, 10, 7, 100]),
        ),
        ("h.u64(math.maxinteger), h.i128(-1), h.i16(-32768)", json!([i64::MAX, -1, -32768])),
        (
            "h.f64(1), h.f64('0.5'), h.f64(1 << 53), h.f32(0.5)",
            json!([1.0, 0.5, 9_007_199_254_740_992.0, 0.5]),
        ),
        ("h.bool(true), h.bool(false)", json!([true, false])),
        (
            "h.string('ü'), h.string(7), h.string(1.5), h.string(2.0)",
            json!(["ü", "7", "1.5", "2.0"]),
        ),
        ("h.bytes('\\xff') == '\\xff', h.bytes(3), #h.bytes('')", json!([true, "3", 0])),
        ("h.option('x'), h.option(nil), h.option()", json!(["x", null, null])),
        ("h.list{1, '2', 3.0}, h.list{}, h.array{5, 6}", json!([[1, 2, 3], [], [5, 6]])),
        ("h.map{b = 1, a = 2}, h.map{}, h.map{7}", json!([{"a": 2, "b": 1}, {}, {"1": 7}])),
        (
            "h.numbered{'a', 'b'}, h.numbered{[3] = 'x', y = nil}",
            json!([
                {"1": "a", "2": "b"}, {"3": "x"}
            ]),
        ),
        ("h.hash{zz = 1, aa = 2, mm = 3}", json!([{"aa": 2, "mm": 3, "zz": 1}])),
        ("h.json{a = {1, 2.5, 'x', true}}, h.json(nil)", json!([{"a": [1, 2.5, "x", true]}, null])),
        ("h.any{1, {x = 'y'}}, h.any()", json!([[1, {"x": "y"}], null])),
        ("h.third(1, 2, 3), h.third(nil, nil, '4', 5)", json!([3, 4])),
        ("h.rest(1), h.rest(1, 2, 3), h.rest()", json!([0, 2, 0])),
        ("h.most(1, 2, 3, 4, 5, 6, 7, 8, 9)", json!([8, 7, 6, 5, 4, 3, 2, 1])),
        // Order and type of a map of Rust's.
        (
            "next(h.hash{b = 1, a = 2}), math.type(h.f64(1)), math.type(h.u8(1))",
            json!(["a", "float", "integer"]),
        ),
    ];
    for (expression, expected) in tries {
        assert_eq!(values(typed(), &format!("return {expression}")), expected, "{expression}");
    }
}

/// As PUC-Rio's Lua 5.4 says it of its own functions (see the comments), with the names of
/// ours.
#[test]
fn wrong_arguments_are_luas_own_errors() {
    let tries = [
        // string.rep(), string.rep(nil), string.rep({}), string.rep('x', 'y')
        ("h.string()", "t:1: bad argument #1 to 'string' (string expected, got no value)"),
        ("h.string(nil)", "t:1: bad argument #1 to 'string' (string expected, got nil)"),
        ("h.string({})", "t:1: bad argument #1 to 'string' (string expected, got table)"),
        ("h.string(print)", "t:1: bad argument #1 to 'string' (string expected, got function)"),
        ("h.third(1, 2, 'x')", "t:1: bad argument #3 to 'third' (number expected, got string)"),
        ("h.third(1, 2)", "t:1: bad argument #3 to 'third' (number expected, got no value)"),
        // string.rep('x', 1.5), string.rep('x', '1.5'), string.rep('x', 2^63)
        ("h.i64(1.5)", "t:1: bad argument #1 to 'i64' (number has no integer representation)"),
        ("h.i64('1.5')", "t:1: bad argument #1 to 'i64' (number has no integer representation)"),
        ("h.u8(2^63)", "t:1: bad argument #1 to 'u8' (number has no integer representation)"),
        // math.sqrt(true)
        ("h.f64(true)", "t:1: bad argument #1 to 'f64' (number expected, got boolean)"),
        ("h.u8(256)", "t:1: bad argument #1 to 'u8' (value out of range (0 to 255))"),
        (
            "h.u64(-1)",
            "t:1: bad argument #1 to 'u64' (value out of range (0 to 18446744073709551615))",
        ),
        ("h.bool(0)", "t:1: bad argument #1 to 'bool' (boolean expected, got number)"),
        ("h.string('\\xff')", "t:1: bad argument #1 to 'string' (the string is not UTF-8)"),
        ("h.list(1)", "t:1: bad argument #1 to 'list' (table expected, got number)"),
        (
            "h.list{x = 1}",
            "t:1: bad argument #1 to 'list' (list expected, got a table with other keys)",
        ),
        ("h.list{1, 'x'}", "t:1: bad argument #1 to 'list' (at [2]: number expected, got string)"),
        ("h.array{1}", "t:1: bad argument #1 to 'array' (2 items expected, got 1)"),
        (
            "h.nested{ok = {}, a = {1, 2, {}}}",
            "t:1: bad argument #1 to 'nested' (at .a[3]: number expected, got table)",
        ),
        (
            "h.numbered{x = 'y'}",
            "t:1: bad argument #1 to 'numbered' (key 'x': number expected, got string)",
        ),
        (
            "h.json{f = print}",
            "t:1: bad argument #1 to 'json' (at .f: Functions cannot be converted to JSON)",
        ),
        ("h.rest(1, 2, 'x')", "t:1: bad argument #3 to 'rest' (number expected, got string)"),
        // By what it is called, as in PUC: `local f = string.rep f()`, `("x").rep()`.
        ("local f = h.string f()", "t:1: bad argument #1 to 'f' (string expected, got no value)"),
        (
            "local o = {f = h.string} o:f()",
            "t:1: calling 'f' on bad self (string expected, got table)",
        ),
        (
            "local o = {f = h.third} o:f(1)",
            "t:1: bad argument #2 to 'f' (number expected, got no value)",
        ),
        // What its metatable calls it.
        (
            "h.string(setmetatable({}, {__name = 'Rope'}))",
            "t:1: bad argument #1 to 'string' (string expected, got Rope)",
        ),
        ("\n\nh.string()", "t:3: bad argument #1 to 'string' (string expected, got no value)"),
        (
            "local n = ('1'):rep(201) h.f64(n)",
            "t:1: bad argument #1 to 'f64' (number expected, got string)",
        ),
    ];
    for (source, expected) in tries {
        assert_eq!(failure(typed(), source), expected, "{source}");
        let caught = format!("local ok, e = pcall(function() {source} end) return ok, type(e)");
        assert_eq!(values(typed(), &caught), json!([false, "string"]));
    }
    // Nothing is known of the name: as a function of the library in no module of PUC's.
    assert_eq!(
        values(typed(), "return pcall(h.string)"),
        json!([false, "bad argument #1 to 'h.string' (string expected, got no value)"])
    );
}

#[test]
fn types_of_serde_cross_straight() {
    #[derive(Debug, serde::Deserialize, serde::Serialize)]
    struct Task {
        name: String,
        #[serde(default)]
        retries: Vec<u32>,
        due: Option<f64>,
        kind: Kind,
    }
    #[derive(Debug, serde::Deserialize, serde::Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Once,
        Every { days: u32 },
    }
    let session = || {
        Session::builder().function("plan.put", |(_, Serde(mut task)): (String, Serde<Task>)| {
            task.retries.push(9);
            Ok((task.name.clone(), Serde(task)))
        })
    };
    let source = "return plan.put('k', {name = 'a', kind = 'once', due = 2}), \
        select(2, plan.put('k', {name = 'b', retries = {1}, kind = {every = {days = 3}}}))";
    let expected = json!([
        "a",
        {"name": "b", "retries": [1, 9], "due": null, "kind": {"every": {"days": 3}}},
    ]);
    assert_eq!(without_nulls(values(session(), source)), without_nulls(expected));
    let tries = [
        ("plan.put('k', {name = 'a', kind = 'once', retries = {'x'}})", "(at .retries[1]: "),
        ("plan.put('k', {name = 'a', kind = 'never'})", "(at .kind"),
        ("plan.put('k', {kind = 'once'})", "(missing field `name`)"),
        ("plan.put('k', 5)", "("),
        ("plan.put('k')", "("),
    ];
    for (source, part) in tries {
        let message = failure(session(), source);
        let start = format!("t:1: bad argument #2 to 'put' {part}");
        assert!(message.starts_with(&start), "{message}");
    }
}

/// The same without members that are null: a field that is nil is not there.
fn without_nulls(mut value: serde_json::Value) -> serde_json::Value {
    if let Some(items) = value.as_array_mut() {
        for item in items {
            *item = without_nulls(item.take());
        }
    } else if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
    }
    value
}

#[test]
fn a_conversion_of_ones_own_says_what_is_wrong() {
    #[derive(Debug)]
    struct Even(i64);
    impl moonfuel::FromLua for Even {
        fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
            match value {
                HostValue::Integer(n) if n % 2 == 0 => Ok(Even(n)),
                HostValue::Integer(_) => Err(Mismatch::new("odd")),
                other => Err(Mismatch::expected("even number", &other)),
            }
        }
    }
    let session = || Session::builder().function("half", |(n, _): (Even, Option<i64>)| Ok(n.0 / 2));
    assert_eq!(values(session(), "return half(8)"), json!([4]));
    assert_eq!(failure(session(), "half(7)"), "t:1: bad argument #1 to 'half' (odd)");
    let text = "t:1: bad argument #1 to 'half' (even number expected, got no value)";
    assert_eq!(failure(session(), "half()"), text);
}

#[test]
fn names_that_cannot_be_are_refused_with_a_reason() {
    let nothing = |()| Ok(());
    let refused = |paths: &[&str]| -> LuaError {
        let builder = Session::builder();
        let builder = paths.iter().fold(builder, |builder, path| builder.function(*path, nothing));
        builder.build().unwrap_err()
    };
    let tries: [(&[&str], &str); 22] = [
        (&["host"], "host function 'host': 'host' is the table of 'host.all'"),
        (&["host.all"], "host function 'host.all': 'host.all' is a function of the session's own"),
        (
            &["host.all.x"],
            "host function 'host.all.x': 'host.all' is a function of the session's own",
        ),
        (&[""], "host function '': it has no name"),
        (
            &["a..b"],
            "host function 'a..b': there is no name between two dots, or before or after one",
        ),
        (&[".a"], "host function '.a': there is no name between two dots, or before or after one"),
        (&["a."], "host function 'a.': there is no name between two dots, or before or after one"),
        (&["1x"], "host function '1x': '1x' is no name in Lua"),
        (&["a.b c"], "host function 'a.b c': 'b c' is no name in Lua"),
        (&["a\nb"], "host function 'a\\nb': 'a\\nb' is no name in Lua"),
        (&["größe"], "host function 'größe': 'größe' is no name in Lua"),
        (&["end"], "host function 'end': 'end' is a reserved word of Lua"),
        (&["a.nil"], "host function 'a.nil': 'nil' is a reserved word of Lua"),
        (&["a", "a"], "host function 'a' is registered twice"),
        (&["x.y", "z", "x.y"], "host function 'x.y' is registered twice"),
        (&["a.b.c", "a"], "host function 'a.b.c': 'a' is a host function itself"),
        (&["a.b", "a.b.c"], "host function 'a.b.c': 'a.b' is a host function itself"),
        (&["print"], "host function 'print': 'print' is a function of the library"),
        (&["print.x"], "host function 'print.x': 'print' is a function of the library"),
        (&["string.rep"], "host function 'string.rep': 'string' is a table of the library"),
        (&["string.shout"], "host function 'string.shout': 'string' is a table of the library"),
        (&["args"], "host function 'args': 'args' is a run's arguments, which are called so"),
    ];
    for (paths, expected) in tries {
        let error = refused(paths);
        assert_eq!((error.kind, error.to_string().as_str()), (ErrorKind::Usage, expected));
    }
    let long = format!("a.{}", "b".repeat(200));
    assert_eq!(refused(&[&long]).kind, ErrorKind::Usage);
    // Another profile has another library.
    let error = Session::builder().profile(Profile::Compat).function("os.x", nothing).build();
    assert_eq!(
        error.unwrap_err().to_string(),
        "host function 'os.x': 'os' is a table of the library"
    );
    let names = ["end_", "_x.y1", "a.b", "a.c.d", "fetch", "ab"];
    let builder = names.iter().fold(Session::builder(), |b, path| b.function(*path, nothing));
    assert!(builder.build().unwrap().run("end_() _x.y1() a.b() a.c.d() fetch() ab()").is_done());
    // What is too small is still called so.
    let limits = moonfuel::Limits { memory: 1000, ..Default::default() };
    let error = Session::builder().limits(limits).function("f", nothing).build().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Internal);
}

#[test]
fn the_hosts_tables_are_read_only() {
    let session = || Session::builder().function("a.b.f", |()| Ok(1));
    for source in ["a.x = 1", "a.b.f = nil", "a.b = nil", "rawset(a.b, 'f', 1)"] {
        let message = failure(session(), source);
        assert!(message.contains("readonly"), "{source}: {message}");
    }
}

fn raising() -> SessionBuilder {
    Session::builder()
        .function("raise", |value: HostValue| -> Result<(), HostError> {
            Err(HostError::value(value))
        })
        .function("io", |()| -> Result<(), HostError> {
            Err(std::io::Error::other("disk on fire"))?
        })
        .function("text", |()| -> Result<(), HostError> { Err("a text")? })
        .function("boxed", |()| -> Result<(), HostError> {
            Err(Box::<dyn std::error::Error + Send + Sync>::from("a box"))?
        })
        .function("chain", |()| -> Result<(), HostError> {
            Err(HostError::external(Chained("outer", std::io::Error::other("inner"))))
        })
        .function("number", |text: String| Ok(text.parse::<i64>()?))
        .function("decode", |text: String| Ok(serde_json::from_str::<serde_json::Value>(&text)?))
        .function("panics", |n: i64| -> Result<i64, HostError> {
            if n > 0 { Ok(n) } else { panic!("a secret") }
        })
}

#[derive(Debug)]
struct Chained(&'static str, std::io::Error);

impl std::fmt::Display for Chained {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Chained {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.1)
    }
}

#[test]
fn any_value_can_be_raised() {
    let source = "local function try(v) local ok, e = pcall(raise, v) return e end \
        local t = {code = 5, list = {1, {2}}} \
        local e = try(t) \
        return e.code, #e.list, e ~= t, try('plain'), try(7), try(true), try(nil), \
            #try(('x'):rep(5000)), select('#', pcall(raise))";
    let expected = json!([5, 2, true, "plain", 7, true, null, 5000, 2]);
    assert_eq!(values(raising(), source), expected);
    // Uncaught, as `error(value)` would be.
    for source in ["raise({code = 5})", "raise('plain')", "raise(7)"] {
        let own = source.replace("raise(", "error(").replace("')", "', 0)");
        let [raised, thrown] = [source, &own].map(|source| {
            let report = raising().build().unwrap().run(source);
            let error = report.json().unwrap_err();
            (error.kind, error.message, error.value, error.line)
        });
        assert_eq!(raised, thrown, "{source}");
        assert_eq!(raised.0, ErrorKind::Runtime);
    }
}

#[test]
fn errors_of_rust_become_messages_with_their_place() {
    let tries = [
        ("io()", "t:1: disk on fire"),
        ("text()", "t:1: a text"),
        ("boxed()", "t:1: a box"),
        ("chain()", "t:1: outer: inner"),
        ("number('x')", "t:1: invalid digit found in string"),
        ("decode('[1,')", "t:1: EOF while parsing a value at line 1 column 3"),
        ("panics(0)", "t:1: panics: the host function panicked"),
    ];
    for (source, expected) in tries {
        assert_eq!(failure(raising(), source), expected);
    }
}

#[test]
fn a_function_that_panics_leaves_its_session_usable() {
    let mut session = raising().build().unwrap();
    for _ in 0..3 {
        let report: Report = session.run("return pcall(panics, 0)");
        let expected = json!([false, "panics: the host function panicked"]);
        assert_eq!(report.values().unwrap(), *expected.as_array().unwrap());
        assert_eq!(session.run("return panics(3)").json().unwrap(), "[3]");
    }
}

/// Functions of all kinds, for scripts that are run in both ways.
fn kinds(limits: moonfuel::Limits) -> Session {
    typed_and(raising())
        .function("sum", |numbers: Variadic<f64>| Ok(numbers.iter().sum::<f64>()))
        .function("repeat_", |(text, n): (String, usize)| Ok(text.repeat(n)))
        .function("many", |n: usize| Ok((0..n).collect::<Variadic<_>>()))
        .function("two", |text: String| Ok((text.clone(), text)))
        .function("table_", |n: usize| Ok(vec![0.5; n]))
        .function_with("waits", |cx, n: u64| {
            cx.charge(n)?;
            Ok(n)
        })
        .limits(limits)
        .build()
        .unwrap()
}

fn typed_and(builder: SessionBuilder) -> SessionBuilder {
    builder.function("inc", |n: i64| Ok(n + 1)).function("none", |()| Ok(()))
}

fn stepped(limits: moonfuel::Limits, source: &str, slice: u64) -> Report {
    let mut run = kinds(limits).start(moonfuel::Chunk::new(source.as_bytes()));
    while !run.step(slice).is_ended() {}
    run.finish().1
}

const BOTH_WAYS: &[&str] = &[
    "local n = 0 for i = 1, 100 do n = inc(n) end return n, none(), (none()), sum(1, 2.5, '3')",
    "local t = {} for i = 1, 60 do t[i] = two(('x'):rep(i * 19)) .. i end return #table.concat(t), t[3]",
    "return many(0), many(1), many(8), many(9), many(300), repeat_('ab', 600), repeat_('a', 1024)",
    "return #table_(2000), #repeat_('x', 100000), sum(table.unpack(table_(20)))",
    "return pcall(inc, {}), pcall(inc), pcall(raise, {code = 1}), pcall(text), pcall(panics, 0), panics(2)",
    "local co = coroutine.wrap(function() for i = 1, 5 do coroutine.yield(inc(i)) end end) \
        return co(), co(), waits(3), co()",
    "local m = setmetatable({}, {__index = inc, __add = sum}) \
        return pcall(function() return m[1] end), pcall(function() return m + 1 end), \
        select('#', table.unpack({1, 2, 3}, inc(0), inc(1)))",
    "local t = {3, 1, 2} table.sort(t, function(a, b) return sum(a) < sum(b) end) return t",
    "for i = 1, 50 do setmetatable({}, {__gc = function() inc(i) end}) end collectgarbage() return inc(1)",
    "local s = {} for i = 1, 300 do s[#s + 1] = repeat_(tostring(i), i) if i % 7 == 0 then s = {} end end return #s",
    "print(inc(1)) print(two('x')) waits(10) print(inc(2)) return inc(inc(inc(0)))",
    "raise({1})",
    "inc('x')",
    "return inc(...)",
];

#[test]
fn in_place_and_by_steps_a_run_is_the_same() {
    let limits = moonfuel::Limits::default();
    for source in BOTH_WAYS {
        let whole = kinds(limits.clone()).run(source);
        assert!(whole.usage.host_calls > 0, "{source}");
        for slice in [1, 13, 1000, u64::MAX] {
            assert_eq!(stepped(limits.clone(), source, slice), whole, "{source} by {slice}");
        }
        assert_eq!(kinds(limits.clone()).execute(source, None), whole, "{source}");
    }
}

#[test]
fn in_place_and_by_steps_a_run_ends_at_the_same_limits() {
    let free = moonfuel::Limits { fuel: 1 << 30, ..moonfuel::Limits::default() };
    for source in BOTH_WAYS {
        let whole = kinds(free.clone()).run(source).usage;
        let used = whole.fuel_used;
        let step = (used / 150).max(1) as usize;
        for fuel in (1..used).step_by(step).chain([used - 1, used]) {
            let limits = moonfuel::Limits { fuel, ..free.clone() };
            assert_eq!(
                kinds(limits.clone()).run(source),
                stepped(limits, source, 97),
                "{source}, {fuel}"
            );
        }
        for host_calls in 0..whole.host_calls.min(12) {
            let limits = moonfuel::Limits { host_calls, ..free.clone() };
            assert_eq!(kinds(limits.clone()).run(source), stepped(limits, source, 97), "{source}");
        }
        for host_result in [0, 15, 16, 17, 32, 500, 1040] {
            let limits = moonfuel::Limits { host_result, ..free.clone() };
            assert_eq!(kinds(limits.clone()).run(source), stepped(limits, source, 97), "{source}");
        }
        let least = kinds(free.clone()).run("").usage.memory_peak;
        for memory in (0..40).map(|i| least + i * (whole.memory_peak - least + 2000) / 40) {
            let limits = moonfuel::Limits { memory, ..free.clone() };
            assert_eq!(
                kinds(limits.clone()).run(source),
                stepped(limits, source, 97),
                "{source}, {memory}"
            );
        }
    }
}

#[test]
fn a_function_in_place_may_run_another_session() {
    let mut inner = Session::builder().function("f", |n: i64| Ok(n * 2)).build().unwrap();
    let mut session = Session::builder()
        .function("inner", move |source: String| {
            let report = inner.run(source);
            Ok(report.json()?.to_owned())
        })
        .build()
        .unwrap();
    let source = "local t = {} for i = 1, 200 do t[i] = inner('collectgarbage() return f(' .. i .. ')') \
        collectgarbage() end return t[200], pcall(inner, 'error(\"x\", 0)')";
    assert_eq!(session.run(source).json().unwrap(), r#"["[400]",false,"x"]"#);
}
