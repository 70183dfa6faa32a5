//! Typed functions of a host, called with anything: the errors are those of Lua's own library.

use super::input::Input;
use super::sessions::literal;
use moonfuel::{
    Bytes, Chunk, Function, HostValue, Limits, Methods, Outcome, Report, Serde, Session, UserData,
    Variadic,
};
use std::collections::BTreeMap;

/// Expressions for arguments.
const VALUES: &[&str] = &[
    "nil",
    "true",
    "false",
    "0",
    "-1",
    "255",
    "256",
    "math.mininteger",
    "math.maxinteger",
    "1.5",
    "3.0",
    "2.0^53",
    "2.0^63",
    "-2.0^63",
    "0/0",
    "1/0",
    "'10'",
    "'0x10'",
    "' 5 '",
    "'1e2'",
    "'1.5'",
    "'abc'",
    "''",
    "'\\xff'",
    "'5\\0'",
    "('x'):rep(300)",
    "{}",
    "{1, 2, 3}",
    "{1, nil, 3}",
    "{a = 1, b = 2}",
    "{1, 2, x = 3}",
    "{{{}}}",
    "{[1.5] = 1, [true] = 2}",
    "{'a', 'b'}",
    "{x = 1, y = {2}}",
    "{x = 'a', y = {}}",
    "json.null",
    "json.array{1, nil, 2}",
    "print",
    "function() end",
    "coroutine.create(print)",
    "setmetatable({}, {__name = 'Mine'})",
    "setmetatable({}, {__name = 5})",
    "setmetatable({1, 2}, {__index = function() error('called') end})",
    "_G",
    "cycle",
    "deep",
    "thing(5)",
    "thing",
    "string",
];

/// Functions of the host, by argument, beside functions of the library that check the same:
/// their errors must be the same but for the names.
const PAIRS: &[(&str, &str, &str)] = &[
    ("int", "math.ult(%s, 0)", "ult"),
    ("float", "math.sqrt(%s)", "sqrt"),
    ("bytes", "string.len(%s)", "len"),
    ("list", "next(%s)", "next"),
    ("map", "next(%s)", "next"),
];

/// Calls of functions of the host; `%s` are arguments.
const CALLS: &[(&str, &str)] = &[
    ("int", "host.int(%s)"),
    ("float", "host.float(%s)"),
    ("bytes", "host.bytes(%s)"),
    ("text", "host.text(%s)"),
    ("flag", "host.flag(%s)"),
    ("maybe", "host.maybe(%s)"),
    ("small", "host.small(%s)"),
    ("list", "host.list(%s)"),
    ("map", "host.map(%s)"),
    ("pair", "host.pair(%s)"),
    ("rest", "host.rest(%s)"),
    ("any", "host.any(%s)"),
    ("json", "host.json(%s)"),
    ("fun", "host.fun(%s)"),
    ("record", "host.record(%s)"),
    ("three", "host.three(%s)"),
    ("add", "one:add(%s)"),
    ("add", "one.add(%s)"),
];

struct Thing(i64);

impl UserData for Thing {
    const NAME: &'static str = "thing";

    fn add_methods(methods: &mut Methods<Self>) {
        methods.method_with("add", |this, _, (number, _): (i64, Option<String>)| {
            this.0 = this.0.wrapping_add(number);
            Ok(this.0)
        });
    }
}

#[derive(serde::Deserialize, serde::Serialize)]
struct Record {
    x: i64,
    #[serde(default)]
    y: Vec<u8>,
}

fn session() -> Session {
    let limits = Limits { fuel: 300_000, memory: 4 << 20, ..Limits::default() };
    Session::builder()
        .limits(limits)
        .object::<Thing>()
        .function_with("thing", |cx, number: i64| cx.object(Thing(number)))
        .function("host.int", |n: i64| Ok(n))
        .function("host.float", |n: f64| Ok(n))
        .function("host.bytes", |text: Bytes| Ok(text))
        .function("host.text", |text: String| Ok(text))
        .function("host.flag", |flag: bool| Ok(flag))
        .function("host.maybe", |n: Option<i64>| Ok(n))
        .function("host.small", |n: u8| Ok(n))
        .function("host.list", |items: Vec<HostValue>| Ok(items))
        .function("host.map", |map: BTreeMap<String, HostValue>| Ok(map))
        .function("host.pair", |(n, text): (i64, Option<String>)| Ok((text, n)))
        .function("host.rest", |(text, rest): (String, Variadic<i64>)| Ok((text, rest)))
        .function("host.any", |values: Variadic<HostValue>| Ok(values))
        .function("host.json", |value: serde_json::Value| Ok(value))
        .function("host.fun", |function: Function| Ok(function))
        .function("host.record", |record: Serde<Record>| Ok(record))
        .function("host.three", |three: [f64; 3]| Ok(three.to_vec()))
        .build()
        .unwrap()
}

/// Takes the bytes for calls with up to four arguments each: no panic, errors in the words of
/// Lua's library, and the same whether functions are called in place or by steps.
pub fn host_args(input: &[u8]) {
    let mut input = Input(input);
    let mut source = "
        cycle, deep = {}, {}
        cycle[1] = cycle
        local inner = deep
        for i = 1, 200 do inner[1] = {} inner = inner[1] end
        one = thing(1)\n"
        .to_owned();
    let mut calls = Vec::new();
    for _ in 0..12 {
        if input.is_empty() {
            break;
        }
        let (name, call) = input.one_of(CALLS);
        let args = (0..input.below(5)).map(|_| argument(&mut input)).collect::<Vec<_>>().join(", ");
        source += &format!("print(pcall(function() return {} end)) ", call.replace("%s", &args));
        // What the library says of the same arguments.
        let like = PAIRS.iter().find(|(host, ..)| *host == name);
        let like = like.map_or("error('', 0)".to_owned(), |(_, like, _)| {
            like.replace("%s", if args.is_empty() { "nil" } else { &args })
        });
        source += &format!("print(pcall(function() return {like} end))\n");
        calls.push((name, args));
    }
    let whole = session().run_chunk(Chunk::new(source.as_bytes()).named("=fuzz"));
    let mut run = session().start(Chunk::new(source.as_bytes()).named("=fuzz"));
    while !run.step(500).is_ended() {}
    let (_, stepped) = run.finish();
    assert_eq!(whole, stepped, "{source}");
    // Output of more than one line may come of arguments; then there is nothing to compare.
    assert!(matches!(whole.outcome, Outcome::Done(_)), "{:?}\n{source}", whole.outcome);
    compare(&whole, &calls);
}

/// Compares what was printed in pairs.
fn compare(report: &Report, calls: &[(&str, String)]) {
    let lines: Vec<&[u8]> = report.output.split(|byte| *byte == b'\n').collect();
    if lines.len() != 2 * calls.len() + 1 {
        return;
    }
    for ((name, args), lines) in calls.iter().zip(lines.chunks(2)) {
        let [host, library] = [lines[0], lines[1]].map(String::from_utf8_lossy);
        let shown = || format!("{name}({args})\n  {host}\n  {library}");
        // Every argument is taken over before any is looked at.
        let not_taken = ["cannot be passed to the host", "nested deeper"];
        let not_taken = not_taken.iter().any(|text| host.contains(text));
        if let Some(error) = host.strip_prefix("false\t") {
            let said = error.contains("bad argument #") && error.ends_with(')')
                || error.contains("calling '") && error.ends_with(')')
                // What cannot leave the machine, wherever it stands.
                || error.contains("cannot be converted");
            assert!(said, "{}", shown());
        }
        let Some((_, _, like)) = PAIRS.iter().find(|(pair, ..)| pair == name) else { continue };
        // No argument is given to both in the same way only where there is one.
        if args.is_empty() || not_taken {
            continue;
        }
        let renamed = library.replace(&format!("to '{like}'"), &format!("to '{name}'"));
        if renamed.starts_with("false") && renamed.contains("bad argument #1") {
            assert_eq!(host, renamed, "{}", shown());
        } else if renamed.starts_with("true") && matches!(*name, "int" | "float" | "bytes") {
            assert!(host.starts_with("true"), "{}", shown());
        }
    }
}

fn argument(input: &mut Input<'_>) -> String {
    match input.below(8) {
        0 => format!("{}", input.integer()).replace("-9223372036854775808", "math.mininteger"),
        1 => {
            let length = input.below(20);
            format!("\"{}\"", literal(input.take(length)))
        }
        _ => input.one_of(VALUES).to_owned(),
    }
}
