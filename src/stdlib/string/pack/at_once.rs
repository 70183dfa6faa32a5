//! What `pack` and `unpack` do without a frame: values that give, or come of, a few bytes.

use super::layout::{Item, Kind, Layout, fits, pack_float, pack_integer};
use super::read::{Found, read};
use super::{PREPARE, SLOTS, STRING, option_price, start_position};
use crate::vm::calls::bare::Bare;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::SHORT;

/// Most options that are handled at once.
const FEW: usize = 16;
/// Most values that `unpack` makes at once.
const VALUES: usize = 8;

/// Packed values: their bytes, how many count, and the price.
pub(super) struct Packed {
    bytes: [u8; SHORT],
    len: usize,
    pub(super) price: u64,
}

impl Packed {
    /// Packs values of the very types that the options ask for into a few bytes. Returns
    /// nothing where it takes more, or something is wrong.
    pub(super) fn new(format: &[u8], values: &[Value<'_>]) -> Option<Packed> {
        let mut packed = Packed { bytes: [0; SHORT], len: 0, price: PREPARE };
        let mut values = values.iter();
        let mut layout = Layout::default();
        for _ in 0..FEW {
            if layout.is_at_end(format) {
                return (packed.len <= SHORT).then_some(packed);
            }
            packed.price += option_price(&layout, format);
            let item = layout.next(format, packed.len).ok()?;
            // What is skipped is 0 already.
            packed.len += item.padding;
            if item.takes_argument() {
                packed.put(&layout, item, values.next()?)?;
            } else {
                packed.len += item.size;
            }
        }
        None
    }

    fn put(&mut self, layout: &Layout, item: Item, value: &Value<'_>) -> Option<()> {
        let size = item.size;
        match (item.option, value) {
            (Kind::Signed | Kind::Unsigned, Value::Integer(n)) => {
                let signed = item.option == Kind::Signed;
                if !fits(*n, size, signed) {
                    return None;
                }
                let bytes = pack_integer(*n, size, layout.little, signed && *n < 0);
                self.push(&bytes[..size])
            }
            (Kind::Float, Value::Number(n)) => {
                self.push(&pack_float(*n, size, layout.little)[..size])
            }
            (Kind::Float, Value::Integer(n)) => {
                self.push(&pack_float(*n as f64, size, layout.little)[..size])
            }
            (Kind::Char, Value::String(s)) if s.len() <= size => {
                self.push(s.as_bytes())?;
                self.len = self.len.checked_add(size - s.len())?;
                Some(())
            }
            (Kind::String, Value::String(s)) if s.len() <= SHORT => {
                self.push(&pack_integer(s.len() as i64, size, layout.little, false)[..size])?;
                self.push(s.as_bytes())
            }
            (Kind::Zero, Value::String(s)) if s.len() < SHORT && !s.as_bytes().contains(&0) => {
                self.push(s.as_bytes())?;
                self.push(&[0])
            }
            _ => None,
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.len.checked_add(bytes.len())?;
        self.bytes.get_mut(self.len..end)?.copy_from_slice(bytes);
        self.len = end;
        Some(())
    }

    /// Returns the bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// `string.pack (fmt, v1, v2, ···)`
pub(in crate::stdlib::string) fn pack(call: &mut Bare<'_, '_>) -> Option<usize> {
    let [Value::String(format), values @ ..] = call.args() else { return None };
    let packed = Packed::new(format.as_bytes(), values)?;
    if !call.pays(packed.price) {
        return None;
    }
    let string = call.ctx.string(packed.bytes()).ok()?;
    call.ret(Value::String(string))
}

/// `string.unpack (fmt, s [, pos])`
///
/// Nothing is made before all of it is known and paid.
pub(in crate::stdlib::string) fn unpack(call: &mut Bare<'_, '_>) -> Option<usize> {
    let (format, data, position) = match *call.args() {
        [Value::String(format), Value::String(data)] => (format, data, 1),
        [Value::String(format), Value::String(data), Value::Integer(position)] => {
            (format, data, position)
        }
        _ => return None,
    };
    let (format, data) = (format.as_bytes(), data.as_bytes());
    let mut position = start_position(position, data.len()) - 1;
    let mut layout = Layout::default();
    let mut price = PREPARE;
    let mut all = [Found::Integer(0); VALUES];
    let mut count = 0;
    let mut options = 0;
    while !layout.is_at_end(format) {
        options += 1;
        if options > FEW {
            return None;
        }
        price += option_price(&layout, format);
        let item = layout.next(format, position).ok()?;
        let rest = data.get(position..)?.get(item.padding..)?;
        position += item.padding + item.size;
        if item.takes_argument() {
            let found = read(&layout, item, rest).ok()?;
            if let Found::Bytes(text, more) = found {
                if text.len() > SHORT {
                    return None;
                }
                position += more;
                price += STRING;
            }
            *all.get_mut(count)? = found;
            count += 1;
        }
    }
    // With a frame room is asked for beyond the values.
    let room = SLOTS + count + 1 - call.args().len();
    if position > data.len() || !call.has_room(room) || !call.pays(price) {
        return None;
    }
    let mut values = [Value::Nil; VALUES];
    for (value, found) in values.iter_mut().zip(&all[..count]) {
        *value = match *found {
            Found::Integer(n) => Value::Integer(n),
            Found::Float(n) => Value::Number(n),
            Found::Bytes(text, _) => Value::String(call.ctx.string(text).ok()?),
        };
    }
    call.keep_numbers(SLOTS)?;
    call.ret_each(count + 1, |at| {
        if at < count { values[at] } else { Value::Integer(position as i64 + 1) }
    })
}
