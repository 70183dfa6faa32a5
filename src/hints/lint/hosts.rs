//! Calls of host functions that are not what they look like.

use super::{Finding, Linter};
use crate::hints::hosts::written_wrong;
use crate::hints::tree::Shape;

impl Linter<'_> {
    /// Looks at calls: `jido:read_file(path)`, `jido.grep{"x"}`.
    pub(super) fn host_calls(&mut self) {
        for id in 0..self.reading.tree.exprs.len() {
            let Shape::Call { callee, .. } = *self.shape(id) else { continue };
            let (base, method) = match *self.shape(callee) {
                Shape::Method { base, name } => (base, Some(name)),
                _ => (callee, None),
            };
            let Some(mut path) = self.path(base) else { continue };
            if let Some(name) = method {
                path = format!("{path}.{}", String::from_utf8_lossy(self.reading.name(name)));
            }
            let called = (path.as_str(), method.is_some());
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
