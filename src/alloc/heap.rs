//! A thread's spans. A heap outlives its thread and is then taken over by another one.
//!
//! A heap is held by one thread at a time: `held` is taken by an atomic swap, and only
//! its holder touches anything else, but for `remote`, to which other threads push.

#![expect(unsafe_code, reason = "heaps and spans lie in raw memory")]

use super::slab::{ALIGN, ColdSlabs};
use super::span::Span;
use super::{CLASSES, LISTS, Lists, reserve, trim};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

/// As many empty spans a heap keeps as they are in any case: 1 MiB. Else no more than are in use,
/// or than a session has asked for.
const FREELY_WARM: u32 = 32;
/// Empty spans whose memory is given back when one more is empty and there are too many: more
/// than one, so that they become fewer.
const COOLED: u32 = 2;
/// Blocks freed to heaps without a thread before one of these is tidied up.
const TIDY: u32 = 64;

/// The spans of one thread.
pub(super) struct Heap {
    /// Blocks that other threads freed, linked through their first words.
    remote: AtomicPtr<u8>,
    /// A thread uses the heap.
    held: AtomicBool,
    /// Blocks freed since the last thread ended.
    late: AtomicU32,
    /// The next of all heaps.
    next: AtomicPtr<Heap>,
    /// One ring of spans with free or untouched blocks for each class.
    rings: [Cell<*mut Span>; CLASSES],
    /// The stock: spans without live blocks that were used last.
    warm: Cell<*mut Span>,
    warm_count: Cell<u32>,
    /// As many of them stay: what a session asks for while it runs.
    wanted: Cell<u32>,
    /// Slabs with other spans without live blocks.
    cold: ColdSlabs,
    /// Spans that are not cold.
    pub(super) spans: Cell<u32>,
}

/// All heaps there ever were; they are never freed.
static HEAPS: AtomicPtr<Heap> = AtomicPtr::new(null_mut());

/// Lets go of the thread's heap when the thread ends.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        LISTS.with(leave);
    }
}

thread_local! {
    static GUARD: RefCell<Option<Guard>> = const { RefCell::new(None) };
}

/// Returns a block of a class whose list is empty, after having filled that. `global`: for
/// the program's allocator, not only for tables.
#[cold]
#[inline(never)]
pub(super) fn refill(lists: &Lists, class: usize, global: bool) -> *mut u8 {
    if lists.heap.get().is_null() {
        let Some(heap) = Heap::acquire(global) else { return null_mut() };
        lists.heap.set(heap);
        // The guard is registered with the thread, which may allocate: the heap is there.
        let guarded = GUARD.try_with(|guard| guard.replace(Some(Guard))).is_ok();
        if !guarded {
            // The thread is ending: nobody would let go of the heap later.
            // SAFETY: this thread holds the heap.
            let block = unsafe { (*heap).take(class) };
            let block = keep_first(lists, class, block);
            leave(lists);
            return block;
        }
    }
    // SAFETY: this thread holds the heap.
    let block = unsafe { (*lists.heap.get()).take(class) };
    keep_first(lists, class, block)
}

/// Hands out the first block of a list and keeps the others.
fn keep_first(lists: &Lists, class: usize, block: *mut u8) -> *mut u8 {
    if !block.is_null() {
        // SAFETY: blocks in the list begin with the address of the next one.
        lists.free[class].set(unsafe { block.cast::<*mut u8>().read() });
    }
    block
}

/// Gives the thread's lists back to their spans and lets go of its heap.
fn leave(lists: &Lists) {
    let heap = lists.heap.replace(null_mut());
    if heap.is_null() {
        return;
    }
    for list in &lists.free {
        let mut block = list.replace(null_mut());
        while !block.is_null() {
            // SAFETY: blocks in a thread's list are live ones of its heap's spans.
            unsafe {
                let next = block.cast::<*mut u8>().read();
                Span::put(Span::of(block), block);
                block = next;
            }
        }
    }
    // SAFETY: this thread holds the heap until the last line.
    unsafe {
        (*heap).drain();
        (*heap).cool(0);
        (*heap).held.store(false, Ordering::Release);
    }
}

/// Takes a block back on a thread that does not hold its span's heap.
///
/// # Safety
/// The block is a live one of the span, and nothing uses it any more.
#[cold]
#[inline(never)]
pub(super) unsafe fn give(span: *mut Span, block: *mut u8) {
    // SAFETY: the span lives, since the block does, and heaps are never freed.
    let heap = unsafe { &*(*span).owner() };
    let mut first = heap.remote.load(Ordering::Relaxed);
    loop {
        // SAFETY: the block is nobody's now.
        unsafe { block.cast::<*mut u8>().write(first) };
        match heap.remote.compare_exchange_weak(first, block, Ordering::Release, Ordering::Relaxed)
        {
            Ok(_) => break,
            Err(now) => first = now,
        }
    }
    // Nobody else would look after a heap whose thread has ended.
    if !heap.held.load(Ordering::Relaxed)
        && heap.late.fetch_add(1, Ordering::Relaxed) % TIDY == TIDY - 1
        && heap.hold()
    {
        heap.drain();
        heap.cool(0);
        heap.held.store(false, Ordering::Release);
    }
}

impl Heap {
    fn hold(&self) -> bool {
        !self.held.swap(true, Ordering::Acquire)
    }

    /// Takes over a heap without a thread, or makes one.
    fn acquire(global: bool) -> Option<*mut Heap> {
        let mut heap = HEAPS.load(Ordering::Acquire);
        while !heap.is_null() {
            // SAFETY: heaps are never freed.
            let candidate = unsafe { &*heap };
            if !candidate.held.load(Ordering::Relaxed) && candidate.hold() {
                return Some(heap);
            }
            heap = candidate.next.load(Ordering::Relaxed);
        }
        Heap::make(global)
    }

    fn make(global: bool) -> Option<*mut Heap> {
        // What a program's own allocator does is none of our business.
        if global && HEAPS.load(Ordering::Relaxed).is_null() {
            reserve::install();
            trim::prepare();
        }
        // SAFETY: the layout has a size.
        let heap = unsafe { System.alloc(Layout::new::<Heap>()) }.cast::<Heap>();
        if heap.is_null() {
            return None;
        }
        let new = Heap {
            remote: AtomicPtr::new(null_mut()),
            held: AtomicBool::new(true),
            late: AtomicU32::new(0),
            next: AtomicPtr::new(null_mut()),
            rings: [const { Cell::new(null_mut()) }; CLASSES],
            warm: Cell::new(null_mut()),
            warm_count: Cell::new(0),
            wanted: Cell::new(0),
            cold: ColdSlabs::new(),
            spans: Cell::new(0),
        };
        // SAFETY: the block was made for a heap; nobody else knows it yet.
        let made = unsafe {
            heap.write(new);
            &*heap
        };
        let mut first = HEAPS.load(Ordering::Relaxed);
        loop {
            made.next.store(first, Ordering::Relaxed);
            match HEAPS.compare_exchange_weak(first, heap, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return Some(heap),
                Err(now) => first = now,
            }
        }
    }

    /// Returns a list of blocks of a class, which count as live; null if the system
    /// refuses. The caller holds the heap, here and below.
    fn take(&self, class: usize) -> *mut u8 {
        self.drain();
        let mut span = self.rings[class].get();
        if span.is_null() {
            span = self.new_span();
            if span.is_null() {
                return null_mut();
            }
            // SAFETY: an empty span of this heap.
            unsafe {
                (*span).begin(class);
                self.list(span);
            }
        }
        // SAFETY: a span of this heap that has free or untouched blocks.
        unsafe {
            let blocks = Span::take(span);
            if (*span).is_full() {
                self.unlist(span);
            }
            blocks
        }
    }

    fn new_span(&self) -> *mut Span {
        let span = self.warm.get();
        if !span.is_null() {
            // SAFETY: it is in the stock.
            unsafe { self.leave_stock(span) };
            return span;
        }
        let (span, slab) = self.cold.take();
        let span = span.cast::<Span>();
        if !span.is_null() {
            // SAFETY: a cold span is memory of this size and alignment.
            unsafe { Span::write(span, std::ptr::from_ref(self).cast_mut(), slab) };
            self.spans.set(self.spans.get() + 1);
        }
        span
    }

    /// Puts a span that got its first free block into its ring, and takes one that lost
    /// its last live block out of it.
    ///
    /// # Safety
    /// The span is this thread's.
    #[cold]
    #[inline(never)]
    pub(super) unsafe fn changed(span: *mut Span) {
        // SAFETY: as the caller says; the span's heap lives.
        unsafe {
            let heap = &*(*span).owner();
            if !(*span).is_empty() {
                if !(*span).is_listed() {
                    heap.list(span);
                }
                return;
            }
            if (*span).is_listed() {
                heap.unlist(span);
            }
            heap.enter_stock(span);
            // No more than a little at once: whoever frees this block does not wait for all.
            let most = heap.most_warm().max(heap.warm_count.get().saturating_sub(COOLED));
            heap.cool(most);
        }
    }

    /// Returns how many empty spans stay warm.
    fn most_warm(&self) -> u32 {
        let used = self.spans.get() - self.warm_count.get();
        FREELY_WARM.max(used).max(self.wanted.get())
    }

    /// Has empty spans of so many bytes stay warm from now on, and returns how many bytes it was
    /// before.
    pub(super) fn want(&self, bytes: usize) -> usize {
        let spans = u32::try_from(bytes / ALIGN).unwrap_or(u32::MAX);
        self.wanted.replace(spans) as usize * ALIGN
    }

    /// Gives the memory of warm spans back, but for as many as are to stay.
    pub(super) fn rest(&self) {
        self.cool(self.most_warm());
    }

    /// Gives the memory of warm spans back until so many are left.
    fn cool(&self, keep: u32) {
        while self.warm_count.get() > keep {
            self.cool_one();
        }
    }

    /// Gives the memory of a warm span back, of which there is one.
    fn cool_one(&self) {
        let span = self.warm.get();
        // SAFETY: spans in the stock have headers and live slabs, and no block of them
        // is in use or in a list.
        unsafe {
            self.leave_stock(span);
            self.spans.set(self.spans.get() - 1);
            self.cold.cool((*span).slab(), span.cast());
        }
    }

    /// Gives the memory of an empty span back if there is more of it than `room` bytes. Tells
    /// whether there was.
    pub(super) fn trim(&self, room: usize) -> bool {
        let most = FREELY_WARM.max(u32::try_from(room / ALIGN).unwrap_or(u32::MAX));
        let more = self.warm_count.get() > most;
        if more {
            self.cool_one();
        }
        more
    }

    /// Puts an empty span into the stock.
    ///
    /// # Safety
    /// It is one of this heap that is in no list.
    unsafe fn enter_stock(&self, span: *mut Span) {
        // SAFETY: as the caller says.
        unsafe { link(&self.warm, span) };
        self.warm_count.set(self.warm_count.get() + 1);
    }

    /// Takes a span out of the stock.
    ///
    /// # Safety
    /// It is in the stock of this heap.
    unsafe fn leave_stock(&self, span: *mut Span) {
        // SAFETY: as the caller says.
        unsafe { unlink(&self.warm, span) };
        self.warm_count.set(self.warm_count.get() - 1);
    }

    /// Takes back what other threads freed.
    fn drain(&self) {
        if self.remote.load(Ordering::Relaxed).is_null() {
            return;
        }
        let mut block = self.remote.swap(null_mut(), Ordering::Acquire);
        while !block.is_null() {
            // SAFETY: blocks in the list are live ones of this heap's spans, and nobody's.
            unsafe {
                let next = block.cast::<*mut u8>().read();
                Span::put(Span::of(block), block);
                block = next;
            }
        }
    }

    /// Puts a span in front of the ring of its class.
    ///
    /// # Safety
    /// It is one of this heap that is in no list.
    unsafe fn list(&self, span: *mut Span) {
        // SAFETY: as the caller says.
        unsafe {
            link(&self.rings[(*span).class()], span);
            (*span).set_listed(true);
        }
    }

    /// Takes a span out of the ring of its class.
    ///
    /// # Safety
    /// It is in that ring of this heap.
    unsafe fn unlist(&self, span: *mut Span) {
        // SAFETY: as the caller says.
        unsafe {
            unlink(&self.rings[(*span).class()], span);
            (*span).set_listed(false);
        }
    }
}

/// Puts a span in front of a list.
///
/// # Safety
/// The span has a header and is in no list; all spans in the list have headers.
unsafe fn link(list: &Cell<*mut Span>, span: *mut Span) {
    let first = list.replace(span);
    // SAFETY: as the caller says.
    unsafe {
        (*span).next.set(first);
        (*span).before.set(null_mut());
        if !first.is_null() {
            (*first).before.set(span);
        }
    }
}

/// Takes a span out of a list.
///
/// # Safety
/// It is in this list, where all spans have headers.
unsafe fn unlink(list: &Cell<*mut Span>, span: *mut Span) {
    // SAFETY: as the caller says.
    unsafe {
        let (before, next) = ((*span).before.get(), (*span).next.get());
        if before.is_null() {
            list.set(next);
        } else {
            (*before).next.set(next);
        }
        if !next.is_null() {
            (*next).before.set(before);
        }
    }
}
