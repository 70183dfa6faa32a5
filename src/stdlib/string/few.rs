//! Short matches without a frame ([`AtOnce`]): what `find`, `match` and the iterator of `gmatch`
//! do in their first step, where that is the only one. Everything else is left to them.
//!
//! [`AtOnce`]: crate::vm::heap::native::AtOnce

use super::pattern::{Captured, Found, Outcome, find_alone, find_anchored, lend};
use super::search::{has_specials, is_anchored, plain_price, position, unanchored};
use super::start_position;
use crate::vm::calls::bare::Bare;
use crate::vm::heap::string::Str;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::SHORT;
use crate::vm::meters::fuel::bytes_price;

/// Most units that a search may take here: one that takes more is begun again with a frame.
pub(super) const FEW_UNITS: u64 = 1000;
/// Most values that are returned: more ask for room.
const MOST: usize = 4;
/// Bytes of the longest pattern that is looked at here: nobody pays for that.
const LONGEST: usize = 256;

/// `string.find (s, pattern [, init [, plain]])`
pub(super) fn find(call: &mut Bare<'_, '_>) -> Option<usize> {
    let [Value::String(src), Value::String(pat), ref rest @ ..] = *call.args() else {
        return None;
    };
    let init = init_of(rest).filter(|_| pat.len() <= LONGEST)?;
    let is_plain = rest.get(1).is_some_and(|plain| plain.is_truthy());
    if is_plain || !has_specials(pat.as_bytes()) {
        return find_plain(call, src, pat, init);
    }
    search(call, src, pat, init, true)
}

/// `string.match (s, pattern [, init])`
pub(super) fn match_(call: &mut Bare<'_, '_>) -> Option<usize> {
    let [Value::String(src), Value::String(pat), ref rest @ ..] = *call.args() else {
        return None;
    };
    let init = init_of(rest).filter(|_| pat.len() <= LONGEST)?;
    search(call, src, pat, init, false)
}

/// Reads where to begin, the first of the arguments behind the pattern.
#[inline(always)]
fn init_of(rest: &[Value<'_>]) -> Option<i64> {
    match rest {
        [] | [Value::Nil, ..] => Some(1),
        [Value::Integer(init), ..] => Some(*init),
        _ => None,
    }
}

/// Slots that `find` and `match` have for their arguments.
const ARGS: usize = 4;

fn find_plain<'gc>(
    call: &mut Bare<'_, 'gc>,
    src: Str<'gc>,
    pat: Str<'gc>,
    init: i64,
) -> Option<usize> {
    let from = start_position(init, src.len()) - 1;
    let Some(rest) = src.as_bytes().get(from..) else { return call.ret(Value::Nil) };
    let mut price = bytes_price(2 * pat.len());
    let fits = pat.len() <= rest.len();
    if fits {
        price += plain_price(rest.len(), pat.len());
    }
    if price > FEW_UNITS || !call.pays(price) {
        return None;
    }
    let at = if fits { position(rest, pat.as_bytes()) } else { None };
    call.keep_nils(ARGS)?;
    match at {
        Some(at) => {
            let at = (from + at) as i64;
            call.ret_two(Value::Integer(at + 1), Value::Integer(at + pat.len() as i64))
        }
        None => call.ret(Value::Nil),
    }
}

/// Looks for a pattern that is not plain.
fn search<'gc>(
    call: &mut Bare<'_, 'gc>,
    src: Str<'gc>,
    pat: Str<'gc>,
    init: i64,
    find: bool,
) -> Option<usize> {
    let from = start_position(init, src.len()) - 1;
    if from > src.len() {
        return call.ret(Value::Nil);
    }
    let price = bytes_price(2 * pat.len());
    if !call.can_pay(price + FEW_UNITS) {
        return None;
    }
    let (pat, is_anchored) = (unanchored(pat.as_bytes()), is_anchored(pat.as_bytes()));
    let mut few = Few::new();
    let (span, used) = few.look(src.as_bytes(), pat, (from, None), is_anchored, !find)?;
    if !call.pays(price + used) {
        return None;
    }
    let Some((start, end)) = span else {
        call.keep_nils(ARGS)?;
        return call.ret(Value::Nil);
    };
    let span = [Value::Integer(start as i64 + 1), Value::Integer(end as i64)];
    few.push(call, src, ARGS - 1, if find { &span } else { &[] })
}

/// What a short match has captured.
pub(super) struct Few {
    list: [Captured; MOST],
    count: usize,
}

impl Few {
    /// Makes an empty list.
    #[inline(always)]
    pub(super) fn new() -> Few {
        Few { list: [Captured::Position(0); MOST], count: 0 }
    }

    /// Looks for the first match at or after `start` that does not end at `last`, as a machine
    /// does. Returns where it begins and ends, if there is one, and the units that takes; nothing
    /// if it takes more than is done here. The list gets what is captured; or the whole match, if
    /// there is no capture and `whole`.
    #[inline]
    pub(super) fn look(
        &mut self,
        src: &[u8],
        pat: &[u8],
        (start, last): (usize, Option<usize>),
        is_anchored: bool,
        whole: bool,
    ) -> Option<(Option<(usize, usize)>, u64)> {
        // What is found alone is one capture at most: with the positions that is the machine's.
        if whole || pat.first() != Some(&b'(') {
            let alone = if is_anchored {
                find_anchored(src, pat, start, FEW_UNITS)
            } else {
                find_alone(src, pat, start, FEW_UNITS)
            };
            if let Some(Found { at, len, text, used, .. }) = alone {
                let span = at.map(|at| (at, at + len));
                if let (Some((from, _)), true) = (span, whole) {
                    (self.list[0], self.count) = (Captured::Span(from, from + text), 1);
                }
                return Some((span, used));
            }
        }
        let mut lent = lend();
        let machine = lent.machine();
        machine.begin(pat, start, is_anchored, last);
        match machine.run(src, pat, FEW_UNITS) {
            Outcome::Matched { end } => {
                let level = machine.level();
                self.count = if whole { level.max(1) } else { level };
                for (index, captured) in self.list.get_mut(..self.count)?.iter_mut().enumerate() {
                    *captured = machine.capture(index, end).ok()?;
                }
                Some((Some((machine.start(), end)), machine.used()))
            }
            Outcome::Failed => Some((None, machine.used())),
            Outcome::Error(_) | Outcome::OutOfBudget => None,
        }
    }

    /// Cuts the window to `top` values, and pushes `first` and what is captured, paying for its
    /// bytes.
    #[inline]
    pub(super) fn push<'gc>(
        &self,
        call: &mut Bare<'_, 'gc>,
        src: Str<'gc>,
        top: usize,
        first: &[Value<'gc>],
    ) -> Option<usize> {
        let captured = self.list.get(..self.count)?;
        let count = first.len() + captured.len();
        let mut values = [Value::Nil; MOST];
        values.get_mut(..first.len())?.copy_from_slice(first);
        let values_of = values.get_mut(first.len()..count)?;
        // Made again, short strings are the same ones; a long one is made when all others are
        // there, since it would be made twice if one of them were refused.
        let mut long = None;
        for (index, captured) in captured.iter().enumerate() {
            values_of[index] = match *captured {
                Captured::Position(position) => Value::Integer(position),
                Captured::Span(from, to) if to - from > SHORT => {
                    if long.replace((index, from, to)).is_some() {
                        return None;
                    }
                    continue;
                }
                Captured::Span(from, to) => {
                    let bytes = src.as_bytes().get(from..to)?;
                    Value::String(call.ctx.string(bytes).ok()?)
                }
            };
        }
        if let Some((index, from, to)) = long {
            values_of[index] = Value::String(call.string(src.as_bytes().get(from..to)?)?);
        }
        call.keep_nils(top)?;
        call.cut(top);
        match values {
            [one, ..] if count == 1 => call.ret(one),
            [one, two, ..] if count == 2 => call.ret_two(one, two),
            _ => call.ret_each(count, |index| values[index]),
        }
    }
}
