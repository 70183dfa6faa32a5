//! What of the input is a message. `rmcp` says nothing to a line it cannot read, and does not
//! say to whom it answers where only a part makes no sense; a client then waits for ever. So
//! each line is looked at before it gets there: what is none is answered, with the id of the
//! request if that can be made out.

use rmcp::RoleServer;
use rmcp::model::{ClientRequest, ErrorData, InitializeRequestParams, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::async_rw::DEFAULT_MAX_LINE_LENGTH as LONGEST;
use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::mpsc;

/// A buffer above this size, in bytes, is not kept for the next message.
const KEPT: usize = 1024 * 1024;

/// The most messages of a batch. One of a few bytes takes some hundred when it is read.
const MOST_IN_BATCH: usize = 1000;

/// The byte order mark, in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What each method must have in its params, and of which kind; what begins with `?` need not
/// be there. `rmcp` takes requests whose params it cannot read for another's.
const PARAMS: [(&str, &[(&str, Kind)]); 10] = [
    (
        "initialize",
        &[
            ("protocolVersion", Kind::Text),
            ("capabilities", Kind::Object),
            ("clientInfo", Kind::Object),
        ],
    ),
    (
        "tools/call",
        &[
            ("name", Kind::Text),
            ("?arguments", Kind::Object),
            ("?inputResponses", Kind::Object),
            ("?requestState", Kind::Text),
        ],
    ),
    ("tools/list", &[("?cursor", Kind::Cursor)]),
    ("resources/list", &[("?cursor", Kind::Cursor)]),
    ("resources/templates/list", &[("?cursor", Kind::Cursor)]),
    ("resources/read", &[("uri", Kind::Text)]),
    ("tasks/get", &[("taskId", Kind::Text)]),
    ("tasks/update", &[("taskId", Kind::Text), ("inputResponses", Kind::Object)]),
    ("tasks/cancel", &[("taskId", Kind::Text)]),
    ("server/discover", &[]),
];

/// What a field of the params must be.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Object,
    /// Where a page begins. Lists have one page, so nobody was given any.
    Cursor,
}

/// What is answered to a line that is no message.
pub(super) type Refusal = TxJsonRpcMessage<RoleServer>;

/// What a line is.
#[derive(Debug)]
pub(super) enum Arrival {
    Message(Box<RxJsonRpcMessage<RoleServer>>),
    /// No message: it is answered so.
    Refused(Box<Refusal>),
    /// Several messages, none of them a batch.
    Batch(Vec<Arrival>),
}

/// Passes messages on, line by line, and answers to what is none, until either side has gone.
pub(super) async fn screen<R>(from: R, to: mpsc::Sender<Arrival>)
where
    R: AsyncRead + Unpin,
{
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    let (mut is_cut, mut is_first) = (false, true);
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
        // Some clients begin with the mark of a file of UTF-8.
        let text = line.strip_prefix(MARK).filter(|_| is_first).unwrap_or(&line);
        is_first = false;
        let arrival = if is_cut { Some(too_long(text)) } else { arrival(text) };
        if let Some(arrival) = arrival
            && to.send(arrival).await.is_err()
        {
            return;
        }
        is_cut = false;
        line.clear();
        line.shrink_to(KEPT);
    }
}

fn too_long(line: &[u8]) -> Arrival {
    // A number that the cut goes through is another one.
    let number = |byte: &&u8| byte.is_ascii_digit() || b"-+.eE".contains(byte);
    let cut = line.iter().rev().take_while(number).count();
    let id = id_of(&line[..line.len() - cut]);
    invalid(format!("the message is longer than {LONGEST} bytes"), id)
}

fn invalid(text: impl Into<String>, id: Option<RequestId>) -> Arrival {
    Arrival::Refused(Box::new(Refusal::error(ErrorData::invalid_request(text.into(), None), id)))
}

/// Reads a line. Nothing, if there is nothing on it that would be answered.
fn arrival(line: &[u8]) -> Option<Arrival> {
    let line = line.trim_ascii();
    if line.is_empty() {
        return None;
    }
    let read = match line.first() {
        Some(b'[') => serde_json::from_slice(line).map(|Messages(messages)| match messages {
            None => Some(invalid(format!("a batch has {MOST_IN_BATCH} messages at most"), None)),
            Some(messages) if messages.is_empty() => {
                Some(invalid("a batch has one message at least", None))
            }
            Some(messages) => {
                Some(Arrival::Batch(messages.into_iter().filter_map(message).collect()))
            }
        }),
        _ => serde_json::from_slice(line).map(message),
    };
    read.unwrap_or_else(|error| {
        let text = format!("the message is no JSON that can be read: {error}");
        let error = ErrorData::parse_error(text, None);
        Some(Arrival::Refused(Box::new(Refusal::error(error, id_of(line)))))
    })
}

/// The messages of a batch; nothing, if they are more than are taken: those are not kept.
struct Messages(Option<Vec<Value>>);

impl<'de> Deserialize<'de> for Messages {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Messages, D::Error> {
        from.deserialize_seq(Several)
    }
}

struct Several;

impl<'de> Visitor<'de> for Several {
    type Value = Messages;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Messages, A::Error> {
        let mut messages = Vec::new();
        while messages.len() < MOST_IN_BATCH {
            match items.next_element()? {
                Some(message) => messages.push(message),
                None => return Ok(Messages(Some(messages))),
            }
        }
        let mut is_all = true;
        while items.next_element::<IgnoredAny>()?.is_some() {
            is_all = false;
        }
        Ok(Messages(is_all.then_some(messages)))
    }
}

/// Reads a message. What is none is answered, unless it could only be an answer or
/// a notification.
fn message(message: Value) -> Option<Arrival> {
    let Value::Object(fields) = &message else {
        return Some(invalid("the message is no object", None));
    };
    let given = fields.get("id");
    let id = given.and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok());
    let Some(method) = fields.get("method") else {
        if fields.contains_key("result") || fields.contains_key("error") {
            return read(message);
        }
        return Some(invalid("method: expected a string", id));
    };
    let Some(id) = id else {
        return match given {
            None => read(message),
            Some(_) => Some(invalid("id: expected a string or a whole number", None)),
        };
    };
    if fields.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Some(invalid("jsonrpc: expected \"2.0\"", Some(id)));
    }
    let Some(method) = method.as_str().map(str::to_owned) else {
        return Some(invalid("method: expected a string", Some(id)));
    };
    let params = match fields.get("params") {
        None => None,
        Some(Value::Object(params)) => Some(params),
        Some(_) => return Some(invalid("params: expected an object", Some(id))),
    };
    let refuse = |text: String, id| {
        let refusal = Refusal::error(ErrorData::invalid_params(text, None), Some(id));
        Some(Arrival::Refused(Box::new(refusal)))
    };
    if let Some(why) = wrong(&method, params) {
        return refuse(format!("{method}: {why}"), id);
    }
    let is_known = PARAMS.iter().any(|(name, _)| *name == method);
    let hello = params.filter(|_| method == "initialize").cloned();
    match read(message) {
        // What it cannot read as one of its own, it takes for another's.
        Some(Arrival::Message(read)) if !(is_known && is_of_another(&read)) => {
            Some(Arrival::Message(read))
        }
        _ => {
            let why = hello.and_then(why_no_hello).map_or(String::new(), |why| format!(": {why}"));
            refuse(format!("{method}: the params are not those of this method{why}"), id)
        }
    }
}

/// Says why the params of `initialize` are none, with which who writes a client begins.
fn why_no_hello(params: Map<String, Value>) -> Option<String> {
    let read = serde_json::from_value::<InitializeRequestParams>(Value::Object(params));
    read.err().map(|error| error.to_string())
}

fn read(message: Value) -> Option<Arrival> {
    serde_json::from_value(message).ok().map(|message| Arrival::Message(Box::new(message)))
}

fn is_of_another(message: &RxJsonRpcMessage<RoleServer>) -> bool {
    match message {
        RxJsonRpcMessage::<RoleServer>::Request(request) => {
            matches!(request.request, ClientRequest::CustomRequest(_))
        }
        _ => true,
    }
}

/// Says what is wrong with the params of a method.
fn wrong(method: &str, params: Option<&Map<String, Value>>) -> Option<String> {
    let (_, fields) = PARAMS.iter().find(|(name, _)| *name == method)?;
    let of_all: &[(&str, Kind)] = &[("?_meta", Kind::Object)];
    for (name, kind) in fields.iter().chain(of_all) {
        let (name, optional) = match name.strip_prefix('?') {
            Some(name) => (name, true),
            None => (*name, false),
        };
        let expected = match kind {
            Kind::Text => "a string",
            Kind::Object => "an object",
            Kind::Cursor => "none, for all is on one page",
        };
        let is_right = match (params.and_then(|params| params.get(name)), kind) {
            (None, _) => optional,
            (Some(Value::Null), _) => optional,
            (Some(value), Kind::Text) => value.is_string(),
            (Some(value), Kind::Object) => value.is_object(),
            (Some(_), Kind::Cursor) => false,
        };
        if !is_right {
            return Some(format!("params.{name}: expected {expected}"));
        }
    }
    None
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
