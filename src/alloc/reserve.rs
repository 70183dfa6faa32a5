//! What happens when the system has no more memory.
//!
//! Large requests of scripts can be refused: `not enough memory`. Small objects cannot,
//! since the collector's `Gc::new` has no way to fail. So the allocator holds a block
//! back, gives it up when the system refuses, and says that memory is short: the next
//! request that a script makes of its account is then refused, before it takes anything.
//! A collection follows. If the block can be had again, the request is tried again; if
//! only a smaller one can, the script gets its error and what is left to act upon it.
//!
//! But for its first word the block is never touched: it takes address space, no memory.

#![expect(unsafe_code, reason = "holds a raw block")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// The least that is held back: enough for a slab.
const LEAST: usize = 4 * 1024 * 1024;
/// The most.
const MOST: usize = 256 * 1024 * 1024;
/// The part of a heap that is held back: a collection needs up to 16 bytes for each
/// object of about a hundred, and what is being built must still be finished.
const PART: usize = 6;

/// The allocator is in use in this process.
static INSTALLED: AtomicBool = AtomicBool::new(false);
/// The block, which begins with its size; whoever swaps it out owns it.
static BLOCK: AtomicPtr<usize> = AtomicPtr::new(null_mut());
/// Bytes that were wanted last.
static WANTED: AtomicUsize = AtomicUsize::new(LEAST);
static SHORT: AtomicBool = AtomicBool::new(false);
/// The block had the size that was wanted.
static WHOLE: AtomicBool = AtomicBool::new(true);

/// Notes that the allocator is in use.
pub(super) fn install() {
    INSTALLED.store(true, Ordering::Relaxed);
}

/// Tells whether the system has refused memory and not got over it.
#[inline(always)]
pub(crate) fn is_short() -> bool {
    SHORT.load(Ordering::Relaxed)
}

/// Holds back what a heap of so many bytes needs, or tries to. Called after
/// collections.
pub(crate) fn keep(heap: usize) {
    if !INSTALLED.load(Ordering::Relaxed) {
        return;
    }
    let wanted = (heap / PART).clamp(LEAST, MOST);
    let before = WANTED.load(Ordering::Relaxed);
    if wanted <= before && !BLOCK.load(Ordering::Relaxed).is_null() {
        return;
    }
    // A power of two: it does not grow with each collection, and it never shrinks.
    let bytes = if wanted > before { wanted.next_power_of_two() } else { before };
    WANTED.store(bytes, Ordering::Relaxed);
    release(BLOCK.swap(null_mut(), Ordering::AcqRel));
    // When that is not there, what is there will do for those who clean up; see `is_whole`.
    let mut size = bytes;
    let mut block = make(size);
    while block.is_null() && size > LEAST {
        size /= 2;
        block = make(size);
    }
    WHOLE.store(size == bytes && !block.is_null(), Ordering::Relaxed);
    if !block.is_null() {
        release(BLOCK.swap(block, Ordering::AcqRel));
        SHORT.store(false, Ordering::Relaxed);
    }
}

/// Tells whether all could be held back that was wanted last: if not, whoever was
/// refused should not try the same again.
pub(crate) fn is_whole() -> bool {
    WHOLE.load(Ordering::Relaxed)
}

fn make(bytes: usize) -> *mut usize {
    let Ok(layout) = layout(bytes) else { return null_mut() };
    // SAFETY: the layout has a size, that of at least one word.
    unsafe {
        let block = System.alloc(layout).cast::<usize>();
        if !block.is_null() {
            block.write(bytes);
        }
        block
    }
}

/// Frees a block that was swapped out.
fn release(block: *mut usize) {
    if block.is_null() {
        return;
    }
    // SAFETY: the block was made by `keep` and begins with its size; whoever swapped it
    // out is the only one to have it.
    unsafe {
        if let Ok(layout) = layout(block.read()) {
            System.dealloc(block.cast(), layout);
        }
    }
}

fn layout(bytes: usize) -> Result<Layout, std::alloc::LayoutError> {
    Layout::from_size_align(bytes, align_of::<usize>())
}

/// Gives the block up for a request of `size` bytes. Tells whether that may help: the
/// large ones have to be refused.
fn give_up(size: usize) -> bool {
    if size > WANTED.load(Ordering::Relaxed) {
        return false;
    }
    let block = BLOCK.swap(null_mut(), Ordering::AcqRel);
    SHORT.store(true, Ordering::Relaxed);
    release(block);
    !block.is_null()
}

/// Allocates what the system has refused, if what is held back is enough.
///
/// # Safety
/// As [`GlobalAlloc::alloc`].
#[cold]
pub(super) unsafe fn alloc(layout: Layout) -> *mut u8 {
    // SAFETY: as the caller says.
    if give_up(layout.size()) { unsafe { System.alloc(layout) } } else { null_mut() }
}

/// Resizes what the system has refused to resize, if what is held back is enough.
///
/// # Safety
/// As [`GlobalAlloc::realloc`].
#[cold]
pub(super) unsafe fn realloc(block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    // SAFETY: as the caller says.
    if give_up(size) { unsafe { System.realloc(block, layout, size) } } else { null_mut() }
}
