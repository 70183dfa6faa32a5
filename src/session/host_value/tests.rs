//! Conversions of host values to and from JSON.

use super::*;
use serde_json::json;

fn nested(levels: usize) -> HostValue {
    let mut value = HostValue::Nil;
    for _ in 0..levels {
        value = HostValue::Array(vec![value]);
    }
    value
}

#[test]
fn json_round_trip_keeps_order_and_kinds_of_numbers() {
    let text = r#"{"z":1,"a":[1.0,-3,null,true,"é"],"m":{},"n":[]}"#;
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    let value = HostValue::from_json(&json).unwrap();
    let HostValue::Object(fields) = &value else { panic!("not an object") };
    let keys: Vec<_> = fields.iter().map(|(k, _)| k.as_slice()).collect();
    assert_eq!(keys, [&b"z"[..], b"a", b"m", b"n"]);
    assert_eq!(
        value.field("a"),
        Some(&HostValue::Array(vec![
            HostValue::Number(1.0),
            HostValue::Integer(-3),
            HostValue::Nil,
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
    assert_eq!(HostValue::from_json(&json!(i64::MIN)).unwrap(), i64::MIN.into());
}

/// Returns a handle of a function.
fn some_function() -> crate::Function {
    crate::Session::builder().build().unwrap().function("print").unwrap()
}

#[test]
fn what_json_cannot_hold_is_an_error_with_its_path() {
    let bad = HostValue::Object(vec![(
        b"a".to_vec(),
        HostValue::Array(vec![HostValue::Nil, HostValue::Function(some_function())]),
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
    let twice =
        HostValue::Object(vec![(b"k".to_vec(), HostValue::Nil), (b"k".to_vec(), HostValue::Nil)]);
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
