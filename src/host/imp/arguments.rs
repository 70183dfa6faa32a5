//! The arguments of a tool's call, held against the schema of its parameters.

use serde_json::{Map, Value};

/// Says what is wrong with the arguments of a call, for whoever made it: a parameter that must
/// be there is not, or has a value of another type. What a schema says beyond that is left to
/// the tool.
pub(super) fn fault(tool: &str, schema: &Value, arguments: &Value) -> Option<String> {
    let none = Map::new();
    let arguments = arguments.as_object().unwrap_or(&none);
    let types = |name: &str| types(&schema["properties"][name]);
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let is_there = |name: &&str| match arguments.get(*name) {
        None => false,
        // What has no plain type may be anything.
        Some(Value::Null) => types(name).is_empty() || types(name).contains(&"null"),
        Some(_) => true,
    };
    let missing = required.filter(|name| !is_there(name)).map(|name| match &types(name)[..] {
        [] => format!("the parameter '{name}' is missing"),
        types => format!("the parameter '{name}' is missing: it must be {}", words(types)),
    });
    // Where something may be left out, null is nothing.
    let given = arguments.iter().filter(|(_, value)| !value.is_null());
    let wrong = given.filter_map(|(name, value)| {
        let types = types(name);
        let is_wrong = !types.is_empty() && !types.iter().any(|of| is_of(value, of));
        let must = words(&types);
        let found = if value.is_number() { value.to_string() } else { kind(value).to_owned() };
        is_wrong.then(|| format!("the parameter '{name}' must be {must}, not {found}"))
    });
    let faults: Vec<String> = missing.chain(wrong).collect();
    (!faults.is_empty()).then(|| format!("{tool}: {}", faults.join("; ")))
}

/// The types of JSON Schema, and how they are called.
const TYPES: [(&str, &str); 7] = [
    ("null", "null"),
    ("boolean", "a boolean"),
    ("integer", "a whole number"),
    ("number", "a number"),
    ("string", "a string"),
    ("array", "an array"),
    ("object", "an object"),
];

/// Returns the types that a property may have; nothing, if its schema names none, or one that
/// JSON has not.
fn types(property: &Value) -> Vec<&str> {
    let named: Vec<&str> = match &property["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is_known = |name: &&str| TYPES.iter().any(|(known, _)| known == name);
    if named.iter().all(is_known) { named } else { Vec::new() }
}

fn is_of(value: &Value, of: &str) -> bool {
    match value {
        // Some clients write whole numbers as floats, and Lua takes them as such.
        Value::Number(number) if of == "integer" => {
            number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        // An empty table of a script is either.
        Value::Array(items) if of == "object" => items.is_empty(),
        Value::Object(fields) if of == "array" => fields.is_empty(),
        other => name(other) == of,
    }
}

/// Returns a value's type in JSON Schema; that of any number is `number`.
fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn word(of: &str) -> &str {
    TYPES.iter().find(|(name, _)| *name == of).map_or(of, |(_, word)| word)
}

fn words(types: &[&str]) -> String {
    let words: Vec<&str> = types.iter().map(|of| word(of)).collect();
    words.join(" or ")
}

/// Says what a value is.
pub(crate) fn kind(value: &Value) -> &'static str {
    word(name(value))
}
