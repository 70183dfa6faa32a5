//! What of the input is a message. `rmcp` says nothing to a line it cannot read, and does not
//! say to whom it answers where only a part makes no sense; a client then waits for ever. So
//! each line is looked at before it gets there: what is none is answered, with the id of the
//! request if that can be made out.

use rmcp::RoleServer;
use rmcp::model::{ClientRequest, ErrorData, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::async_rw::DEFAULT_MAX_LINE_LENGTH as LONGEST;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader, DuplexStream};
use tokio::sync::mpsc;

/// A buffer above this size, in bytes, is not kept for the next message.
const KEPT: usize = 1024 * 1024;

/// Methods whose params have a form of which `rmcp` knows.
const METHODS: [&str; 5] =
    ["initialize", "resources/list", "resources/read", "tools/call", "tools/list"];

/// What is answered to a line that is no message.
pub(super) type Refusal = TxJsonRpcMessage<RoleServer>;

/// Passes messages on, line by line, and answers to what is none, until either side has gone.
pub(super) async fn screen<R>(from: R, mut to: DuplexStream, refusals: mpsc::Sender<Refusal>)
where
    R: AsyncRead + Unpin,
{
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    let mut is_cut = false;
    loop {
        let (taken, ended) = match from.fill_buf().await {
            Ok(bytes) if !bytes.is_empty() => {
                let newline = bytes.iter().position(|byte| *byte == b'\n');
                let taken = newline.map_or(bytes.len(), |at| at + 1);
                let room = LONGEST - line.len();
                is_cut |= taken > room;
                line.extend_from_slice(&bytes[..taken.min(room)]);
                (taken, newline.is_some())
            }
            // What has no end is no message.
            _ => return,
        };
        from.consume(taken);
        if !ended {
            continue;
        }
        let gone = match if is_cut { Some(too_long(&line)) } else { refusal(&line) } {
            Some(refusal) => refusals.send(refusal).await.is_err(),
            None => to.write_all(&line).await.is_err(),
        };
        if gone {
            return;
        }
        is_cut = false;
        line.clear();
        line.shrink_to(KEPT);
    }
}

fn too_long(line: &[u8]) -> Refusal {
    let text = format!("the message is longer than {LONGEST} bytes");
    Refusal::error(ErrorData::invalid_request(text, None), id_of(line))
}

/// Returns the answer to a line that is no message.
fn refusal(line: &[u8]) -> Option<Refusal> {
    let line = line.trim_ascii();
    if line.is_empty() {
        return None;
    }
    let message: Value = match serde_json::from_slice(line) {
        Ok(message) => message,
        Err(error) => {
            let text = format!("the message is no JSON that can be read: {error}");
            return Some(Refusal::error(ErrorData::parse_error(text, None), id_of(line)));
        }
    };
    let invalid =
        |text: &'static str, id| Some(Refusal::error(ErrorData::invalid_request(text, None), id));
    if message.is_array() {
        return invalid("batches are not taken: each message on a line of its own", None);
    }
    // Answers and notifications are not answered.
    let id = message.get("id").and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok());
    let (Some(id), Some(method)) = (id, message.get("method")) else { return None };
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return invalid("jsonrpc: expected \"2.0\"", Some(id));
    }
    if !method.is_string() {
        return invalid("method: expected a string", Some(id));
    }
    if message.get("params").is_some_and(|params| !params.is_object()) {
        return invalid("params: expected an object", Some(id));
    }
    let name = method.as_str().unwrap_or_default().to_owned();
    let is_read = match serde_json::from_value::<RxJsonRpcMessage<RoleServer>>(message) {
        // What it cannot read as one of its own, it takes for another's.
        Ok(RxJsonRpcMessage::<RoleServer>::Request(request)) => {
            !matches!(request.request, ClientRequest::CustomRequest(_))
                || !METHODS.contains(&name.as_str())
        }
        Ok(_) => true,
        Err(_) => false,
    };
    if is_read {
        return None;
    }
    let text = format!("the params are not those of {name}");
    Some(Refusal::error(ErrorData::invalid_params(text, None), Some(id)))
}

/// Returns the id of a message that cannot be read: that of its outermost object, if it is in
/// the part that is there. Finds the end of strings and the depth of brackets, no more.
fn id_of(text: &[u8]) -> Option<RequestId> {
    let (mut depth, mut at, mut is_name) = (0_usize, 0, false);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                let end = end_of_string(text, at)?;
                if is_name && &text[at..end] == b"\"id\"" {
                    let value = text[end..].trim_ascii_start().strip_prefix(b":")?;
                    let mut values = serde_json::Deserializer::from_slice(value).into_iter();
                    return values.next()?.ok();
                }
                is_name = false;
                at = end;
                continue;
            }
            b'{' | b'[' => {
                is_name = depth == 0 && *byte == b'{';
                depth += 1;
            }
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b',' => is_name = depth == 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns what is behind the string that begins at a quotation mark.
fn end_of_string(text: &[u8], begin: usize) -> Option<usize> {
    let mut at = begin + 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests;
