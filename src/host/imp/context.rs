//! Who calls, and what the call works with.

use crate::Canceller;
use crate::host::ui::Ui;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// What is told by `imp.update`.
type Updates = dyn Fn(&str) + Send + Sync;

/// What a call of a tool, a command or a hook works with: set before it, cleared after it.
///
/// Without one, `imp.tool` raises, `imp.ui` answers that nobody is there, and `imp.update`
/// says nothing.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct CallContext {
    /// The directory that the caller works in.
    pub cwd: PathBuf,
    /// What cancels the call.
    pub canceller: Canceller,
    updates: Option<Arc<Updates>>,
    ui: Option<Arc<dyn Ui>>,
    own_clock: bool,
}

impl CallContext {
    /// Makes a context of a caller that works in this directory.
    pub fn new(cwd: impl Into<PathBuf>) -> CallContext {
        CallContext { cwd: cwd.into(), ..CallContext::default() }
    }

    /// Sets what cancels the call.
    #[must_use]
    pub fn canceller(mut self, canceller: Canceller) -> Self {
        self.canceller = canceller;
        self
    }

    /// Sets what `imp.update` tells.
    #[must_use]
    pub fn on_update(mut self, sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.updates = Some(Arc::new(sink));
        self
    }

    /// Sets whom `imp.ui` asks.
    #[must_use]
    pub fn ui(mut self, ui: impl Ui + 'static) -> Self {
        self.ui = Some(Arc::new(ui));
        self
    }

    /// Says that the caller has an eye on the time, and cancels the call when it is over: the
    /// time in which the user is asked is none of the call's.
    #[cfg(feature = "mcp")]
    #[must_use]
    pub(crate) fn own_clock(mut self) -> Self {
        self.own_clock = true;
        self
    }

    /// Tells whether the caller has an eye on the time.
    pub(super) fn has_own_clock(&self) -> bool {
        self.own_clock
    }

    pub(super) fn update(&self, text: &str) {
        if let Some(sink) = &self.updates {
            sink(text);
        }
    }

    pub(super) fn asked(&self) -> Option<Arc<dyn Ui>> {
        self.ui.clone()
    }
}

impl fmt::Debug for CallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallContext")
            .field("cwd", &self.cwd)
            .field("updates", &self.updates.is_some())
            .field("ui", &self.ui.is_some())
            .finish_non_exhaustive()
    }
}
