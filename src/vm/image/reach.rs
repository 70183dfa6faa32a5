//! What a full collection would leave, and what of weak tables it would take out
//! ([`alive`](super::alive) finds it).

use super::address::Addresses;
use crate::gc::Gc;
use crate::vm::heap::table::image::{EntryKey, Place};
use crate::vm::heap::table::{Table, WEAK_KEYS, WEAK_VALUES};
use crate::vm::heap::value::Value;
use std::rc::Rc;

/// What is alive.
#[derive(Debug)]
pub(super) struct Reach {
    /// Objects that are, or that finalizers keep alive, by address.
    pub(super) objects: Addresses,
    /// Those with smaller numbers are alive without finalizers.
    pub(super) first: u32,
}

/// Tells whether weak tables hold a value as any other table does.
pub(super) fn is_strong(value: &Value<'_>) -> bool {
    matches!(value, Value::String(_)) || value.collectable().is_none()
}

impl Reach {
    fn number(&self, value: &Value<'_>) -> Option<u32> {
        self.objects.get(Gc::as_ptr(value.collectable()?).addr())
    }

    /// Tells whether a value is alive without finalizers, if it is an object.
    pub(super) fn is_alive(&self, value: &Value<'_>) -> bool {
        is_strong(value) || self.number(value).is_some_and(|number| number < self.first)
    }
}

/// What of a weak table a collection would take out.
pub(super) struct Dead {
    pub(super) reach: Option<Rc<Reach>>,
    pub(super) mode: u8,
    /// The table is alive without finalizers.
    pub(super) early: bool,
}

impl Dead {
    /// Tells whether an item or a value is to go.
    pub(super) fn is_value(&self, value: &Value<'_>) -> bool {
        let Some(reach) = &self.reach else { return false };
        if self.mode & WEAK_VALUES == 0 || is_strong(value) {
            return false;
        }
        match reach.number(value) {
            None => true,
            Some(number) => self.early && number >= reach.first,
        }
    }

    /// Tells whether an entry is to go.
    pub(super) fn is_place(&self, place: &Place<'_>) -> bool {
        let Some(reach) = &self.reach else { return false };
        let EntryKey::Value(key) = &place.key else { return false };
        let dead_key = self.mode & WEAK_KEYS != 0 && !is_strong(key) && reach.number(key).is_none();
        !place.value.is_nil() && (dead_key || self.is_value(&place.value))
    }

    /// Returns how many items there would be.
    pub(super) fn items(&self, table: Table<'_>) -> usize {
        if self.reach.is_none() || self.mode & WEAK_VALUES == 0 {
            return table.array_len();
        }
        let alive = |item: &Value<'_>| !item.is_nil() && !self.is_value(item);
        let last = table.items().enumerate().filter(|(_, item)| alive(item)).last();
        last.map_or(0, |(at, _)| at + 1)
    }

    /// Returns how many of so many items would follow the border.
    pub(super) fn beyond(&self, table: Table<'_>, items: usize) -> usize {
        let alive = |item: &Value<'_>| !item.is_nil() && !self.is_value(item);
        let border = (table.len() as usize).min(items);
        let before = table.items().take(border).enumerate().filter(|(_, item)| alive(item)).last();
        items - before.map_or(0, |(at, _)| at + 1)
    }
}
