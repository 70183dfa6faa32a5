//! How a call of a host function is made: as a trace or a journal has it, or as it comes.

use super::host_table::{Called, HostTable};
use crate::session::functions::host_context::HostCx;
use crate::session::functions::letters::Request;
use crate::session::tapes::tape::Tape;

impl HostTable {
    /// Calls the function a script asked for. A panic in it becomes an error for the
    /// script, without the panic's own text.
    pub(in crate::session) fn call(
        &mut self,
        cx: &mut HostCx<'_>,
        request: &mut Request,
        result_limit: u64,
    ) -> Called {
        let tape: Option<Tape> = self.tape.as_deref().cloned();
        if let Some(tape) = tape {
            return tape.call(self, cx, request, result_limit);
        }
        #[cfg(feature = "mcp")]
        if let Some(journal) = self.journal.clone() {
            return journal.call(self, cx, request, result_limit);
        }
        self.call_untaped(cx, request, result_limit)
    }
}
