//! Marking: what a trace reports to, and the objects that wait to be traced.

#![expect(unsafe_code, reason = "objects lie in raw memory")]

use super::allowance::{Allowance, OBJECT};
use super::collect::Trace;
use super::foresee::foresee;
use super::page::Page;
use super::pointer::Gc;
use super::vtable::VTable;
use std::cell::{Cell, UnsafeCell};
use std::ptr::null_mut;

/// The objects that are marked and not yet traced, and the count of those that are marked.
#[derive(Default)]
pub(super) struct Gray {
    queue: UnsafeCell<Vec<*mut u8>>,
    /// What comes next of the queue, while objects are traced.
    next: UnsafeCell<Option<Box<Foreseen>>>,
    /// Objects of which a piece was traced, and where the next one begins. They come after
    /// those of the queue, which then holds no more than a few pieces have put there.
    begun: UnsafeCell<Vec<(*mut u8, u64)>>,
    pub(super) marked: Cell<usize>,
    /// Places of values that were gone through.
    pub(super) places: Cell<u64>,
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
        Page::check(object);
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

    /// Takes the next object to be traced, and from where.
    #[inline(always)]
    fn pop(&self) -> Option<(*mut u8, u64)> {
        // SAFETY: as in `mark`.
        unsafe {
            let next = (*self.next.get()).get_or_insert_default();
            match next.pop(&mut *self.queue.get()) {
                Some(object) => Some((object, 0)),
                None => (*self.begun.get()).pop(),
            }
        }
    }

    /// Tells whether nothing waits.
    pub(super) fn is_drained(&self) -> bool {
        // SAFETY: as in `mark`.
        unsafe {
            (*self.next.get()).as_ref().is_none_or(|next| next.count == 0)
                && (*self.queue.get()).is_empty()
                && (*self.begun.get()).is_empty()
        }
    }

    /// Traces objects until none waits, or the allowance is used up. Tells whether none waits.
    ///
    /// # Safety
    /// All that wait are live objects.
    pub(super) unsafe fn drain(&self, allowance: &Allowance) -> bool {
        let mut marker = Marker::new(self);
        while let Some((object, from)) = self.pop() {
            // SAFETY: as the caller says; as in `mark`.
            unsafe {
                let vtable = vtable_of(&*Page::of(object), object);
                if let Some(next) = (vtable.trace)(object, &mut marker, from) {
                    (*self.begun.get()).push((object, next));
                }
            }
            if !marker.pay(allowance) {
                return self.is_drained();
            }
        }
        true
    }

    /// Gives the queue's memory back, but for a little.
    pub(super) fn rest(&self) {
        // SAFETY: as in `mark`.
        unsafe {
            (*self.queue.get()).shrink_to(MOST_KEPT);
            (*self.begun.get()).shrink_to(MOST_KEPT);
            *self.next.get() = None;
        }
    }
}

/// Objects whose memory is asked for before they are traced.
const FORESEEN: usize = 8;

/// A few objects that were taken from the queue: their memory comes while others are traced.
/// In which order objects are traced does not depend on where slices end.
struct Foreseen {
    objects: [*mut u8; FORESEEN],
    first: usize,
    count: usize,
}

impl Default for Foreseen {
    fn default() -> Foreseen {
        Foreseen { objects: [null_mut(); FORESEEN], first: 0, count: 0 }
    }
}

impl Foreseen {
    /// Takes the next object; the queue's last ones follow.
    #[inline(always)]
    fn pop(&mut self, queue: &mut Vec<*mut u8>) -> Option<*mut u8> {
        while self.count < FORESEEN
            && let Some(object) = queue.pop()
        {
            foresee(object);
            self.objects[(self.first + self.count) % FORESEEN] = object;
            self.count += 1;
        }
        if self.count == 0 {
            return None;
        }
        let object = self.objects[self.first % FORESEEN];
        self.first = (self.first + 1) % FORESEEN;
        self.count -= 1;
        Some(object)
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
    /// What was noted since it was last paid.
    places: u64,
    effort: u64,
}

impl<'a> Marker<'a> {
    pub(super) fn new(gray: &'a Gray) -> Marker<'a> {
        Marker { gray, places: 0, effort: 0 }
    }

    /// Pays for an object, or a piece of it, that was traced. Tells whether more may be.
    #[inline(always)]
    pub(super) fn pay(&mut self, allowance: &Allowance) -> bool {
        self.gray.places.set(self.gray.places.get() + self.places);
        allowance
            .spend(OBJECT + std::mem::take(&mut self.places) + std::mem::take(&mut self.effort))
    }
}

impl<'gc> Trace<'gc> for Marker<'_> {
    #[inline(always)]
    fn trace_gc(&mut self, gc: Gc<'gc, ()>) {
        // SAFETY: what is traced is held by a live object or by the root, so it is live
        // (contract of `Collect`).
        unsafe { self.gray.mark(Gc::as_ptr(gc).cast_mut().cast()) };
    }

    #[inline(always)]
    fn places(&mut self, places: usize) {
        self.places += places as u64;
    }

    #[inline(always)]
    fn effort(&mut self, units: u64) {
        self.effort += units;
    }
}
