//! Blocks of the smallest hash part, kept for reuse.
//!
//! Most tables of most programs have a few fields and a short life. A collection
//! frees their blocks by the hundred, which the global allocator merges and then
//! cuts again; a short list of free ones saves about a third of an object's cost.

#![expect(unsafe_code, reason = "hands out raw blocks")]

use crate::alloc::parts::{alloc, dealloc};
use std::alloc::Layout;
use std::cell::Cell;
use std::ptr::null_mut;

/// Most blocks kept by one thread: some 90 KB.
const MOST: usize = 512;

struct Pool {
    /// The first free block; each begins with the address of the next.
    first: Cell<*mut u8>,
    count: Cell<usize>,
    /// Of all blocks in the list.
    layout: Cell<Option<Layout>>,
}

thread_local! {
    static POOL: Pool = const {
        Pool { first: Cell::new(null_mut()), count: Cell::new(0), layout: Cell::new(None) }
    };
}

impl Drop for Pool {
    fn drop(&mut self) {
        let Some(layout) = self.layout.get() else { return };
        while let Some(block) = self.take() {
            // SAFETY: blocks in the list came from the global allocator with this layout.
            unsafe { dealloc(block, layout) };
        }
    }
}

impl Pool {
    #[inline]
    fn take(&self) -> Option<*mut u8> {
        let block = self.first.get();
        if block.is_null() {
            return None;
        }
        // SAFETY: a block in the list is unused and begins with the address of the next.
        self.first.set(unsafe { *block.cast::<*mut u8>() });
        self.count.set(self.count.get() - 1);
        Some(block)
    }

    #[inline]
    fn put(&self, block: *mut u8, layout: Layout) -> bool {
        if self.count.get() == MOST {
            return false;
        }
        self.layout.set(Some(layout));
        // SAFETY: the caller gives up the block; it is large and aligned enough for a pointer.
        unsafe { *block.cast::<*mut u8>() = self.first.get() };
        self.first.set(block);
        self.count.set(self.count.get() + 1);
        true
    }
}

/// Returns a block of the one layout this pool is for, or null.
///
/// # Safety
/// As [`alloc`], and `layout` is the same in all calls of this module.
#[inline]
pub(super) unsafe fn take(layout: Layout) -> *mut u8 {
    match POOL.try_with(Pool::take) {
        Ok(Some(block)) => block,
        // SAFETY: by this function's own contract.
        _ => unsafe { alloc(layout) },
    }
}

/// Gives a block back.
///
/// # Safety
/// The block came from [`take`] with the same layout, which has room for a
/// pointer and its alignment, and nothing uses it any more.
#[inline]
pub(super) unsafe fn put(block: *mut u8, layout: Layout) {
    if !POOL.try_with(|pool| pool.put(block, layout)).unwrap_or(false) {
        // SAFETY: by this function's own contract; the global allocator made it.
        unsafe { dealloc(block, layout) };
    }
}
