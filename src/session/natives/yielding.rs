//! `yield(...)`: a script hands values to the host that runs it, and goes on when the host
//! wants. It works wherever a function can be called, in coroutines and comparators too,
//! and has nothing to do with `coroutine.yield`.

use super::host_call::ask;
use crate::session::values::host_value::HostValue;
use crate::stdlib::Profile;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Interrupt, NativeDef, Step};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

/// What was yielded, on its way to the host.
pub(in crate::session) struct Yielded {
    pub(in crate::session) values: Vec<HostValue>,
    /// Places of the handles that were made for them.
    pub(in crate::session) made: Vec<u32>,
}

/// The global function.
pub(in crate::session) static YIELD: NativeDef =
    NativeDef::new("yield", yield_, "host", "as a call of a host function");

fn yield_<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    ask(call, 0, |_, values, made| Box::new(Yielded { values, made }))
}

/// Makes the global function.
pub(in crate::session) fn register<'gc>(
    ctx: Context<'gc>,
    profile: Profile,
) -> Result<(), Interrupt<'gc>> {
    if !profile.is_sandbox() {
        return Ok(());
    }
    ctx.set_global("yield", Value::Builtin(&YIELD))
}
