//! What a host function's answer must be like to reach the script, and what comes in its place.

use super::convert::host_bytes;
use super::error::ErrorKind;
use super::host_error::HostError;
use super::host_value::{HostValue, walkable};

/// The error of a function that panicked. The panic's own text may be anything.
pub(in crate::session) fn panicked(name: &str) -> HostError {
    HostError::of_kind(ErrorKind::Exception, format!("{name}: the host function panicked"))
}

/// Returns the results of the function `name`, if they are small enough.
///
/// # Errors
/// When they are too large, or nested too deep for anybody to walk through them.
pub(in crate::session) fn admitted(
    name: &str,
    values: Vec<HostValue>,
    limit: u64,
) -> Result<Vec<HostValue>, HostError> {
    let values = walkable(values).ok_or_else(HostError::too_deep)?;
    let bytes = values.iter().map(host_bytes).sum::<u64>();
    if bytes > limit { Err(too_large(name, bytes, limit)) } else { Ok(values) }
}

pub(in crate::session) fn too_large(name: &str, bytes: u64, limit: u64) -> HostError {
    HostError::new(format!(
        "{name}: result of {bytes} bytes is too large (limit: host_result, {limit} bytes)"
    ))
}
