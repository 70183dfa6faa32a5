//! Where pages come from: the first ones from those that all arenas share, then slabs of 8
//! and of 64 of them, from the global allocator.

#![expect(unsafe_code, reason = "takes raw memory from the allocator")]

use super::allowance::Allowance;
use super::page::PAGE;
use super::shared;
use crate::alloc;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};

/// Free pages that stay as they are after a collection at least, and as many as may in any case.
const LEAST_KEPT: usize = 8;
const FREELY_KEPT: usize = 256;
/// Pages of the first slabs, and of later ones.
const FIRST: usize = 8;
const LARGEST: usize = 64;
/// Pages that come from those that all arenas share, and their slab's number.
const MOST_SHARED: usize = 8;
const SHARED: u32 = u32::MAX;
/// Slabs that are chosen together, since the list of free pages is gone through for them.
const BATCH: usize = 16;
/// Units for giving back the memory of a page.
const PAGE_FORGOTTEN: u64 = 100;
/// Pages of a slab that are given back at once.
const PAGES_RELEASED: usize = 8;
/// Free pages that are looked at for a unit.
const PAGES_SEEN: u64 = 8;

struct Slab {
    /// Null for a place without one.
    memory: *mut u8,
    bytes: usize,
    /// Its pages in use.
    used: usize,
    /// Bytes from the beginning that have memory, once it is being given back.
    rest: usize,
}

/// A page that is not in use.
struct Free {
    page: *mut u8,
    slab: u32,
    /// The system has its memory, or has not given it yet.
    cold: bool,
}

/// All memory of an arena.
#[derive(Default)]
pub(super) struct Slabs {
    slabs: Vec<Slab>,
    /// Places in `slabs` without a slab.
    vacant: Vec<u32>,
    /// Pages of slabs that are not in use, the next one last.
    free: Vec<Free>,
    /// Slabs that are being given back, the next one last: their pages are in no list.
    leaving: Vec<u32>,
    /// Pages in use, and those of them that come from the ones all arenas share.
    used: usize,
    shared: usize,
}

/// Returns the layout of a slab.
fn layout(bytes: usize) -> Layout {
    // SAFETY: the alignment is a power of two, and `bytes` is at most `LARGEST` pages.
    unsafe { Layout::from_size_align_unchecked(bytes, PAGE) }
}

impl Slabs {
    /// Takes a page: its memory and its slab.
    pub(super) fn take(&mut self) -> (*mut u8, u32) {
        self.used += 1;
        if self.shared < MOST_SHARED
            && let Some(page) = shared::take()
        {
            self.shared += 1;
            return (page, SHARED);
        }
        if self.free.is_empty() {
            let pages = if self.used < LARGEST { FIRST } else { LARGEST };
            let made = self.make(pages * PAGE).map(|slab| (slab, pages));
            // Less may be had.
            let (slab, pages) = made
                .or_else(|| self.make(PAGE).map(|slab| (slab, 1)))
                .unwrap_or_else(|| handle_alloc_error(layout(PAGE)));
            let memory = self.slabs[slab as usize].memory;
            for page in (0..pages).rev() {
                // SAFETY: the slab has so many pages.
                let page = unsafe { memory.add(page * PAGE) };
                self.free.push(Free { page, slab, cold: true });
            }
        }
        let Some(Free { page, slab, .. }) = self.free.pop() else {
            handle_alloc_error(layout(PAGE))
        };
        self.slabs[slab as usize].used += 1;
        (page, slab)
    }

    fn make(&mut self, bytes: usize) -> Option<u32> {
        // SAFETY: the size is not 0.
        let memory = unsafe { alloc(layout(bytes)) };
        if memory.is_null() {
            return None;
        }
        let made = Slab { memory, bytes, used: 0, rest: bytes };
        if let Some(at) = self.vacant.pop() {
            self.slabs[at as usize] = made;
            return Some(at);
        }
        self.slabs.push(made);
        Some(self.slabs.len() as u32 - 1)
    }

    /// Takes a page back, in which nothing is any more.
    pub(super) fn put(&mut self, page: *mut u8, slab: u32) {
        self.used -= 1;
        if slab == SHARED {
            self.shared -= 1;
            // SAFETY: it came from there, and the caller gives it up.
            unsafe { shared::put(page) };
            return;
        }
        self.slabs[slab as usize].used -= 1;
        self.free.push(Free { page, slab, cold: false });
    }

    /// Gives the system back what is not likely to be used soon, as far as is allowed: whole
    /// slabs where it can, else pages. As many pages stay as are in use, or as would hold `live`
    /// bytes, in `room` bytes. Tells whether that is done.
    pub(super) fn trim(&mut self, live: usize, room: usize, allowance: &Allowance) -> bool {
        let keep = self.used.max(live / PAGE).clamp(LEAST_KEPT, FREELY_KEPT.max(room / PAGE));
        loop {
            while let Some(slab) = self.leaving.last() {
                let released = self.release_some(*slab);
                if !allowance.spend(released as u64 * PAGE_FORGOTTEN) {
                    return false;
                }
            }
            let Some(more) = self.free.len().checked_sub(keep).filter(|more| *more > 0) else {
                return true;
            };
            self.choose(more);
            if self.leaving.is_empty() {
                return self.cool(more, allowance);
            }
            if !allowance.spend(self.free.len() as u64 / PAGES_SEEN) {
                return false;
            }
        }
    }

    /// Takes the pages of slabs that are not in use off the list of free ones: of a few slabs, of
    /// at most `most` pages.
    fn choose(&mut self, mut most: usize) {
        for (at, slab) in self.slabs.iter().enumerate().rev() {
            let pages = slab.bytes / PAGE;
            if slab.used == 0 && !slab.memory.is_null() && pages <= most {
                most -= pages;
                self.leaving.push(at as u32);
                if self.leaving.len() == BATCH {
                    break;
                }
            }
        }
        if !self.leaving.is_empty() {
            let mut gone = vec![false; self.slabs.len()];
            self.leaving.iter().for_each(|slab| gone[*slab as usize] = true);
            self.free.retain(|free| !gone[free.slab as usize]);
        }
    }

    /// Gives the memory of so many free pages back, as far as is allowed: the oldest in the
    /// list are the last to be used again. Tells whether that is done.
    fn cool(&mut self, more: usize, allowance: &Allowance) -> bool {
        let more = more.min(self.free.len());
        for free in self.free[..more].iter_mut().filter(|free| !free.cold) {
            // SAFETY: a whole page of the arena's that is not in use.
            unsafe { alloc::forget(free.page, PAGE) };
            free.cold = true;
            if !allowance.spend(PAGE_FORGOTTEN) {
                return false;
            }
        }
        true
    }

    /// Gives the next pages of a slab back, which is the last of those that leave: that takes
    /// time. Returns how many.
    fn release_some(&mut self, at: u32) -> usize {
        let slab = &mut self.slabs[at as usize];
        let bytes = slab.rest.min(PAGES_RELEASED * PAGE);
        slab.rest -= bytes;
        // SAFETY: allocated with this layout, and no page of it is in use. What allocators do
        // with freed memory differs: this way the system has it in any case.
        unsafe {
            alloc::forget(slab.memory.add(slab.rest), bytes);
            if slab.rest == 0 {
                dealloc(slab.memory, layout(slab.bytes));
                *slab = Slab { memory: std::ptr::null_mut(), bytes: 0, used: 0, rest: 0 };
                self.vacant.push(at);
                self.leaving.pop();
            }
        }
        bytes / PAGE
    }
}

impl Drop for Slabs {
    fn drop(&mut self) {
        for slab in &self.slabs {
            if !slab.memory.is_null() {
                // SAFETY: allocated with this layout; the arena is gone.
                unsafe { dealloc(slab.memory, layout(slab.bytes)) };
            }
        }
    }
}
