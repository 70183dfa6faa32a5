//! An arena: objects, and the root from which they can be reached.
//!
//! As in gc-arena, whose interface this has, a brand keeps arenas apart: `'gc` is another
//! lifetime in each turn ([`Arena::mutate_root`] and its kin), so that no pointer leaves a turn but
//! in the root, and none gets into another arena's.

#![expect(unsafe_code, reason = "gives the root its brand")]

use super::allowance::Allowance;
use super::collect::Collect;
use super::pointer::{Brand, Gc};
use super::space::{Phase, Space};
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// A type of roots with any brand: see [`Rootable!`](super::Rootable).
pub(crate) trait Rootable<'gc> {
    /// The type with this brand.
    type Root: Collect<'gc> + 'gc;
}

/// What [`Rootable!`](super::Rootable) makes.
#[derive(Debug)]
pub(crate) struct Rooted<T: ?Sized>(PhantomData<T>);

impl<'gc, T: ?Sized + Rootable<'gc>> Rootable<'gc> for Rooted<T> {
    type Root = T::Root;
}

/// `Rootable!['gc => State<'gc>]`: the type of an arena's root.
macro_rules! rootable {
    ($gc:lifetime => $root:ty) => {
        $crate::gc::Rooted<dyn for<$gc> $crate::gc::Rootable<$gc, Root = $root>>
    };
}
pub(crate) use rootable;

type Root<'gc, R> = <R as Rootable<'gc>>::Root;

/// Objects and a root.
pub(crate) struct Arena<R: for<'gc> Rootable<'gc>> {
    /// Its own until the end, as the root is, which lies beside it.
    space: NonNull<Space>,
    root: NonNull<Root<'static, R>>,
}

/// What allocating and changing objects takes.
#[repr(transparent)]
pub struct Mutation<'gc> {
    space: Space,
    brand: Brand<'gc>,
}

impl std::fmt::Debug for Mutation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mutation").finish_non_exhaustive()
    }
}

impl<'gc> Mutation<'gc> {
    #[inline(always)]
    pub(super) fn space(&self) -> &Space {
        &self.space
    }

    /// Gives free memory back to the system, but for a little: nothing will be made for a while.
    pub(crate) fn rest(&self) {
        self.space.trim(0, 0, &Allowance::endless());
    }

    /// To be called when `parent` is made to point to `child`, or to anything if that is
    /// nothing.
    #[inline(always)]
    pub(crate) fn backward_barrier(&self, _parent: Gc<'gc, ()>, _child: Option<Gc<'gc, ()>>) {
        // A collection begins and ends between two turns: nothing is marked meanwhile.
        debug_assert_eq!(self.space.phase(), Phase::Sleep);
    }
}

/// What looking at marks takes, when marking is over.
#[repr(transparent)]
pub(crate) struct Finalization<'gc> {
    mutation: Mutation<'gc>,
}

impl<'gc> Deref for Finalization<'gc> {
    type Target = Mutation<'gc>;

    fn deref(&self) -> &Mutation<'gc> {
        &self.mutation
    }
}

impl<R: for<'gc> Rootable<'gc>> Arena<R> {
    /// Makes an arena.
    pub(crate) fn new(make: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> Root<'gc, R>) -> Arena<R> {
        let (space, root) = Space::make();
        // SAFETY: `make` works with any brand, so it takes nothing along; the space stays
        // where it is for as long as the arena lives, and the root with it, for which there is
        // room.
        unsafe { root.write(make(mutation(space))) };
        Arena { space, root }
    }

    /// Works with the root and the objects.
    #[cfg(test)]
    pub(crate) fn mutate<T>(
        &mut self,
        work: impl for<'gc> FnOnce(&'gc Mutation<'gc>, &'gc Root<'gc, R>) -> T,
    ) -> T {
        self.mutate_root(|mc, root| work(mc, root))
    }

    /// As `mutate`; the root may be changed.
    #[inline]
    pub(crate) fn mutate_root<T>(
        &mut self,
        work: impl for<'gc> FnOnce(&'gc Mutation<'gc>, &'gc mut Root<'gc, R>) -> T,
    ) -> T {
        // SAFETY: as in `new`; `work` keeps nothing, and the arena is borrowed meanwhile.
        unsafe {
            let root: &'static mut Root<'static, R> = self.root.as_mut();
            work(mutation(self.space), root)
        }
    }

    /// Begins a collection, or goes on with it, and marks what is alive, as far as is allowed.
    /// Tells whether all of it is marked.
    ///
    /// Until the collection has ended ([`Arena::sweep_some`]) nothing may be made or changed: what
    /// was looked at is not looked at again.
    pub(crate) fn mark_some(&mut self, allowance: &Allowance) -> bool {
        // SAFETY: it was written when the arena was made, and the arena is borrowed.
        self.space().mark_some(unsafe { self.root.as_ref() }, allowance)
    }

    /// Tells whether a collection is under way.
    pub(crate) fn is_collecting(&self) -> bool {
        self.space().phase() != Phase::Sleep
    }

    /// Marks what is alive, or goes on with that, and then works with what is and is not.
    #[cfg(test)]
    pub(crate) fn when_marked<T>(
        &mut self,
        work: impl for<'gc> FnOnce(&'gc Finalization<'gc>, &'gc Root<'gc, R>) -> T,
    ) -> T {
        self.mark_some(&Allowance::endless());
        self.with_marks(work)
    }

    /// Works with what marking has reached and what it has not.
    pub(crate) fn with_marks<T>(
        &mut self,
        work: impl for<'gc> FnOnce(&'gc Finalization<'gc>, &'gc Root<'gc, R>) -> T,
    ) -> T {
        debug_assert_eq!(self.space().phase(), Phase::Mark);
        // SAFETY: as in `mutate_root`; the types are transparent.
        unsafe {
            let root: &'static Root<'static, R> = self.root.as_ref();
            let mutation: *const Mutation<'static> = mutation(self.space);
            work(&*mutation.cast::<Finalization<'static>>(), root)
        }
    }

    /// Marks what is alive, and frees the rest.
    #[cfg(test)]
    pub(crate) fn sweep(&mut self) {
        self.mark_some(&Allowance::endless());
        self.sweep_some(&Allowance::endless());
        self.trim(0, 0, &Allowance::endless());
    }

    /// Frees what is not marked when all is marked that is alive, as far as is allowed. Tells
    /// whether that is done, and the collection with it.
    pub(crate) fn sweep_some(&mut self, allowance: &Allowance) -> bool {
        self.space().sweep_some(allowance)
    }

    /// Gives free memory back to the system after a collection, but for what is likely to be
    /// used before the next one: as much as is in use, or `live` bytes, in `room` bytes. As far as
    /// is allowed; tells whether that is done.
    pub(crate) fn trim(&self, live: usize, room: usize, allowance: &Allowance) -> bool {
        self.space().trim(live, room, allowance)
    }

    /// Returns how many places of values the last collection went through.
    pub(crate) fn traced_places(&self) -> u64 {
        self.space().places()
    }

    /// Returns the number of objects that the last collection left.
    pub(crate) fn live_objects(&self) -> usize {
        self.space().marked()
    }

    fn space(&self) -> &Space {
        // SAFETY: it lives as long as the arena.
        unsafe { self.space.as_ref() }
    }
}

impl<R: for<'gc> Rootable<'gc>> Drop for Arena<R> {
    /// Drops the objects, before the root, as they were made after it.
    fn drop(&mut self) {
        // SAFETY: nothing uses them any more: the root's destructor does not follow pointers.
        unsafe { Space::end(self.space, self.root) };
    }
}

/// Gives a space a brand.
///
/// # Safety
/// The space lives as long as what is done with the result, which is not kept.
unsafe fn mutation(space: NonNull<Space>) -> &'static Mutation<'static> {
    // SAFETY: the type is transparent; the rest is the caller's.
    unsafe { space.cast::<Mutation<'static>>().as_ref() }
}
