//! What git's output says, as tables for scripts. Each reads a line at a time; what it does
//! not know it passes over.

use super::quoted::quoted;
use crate::HostValue;

/// Reads `git status --porcelain`, with or without `-z`:
/// `{staged = {path, …}, unstaged = {…}, untracked = {…}}`.
pub fn parse_status(output: &[u8]) -> HostValue {
    let ends_in_nul = output.contains(&0);
    let end = if ends_in_nul { 0 } else { b'\n' };
    let (mut staged, mut unstaged, mut untracked) = (Vec::new(), Vec::new(), Vec::new());
    let mut entries = output.split(|&byte| byte == end);
    while let Some(entry) = entries.next() {
        let [index, tree, b' ', path @ ..] = entry else { continue };
        let is_change = |letter: &u8| b"MADRCT".contains(letter);
        let path = || HostValue::String(path.to_vec());
        if (*index, *tree) == (b'?', b'?') {
            untracked.push(path());
            continue;
        }
        if is_change(index) {
            staged.push(path());
        }
        if is_change(tree) {
            unstaged.push(path());
        }
        if ends_in_nul && [index, tree].iter().any(|letter| b"RC".contains(letter)) {
            // The old name follows as an entry of its own.
            entries.next();
        }
    }
    HostValue::object([
        ("staged", HostValue::Array(staged)),
        ("unstaged", HostValue::Array(unstaged)),
        ("untracked", HostValue::Array(untracked)),
    ])
}

/// Reads `git log`: `{commits = {{hash, message}, …}}` of its short form, and hashes alone of
/// its long one. A hash has at least seven digits.
pub fn parse_log(output: &[u8]) -> HostValue {
    let commits = lines(output).filter_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(rest) = line.strip_prefix(b"commit ") {
            let hash = rest.split(|&byte| byte == b' ').next().unwrap_or_default();
            return is_hash(hash).then(|| HostValue::object([("hash", text(hash))]));
        }
        let space = line.iter().position(|&byte| byte == b' ')?;
        let (hash, message) = (&line[..space], line[space..].trim_ascii_start());
        (is_hash(hash) && !message.is_empty())
            .then(|| HostValue::object([("hash", text(hash)), ("message", text(message))]))
    });
    HostValue::object([("commits", HostValue::Array(commits.collect()))])
}

fn is_hash(word: &[u8]) -> bool {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (7..=64).contains(&word.len()) && word.iter().all(is_digit)
}

/// Reads `git diff`: `{files = {{path, additions, deletions}, …}}` of `--stat` and
/// `--numstat`, and paths alone of the changes themselves.
pub fn parse_diff(output: &[u8]) -> HostValue {
    let files = lines(output).filter_map(|line| header(line).or_else(|| counts(line)));
    HostValue::object([("files", HostValue::Array(files.collect()))])
}

fn header(line: &[u8]) -> Option<HostValue> {
    let rest = line.strip_prefix(b"diff --git ")?;
    let path = match quoted(rest) {
        Some((path, _)) => path.strip_prefix(b"a/")?.to_vec(),
        None => {
            let rest = rest.strip_prefix(b"a/")?;
            let is_next =
                |at: &usize| [&b" b/"[..], b" \"b/"].iter().any(|b| rest[*at..].starts_with(b));
            rest[..(0..rest.len()).find(is_next)?].to_vec()
        }
    };
    Some(HostValue::object([("path", path.into())]))
}

fn counts(line: &[u8]) -> Option<HostValue> {
    if let [additions, deletions, path] =
        line.splitn(3, |&byte| byte == b'\t').collect::<Vec<_>>()[..]
        && let (Some(additions), Some(deletions)) = (number(additions), number(deletions))
    {
        return Some(file(path, additions, deletions));
    }
    let bar = line.windows(3).rposition(|part| part == b" | ")?;
    let path = line[..bar].trim_ascii();
    let mut words = line[bar + 3..].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    number(words.next()?)?;
    let graph = words.next().unwrap_or_default();
    if !graph.iter().all(|byte| b"+-".contains(byte)) {
        return None;
    }
    let count = |sign| graph.iter().filter(|&&byte| byte == sign).count() as i64;
    Some(file(path, count(b'+'), count(b'-')))
}

fn file(path: &[u8], additions: i64, deletions: i64) -> HostValue {
    let path = match quoted(path) {
        Some((path, b"")) => path,
        _ => path.to_vec(),
    };
    HostValue::object([
        ("path", path.into()),
        ("additions", additions.into()),
        ("deletions", deletions.into()),
    ])
}

fn number(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// Reads `git branch`: `{branches = {{name, current}, …}}`.
pub fn parse_branch(output: &[u8]) -> HostValue {
    let branches = lines(output).filter_map(|line| {
        let [mark, b' ', rest @ ..] = line else { return None };
        let rest = rest.trim_ascii();
        // Without a branch, git says where it is in parentheses.
        let end = match rest.first()? {
            b'(' => rest.iter().position(|&byte| byte == b')').map(|at| at + 1),
            _ => rest.iter().position(|&byte| byte == b' '),
        };
        let name = &rest[..end.unwrap_or(rest.len())];
        Some(HostValue::object([("name", text(name)), ("current", (*mark == b'*').into())]))
    });
    HostValue::object([("branches", HostValue::Array(branches.collect()))])
}

fn lines(output: &[u8]) -> impl Iterator<Item = &[u8]> {
    output.split(|&byte| byte == b'\n').filter(|line| !line.is_empty())
}

fn text(bytes: &[u8]) -> HostValue {
    HostValue::String(bytes.to_vec())
}

#[cfg(test)]
mod tests;
