//! Spans: aligned pieces of memory that hold blocks of one size class at a time.
//!
//! A span begins with its header; a block finds it by rounding its own address down.
//! Invariants, on which all unsafe code of the allocator rests:
//! 1. Only the thread that holds the span's heap touches a header, but for `owner`,
//!    which does not change while the span has live blocks.
//! 2. `live` counts the blocks handed out or waiting in a thread's list; `free` is the
//!    list of the others that were carved, linked through their first words.
//! 3. The first `carved` blocks were handed out at least once; those behind them are
//!    untouched memory.
//! 4. A span is in its heap's ring of its class exactly if `listed`; every span with
//!    free blocks is.

#![expect(unsafe_code, reason = "headers lie in raw memory")]

use super::GRAIN;
use super::heap::Heap;
use super::slab::{ALIGN, Slab};
use std::cell::Cell;
use std::ptr::null_mut;

/// Where the first block begins.
const FIRST: usize = size_of::<Span>().next_multiple_of(GRAIN);

/// The header.
#[repr(C)]
pub(super) struct Span {
    owner: *mut Heap,
    /// The slab it was cut from.
    slab: *mut Slab,
    free: Cell<*mut u8>,
    live: Cell<u32>,
    carved: Cell<u32>,
    /// Blocks that fit.
    room: Cell<u32>,
    class: Cell<u16>,
    listed: Cell<bool>,
    /// The next span in the ring or in the stock, and the one before it.
    pub(super) next: Cell<*mut Span>,
    pub(super) before: Cell<*mut Span>,
}

impl Span {
    /// Writes the header of a new span for `owner`.
    ///
    /// # Safety
    /// `at` is aligned by [`ALIGN`] and has as many bytes that nothing else uses.
    pub(super) unsafe fn write(at: *mut Span, owner: *mut Heap, slab: *mut Slab) {
        let header = Span {
            owner,
            slab,
            free: Cell::new(null_mut()),
            live: Cell::new(0),
            carved: Cell::new(0),
            room: Cell::new(0),
            class: Cell::new(0),
            listed: Cell::new(false),
            next: Cell::new(null_mut()),
            before: Cell::new(null_mut()),
        };
        // SAFETY: as the caller says.
        unsafe { at.write(header) };
    }

    /// Returns the span of a block.
    #[inline(always)]
    pub(super) fn of(block: *mut u8) -> *mut Span {
        block.map_addr(|address| address & !(ALIGN - 1)).cast()
    }

    /// Returns the heap it belongs to.
    #[inline(always)]
    pub(super) fn owner(&self) -> *mut Heap {
        self.owner
    }

    /// Returns the slab it was cut from.
    pub(super) fn slab(&self) -> *mut Slab {
        self.slab
    }

    /// Makes an empty span one of another class.
    pub(super) fn begin(&self, class: usize) {
        self.free.set(null_mut());
        self.live.set(0);
        self.carved.set(0);
        self.room.set(((ALIGN - FIRST) / (class * GRAIN)) as u32);
        self.class.set(class as u16);
    }

    pub(super) fn class(&self) -> usize {
        usize::from(self.class.get())
    }

    pub(super) fn is_listed(&self) -> bool {
        self.listed.get()
    }

    pub(super) fn set_listed(&self, listed: bool) {
        self.listed.set(listed);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.live.get() == 0
    }

    /// Takes a block back on the thread that holds the span's heap.
    ///
    /// # Safety
    /// The span is live and this thread's, the block is one of its live ones, and nothing
    /// uses it any more.
    #[inline(always)]
    pub(super) unsafe fn put(span: *mut Span, block: *mut u8) {
        // SAFETY: as the caller says; a block has at least `GRAIN` bytes.
        unsafe {
            let header = &*span;
            let first = header.free.get();
            block.cast::<*mut u8>().write(first);
            header.free.set(block);
            let live = header.live.get() - 1;
            header.live.set(live);
            if first.is_null() || live == 0 {
                Heap::changed(span);
            }
        }
    }

    /// Takes all free blocks, or carves some: a list of blocks that count as live now.
    /// Null if there are none.
    ///
    /// # Safety
    /// `span` is this thread's.
    pub(super) unsafe fn take(span: *mut Span) -> *mut u8 {
        // SAFETY: as the caller says.
        let header = unsafe { &*span };
        let free = header.free.replace(null_mut());
        if !free.is_null() {
            header.live.set(header.carved.get());
            return free;
        }
        let size = header.class() * GRAIN;
        let from = header.carved.get();
        // Few at a time: memory is touched when it is needed.
        let most = (4096 / size) as u32;
        let to = header.room.get().min(from + most);
        let mut first = null_mut();
        for index in (from..to).rev() {
            // SAFETY: `room` blocks fit behind the header; they are untouched.
            unsafe {
                let block = span.cast::<u8>().add(FIRST + index as usize * size);
                block.cast::<*mut u8>().write(first);
                first = block;
            }
        }
        header.carved.set(to);
        header.live.set(header.live.get() + (to - from));
        first
    }

    /// Tells whether [`Span::take`] would find nothing.
    pub(super) fn is_full(&self) -> bool {
        self.free.get().is_null() && self.carved.get() == self.room.get()
    }
}
