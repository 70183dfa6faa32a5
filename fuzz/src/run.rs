//! Sources that are run.

use super::sessions::{limits, same_in_slices, session};
use moonfuel::Profile;

/// Runs the bytes as a chunk: in one piece and in slices, to the same end, with the
/// same fuel, output and peak of memory.
pub fn run(source: &[u8]) {
    let make = || session(Profile::Strict, limits());
    let _ = same_in_slices(source, source, &make, &limits());
}
