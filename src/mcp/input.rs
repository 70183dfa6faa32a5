//! The protocol's two streams: `rmcp`'s transport, which is told apart here from a client that
//! has gone, and from one that says something before it says who it is.

use super::screen::{Refusal, screen};
use rmcp::RoleServer;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, duplex};
use tokio::sync::{mpsc, oneshot};

/// Bytes that are looked at before they are asked for.
const AHEAD: usize = 64 * 1024;
/// Answers to what is no message that may wait to be written.
const REFUSALS: usize = 16;

/// The streams.
pub(super) struct Input<W: AsyncWrite> {
    streams: AsyncRwTransport<RoleServer, DuplexStream, W>,
    refusals: mpsc::Receiver<Refusal>,
    /// Whether a request has come.
    begun: bool,
    ended: Option<oneshot::Sender<()>>,
}

impl<W> Input<W>
where
    W: AsyncWrite + Send + Unpin + 'static,
{
    /// Takes the streams; what is returned with them tells when the input has ended.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub(super) fn new<R>(from: R, to: W) -> (Self, oneshot::Receiver<()>)
    where
        R: AsyncRead + Send + Unpin + 'static,
    {
        let (ended, end) = oneshot::channel();
        let (passed, messages) = duplex(AHEAD);
        let (refuse, refusals) = mpsc::channel(REFUSALS);
        tokio::spawn(screen(from, passed, refuse));
        let streams = AsyncRwTransport::new_server(messages, to);
        (Input { streams, refusals, begun: false, ended: Some(ended) }, end)
    }
}

impl<W> Transport<RoleServer> for Input<W>
where
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        self.streams.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let message = tokio::select! {
                biased;
                Some(refusal) = self.refusals.recv() => {
                    // By itself: what asks for messages stops asking when it has an answer to
                    // write, and the refusal would be lost.
                    tokio::spawn(self.streams.send(refusal));
                    continue;
                }
                message = self.streams.receive() => message,
            };
            let Some(message) = message else {
                if let Some(ended) = self.ended.take() {
                    // Nobody listens when the server itself has ended.
                    let _ = ended.send(());
                }
                return None;
            };
            self.begun |= matches!(message, RxJsonRpcMessage::<RoleServer>::Request(_));
            // A notification or an answer before the first request means nothing, and would
            // end the server.
            if self.begun {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        self.streams.close().await
    }
}
