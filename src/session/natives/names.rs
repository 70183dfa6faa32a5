//! The names that a line can go on with: globals, their fields, methods.

use crate::vm::heap::meta::Event;
use crate::vm::heap::table::Table;
use crate::vm::heap::value::{Type, Value};
use crate::vm::state::context::Context;
use std::collections::{BTreeMap, VecDeque};

/// The reserved words (manual §3.1).
pub(crate) const KEYWORDS: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
    "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// Tells whether a string is a name: it may stand before `=`, or behind a `.`, as it is.
pub(in crate::session) fn is_name(bytes: &[u8]) -> bool {
    let starts = bytes.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    starts && bytes.iter().all(is_part) && !KEYWORDS.iter().any(|w| w.as_bytes() == bytes)
}

/// Tables that are looked into.
const TABLES: usize = 2000;
/// Names that are taken of a table.
const NAMES: usize = 1000;
/// Tables that an object takes its fields from, one after the other.
const INHERITED: usize = 8;

/// What lies under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// A function.
    Function,
    /// A string, which has methods.
    String,
    /// Anything else.
    Other,
}

/// Names by the path of what they are in: the globals are in the path of no name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    paths: BTreeMap<String, BTreeMap<String, Named>>,
}

impl Names {
    /// Returns what is in the value of a path, `a.b`.
    pub(crate) fn within(&self, path: &str) -> Option<&BTreeMap<String, Named>> {
        let mut path = path;
        while let Some(rest) = path.strip_prefix("_G.") {
            path = rest;
        }
        self.paths.get(if path == "_G" { "" } else { path })
    }

    /// Returns what lies under a path.
    pub(crate) fn kind(&self, path: &str) -> Option<Named> {
        let (table, name) = path.rsplit_once('.').unwrap_or(("", path));
        self.within(table)?.get(name).copied()
    }
}

/// Walks over what can be reached from the globals by names, what is near first.
pub(crate) fn reachable(ctx: Context<'_>) -> Names {
    ctx.make_library_real();
    let mut names = Names::default();
    let mut count = 0;
    let mut waiting = VecDeque::from([(String::new(), ctx.state.globals)]);
    while let Some((path, table)) = waiting.pop_front() {
        let mut within = BTreeMap::new();
        let mut see = |name: &str, value: Value<'_>| {
            let kind = match value.type_of() {
                Type::Function => Named::Function,
                Type::String => Named::String,
                _ => Named::Other,
            };
            within.entry(name.to_owned()).or_insert(kind);
        };
        visit(table, &mut |name, value| {
            see(name, value);
            if let Value::Table(inner) = value
                && count < TABLES
                // What is in itself has no end.
                && !inner.ptr_eq(ctx.state.globals)
                && path.matches('.').count() < 4
            {
                count += 1;
                waiting.push_back((joined(&path, name), inner));
            }
        });
        let mut object = Value::Table(table);
        for _ in 0..INHERITED {
            let Value::Table(class) = ctx.metamethod(&object, Event::Index) else { break };
            visit(class, &mut see);
            object = Value::Table(class);
        }
        names.paths.insert(path, within);
    }
    names
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Shows the entries of a table whose keys are names.
fn visit<'gc>(table: Table<'gc>, see: &mut dyn FnMut(&str, Value<'gc>)) {
    let (mut cursor, mut count) = (0, 0);
    while count < NAMES
        && let Some((next, key, value)) = table.next_index(cursor)
    {
        count += 1;
        if let Value::String(name) = key
            && is_name(name.as_bytes())
            && let Ok(name) = std::str::from_utf8(name.as_bytes())
        {
            see(name, value);
        }
        cursor = next;
    }
}
