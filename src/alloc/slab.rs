//! Slabs: what spans are cut from. A slab is one piece of the system's memory, large
//! enough to have a mapping of its own, so that it goes back when all of it is free.
//!
//! A span of a slab is *used* (in a class), *warm* (empty, in its heap's stock, with a
//! header) or *cold* (never used, or its memory was given back: nothing of it is read).
//! Only the thread that holds the slab's heap touches it.

#![expect(unsafe_code, reason = "slabs lie in raw memory")]

use super::trim;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::null_mut;

/// Bytes of a span, and what its address is a multiple of.
pub(super) const ALIGN: usize = 32 * 1024;
/// Spans of a slab: a MiB.
const SPANS: u32 = 32;

/// What is known of a slab, apart from its memory.
pub(super) struct Slab {
    memory: *mut u8,
    /// A bit for each cold span.
    cold: Cell<u32>,
    /// The next slab with cold spans, and the one before it.
    next: Cell<*mut Slab>,
    before: Cell<*mut Slab>,
}

/// The slabs of a heap that have cold spans.
pub(super) struct ColdSlabs(Cell<*mut Slab>);

impl ColdSlabs {
    pub(super) const fn new() -> ColdSlabs {
        ColdSlabs(Cell::new(null_mut()))
    }

    /// Takes a cold span, which becomes used; from a new slab if need be. Null if the
    /// system refuses.
    pub(super) fn take(&self) -> (*mut u8, *mut Slab) {
        let mut slab = self.0.get();
        if slab.is_null() {
            slab = Slab::make();
            if slab.is_null() {
                return (null_mut(), null_mut());
            }
            self.list(slab);
        } else {
            trim::new_memory(ALIGN);
        }
        // SAFETY: slabs in the list are live, and have a cold span.
        let found = unsafe { &*slab };
        let index = found.cold.get().trailing_zeros();
        found.cold.set(found.cold.get() & !(1 << index));
        if found.cold.get() == 0 {
            self.unlist(slab);
        }
        // SAFETY: there are `SPANS` pieces of `ALIGN` bytes.
        (unsafe { found.memory.add(index as usize * ALIGN) }, slab)
    }

    /// Gives the memory of a warm span back; it is cold then. A slab with nothing but cold ones
    /// goes back itself.
    ///
    /// # Safety
    /// The span is warm, of this live slab of this heap, and in no list any more.
    pub(super) unsafe fn cool(&self, slab: *mut Slab, span: *mut u8) {
        // SAFETY: as the caller says.
        let owner = unsafe { &*slab };
        let index = (span.addr() - owner.memory.addr()) / ALIGN;
        if owner.cold.get() == 0 {
            self.list(slab);
        }
        owner.cold.set(owner.cold.get() | 1 << index);
        // SAFETY: nothing of a cold span is read. A slab with nothing else is in no list but
        // this one; both its blocks were allocated with these layouts.
        unsafe {
            trim::forget(span, ALIGN);
            if owner.cold.get() == u32::MAX {
                self.unlist(slab);
                trim::dealloc((*slab).memory, memory_layout());
                System.dealloc(slab.cast(), Layout::new::<Slab>());
            }
        }
    }

    fn list(&self, slab: *mut Slab) {
        let first = self.0.replace(slab);
        // SAFETY: members of the list are live.
        unsafe {
            (*slab).next.set(first);
            (*slab).before.set(null_mut());
            if !first.is_null() {
                (*first).before.set(slab);
            }
        }
    }

    fn unlist(&self, slab: *mut Slab) {
        // SAFETY: members of the list are live.
        unsafe {
            let (before, next) = ((*slab).before.get(), (*slab).next.get());
            if before.is_null() {
                self.0.set(next);
            } else {
                (*before).next.set(next);
            }
            if !next.is_null() {
                (*next).before.set(before);
            }
        }
    }
}

impl Slab {
    fn make() -> *mut Slab {
        // SAFETY: the layouts have sizes; a block for a slab is written before it is used.
        unsafe {
            let slab = System.alloc(Layout::new::<Slab>()).cast::<Slab>();
            if slab.is_null() {
                return slab;
            }
            let memory = trim::alloc(memory_layout());
            if memory.is_null() {
                System.dealloc(slab.cast(), Layout::new::<Slab>());
                return null_mut();
            }
            slab.write(Slab {
                memory,
                cold: Cell::new(u32::MAX),
                next: Cell::new(null_mut()),
                before: Cell::new(null_mut()),
            });
            slab
        }
    }
}

fn memory_layout() -> Layout {
    // SAFETY: the alignment is a power of two, and the size does not overflow.
    unsafe { Layout::from_size_align_unchecked(SPANS as usize * ALIGN, ALIGN) }
}
