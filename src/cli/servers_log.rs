//! The log of calls of a server, which has no end at which to say that it could not be written:
//! it says so at once, on standard error.

use super::source::reason;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

/// A file of the log.
pub(super) struct ServersLog {
    file: File,
    path: PathBuf,
}

impl ServersLog {
    pub(super) fn new(file: File, path: PathBuf) -> ServersLog {
        ServersLog { file, path }
    }
}

impl Write for ServersLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes);
        if let Err(error) = &written
            && error.kind() != ErrorKind::Interrupted
        {
            let path = self.path.display().to_string();
            let (path, why) = (super::escape(path.as_bytes()), reason(error));
            // The server goes on when nobody listens.
            let _ = writeln!(
                io::stderr(),
                "moonfuel: cannot write the log of calls {path}: {why}; \
                 no more calls are logged there"
            );
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
