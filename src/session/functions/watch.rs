//! What may end a run from outside: a wish of the host's, and a deadline.
//!
//! No clock is read here. A deadline is something that says how much time is left, and
//! only drivers and host functions make it look: nothing the script does depends on it
//! but whether it goes on.

use super::lock::lock;
use crate::session::values::outcome::Outcome;
use core::time::Duration;
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;

/// Ends a run from anywhere: keep a clone, and cancel when you have had enough.
///
/// The run ends as [`Outcome::Cancelled`] before its next slice or host call, and no
/// handler and no `__close` of the script runs any more. A host function sees it through
/// its [`HostCx`](crate::HostCx).
///
/// ```
/// use moonfuel::{Chunk, Outcome, Session};
///
/// let session = Session::builder().build()?;
/// let mut run = session.start(Chunk::new(b"while true do end"));
/// let canceller = run.canceller();
/// let other = std::thread::spawn(move || canceller.cancel());
/// while !run.step(10_000).is_ended() {}
/// let (_session, report) = run.finish();
/// assert_eq!(report.outcome, Outcome::Cancelled);
/// # other.join().unwrap();
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Canceller(Arc<Signal>);

/// What the clones of a canceller share.
#[derive(Debug, Default)]
struct Signal {
    cancelled: AtomicBool,
    /// Those who sleep and want to know, by number, and the last number.
    sleepers: Mutex<(BTreeMap<u64, Waker>, u64)>,
}

impl Signal {
    fn sleepers(&self) -> MutexGuard<'_, (BTreeMap<u64, Waker>, u64)> {
        lock(&self.sleepers)
    }
}

impl Canceller {
    /// Makes a canceller for runs that are yet to come.
    pub fn new() -> Canceller {
        Canceller::default()
    }

    /// Cancels the run, for good.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        // Whoever comes later looks first.
        let sleepers = std::mem::take(&mut self.0.sleepers().0);
        sleepers.into_values().for_each(Waker::wake);
    }

    /// Tells whether the run was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Lets a cancellation wake somebody who looks at it after this, until what is returned
    /// is dropped.
    pub(crate) fn wakes(&self, waker: &Waker) -> Alarm {
        let mut sleepers = self.0.sleepers();
        sleepers.1 += 1;
        let number = sleepers.1;
        sleepers.0.insert(number, waker.clone());
        Alarm { canceller: self.clone(), number }
    }
}

/// A cancellation will wake somebody.
#[derive(Debug)]
pub(crate) struct Alarm {
    canceller: Canceller,
    number: u64,
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let waker = self.canceller.0.sleepers().0.remove(&self.number);
        // Whoever is woken may do as he likes: not while the others are locked.
        drop(waker);
    }
}

/// A deadline, as something that knows how much is left until it.
pub(crate) trait TimeLimit: Any + Debug + Send + Sync {
    /// Returns the time that is left; nothing when it has passed.
    fn remaining(&self) -> Duration;
}

/// What ends one run from outside.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    pub(crate) canceller: Canceller,
    pub(crate) time_limit: Option<Arc<dyn TimeLimit>>,
}

impl Watch {
    /// Returns the outcome with which the run must end now, if it must.
    pub(in crate::session) fn stop(&self) -> Option<Outcome> {
        if self.canceller.is_cancelled() {
            return Some(Outcome::Cancelled);
        }
        self.remaining().is_some_and(|left| left.is_zero()).then_some(Outcome::Deadline)
    }

    /// Returns the time left until the deadline, if there is one.
    pub(in crate::session) fn remaining(&self) -> Option<Duration> {
        self.time_limit.as_ref().map(|limit| limit.remaining())
    }
}
