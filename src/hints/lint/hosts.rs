//! Calls of host functions that are not what they look like.

use super::{Finding, Linter};
use crate::hints::hosts::written_wrong;
use crate::hints::tree::Shape;

impl Linter<'_> {
    /// Looks at calls: `jido:read_file(path)`, `jido.grep{"x"}`.
    pub(super) fn host_calls(&mut self) {
        for id in 0..self.reading.tree.exprs.len() {
            let Shape::Call { callee, .. } = *self.shape(id) else { continue };
            let method = self.method_path(callee);
            let is_method = method.is_some();
            let Some(path) = method.or_else(|| self.path(callee)) else { continue };
            let called = (path.as_str(), is_method);
            let Some(hint) = written_wrong(self.reading, id, called, self.names) else { continue };
            self.lint.findings.push(Finding {
                rule: "host-call",
                span: self.span(id),
                message: format!("'{path}' is not called like this"),
                hint: Some(hint),
            });
        }
    }
}
