//! Userdata and the byte buffers of native functions.

#![expect(unsafe_code, reason = "collected types trace themselves")]

use super::native::Interrupt;
use super::string::{SHORT, Str};
use super::table::Table;
use crate::gc::{self, Collect, Gc, Kind, Mutation, Object, Trace};
use crate::vm::heap::store::Heap;
use crate::vm::meters::account::{BUFFER_BYTES, LONG_STRING_BYTES, Refused, USERDATA_BYTES};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The tag of userdata made by [`UserData::hidden`].
const HIDDEN: u64 = u64::MAX;

/// A userdata object (manual §2.1): a host's opaque number, or an object of its own, with
/// a metatable.
#[derive(Clone, Copy, Debug)]
pub struct UserData<'gc>(Gc<'gc, UserDataBox<'gc>>);

#[derive(Debug)]
struct UserDataBox<'gc> {
    id: u64,
    /// What the object stands for is the host's business: hosts keep a table by number.
    tag: u64,
    metatable: Cell<Option<Table<'gc>>>,
    /// As [`Table::collector_marks`].
    collected: Cell<u8>,
    /// Dropped with the userdata, which holds no collected pointers (`'static`).
    object: Option<Rc<dyn Any>>,
}

impl Drop for UserDataBox<'_> {
    fn drop(&mut self) {
        gc::freed(USERDATA_BYTES);
    }
}

// SAFETY: the metatable is the only collected pointer, and it is traced.
unsafe impl<'gc> Collect<'gc> for UserDataBox<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        if let Some(metatable) = self.metatable.get() {
            cc.trace(&metatable);
        }
    }
}

// SAFETY: the kind is this type's alone.
unsafe impl<'gc> Object<'gc> for UserDataBox<'gc> {
    const KIND: Kind = Kind::UserData;
    const ORDERED: bool = true;

    fn age(&self) -> u64 {
        self.id
    }
}

// SAFETY: the only pointer is traced.
unsafe impl<'gc> Collect<'gc> for UserData<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        cc.trace(&self.0);
    }
}

impl<'gc> UserData<'gc> {
    /// Makes a userdata that stands for `tag`.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn new(heap: Heap<'gc>, tag: u64) -> Result<UserData<'gc>, Interrupt<'gc>> {
        UserData::make(heap, tag, None)
    }

    /// Makes a userdata around an object of Rust's, which is dropped with it, at the
    /// latest with the machine. What it takes is the caller's to reserve.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn holding(heap: Heap<'gc>, object: Rc<dyn Any>) -> Result<UserData<'gc>, Interrupt<'gc>> {
        UserData::make(heap, 0, Some(object))
    }

    /// As [`UserData::holding`], with an object that is made when nothing can be refused
    /// any more.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn keeping<T: Any>(
        heap: Heap<'gc>,
        object: impl FnOnce() -> Rc<T>,
    ) -> Result<UserData<'gc>, Interrupt<'gc>> {
        heap.store.account.reserve(USERDATA_BYTES)?;
        Ok(UserData::charged(heap, 0, Some(object())))
    }

    /// Makes a userdata that no script ever sees: it holds what a native function keeps
    /// between two steps, in a slot of its window.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::vm) fn hidden<T: Any>(
        heap: Heap<'gc>,
        object: impl FnOnce() -> Rc<T>,
    ) -> Result<UserData<'gc>, Interrupt<'gc>> {
        heap.store.account.reserve(USERDATA_BYTES)?;
        Ok(UserData::charged(heap, HIDDEN, Some(object())))
    }

    /// Tells whether scripts must not see it.
    pub(in crate::vm) fn is_hidden(self) -> bool {
        self.0.tag == HIDDEN
    }

    fn make(
        heap: Heap<'gc>,
        tag: u64,
        object: Option<Rc<dyn Any>>,
    ) -> Result<UserData<'gc>, Interrupt<'gc>> {
        heap.store.account.reserve(USERDATA_BYTES)?;
        Ok(UserData::charged(heap, tag, object))
    }

    /// Makes a userdata under an id of before. It is charged, but for what its object takes.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::vm) fn again(
        heap: Heap<'gc>,
        id: u64,
        tag: u64,
        object: Option<Rc<dyn Any>>,
    ) -> Result<UserData<'gc>, Refused> {
        heap.store.account.reserve(USERDATA_BYTES)?;
        let (metatable, collected) = (Cell::new(None), Cell::new(0));
        Ok(UserData(Gc::new(heap.mc, UserDataBox { id, tag, metatable, collected, object })))
    }

    /// Gives back the metatable and the collector's marks it had.
    pub(in crate::vm) fn fill_again(self, metatable: Option<Table<'gc>>, marks: u8) {
        self.restore(metatable, marks);
    }

    /// Makes the userdata of an image, which stands for nothing. Its memory is reserved.
    pub(super) fn bare(mc: &Mutation<'gc>, id: u64) -> UserData<'gc> {
        let (metatable, collected) = (Cell::new(None), Cell::new(0));
        UserData(Gc::new(mc, UserDataBox { id, tag: 0, metatable, collected, object: None }))
    }

    /// Makes a userdata whose memory is reserved.
    fn charged(heap: Heap<'gc>, tag: u64, object: Option<Rc<dyn Any>>) -> UserData<'gc> {
        let id = heap.store.fresh_id();
        let (metatable, collected) = (Cell::new(None), Cell::new(0));
        UserData(Gc::new(heap.mc, UserDataBox { id, tag, metatable, collected, object }))
    }

    /// Returns the object of Rust's, if the userdata holds one of this type.
    pub fn object<T: 'static>(self) -> Option<&'gc T> {
        Gc::as_ref(self.0).object.as_ref()?.downcast_ref()
    }

    /// Returns the object of Rust's itself.
    pub fn shared(self) -> Option<Rc<dyn Any>> {
        self.0.object.clone()
    }

    /// Returns the serial id.
    pub fn id(self) -> u64 {
        self.0.id
    }

    /// Returns the host's number.
    pub fn tag(self) -> u64 {
        self.0.tag
    }

    /// Returns the metatable.
    pub fn metatable(self) -> Option<Table<'gc>> {
        self.0.metatable.get()
    }

    /// Sets the metatable. `Context::set_metatable` marks for finalization too.
    pub fn set_metatable(self, heap: Heap<'gc>, metatable: Option<Table<'gc>>) {
        heap.mc.backward_barrier(Gc::erase(self.0), None);
        self.0.metatable.set(metatable);
    }

    /// Gives back what the journal has saved.
    pub(super) fn restore(self, metatable: Option<Table<'gc>>, marks: u8) {
        self.0.metatable.set(metatable);
        self.0.collected.set(marks);
    }

    pub(in crate::vm) fn collector_marks(self) -> u8 {
        self.0.collected.get()
    }

    pub(in crate::vm) fn set_collector_marks(self, marks: u8) {
        self.0.collected.set(marks);
    }

    /// Tells whether both are the same object.
    pub fn ptr_eq(self, other: UserData<'gc>) -> bool {
        Gc::ptr_eq(self.0, other.0)
    }

    #[inline(always)]
    pub(in crate::vm) fn erase(self) -> Gc<'gc, ()> {
        Gc::erase(self.0)
    }
}

/// A growing byte buffer that belongs to one native call and lives in its stack
/// window, so that the call can stop and go on.
#[derive(Clone, Copy, Debug)]
pub struct Buffer<'gc>(Gc<'gc, BufferBox>);

#[derive(Debug)]
struct BufferBox {
    bytes: RefCell<Vec<u8>>,
    /// Logical bytes charged for the contents.
    charged: Cell<usize>,
}

impl Drop for BufferBox {
    fn drop(&mut self) {
        gc::freed(BUFFER_BYTES + self.charged.get());
    }
}

// SAFETY: holds no collected pointers.
unsafe impl<'gc> Collect<'gc> for BufferBox {
    const NEEDS_TRACE: bool = false;
}

// SAFETY: the kind is this type's alone.
unsafe impl<'gc> Object<'gc> for BufferBox {
    const KIND: Kind = Kind::Buffer;
}

// SAFETY: the only pointer is traced.
unsafe impl<'gc> Collect<'gc> for Buffer<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        cc.trace(&self.0);
    }
}

impl<'gc> Buffer<'gc> {
    /// Makes an empty buffer.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn new(heap: Heap<'gc>) -> Result<Buffer<'gc>, Interrupt<'gc>> {
        heap.store.account.reserve(BUFFER_BYTES)?;
        let object = BufferBox { bytes: RefCell::default(), charged: Cell::new(0) };
        Ok(Buffer(Gc::new(heap.mc, object)))
    }

    /// Makes a buffer with these bytes, charged for `charged` of them.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::vm) fn again(
        heap: Heap<'gc>,
        bytes: &[u8],
        charged: usize,
    ) -> Result<Buffer<'gc>, Refused> {
        let total = charged.saturating_add(BUFFER_BYTES);
        heap.store.account.reserve(total)?;
        let mut kept = Vec::new();
        if kept.try_reserve_exact(charged.max(bytes.len())).is_err() {
            heap.store.account.release(total);
            return Err(Refused { bytes: total });
        }
        kept.extend_from_slice(bytes);
        let object = BufferBox { bytes: RefCell::new(kept), charged: Cell::new(charged) };
        Ok(Buffer(Gc::new(heap.mc, object)))
    }

    /// Makes room for `more` bytes, charged before they are taken. Grows by
    /// doubling, so pushing is linear.
    ///
    /// # Errors
    /// When memory is refused; the contents are unchanged.
    pub fn reserve(self, heap: Heap<'gc>, more: usize) -> Result<(), Interrupt<'gc>> {
        let mut bytes = self.0.bytes.borrow_mut();
        let need = bytes.len().saturating_add(more);
        let have = self.0.charged.get();
        if need > have {
            // Near the limit a doubling may be refused where the need itself fits.
            let wish = need.max(have.saturating_mul(2)).max(64);
            let account = &heap.store.account;
            let extra = wish - bytes.len();
            let make = || bytes.try_reserve_exact(extra).is_ok();
            if account.replace(have, wish, make).is_ok() {
                self.0.charged.set(wish);
                return Ok(());
            }
            // Large blocks grow in place, or by moving pages: near the limit the old one
            // is not counted.
            account.reserve(need - have)?;
            let extra = need - bytes.len();
            if bytes.try_reserve_exact(extra).is_err() {
                account.release(need - have);
                return Err(Refused { bytes: need - have }.into());
            }
            self.0.charged.set(need);
        }
        Ok(())
    }

    /// Appends bytes. Copying is charged by the caller, in fuel.
    ///
    /// # Errors
    /// When memory is refused; nothing is appended then.
    pub fn push(self, heap: Heap<'gc>, more: &[u8]) -> Result<(), Interrupt<'gc>> {
        if let Ok(mut bytes) = self.0.bytes.try_borrow_mut()
            && bytes.len() + more.len() <= self.0.charged.get()
        {
            bytes.extend_from_slice(more);
            return Ok(());
        }
        self.reserve(heap, more.len())?;
        self.0.bytes.borrow_mut().extend_from_slice(more);
        Ok(())
    }

    /// Returns the logical bytes charged for the contents.
    pub(in crate::vm) fn charged(self) -> usize {
        self.0.charged.get()
    }

    /// Copies the contents, with what is charged for them; nothing if the system has no
    /// memory.
    pub(super) fn copy(self) -> Option<(Vec<u8>, usize)> {
        let (bytes, charged) = (self.0.bytes.borrow(), self.charged());
        let mut copy = Vec::new();
        copy.try_reserve_exact(charged.max(bytes.len())).ok()?;
        copy.extend_from_slice(&bytes);
        Some((copy, charged))
    }

    /// Gives back what [`Buffer::copy`] has copied.
    pub(super) fn put_back(self, bytes: Vec<u8>, charged: usize) {
        *self.0.bytes.borrow_mut() = bytes;
        self.0.charged.set(charged);
    }

    /// Returns the number of bytes.
    pub fn len(self) -> usize {
        self.0.bytes.borrow().len()
    }

    /// Tells whether there are no bytes.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Reads the bytes.
    pub fn with<R>(self, read: impl FnOnce(&[u8]) -> R) -> R {
        read(&self.0.bytes.borrow())
    }

    /// Changes the bytes in place or replaces contents within the reserved room.
    /// The closure must not grow the vector beyond what [`Buffer::reserve`] granted.
    pub fn with_mut<R>(self, change: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        change(&mut self.0.bytes.borrow_mut())
    }

    /// Makes a string of the bytes. The buffer is empty afterwards; what it was charged
    /// for them is the string's.
    ///
    /// # Errors
    /// When memory is refused, or with "string too large"; the buffer is unchanged then.
    pub fn into_string(self, heap: Heap<'gc>) -> Result<Str<'gc>, Interrupt<'gc>> {
        let len = self.len();
        if len <= SHORT {
            let string = self.with(|bytes| heap.string(bytes))?;
            self.take(heap);
            return Ok(string);
        }
        heap.check_string_size(len)?;
        // Only the string's header is asked for: there is nothing to refuse once the bytes
        // are taken.
        let account = &heap.store.account;
        account.reserve(LONG_STRING_BYTES)?;
        let bytes = std::mem::take(&mut *self.0.bytes.borrow_mut());
        account.release(self.0.charged.replace(0).saturating_sub(len));
        Ok(heap.long(bytes.into_boxed_slice()))
    }

    /// Takes the bytes out; the buffer is empty afterwards and its charge is given back.
    pub fn take(self, heap: Heap<'gc>) -> Vec<u8> {
        heap.store.account.release(self.0.charged.replace(0));
        std::mem::take(&mut *self.0.bytes.borrow_mut())
    }

    #[inline(always)]
    pub(in crate::vm) fn erase(self) -> Gc<'gc, ()> {
        Gc::erase(self.0)
    }
}
