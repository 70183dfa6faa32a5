//! The world outside, as the library sees it.
//!
//! Nothing at this rank opens a file or reads a clock: a host that wants real
//! `io`, `os` and `package` gives the machine an implementation of [`World`].
//! Without one, those functions fail as they do where a system call is missing.

pub(crate) mod files;
pub(crate) mod stream;

use std::cell::RefCell;
use std::rc::Rc;
use stream::Stream;

/// Why the world refused: what `io` functions return after nil (manual §6.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldError {
    /// The system's text, such as `No such file or directory`.
    pub message: String,
    /// The system's number, `errno`.
    pub code: i32,
}

impl WorldError {
    /// What is said of an operation the world does not grant: `EPERM`.
    pub fn not_permitted() -> WorldError {
        WorldError { message: "Operation not permitted".to_owned(), code: 1 }
    }

    /// What is said of reading a stream that only writes and the like: `EBADF`.
    pub fn bad_descriptor() -> WorldError {
        WorldError { message: "Bad file descriptor".to_owned(), code: 9 }
    }

    /// What is said of arguments that make no sense to the system: `EINVAL`.
    pub fn invalid_argument() -> WorldError {
        WorldError { message: "Invalid argument".to_owned(), code: 22 }
    }

    /// Tells whether too many files are open: `ENFILE` or `EMFILE`. A collection may help.
    pub fn is_too_many_files(&self) -> bool {
        matches!(self.code, 23 | 24)
    }
}

/// How a file is opened: the mode of `io.open` taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// May be read.
    pub read: bool,
    /// May be written.
    pub write: bool,
    /// Every write goes to the end.
    pub append: bool,
    /// What is there is cut away.
    pub truncate: bool,
    /// A file that is not there is made.
    pub create: bool,
}

impl Mode {
    /// Reads a mode: `[rwa]%+?b*`.
    pub fn parse(text: &[u8]) -> Option<Mode> {
        let (kind, rest) = text.split_first()?;
        let (plus, rest) = match rest {
            [b'+', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        if rest.iter().any(|byte| *byte != b'b') {
            return None;
        }
        let (read, append) = (*kind == b'r', *kind == b'a');
        matches!(kind, b'r' | b'w' | b'a').then_some(Mode {
            read: read || plus,
            write: !read || plus,
            append,
            truncate: *kind == b'w',
            create: !read,
        })
    }

    /// Reading only.
    pub const READ: Mode =
        Mode { read: true, write: false, append: false, truncate: false, create: false };

    /// Writing only, from an empty file on.
    pub const WRITE: Mode =
        Mode { read: false, write: true, append: false, truncate: true, create: true };

    /// Reading and writing, from an empty file on.
    pub const UPDATE: Mode =
        Mode { read: true, write: true, append: false, truncate: true, create: true };
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Bytes from the beginning.
    Start(i64),
    /// Bytes from where the device is.
    Current(i64),
    /// Bytes from the end.
    End(i64),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this status of its own.
    Exit(i32),
    /// By this signal.
    Signal(i32),
}

/// An open file, pipe or terminal: what a [`Stream`] buffers.
pub trait Device: Send {
    /// Reads at most as many bytes as fit; 0 is the end.
    ///
    /// # Errors
    /// The system's.
    fn read(&mut self, into: &mut [u8]) -> Result<usize, WorldError>;

    /// Writes bytes, at least one, and says how many.
    ///
    /// # Errors
    /// The system's.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, WorldError>;

    /// Moves to a place and returns it, in bytes from the beginning.
    ///
    /// # Errors
    /// The system's.
    fn seek(&mut self, to: Place) -> Result<u64, WorldError>;

    /// Closes the device; for a process, waits for its end and says how it came.
    ///
    /// # Errors
    /// The system's.
    fn close(self: Box<Self>) -> Result<Option<Ended>, WorldError>;
}

/// The three streams a process has from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// `io.stdin`
    Input,
    /// `io.stdout`
    Output,
    /// `io.stderr`
    Error,
}

/// What local time is at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Seconds east of UTC.
    pub offset: i64,
    /// Whether summer time is in force.
    pub dst: bool,
    /// The zone's short name: `CET`.
    pub name: String,
}

/// What a host grants: all of the system to trusted code, to a sandbox what it likes. Names of files are bytes, as scripts write them.
///
/// What has a default is not granted by it.
pub trait World {
    /// Reads a whole file: for `loadfile`, `dofile` and `require`. `None` is standard input.
    ///
    /// # Errors
    /// Why it could not be read.
    fn read_file(&mut self, path: Option<&[u8]>) -> Result<Vec<u8>, WorldError>;

    /// Tells whether a file can be opened for reading: for `package.searchpath`.
    fn is_readable(&mut self, path: &[u8]) -> bool;

    /// Writes to standard output, as `print` does. `None`: there is none, and it goes
    /// to the session's output.
    fn print(&mut self, bytes: &[u8]) -> Option<Result<(), WorldError>>;

    /// Writes a warning's or a message's bytes to standard error. False: there is none,
    /// and they go to the session's output.
    fn complain(&mut self, bytes: &[u8]) -> bool;

    /// Returns a variable of the environment (manual §6.9, `os.getenv`).
    fn variable(&mut self, name: &[u8]) -> Option<Vec<u8>>;

    /// Returns a stream of the process. `None`: the session's output, or no input.
    fn standard(&mut self, _which: Standard) -> Option<Rc<RefCell<Stream>>> {
        None
    }

    /// Opens a file (`io.open`).
    ///
    /// # Errors
    /// The system's.
    fn open(&mut self, _path: &[u8], _mode: Mode) -> Result<Box<dyn Device>, WorldError> {
        Err(WorldError::not_permitted())
    }

    /// Starts a shell with a command and returns its output, or its input to write to
    /// (`io.popen`).
    ///
    /// # Errors
    /// The system's.
    fn pipe(&mut self, _command: &[u8], _write: bool) -> Result<Box<dyn Device>, WorldError> {
        Err(WorldError::not_permitted())
    }

    /// Opens a file for reading and writing that vanishes (`io.tmpfile`).
    ///
    /// # Errors
    /// The system's.
    fn temporary(&mut self) -> Result<Box<dyn Device>, WorldError> {
        Err(WorldError::not_permitted())
    }

    /// Makes an empty file with a name nobody has (`os.tmpname`).
    ///
    /// # Errors
    /// The system's.
    fn temporary_name(&mut self) -> Result<Vec<u8>, WorldError> {
        Err(WorldError::not_permitted())
    }

    /// Removes a file or an empty directory (`os.remove`).
    ///
    /// # Errors
    /// The system's.
    fn remove(&mut self, _path: &[u8]) -> Result<(), WorldError> {
        Err(WorldError::not_permitted())
    }

    /// Renames a file (`os.rename`).
    ///
    /// # Errors
    /// The system's.
    fn rename(&mut self, _from: &[u8], _to: &[u8]) -> Result<(), WorldError> {
        Err(WorldError::not_permitted())
    }

    /// Runs a command in a shell and waits for it (`os.execute`).
    ///
    /// # Errors
    /// The system's.
    fn execute(&mut self, _command: &[u8]) -> Result<Ended, WorldError> {
        Err(WorldError::not_permitted())
    }

    /// Tells whether there is a shell (`os.execute ()`).
    fn has_shell(&mut self) -> bool {
        false
    }

    /// Returns the time in seconds since 1970; `None`: the virtual clock's.
    fn now(&mut self) -> Option<i64> {
        None
    }

    /// Returns the seconds of processor time used; `None`: the virtual clock's.
    fn processor_time(&mut self) -> Option<f64> {
        None
    }

    /// Returns what local time is at a moment; `None`: UTC.
    fn zone(&mut self, _seconds: i64) -> Option<Zone> {
        None
    }
}

#[cfg(test)]
mod tests;
