//! Files that are read whole, as long as they are not larger than anybody's: a device has no end.

pub(super) use crate::host::reading::{read_past, read_up_to};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Most bytes of one.
const LARGEST: u64 = 1 << 30;

/// Reads all there is.
///
/// # Errors
/// When reading fails, or it is too large.
pub(super) fn read(from: &mut dyn Read) -> io::Result<Vec<u8>> {
    read_up_to(from, LARGEST)
}

/// Reads a file.
///
/// # Errors
/// As [`read`]; when it cannot be opened.
pub(super) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    read(&mut File::open(path)?)
}

/// Returns the text that was read.
///
/// # Errors
/// That of reading; when it is no UTF-8.
pub(super) fn text(bytes: io::Result<Vec<u8>>) -> io::Result<String> {
    String::from_utf8(bytes?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is no valid UTF-8"))
}
