//! A file of the log of calls, which says which one it is when it cannot be written.

use super::source::reason;
use crate::base::one_line::path_text;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

/// A file of the log.
pub(super) struct LogFile {
    file: File,
    path: PathBuf,
    /// A command looks at its end whether its log could be written. A server has no end, and
    /// says at once that it could not.
    is_servers: bool,
}

impl LogFile {
    pub(super) fn new(file: File, path: PathBuf, is_servers: bool) -> LogFile {
        LogFile { file, path, is_servers }
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| {
            if error.kind() == ErrorKind::Interrupted {
                return error;
            }
            let path = path_text(&self.path);
            let why = format!("{}: {}", super::escape(path.as_bytes()), reason(&error));
            if self.is_servers {
                // The server goes on when nobody listens.
                let _ = writeln!(
                    io::stderr(),
                    "moonfuel: cannot write the log of calls {why}; no more calls are logged there"
                );
            }
            io::Error::other(why)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
