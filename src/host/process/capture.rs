//! What is kept of what a program writes.

use std::collections::VecDeque;

/// Bytes that are kept of each stream of a program that is waited for.
pub(in crate::host) const KEPT: usize = 1024 * 1024;
/// What follows a stream that was cut there.
pub(in crate::host) const CUT: &[u8] = b"\n\n[Output truncated at 1MB]";

/// Which part of a stream is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::host) enum Keep {
    /// So many bytes from the beginning.
    First(usize),
    /// So many bytes before the end.
    Last(usize),
}

impl Keep {
    /// Returns how many bytes are kept.
    pub(in crate::host) fn bytes(self) -> usize {
        match self {
            Keep::First(bytes) | Keep::Last(bytes) => bytes,
        }
    }
}

impl Default for Keep {
    fn default() -> Self {
        Keep::First(0)
    }
}

/// A stream of a program's, so far.
#[derive(Clone, Debug, Default)]
pub(in crate::host) struct Captured {
    keep: Keep,
    bytes: VecDeque<u8>,
    written: u64,
}

impl Captured {
    pub(super) fn new(keep: Keep) -> Captured {
        Captured { keep, bytes: VecDeque::new(), written: 0 }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.written += bytes.len() as u64;
        match self.keep {
            Keep::First(most) => {
                let room = most.saturating_sub(self.bytes.len());
                self.bytes.extend(&bytes[..bytes.len().min(room)]);
            }
            Keep::Last(most) => {
                self.bytes.extend(bytes);
                let over = self.bytes.len().saturating_sub(most);
                self.bytes.drain(..over);
            }
        }
    }

    /// Returns how many bytes the program has written.
    pub(in crate::host) fn written(&self) -> u64 {
        self.written
    }

    /// Tells whether more was written than is kept.
    pub(in crate::host) fn is_cut(&self) -> bool {
        self.written > self.bytes.len() as u64
    }

    /// Returns what was kept, and says behind it if that is not all.
    pub(in crate::host) fn into_noted_bytes(self) -> Vec<u8> {
        let is_cut = self.is_cut();
        let mut bytes = self.into_bytes();
        if is_cut {
            bytes.extend_from_slice(CUT);
        }
        bytes
    }

    /// Returns what was kept.
    pub(in crate::host) fn into_bytes(self) -> Vec<u8> {
        self.bytes.into()
    }
}
