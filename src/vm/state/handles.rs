//! What the host holds of a machine: values of the script by number.
//!
//! The values lie in a table of the registry, so that they live as long as the host holds
//! them and are undone with a run like everything else. `[1..n]` are the values, or, where
//! nothing is held, the number of the next free place; `[0]` is the first free place; and
//! each value is a key for its own number, so that the same value has the same handle.
//!
//! On the host's side lies what must never go back: the serial numbers that tell a handle
//! from the one that had its place before, or in a run that was undone.
//!
//! **When a place becomes free.** The host may drop a handle at any time and on any thread,
//! and what that frees can be seen in memory figures. So nothing is freed then: places are
//! looked at when the next run begins, and, of those made for one call of the host, when
//! that call has ended. What a host function dropped before it answered is free at once, and
//! scripts may make as many handles as they like; what it kept stays until the next run.

use super::context::Context;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::Table;
use crate::vm::heap::value::{Type, Value};
use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Logical bytes of a handle and its place on the host's side, besides the table's.
const HANDLE_BYTES: usize = 96;
/// Room of the table when it is made.
const FIRST: usize = 4;
/// Name of the table in the registry.
const NAME: &[u8] = b"_HELD";
/// Key of the first free place.
const FREE: i64 = 0;

/// Handles of one machine: what every handle of it knows.
#[derive(Debug, Default)]
struct Owner {
    /// Places whose last handle was dropped, some perhaps more than once.
    dropped: Mutex<Vec<u32>>,
}

impl Owner {
    fn note(&self, place: u32) {
        let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        if dropped.len() == dropped.capacity() {
            // No longer than the list of places, however often handles come and go.
            dropped.sort_unstable();
            dropped.dedup();
        }
        dropped.push(place);
    }

    fn take(&self) -> Vec<u32> {
        let mut dropped =
            std::mem::take(&mut *self.dropped.lock().unwrap_or_else(PoisonError::into_inner));
        // The order in which threads dropped them must not be seen.
        dropped.sort_unstable();
        dropped.dedup();
        dropped
    }
}

/// Holds a value of a script's for the host.
#[derive(Debug)]
pub(crate) struct Handle {
    owner: Arc<Owner>,
    place: u32,
    serial: u64,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.owner.note(self.place);
    }
}

impl PartialEq for Handle {
    /// Tells whether both hold the same value.
    fn eq(&self, other: &Handle) -> bool {
        Arc::ptr_eq(&self.owner, &other.owner) && self.serial == other.serial
    }
}

impl Handle {
    /// Returns the number that no other handle of its machine ever has.
    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }
}

/// Why a handle holds nothing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// It is of another machine.
    Foreign,
    /// The run it came from was undone.
    Stale,
}

/// A place on the host's side.
#[derive(Debug)]
struct Place {
    /// The serial number of the handle it was made for last.
    serial: u64,
    handle: Weak<Handle>,
    live: bool,
}

/// The places of a machine.
#[derive(Debug, Default)]
pub(crate) struct Handles {
    owner: Arc<Owner>,
    places: RefCell<Vec<Place>>,
    /// The last serial number.
    serial: Cell<u64>,
    /// The last serial number when the run began.
    before: Cell<u64>,
    /// Places that were made, or made anew, since then.
    born: RefCell<Vec<u32>>,
}

impl Handles {
    /// Notes that a run begins which may be undone.
    pub(crate) fn mark(&self) {
        self.before.set(self.serial.get());
        self.born.borrow_mut().clear();
    }

    /// Makes handles that came up since the mark stale: what they held is gone. The table
    /// is in the journal's care. Returns the bytes that were charged for them: no collection
    /// gives those back.
    pub(crate) fn back_to_mark(&self) -> usize {
        let mut places = self.places.borrow_mut();
        let mut charged = 0;
        for place in self.born.borrow_mut().drain(..) {
            if let Some(place) = places.get_mut(place as usize - 1) {
                charged += usize::from(place.live) * HANDLE_BYTES;
                *place = Place { serial: 0, handle: Weak::new(), live: false };
            }
        }
        charged
    }

    /// Returns a number that nothing of this machine had before.
    pub(crate) fn fresh_serial(&self) -> u64 {
        let serial = self.serial.get() + 1;
        self.serial.set(serial);
        serial
    }

    /// Returns the handle of a place that holds something, if it is still in use.
    fn find(&self, place: u32) -> Option<Arc<Handle>> {
        let mut places = self.places.borrow_mut();
        let found = places.get_mut((place as usize).checked_sub(1)?)?;
        if !found.live {
            return None;
        }
        let handle = found.handle.upgrade();
        Some(handle.unwrap_or_else(|| {
            // Dropped, and not yet let go: nobody has the number any more.
            let handle = self.make(place, found.serial);
            found.handle = Arc::downgrade(&handle);
            handle
        }))
    }

    fn make(&self, place: u32, serial: u64) -> Arc<Handle> {
        Arc::new(Handle { owner: Arc::clone(&self.owner), place, serial })
    }

    /// Makes the handle of a place that holds something from now on.
    fn fill(&self, place: u32) -> Arc<Handle> {
        let serial = self.fresh_serial();
        let handle = self.make(place, serial);
        let mut places = self.places.borrow_mut();
        let at = place as usize - 1;
        while places.len() <= at {
            places.push(Place { serial: 0, handle: Weak::new(), live: false });
        }
        // Once for a place, however often it is used in the run.
        if places[at].serial <= self.before.get() {
            self.born.borrow_mut().push(place);
        }
        places[at] = Place { serial, handle: Arc::downgrade(&handle), live: true };
        handle
    }

    /// Tells whether a place holds something that nobody has a handle of.
    fn is_abandoned(&self, place: u32) -> bool {
        let places = self.places.borrow();
        let place = (place as usize).checked_sub(1).and_then(|at| places.get(at));
        place.is_some_and(|place| place.live && place.handle.strong_count() == 0)
    }

    fn empty(&self, place: u32) {
        if let Some(place) = self.places.borrow_mut().get_mut(place as usize - 1) {
            place.live = false;
        }
    }
}

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
        if let Value::Integer(place) = table.get(value)
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
        let handles = &self.state.handles;
        if !Arc::ptr_eq(&handle.owner, &handles.owner) {
            return Err(Lost::Foreign);
        }
        let places = handles.places.borrow();
        let place = places.get(handle.place as usize - 1).ok_or(Lost::Stale)?;
        let Value::Table(table) = self.registry_value(NAME) else { return Err(Lost::Stale) };
        let value = table.get_int(i64::from(handle.place));
        let is_held = matches!(value.type_of(), Type::Function | Type::UserData);
        if place.live && place.serial == handle.serial && is_held {
            Ok(value)
        } else {
            Err(Lost::Stale)
        }
    }

    /// Frees a place if nobody has a handle of it any more. If that is refused, it stays
    /// until the next run begins.
    pub(crate) fn let_go(self, place: u32) {
        if !self.state.handles.is_abandoned(place) {
            return;
        }
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
        for place in self.state.handles.owner.take() {
            self.let_go(place);
        }
    }

    fn registry_value(self, name: &[u8]) -> Value<'gc> {
        match self.state.strings.find(self.mc, name) {
            Ok(name) => self.state.registry.get_str(name),
            Err(_) => Value::Nil,
        }
    }

    /// Returns the table of the values that are held, made when it is needed.
    fn held_values(self) -> Result<Table<'gc>, Interrupt<'gc>> {
        let name = self.string(NAME)?;
        let registry = self.state.registry;
        match registry.get_str(name) {
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

#[cfg(test)]
mod physical;
