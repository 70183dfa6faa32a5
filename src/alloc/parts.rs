//! Blocks of tables: small ones from the lists of small blocks, whatever the program's
//! allocator is, so that scripts are as fast in an embedder's program as in the command.
//! Larger ones are the program's allocator's.

#![expect(unsafe_code, reason = "passes raw blocks on")]

use super::heap::Heap;
use super::{LISTS, SmallBlocks, class_of, heap, trim};
use std::alloc::{GlobalAlloc, Layout};
use std::cell::RefCell;

#[cfg(test)]
mod tests;

/// Tells whether a block comes from the lists. Miri knows where blocks of the system's begin and
/// end, and which are freed.
#[inline(always)]
fn is_small(layout: &Layout) -> bool {
    !cfg!(miri) && super::is_small(layout)
}

/// Allocates a block; null if the system has no memory.
///
/// # Safety
/// The layout has a size.
#[inline]
pub(crate) unsafe fn alloc(layout: Layout) -> *mut u8 {
    if !is_small(&layout) {
        // SAFETY: as the caller says.
        return unsafe { alloc_large(layout) };
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

/// As [`alloc`], for blocks that are not small: one that is left is taken again.
///
/// # Safety
/// As [`alloc`].
unsafe fn alloc_large(layout: Layout) -> *mut u8 {
    if layout.size() >= trim::MAPPED
        && let Some(block) = take_left(layout)
    {
        return block;
    }
    // SAFETY: as the caller says.
    unsafe { std::alloc::alloc(layout) }
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
        // A block that has a mapping of its own, and one that is to have none, need no copy, or
        // not here.
        (false, false) if size < trim::MAPPED || layout.size() >= trim::MAPPED => {
            // SAFETY: as the caller says.
            return unsafe { std::alloc::realloc(block, layout, size) };
        }
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
    own_heap(|heap| heap.trim(room)).unwrap_or(false)
}

/// Has so many bytes of this thread's free memory for small blocks stay as they are from now on.
/// Returns how many it was before.
fn want(bytes: usize) -> usize {
    own_heap(|heap| heap.want(bytes)).unwrap_or(0)
}

/// Gives the system this thread's free memory for small blocks, but for as much as is in use or
/// wanted, and 1 MiB.
pub(crate) fn rest() {
    own_heap(Heap::rest);
}

/// Does something with the thread's heap, if it has one.
fn own_heap<R>(work: impl FnOnce(&Heap) -> R) -> Option<R> {
    let heap = LISTS.with(|lists| lists.heap.get());
    // SAFETY: this thread holds its heap; heaps are never freed.
    unsafe { heap.as_ref() }.map(work)
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

/// Large blocks that are not used any more: whoever needs one of the same size takes it again,
/// with the memory it has. Of what is more than may be kept the memory goes back to the system
/// bit by bit, since that takes time, too; where the system takes no parts of a block it is freed
/// at once.
#[derive(Debug, Default)]
pub(crate) struct Leaving {
    /// The one that was left first comes first.
    blocks: Vec<Left>,
    /// Bytes of them that stay.
    keep: usize,
    /// Nothing beyond that waits to be given back.
    at_once: bool,
    /// The address of the heap of the thread on which there was work first, or 0.
    home: usize,
}

/// A block, of which only the first bytes still take memory.
#[derive(Debug)]
struct Left {
    block: *mut u8,
    layout: Layout,
    rest: usize,
    /// Somebody may need one of this size again.
    stays: bool,
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
    unsafe { let_go(block, layout, true) };
}

/// As [`leave`], for a block that somebody has outgrown: it does not stay.
///
/// # Safety
/// As [`dealloc`].
pub(crate) unsafe fn leave_outgrown(block: *mut u8, layout: Layout) {
    // SAFETY: as the caller says.
    unsafe { let_go(block, layout, false) };
}

/// As [`leave`]: the block stays, or does not.
///
/// # Safety
/// As [`dealloc`].
#[inline]
unsafe fn let_go(block: *mut u8, layout: Layout, stays: bool) {
    // SAFETY: as the caller says.
    unsafe {
        if layout.size() >= trim::MAPPED && !cfg!(moonfuel_checked) {
            leave_large(block, layout, stays);
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
unsafe fn leave_large(block: *mut u8, layout: Layout, stays: bool) {
    // Not there any more when a thread ends.
    let taken = LEAVING.try_with(|leaving| match leaving.borrow_mut().as_mut() {
        Some(leaving) => leaving.take(Left { block, layout, rest: layout.size(), stays }),
        None => false,
    });
    if taken != Ok(true) {
        // SAFETY: as the caller says.
        unsafe { dealloc(block, layout) };
    }
}

/// Returns a block that was left, if there is one of this layout: it is nobody else's any more.
#[cold]
fn take_left(layout: Layout) -> Option<*mut u8> {
    let taken = LEAVING.try_with(|leaving| {
        let mut leaving = leaving.borrow_mut();
        let blocks = &mut leaving.as_mut()?.blocks;
        // The one that was left last has the most memory.
        let at = blocks.iter().rposition(|left| left.layout == layout)?;
        Some(blocks.remove(at).block)
    });
    taken.ok().flatten()
}

impl Leaving {
    /// Says how many bytes stay.
    pub(crate) fn keep(&mut self, bytes: usize) {
        self.keep = bytes;
    }

    /// Does something, and takes the large blocks that are left meanwhile; with `at_once` only
    /// those that stay. Of the thread's free memory for small blocks as many bytes stay meanwhile.
    pub(crate) fn during<R>(&mut self, at_once: bool, work: impl FnOnce() -> R) -> R {
        struct Lent<'a>(&'a mut Leaving, Option<Leaving>, usize);
        impl Drop for Lent<'_> {
            fn drop(&mut self) {
                want(self.2);
                *self.0 = LEAVING.replace(self.1.take()).unwrap_or_default();
            }
        }
        self.at_once = at_once;
        let wanted = want(self.wants());
        let before = LEAVING.replace(Some(std::mem::take(self)));
        let _lent = Lent(self, before, wanted);
        work()
    }

    /// Returns how many bytes of free memory for small blocks are to stay on this thread: none if
    /// there was work on another one before. What stays there is given back when there is work
    /// again or a run ends, and a run that moves about would leave some everywhere.
    fn wants(&mut self) -> usize {
        let heap = LISTS.with(|lists| lists.heap.get()).addr();
        if self.home == 0 {
            self.home = heap;
        }
        if self.home == heap { self.keep } else { 0 }
    }

    /// Takes over what another one has.
    pub(crate) fn append(&mut self, mut other: Leaving) {
        self.blocks.append(&mut other.blocks);
        (self.keep, self.home) = (other.keep, other.home);
    }

    /// Takes a block, if it may stay or wait.
    fn take(&mut self, left: Left) -> bool {
        let waits = IN_PARTS && !self.at_once;
        let stays = left.stays && self.bytes_that(|left| left.stays) + left.rest <= self.keep;
        if !waits && !stays {
            return false;
        }
        let room = self.blocks.try_reserve(1).is_ok();
        if room {
            self.blocks.push(left);
        }
        room
    }

    /// Returns the bytes of memory that some blocks have.
    fn bytes_that(&self, are: impl Fn(&Left) -> bool) -> usize {
        self.blocks.iter().filter(|left| are(left)).map(|left| left.rest).sum()
    }

    /// Returns the block whose memory goes next: one that does not stay, or the one that was
    /// left first. And how many of its bytes may go.
    fn next(&self) -> Option<(usize, usize)> {
        if let Some(at) = self.blocks.iter().position(|left| !left.stays) {
            return Some((at, usize::MAX));
        }
        let more = self.bytes_that(|_| true).saturating_sub(self.keep);
        (more > 0).then_some((0, more))
    }

    /// Gives about so many bytes back, if there are more than stay.
    #[inline]
    pub(crate) fn give_back(&mut self, bytes: usize) {
        if !self.blocks.is_empty() {
            self.give_some_back(bytes);
        }
    }

    #[cold]
    fn give_some_back(&mut self, mut bytes: usize) {
        while bytes > 0
            && let Some((at, most)) = self.next()
        {
            let left = &mut self.blocks[at];
            let part = bytes.min(most);
            if IN_PARTS && left.rest > part.max(PIECE) {
                left.forget(part);
                return;
            }
            bytes = bytes.saturating_sub(left.rest);
            // SAFETY: the block was handed over, and is nobody else's.
            unsafe { dealloc(left.block, left.layout) };
            self.blocks.remove(at);
        }
    }

    /// Gives everything back.
    pub(crate) fn give_all_back(&mut self) {
        self.blocks.iter_mut().for_each(|left| left.stays = false);
        self.give_back(usize::MAX);
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.give_all_back();
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
