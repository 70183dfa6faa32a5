//! How far something is that takes long: on standard error, if that is a terminal.

use super::Streams;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// How long something takes before a word is said, and between two.
const PAUSE: Duration = Duration::from_millis(500);

/// A line that is written over and over.
#[derive(Debug)]
pub(super) struct Progress {
    /// Nobody would see it otherwise.
    is_shown: bool,
    next: Instant,
    /// Columns that are written on.
    width: usize,
}

impl Progress {
    /// Begins, without a word.
    pub(super) fn new(streams: &Streams<'_>) -> Progress {
        let is_shown = streams.is_process && std::io::stderr().is_terminal();
        Progress { is_shown, next: Instant::now() + PAUSE, width: 0 }
    }

    /// Says how far it is, if it is time.
    pub(super) fn say(&mut self, streams: &mut Streams<'_>, text: impl FnOnce() -> String) {
        if !self.is_shown || Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + PAUSE;
        let text = text();
        let width = text.chars().count();
        streams.tell(&format!("\r{text:<0$}", self.width));
        self.width = width;
    }

    /// Clears the line for what is said next.
    pub(super) fn clear(&mut self, streams: &mut Streams<'_>) {
        if self.width > 0 {
            streams.tell(&format!("\r{:<1$}\r", "", self.width));
            self.width = 0;
        }
    }
}
