//! What allocating needs, and nothing more: the arena's handle, the meters, the table of short
//! strings, the serial numbers, the journal.

use super::interner::Interner;
use super::journal::Journal;
use super::native::Interrupt;
use super::pristine::Library;
use super::string::{Bytes, MAX_STRING, SHORT, Str};
use super::value::Value;
use crate::gc::Mutation;
use crate::vm::meters::account::{Account, Held, Refused, string_bytes};
use crate::vm::meters::fuel::Fuel;
use std::cell::Cell;
use std::sync::Arc;

/// The part of a machine's state that its objects are made from.
pub struct Store<'gc> {
    /// Memory in logical bytes.
    pub account: Account,
    /// The meter.
    pub fuel: Fuel,
    /// Short strings.
    pub strings: Interner<'gc>,
    /// The serial number of the next object.
    pub(in crate::vm) next_id: Cell<u64>,
    /// The last serial number given to an upvalue (`debug.upvalueid`).
    pub(in crate::vm) next_upvalue: Cell<u32>,
    /// The last serial number given to a long string. A step that is done again does not
    /// give its string another, so these numbers are not taken back with the other ids.
    pub next_string: Cell<u64>,
    /// The library, as far as it is not real yet.
    pub(in crate::vm) library: Library<'gc>,
    /// What the run has changed.
    pub(crate) journal: Journal<'gc>,
}

impl std::fmt::Debug for Store<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("account", &self.account)
            .field("fuel", &self.fuel)
            .finish_non_exhaustive()
    }
}

impl Store<'_> {
    /// Makes an empty store: hashes are keyed by `hash_key`, the first object is number
    /// `first_id`, and `memory` is the limit in logical bytes.
    pub fn new<'gc>(hash_key: u64, memory: usize, first_id: u64) -> Store<'gc> {
        Store {
            account: Account::new(memory),
            fuel: Fuel::default(),
            strings: Interner::new(hash_key),
            next_id: Cell::new(first_id),
            next_upvalue: Cell::new(0),
            next_string: Cell::new(0),
            library: Library::default(),
            journal: Journal::default(),
        }
    }

    /// Returns the next serial id of a long string, above those of other objects.
    pub fn fresh_string_id(&self) -> u64 {
        let number = self.next_string.get() + 1;
        self.next_string.set(number);
        1 << 56 | number
    }

    /// Returns the next serial id.
    #[inline]
    pub fn fresh_id(&self) -> u64 {
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        id
    }
}

/// The handle to the objects of a machine: what makes and changes them takes it.
#[derive(Clone, Copy)]
pub struct Heap<'gc> {
    /// The arena's mutation handle.
    pub mc: &'gc Mutation<'gc>,
    /// Meters, short strings, serial numbers, the journal.
    pub store: &'gc Store<'gc>,
}

impl std::fmt::Debug for Heap<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Heap").field(self.store).finish()
    }
}

impl<'gc> Heap<'gc> {
    /// Charges the current operation `units` of fuel, before it does the work.
    ///
    /// # Errors
    /// [`Interrupt::Fuel`] when less is left. The operation must return without visible
    /// effect; it is tried again when there is more.
    #[inline]
    pub fn charge(self, units: u64) -> Result<(), Interrupt<'gc>> {
        Ok(self.store.fuel.charge(units, self.store.account.has_changed())?)
    }

    /// Makes a string. Fuel for its bytes is the caller's to charge.
    ///
    /// # Errors
    /// When memory is refused, or with "string too large" beyond [`MAX_STRING`].
    pub fn string(self, bytes: &[u8]) -> Result<Str<'gc>, Interrupt<'gc>> {
        if bytes.len() <= SHORT {
            return match self.store.strings.find(self.mc, bytes) {
                Ok(string) => Ok(string),
                Err(hash) => {
                    let size = string_bytes(bytes.len());
                    self.store.account.reserve(size)?;
                    if let Err(refused) = self.store.strings.make_room(&self.store.account) {
                        self.store.account.release(size);
                        return Err(refused.into());
                    }
                    Ok(self.store.strings.insert(self.mc, bytes, hash))
                }
            };
        }
        self.check_string_size(bytes.len())?;
        let copy = self.copy_of(bytes)?;
        Ok(self.long(copy))
    }

    /// Makes a string of a text that is shared with the host: a long one is not copied.
    ///
    /// # Errors
    /// As [`Heap::string`].
    pub fn string_sharing(self, text: &Arc<[u8]>) -> Result<Str<'gc>, Interrupt<'gc>> {
        if text.len() <= SHORT {
            return self.string(text);
        }
        self.check_string_size(text.len())?;
        self.store.account.reserve(string_bytes(text.len()))?;
        let bytes = Bytes::Shared(text.clone());
        Ok(Str::allocate_long(self.mc, bytes, self.store.journal.epoch.get()))
    }

    /// Makes a string of bytes that are already in a vector of their own.
    ///
    /// # Errors
    /// As [`Heap::string`].
    pub fn string_from_vec(self, bytes: Vec<u8>) -> Result<Str<'gc>, Interrupt<'gc>> {
        if bytes.len() <= SHORT {
            return self.string(&bytes);
        }
        self.check_string_size(bytes.len())?;
        self.store.account.reserve(string_bytes(bytes.len()))?;
        Ok(self.long(bytes.into_boxed_slice()))
    }

    /// Makes a string of bytes in a vector of their own, which is empty afterwards; when the
    /// string is refused they stay in it.
    ///
    /// # Errors
    /// As [`Heap::string`].
    pub fn string_taking(self, bytes: &mut Vec<u8>) -> Result<Str<'gc>, Interrupt<'gc>> {
        if bytes.len() <= SHORT {
            let string = self.string(bytes)?;
            bytes.clear();
            return Ok(string);
        }
        self.check_string_size(bytes.len())?;
        self.store.account.reserve(string_bytes(bytes.len()))?;
        Ok(self.long(std::mem::take(bytes).into_boxed_slice()))
    }

    /// As [`Heap::string_taking`] for bytes whose memory is held: `charged` of it is given
    /// back, since the string is charged for the same bytes.
    ///
    /// # Errors
    /// As [`Heap::string`]; what was held is held again then.
    pub fn string_from_held(
        self,
        bytes: &mut Vec<u8>,
        charged: &mut usize,
        held: &mut Held<'_>,
    ) -> Result<Str<'gc>, Interrupt<'gc>> {
        held.give_back(*charged);
        match self.string_taking(bytes) {
            Ok(string) => {
                *charged = 0;
                *bytes = Vec::new();
                Ok(string)
            }
            Err(interrupt) => {
                // They were held a moment ago, and nothing was taken since.
                held.add(*charged)?;
                Err(interrupt)
            }
        }
    }

    /// Makes a long string of bytes that are paid for.
    pub(super) fn long(self, bytes: Box<[u8]>) -> Str<'gc> {
        Str::allocate_long(self.mc, Bytes::Own(bytes), self.store.journal.epoch.get())
    }

    /// Copies the bytes of a long string, whose memory is reserved here.
    fn copy_of(self, bytes: &[u8]) -> Result<Box<[u8]>, Interrupt<'gc>> {
        let size = string_bytes(bytes.len());
        self.store.account.reserve(size)?;
        let mut copy = Vec::new();
        if copy.try_reserve_exact(bytes.len()).is_err() {
            self.store.account.release(size);
            return Err(Refused { bytes: size }.into());
        }
        copy.extend_from_slice(bytes);
        Ok(copy.into_boxed_slice())
    }

    /// Makes an empty vector with room for `len` bytes that will become a string: their
    /// memory could be reserved, but is not.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::vm) fn bytes_for_string(self, len: usize) -> Result<Vec<u8>, Interrupt<'gc>> {
        let account = &self.store.account;
        let size = string_bytes(len);
        account.reserve(size)?;
        account.release(size);
        let mut bytes = Vec::new();
        match bytes.try_reserve_exact(len) {
            Ok(()) => Ok(bytes),
            Err(_) => Err(Refused { bytes: size }.into()),
        }
    }

    pub(in crate::vm) fn check_string_size(self, len: usize) -> Result<(), Interrupt<'gc>> {
        if len > MAX_STRING {
            return Err(self.error("string too large"));
        }
        Ok(())
    }

    /// Makes an error whose object is this text, without a position.
    pub fn error(self, message: impl AsRef<[u8]>) -> Interrupt<'gc> {
        match self.string(message.as_ref()) {
            Ok(string) => Interrupt::Error(Value::String(string)),
            Err(refused) => refused,
        }
    }

    /// As [`Heap::error`], for a text in a vector of its own, which may be long.
    pub(in crate::vm) fn error_from_vec(self, message: Vec<u8>) -> Interrupt<'gc> {
        match self.string_from_vec(message) {
            Ok(string) => Interrupt::Error(Value::String(string)),
            Err(refused) => refused,
        }
    }
}
