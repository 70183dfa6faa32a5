//! Seats: how many of something a session may have at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Those of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats(Arc<AtomicUsize>);

/// One that is taken, until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat(Arc<AtomicUsize>);

impl Seats {
    /// Takes one of `most`, if one is free.
    pub(crate) fn take(&self, most: usize) -> Option<Seat> {
        // What is dropped right away is given back.
        let seat = Seat(Arc::clone(&self.0));
        (seat.0.fetch_add(1, Ordering::Relaxed) < most).then_some(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
