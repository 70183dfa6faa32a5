//! Reading what others may have put there: a pipe that nobody writes to, or what has no end. It
//! is not waited for, and read up to a size.

use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Opens a regular file, and waits for nobody.
///
/// # Errors
/// The system's; when it is something else.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    Ok(file)
}

/// Reads all there is, up to `most` bytes, which are some MiB.
///
/// # Errors
/// When reading fails, or there is more.
pub(crate) fn read_up_to(from: &mut dyn Read, most: u64) -> io::Result<Vec<u8>> {
    let bytes = read_past(from, most)?;
    if bytes.len() as u64 > most {
        let text = format!("it is larger than {} MiB", most >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

/// Reads a byte more than `most`, at most: who gets so many knows that it is too large.
///
/// # Errors
/// When reading fails.
pub(crate) fn read_past(from: &mut dyn Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
