//! What the functions of a runtime share with it.

use super::context::CallContext;
use super::native::NativeTool;
use super::policy::CapabilityPolicy;
use super::registry::Pending;
use crate::host::permits::Permits;
use crate::host::ui::Ui;
use crate::session::lock;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};

/// What gives out secrets: the fields of a provider, or why there are none.
pub(super) type Secrets =
    dyn Fn(&str) -> Result<BTreeMap<String, String>, String> + Send + Sync + 'static;

/// What gives out variables of the environment.
pub(super) type Environment = dyn Fn(&str) -> Option<String> + Send + Sync + 'static;

/// What hears what extensions print.
pub(super) type Output = dyn Fn(&[u8]) + Send + Sync + 'static;

/// What the functions of a runtime share with it.
pub(crate) struct Shared {
    pub(super) policy: Mutex<CapabilityPolicy>,
    pub(super) context: Mutex<Option<CallContext>>,
    /// What the run at work has registered.
    pub(super) pending: Mutex<Pending>,
    pub(super) natives: Mutex<BTreeMap<String, Arc<dyn NativeTool>>>,
    pub(super) secrets: Option<Box<Secrets>>,
    pub(super) environment: Box<Environment>,
    pub(super) output: Option<Box<Output>>,
    /// Requests at work.
    pub(super) asking: Permits,
    /// Secrets that scripts were given as text, which no trace may have.
    pub(super) revealed: Mutex<BTreeSet<String>>,
}

impl Shared {
    /// Sets the context of what is called next.
    pub(crate) fn set_context(&self, context: CallContext) {
        *lock(&self.context) = Some(context);
    }

    pub(super) fn context(&self) -> Option<CallContext> {
        lock(&self.context).clone()
    }

    /// Returns who can ask the user, if anybody can.
    pub(super) fn user(&self) -> Option<Arc<dyn Ui>> {
        self.context()?.asked()
    }

    /// Hands on what was printed.
    pub(super) fn printed(&self, bytes: &[u8]) {
        if let Some(output) = &self.output {
            output(bytes);
        }
    }

    /// Tells whether the policy allows something now.
    pub(super) fn allows(&self, what: impl FnOnce(&CapabilityPolicy) -> bool) -> bool {
        what(&lock(&self.policy))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("policy", &self.policy).finish_non_exhaustive()
    }
}
