//! The function that compiles a run's chunk: a part of the run, so that it goes on in
//! slices like everything else.

use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, NativeDef, Step};
use crate::vm::heap::value::Value;

/// Compiles a source under a name; returns the function, or nil and a message.
pub(in crate::session) static LOAD: NativeDef = NativeDef::new("", load, "", "as load");

const SOURCE: usize = 0;
const NAME: usize = 1;
const LOADING: usize = 2;

/// Step that compiles a piece.
const COMPILE: u32 = 1;

fn load<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step != COMPILE {
        let (source, name) = (call.check_string(SOURCE)?, call.check_string(NAME)?);
        let globals = Value::Table(call.ctx.state.globals);
        let loading = call.ctx.begin_load(source.as_bytes(), name, globals, true)?;
        loading.comes_from(call.ctx.heap(), Value::String(source));
        call.push(Value::Loading(loading));
        return Ok(Flow::Again { step: COMPILE });
    }
    match call.go_on_loading(LOADING)? {
        None => Ok(Flow::Again { step: COMPILE }),
        Some(Ok(function)) => call.ret(Value::Closure(function)),
        Some(Err(diagnostic)) => call.fail(diagnostic.message),
    }
}
