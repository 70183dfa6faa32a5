//! A connection, looked at from below HTTP: how much comes, and whether it ended or was cut off.

use std::io::{self, ErrorKind};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};

/// Connects as usual.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) usual: DefaultConnector,
    /// The most bytes that are heard of one connection.
    pub(super) most: u64,
}

/// What is connected.
#[derive(Debug)]
pub(super) struct Line {
    inner: Box<dyn Transport>,
    left: u64,
}

impl Connector<()> for Wire {
    type Out = Line;

    fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<Line>, Error> {
        let inner = self.usual.connect(details, None)?;
        Ok(inner.map(|inner| Line { inner, left: self.most }))
    }
}

impl Transport for Line {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let before = self.inner.buffers().input().len();
        let progress = self.inner.await_input(timeout).map_err(whole)?;
        let heard = self.inner.buffers().input().len().saturating_sub(before);
        // Sizes of chunks, and what follows the last one, are in no other limit.
        self.left = self.left.checked_sub(heard as u64).ok_or(Error::BodyExceedsLimit(u64::MAX))?;
        Ok(progress)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// Names the ends of a connection that somebody may have made who is between the two: `ureq` takes
/// them for the end of an answer that does not say its length.
fn whole(error: Error) -> Error {
    match error {
        Error::Io(error)
            if matches!(
                error.kind(),
                ErrorKind::UnexpectedEof
                    | ErrorKind::ConnectionReset
                    | ErrorKind::ConnectionAborted
            ) =>
        {
            io::Error::new(ErrorKind::BrokenPipe, "the connection was cut off").into()
        }
        other => other,
    }
}
