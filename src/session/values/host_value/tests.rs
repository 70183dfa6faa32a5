//! Conversions of host values to and from JSON.

use super::*;
use crate::{FromLua, IntoLua};
use serde_json::json;

fn nested(levels: usize) -> HostValue {
    let mut value = HostValue::Nil;
    for _ in 0..levels {
        value = HostValue::Array(vec![value]);
    }
    value
}

#[test]
fn strings_are_shown_as_text() {
    let value = HostValue::object([("a", "b".into()), ("c", HostValue::String(vec![0xff]))]);
    let shown = r#"Object([(String("a"), String("b")), (String("c"), String(b"\xff"))])"#;
    assert_eq!(format!("{value:?}"), shown);
    let chunk = crate::Chunk::new(b"return 1").named("@a.lua");
    let shown = r#"Chunk { source: "return 1", name: "@a.lua", args: None, script_args: [], limits: None }"#;
    assert_eq!(format!("{chunk:?}"), shown);
}

#[test]
fn json_round_trip_keeps_order_and_kinds_of_numbers() {
    let text = r#"{"z":1,"a":[1.0,-3,null,true,"é"],"m":{},"n":[]}"#;
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    let value = HostValue::from_json(&json).unwrap();
    let HostValue::Object(fields) = &value else { panic!("not an object") };
    let keys: Vec<_> = fields.iter().filter_map(|(k, _)| k.as_str()).collect();
    assert_eq!(keys, ["z", "a", "m", "n"]);
    assert_eq!(
        value.field("a"),
        Some(&HostValue::Array(vec![
            HostValue::Number(1.0),
            HostValue::Integer(-3),
            HostValue::Null,
            true.into(),
            "é".into()
        ]))
    );
    assert_eq!(serde_json::to_string(&value.to_json().unwrap()).unwrap(), text);
}

#[test]
fn numbers_beyond_i64_become_floats() {
    let big = HostValue::from_json(&json!(u64::MAX)).unwrap();
    assert_eq!(big, HostValue::Number(18446744073709551615.0));
    // In every way in which they come.
    let whole = i64::MAX as u64;
    assert_eq!(HostValue::from(u64::MAX), big);
    assert_eq!(HostValue::from_serde(&u64::MAX).unwrap(), big);
    assert_eq!(u64::MAX.into_lua().unwrap(), big);
    assert_eq!(HostValue::from_serde(&u128::MAX).unwrap(), HostValue::Number(2_f64.powi(128)));
    assert_eq!(HostValue::from(i128::MIN), HostValue::Number(-(2_f64.powi(127))));
    assert_eq!(HostValue::from(whole), i64::MAX.into());
    assert_eq!(HostValue::from_serde(&whole).unwrap(), i64::MAX.into());
    assert_eq!(whole.into_lua().unwrap(), i64::MAX.into());
    // What comes back has digits that are not there: no integer, rather than another.
    assert!(big.to::<u64>().is_err() && u64::from_lua(big).is_err());
    assert_eq!(HostValue::from_json(&json!(i64::MIN)).unwrap(), i64::MIN.into());
}

/// Returns a handle of a function.
fn some_function() -> crate::Function {
    crate::Session::builder().build().unwrap().function("print").unwrap()
}

#[test]
fn what_json_cannot_hold_is_an_error_with_its_path() {
    let bad = HostValue::object([(
        "a",
        HostValue::array([HostValue::Nil, HostValue::Function(some_function())]),
    )]);
    let error = bad.to_json().unwrap_err();
    assert_eq!(error.path(), "$.a[2]");
    assert_eq!(error.to_string(), "Functions cannot be converted to JSON (at $.a[2])");
    let error = HostValue::String(vec![0xff]).to_json().unwrap_err();
    assert_eq!(error.kind, ConvertErrorKind::InvalidUtf8);
    for (number, text) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (-f64::INFINITY, "-inf")] {
        let error = HostValue::Number(number).to_json().unwrap_err();
        assert_eq!(error.to_string(), format!("Invalid number: {text} (at $)"));
    }
    let twice = HostValue::object([("k", HostValue::Nil), ("k", HostValue::Nil)]);
    assert_eq!(twice.to_json().unwrap_err().kind, ConvertErrorKind::DuplicateKey("k".into()));
}

#[test]
fn depth_is_bounded_both_ways() {
    let json = nested(MAX_DEPTH).to_json().unwrap();
    assert!(HostValue::from_json(&json).is_ok());
    let error = nested(MAX_DEPTH + 1).to_json().unwrap_err();
    assert_eq!(error.kind, ConvertErrorKind::TooDeep);
    let deeper = serde_json::Value::Array(vec![json]);
    assert_eq!(HostValue::from_json(&deeper).unwrap_err().kind, ConvertErrorKind::TooDeep);
}

#[test]
fn type_names_are_luas() {
    assert_eq!(HostValue::Number(1.0).type_name(), "number");
    assert_eq!(HostValue::Array(vec![]).type_name(), "table");
    assert_eq!(HostValue::default().type_name(), "nil");
    assert_eq!(HostValue::from("x").as_bytes(), Some(&b"x"[..]));
}

#[test]
fn keys_that_are_numbers_become_names_in_json() {
    let value = HostValue::object([
        (HostKey::Integer(-3), 1.into()),
        (HostKey::Number(2.5), 2.into()),
        ("x".into(), HostValue::Null),
    ]);
    assert_eq!(value.to_json().unwrap(), json!({"-3": 1, "2.5": 2, "x": null}));
    assert_eq!(value.field("x"), Some(&HostValue::Null));
    assert_eq!(value.field("-3"), None);
    let twice = HostValue::object([(HostKey::Integer(3), HostValue::Nil), ("3".into(), 1.into())]);
    assert_eq!(twice.to_json().unwrap_err().kind, ConvertErrorKind::DuplicateKey("3".into()));
    let flag = HostValue::object([(true, HostValue::Opaque("thread"))]);
    assert_eq!(flag.to_json().unwrap_err().kind, ConvertErrorKind::Key);
}

#[test]
fn what_is_usual_becomes_a_value() {
    use std::collections::BTreeMap;
    let many: HostValue = vec![1_i8, 2].into();
    assert_eq!(many, [1_u32, 2].into());
    assert_eq!(HostValue::from(vec![b'a', 0xff]), HostValue::from(b"a\xff"));
    assert_eq!(HostValue::from(Some("x")), "x".into());
    assert_eq!(HostValue::from(None::<i64>), HostValue::Nil);
    assert_eq!(HostValue::from(0.5_f32), HostValue::Number(0.5));
    assert_eq!(HostValue::from(7_usize), 7.into());
    let sorted = HostValue::object([("a", 1.into()), ("b", 2.into())]);
    #[allow(clippy::disallowed_types, reason = "it is what a host may have")]
    let hashed = std::collections::HashMap::from([("b", 2), ("a", 1)]);
    assert_eq!(HostValue::from(hashed), sorted);
    assert_eq!(HostValue::from(BTreeMap::from([("b".to_owned(), 2), ("a".to_owned(), 1)])), sorted);
    assert_eq!(HostValue::try_from(&json!({"a": 1, "b": 2})), Ok(sorted));
}
