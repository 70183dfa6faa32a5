//! The threads that run sessions, and who goes on next.

use super::slot::{Job, Running, Slot, SlotState};
use super::{Answerer, SessionsError, SessionsOptions};
use crate::drive::next_slice;
use crate::session::{contained, lock};
use crate::{HostError, Step};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

/// How long a run may have a thread before others are looked at.
const TURN: Duration = Duration::from_millis(5);

/// What the threads share.
pub(super) struct Shared {
    pub(super) options: SessionsOptions,
    answer: Box<Answerer>,
    slots: Mutex<BTreeMap<String, Arc<Slot>>>,
    ready: Mutex<Ready>,
    /// There is something to do.
    changed: Condvar,
}

#[derive(Default)]
struct Ready {
    queue: VecDeque<Arc<Slot>>,
    /// Runs that wait, by when they are to be looked at though nothing has come.
    alarms: BTreeMap<(Instant, u64), Weak<Slot>>,
    last_alarm: u64,
    stopped: bool,
}

impl Shared {
    pub(super) fn new(options: SessionsOptions, answer: Box<Answerer>) -> Shared {
        Shared {
            options,
            answer,
            slots: Mutex::default(),
            ready: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub(super) fn slots(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Slot>>> {
        lock(&self.slots)
    }

    fn ready(&self) -> MutexGuard<'_, Ready> {
        lock(&self.ready)
    }

    /// Lets the threads end.
    pub(super) fn stop(&self) {
        self.ready().stopped = true;
        self.changed.notify_all();
    }

    /// Has a session run something, now or when it is its turn.
    pub(super) fn submit(&self, slot: &Arc<Slot>, job: Job) -> Result<(), SessionsError> {
        let mut state = slot.state();
        if state.closed {
            return Err(SessionsError::NotFound(slot.id.clone()));
        }
        if let Some(session) = state.idle.take() {
            begin(&mut state, job, session);
            self.make_ready(slot, &mut state);
            return Ok(());
        }
        if state.queue.len() >= self.options.queue {
            return Err(SessionsError::Busy(slot.id.clone()));
        }
        state.queue.push_back(job);
        Ok(())
    }

    /// Cancels what a session runs, and what waits for it.
    pub(super) fn close(&self, slot: &Arc<Slot>) {
        let mut state = slot.state();
        state.closed = true;
        let waiting = std::mem::take(&mut state.queue);
        let canceller = state.canceller.clone();
        // Its objects and functions are dropped outside of the lock.
        let idle = state.idle.take();
        self.make_ready(slot, &mut state);
        drop(state);
        drop(idle);
        if let Some(canceller) = canceller {
            canceller.cancel();
        }
        for job in waiting {
            job.promise.keep(Err(SessionsError::NotFound(slot.id.clone())));
        }
    }

    /// Puts a session among those that can go on.
    fn make_ready(&self, slot: &Arc<Slot>, state: &mut SlotState) {
        if state.parked.is_none() {
            // A thread has it, or it has nothing to do.
            state.again = true;
        } else if !state.is_ready {
            state.is_ready = true;
            self.ready().queue.push_back(Arc::clone(slot));
            self.changed.notify_one();
        }
    }

    /// Waits for the next session that can go on; nothing when there will be none.
    fn next(&self) -> Option<Arc<Slot>> {
        let mut ready = self.ready();
        loop {
            if let Some(slot) = ready.queue.pop_front() {
                return Some(slot);
            }
            if ready.stopped {
                return None;
            }
            let now = Instant::now();
            let first = ready.alarms.first_key_value().map(|((when, _), _)| *when);
            match first {
                Some(when) if when <= now => {
                    let slot = ready.alarms.pop_first().and_then(|(_, slot)| slot.upgrade());
                    drop(ready);
                    if let Some(slot) = slot {
                        self.make_ready(&slot, &mut slot.state());
                    }
                    ready = self.ready();
                }
                Some(when) => {
                    let waited = self.changed.wait_timeout(ready, when - now);
                    ready = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                None => {
                    ready = self.changed.wait(ready).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    fn set_alarm(&self, when: Instant, slot: &Arc<Slot>) -> (Instant, u64) {
        let mut ready = self.ready();
        ready.last_alarm += 1;
        let number = ready.last_alarm;
        ready.alarms.insert((when, number), Arc::downgrade(slot));
        drop(ready);
        // Somebody may sleep longer than that.
        self.changed.notify_one();
        (when, number)
    }
}

fn begin(state: &mut SlotState, job: Job, session: crate::Session) {
    let running = job.start(session);
    state.canceller = Some(running.run.canceller());
    state.parked = Some(running);
}

/// Wakes a session.
struct Alarm {
    shared: Weak<Shared>,
    slot: Weak<Slot>,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        if let (Some(shared), Some(slot)) = (self.shared.upgrade(), self.slot.upgrade()) {
            shared.make_ready(&slot, &mut slot.state());
        }
    }
}

/// What a thread does: it lets whoever can go on for a turn.
pub(super) fn work(shared: &Arc<Shared>) {
    while let Some(slot) = shared.next() {
        let running = {
            let mut state = slot.state();
            state.is_ready = false;
            state.again = false;
            state.parked.take()
        };
        if let Some(running) = running {
            turn(shared, &slot, running);
        }
    }
}

/// Why a turn is over.
enum Over {
    /// It can go on at once.
    Time,
    /// It waits for something that wakes it.
    Waits,
    Ended,
}

fn turn(shared: &Arc<Shared>, slot: &Arc<Slot>, mut running: Running) {
    let alarm = Alarm { shared: Arc::downgrade(shared), slot: Arc::downgrade(slot) };
    let waker = Waker::from(Arc::new(alarm));
    let over = go_on(shared, slot, &mut running, &waker);
    if let Over::Ended = over {
        end(shared, slot, running);
        return;
    }
    // One that has waited before has an alarm already.
    if let (Over::Waits, Some(deadline), None) = (&over, running.deadline, running.alarm) {
        running.alarm = Some(shared.set_alarm(deadline, slot));
    }
    let mut state = slot.state();
    state.parked = Some(running);
    if matches!(over, Over::Time) || state.again || state.closed {
        shared.make_ready(slot, &mut state);
    }
}

fn go_on(shared: &Shared, slot: &Slot, running: &mut Running, waker: &Waker) -> Over {
    let begin = Instant::now();
    loop {
        let before = Instant::now();
        let step = running.run.step_with(running.slice, &mut Context::from_waker(waker));
        running.output.extend(running.run.take_output());
        match step {
            Step::Running => running.slice = next_slice(running.slice, before.elapsed()),
            Step::Called => {}
            // Nobody listens: the script goes on.
            Step::Yielded(_) => {}
            Step::Pending(calls) if calls.is_empty() => return Over::Waits,
            Step::Pending(calls) => {
                for call in calls {
                    // A thread is not lost to a panic, nor is whoever waits for the run.
                    let answer = contained(|| (shared.answer)(&slot.id, &call));
                    let answer =
                        answer.unwrap_or_else(|| Err(HostError::new("the answer panicked")));
                    // It has just been handed out.
                    let _ = running.run.answer(call.id, answer);
                }
            }
            Step::Ended => return Over::Ended,
        }
        if begin.elapsed() >= TURN {
            return Over::Time;
        }
    }
}

fn end(shared: &Shared, slot: &Arc<Slot>, running: Running) {
    let Running { run, promise, output, alarm, .. } = running;
    if let Some(alarm) = alarm {
        shared.ready().alarms.remove(&alarm);
    }
    let (session, mut report) = run.finish();
    report.output.splice(0..0, output);
    let mut state = slot.state();
    state.canceller = None;
    let mut dropped = None;
    if state.closed {
        dropped = Some(session);
    } else if let Some(job) = state.queue.pop_front() {
        begin(&mut state, job, session);
        shared.make_ready(slot, &mut state);
    } else {
        state.idle = Some(session);
    }
    drop(state);
    // The programs of a closed session are gone before anybody hears of its end.
    drop(dropped);
    promise.keep(Ok(report));
}
