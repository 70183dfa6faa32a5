//! Who calls a tool, and what may be asked of that client.

use super::decision::Decision;
use super::progress::Progress;
use super::tasked::Tasked;
use crate::Canceller;
use rmcp::RoleServer;
use rmcp::model::{InputResponses, ProgressToken, ProtocolVersion};
use rmcp::service::{Peer, RequestContext};
use std::sync::{Arc, OnceLock};

/// How the user can be asked.
#[derive(Clone, Debug)]
pub(super) enum Asking {
    /// Not at all: why.
    Not(&'static str),
    /// By a request to the client, which answers it while the call waits.
    Elicit(Peer<RoleServer>),
    /// By a result that says what is asked; the client calls again with the answer.
    Again,
}

/// A call's client.
pub(super) struct Caller {
    /// Cancels what the call does.
    pub(super) canceller: Canceller,
    pub(super) asking: Asking,
    /// Is there once the call is a task.
    pub(super) task: Arc<OnceLock<Tasked>>,
    progress: Option<(Peer<RoleServer>, ProgressToken)>,
    /// What the user said, if this is a call that comes again.
    pub(super) answers: InputResponses,
    /// What the client kept for it.
    pub(super) state: Option<String>,
    /// What stands for the tool and its arguments.
    pub(super) fingerprint: Vec<u8>,
}

impl Caller {
    pub(super) fn new(context: &RequestContext<RoleServer>, fingerprint: Vec<u8>) -> Caller {
        let elicits = context
            .client_capabilities()
            .and_then(|capabilities| capabilities.elicitation)
            // One that names no form takes forms.
            .is_some_and(|elicitation| elicitation.form.is_some() || elicitation.url.is_none());
        let version = context.protocol_version();
        let asking = match version {
            _ if !elicits => Asking::Not("this client cannot ask the user (it has no elicitation)"),
            Some(version) if version >= ProtocolVersion::V_2026_07_28 => Asking::Again,
            _ => Asking::Elicit(context.peer.clone()),
        };
        let token = context.meta.get_progress_token();
        Caller {
            canceller: Canceller::new(),
            asking,
            task: Arc::default(),
            progress: token.map(|token| (context.peer.clone(), token)),
            answers: InputResponses::new(),
            state: None,
            fingerprint,
        }
    }

    /// Tells whether the user can be asked.
    pub(super) fn can_ask(&self) -> bool {
        !matches!(self.asking, Asking::Not(_))
    }

    /// Returns what the user has said to what was asked by this name.
    pub(super) fn said(&self, key: &str) -> Decision {
        self.answers.get(key).map_or(Decision::Cancelled, Decision::read)
    }

    /// Returns what tells the client how far a run of this much fuel is.
    pub(super) fn progress(&self, limit: u64) -> Progress {
        Progress::of(self.progress.clone(), Arc::clone(&self.task), limit)
    }

    /// Says what a task does, if the call has become one.
    pub(super) fn tell(&self, text: &str) {
        if let Some(task) = self.task.get() {
            task.context.set_status_message(text);
        }
    }
}
