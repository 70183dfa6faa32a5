//! The tokens that are read ahead of the parser.

use crate::syntax::token::{Tok, Token};

/// Room for tokens; a power of two.
const ROOM: usize = 16;

/// A ring of tokens.
#[derive(Debug)]
pub(super) struct Queue {
    tokens: [Token; ROOM],
    first: usize,
    count: usize,
}

impl Default for Queue {
    fn default() -> Queue {
        let nothing = Token { tok: Tok::Eof, start: 0, line: 0 };
        Queue { tokens: [nothing; ROOM], first: 0, count: 0 }
    }
}

impl Queue {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.count
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.count < ROOM
    }

    /// Appends a token; there is room.
    #[inline]
    pub(super) fn push(&mut self, token: Token) {
        self.tokens[(self.first + self.count) % ROOM] = token;
        self.count += 1;
    }

    /// Takes the first token.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Token> {
        let token = self.first()?;
        self.first = (self.first + 1) % ROOM;
        self.count -= 1;
        Some(token)
    }

    /// Returns the first token.
    #[inline]
    pub(super) fn first(&self) -> Option<Token> {
        (self.count > 0).then(|| self.tokens[self.first])
    }
}
