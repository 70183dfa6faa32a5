//! What a hook says of the thing it was asked about, read where its values lie.
//!
//! A hook that forbids something may return more beside that has no JSON form: a reason that is
//! no UTF-8, a function. It has forbidden it all the same. As with a [view](super::view),
//! nothing is charged and nothing is made, and nothing of the script's is called: where a
//! function alone could say, the answer is taken for one that forbids.

use crate::stdlib::json::is_null;
use crate::vm::heap::meta::Event;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

/// The field that a hook's table has where it forbids.
const BLOCK: &[u8] = b"block";

/// The most tables that an answer is looked for in, one the `__index` of the other.
const LINKS: usize = 100;

/// What a hook said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing against it.
    #[default]
    Passes,
    /// It must not be.
    Blocks,
    /// What only a function of the script's could tell.
    Hidden,
}

/// Reads the first value of a run, if the host has asked for that.
pub(in crate::session) fn look<'gc>(ctx: Context<'gc>, first: Option<Value<'gc>>) {
    let mut asked = ctx.state.view.borrow_mut();
    let Some(verdict) = asked.as_mut().and_then(|asked| asked.downcast_mut::<Verdict>()) else {
        return;
    };
    *verdict = first.map_or(Verdict::Passes, |first| said(ctx, first));
}

fn said<'gc>(ctx: Context<'gc>, answer: Value<'gc>) -> Verdict {
    let Value::Table(mut table) = answer else { return Verdict::Passes };
    // What no string of the machine is, is no key.
    let key = ctx.state.strings.find(ctx.mc, BLOCK).ok();
    for _ in 0..LINKS {
        let said = key.map_or(Value::Nil, |key| table.get_str(ctx.heap(), key));
        if !said.is_nil() {
            let blocks = said.is_truthy() && !is_null(ctx, said);
            return if blocks { Verdict::Blocks } else { Verdict::Passes };
        }
        match ctx.metamethod(&Value::Table(table), Event::Index) {
            Value::Nil => return Verdict::Passes,
            Value::Table(next) => table = next,
            _ => return Verdict::Hidden,
        }
    }
    Verdict::Hidden
}
