//! The table of the values that the host holds: see `handles` for how it is made up.

use super::context::Context;
use super::handles::{HANDLE_BYTES, Handle, Lost};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::Table;
use crate::vm::heap::value::{Type, Value};
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// Room of the table when it is made.
const FIRST: usize = 4;
/// Name of the table in the registry.
const NAME: &[u8] = b"_HELD";
/// Key of the first free place.
const FREE: i64 = 0;

impl<'gc> Context<'gc> {
    /// Holds a value for the host. Tells whether it was not held before: then its place is
    /// to be given to [`Context::let_go`] when the call of the host that it is for has ended.
    ///
    /// # Errors
    /// When memory is refused; nothing has changed then.
    pub(crate) fn hold(
        self,
        value: Value<'gc>,
    ) -> Result<(Arc<Handle>, Option<u32>), Interrupt<'gc>> {
        let handles = &self.state.handles;
        let table = self.held_values()?;
        if let Value::Integer(place) = table.get(self.heap(), value)
            && let Ok(place) = u32::try_from(place)
            && let Some(handle) = handles.find(place)
        {
            return Ok((handle, None));
        }
        self.state.account.reserve(HANDLE_BYTES)?;
        let place = match self.take_place(table, value) {
            Ok(place) => place,
            Err(refused) => {
                self.state.account.release(HANDLE_BYTES);
                return Err(refused);
            }
        };
        Ok((handles.fill(place), Some(place)))
    }

    /// Returns the value that a handle holds.
    ///
    /// # Errors
    /// When the handle is another machine's, or what it held was undone.
    pub(crate) fn held(self, handle: &Handle) -> Result<Value<'gc>, Lost> {
        let place = self.state.handles.place_of(handle)?;
        let Value::Table(table) = self.registry_value(NAME) else { return Err(Lost::Stale) };
        let value = table.get_int(i64::from(place));
        let is_held = matches!(value.type_of(), Type::Function | Type::UserData);
        if is_held { Ok(value) } else { Err(Lost::Stale) }
    }

    /// Tells whether the table has a place with this number, or it is 0.
    pub(in crate::vm) fn are_held(self, last: u32) -> bool {
        match self.registry_value(NAME) {
            Value::Table(table) => i64::from(last) <= table.len(),
            _ => last == 0,
        }
    }

    /// Frees a place if nobody has a handle of it any more. If that is refused, it stays
    /// until the next run begins.
    pub(crate) fn let_go(self, place: u32) {
        if !self.state.handles.is_abandoned(place) {
            return;
        }
        self.state.handles.note_let_go(place);
        let Value::Table(table) = self.registry_value(NAME) else { return };
        // Whether it is refused must not depend on how much of a slice is left.
        let (freed, noted) = self.state.fuel.noting(|| self.free_place(table, place));
        self.state.fuel.owe(noted);
        if freed.is_ok() {
            self.state.handles.empty(place);
            self.state.account.release(HANDLE_BYTES);
        }
    }

    /// Frees all places whose handles were dropped: when no run is under way.
    pub(crate) fn let_go_of_dropped(self) {
        for place in self.state.handles.take_dropped() {
            self.let_go(place);
        }
    }

    fn registry_value(self, name: &[u8]) -> Value<'gc> {
        match self.state.strings.find(self.mc, name) {
            Ok(name) => self.state.registry.get_str(self.heap(), name),
            Err(_) => Value::Nil,
        }
    }

    /// Returns the table of the values that are held, made when it is needed.
    fn held_values(self) -> Result<Table<'gc>, Interrupt<'gc>> {
        let name = self.string(NAME)?;
        let registry = self.state.registry;
        match registry.get_str(self.heap(), name) {
            Value::Table(table) => return Ok(table),
            // Its place comes first: a table that could not be put there would be garbage.
            Value::Nil => registry.set_str(self.heap(), name, Value::Boolean(false))?,
            _ => {}
        }
        let table = Table::new(self.heap(), FIRST, FIRST)?;
        table.set_int(self.heap(), FREE, Value::Integer(0))?;
        registry.set_str(self.heap(), name, Value::Table(table))?;
        Ok(table)
    }

    /// Puts a value into a free place, or a new one.
    fn take_place(self, table: Table<'gc>, value: Value<'gc>) -> Result<u32, Interrupt<'gc>> {
        let free = self.free_places(table);
        let (place, before) = match free {
            Some((first, next)) => {
                table.set_int(self.heap(), FREE, Value::Integer(next))?;
                (first, Value::Integer(next))
            }
            None => (table.len() + 1, Value::Nil),
        };
        let number = u32::try_from(place).map_err(|_| self.error("too many handles"))?;
        let put = table
            .set_int(self.heap(), place, value)
            .and_then(|()| table.raw_set(self.heap(), value, Value::Integer(place)));
        if let Err(refused) = put {
            // What is put back was there a moment ago.
            let _ = table.set_int(self.heap(), place, before);
            if free.is_some() {
                let _ = table.set_int(self.heap(), FREE, Value::Integer(place));
            }
            return Err(refused);
        }
        Ok(number)
    }

    /// Returns the first free place and the one after it, 0 for none.
    fn free_places(self, table: Table<'gc>) -> Option<(i64, i64)> {
        let Value::Integer(first @ 1..) = table.get_int(FREE) else { return None };
        match table.get_int(first) {
            Value::Integer(next) => Some((first, next)),
            // Only who has the library `debug` can bring this about.
            _ => None,
        }
    }

    fn free_place(self, table: Table<'gc>, place: u32) -> Result<(), Interrupt<'gc>> {
        let place = i64::from(place);
        let (value, first) = (table.get_int(place), table.get_int(FREE));
        table.set_int(self.heap(), place, first)?;
        let freed = table
            .set_int(self.heap(), FREE, Value::Integer(place))
            .and_then(|()| table.raw_set(self.heap(), value, Value::Nil));
        if freed.is_err() {
            let _ = table.set_int(self.heap(), place, value);
            let _ = table.set_int(self.heap(), FREE, first);
        }
        freed
    }
}
