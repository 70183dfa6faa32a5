//! Metatables: which one governs a value, its handlers (manual §2.4), and what follows from
//! setting one.

use super::context::Context;
use crate::vm::heap::journal::Old;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::{LISTED, TO_FINALIZE, Table, weak_mode};
use crate::vm::heap::value::{Type, Value};
use crate::vm::meters::account::{FINALIZED_BYTES, LISTED_BYTES, Refused};

impl<'gc> Context<'gc> {
    /// Returns the metatable that governs a value.
    #[inline]
    pub fn metatable(self, value: &Value<'gc>) -> Option<Table<'gc>> {
        match value {
            Value::Table(table) => table.metatable(),
            Value::UserData(userdata) => userdata.metatable(),
            other => self.type_metatable(other.type_of()),
        }
    }

    /// Returns the metatable shared by all values of a basic type.
    pub fn type_metatable(self, of: Type) -> Option<Table<'gc>> {
        self.state.type_metatables[of as usize].get()
    }

    /// Sets the metatable shared by all values of a basic type.
    pub fn set_type_metatable(self, of: Type, metatable: Option<Table<'gc>>) {
        self.state.type_metatables[of as usize].set(metatable);
    }

    /// Returns the handler of `event` for a value, or nil.
    #[inline(always)]
    pub fn metamethod(self, value: &Value<'gc>, event: Event) -> Value<'gc> {
        let metatable = match value {
            // In a pristine one no event is found: see `getmetatable`.
            Value::Table(table) => table.metatable_or_pristine(),
            other => self.metatable(other),
        };
        match metatable {
            Some(metatable) => self.handler(metatable, event),
            None => Value::Nil,
        }
    }

    /// Returns a metatable's handler of `event`, or nil.
    #[inline(always)]
    pub fn handler(self, metatable: Table<'gc>, event: Event) -> Value<'gc> {
        if metatable.lacks(event) {
            return Value::Nil;
        }
        let handler = metatable.get_str_now(self.state.event_names[event as usize].get());
        if handler.is_nil() { self.no_handler(metatable, event) } else { handler }
    }

    /// Returns where a metatable's handler of `event` is, which it is not known to lack; nil is
    /// there if it has none. The place is good until the table changes.
    #[inline(always)]
    pub(in crate::vm) fn handler_place(
        self,
        metatable: Table<'gc>,
        event: Event,
    ) -> *const Value<'gc> {
        metatable.short_place(self.state.event_names[event as usize].get())
    }

    /// Returns the handler of a binary event: the first operand's, or the second's.
    pub(in crate::vm) fn binary_handler(
        self,
        a: &Value<'gc>,
        b: &Value<'gc>,
        event: Event,
    ) -> Value<'gc> {
        let handler = self.metamethod(a, event);
        if handler.is_nil() { self.metamethod(b, event) } else { handler }
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
        if metatable.is_some() {
            self.make_event_names();
        }
        if let Value::Table(table) = object {
            table.realize(self.heap());
        }
        let marks = match object {
            Value::Table(table) => table.collector_marks(),
            Value::UserData(userdata) => userdata.collector_marks(),
            _ => return Ok(()),
        };
        match object {
            Value::Table(table) => table.save_header(self.heap())?,
            // Only the full profile changes those from before: what is saved twice does no harm.
            Value::UserData(userdata) if userdata.id() < self.state.journal.floor.get() => {
                let metatable = userdata.metatable();
                self.heap().note_if_open(|| Old::UserData(*userdata, metatable, marks))?;
            }
            _ => {}
        }
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
