//! What a script prints: collected here, capped, handed to the host; or passed on to
//! the world that has streams.

use crate::vm::meters::account::{Account, Refused};

/// What the line of a warning begins with, as PUC's standalone interpreter shows it.
pub(crate) const WARNING: &[u8] = b"Lua warning: ";

/// Bytes of a run's output that count as memory, whether or not the host has taken them:
/// when it does must change nothing. It is what the output limit is by default; who
/// raises that takes what comes, or holds it beside the machine's memory.
const COUNTED: u64 = 1 << 20;

/// Captured output.
#[derive(Debug, Default)]
pub struct Output {
    /// Bytes not yet taken by the host.
    bytes: Vec<u8>,
    /// Bytes written since the run began.
    written: u64,
    /// Bytes a run may write.
    limit: u64,
    /// Whether the last write was cut at the limit.
    truncated: bool,
    /// Bytes that are charged as memory.
    charged: u64,
    /// `warn` is switched on.
    pub warnings: bool,
    /// What was written, once more for who records the run.
    copy: Option<Vec<u8>>,
}

/// What an image holds of the output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Printed {
    /// Bytes not yet taken by the host.
    pub(crate) bytes: Vec<u8>,
    /// Bytes written, those a run may write, and those charged.
    pub(crate) figures: [u64; 3],
    /// Whether it was cut, and whether warnings are on.
    pub(crate) flags: [bool; 2],
}

impl Output {
    /// Returns what an image holds of it.
    pub(crate) fn printed(&self) -> Printed {
        Printed {
            bytes: self.bytes.clone(),
            figures: [self.written, self.limit, self.charged],
            flags: [self.truncated, self.warnings],
        }
    }

    /// Goes on from there. Tells whether output can come to that.
    pub(crate) fn set_to(&mut self, printed: Printed) -> bool {
        let [written, limit, charged] = printed.figures;
        if written > limit || charged > COUNTED || (printed.bytes.len() as u64) > written {
            return false;
        }
        (self.written, self.limit, self.charged) = (written, limit, charged);
        (self.truncated, self.warnings) = (printed.flags[0], printed.flags[1]);
        self.bytes = printed.bytes;
        true
    }

    /// Starts a run that may write `limit` bytes.
    pub fn start(&mut self, limit: u64) {
        self.written = 0;
        self.limit = limit;
        self.truncated = false;
        self.warnings = false;
    }

    /// Takes the bytes written so far.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Keeps what is written from now on a second time, for who records the run.
    pub fn start_copy(&mut self) {
        self.copy = Some(Vec::new());
    }

    /// Takes the copy of what was written since the last call.
    pub fn take_copy(&mut self) -> Vec<u8> {
        self.copy.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Tells whether there are bytes to take.
    pub fn is_waiting(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Returns the bytes written since the run began.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Returns the bytes that may still be written.
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.written)
    }

    /// Tells whether the limit cut the output.
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// Charges memory for `more` bytes that are about to be written.
    pub(super) fn reserve(&mut self, more: usize, account: &Account) -> Result<(), Refused> {
        let needed = self.written.saturating_add(more as u64).min(self.limit).min(COUNTED);
        if needed > self.charged {
            account.reserve((needed - self.charged) as usize)?;
            self.charged = needed;
        }
        Ok(())
    }

    /// Gives the memory of the run's output back: what is left of it is the host's.
    pub fn forget(&mut self, account: &Account) {
        account.release(std::mem::take(&mut self.charged) as usize);
    }

    /// Appends what fits; tells whether everything did.
    pub(super) fn write(&mut self, bytes: &[u8]) -> bool {
        let room = usize::try_from(self.limit - self.written).unwrap_or(usize::MAX);
        let fits = &bytes[..bytes.len().min(room)];
        self.bytes.extend_from_slice(fits);
        if let Some(copy) = &mut self.copy {
            copy.extend_from_slice(fits);
        }
        self.written += fits.len() as u64;
        if fits.len() < bytes.len() {
            self.truncated = true;
        }
        fits.len() == bytes.len()
    }
}
