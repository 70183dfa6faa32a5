//! An allocator for programs that run many scripts: per-thread free lists of
//! small blocks over the system's allocator.
//!
//! The collector frees every dead object by itself, so a script that makes many
//! small objects spends much of its time in the host's allocator. The `moonfuel`
//! command installs this one; an embedder may do the same. Nothing a script can
//! see depends on it: memory limits count logical bytes.

#![expect(unsafe_code, reason = "an allocator hands out raw blocks")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::null_mut;

/// Sizes are rounded up to multiples of this, which is also the strictest
/// alignment served from the lists.
const GRAIN: usize = 16;
/// The largest block served from the lists.
const LARGEST: usize = 512;
/// Bytes asked of the system at a time.
const CHUNK: usize = 128 * 1024;
const CLASSES: usize = LARGEST / GRAIN + 1;

/// One thread's free blocks.
struct Lists {
    /// First free block of each class; a free block begins with the next one's address.
    free: [Cell<*mut u8>; CLASSES],
    /// The part of the last chunk that was never used.
    next: Cell<*mut u8>,
    left: Cell<usize>,
}

thread_local! {
    static LISTS: Lists = const {
        Lists {
            free: [const { Cell::new(null_mut()) }; CLASSES],
            next: Cell::new(null_mut()),
            left: Cell::new(0),
        }
    };
}

/// A [`GlobalAlloc`] that keeps small blocks in per-thread lists. Memory of small
/// blocks is reused by the thread that freed it and not given back to the system,
/// so it suits programs that allocate and free on the same threads.
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: moonfuel::alloc::SmallBlocks = moonfuel::alloc::SmallBlocks;
/// assert_eq!(vec![1, 2, 3].len(), 3);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SmallBlocks;

fn is_small(layout: &Layout) -> bool {
    layout.size() <= LARGEST && layout.align() <= GRAIN
}

impl Lists {
    /// Cuts a block of `size` bytes off the chunk, getting a new one if needed.
    #[cold]
    fn cut(&self, size: usize) -> *mut u8 {
        if self.left.get() < size {
            let Ok(layout) = Layout::from_size_align(CHUNK, GRAIN) else { return null_mut() };
            // SAFETY: the layout has a size.
            let chunk = unsafe { System.alloc(layout) };
            if chunk.is_null() {
                return null_mut();
            }
            // What is left of the old chunk is lost: less than one block of 512 bytes.
            self.next.set(chunk);
            self.left.set(CHUNK);
        }
        let block = self.next.get();
        // SAFETY: `left` says that `size` bytes follow.
        self.next.set(unsafe { block.add(size) });
        self.left.set(self.left.get() - size);
        block
    }
}

// SAFETY: small blocks are `GRAIN`-aligned pieces of chunks, of at least the size asked for,
// each in one list or in use; a block's class follows from its layout, which is the same at
// allocation and release. Everything else is the system allocator's.
unsafe impl GlobalAlloc for SmallBlocks {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !is_small(&layout) {
            // SAFETY: the caller's contract.
            return unsafe { System.alloc(layout) };
        }
        let class = layout.size().div_ceil(GRAIN);
        LISTS.with(|lists| {
            let block = lists.free[class].get();
            if block.is_null() {
                return lists.cut(class.max(1) * GRAIN);
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
            return unsafe { System.dealloc(block, layout) };
        }
        let class = layout.size().div_ceil(GRAIN);
        LISTS.with(|lists| {
            // SAFETY: the block has at least `GRAIN` bytes, is aligned, and is not in use any more.
            unsafe { block.cast::<*mut u8>().write(lists.free[class].get()) };
            lists.free[class].set(block);
        });
    }

    // SAFETY: as for `dealloc`.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_small(&layout) && size > LARGEST {
            // SAFETY: the caller's contract; both blocks are the system's.
            return unsafe { System.realloc(block, layout, size) };
        }
        let Ok(new) = Layout::from_size_align(size, layout.align()) else { return null_mut() };
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
