//! What attempts have reached: each instruction and each jump, by how often.

use crate::vm::state::coverage::Coverage;

/// Returns the class of a number of times, as AFL has them: 1, 2, 3, 4, 8, 16, 32 and 128 up.
fn class(count: u32) -> u8 {
    match count {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        4..=7 => 8,
        8..=15 => 16,
        16..=31 => 32,
        32..=127 => 64,
        128.. => 128,
    }
}

/// The classes that were reached, of the hits and the jumps of each instruction.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    classes: Vec<(u8, u8)>,
    /// Instructions and jumps that were reached.
    reached: usize,
}

impl Seen {
    /// Adds what was counted in an attempt. Returns how much of it is new: classes.
    pub(super) fn add(&mut self, coverage: &Coverage) -> usize {
        let mut new = 0;
        coverage.for_each_touched(|function| {
            let list = &function.counts.list;
            let first = function.counts.first;
            let end = first + list.len();
            if self.classes.len() < end {
                self.classes.resize(end, (0, 0));
            }
            for (count, known) in list.iter().zip(&mut self.classes[first..end]) {
                let classes = (class(count.hits.get()), class(count.jumps.get()));
                let fresh = (classes.0 & !known.0, classes.1 & !known.1);
                // Most of the time there is nothing new at all.
                if fresh.0 | fresh.1 != 0 {
                    new += usize::from(fresh.0 != 0) + usize::from(fresh.1 != 0);
                    self.reached += usize::from(known.0 == 0 && classes.0 != 0)
                        + usize::from(known.1 == 0 && classes.1 != 0);
                    known.0 |= classes.0;
                    known.1 |= classes.1;
                }
            }
        });
        new
    }

    /// Returns how many instructions and jumps were reached.
    pub(super) fn reached(&self) -> usize {
        self.reached
    }
}
