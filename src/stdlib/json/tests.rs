//! The reader against serde_json on handwritten and random documents.

use super::MAX_DEPTH;
use super::decode::plan;
use super::reader::{Event, Reader};
use super::text::{quoted_len, unescape, write_quoted};
use serde_json::{Map, Value};

/// Builds a serde_json value from the reader's events.
fn read(text: &[u8]) -> Result<Value, String> {
    std::str::from_utf8(text).map_err(|error| error.to_string())?;
    let mut reader = Reader::new(text);
    let mut open: Vec<(Value, Option<String>)> = Vec::new();
    let mut result = Value::Null;
    let mut names: Vec<String> = Vec::new();
    loop {
        let string = |raw: super::reader::Raw<'_>| {
            let mut out = Vec::new();
            unescape(raw.bytes, &mut out);
            String::from_utf8(out).expect("UTF-8")
        };
        let value = match reader.next().map_err(|error| error.describe(text))? {
            Event::Finish => return Ok(result),
            Event::Key(raw, _) => {
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
            Event::Float(n) => n.into(),
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
            assert_eq!(Reader::new(text.as_bytes()).next(), Ok(Event::Float(n)), "{text}");
        }
    }
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(plan(&nested(MAX_DEPTH), false, Vec::new()).is_ok());
    let error = plan(&nested(MAX_DEPTH + 1), false, Vec::new()).expect_err("too deep");
    assert_eq!((error.what, error.at), ("nested deeper than 128 levels", MAX_DEPTH));
    assert!(plan(&vec![b'{'; 1_000_000], false, Vec::new()).is_err());
}

#[test]
fn errors_name_line_and_column() {
    let text = b"{\n  \"a\": 1,\n  \"b\": x\n}";
    let error = plan(text, false, Vec::new()).expect_err("malformed");
    assert_eq!(error.describe(text), "expected a value at line 3 column 8");
    let error = plan(b"[1,", false, Vec::new()).expect_err("malformed");
    assert_eq!(error.describe(b"[1,"), "unexpected end of text at line 1 column 4");
}

#[test]
fn strings_are_quoted_as_serde_json_does() {
    let all: String = (0..0x300).filter_map(char::from_u32).collect::<String>() + "\u{2028}😀";
    let mut out = Vec::new();
    write_quoted(all.as_bytes(), &mut out);
    assert_eq!(
        String::from_utf8(out.clone()).expect("UTF-8"),
        serde_json::to_string(&all).expect("a string")
    );
    assert_eq!(out.len(), quoted_len(all.as_bytes()));
    let mut back = Vec::new();
    unescape(&out[1..out.len() - 1], &mut back);
    assert_eq!(back, all.as_bytes());
}
