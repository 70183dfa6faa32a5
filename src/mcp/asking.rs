//! Asking the user while the call waits: by a request to the client, or by a task that says
//! what it waits for.

use super::caller::Asking;
use super::decision::Decision;
use super::tasked::Tasked;
use super::turns::Bell;
use crate::Canceller;
use rmcp::RoleServer;
use rmcp::model::{
    ClientResult, ElicitRequest, ElicitRequestParams, ElicitationSchema, InputRequest,
    ProtocolVersion, ServerRequest,
};
use rmcp::service::{Peer, PeerRequestOptions};
use serde_json::Value;
use std::time::Duration;

/// Returns a form as what a client is asked for.
pub(super) fn request(form: ElicitRequestParams) -> InputRequest {
    InputRequest::Elicitation(ElicitRequest::new(form))
}

/// Asks in the way that the caller has while a call waits: by its task under a key that it has
/// once, or by a request.
pub(super) async fn ask(
    task: Option<&Tasked>,
    asking: &Asking,
    key: String,
    form: ElicitRequestParams,
    time: Duration,
    canceller: &Canceller,
) -> Decision {
    match (task, asking) {
        (Some(task), _) => of_task(task, key, request(form), time, canceller).await,
        (None, Asking::Elicit(peer)) => elicit(peer, form, time, canceller).await,
        (None, Asking::Again | Asking::Not(_)) => Decision::Cancelled,
    }
}

/// Asks by a request. Where nobody answers in time, or the call is cancelled, so is the
/// request: a form that nobody waits for does not stay.
async fn elicit(
    peer: &Peer<RoleServer>,
    form: ElicitRequestParams,
    time: Duration,
    canceller: &Canceller,
) -> Decision {
    let labels = labels_of(peer, &form);
    let form = if labels.is_empty() { form } else { one_by_one(form, &labels) };
    let request = ServerRequest::ElicitRequest(ElicitRequest::new(form));
    let sent = peer.send_cancellable_request(request, PeerRequestOptions::no_options()).await;
    let Ok(mut handle) = sent else { return Decision::Cancelled };
    let why = tokio::select! {
        answer = &mut handle.rx => {
            return match answer {
                Ok(Ok(ClientResult::ElicitResult(result))) => serde_json::to_value(result)
                    .map_or(Decision::Cancelled, |value| Decision::read(&together(value, &labels))),
                _ => Decision::Cancelled,
            };
        }
        () = tokio::time::sleep(time) => "the time to answer is over",
        () = Bell::cancelled(canceller) => "the call was cancelled",
    };
    // The call does not wait for that: when the input has ended, nobody passes it on any more.
    tokio::spawn(handle.cancel(Some(why.to_owned())));
    Decision::Cancelled
}

/// Returns what some of may be chosen, if the client's revision has no form for that.
fn labels_of(peer: &Peer<RoleServer>, form: &ElicitRequestParams) -> Vec<String> {
    let revision = peer.peer_info().map(|info| info.protocol_version.clone());
    if revision.is_none_or(|revision| revision >= ProtocolVersion::V_2025_11_25) {
        return Vec::new();
    }
    let form = serde_json::to_value(form).unwrap_or_default();
    let labels = form.pointer("/requestedSchema/properties/answer/items/enum");
    labels.and_then(|labels| serde_json::from_value(labels.clone()).ok()).unwrap_or_default()
}

fn option(number: usize) -> String {
    format!("option_{}", number + 1)
}

/// Makes of a form in which some of these are chosen one that asks about each of them.
fn one_by_one(form: ElicitRequestParams, labels: &[String]) -> ElicitRequestParams {
    let ElicitRequestParams::FormElicitationParams { meta, message, .. } = form else {
        return form;
    };
    let builder =
        labels.iter().enumerate().fold(ElicitationSchema::builder(), |builder, (number, label)| {
            let title = label.clone();
            builder.required_bool_with(option(number), |field| field.title(title))
        });
    let requested_schema = builder.build_unchecked();
    ElicitRequestParams::FormElicitationParams { meta, message, requested_schema }
}

/// Makes of the answer to such a form one to the form it was made of.
fn together(mut result: Value, labels: &[String]) -> Value {
    if !labels.is_empty()
        && let Some(content) = result.get_mut("content")
    {
        let is_chosen = |number: usize| content.get(option(number)) == Some(&Value::Bool(true));
        let chosen = labels.iter().enumerate().filter(|(number, _)| is_chosen(*number));
        let chosen: Vec<&String> = chosen.map(|(_, label)| label).collect();
        *content = serde_json::json!({"answer": chosen});
    }
    result
}

/// Asks by a task, under a key that it has once. Where nobody answers in time, or the call is
/// cancelled (its session is closed), it is not asked for any more.
async fn of_task(
    task: &Tasked,
    key: String,
    request: InputRequest,
    time: Duration,
    canceller: &Canceller,
) -> Decision {
    tokio::select! {
        answer = task.context.request_input(key.clone(), request) => {
            return answer.map_or(Decision::Cancelled, |value| Decision::read(&value));
        }
        () = tokio::time::sleep(time) => {}
        () = Bell::cancelled(canceller) => {}
    }
    // The task may be gone.
    let _ = task.manager.update_task(task.context.task_id(), [(key, Value::Null)]);
    Decision::Cancelled
}
