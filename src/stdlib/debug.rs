//! The `debug` library (manual §6.10): tracebacks for everybody, `getinfo` without
//! values for the profile compat, all of it for the full one.

mod hook;
mod info;
mod locals;
mod metatable;
mod prompt;
mod upvalues;

use crate::base::c_string::c_string;
use crate::vm::calls::call::Call;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, NativeFn, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::Thread;
use crate::vm::heap::value::Value;

/// The functions of `debug` that every profile has.
pub(crate) static FUNCTIONS: &[NativeDef] =
    &[def("debug.traceback", debug_traceback, "129 + bytes/64")];

/// What the profile compat has beyond [`FUNCTIONS`].
pub(crate) static COMPAT_FUNCTIONS: &[NativeDef] = &[def(
    "debug.getinfo",
    info::getinfo_without_values,
    "49 + instructions of the caller/8 + 2 × instructions for lines",
)];

/// What the full profile has beyond [`FUNCTIONS`].
pub(crate) static FULL_FUNCTIONS: &[NativeDef] = &[
    def("debug.debug", prompt::debug, "source bytes"),
    def("debug.gethook", hook::gethook, "1"),
    def(
        "debug.getinfo",
        info::getinfo,
        "49 + instructions of the caller/8 + 2 × instructions for lines",
    ),
    def("debug.getlocal", locals::getlocal, "1 + variables/4"),
    def("debug.getmetatable", metatable::getmetatable, "1"),
    def("debug.getregistry", metatable::getregistry, "1"),
    def("debug.getupvalue", upvalues::getupvalue, "1"),
    def("debug.getuservalue", metatable::getuservalue, "1"),
    NativeDef { section: "8", ..def("debug.setcstacklimit", hook::setcstacklimit, "1") },
    def("debug.sethook", hook::sethook, "1 + calls/4 + bytes/16"),
    def("debug.setlocal", locals::setlocal, "1 + variables/4"),
    def("debug.setmetatable", metatable::setmetatable, "1"),
    def("debug.setupvalue", upvalues::setupvalue, "1"),
    def("debug.setuservalue", metatable::setuservalue, "1"),
    def("debug.upvalueid", upvalues::upvalueid, "1"),
    def("debug.upvaluejoin", upvalues::upvaluejoin, "1"),
];

const fn def(name: &'static str, call: NativeFn, fuel: &'static str) -> NativeDef {
    NativeDef::new(name, call, "6.10", fuel)
}

/// Price of walking the frames and searching names.
const TRACEBACK: u64 = 128;

/// Returns the thread a function works on, its first argument or the running one, and
/// the number of that argument's slots.
fn target<'gc>(call: &Call<'_, 'gc>) -> (Thread<'gc>, usize) {
    match call.arg(0) {
        Value::Thread(thread) => (thread, 1),
        _ => (call.thread, 0),
    }
}

/// Makes the value of a name, charging for its bytes.
fn name_value<'gc>(call: &Call<'_, 'gc>, name: &[u8]) -> Result<Value<'gc>, Interrupt<'gc>> {
    call.string(name).map(Value::String)
}

/// Returns a weak table of the registry, which is its own metatable, made at its first use.
fn registry_table<'gc>(
    call: &Call<'_, 'gc>,
    name: &str,
    mode: &str,
) -> Result<Table<'gc>, Interrupt<'gc>> {
    let ctx = call.ctx;
    let key = ctx.string(name.as_bytes())?;
    if let Value::Table(table) = ctx.state.registry.get_str(ctx.heap(), key) {
        return Ok(table);
    }
    let table = Table::new(ctx.heap(), 0, 2)?;
    let mode = ctx.string(mode.as_bytes())?;
    table.set_str(ctx.heap(), ctx.event_name(Event::Mode), Value::String(mode))?;
    metatable::assign(call, &Value::Table(table), Some(table))?;
    ctx.state.registry.set_str(ctx.heap(), key, Value::Table(table))?;
    Ok(table)
}

/// `debug.traceback ([thread,] [message [, level]])`
fn debug_traceback<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (thread, first) = target(call);
    let message = call.arg(first);
    if !matches!(message, Value::Nil | Value::String(_) | Value::Integer(_) | Value::Number(_)) {
        call.push(message);
        return Ok(Flow::Return(1));
    }
    call.charge(TRACEBACK)?;
    let level = call.opt_int(first + 1, i64::from(thread.ptr_eq(call.thread)))?;
    // There is no level below 0, nor one after it.
    let skip = usize::try_from(level).unwrap_or(usize::MAX);
    let mut out = Vec::new();
    if let Some(message) = call.ctx.coerce_string(&message)? {
        call.charge_bytes(message.len())?;
        out.extend_from_slice(c_string(message.as_bytes()));
        out.push(b'\n');
    }
    call.traceback(thread, skip, &mut out)?;
    let text = call.string(&out)?;
    call.ret(text)
}
