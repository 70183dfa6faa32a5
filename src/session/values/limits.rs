//! The limits of a run. All are finite unless written otherwise.

/// What one run may use. More limits may come: write `..Limits::default()` or
/// `..Limits::unlimited()` behind those you set.
///
/// ```
/// use moonfuel::{Limits, Outcome, Session};
///
/// let limits = Limits { fuel: 10_000, ..Limits::default() };
/// let mut session = Session::builder().limits(limits).build()?;
/// let report = session.run("while true do end");
/// assert_eq!(report.outcome, Outcome::OutOfFuel);
/// assert_eq!(report.usage.fuel_used, 10_000);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Units of fuel: about one for each virtual machine instruction. A run that has used
    /// them ends as [`Outcome::OutOfFuel`](crate::Outcome::OutOfFuel).
    pub fuel: u64,
    /// Logical bytes of memory, the session's own state included. A request beyond them is
    /// the error `not enough memory`, which scripts can catch; uncaught, the run ends as
    /// [`Outcome::OutOfMemory`](crate::Outcome::OutOfMemory).
    pub memory: u64,
    /// Bytes of printed output; at more the run ends as
    /// [`Outcome::OutputLimit`](crate::Outcome::OutputLimit).
    pub output: u64,
    /// Calls of host functions; at more the run ends as
    /// [`Outcome::HostCallLimit`](crate::Outcome::HostCallLimit).
    pub host_calls: u64,
    /// Bytes that one host call may return; more are an error, which scripts can catch.
    pub host_result: u64,
    /// Bytes of source text; a longer one is not run.
    pub source: u64,
    /// Coroutines that are there at a time; one more is an error, which scripts can catch.
    pub coroutines: u64,
    /// Calls within calls on one stack: more are a `stack overflow`, which scripts can
    /// catch.
    pub call_depth: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            fuel: 1_000_000_000,
            memory: 64 << 20,
            output: 1 << 20,
            host_calls: 10_000,
            host_result: 16 << 20,
            source: 16 << 20,
            coroutines: 100_000,
            call_depth: 200_000,
        }
    }
}

impl Limits {
    /// Lifts every limit. For trusted code only: nothing then stops a script that
    /// runs away or fills the machine's memory.
    pub fn unlimited() -> Limits {
        Limits {
            fuel: u64::MAX / 2,
            memory: u64::MAX / 2,
            output: u64::MAX / 2,
            host_calls: u64::MAX,
            host_result: u64::MAX,
            source: u64::MAX,
            coroutines: u64::MAX,
            call_depth: u64::MAX,
        }
    }

    /// Returns the lower of each limit.
    pub(crate) fn lowered_to(&self, other: &Limits) -> Limits {
        Limits {
            fuel: self.fuel.min(other.fuel),
            memory: self.memory.min(other.memory),
            output: self.output.min(other.output),
            host_calls: self.host_calls.min(other.host_calls),
            host_result: self.host_result.min(other.host_result),
            source: self.source.min(other.source),
            coroutines: self.coroutines.min(other.coroutines),
            call_depth: self.call_depth.min(other.call_depth),
        }
    }
}
