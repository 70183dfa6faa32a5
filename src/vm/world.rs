//! The world outside, as the library of trusted code sees it.
//!
//! Nothing at this rank opens a file or reads a clock: a host that wants real
//! `io`, `os` and `package` gives the machine an implementation of [`World`].
//! Without one, those functions fail as they do where a system call is missing.

use super::lua::Context;
use std::cell::RefMut;

/// Why the world refused: what `io` functions return after nil (manual §6.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldError {
    /// The system's text, such as `No such file or directory`.
    pub message: String,
    /// The system's number, `errno`.
    pub code: i32,
}

/// What a host grants to trusted code. Names of files are bytes, as scripts write them.
pub trait World {
    /// Reads a whole file: for `loadfile`, `dofile` and `require`. `None` is standard input.
    ///
    /// # Errors
    /// Why it could not be read.
    fn read_file(&mut self, path: Option<&[u8]>) -> Result<Vec<u8>, WorldError>;

    /// Tells whether a file can be opened for reading: for `package.searchpath`.
    fn is_readable(&mut self, path: &[u8]) -> bool;

    /// Writes to standard output, as `print` does.
    ///
    /// # Errors
    /// Why it could not be written.
    fn print(&mut self, bytes: &[u8]) -> Result<(), WorldError>;

    /// Writes a warning's or a message's bytes to standard error.
    fn complain(&mut self, bytes: &[u8]);

    /// Returns a variable of the environment (manual §6.9, `os.getenv`).
    fn variable(&mut self, name: &[u8]) -> Option<Vec<u8>>;
}

impl<'gc> Context<'gc> {
    /// Gives the machine a world.
    pub fn set_world(self, world: Box<dyn World>) {
        *self.state.world.borrow_mut() = Some(world);
    }

    /// Returns the world, if there is one. The guard must be gone before the machine goes on.
    pub fn world(self) -> Option<RefMut<'gc, Box<dyn World>>> {
        RefMut::filter_map(self.state.world.borrow_mut(), Option::as_mut).ok()
    }
}
