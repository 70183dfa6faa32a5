//! Reading Rust source for the tidiness tests: what is code, and what is not.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the project.
pub(crate) struct File {
    /// Path from the project's root, with `/`.
    pub(crate) path: String,
    /// The text as it is.
    pub(crate) text: String,
    /// The text with comments, strings and characters blanked; lines stay.
    pub(crate) code: String,
    /// Whether it is compiled for tests only.
    pub(crate) test: bool,
}

/// Returns the project's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads all files below a folder of the project whose names end so, in order of path.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<File> {
    let mut files = Vec::new();
    let mut pending = vec![root().join(folder)];
    while let Some(at) = pending.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(read(&path));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    mark_test_modules(&mut files);
    files
}

fn read(path: &Path) -> File {
    // Scripts may have any bytes.
    let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    let path = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
    let test = !path.starts_with("src/") || path.ends_with("/tests.rs") || path.contains("/tests/");
    File { code: strip(&text), path, text, test }
}

/// Marks the files of `#[cfg(test)] mod name;`.
fn mark_test_modules(files: &mut [File]) {
    let mut found = Vec::new();
    for file in &*files {
        let mut lines = file.code.lines().map(str::trim);
        while let Some(line) = lines.next() {
            if line != "#[cfg(test)]" {
                continue;
            }
            let next = lines.next().unwrap_or_default();
            if let Some(name) = next.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
                let folder = PathBuf::from(&file.path).with_extension("");
                found.push(format!("{}/{name}.rs", folder.display()).replace('\\', "/"));
            }
        }
    }
    for file in files {
        file.test |= found.contains(&file.path);
    }
}

/// Blanks comments, strings and characters; keeps the lines.
pub(crate) fn strip(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = skip(bytes, at);
        if end == at {
            out.push(bytes[at]);
            at += 1;
        } else {
            // Even a blanked text keeps its neighbours apart.
            out.push(b' ');
            out.extend(bytes[at..end].iter().filter(|byte| **byte == b'\n'));
            at = end;
        }
    }
    String::from_utf8(out).unwrap()
}

/// Returns where the comment or literal that begins at `at` ends, or `at`.
fn skip(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        return at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        return at + block_comment(rest);
    }
    let in_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    let prefix = rest.iter().take_while(|byte| b"brc".contains(byte)).count().min(2);
    let prefix = if in_word { 0 } else { prefix };
    let raw = rest[..prefix].contains(&b'r');
    let hashes = rest[prefix..].iter().take_while(|byte| **byte == b'#').count();
    if raw && rest.get(prefix + hashes) == Some(&b'"') {
        let close = format!("\"{}", "#".repeat(hashes));
        let from = prefix + hashes + 1;
        let length = rest[from..].windows(close.len()).position(|found| found == close.as_bytes());
        return at + length.map_or(rest.len(), |length| from + length + close.len());
    }
    match rest.get(prefix) {
        Some(b'"') => at + prefix + quoted(&rest[prefix..], b'"'),
        Some(b'\'') if is_character(&rest[prefix + 1..]) => {
            at + prefix + quoted(&rest[prefix..], b'\'')
        }
        _ => at,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// Tells a character from a lifetime, by what follows the quote.
fn is_character(rest: &[u8]) -> bool {
    let width = match rest.first() {
        Some(b'\\') => return true,
        Some(0xF0..) => 4,
        Some(0xE0..) => 3,
        Some(0xC0..) => 2,
        _ => 1,
    };
    rest.get(width) == Some(&b'\'')
}

/// Returns the names that follow `prefix` in the code, groups in braces opened,
/// with their lines.
pub(crate) fn names_after(code: &str, prefix: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let line = code[..at].lines().count().max(1);
        let rest = &code[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            names.push((line, word(rest)));
            continue;
        };
        let mut depth = 0;
        let mut fresh = true;
        for (offset, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => fresh = true,
                c if fresh && !c.is_whitespace() => {
                    names.push((line, word(&group[offset..])));
                    fresh = false;
                }
                _ => {}
            }
        }
    }
    names
}

/// The word a text begins with; a macro's keeps its `!`.
fn word(text: &str) -> String {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let end = if text[end..].starts_with('!') { end + 1 } else { end };
    text[..end].to_owned()
}
