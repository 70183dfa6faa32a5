//! What inputs may be: a part of JSON Schema, or the shape of an example.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

mod check;

/// Most references that lead from one to the next.
const MOST_REFERENCES: usize = 64;
/// Longest strings and arrays where the schema names no maximum.
const LONGEST: usize = 4096;
/// Elements of an example's array that count as different.
const ALTERNATIVES: usize = 8;

/// Keywords that say nothing about what a value may be, or that inputs may pass over.
const REMARKS: [&str; 17] = [
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "format",
    "contentEncoding",
    "contentMediaType",
    "$vocabulary",
];

/// What the values of a campaign may be: see [`Schema::new`] and [`Schema::of_example`].
///
/// ```
/// use moonfuel::fuzz::Schema;
/// use serde_json::json;
///
/// let schema = Schema::new(&json!({
///     "type": "object",
///     "properties": {"name": {"type": "string", "maxLength": 8}, "age": {"type": "integer"}},
///     "required": ["name"],
/// }))?;
/// assert!(schema.accepts(&json!({"name": "Ada"})));
/// assert!(!schema.accepts(&json!({"name": "Ada", "age": 1.5})));
///
/// let schema = Schema::of_example(&json!({"name": "Ada", "tags": ["a"]}));
/// assert!(schema.accepts(&json!({"name": "", "tags": []})));
/// assert!(!schema.accepts(&json!({"name": 1, "tags": []})));
/// # Ok::<(), moonfuel::fuzz::SchemaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Schema {
    nodes: Vec<Node>,
}

/// A schema that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schema cannot be followed: {message} (at {path})")]
#[non_exhaustive]
pub struct SchemaError {
    /// Where, as a JSON pointer.
    pub path: String,
    /// Why.
    pub message: String,
}

/// What one value may be. Others are named by their number.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Any,
    Nothing,
    Same(usize),
    Fixed(Vec<Value>),
    Null,
    Boolean,
    Integer { min: i64, max: i64, step: i64 },
    Number { min: f64, max: f64 },
    Text { min: usize, max: usize },
    Array { first: Vec<usize>, items: Option<usize>, min: usize, max: usize },
    Object { fields: Vec<Field>, more: Option<usize> },
    OneOf(Vec<usize>),
}

/// A named member of an object.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) node: usize,
    pub(super) required: bool,
    /// There is a value that it may have.
    pub(super) possible: bool,
}

/// The number of the first node.
pub(super) const ROOT: usize = 0;
/// The number of what is in a value of any kind.
pub(super) const ANYTHING: usize = usize::MAX;
/// The number of what is in a value that is one of a list: it is not changed by itself.
pub(super) const SETTLED: usize = usize::MAX - 1;

impl Schema {
    /// Reads a JSON Schema: `type`, `const`, `enum`, `properties`, `required`,
    /// `additionalProperties`, `items`, `prefixItems`, lengths and bounds, `multipleOf` of
    /// integers, `anyOf`, `oneOf`, and `$ref` within the document. Objects have no members but
    /// those named, unless `additionalProperties` says which. `format` is not looked at.
    ///
    /// # Errors
    /// When another keyword would restrict values, the schema is none, or no value meets it.
    pub fn new(schema: &Value) -> Result<Schema, SchemaError> {
        let mut reader = Reader {
            document: schema,
            nodes: Vec::new(),
            waiting: Vec::new(),
            known: BTreeMap::new(),
        };
        reader.add("#".to_owned(), schema, None);
        while let Some(Waiting { node, path, schema, kind }) = reader.waiting.pop() {
            let made = reader.read(&path, schema, kind);
            reader.nodes[node] = made.map_err(|message| SchemaError { path, message })?;
        }
        let possible = check::possible(&reader.nodes);
        if possible.first() != Some(&true) {
            let message = "no value is as it asks".to_owned();
            return Err(SchemaError { path: "#".to_owned(), message });
        }
        let mut nodes = reader.nodes;
        nodes.iter_mut().for_each(|node| check::narrow(node, &possible));
        Ok(Schema { nodes })
    }

    /// Makes the schema of values like an example: objects with the same members, arrays with
    /// elements like those there, strings, numbers and booleans where such are. Where the
    /// example has null or an empty array or object, anything may be in its place, or in it.
    pub fn of_example(example: &Value) -> Schema {
        let mut nodes = vec![Node::Any];
        let mut waiting = vec![(ROOT, example)];
        while let Some((at, value)) = waiting.pop() {
            let mut add = |value| {
                nodes.push(Node::Any);
                waiting.push((nodes.len() - 1, value));
                nodes.len() - 1
            };
            let node = match value {
                Value::Null => Node::Any,
                Value::Bool(_) => Node::Boolean,
                Value::Number(number) if number.is_i64() => {
                    Node::Integer { min: i64::MIN, max: i64::MAX, step: 1 }
                }
                Value::Number(_) => Node::Number { min: f64::MIN, max: f64::MAX },
                Value::String(_) => Node::Text { min: 0, max: LONGEST },
                Value::Array(items) => {
                    let mut kinds: Vec<&Value> = Vec::new();
                    for item in items {
                        let known = kinds.iter().any(|kind| is_alike(kind, item));
                        if !known && kinds.len() < ALTERNATIVES {
                            kinds.push(item);
                        }
                    }
                    let mut kinds: Vec<usize> = kinds.into_iter().map(add).collect();
                    let items = match kinds.len() {
                        0 => {
                            nodes.push(Node::Any);
                            nodes.len() - 1
                        }
                        1 => kinds.remove(0),
                        _ => {
                            nodes.push(Node::OneOf(kinds));
                            nodes.len() - 1
                        }
                    };
                    Node::Array { first: Vec::new(), items: Some(items), min: 0, max: LONGEST }
                }
                Value::Object(members) if members.is_empty() => {
                    nodes.push(Node::Any);
                    Node::Object { fields: Vec::new(), more: Some(nodes.len() - 1) }
                }
                Value::Object(members) => {
                    let field = |(name, value): (&String, _)| Field {
                        name: name.clone(),
                        node: add(value),
                        required: true,
                        possible: true,
                    };
                    Node::Object { fields: members.iter().map(field).collect(), more: None }
                }
            };
            nodes[at] = node;
        }
        Schema { nodes }
    }

    /// Makes the schema that accepts every value.
    pub fn any() -> Schema {
        Schema { nodes: vec![Node::Any] }
    }

    /// Tells whether a value is one of the schema's.
    pub fn accepts(&self, value: &Value) -> bool {
        self.fits(ROOT, value)
    }

    /// Returns a node that is no reference.
    pub(super) fn node(&self, at: usize) -> &Node {
        let mut at = at;
        for _ in 0..MOST_REFERENCES {
            match self.nodes.get(at) {
                Some(Node::Same(other)) => at = *other,
                Some(node) => return node,
                None if at == ANYTHING => return &Node::Any,
                None => break,
            }
        }
        &Node::Nothing
    }

    /// Returns the node that tells what a value is: of alternatives the first that fits.
    pub(super) fn node_of(&self, at: usize, value: &Value) -> &Node {
        let mut node = self.node(at);
        for _ in 0..MOST_REFERENCES {
            let Node::OneOf(nodes) = node else { break };
            let fitting = nodes.iter().find(|node| self.fits(**node, value));
            match fitting.or(nodes.first()) {
                Some(at) => node = self.node(*at),
                None => break,
            }
        }
        node
    }

    /// Tells whether a value is one of a node's. Goes as deep as the value, which is at most
    /// 128 levels: it was read from a text, or made here.
    pub(super) fn fits(&self, at: usize, value: &Value) -> bool {
        match (self.node(at), value) {
            (Node::Any, _) => true,
            (Node::Fixed(values), value) => values.contains(value),
            (Node::OneOf(nodes), value) => nodes.iter().any(|node| self.fits(*node, value)),
            (Node::Null, Value::Null) | (Node::Boolean, Value::Bool(_)) => true,
            (Node::Integer { min, max, step }, Value::Number(number)) => number
                .as_i64()
                .is_some_and(|n| n >= *min && n <= *max && n.checked_rem(*step) == Some(0)),
            (Node::Number { min, max }, Value::Number(number)) => {
                number.as_f64().is_some_and(|number| number >= *min && number <= *max)
            }
            (Node::Text { min, max }, Value::String(text)) => {
                text.len() >= *min
                    && (text.len() <= *max || text.chars().count() <= *max)
                    && (*min == 0 || text.chars().count() >= *min)
            }
            (Node::Array { first, items, min, max }, Value::Array(values)) => {
                values.len() >= *min
                    && values.len() <= *max
                    && values.iter().enumerate().all(|(n, value)| {
                        first.get(n).or(items.as_ref()).is_some_and(|node| self.fits(*node, value))
                    })
            }
            (Node::Object { fields, more }, Value::Object(members)) => {
                fields.iter().all(|field| !field.required || members.contains_key(&field.name))
                    && members.iter().all(|(name, value)| {
                        let field = fields.iter().find(|field| field.name == *name);
                        field
                            .map(|field| field.node)
                            .or(*more)
                            .is_some_and(|at| self.fits(at, value))
                    })
            }
            _ => false,
        }
    }
}

/// Tells whether two elements of an example are of one kind.
fn is_alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => a.keys().eq(b.keys()),
        (Value::Number(a), Value::Number(b)) => a.is_i64() == b.is_i64(),
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

/// A schema that is to be read.
struct Waiting<'a> {
    node: usize,
    path: String,
    schema: &'a Value,
    /// The one of its types that is meant.
    kind: Option<&'a str>,
}

struct Reader<'a> {
    document: &'a Value,
    nodes: Vec<Node>,
    waiting: Vec<Waiting<'a>>,
    /// Nodes by where they stand.
    known: BTreeMap<String, usize>,
}

impl<'a> Reader<'a> {
    /// Makes room for a node that is read later.
    fn add(&mut self, path: String, schema: &'a Value, kind: Option<&'a str>) -> usize {
        let node = self.nodes.len();
        self.nodes.push(Node::Nothing);
        if kind.is_none() {
            self.known.insert(path.clone(), node);
        }
        self.waiting.push(Waiting { node, path, schema, kind });
        node
    }

    fn read(
        &mut self,
        path: &str,
        whole: &'a Value,
        kind: Option<&'a str>,
    ) -> Result<Node, String> {
        let schema = match whole {
            Value::Bool(true) => return Ok(Node::Any),
            Value::Bool(false) => return Ok(Node::Nothing),
            Value::Object(schema) => schema,
            _ => return Err("a schema is an object or a boolean".to_owned()),
        };
        check::keywords(schema)?;
        if let Some(reference) = schema.get("$ref") {
            only(schema, &["$ref"])?;
            return self.reference(reference.as_str().unwrap_or_default());
        }
        if let Some(value) = schema.get("const") {
            return Ok(Node::Fixed(vec![value.clone()]));
        }
        if let Some(values) = schema.get("enum") {
            return match values.as_array() {
                Some(values) if !values.is_empty() => Ok(Node::Fixed(values.clone())),
                _ => Err("`enum` is a list of values".to_owned()),
            };
        }
        for name in ["anyOf", "oneOf"] {
            if let Some(alternatives) = schema.get(name) {
                only(schema, &[name])?;
                let list = alternatives.as_array().ok_or("alternatives are a list")?;
                let add = |(n, one)| self.add(format!("{path}/{name}/{n}"), one, None);
                return Ok(Node::OneOf(list.iter().enumerate().map(add).collect()));
            }
        }
        let kind = match (kind, schema.get("type")) {
            (Some(kind), _) => Some(kind),
            (None, Some(Value::String(kind))) => Some(kind.as_str()),
            (None, Some(Value::Array(kinds))) => {
                let mut nodes = Vec::new();
                for kind in kinds {
                    let kind = kind.as_str().ok_or("a type is a name")?;
                    nodes.push(self.add(path.to_owned(), whole, Some(kind)));
                }
                return Ok(Node::OneOf(nodes));
            }
            (None, Some(_)) => return Err("`type` is a name or a list of names".to_owned()),
            (None, None) => kind_of(schema),
        };
        match kind {
            None => only(schema, &[]).map(|()| Node::Any),
            Some("null") => Ok(Node::Null),
            Some("boolean") => Ok(Node::Boolean),
            Some("integer") => integer(schema),
            Some("number") => number(schema),
            Some("string") => {
                only(schema, &["minLength", "maxLength", "type"])?;
                let (min, max) = lengths(schema, "minLength", "maxLength")?;
                Ok(Node::Text { min, max })
            }
            Some("array") => self.array(path, schema),
            Some("object") => self.object(path, schema),
            Some(other) => Err(format!("there is no type `{other}`")),
        }
    }

    fn reference(&mut self, reference: &str) -> Result<Node, String> {
        if let Some(node) = self.known.get(reference) {
            return Ok(Node::Same(*node));
        }
        let schema = self.at(reference).ok_or_else(|| format!("`{reference}` is not there"))?;
        Ok(Node::Same(self.add(reference.to_owned(), schema, None)))
    }

    /// Returns what a pointer leads to.
    fn at(&self, reference: &str) -> Option<&'a Value> {
        self.document.pointer(reference.strip_prefix('#')?)
    }

    fn array(&mut self, path: &str, schema: &'a Map<String, Value>) -> Result<Node, String> {
        only(schema, &["items", "prefixItems", "minItems", "maxItems", "type"])?;
        let (min, max) = lengths(schema, "minItems", "maxItems")?;
        let mut first = Vec::new();
        for (n, one) in
            schema.get("prefixItems").and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            first.push(self.add(format!("{path}/prefixItems/{n}"), one, None));
        }
        let items = match schema.get("items") {
            Some(Value::Bool(false)) => None,
            Some(one) => Some(self.add(format!("{path}/items"), one, None)),
            None if first.is_empty() => Some(self.any()),
            None => None,
        };
        let max = if items.is_none() { max.min(first.len()) } else { max };
        Ok(Node::Array { first, items, min, max })
    }

    fn object(&mut self, path: &str, schema: &'a Map<String, Value>) -> Result<Node, String> {
        only(schema, &["properties", "required", "additionalProperties", "type"])?;
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let mut fields = Vec::new();
        for (name, one) in schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let place = name.replace('~', "~0").replace('/', "~1");
            let node = self.add(format!("{path}/properties/{place}"), one, None);
            let required = required.contains(&name.as_str());
            fields.push(Field { name: name.clone(), node, required, possible: true });
        }
        let more = match schema.get("additionalProperties") {
            None | Some(Value::Bool(false)) => None,
            Some(one) => Some(self.add(format!("{path}/additionalProperties"), one, None)),
        };
        for name in required {
            if !fields.iter().any(|field| field.name == name) {
                let node = match more {
                    Some(node) => node,
                    None => self.any(),
                };
                fields.push(Field { name: name.to_owned(), node, required: true, possible: true });
            }
        }
        Ok(Node::Object { fields, more })
    }

    fn any(&mut self) -> usize {
        self.nodes.push(Node::Any);
        self.nodes.len() - 1
    }
}

/// Finds out what a schema without a type is about.
fn kind_of(schema: &Map<String, Value>) -> Option<&'static str> {
    let about = |names: &[&str]| names.iter().any(|name| schema.contains_key(*name));
    if about(&["properties", "required", "additionalProperties"]) {
        Some("object")
    } else if about(&["items", "prefixItems", "minItems", "maxItems"]) {
        Some("array")
    } else if about(&["minLength", "maxLength"]) {
        Some("string")
    } else if about(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]) {
        Some("number")
    } else {
        None
    }
}

/// Refuses keywords that are neither among these nor remarks.
fn only(schema: &Map<String, Value>, names: &[&str]) -> Result<(), String> {
    // With a list of types, those of the others are there too.
    let several = schema.get("type").is_some_and(Value::is_array);
    const KNOWN: [&str; 14] = [
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "prefixItems",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
    ];
    for name in schema.keys().map(String::as_str) {
        let known = names.contains(&name) || REMARKS.contains(&name);
        if !(known || several && KNOWN.contains(&name)) {
            return Err(format!("the keyword `{name}` is not supported here"));
        }
    }
    Ok(())
}

/// The most that a schema may ask for at least.
const LARGEST: usize = 1 << 16;

fn lengths(schema: &Map<String, Value>, min: &str, max: &str) -> Result<(usize, usize), String> {
    let length = |name: &str| {
        let number = schema.get(name).and_then(Value::as_u64)?;
        usize::try_from(number).ok()
    };
    let (least, most) = (length(min).unwrap_or(0), length(max));
    if least > LARGEST {
        return Err(format!("`{min}` is more than {LARGEST}"));
    }
    Ok((least, most.unwrap_or(LONGEST.max(least))))
}

const BOUNDS: [&str; 6] =
    ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "type"];

fn integer(schema: &Map<String, Value>) -> Result<Node, String> {
    only(schema, &BOUNDS)?;
    let step = match schema.get("multipleOf") {
        None => 1,
        Some(step) => {
            step.as_i64().filter(|step| *step > 0).ok_or("`multipleOf` is a whole number here")?
        }
    };
    let (min, max) = bounds(schema, step.into());
    match (i64::try_from(min), i64::try_from(max)) {
        (Ok(min), Ok(max)) if min <= max => Ok(Node::Integer { min, max, step }),
        _ => Err("no number is within its bounds".to_owned()),
    }
}

/// Returns the least and the largest multiple of a step that are within the bounds of a schema,
/// and of integers.
fn bounds(schema: &Map<String, Value>, step: i128) -> (i128, i128) {
    let bound = |name: &str, round: fn(f64) -> f64| {
        let limit = schema.get(name)?;
        // What is no integer may lie beyond them all.
        let float = || limit.as_f64().map(|limit| round(limit) as i128);
        limit.as_i64().map(i128::from).or_else(float)
    };
    let above = |limit: i128| limit.saturating_add(1);
    let below = |limit: i128| limit.saturating_sub(1);
    let least = [bound("minimum", f64::ceil), bound("exclusiveMinimum", f64::floor).map(above)];
    let most = [bound("maximum", f64::floor), bound("exclusiveMaximum", f64::ceil).map(below)];
    let min = least.into_iter().flatten().fold(i64::MIN.into(), i128::max);
    let max = most.into_iter().flatten().fold(i64::MAX.into(), i128::min);
    let down = max.saturating_sub(max.rem_euclid(step));
    (min.saturating_add((-min).rem_euclid(step)), down)
}

fn number(schema: &Map<String, Value>) -> Result<Node, String> {
    only(schema, &BOUNDS[..4].iter().chain(&["type"]).copied().collect::<Vec<_>>())?;
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let mut min = bound("minimum").unwrap_or(f64::MIN);
    let mut max = bound("maximum").unwrap_or(f64::MAX);
    if let Some(limit) = bound("exclusiveMinimum") {
        min = min.max(limit.next_up());
    }
    if let Some(limit) = bound("exclusiveMaximum") {
        max = max.min(limit.next_down());
    }
    if min > max {
        return Err("no number is within its bounds".to_owned());
    }
    Ok(Node::Number { min, max })
}
