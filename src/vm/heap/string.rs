//! Lua strings: immutable byte strings on the collected heap.
//!
//! Strings of at most [`SHORT`] bytes are interned (equal strings are one
//! object, compared by pointer); longer ones are compared by bytes. Bytes of
//! short strings lie in the object itself, in one of a few size classes.

#![expect(unsafe_code, reason = "short strings carry their bytes behind a header")]

use crate::gc::{self, Collect, Gc, Kind, Mutation, Object};
pub(crate) use crate::vm::meters::account::SHORT;
use crate::vm::meters::account::string_bytes;
use std::cell::Cell;
use std::sync::Arc;

/// Longest string at all, in bytes.
pub(crate) const MAX_STRING: usize = i32::MAX as usize;

/// What every string object begins with.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Header {
    hash: Cell<u32>,
    /// Length in bytes; longer than [`SHORT`] means the bytes are boxed.
    len: u32,
    /// Entry of a hash part where this short string was found last: objects of one
    /// kind have a field in the same place. A guess that every look-up checks. Of a long
    /// string: the run it was born in.
    hint: Cell<u32>,
}

#[repr(C)]
struct Inline<const N: usize> {
    header: Header,
    bytes: [u8; N],
}

#[repr(C)]
struct Boxed {
    header: Header,
    /// Serial id, drawn when first asked for; 0 before.
    id: Cell<u64>,
    /// Digest of the bytes, of which the header's hash is a part; 0 before it is asked for.
    digest: Cell<u64>,
    bytes: Bytes,
}

/// The bytes of a long string.
#[derive(Debug)]
pub(in crate::vm) enum Bytes {
    /// Nobody else's.
    Own(Box<[u8]>),
    /// Those of a text that the host keeps: the source of its run.
    Shared(Arc<[u8]>),
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Own(bytes) => bytes,
            Bytes::Shared(bytes) => bytes,
        }
    }
}

impl<const N: usize> Drop for Inline<N> {
    fn drop(&mut self) {
        gc::freed(string_bytes(self.header.len as usize));
    }
}

impl Drop for Boxed {
    fn drop(&mut self) {
        gc::freed(string_bytes(self.header.len as usize));
    }
}

// SAFETY: strings hold no collected pointers.
unsafe impl<'gc, const N: usize> Collect<'gc> for Inline<N> {
    const NEEDS_TRACE: bool = false;
}

// SAFETY: the kind is this type's; the destructor only counts.
unsafe impl<'gc, const N: usize> Object<'gc> for Inline<N> {
    const KIND: Kind = match N {
        8 => Kind::String8,
        24 => Kind::String24,
        _ => {
            assert!(N == SHORT, "a size without a kind");
            Kind::String40
        }
    };
    const OWNS: bool = false;
}

// SAFETY: strings hold no collected pointers.
unsafe impl<'gc> Collect<'gc> for Boxed {
    const NEEDS_TRACE: bool = false;
}

// SAFETY: the kind is this type's alone.
unsafe impl<'gc> Object<'gc> for Boxed {
    const KIND: Kind = Kind::LongString;
}

/// A Lua string (manual §2.1).
#[derive(Clone, Copy, Debug)]
pub struct Str<'gc>(Gc<'gc, Header>);

// SAFETY: the only pointer is traced; `Gc` keeps the allocation's own drop and layout.
unsafe impl<'gc> Collect<'gc> for Str<'gc> {
    fn trace<T: gc::Trace<'gc>>(&self, cc: &mut T) {
        cc.trace_gc(Gc::erase(self.0));
    }
}

impl<'gc> Str<'gc> {
    /// Asks for the memory of the string, see [`gc::foresee`].
    #[inline]
    pub(crate) fn foresee(self) {
        gc::foresee(Gc::as_ptr(self.0));
    }

    /// Allocates a string object without interning it. Only the interner and
    /// the constructor of long strings call this; memory is reserved by then.
    pub(in crate::vm) fn allocate(mc: &Mutation<'gc>, bytes: &[u8], hash: u32) -> Str<'gc> {
        debug_assert!(bytes.len() <= SHORT);
        match bytes.len() {
            0..=8 => Self::inline::<8>(mc, bytes, hash),
            9..=24 => Self::inline::<24>(mc, bytes, hash),
            _ => Self::inline::<SHORT>(mc, bytes, hash),
        }
    }

    fn inline<const N: usize>(mc: &Mutation<'gc>, bytes: &[u8], hash: u32) -> Str<'gc> {
        let object = Gc::make(mc, || Inline::<N> {
            header: Header { hash: Cell::new(hash), len: bytes.len() as u32, hint: Cell::new(0) },
            bytes: [0; N],
        });
        let count = bytes.len().min(N);
        // SAFETY: nobody else knows the object yet, and it has room for `N` bytes; `bytes` are
        // not in it.
        unsafe {
            let own = &raw mut (*Gc::as_ptr(object).cast_mut()).bytes;
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), own.cast::<u8>(), count);
        }
        // SAFETY: `Inline` is `repr(C)` and begins with `Header`.
        Str(unsafe { Gc::cast::<Header>(object) })
    }

    /// Allocates a long string around bytes already paid for; `born` is the journal's epoch.
    pub(in crate::vm) fn allocate_long(mc: &Mutation<'gc>, bytes: Bytes, born: u32) -> Str<'gc> {
        debug_assert!(bytes.len() > SHORT && bytes.len() <= MAX_STRING);
        let object = Gc::make(mc, || Boxed {
            header: Header { hash: Cell::new(0), len: bytes.len() as u32, hint: Cell::new(born) },
            id: Cell::new(0),
            digest: Cell::new(0),
            bytes,
        });
        // SAFETY: `Boxed` is `repr(C)` and begins with `Header`.
        Str(unsafe { Gc::cast::<Header>(object) })
    }

    /// Returns the length in bytes.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.0.len as usize
    }

    /// Tells whether the string is empty.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Tells whether the string is interned.
    #[inline(always)]
    pub fn is_short(self) -> bool {
        self.len() <= SHORT
    }

    /// Returns the bytes.
    #[inline]
    pub fn as_bytes(self) -> &'gc [u8] {
        let header: *const Header = Gc::as_ptr(self.0);
        if self.is_short() {
            // SAFETY: a string of at most SHORT bytes is an `Inline<N>` with N >= len whose
            // bytes follow the header (`repr(C)`, alignment of bytes is 1).
            unsafe { std::slice::from_raw_parts(header.add(1).cast::<u8>(), self.len()) }
        } else {
            // SAFETY: a longer string is a `Boxed`; it is immutable and lives for 'gc.
            unsafe { &(*header.cast::<Boxed>()).bytes }
        }
    }

    /// Tells whether nobody has asked for this long string's serial id.
    pub(crate) fn is_unnamed(self) -> bool {
        // SAFETY: a string longer than `SHORT` is a `Boxed`, which lives for 'gc.
        !self.is_short() && unsafe { (*Gc::as_ptr(self.0).cast::<Boxed>()).id.get() } == 0
    }

    /// Returns a long string's serial id, drawn from `fresh` when first asked for;
    /// `None` for short strings, which are identified by their bytes.
    pub fn long_id(self, fresh: impl FnOnce() -> u64) -> Option<u64> {
        if self.is_short() {
            return None;
        }
        // SAFETY: a string longer than `SHORT` is a `Boxed`, which lives for 'gc.
        let id = unsafe { &(*Gc::as_ptr(self.0).cast::<Boxed>()).id };
        if id.get() == 0 {
            id.set(fresh());
        }
        Some(id.get())
    }

    /// Returns the cached hash of a short string.
    #[inline(always)]
    pub fn short_hash(self) -> u32 {
        self.0.hash.get()
    }

    /// Returns the guess of where a hash part has this key.
    #[inline(always)]
    pub(in crate::vm) fn hint(self) -> u32 {
        self.0.hint.get()
    }

    /// Remembers where a hash part had this key.
    #[inline(always)]
    pub(in crate::vm) fn set_hint(self, at: u32) {
        self.0.hint.set(at);
    }

    /// Returns the hash, computing that of a long string on first use.
    pub fn hash(self, key: u64) -> u32 {
        if !self.is_short() {
            let _ = self.digest(key);
        }
        self.0.hash.get()
    }

    /// Tells whether a look-up must go through all bytes of this string to hash it.
    #[inline]
    pub(in crate::vm) fn is_unhashed(self) -> bool {
        !self.is_short() && self.0.hash.get() == 0
    }

    /// Returns the digest of a long string, computing it and the hash on first use: two
    /// strings that differ have the same once in 2^63 times. That of a short one is 0.
    pub(in crate::vm) fn digest(self, key: u64) -> u64 {
        if self.is_short() {
            return 0;
        }
        // SAFETY: a string longer than `SHORT` is a `Boxed`, which lives for 'gc.
        let boxed = unsafe { &*Gc::as_ptr(self.0).cast::<Boxed>() };
        if boxed.digest.get() == 0 {
            let digest = digest_bytes(key, &boxed.bytes).max(1);
            boxed.digest.set(digest);
            boxed.header.hash.set(fold_digest(digest).max(1));
        }
        boxed.digest.get()
    }

    /// Returns the run a long string was born in: its kind has no other use for the hint.
    pub(in crate::vm) fn stamp(self) -> u32 {
        self.0.hint.get()
    }

    /// Sets it.
    pub(in crate::vm) fn set_stamp(self, stamp: u32) {
        if !self.is_short() {
            self.0.hint.set(stamp);
        }
    }

    /// Makes a long string one that was never hashed.
    pub(super) fn forget_hash(self) {
        if !self.is_short() {
            // SAFETY: a string longer than `SHORT` is a `Boxed`, which lives for 'gc.
            unsafe { (*Gc::as_ptr(self.0).cast::<Boxed>()).digest.set(0) };
            self.0.hash.set(0);
        }
    }

    /// Makes a long string one whose id was never asked for.
    pub(super) fn forget_id(self) {
        if !self.is_short() {
            // SAFETY: as in `forget_hash`.
            unsafe { (*Gc::as_ptr(self.0).cast::<Boxed>()).id.set(0) };
        }
    }

    /// Returns a long string's serial id, 0 if nobody has asked for it.
    pub(in crate::vm) fn known_id(self) -> u64 {
        self.long_id_cell().map_or(0, Cell::get)
    }

    /// Gives a long string the serial id it had.
    pub(in crate::vm) fn set_known_id(self, id: u64) {
        if let Some(own) = self.long_id_cell() {
            own.set(id);
        }
    }

    fn long_id_cell(self) -> Option<&'gc Cell<u64>> {
        // SAFETY: a string longer than `SHORT` is a `Boxed`, which lives for 'gc.
        (!self.is_short()).then(|| unsafe { &(*Gc::as_ptr(self.0).cast::<Boxed>()).id })
    }

    /// Tells whether both are the same object.
    #[inline(always)]
    pub fn ptr_eq(self, other: Str<'gc>) -> bool {
        Gc::ptr_eq(self.0, other.0)
    }

    /// Returns the erased pointer for write barriers and weak references.
    #[inline(always)]
    pub(in crate::vm) fn erase(self) -> Gc<'gc, ()> {
        Gc::erase(self.0)
    }

    /// Returns the collected pointer.
    pub(in crate::vm) fn gc(self) -> Gc<'gc, Header> {
        self.0
    }

    /// Wraps a pointer that came from [`Str::gc`].
    pub(in crate::vm) fn from_gc(gc: Gc<'gc, Header>) -> Str<'gc> {
        Str(gc)
    }
}

impl PartialEq for Str<'_> {
    /// Compares as Lua does: by content.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        Gc::ptr_eq(self.0, other.0)
            || (!self.is_short()
                && self.len() == other.len()
                && self.as_bytes() == other.as_bytes())
    }
}

impl Eq for Str<'_> {}

/// Hashes bytes under the session's key. Every byte counts, so that a script
/// which does not know the key cannot make collisions by choosing contents.
#[inline]
pub(crate) fn hash_bytes(key: u64, bytes: &[u8]) -> u32 {
    fold_digest(digest_bytes(key, bytes))
}

/// Makes a hash of a digest.
#[inline]
fn fold_digest(digest: u64) -> u32 {
    (digest ^ (digest >> 32)) as u32
}

/// As [`hash_bytes`], with all bits there are.
#[inline]
fn digest_bytes(key: u64, bytes: &[u8]) -> u64 {
    const M: u64 = 0x9E37_79B9_7F4A_7C15;
    let fold = |a: u64, b: u64| {
        let wide = u128::from(a) * u128::from(b);
        (wide as u64) ^ ((wide >> 64) as u64)
    };
    let mut hash = key ^ (bytes.len() as u64).wrapping_mul(M);
    let word = |at: usize| -> u64 {
        bytes.get(at..at + 8).map_or(0, |word| {
            let mut array = [0; 8];
            array.copy_from_slice(word);
            u64::from_le_bytes(array)
        })
    };
    let half = |at: usize| -> u64 {
        bytes.get(at..at + 4).map_or(0, |half| {
            let mut array = [0; 4];
            array.copy_from_slice(half);
            u64::from(u32::from_le_bytes(array))
        })
    };
    // The last word overlaps the one before it: no byte is left out, none copied.
    let last = match bytes {
        [] => 0,
        [a] => u64::from(*a),
        [a, b] => u64::from(*a) | u64::from(*b) << 8,
        [a, b, c] => u64::from(*a) | u64::from(*b) << 8 | u64::from(*c) << 16,
        _ if bytes.len() < 8 => half(0) | half(bytes.len() - 4) << 32,
        _ => word(bytes.len() - 8),
    };
    let mut at = 0;
    while at + 8 < bytes.len() {
        hash = fold(hash ^ word(at), M ^ key.rotate_left(32));
        at += 8;
    }
    fold(hash ^ last, M | 1)
}
