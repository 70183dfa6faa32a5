//! A validator of the part of JSON Schema that the protocol's definitions use.

use serde_json::Value;
use std::sync::OnceLock;

/// The few definitions that the tests have always.
fn own() -> &'static Value {
    static OWN: OnceLock<Value> = OnceLock::new();
    OWN.get_or_init(|| serde_json::from_str(include_str!("definitions.json")).unwrap())
}

/// The definitions of a revision, if a folder of them was given.
fn official(revision: &str) -> Option<Value> {
    let folder = std::env::var_os("MCP_SCHEMAS")?;
    let path = std::path::Path::new(&folder).join(revision).join("schema.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Some(serde_json::from_str(&text).unwrap())
}

/// Fails unless a value is what a definition of a revision says.
pub(crate) fn must_be(revision: &str, definition: &str, value: &Value) {
    let is_modern = revision >= "2026-07-28";
    let name = if is_modern { format!("{definition}.2026") } else { definition.to_owned() };
    let mut checked = 0;
    for name in [definition, &name] {
        if let Some(schema) = own()["$defs"].get(name) {
            check(own(), schema, value, name);
            checked += 1;
        }
    }
    assert!(checked > 0, "no definition of {definition}");
    if let Some(official) = official(revision) {
        let definitions = official.get("$defs").or_else(|| official.get("definitions")).unwrap();
        if let Some(schema) = definitions.get(definition) {
            check(&official, schema, value, definition);
        }
    }
}

/// Fails unless a message is an answer: a result or an error.
pub(crate) fn must_be_answer(revision: &str, message: &Value) {
    // The names of the definitions have changed.
    let names = match revision {
        "2025-11-25" | "2026-07-28" => ["JSONRPCResultResponse", "JSONRPCErrorResponse"],
        _ => ["JSONRPCResponse", "JSONRPCError"],
    };
    must_be(revision, names[usize::from(message.get("error").is_some())], message);
}

fn check(root: &Value, schema: &Value, value: &Value, what: &str) {
    if let Err(why) = validate(root, schema, value, "$") {
        panic!("not a {what}: {why}\n{value:#}");
    }
}

/// Says where and why a value is not what a schema asks for.
pub(crate) fn validate(
    root: &Value,
    schema: &Value,
    value: &Value,
    at: &str,
) -> Result<(), String> {
    let Value::Object(keywords) = schema else {
        return if schema == &Value::Bool(false) {
            Err(format!("{at} must not be"))
        } else {
            Ok(())
        };
    };
    for (keyword, wanted) in keywords {
        let fine = match keyword.as_str() {
            "$ref" => {
                let pointer = wanted.as_str().unwrap().trim_start_matches('#');
                let target = root.pointer(pointer).ok_or(format!("no {pointer}"))?;
                validate(root, target, value, at)?;
                true
            }
            "type" => match wanted {
                Value::Array(types) => types.iter().any(|one| is_of(value, one)),
                one => is_of(value, one),
            },
            "const" => value == wanted,
            "enum" => wanted.as_array().unwrap().contains(value),
            "minimum" => value.as_f64().is_none_or(|n| n >= wanted.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|n| n <= wanted.as_f64().unwrap()),
            "minItems" => {
                value.as_array().is_none_or(|items| items.len() as u64 >= wanted.as_u64().unwrap())
            }
            "required" => value.as_object().is_none_or(|fields| {
                wanted
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|name| fields.contains_key(name.as_str().unwrap()))
            }),
            "properties" => {
                for (name, schema) in wanted.as_object().unwrap() {
                    if let Some(inner) = value.get(name) {
                        validate(root, schema, inner, &format!("{at}.{name}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = keywords.get("properties").and_then(Value::as_object);
                for (name, inner) in value.as_object().into_iter().flatten() {
                    if known.is_none_or(|known| !known.contains_key(name)) {
                        validate(root, wanted, inner, &format!("{at}.{name}"))?;
                    }
                }
                true
            }
            "items" => {
                for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
                    validate(root, wanted, inner, &format!("{at}[{index}]"))?;
                }
                true
            }
            "allOf" => {
                for one in wanted.as_array().unwrap() {
                    validate(root, one, value, at)?;
                }
                true
            }
            "anyOf" => {
                wanted.as_array().unwrap().iter().any(|one| validate(root, one, value, at).is_ok())
            }
            "oneOf" => {
                let fits = |one: &&Value| validate(root, one, value, at).is_ok();
                wanted.as_array().unwrap().iter().filter(fits).count() == 1
            }
            "$schema" | "$id" | "$defs" | "definitions" | "description" | "title" | "default"
            | "format" | "examples" | "deprecated" => true,
            other => return Err(format!("the validator knows no '{other}'")),
        };
        if !fine {
            return Err(format!("{at} breaks {keyword}: {wanted}"));
        }
    }
    Ok(())
}

fn is_of(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        other => panic!("no type {other}"),
    }
}
