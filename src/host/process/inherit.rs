//! What programs do not inherit: the terminal of this process, into which they could write, and
//! on some systems type; and handles that it was started with itself, or that somebody opened
//! without a thought for programs. Those of Rust's library are closed when another program
//! begins; of others nobody has said so.
//!
//! They are marked between fork and exec, in the program's own table: marked here, they would
//! be so for programs that the host starts by itself.

#![expect(unsafe_code, reason = "asks about handles by their numbers, and between fork and exec")]

use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};
use std::os::fd::{BorrowedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Where the handles of this process are listed.
const LIST: &str = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };
/// The first that is no stream of a program's.
const FIRST: RawFd = 3;
/// How many are asked about where there is no list.
const UNLISTED: RawFd = 4096;

/// Has a program begin with its streams and no other handles, in a session of its own, which
/// has no terminal.
pub(super) fn none(command: &mut Command) {
    let inherited: Vec<RawFd> = open().into_iter().filter(|number| is_inherited(*number)).collect();
    let mark = move || {
        rustix::process::setsid()?;
        for number in &inherited {
            // SAFETY: The number is not kept. If it means nothing any more, or something else,
            // that is closed a moment later: this is the table of the program alone.
            let handle = unsafe { BorrowedFd::borrow_raw(*number) };
            // One that is gone need not be closed.
            let _ = fcntl_setfd(handle, FdFlags::CLOEXEC);
        }
        Ok(())
    };
    // SAFETY: Between fork and exec it makes system calls and does nothing else: it neither
    // allocates nor locks.
    unsafe { command.pre_exec(mark) };
}

/// Returns the numbers of all handles but the streams.
fn open() -> Vec<RawFd> {
    let Ok(entries) = std::fs::read_dir(LIST) else { return (FIRST..UNLISTED).collect() };
    let number = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    entries.flatten().filter_map(number).filter(|number| *number >= FIRST).collect()
}

fn is_inherited(number: RawFd) -> bool {
    // SAFETY: The number is asked about and not kept; one that means nothing is an error.
    let handle = unsafe { BorrowedFd::borrow_raw(number) };
    fcntl_getfd(handle).is_ok_and(|flags| !flags.contains(FdFlags::CLOEXEC))
}
