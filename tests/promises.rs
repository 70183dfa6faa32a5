//! What the README promises, one test each, through the public interface.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop, and says what it skipped")]

use moonfuel::{Chunk, Limits, Outcome, Report, Session};

fn limits() -> Limits {
    Limits { fuel: 20_000_000, memory: 16 << 20, ..Limits::default() }
}

fn session(limits: Limits) -> Session {
    Session::builder().limits(limits).build().unwrap()
}

fn run(source: &str) -> Report {
    session(limits()).run(source)
}

fn sliced(source: &str, slice: u64) -> Report {
    let mut run = session(limits()).start(Chunk::new(source.as_bytes()));
    while !run.step(slice).is_ended() {}
    run.finish().1
}

/// Work of many kinds, with an end.
const WORK: &str = r#"
local t = {}
for i = 1, 300 do t[i] = ("%d:%s"):format(i * 7919 % 300, ("x"):rep(i % 40)) end
table.sort(t, function(a, b) return a > b end)
local words, co = {}, coroutine.wrap(function() for i = 1, 500 do coroutine.yield(i) end end)
for word in table.concat(t, " "):gmatch("%d+") do words[word] = (words[word] or 0) + co() % 3
  if word == "150" then break end end
setmetatable(words, {__index = function(_, k) return k .. "!" end})
local ok, err = pcall(function() local x = nil; return x.y end)
local long = ("y"):rep(60)
print(("%p %p %s"):format(long, long .. "z", {}))
print(words.none, ok, err, #t, collectgarbage("count"))
return words, json.encode(t), tostring({}), os.clock()
"#;

#[test]
fn fuel_is_exact() {
    let whole = run(WORK);
    assert!(whole.is_done(), "{:?}", whole.outcome);
    let needed = whole.usage.fuel_used;
    for fuel in (0..needed).step_by(997).chain([needed - 1]) {
        let report = session(Limits { fuel, ..limits() }).run(WORK);
        assert_eq!((report.outcome, report.usage.fuel_used), (Outcome::OutOfFuel, fuel));
    }
    assert_eq!(session(Limits { fuel: needed, ..limits() }).run(WORK), whole);
}

#[test]
fn no_script_catches_a_limit() {
    let tries = [
        "while true do BODY end",
        "while true do pcall(function() BODY end) end",
        "while true do xpcall(function() BODY end, function() return 'handled' end) end",
        "local co = coroutine.wrap(function() while true do BODY end end) while true do pcall(co) end",
        "local t <close> = setmetatable({}, {__close = function() print('closed') end}) while true do BODY end",
        "setmetatable({}, {__gc = function() print('collected') end}) while true do BODY end",
        "return setmetatable({}, {__index = function() while true do BODY end end}).x",
        "table.sort({3, 2, 1}, function() while true do BODY end end)",
        "return ('x'):gsub('.', function() while true do BODY end end)",
    ];
    for attempt in tries {
        let report = run(&attempt.replace("BODY", "local x = 1"));
        assert_eq!(report.outcome, Outcome::OutOfFuel, "{attempt}");
        assert_eq!(report.output, b"", "{attempt}");
        let report = run(&attempt.replace("BODY", "print('0123456789')"));
        assert_eq!(report.outcome, Outcome::OutputLimit, "{attempt}");
        assert!(report.truncated && report.output.len() as u64 == limits().output, "{attempt}");
    }
}

#[test]
fn memory_is_refused_before_it_is_taken() {
    for (source, caught) in [
        ("return pcall(string.rep, 'x', 1 << 40)", true),
        ("return pcall(string.rep, 'x', 1 << 25, 'y')", true),
        ("return pcall(function() local s = 'x' while true do s = s .. s end end)", true),
        ("return pcall(function() local t = {} for i = 1, 1e9 do t[i] = i end end)", true),
        ("return pcall(function() local t = {} while true do t = {t} end end)", false),
        ("return pcall(table.concat, setmetatable({}, {__len = function() return 3 end}))", false),
        ("local t = {} for i = 1, 1e9 do t[i] = {} end", false),
        ("local t = {} for i = 1, 1e9 do t[i] = coroutine.create(print) end", false),
        ("local s = ('x'):rep(1 << 20) local t = {} for i = 1, 1e9 do t[i] = s .. i end", false),
    ] {
        let report = run(source);
        let peak = report.usage.memory_peak;
        assert!(peak <= limits().memory, "{source}: {peak}");
        if caught {
            let values = report.json().unwrap_or_else(|e| panic!("{source}: {e}"));
            assert!(values.starts_with("[false,"), "{source}: {values}");
        }
    }
}

#[test]
fn runs_are_the_same_whatever_the_slices_the_hash_key_and_the_machine_before() {
    let whole = run(WORK);
    for slice in [1, 2, 3, 17, 100, 1009, 65_536] {
        assert_eq!(sliced(WORK, slice), whole, "slices of {slice}");
    }
    for key in [0, 1, u64::MAX, 0x0123_4567_89AB_CDEF] {
        let mut keyed = Session::builder().limits(limits()).hash_key(key).build().unwrap();
        assert_eq!(keyed.execute(WORK, None), whole, "hash key {key}");
        // A run that keeps nothing changes nothing for the next.
        assert_eq!(keyed.execute(WORK, None), whole, "hash key {key}, again");
    }
}

#[test]
fn pairs_goes_by_index_then_by_first_insertion() {
    // `z` goes behind `m`, which came while it was away; `a` comes back to its place.
    let report = run(
        "local t = {} t.z = 1 t[3] = 1 t[1] = 1 t.a = 1 t[2] = 1 t[-1] = 1 t[2.5] = 1 t[true] = 1
         t.z = nil t.m = 1 t.z = 1 t.a = nil t.a = 2
         local order = {} for k in pairs(t) do order[#order + 1] = tostring(k) end
         return table.concat(order, ' ')",
    );
    assert_eq!(report.json().unwrap(), r#"["1 2 3 a -1 2.5 true m z"]"#);
    // Integers that make half of 1..m are visited in ascending order, whichever way they came,
    // and a 0 that was first stays so.
    let report = run(
        "local function order(first, last, step)
           local t, order = {}, {}
           for i = first, last, step do t[i] = true end
           for k in pairs(t) do order[#order + 1] = k end
           return table.concat(order, ' ')
         end
         return order(2, 12, 1), order(12, 1, -1), order(1, 23, 2), order(0, 9, 1), order(60, 40, -5)",
    );
    let odd = (1..=23).step_by(2).map(|i: i32| i.to_string()).collect::<Vec<_>>().join(" ");
    let expected = format!(
        r#"["2 3 4 5 6 7 8 9 10 11 12","1 2 3 4 5 6 7 8 9 10 11 12","{odd}","0 1 2 3 4 5 6 7 8 9","60 55 50 45 40"]"#
    );
    assert_eq!(report.json().unwrap(), expected);
}

/// Runs on a thread with a stack that deep recursion in Rust would not survive.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap().join().unwrap();
}

#[test]
fn no_script_overflows_the_stack_of_its_host() {
    let deep = 100_000;
    let mut sources = vec![
        "local function f(n) return 1 + f(n + 1) end return pcall(f, 1)".to_owned(),
        "local function f() return pcall(f) end return f()".to_owned(),
        "local t = {} for i = 1, 200000 do t = setmetatable({}, {__index = t}) end return pcall(function() return t.x end)".to_owned(),
        "local function f(n) return coroutine.wrap(f)(n + 1) end return pcall(f, 1)".to_owned(),
        "local t = {} for i = 1, 200000 do t = {t} end return pcall(json.encode, t)".to_owned(),
        "return pcall(string.find, ('x'):rep(300000), ('x?'):rep(300) .. ('(x'):rep(40))".to_owned(),
        "local t = setmetatable({}, {}) getmetatable(t).__eq = function(a, b) return a == b end return pcall(function() return t == setmetatable({}, getmetatable(t)) end)".to_owned(),
        "local a = {} a.__tostring = function(x) return tostring(x) end return pcall(tostring, setmetatable(a, a))".to_owned(),
        "return pcall(json.decode, ('['):rep(100000))".to_owned(),
        "local t = {} for i = 1, 200000 do t = {next = t} end t = nil collectgarbage()".to_owned(),
    ];
    for (open, close) in [
        ("(", ")"),
        ("{", "}"),
        ("-", ""),
        ("not ", ""),
        ("2 ^ ", ""),
        ("'x' .. ", ""),
        ("function() return ", " end"),
        ("f(", ")"),
        ("t[", "]"),
    ] {
        sources.push(format!("return {}1{}", open.repeat(deep), close.repeat(deep)));
    }
    for (open, close) in [
        ("do ", " end"),
        ("while true do ", " end"),
        ("if x then ", " end"),
        ("repeat ", " until x"),
    ] {
        sources.push(format!("{}{}", open.repeat(deep), close.repeat(deep)));
    }
    on_a_small_stack(move || {
        for source in sources {
            let report = run(&source);
            let shown: String = source.chars().take(80).collect();
            let ended = matches!(
                report.outcome,
                Outcome::Done(_) | Outcome::Failed(_) | Outcome::OutOfFuel | Outcome::OutOfMemory
            );
            assert!(ended, "{shown}: {:?}", report.outcome);
        }
    });
}

#[test]
fn no_bytecode_goes_in() {
    let report = run("return load('\\27Lua', 'x', 'b')");
    assert_eq!(
        report.json().unwrap(),
        r#"[null,"attempt to load a binary chunk (only text is loaded)"]"#
    );
    assert!(matches!(run("\x1bLua").outcome, Outcome::Failed(_)));
}

#[test]
fn json_is_as_the_readme_says() {
    for (source, json) in [
        ("{1, 2, 3}", "[1,2,3]"),
        ("{1, nil, 3}", r#"{"1":1,"3":3}"#),
        ("{1, 2, x = 3}", r#"{"1":1,"2":2,"x":3}"#),
        ("{}", "[]"),
        ("json.decode('{}')", "{}"),
        ("json.object({})", "{}"),
        ("json.object({1, 2})", r#"{"1":1,"2":2}"#),
        ("1, 1.0, 0.1, -0.0, 1 << 62", "1,1.0,0.1,-0.0,4611686018427387904"),
        ("json.decode('[1, 2.0, null]')", "[1,2.0]"),
        ("json.decode('[1, 2.0, null]', {null = true})", "[1,2.0,null]"),
        ("json.decode('[1, 2, null, 4]'), json.null", "[1,2,null,4],null"),
        ("json.array({1, nil, 3})", "[1,null,3]"),
        ("json.array({1, x = 2})", r#"{"1":1,"x":2}"#),
        ("json.decode('{\"b\": 1, \"a\": 2}')", r#"{"b":1,"a":2}"#),
    ] {
        assert_eq!(run(&format!("return {source}")).json().unwrap(), format!("[{json}]"));
    }
    for (source, error) in [
        ("0/0", "Invalid number: NaN (at $[1])"),
        ("1/0", "Invalid number: inf (at $[1])"),
        ("{a = {1, print}}", "Functions cannot be converted to JSON (at $[1].a[2])"),
        ("'\\xff'", "Invalid UTF-8 (at $[1])"),
        ("(function() local t = {} t.t = t return t end)()", "cyclic table (at $[1].t)"),
    ] {
        let report = run(&format!("return {source}"));
        assert_eq!(report.json().unwrap_err().to_string(), error);
    }
    let deep = run("local t = {} for i = 1, 200 do t = {t} end return t").json().unwrap_err();
    assert!(deep.to_string().starts_with("nested deeper than 128 levels"), "{deep}");
}

#[test]
fn a_panic_of_the_host_is_an_error_of_the_script() {
    let panics = |()| -> Result<(), moonfuel::HostError> { panic!("a secret") };
    let mut session = Session::builder().function("host.f", panics).build().unwrap();
    let report = session.run("return pcall(host.f)");
    let values = report.json().unwrap();
    assert!(values.starts_with("[false,\""), "{values}");
    assert!(values.contains("panicked") && !values.contains("secret"), "{values}");
    assert_eq!(session.run("return 1").json().unwrap(), "[1]");
}

/// Something a host may panic with.
struct Worse;

impl Drop for Worse {
    fn drop(&mut self) {
        std::panic::panic_any("again");
    }
}

#[test]
fn what_a_host_panics_with_may_panic_too() {
    let worse = |()| -> Result<(), moonfuel::HostError> { std::panic::panic_any(Worse) };
    let mut session = Session::builder()
        .function("worse", worse)
        .function_with("slower", move |_, ()| worse(()))
        .async_function("later", async |()| -> Result<(), _> { std::panic::panic_any(Worse) })
        .function("ok", |()| Ok(1))
        .build()
        .unwrap();
    for name in ["worse", "slower", "later"] {
        let report = session.run(format!("x = 1 return pcall({name})"));
        assert!(report.json().unwrap().starts_with("[false,\""), "{report:?}");
        assert_eq!(session.run("return ok(), x").json().unwrap(), "[1,1]");
    }
}
