//! How the front end pays for its work, and how it is stopped in between.

/// Why the front end stopped before its end. It goes on where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// As much work is done as was asked for.
    Piece,
    /// The [`Meter`] refused memory.
    Memory,
}

/// Gives memory to the front end.
pub trait Meter {
    /// Asks for `bytes` of memory about to be taken.
    ///
    /// # Errors
    ///
    /// [`Stopped::Memory`]: nothing is taken, and the work stops at once.
    fn reserve(&mut self, bytes: u64) -> Result<(), Stopped>;

    /// Gives `bytes` back that were reserved.
    fn release(&mut self, bytes: u64);
}

/// A meter that allows everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMeter;

impl Meter for NoMeter {
    fn reserve(&mut self, _bytes: u64) -> Result<(), Stopped> {
        Ok(())
    }

    fn release(&mut self, _bytes: u64) {}
}

/// A meter for tests that refuses once so many bytes are in use.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Budget(pub(crate) u64);

#[cfg(test)]
impl Meter for Budget {
    fn reserve(&mut self, bytes: u64) -> Result<(), Stopped> {
        self.0 = self.0.checked_sub(bytes).ok_or(Stopped::Memory)?;
        Ok(())
    }

    fn release(&mut self, bytes: u64) {
        self.0 += bytes;
    }
}
