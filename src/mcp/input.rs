//! The protocol's two streams: `rmcp`'s transport, which is told apart here from a client that
//! has gone, and from one that says something before it says who it is.

use rmcp::RoleServer;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;

/// The streams.
pub(super) struct Input<R: AsyncRead, W: AsyncWrite> {
    streams: AsyncRwTransport<RoleServer, R, W>,
    /// Whether a request has come.
    begun: bool,
    ended: Option<oneshot::Sender<()>>,
}

impl<R, W> Input<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    /// Takes the streams; what is returned with them tells when the input has ended.
    pub(super) fn new(from: R, to: W) -> (Self, oneshot::Receiver<()>) {
        let (ended, end) = oneshot::channel();
        let streams = AsyncRwTransport::new_server(from, to);
        (Input { streams, begun: false, ended: Some(ended) }, end)
    }
}

impl<R, W> Transport<RoleServer> for Input<R, W>
where
    R: AsyncRead + Send + Unpin + 'static,
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
            let Some(message) = self.streams.receive().await else {
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
