//! What the collector keeps between collections: the weak tables, the objects
//! with finalizers, and what scripts said about its pace (manual §2.5).
//!
//! **Objects in the lists of weak tables and of finalizable objects are not kept
//! alive by them.** Both lists are cleaned of dead objects when marking ends and
//! before the sweep frees anything ([`super::machine::Lua::collect`]), so between two
//! collections they hold live objects only.

use super::context::Context;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::{LISTED, TO_FINALIZE, Table, weak_mode};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{FINALIZED_BYTES, LISTED_BYTES, Refused, STOPPED};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// Pause that `collectgarbage("setpause")` reports first, in percent.
const DEFAULT_PAUSE: u8 = 200 / 4;
/// Step multiplier that `collectgarbage("setstepmul")` reports first, in percent.
const DEFAULT_STEP_MULTIPLIER: u8 = 100 / 4;
/// Bytes of a step that names no size: PUC's `LUAI_GCSTEPSIZE`.
const STEP_BYTES: usize = 8 * 1024;
/// Bytes of the heap one byte of a step's size stands for: PUC's ratio of work to
/// memory with the default multiplier.
const STEP_WORK: usize = 12;

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
    /// Finalizers run now.
    pub(in crate::vm) finalizing: Cell<bool>,
    /// The machine is closing: no object is marked any more.
    pub(in crate::vm) closing: Cell<bool>,
    generational: Cell<bool>,
    /// In percent, divided by 4 as PUC keeps it.
    pause: Cell<u8>,
    /// In percent, divided by 4 as PUC keeps it.
    step_multiplier: Cell<u8>,
    /// Bytes of the heap that steps have gone through since the last collection.
    progress: Cell<usize>,
}

impl Default for Collector<'_> {
    fn default() -> Self {
        Collector {
            weak: RefCell::default(),
            finalizable: RefCell::default(),
            pending: RefCell::default(),
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

    /// Goes back to the settings every run begins with.
    pub fn reset_settings(&self) {
        self.generational.set(false);
        self.pause.set(DEFAULT_PAUSE);
        self.step_multiplier.set(DEFAULT_STEP_MULTIPLIER);
    }

    /// Records a full collection.
    pub(in crate::vm) fn collected(&self) {
        self.progress.set(0);
    }
}

impl<'gc> Context<'gc> {
    /// Stops automatic collections, or lets them happen again. A refused request
    /// collects all the same.
    pub fn stop_collector(self, stop: bool) {
        self.state.account.hold(STOPPED, stop);
    }

    /// Tells whether automatic collections happen.
    pub fn is_collector_running(self) -> bool {
        !self.state.account.is_held(STOPPED)
    }

    /// Goes `kib` KiB further through the heap (0: a basic step; all of it in
    /// generational mode), at the end of which a full collection is asked for. Tells
    /// whether that is so.
    ///
    /// # Errors
    /// When fuel is refused: a full collection costs what
    /// [`Context::request_collection`] charges.
    pub fn step_collector(self, kib: i32) -> Result<bool, Interrupt<'gc>> {
        let collector = &self.state.collector;
        let bytes = match usize::try_from(kib) {
            Ok(0) => STEP_BYTES,
            Ok(kib) => kib.saturating_mul(1024),
            Err(_) => 0,
        };
        let progress = collector.progress.get().saturating_add(bytes.saturating_mul(STEP_WORK));
        if progress < self.state.account.used() && !collector.generational.get() {
            collector.progress.set(progress);
            return Ok(false);
        }
        self.request_collection()?;
        Ok(true)
    }

    /// Sets the metatable of a table or userdata with all that follows from it: the
    /// weak mode (manual §2.5.4), and the mark for finalization if there is a `__gc`
    /// field now (§2.5.3). Other values have no metatable of their own.
    ///
    /// # Errors
    /// When memory is refused; nothing is changed then.
    pub fn set_metatable(
        self,
        object: &Value<'gc>,
        metatable: Option<Table<'gc>>,
    ) -> Result<(), Interrupt<'gc>> {
        let collector = &self.state.collector;
        let marks = match object {
            Value::Table(table) => table.collector_marks(),
            Value::UserData(userdata) => userdata.collector_marks(),
            _ => return Ok(()),
        };
        let weak = match (object, metatable) {
            (Value::Table(_), Some(metatable)) => self.weak_mode(metatable),
            _ => 0,
        };
        let finalizer = marks & TO_FINALIZE == 0
            && !collector.closing.get()
            && metatable.is_some_and(|own| !self.handler(own, Event::Gc).is_nil());
        let list = weak != 0 && marks & LISTED == 0;
        let bytes = usize::from(list) * LISTED_BYTES + usize::from(finalizer) * FINALIZED_BYTES;
        let room = || {
            (!list || collector.weak.borrow_mut().try_reserve(1).is_ok())
                && (!finalizer || collector.finalizable.borrow_mut().try_reserve(1).is_ok())
        };
        self.state.account.reserve(bytes)?;
        if !room() {
            self.state.account.release(bytes);
            return Err(Refused { bytes }.into());
        }
        let finalize = if finalizer { TO_FINALIZE } else { marks & TO_FINALIZE };
        match object {
            Value::Table(table) => {
                table.set_metatable(self.heap(), metatable);
                let listed = if list { LISTED } else { marks & LISTED };
                table.set_collector_marks(weak | listed | finalize);
                if list {
                    collector.weak.borrow_mut().push(*table);
                }
            }
            Value::UserData(userdata) => {
                userdata.set_metatable(self.heap(), metatable);
                userdata.set_collector_marks(finalize);
            }
            _ => {}
        }
        if finalizer {
            collector.finalizable.borrow_mut().push(*object);
        }
        Ok(())
    }

    /// Reads the weak mode a metatable asks for (manual §2.5.4).
    pub(in crate::vm) fn weak_mode(self, metatable: Table<'gc>) -> u8 {
        weak_mode(&self.handler(metatable, Event::Mode))
    }
}
