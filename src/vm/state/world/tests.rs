//! Streams over a device that remembers what was done to it.

use super::stream::{Buffering, Closed, Stream};
use super::{Device, Ended, Mode, Place, WorldError};
use crate::vm::meters::account::Account;
use std::sync::{Arc, Mutex};

/// A file in memory.
#[derive(Default)]
struct Contents {
    bytes: Vec<u8>,
    at: usize,
    writes: usize,
    full: bool,
    closed: bool,
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Contents>>);

impl Memory {
    fn with(bytes: &[u8]) -> Memory {
        let memory = Memory::default();
        memory.0.lock().unwrap().bytes = bytes.to_vec();
        memory
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().bytes.clone()
    }

    fn stream(&self, mode: Mode) -> Stream {
        let mut stream = Stream::closed();
        stream.attach(Box::new(self.clone()), mode);
        stream
    }
}

impl Device for Memory {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, WorldError> {
        let mut contents = self.0.lock().unwrap();
        let at = contents.at;
        let rest = contents.bytes.get(at..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        contents.at += count;
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, WorldError> {
        let mut contents = self.0.lock().unwrap();
        if contents.full {
            return Err(WorldError { message: "No space left on device".to_owned(), code: 28 });
        }
        // Two pieces, as a pipe may do it.
        let count = bytes.len().min(5);
        let at = contents.at;
        let end = at + count;
        if contents.bytes.len() < end {
            contents.bytes.resize(end, 0);
        }
        contents.bytes[at..end].copy_from_slice(&bytes[..count]);
        contents.at = end;
        contents.writes += 1;
        Ok(count)
    }

    fn seek(&mut self, to: Place) -> Result<u64, WorldError> {
        let mut contents = self.0.lock().unwrap();
        let target = match to {
            Place::Start(offset) => offset,
            Place::Current(offset) => contents.at as i64 + offset,
            Place::End(offset) => contents.bytes.len() as i64 + offset,
        };
        contents.at = usize::try_from(target).map_err(|_| WorldError::invalid_argument())?;
        Ok(contents.at as u64)
    }

    fn close(self: Box<Self>) -> Result<Option<Ended>, WorldError> {
        self.0.lock().unwrap().closed = true;
        Ok(None)
    }
}

#[test]
fn modes_are_those_of_c() {
    for (text, expected) in [
        ("r", Some((true, false, false, false))),
        ("rb", Some((true, false, false, false))),
        ("r+b", Some((true, true, false, false))),
        ("r+bb", Some((true, true, false, false))),
        ("w", Some((false, true, false, true))),
        ("w+", Some((true, true, false, true))),
        ("ab", Some((false, true, true, false))),
        ("a+", Some((true, true, true, false))),
        ("", None),
        ("+", None),
        ("b", None),
        ("rw", None),
        ("rb+", None),
        ("r+bk", None),
        ("x", None),
    ] {
        let mode = Mode::parse(text.as_bytes())
            .map(|mode| (mode.read, mode.write, mode.append, mode.truncate));
        assert_eq!(mode, expected, "{text:?}");
    }
}

#[test]
fn a_full_buffer_keeps_bytes_until_it_overflows() {
    let memory = Memory::default();
    let mut stream = memory.stream(Mode::WRITE);
    let account = Account::new(1 << 20);
    stream.set_buffering(&account, Buffering::Full, 8).unwrap().unwrap();
    stream.write(b"12345").unwrap();
    assert_eq!(memory.bytes(), b"");
    stream.write(b"678").unwrap();
    assert_eq!(memory.bytes(), b"");
    stream.write(b"9").unwrap();
    assert_eq!(memory.bytes(), b"12345678");
    stream.write(b"abcdefghijkl").unwrap();
    assert_eq!(memory.bytes(), b"123456789abcdefghijkl");
    stream.flush().unwrap();
    assert_eq!(memory.bytes(), b"123456789abcdefghijkl");
}

#[test]
fn a_line_buffer_keeps_what_has_no_end_of_line() {
    let memory = Memory::default();
    let mut stream = memory.stream(Mode::WRITE);
    let account = Account::new(1 << 20);
    stream.set_buffering(&account, Buffering::Line, 100).unwrap().unwrap();
    stream.write(b"x").unwrap();
    assert_eq!(memory.bytes(), b"");
    stream.write(b"y\nz\nrest").unwrap();
    assert_eq!(memory.bytes(), b"xy\nz\n");
    stream.set_buffering(&account, Buffering::No, 0).unwrap().unwrap();
    assert_eq!(memory.bytes(), b"xy\nz\nrest");
    stream.write(b"!").unwrap();
    assert_eq!(memory.bytes(), b"xy\nz\nrest!");
}

#[test]
fn reading_and_writing_have_one_position() {
    let memory = Memory::with(b"0123456789");
    let mut stream = memory.stream(Mode::parse(b"r+").unwrap());
    assert_eq!(stream.peek(2).unwrap(), Some(b'2'));
    stream.consume(3);
    stream.write(b"abc").unwrap();
    assert_eq!(stream.peek(0).unwrap(), Some(b'6'));
    assert_eq!(memory.bytes(), b"012abc6789");
    assert_eq!(stream.seek(Place::Current(0)).unwrap(), 6);
    stream.write(b"!").unwrap();
    assert_eq!(stream.seek(Place::Current(-7)).unwrap(), 0);
    assert_eq!(memory.bytes(), b"012abc!789");
    assert_eq!(stream.seek(Place::End(-1)).unwrap(), 9);
    assert_eq!(stream.seek(Place::Start(-1)).unwrap_err().code, 22);
    assert_eq!(stream.seek(Place::Current(0)).unwrap(), 9);
}

#[test]
fn streams_refuse_what_their_mode_does_not_grant() {
    let memory = Memory::with(b"abc");
    assert_eq!(memory.stream(Mode::READ).write(b"x").unwrap_err().code, 9);
    assert_eq!(memory.stream(Mode::WRITE).fill().unwrap_err().code, 9);
    assert_eq!(memory.bytes(), b"abc");
}

#[test]
fn what_cannot_be_written_is_told_by_flush_and_by_close() {
    let memory = Memory::default();
    memory.0.lock().unwrap().full = true;
    let mut stream = memory.stream(Mode::WRITE);
    stream.write(b"x").unwrap();
    assert_eq!(stream.flush().unwrap_err().code, 28);
    assert_eq!(stream.close().unwrap_err().code, 28);
    assert!(stream.is_closed() && memory.0.lock().unwrap().closed);
    assert_eq!(stream.close().unwrap(), Closed::File);
}

#[test]
fn a_dropped_stream_writes_and_closes() {
    let memory = Memory::default();
    let mut stream = memory.stream(Mode::WRITE);
    stream.write(b"kept").unwrap();
    drop(stream);
    assert_eq!(memory.bytes(), b"kept");
    assert!(memory.0.lock().unwrap().closed);
}

#[test]
fn a_standard_stream_stays_open() {
    let memory = Memory::default();
    let mut stream = Stream::standard(Box::new(memory.clone()), Mode::WRITE, Buffering::Full);
    stream.write(b"x").unwrap();
    assert_eq!(stream.close().unwrap(), Closed::Refused);
    assert!(!stream.is_closed());
    drop(stream);
    assert_eq!(memory.bytes(), b"x");
    assert!(!memory.0.lock().unwrap().closed);
}

#[test]
fn buffers_are_asked_for() {
    let account = Account::new(100_000);
    let mut stream = Stream::closed();
    stream.reserve(&account).unwrap();
    let first = account.used();
    assert!(stream.set_buffering(&account, Buffering::Full, 1 << 20).is_err());
    assert_eq!(account.used(), first);
    let _ = crate::gc::take_freed();
    drop(stream);
    assert_eq!(crate::gc::take_freed(), first);
}
