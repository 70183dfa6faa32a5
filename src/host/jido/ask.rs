//! `jido.ask_user(spec)`: a question that whoever drives the run answers, or nobody can.

use super::{Failure, Jido};
use crate::host::ui;
use crate::{HostCx, HostValue, Reply};
use std::sync::Arc;

/// Hands the question out as a call that waits for its answer.
pub(super) fn ask_user(
    jido: &Arc<Jido>,
    _cx: &mut HostCx<'_>,
    args: &[HostValue],
) -> Result<Reply, Failure> {
    match args.first() {
        Some(HostValue::String(_)) => {}
        // A table that says nothing is a question all the same, as for `imp.ui.request`.
        Some(spec) if matches!(spec, HostValue::Object(_)) || *spec == HostValue::Array(vec![]) => {
            if let Some(invalid) = ui::invalid(spec) {
                return Ok(Reply::Now(vec![invalid]));
            }
        }
        _ => return Err(b"ask_user requires a question".to_vec().into()),
    }
    if jido.options.answers_questions {
        return Ok(Reply::Later);
    }
    let nobody = [("ok", HostValue::Boolean(false)), ("reason", "unavailable".into())];
    Ok(Reply::Now(vec![HostValue::object(nobody)]))
}
