//! The protocol's two streams: what comes in and is for `rmcp`, and what goes out.

use super::budget::short;
use super::flight::{Answered, Flight};
use super::screen::{Arrival, Refusal, screen};
use rmcp::RoleServer;
use rmcp::model::{
    ClientNotification, ClientRequest, ErrorCode, ErrorData, GetMeta, JsonRpcError, JsonRpcMessage,
    JsonRpcResponse, ProtocolVersion, RequestId, ServerResult,
};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde::Serialize;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// Messages that are read before they are asked for.
const AHEAD: usize = 2;

/// Bytes of answers that may wait for the client to read them before it is heard again.
const MOST_UNREAD: usize = 64 << 20;
/// How long a client is waited for then that reads nothing: it has not heard that its own words
/// are waited with, and may never read.
const UNREAD_PATIENCE: Duration = Duration::from_secs(20);

type Message = RxJsonRpcMessage<RoleServer>;

/// The streams.
pub(super) struct Input {
    arrivals: mpsc::Receiver<Arrival>,
    /// What has arrived in one line and is not passed on yet, with the number of its batch.
    waiting: VecDeque<(Arrival, Option<u64>)>,
    flight: Flight,
    era: Era,
    unread: watch::Sender<Unread>,
    lines: Option<mpsc::UnboundedSender<Line>>,
    ended: Option<oneshot::Sender<()>>,
}

/// Which revisions the client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Era {
    /// It has not said so yet.
    Unknown,
    /// One that begins with `initialize`, and whether that one has batches.
    Handshake { batches: bool },
    /// One in which each request says it.
    Modern,
}

/// What writes lines, and what has kept it from that.
pub(super) type Writing = JoinHandle<io::Result<()>>;

/// What the client has not read yet.
#[derive(Clone, Copy, Debug)]
struct Unread {
    /// How many bytes of lines.
    bytes: usize,
    /// Since when they are more than may wait, or the last line of them was read.
    since: Instant,
}

impl Unread {
    fn is_much(self) -> bool {
        self.bytes > MOST_UNREAD
    }
}

/// A line to be written, and who is told what came of it.
struct Line {
    bytes: Vec<u8>,
    written: oneshot::Sender<io::Result<()>>,
}

impl Input {
    /// Takes the streams; what is returned with them tells when the input has ended, and what
    /// writes, which ends when all is written.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub(super) fn new<R, W>(from: R, to: W) -> (Self, oneshot::Receiver<()>, Writing)
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let (ended, end) = oneshot::channel();
        let (arrive, arrivals) = mpsc::channel(AHEAD);
        tokio::spawn(screen(from, arrive));
        let (lines, to_write) = mpsc::unbounded_channel();
        let unread = watch::Sender::new(Unread { bytes: 0, since: Instant::now() });
        let writer = tokio::spawn(write(to, to_write, unread.clone()));
        let input = Input {
            arrivals,
            waiting: VecDeque::new(),
            flight: Flight::default(),
            era: Era::Unknown,
            unread,
            lines: Some(lines),
            ended: Some(ended),
        };
        (input, end, writer)
    }

    /// Waits for what arrives. Nothing, when either side has gone: to whom nobody listens nothing
    /// is said, and what their scripts would do is not wanted.
    async fn next(&mut self) -> Option<Arrival> {
        if !self.is_read().await {
            return None;
        }
        let Some(lines) = &self.lines else { return self.arrivals.recv().await };
        tokio::select! {
            arrival = self.arrivals.recv() => arrival,
            () = lines.closed() => None,
        }
    }

    /// Waits until the client has read most of what it was answered: who asks and does not read
    /// has the answers kept here. Tells whether it reads at all.
    async fn is_read(&self) -> bool {
        let Some(lines) = &self.lines else { return true };
        let mut unread = self.unread.subscribe();
        loop {
            // What has changed since is seen by the wait below.
            let now = *unread.borrow_and_update();
            if !now.is_much() {
                return true;
            }
            tokio::select! {
                changed = timeout_at(now.since + UNREAD_PATIENCE, unread.changed()) => {
                    if changed.is_err() {
                        return false;
                    }
                }
                () = lines.closed() => return false,
            }
        }
    }

    /// Writes a line behind those before it.
    fn write(&self, message: &impl Serialize) -> oneshot::Receiver<io::Result<()>> {
        let (written, told) = oneshot::channel();
        let bytes = serde_json::to_vec(message).map_err(io::Error::other);
        match (bytes, &self.lines) {
            (Ok(mut bytes), Some(lines)) => {
                bytes.push(b'\n');
                self.unread.send_modify(|unread| {
                    let was_much = unread.is_much();
                    unread.bytes += bytes.len();
                    if unread.is_much() && !was_much {
                        unread.since = Instant::now();
                    }
                });
                // Who writes is gone only when the output is: whoever waits is told by that.
                let _ = lines.send(Line { bytes, written });
            }
            (Ok(_), None) => {
                let _ = written.send(Err(io::ErrorKind::NotConnected.into()));
            }
            (Err(error), _) => {
                let _ = written.send(Err(error));
            }
        }
        told
    }

    /// Answers a message that goes no further.
    fn refuse(&mut self, refusal: Refusal, batch: Option<u64>) {
        match batch {
            None => drop(self.write(&refusal)),
            Some(batch) => {
                let answered = self.flight.answered_in(batch, &refusal);
                self.answer(answered);
            }
        }
    }

    /// Writes the answers to a batch, if they are all there.
    fn answer(&self, answered: Answered) {
        if let Answered::Batch(answers) = answered {
            drop(self.write(&answers));
        }
    }

    /// Takes a batch apart.
    fn part(&mut self, messages: Vec<Arrival>) {
        if self.era != (Era::Handshake { batches: true }) {
            let text = "batches are not taken, but in revision 2025-03-26 once it is agreed on: \
                        each message on a line of its own";
            self.refuse(Refusal::error(ErrorData::invalid_request(text, None), None), None);
            return;
        }
        let is_answered = |one: &&Arrival| match one {
            Arrival::Refused(_) => true,
            Arrival::Message(message) => matches!(**message, Message::Request(_)),
            Arrival::Batch(_) => false,
        };
        let answers = messages.iter().filter(is_answered).count();
        let batch = self.flight.batch(answers);
        self.waiting.extend(messages.into_iter().map(|message| (message, Some(batch))));
    }

    /// Looks at a message, and returns it if it is for `rmcp`.
    fn pass(&mut self, message: Message, batch: Option<u64>) -> Option<Message> {
        match &message {
            Message::Request(request) => {
                let id = request.id.clone();
                if let Err(error) = self.look(&request.request, &id, batch) {
                    self.refuse(Refusal::error(error, Some(id)), batch);
                    return None;
                }
                self.flight.begin(id, batch);
            }
            Message::Notification(told) => {
                if let ClientNotification::CancelledNotification(cancelled) = &told.notification
                    && let Some(id) = &cancelled.params.request_id
                {
                    // `rmcp` drops the answer to what is cancelled.
                    let answered = self.flight.cancelled(id);
                    self.answer(answered);
                }
            }
            Message::Response(JsonRpcResponse { id: RequestId::String(_), .. })
            | Message::Error(JsonRpcError { id: Some(RequestId::String(_)), .. }) => {
                // What is asked here has numbers, and `rmcp` takes "0" for 0.
                return None;
            }
            _ => {}
        }
        // A notification or an answer before the client has said who it is means nothing, and
        // would end the server.
        let is_request = matches!(message, Message::Request(_));
        (is_request || self.era != Era::Unknown).then_some(message)
    }

    /// Looks at a request.
    ///
    /// # Errors
    /// Why it is not taken.
    fn look(
        &mut self,
        request: &ClientRequest,
        id: &RequestId,
        batch: Option<u64>,
    ) -> Result<(), ErrorData> {
        let invalid = |text: String| Err(ErrorData::invalid_request(text, None));
        if self.flight.has(id) {
            return invalid(format!(
                "the id {id} is that of a request which is not answered yet: each has its own"
            ));
        }
        let is_hello = matches!(request, ClientRequest::InitializeRequest(_));
        if is_hello && batch.is_some() {
            return invalid("initialize cannot be a part of a batch".to_owned());
        }
        if is_hello && self.era != Era::Unknown {
            return invalid(match self.era {
                Era::Modern => "initialize comes first: there were requests of 2026-07-28".into(),
                _ => "initialize comes once, and has come".to_owned(),
            });
        }
        if self.era != Era::Unknown || is_hello || matches!(request, ClientRequest::PingRequest(_))
        {
            return Ok(());
        }
        let meta = request.get_meta();
        let Some(version) = meta.protocol_version() else {
            let text = "this client has not said who it is: revisions up to 2025-11-25 begin with \
                        `initialize`, and in 2026-07-28 each request has \
                        `io.modelcontextprotocol/protocolVersion` in its params' `_meta`";
            return Err(ErrorData::invalid_params(text, None));
        };
        let is_whole = meta.missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty();
        let is_probe = matches!(request, ClientRequest::DiscoverRequest(_));
        if is_whole && !is_probe && super::server::VERSIONS.contains(&version) {
            self.era = Era::Modern;
        }
        Ok(())
    }
}

/// Writes lines until there are none, or the output is gone.
///
/// # Errors
/// When it can take no more for another reason than that its reader has gone.
async fn write(
    mut to: impl AsyncWrite + Unpin,
    mut lines: mpsc::UnboundedReceiver<Line>,
    unread: watch::Sender<Unread>,
) -> io::Result<()> {
    while let Some(Line { bytes, written }) = lines.recv().await {
        let done = async {
            to.write_all(&bytes).await?;
            to.flush().await
        };
        let done = done.await;
        unread.send_modify(|unread| {
            unread.bytes -= bytes.len();
            unread.since = Instant::now();
        });
        let Err(error) = done else {
            // Not everybody waits for it.
            let _ = written.send(Ok(()));
            continue;
        };
        let _ = written.send(Err(error.kind().into()));
        return if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) };
    }
    Ok(())
}

/// Makes a sentence of an error of which `rmcp` says nothing but the name of the method.
fn tell_method(error: &mut ErrorData) {
    if !error.message.contains(' ') {
        error.message = format!("this server has no method '{}'", short(&error.message)).into();
    }
}

impl Transport<RoleServer> for Input {
    type Error = io::Error;

    fn send(
        &mut self,
        mut item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let id = match &mut item {
            JsonRpcMessage::Response(response) => {
                if let ServerResult::InitializeResult(hello) = &response.result {
                    let batches = hello.protocol_version == ProtocolVersion::V_2025_03_26;
                    self.era = Era::Handshake { batches };
                }
                Some(response.id.clone())
            }
            JsonRpcMessage::Error(error) => {
                if error.error.code == ErrorCode::METHOD_NOT_FOUND {
                    tell_method(&mut error.error);
                }
                error.id.clone()
            }
            _ => None,
        };
        let answered = id.map_or(Answered::Alone, |id| self.flight.answered(&id, &item));
        let told = match answered {
            Answered::Alone => Some(self.write(&item)),
            Answered::Batch(answers) => Some(self.write(&answers)),
            Answered::Later => None,
        };
        async move {
            match told {
                None => Ok(()),
                Some(told) => {
                    told.await.unwrap_or_else(|_| Err(io::ErrorKind::NotConnected.into()))
                }
            }
        }
    }

    async fn receive(&mut self) -> Option<Message> {
        loop {
            let (arrival, batch) = match self.waiting.pop_front() {
                Some(waiting) => waiting,
                None => match self.next().await {
                    Some(arrival) => (arrival, None),
                    None => {
                        if let Some(ended) = self.ended.take() {
                            // Nobody listens when the server itself has ended.
                            let _ = ended.send(());
                        }
                        return None;
                    }
                },
            };
            match arrival {
                Arrival::Refused(refusal) => self.refuse(*refusal, batch),
                Arrival::Batch(messages) => self.part(messages),
                Arrival::Message(message) => {
                    if let Some(message) = self.pass(*message, batch) {
                        return Some(message);
                    }
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        drop(self.lines.take());
        Ok(())
    }
}
