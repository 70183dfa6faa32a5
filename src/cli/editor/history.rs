//! The lines of earlier prompts, in a file.

use crate::host::redact::redact_text;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The variable of the environment that names the file; if it is empty there is none.
const VARIABLE: &str = "MOONFUEL_HISTORY";
/// The most bytes that are read of it, from its end.
const LARGEST: u64 = 4 << 20;

/// Where lines are kept.
#[derive(Debug, Default)]
pub(in crate::cli) struct History {
    file: Option<PathBuf>,
    /// No line with one of these is kept.
    secrets: Vec<String>,
}

impl History {
    /// Makes one that ends with the prompt.
    pub(in crate::cli) fn none() -> History {
        History::default()
    }

    /// Makes that of the user: in the file that the environment names, or
    /// `moonfuel/history` in the directory for the state of programs. Lines with one of the
    /// secrets are not kept.
    pub(in crate::cli) fn of_user(secrets: Vec<String>) -> History {
        let secrets = secrets.into_iter().filter(|secret| !secret.is_empty()).collect();
        History { file: place(), secrets }
    }

    #[cfg(test)]
    pub(super) fn in_file(file: PathBuf) -> History {
        History { file: Some(file), secrets: Vec::new() }
    }

    /// Returns the lines that are kept, the last ones, oldest first. Shortens the file once
    /// it has many more.
    pub(super) fn lines(&self, most: usize) -> Vec<String> {
        let Some(file) = &self.file else { return Vec::new() };
        let Ok((text, is_all)) = end_of(file) else { return Vec::new() };
        let text = String::from_utf8_lossy(&text);
        // Where the file is longer, a line begins before what was read.
        let all: Vec<&str> = text.lines().skip(usize::from(!is_all)).collect();
        let last = &all[all.len().saturating_sub(most)..];
        if !is_all || all.len() > 2 * most {
            // If that fails, the file is only longer than it need be.
            let text: String = last.iter().flat_map(|line| [*line, "\n"]).collect();
            let _ = write(file, &text, false);
        }
        last.iter().map(|line| unescape(line)).collect()
    }

    /// Tells whether a line may be kept: not with a secret in it, or with what looks like one.
    pub(super) fn keeps(&self, line: &str) -> bool {
        !self.secrets.iter().any(|secret| line.contains(secret.as_str()))
            && *redact_text(line.as_bytes()) == *line.as_bytes()
    }

    /// Adds a line to the file.
    pub(super) fn save(&self, line: &str) {
        if let Some(file) = &self.file {
            // A prompt without a history is still a prompt.
            let _ = write(file, &(escape(line) + "\n"), true);
        }
    }
}

fn place() -> Option<PathBuf> {
    if let Some(file) = std::env::var_os(VARIABLE) {
        return (!file.is_empty()).then(|| PathBuf::from(file));
    }
    let directory = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let state = directory("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| directory("HOME").map(|home| Path::new(&home).join(".local/state")))?;
    Some(state.join("moonfuel").join("history"))
}

/// Reads the end of a file, and tells whether that is all of it. Of what is no file there is
/// nothing to read: a pipe would wait for who writes.
fn end_of(file: &Path) -> io::Result<(Vec<u8>, bool)> {
    if !fs::metadata(file)?.is_file() {
        return Ok((Vec::new(), true));
    }
    let mut file = File::open(file)?;
    let from = file.metadata()?.len().saturating_sub(LARGEST);
    file.seek(SeekFrom::Start(from))?;
    let mut text = Vec::new();
    file.take(LARGEST).read_to_end(&mut text)?;
    Ok((text, from == 0))
}

/// Writes a file that only its owner reads.
fn write(file: &Path, text: &str, append: bool) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).write(true).append(append).truncate(!append);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(file)?;
    file.write_all(text.as_bytes())
}

/// Makes one line of several.
fn escape(line: &str) -> String {
    line.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

fn unescape(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some(escaped)) => {
                chars.next();
                text.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    other => other,
                });
            }
            _ => text.push(c),
        }
    }
    text
}
