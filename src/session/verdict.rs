//! What a hook says of the thing it was asked about, read where its values lie.
//!
//! A hook that forbids something may return more beside that has no JSON form: a reason that is
//! no UTF-8, a function. It has forbidden it all the same. As with a [view](super::view),
//! nothing is charged and nothing is made.

use super::Session;
use crate::stdlib::json::is_null;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

/// The field that a hook's table has where it forbids.
const BLOCK: &[u8] = b"block";

/// What the run before said.
#[derive(Debug, Default)]
struct Verdict {
    blocks: bool,
}

impl Session {
    /// Lets the first value of the next run be read as a hook's answer.
    pub(crate) fn ask_verdict(&mut self) {
        self.machine.0.enter(|ctx| {
            *ctx.state.view.borrow_mut() = Some(Box::new(Verdict::default()));
        });
    }

    /// Tells whether the last run returned a table whose field `block` is true, as Lua has it:
    /// anything but nil, false and `json.null`.
    pub(crate) fn take_verdict(&mut self) -> bool {
        let taken = self.machine.0.enter(|ctx| ctx.state.view.borrow_mut().take());
        let verdict = taken.and_then(|asked| asked.downcast::<Verdict>().ok());
        verdict.is_some_and(|verdict| verdict.blocks)
    }
}

/// Reads the first value of a run, if the host has asked for that.
pub(super) fn look<'gc>(ctx: Context<'gc>, first: Option<Value<'gc>>) {
    let mut asked = ctx.state.view.borrow_mut();
    let Some(verdict) = asked.as_mut().and_then(|asked| asked.downcast_mut::<Verdict>()) else {
        return;
    };
    verdict.blocks = first.is_some_and(|first| blocks(ctx, first));
}

fn blocks<'gc>(ctx: Context<'gc>, answer: Value<'gc>) -> bool {
    let Value::Table(table) = answer else { return false };
    // What no string of the machine is, is no key.
    let Ok(key) = ctx.state.strings.find(ctx.mc, BLOCK) else { return false };
    let said = table.get_str(ctx.heap(), key);
    said.is_truthy() && !is_null(ctx, said)
}
