//! Bytes of an image: whole numbers seven bits at a time, the lowest first; all else
//! little-endian. The same on every machine.

use super::fault::Fault;
use crate::base::sha256::Sha256;
use crate::vm::state::handles::Handle;

/// Bytes that may wait to be hashed.
const PIECE: usize = 64 * 1024;

/// What stands for the number of a handle of another machine: whoever uses it gets an error, here
/// and there, though a handle of this machine's may have the same number.
pub(crate) const OF_ANOTHER: u64 = 0;

/// Where an image is written to.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    /// Whose handles are found again by their numbers: [`Handle::owner`].
    owner: usize,
    /// Only the hash of the bytes is wanted.
    hash: Option<Sha256>,
    /// Nothing is wanted.
    idle: bool,
    /// Serial numbers of the handles that are among what was written, each time one is.
    handles: Vec<u64>,
    /// Where something is to come that is known last.
    gaps: Vec<usize>,
}

impl Writer {
    /// Makes a writer that keeps nothing but the hash of what is written.
    pub(crate) fn hashing() -> Writer {
        Writer { hash: Some(Sha256::new()), ..Writer::default() }
    }

    /// Makes a writer that keeps nothing.
    pub(crate) fn idle() -> Writer {
        Writer { idle: true, ..Writer::default() }
    }

    /// Says whose handles are among what is written.
    pub(crate) fn of_owner(self, owner: usize) -> Writer {
        Writer { owner, ..self }
    }

    /// Makes a writer for what becomes a part of this one.
    pub(crate) fn beside(&self) -> Writer {
        Writer::default().of_owner(self.owner)
    }

    /// To be called between two objects: what need not be kept goes.
    #[inline]
    pub(crate) fn settle(&mut self) {
        if self.bytes.len() >= PIECE && (self.idle || self.hash.is_some()) {
            if let Some(hash) = &mut self.hash {
                hash.update(&self.bytes);
            }
            self.bytes.clear();
        }
    }

    /// Returns the serial numbers of handles that were written: once for each handle that what
    /// was written has of its own.
    pub(crate) fn handles(&self) -> &[u64] {
        &self.handles
    }

    /// Writes a handle, which is found again by its serial number.
    pub(crate) fn handle(&mut self, handle: &Handle) {
        if handle.owner() != self.owner {
            return self.number(OF_ANOTHER);
        }
        self.number(handle.serial());
        self.handles.push(handle.serial());
    }

    /// Writes what another writer was given.
    pub(crate) fn part(&mut self, part: Writer) {
        self.handles_of(&part);
        self.raw(&part.into_bytes());
    }

    /// Takes over the handles that another writer was given, as if they were written here.
    pub(crate) fn handles_of(&mut self, part: &Writer) {
        self.handles.extend(&part.handles);
    }

    /// Returns where the next byte comes, for [`Writer::set_flag`].
    pub(crate) fn place(&self) -> usize {
        self.bytes.len()
    }

    /// Changes a truth value that was written.
    pub(crate) fn set_flag(&mut self, place: usize, flag: bool) {
        // There is none where nothing but the hash is kept.
        if let Some(byte) = self.bytes.get_mut(place) {
            *byte = u8::from(flag);
        }
    }

    /// Leaves the place of something that is known last, for [`Writer::filled`].
    pub(crate) fn gap(&mut self) {
        self.gaps.push(self.bytes.len());
    }

    /// Returns the bytes, with what belongs into the gaps.
    pub(crate) fn filled(self, parts: &[Vec<u8>]) -> Vec<u8> {
        debug_assert_eq!(self.gaps.len(), parts.len(), "each gap has a part");
        let mut bytes =
            Vec::with_capacity(self.bytes.len() + parts.iter().map(Vec::len).sum::<usize>());
        let mut from = 0;
        for (&gap, part) in self.gaps.iter().zip(parts) {
            bytes.extend_from_slice(&self.bytes[from..gap]);
            bytes.extend_from_slice(part);
            from = gap;
        }
        bytes.extend_from_slice(&self.bytes[from..]);
        bytes
    }

    /// Returns the bytes; none if only their hash is wanted.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns the hash of all that was written, if only that is wanted.
    pub(crate) fn into_hash(self) -> Option<[u8; 32]> {
        let mut hash = self.hash?;
        hash.update(&self.bytes);
        Some(hash.finalize())
    }

    /// Writes a byte.
    #[inline]
    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Writes a truth value.
    pub(crate) fn flag(&mut self, flag: bool) {
        self.byte(u8::from(flag));
    }

    /// Writes a whole number.
    #[inline]
    pub(crate) fn number(&mut self, number: u64) {
        let mut rest = number;
        while rest >= 0x80 {
            self.byte(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.byte(rest as u8);
    }

    /// Writes a length or a place.
    #[inline]
    pub(crate) fn size(&mut self, size: usize) {
        self.number(size as u64);
    }

    /// Writes a whole number with a sign: small ones are short.
    #[inline]
    pub(crate) fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)) as u64);
    }

    /// Writes all bits of a number.
    #[inline]
    pub(crate) fn word(&mut self, word: u64) {
        self.raw(&word.to_le_bytes());
    }

    /// Writes bytes with their length.
    #[inline]
    pub(crate) fn text(&mut self, bytes: &[u8]) {
        self.size(bytes.len());
        self.raw(bytes);
    }

    /// Writes bytes.
    #[inline]
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
}

/// Where an image is read from: never beyond its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the beginning.
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    /// Returns how many bytes are left.
    #[inline]
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    /// Reads a byte.
    ///
    /// # Errors
    /// At the end.
    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        let (byte, rest) = self.rest.split_first().ok_or(Fault::SHORT)?;
        self.rest = rest;
        Ok(*byte)
    }

    /// Reads a truth value.
    ///
    /// # Errors
    /// At the end, or if it is none.
    pub(crate) fn flag(&mut self) -> Result<bool, Fault> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Fault::Damaged("a truth value that is none")),
        }
    }

    /// Reads a whole number, which has one form only.
    ///
    /// # Errors
    /// At the end, or if it is too large or longer than it need be.
    #[inline]
    pub(crate) fn number(&mut self) -> Result<u64, Fault> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        self.long_number(first)
    }

    fn long_number(&mut self, first: u8) -> Result<u64, Fault> {
        let mut number = u64::from(first & 0x7F);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if (bits << shift) >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return if byte == 0 { Err(Fault::NUMBER) } else { Ok(number) };
            }
        }
        Err(Fault::NUMBER)
    }

    /// Reads a length or a place.
    ///
    /// # Errors
    /// As [`Reader::number`].
    #[inline]
    pub(crate) fn size(&mut self) -> Result<usize, Fault> {
        usize::try_from(self.number()?).map_err(|_| Fault::NUMBER)
    }

    /// Reads a number of at most 32 bits.
    ///
    /// # Errors
    /// As [`Reader::number`].
    #[inline]
    pub(crate) fn small(&mut self) -> Result<u32, Fault> {
        u32::try_from(self.number()?).map_err(|_| Fault::NUMBER)
    }

    /// Reads how many things follow that take at least `least` bytes each.
    ///
    /// # Errors
    /// As [`Reader::number`], or if there are not so many bytes.
    pub(crate) fn count(&mut self, least: usize) -> Result<usize, Fault> {
        let count = self.size()?;
        if count > self.left() / least.max(1) { Err(Fault::SHORT) } else { Ok(count) }
    }

    /// Reads a whole number with a sign.
    ///
    /// # Errors
    /// As [`Reader::number`].
    #[inline]
    pub(crate) fn signed(&mut self) -> Result<i64, Fault> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// Reads all bits of a number.
    ///
    /// # Errors
    /// At the end.
    #[inline]
    pub(crate) fn word(&mut self) -> Result<u64, Fault> {
        let (word, rest) = self.rest.split_first_chunk::<8>().ok_or(Fault::SHORT)?;
        self.rest = rest;
        Ok(u64::from_le_bytes(*word))
    }

    /// Reads bytes with their length.
    ///
    /// # Errors
    /// At the end.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.size()?;
        self.raw(length)
    }

    /// Reads so many bytes.
    ///
    /// # Errors
    /// At the end.
    #[inline]
    pub(crate) fn raw(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Fault::SHORT)?;
        self.rest = rest;
        Ok(bytes)
    }
}
