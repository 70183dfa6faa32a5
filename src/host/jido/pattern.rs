//! Patterns of names, as `ignore_patterns` and `glob` have them, at a price.

use super::refusal::Refusal;
use crate::HostCx;
use crate::host::wildcard;
pub(super) use crate::host::wildcard::Dialect;

/// Steps before the next look at the run.
const STEPS: u64 = 1024;
/// Units of fuel for as many steps.
const UNITS: u64 = 384;

/// The steps that matching may still take.
///
/// The patterns come from a script, and stars can make matching cost pattern
/// length times name length.
pub(super) struct Budget(u64);

impl Budget {
    /// Makes a budget of this many steps.
    pub(super) fn new(steps: u64) -> Self {
        Budget(steps)
    }

    fn spend(&mut self, cx: &mut HostCx<'_>, steps: u64) -> Result<(), Refusal> {
        if self.0 / STEPS != self.0.saturating_sub(steps) / STEPS {
            cx.check()?;
            cx.charge(UNITS * steps.div_ceil(STEPS))?;
        }
        self.0 = self.0.checked_sub(steps).ok_or(Refusal::PatternsTooCostly)?;
        Ok(())
    }
}

/// Tells whether `name` matches.
///
/// # Errors
///
/// When the budget ran out, or the run must end.
pub(super) fn matches(
    cx: &mut HostCx<'_>,
    pattern: &[u8],
    name: &[u8],
    dialect: Dialect,
    budget: &mut Budget,
) -> Result<bool, Refusal> {
    wildcard::matches(pattern, name, dialect, |steps| budget.spend(cx, steps))
}
