//! Names of files in messages, each of which is to be one line.

use std::path::Path;

#[cfg(test)]
mod tests;

/// Returns a path as messages show it: what would begin a line, or move within it, is escaped.
/// Whatever else is hidden is the business of who shows the whole message.
pub(crate) fn path_text(path: impl AsRef<Path>) -> String {
    one_line(&path.as_ref().to_string_lossy())
}

/// As [`path_text`], for a name that is text already.
pub(crate) fn one_line(name: &str) -> String {
    if !name.contains(MOVES) {
        return name.to_owned();
    }
    name.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
}

/// What ends lines, and what moves within them.
const MOVES: [char; 3] = ['\n', '\r', '\t'];
