//! Which tools of extensions clients are offered: a name or a schema that is none has clients
//! refuse the whole list, or their model every call.

use super::options::Options;
use crate::host::imp::ToolDefinition;
use rmcp::model::Tool;
use serde_json::Value;
use std::io::Write as _;

/// The longest name.
const LONGEST: usize = 128;

/// What a schema's `type` may say.
const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "integer", "string"];

/// How deep a schema is looked at.
const DEEPEST: usize = 16;

/// Returns the extensions' tools that clients can take, without those whose names are taken.
/// Says on standard error, the log of a server, which are not offered, and why.
pub(super) fn offered(options: &Options, own: &[Tool]) -> Vec<ToolDefinition> {
    let mut all = options.extensions.as_ref().map(|all| all.tools()).unwrap_or_default();
    all.retain(|tool| {
        let taken = own.iter().any(|own| own.name == tool.name);
        let taken = taken.then(|| "the server has one of that name".to_owned());
        let Some(why) = unfit(tool).or(taken) else { return true };
        let name: String = tool.name.chars().take(60).collect();
        let (name, why) = (name.escape_debug(), why.escape_debug());
        let text = format!("moonfuel: the tool '{name}' of an extension is not offered: {why}\n");
        // It goes on when nobody listens.
        let _ = std::io::stderr().write_all(text.as_bytes());
        false
    });
    all
}

/// Says why clients could not take a tool.
fn unfit(tool: &ToolDefinition) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let length = tool.name.len();
    if !(1..=LONGEST).contains(&length) || !tool.name.bytes().all(plain) {
        return Some(format!(
            "names have 1 to {LONGEST} of the letters a to z and A to Z, digits, `_`, `-` and `.`"
        ));
    }
    fault(&tool.schema, "params", 0)
}

/// Says what is wrong with a schema, as far as clients look at it.
fn fault(schema: &Value, at: &str, depth: usize) -> Option<String> {
    let fields = match schema {
        Value::Bool(_) => return None,
        // A table without fields is an empty list as well.
        Value::Array(items) if items.is_empty() => return None,
        Value::Object(fields) => fields,
        _ => return Some(format!("{at} is no schema")),
    };
    let is_type = |kind: &Value| kind.as_str().is_some_and(|kind| TYPES.contains(&kind));
    let typed = match fields.get("type") {
        // What parameters are is said for all tools.
        _ if depth == 0 => true,
        None => true,
        Some(Value::Array(kinds)) => !kinds.is_empty() && kinds.iter().all(is_type),
        Some(kind) => is_type(kind),
    };
    if !typed {
        return Some(format!("{at}.type is none of {}", TYPES.join(", ")));
    }
    let required = match fields.get("required") {
        None => true,
        Some(Value::Array(names)) => names.iter().all(Value::is_string),
        Some(_) => false,
    };
    if !required {
        return Some(format!("{at}.required is no list of names"));
    }
    if depth >= DEEPEST {
        return None;
    }
    let items =
        fields.get("items").and_then(|items| fault(items, &format!("{at}.items"), depth + 1));
    let properties = || match fields.get("properties")? {
        Value::Object(properties) => properties
            .iter()
            .find_map(|(name, schema)| fault(schema, &format!("{at}.{name}"), depth + 1)),
        Value::Array(items) if items.is_empty() => None,
        _ => Some(format!("{at}.properties is no table of schemas")),
    };
    items.or_else(properties)
}

/// Makes objects of the empty lists in a schema that stand for schemas: Lua's tables without
/// fields.
pub(super) fn with_objects(schema: &mut Value, depth: usize) {
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    if empty(schema) {
        *schema = Value::Object(serde_json::Map::new());
    }
    let Some(fields) = schema.as_object_mut().filter(|_| depth < DEEPEST) else { return };
    if let Some(items) = fields.get_mut("items") {
        with_objects(items, depth + 1);
    }
    if let Some(properties) = fields.get_mut("properties") {
        if empty(properties) {
            *properties = Value::Object(serde_json::Map::new());
        }
        for property in properties.as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
            with_objects(property, depth + 1);
        }
    }
}
