//! A session under its name: idle or running, with those who wait for it.

use super::ticket::{Promise, Ticket};
use crate::host::jido::Jido;
use crate::session::lock;
use crate::{Canceller, Chunk, Function, HostValue, Limits, Run, Session};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// A session under its name.
pub(super) struct Slot {
    pub(super) id: String,
    pub(super) jido: Option<Arc<Jido>>,
    /// Functions that the host calls itself.
    pub(super) functions: BTreeMap<&'static str, Function>,
    state: Mutex<SlotState>,
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a session does.
pub(super) struct SlotState {
    /// The session, while it does nothing.
    pub(super) idle: Option<Session>,
    /// The run, while no thread has it.
    pub(super) parked: Option<Running>,
    /// What ends the run, while there is one.
    pub(super) canceller: Option<Canceller>,
    /// Those who wait for it, the next one first.
    pub(super) queue: VecDeque<Job>,
    /// It is to go on though a thread has it still.
    pub(super) again: bool,
    /// It stands among those that can go on.
    pub(super) is_ready: bool,
    pub(super) closed: bool,
}

/// A run at work.
pub(super) struct Running {
    pub(super) run: Run,
    pub(super) promise: Arc<Promise>,
    pub(super) deadline: Option<Instant>,
    /// What has the run looked at when its time is over, once it has waited.
    pub(super) alarm: Option<(Instant, u64)>,
    /// Fuel of the next slice.
    pub(super) slice: u64,
    pub(super) output: Vec<u8>,
}

impl Slot {
    pub(super) fn new(
        id: String,
        session: Session,
        jido: Option<Arc<Jido>>,
        functions: BTreeMap<&'static str, Function>,
    ) -> Slot {
        let state = SlotState {
            idle: Some(session),
            parked: None,
            canceller: None,
            queue: VecDeque::new(),
            again: false,
            is_ready: false,
            closed: false,
        };
        Slot { id, jido, functions, state: Mutex::new(state) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, SlotState> {
        lock(&self.state)
    }
}

/// What is to be run.
pub(super) enum Work {
    Chunk(OwnedChunk),
    Call(Function, Vec<HostValue>),
}

/// As [`Chunk`], without a lifetime.
pub(super) struct OwnedChunk {
    source: Vec<u8>,
    name: Vec<u8>,
    args: Option<serde_json::Value>,
    script_args: Vec<Vec<u8>>,
    limits: Option<Limits>,
}

impl Work {
    pub(super) fn chunk(chunk: Chunk<'_>) -> Work {
        Work::Chunk(OwnedChunk {
            source: chunk.source.to_vec(),
            name: chunk.name.to_vec(),
            args: chunk.args,
            script_args: chunk.script_args,
            limits: chunk.limits,
        })
    }

    fn start(self, session: Session) -> Run {
        match self {
            Work::Chunk(chunk) => {
                let mut started = Chunk::new(&chunk.source);
                started.name = &chunk.name;
                started.args = chunk.args;
                started.script_args = chunk.script_args;
                started.limits = chunk.limits;
                session.start(started)
            }
            Work::Call(function, args) => session.start_call(&function, crate::Variadic(args)),
        }
    }
}

/// Something that waits for its session.
pub(super) struct Job {
    work: Work,
    timeout: Duration,
    pub(super) promise: Arc<Promise>,
}

/// The fuel of the first slice of a run.
const FIRST_SLICE: u64 = 10_000;

impl Job {
    pub(super) fn new(work: Work, timeout: Duration) -> (Job, Ticket) {
        let promise = Arc::new(Promise::default());
        let ticket = Ticket::new(Arc::clone(&promise));
        (Job { work, timeout, promise }, ticket)
    }

    pub(super) fn start(self, session: Session) -> Running {
        // A deadline beyond all time is none.
        let deadline = Instant::now().checked_add(self.timeout);
        let mut run = self.work.start(session);
        if let Some(deadline) = deadline {
            run.set_deadline(deadline);
        }
        let promise = self.promise;
        let (slice, output) = (FIRST_SLICE, Vec::new());
        Running { run, promise, deadline, alarm: None, slice, output }
    }
}
