//! Declarations as JSON Schema: what tool lists of models are made of.

use super::kind::Kind;
use crate::Declaration;
use serde_json::{Map, Value, json};

/// Returns a description of each function as tools are described: `name`, `description`,
/// `parameters` and `returns` as JSON Schema, and hints in MCP's words.
pub(super) fn json_schema(declarations: &[Declaration]) -> Value {
    declarations.iter().map(schema_of).collect()
}

/// The same as text.
pub(super) fn text(declarations: &[Declaration]) -> String {
    let text = serde_json::to_string_pretty(&json_schema(declarations));
    format!("{}\n", text.unwrap_or_default())
}

fn schema_of(declaration: &Declaration) -> Value {
    let mut properties = Map::new();
    for parameter in &declaration.parameters {
        let mut schema = of_kind(&Kind::read(&parameter.kind));
        if !parameter.doc.is_empty() {
            schema["description"] = parameter.doc.as_str().into();
        }
        properties.insert(parameter.name.clone(), schema);
    }
    let required = declaration.parameters.iter().filter(|parameter| !parameter.optional);
    let required: Vec<&str> = required.map(|parameter| parameter.name.as_str()).collect();
    let looks = declaration.tier == crate::Tier::ReadOnly;
    let reaches = declaration.effects.contains(&crate::Effect::Net);
    let effects: Vec<&str> = declaration.effects.iter().map(|effect| effect.name()).collect();
    json!({
        "name": declaration.path(),
        "description": declaration.doc,
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        },
        "returns": of_kind(&Kind::read(&declaration.result)),
        "annotations": {
            "readOnlyHint": looks,
            "idempotentHint": declaration.idempotent,
            "openWorldHint": reaches,
        },
        "tier": declaration.tier.name(),
        "effects": effects,
    })
}

/// Returns the schema of a type.
fn of_kind(kind: &Kind) -> Value {
    // Types are read at most so deep, and so is this recursion.
    match kind {
        Kind::Any => json!({}),
        Kind::Literal(text) => json!({ "const": text }),
        Kind::Name(name) => match name.as_str() {
            "string" | "integer" | "number" | "boolean" => json!({ "type": name }),
            "true" => json!({ "const": true }),
            "false" => json!({ "const": false }),
            "nil" => json!({ "type": "null" }),
            "table" => json!({ "type": "object" }),
            _ => json!({}),
        },
        Kind::Array(item) => json!({ "type": "array", "items": of_kind(item) }),
        Kind::Union(kinds) => {
            let literal = |kind: &Kind| match kind {
                Kind::Literal(text) => Some(Value::from(text.as_str())),
                _ => None,
            };
            match kinds.iter().map(literal).collect::<Option<Vec<Value>>>() {
                Some(values) => json!({ "enum": values }),
                None => json!({ "anyOf": kinds.iter().map(of_kind).collect::<Vec<_>>() }),
            }
        }
        Kind::Fields(fields) => {
            let properties: Map<String, Value> =
                fields.iter().map(|(name, _, kind)| (name.clone(), of_kind(kind))).collect();
            let required = fields.iter().filter(|(_, optional, _)| !optional);
            let required: Vec<&str> = required.map(|(name, _, _)| name.as_str()).collect();
            json!({ "type": "object", "properties": properties, "required": required })
        }
    }
}
