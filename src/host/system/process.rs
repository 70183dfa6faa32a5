//! Commands in a shell: `io.popen` and `os.execute`.

use super::device::FileDevice;
use super::world_error;
use crate::vm::state::world::{Device, Ended, Place, WorldError};
use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

const SHELL: (&str, &str) = ("/bin/sh", "-c");

fn shell(command: &OsStr) -> Command {
    let mut shell = Command::new(SHELL.0);
    // The name that its messages begin with, as C's `system` and `popen` call it.
    std::os::unix::process::CommandExt::arg0(&mut shell, "sh");
    shell.arg(SHELL.1).arg(command);
    shell
}

/// Tells whether there is a shell.
pub(super) fn has_shell() -> bool {
    Path::new(SHELL.0).exists()
}

/// Runs a command and waits for its end.
pub(super) fn execute(command: &OsStr) -> Result<Ended, WorldError> {
    shell(command).status().map(ended).map_err(world_error)
}

/// Starts a command, connected by a pipe to its output or its input.
pub(super) fn pipe(command: &OsStr, write: bool) -> Result<Box<dyn Device>, WorldError> {
    let mut shell = shell(command);
    if write {
        shell.stdin(Stdio::piped());
    } else {
        shell.stdout(Stdio::piped());
    }
    let mut child = shell.spawn().map_err(world_error)?;
    let pipe = match (child.stdin.take(), child.stdout.take()) {
        (Some(input), _) => pipe_file(input),
        (None, Some(output)) => pipe_file(output),
        (None, None) => return Err(WorldError::bad_descriptor()),
    };
    Ok(Box::new(Piped { pipe: Box::new(FileDevice::new(pipe)), child }))
}

fn pipe_file(pipe: impl Into<std::os::fd::OwnedFd>) -> File {
    File::from(pipe.into())
}

/// A pipe and the process at its other end.
struct Piped {
    pipe: Box<FileDevice>,
    child: Child,
}

impl Device for Piped {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, WorldError> {
        self.pipe.read(into)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, WorldError> {
        self.pipe.write(bytes)
    }

    fn seek(&mut self, to: Place) -> Result<u64, WorldError> {
        self.pipe.seek(to)
    }

    fn close(self: Box<Self>) -> Result<Option<Ended>, WorldError> {
        let Piped { pipe, mut child } = *self;
        // The process sees the end of its input, or that nobody reads its output.
        drop(pipe);
        child.wait().map(|status| Some(ended(status))).map_err(world_error)
    }
}

/// Says how a process ended.
fn ended(status: ExitStatus) -> Ended {
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Ended::Signal(signal);
    }
    Ended::Exit(status.code().unwrap_or(-1))
}
