//! The basic functions (manual §6.1).
//!
//! `require` lives with the library `package`.

pub(super) mod access;
mod collect;
mod file;
mod iterate;
mod load;
mod numeral;
mod output;
mod protect;

use crate::vm::calls::call::Call;
use crate::vm::heap::native::{AtOnce, Flow, Interrupt, NativeDef, NativeFn, Step};
use crate::vm::heap::string::Str;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::ITEMS_PER_UNIT;

pub(super) use file::{begin_file, read_chunk};
pub(crate) use file::{compile_file, read_file};
pub(crate) use iterate::IPAIRS_ITERATOR;
pub(super) use load::begin_compile;
pub(crate) use load::compile;

/// `_VERSION`.
pub(crate) const VERSION: &str = "Lua 5.4";

/// `next`, which the machine's loops know.
pub(crate) static NEXT: NativeDef =
    def("next", iterate::next, "1").at_once(AtOnce::Next(iterate::next_at_once));

/// `tostring`, which the interactive mode calls.
pub(crate) static TOSTRING: NativeDef =
    def("tostring", tostring, "1 + bytes/64; a float 13, an object 5");

/// The functions of the library, but for [`NEXT`] and [`TOSTRING`].
pub(crate) static FUNCTIONS: &[NativeDef] = &[
    def("assert", protect::assert, "1 + values/4")
        .at_once(AtOnce::Looking(protect::assert_at_once)),
    def("collectgarbage", collect::collectgarbage, "1; collect, step: 1 + bytes in use/16"),
    def("error", protect::error, "1 + bytes/64"),
    def("getmetatable", access::getmetatable, "1"),
    def("ipairs", iterate::ipairs, "1").at_once(AtOnce::Whole(iterate::ipairs_at_once)),
    def("load", load::load, "64 + bytes + tokens + 2 nodes + instructions + 4 constants"),
    def("pairs", iterate::pairs, "1").at_once(AtOnce::Whole(iterate::pairs_at_once)),
    def("pcall", protect::pcall, "1 + arguments/4").passes_on(protect::SUCCEEDED),
    def("print", output::print, "1 + items/4 + bytes/16"),
    def("rawequal", access::rawequal, "1 + bytes/64")
        .at_once(AtOnce::Plain(access::rawequal_at_once)),
    def("rawget", access::rawget, "1 + bytes/64").at_once(AtOnce::Looking(access::rawget_at_once)),
    def("rawlen", access::rawlen, "1"),
    def("rawset", access::rawset, "1 + bytes/64"),
    def("select", select, "1 + values/4").at_once(AtOnce::Looking(select_at_once)),
    def("setmetatable", access::setmetatable, "1"),
    def("tonumber", numeral::tonumber, "2 + bytes/8, and 32 for more than 20 bytes"),
    def("type", type_, "1").at_once(AtOnce::Looking(type_at_once)),
    def("warn", output::warn, "1 + bytes/16"),
    def("xpcall", protect::xpcall, "1 + arguments/4"),
];

/// The functions for trusted code alone: they read files.
pub(crate) static FULL_FUNCTIONS: &[NativeDef] =
    &[def("dofile", file::dofile, "as load"), def("loadfile", file::loadfile, "as load")];

const fn def(name: &'static str, call: NativeFn, fuel: &'static str) -> NativeDef {
    NativeDef::new(name, call, "6.1", fuel)
}

/// Requires the result of `__tostring` in a slot to be a string; numbers pass.
fn tostring_result<'gc>(call: &Call<'_, 'gc>, slot: usize) -> Result<Str<'gc>, Interrupt<'gc>> {
    let result = call.arg(slot);
    match call.ctx.coerce_string(&result)? {
        Some(string) => Ok(string),
        None => Err(call.error("'__tostring' must return a string")),
    }
}

/// `tostring (v)`
fn tostring<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step != 0 {
        let string = tostring_result(call, call.top().saturating_sub(1))?;
        return call.ret(string);
    }
    let value = call.check_any(0)?;
    let string = crate::now!(call.to_string(value, 1));
    call.ret(string)
}

/// `type (v)`
fn type_<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let name = call.check_any(0)?.type_name();
    let name = call.ctx.string(name.as_bytes())?;
    call.ret(name)
}

/// What [`type_`] returns, if that name is a string of the machine.
fn type_at_once<'gc>(call: &Call<'_, 'gc>, _all: bool) -> Option<Value<'gc>> {
    let value = (call.top() > 0).then(|| call.arg(0))?;
    let name = call.ctx.state.strings.find(call.ctx.mc, value.type_name().as_bytes());
    name.ok().map(Value::String)
}

/// `select (n, ···)`
fn select<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let count = call.top() as i64;
    if let Value::String(s) = call.arg(0)
        && s.as_bytes().first() == Some(&b'#')
    {
        return call.ret(count - 1);
    }
    let wanted = call.check_integer(0)?;
    let first = if wanted < 0 { count.saturating_add(wanted) } else { wanted.min(count) };
    if first < 1 {
        return Err(call.arg_error(0, "index out of range"));
    }
    let values = (count - first) as usize;
    call.charge_items(values)?;
    Ok(Flow::Return(values))
}

/// What [`select`] returns for `'#'`, and for a number where that is one value or the first of
/// a few.
fn select_at_once<'gc>(call: &Call<'_, 'gc>, all: bool) -> Option<Value<'gc>> {
    match call.arg(0) {
        Value::String(s) if s.as_bytes() == b"#" => Some(Value::Integer(call.top() as i64 - 1)),
        Value::Integer(n @ 1..) => one_of(call, usize::try_from(n).ok()?, all),
        _ => None,
    }
}

/// Returns the argument from which on a call returns them, if it is alone, or nobody wants the
/// others and they are so few that they are not charged.
fn one_of<'gc>(call: &Call<'_, 'gc>, first: usize, all: bool) -> Option<Value<'gc>> {
    let values = call.top().checked_sub(first)?;
    let most = if all { 1 } else { ITEMS_PER_UNIT - 1 };
    (1..=most).contains(&values).then(|| call.arg(first))
}
