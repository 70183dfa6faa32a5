//! What an option of `unpack` finds in the data.

use super::layout::{Item, Kind, Layout, unpack_float, unpack_integer};

/// What an option finds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'d> {
    /// An integer.
    Integer(i64),
    /// A float. Its bits are data: a NaN keeps its own until something calculates with it.
    Float(f64),
    /// The bytes of a string, and how many the option takes beyond its size.
    Bytes(&'d [u8], usize),
}

/// Why an option finds nothing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Missing {
    /// The data ends before.
    Short,
    /// An integer of so many bytes is too large for one of Lua's.
    Large(usize),
    /// No zero byte ends the string, which goes on for so many bytes.
    Unfinished(usize),
}

/// Finds the value of an option at the beginning of the data.
pub(super) fn read<'d>(layout: &Layout, item: Item, data: &'d [u8]) -> Result<Found<'d>, Missing> {
    let size = item.size;
    let own = data.get(..size).ok_or(Missing::Short)?;
    let integer = |signed| unpack_integer(own, layout.little, signed).ok_or(Missing::Large(size));
    Ok(match item.option {
        Kind::Signed => Found::Integer(integer(true)?),
        Kind::Unsigned => Found::Integer(integer(false)?),
        Kind::Float => Found::Float(unpack_float(own, layout.little)),
        Kind::Char => Found::Bytes(own, 0),
        Kind::String => {
            let len = usize::try_from(integer(false)? as u64).map_err(|_| Missing::Short)?;
            let text = data[size..].get(..len).ok_or(Missing::Short)?;
            Found::Bytes(text, len)
        }
        _ => {
            let len = memchr::memchr(0, data).ok_or(Missing::Unfinished(data.len()))?;
            Found::Bytes(&data[..len], len + 1)
        }
    })
}
