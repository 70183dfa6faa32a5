//! The reasons a file callback says no, and jido's texts for them.

use super::Failure;
use crate::{HostCx, HostError};
use std::io;

/// Why a callback failed.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A relative path leads out of the root.
    PathEscapes,
    /// An absolute path lies outside the root.
    PathOutside,
    /// A symlink, in any component, leads out of the root.
    SymlinkEscapes,
    /// The file is on the protected list.
    Protected,
    /// The path holds a NUL byte or cannot be a path on this system.
    InvalidPath,
    /// Links lead round and round.
    LinkLoop,
    /// The path lies in the directory of a repository, which programs trust.
    GitDirectory,
    /// The file was not read before this is done with it.
    Unread(&'static str),
    /// The file is not what was read.
    Changed,
    /// A directory cannot be deleted.
    NotAFile,
    /// There is something else in the place of a directory.
    Exists,
    /// The path is longer than any path can be.
    NameTooLong,
    /// The file is a directory.
    IsDirectory,
    /// The file is a pipe, a socket or a device.
    NotRegular,
    /// The file holds a NUL byte near its beginning.
    Binary,
    /// The file has this many bytes, more than the limit.
    TooLarge(u64, u64),
    /// The formatted lines need more bytes than the limit.
    ResultTooLarge(u64),
    /// The directory has more entries than the limit.
    TooManyEntries(usize),
    /// The patterns need more steps than a call may take.
    PatternsTooCostly,
    /// The old file may not be written.
    ReadOnly,
    /// The content has more bytes than the limit.
    ContentTooLarge(u64),
    /// The system said no.
    Io(io::Error),
    /// The run has no memory or no fuel for it, or must end.
    Run(HostError),
}

/// Why a path of a script's is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathProblem {
    /// It is relative and leads out of the root.
    Escapes,
    /// It is absolute and lies outside of the root.
    Outside,
    /// A link on the way leads out of the root.
    Symlink,
    /// It leads to a protected file.
    Protected,
    /// It is no path, or its links lead round and round.
    Invalid,
}

impl PathProblem {
    /// Returns jido's name of the problem: `path_escapes_boundary` and its kin.
    pub fn name(self) -> &'static str {
        match self {
            PathProblem::Escapes => "path_escapes_boundary",
            PathProblem::Outside => "path_outside_boundary",
            PathProblem::Symlink => "symlink_escapes_boundary",
            PathProblem::Protected => "protected_settings_file",
            PathProblem::Invalid => "invalid_path",
        }
    }

    pub(super) fn of(refusal: &Refusal) -> PathProblem {
        match refusal {
            Refusal::PathEscapes => PathProblem::Escapes,
            Refusal::PathOutside => PathProblem::Outside,
            Refusal::SymlinkEscapes => PathProblem::Symlink,
            Refusal::Protected => PathProblem::Protected,
            _ => PathProblem::Invalid,
        }
    }
}

impl std::fmt::Display for PathProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::error::Error for PathProblem {}

impl From<HostError> for Refusal {
    fn from(error: HostError) -> Self {
        Refusal::Run(error)
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        // cap-std reports an escape as a permission error of its own making,
        // without a system error number. Lexical escapes were refused before,
        // so what is left is a symlink.
        if error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none() {
            return Refusal::SymlinkEscapes;
        }
        Refusal::Io(error)
    }
}

impl Refusal {
    /// Makes the callback's answer of the failure of `path`.
    pub(super) fn failure(self, cx: &mut HostCx<'_>, path: &[u8]) -> Failure {
        if let Refusal::Run(error) = self {
            return Failure::Raised(error);
        }
        match cx.reserve(path.len()) {
            Ok(()) => Failure::Told(self.message(path)),
            Err(refused) => Failure::Raised(refused),
        }
    }

    /// Writes jido's text for the failure of `path`.
    pub(super) fn message(&self, path: &[u8]) -> Vec<u8> {
        let about = |text: &str| [text.as_bytes(), b": ", path].concat();
        match self {
            Refusal::PathEscapes => about("Security error: path escapes project boundary"),
            Refusal::PathOutside => about("Security error: path is outside project"),
            Refusal::SymlinkEscapes => about("Security error: symlink points outside project"),
            Refusal::Protected => about("Security error (protected_settings_file)"),
            Refusal::InvalidPath => about("Security error (invalid_path)"),
            Refusal::LinkLoop => about("File error (invalid_path)"),
            Refusal::GitDirectory => about("Security error (protected_git_directory)"),
            Refusal::Unread(purpose) => about(&format!("File must be read before {purpose}")),
            Refusal::Changed => about("File changed since it was read"),
            Refusal::NotAFile => about("File error (eperm)"),
            Refusal::Exists => about("File error (eexist)"),
            Refusal::NameTooLong => about("File error (enametoolong)"),
            Refusal::IsDirectory => about(IS_DIRECTORY),
            Refusal::NotRegular => about("Not a regular file"),
            Refusal::Binary => {
                [b"Binary file detected: ", path, b". Cannot read binary files."].concat()
            }
            Refusal::TooLarge(size, limit) => {
                let mut text = about("File too large");
                text.extend(format!(" ({size} bytes, limit {limit})").bytes());
                text
            }
            Refusal::ResultTooLarge(limit) => {
                let mut text = about("Result too large");
                text.extend(format!(" (limit {limit}; use offset and limit)").bytes());
                text
            }
            Refusal::TooManyEntries(limit) => {
                let mut text = about("Directory too large");
                text.extend(format!(" (more than {limit} entries)").bytes());
                text
            }
            Refusal::PatternsTooCostly => about("The patterns take too long to match"),
            Refusal::ReadOnly => about(NO_PERMISSION),
            Refusal::ContentTooLarge(limit) => content_too_large(*limit).into_bytes(),
            Refusal::Run(error) => error.message().into_owned(),
            Refusal::Io(error) => match error.kind() {
                io::ErrorKind::NotFound => about(NOT_FOUND),
                io::ErrorKind::IsADirectory => about(IS_DIRECTORY),
                io::ErrorKind::NotADirectory => about(NOT_DIRECTORY),
                io::ErrorKind::StorageFull => b"No space left on device".to_vec(),
                io::ErrorKind::OutOfMemory => b"Out of memory".to_vec(),
                io::ErrorKind::PermissionDenied if !is_not_permitted(error) => about(NO_PERMISSION),
                _ => about(&format!("File error ({})", system_name(error))),
            },
        }
    }
}

const NOT_FOUND: &str = "File not found";
const NO_PERMISSION: &str = "Permission denied";
const IS_DIRECTORY: &str = "Is a directory";
const NOT_DIRECTORY: &str = "Not a directory";

/// Names what a function's text says, as the system does where it is the system's. A refusal
/// comes as a text to whoever calls the function as scripts do.
pub(in crate::host) fn kind_of_refusal(text: &str) -> Option<&'static str> {
    const KINDS: [(&str, &str); 4] = [
        (NOT_FOUND, "enoent"),
        (NO_PERMISSION, "eacces"),
        (IS_DIRECTORY, "eisdir"),
        (NOT_DIRECTORY, "enotdir"),
    ];
    let says = |what: &str| text.strip_prefix(what).is_some_and(|rest| rest.starts_with(": "));
    let kind = KINDS.iter().find(|(what, _)| says(what)).map(|(_, kind)| *kind);
    kind.or_else(|| text.starts_with("Security error").then_some("security"))
}

fn content_too_large(limit: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if limit >= MIB && limit.is_multiple_of(MIB) {
        format!("Content exceeds maximum file size ({}MB)", limit / MIB)
    } else {
        format!("Content exceeds maximum file size ({limit} bytes)")
    }
}

/// Tells EPERM from EACCES, which share one [`io::ErrorKind`].
fn is_not_permitted(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::PERM.raw_os_error())
}

/// Names a system error as Erlang and C do, in lower case.
fn system_name(error: &io::Error) -> String {
    use rustix::io::Errno;
    const NAMES: [(Errno, &str); 14] = [
        (Errno::PERM, "eperm"),
        (Errno::LOOP, "eloop"),
        (Errno::NAMETOOLONG, "enametoolong"),
        (Errno::ROFS, "erofs"),
        (Errno::MFILE, "emfile"),
        (Errno::NFILE, "enfile"),
        (Errno::BUSY, "ebusy"),
        (Errno::INVAL, "einval"),
        (Errno::IO, "eio"),
        (Errno::EXIST, "eexist"),
        (Errno::NXIO, "enxio"),
        (Errno::DQUOT, "edquot"),
        (Errno::FBIG, "efbig"),
        (Errno::TXTBSY, "etxtbsy"),
    ];
    let number = Errno::from_io_error(error);
    match NAMES.iter().find(|(errno, _)| Some(*errno) == number) {
        Some((_, name)) => (*name).to_owned(),
        None => other_name(error),
    }
}

fn other_name(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => format!("error {number}"),
        None => error.to_string(),
    }
}

/// Makes the text of an argument that is not allowed.
pub(super) fn security(text: &str, arg: &[u8]) -> Failure {
    [b"Security error: ", text.as_bytes(), b": ", arg].concat().into()
}
