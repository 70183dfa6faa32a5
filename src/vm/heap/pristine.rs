//! Tables of the library that are still as every machine of the profile has them.
//!
//! Most scripts use few functions of the library, and most sessions wait. So a new machine
//! makes none of the library's tables: their contents are an [`Image`], made once in a process
//! and shared by all sessions, and a table is *pristine* until somebody looks at it. Then it
//! becomes a real one ([`Heap::make_real`]), in place, and is like any other from there on.
//! Strings in it that nobody asked for before are made then, too (`interner`).
//!
//! **Nobody can tell.** Account, ids, number of strings and slots are from the beginning those
//! of a machine that has everything. A table that becomes real takes nothing from the account
//! and charges nothing. What is from before a run stays when it is undone, so a table that has
//! become real in it stays real.
//!
//! **Collections see real tables only** ([`Context::make_library_real`](crate::vm::state::context::Context::make_library_real)):
//! what they cost, find dead and give back is then what it always was. So is whoever walks over
//! all there is, such as a snapshot.
//!
//! **How a pristine table looks.** It has no entries but those that were added while the
//! session was made (functions of the host), and behind them those that a script has looked
//! up ([`Heap::pristine_looked_up`]), and it is its own metatable: so whoever misses a
//! key in it, or wants to write, leaves the fast path to look for a metamethod, and the slow
//! path asks whether the table is pristine. No fast path knows of any of this. What was looked
//! up is there only so that the next look-up is a fast one: when the table becomes real, it
//! gets its entries from the image.

use super::names::Names;
use super::native::{Interrupt, NativeDef};
use super::store::Heap;
use super::string::Str;
use super::table::Table;
use super::userdata::UserData;
use super::value::Value;
use crate::vm::meters::account::HASH_SLOT_BYTES;
use std::cell::{Cell, RefCell};

/// What all machines of a profile begin with.
#[derive(Debug)]
pub(crate) struct Image {
    pub(in crate::vm) names: Names,
    /// The globals, the registry, the metatable of strings, and what can be reached from them.
    pub(in crate::vm) tables: Vec<TableImage>,
    /// Serial number of the userdata in the tables, of which there is at most one.
    pub(in crate::vm) object: u64,
    /// The next serial numbers: of objects, upvalues, long strings.
    pub(in crate::vm) ids: (u64, u32, u64),
    /// Bytes in use, and the most there were while all of it was made.
    pub(in crate::vm) bytes: (usize, usize),
    /// Slots of the interner.
    pub(in crate::vm) slots: usize,
}

/// One table of an [`Image`]. It has short strings as keys, and no tombstones.
#[derive(Debug)]
pub(in crate::vm) struct TableImage {
    pub(in crate::vm) id: u64,
    pub(in crate::vm) capacity: u32,
    pub(in crate::vm) read_only: bool,
    /// Keys, by their numbers, and values, in order.
    pub(in crate::vm) entries: Vec<(u16, Constant)>,
}

/// A value in an [`Image`].
#[derive(Clone, Copy, Debug)]
pub(in crate::vm) enum Constant {
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Builtin(&'static NativeDef),
    /// A short string.
    Name(u16),
    Table(u16),
    Object,
}

/// Number of the globals in an image.
pub(in crate::vm) const GLOBALS: usize = 0;
/// Number of the registry.
pub(in crate::vm) const REGISTRY: usize = 1;
/// Number of the metatable of strings.
pub(in crate::vm) const STRINGS: usize = 2;

/// What a machine has of its library.
#[derive(Default)]
pub(in crate::vm) struct Library<'gc> {
    /// The image, as long as any table is pristine.
    image: Cell<Option<&'static Image>>,
    /// The tables that are there, by number. Empty when there is no image.
    tables: RefCell<Vec<Option<Table<'gc>>>>,
    object: Cell<Option<UserData<'gc>>>,
    /// Entries that the globals have room for: those added before they are real count.
    globals: Cell<u32>,
    /// How many were added to the globals: the first of their entries.
    added: Cell<u32>,
}

impl<'gc> Library<'gc> {
    /// Begins with an image; the globals and the registry are there and are still empty.
    pub(in crate::vm) fn begin(
        &self,
        image: &'static Image,
        globals: Table<'gc>,
        registry: Table<'gc>,
    ) {
        let mut tables = vec![None; image.tables.len()];
        for (number, table) in [(GLOBALS, globals), (REGISTRY, registry)] {
            table.become_pristine(image.tables[number].read_only);
            tables[number] = Some(table);
        }
        self.globals.set(image.tables[GLOBALS].capacity);
        *self.tables.borrow_mut() = tables;
        self.image.set(Some(image));
    }

    /// Forgets the image: all is real.
    fn end(&self) {
        self.image.set(None);
        self.object.set(None);
        *self.tables.borrow_mut() = Vec::new();
    }

    /// Returns how many entries were added to a table, given by its number.
    fn added_to(&self, number: usize) -> usize {
        if number == GLOBALS { self.added.get() as usize } else { 0 }
    }

    /// Returns the number of a table.
    fn number_of(&self, table: Table<'gc>) -> Option<usize> {
        self.tables.borrow().iter().position(|own| own.is_some_and(|own| own.ptr_eq(table)))
    }
}

impl<'gc> Heap<'gc> {
    /// Returns table `number` of the library, which may be pristine.
    pub(in crate::vm) fn library_table(self, image: &Image, number: usize) -> Table<'gc> {
        let library = &self.store.library;
        let known = library.tables.borrow()[number];
        known.unwrap_or_else(|| {
            let of = &image.tables[number];
            let table = Table::bare(self.mc, of.id, self.store.strings.key(), 0);
            table.become_pristine(of.read_only);
            library.tables.borrow_mut()[number] = Some(table);
            table
        })
    }

    /// Returns a string that the image names.
    fn name(self, image: &Image, number: u16) -> Str<'gc> {
        let text = image.names.text(number);
        match self.store.strings.find(self.mc, text) {
            Ok(name) => name,
            // It waits in the interner as long as there is an image, so this is not reached.
            Err(hash) => self.store.strings.insert(self.mc, text, hash),
        }
    }

    /// Makes a value of the image.
    fn constant(self, image: &Image, constant: Constant) -> Value<'gc> {
        match constant {
            Constant::Boolean(b) => Value::Boolean(b),
            Constant::Integer(i) => Value::Integer(i),
            Constant::Number(n) => Value::Number(n),
            Constant::Builtin(def) => Value::Builtin(def),
            Constant::Name(number) => Value::String(self.name(image, number)),
            Constant::Table(number) => Value::Table(self.library_table(image, number.into())),
            Constant::Object => {
                let object = &self.store.library.object;
                let made = object.get().unwrap_or_else(|| UserData::bare(self.mc, image.object));
                object.set(Some(made));
                Value::UserData(made)
            }
        }
    }

    /// Returns the value a pristine table has at a key that is none of its entries. It stays
    /// pristine.
    #[cold]
    pub(in crate::vm) fn pristine_field(self, table: Table<'gc>, key: Str<'gc>) -> Value<'gc> {
        let library = &self.store.library;
        let (Some(image), Some(number)) = (library.image.get(), library.number_of(table)) else {
            return Value::Nil;
        };
        let entries = &image.tables[number].entries;
        let wanted = image.names.find(key.as_bytes());
        let found = entries.iter().find(|(name, _)| Some(*name) == wanted);
        found.map_or(Value::Nil, |(_, constant)| self.constant(image, *constant))
    }

    /// Returns the value that a script looks for in a pristine table, which has no entry with
    /// that key. If the image has one the table stays pristine and keeps it, so that the next
    /// look-up is a fast one; else it becomes real.
    #[cold]
    #[inline(never)]
    pub(in crate::vm) fn pristine_looked_up(
        self,
        table: Table<'gc>,
        key: Value<'gc>,
    ) -> Value<'gc> {
        if let Value::String(name) = key
            && name.is_short()
        {
            let value = self.pristine_kept(table, name);
            if !value.is_nil() {
                return value;
            }
        }
        self.make_real(table);
        Value::Nil
    }

    /// Returns the value a pristine table has at a key that is none of its entries, which it is
    /// from now on. The table stays pristine.
    pub(in crate::vm) fn pristine_kept(self, table: Table<'gc>, name: Str<'gc>) -> Value<'gc> {
        let value = self.pristine_field(table, name);
        if !value.is_nil() {
            table.push_pristine(self, name, value);
        }
        value
    }

    /// Returns the number of entries of a table's hash part, real or not.
    pub(in crate::vm) fn entries_of(self, table: Table<'gc>) -> usize {
        let library = &self.store.library;
        let number = if table.is_pristine() { library.number_of(table) } else { None };
        let Some((image, number)) = library.image.get().zip(number) else { return table.entries() };
        image.tables[number].entries.len() + library.added_to(number)
    }

    /// Returns entry `at` of a pristine table: the bytes of its key, which may not be made yet,
    /// and its value. The table stays pristine.
    pub(in crate::vm) fn pristine_entry(
        self,
        table: Table<'gc>,
        at: usize,
    ) -> Option<(&'gc [u8], Value<'gc>)> {
        let library = &self.store.library;
        let image = library.image.get()?;
        let number = library.number_of(table)?;
        let entries = &image.tables[number].entries;
        match entries.get(at) {
            Some((name, constant)) => {
                Some((image.names.text(*name), self.constant(image, *constant)))
            }
            None => {
                let at = at - entries.len();
                if at < library.added_to(number) { table.added(at) } else { None }
            }
        }
    }

    /// Makes a pristine table a real one.
    #[cold]
    #[inline(never)]
    pub(in crate::vm) fn make_real(self, table: Table<'gc>) {
        let library = &self.store.library;
        let (Some(image), Some(number)) = (library.image.get(), library.number_of(table)) else {
            return;
        };
        let of = &image.tables[number];
        let capacity = if number == GLOBALS { library.globals.get() } else { of.capacity };
        let entries = of
            .entries
            .iter()
            .map(|(name, constant)| (self.name(image, *name), self.constant(image, *constant)));
        table.become_real(self, capacity, of.read_only, entries, library.added_to(number));
    }

    /// Makes the whole library real, and all strings that wait.
    #[cold]
    #[inline(never)]
    pub(in crate::vm) fn make_all_real(self) {
        let library = &self.store.library;
        if let Some(image) = library.image.get() {
            for number in 0..image.tables.len() {
                let table = self.library_table(image, number);
                if table.is_pristine() {
                    self.make_real(table);
                }
            }
        }
        self.store.strings.make_all(self.mc);
        library.end();
    }
}

impl<'gc> Table<'gc> {
    /// Sets the value at a short string key while a session is made: a pristine table stays so.
    ///
    /// # Errors
    /// As [`Table::set_str`].
    pub(crate) fn add_str(
        self,
        heap: Heap<'gc>,
        key: Str<'gc>,
        value: Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        let library = &heap.store.library;
        let number = library.number_of(self);
        let (Some(image), true) = (library.image.get(), number == Some(GLOBALS)) else {
            return self.set_str(heap, key, value);
        };
        let plain = key.is_short() && !value.is_nil() && self.get_str(heap, key).is_nil();
        let added = library.added.get();
        if !self.is_pristine() || !plain || self.entries() != added as usize {
            return self.set_str(heap, key, value);
        }
        // What a real table would do, for the account.
        let used = image.tables[GLOBALS].entries.len() + self.entries();
        let room = library.globals.get() as usize;
        if used == room {
            let grown = Table::rebuilt_capacity(heap, used, 1)?;
            let bytes = |capacity| capacity * HASH_SLOT_BYTES;
            heap.store.account.replace(bytes(room), bytes(grown), || true)?;
            library.globals.set(grown as u32);
        }
        self.push_pristine(heap, key, value);
        library.added.set(added + 1);
        Ok(())
    }
}
