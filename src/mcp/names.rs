//! Names that nobody guesses.

use std::io;

/// Fills bytes with entropy.
///
/// # Errors
/// When the system has none.
pub(super) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// Makes a name of 128 bits.
///
/// # Errors
/// When the system has no entropy.
pub(super) fn name() -> io::Result<String> {
    Ok(hex(&random::<16>()?))
}

/// Writes bytes as digits of base 16.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
