//! Types to host values and back.

use super::*;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Clone, Serialize, Deserialize)]
struct Point(i32, f64);

#[derive(Debug, PartialEq, Clone, Serialize, Deserialize)]
struct Id(String);

#[derive(Debug, PartialEq, Clone, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Clone, Serialize, Deserialize)]
enum Shape {
    Nothing,
    Circle(f64),
    Line(Point, Point),
    Text { at: Point, what: Option<String> },
}

#[derive(Debug, PartialEq, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Event {
    Opened { by: String },
    Closed,
}

#[derive(Debug, PartialEq, Clone, Serialize, Deserialize)]
struct All {
    flag: bool,
    small: i8,
    large: u64,
    float: f32,
    letter: char,
    id: Id,
    unit: Unit,
    nothing: (),
    maybe: Option<Option<u8>>,
    shapes: Vec<Shape>,
    by_number: BTreeMap<i64, String>,
    by_name: BTreeMap<String, Vec<Event>>,
    value: HostValue,
    json: serde_json::Value,
}

fn all() -> All {
    let (a, b) = (Point(1, 2.0), Point(-3, 0.5));
    All {
        flag: true,
        small: -128,
        large: i64::MAX as u64,
        float: 0.1,
        letter: 'ä',
        id: Id("x".into()),
        unit: Unit,
        nothing: (),
        maybe: Some(Some(3)),
        shapes: vec![
            Shape::Nothing,
            Shape::Circle(1.0),
            Shape::Line(a.clone(), b.clone()),
            Shape::Text { at: a, what: None },
            Shape::Text { at: b, what: Some("t".into()) },
        ],
        by_number: BTreeMap::from([(-1, "m".into()), (7, "s".into())]),
        by_name: BTreeMap::from([(
            "log".into(),
            vec![Event::Opened { by: "me".into() }, Event::Closed],
        )]),
        value: HostValue::object([
            (HostKey::Integer(1), HostValue::array([HostValue::Null, HostValue::Nil])),
            (HostKey::Number(0.5), HostValue::String(vec![0xff])),
            (true.into(), HostValue::object::<&str>([])),
        ]),
        json: serde_json::json!({"a": [1, null, 2.5, {"b": []}]}),
    }
}

#[test]
fn types_come_back_as_they_went() {
    let value = HostValue::from_serde(&all()).unwrap();
    assert_eq!(value.field("large"), Some(&HostValue::Integer(i64::MAX)));
    assert_eq!(value.field("unit"), Some(&HostValue::Null));
    assert_eq!(value.field("value"), Some(&all().value));
    let shapes = value.field("shapes").unwrap();
    let text = r#"["Nothing",{"Circle":1.0},{"Line":[[1,2.0],[-3,0.5]]},{"Text":{"at":[1,2.0],"what":null}},{"Text":{"at":[-3,0.5],"what":"t"}}]"#;
    assert_eq!(shapes.to_json().unwrap().to_string(), text);
    assert_eq!(value.to::<All>().unwrap(), all());
    assert_eq!(value.clone().into_type::<All>().unwrap(), all());
    assert_eq!(value.to::<HostValue>().unwrap(), value);
    assert_eq!(HostValue::from_serde(&value).unwrap(), value);
}

#[test]
fn values_go_through_other_formats() {
    let text = r#"{"a":[1,null,-2.5,"é",{}],"b":18446744073709551615}"#;
    let value: HostValue = serde_json::from_str(text).unwrap();
    let list = value.field("a").unwrap();
    assert_eq!(list.to::<(i64, (), f64, &str, BTreeMap<String, i64>)>().unwrap().3, "é");
    assert_eq!(value.field("b"), Some(&HostValue::Number(18_446_744_073_709_551_615.0)));
    assert_eq!(serde_json::to_string(list).unwrap(), r#"[1,null,-2.5,"é",{}]"#);
    let numbered = HostValue::object([(HostKey::Integer(3), HostValue::Nil)]);
    assert_eq!(serde_json::to_string(&numbered).unwrap(), r#"{"3":null}"#);
    assert!(serde_json::to_string(&HostValue::Opaque("thread")).is_err());
}

#[test]
fn numbers_are_exact_or_errors() {
    let error = |value: HostValue| value.to::<i64>().unwrap_err().to_string();
    assert_eq!(HostValue::Number(3.0).to::<u8>(), Ok(3));
    assert_eq!(HostValue::Number(-0.0).to::<i64>(), Ok(0));
    assert_eq!(HostValue::Integer(3).to::<f64>(), Ok(3.0));
    assert_eq!(error(3.5.into()), "invalid type: floating point `3.5`, expected i64 (at $)");
    assert!(error(HostValue::Number(9.3e18)).starts_with("invalid type: floating point"));
    assert!(error(f64::NAN.into()).starts_with("invalid type: floating point `NaN`"));
    assert!(HostValue::Integer(-1).to::<u64>().is_err());
    assert!(HostValue::Integer(256).to::<u8>().is_err());
    assert_eq!(HostValue::from_serde(&i128::from(i64::MIN)), Ok(i64::MIN.into()));
    assert_eq!(HostValue::from_serde(&u64::MAX), Ok(HostValue::Number(u64::MAX as f64)));
    let nan = HostValue::from_serde(&f64::NAN).unwrap();
    assert!(matches!(nan, HostValue::Number(n) if n.is_nan()));
}

#[test]
fn bytes_are_strings() {
    struct Bytes(Vec<u8>);
    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.serialize_bytes(&self.0)
        }
    }
    let value = HostValue::from_serde(&Bytes(vec![0, 0xff])).unwrap();
    assert_eq!(value, HostValue::String(vec![0, 0xff]));
    assert_eq!(value.to::<&[u8]>().unwrap(), [0, 0xff]);
    assert_eq!(value.to::<String>().unwrap_err().kind, ConvertErrorKind::InvalidUtf8);
    assert_eq!(HostValue::from("ä").to::<&[u8]>().unwrap(), "ä".as_bytes());
    assert_eq!(HostValue::from("ä").to::<char>(), Ok('ä'));
}

#[test]
fn tables_may_be_either() {
    let empty = [HostValue::Array(vec![]), HostValue::Object(vec![])];
    for value in empty {
        assert_eq!(value.to::<Vec<i64>>().unwrap(), Vec::<i64>::new());
        assert_eq!(value.to::<BTreeMap<String, i64>>().unwrap(), BTreeMap::new());
        #[derive(Deserialize, Debug, PartialEq)]
        struct Options {
            #[serde(default)]
            deep: bool,
        }
        assert_eq!(value.to::<Options>().unwrap(), Options { deep: false });
    }
    let items = HostValue::array(["a".into(), HostValue::Null, "c".into()]);
    let numbered = BTreeMap::from([(1, "a"), (3, "c")]);
    assert_eq!(items.to::<BTreeMap<i64, &str>>().unwrap(), numbered);
    assert_eq!(items.to::<Vec<Option<&str>>>().unwrap(), [Some("a"), None, Some("c")]);
    let keys = HostValue::object([(HostKey::Integer(1), "a".into()), ("3".into(), "c".into())]);
    assert_eq!(keys.to::<BTreeMap<i64, &str>>().unwrap(), numbered);
    let names: BTreeMap<String, &str> = keys.to().unwrap();
    assert_eq!(names.keys().map(String::as_str).collect::<Vec<_>>(), ["1", "3"]);
}

#[test]
fn errors_tell_the_place() {
    let value = HostValue::object([(
        "shapes",
        HostValue::array(["Nothing".into(), HostValue::object([("Line", vec![1, 2].into())])]),
    )]);
    let error = value.to::<BTreeMap<String, Vec<Shape>>>().unwrap_err();
    assert_eq!(error.path(), "$.shapes[2].Line[1]");
    let mut session = crate::Session::builder().build().unwrap();
    let function = HostValue::Function(session.function("print").unwrap());
    let error = function.to::<bool>().unwrap_err();
    assert_eq!(error.to_string(), "invalid type: function, expected a boolean (at $)");
    let error = HostValue::from(vec![1, 2, 3]).to::<(i64, i64)>().unwrap_err();
    assert_eq!(error.to_string(), "invalid length 3, expected an array of fewer values (at $)");
    let no_key = BTreeMap::from([(vec![1], 1)]);
    let error = HostValue::from_serde(&vec![BTreeMap::from([("a b", no_key)])]).unwrap_err();
    assert_eq!(error.path(), "$[1][\"a b\"]");
    let error = HostValue::from_serde(&BTreeMap::from([(vec![1], 1)])).unwrap_err();
    assert_eq!(error.kind, ConvertErrorKind::Key);
}

#[test]
fn functions_arrive_in_types_that_hold_values() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Options {
        name: String,
        then: HostValue,
        others: Vec<HostValue>,
    }
    let (give, given) = std::sync::mpsc::channel();
    let mut session = crate::Session::builder()
        .function("give", move |value: HostValue| {
            give.send(value).map_err(|_| crate::HostError::new("nobody takes it"))
        })
        .build()
        .unwrap();
    session.run("give(print)").json().unwrap();
    let function: HostValue = given.recv().unwrap();
    assert!(matches!(function, HostValue::Function(_)), "{function:?}");
    let options = Options {
        name: "x".into(),
        then: function.clone(),
        others: vec![HostValue::Opaque("thread"), function.clone(), HostValue::Nil],
    };
    let value = HostValue::from_serde(&options).unwrap();
    assert_eq!(value.field("then"), Some(&function));
    assert_eq!(value.to::<Options>().unwrap(), options);
    assert_eq!(value.into_type::<Options>().unwrap(), options);
    let error = serde_json::to_string(&options).unwrap_err();
    assert_eq!(error.to_string(), "Functions cannot be converted to JSON");
    // What was not picked up is not taken for something else.
    let bytes = HostValue::String(vec![0xff]);
    assert_eq!(bytes.to::<HostValue>().unwrap(), bytes);
}

/// A list of boxes, or boxes in boxes for ever.
#[derive(Serialize, Deserialize)]
struct Link {
    next: Option<Box<Link>>,
}

struct Endless;

impl Serialize for Endless {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_newtype_struct("Endless", self)
    }
}

impl<'de> Deserialize<'de> for Endless {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::<Box<Endless>>::deserialize(from).map(|_| Endless)
    }
}

#[test]
fn depth_is_bounded() {
    let chain = |links: usize| {
        (1..links).fold(Link { next: None }, |link, _| Link { next: Some(Box::new(link)) })
    };
    let deepest = HostValue::from_serde(&chain(128)).unwrap();
    assert!(deepest.to::<Link>().is_ok());
    assert_eq!(HostValue::from_serde(&chain(129)).unwrap_err().kind, ConvertErrorKind::TooDeep);
    let deeper = HostValue::object([("next", deepest)]);
    assert_eq!(deeper.to::<Link>().err().unwrap().kind, ConvertErrorKind::TooDeep);
    assert_eq!(deeper.to::<HostValue>().unwrap_err().kind, ConvertErrorKind::TooDeep);
    assert_eq!(HostValue::from_serde(&Endless).unwrap_err().kind, ConvertErrorKind::TooDeep);
    assert_eq!(HostValue::from(1).to::<Endless>().err().unwrap().kind, ConvertErrorKind::TooDeep);
}

#[test]
fn the_deepest_values_fit_a_small_stack() {
    let small = std::thread::Builder::new().stack_size(256 * 1024);
    let checked = small.spawn(|| {
        let nested = (1..128).fold(HostValue::array([]), |inner, _| HostValue::array([inner]));
        assert_eq!(HostValue::from_serde(&nested).unwrap(), nested);
        assert_eq!(nested.to::<HostValue>().unwrap(), nested);
        let json: serde_json::Value = nested.to().unwrap();
        assert_eq!(HostValue::from_serde(&json).unwrap(), nested);
        let link =
            (1..128).fold(Link { next: None }, |link, _| Link { next: Some(Box::new(link)) });
        let chain = HostValue::from_serde(&link).unwrap();
        assert!(chain.to::<Link>().is_ok() && chain.into_type::<Link>().is_ok());
    });
    checked.unwrap().join().unwrap();
}
