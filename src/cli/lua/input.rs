//! Where the lines of the interactive mode come from: a terminal, with editing, colours,
//! completion and the lines before, or anything else, plainly.

use super::super::editor::{Editor, History, Line, Ways};
use super::interpreter::Interpreter;
use std::io::{self, IsTerminal};

/// As PUC-Rio's: there are no commands, and only statements go on in the next line.
const WAYS: Ways = Ways { commands: &[], files: &[], expressions: false };

/// A source of lines.
pub(super) enum Input {
    /// A terminal.
    Terminal(Box<Editor>),
    /// Something that is no terminal.
    Plain,
    /// A terminal that lines cannot be edited on: it shows what is typed by itself.
    Dumb,
}

impl Input {
    /// Opens standard input.
    pub(super) fn open() -> Input {
        if !io::stdin().is_terminal() {
            return Input::Plain;
        }
        let editor = Editor::open(WAYS, History::none());
        editor.map_or(Input::Dumb, |editor| Input::Terminal(Box::new(editor)))
    }

    /// Shows a prompt and reads a line; nothing at the end of the input.
    pub(super) fn line(&mut self, lua: &mut Interpreter, prompt: &[u8]) -> Option<Vec<u8>> {
        let Input::Terminal(editor) = self else {
            lua.print(prompt);
            let line = lua.line()?;
            if let Input::Dumb = self {
                return Some(line);
            }
            // As PUC's with a line editor: what was read shows, as if it had been typed.
            lua.print(&[&line[..], b"\n"].concat());
            return Some(line);
        };
        // What was printed comes first.
        lua.print(b"");
        match editor.read(&String::from_utf8_lossy(prompt), lua.names()) {
            Line::Text(line) => Some(line.into_bytes()),
            // Ctrl-C gives the line up.
            Line::Interrupted | Line::Unreadable => Some(Vec::new()),
            Line::End => None,
        }
    }

    /// Keeps a line for this prompt.
    pub(super) fn remember(&mut self, line: &[u8]) {
        if let Input::Terminal(editor) = self {
            editor.remember(&String::from_utf8_lossy(line));
        }
    }
}
