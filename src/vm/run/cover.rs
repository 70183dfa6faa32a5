//! What the instance of the loop that counts does before each instruction.

use crate::bytecode::op::{Instr, Op};
use crate::vm::heap::closure::LuaClosure;
use crate::vm::heap::thread::ThreadState;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use crate::vm::state::coverage::{Coverage, Operand};

/// Entries of a table that a look-up may have been meant for.
const ENTRIES: usize = 16;

/// Counts the instruction at `pc` of the running function, which is about to be executed.
#[inline(never)]
pub(super) fn before<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    closure: LuaClosure<'gc>,
    pc: usize,
) {
    let coverage = &ctx.state.coverage;
    let code = closure.code();
    coverage.count(code.as_ref(), pc);
    if coverage.compared.is_on()
        && let Some(instr) = code.proto.code.get(pc)
    {
        note(ctx, th, closure, *instr);
    }
}

/// Notes that the instruction at `pc` of the running function jumps.
pub(super) fn jumped(closure: LuaClosure<'_>, pc: usize) {
    Coverage::jumped(closure.code().as_ref(), pc);
}

/// Notes what an instruction compares, if it does.
fn note<'gc>(ctx: Context<'gc>, th: &ThreadState<'gc>, closure: LuaClosure<'gc>, instr: Instr) {
    let Some(base) = th.frames.last().map(|frame| frame.base as usize) else { return };
    let register = |register: u8| th.stack.get(base + register as usize);
    let constant =
        |index: u32| closure.code().constants.get(index as usize).copied().unwrap_or_default();
    match instr.op {
        Op::Eq | Op::Lt | Op::Le => compared(ctx, register(instr.a), register(instr.b)),
        Op::EqK => compared(ctx, register(instr.a), constant(u32::from(instr.b))),
        Op::EqI | Op::LtI | Op::LeI | Op::GtI | Op::GeI => {
            compared(ctx, register(instr.a), Value::Integer(i64::from(instr.sb())));
        }
        Op::GetTable => sought(ctx, register(instr.b), register(instr.c)),
        Op::Call | Op::TailCall => {
            // Functions that look for a text, by what they are called with.
            if let Value::Builtin(def) = register(instr.a)
                && matches!(
                    def.name,
                    "string.find" | "string.match" | "string.gmatch" | "string.gsub"
                )
                && instr.b != 1
                && instr.b != 2
            {
                let (text, pattern) = (instr.a + 1, instr.a + 2);
                compared(ctx, register(text), register(pattern));
            }
        }
        _ => {}
    }
}

fn operand(value: Value<'_>) -> Option<Operand> {
    Some(match value {
        Value::Integer(number) => Operand::Integer(number),
        Value::Number(number) => Operand::Float(number),
        Value::String(text) => Operand::text(text.as_bytes()),
        _ => return None,
    })
}

fn compared<'gc>(ctx: Context<'gc>, left: Value<'gc>, right: Value<'gc>) {
    if let (Some(left), Some(right)) = (operand(left), operand(right)) {
        ctx.state.coverage.compared.note(left, right);
    }
}

/// A key that a table does not have might have been one that it has.
fn sought<'gc>(ctx: Context<'gc>, table: Value<'gc>, key: Value<'gc>) {
    let (Value::Table(table), Some(left)) = (table, operand(key)) else { return };
    // Looking for a long string would leave its hash, which changes the price of the next search.
    let cheap = match key {
        Value::String(text) => text.is_short(),
        Value::Integer(_) => true,
        _ => false,
    };
    if !cheap || !table.get(ctx.heap(), key).is_nil() {
        return;
    }
    let mut cursor = 0;
    for _ in 0..ENTRIES {
        let Some((after, key, _)) = table.next_index(cursor) else { return };
        if let Some(right) = operand(key) {
            ctx.state.coverage.compared.note(left.clone(), right);
        }
        cursor = after;
    }
}
