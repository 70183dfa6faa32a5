//! `lines` (manual §6.8): iterators over a file's contents.

use super::open::open_or_raise;
use super::read::{READ_LINES, begin, go_on};
use super::{borrow, check_open, default_file, stream_of};
use crate::vm::calls::call::Call;
use crate::vm::heap::closure::NativeClosure;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::items_price;
use crate::vm::state::world::{Mode, Standard};

/// Price of an iterator.
const ITERATOR_PRICE: u64 = 8;
/// Most formats an iterator keeps, as in PUC.
const MAX_FORMATS: usize = 250;
/// Upvalues of an iterator before its formats: the file, whether it is closed at the
/// end, the number of formats.
const FORMATS: usize = 3;

/// The function `lines` returns.
pub(super) static ITERATOR: NativeDef =
    NativeDef::new("io.lines_iterator", iterator, "6.8", "1 + bytes/64");

/// `file:lines (···)`
pub(super) fn file_lines<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    check_open(call, 0)?;
    let file = call.arg(0);
    let iterator = make_iterator(call, file, false)?;
    call.ret(iterator)
}

/// `io.lines ([filename, ···])`
pub(super) fn io_lines<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.arg(0).is_nil() {
        if call.top() == 0 {
            call.push(Value::Nil);
        }
        let Ok((file, _)) = default_file(call, Standard::Input) else {
            return Err(call.error("attempt to use a closed file"));
        };
        let iterator = make_iterator(call, Value::UserData(file), false)?;
        return call.ret(iterator);
    }
    let name = call.check_string(0)?;
    let file = match open_or_raise(call, name, Mode::READ)? {
        Ok(file) => Value::UserData(file),
        Err(flow) => return Ok(flow),
    };
    let iterator = make_iterator(call, file, true)?;
    for value in [iterator, Value::Nil, Value::Nil, file] {
        call.push(value);
    }
    Ok(Flow::Return(4))
}

/// Makes the iterator over a file with the formats from argument 2 on.
fn make_iterator<'gc>(
    call: &Call<'_, 'gc>,
    file: Value<'gc>,
    close: bool,
) -> Result<Value<'gc>, Interrupt<'gc>> {
    let count = call.above(1);
    if count > MAX_FORMATS {
        return Err(call.arg_error(MAX_FORMATS + 1, "too many arguments"));
    }
    call.charge(ITERATOR_PRICE + items_price(count))?;
    let mut upvalues = vec![file, Value::Boolean(close), Value::Integer(count as i64)];
    upvalues.extend_from_slice(call.slots(1, count));
    Ok(Value::Native(NativeClosure::new(call.ctx.heap(), &ITERATOR, &upvalues)?))
}

/// Reads by the formats. At the end, closes the file if `io.lines` opened it.
fn iterator<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0 {
        let file = call.upvalue(0);
        let Some(stream) = stream_of(call.ctx, &file) else {
            return Err(call.type_error(0, super::FILE));
        };
        if borrow(call, stream)?.is_closed() {
            return Err(call.error("file is already closed"));
        }
        let Value::Integer(count) = call.upvalue(2) else { return call.ret_none() };
        let count = count as usize;
        call.charge_items(count)?;
        call.ensure(count)?;
        // Where PUC has an argument the formats come behind.
        call.set_top(1);
        for at in 0..count {
            call.push(call.upvalue(FORMATS + at));
        }
        return begin(call, READ_LINES, file);
    }
    go_on(call)
}
