//! Numbers as text, in both directions (manual §3.1, §3.4.3, §6.4).

mod big;
mod decimal;
mod digits;
mod format;
mod parse;
mod printf;
mod shortest;

pub(crate) use format::{float_text, format_float, format_id, format_integer};
pub(crate) use parse::parse_number;
pub(crate) use printf::{Flags, FloatSpec, format_double, format_int_spec};
pub(crate) use shortest::{Shortest, float_json};

/// A Lua number: one of its two subtypes (manual §2.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A 64-bit integer.
    Integer(i64),
    /// A double.
    Float(f64),
}

#[cfg(test)]
mod tests;
