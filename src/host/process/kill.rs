//! Killing a program with everything it started.
//!
//! It leads a session and its process group, which is killed at once. What it started in groups
//! and sessions of their own is found, on Linux, by their parents and by the streams they hold,
//! stopped until nothing new is found, and killed. A program that gives up all of these (it forks
//! twice, begins a session, and closes its streams) is not found; it stays confined. In the
//! command it becomes the command's own child then, and is killed when the last program has
//! ended.

#[cfg(target_os = "linux")]
use rustix::process::WaitOptions;
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeSet;
use std::io::PipeReader;
use std::os::fd::OwnedFd;

/// Returns a handle that is readable once the program has ended, where there is one.
#[cfg(target_os = "linux")]
pub(super) fn exit_handle(pid: Pid) -> Option<OwnedFd> {
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
}

/// Returns a handle that is readable once the program has ended, where there is one.
#[cfg(not(target_os = "linux"))]
pub(super) fn exit_handle(_pid: Pid) -> Option<OwnedFd> {
    None
}

/// Kills a program that has not been waited for, and all that is found of what it started.
pub(super) fn whole(pid: Pid, streams: &[&PipeReader]) {
    // What has ended already cannot be stopped or killed.
    let _ = kill_process_group(pid, Signal::STOP);
    #[cfg(target_os = "linux")]
    linux::whole(pid, streams);
    #[cfg(not(target_os = "linux"))]
    let _ = streams;
    let _ = kill_process_group(pid, Signal::KILL);
}

/// Kills the children of this process that are not among its programs: those who started them
/// have ended.
pub(super) fn orphans(programs: &BTreeSet<i32>) {
    #[cfg(target_os = "linux")]
    for orphan in linux::orphans(programs) {
        whole(orphan, &[]);
        // It is nobody's but ours, and remains one of the system's processes until then.
        let _ = rustix::process::waitpid(Some(orphan), WaitOptions::empty());
    }
    #[cfg(not(target_os = "linux"))]
    let _ = programs;
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{Pid, PipeReader, Signal};
    use rustix::process::kill_process;
    use std::collections::BTreeSet;
    use std::fs;

    /// How often it is looked for what was started meanwhile.
    const ROUNDS: usize = 16;

    pub(super) fn whole(pid: Pid, streams: &[&PipeReader]) {
        let pipes: Vec<u64> = streams.iter().filter_map(|stream| inode(stream)).collect();
        let pid = pid.as_raw_nonzero().get();
        let mut known = BTreeSet::from([pid]);
        for _ in 0..ROUNDS {
            let found = started_by(&known, pid, &pipes);
            if found.is_subset(&known) {
                break;
            }
            for new in found.difference(&known) {
                send(*new, Signal::STOP);
            }
            known.extend(found);
        }
        for each in known {
            send(each, Signal::KILL);
        }
    }

    fn send(pid: i32, signal: Signal) {
        if let Some(pid) = Pid::from_raw(pid) {
            // It may have ended by itself.
            let _ = kill_process(pid, signal);
        }
    }

    fn inode(stream: &PipeReader) -> Option<u64> {
        rustix::fs::fstat(stream).ok().map(|stat| stat.st_ino)
    }

    /// Returns the processes whose parent is known, that are in the group or session of the
    /// program, or that hold one of its streams.
    fn started_by(known: &BTreeSet<i32>, leader: i32, pipes: &[u64]) -> BTreeSet<i32> {
        let mut found = BTreeSet::new();
        let own = i32::try_from(std::process::id()).unwrap_or(0);
        let Ok(processes) = fs::read_dir("/proc") else { return found };
        for process in processes.flatten() {
            let name = process.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse::<i32>().ok()) else {
                continue;
            };
            if pid == own || known.contains(&pid) {
                continue;
            }
            let stat = stat(pid);
            let related = stat.is_some_and(|[parent, group, session]| {
                known.contains(&parent) || group == leader || session == leader
            });
            let is_beginning = || stat.is_some_and(|[parent, ..]| parent == own) && is_copy(pid);
            if related || holds(pid, pipes) && !is_beginning() {
                found.insert(pid);
            }
        }
        found
    }

    /// Returns the children of this process but those.
    pub(super) fn orphans(but: &BTreeSet<i32>) -> Vec<Pid> {
        let own = i32::try_from(std::process::id()).unwrap_or(0);
        let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
        let pids =
            processes.flatten().filter_map(|process| process.file_name().to_str()?.parse().ok());
        let is_one =
            |pid: &i32| !but.contains(pid) && stat(*pid).is_some_and(|[parent, ..]| parent == own);
        pids.filter(is_one).filter_map(Pid::from_raw).collect()
    }

    /// Returns the parent, the process group and the session of a process.
    fn stat(pid: i32) -> Option<[i32; 3]> {
        let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, may hold anything.
        let after = text.iter().rposition(|&byte| byte == b')')? + 1;
        let text = std::str::from_utf8(&text[after..]).ok()?;
        let mut numbers = text.split_ascii_whitespace().skip(1);
        let mut next = || numbers.next().and_then(|number| number.parse().ok());
        Some([next()?, next()?, next()?])
    }

    /// Tells whether a process is still a copy of this one. One that another thread has just made
    /// holds all handles until it becomes the program that it is to be.
    fn is_copy(pid: i32) -> bool {
        let program = |process: &str| fs::read_link(format!("/proc/{process}/exe")).ok();
        program(&pid.to_string()).is_some_and(|theirs| program("self") == Some(theirs))
    }

    fn holds(pid: i32, pipes: &[u64]) -> bool {
        // Those of others are not to be looked at, and did not inherit ours.
        let Ok(handles) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        handles.flatten().any(|handle| {
            let Ok(target) = fs::read_link(handle.path()) else { return false };
            let text = target.to_string_lossy();
            let inode = text.strip_prefix("pipe:[").and_then(|rest| rest.strip_suffix(']'));
            inode.and_then(|inode| inode.parse().ok()).is_some_and(|inode| pipes.contains(&inode))
        })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
