//! Marking: what a trace reports to, and the objects that wait to be traced.

#![expect(unsafe_code, reason = "objects lie in raw memory")]

use super::collect::Trace;
use super::page::Page;
use super::pointer::Gc;
use super::vtable::VTable;
use std::cell::{Cell, UnsafeCell};

/// The objects that are marked and not yet traced, and the count of those that are marked.
#[derive(Default)]
pub(super) struct Gray {
    queue: UnsafeCell<Vec<*mut u8>>,
    pub(super) marked: Cell<usize>,
}

impl Gray {
    /// Marks an object, which is to be traced if it was not marked.
    ///
    /// # Safety
    /// It is a live object.
    #[inline(always)]
    pub(super) unsafe fn mark(&self, object: *mut u8) {
        // SAFETY: as the caller says: its page has a header.
        let page = unsafe { &*Page::of(object) };
        debug_assert!(page.has(object), "a pointer to what is no object");
        if !page.mark(object) {
            return;
        }
        self.marked.set(self.marked.get() + 1);
        // SAFETY: as the caller says.
        if unsafe { vtable_of(page, object) }.needs_trace {
            // SAFETY: no reference to the queue outlives a method of this type.
            unsafe { (*self.queue.get()).push(object) };
        }
    }

    pub(super) fn pop(&self) -> Option<*mut u8> {
        // SAFETY: as in `mark`.
        unsafe { (*self.queue.get()).pop() }
    }

    /// Traces objects until none waits.
    ///
    /// # Safety
    /// All that wait are live objects.
    pub(super) unsafe fn drain(&self) {
        let mut marker = Marker { gray: self };
        while let Some(object) = self.pop() {
            // SAFETY: as the caller says.
            unsafe {
                let vtable = vtable_of(&*Page::of(object), object);
                (vtable.trace)(object, &mut marker);
            }
        }
    }

    /// Gives the queue's memory back, but for a little.
    pub(super) fn rest(&self) {
        // SAFETY: as in `mark`.
        unsafe { (*self.queue.get()).shrink_to(MOST_KEPT) };
    }
}

/// Places of the queue that stay between two collections.
const MOST_KEPT: usize = 1024;

/// Returns the type of an object.
///
/// # Safety
/// It is an object of that page.
#[inline(always)]
pub(super) unsafe fn vtable_of(page: &Page, object: *mut u8) -> &'static VTable {
    match page.vtable() {
        Some(vtable) => vtable,
        // SAFETY: an object of a mixed page has its type in the word before it.
        None => unsafe { object.cast::<&'static VTable>().sub(1).read() },
    }
}

/// What a trace reports to.
pub(super) struct Marker<'a> {
    gray: &'a Gray,
}

impl<'a> Marker<'a> {
    pub(super) fn new(gray: &'a Gray) -> Marker<'a> {
        Marker { gray }
    }
}

impl<'gc> Trace<'gc> for Marker<'_> {
    #[inline(always)]
    fn trace_gc(&mut self, gc: Gc<'gc, ()>) {
        // SAFETY: what is traced is held by a live object or by the root, so it is live
        // (contract of `Collect`).
        unsafe { self.gray.mark(Gc::as_ptr(gc).cast_mut().cast()) };
    }
}
