//! Buffered streams: what C's standard library keeps for each open file.
//!
//! A stream reads ahead or collects what is written, never both at once: before it
//! changes from one to the other it writes out, or moves back by what it read ahead.
//! So a file opened for both has one position, as a script expects.

pub(in crate::vm) mod image;

use super::{Device, Ended, Mode, Place, WorldError};
use crate::gc;
use crate::vm::heap::native::Interrupt;
use crate::vm::meters::account::Account;
use std::cell::RefCell;
use std::rc::Rc;

/// Bytes of a buffer unless `setvbuf` says otherwise.
pub(crate) const BUFFER: usize = 16 * 1024;
/// The largest buffer `setvbuf` makes.
pub(crate) const MAX_BUFFER: usize = 1024 * 1024;
/// The least room for reading ahead: a numeral and the byte after it must fit.
const MIN_INPUT: usize = 512;
/// Logical size of a stream without its buffers.
const STREAM_BYTES: usize = 256;

/// When written bytes leave the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffering {
    /// At once.
    No,
    /// With the end of their line.
    Line,
    /// When the buffer is full.
    Full,
}

/// What `close` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// A file, closed.
    File,
    /// A process that has ended.
    Process(Ended),
    /// A stream of the process, which stays open.
    Refused,
}

/// Where a stream leads.
enum End {
    /// Nowhere: closed.
    Closed,
    /// To a device.
    Device(Box<dyn Device>),
    /// To the session's output, which is not a device: it has a limit.
    Session,
    /// To nothing: an input that is at its end.
    Nothing,
}

/// A buffered stream.
pub struct Stream {
    end: End,
    mode: Mode,
    /// A stream of the process: `close` refuses.
    standard: bool,
    buffering: Buffering,
    /// Bytes the buffers may have.
    size: usize,
    /// Bytes read ahead are `input[from..to]`.
    input: Vec<u8>,
    from: usize,
    to: usize,
    /// Bytes not yet written out.
    output: Vec<u8>,
    /// Logical bytes charged to the account.
    charged: usize,
    /// A stream that is written out before this one waits for input.
    tied: Option<Rc<RefCell<Stream>>>,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl Stream {
    /// Makes a stream that is closed, until [`Stream::attach`].
    pub fn closed() -> Stream {
        Stream::make(End::Closed, Mode::READ, false, Buffering::Full)
    }

    fn make(end: End, mode: Mode, standard: bool, buffering: Buffering) -> Stream {
        Stream {
            end,
            mode,
            standard,
            buffering,
            size: BUFFER,
            input: Vec::new(),
            from: 0,
            to: 0,
            output: Vec::new(),
            charged: 0,
            tied: None,
        }
    }

    /// Makes a stream of the process.
    pub fn standard(device: Box<dyn Device>, mode: Mode, buffering: Buffering) -> Stream {
        Stream::make(End::Device(device), mode, true, buffering)
    }

    /// Makes the stream of the session's output.
    pub fn session_output() -> Stream {
        Stream::make(End::Session, Mode::WRITE, true, Buffering::Full)
    }

    /// Makes an input that is at its end.
    pub fn no_input() -> Stream {
        Stream::make(End::Nothing, Mode::READ, true, Buffering::Full)
    }

    /// Reserves what the stream and its buffers may take, in logical bytes.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn reserve<'gc>(&mut self, account: &Account) -> Result<(), Interrupt<'gc>> {
        self.charge(account, BUFFER)
    }

    /// Gives back what [`Stream::reserve`] took, for a stream that no file came to own:
    /// what such a one gives back when it is dropped is not counted.
    pub fn release(&mut self, account: &Account) {
        account.release(std::mem::take(&mut self.charged));
    }

    fn charge<'gc>(&mut self, account: &Account, size: usize) -> Result<(), Interrupt<'gc>> {
        let need = STREAM_BYTES + 2 * size.max(MIN_INPUT);
        if need > self.charged {
            account.reserve(need - self.charged)?;
            self.charged = need;
        }
        Ok(())
    }

    /// Opens the stream on a device.
    pub fn attach(&mut self, device: Box<dyn Device>, mode: Mode) {
        self.end = End::Device(device);
        self.mode = mode;
    }

    /// Writes another stream out before waiting for input, if that one is not fully buffered.
    pub fn tie(&mut self, other: Rc<RefCell<Stream>>) {
        self.tied = Some(other);
    }

    /// Tells whether the stream is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self.end, End::Closed)
    }

    /// Tells whether the stream is the session's output.
    pub fn is_session_output(&self) -> bool {
        matches!(self.end, End::Session)
    }

    /// Tells whether written bytes leave with the end of their line, or at once.
    pub fn is_prompt(&self) -> bool {
        self.buffering != Buffering::Full
    }

    // ---- reading ----

    /// Returns what was read ahead.
    #[inline]
    pub fn available(&self) -> &[u8] {
        &self.input[self.from..self.to]
    }

    /// Takes bytes away from the front of what was read ahead.
    #[inline]
    pub fn consume(&mut self, count: usize) {
        self.from = (self.from + count).min(self.to);
    }

    /// Reads more ahead. False: there is no more, at least now.
    ///
    /// # Errors
    /// The system's, and "Bad file descriptor" where the stream only writes.
    pub fn fill(&mut self) -> Result<bool, WorldError> {
        if !self.mode.read {
            return Err(WorldError::bad_descriptor());
        }
        self.flush()?;
        if let Some(tied) = &self.tied
            && let Ok(mut tied) = tied.try_borrow_mut()
            && tied.is_prompt()
        {
            // The error stays with the stream it belongs to.
            let _ = tied.flush();
        }
        if self.from == self.to {
            (self.from, self.to) = (0, 0);
        }
        let size = self.size.max(MIN_INPUT);
        if self.input.len() < size {
            self.input.resize(size, 0);
        }
        if self.to == self.input.len() {
            self.input.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, self.to - self.from);
        }
        let device = match &mut self.end {
            End::Device(device) => device,
            End::Nothing => return Ok(false),
            End::Closed | End::Session => return Err(WorldError::bad_descriptor()),
        };
        let room = match self.buffering {
            Buffering::No => 1,
            _ => self.size.max(1),
        };
        let stop = self.input.len().min(self.to.saturating_add(room));
        if stop == self.to {
            // The room is full of bytes nobody has taken, which no reader lets happen.
            return Ok(false);
        }
        let count = device.read(&mut self.input[self.to..stop])?;
        self.to += count;
        Ok(count > 0)
    }

    /// Returns the byte at an offset from the read position without taking it; `None`
    /// at the end. The offset must be below 512.
    ///
    /// # Errors
    /// As [`Stream::fill`].
    pub fn peek(&mut self, offset: usize) -> Result<Option<u8>, WorldError> {
        loop {
            if let Some(byte) = self.available().get(offset) {
                return Ok(Some(*byte));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Reads a line without its end; nothing at the end of the input, or where it cannot
    /// be read. A script's own reading is metered elsewhere.
    pub fn read_line(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        while self.peek(0).ok()?.is_some() {
            let available = self.available();
            let end = memchr::memchr(b'\n', available);
            line.extend_from_slice(&available[..end.unwrap_or(available.len())]);
            let taken = end.map_or(available.len(), |end| end + 1);
            self.consume(taken);
            if end.is_some() {
                return Some(line);
            }
        }
        (!line.is_empty()).then_some(line)
    }

    // ---- writing ----

    /// Writes bytes; they may stay in the buffer.
    ///
    /// # Errors
    /// The system's, and "Bad file descriptor" where the stream only reads.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), WorldError> {
        if !self.mode.write {
            return Err(WorldError::bad_descriptor());
        }
        if self.from != self.to {
            self.forget_input();
        }
        match self.buffering {
            Buffering::Full => self.write_buffered(bytes),
            Buffering::No => {
                self.flush()?;
                self.write_out(bytes)
            }
            Buffering::Line => {
                let lines = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
                self.write_buffered(&bytes[..lines])?;
                if lines > 0 {
                    self.flush()?;
                }
                self.write_buffered(&bytes[lines..])
            }
        }
    }

    fn write_buffered(&mut self, bytes: &[u8]) -> Result<(), WorldError> {
        if self.output.len() + bytes.len() > self.size {
            self.flush()?;
            if bytes.len() >= self.size {
                return self.write_out(bytes);
            }
        }
        if self.output.capacity() == 0 && !bytes.is_empty() {
            self.output.reserve_exact(self.size);
        }
        self.output.extend_from_slice(bytes);
        Ok(())
    }

    /// Moves back by what was read ahead. Where that is impossible, as on a terminal,
    /// it stays to be read.
    fn forget_input(&mut self) {
        let ahead = (self.to - self.from) as i64;
        if let End::Device(device) = &mut self.end
            && device.seek(Place::Current(-ahead)).is_ok()
        {
            (self.from, self.to) = (0, 0);
        }
    }

    /// Writes bytes to the device.
    fn write_out(&mut self, mut bytes: &[u8]) -> Result<(), WorldError> {
        let End::Device(device) = &mut self.end else { return Err(WorldError::bad_descriptor()) };
        while !bytes.is_empty() {
            let count = device.write(bytes)?;
            bytes = bytes.get(count..).unwrap_or_default();
        }
        Ok(())
    }

    /// Writes out what is in the buffer.
    ///
    /// # Errors
    /// The system's; what was not written stays in the buffer.
    pub fn flush(&mut self) -> Result<(), WorldError> {
        if self.output.is_empty() {
            return Ok(());
        }
        let End::Device(device) = &mut self.end else { return Ok(()) };
        let mut done = 0;
        let mut result = Ok(());
        while done < self.output.len() {
            match device.write(&self.output[done..]) {
                Ok(count) => done += count,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        self.output.drain(..done);
        result
    }

    // ---- the rest ----

    /// Moves to a place and returns it, in bytes from the beginning.
    ///
    /// # Errors
    /// The system's.
    pub fn seek(&mut self, to: Place) -> Result<u64, WorldError> {
        self.flush()?;
        let ahead = (self.to - self.from) as i64;
        let to = match to {
            Place::Current(offset) => match offset.checked_sub(ahead) {
                Some(offset) => Place::Current(offset),
                None => return Err(WorldError::invalid_argument()),
            },
            place => place,
        };
        let End::Device(device) = &mut self.end else {
            return Err(WorldError { message: "Illegal seek".to_owned(), code: 29 });
        };
        let position = device.seek(to)?;
        (self.from, self.to) = (0, 0);
        Ok(position)
    }

    /// Sets when written bytes leave the buffer, and its size in bytes, which is kept
    /// below [`MAX_BUFFER`].
    ///
    /// # Errors
    /// When memory is refused (nothing changes), else the system's while writing out.
    pub fn set_buffering<'gc>(
        &mut self,
        account: &Account,
        buffering: Buffering,
        size: usize,
    ) -> Result<Result<(), WorldError>, Interrupt<'gc>> {
        let size = size.clamp(1, MAX_BUFFER);
        self.charge(account, size)?;
        let flushed = self.flush();
        self.buffering = buffering;
        // What was read ahead keeps its place.
        self.size = size;
        self.output.shrink_to(size);
        Ok(flushed)
    }

    /// Closes the stream, unless it is one of the process.
    ///
    /// # Errors
    /// The system's; the stream is closed all the same.
    pub fn close(&mut self) -> Result<Closed, WorldError> {
        if self.standard {
            return Ok(Closed::Refused);
        }
        let flushed = self.flush();
        (self.input, self.output) = (Vec::new(), Vec::new());
        (self.from, self.to) = (0, 0);
        let closed = match std::mem::replace(&mut self.end, End::Closed) {
            End::Device(device) => device.close(),
            End::Closed | End::Session | End::Nothing => Ok(None),
        };
        flushed?;
        Ok(closed?.map_or(Closed::File, Closed::Process))
    }
}

/// A stream nobody can reach any more is closed: what it had buffered is written.
impl Drop for Stream {
    fn drop(&mut self) {
        // Nobody is left to hear of an error.
        let _ = self.flush();
        let _ = self.close();
        gc::freed(self.charged);
    }
}
