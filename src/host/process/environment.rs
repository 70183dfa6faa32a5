//! What programs are told of the host's environment.

use std::ffi::OsString;

/// Variables that programs see, as far as they are set.
const VARIABLES: [&str; 4] = ["HOME", "LANG", "TZ", "TERM"];

/// Returns the variables that programs see: some that they all may need, and those listed.
pub(in crate::host) fn inherited(listed: &[String]) -> Vec<(OsString, OsString)> {
    let is_seen = |name: &str| {
        VARIABLES.contains(&name)
            || name.starts_with("LC_")
            || listed.iter().any(|listed| listed == name)
    };
    std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_seen)).collect()
}
