//! The library as an image: taking one of a machine that has everything, and beginning a
//! machine with one (see [`pristine`](crate::vm::heap::pristine)).

use super::context::Context;
use crate::vm::heap::meta::Event;
use crate::vm::heap::names::Names;
use crate::vm::heap::pristine::{Constant, Image, STRINGS, TableImage};
use crate::vm::heap::table::Table;
use crate::vm::heap::userdata::UserData;
use crate::vm::heap::value::{Type, Value};
use crate::vm::meters::account::Refused;
use std::sync::LazyLock;

/// Text of the error when memory is refused.
const NOT_ENOUGH: &str = "not enough memory";
/// Text of the error when a message handler fails.
const HANDLER_FAILED: &str = "error in error handling";

/// Strings that every machine has.
static ALWAYS: LazyLock<Names> = LazyLock::new(|| {
    let events = Event::ALL.iter().map(|event| event.name());
    let texts = [NOT_ENOUGH, HANDLER_FAILED, ""].into_iter().chain(events);
    Names::new(texts.map(|text| text.as_bytes().into()))
});

/// The strings that every machine has, and the text of two that are never to wait.
pub(in crate::vm) fn always() -> (&'static Names, [&'static str; 2]) {
    (&ALWAYS, [NOT_ENOUGH, HANDLER_FAILED])
}

impl<'gc> Context<'gc> {
    /// Makes an image of a machine on which nothing has run yet. Returns nothing if it has
    /// something that is in no image: other keys than short strings, long strings, functions
    /// with upvalues, more than one userdata, files.
    pub(crate) fn image(self) -> Option<Image> {
        self.make_library_real();
        let state = self.state;
        let collector = &state.collector;
        let lists = collector.weak.borrow().len() + collector.finalizable.borrow().len();
        let strings = self.type_metatable(Type::String)?;
        let others = state.type_metatables.iter().filter(|own| own.get().is_some()).count();
        if lists > 0 || state.files.metatable.get().is_some() || others != 1 {
            return None;
        }
        let names = Names::new(state.strings.texts(self.mc));
        let mut walk =
            Walk { names: &names, found: vec![state.globals, state.registry], object: None };
        debug_assert_eq!(walk.found.len(), STRINGS);
        walk.found.push(strings);
        let mut tables = Vec::new();
        while let Some(table) = walk.found.get(tables.len()) {
            tables.push(walk.table(*table)?);
        }
        let object = walk.object.map_or(0, UserData::id);
        Some(Image {
            tables,
            object,
            ids: (state.next_id.get(), state.next_upvalue.get(), state.next_string.get()),
            bytes: (state.account.used(), state.account.peak()),
            slots: state.strings.slots(),
            names,
        })
    }

    /// Gives a new machine the library of an image.
    ///
    /// # Errors
    /// When it has no memory for it.
    pub(crate) fn begin_with(self, image: &'static Image) -> Result<(), Refused> {
        let state = self.state;
        let (used, peak) = image.bytes;
        state.account.reserve(peak)?;
        state.account.release(peak - used);
        state.strings.foresee(&image.names, image.slots);
        state.library.begin(image, state.globals, state.registry);
        state.next_id.set(image.ids.0);
        state.next_upvalue.set(image.ids.1);
        state.next_string.set(image.ids.2);
        let strings = self.heap().library_table(image, STRINGS);
        self.set_type_metatable(Type::String, Some(strings));
        Ok(())
    }

    /// Makes everything real that a new machine has only as an image: for whoever walks over
    /// all there is.
    pub(crate) fn make_library_real(self) {
        self.make_event_names();
        self.heap().make_all_real();
    }

    /// Makes the strings that are the names of events, which must be there as soon as there
    /// is a metatable that is real.
    pub(in crate::vm) fn make_event_names(self) {
        if self.state.has_event_names.replace(true) {
            return;
        }
        Event::ALL.iter().for_each(|event| self.make_event_name(*event));
    }

    fn make_event_name(self, event: Event) {
        let (state, text) = (self.state, event.name().as_bytes());
        state.event_names[event as usize].set(match state.strings.find(self.mc, text) {
            Ok(made) => made,
            Err(hash) => state.strings.insert(self.mc, text, hash),
        });
    }

    /// Returns the handler that was not found: nil, unless nothing was there yet to find it.
    #[cold]
    #[inline(never)]
    pub(super) fn no_handler(self, metatable: Table<'gc>, event: Event) -> Value<'gc> {
        let name = || self.state.event_names[event as usize].get();
        if metatable.is_pristine() {
            // Calls of methods and `string.format` ask for these of every string. Scripts have
            // not seen the metatable then: `getmetatable` asks for another event.
            let of_strings = matches!(event, Event::Index | Event::ToString | Event::Name);
            let own = self.type_metatable(Type::String);
            if of_strings && own.is_some_and(|own| own.ptr_eq(metatable)) {
                // One name is enough as long as no table has a metatable.
                self.make_event_name(event);
                return self.heap().pristine_kept(metatable, name());
            }
            self.heap().make_real(metatable);
        }
        self.make_event_names();
        let handler = metatable.get_str_now(name());
        if handler.is_nil() {
            metatable.remember_lack(event);
        }
        handler
    }
}

struct Walk<'a, 'gc> {
    names: &'a Names,
    /// Tables, by their numbers.
    found: Vec<Table<'gc>>,
    object: Option<UserData<'gc>>,
}

impl<'gc> Walk<'_, 'gc> {
    fn table(&mut self, table: Table<'gc>) -> Option<TableImage> {
        let mut entries = Vec::new();
        let mut position = 0;
        while let Some((next, key, value)) = table.next_index(position) {
            position = next;
            let Value::String(key) = key else { return None };
            entries.push((self.names.find(key.as_bytes())?, self.constant(value)?));
        }
        let plain = table.metatable().is_none() && table.json_mark() == 0;
        // No tombstones, and no array part that had items once.
        if !plain || entries.len() != table.entries() || table.logical_bytes() != expected(table) {
            return None;
        }
        Some(TableImage {
            id: table.id(),
            capacity: table.entries_room() as u32,
            read_only: table.is_read_only(),
            entries,
        })
    }

    fn constant(&mut self, value: Value<'gc>) -> Option<Constant> {
        Some(match value {
            Value::Boolean(b) => Constant::Boolean(b),
            Value::Integer(i) => Constant::Integer(i),
            Value::Number(n) => Constant::Number(n),
            Value::Builtin(def) => Constant::Builtin(def),
            Value::String(text) => Constant::Name(self.names.find(text.as_bytes())?),
            Value::Table(table) => Constant::Table(self.number_of(table)),
            Value::UserData(object) if self.object.is_none_or(|known| known.ptr_eq(object)) => {
                if object.tag() != 0 || object.metatable().is_some() || object.shared().is_some() {
                    return None;
                }
                self.object = Some(object);
                Constant::Object
            }
            _ => return None,
        })
    }

    fn number_of(&mut self, table: Table<'gc>) -> u16 {
        let known = self.found.iter().position(|own| own.ptr_eq(table));
        known.unwrap_or_else(|| {
            self.found.push(table);
            self.found.len() - 1
        }) as u16
    }
}

/// The size of a table that has a hash part only.
fn expected(table: Table<'_>) -> usize {
    use crate::vm::meters::account::{HASH_SLOT_BYTES, TABLE_BYTES};
    TABLE_BYTES + HASH_SLOT_BYTES * table.entries_room()
}
