//! `string.dump` (manual §6.4).

use super::afford;
use crate::bytecode::dump as precompiled;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::Step;
use crate::vm::heap::value::Value;

#[cfg(test)]
mod tests;

/// Bytes of a chunk for one unit.
const BYTES_PER_UNIT: usize = 4;
/// Price of a dump whatever its size.
const PREPARE: u64 = 16;

/// `string.dump (function [, strip])`
pub(super) fn dump<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let Value::Closure(function) = call.check_function(0)? else {
        return Err(call.error("unable to dump given function"));
    };
    call.charge(PREPARE)?;
    let strip = call.arg(1).is_truthy();
    let (proto, name) = (function.proto(), function.source_name());
    let bytes = precompiled::dumped_len(proto, name, strip);
    // Counted once, written once: most of it a few bytes at a time.
    call.charge((bytes / BYTES_PER_UNIT) as u64)?;
    afford(call, bytes)?;
    let chunk = precompiled::dump(proto, name, strip);
    let chunk = call.ctx.string_from_vec(chunk)?;
    call.ret(chunk)
}
