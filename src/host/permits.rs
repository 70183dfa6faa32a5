//! Permits: how many programs, requests, files or questions a session may have at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Those of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permits(Arc<AtomicUsize>);

/// One that is taken, until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit(Arc<AtomicUsize>);

impl Permits {
    /// Takes one of `most`, if one is free.
    pub(crate) fn take(&self, most: usize) -> Option<Permit> {
        // What is dropped right away is given back.
        let permit = Permit(Arc::clone(&self.0));
        (permit.0.fetch_add(1, Ordering::Relaxed) < most).then_some(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
