//! What the host holds, in an image: its side of the table in the registry.
//!
//! The host finds its functions and objects again by their numbers. What it has dropped when
//! the image is made is let go when the next run begins, as it would have been. What is on its
//! way between the run and its host has handles too, which are no more than that: whoever goes
//! on with the run lets them go where the run would have.

use super::fault::Fault;
use super::load::{Loader, MOST_IDS};
use super::save::Saver;
use crate::vm::state::handles::PlaceImage;

impl Saver<'_, '_> {
    pub(super) fn handles(&mut self) {
        let (serial, places) = self.ctx.state.handles.image();
        self.out.number(serial);
        self.out.size(places.len());
        for place in places {
            self.out.number(u64::from(place.place));
            self.out.number(place.serial);
            self.held.push((self.out.place(), place));
            self.out.flag(place.held);
        }
    }

    /// Says at the end which of them the host holds: those that have more handles than what was
    /// written and `beside` have of them.
    pub(super) fn tell_held(&mut self, beside: &[u64]) {
        let mut own = [self.out.handles(), beside].concat();
        own.sort_unstable();
        for (at, place) in std::mem::take(&mut self.held) {
            let before = |serial: u64| own.partition_point(|own| *own < serial);
            let own = before(place.serial + 1) - before(place.serial);
            if own > 0 {
                let held = self.ctx.state.handles.is_held_beside(place.place, own);
                self.out.set_flag(at, held);
            }
        }
    }
}

impl Loader<'_, '_> {
    pub(super) fn handles(&mut self) -> Result<(), Fault> {
        let (last, places) = self.places()?;
        if !self.ctx.are_held(places.last().map_or(0, |place| place.place)) {
            return Err(Fault::Damaged("handles of nothing"));
        }
        self.ctx.state.handles.make_again(&self.ctx.state.account, last, &places)?;
        Ok(())
    }

    /// As [`Loader::handles`], before the table in the registry is there.
    pub(super) fn handles_of_run(&mut self) -> Result<(), Fault> {
        let (last, places) = self.places()?;
        let account = &self.ctx.state.account;
        self.last_place = places.last().map_or(0, |place| place.place);
        // As many as that may be made room for.
        let room = (self.last_place as usize).saturating_mul(32);
        account.reserve(room)?;
        let made = self.ctx.state.handles.make_again(account, last, &places);
        account.release(room);
        Ok(made?)
    }

    /// Checks that the table has room for them.
    pub(super) fn check_handles(&self) -> Result<(), Fault> {
        if self.ctx.are_held(self.last_place) {
            return Ok(());
        }
        Err(Fault::Damaged("handles of nothing"))
    }

    fn places(&mut self) -> Result<(u64, Vec<PlaceImage>), Fault> {
        let last = self.from.number()?;
        let count = self.from.count(3)?;
        let mut places: Vec<PlaceImage> = Vec::with_capacity(count);
        for _ in 0..count {
            let (place, serial) = (self.from.small()?, self.from.number()?);
            let before = places.last().map_or(0, |place| place.place);
            // No more places than the table in the registry may have, and each once.
            if place <= before || serial == 0 || serial > last {
                return Err(Fault::Damaged("a handle that cannot be"));
            }
            places.push(PlaceImage { place, serial, held: self.from.flag()? });
        }
        if last >= MOST_IDS {
            return Err(Fault::NUMBER);
        }
        Ok((last, places))
    }
}
