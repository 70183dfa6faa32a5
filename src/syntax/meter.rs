//! How the front end pays for its work.

/// Says that a [`Meter`] refused a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// Pays for reading source and for growing the tape.
pub trait Meter {
    /// Charges for `source_bytes` of input read and `tape_bytes` of memory the
    /// chunk is about to take. Called before the memory is taken, and at least
    /// once for every few hundred bytes of source.
    ///
    /// # Errors
    ///
    /// [`Stopped`] ends the parse at once.
    fn charge(&mut self, source_bytes: u64, tape_bytes: u64) -> Result<(), Stopped>;
}

/// A meter that allows everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMeter;

impl Meter for NoMeter {
    fn charge(&mut self, _source_bytes: u64, _tape_bytes: u64) -> Result<(), Stopped> {
        Ok(())
    }
}

/// A meter for tests that refuses once so many bytes were asked for.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Budget(pub(crate) u64);

#[cfg(test)]
impl Meter for Budget {
    fn charge(&mut self, _source_bytes: u64, tape_bytes: u64) -> Result<(), Stopped> {
        self.0 = self.0.checked_sub(tape_bytes).ok_or(Stopped)?;
        Ok(())
    }
}
