//! Asking the user while the call waits: by a request to the client, or by a task that says
//! what it waits for.

use super::caller::Tasked;
use super::consent::Decision;
use super::turns::Bell;
use crate::Canceller;
use rmcp::RoleServer;
use rmcp::model::{ClientResult, ElicitRequest, ElicitRequestParams, InputRequest, ServerRequest};
use rmcp::service::{Peer, PeerRequestOptions};
use serde_json::Value;
use std::time::Duration;

/// Asks by a request. Where nobody answers in time, or the call is cancelled, so is the
/// request: a form that nobody waits for does not stay.
pub(super) async fn elicit(
    peer: &Peer<RoleServer>,
    form: ElicitRequestParams,
    time: Duration,
    canceller: &Canceller,
) -> Decision {
    let request = ServerRequest::ElicitRequest(ElicitRequest::new(form));
    let sent = peer.send_cancellable_request(request, PeerRequestOptions::no_options()).await;
    let Ok(mut handle) = sent else { return Decision::Cancelled };
    let why = tokio::select! {
        answer = &mut handle.rx => {
            return match answer {
                Ok(Ok(ClientResult::ElicitResult(result))) => serde_json::to_value(result)
                    .map_or(Decision::Cancelled, |value| Decision::read(&value)),
                _ => Decision::Cancelled,
            };
        }
        () = tokio::time::sleep(time) => "the time to answer is over",
        () = Bell::cancelled(canceller) => "the call was cancelled",
    };
    // A client that is gone need not be told.
    let _ = handle.cancel(Some(why.to_owned())).await;
    Decision::Cancelled
}

/// Asks by a task, under a key that it has once.
pub(super) async fn of_task(
    task: &Tasked,
    key: String,
    request: InputRequest,
    time: Duration,
) -> Decision {
    let asked = task.context.request_input(key.clone(), request);
    match tokio::time::timeout(time, asked).await {
        Ok(Ok(value)) => Decision::read(&value),
        Ok(Err(_)) => Decision::Cancelled,
        Err(_) => {
            // Nobody waits for it any more, so it is not asked for. The task may be gone.
            let _ = task.manager.update_task(task.context.task_id(), [(key, Value::Null)]);
            Decision::Cancelled
        }
    }
}
