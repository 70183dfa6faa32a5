//! Streams without a device as they are, to be made again.

use super::{Buffering, End, Stream};
use crate::vm::meters::account::{Account, Refused};
use crate::vm::state::world::Mode;

/// What a stream without a device is.
#[derive(Clone, Copy, Debug)]
pub(in crate::vm) struct StreamImage {
    /// 0: closed, 1: the session's output, 2: an input at its end.
    pub(in crate::vm) end: u8,
    pub(in crate::vm) mode: Mode,
    /// `close` refuses.
    pub(in crate::vm) standard: bool,
    pub(in crate::vm) buffering: Buffering,
    /// Bytes its buffers may have.
    pub(in crate::vm) size: usize,
    /// Logical bytes charged.
    pub(in crate::vm) charged: usize,
}

impl Stream {
    /// Returns what the stream is; nothing if it leads to a device.
    pub(in crate::vm) fn image(&self) -> Option<StreamImage> {
        let end = match self.end {
            End::Closed => 0,
            End::Session => 1,
            End::Nothing => 2,
            End::Device(_) => return None,
        };
        let (mode, standard, buffering) = (self.mode, self.standard, self.buffering);
        Some(StreamImage { end, mode, standard, buffering, size: self.size, charged: self.charged })
    }

    /// Makes such a stream. It is charged.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::vm) fn again(account: &Account, image: StreamImage) -> Result<Stream, Refused> {
        let end = match image.end {
            1 => End::Session,
            2 => End::Nothing,
            _ => End::Closed,
        };
        account.reserve(image.charged)?;
        let mut stream = Stream::make(end, image.mode, image.standard, image.buffering);
        stream.size = image.size;
        stream.charged = image.charged;
        Ok(stream)
    }
}
