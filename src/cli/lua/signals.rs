//! Signals: Ctrl-C interrupts the script that runs, and a second one ends the process;
//! writing to a pipe nobody reads ends it too.

use signal_hook::consts::SIGINT;
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the signal handlers and the interpreter share.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// While a script runs: whether the user has interrupted it. A further signal, and
    /// each while nothing runs, does what the system does by default.
    interrupted: Option<Arc<AtomicBool>>,
}

impl Signals {
    /// Begins to watch for Ctrl-C. If the system does not allow it, nothing is watched.
    pub(super) fn watch(&mut self) {
        let interrupted = match &self.interrupted {
            Some(interrupted) => interrupted,
            None => {
                let interrupted = Arc::new(AtomicBool::new(false));
                // In this order: the first signal passes the first handler and sets the
                // flag in the second.
                let watched = flag::register_conditional_default(SIGINT, interrupted.clone())
                    .and_then(|_| flag::register(SIGINT, interrupted.clone()));
                if watched.is_err() {
                    return;
                }
                self.interrupted.insert(interrupted)
            }
        };
        interrupted.store(false, Ordering::SeqCst);
    }

    /// Ends watching: a signal does what the system does by default.
    pub(super) fn ignore(&self) {
        if let Some(interrupted) = &self.interrupted {
            interrupted.store(true, Ordering::SeqCst);
        }
    }

    /// Tells whether the user wants the script interrupted.
    pub(super) fn interrupted(&self) -> bool {
        self.interrupted.as_ref().is_some_and(|flag| flag.load(Ordering::SeqCst))
    }
}

/// Lets the process end when nobody reads what it writes, as programs in C do.
pub(super) fn end_on_broken_pipe() {
    let always = Arc::new(AtomicBool::new(true));
    // If the system does not allow it, writing fails instead.
    let _ = flag::register_conditional_default(signal_hook::consts::SIGPIPE, always);
}
