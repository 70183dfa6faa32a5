//! `--cover`: what a script executed.

use super::display::escape;
use super::source::Script;
use super::{Failure, Streams, cannot_write};
use crate::Coverage;
use std::path::Path;

/// Writes the coverage to a file in the format of LCOV, or tells what was not executed.
pub(super) fn tell(
    coverage: &Coverage,
    file: Option<&Path>,
    script: &Script,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let Some(file) = file else {
        for line in coverage.to_string().lines() {
            streams.tell(&format!("moonfuel: {}\n", escape(line.as_bytes())));
        }
        return Ok(());
    };
    let mut coverage = coverage.clone();
    for chunk in &mut coverage.chunks {
        // Messages show the end of a long path only.
        if script.is_named(&chunk.name) {
            chunk.name = script.shown_name().to_owned();
        }
    }
    std::fs::write(file, coverage.lcov()).map_err(|error| cannot_write(file, &error))
}
