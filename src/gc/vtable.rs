//! What the collector does with objects whose type it does not know.

#![expect(unsafe_code, reason = "objects lie in raw memory")]

use super::collect::{Collect, Object};
use super::marker::Marker;
use super::page::{GRAIN, Page};

/// The type of an object.
pub(super) struct VTable {
    // SAFETY: these are called for live objects of the type, and for pages of its kind.
    /// Traces the object, or a piece of it: where the next one begins comes back.
    pub(super) trace: unsafe fn(*mut u8, &mut Marker<'_>, u64) -> Option<u64>,
    /// Drops the object.
    pub(super) drop: unsafe fn(*mut u8),
    // SAFETY: as above.
    /// Frees the dead objects of a page of this kind, and unmarks the others. Returns how many
    /// it has freed.
    pub(super) sweep: unsafe fn(*mut Page) -> u64,
    /// The object's [`Object::age`].
    pub(super) age: unsafe fn(*mut u8) -> u64,
    /// Size of its cell.
    pub(super) cell: usize,
    pub(super) kind: usize,
    pub(super) needs_trace: bool,
    pub(super) owns: bool,
    pub(super) ordered: bool,
    /// The type's name, for checks.
    pub(super) name: fn() -> &'static str,
}

/// What freed memory is filled with in builds that check.
const POISON: u8 = 0xD5;

/// Overwrites a freed object, in builds that check.
///
/// # Safety
/// The bytes are nobody's.
#[inline(always)]
pub(super) unsafe fn poison(at: *mut u8, bytes: usize) {
    if cfg!(debug_assertions) {
        // SAFETY: as the caller says.
        unsafe { at.write_bytes(POISON, bytes) };
    }
}

/// What has a [`VTable`]: every type of objects.
pub(super) trait HasVTable {
    const VTABLE: VTable;
}

impl<'gc, T: Object<'gc>> HasVTable for T {
    const VTABLE: VTable = VTable {
        // SAFETY: by the field's use: the object is a live `T`.
        trace: |at, marker, from| unsafe { (*at.cast::<T>()).trace_piece(marker, from) },
        // SAFETY: likewise, and nobody uses it afterwards.
        drop: |at| unsafe { at.cast::<T>().drop_in_place() },
        sweep: |page| {
            Page::sweep(page, |at| {
                // SAFETY: a dead object of a page of `T`s, whose cell is free already.
                unsafe {
                    at.cast::<T>().drop_in_place();
                    poison(at, size_of::<T>());
                }
            })
        },
        // SAFETY: as for `trace`.
        age: |at| unsafe { (*at.cast::<T>()).age() },
        cell: cell_of::<T>(),
        kind: T::KIND as usize,
        needs_trace: <T as Collect<'gc>>::NEEDS_TRACE,
        owns: T::OWNS,
        ordered: T::ORDERED,
        name: || std::any::type_name::<T>(),
    };
}

/// Returns the size of a cell for a type.
pub(super) const fn cell_of<T>() -> usize {
    assert!(align_of::<T>() <= GRAIN && size_of::<T>() <= 4096);
    if size_of::<T>() == 0 { GRAIN } else { size_of::<T>().next_multiple_of(GRAIN) }
}
