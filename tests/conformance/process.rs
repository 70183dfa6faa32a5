//! Processes with a time-out.

use std::fs::File;
use std::io::Result;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What a process did.
pub(crate) struct Ended {
    /// None if it was ended for taking too long.
    pub(crate) status: Option<ExitStatus>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) time: Duration,
}

/// Runs a process without standard input to its end or time-out; its streams go through files
/// in a folder, so that no pipe fills.
pub(crate) fn process(command: &mut Command, folder: &Path, limit: Duration) -> Result<Ended> {
    let (out, err) = (folder.join("stdout"), folder.join("stderr"));
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(File::create(&out)?)
        .stderr(File::create(&err)?)
        .spawn()?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if begun.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(4));
    };
    let time = begun.elapsed();
    Ok(Ended { status, stdout: std::fs::read(out)?, stderr: std::fs::read(err)?, time })
}
