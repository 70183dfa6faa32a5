//! A table as it lies in memory, for tests that compare states of a machine.

use super::super::{Table, WEAK_KEYS, WEAK_VALUES};
use super::{GONE, NONE};
use crate::vm::heap::meta::Event;
use crate::vm::heap::string::hash_bytes;
use crate::vm::heap::value::Value;

/// The parts of a table that later fuel, memory or order may depend on.
pub(in crate::vm) struct Physical<'gc> {
    pub(in crate::vm) array: Vec<Value<'gc>>,
    pub(in crate::vm) array_capacity: u32,
    pub(in crate::vm) holes: u32,
    pub(in crate::vm) beyond: u32,
    pub(in crate::vm) joined: u32,
    pub(in crate::vm) zero_leads: bool,
    pub(in crate::vm) entries: Vec<PhysicalEntry<'gc>>,
    pub(in crate::vm) hash_capacity: usize,
    pub(in crate::vm) integers: bool,
    pub(in crate::vm) metatable: Option<Table<'gc>>,
    pub(in crate::vm) weak_mode: u8,
    pub(in crate::vm) collector_marks: u8,
    pub(in crate::vm) read_only: bool,
    pub(in crate::vm) json_mark: u8,
    /// What is wrong with the table, if anything is.
    pub(in crate::vm) broken: Option<String>,
}

/// An entry; of a tombstone, how many entries were used when it died.
pub(in crate::vm) struct PhysicalEntry<'gc> {
    pub(in crate::vm) key: Value<'gc>,
    pub(in crate::vm) value: Value<'gc>,
    pub(in crate::vm) died: Option<u32>,
}

impl<'gc> Table<'gc> {
    /// Returns the table as it lies in memory.
    pub(in crate::vm) fn physical(self) -> Physical<'gc> {
        let parts = self.parts();
        let entry = |at| {
            let entry = parts.entry(at);
            let died = entry.value.is_nil().then_some(entry.hash);
            PhysicalEntry { key: entry.key, value: entry.value, died }
        };
        Physical {
            array: (0..parts.array_len.get()).map(|at| parts.item(at)).collect(),
            array_capacity: parts.array_capacity.get(),
            holes: parts.holes.get(),
            beyond: parts.beyond.get(),
            joined: parts.joined.get(),
            zero_leads: parts.zero_leads(),
            entries: (0..parts.used.get()).map(entry).collect(),
            hash_capacity: parts.hash_capacity(),
            integers: parts.integers.get(),
            metatable: self.metatable(),
            weak_mode: self.weak_mode(),
            collector_marks: self.collector_marks() & !(WEAK_KEYS | WEAK_VALUES),
            read_only: self.is_read_only(),
            json_mark: self.json_mark(),
            broken: self.broken(),
        }
    }

    /// Looks for what no sequence of operations may leave behind.
    fn broken(self) -> Option<String> {
        let parts = self.parts();
        let nils = (0..parts.array_len.get()).filter(|at| parts.item(*at).is_nil()).count();
        if nils != parts.holes.get() as usize {
            return Some(format!("{nils} holes"));
        }
        if let Some(last) = parts.array_len.get().checked_sub(1)
            && parts.item(last).is_nil()
        {
            return Some("the last item is nil".to_owned());
        }
        if parts.zero_leads()
            && (parts.used.get() == 0 || !matches!(parts.entry(0).key, Value::Integer(0)))
        {
            return Some("what comes before the items is not 0".to_owned());
        }
        let border = self.len();
        if border > 0 && parts.item(border as u32 - 1).is_nil()
            || !self.get_int(border + 1).is_nil()
        {
            return Some(format!("{border} is no border"));
        }
        for at in 0..parts.used.get() {
            let entry = parts.entry(at);
            if !entry.value.is_nil() && parts.find(entry.key) != at {
                return Some(format!("entry {at} is not found"));
            }
            let forgotten = entry.value.is_nil() && entry.hash == GONE && entry.key.is_nil();
            if !forgotten && entry.next != NONE && entry.next >= parts.used.get() {
                return Some(format!("entry {at} leads out of the table"));
            }
        }
        let mut reached = 0;
        for hash in 0..self.heads() {
            parts.walk(hash, |_| {
                reached += 1;
                reached > parts.used.get()
            });
        }
        if reached > parts.used.get() {
            return Some("a chain does not end".to_owned());
        }
        for event in Event::ALL {
            let name = event.name().as_bytes();
            let at = parts.walk(
                hash_bytes(parts.hash_key, name),
                |entry| matches!(entry.key, Value::String(key) if key.as_bytes() == name),
            );
            if self.lacks(*event) && !parts.value_at(at).is_nil() {
                return Some(format!("it is said to lack {}", event.name()));
            }
        }
        None
    }

    fn heads(self) -> u32 {
        self.parts().hash_capacity() as u32
    }
}
