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

use crate::vm::meters::account::{Account, Refused};
use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Logical bytes of a handle and its place on the host's side, besides the table's.
pub(super) const HANDLE_BYTES: usize = 96;

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

    /// Tells its machine from all others that are there.
    pub(crate) fn owner(&self) -> usize {
        Arc::as_ptr(&self.owner).addr()
    }

    /// Makes a handle of a machine that is not there, which has this number there.
    pub(crate) fn of_nobody(serial: u64) -> Handle {
        Handle { owner: Arc::default(), place: 1, serial }
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
    /// The host held it when the image was made that the machine is of, and has not asked for
    /// it by its number yet: it is held all the same.
    untaken: bool,
}

impl Place {
    const EMPTY: Place = Place { serial: 0, handle: Weak::new(), live: false, untaken: false };

    /// Tells whether the host has a handle beside `own` others, or finds one by its number.
    fn is_held_beside(&self, own: usize) -> bool {
        self.untaken || self.handle.strong_count() > own
    }
}

/// A place that holds something, in an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlaceImage {
    pub(crate) place: u32,
    pub(crate) serial: u64,
    /// The host has a handle of it.
    pub(crate) held: bool,
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
    /// Serial numbers of the handles that were let go, if somebody wants to know.
    let_go: RefCell<Option<Vec<u64>>>,
}

impl Handles {
    /// Tells the machine of these handles from all others that are there.
    pub(crate) fn owner(&self) -> usize {
        Arc::as_ptr(&self.owner).addr()
    }

    /// Has the handles noted that are let go from now on.
    pub(crate) fn watch(&self) {
        self.let_go.borrow_mut().get_or_insert_default();
    }

    /// Returns the serial numbers of the handles that were let go since the last call.
    pub(crate) fn take_let_go(&self) -> Vec<u64> {
        self.let_go.borrow_mut().as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Notes that the handle of a place is let go.
    pub(super) fn note_let_go(&self, place: u32) {
        if let Some(noted) = &mut *self.let_go.borrow_mut()
            && let Some(place) = self.places.borrow().get(place as usize - 1)
        {
            noted.push(place.serial);
        }
    }

    /// Notes that a run begins which may be undone.
    pub(crate) fn mark(&self) {
        self.before.set(self.serial.get());
        self.born.borrow_mut().clear();
    }

    /// Makes handles that came up since the mark stale: what they held is gone. The table
    /// is in the journal's care. Returns the logical bytes that they took.
    pub(crate) fn back_to_mark(&self) -> usize {
        let mut places = self.places.borrow_mut();
        let mut gone = 0;
        for place in self.born.borrow_mut().drain(..) {
            if let Some(place) = places.get_mut(place as usize - 1) {
                gone += usize::from(place.live);
                *place = Place::EMPTY;
            }
        }
        gone * HANDLE_BYTES
    }

    /// Returns the last serial number, and the places that hold something.
    pub(crate) fn image(&self) -> (u64, Vec<PlaceImage>) {
        let places = self.places.borrow();
        let live = places.iter().zip(1..).filter(|(place, _)| place.live);
        let image = live.map(|(found, place)| PlaceImage {
            place,
            serial: found.serial,
            held: found.is_held_beside(0),
        });
        (self.serial.get(), image.collect())
    }

    /// Tells whether the host has a handle of a place beside `own` that are the run's.
    pub(crate) fn is_held_beside(&self, place: u32, own: usize) -> bool {
        let places = self.places.borrow();
        let place = (place as usize).checked_sub(1).and_then(|at| places.get(at));
        place.is_some_and(|place| place.is_held_beside(own))
    }

    /// Makes the places of another machine, in order. Those that its host held nothing of any
    /// more are let go when the next run begins.
    ///
    /// # Errors
    /// When memory is refused.
    pub(crate) fn make_again(
        &self,
        account: &Account,
        last: u64,
        live: &[PlaceImage],
    ) -> Result<(), Refused> {
        account.reserve(live.len().saturating_mul(HANDLE_BYTES))?;
        self.serial.set(last);
        let mut places = self.places.borrow_mut();
        for image in live {
            places.resize_with(image.place as usize - 1, || Place::EMPTY);
            let (serial, untaken) = (image.serial, image.held);
            places.push(Place { serial, live: true, untaken, ..Place::EMPTY });
            if !image.held {
                self.owner.note(image.place);
            }
        }
        Ok(())
    }

    /// Returns the handle with a serial number, if it holds something.
    pub(crate) fn numbered(&self, serial: u64) -> Option<Arc<Handle>> {
        let place = {
            let places = self.places.borrow();
            places.iter().position(|place| place.live && place.serial == serial)? + 1
        };
        self.find(place as u32)
    }

    /// As [`Handles::numbered`], for the host: from now on it holds it by the handle.
    pub(crate) fn take_numbered(&self, serial: u64) -> Option<Arc<Handle>> {
        let handle = self.numbered(serial)?;
        if let Some(place) = self.places.borrow_mut().get_mut(handle.place as usize - 1) {
            place.untaken = false;
        }
        Some(handle)
    }

    /// Returns a handle with a serial number that nothing has any more, if something had it.
    pub(crate) fn stale(&self, serial: u64) -> Option<Arc<Handle>> {
        // Whatever its place was: no place has the number.
        (1..=self.serial.get()).contains(&serial).then(|| self.make(1, serial))
    }

    /// Returns the last serial number when the run began.
    pub(crate) fn before(&self) -> u64 {
        self.before.get()
    }

    /// Sets it, of a run that goes on: what has a later number came up in it. Tells whether it can
    /// be that.
    pub(crate) fn set_before(&self, before: u64) -> bool {
        self.before.set(before);
        let places = self.places.borrow();
        let born = places.iter().zip(1..).filter(|(place, _)| place.live && place.serial > before);
        *self.born.borrow_mut() = born.map(|(_, at)| at).collect();
        before <= self.serial.get()
    }

    /// Returns a number that nothing of this machine had before.
    pub(crate) fn fresh_serial(&self) -> u64 {
        let serial = self.serial.get() + 1;
        self.serial.set(serial);
        serial
    }

    /// Returns the handle of a place that holds something, if it is still in use.
    pub(super) fn find(&self, place: u32) -> Option<Arc<Handle>> {
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
    pub(super) fn fill(&self, place: u32) -> Arc<Handle> {
        let serial = self.fresh_serial();
        let handle = self.make(place, serial);
        let mut places = self.places.borrow_mut();
        let at = place as usize - 1;
        while places.len() <= at {
            places.push(Place::EMPTY);
        }
        // Once for a place, however often it is used in the run.
        if places[at].serial <= self.before.get() {
            self.born.borrow_mut().push(place);
        }
        let handle_here = Arc::downgrade(&handle);
        places[at] = Place { serial, handle: handle_here, live: true, untaken: false };
        handle
    }

    /// Tells whether a place holds something that nobody has a handle of, or asks for by its
    /// number.
    pub(super) fn is_abandoned(&self, place: u32) -> bool {
        let places = self.places.borrow();
        let place = (place as usize).checked_sub(1).and_then(|at| places.get(at));
        place.is_some_and(|place| place.live && !place.is_held_beside(0))
    }

    pub(super) fn empty(&self, place: u32) {
        if let Some(place) = self.places.borrow_mut().get_mut(place as usize - 1) {
            place.live = false;
            place.untaken = false;
        }
    }

    /// Returns the places whose last handle was dropped, in order.
    pub(super) fn take_dropped(&self) -> Vec<u32> {
        self.owner.take()
    }

    /// Returns the place of a handle.
    ///
    /// # Errors
    /// When the handle is another machine's, or what it held was undone.
    pub(super) fn place_of(&self, handle: &Handle) -> Result<u32, Lost> {
        if !Arc::ptr_eq(&handle.owner, &self.owner) {
            return Err(Lost::Foreign);
        }
        let places = self.places.borrow();
        match places.get(handle.place as usize - 1) {
            Some(place) if place.live && place.serial == handle.serial => Ok(handle.place),
            _ => Err(Lost::Stale),
        }
    }
}

#[cfg(test)]
mod physical;
