//! What the guard must know of a root.

/// What the guard asks about the root.
pub(in crate::host) trait Root {
    /// Tells whether an absolute path lies in the root.
    fn has(&self, path: &[u8]) -> bool;

    /// Tells whether there is something at a path.
    fn exists(&self, path: &[u8]) -> bool;
}
