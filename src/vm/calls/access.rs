//! Indexing with metamethods (manual §2.4, `__index` and `__newindex`).

use super::error::{self, Place};
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::ThreadState;
use crate::vm::heap::value::{Type, Value};
use crate::vm::state::context::Context;

/// Most links of an `__index` or `__newindex` chain: PUC's `MAXTAGLOOP`.
pub(crate) const MAX_CHAIN: usize = 2000;
/// Links that cost nothing beyond the instruction; each further one is a unit.
const FREE_LINKS: usize = 8;

/// The outcome of a look-up.
#[derive(Clone, Copy, Debug)]
pub enum Found<'gc> {
    /// The value, nil if absent.
    Value(Value<'gc>),
    /// This function must be called with the object and the key.
    Handler {
        /// The `__index` function.
        handler: Value<'gc>,
        /// The object it was found for.
        object: Value<'gc>,
    },
}

impl<'gc> Context<'gc> {
    /// Looks `key` up in any value, following `__index`.
    ///
    /// # Errors
    /// When a value cannot be indexed, or the chain is too long.
    pub fn index_chain(
        self,
        th: &ThreadState<'gc>,
        object: Value<'gc>,
        key: Value<'gc>,
    ) -> Result<Found<'gc>, Interrupt<'gc>> {
        self.index_at(th, object, key, Place::Unknown)
    }

    /// Like [`Context::index_chain`], for an operand at `place`.
    ///
    /// # Errors
    /// When a value cannot be indexed, or the chain is too long.
    pub fn index_at(
        self,
        th: &ThreadState<'gc>,
        mut object: Value<'gc>,
        key: Value<'gc>,
        place: Place,
    ) -> Result<Found<'gc>, Interrupt<'gc>> {
        for link in 0..MAX_CHAIN {
            if link >= FREE_LINKS {
                self.charge(1)?;
            }
            let handler = match object {
                Value::Table(table) => {
                    let value = table.get_charged(self.heap(), key)?;
                    if !value.is_nil() {
                        return Ok(Found::Value(value));
                    }
                    // Nothing was found: the table is real.
                    let handler = match table.metatable_or_pristine() {
                        Some(metatable) => self.handler(metatable, Event::Index),
                        None => Value::Nil,
                    };
                    if handler.is_nil() {
                        return Ok(Found::Value(Value::Nil));
                    }
                    handler
                }
                _ => {
                    let handler = self.metamethod(&object, Event::Index);
                    if handler.is_nil() {
                        let place = if link == 0 { place } else { Place::Unknown };
                        return Err(error::operand_at(self, th, &object, "index", place));
                    }
                    handler
                }
            };
            if handler.type_of() == Type::Function {
                return Ok(Found::Handler { handler, object });
            }
            object = handler;
        }
        Err(error::runtime(self, th, "'__index' chain too long; possible loop"))
    }

    /// Assigns `key` in any value, following `__newindex`. Returns the function to
    /// call and the object it is for, if one must be called.
    ///
    /// # Errors
    /// When a value cannot be indexed, the key is nil or NaN, the chain is too
    /// long, or fuel or memory is refused.
    pub fn set_index_chain(
        self,
        th: &ThreadState<'gc>,
        object: Value<'gc>,
        key: Value<'gc>,
        value: Value<'gc>,
    ) -> Result<Option<(Value<'gc>, Value<'gc>)>, Interrupt<'gc>> {
        self.set_index_at(th, object, key, value, Place::Unknown)
    }

    /// Like [`Context::set_index_chain`], for an operand at `place`.
    ///
    /// # Errors
    /// As [`Context::set_index_chain`].
    pub fn set_index_at(
        self,
        th: &ThreadState<'gc>,
        mut object: Value<'gc>,
        key: Value<'gc>,
        value: Value<'gc>,
        place: Place,
    ) -> Result<Option<(Value<'gc>, Value<'gc>)>, Interrupt<'gc>> {
        for link in 0..MAX_CHAIN {
            if link >= FREE_LINKS {
                self.charge(1)?;
            }
            let handler = match object {
                Value::Table(table) => {
                    let handler = match table.metatable() {
                        Some(metatable) if table.get_charged(self.heap(), key)?.is_nil() => {
                            self.handler(metatable, Event::NewIndex)
                        }
                        _ => Value::Nil,
                    };
                    if handler.is_nil() {
                        self.set_raw(th, table, key, value)?;
                        return Ok(None);
                    }
                    handler
                }
                _ => {
                    let handler = self.metamethod(&object, Event::NewIndex);
                    if handler.is_nil() {
                        let place = if link == 0 { place } else { Place::Unknown };
                        return Err(error::operand_at(self, th, &object, "index", place));
                    }
                    handler
                }
            };
            if handler.type_of() == Type::Function {
                return Ok(Some((handler, object)));
            }
            object = handler;
        }
        Err(error::runtime(self, th, "'__newindex' chain too long; possible loop"))
    }

    /// Assigns without metamethods; key errors get the position of the running function.
    ///
    /// # Errors
    /// When the key is nil or NaN, the table is read-only, or fuel or memory is refused.
    pub fn set_raw(
        self,
        th: &ThreadState<'gc>,
        table: Table<'gc>,
        key: Value<'gc>,
        value: Value<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        match key {
            Value::Nil => Err(error::runtime(self, th, "table index is nil")),
            Value::Number(n) if n.is_nan() => Err(error::runtime(self, th, "table index is NaN")),
            _ if table.is_read_only() => {
                Err(error::runtime(self, th, "attempt to modify a readonly table"))
            }
            _ => table.raw_set(self.heap(), key, value),
        }
    }

    /// Compares with `<` when both are numbers or both strings.
    ///
    /// # Errors
    /// When fuel for comparing long strings is refused.
    pub fn raw_less_than(
        self,
        a: &Value<'gc>,
        b: &Value<'gc>,
    ) -> Result<Option<bool>, Interrupt<'gc>> {
        use crate::base::arithmetic::{float_lt_int, int_lt_float};
        Ok(Some(match (a, b) {
            (Value::Integer(a), Value::Integer(b)) => a < b,
            (Value::Number(a), Value::Number(b)) => a < b,
            (Value::Integer(a), Value::Number(b)) => int_lt_float(*a, *b),
            (Value::Number(a), Value::Integer(b)) => float_lt_int(*a, *b),
            (Value::String(a), Value::String(b)) => {
                self.charge_compare(a.len().min(b.len()))?;
                a.as_bytes() < b.as_bytes()
            }
            _ => return Ok(None),
        }))
    }

    /// Compares with `<=` when both are numbers or both strings.
    ///
    /// # Errors
    /// When fuel for comparing long strings is refused.
    pub fn raw_less_equal(
        self,
        a: &Value<'gc>,
        b: &Value<'gc>,
    ) -> Result<Option<bool>, Interrupt<'gc>> {
        use crate::base::arithmetic::{float_le_int, int_le_float};
        Ok(Some(match (a, b) {
            (Value::Integer(a), Value::Integer(b)) => a <= b,
            (Value::Number(a), Value::Number(b)) => a <= b,
            (Value::Integer(a), Value::Number(b)) => int_le_float(*a, *b),
            (Value::Number(a), Value::Integer(b)) => float_le_int(*a, *b),
            (Value::String(a), Value::String(b)) => {
                self.charge_compare(a.len().min(b.len()))?;
                a.as_bytes() <= b.as_bytes()
            }
            _ => return Ok(None),
        }))
    }

    /// Charges for comparing `bytes` bytes.
    fn charge_compare(self, bytes: usize) -> Result<(), Interrupt<'gc>> {
        self.charge(crate::vm::meters::fuel::bytes_price(bytes))
    }
}
