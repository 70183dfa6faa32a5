//! A command's text for `sh`, and which quotes stand around each of its parts.
//!
//! What takes a place in a command must be one word there, so its own quotes depend on those
//! around it, and these begin anew in each `$(…)`.

/// What a part of a command stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    /// Among words. They end with this character, if they are a substitution's; so many
    /// parentheses are open in them.
    Words { end: Option<char>, open: usize },
    /// Between double quotes.
    Text,
    /// Between single quotes.
    Raw,
    /// In `$((…))`, where there are no quotes; so many parentheses are open in it.
    Sum { open: usize },
}

/// What the command as a whole is.
const OUTERMOST: Within = Within::Words { end: None, open: 0 };

/// Copies a command, up to each place that something is put in.
pub(super) struct ShellText<'a> {
    rest: &'a str,
    /// What is copied so far.
    pub(super) script: String,
    within: Vec<Within>,
}

impl<'a> ShellText<'a> {
    pub(super) fn new(command: &'a str) -> ShellText<'a> {
        ShellText { rest: command, script: String::new(), within: vec![OUTERMOST] }
    }

    /// Returns what is still to be copied.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Tells whether what stands next is a part of a sum, in which there are numbers alone.
    pub(super) fn is_in_sum(&self) -> bool {
        matches!(self.top(), Within::Sum { .. })
    }

    /// Puts an argument of the script in the place of so many bytes, as one word.
    pub(super) fn put(&mut self, number: usize, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
        self.script.push_str(&match self.top() {
            Within::Words { .. } => format!("\"${{{number}}}\""),
            Within::Text | Within::Sum { .. } => format!("${{{number}}}"),
            // Out of the quotes and into them again.
            Within::Raw => format!("'\"${{{number}}}\"'"),
        });
    }

    /// Copies what stands next: a character, or what belongs together.
    pub(super) fn copy(&mut self) {
        let top = self.top();
        let is_quoting = top != Within::Raw;
        if is_quoting && self.rest.starts_with('\\') {
            let escaped = self.rest.chars().nth(1).map_or(0, char::len_utf8);
            self.take(1 + escaped);
        } else if let Within::Words { end, .. } = top
            && self.is_comment()
        {
            // What is between backquotes ends with these, whatever it is.
            let ends = |c: char| c == '\n' || (end == Some('`') && c == '`');
            self.take(self.rest.find(ends).unwrap_or(self.rest.len()));
        } else if is_quoting && self.rest.starts_with("$((") {
            self.take(3);
            self.within.push(Within::Sum { open: 0 });
        } else if is_quoting && self.rest.starts_with("$(") {
            self.take(2);
            self.within.push(Within::Words { end: Some(')'), open: 0 });
        } else if let Some(c) = self.rest.chars().next() {
            if matches!(top, Within::Sum { open: 0 }) && self.rest.starts_with("))") {
                self.take(1);
            }
            self.take(c.len_utf8());
            self.enter_or_leave(top, c);
        }
    }

    /// Notes the quotes and parentheses that a character opens or closes.
    fn enter_or_leave(&mut self, top: Within, c: char) {
        let (inner, leaves) = match (top, c) {
            (Within::Words { end: Some(end), open: 0 }, c) if c == end => (None, true),
            (Within::Words { end: Some('`'), .. }, '`')
            | (Within::Text, '"')
            | (Within::Raw, '\'')
            | (Within::Sum { open: 0 }, ')') => (None, true),
            (Within::Words { .. } | Within::Text, '`') => {
                (Some(Within::Words { end: Some('`'), open: 0 }), false)
            }
            (Within::Words { .. }, '"') => (Some(Within::Text), false),
            (Within::Words { .. }, '\'') => (Some(Within::Raw), false),
            (Within::Words { .. } | Within::Sum { .. }, '(') => return self.count(1),
            (Within::Words { .. } | Within::Sum { .. }, ')') => return self.count(-1),
            _ => (None, false),
        };
        if leaves && self.within.len() > 1 {
            self.within.pop();
        }
        self.within.extend(inner);
    }

    fn count(&mut self, by: isize) {
        if let Some(Within::Words { open, .. } | Within::Sum { open }) = self.within.last_mut() {
            *open = open.saturating_add_signed(by);
        }
    }

    /// Tells whether a comment begins here: `#` where a word could.
    fn is_comment(&self) -> bool {
        let before = self.script.chars().next_back();
        let begins = before.is_none_or(|c| c.is_ascii_whitespace() || ";&|(`".contains(c));
        begins && self.rest.starts_with('#')
    }

    fn take(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.script.push_str(taken);
        self.rest = rest;
    }

    fn top(&self) -> Within {
        self.within.last().copied().unwrap_or(OUTERMOST)
    }
}
