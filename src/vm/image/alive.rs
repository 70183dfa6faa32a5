//! What a full collection would leave: the digest of a session must not tell whether there
//! was one.
//!
//! The same walk finds it, in PUC's order as the collector does it (`machine.rs`): what is
//! alive without finalizers, with the values of ephemerons whose keys are; then what objects
//! keep alive whose finalizers would be called.

use super::natives::Natives;
use super::outside::Outside;
use super::reach::{Dead, Reach, is_strong};
use super::save::{Purpose, Saver};
use super::wire::Writer;
use crate::vm::heap::table::image::EntryKey;
use crate::vm::heap::table::{Table, WEAK_KEYS, WEAK_VALUES};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use std::rc::Rc;

/// Finds out what is alive, if there is anything that a collection might take.
pub(super) fn alive<'gc>(
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
