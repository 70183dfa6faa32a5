//! Lines from a terminal: with editing, colours, completion, a history, and as many lines as
//! the input needs.

mod complete;
mod highlight;
mod history;

use crate::base::c_string::c_string;
use crate::compiler::compile_source;
use crate::session::Names;
use crate::syntax::ParseOptions;
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::NoMeter;
use complete::{completions, files};
pub(super) use highlight::{paint, paint_values};
pub(super) use history::History;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::{History as _, MemHistory};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context};
use std::borrow::Cow;

/// Lines that the history keeps.
const LINES: usize = 1000;

/// What stands behind an empty line where input is not finished.
const UNFINISHED: &str = "(not finished; Ctrl-C gives it up)";

/// What a line is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways {
    /// The commands that a line may be, without their colon; none if there are none.
    pub commands: &'static [&'static str],
    /// Which of these take the name of a file.
    pub files: &'static [&'static str],
    /// An expression that is not finished goes on in the next line. (In PUC-Rio's
    /// interpreter it does not.)
    pub expressions: bool,
}

/// A line, or what came instead.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Text, of one line or several.
    Text(String),
    /// The user has given the line up.
    Interrupted,
    /// What came from the terminal is no UTF-8.
    Unreadable,
    /// There are no more.
    End,
}

/// Tells whether a terminal of this kind moves its cursor. (On others the editor would read
/// whole lines from standard input, which its callers hold already.)
fn is_editable(term: &str) -> bool {
    !["dumb", "cons25", "emacs"].iter().any(|plain| term.eq_ignore_ascii_case(plain))
}

/// A terminal to read lines from.
pub(super) struct Editor {
    editor: rustyline::Editor<Helper, MemHistory>,
    history: History,
    colours: bool,
}

impl Editor {
    /// Opens the terminal; nothing if lines cannot be edited there.
    pub(super) fn open(ways: Ways, history: History) -> Option<Editor> {
        if !is_editable(&std::env::var("TERM").unwrap_or_default()) {
            return None;
        }
        let config = Config::builder()
            .auto_add_history(false)
            .completion_type(CompletionType::List)
            .max_history_size(LINES)
            .ok()?
            .build();
        let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_some();
        let lines = MemHistory::with_config(&config);
        let mut editor = rustyline::Editor::with_history(config, lines).ok()?;
        editor.set_helper(Some(Helper { ways, names: Names::default(), colours }));
        for line in history.lines(LINES) {
            editor.history_mut().add_owned(line).ok()?;
        }
        Some(Editor { editor, history, colours })
    }

    /// Tells whether the terminal shows colours.
    pub(super) fn colours(&self) -> bool {
        self.colours
    }

    /// Returns how many columns the terminal has.
    pub(super) fn width(&mut self) -> Option<usize> {
        self.editor.dimensions().map(|(columns, _)| usize::from(columns))
    }

    /// Shows a prompt and reads a line, which may go on with these names.
    pub(super) fn read(&mut self, prompt: &str, names: Names) -> Line {
        if let Some(helper) = self.editor.helper_mut() {
            helper.names = names;
        }
        let styled = format!("\x1b[1;34m{prompt}\x1b[0m");
        let read = match self.colours {
            true => self.editor.readline(&(prompt, styled.as_str())),
            false => self.editor.readline(prompt),
        };
        match read {
            Ok(line) => Line::Text(line),
            Err(ReadlineError::Interrupted) => Line::Interrupted,
            Err(ReadlineError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
                Line::Unreadable
            }
            Err(_) => Line::End,
        }
    }

    /// Keeps a line in the history.
    pub(super) fn remember(&mut self, line: &str) {
        // A line that is not kept is no reason to stop.
        if !line.trim().is_empty()
            && self.history.keeps(line)
            && let Ok(true) = self.editor.add_history_entry(line)
        {
            self.history.save(line);
        }
    }
}

/// Returns the command that a line is, without its colon. (`::` begins a label.)
pub(super) fn command_in(line: &[u8]) -> Option<&[u8]> {
    line.trim_ascii_start().strip_prefix(b":").filter(|rest| !rest.starts_with(b":"))
}

/// Tells whether code is wrong only since it ends too early: as statements, or as an
/// expression.
pub(super) fn is_unfinished(code: &[u8], expressions: bool) -> bool {
    // A line end does not close a quoted string, and nothing that follows can, unless a `\` is in
    // front of it.
    let end: &[u8] = if code.ends_with(b"\n") { b"" } else { b"\n" };
    let is_eof = |code: &[u8]| match compile(&[code, end].concat()) {
        Ok(()) => None,
        Err(message) => Some(message.ends_with(b"<eof>")),
    };
    let as_expression = is_eof(&[b"return ", code].concat());
    if as_expression.is_none() {
        return false;
    }
    match is_eof(code) {
        None => false,
        Some(true) => true,
        Some(false) => expressions && as_expression == Some(true),
    }
}

/// Tells whether code is an expression, or several: one that is wrong, too, if as statements
/// it is wrong already further to the front. Of `1 +` its end is what is wrong, and not `1`.
pub(super) fn is_expression(code: &[u8]) -> bool {
    const RETURN: &[u8] = b"return ";
    let place = |error: SyntaxError| match error {
        SyntaxError::Rejected(error) => error.at.map_or(0, |at| at as usize),
        SyntaxError::Stopped(_) => 0,
    };
    let Err(as_expression) = compiled(&[RETURN, code].concat()) else { return true };
    match compiled(code) {
        Ok(()) => false,
        Err(as_statements) => place(as_expression) > place(as_statements) + RETURN.len(),
    }
}

/// Compiles code for what is wrong with it.
fn compile(code: &[u8]) -> Result<(), Vec<u8>> {
    compiled(code).map_err(|error| c_string(error.message()).to_vec())
}

fn compiled(code: &[u8]) -> Result<(), SyntaxError> {
    compile_source(code, b"=stdin", ParseOptions::default(), &mut NoMeter).map(|_| ())
}

/// What the editor asks about lines.
struct Helper {
    ways: Ways,
    names: Names,
    colours: bool,
}

impl Helper {
    /// Returns the command in a line, and what follows it.
    fn command<'l>(&self, line: &'l str) -> Option<(&'l str, &'l str)> {
        let rest = command_in(line.as_bytes()).filter(|_| !self.ways.commands.is_empty())?;
        let line = line.get(line.len() - rest.len()..)?;
        Some(line.split_once(' ').unwrap_or((line, "")))
    }

    /// Tells whether a line wants another one.
    fn goes_on(&self, line: &str) -> bool {
        self.command(line).is_none() && is_unfinished(line.as_bytes(), self.ways.expressions)
    }
}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = line.get(..position).unwrap_or(line);
        let plain = |text: &str| Pair { display: text.to_owned(), replacement: text.to_owned() };
        if let Some((command, rest)) = self.command(before) {
            if before.ends_with(command) && rest.is_empty() && !before.ends_with(' ') {
                let fits = |name: &&&str| name.starts_with(command);
                let found = self.ways.commands.iter().filter(fits);
                return Ok((before.len() - command.len(), found.map(|name| plain(name)).collect()));
            }
            let rest = rest.trim_start();
            let begin = before.len() - rest.len();
            let (at, found) = match self.ways.files.contains(&command) {
                true => files(rest),
                false => completions(&self.names, rest),
            };
            return Ok((begin + at, found.iter().map(|name| plain(name)).collect()));
        }
        let (at, found) = completions(&self.names, before);
        Ok((at, found.iter().map(|name| plain(name)).collect()))
    }
}

impl Highlighter for Helper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        match self.colours && self.command(line).is_none() {
            true => Cow::Owned(paint(line)),
            false => Cow::Borrowed(line),
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        match self.colours {
            true => Cow::Owned(format!("\x1b[2m{hint}\x1b[0m")),
            false => Cow::Borrowed(hint),
        }
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.colours && kind != CmdKind::MoveCursor
    }
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match self.goes_on(context.input()) {
            true => ValidationResult::Incomplete,
            false => ValidationResult::Valid(None),
        })
    }
}

/// What is shown behind the cursor, and never becomes a part of the line.
struct Note(&'static str);

impl Hint for Note {
    fn display(&self) -> &str {
        self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Helper {
    type Hint = Note;

    fn hint(&self, line: &str, position: usize, _: &Context<'_>) -> Option<Note> {
        // Whoever sees no end of it may not know why: Ctrl-D does nothing there.
        let (_, last) = line.rsplit_once('\n')?;
        let is_empty = position == line.len() && last.trim().is_empty();
        (is_empty && self.goes_on(line)).then_some(Note(UNFINISHED))
    }
}
impl rustyline::Helper for Helper {}

#[cfg(test)]
mod tests;
