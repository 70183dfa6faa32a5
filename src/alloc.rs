//! An allocator for programs that run many scripts: per-thread lists of small
//! blocks over the system's allocator.
//!
//! The collector frees every dead object by itself, so a script that makes many
//! small objects spends much of its time in the host's allocator. The `moonfuel`
//! command installs this one; an embedder may do the same. Small blocks of tables come from
//! it in any case (`parts`). Nothing a script can
//! see depends on it: memory limits count logical bytes.
//!
//! Small blocks are cut from spans (`span`): aligned pieces of memory with blocks of
//! one size class; spans are parts of slabs (`slab`). A span without live blocks goes back
//! to all classes, and to the system when there are many. Each thread owns its spans through a heap (`heap`); a
//! block freed by another thread goes to a list of the owner's. What the system's
//! allocator holds back of freed memory is returned by `trim`; what happens when the
//! system has no more memory says `reserve`. Pages of code are forgotten by `code`.

#![expect(unsafe_code, reason = "an allocator hands out raw blocks")]

#[cfg(feature = "cli")]
mod code;
mod heap;
pub(crate) mod parts;
pub(crate) mod reserve;
mod slab;
mod span;
mod trim;

#[cfg(feature = "cli")]
pub(crate) use code::{Code, give_back_code};
use heap::Heap;
use span::Span;
use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::ptr::null_mut;
pub(crate) use trim::{forget, give_back_all};

/// Sizes are rounded up to multiples of this, which is also the strictest
/// alignment served from the lists.
const GRAIN: usize = 16;
/// The largest block served from the lists.
const LARGEST: usize = 512;
/// Classes by size in grains; class 0, for blocks without bytes, is never used.
const CLASSES: usize = LARGEST / GRAIN + 1;

/// What a thread reaches without a detour.
struct Lists {
    /// First block of each class to be handed out; it begins with the next one's address.
    /// They are blocks of one span, which counts them as live.
    free: [Cell<*mut u8>; CLASSES],
    /// The thread's heap, once it has one.
    heap: Cell<*mut Heap>,
}

thread_local! {
    static LISTS: Lists = const {
        Lists { free: [const { Cell::new(null_mut()) }; CLASSES], heap: Cell::new(null_mut()) }
    };
}

/// A [`GlobalAlloc`] that keeps small blocks in per-thread lists.
///
/// Memory of small blocks is shared by sizes in pieces of 32 KiB: one live block of 16
/// to 512 bytes can hold a whole piece. Each thread keeps as many empty pieces as are in use,
/// or as a session that works there has bytes alive, and 1 MiB of them in any case; the rest is
/// given back, and after a collection of a session's also what its limit leaves no room for. When
/// a thread ends, its heap waits for the next one.
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: moonfuel::alloc::SmallBlocks = moonfuel::alloc::SmallBlocks;
/// assert_eq!(vec![1, 2, 3].len(), 3);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SmallBlocks;

#[inline(always)]
fn is_small(layout: &Layout) -> bool {
    // Where uses of what was freed are looked for, each block is one of the system's.
    !cfg!(moonfuel_checked) && layout.size() <= LARGEST && layout.align() <= GRAIN
}

#[inline(always)]
fn class_of(layout: &Layout) -> usize {
    layout.size().div_ceil(GRAIN).max(1)
}

// SAFETY: small blocks are `GRAIN`-aligned pieces of spans, of at least the size asked for,
// each in one list or in use (see `span`); a block's class follows from its layout, which is
// the same at allocation and release. Everything else is the system allocator's.
unsafe impl GlobalAlloc for SmallBlocks {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !is_small(&layout) {
            // SAFETY: the caller's contract.
            return unsafe { trim::alloc(layout) };
        }
        let class = class_of(&layout);
        LISTS.with(|lists| {
            let block = lists.free[class].get();
            if block.is_null() {
                return heap::refill(lists, class, true);
            }
            // SAFETY: a free block begins with the address of the next free one.
            lists.free[class].set(unsafe { block.cast::<*mut u8>().read() });
            block
        })
    }

    // SAFETY: the trait's contract: a block of this allocator, with its layout.
    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !is_small(&layout) {
            // SAFETY: the caller's contract.
            return unsafe { trim::dealloc(block, layout) };
        }
        let heap = LISTS.with(|lists| lists.heap.get());
        // SAFETY: the block lies in a span, which lives as long as the block does.
        unsafe {
            let span = Span::of(block);
            if (*span).owner() == heap {
                Span::put(span, block);
            } else {
                heap::give(span, block);
            }
        }
    }

    // SAFETY: as for `dealloc`.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(new) = Layout::from_size_align(size, layout.align()) else { return null_mut() };
        match (is_small(&layout), is_small(&new)) {
            // SAFETY: the caller's contract; both blocks are the system's.
            (false, false) => return unsafe { trim::realloc(block, layout, size) },
            (true, true) if class_of(&layout) == class_of(&new) => return block,
            _ => {}
        }
        // SAFETY: the caller's contract; the copy is of the shorter length of two blocks.
        unsafe {
            let moved = self.alloc(new);
            if !moved.is_null() {
                std::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests;
