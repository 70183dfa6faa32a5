//! Blocks of tables: small ones from the lists of small blocks, whatever the program's
//! allocator is, so that scripts are as fast in an embedder's program as in the command.
//! Larger ones are the program's allocator's.

#![expect(unsafe_code, reason = "passes raw blocks on")]

use super::{LISTS, SmallBlocks, class_of, heap, is_small, trim};
use std::alloc::{GlobalAlloc, Layout};
use std::cell::RefCell;

#[cfg(test)]
mod tests;

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

/// Gives the system 32 KiB of this thread's free memory for small blocks, if there is more of it
/// than `room` bytes and 1 MiB. Tells whether there was.
pub(crate) fn trim(room: usize) -> bool {
    let heap = LISTS.with(|lists| lists.heap.get());
    // SAFETY: this thread holds its heap; heaps are never freed.
    unsafe { heap.as_ref() }.is_some_and(|heap| heap.trim(room))
}

/// Tells whether a block of so many bytes is resized without being copied: the system maps its
/// pages elsewhere.
pub(crate) fn remaps(bytes: usize) -> bool {
    bytes >= trim::MAPPED && trim::is_prepared()
}

/// Bytes that are given back at once: whole pages everywhere.
const PIECE: usize = 64 * 1024;
/// The system takes parts of a block.
const IN_PARTS: bool = cfg!(target_os = "linux");

/// Large blocks that are not used any more: their memory goes back to the system bit by bit, since
/// that takes time, too. Where the system takes no parts of a block they are freed at once.
#[derive(Debug, Default)]
pub(crate) struct Leaving(Vec<Left>);

/// A block, of which only the first bytes still take memory.
#[derive(Debug)]
struct Left {
    block: *mut u8,
    layout: Layout,
    rest: usize,
}

thread_local! {
    /// Where large blocks go, if they are not to be freed at once.
    static LEAVING: RefCell<Option<Leaving>> = const { RefCell::new(None) };
}

/// Frees a block, or lets it go bit by bit, if it is so large that the system maps it for itself:
/// smaller ones are freed in no time, and in their order, so that heaps stay in one piece.
///
/// # Safety
/// As [`dealloc`].
#[inline]
pub(crate) unsafe fn leave(block: *mut u8, layout: Layout) {
    // SAFETY: as the caller says.
    unsafe {
        if layout.size() >= trim::MAPPED {
            leave_large(block, layout);
        } else {
            dealloc(block, layout);
        }
    }
}

/// As [`leave`], for a large block.
///
/// # Safety
/// As [`dealloc`].
#[cold]
unsafe fn leave_large(block: *mut u8, layout: Layout) {
    // Not there any more when a thread ends.
    let taken = LEAVING.try_with(|leaving| {
        let mut leaving = leaving.borrow_mut();
        let Some(Leaving(all)) = leaving.as_mut().filter(|_| IN_PARTS) else { return false };
        let room = all.try_reserve(1).is_ok();
        if room {
            all.push(Left { block, layout, rest: layout.size() });
        }
        room
    });
    if taken != Ok(true) {
        // SAFETY: as the caller says.
        unsafe { dealloc(block, layout) };
    }
}

impl Leaving {
    /// Does something, and takes the large blocks that are left meanwhile.
    pub(crate) fn during<R>(&mut self, work: impl FnOnce() -> R) -> R {
        struct Lent<'a>(&'a mut Leaving, Option<Leaving>);
        impl Drop for Lent<'_> {
            fn drop(&mut self) {
                *self.0 = LEAVING.replace(self.1.take()).unwrap_or_default();
            }
        }
        let before = LEAVING.replace(Some(std::mem::take(self)));
        let _lent = Lent(self, before);
        work()
    }

    /// Takes over what another one has.
    pub(crate) fn append(&mut self, mut other: Leaving) {
        self.0.append(&mut other.0);
    }

    /// Gives about so many bytes back, if there are any.
    #[inline]
    pub(crate) fn give_back(&mut self, bytes: usize) {
        if !self.0.is_empty() {
            self.give_some_back(bytes);
        }
    }

    #[cold]
    fn give_some_back(&mut self, mut bytes: usize) {
        while let Some(left) = self.0.last_mut() {
            if left.rest > bytes.max(PIECE) {
                left.forget(bytes);
                return;
            }
            bytes = bytes.saturating_sub(left.rest);
            // SAFETY: the block was handed over, and is nobody else's.
            unsafe { dealloc(left.block, left.layout) };
            self.0.pop();
            if bytes == 0 {
                return;
            }
        }
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.give_back(usize::MAX);
    }
}

impl Left {
    /// Lets the system have about so many of the last bytes, less than there are.
    fn forget(&mut self, bytes: usize) {
        let start = self.block.addr();
        let end = (start + self.rest) & !(PIECE - 1);
        let from = ((start + self.rest - bytes) & !(PIECE - 1)).max(start.next_multiple_of(PIECE));
        if from < end {
            // SAFETY: whole pages within the block, which nobody reads any more.
            unsafe { trim::forget(self.block.add(from - start), end - from) };
        }
        self.rest = from - start;
    }
}
