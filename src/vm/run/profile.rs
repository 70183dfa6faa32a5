//! What the instance of the loop that counts tells a profile before each instruction.

use crate::bytecode::names::called_name;
use crate::bytecode::op::Op;
use crate::vm::calls::error::find_called_as;
use crate::vm::heap::native::NativeDef;
use crate::vm::heap::thread::{Callee, Frame, Thread, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use crate::vm::state::profile::{DEEPEST, Function, Tree};
use std::sync::Arc;

/// Counts what was used until the instruction at `pc` of the innermost frame, `used` in all,
/// and notes where that one belongs.
pub(super) fn before<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &ThreadState<'gc>,
    pc: usize,
    used: u64,
) {
    ctx.state.profile.with(|tree| {
        tree.count(used);
        follow(tree, thread, th);
        let (own, known) = tree.innermost();
        let whole = known == th.frames.len();
        let rest = match th.frames.last() {
            Some(frame) if whole => rest(tree, th, frame, pc, own),
            _ => own,
        };
        tree.goes_on(own, rest);
    });
}

/// Makes what the tree knows of the stack what the stack is.
fn follow<'gc>(tree: &mut Tree, thread: Thread<'gc>, th: &ThreadState<'gc>) {
    tree.turn_to(thread.id(), th.frames.len());
    tree.forget(|index| th.frames.get(index).map(function));
    let (mut node, known) = tree.innermost();
    for index in known..th.frames.len().min(DEEPEST) {
        let Some(frame) = th.frames.get(index) else { return };
        let function = function(frame);
        if !is_hidden(&function) {
            let below = index.checked_sub(1).and_then(|below| th.frames.get(below));
            let pc = below.map_or(0, |below| below.pc);
            node = tree.way(node, pc, &function, || {
                let called = find_called_as(th, index, &mut 0).map(|(_, name)| name);
                function.shown(called)
            });
        }
        tree.enter(function, node);
    }
}

fn function(frame: &Frame<'_>) -> Function {
    match frame.callee {
        Callee::Lua(closure) => Function::Lua(Arc::clone(&closure.code().proto)),
        Callee::Native(def) => Function::Native(def),
    }
}

/// Tells whether a function is the machine's own, which nobody calls.
fn is_hidden(function: &Function) -> bool {
    matches!(function, Function::Native(def) if def.name.is_empty() && def.section != "host")
}

/// Returns where all but the first unit of an instruction belongs: what a native function
/// charges is its own, and what is done after a return the caller's.
fn rest<'gc>(
    tree: &mut Tree,
    th: &ThreadState<'gc>,
    frame: &Frame<'gc>,
    pc: usize,
    own: u32,
) -> u32 {
    let Callee::Lua(closure) = frame.callee else { return own };
    let proto = closure.proto();
    let Some(instr) = proto.code.get(pc) else { return own };
    match instr.op {
        Op::Return | Op::Return0 | Op::Return1 => tree.caller(),
        Op::Call | Op::TailCall => {
            match native(&th.stack.get(frame.base as usize + usize::from(instr.a))) {
                Some(def) => {
                    let function = Function::Native(def);
                    tree.way(own, pc as u32 + 1, &function, || {
                        let called = called_name(proto, pc, &mut 0).map(|(_, name)| name);
                        function.shown(called)
                    })
                }
                None => own,
            }
        }
        _ => own,
    }
}

/// Returns the native function that a value is.
fn native(value: &Value<'_>) -> Option<&'static NativeDef> {
    match value {
        Value::Builtin(def) => Some(def),
        Value::Native(closure) => Some(closure.def()),
        _ => None,
    }
}
