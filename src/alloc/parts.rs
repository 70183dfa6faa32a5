//! Blocks of tables: small ones from the lists of small blocks, whatever the program's
//! allocator is, so that scripts are as fast in an embedder's program as in the command.
//! Larger ones are the program's allocator's.

#![expect(unsafe_code, reason = "passes raw blocks on")]

use super::{LISTS, SmallBlocks, class_of, heap, is_small};
use std::alloc::{GlobalAlloc, Layout};

/// Allocates a block; null if the system has no memory.
///
/// # Safety
/// The layout has a size.
#[inline]
pub(crate) unsafe fn alloc(layout: Layout) -> *mut u8 {
    if !is_small(&layout) {
        // SAFETY: as the caller says.
        return unsafe { std::alloc::alloc(layout) };
    }
    let class = class_of(&layout);
    LISTS.with(|lists| {
        let block = lists.free[class].get();
        if block.is_null() {
            return heap::refill(lists, class, false);
        }
        // SAFETY: a free block begins with the address of the next free one.
        lists.free[class].set(unsafe { block.cast::<*mut u8>().read() });
        block
    })
}

/// Frees a block.
///
/// # Safety
/// It came from [`alloc`] or [`realloc`] with this layout, and nothing uses it any more.
#[inline]
pub(crate) unsafe fn dealloc(block: *mut u8, layout: Layout) {
    // SAFETY: as the caller says: small ones came from the lists.
    unsafe {
        if is_small(&layout) {
            SmallBlocks.dealloc(block, layout);
        } else {
            std::alloc::dealloc(block, layout);
        }
    }
}

/// Resizes a block; null if the system has no memory, and then the block is as it was.
///
/// # Safety
/// As [`dealloc`]; `size` is not 0 and does not overflow with the layout's alignment.
pub(crate) unsafe fn realloc(block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    let Ok(new) = Layout::from_size_align(size, layout.align()) else {
        return std::ptr::null_mut();
    };
    match (is_small(&layout), is_small(&new)) {
        // SAFETY: as the caller says.
        (false, false) => return unsafe { std::alloc::realloc(block, layout, size) },
        (true, true) if class_of(&layout) == class_of(&new) => return block,
        _ => {}
    }
    // SAFETY: as the caller says; the copy is of the shorter length of two blocks.
    unsafe {
        let moved = alloc(new);
        if !moved.is_null() {
            std::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
            dealloc(block, layout);
        }
        moved
    }
}
