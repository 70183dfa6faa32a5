//! Files that are read whole, as long as they are not larger than anybody's: a device has no end.
//! And such as are written whole or not at all.

use crate::host::jido::temporary::new_name;
pub(super) use crate::host::reading::{read_past, read_up_to};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

#[cfg(test)]
mod tests;

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
        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is no valid UTF-8"))
}

/// Writes a file: whoever fails, or is killed, on the way leaves the one that was there.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write_file(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let found = fs::metadata(path).ok();
    // A terminal, a pipe, a device; a link to where nothing is yet.
    if found.as_ref().map_or(path.is_symlink(), |found| !found.is_file()) {
        return write_parts(&mut File::create(path)?, parts);
    }
    // What a link leads to is written, and the link stays.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if found.is_some() {
        // One that is only to be read stays.
        OpenOptions::new().write(true).open(&path)?;
    }
    let (temporary, mut file) = match beside(&path) {
        Ok(made) => made,
        // A file may be written where no other can be made.
        Err(_) if found.is_some() => return write_parts(&mut File::create(&path)?, parts),
        Err(error) => return Err(error),
    };
    let written = write_parts(&mut file, parts)
        .and_then(|()| found.map_or(Ok(()), |found| file.set_permissions(found.permissions())))
        .and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        // The error is what is told.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_parts(file: &mut File, parts: &[&[u8]]) -> io::Result<()> {
    parts.iter().try_for_each(|part| file.write_all(part))
}

/// Makes an empty file in the folder of another.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    // Roots that are opened for writing have such files of dead processes removed.
    let temporary = path.with_file_name(new_name());
    let file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    Ok((temporary, file))
}
