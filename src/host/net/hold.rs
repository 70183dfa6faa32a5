//! What a request has while it is at work, and how it ends when nobody waits for it any more.

use crate::host::permits::Permit;
use crate::session::lock;
use std::sync::{Arc, Mutex};
use ureq::Agent;

/// A request's permit, and who waits for it. Dropped, its connection is nobody's to stop any more.
#[derive(Debug, Default)]
pub(crate) struct Hold {
    permit: Option<Arc<Permit>>,
    stop: Stop,
}

/// Ends a request that is at work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    is_over: bool,
    /// Its connection.
    agent: Option<Agent>,
}

impl Hold {
    pub(crate) fn new(permit: Permit) -> Hold {
        Hold { permit: Some(Arc::new(permit)), stop: Stop::default() }
    }

    /// Returns the permit, which is given back when nobody has it any more.
    pub(crate) fn permit(&self) -> Option<Arc<Permit>> {
        self.permit.clone()
    }

    /// Returns what ends the request.
    pub(crate) fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Notes what connects now. Returns whether somebody waits for what it brings.
    pub(crate) fn goes_on(&self, agent: &Agent) -> bool {
        let mut state = lock(&self.stop.0);
        state.agent = (!state.is_over).then(|| agent.clone());
        !state.is_over
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // The agent has the permit too.
        let agent = lock(&self.stop.0).agent.take();
        drop(agent);
    }
}

impl Stop {
    /// Closes the connection, and has no other made.
    pub(crate) fn stop(&self) {
        let mut state = lock(&self.0);
        state.is_over = true;
        let agent = state.agent.take();
        drop(state);
        if let Some(agent) = agent {
            agent.shutdown();
        }
    }
}
