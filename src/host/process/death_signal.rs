//! The end of a program whose host is killed at once, with no time to kill it first: the system
//! does that. It knows of the program, not of what that has started.

#![expect(unsafe_code, reason = "asks the system between fork and exec")]

use rustix::io::Errno;
use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Has a program be killed when the thread that starts it ends, however that comes. It is to stay
/// until the program has ended.
pub(super) fn with_the_host(command: &mut Command) {
    let host = getpid();
    let ask = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // It may have gone before it was asked for.
        if getppid() != Some(host) {
            return Err(Errno::SRCH.into());
        }
        Ok(())
    };
    // SAFETY: Between fork and exec it makes system calls and does nothing else: it neither
    // allocates nor locks.
    unsafe { command.pre_exec(ask) };
}
