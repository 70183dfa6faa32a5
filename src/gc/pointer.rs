//! Pointers to collected objects.

#![expect(unsafe_code, reason = "pointers to collected objects")]

use super::arena::{Finalization, Mutation};
use super::collect::Object;
use super::page::Page;
use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// A lifetime that is equal to nothing but itself.
pub(super) type Brand<'gc> = PhantomData<Cell<&'gc ()>>;

/// A pointer to a collected object.
///
/// Invariant, on which all unsafe code here rests: while `'gc` lasts, which is one turn of
/// [`Arena::mutate_root`](super::Arena::mutate_root) and its kin, nothing is freed; and what outlives
/// the turn is reachable from the arena's root, where `Collect` accounts for it. So a `Gc`
/// that code can get hold of points to a live object of the arena with that brand.
pub struct Gc<'gc, T> {
    at: NonNull<T>,
    brand: Brand<'gc>,
}

impl<T> Copy for Gc<'_, T> {}

impl<T> Clone for Gc<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Gc<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> Deref for Gc<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        Page::check(self.at.as_ptr().cast());
        // SAFETY: the invariant; objects are changed through cells only.
        unsafe { self.at.as_ref() }
    }
}

impl<'gc, T: Object<'gc>> Gc<'gc, T> {
    /// Makes an object. Its memory is accounted for by the caller.
    ///
    /// Aborts if the system has no memory.
    #[inline(always)]
    pub(crate) fn new(mc: &Mutation<'gc>, object: T) -> Gc<'gc, T> {
        Gc { at: mc.space().allocate(|| object), brand: PhantomData }
    }

    /// As [`Gc::new`], with an object that is made where it will lie. One that is made
    /// elsewhere and moved is written in parts and read in wider ones, for which processors
    /// wait. `make` must not panic: that aborts.
    #[inline(always)]
    pub(crate) fn make(mc: &Mutation<'gc>, make: impl FnOnce() -> T) -> Gc<'gc, T> {
        Gc { at: mc.space().allocate(make), brand: PhantomData }
    }
}

impl<'gc, T> Gc<'gc, T> {
    /// Returns the object, for as long as the turn lasts.
    #[inline(always)]
    pub(crate) fn as_ref(self: Gc<'gc, T>) -> &'gc T {
        Page::check(self.at.as_ptr().cast());
        // SAFETY: the invariant: nothing is freed while `'gc` lasts.
        unsafe { self.at.as_ref() }
    }

    /// Returns the address.
    #[inline(always)]
    pub(crate) fn as_ptr(this: Gc<'gc, T>) -> *const T {
        this.at.as_ptr()
    }

    /// Makes a pointer of what [`Gc::as_ptr`] returned.
    ///
    /// # Safety
    /// It did so for an object of the arena with this brand that was not freed since.
    #[inline(always)]
    pub(crate) unsafe fn from_ptr(at: *const T) -> Gc<'gc, T> {
        // SAFETY: as the caller says; no object lies at address 0.
        Gc { at: unsafe { NonNull::new_unchecked(at.cast_mut()) }, brand: PhantomData }
    }

    /// Makes it a pointer to another type.
    ///
    /// # Safety
    /// The object begins with a `U`.
    #[inline(always)]
    pub(crate) unsafe fn cast<U>(this: Gc<'gc, T>) -> Gc<'gc, U> {
        Gc { at: this.at.cast(), brand: PhantomData }
    }

    /// Forgets the type.
    #[inline(always)]
    pub(crate) fn erase(this: Gc<'gc, T>) -> Gc<'gc, ()> {
        Gc { at: this.at.cast(), brand: PhantomData }
    }

    /// Tells whether both are the same object.
    #[inline(always)]
    pub(crate) fn ptr_eq(this: Gc<'gc, T>, other: Gc<'gc, T>) -> bool {
        std::ptr::addr_eq(this.at.as_ptr(), other.at.as_ptr())
    }

    /// Makes a pointer that does not keep the object alive.
    pub(crate) fn downgrade(this: Gc<'gc, T>) -> GcWeak<'gc, T> {
        GcWeak(this)
    }

    /// Tells whether marking has not reached the object.
    #[inline(always)]
    pub(crate) fn is_dead(fc: &Finalization<'gc>, this: Gc<'gc, T>) -> bool {
        !fc.space().is_marked(this.at.cast())
    }

    /// Marks the object; marking must go on then.
    pub(crate) fn resurrect(fc: &Finalization<'gc>, this: Gc<'gc, T>) {
        fc.space().mark(this.at.cast());
    }
}

/// A pointer that does not keep its object alive. It is not traced: whoever holds it drops it,
/// or resurrects the object, in each collection whose marking has not reached the object,
/// before the sweep. The interner is the one that does.
pub(crate) struct GcWeak<'gc, T>(Gc<'gc, T>);

impl<T> Copy for GcWeak<'_, T> {}

impl<T> Clone for GcWeak<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> std::fmt::Debug for GcWeak<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GcWeak")
    }
}

impl<'gc, T> GcWeak<'gc, T> {
    /// Returns the object.
    #[inline(always)]
    pub(crate) fn upgrade(self, _: &Mutation<'gc>) -> Gc<'gc, T> {
        self.0
    }

    /// Tells whether marking has not reached the object.
    pub(crate) fn is_dead(self, fc: &Finalization<'gc>) -> bool {
        Gc::is_dead(fc, self.0)
    }

    /// Marks the object and returns it.
    pub(crate) fn resurrect(self, fc: &Finalization<'gc>) -> Gc<'gc, T> {
        Gc::resurrect(fc, self.0);
        self.0
    }

    /// Returns the address.
    pub(crate) fn as_ptr(self) -> *const T {
        Gc::as_ptr(self.0)
    }
}
