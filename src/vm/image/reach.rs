//! What a full collection would leave: the digest of a session must not tell whether there
//! was one.
//!
//! The same walk finds it, in PUC's order as the collector does it (`machine.rs`): what is
//! alive without finalizers, with the values of ephemerons whose keys are; then what objects
//! keep alive whose finalizers would be called.

use super::address::Addresses;
use super::natives::Natives;
use super::save::{Purpose, Saver};
use super::userdata::Outside;
use super::wire::Writer;
use crate::gc::Gc;
use crate::vm::heap::table::image::{EntryKey, Place};
use crate::vm::heap::table::{Table, WEAK_KEYS, WEAK_VALUES};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use std::rc::Rc;

/// What is alive.
#[derive(Debug)]
pub(super) struct Reach {
    /// Objects that are, or that finalizers keep alive, by address.
    objects: Addresses,
    /// Those with smaller numbers are alive without finalizers.
    first: u32,
}

/// Tells whether weak tables hold a value as any other table does.
fn is_strong(value: &Value<'_>) -> bool {
    matches!(value, Value::String(_)) || value.collectable().is_none()
}

impl Reach {
    /// Finds out what is alive, if there is anything that a collection might take.
    pub(super) fn of<'gc>(
        ctx: Context<'gc>,
        natives: &Natives,
        outside: &mut dyn Outside,
    ) -> Option<Reach> {
        let collector = &ctx.state.collector;
        if collector.weak.borrow().is_empty() && collector.finalizable.borrow().is_empty() {
            return None;
        }
        let mut saver = Saver::new(ctx, Purpose::Reach, Writer::idle(), natives, outside);
        saver.roots();
        for object in collector.pending.borrow().iter() {
            saver.value(*object);
        }
        saver.converge();
        let first = saver.met();
        for object in collector.finalizable.borrow().iter().rev() {
            saver.value(*object);
        }
        saver.converge();
        Some(Reach { objects: saver.into_objects(), first })
    }

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
    reach: Option<Rc<Reach>>,
    mode: u8,
    /// The table is alive without finalizers.
    early: bool,
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
}

impl<'gc> Saver<'_, 'gc> {
    /// Returns what of a table is not to be told of.
    pub(super) fn dead_parts(&self, table: Table<'gc>) -> Dead {
        let mode = table.weak_mode();
        match &self.reach {
            Some(reach) if mode != 0 => {
                let early = reach.is_alive(&Value::Table(table));
                Dead { reach: Some(Rc::clone(reach)), mode, early }
            }
            _ => Dead { reach: None, mode, early: false },
        }
    }

    /// Meets what a table in a weak mode keeps alive whatever else is.
    pub(super) fn strong_parts(&mut self, table: Table<'gc>, mode: u8) {
        for item in table.items() {
            if mode & WEAK_VALUES == 0 || is_strong(&item) {
                self.value(item);
            }
        }
        for place in table.places() {
            let EntryKey::Value(key) = place.key else { continue };
            let weak_key = mode & WEAK_KEYS != 0 && !is_strong(&key);
            if mode & WEAK_KEYS == 0 {
                self.value(key);
            }
            let weak_value = mode & WEAK_VALUES != 0 && !is_strong(&place.value);
            if !weak_key && !weak_value {
                self.value(place.value);
            }
        }
    }

    /// Meets all that can be reached, values of ephemerons with living keys included.
    fn converge(&mut self) {
        loop {
            self.bodies();
            let before = self.met();
            for at in 0..self.weak_met.len() {
                let table = self.weak_met[at];
                if table.weak_mode() != WEAK_KEYS {
                    continue;
                }
                for place in table.places() {
                    if let EntryKey::Value(key) = place.key
                        && (is_strong(&key) || self.has_met(&key))
                    {
                        self.value(place.value);
                    }
                }
            }
            if self.met() == before {
                return;
            }
        }
    }

    fn has_met(&self, value: &Value<'gc>) -> bool {
        value.collectable().is_some_and(|object| self.number_of(object).is_some())
    }
}
