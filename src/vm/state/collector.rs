//! What the collector keeps between collections: the weak tables, the objects
//! with finalizers, and what scripts said about its pace (manual §2.5).
//!
//! **Objects in the lists of weak tables and of finalizable objects are not kept
//! alive by them.** Both lists are cleaned of dead objects when marking ends and
//! before the sweep frees anything (`Lua::collect`), so between two
//! collections they hold live objects only.

use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// Pause that `collectgarbage("setpause")` reports first, in percent.
const DEFAULT_PAUSE: u8 = 200 / 4;
/// Step multiplier that `collectgarbage("setstepmul")` reports first, in percent.
const DEFAULT_STEP_MULTIPLIER: u8 = 100 / 4;

/// The collector's own state.
#[derive(Debug)]
pub struct Collector<'gc> {
    /// Tables whose weak mode was ever set; none is dead between collections.
    pub(in crate::vm) weak: RefCell<Vec<Table<'gc>>>,
    /// Objects marked for finalization, oldest mark first; none is dead between collections.
    pub(in crate::vm) finalizable: RefCell<Vec<Value<'gc>>>,
    /// Objects found dead whose finalizers wait to be called, the next one first.
    /// These are kept alive.
    pub(in crate::vm) pending: RefCell<VecDeque<Value<'gc>>>,
    /// Those that waited before the run that may be undone: they go on waiting till its end.
    pub(in crate::vm) waiting: RefCell<VecDeque<Value<'gc>>>,
    /// Something was kept only because the run may be undone: a whole collection is due
    /// when it is over.
    pub(in crate::vm) overdue: Cell<bool>,
    /// Finalizers run now.
    pub(in crate::vm) finalizing: Cell<bool>,
    /// The machine is closing: no object is marked any more.
    pub(in crate::vm) closing: Cell<bool>,
    pub(super) generational: Cell<bool>,
    /// In percent, divided by 4 as PUC keeps it.
    pause: Cell<u8>,
    /// In percent, divided by 4 as PUC keeps it.
    step_multiplier: Cell<u8>,
    /// Bytes of the heap that steps have gone through since the last collection.
    pub(super) progress: Cell<usize>,
}

impl Default for Collector<'_> {
    fn default() -> Self {
        Collector {
            weak: RefCell::default(),
            finalizable: RefCell::default(),
            pending: RefCell::default(),
            waiting: RefCell::default(),
            overdue: Cell::new(false),
            finalizing: Cell::new(false),
            closing: Cell::new(false),
            generational: Cell::new(false),
            pause: Cell::new(DEFAULT_PAUSE),
            step_multiplier: Cell::new(DEFAULT_STEP_MULTIPLIER),
            progress: Cell::new(0),
        }
    }
}

impl<'gc> Collector<'gc> {
    /// Tells whether a finalizer runs now.
    pub fn is_finalizing(&self) -> bool {
        self.finalizing.get()
    }

    /// Switches to generational or incremental mode, in name only: every collection is
    /// a full one. Tells whether the mode was generational.
    pub fn set_generational(&self, generational: bool) -> bool {
        self.generational.replace(generational)
    }

    /// Sets the pause and returns the former one, in percent, both rounded as PUC does.
    /// The schedule does not depend on it.
    pub fn set_pause(&self, percent: i32) -> i64 {
        i64::from(self.pause.replace((percent / 4) as u8)) * 4
    }

    /// As [`Collector::set_pause`], for the step multiplier.
    pub fn set_step_multiplier(&self, percent: i32) -> i64 {
        i64::from(self.step_multiplier.replace((percent / 4) as u8)) * 4
    }

    /// Returns the settings: mode, pause and step multiplier.
    pub(in crate::vm) fn settings(&self) -> (bool, u8, u8) {
        (self.generational.get(), self.pause.get(), self.step_multiplier.get())
    }

    /// Sets them.
    pub(in crate::vm) fn set_settings(&self, (generational, pause, multiplier): (bool, u8, u8)) {
        self.generational.set(generational);
        self.pause.set(pause);
        self.step_multiplier.set(multiplier);
    }

    /// Goes back to the settings every run begins with.
    pub fn reset_settings(&self) {
        self.generational.set(false);
        self.pause.set(DEFAULT_PAUSE);
        self.step_multiplier.set(DEFAULT_STEP_MULTIPLIER);
    }

    /// Returns how far steps have gone since the last collection.
    pub(in crate::vm) fn progress(&self) -> usize {
        self.progress.get()
    }

    /// Sets it.
    pub(in crate::vm) fn set_progress(&self, progress: usize) {
        self.progress.set(progress);
    }

    /// Records a full collection.
    pub(in crate::vm) fn collected(&self) {
        self.progress.set(0);
    }
}

#[cfg(test)]
mod physical;
