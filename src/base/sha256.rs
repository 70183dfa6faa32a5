//! SHA-256 (FIPS 180-4): by the crate `sha2`, which asks the processor, if the feature of
//! that name is there, and else by what follows, which is the same at a fifth of the speed.

#[cfg(feature = "sha2")]
use sha2::Digest;

/// A hash of bytes that come in pieces.
#[derive(Clone, Debug)]
pub(crate) struct Sha256(Inner);

#[cfg(feature = "sha2")]
type Inner = sha2::Sha256;
#[cfg(not(feature = "sha2"))]
type Inner = portable::Sha256;

impl Sha256 {
    /// Begins a hash.
    pub(crate) fn new() -> Sha256 {
        Sha256(Inner::new())
    }

    /// Adds bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the hash of all that was added.
    #[cfg_attr(
        not(feature = "sha2"),
        expect(clippy::useless_conversion, reason = "the other one has an array of its own")
    )]
    pub(crate) fn finalize(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    /// Returns the hash of bytes.
    pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(bytes);
        hash.finalize()
    }
}

#[cfg(any(test, not(feature = "sha2")))]
mod portable;

#[cfg(test)]
mod tests;
