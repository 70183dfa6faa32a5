//! `require` (manual §6.3): asks the searchers for a loader and calls it once.

use super::loaded;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Step};
use crate::vm::heap::value::{Type, Value};

const NAME: usize = 0;
const LOADED: usize = 1;
/// Slot of the searchers, then of the loader's data.
const SEARCHERS: usize = 2;
const DATA: usize = 2;
/// Slot of what the searchers say that found nothing.
const MESSAGE: usize = 3;
/// Slot of the number of searchers asked.
const ASKED: usize = 4;
/// Number of slots; calls are made above.
const TOP: usize = 5;

/// Step at which `package.loaded[name]` is on top.
const LOOKED_UP: u32 = 1;
/// Step at which `package.searchers` is on top.
const GOT_SEARCHERS: u32 = 2;
/// Step at which a searcher has answered.
const ANSWERED: u32 = 3;
/// Step at which the loader has returned.
const RAN: u32 = 4;
/// Step at which the loader's value is stored.
const STORED: u32 = 5;
/// Step at which the module's value is on top.
const READ_BACK: u32 = 6;
/// Step at which `true` is stored for a module without a value.
const STORED_TRUE: u32 = 7;

/// `require (modname)`
pub(super) fn require<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        0 => begin(call),
        LOOKED_UP => {
            let value = call.pop();
            known(call, value)
        }
        GOT_SEARCHERS => {
            let searchers = call.pop();
            ask_first(call, searchers)
        }
        ANSWERED => answered(call),
        RAN => ran(call),
        STORED => read_back(call),
        READ_BACK => {
            let value = call.pop();
            finish(call, value)
        }
        _ => done(call, Value::Boolean(true)),
    }
}

fn begin<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let name = Value::String(call.check_string(NAME)?);
    let loaded = Value::Table(loaded(call.ctx)?);
    call.set_top(0);
    call.push(name);
    call.push(loaded);
    let value = crate::now!(call.index(loaded, name, LOOKED_UP));
    known(call, value)
}

/// Returns the module's value if it has one, else goes on to the searchers.
fn known<'gc>(call: &mut Call<'_, 'gc>, value: Value<'gc>) -> Step<'gc> {
    if value.is_truthy() {
        return call.ret(value);
    }
    let package = super::package(call.ctx)?;
    if package.is_nil() {
        // Without the table `package` the host's modules are all there are.
        return ask_first(call, Value::Nil);
    }
    let key = Value::String(call.ctx.string(b"searchers")?);
    let searchers = crate::now!(call.index(package, key, GOT_SEARCHERS));
    ask_first(call, searchers)
}

fn ask_first<'gc>(call: &mut Call<'_, 'gc>, searchers: Value<'gc>) -> Step<'gc> {
    let known = match searchers {
        Value::Table(_) => true,
        _ => super::package(call.ctx)?.is_nil(),
    };
    if !known {
        return Err(call.error("'package.searchers' must be a table"));
    }
    let message = call.buffer()?;
    call.set_top(SEARCHERS);
    call.push(searchers);
    call.push(Value::Buffer(message));
    call.push(Value::Integer(0));
    ask_next(call)
}

/// Calls the next searcher.
fn ask_next<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    call.charge(1)?;
    let place = call.int(ASKED).saturating_add(1);
    let searcher = match call.arg(SEARCHERS) {
        Value::Table(searchers) => searchers.get_int(place),
        _ => {
            let at = usize::try_from(place - 1).unwrap_or(usize::MAX);
            super::host::SEARCHERS.get(at).map_or(Value::Nil, Value::Builtin)
        }
    };
    if searcher.is_nil() {
        let name = call.check_string(NAME)?;
        let tried = call.get_buffer(MESSAGE)?;
        let text = tried.with(|tried| {
            let parts: [&[u8]; 4] = [b"module '", name.as_bytes(), b"' not found:", tried];
            parts.concat()
        });
        return Err(call.error(text));
    }
    call.set_top(TOP);
    call.set(ASKED, Value::Integer(place));
    call.push(searcher);
    call.push(call.arg(NAME));
    Ok(Flow::Call { at: TOP, args: 1, results: Some(2), step: ANSWERED })
}

fn answered<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (answer, data) = (call.arg(TOP), call.arg(TOP + 1));
    if answer.type_of() == Type::Function {
        call.set_top(TOP);
        call.set(DATA, data);
        for value in [answer, call.arg(NAME), data] {
            call.push(value);
        }
        return Ok(Flow::Call { at: TOP, args: 2, results: Some(1), step: RAN });
    }
    if let Some(tried) = call.ctx.coerce_string(&answer)? {
        call.charge_bytes(tried.len())?;
        let message = call.get_buffer(MESSAGE)?;
        message.reserve(call.ctx.heap(), tried.len() + 2)?;
        message.push(call.ctx.heap(), b"\n\t")?;
        message.push(call.ctx.heap(), tried.as_bytes())?;
        // Said once: should the next step be refused something, it begins after this.
        call.set_top(TOP);
        call.push(Value::Nil);
        call.push(Value::Nil);
        return Ok(Flow::Again { step: ANSWERED });
    }
    ask_next(call)
}

/// Stores what the loader returned, unless it is nil.
fn ran<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let value = call.arg(TOP);
    if !value.is_nil() {
        let (loaded, name) = (call.arg(LOADED), call.arg(NAME));
        crate::now!(call.set_index(loaded, name, value, STORED));
    }
    Ok(Flow::Again { step: STORED })
}

/// Reads the module's value, which the loader may have stored itself.
fn read_back<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (loaded, name) = (call.arg(LOADED), call.arg(NAME));
    let value = crate::now!(call.index(loaded, name, READ_BACK));
    finish(call, value)
}

fn finish<'gc>(call: &mut Call<'_, 'gc>, value: Value<'gc>) -> Step<'gc> {
    if !value.is_nil() {
        return done(call, value);
    }
    let (loaded, name) = (call.arg(LOADED), call.arg(NAME));
    crate::now!(call.set_index(loaded, name, Value::Boolean(true), STORED_TRUE));
    done(call, Value::Boolean(true))
}

/// Returns the module's value and the loader's data.
fn done<'gc>(call: &mut Call<'_, 'gc>, value: Value<'gc>) -> Step<'gc> {
    let data = call.arg(DATA);
    call.push(value);
    call.push(data);
    Ok(Flow::Return(2))
}
