//! Runs, a turn at a time: between two turns the protocol has the word.

use super::progress::Progress;
use crate::drive::next_slice;
use crate::{Canceller, PendingCall, Report, Run, Session, Step};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};

/// How long a run has a thread before others have theirs.
const TURN: Duration = Duration::from_millis(5);

/// The fuel of the first slice.
const FIRST_SLICE: u64 = 1000;

/// What a script printed, as far as a result shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Printed {
    /// Its beginning.
    pub(super) kept: Vec<u8>,
    /// Bytes in all.
    pub(super) bytes: u64,
    /// Bytes that are kept.
    pub(super) room: usize,
}

impl Printed {
    pub(super) fn with_room(room: usize) -> Printed {
        Printed { room, ..Printed::default() }
    }

    fn push(&mut self, bytes: &[u8]) {
        let room = self.room.saturating_sub(self.kept.len());
        self.kept.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        self.bytes += bytes.len() as u64;
    }
}

/// A run under way.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) run: Run,
    pub(super) printed: Printed,
    slice: u64,
    deadline: Option<Instant>,
    /// The time that was left when the run was put aside.
    left: Option<Duration>,
}

/// Why a run does not go on.
#[derive(Debug)]
pub(super) enum Halt {
    /// It has ended.
    Ended,
    /// It waits for these calls to be answered.
    Asks(Vec<PendingCall>),
}

/// What one turn comes to.
enum Turn {
    Over,
    Waits,
    Halts(Halt),
}

impl Running {
    /// Takes a run, and begins its time.
    pub(super) fn new(mut run: Run, canceller: &Canceller, time: Option<Duration>) -> Running {
        run.set_canceller(canceller.clone());
        let mut running = Running {
            run,
            printed: Printed::default(),
            slice: FIRST_SLICE,
            deadline: None,
            left: time,
        };
        running.resume();
        running
    }

    /// Stops the clock: the user is asked.
    pub(super) fn pause(&mut self) {
        self.left = self.time_left();
        self.deadline = None;
    }

    /// Returns the time that is left while the clock goes.
    pub(super) fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Returns the time that is left while the clock stands.
    pub(super) fn left(&self) -> Option<Duration> {
        self.left
    }

    /// Has the clock go on.
    pub(super) fn resume(&mut self) {
        if let Some(left) = self.left.take() {
            // A deadline beyond all time is none.
            self.deadline = Instant::now().checked_add(left);
        }
        if let Some(deadline) = self.deadline {
            self.run.set_deadline(deadline);
        }
    }

    /// Ends it, and gives the session back.
    pub(super) fn finish(self) -> (Session, Report, Printed) {
        let Running { mut run, mut printed, .. } = self;
        printed.push(&run.take_output());
        let (session, report) = run.finish();
        printed.push(&report.output);
        (session, report, printed)
    }

    fn turn(&mut self, waker: &Waker) -> Turn {
        let begin = Instant::now();
        loop {
            let before = Instant::now();
            let step = self.run.step_with(self.slice, &mut Context::from_waker(waker));
            self.printed.push(&self.run.take_output());
            match step {
                Step::Running => self.slice = next_slice(self.slice, before.elapsed()),
                Step::Called | Step::Yielded(_) => {}
                Step::Pending(calls) if calls.is_empty() => return Turn::Waits,
                Step::Pending(calls) => return Turn::Halts(Halt::Asks(calls)),
                Step::Ended => return Turn::Halts(Halt::Ended),
            }
            if begin.elapsed() >= TURN {
                return Turn::Over;
            }
        }
    }
}

/// Wakes who waits: for a run's futures, or for its cancellation.
#[derive(Debug, Default)]
pub(super) struct Bell(Notify);

impl Bell {
    /// Waits until somebody cancels.
    pub(super) async fn cancelled(canceller: &Canceller) {
        let bell = Arc::new(Bell::default());
        let _alarm = canceller.wakes(&Waker::from(Arc::clone(&bell)));
        while !canceller.is_cancelled() {
            bell.0.notified().await;
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

/// A run is gone: what drove it panicked.
#[derive(Debug)]
pub(super) struct Gone;

/// The threads that run scripts.
#[derive(Clone, Debug)]
pub(super) struct Threads(Arc<Semaphore>);

impl Threads {
    pub(super) fn new(threads: usize) -> Threads {
        Threads(Arc::new(Semaphore::new(threads.max(1))))
    }

    /// Does something that takes a while on one of them.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Gone> {
        // It is never closed.
        let turn = Arc::clone(&self.0).acquire_owned().await.map_err(|_| Gone)?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| Gone)
    }

    /// Goes on with a run until it ends or asks.
    pub(super) async fn go_on(
        &self,
        mut running: Running,
        progress: &mut Progress,
    ) -> Result<(Running, Halt), Gone> {
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        let _alarm = running.run.canceller().wakes(&waker);
        loop {
            let waker = waker.clone();
            let turn;
            (running, turn) = self
                .run(move || {
                    let turn = running.turn(&waker);
                    (running, turn)
                })
                .await?;
            match turn {
                Turn::Halts(halt) => return Ok((running, halt)),
                Turn::Over => progress.tell(running.run.fuel_used()).await,
                Turn::Waits => match running.deadline {
                    Some(at) => {
                        // The step after it finds that the deadline has passed.
                        let _ = tokio::time::timeout_at(at.into(), bell.0.notified()).await;
                    }
                    None => bell.0.notified().await,
                },
            }
        }
    }
}
