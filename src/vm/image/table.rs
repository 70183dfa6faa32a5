//! Tables in an image.

use super::fault::Fault;
use super::load::Loader;
use super::object::Object;
use super::save::{Purpose, Saver};
use super::tag;
use crate::vm::heap::table::image::{EntryKey, Shape};
use crate::vm::heap::table::{TO_FINALIZE, Table};
use crate::vm::heap::value::Value;

/// Flags of a table.
const METATABLE: u8 = 1;
const INTEGERS: u8 = 2;
const READ_ONLY: u8 = 4;
const JSON: u8 = 8 | 16;
const JSON_SHIFT: u32 = 3;
const FINALIZER: u8 = 32;
const SPARSE: u8 = 64;
const FLAGS: u8 = 127;

impl<'gc> Saver<'_, 'gc> {
    pub(super) fn table_body(&mut self, table: Table<'gc>) {
        self.stamp(table.stamp());
        let shape = table.shape();
        let metatable = table.metatable();
        let mut flags = shape.json << JSON_SHIFT;
        let mut set = |flag, on| flags |= if on { flag } else { 0 };
        set(METATABLE, metatable.is_some());
        set(INTEGERS, shape.integers);
        set(READ_ONLY, shape.read_only);
        set(FINALIZER, table.collector_marks() & TO_FINALIZE != 0);
        let sparse = shape.beyond > 0 || shape.joined > 0 || shape.zero_leads;
        if sparse {
            flags |= SPARSE;
        }
        self.out.byte(flags);
        if let Some(metatable) = metatable {
            self.at(|| "(metatable)".to_owned());
            self.value(Value::Table(metatable));
        }
        let mode = table.weak_mode();
        if mode != 0 && self.purpose == Purpose::Reach {
            self.weak_met.push(table);
            self.strong_parts(table, mode);
            return;
        }
        let dead = self.dead_parts(table);
        let (items, places) = (dead.items(table), table.entries());
        self.out.size(items);
        self.out.size(shape.array - items);
        if sparse {
            self.out.size(dead.beyond(table, items));
            self.out.size(shape.joined << 1 | usize::from(shape.zero_leads));
        }
        self.out.size(places);
        self.out.byte(shape.hash.checked_ilog2().map_or(0, |log| log as u8 + 1));
        for (at, item) in table.items().take(items).enumerate() {
            self.at(|| format!("[{}]", at + 1));
            self.value(if dead.is_value(&item) { Value::Nil } else { item });
        }
        let mut chains = Vec::new();
        for (at, place) in table.places().enumerate() {
            let place = if dead.is_place(&place) { place.buried(places) } else { place };
            match place.key {
                EntryKey::Value(key) if !place.value.is_nil() => {
                    self.at(|| format!("(key {})", shown(&key)));
                    self.value(key);
                    self.at(|| shown(&key));
                    self.value(place.value);
                    continue;
                }
                EntryKey::String(_) if chains.is_empty() && self.purpose != Purpose::Digest => {
                    chains = table.chains();
                }
                _ => {}
            }
            // When a weak entry died is the collector's to say.
            let died = (mode == 0 || self.purpose != Purpose::Digest).then_some(place.died);
            self.tombstone(
                place.key,
                chains.get(at),
                died.map(|died| places as i64 - i64::from(died)),
            );
        }
    }

    /// Writes a place whose value is nil. `ago`: how many places came into use since.
    fn tombstone(&mut self, key: EntryKey<'gc>, chain: Option<&u32>, ago: Option<i64>) {
        match key {
            EntryKey::Value(key) => self.value(key),
            EntryKey::Gone => return self.out.byte(tag::NIL),
            EntryKey::Object(id) => {
                self.out.byte(tag::DEAD_OBJECT);
                self.out.number(id);
            }
            EntryKey::String(digest) => {
                self.out.byte(tag::DEAD_STRING);
                // What it was is known only under the key of hashes that it had.
                if self.purpose != Purpose::Digest {
                    self.keyed = true;
                    self.out.number(digest);
                    // No chain is so long: 0 is none.
                    self.out.number(chain.map_or(0, |chain| u64::from(chain.wrapping_add(1))));
                }
            }
        }
        self.out.byte(tag::NIL);
        if let Some(ago) = ago {
            self.out.signed(ago);
        }
    }
}

/// Shows a key as paths do.
fn shown(key: &Value<'_>) -> String {
    match key {
        Value::String(name) => {
            let name = name.as_bytes();
            let is_name = name.len() <= 64
                && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                && !name.first().is_none_or(u8::is_ascii_digit);
            let shown = &name[..name.len().min(64)];
            if is_name {
                format!(".{}", shown.escape_ascii())
            } else {
                format!("[\"{}\"]", shown.escape_ascii())
            }
        }
        Value::Integer(integer) => format!("[{integer}]"),
        Value::Number(number) => format!("[{number}]"),
        Value::Boolean(boolean) => format!("[{boolean}]"),
        other => format!("[{}]", other.type_name()),
    }
}

impl<'gc> Loader<'_, 'gc> {
    pub(super) fn table_body(&mut self, table: Table<'gc>) -> Result<(), Fault> {
        let stamp = self.stamp()?;
        let flags = self.from.byte()?;
        if flags & !FLAGS != 0 {
            return Err(Fault::Damaged("marks that no table has"));
        }
        let metatable = match flags & METATABLE {
            0 => None,
            _ => Some(self.table_or_nil()?.ok_or(Fault::Damaged("no metatable"))?),
        };
        let items = self.from.count(1)?;
        let free = self.from.size()?;
        let (beyond, joined) = match flags & SPARSE {
            0 => (0, 0),
            _ => (self.from.size()?, self.from.size()?),
        };
        let places = self.from.count(1)?;
        let hash = match self.from.byte()? {
            0 => 0,
            log @ 1..=32 => 1usize.checked_shl(u32::from(log) - 1).unwrap_or(0),
            _ => return Err(Fault::NUMBER),
        };
        let shape = Shape {
            array: items.saturating_add(free),
            hash,
            beyond,
            joined: joined >> 1,
            zero_leads: joined & 1 != 0,
            integers: flags & INTEGERS != 0,
            read_only: flags & READ_ONLY != 0,
            json: (flags & JSON) >> JSON_SHIFT,
        };
        table.make_room(self.heap(), &shape)?;
        for _ in 0..items {
            table.push_again(self.value()?)?;
        }
        for at in 0..places {
            self.place(table, at as u32, places)?;
        }
        table.finish_again(&shape, metatable, stamp)?;
        if flags & FINALIZER != 0 {
            table.set_collector_marks(table.collector_marks() | TO_FINALIZE);
        }
        Ok(())
    }

    fn place(&mut self, table: Table<'gc>, at: u32, places: usize) -> Result<(), Fault> {
        let (key, chain) = match self.from.byte()? {
            tag::NIL => {
                table.bury_again(EntryKey::Gone, 0, None)?;
                return Ok(());
            }
            tag::DEAD_OBJECT => (EntryKey::Object(self.from.number()?), None),
            tag::DEAD_STRING => {
                let digest = self.from.number()?;
                let chain = self.from.small()?.checked_sub(1);
                (EntryKey::String(digest), chain)
            }
            kind => (EntryKey::Value(self.value_of(kind)?), None),
        };
        let value = self.value()?;
        match key {
            EntryKey::Value(key) if !value.is_nil() => table.place_again(key, value)?,
            _ if !value.is_nil() => return Err(Fault::Damaged("a dead key with a value")),
            _ => {
                let died = (places as i64).checked_sub(self.from.signed()?);
                let died = died.and_then(|died| u32::try_from(died).ok()).ok_or(Fault::NUMBER)?;
                table.bury_again(key, died, chain)?;
                if let EntryKey::Object(id) = key {
                    self.dead.push((table, at, id));
                }
            }
        }
        Ok(())
    }

    /// Links the tombstones of objects that are alive, so that these find their places again.
    pub(super) fn link_dead(&mut self) {
        if self.dead.is_empty() {
            return;
        }
        let mut dead = std::mem::take(&mut self.dead);
        dead.sort_by_key(|(_, _, id)| *id);
        for object in &self.objects {
            let value = match *object {
                Object::Table(table) => Value::Table(table),
                Object::Closure(closure) => Value::Closure(closure),
                Object::Native(native) => Value::Native(native),
                Object::Thread(thread) => Value::Thread(thread),
                Object::UserData(userdata) => Value::UserData(userdata),
                Object::Code(_) | Object::Upvalue(_) | Object::Buffer(_) | Object::Loading(_) => {
                    continue;
                }
            };
            let id = value.object_id().unwrap_or(0);
            let first = dead.partition_point(|(_, _, dead)| *dead < id);
            for (table, at, _) in dead[first..].iter().take_while(|(_, _, dead)| *dead == id) {
                table.link_again(*at, value);
            }
        }
    }
}
