//! What the collector must know of a type.

#![expect(unsafe_code, reason = "the collector relies on what implementations say")]

use super::kind::Kind;
use super::pointer::Gc;

/// A type that may hold collected pointers.
///
/// # Safety
/// * `trace`, and `trace_piece` piece by piece, traces every [`Gc`] in the value that may be used
///   again, or the value is cleared of it before the sweep that frees what it points to.
/// * `Drop` does not look at what collected pointers point to: it may be gone by then.
/// * Whoever changes which pointers the value holds calls a barrier of
///   [`Mutation`](super::Mutation) in the same turn.
pub unsafe trait Collect<'gc> {
    /// False for types that never hold collected pointers.
    const NEEDS_TRACE: bool = true;

    /// Traces every collected pointer in the value.
    fn trace<T: Trace<'gc>>(&self, _: &mut T) {}

    /// As `trace`, but of a large value only a piece: the one that begins at `from`, which is 0
    /// for the first. Returns where the next one begins. Nothing changes the value in between.
    #[inline(always)]
    fn trace_piece<T: Trace<'gc>>(&self, cc: &mut T, _from: u64) -> Option<u64> {
        self.trace(cc);
        None
    }

    /// Traces one piece after the other: the `trace` of types that have pieces.
    #[inline(always)]
    fn trace_pieces<T: Trace<'gc>>(&self, cc: &mut T) {
        let mut from = 0;
        while let Some(next) = self.trace_piece(cc, from) {
            from = next;
        }
    }
}

/// A type of which objects are made: see [`Gc::new`].
///
/// # Safety
/// * No two types have the same `KIND`.
/// * `OWNS` is false only if nothing is lost when the destructor of an object does not run.
pub unsafe trait Object<'gc>: Collect<'gc> {
    /// What tells objects of this type from all others.
    const KIND: Kind;

    /// Whether objects hold memory of their own, or anything else that must be given back
    /// when the whole arena ends.
    const OWNS: bool = true;

    /// Whether others can see in which order objects are dropped: then it is from the one
    /// with the highest [`Object::age`] down.
    const ORDERED: bool = false;

    /// A number that rises from object to object.
    fn age(&self) -> u64 {
        0
    }
}

/// What [`Collect::trace`] reports to.
pub trait Trace<'gc> {
    /// Takes note of a pointer.
    fn trace_gc(&mut self, gc: Gc<'gc, ()>);

    /// Takes note that so many places of values are gone through: a collection is paid by
    /// them.
    fn places(&mut self, places: usize);

    /// Takes note of work beside that, in units of [`Allowance`](super::Allowance).
    fn effort(&mut self, units: u64);

    /// Traces a value.
    #[inline(always)]
    fn trace<C: Collect<'gc> + ?Sized>(&mut self, value: &C)
    where
        Self: Sized,
    {
        if C::NEEDS_TRACE {
            value.trace(self);
        }
    }
}

// SAFETY: the only pointer is traced.
unsafe impl<'gc, T> Collect<'gc> for Gc<'gc, T> {
    #[inline(always)]
    fn trace<C: Trace<'gc>>(&self, cc: &mut C) {
        cc.trace_gc(Gc::erase(*self));
    }
}
