//! Files, pipes and terminals of the system as devices.

use super::world_error;
use crate::vm::state::world::{Device, Ended, Place, WorldError};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// An open file of the system.
#[derive(Debug)]
pub(crate) struct FileDevice(File);

impl FileDevice {
    /// Makes a device of a file.
    pub(crate) fn new(file: File) -> FileDevice {
        FileDevice(file)
    }

    /// Returns how many bytes the file has.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn size(&self) -> Result<u64, WorldError> {
        Ok(self.0.metadata().map_err(world_error)?.len())
    }

    /// Makes a device of a stream of the process; closing it leaves the stream open.
    pub(super) fn copy_of(stream: impl std::os::fd::AsFd) -> io::Result<FileDevice> {
        Ok(FileDevice(stream.as_fd().try_clone_to_owned()?.into()))
    }
}

/// Does something again as long as signals interrupt it.
fn uninterrupted<T>(mut work: impl FnMut() -> io::Result<T>) -> Result<T, WorldError> {
    loop {
        match work() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result.map_err(world_error),
        }
    }
}

impl Device for FileDevice {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, WorldError> {
        uninterrupted(|| self.0.read(into))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, WorldError> {
        match uninterrupted(|| self.0.write(bytes))? {
            0 => Err(world_error(io::Error::from(io::ErrorKind::WriteZero))),
            count => Ok(count),
        }
    }

    fn seek(&mut self, to: Place) -> Result<u64, WorldError> {
        let to = match to {
            Place::Start(offset) => match u64::try_from(offset) {
                Ok(offset) => SeekFrom::Start(offset),
                Err(_) => return Err(WorldError::invalid_argument()),
            },
            Place::Current(offset) => SeekFrom::Current(offset),
            Place::End(offset) => SeekFrom::End(offset),
        };
        self.0.seek(to).map_err(world_error)
    }

    fn close(self: Box<Self>) -> Result<Option<Ended>, WorldError> {
        Ok(None)
    }
}
