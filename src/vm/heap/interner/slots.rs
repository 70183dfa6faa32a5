//! The slots of the interner: a hash table that grows and shrinks by pieces.
//!
//! It consists of segments, each open addressing of its own. The first one grows by doubling;
//! when it has [`SEGMENT`] slots, there come more, one at a time (linear hashing): each takes a
//! part of the strings of one that is there. So no insertion moves more than a segment's strings,
//! and nothing is allocated that is larger than a segment.
//!
//! Some bits of a hash say which segment its string is in, others where it is in there. A segment
//! to which many more strings come than to others grows by itself.

use crate::gc::{GcWeak, Mutation};
use crate::vm::heap::string::{Header, Str};
use std::ops::Range;

/// A place for a string.
#[derive(Clone, Copy)]
pub(super) struct Slot<'gc> {
    pub(super) hash: u32,
    /// The journal's epoch when the string came.
    pub(super) born: u32,
    pub(super) string: Option<GcWeak<'gc, Header>>,
}

/// Slots there are in the beginning: names that wait need none.
const FIRST: usize = 8;
/// Slots of the first segment when others come, and of these.
pub(super) const SEGMENT: usize = 2048;
/// Strings that come to a segment before others do, on average, and for how many more of all
/// strings there comes one more segment: when there are twice as many, four of five places are
/// taken in those that are still to be divided.
const MOST: usize = SEGMENT / 4 * 3;
const RATE: usize = SEGMENT / 20;

struct Segment<'gc> {
    slots: Box<[Slot<'gc>]>,
    made: usize,
}

/// All slots.
pub(super) struct Slots<'gc> {
    segments: Vec<Segment<'gc>>,
    /// The bits of a number that may be that of a segment.
    mask: usize,
    made: usize,
    /// Slots that were in use until a segment was divided, for the next one.
    spare: Box<[Slot<'gc>]>,
}

impl<'gc> Slots<'gc> {
    pub(super) fn new() -> Slots<'gc> {
        let slots = vec![Slot::empty(); FIRST].into_boxed_slice();
        let segments = vec![Segment { slots, made: 0 }];
        Slots { segments, mask: 0, made: 0, spare: Box::default() }
    }

    /// Returns how many strings there are.
    pub(super) fn made(&self) -> usize {
        self.made
    }

    /// Returns which segment a string with this hash belongs to.
    #[inline(always)]
    fn home(&self, hash: u32) -> usize {
        let at = hash.rotate_left(12) as usize & self.mask;
        if at < self.segments.len() { at } else { at & self.mask >> 1 }
    }

    /// Returns the string with this hash that `is_it` accepts.
    #[inline(always)]
    pub(super) fn find(
        &self,
        hash: u32,
        mut is_it: impl FnMut(GcWeak<'gc, Header>) -> bool,
    ) -> Option<GcWeak<'gc, Header>> {
        let slots = &*self.segments[self.home(hash)].slots;
        let mask = slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = &slots[at];
            let string = slot.string?;
            if slot.hash == hash && is_it(string) {
                return Some(string);
            }
            at = (at + 1) & mask;
        }
    }

    /// Returns how many strings may come before there must be more slots.
    pub(super) fn room(&self) -> usize {
        let count = self.segments.len();
        let most = match count {
            1 => self.segments[0].slots.len().min(SEGMENT) / 4 * 3,
            _ => {
                let whole = (self.mask >> 1) + 1;
                match count - whole {
                    divided if divided == whole => count * MOST,
                    divided => whole * MOST + divided * RATE,
                }
            }
        };
        most.saturating_sub(self.made)
    }

    /// Makes more slots, which is a piece of work. Tells whether the system had memory; if not,
    /// nothing was done.
    pub(super) fn grow(&mut self) -> bool {
        let len = self.segments[0].slots.len();
        if self.segments.len() == 1 && len < SEGMENT {
            return self.segments[0].resize(len * 2);
        }
        let new = self.segments.len();
        let mask = (new + 1).next_power_of_two() - 1;
        let old = new & mask >> 1;
        // All may move, or stay. What stays gets new slots, too: to close the gaps among so many
        // takes much longer.
        let len = self.segments[old].slots.len();
        let Some(slots) = some_slots(len) else { return false };
        let mut moves = Segment { slots, made: 0 };
        let Some(slots) = self.cleared_slots(len) else { return false };
        let mut stays = Segment { slots, made: 0 };
        if self.segments.try_reserve(1).is_err() {
            return false;
        }
        for slot in self.segments[old].slots.iter().filter(|slot| slot.string.is_some()) {
            let part = match slot.hash.rotate_left(12) as usize & mask == new {
                true => &mut moves,
                false => &mut stays,
            };
            part.add(*slot);
        }
        self.spare = std::mem::replace(&mut self.segments[old], stays).slots;
        self.segments.push(moves);
        self.mask = mask;
        true
    }

    /// Makes so many slots, of those that are spare if they are as many.
    fn cleared_slots(&mut self, len: usize) -> Option<Box<[Slot<'gc>]>> {
        if self.spare.len() != len {
            return some_slots(len);
        }
        let mut slots = std::mem::take(&mut self.spare);
        slots.fill(Slot::empty());
        Some(slots)
    }

    /// Takes slots away that are not needed, as a piece of work, if there are any. Tells whether
    /// there are none any more, or the system has no memory for fewer.
    pub(super) fn shrink(&mut self, least: usize) -> bool {
        let size = (self.made * 2).next_power_of_two().max(least);
        let last = self.segments.len() - 1;
        if last == 0 {
            self.spare = Box::default();
            if size < self.segments[0].slots.len() {
                self.segments[0].resize(size);
            }
            return true;
        }
        if last < size / SEGMENT {
            return true;
        }
        let (before, after) = self.segments.split_at_mut(last);
        let (to, from) = (&mut before[last & self.mask >> 1], &after[0]);
        if !to.make_room(from.made) {
            return true;
        }
        from.slots.iter().filter(|slot| slot.string.is_some()).for_each(|slot| to.add(*slot));
        self.segments.pop();
        self.mask = last.next_power_of_two() - 1;
        false
    }

    /// Adds a string that is not there. Tells whether there was room, or memory for it.
    pub(super) fn add(&mut self, slot: Slot<'gc>) -> bool {
        let home = self.home(slot.hash);
        let segment = &mut self.segments[home];
        if !segment.make_room(1) {
            return false;
        }
        segment.add(slot);
        self.made += 1;
        true
    }

    /// Takes a string away. Tells whether it was there.
    pub(super) fn forget(&mut self, string: Str<'gc>) -> bool {
        let home = self.home(string.short_hash());
        let segment = &mut self.segments[home];
        let Some(at) = segment.place_of(string) else { return false };
        segment.empty(at);
        self.made -= 1;
        true
    }

    /// Returns the slot of a string.
    pub(super) fn slot_of(&mut self, string: Str<'gc>) -> Option<&mut Slot<'gc>> {
        let home = self.home(string.short_hash());
        let segment = &mut self.segments[home];
        let at = segment.place_of(string)?;
        Some(&mut segment.slots[at])
    }

    /// Empties the slots of strings that are not to be kept: of `most` slots from `from` on.
    /// Returns where the next ones are.
    pub(super) fn retain(
        &mut self,
        from: (usize, usize),
        most: usize,
        keep: impl FnMut(&Slot<'gc>) -> bool,
    ) -> Option<(usize, usize)> {
        let (at, from) = from;
        let segment = self.segments.get_mut(at)?;
        let to = (from + most).min(segment.slots.len());
        self.made -= segment.retain(from..to, keep);
        if to < segment.slots.len() {
            return Some((at, to));
        }
        let size = (segment.made * 2).next_power_of_two().max(SEGMENT);
        if size < segment.slots.len() {
            // Without memory for fewer there are some more.
            segment.resize(size);
        }
        (at + 1 < self.segments.len()).then_some((at + 1, 0))
    }

    /// Returns all slots with strings, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Slot<'gc>> {
        let slots = self.segments.iter().flat_map(|segment| &*segment.slots);
        slots.filter(|slot| slot.string.is_some())
    }

    /// Returns all strings, in no order.
    pub(super) fn strings(&self, mc: &Mutation<'gc>) -> impl Iterator<Item = Str<'gc>> {
        self.all().filter_map(|slot| Some(Str::from_gc(slot.string?.upgrade(mc))))
    }

    /// Says of all strings that they came in that epoch.
    pub(super) fn set_born(&mut self, epoch: u32) {
        let slots = self.segments.iter_mut().flat_map(|segment| &mut *segment.slots);
        slots.for_each(|slot| slot.born = epoch);
    }

    /// Returns how many slots each segment has.
    #[cfg(test)]
    pub(super) fn segments(&self) -> Vec<usize> {
        self.segments.iter().map(|segment| segment.slots.len()).collect()
    }
}

impl Slot<'_> {
    const fn empty() -> Self {
        Slot { hash: 0, born: 0, string: None }
    }
}

/// Makes so many slots, if the system has memory.
fn some_slots<'gc>(size: usize) -> Option<Box<[Slot<'gc>]>> {
    let mut slots = Vec::new();
    slots.try_reserve_exact(size).ok()?;
    slots.resize(size, Slot::empty());
    Some(slots.into_boxed_slice())
}

impl<'gc> Segment<'gc> {
    /// Makes room for `more` strings, with an eighth of the slots left. Tells whether there
    /// was memory.
    fn make_room(&mut self, more: usize) -> bool {
        let all = self.made + more;
        let len = self.slots.len();
        all <= len / 8 * 7 || self.resize((all * 2).next_power_of_two().max(len))
    }

    /// Adds a string for which there is room.
    fn add(&mut self, slot: Slot<'gc>) {
        let mask = self.slots.len() - 1;
        let mut at = slot.hash as usize & mask;
        while self.slots[at].string.is_some() {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
        self.made += 1;
    }

    /// Moves all strings to another number of slots. Tells whether the system had memory; if
    /// not, nothing was done.
    fn resize(&mut self, size: usize) -> bool {
        let Some(slots) = some_slots(size) else { return false };
        let old = std::mem::replace(&mut self.slots, slots);
        self.made = 0;
        old.iter().filter(|slot| slot.string.is_some()).for_each(|slot| self.add(*slot));
        true
    }

    /// Returns where a string is.
    fn place_of(&self, string: Str<'gc>) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut at = string.short_hash() as usize & mask;
        while let Some(weak) = self.slots[at].string {
            if std::ptr::eq(weak.as_ptr(), crate::gc::Gc::as_ptr(string.gc())) {
                return Some(at);
            }
            at = (at + 1) & mask;
        }
        None
    }

    /// Empties the slots of strings that are not to be kept, in place: what follows in
    /// a run of full slots moves up where its hash allows. Returns how many these were.
    fn retain(&mut self, slots: Range<usize>, mut keep: impl FnMut(&Slot<'gc>) -> bool) -> usize {
        let before = self.made;
        for at in slots {
            while self.slots[at].string.is_some() && !keep(&self.slots[at]) {
                self.empty(at);
            }
        }
        before - self.made
    }

    fn empty(&mut self, mut hole: usize) {
        let mask = self.slots.len() - 1;
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let slot = self.slots[at];
            if slot.string.is_none() {
                break;
            }
            // Its own place is not behind the hole: it may go there.
            let home = slot.hash as usize & mask;
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.slots[hole] = slot;
                hole = at;
            }
        }
        self.slots[hole].string = None;
        self.made -= 1;
    }
}

#[cfg(test)]
mod tests;
