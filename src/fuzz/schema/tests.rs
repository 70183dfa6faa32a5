//! What is made by a schema is one of its values, and stays one when it is changed.

use super::super::make::{Maker, count};
use super::super::random::Random;
use super::super::words::Words;
use super::Schema;
use serde_json::{Value, json};

fn schemas() -> Vec<Schema> {
    let schema = |value: Value| Schema::new(&value).unwrap();
    vec![
        Schema::any(),
        schema(json!({"type": "integer", "minimum": -3, "maximum": 1000, "multipleOf": 3})),
        schema(json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1})),
        schema(json!({"type": ["string", "null"], "minLength": 2, "maxLength": 5})),
        schema(json!({"enum": ["a", 1, null, {"x": []}]})),
        schema(json!({
            "type": "object",
            "properties": {
                "kind": {"const": "tree"},
                "children": {"type": "array", "items": {"$ref": "#"}, "maxItems": 3},
                "pair": {"prefixItems": [{"type": "boolean"}, {"type": "integer"}], "minItems": 2},
            },
            "required": ["kind", "children"],
        })),
        schema(json!({
            "$defs": {"id": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}},
            "type": "object",
            "additionalProperties": {"$ref": "#/$defs/id"},
            "required": ["first"],
        })),
        Schema::of_example(
            &json!({"name": "x", "n": 1, "f": 1.5, "list": [1, "a", {"k": true}], "o": {}}),
        ),
    ]
}

#[test]
fn what_is_made_and_changed_fits() {
    let words = Words::default();
    let mut random = Random::new(3);
    for (n, schema) in schemas().iter().enumerate() {
        let mut shapes = std::collections::BTreeSet::new();
        let mut maker = Maker { schema, words: &words, random: &mut random };
        for _ in 0..30 {
            let mut value = maker.value();
            let other = maker.value();
            assert!(schema.accepts(&value), "{n}: made {value}");
            for _ in 0..30 {
                let before = value.clone();
                if count(&value).is_multiple_of(5) {
                    maker.cross(&mut value, &other);
                } else {
                    maker.change(&mut value);
                }
                assert!(schema.accepts(&value), "{n}: {before} became {value}");
                shapes.insert(value.to_string());
            }
        }
        assert!(shapes.len() > 3, "{n}: {shapes:?}");
    }
}

#[test]
fn what_cannot_be_followed_is_refused_with_its_place() {
    let refused = |schema: Value| Schema::new(&schema).unwrap_err().to_string();
    assert_eq!(
        refused(json!({"properties": {"a/b": {"type": "string", "pattern": "^x"}}})),
        "the schema cannot be followed: the keyword `pattern` is not supported here \
         (at #/properties/a~1b)"
    );
    for (schema, what) in [
        (json!({"type": "integer", "minimum": 2, "maximum": 1}), "no number is within"),
        (json!({"type": "thing"}), "there is no type `thing`"),
        (json!({"$ref": "#/$defs/none"}), "`#/$defs/none` is not there"),
        (json!({"not": {}}), "`not`"),
        (json!({"enum": []}), "`enum`"),
        (json!(1), "an object or a boolean"),
    ] {
        assert!(refused(schema.clone()).contains(what), "{schema}");
    }
    // One that refers to itself is one that nothing fits.
    let endless = Schema::new(&json!({"$ref": "#"})).unwrap();
    assert!(!endless.accepts(&json!(1)));
}
