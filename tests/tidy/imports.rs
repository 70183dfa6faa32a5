//! Which file names something of which: read from the paths in the code. A name that a file
//! exports again is the file's where it is from.

use crate::source::File;
use std::collections::{BTreeMap, BTreeSet};

/// Files by module path (`vm/heap/table`), and the modules each of them names.
pub(crate) type Imports = BTreeMap<String, BTreeSet<String>>;

/// Reads the imports of files that are not for tests.
pub(crate) fn imports(files: &[File]) -> Imports {
    let module = |file: &File| {
        let path = file.path.strip_prefix("src/")?;
        path.strip_suffix(".rs").map(str::to_owned)
    };
    let modules: BTreeSet<String> =
        files.iter().filter(|file| !file.test).filter_map(module).collect();
    let again = exported_again(files, &modules);
    let mut imports = Imports::new();
    for file in files.iter().filter(|file| !file.test) {
        let Some(own) = module(file) else { continue };
        let named = paths(&file.code).into_iter();
        let named = named.filter_map(|path| origin(resolve(&own, &path, &modules), &again));
        imports.insert(own.clone(), named.filter(|named| *named != own).collect());
    }
    imports
}

/// A module and a name in it, if a path leads to one and not to the module itself.
type Named = (String, Option<String>);

/// Returns the names that files export again, by the module and the name, and where they are from.
fn exported_again(files: &[File], modules: &BTreeSet<String>) -> BTreeMap<Named, Named> {
    let mut again = BTreeMap::new();
    for file in files.iter().filter(|file| !file.test) {
        let path = file.path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs"));
        let Some(module) = path.map(|path| if path == "lib" { "" } else { path }) else { continue };
        for (at, _) in file.code.match_indices("pub") {
            let rest = &file.code[at + "pub".len()..];
            let scope = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
            let rest = scope.map_or(rest, |(_, rest)| rest);
            let Some(rest) = rest.strip_prefix(" use ") else { continue };
            let mut found = Vec::new();
            open(rest, &[], &mut found);
            for path in found {
                let Some(name) = path.last().cloned() else { continue };
                let from = match path[0].as_str() {
                    "crate" | "self" | "super" => resolve(module, &path, modules),
                    _ => resolve(module, &[&["self".to_owned()], &path[..]].concat(), modules),
                };
                again.insert((module.to_owned(), Some(name)), from);
            }
        }
    }
    again
}

/// Returns the module that what a path leads to is from.
fn origin(mut named: Named, again: &BTreeMap<Named, Named>) -> Option<String> {
    // No name is exported through more files than this.
    for _ in 0..8 {
        match again.get(&named) {
            Some(from) if *from != named => named = from.clone(),
            _ => break,
        }
    }
    (!named.0.is_empty()).then_some(named.0)
}

/// Returns the paths in the code that begin with `crate`, `self` or `super`, groups in
/// braces opened.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "self::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                open(&code[at..], &[], &mut found);
            }
        }
    }
    found
}

/// Reads a path, or a group of them, after `before`; returns what follows.
fn open<'a>(text: &'a str, before: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    let mut path = before.to_vec();
    let mut rest = text;
    loop {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end > 0 {
            path.push(rest[..end].to_owned());
        }
        let Some(after) = rest[end..].strip_prefix("::") else {
            found.push(path);
            return &rest[end..];
        };
        rest = after;
        if let Some(group) = after.strip_prefix('{') {
            rest = group.trim_start();
            while !rest.is_empty() && !rest.starts_with('}') {
                rest = open(rest, &path, found);
                let next = rest.find([',', '}']).unwrap_or(rest.len());
                rest = rest[next..].trim_start_matches(',').trim_start();
            }
            return rest.strip_prefix('}').unwrap_or(rest);
        }
    }
}

/// Returns the module whose file a path leads to, and the name that follows.
fn resolve(own: &str, path: &[String], modules: &BTreeSet<String>) -> Named {
    let mut at: Vec<&str> = own.split('/').filter(|name| !name.is_empty()).collect();
    let mut rest = path;
    match path.first().map(String::as_str) {
        Some("crate") => {
            at.clear();
            rest = &path[1..];
        }
        Some("self") => rest = &path[1..],
        _ => {
            while rest.first().is_some_and(|name| name == "super") {
                at.pop();
                rest = &rest[1..];
            }
        }
    }
    while let Some(name) = rest.first() {
        at.push(name);
        if !modules.contains(&at.join("/")) {
            at.pop();
            break;
        }
        rest = &rest[1..];
    }
    (at.join("/"), rest.first().cloned())
}

/// For each folder, which of the things in it (a file with its folder is one) names which.
pub(crate) fn by_folder(imports: &Imports) -> BTreeMap<String, Imports> {
    let mut folders: BTreeMap<String, Imports> = BTreeMap::new();
    for (from, named) in imports {
        for to in named {
            let (a, b): (Vec<_>, Vec<_>) = (from.split('/').collect(), to.split('/').collect());
            let shared = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
            if shared < a.len() && shared < b.len() {
                let folder = folders.entry(a[..shared].join("/")).or_default();
                folder.entry(a[shared].to_owned()).or_default().insert(b[shared].to_owned());
            }
        }
    }
    folders
}

/// Returns a circle, if there is one: each names the next, and the last the first.
pub(crate) fn circle(graph: &Imports) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| walk(graph, start, &mut Vec::new(), &mut done))
}

fn walk(
    graph: &Imports,
    at: &str,
    way: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(from) = way.iter().position(|passed| passed == at) {
        return Some(way[from..].to_vec());
    }
    if done.contains(at) {
        return None;
    }
    way.push(at.to_owned());
    for next in graph.get(at).into_iter().flatten() {
        if let Some(circle) = walk(graph, next, way, done) {
            return Some(circle);
        }
    }
    way.pop();
    done.insert(at.to_owned());
    None
}
