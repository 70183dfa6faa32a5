//! Programs that scripts start: confined, capped, and killed whole.
//!
//! Each program has a thread that starts it, reads what it writes and waits for its end. The
//! thread confines itself first, and what it starts inherits that: between fork and exec code of
//! ours only closes handles, where there are any that must be closed there, and asks for the
//! program's end with the thread's. Whoever holds the [`Process`] holds a lifeline: when it is
//! dropped, the program is killed with everything it started, and the thread has ended.

use crate::session::{Parker, lock};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

mod capture;
mod confine;
#[cfg(target_os = "linux")]
mod death_signal;
mod environment;
#[cfg(target_os = "linux")]
mod filter;
mod find;
mod inherit;
mod kill;
mod living;
mod words;

pub(super) use capture::{CUT, Captured, KEPT, Keep};
pub use confine::Confinement;
pub(super) use confine::Confiner;
pub(super) use environment::inherited;
pub(super) use find::{find_program, is_program};
#[cfg(feature = "cli")]
pub(crate) use living::{adopt, before_the_first, end_all};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
pub(super) use words::word;

/// A program writes this many times what is kept before it is killed.
const FLOOD: u64 = 16;
/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;
/// How long somebody may hold the streams of a program that has ended.
const GRACE: Duration = Duration::from_millis(200);
/// How often the end of a program is looked for where the system does not tell.
const TICK: Duration = Duration::from_millis(10);

/// How often whoever waits for a program asks whether to go on.
const LOOK: Duration = Duration::from_millis(5);

/// What is to be run, and how.
#[derive(Debug)]
pub(super) struct Order {
    /// The program, by its absolute path.
    pub(super) program: PathBuf,
    pub(super) args: Vec<OsString>,
    /// The whole environment.
    pub(super) env: Vec<(OsString, OsString)>,
    /// The directory it begins in; that of the confiner if there is none.
    pub(super) directory: Option<PathBuf>,
    /// What it may reach; whatever the user reaches if there is none.
    pub(super) confiner: Option<Arc<Confiner>>,
    /// The time after which it is killed.
    pub(super) timeout: Option<Duration>,
    /// Whether both streams are one.
    pub(super) merged: bool,
    /// What is kept of each stream.
    pub(super) keep: Keep,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With this status; 128 and the number of the signal that killed it.
    Exited(i32),
    /// Its time was over.
    TimedOut,
    /// It was killed from here.
    Killed,
}

/// A program at work, or what is left of it. It is a future of how it ends.
#[derive(Debug)]
pub(super) struct Process {
    shared: Arc<Shared>,
    lifeline: UnixStream,
    supervisor: Option<JoinHandle<()>>,
}

/// What the program's thread tells.
#[derive(Debug, Default)]
struct Shared(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    end: Option<End>,
    /// The signal that ended it.
    signal: Option<i32>,
    out: Captured,
    err: Captured,
    /// Those who wait for the end, and until when.
    waiting: Vec<(Option<Instant>, Waker)>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

impl Process {
    /// Starts a program.
    ///
    /// # Errors
    /// The system's: there is no such program, or no more processes.
    pub(super) fn start(order: Order) -> io::Result<Process> {
        living::prepare();
        let (lifeline, end) = UnixStream::pair()?;
        end.set_nonblocking(true)?;
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let (started, start) = channel();
        let supervisor = std::thread::Builder::new()
            .name("moonfuel-process".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || supervise(order, &theirs, &end, &started))?;
        let process = Process { shared, lifeline, supervisor: Some(supervisor) };
        match start.recv() {
            Ok(started) => started.map(|()| process),
            Err(_) => Err(io::Error::other("the program's thread has ended")),
        }
    }

    /// Kills the program with everything it started, and waits until that is done. Tells
    /// whether it was still at work.
    pub(super) fn kill(&mut self) -> bool {
        let was_at_work = self.end().is_none();
        // Nobody listens when it has ended.
        let _ = self.lifeline.shutdown(std::net::Shutdown::Both);
        // Whom the thread wakes may let go of the last that holds this, and then it is here: it
        // goes on when that is done, and ends by itself.
        let here = std::thread::current().id();
        if let Some(supervisor) = self.supervisor.take()
            && supervisor.thread().id() != here
        {
            // A thread that panicked has told so itself.
            let _ = supervisor.join();
        }
        was_at_work
    }

    /// Returns how the program ended, if it has.
    pub(super) fn end(&self) -> Option<End> {
        self.shared.state().end
    }

    /// Returns the signal that killed the program, if one did.
    pub(super) fn signal(&self) -> Option<i32> {
        self.shared.state().signal
    }

    /// Returns what was written so far: standard output and error, or both in the first.
    pub(super) fn output(&self) -> (Captured, Captured) {
        let state = self.shared.state();
        (state.out.clone(), state.err.clone())
    }

    /// Waits for the end on this thread, and looks every few milliseconds whether to go on with
    /// that.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn wait_unless<E>(&self, mut stop: impl FnMut() -> Result<(), E>) -> Result<End, E> {
        let (parker, waker) = Parker::new();
        loop {
            stop()?;
            match self.poll_until(None, &Context::from_waker(&waker)) {
                Poll::Ready(end) => return Ok(end.unwrap_or(End::Killed)),
                Poll::Pending => parker.wait(Some(LOOK)),
            }
        }
    }

    /// Waits for the end, or until a time on the clock.
    pub(super) fn poll_until(&self, until: Option<Instant>, cx: &Context<'_>) -> Poll<Option<End>> {
        let mut state = self.shared.state();
        if state.end.is_some() {
            return Poll::Ready(state.end);
        }
        if until.is_some_and(|until| until <= Instant::now()) {
            return Poll::Ready(None);
        }
        let waits = |(when, waker): &(Option<Instant>, Waker)| {
            *when == until && waker.will_wake(cx.waker())
        };
        if state.waiting.iter().any(waits) {
            return Poll::Pending;
        }
        state.waiting.push((until, cx.waker().clone()));
        drop(state);
        // Its thread is to look at the time anew.
        let _ = (&self.lifeline).write(&[0]);
        Poll::Pending
    }
}

impl Future for Process {
    type Output = End;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End> {
        self.poll_until(None, cx).map(|end| end.unwrap_or(End::Killed))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The streams of a program.
struct Streams {
    out: Option<io::PipeReader>,
    err: Option<io::PipeReader>,
}

/// Starts the program and stays with it to its end.
fn supervise(
    order: Order,
    shared: &Shared,
    lifeline: &UnixStream,
    started: &Sender<io::Result<()>>,
) {
    let deadline = order.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let limit = order.keep.bytes() as u64 * FLOOD;
    let keep = order.keep;
    {
        let mut state = shared.state();
        (state.out, state.err) = (Captured::new(keep), Captured::new(keep));
    }
    let (mut child, mut streams) = match spawn(&order) {
        Ok(spawned) => spawned,
        Err(error) => {
            // Whoever asked has gone, then.
            let _ = started.send(Err(error));
            return;
        }
    };
    let pid = Pid::from_child(&child);
    let _ = started.send(Ok(()));
    let stopped = stay(shared, lifeline, &mut streams, pid, deadline, limit);
    // Before the program is waited for: until then its number is its own.
    kill::whole(pid, &streams.handles());
    let until = Instant::now() + GRACE;
    while streams.is_open() && Instant::now() < until {
        wait(&streams, None, None, TICK);
        streams.read(shared);
    }
    let status = living::wait(pid, || child.wait());
    let signal = status.as_ref().ok().and_then(ExitStatusExt::signal);
    let end = stopped.unwrap_or_else(|| {
        let code = status.map(|status| {
            status.code().or(status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
        });
        End::Exited(code.unwrap_or(-1))
    });
    let mut state = shared.state();
    (state.end, state.signal) = (Some(end), signal);
    let waiting = std::mem::take(&mut state.waiting);
    drop(state);
    waiting.into_iter().for_each(|(_, waker)| waker.wake());
}

/// Reads what the program writes until it ends, which is nothing, or is to end.
fn stay(
    shared: &Shared,
    lifeline: &UnixStream,
    streams: &mut Streams,
    pid: Pid,
    deadline: Option<Instant>,
    limit: u64,
) -> Option<End> {
    let exit = kill::exit_handle(pid);
    loop {
        let now = Instant::now();
        let mut until = deadline;
        {
            let mut state = shared.state();
            let (due, waiting) = std::mem::take(&mut state.waiting)
                .into_iter()
                .partition::<Vec<_>, _>(|(until, _)| until.is_some_and(|until| until <= now));
            state.waiting = waiting;
            let next = state.waiting.iter().filter_map(|(until, _)| *until).min();
            until = match (until, next) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            drop(state);
            due.into_iter().for_each(|(_, waker)| waker.wake());
        }
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Some(End::TimedOut);
        }
        let most = if exit.is_some() { Duration::from_secs(3600) } else { TICK };
        let most = until.map_or(most, |until| until.saturating_duration_since(now).min(most));
        wait(streams, Some(lifeline), exit.as_ref(), most);
        if streams.read(shared) > limit {
            return Some(End::Exited(128 + 9));
        }
        let mut told = [0; 64];
        match (&*lifeline).read(&mut told) {
            Ok(0) => return Some(End::Killed),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Some(End::Killed),
            _ => {}
        }
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        if !matches!(waitid(WaitId::Pid(pid), options), Ok(None)) {
            return None;
        }
    }
}

fn spawn(order: &Order) -> io::Result<(Child, Streams)> {
    if let Some(confiner) = &order.confiner {
        confiner.confine()?;
    }
    let mut command = Command::new(&order.program);
    command.args(&order.args).env_clear().envs(order.env.iter().map(|(name, value)| (name, value)));
    let directory = order.directory.clone();
    if let Some(directory) = directory.or_else(|| order.confiner.as_ref().map(|it| it.directory()))
    {
        command.current_dir(directory);
    }
    command.stdin(Stdio::null());
    inherit::none(&mut command);
    #[cfg(target_os = "linux")]
    death_signal::with_the_host(&mut command);
    let (out, out_end) = io::pipe()?;
    let err = if order.merged {
        command.stderr(out_end.try_clone()?);
        None
    } else {
        let (err, err_end) = io::pipe()?;
        command.stderr(err_end);
        Some(err)
    };
    command.stdout(out_end);
    let child = living::start(|| command.spawn(), Pid::from_child)?;
    // With the command go the ends that are the program's.
    drop(command);
    let streams = Streams { out: Some(out), err };
    for stream in streams.handles() {
        rustix::io::ioctl_fionbio(stream, true)?;
    }
    Ok((child, streams))
}

impl Streams {
    fn is_open(&self) -> bool {
        self.out.is_some() || self.err.is_some()
    }

    fn handles(&self) -> Vec<&io::PipeReader> {
        [&self.out, &self.err].into_iter().flatten().collect()
    }

    /// Reads what is there, and returns how much was written so far in all.
    fn read(&mut self, shared: &Shared) -> u64 {
        let mut buffer = [0; PIECE];
        let mut state = shared.state();
        let State { out, err, .. } = &mut *state;
        for (stream, captured) in [(&mut self.out, &mut *out), (&mut self.err, &mut *err)] {
            let Some(open) = stream else { continue };
            match open.read(&mut buffer) {
                Ok(0) => *stream = None,
                Ok(count) => captured.add(&buffer[..count]),
                Err(error)
                    if [io::ErrorKind::WouldBlock, io::ErrorKind::Interrupted]
                        .contains(&error.kind()) => {}
                Err(_) => *stream = None,
            }
        }
        out.written().max(err.written())
    }
}

/// Waits until there is something to read, somebody tells something, the program ends, or
/// the time is over.
fn wait(
    streams: &Streams,
    lifeline: Option<&UnixStream>,
    exit: Option<&std::os::fd::OwnedFd>,
    most: Duration,
) {
    let mut handles: Vec<PollFd<'_>> =
        streams.handles().into_iter().map(|stream| PollFd::new(stream, PollFlags::IN)).collect();
    handles.extend(lifeline.map(|line| PollFd::new(line, PollFlags::IN)));
    handles.extend(exit.map(|exit| PollFd::new(exit, PollFlags::IN)));
    let most = rustix::event::Timespec {
        tv_sec: i64::try_from(most.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(most.subsec_nanos()),
    };
    // Interrupted, it is looked at anew.
    let _ = poll(&mut handles, Some(&most));
}
