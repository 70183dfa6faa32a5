//! The JSON Schema of a tool's parameters.

use serde_json::{Map, Value, json};

/// What makes a table of parameters a schema, and not a list of names.
const OF_SCHEMA: [&str; 7] = ["type", "properties", "required", "anyOf", "oneOf", "allOf", "$ref"];

/// Makes the schema of what a script gives as `params`: a whole schema stays as it is; the
/// short form `{name = {type = "string", required = true}}` becomes one.
pub(super) fn schema(params: Value) -> Value {
    let Value::Object(params) = params else {
        return json!({"type": "object", "properties": {}});
    };
    if OF_SCHEMA.iter().any(|key| params.contains_key(*key)) {
        return Value::Object(params);
    }
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, mut property) in params {
        if let Value::Object(property) = &mut property
            && property.shift_remove("required") == Some(Value::Bool(true))
        {
            required.push(Value::String(name.clone()));
        }
        properties.insert(name, property);
    }
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    Value::Object(schema)
}
