//! The real system as a [`World`]: for `moonfuel lua`, whose code is trusted.

use crate::vm::world::{World, WorldError};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// Files, streams and the environment of this process.
#[derive(Debug, Default)]
pub struct System {}

impl System {
    /// Makes a world of this process.
    pub fn new() -> System {
        System::default()
    }
}

impl World for System {
    fn read_file(&mut self, path: Option<&[u8]>) -> Result<Vec<u8>, WorldError> {
        match path {
            Some(path) => std::fs::read(path_from(path)),
            None => {
                let mut bytes = Vec::new();
                io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
            }
        }
        .map_err(|error| world_error(&error))
    }

    fn is_readable(&mut self, path: &[u8]) -> bool {
        std::fs::File::open(path_from(path)).is_ok()
    }

    fn print(&mut self, bytes: &[u8]) -> Result<(), WorldError> {
        io::stdout().lock().write_all(bytes).map_err(|error| world_error(&error))
    }

    fn complain(&mut self, bytes: &[u8]) {
        let _ = io::stderr().lock().write_all(bytes);
    }

    fn variable(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        // A name with `=` or NUL is none; the standard library would panic over some.
        if name.is_empty() || name.contains(&b'=') || name.contains(&0) {
            return None;
        }
        std::env::var_os(path_from(name)).map(os_bytes)
    }
}

/// Makes a path of a script's bytes.
#[cfg(unix)]
fn path_from(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

/// Makes a path of a script's bytes.
#[cfg(not(unix))]
fn path_from(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from(String::from_utf8_lossy(bytes).into_owned()))
}

#[cfg(unix)]
fn os_bytes(text: OsString) -> Vec<u8> {
    use std::os::unix::ffi::OsStringExt;
    text.into_vec()
}

#[cfg(not(unix))]
fn os_bytes(text: OsString) -> Vec<u8> {
    text.to_string_lossy().into_owned().into_bytes()
}

/// Returns the system's own text and number for an error.
fn world_error(error: &io::Error) -> WorldError {
    let code = error.raw_os_error().unwrap_or(0);
    // The standard library adds ` (os error 2)` to the system's text.
    let message = error.to_string();
    let message = match message.rfind(" (os error ") {
        Some(at) => message[..at].to_owned(),
        None => message,
    };
    WorldError { message, code }
}
