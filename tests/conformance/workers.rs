//! Two at a time: the work of a list, in order, and processes with a time-out.

use std::fs::File;
use std::io::Result;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How much runs at a time.
const WORKERS: usize = 2;

/// Does the work for each item and returns the results in the order of the items.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((at, item)) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|at| Some((at, items.get(at)?)))
                {
                    let result = work(item);
                    done.lock().expect("no worker panicked").push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no worker panicked");
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

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
