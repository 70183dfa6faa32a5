//! The programs that are at work, for a process that must end in a hurry, or that adopts what
//! programs leave behind.
//!
//! Whoever embeds the library is told of signals and has children of its own: nothing happens
//! here unless the command asks for it.

use super::kill;
use crate::session::lock;
use rustix::process::Pid;
use std::collections::BTreeSet;
use std::io;
use std::sync::{Mutex, MutexGuard, OnceLock};

#[derive(Debug)]
struct Living {
    programs: BTreeSet<i32>,
    /// The process ends: nothing is started any more.
    ending: bool,
    /// What programs leave behind becomes a child of this process.
    adopts: bool,
}

static LIVING: Mutex<Living> =
    Mutex::new(Living { programs: BTreeSet::new(), ending: false, adopts: false });

/// What is done before the first program is started.
static FIRST: OnceLock<fn()> = OnceLock::new();

fn living() -> MutexGuard<'static, Living> {
    lock(&LIVING)
}

#[cfg(feature = "cli")]
/// Says what is done before the first program is started. The first who says so is heard.
pub(crate) fn before_the_first(work: fn()) {
    let _ = FIRST.set(work);
}

/// Does what is to be done before the first program, by a thread that is not confined.
pub(super) fn prepare() {
    static BEGUN: OnceLock<()> = OnceLock::new();
    if let Some(first) = FIRST.get() {
        BEGUN.get_or_init(first);
    }
}

/// Starts a program, which is known from then on.
///
/// # Errors
/// As the start; when the process ends.
pub(super) fn start<T>(
    start: impl FnOnce() -> io::Result<T>,
    pid: impl Fn(&T) -> Pid,
) -> io::Result<T> {
    let mut living = living();
    if living.ending {
        return Err(io::Error::other("the process is about to end"));
    }
    let started = start()?;
    living.programs.insert(pid(&started).as_raw_nonzero().get());
    Ok(started)
}

/// Waits for a program that was killed, whose number is its own until then. With the last of
/// them goes what they have left behind, if this process adopts it: it is nobody's then.
pub(super) fn wait<R>(pid: Pid, wait: impl FnOnce() -> R) -> R {
    let mut living = living();
    let waited = wait();
    living.programs.remove(&pid.as_raw_nonzero().get());
    if living.adopts && living.programs.is_empty() {
        kill::orphans(&living.programs);
    }
    waited
}

#[cfg(feature = "cli")]
/// Kills all programs with what they started, and lets none be started any more: the process
/// is to end now. Whoever waits for one of them waits on, or the script could end first, as if
/// nothing had happened.
pub(crate) fn end_all() {
    let mut living = living();
    living.ending = true;
    for pid in &living.programs {
        if let Some(pid) = Pid::from_raw(*pid) {
            kill::whole(pid, &[]);
        }
    }
    if living.adopts {
        kill::orphans(&living.programs);
    }
    // Locked from now on.
    std::mem::forget(living);
}

#[cfg(feature = "cli")]
/// Has what programs leave behind become children of this process, which must have no others,
/// where the system can do that.
pub(crate) fn adopt() {
    #[cfg(target_os = "linux")]
    {
        let own = rustix::process::getpid();
        living().adopts = rustix::process::set_child_subreaper(Some(own)).is_ok();
    }
}
