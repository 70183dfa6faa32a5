//! A source that is read once more.

use super::tokens::Tokens;
use super::tree::Tree;
use crate::syntax::ast::{Chunk, StrId};
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::{Meter, NoMeter, Stopped};
use crate::syntax::{ParseOptions, parse_prefix};

/// The largest source that is looked at again. That takes memory of the host's, about as much
/// as the source for each of its tokens' and expressions' lists.
pub(crate) const LARGEST: usize = 256 << 10;

/// Bytes that a tape may take.
const TAPE: u64 = 16 << 20;

/// Gives memory as far as it goes.
#[derive(Debug)]
pub(super) struct Allowance(u64);

impl Allowance {
    pub(super) fn new() -> Allowance {
        Allowance(TAPE)
    }
}

impl Meter for Allowance {
    fn reserve(&mut self, bytes: u64) -> Result<(), Stopped> {
        self.0 = self.0.checked_sub(bytes).ok_or(Stopped::Memory)?;
        Ok(())
    }

    fn release(&mut self, bytes: u64) {
        self.0 = self.0.saturating_add(bytes);
    }
}

/// A source with its tokens and its expressions.
#[derive(Debug)]
pub(crate) struct Reading<'s> {
    pub tokens: Tokens<'s>,
    /// The tape, as far as the source is right.
    pub chunk: Chunk,
    pub tree: Tree,
    /// What is wrong with it, as a parser sees it.
    pub error: Option<SyntaxError>,
}

impl<'s> Reading<'s> {
    /// Reads a source; nothing if it is too large.
    pub(crate) fn new(source: &'s [u8]) -> Option<Reading<'s>> {
        if source.len() > LARGEST {
            return None;
        }
        Reading::with(source, &mut Allowance::new())
    }

    /// Reads a source of any size.
    pub(crate) fn whole(source: &'s [u8]) -> Option<Reading<'s>> {
        Reading::with(source, &mut NoMeter)
    }

    fn with(source: &'s [u8], meter: &mut dyn Meter) -> Option<Reading<'s>> {
        let options = ParseOptions { skip_file_prefix: true };
        let (chunk, error) = parse_prefix(source, b"=", options, meter);
        if let Some(SyntaxError::Stopped(_)) = error {
            return None;
        }
        let tokens = Tokens::read(source);
        let tree = Tree::build(&chunk, &tokens);
        Some(Reading { tokens, chunk, tree, error })
    }

    /// Returns the bytes of a name or a string.
    pub(crate) fn name(&self, id: StrId) -> &[u8] {
        self.chunk.strings.get(id.0 as usize).map_or(&[], |text| text)
    }
}
