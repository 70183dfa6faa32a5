//! What is wrong with schemas that could be read all the same: keywords with values of another
//! type, and descriptions that no value meets.

use super::{ANYTHING, Node, SETTLED};
use serde_json::{Map, Value};

/// What the value of a keyword is to be, in words, and what tells whether it is.
type Kind = (&'static str, fn(&Value) -> bool);

const SCHEMA: Kind = ("a schema", |value| value.is_object() || value.is_boolean());
const NAMED: Kind = ("an object of schemas", |value| {
    value.as_object().is_some_and(|named| named.values().all(SCHEMA.1))
});
const LISTED: Kind = ("a list of schemas, and not empty", |value| {
    value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(SCHEMA.1))
});
const NAMES: Kind = ("a list of names", |value| {
    value.as_array().is_some_and(|list| list.iter().all(Value::is_string))
});
const COUNT: Kind = ("a whole number from 0", |value| value.as_u64().is_some());
const NUMBER: Kind = ("a number", Value::is_number);
const TEXT: Kind = ("a text", Value::is_string);

const KEYWORDS: [(&str, Kind); 18] = [
    ("$ref", TEXT),
    ("$defs", NAMED),
    ("definitions", NAMED),
    ("properties", NAMED),
    ("required", NAMES),
    ("additionalProperties", SCHEMA),
    ("items", SCHEMA),
    ("prefixItems", LISTED),
    ("anyOf", LISTED),
    ("oneOf", LISTED),
    ("minItems", COUNT),
    ("maxItems", COUNT),
    ("minLength", COUNT),
    ("maxLength", COUNT),
    ("minimum", NUMBER),
    ("maximum", NUMBER),
    ("exclusiveMinimum", NUMBER),
    ("exclusiveMaximum", NUMBER),
];

/// Checks that keywords have values of their types.
pub(super) fn keywords(schema: &Map<String, Value>) -> Result<(), String> {
    for (name, (what, is_it)) in KEYWORDS {
        if schema.get(name).is_some_and(|value| !is_it(value)) {
            return Err(format!("`{name}` is {what}"));
        }
    }
    Ok(())
}

/// Returns which nodes some value meets.
pub(super) fn possible(nodes: &[Node]) -> Vec<bool> {
    let mut possible = vec![false; nodes.len()];
    // Who waits for a node to be possible.
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut changed: Vec<usize> = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        each(node, |other| waiting.get_mut(other).into_iter().for_each(|who| who.push(at)));
        if is_possible(node, &possible) {
            possible[at] = true;
            changed.push(at);
        }
    }
    while let Some(at) = changed.pop() {
        for who in std::mem::take(&mut waiting[at]) {
            if !possible[who] && is_possible(&nodes[who], &possible) {
                possible[who] = true;
                changed.push(who);
            }
        }
    }
    possible
}

/// Visits the nodes that are to be possible, or of which one is, for a node to be.
fn each(node: &Node, mut visit: impl FnMut(usize)) {
    match node {
        Node::Same(other) => visit(*other),
        Node::OneOf(others) => others.iter().copied().for_each(visit),
        Node::Array { first, items, min, .. } => {
            (0..*min).map_while(|n| first.get(n)).copied().for_each(&mut visit);
            items.iter().copied().for_each(visit);
        }
        Node::Object { fields, .. } => {
            fields.iter().filter(|field| field.required).for_each(|field| visit(field.node));
        }
        _ => {}
    }
}

fn is_possible(node: &Node, possible: &[bool]) -> bool {
    let is = |at: &usize| {
        *at == ANYTHING || *at == SETTLED || possible.get(*at).copied().unwrap_or_default()
    };
    match node {
        Node::Nothing => false,
        Node::Same(other) => is(other),
        Node::OneOf(others) => others.iter().any(is),
        Node::Fixed(values) => !values.is_empty(),
        Node::Array { first, items, min, max } => {
            min <= max
                && first.iter().take(*min).all(is)
                && (*min <= first.len() || items.as_ref().is_some_and(is))
        }
        Node::Object { fields, .. } => {
            fields.iter().all(|field| !field.required || is(&field.node))
        }
        Node::Text { min, max } => min <= max,
        _ => true,
    }
}

/// Takes out of a node what no value meets, so that nothing of the kind is made.
pub(super) fn narrow(node: &mut Node, possible: &[bool]) {
    let is = |at: &usize| possible.get(*at).copied().unwrap_or_default();
    match node {
        Node::OneOf(nodes) => nodes.retain(is),
        Node::Array { first, items, max, .. } => {
            let some = first.iter().position(|node| !is(node)).unwrap_or(first.len());
            if some < first.len() || !items.as_ref().is_some_and(is) {
                first.truncate(some);
                (*items, *max) = (None, some.min(*max));
            }
        }
        Node::Object { fields, more } => {
            fields.iter_mut().for_each(|field| field.possible = is(&field.node));
            *more = more.filter(is);
        }
        _ => {}
    }
}
