//! Reading a numeral from a stream (format `n`, manual §6.8): the longest prefix of a
//! numeral, at most 200 bytes, is taken; then it either is a numeral or not.

use crate::base::number::{Number, parse_number};
use crate::vm::state::world::WorldError;
use crate::vm::state::world::stream::Stream;

/// Most bytes of a numeral.
const MAX_NUMERAL: usize = 200;

/// A numeral being read. Its bytes stay in the stream until the end is known.
struct Reader<'a> {
    stream: &'a mut Stream,
    text: Vec<u8>,
    /// The byte after the text.
    next: Option<u8>,
    overflow: bool,
}

impl Reader<'_> {
    /// Takes the next byte, unless there is no more room.
    fn take(&mut self) -> Result<bool, WorldError> {
        let Some(byte) = self.next else { return Ok(false) };
        if self.text.len() >= MAX_NUMERAL {
            self.overflow = true;
            return Ok(false);
        }
        self.text.push(byte);
        self.next = self.stream.peek(self.text.len())?;
        Ok(true)
    }

    /// Takes the next byte if it is one of these.
    fn take_one_of(&mut self, set: &[u8]) -> Result<bool, WorldError> {
        if self.next.is_some_and(|byte| set.contains(&byte)) { self.take() } else { Ok(false) }
    }

    /// Takes digits and tells how many.
    fn take_digits(&mut self, hex: bool) -> Result<usize, WorldError> {
        let mut count = 0;
        while self
            .next
            .is_some_and(|byte| if hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() })
            && self.take()?
        {
            count += 1;
        }
        Ok(count)
    }
}

/// Reads a numeral that begins at the next byte; the white space before it is gone.
///
/// # Errors
/// The system's.
pub(super) fn read_number(stream: &mut Stream) -> Result<Option<Number>, WorldError> {
    let next = stream.peek(0)?;
    let mut reader = Reader { stream, text: Vec::with_capacity(32), next, overflow: false };
    let mut hex = false;
    let mut digits = 0;
    reader.take_one_of(b"-+")?;
    if reader.take_one_of(b"0")? {
        if reader.take_one_of(b"xX")? {
            hex = true;
        } else {
            digits = 1;
        }
    }
    digits += reader.take_digits(hex)?;
    if reader.take_one_of(b".")? {
        digits += reader.take_digits(hex)?;
    }
    if digits > 0 && reader.take_one_of(if hex { b"pP" } else { b"eE" })? {
        reader.take_one_of(b"-+")?;
        reader.take_digits(false)?;
    }
    let Reader { stream, text, overflow, .. } = reader;
    stream.consume(text.len());
    Ok(if overflow { None } else { parse_number(&text) })
}
