//! The searcher of modules that the host gives: the only one where there are no files.

use super::SOURCE;
use crate::stdlib::base::begin_compile;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, NativeDef, Step};
use crate::vm::heap::value::Value;

/// The searcher, as a list of its own for `require` without the table `package`.
pub(super) static SEARCHERS: &[NativeDef] =
    &[NativeDef::new("", search, "6.3", "as the host call and load")];

/// Step at which the host has answered.
const ANSWERED: u32 = 1;
/// Step that compiles the answer, a piece each time.
const COMPILE: u32 = 2;

fn search<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    // Slots: the name, the text or nil, the file's name or what was tried.
    let name = call.check_string(0)?;
    let ctx = call.ctx;
    if call.step == COMPILE {
        let file = call.arg(2);
        return match call.go_on_loading(3)? {
            None => Ok(Flow::Again { step: COMPILE }),
            Some(Ok(function)) => {
                call.push(Value::Closure(function));
                call.push(file);
                Ok(Flow::Return(2))
            }
            Some(Err(wrong)) => {
                let shown = call.check_string(2)?;
                let (name, shown) = (name.as_bytes(), shown.as_bytes());
                Err(super::searchers::broken(call, name, shown, &wrong.message))
            }
        };
    }
    if call.step != ANSWERED {
        let source = ctx.state.registry.get_str(ctx.heap(), ctx.string(SOURCE)?);
        if source.is_nil() {
            call.charge_bytes(name.len())?;
            let text = [b"no module '", name.as_bytes(), b"' from the host"].concat();
            let text = ctx.string_from_vec(text)?;
            return call.ret(text);
        }
        call.set_top(1);
        call.push(source);
        call.push(Value::String(name));
        return Ok(Flow::Call { at: 1, args: 1, results: Some(2), step: ANSWERED });
    }
    let file = call.arg(2);
    let Value::String(source) = call.arg(1) else { return call.ret(file) };
    let shown = call.check_string(2)?;
    call.charge_bytes(shown.len())?;
    let chunk = ctx.string(&[b"@", shown.as_bytes()].concat())?;
    ctx.state.module_texts.borrow_mut().note(chunk.as_bytes(), source.as_bytes());
    let chunk = Value::String(chunk);
    let mode = Value::String(ctx.string(b"t")?);
    let globals = Value::Table(ctx.state.globals);
    // A byte-order mark and a first line with `#` are left out, as in files.
    match begin_compile(ctx, source.as_bytes(), chunk, mode, globals, true)? {
        Ok(loading) => {
            call.set_top(3);
            loading.comes_from(ctx.heap(), Value::String(source));
            call.push(Value::Loading(loading));
            Ok(Flow::Again { step: COMPILE })
        }
        Err(message) => {
            Err(super::searchers::broken(call, name.as_bytes(), shown.as_bytes(), &message))
        }
    }
}
