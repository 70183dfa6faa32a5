//! Values on their way to host functions and back: whatever the slices, within the limits,
//! and given back afterwards.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

use moonfuel::{Bytes, Chunk, HostKey, HostValue, Limits, Outcome, Report, Session, Variadic};
use serde_json::json;
use std::sync::{Arc, Mutex};

fn session(limits: Limits) -> Session {
    Session::builder()
        .limits(limits)
        .function("host.echo", |args: Variadic<HostValue>| Ok(args))
        .function("host.strings", |(count, bytes): (usize, usize)| {
            Ok(vec![Bytes(vec![b'x'; bytes]); count])
        })
        .build()
        .unwrap()
}

fn run(source: &str, limits: Limits, slice: u64) -> Report {
    let mut run = session(limits).start(Chunk::new(source.as_bytes()));
    while !run.step(slice).is_ended() {}
    run.finish().1
}

const SMALL: &str = "local a, b = host.echo({1, 2.5, k = 'v', [3] = {}}, 'x') return a, b";
const LARGE: &str = "local t = {} for i = 1, 3000 do t[i] = {i, ('s'):rep(i % 90), k = i / 3} end \
    local u = host.echo(t) local s = host.strings(3, 100000) return #u, u[2999].k, #s[3]";

#[test]
fn slices_change_nothing() {
    for source in [SMALL, LARGE] {
        let whole = run(source, Limits::default(), u64::MAX);
        assert!(whole.is_done() && whole.json().is_ok(), "{whole:?}");
        for slice in [1, 7, 1000] {
            assert_eq!(run(source, Limits::default(), slice), whole, "slices of {slice}");
        }
    }
}

#[test]
fn a_run_stops_at_its_fuel_wherever_its_values_are() {
    let needed = run(SMALL, Limits::default(), u64::MAX).usage.fuel_used;
    for fuel in 1..needed {
        let report = run(SMALL, Limits { fuel, ..Limits::default() }, u64::MAX);
        assert_eq!((report.outcome, report.usage.fuel_used), (Outcome::OutOfFuel, fuel));
    }
}

#[test]
fn what_does_not_fit_is_refused_and_what_was_held_is_given_back() {
    let limits = Limits { memory: 4 << 20, fuel: 100_000_000, ..Limits::default() };
    let mut session = session(limits);
    let tries = [
        // A graph that is a tree of 2^24 tables, one string many times, and their like back.
        "local t = {1, 2} for i = 1, 23 do t = {t, t} end return pcall(host.echo, t)",
        "local t, s = {}, ('x'):rep(100000) for i = 1, 400 do t[i] = s end return pcall(host.echo, t)",
        "return pcall(host.strings, 100, 100000)",
    ];
    let mut used = None;
    for _ in 0..3 {
        for source in tries {
            let report = session.run(source);
            assert_eq!(report.json().unwrap(), r#"[false,"not enough memory"]"#, "{source}");
            assert!(report.usage.memory_peak <= 4 << 20);
        }
        let after = session.run("collectgarbage() return collectgarbage('count')");
        let after = after.json().unwrap().to_owned();
        assert_eq!(*used.get_or_insert(after.clone()), after);
    }
}

#[test]
fn values_come_back_from_any_depth_that_goes_out() {
    for depth in [1, 125, 126, 127, 128] {
        let source = format!("local t = {{}} for i = 2, {depth} do t = {{t}} end return t");
        let report = run(&source, Limits::default(), u64::MAX);
        let mut value = report.values().unwrap().remove(0);
        for _ in 1..depth {
            value = value[0].take();
        }
        assert_eq!(value, serde_json::json!([]), "{depth}");
    }
    let report = run("return 1", Limits { fuel: 1, ..Limits::default() }, u64::MAX);
    assert_eq!(report.values().unwrap_err().kind.name(), "fuel");
}

#[test]
fn reports_are_bounded_and_readable() {
    let limits = Limits { output: 1000, ..Limits::default() };
    let long = ["error(('\\1'):rep(1e6), 0)", "error({('\\1'):rep(1e6), {[('k'):rep(1e5)] = 1}})"];
    for source in long {
        let report = run(source, limits.clone(), u64::MAX);
        let Outcome::Failed(error) = report.outcome else { panic!("{report:?}") };
        let message = String::from_utf8(error.message).unwrap();
        let escaped = serde_json::json!([message, error.traceback]).to_string();
        let value = error.value.unwrap_or_default();
        assert!(escaped.len() + value.len() < 64 * 1024);
        assert!(message.ends_with("...") || value.contains("..."));
        assert!(value.is_empty() || serde_json::from_str::<serde_json::Value>(&value).is_ok());
    }
    let report = run("return ('x'):rep(70000)", limits.clone(), u64::MAX);
    let error = report.json().unwrap_err();
    assert_eq!(error.kind.name(), "conversion");
    let message = String::from_utf8_lossy(&error.message).into_owned();
    assert!(message.ends_with("(limit: output)"), "{message}");
    // Whoever embeds the library has no options: the field is named.
    assert_eq!(error.hint.as_deref(), Some("return less, or raise `Limits::output`"));
    let report = run("print('hé') return {a = 'b'}", limits, u64::MAX);
    let shown = format!("{report:?}");
    assert!(shown.contains(r#"Done([{"a":"b"}])"#) && shown.contains("\"hé\\n\""), "{shown}");
}

/// A session whose host hands back what it gets, and a JSON text as a value, and notes the
/// arguments of `host.see`.
fn open(keep_null: bool) -> (Session, Arc<Mutex<Vec<HostValue>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let session = Session::builder()
        .keep_null(keep_null)
        .function("host.echo", |args: Variadic<HostValue>| Ok(args))
        .function("host.read", |text: String| Ok(serde_json::from_str::<serde_json::Value>(&text)?))
        .function("host.see", move |args: Variadic<HostValue>| {
            *notes.lock().unwrap() = args.0;
            Ok(())
        })
        .build()
        .unwrap();
    (session, seen)
}

fn run_with(session: &mut Session, source: &str, args: &serde_json::Value) -> String {
    let report = session.run_chunk(Chunk::new(source.as_bytes()).args(args.clone()));
    report.json().unwrap_or_else(|error| panic!("{source}: {error}")).to_owned()
}

/// All ways a JSON value can go through a script, which must give it back.
const WAYS: [&str; 5] = [
    "return args",
    "return (host.echo(args))",
    "return (host.read(TEXT))",
    "return json.decode(TEXT, {null = KEEP})",
    "return json.decode(json.encode(host.echo(host.read(TEXT))), {null = KEEP})",
];

fn check_ways(session: &mut Session, keep: bool, value: &serde_json::Value, expected: &str) {
    let text = value.to_string();
    for way in WAYS {
        let way =
            way.replace("TEXT", &format!("[==[{text}]==]")).replace("KEEP", &keep.to_string());
        assert_eq!(run_with(session, &way, value), format!("[{expected}]"), "{way}");
    }
}

#[test]
fn arrays_with_nulls_keep_their_shape() {
    let (mut session, _) = open(false);
    let values = [
        json!([1, 2, null, 4]),
        json!([null, 1]),
        json!([null, null, [null, 2], {"a": [null, {"b": [null, false]}]}]),
        json!([[], {}, [[null, 1]], ""]),
        json!((0..1000).map(|i| (i % 7 == 6 || i == 999).then_some(i)).collect::<Vec<_>>()),
        json!((0..1000).map(|i| (i % 100 == 99).then_some("x")).collect::<Vec<_>>()),
        json!((0..1000).map(|i| (i >= 70).then_some(i)).collect::<Vec<_>>()),
    ];
    for value in &values {
        check_ways(&mut session, false, value, &value.to_string());
    }
    // A hole at the end cannot be told from what is not there.
    let trailing =
        [("[1,null]", "[1]"), ("[null]", "[]"), ("[null,null,3,null,null]", "[null,null,3]")];
    for (text, expected) in trailing {
        check_ways(&mut session, false, &serde_json::from_str(text).unwrap(), expected);
    }
    assert_eq!(
        run_with(
            &mut session,
            "return #args, args[3] == nil, select('#', table.unpack(args))",
            &values[0]
        ),
        "[4,true,4]"
    );
}

#[test]
fn nulls_that_are_kept_are_values() {
    let (mut session, seen) = open(true);
    for text in ["[1,2,null,4]", "[1,null]", "[null]", r#"{"a":null,"b":[null,null]}"#, "null"] {
        check_ways(&mut session, true, &serde_json::from_str(text).unwrap(), text);
    }
    session.run("host.see(json.null, nil, {a = json.null})").json().unwrap();
    let object = HostValue::object([("a", HostValue::Null)]);
    assert_eq!(*seen.lock().unwrap(), [HostValue::Null, HostValue::Nil, object]);
    let same = "return host.echo(json.null) == json.null, host.echo({json.null})[1] == json.null";
    assert_eq!(session.run(same).json().unwrap(), "[true,true]");
    let (mut plain, _) = open(false);
    let gone = "return host.echo(json.null) == nil, next(host.echo({a = json.null})) == nil";
    assert_eq!(plain.run(gone).json().unwrap(), "[true,true]");
}

#[test]
fn a_table_is_an_array_as_long_as_its_keys_are() {
    let (mut session, seen) = open(false);
    let mut after = |change: &str| {
        let source = format!("local t = json.decode('[1,null,3]') {change} host.see(t) return t");
        let text = session.run(&source).json().unwrap().to_owned();
        let value = seen.lock().unwrap()[0].to_json().unwrap().to_string();
        assert_eq!(text, format!("[{value}]"), "{change}");
        value
    };
    assert_eq!(after("t[2] = 2"), "[1,2,3]");
    assert_eq!(after("t[1] = nil"), "[null,null,3]");
    assert_eq!(after("t[4] = 4"), "[1,null,3,4]");
    assert_eq!(after("t[3] = nil"), "[1]");
    assert_eq!(after("t[1], t[3] = nil"), "[]");
    assert_eq!(after("table.remove(t, 1)"), "[null,3]");
    assert_eq!(after("t.n = 3"), r#"{"1":1,"3":3,"n":3}"#);
    assert_eq!(after("t[5] = 5"), r#"{"1":1,"3":3,"5":5}"#);
    assert_eq!(after("json.object(t)"), r#"{"1":1,"3":3}"#);
    assert_eq!(after("t = {1, nil, 3}"), r#"{"1":1,"3":3}"#);
    assert_eq!(after("t = json.array({nil, 2})"), "[null,2]");
}

#[test]
fn keys_cross_whole() {
    let (mut session, seen) = open(false);
    session
        .run("host.see({1, nil, 3}, {[2.5] = 'a', [true] = 'b', x = 'c', [-1] = 'd'})")
        .json()
        .unwrap();
    let expected = [
        HostValue::object([(HostKey::Integer(1), 1.into()), (HostKey::Integer(3), 3.into())]),
        HostValue::object([
            (HostKey::Number(2.5), "a".into()),
            (HostKey::Boolean(true), "b".into()),
            ("x".into(), "c".into()),
            (HostKey::Integer(-1), "d".into()),
        ]),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
    let back = "local t = host.echo({[3] = 'c', [1] = {'a'}, [2.5] = 'x', [true] = {}, s = 1}) \
        return t[1][1], t[3], t[2.5], #t[true], t.s, math.type(next(t))";
    assert_eq!(session.run(back).json().unwrap(), r#"["a","c","x",0,1,"integer"]"#);
    let refused = "return pcall(host.see, {[{}] = 1})";
    let text = session.run(refused).text().unwrap() + session.run(refused).json().unwrap();
    assert!(text.contains("only strings, numbers and booleans"), "{text}");
}

#[test]
fn many_keys_of_every_kind_cross() {
    let source = "local t = {} for i = 1, 300 do t[i * 3 - 500] = {i} t[i + 0.5] = i t['k' .. i] = i end \
        local u, n = host.echo(t), 0 for k, v in pairs(t) do \
        n = n + 1 if type(v) == 'table' then assert(u[k][1] == v[1]) else assert(u[k] == v) end end \
        local order = {} for k in pairs(u) do order[#order + 1] = k end return n, #order";
    let whole = run(source, Limits::default(), u64::MAX);
    assert_eq!(whole.json().unwrap(), "[900,900]");
    for slice in [1, 1000] {
        assert_eq!(run(source, Limits::default(), slice), whole);
    }
}

#[test]
fn what_cannot_cross_has_its_types_name() {
    let (mut session, seen) = open(false);
    session
        .run("host.see(coroutine.create(print), print, {coroutine.create(print)})")
        .json()
        .unwrap();
    let thread = HostValue::Opaque("thread");
    let seen = seen.lock().unwrap().clone();
    assert_eq!((&seen[0], &seen[2]), (&thread, &HostValue::array([thread.clone()])));
    assert!(matches!(seen[1], HostValue::Function(_)));
    let nil =
        "return type(host.echo(coroutine.create(print))), #host.echo({coroutine.create(print)})";
    assert_eq!(session.run(nil).json().unwrap(), r#"["nil",0]"#);
}

#[test]
fn arguments_of_one_run_are_gone_in_the_next() {
    let (mut session, _) = open(false);
    assert_eq!(run_with(&mut session, "return args.x", &json!({"x": 1})), "[1]");
    assert_eq!(session.run("return args").json().unwrap(), "[null]");
    for source in ["error('no')", "while true do end", "args = 5", "return coroutine.yield()"] {
        let limits = Limits { fuel: 10_000, ..Limits::unlimited() };
        let chunk = Chunk::new(source.as_bytes()).args(json!([1])).limits(limits);
        let _ = session.run_chunk(chunk);
        let left = session.run("return args, rawget(_G, 'args')");
        assert_eq!(left.json().unwrap(), "[null,null]", "{source}");
    }
    let run = session.start(Chunk::new(b"return args").args(json!(1)));
    let (mut session, _) = run.finish();
    assert_eq!(session.run("return args").json().unwrap(), "[null]");
}

#[test]
fn reports_become_types() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Page {
        title: String,
        tags: Vec<Option<String>>,
        size: Option<u32>,
    }
    let (mut session, _) = open(false);
    let page: Page =
        session.run("return {title = 'Moon', tags = json.array({nil, 'b'})}").to().unwrap();
    assert_eq!(page, Page { title: "Moon".into(), tags: vec![None, Some("b".into())], size: None });
    assert_eq!(session.run("return 1, 'x', nil").to(), Ok((1, "x".to_owned(), None::<bool>)));
    assert_eq!(session.run("return 1, 2").to(), Ok(vec![1, 2]));
    assert_eq!(session.run("return {1, 2}").to(), Ok([1, 2]));
    assert_eq!(session.run("return 3.0").to(), Ok(3_u8));
    assert_eq!(session.run("").to(), Ok(()));
    assert_eq!(session.run("").to(), Ok(None::<String>));
    assert_eq!(session.run("").to(), Ok(Vec::<i64>::new()));
    assert_eq!(session.run("return {}").to(), Ok(std::collections::BTreeMap::<String, i64>::new()));
    let error = session.run("return {title = 1}").to::<Page>().unwrap_err();
    assert_eq!(error.kind.name(), "conversion");
    let text = "results: invalid type: integer `1`, expected a string (at $.title)";
    assert_eq!(error.to_string(), text);
    assert_eq!(session.run("").to::<bool>().unwrap_err().kind.name(), "conversion");
    assert_eq!(session.run("error('no', 0)").to::<()>().unwrap_err().to_string(), "no");
    assert_eq!(session.run("return print").to::<()>().unwrap_err().kind.name(), "conversion");
}

#[test]
fn texts_are_for_people() {
    let (mut session, _) = open(false);
    let mut text = |source: &str| session.run(source).text().unwrap();
    assert_eq!(text("return 'a \"b\"\\n'"), "a \"b\"\n");
    assert_eq!(text("return 1.0, 2"), "1.0");
    assert_eq!(text("return {b = 1, a = {-0.0, 1e300}}"), r#"{"b":1,"a":[-0.0,1e+300]}"#);
    assert_eq!(text("return nil"), "null");
    assert_eq!(text("return"), "");
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % most
    }

    fn key(&mut self, at: u64) -> HostKey {
        match self.below(6) {
            0 => HostKey::Integer(self.below(20) as i64 * 1000 + at as i64),
            1 => HostKey::Number(at as f64 + 0.5),
            _ => format!("k{at}").into(),
        }
    }

    /// A value that a script gives back as it gets it: no array ends in null, and no field
    /// is one.
    fn value(&mut self, depth: usize) -> HostValue {
        let kinds = if depth == 0 { 7 } else { 12 };
        match self.below(kinds) {
            0 => HostValue::Boolean(self.below(2) == 0),
            1 => HostValue::Integer(self.below(1 << 50) as i64 - (1 << 49)),
            2 => HostValue::Number(self.below(1000) as f64 / 8.0),
            3 if self.below(8) == 0 => {
                HostValue::String((0_u8..90).map(|i| i.wrapping_mul(37)).collect())
            }
            3..7 => HostValue::from(format!("text {}", self.below(1000))),
            7..10 => {
                let count = [3, 10, 90][self.below(3) as usize];
                let mut items: Vec<HostValue> = (0..self.below(count))
                    .map(|_| match self.below(4) {
                        0 => HostValue::Null,
                        _ => self.value(depth - 1),
                    })
                    .collect();
                while items.last().is_some_and(HostValue::is_nil) {
                    items.pop();
                }
                HostValue::Array(items)
            }
            _ => {
                let count = self.below(12);
                HostValue::object((0..count).map(|at| (self.key(at), self.value(depth - 1))))
            }
        }
    }
}

/// Puts numbered keys first, which lie in a table's array part if they are 1..n.
fn sorted(value: HostValue) -> HostValue {
    match value {
        HostValue::Array(items) => HostValue::array(items.into_iter().map(sorted)),
        HostValue::Object(mut fields) => {
            fields.sort_by_key(|(key, _)| format!("{key:?}"));
            HostValue::object(fields.into_iter().map(|(key, value)| (key, sorted(value))))
        }
        other => other,
    }
}

#[test]
fn random_values_come_back_as_they_went() {
    let made = Arc::new(Mutex::new(HostValue::Nil));
    let seen = Arc::new(Mutex::new(HostValue::Nil));
    let (give, take) = (Arc::clone(&made), Arc::clone(&seen));
    let mut session = Session::builder()
        .function("host.give", move |()| Ok(give.lock().unwrap().clone()))
        .function("host.take", move |value: HostValue| {
            *take.lock().unwrap() = value;
            Ok(())
        })
        .build()
        .unwrap();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..120 {
        let value = random.value(5);
        *made.lock().unwrap() = value.clone();
        let mut run = session.start(Chunk::new(b"host.take(host.give())"));
        while !run.step(if round % 3 == 0 { 500 } else { u64::MAX }).is_ended() {}
        let report;
        (session, report) = run.finish();
        report.json().unwrap();
        let back = seen.lock().unwrap().clone();
        // Too long to be shown whole.
        assert!(sorted(back) == sorted(value.clone()), "round {round}: {:.500?}", value);
        // And through types, without a script.
        assert!(HostValue::from_serde(&value).unwrap() == value, "round {round}");
        assert!(value.to::<HostValue>().unwrap() == value, "round {round}");
        // What has a JSON form has the same one on every way.
        if let Ok(json) = value.to_json() {
            assert!(serde_json::to_value(&value).unwrap() == json, "round {round}");
            let text = run_with(&mut session, "return args", &json);
            let there = serde_json::from_str::<serde_json::Value>(&text).unwrap();
            assert!(there[0] == json, "round {round}: {json}");
        }
    }
}

/// Gives a value to a script, which gives it back.
fn through_lua(builder: moonfuel::SessionBuilder, value: HostValue) -> HostValue {
    let (give, given) = std::sync::mpsc::channel();
    let mut session = builder
        .function("there", move |()| Ok(value.clone()))
        .function("back", move |value: HostValue| {
            give.send(value).map_err(|_| moonfuel::HostError::new("nobody takes it"))
        })
        .build()
        .unwrap();
    assert!(session.run("back(there())").is_done());
    given.recv().unwrap()
}

#[test]
fn tuples_with_nothing_at_their_ends_come_back_through_lua() {
    #[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq, Clone)]
    struct Pair(i64, #[serde(default)] Option<String>);
    #[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq, Clone)]
    struct Filled(i64, #[serde(default)] i64);
    #[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq, Clone)]
    enum Of {
        Two(i64, Option<i64>),
    }
    macro_rules! comes_back {
        ($($value:expr),* $(,)?) => {$(
            let value = $value;
            let back = through_lua(Session::builder(), HostValue::from_serde(&value).unwrap());
            let back: Result<_, moonfuel::ConvertError> = back.to();
            assert_eq!(back.as_ref(), Ok(&value));
        )*};
    }
    comes_back![
        (1, None::<i64>),
        (None::<i64>,),
        (None::<i64>, None::<String>, ()),
        (1, None::<i64>, "x".to_owned()),
        [Some(1), None, None],
        vec![(1, None::<i64>), (2, Some(3))],
        Pair(1, None),
        Of::Two(1, None),
        (Of::Two(1, Some(2)), Pair(3, None), None::<()>),
    ];
    let one = HostValue::array([1.into()]);
    assert_eq!(one.to::<Filled>(), Ok(Filled(1, 0)));
    let error = one.to::<(i64, i64)>().unwrap_err();
    assert_eq!(error.to_string(), "invalid length 1, expected a tuple of size 2 (at $)");
    assert!(HostValue::array([]).to::<(Option<i64>, i64)>().is_err());
    assert!(HostValue::Nil.to::<(Option<i64>,)>().is_err());
}

#[test]
fn fields_of_nothing_need_nulls_that_are_kept() {
    #[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq)]
    struct Job {
        name: String,
        done: (),
    }
    let job = || Job { name: "a".to_owned(), done: () };
    let through = |keep: bool| {
        let builder = Session::builder().keep_null(keep);
        through_lua(builder, HostValue::from_serde(&job()).unwrap()).to::<Job>()
    };
    assert_eq!(through(true), Ok(job()));
    assert_eq!(through(false).unwrap_err().to_string(), "missing field `done` (at $)");
}

fn nested(levels: usize, objects: bool) -> HostValue {
    (0..levels).fold(HostValue::Nil, |value, _| match objects {
        true => HostValue::object([("in", value)]),
        false => HostValue::array([value]),
    })
}

#[test]
fn results_nested_a_hundred_thousand_deep_are_errors() {
    let mut session = Session::builder()
        .function("deep", |(levels, objects): (usize, bool)| Ok(nested(levels, objects)))
        .function_with("ask", |_, ()| Ok(moonfuel::Reply::Later))
        .build()
        .unwrap();
    for levels in [129, 1024, 1025, 100_000] {
        let source = format!("return pcall(deep, {levels}, {})", levels % 2 == 0);
        let json = session.run(&source).json().unwrap().to_owned();
        assert!(json.contains("the host's result is nested too deeply"), "{levels}: {json}");
    }
    assert!(session.run("return deep(128, true)").json().is_ok());
    let mut run = session.start(Chunk::from("return pcall(ask)"));
    while !matches!(run.step(10_000), moonfuel::Step::Pending(_)) {}
    let call = run.pending()[0].id;
    run.answer(call, Ok(vec![nested(100_000, false)])).unwrap();
    while !run.step(10_000).is_ended() {}
    let (_, report) = run.finish();
    let json = report.json().unwrap();
    assert!(json.contains("the host's result is nested too deeply"), "{json}");
}
