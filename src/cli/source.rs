//! Scripts on their way in: reading them, naming them, and their first line.

use super::editor::is_expression;
use super::whole;
use crate::Outcome;
use crate::base::one_line::one_line;
use crate::hints::Span;
use crate::hints::position::line_end;
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A script that was read.
pub(super) struct Script {
    /// The whole text; the compiler skips a byte order mark and a first line that
    /// begins with `#`.
    pub text: Vec<u8>,
    /// The chunk's name: `@FILE` as given, `=stdin` or `=(command line)`.
    pub name: String,
    /// It is an expression, whose values are returned though no word of it says so.
    pub is_expression: bool,
}

/// What an expression is run behind.
const RETURN: &[u8] = b"return ";

impl Script {
    /// Reads the file called `name`, or `stdin` when that is `-`.
    ///
    /// # Errors
    ///
    /// A message that names the file, when it cannot be read or has more than
    /// `limit` bytes.
    pub(super) fn read(name: &OsStr, limit: u64, stdin: &mut dyn Read) -> Result<Script, String> {
        let (shown, chunk, text) = if name == "-" {
            ("stdin".to_owned(), "=stdin".to_owned(), whole::read_past(stdin, limit))
        } else {
            let shown = name.to_string_lossy().into_owned();
            let text =
                open(Path::new(name)).and_then(|mut file| whole::read_past(&mut file, limit));
            (shown.clone(), format!("@{shown}"), text)
        };
        let text = text.map_err(|e| format!("cannot read {}: {}", one_line(&shown), reason(&e)))?;
        if text.len() as u64 > limit {
            let shown = one_line(&shown);
            return Err(format!("{shown} is too large: a script may have {limit} bytes"));
        }
        Ok(Script { text, name: chunk, is_expression: false })
    }

    /// Makes a script of code given on the command line.
    ///
    /// # Errors
    ///
    /// When the code has more than `limit` bytes.
    pub(super) fn from_argument(code: &OsStr, limit: u64) -> Result<Script, String> {
        let text = argument_bytes(code);
        if text.len() as u64 > limit {
            return Err(format!("the code is too large: it may have {limit} bytes"));
        }
        Ok(Script::typed(text, "=(command line)"))
    }

    /// Makes a script of what somebody typed, which may be an expression.
    pub(super) fn typed(text: Vec<u8>, name: &str) -> Script {
        let is_expression = is_expression(&text);
        Script { text, name: name.to_owned(), is_expression }
    }

    /// Makes a script of what a script has loaded.
    pub(super) fn loaded(text: &[u8]) -> Script {
        Script { text: text.to_vec(), name: "=(load)".to_owned(), is_expression: false }
    }

    /// Returns the code that is run.
    pub(super) fn code(&self) -> Cow<'_, [u8]> {
        match self.is_expression {
            true => Cow::Owned([RETURN, &self.text].concat()),
            false => Cow::Borrowed(&self.text),
        }
    }

    /// Says of an error in that code where it is in the text.
    pub(super) fn place(&self, outcome: &mut Outcome) {
        let (Outcome::Failed(error) | Outcome::Done(Err(error))) = outcome else { return };
        if !self.is_expression || !self.is_named(&error.chunk) {
            return;
        }
        let before = RETURN.len();
        if error.line == Some(1) {
            let shorter = |column: u32| column.saturating_sub(before as u32).max(1);
            error.column = error.column.map(shorter);
        }
        let Some(advice) = error.advice.as_deref_mut() else { return };
        for span in advice.span.iter_mut().chain(advice.marks.iter_mut().map(|mark| &mut mark.span))
        {
            span.start = span.start.saturating_sub(before);
            span.end = span.end.saturating_sub(before);
        }
    }

    /// Returns the name as messages show it.
    pub(super) fn shown_name(&self) -> &str {
        self.name.trim_start_matches(['@', '='])
    }

    /// Returns where a line is, without its end, counted from 1 as the lexer counts: `\n`,
    /// `\r`, `\r\n` and `\n\r` each end one.
    pub(super) fn line_span(&self, line: u32) -> Option<Span> {
        let mut start = if line == 0 { return None } else { 0 };
        for _ in 1..line {
            start = line_end(&self.text, start).1?;
        }
        Some(Span { start, end: line_end(&self.text, start).0 })
    }

    /// Tells whether an error's chunk is this script. Lua shows the end of a
    /// long file name only.
    pub(super) fn is_named(&self, chunk: &str) -> bool {
        let shown = self.shown_name();
        chunk == shown || chunk.strip_prefix("...").is_some_and(|end| shown.ends_with(end))
    }
}

/// Returns the bytes of an argument, lossily where the system has no bytes.
pub(super) fn argument_bytes(argument: &OsStr) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    argument.as_bytes().to_vec()
}

fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(file)
}

/// Says why reading failed without the system's error number.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::NotADirectory => "not a directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
