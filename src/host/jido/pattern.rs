//! Name patterns of `ignore_patterns`: `*` is any run, `?` is one character,
//! all else is itself, and the whole name must match.

use super::refusal::Refusal;
use crate::HostCx;

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

    fn spend(&mut self, cx: &mut HostCx<'_>) -> Result<(), Refusal> {
        if self.0.is_multiple_of(STEPS) {
            cx.check()?;
            cx.charge(UNITS)?;
        }
        self.0 = self.0.checked_sub(1).ok_or(Refusal::PatternsTooCostly)?;
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
    budget: &mut Budget,
) -> Result<bool, Refusal> {
    let (mut p, mut n) = (0, 0);
    // Where to go on when matching fails: after the last star, one character later.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        budget.spend(cx)?;
        match (pattern.get(p), name.get(n)) {
            (Some(b'*'), _) => {
                p += 1;
                retry = Some((p, n));
                continue;
            }
            (Some(b'?'), Some(_)) => {
                p += 1;
                n = after_character(name, n);
                continue;
            }
            (Some(wanted), Some(found)) if wanted == found => {
                p += 1;
                n += 1;
                continue;
            }
            (None, None) => return Ok(true),
            _ => {}
        }
        match retry {
            Some((after_star, start)) if start < name.len() => {
                p = after_star;
                n = start + 1;
                retry = Some((after_star, n));
            }
            _ => return Ok(false),
        }
    }
}

/// Returns the index after the character at `at`: the bytes that continue a
/// UTF-8 sequence go with its first.
fn after_character(name: &[u8], at: usize) -> usize {
    let length = match name.get(at) {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => 1,
    };
    match name.get(at..at + length) {
        Some(bytes) if std::str::from_utf8(bytes).is_ok() => at + length,
        _ => at + 1,
    }
}
