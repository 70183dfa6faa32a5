//! Lines that come without an editor, as long as they belong together.

use super::super::editor::{command_in, is_unfinished};
use crate::hints::tokens::Tokens;
use crate::syntax::token::Tok;

/// A text up to so many bytes is looked at anew for each line.
const SMALL: usize = 8 << 10;

/// Lines that are not finished.
///
/// Whether they are says the compiler, which looks at all of them. So that it is not asked for
/// each of ten thousand lines, it is not while tokens say that something is open in a long text,
/// and that has not grown by an eighth: what is wrong in it is told then.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: Vec<u8>,
    /// Bytes of the text whose tokens are counted.
    counted: usize,
    /// Blocks and brackets that they open, less those that they close.
    open: isize,
    /// A long string or comment is open behind them, which only a line with a bracket ends.
    in_long: bool,
    /// Bytes of the text when the compiler last looked at it.
    looked_at: usize,
}

impl Lines {
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Takes what there is.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(self).text
    }

    /// Adds a line, with its end. Tells whether another one is wanted.
    pub(super) fn add(&mut self, line: &[u8]) -> bool {
        self.text.extend_from_slice(line);
        if !self.in_long || line.contains(&b']') {
            self.count();
        }
        let length = self.text.len();
        let is_open = self.in_long || self.counted == length && self.open > 0;
        if is_open && length > SMALL && length - self.looked_at < self.looked_at / 8 {
            return true;
        }
        self.looked_at = length;
        is_unfinished(&self.text, true) && command_in(&self.text).is_none()
    }

    /// Counts the tokens behind those that are, unless one of them is not finished.
    fn count(&mut self) {
        // What begins with `#` is no first line of a file here.
        let rest = [b" ", &self.text[self.counted..]].concat();
        let tokens = Tokens::read(&rest);
        let part = |at: usize| match tokens.tok(at) {
            Tok::Byte(b'(' | b'[' | b'{') => 1,
            Tok::Function | Tok::If | Tok::Do | Tok::Repeat => 1,
            Tok::Byte(b')' | b']' | b'}') | Tok::End | Tok::Until => -1,
            _ => 0,
        };
        let fault = tokens.fault.map(|at| rest.get(at));
        self.in_long = matches!(fault, Some(Some(b'[' | b'-')));
        if fault.is_none() {
            self.open += (0..tokens.len()).map(part).sum::<isize>();
            self.counted = self.text.len();
        }
    }
}
