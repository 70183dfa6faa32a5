//! What the word before the cursor can become.

use super::highlight::{Kind, parts};
use crate::base::hidden::is_hidden;
use crate::session::{KEYWORDS, Named, Names};

/// Returns where the word at the end of a text begins, and what it can become.
pub(super) fn completions(names: &Names, before: &str) -> (usize, Vec<String>) {
    let last = parts(before).last().cloned();
    if let Some((range, kind)) = last
        && range.end == before.len()
        && (kind == Kind::Comment || kind == Kind::Text)
    {
        return (before.len(), Vec::new());
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begin = before.trim_end_matches(is_part).len();
    let word = &before[begin..];
    let outside = before[..begin].trim_end();
    let fits = |(name, _): &(&String, &Named)| name.starts_with(word);
    // `..` joins strings, and is no way into a table.
    if let Some(owner) = outside.strip_suffix('.').filter(|owner| !owner.ends_with('.')) {
        let Some(fields) = names.within(&path_at_end(owner)) else { return (begin, Vec::new()) };
        return (begin, fields.iter().filter(fits).map(|(name, _)| name.clone()).collect());
    }
    if let Some(owner) = outside.strip_suffix(':').filter(|owner| !owner.ends_with(':')) {
        let path = path_at_end(owner);
        let is_text = owner.ends_with(['"', '\'', ']', ')'])
            && parts(owner.trim_end_matches(')')).last().is_some_and(|(_, k)| *k == Kind::Text);
        let methods = match is_text || names.kind(&path) == Some(Named::String) {
            true => names.within("string"),
            false => names.within(&path).filter(|_| !path.is_empty()),
        };
        let is_method = |(_, kind): &(&String, &Named)| **kind == Named::Function;
        let methods = methods.into_iter().flatten().filter(is_method).filter(fits);
        return (begin, methods.map(|(name, _)| name.clone()).collect());
    }
    if word.is_empty() || word.starts_with(|c: char| c.is_ascii_digit()) {
        return (begin, Vec::new());
    }
    let globals = names.within("").into_iter().flatten().filter(fits);
    let mut found: Vec<String> = globals.map(|(name, _)| name.clone()).collect();
    found.extend(KEYWORDS.iter().filter(|k| k.starts_with(word)).map(|k| (*k).to_owned()));
    found.sort();
    (begin, found)
}

/// Returns where the last name begins of a path that is the rest of a line, and what that can
/// become. Spaces and quotes are a part of it, as they are for those who open the file.
pub(super) fn files(path: &str) -> (usize, Vec<String>) {
    let begin = path.rfind('/').map_or(0, |slash| slash + 1);
    let (folder, typed) = path.split_at(begin);
    let folder = if folder.is_empty() { "." } else { folder };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(mut name) = entry.file_name().into_string() else { continue };
        let is_asked_for = typed.starts_with('.') || !name.starts_with('.');
        if !is_asked_for || !name.starts_with(typed) || name.contains(is_hidden) {
            continue;
        }
        if entry.path().is_dir() {
            name.push('/');
        }
        found.push(name);
    }
    found.sort();
    (begin, found)
}

/// Returns the path that a text ends with: `a.b` of `x = a . b`. A path with anything but
/// names in it is one that nothing has.
fn path_at_end(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut names = Vec::new();
    let mut rest = text.trim_end();
    loop {
        let begin = rest.trim_end_matches(is_part).len();
        let name = &rest[begin..];
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return "?".to_owned();
        }
        names.push(name);
        rest = rest[..begin].trim_end();
        match rest.strip_suffix('.').filter(|rest| !rest.ends_with('.')) {
            Some(owner) => rest = owner.trim_end(),
            None if rest.ends_with(':') => return "?".to_owned(),
            None => break,
        }
    }
    names.reverse();
    names.join(".")
}
