//! The reader against serde_json on handwritten and random documents.

use super::MAX_DEPTH;
use super::numeral::{Number, Numeral};
use super::reader::{Event, Malformed, Reader};
use super::text::{Escapes, escapes, plain_run, unescape, write_escaped};
use crate::{Limits, Session};
use serde_json::{Map, Value};

/// Builds a serde_json value from the reader's events.
fn read(text: &[u8]) -> Result<Value, String> {
    std::str::from_utf8(text).map_err(|error| error.to_string())?;
    let mut reader = Reader::new();
    let mut open: Vec<(Value, Option<String>)> = Vec::new();
    let mut result = Value::Null;
    let mut names: Vec<String> = Vec::new();
    loop {
        let string = |raw: super::reader::Raw| {
            let mut out = Vec::new();
            let inside = &text[raw.start..raw.end];
            assert_eq!(unescape(inside, usize::MAX, &mut out), inside.len());
            String::from_utf8(out).expect("UTF-8")
        };
        let value = match reader.next(text).map_err(|error| error.what)? {
            Event::Further => continue,
            Event::Finish => return Ok(result),
            Event::Key(raw) => {
                names.push(string(raw));
                continue;
            }
            Event::BeginArray => {
                open.push((Value::Array(Vec::new()), None));
                continue;
            }
            Event::BeginObject => {
                let name = None;
                open.push((Value::Object(Map::new()), name));
                continue;
            }
            Event::End => open.pop().expect("balanced").0,
            Event::Null => Value::Null,
            Event::Boolean(b) => b.into(),
            Event::Integer(i) => i.into(),
            Event::Float(n, _) => n.into(),
            Event::String(raw) => string(raw).into(),
        };
        match open.last_mut() {
            None => result = value,
            Some((Value::Array(items), _)) => items.push(value),
            Some((Value::Object(members), _)) => {
                members.insert(names.pop().expect("a name"), value);
            }
            Some(_) => unreachable!("only arrays and objects are open"),
        }
    }
}

/// Integers beyond i64 are floats for the reader.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            x == y || x.as_f64().map(f64::to_bits) == y.as_f64().map(f64::to_bits)
        }
        (Value::Array(x), Value::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y))
        }
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|((k, x), (l, y))| k == l && same(x, y))
        }
        _ => a == b,
    }
}

fn compare(text: &[u8]) {
    let ours = read(text);
    let theirs: Result<Value, _> = serde_json::from_slice(text);
    let shown = String::from_utf8_lossy(text);
    match (&ours, &theirs) {
        (Ok(a), Ok(b)) => assert!(same(a, b), "{shown}: {a} and {b}"),
        (Err(_), Err(_)) => {}
        _ => panic!("{shown:?}: ours {ours:?}, serde_json {theirs:?}"),
    }
}

#[test]
fn agrees_with_serde_json_on_corner_cases() {
    let cases: &[&[u8]] = &[
        b"",
        b" ",
        b"null",
        b"nul",
        b"nulll",
        b"true",
        b"tru",
        b"false",
        b"[",
        b"]",
        b"[]",
        b"{}",
        b"[,]",
        b"[1,]",
        b"{\"a\":1,}",
        b"{a:1}",
        b"{\"a\"}",
        b"{\"a\":}",
        b"{\"a\":1 \"b\":2}",
        b"[1 2]",
        b"[1}",
        b"{\"a\":1]",
        b"1 2",
        b"[] []",
        b"0",
        b"-0",
        b"00",
        b"01",
        b"-",
        b"-a",
        b"1.",
        b".5",
        b"1.5",
        b"1e5",
        b"1E+5",
        b"1e-5",
        b"1e",
        b"1e+",
        b"1.e5",
        b"+1",
        b"1e400",
        b"-1e400",
        b"1e-400",
        b"9223372036854775807",
        b"9223372036854775808",
        b"-9223372036854775808",
        b"-9223372036854775809",
        b"18446744073709551616",
        b"123456789012345678901234567890",
        b"0.1",
        b"5e-324",
        b"1.7976931348623157e308",
        b"2.2250738585072011e-308",
        b"\"\"",
        b"\"a",
        b"\"\\\"",
        b"\"\\n\\t\\b\\f\\r\\/\\\\\\\"\"",
        b"\"\\x\"",
        b"\"\\u00e4\"",
        b"\"\\u00\"",
        b"\"\\uD83D\\uDE00\"",
        b"\"\\uD83D\"",
        b"\"\\uDE00\"",
        b"\"\\uD83Dx\"",
        b"\"\\uD83D\\n\"",
        b"\"\\uD83D\\uD83D\"",
        b"\"\\u0000\"",
        b"\"\n\"",
        b"\"\x7f\"",
        b"\"\xc3\xa4\"",
        b"\"\xff\"",
        b"\xef\xbb\xbf1",
        b"\t\r\n 1 \n",
        b"\x0c1",
        b"[1,[2,[3,{}]],{\"a\":[]}]",
        b"NaN",
        b"Infinity",
        b"'a'",
        b"// c\n1",
        b"\"\\u+123\"",
        b"{\"a\":{\"b\":null},\"c\":[null]}",
        b"{1:2}",
        b"{\"a\":1",
        b"[\"a\"",
        b"{\"a\" : 1 , \"b\" : 2}",
    ];
    for case in cases {
        compare(case);
    }
}

#[test]
fn agrees_with_serde_json_on_random_documents() {
    let mut state = 0x1234_5678_9abc_def0_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below
    };
    let pieces: &[&[u8]] = &[
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b":",
        b"\"a\"",
        b"\"b\":",
        b"1",
        b"-2.5e3",
        b"null",
        b"true",
        b"false",
        b" ",
        b"\"\\u00e9\\ud83d\\ude00\"",
        b"0",
        b"9007199254740993",
        b"\"",
        b"\\",
        b"e",
    ];
    for _ in 0..20_000 {
        let count = 1 + random(8);
        let text: Vec<u8> =
            (0..count).flat_map(|_| pieces[random(pieces.len())].to_vec()).collect();
        compare(&text);
    }
    // Valid documents with one byte changed.
    let whole =
        br#"{"a":[1,-2.5,3e2,{"b":null,"c":"\u00e9\n"}],"d":{"e":true,"f":[[],{}]},"g":"x\"y"}"#;
    for _ in 0..20_000 {
        let mut text = whole.to_vec();
        let at = random(text.len());
        text[at] = b" \"\\{}[],:0123456789eE+-.ntfalsu\x01\xc3"[random(33)];
        compare(&text);
    }
}

#[test]
fn random_floats_are_read_exactly() {
    let mut bits = 1_u64;
    for _ in 0..20_000 {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let n = f64::from_bits(bits);
        if n.is_finite() {
            let text = serde_json::to_string(&n).expect("finite");
            let event = Reader::new().next(text.as_bytes());
            assert_eq!(event, Ok(Event::Float(n, text.len())), "{text}");
        }
    }
}

/// Reads a text to its end, or to what is wrong with it.
fn check(text: &[u8]) -> Result<(), Malformed> {
    let mut reader = Reader::new();
    while reader.next(text)? != Event::Finish {}
    Ok(())
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert_eq!(check(&nested(MAX_DEPTH)), Ok(()));
    let error = check(&nested(MAX_DEPTH + 1)).expect_err("too deep");
    assert_eq!((error.what, error.at), ("nested deeper than 128 levels", MAX_DEPTH));
    assert!(check(&vec![b'{'; 1_000_000]).is_err());
}

#[test]
fn long_tokens_are_read_in_portions() {
    let long = "x".repeat(100_000);
    let text = format!(
        "{blanks}[\"{long}\\n{long}\",{blanks}\"\\ud83d\\ude00{long}\"]",
        blanks = " ".repeat(50_000)
    );
    let value = read(text.as_bytes()).expect("JSON");
    assert_eq!(value, serde_json::from_str::<Value>(&text).expect("JSON"));
    for most in [1, 2, 7, 100] {
        let (raw, mut at, mut out) = (b"ab\\u00e4\\ud83d\\ude00\\n\xc3\xa4c", 0, Vec::new());
        while at < raw.len() {
            at += unescape(&raw[at..], most, &mut out);
        }
        assert_eq!(out, "ab\u{e4}\u{1f600}\n\u{e4}c".as_bytes(), "{most}");
    }
}

/// The value of a numeral that is passed `most` bytes at a time.
fn numeral(text: &str, most: usize) -> Option<Number> {
    let mut numeral = Numeral::at(0);
    while !numeral.pass(text.as_bytes(), most).expect("a numeral") {}
    assert_eq!(numeral.len(), text.len());
    numeral.value(text.as_bytes())
}

#[test]
fn long_numerals_are_read_exactly() {
    let zeros = "0".repeat(2000);
    let nines = "9".repeat(2000);
    // Half between two doubles, and just above it.
    let half = "1.00000000000000011102230246251565404236316680908203125";
    let cases = [
        format!("{half}{zeros}"),
        format!("{half}{zeros}1"),
        format!("-{half}{zeros}1e-5"),
        format!("0.{zeros}123"),
        format!("0.{zeros}123e2003"),
        format!("-0.{zeros}"),
        format!("123{zeros}e-2000"),
        format!("{nines}e-1999"),
        format!("{nines}.{nines}e-1990"),
        format!("1e-{nines}"),
        format!("1e-000{zeros}5"),
        format!("17976931348623157{zeros}e-1708"),
        format!("17976931348623159{zeros}e-1708"),
    ];
    for case in cases {
        let expected = case.parse::<f64>().expect("a float");
        let expected = expected.is_finite().then_some(expected.to_bits());
        for most in [1, 13, 5000] {
            let float = numeral(&case, most).map(|number| match number {
                Number::Float(n) => n.to_bits(),
                Number::Integer(_) => panic!("an integer"),
            });
            assert_eq!(float, expected, "{case}");
        }
    }
    assert_eq!(numeral(&format!("1e{nines}"), 100), None);
    assert_eq!(numeral(&format!("1{zeros}"), 100), None);
    assert_eq!(numeral("-0", 1), Some(Number::Float(-0.0)));
    assert_eq!(numeral("-12", 1), Some(Number::Integer(-12)));
}

#[test]
fn strings_are_quoted_as_serde_json_does() {
    let all: String = (0..0x300).filter_map(char::from_u32).collect::<String>() + "\u{2028}😀";
    let mut out = Vec::new();
    out.push(b'"');
    write_escaped(all.as_bytes(), &mut out);
    out.push(b'"');
    assert_eq!(
        String::from_utf8(out.clone()).expect("UTF-8"),
        serde_json::to_string(&all).expect("a string")
    );
    let counted = escapes(all.as_bytes());
    assert_eq!(out.len(), 2 + all.len() + counted.extra);
    assert_eq!(counted, Escapes { count: 34, extra: 34 + 4 * 27 });
    for at in 0..64 {
        let plain = "x".repeat(at);
        assert_eq!(plain_run(format!("{plain}\"{plain}").as_bytes()), at);
        assert_eq!(plain_run(plain.as_bytes()), at);
    }
    let mut back = Vec::new();
    unescape(&out[1..out.len() - 1], usize::MAX, &mut back);
    assert_eq!(back, all.as_bytes());
}

/// What a script returns and what it used, run in slices of a size.
fn run(source: &str, slice: u64, fuel: u64) -> (crate::Outcome, u64, u64) {
    let limits = Limits { fuel, ..Limits::default() };
    let session = Session::builder().limits(limits).build().expect("a session");
    let mut run = session.start(crate::Chunk::new(source.as_bytes()));
    while !run.step(slice).is_ended() {}
    let (_, report) = run.finish();
    (report.outcome, report.usage.fuel_used, report.usage.memory_peak)
}

/// Scripts whose conversions take many pieces.
const LONG: &[&str] = &[
    "local t = {} for i = 1, 5000 do t[i] = {i, i + 0.5, 'x' .. i, {k = i}} end \
     local s = json.encode(t) local u = json.decode(s) return #s, #u, u[4999][4].k",
    "local s = ('ä\\1\"x'):rep(30000) return #json.encode(s), json.decode(json.encode(s)) == s",
    "local t = {} for i = 1, 3000 do t[i + 0.5] = i t['k' .. i] = i end return #json.encode(t)",
    "local t = {} for i = 1, 4000 do t['k' .. i] = i end for i = 1, 3990 do t['k' .. i] = nil end \
     return json.encode(t)",
    "return pcall(json.decode, ('\\n'):rep(100000) .. '[1, x]')",
    "return pcall(json.decode, ('ä'):rep(50000) .. '\\xff')",
    "local p = {} for i = 1, 2000 do p[i] = '\"' .. i % 700 .. '\":null,\"' .. i % 900 .. '\":' .. i end \
     local t = json.decode('{' .. table.concat(p, ',') .. '}') local n = 0 \
     for k, v in pairs(t) do n = n + v end return n",
];

#[test]
fn slices_change_nothing_about_conversions() {
    for source in LONG {
        let whole = run(source, u64::MAX, 1_000_000_000);
        assert!(matches!(whole.0, crate::Outcome::Done(Ok(_))), "{source}: {:?}", whole.0);
        for slice in [1, 7, 1000] {
            assert_eq!(run(source, slice, 1_000_000_000), whole, "{source} in slices of {slice}");
        }
    }
}

#[test]
fn conversions_stop_at_their_fuel() {
    for source in
        ["return json.encode({1, 2.5, {a = 'b\\n'}})", "return json.decode('{\"a\":[1,2,{}]}')"]
    {
        let (_, needed, _) = run(source, u64::MAX, 1_000_000);
        for fuel in 1..needed {
            let (outcome, used, _) = run(source, u64::MAX, fuel);
            assert_eq!((outcome, used), (crate::Outcome::OutOfFuel, fuel), "{source}");
            assert_eq!(run(source, 3, fuel).1, fuel);
        }
        assert!(matches!(run(source, 3, needed).0, crate::Outcome::Done(Ok(_))));
    }
}

#[test]
fn what_conversions_held_is_given_back() {
    let source = "local s = json.encode({('x'):rep(200000), {}}) \
        local ok, text = pcall(json.encode, {('y'):rep(200000), print}) \
        local u = json.decode(s) pcall(json.decode, s .. 'x') \
        collectgarbage() s, u, ok, text = nil collectgarbage() return collectgarbage('count')";
    let mut session = Session::builder().build().expect("a session");
    let first = session.run(source).json().expect("a result").to_owned();
    for _ in 0..3 {
        assert_eq!(session.run(source).json().expect("a result"), first);
    }
}

#[test]
fn the_last_of_two_members_with_one_name_counts_in_the_place_of_the_first() {
    let mut session = Session::builder().build().expect("a session");
    let mut order = |text: &str| {
        let source = format!(
            "local t = {{}} for k, v in pairs(json.decode([==[{text}]==])) do t[#t + 1] = k .. '=' .. v end \
             return table.concat(t, ' ')"
        );
        session.run(source).json().expect("a result").to_owned()
    };
    assert_eq!(order(r#"{"a":1,"b":2,"a":3}"#), r#"["a=3 b=2"]"#);
    assert_eq!(order(r#"{"a":null,"b":2,"a":3}"#), r#"["a=3 b=2"]"#);
    assert_eq!(order(r#"{"a":1,"b":2,"a":null}"#), r#"["b=2"]"#);
    assert_eq!(order(r#"{"a":1,"b":2,"a":null,"c":4,"a":5}"#), r#"["a=5 b=2 c=4"]"#);
}

#[test]
fn names_are_shown_alike_by_every_build() {
    let name = "é\u{301}\u{1fae8}\n\"\u{202e}\u{85}\0";
    let shown = super::path::shown(name.as_bytes());
    assert_eq!(shown, "\"é\u{301}\u{1fae8}\\n\\\"\\u{202e}\\u{85}\\0\"");
    assert_eq!(super::path::shown(&[b'x'; 41]), format!("\"{}\"…", "x".repeat(40)));
}

#[test]
fn errors_stand_where_a_numeral_is_wrong() {
    let mut session = Session::builder().build().unwrap();
    for (text, expected) in [
        ("01", "invalid number at line 1 column 2"),
        ("-01", "invalid number at line 1 column 3"),
        ("[1, 007]", "invalid number at line 1 column 6"),
        ("[1,\n00.5]", "invalid number at line 2 column 2"),
        ("[1.]", "invalid number at line 1 column 4"),
        ("-", "unexpected end of text at line 1 column 2"),
        ("1e", "unexpected end of text at line 1 column 3"),
    ] {
        let source = format!("return select(2, pcall(json.decode, [=[{text}]=]))");
        let told = session.run(&source).json().unwrap().to_owned();
        assert!(told.contains(expected), "{text}: {told}");
    }
}
