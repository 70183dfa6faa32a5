//! What the library `io` keeps in the machine: default files, the metatable of all
//! files, and where the open streams are.

use super::stream::Stream;
use crate::vm::heap::table::Table;
use crate::vm::heap::userdata::UserData;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// The state of `io` (manual §6.8).
#[derive(Debug, Default)]
pub struct Files<'gc> {
    /// The default input file.
    pub input: Cell<Option<UserData<'gc>>>,
    /// The default output file.
    pub output: Cell<Option<UserData<'gc>>>,
    /// The metatable of files.
    pub metatable: Cell<Option<Table<'gc>>>,
    /// `os.exit` was called with a second argument that is true: the state is to be
    /// closed before the process ends.
    pub close_at_exit: Cell<bool>,
    /// Streams that may be open, for flushing them all.
    streams: RefCell<Vec<Weak<RefCell<Stream>>>>,
}

/// Length of the list of streams below which it is not tidied up.
const FEW: usize = 16;

impl Files<'_> {
    /// Notes a stream for [`Files::flush`].
    pub fn note(&self, stream: &Rc<RefCell<Stream>>) {
        let mut streams = self.streams.borrow_mut();
        if streams.len() >= FEW && streams.len().is_power_of_two() {
            streams.retain(|stream| stream.strong_count() > 0);
        }
        streams.push(Rc::downgrade(stream));
    }

    /// Writes out what all open files have buffered, as C's `fflush(NULL)`.
    pub fn flush(&self) {
        for stream in self.streams.borrow().iter().filter_map(Weak::upgrade) {
            if let Ok(mut stream) = stream.try_borrow_mut() {
                // As in C, nobody is told of an error here; closing the file will tell.
                let _ = stream.flush();
            }
        }
    }
}
