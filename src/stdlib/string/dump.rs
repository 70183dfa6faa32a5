//! `string.dump` (manual §6.4).

use super::afford;
use crate::bytecode::dump as precompiled;
use crate::vm::call::Call;
use crate::vm::native::Step;
use crate::vm::value::Value;

#[cfg(test)]
mod tests;

/// Price of a dump whatever its size.
const PREPARE: u64 = 16;

/// `string.dump (function [, strip])`
pub(super) fn dump<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let Value::Closure(function) = call.check_function(0)? else {
        return Err(call.error("unable to dump given function"));
    };
    call.charge(PREPARE)?;
    let strip = call.arg(1).is_truthy();
    afford(call, precompiled::dumped_len(function.proto(), strip))?;
    let chunk = precompiled::dump(function.proto(), strip);
    let chunk = call.ctx.string_from_vec(chunk)?;
    call.ret(chunk)
}
