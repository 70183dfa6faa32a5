//! Cases of the kind `tool`.

use super::case::Case;

/// Runs a case.
pub(crate) fn run(case: &Case) -> Result<(), String> {
    Err(format!("the kind '{}' is not there yet", case.kind()))
}
