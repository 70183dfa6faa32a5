//! The system's allocator, made to give back what was freed.
//!
//! The C library keeps freed memory below its highest live block for requests of its
//! own, and takes new memory for those that do not fit into the gaps: after many
//! blocks of one size, a heap of others comes on top. So this counts what was freed and
//! not used again, and has the C library return it when new memory is taken all the
//! same. Blocks of a MiB and more have a mapping of their own, so that freeing them
//! gives them back; the C library would stop doing that after the first one was freed.
//! Where there are no such calls (`malloc_trim` and `mallopt` are glibc's) nothing happens.

#![expect(unsafe_code, reason = "passes raw blocks on")]

use super::reserve;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Freed bytes that may stay unused while new memory is taken.
const WASTE: usize = 2 * 1024 * 1024;
/// Blocks of this size show where memory comes from; smaller ones are many.
const WATCHED: usize = 32 * 1024;
/// When so many bytes of new memory have been taken, and each time they have doubled, pages
/// of code are given back.
#[cfg(feature = "cli")]
const GROWN: usize = 512 * 1024;
/// Blocks of so many bytes have mappings of their own.
pub(super) const MAPPED: usize = 1024 * 1024;
/// Addresses farther apart do not belong to the same growing heap.
const FAR: usize = match 1_usize.checked_shl(36) {
    Some(far) => far,
    None => usize::MAX,
};

/// What one thread has seen. Guesses: a thread may free what another one allocated.
struct Seen {
    /// Bytes freed and not allocated again.
    freed: Cell<usize>,
    /// The part of the address space that watched blocks came from before.
    low: Cell<usize>,
    high: Cell<usize>,
    /// Bytes of new memory.
    taken: Cell<usize>,
}

thread_local! {
    static SEEN: Seen = const {
        Seen { freed: Cell::new(0), low: Cell::new(0), high: Cell::new(0), taken: Cell::new(0) }
    };
}

impl Seen {
    fn allocated(&self, block: *mut u8, size: usize) {
        if size >= WATCHED && (size >= MAPPED || self.is_new(block.addr(), size)) {
            self.new_memory(size);
            return;
        }
        self.freed.set(self.freed.get().saturating_sub(size));
    }

    fn new_memory(&self, size: usize) {
        let before = self.taken.get();
        self.taken.set(before.saturating_add(size));
        #[cfg(feature = "cli")]
        if (self.taken.get() / GROWN).checked_ilog2() > (before / GROWN).checked_ilog2() {
            super::code::forget_code();
        }
        if self.freed.get() >= WASTE {
            self.freed.set(0);
            give_back();
        }
    }

    /// Tells whether a block is outside of what was seen, which it then widens.
    fn is_new(&self, start: usize, size: usize) -> bool {
        let (low, high, end) = (self.low.get(), self.high.get(), start + size);
        if high == 0 {
            self.low.set(start);
            self.high.set(end);
            return true;
        }
        if start >= low && end <= high {
            return false;
        }
        if start > low && start - low < FAR {
            self.high.set(end);
        } else if start < low && low - start < FAR {
            self.low.set(start);
        }
        true
    }

    fn freed(&self, size: usize) {
        if size < MAPPED {
            self.freed.set(self.freed.get() + size);
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]
mod system {
    use super::MAPPED;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// glibc's numbers of the parameters.
    const M_TRIM_THRESHOLD: i32 = -1;
    const M_MMAP_THRESHOLD: i32 = -3;

    // SAFETY: these are glibc's functions with their types; they take any numbers.
    unsafe extern "C" {
        safe fn malloc_trim(pad: usize) -> i32;
        safe fn mallopt(parameter: i32, value: i32) -> i32;
    }

    static PREPARED: AtomicBool = AtomicBool::new(false);

    pub(in crate::alloc) fn prepare() {
        PREPARED.store(true, Ordering::Relaxed);
        mallopt(M_MMAP_THRESHOLD, MAPPED as i32);
        mallopt(M_TRIM_THRESHOLD, 2 * MAPPED as i32);
    }

    pub(in crate::alloc) fn is_prepared() -> bool {
        PREPARED.load(Ordering::Relaxed)
    }

    pub(super) fn give_back() {
        malloc_trim(0);
    }
}

/// Has the C library give back what was freed on any thread: after much of it at once.
pub(crate) fn give_back_all() {
    if is_prepared() {
        give_back();
    }
}

/// Lets the system have the memory of some pages; they read as anything afterwards.
///
/// # Safety
/// Whole pages of a block of the caller's, which nothing reads before it is written.
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) unsafe fn forget(pages: *mut u8, bytes: usize) {
    const MADV_DONTNEED: i32 = 4;
    // SAFETY: the system's function with its types.
    unsafe extern "C" {
        fn madvise(address: *mut u8, length: usize, advice: i32) -> i32;
    }
    // SAFETY: as the caller says; a refusal changes nothing.
    unsafe { madvise(pages, bytes, MADV_DONTNEED) };
}

/// Has the bytes be those of memory that was never written, which Miri knows from others: the
/// system's call is none of its.
///
/// # Safety
/// As above.
#[cfg(miri)]
pub(crate) unsafe fn forget(pages: *mut u8, bytes: usize) {
    use std::mem::MaybeUninit;
    const PIECE: usize = 4096;
    for at in (0..bytes / PIECE * PIECE).step_by(PIECE) {
        // SAFETY: as the caller says.
        unsafe { pages.add(at).cast::<MaybeUninit<[u8; PIECE]>>().write(MaybeUninit::uninit()) };
    }
}

/// Does nothing here.
///
/// # Safety
/// None is needed.
#[cfg(not(any(target_os = "linux", miri)))]
pub(crate) unsafe fn forget(_pages: *mut u8, _bytes: usize) {}

/// Notes that so many bytes are taken from the system by touching them.
pub(super) fn new_memory(bytes: usize) {
    SEEN.with(|seen| seen.new_memory(bytes));
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", not(miri))))]
mod system {
    pub(in crate::alloc) fn prepare() {}

    pub(in crate::alloc) fn is_prepared() -> bool {
        false
    }

    pub(super) fn give_back() {}
}

use system::give_back;
/// Tells the C library what is said above, once; and whether it was told.
pub(super) use system::{is_prepared, prepare};

/// Allocates a block.
///
/// # Safety
/// As [`GlobalAlloc::alloc`].
#[inline]
pub(super) unsafe fn alloc(layout: Layout) -> *mut u8 {
    // SAFETY: as the caller says.
    let block = unsafe { System.alloc(layout) };
    if block.is_null() {
        // SAFETY: as the caller says.
        return unsafe { reserve::alloc(layout) };
    }
    SEEN.with(|seen| seen.allocated(block, layout.size()));
    block
}

/// Frees a block.
///
/// # Safety
/// As [`GlobalAlloc::dealloc`], for a block of [`alloc`] or [`realloc`].
#[inline]
pub(super) unsafe fn dealloc(block: *mut u8, layout: Layout) {
    SEEN.with(|seen| seen.freed(layout.size()));
    // SAFETY: as the caller says.
    unsafe { System.dealloc(block, layout) };
}

/// Resizes a block.
///
/// # Safety
/// As [`GlobalAlloc::realloc`], for a block of [`alloc`] or [`realloc`].
pub(super) unsafe fn realloc(block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    let old = block.addr();
    // SAFETY: as the caller says.
    let moved = unsafe { System.realloc(block, layout, size) };
    if moved.is_null() {
        // SAFETY: as the caller says: the old block is still there.
        return unsafe { reserve::realloc(block, layout, size) };
    }
    SEEN.with(|seen| {
        seen.freed(layout.size());
        if moved.addr() == old {
            seen.freed.set(seen.freed.get().saturating_sub(size));
        } else {
            seen.allocated(moved, size);
        }
    });
    moved
}
