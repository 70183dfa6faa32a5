//! Whether the host's functions can have the names that it gives them.

use super::host_table::HostTable;
use crate::session::natives::event_bus::{EMIT, ON};
use crate::syntax::token::Tok;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use std::collections::BTreeSet;

/// Longest path: as long as it may be shown.
const LONGEST: usize = 200;
/// What scripts find under these names is not a global of the host's.
const TAKEN: [(&str, &str); 2] =
    [("_ENV", "the table of globals"), ("args", "a run's arguments, which are called so")];

/// Looks for a path that cannot be registered beside the others. Returns what is wrong.
pub(in crate::session) fn conflict(host: &HostTable) -> Option<String> {
    let mut functions = BTreeSet::new();
    let buses =
        host.buses.iter().flat_map(|bus| [&ON, &EMIT].map(|def| format!("{bus}.{}", def.name)));
    let paths: Vec<String> =
        host.entries.iter().map(|entry| entry.path.clone()).chain(buses).collect();
    for path in &paths {
        let path = path.as_str();
        if let Some(why) = bad_path(path) {
            return Some(format!("host function '{}': {why}", path.escape_debug()));
        }
        if !functions.insert(path) {
            return Some(format!("host function '{path}' is registered twice"));
        }
    }
    for path in &functions {
        let ends = path.match_indices('.').map(|(at, _)| &path[..at]);
        if let Some(function) = ends.into_iter().find(|end| functions.contains(end)) {
            return Some(format!("host function '{path}': '{function}' is a host function itself"));
        }
    }
    None
}

/// Says what is wrong with a path by itself.
fn bad_path(path: &str) -> Option<String> {
    if path == "host" {
        return Some("'host' is the table of 'host.all'".to_owned());
    }
    if path == "host.all" || path.starts_with("host.all.") {
        return Some("'host.all' is a function of the session's own".to_owned());
    }
    if path.is_empty() {
        return Some("it has no name".to_owned());
    }
    if path.len() > LONGEST {
        return Some(format!("a name of more than {LONGEST} bytes"));
    }
    for name in path.split('.') {
        let letters = |b: u8| b == b'_' || b.is_ascii_alphanumeric();
        if name.is_empty() {
            return Some("there is no name between two dots, or before or after one".to_owned());
        }
        if name.as_bytes()[0].is_ascii_digit() || !name.bytes().all(letters) {
            return Some(format!("'{}' is no name in Lua", name.escape_debug()));
        }
        if Tok::keyword(name.as_bytes()).is_some() {
            return Some(format!("'{name}' is a reserved word of Lua"));
        }
    }
    let first = path.split('.').next().unwrap_or_default();
    TAKEN.iter().find(|(name, _)| *name == first).map(|(name, what)| format!("'{name}' is {what}"))
}

/// Looks for a path whose first name is one of the library's, which is all that is there
/// yet. Its tables are no place for functions of the host in any profile.
pub(in crate::session) fn conflict_with_library<'gc>(
    ctx: Context<'gc>,
    host: &HostTable,
) -> Result<Option<String>, Interrupt<'gc>> {
    for path in host.entries.iter().map(|entry| &entry.path).chain(&host.buses) {
        let first = path.split('.').next().unwrap_or_default();
        let what = match ctx.state.globals.get_str(ctx.heap(), ctx.string(first.as_bytes())?) {
            Value::Nil => continue,
            Value::Table(_) => "table",
            Value::Builtin(_) | Value::Native(_) | Value::Closure(_) => "function",
            _ => "value",
        };
        return Ok(Some(format!("host function '{path}': '{first}' is a {what} of the library")));
    }
    Ok(None)
}
