//! The task that a call has become, where the client takes tasks.

use rmcp::task_manager::{TaskContext, TaskManager};

/// The task that a call has become.
#[derive(Clone)]
pub(super) struct Tasked {
    pub(super) context: TaskContext,
    pub(super) manager: TaskManager,
}
