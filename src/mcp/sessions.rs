//! Sessions by their handles. A session runs one script at a time; others wait in order.

use super::budget::short;
use super::ended::Refused;
use super::names::name;
use super::turns::Bell;
use crate::drive::KeptTrace;
use crate::session::lock;
use crate::{Canceller, Session};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::OwnedMutexGuard;

/// Calls that may wait for a session.
const QUEUE: usize = 16;

/// The sessions that are open.
#[derive(Debug)]
pub(super) struct Sessions {
    open: Mutex<Open>,
    most: usize,
    /// What the handles of this process begin with.
    own: String,
}

#[derive(Debug, Default)]
struct Open {
    slots: BTreeMap<String, Arc<Slot>>,
    last: u64,
}

/// A session's place.
#[derive(Debug)]
struct Slot {
    handle: String,
    /// Held by whoever runs something.
    kept: Arc<tokio::sync::Mutex<Kept>>,
    /// Calls that hold it or wait for it.
    calls: AtomicUsize,
    /// It has been closed: whoever waits for it finds none.
    closed: AtomicBool,
    /// What cancels the run under way.
    running: Mutex<Option<Canceller>>,
    order: u64,
}

/// What is kept of a session between two runs.
#[derive(Debug)]
pub(super) struct Kept {
    /// Nothing, if a run was lost.
    pub(super) session: Option<Session>,
    /// How often it has changed: a run that was put aside goes on only with what it began
    /// with.
    pub(super) version: u64,
    pub(super) trace: Option<KeptTrace>,
    /// The seed it was opened with, as far as that was said.
    pub(super) seed: Option<u64>,
}

/// A call's place among those that hold a session or wait for it, until it is dropped.
#[derive(Debug)]
struct Queued(Arc<Slot>);

impl Drop for Queued {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A session that somebody has for a while.
#[derive(Debug)]
pub(super) struct Held {
    queued: Queued,
    pub(super) kept: OwnedMutexGuard<Kept>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.queued.0.running().take();
    }
}

impl Slot {
    fn running(&self) -> MutexGuard<'_, Option<Canceller>> {
        lock(&self.running)
    }
}

impl Sessions {
    /// # Errors
    /// When the system has no entropy.
    pub(super) fn new(most: usize) -> std::io::Result<Sessions> {
        let own = name()?.get(..8).unwrap_or_default().to_owned();
        Ok(Sessions { open: Mutex::default(), most, own })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        lock(&self.open)
    }

    /// Opens a session, and returns its handle.
    ///
    /// # Errors
    /// When there are too many, or no name can be made.
    pub(super) fn add(
        &self,
        session: Session,
        trace: Option<KeptTrace>,
        seed: Option<u64>,
    ) -> Result<String, Refused> {
        let name = name().map_err(|e| Refused::new("internal", e.to_string()))?;
        let handle = format!("s-{}-{name}", self.own);
        self.put(handle.clone(), Kept { session: Some(session), version: 0, trace, seed })?;
        Ok(handle)
    }

    fn has_room(&self, open: &Open) -> Result<(), Refused> {
        if open.slots.len() < self.most {
            return Ok(());
        }
        let text = format!("{} sessions are open: close some with lua_session_close", self.most);
        Err(Refused::new("busy", text))
    }

    fn put(&self, handle: String, kept: Kept) -> Result<(), Refused> {
        let mut open = self.open();
        self.has_room(&open)?;
        open.last += 1;
        let slot = Slot {
            handle: handle.clone(),
            kept: Arc::new(tokio::sync::Mutex::new(kept)),
            calls: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            running: Mutex::default(),
            order: open.last,
        };
        open.slots.insert(handle, Arc::new(slot));
        Ok(())
    }

    /// Looks whether a session of another process can be taken over: before anything of its run
    /// is done.
    ///
    /// # Errors
    /// When the session was this process's own, and is closed; or there are too many.
    pub(super) fn may_adopt(&self, handle: &str) -> Result<(), Refused> {
        if handle.starts_with(&format!("s-{}-", self.own)) {
            return Err(unknown(handle));
        }
        self.has_room(&self.open())
    }

    /// Takes a session of another process over, which had put a run of it aside.
    ///
    /// # Errors
    /// When there are too many by now.
    pub(super) fn adopt(
        &self,
        handle: &str,
        session: Session,
        version: u64,
    ) -> Result<(), Refused> {
        let kept = Kept { session: Some(session), version, trace: None, seed: None };
        self.put(handle.to_owned(), kept)
    }

    /// Tells whether a session is open here.
    pub(super) fn is_open(&self, handle: &str) -> bool {
        self.open().slots.contains_key(handle)
    }

    /// Waits for a session, and has it until what is returned is dropped.
    ///
    /// # Errors
    /// When there is none of this handle, too many wait for it, or the call is cancelled.
    pub(super) async fn hold(&self, handle: &str, canceller: &Canceller) -> Result<Held, Refused> {
        let slot = self.open().slots.get(handle).cloned().ok_or_else(|| unknown(handle))?;
        let before = slot.calls.fetch_add(1, Ordering::SeqCst);
        let queued = Queued(slot);
        if before > QUEUE {
            let text = format!("{QUEUE} calls wait for the session {handle} already");
            return Err(Refused::new("busy", text));
        }
        let kept = Arc::clone(&queued.0.kept).lock_owned();
        let kept = tokio::select! {
            kept = kept => kept,
            () = Bell::cancelled(canceller) => {
                let text = "the call was cancelled while it waited for its session";
                return Err(Refused::new("cancelled", text));
            }
        };
        let held = Held { queued, kept };
        if held.kept.session.is_none() || held.queued.0.closed.load(Ordering::SeqCst) {
            return Err(unknown(handle));
        }
        *held.queued.0.running() = Some(canceller.clone());
        Ok(held)
    }

    /// Closes a session; a run of it is cancelled. Returns its trace, if it has one.
    ///
    /// # Errors
    /// When there is none of this handle.
    pub(super) async fn close(&self, handle: &str) -> Result<Option<KeptTrace>, Refused> {
        let slot = self.open().slots.remove(handle).ok_or_else(|| unknown(handle))?;
        // Those that wait have the session before it is closed here, one after the other.
        slot.closed.store(true, Ordering::SeqCst);
        if let Some(canceller) = &*slot.running() {
            canceller.cancel();
        }
        let mut kept = slot.kept.lock().await;
        drop(kept.session.take());
        Ok(kept.trace.take())
    }

    /// Returns the handles in the order in which they were opened, and whether each is at work.
    pub(super) fn list(&self) -> Vec<(String, bool)> {
        let mut slots: Vec<Arc<Slot>> = self.open().slots.values().cloned().collect();
        slots.sort_by_key(|slot| slot.order);
        let is_at_work = |slot: &Slot| slot.calls.load(Ordering::SeqCst) > 0;
        slots.iter().map(|slot| (slot.handle.clone(), is_at_work(slot))).collect()
    }
}

fn unknown(handle: &str) -> Refused {
    let handle = short(handle);
    let text = format!("no session is open with the handle '{handle}': lua_session_open makes one");
    Refused::new("not_found", text)
}
