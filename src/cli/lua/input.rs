//! Where the lines of the interactive mode come from: a terminal, with editing, history
//! and completion of global names, or anything else, plainly.

use super::interpreter::Interpreter;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, Helper};
use std::io::{self, IsTerminal};

/// A source of lines.
pub(super) enum Input {
    /// A terminal.
    Terminal(Box<Editor<Names, MemHistory>>),
    /// Something that is no terminal, or one that cannot be edited on.
    Plain,
}

impl Input {
    /// Opens standard input.
    pub(super) fn open() -> Input {
        if !io::stdin().is_terminal() {
            return Input::Plain;
        }
        let config = Config::builder().auto_add_history(false).build();
        let history = MemHistory::with_config(&config);
        let editor = Editor::with_history(config, history);
        editor.map_or(Input::Plain, |mut editor| {
            editor.set_helper(Some(Names::default()));
            Input::Terminal(Box::new(editor))
        })
    }

    /// Shows a prompt and reads a line; nothing at the end of the input.
    pub(super) fn line(&mut self, lua: &mut Interpreter, prompt: &[u8]) -> Option<Vec<u8>> {
        let Input::Terminal(editor) = self else {
            lua.print(prompt);
            let line = lua.line()?;
            // As PUC's with a line editor: what was read shows, as if it had been typed.
            lua.print(&[&line[..], b"\n"].concat());
            return Some(line);
        };
        if let Some(names) = editor.helper_mut() {
            names.0 = lua.names();
        }
        lua.print(b"");
        match editor.readline(String::from_utf8_lossy(prompt).as_ref()) {
            Ok(line) => Some(line.into_bytes()),
            // Ctrl-C gives the line up.
            Err(ReadlineError::Interrupted) => Some(Vec::new()),
            Err(_) => None,
        }
    }

    /// Keeps a line in the history.
    pub(super) fn remember(&mut self, line: &[u8]) {
        if let Input::Terminal(editor) = self
            && !line.is_empty()
        {
            // A line that is not kept is no reason to stop.
            let _ = editor.add_history_entry(String::from_utf8_lossy(line));
        }
    }
}

/// The names that can be completed.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<String>);

impl Names {
    /// Returns where the name before `position` begins, and what it can become.
    fn completions(&self, line: &str, position: usize) -> (usize, Vec<String>) {
        let before = line.get(..position).unwrap_or(line);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let begin = before.trim_end_matches(is_part).len();
        let word = &before[begin..];
        if word.is_empty() {
            return (begin, Vec::new());
        }
        let dots = word.matches('.').count();
        let fits = |name: &&String| name.starts_with(word) && name.matches('.').count() == dots;
        let mut found: Vec<String> = self.0.iter().filter(fits).cloned().collect();
        found.sort();
        (begin, found)
    }
}

impl Completer for Names {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.completions(line, position))
    }
}

impl Hinter for Names {
    type Hint = String;
}
impl Highlighter for Names {}
impl Validator for Names {}
impl Helper for Names {}

#[cfg(test)]
mod tests;
