//! Error messages: positions, variable names and PUC's wording.

use super::loaded_names::loaded_names;
use crate::base::c_string::c_string;
use crate::base::chunk_id::chunk_id;
use crate::bytecode::names;
use crate::bytecode::op::{Instr, Op};
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::thread::{Callee, Frame, Then, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::{SEARCHED_PER_UNIT, bytes_price};
use crate::vm::state::context::Context;

/// Where the operand of a failing instruction came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A register of the running Lua function.
    Register(u8),
    /// An upvalue of the running Lua function.
    Upvalue(u8),
    /// Anything else: no name is known.
    Unknown,
}

/// Returns the type name that messages use: `__name` of the metatable, or the type's. It
/// may be long.
pub(crate) fn type_name<'gc>(ctx: Context<'gc>, value: &Value<'gc>) -> &'gc [u8] {
    if matches!(value, Value::Table(_) | Value::UserData(_))
        && let Value::String(name) = ctx.metamethod(value, Event::Name)
    {
        return name.as_bytes();
    }
    value.type_name().as_bytes()
}

/// Returns the type name that messages about arguments use: as [`type_name`], but
/// `__name` counts for values of every type.
pub(crate) fn argument_type_name<'gc>(ctx: Context<'gc>, value: &Value<'gc>) -> &'gc [u8] {
    match ctx.metamethod(value, Event::Name) {
        Value::String(name) => name.as_bytes(),
        _ => value.type_name().as_bytes(),
    }
}

/// Searches for names, which count the instructions and variables they go through and
/// mostly need not more than `usual`, and charges for it: before, and once more afterwards
/// if it was not enough.
///
/// # Errors
/// When fuel is refused.
pub(in crate::vm) fn search<'gc, T>(
    ctx: Context<'gc>,
    usual: usize,
    find: impl FnOnce(&mut usize) -> T,
) -> Result<T, Interrupt<'gc>> {
    ctx.charge((usual / SEARCHED_PER_UNIT) as u64)?;
    let mut searched = 0;
    let found = find(&mut searched);
    ctx.charge((searched.saturating_sub(usual) / SEARCHED_PER_UNIT) as u64)?;
    Ok(found)
}

/// A text made of parts, of which scripts may make some as long as they like. It is
/// charged, and room for it asked for, before it is put together.
///
/// # Errors
/// When fuel or memory is refused.
pub(in crate::vm) fn quote<'gc>(
    ctx: Context<'gc>,
    parts: &[&[u8]],
) -> Result<Vec<u8>, Interrupt<'gc>> {
    let len = parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
    if len > SHORT_MESSAGE {
        // It is copied once more behind its position.
        ctx.charge(bytes_price(len.saturating_mul(2)))?;
    }
    if len > SMALL {
        ctx.state.account.reserve(len.saturating_mul(2))?;
        ctx.state.account.release(len.saturating_mul(2));
    }
    Ok(parts.concat())
}

/// Makes an error raised by the running function itself of parts that may be long.
pub(in crate::vm) fn quoting<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    parts: &[&[u8]],
) -> Interrupt<'gc> {
    match quote(ctx, parts) {
        Ok(message) => runtime(ctx, th, message),
        Err(interrupt) => interrupt,
    }
}

/// Bytes of a message that the price of an error covers.
const SHORT_MESSAGE: usize = 256;
/// Bytes that a text may take without asking for memory, while it is made: an error that
/// there is no memory has a message and a traceback too.
const SMALL: usize = 16 * 1024;

/// Returns the line a Lua frame is at.
pub(crate) fn current_line(frame: &Frame<'_>) -> Option<u32> {
    match frame.callee {
        Callee::Lua(closure) => {
            let at = (frame.pc as usize).saturating_sub(1);
            closure.proto().lines.get(at).copied()
        }
        Callee::Native(_) => None,
    }
}

/// Returns `chunk:line: ` for the frame at `level` (0 is the innermost), or nothing
/// when there is no Lua function there. Functions without debug information have no
/// lines: the running one is at line -1, as in PUC, others are nowhere.
pub(crate) fn position(th: &ThreadState<'_>, level: usize) -> Vec<u8> {
    let call = th.call_count().checked_sub(level.saturating_add(1));
    let Some(frame) = call.map(|call| &th.frames[th.frame_of_call(call)]) else {
        return Vec::new();
    };
    match (frame.callee, current_line(frame)) {
        (Callee::Lua(closure), Some(line)) => {
            let mut out = chunk_id(&closure.proto().source);
            out.extend_from_slice(format!(":{line}: ").as_bytes());
            out
        }
        (Callee::Lua(closure), None) if level == 0 => {
            let mut out = chunk_id(&closure.proto().source);
            out.extend_from_slice(b":-1: ");
            out
        }
        _ => Vec::new(),
    }
}

/// Makes an error with the position of the frame at `level`.
pub(crate) fn at_level<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    level: usize,
    message: &[u8],
) -> Interrupt<'gc> {
    let mut text = position(th, level);
    text.reserve_exact(message.len());
    text.extend_from_slice(message);
    ctx.heap().error_from_vec(text)
}

/// Makes an error raised by the running function itself: `luaG_runerror`.
pub(crate) fn runtime<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    message: impl AsRef<[u8]>,
) -> Interrupt<'gc> {
    at_level(ctx, th, 0, message.as_ref())
}

/// Returns the kind and name by which the frame at `index` was called, as far as
/// its caller's code tells. The search through that is charged, the name may be long.
///
/// # Errors
/// When fuel is refused.
pub(crate) fn called_as<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    index: usize,
) -> Result<Option<CalledAs<'gc>>, Interrupt<'gc>> {
    search(ctx, usual_search(th, index), |searched| find_called_as(th, index, searched))
}

/// How a function was called: the kind of the name and the name.
pub(crate) type CalledAs<'gc> = (&'static str, &'gc [u8]);

/// Returns how much of its caller's code the search for the name of the frame at `index`
/// mostly goes through.
pub(in crate::vm) fn usual_search(th: &ThreadState<'_>, index: usize) -> usize {
    let caller = index.checked_sub(1).and_then(|below| th.frames.get(below));
    caller.map_or(0, |caller| match caller.callee {
        Callee::Lua(closure) => names::usual_search(closure.proto(), caller.pc as usize),
        Callee::Native(_) => 0,
    })
}

/// As [`called_as`], and counts what it goes through.
pub(in crate::vm) fn find_called_as<'gc>(
    th: &ThreadState<'gc>,
    index: usize,
    searched: &mut usize,
) -> Option<CalledAs<'gc>> {
    let frame = th.frames.get(index)?;
    match frame.then {
        Then::Native if index > 0 && th.is_driver(&th.frames[index - 1]) => {
            return Some(("metamethod", b"__gc"));
        }
        // What closes variables after an error is a native function, as in PUC.
        Then::Finish | Then::Native | Then::Unwind => return None,
        Then::Hook if frame.flags & crate::vm::heap::thread::TAIL == 0 => {
            return Some(("hook", b"?"));
        }
        _ => {}
    }
    if frame.flags & crate::vm::heap::thread::TAIL != 0 {
        return None;
    }
    let caller = th.frames.get(index.checked_sub(1)?)?;
    let Callee::Lua(closure) = caller.callee else { return None };
    let (proto, at) = (closure.proto(), (caller.pc as usize).checked_sub(1)?);
    if frame.then == Then::Handler && divides_by_zero(th, caller, proto.code[at]) {
        return None;
    }
    names::called_name(proto, at, searched).map(|(kind, name)| (kind.word(), name))
}

/// Tells whether an instruction of a frame failed dividing an integer by zero: that is
/// an error of its own, not one of looking for a metamethod, and its message handler
/// has no name.
fn divides_by_zero<'gc>(th: &ThreadState<'gc>, frame: &Frame<'gc>, i: Instr) -> bool {
    let divisor = match (i.op, frame.callee) {
        (Op::IDiv | Op::Mod, _) => th.stack.get(frame.base as usize + usize::from(i.c)),
        (Op::IDivK | Op::ModK, Callee::Lua(closure)) => closure.code().constants[i.x as usize],
        _ => return false,
    };
    let dividend = th.stack.get(frame.base as usize + usize::from(i.b));
    matches!((dividend, divisor), (Value::Integer(_), Value::Integer(0)))
}

/// Makes the error for bad argument number `arg` (from 1) of the running native function.
/// `own` is what a function of the host is called if nobody knows another name.
pub(crate) fn bad_argument<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    arg: usize,
    message: &[u8],
    own: Option<&str>,
) -> Interrupt<'gc> {
    let running = th.frames.len().saturating_sub(1);
    let called = match called_as(ctx, th, running) {
        Ok(called) => called,
        Err(interrupt) => return interrupt,
    };
    // `self` does not count.
    let arg =
        if called.is_some_and(|(kind, _)| kind == "method") { arg.saturating_sub(1) } else { arg };
    let text = match called {
        Some((_, name)) if arg == 0 => {
            quote(ctx, &[b"calling '", name, b"' on bad self (", message, b")"])
        }
        _ => {
            let number = format!("bad argument #{arg} to '").into_bytes();
            let known = match (called, th.frames.last().map(|frame| frame.callee)) {
                // Only trusted code has `binary_chunks`.
                (None, Some(callee)) if ctx.state.binary_chunks.get() => {
                    match loaded_names(ctx, &[callee]) {
                        Ok(mut names) => names.pop().flatten(),
                        Err(interrupt) => return interrupt,
                    }
                }
                _ => None,
            };
            let name: [&[u8]; 3] =
                match (called, &known, th.frames.last().map(|frame| frame.callee)) {
                    (Some((_, name)), ..) => [name, b"", b""],
                    (None, Some(known), _) => known.parts(),
                    // In a sandbox, functions of the host are in no module.
                    (None, None, Some(Callee::Native(def)))
                        if !ctx.state.binary_chunks.get() && def.is_found_by_name() =>
                    {
                        [def.name.as_bytes(), b"", b""]
                    }
                    _ => [own.unwrap_or("?").as_bytes(), b"", b""],
                };
            quote(ctx, &[&number, name[0], name[1], name[2], b"' (", message, b")"])
        }
    };
    match text {
        Ok(text) => at_level(ctx, th, 1, &text),
        Err(interrupt) => interrupt,
    }
}

/// Returns kind and name of an operand of the running Lua function. The search is charged,
/// the name may be long.
///
/// # Errors
/// When fuel is refused.
fn variable<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    place: Place,
) -> Result<Option<(&'static str, &'gc [u8])>, Interrupt<'gc>> {
    let Some(frame) = th.frames.last() else { return Ok(None) };
    let Callee::Lua(closure) = frame.callee else { return Ok(None) };
    let proto = closure.proto();
    let at = (frame.pc as usize).saturating_sub(1);
    let name = match place {
        Place::Register(register) => search(ctx, names::usual_search(proto, at), |searched| {
            names::object_name(proto, at, register, searched)
        })?,
        Place::Upvalue(index) => {
            Some((names::NameKind::Upvalue, names::upvalue_name(proto, index)))
        }
        Place::Unknown => None,
    };
    Ok(name.map(|(kind, name)| (kind.word(), name)))
}

/// Makes an error about an operand of the running function, whose name, if there is one,
/// is put between two texts: ` (local 'x')`.
pub(in crate::vm) fn about<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    before: &[&[u8]],
    place: Place,
    after: &[u8],
) -> Interrupt<'gc> {
    let mut parts = before.to_vec();
    match variable(ctx, th, place) {
        Ok(None) => {}
        Ok(Some((kind, name))) => {
            if let Err(interrupt) = ctx.charge(bytes_price(name.len())) {
                return interrupt;
            }
            parts.extend([b" (", kind.as_bytes(), b" '", c_string(name), b"')"]);
        }
        Err(interrupt) => return interrupt,
    }
    parts.push(after);
    quoting(ctx, th, &parts)
}

/// Makes `attempt to index a nil value (local 'x')`.
pub(crate) fn operand_at<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    value: &Value<'gc>,
    action: &str,
    place: Place,
) -> Interrupt<'gc> {
    let text = [b"attempt to ", action.as_bytes(), b" a ", type_name(ctx, value), b" value"];
    about(ctx, th, &text, place, b"")
}

/// Makes the error for an operand without a known place.
pub(crate) fn operand<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    value: &Value<'gc>,
    action: &str,
) -> Interrupt<'gc> {
    operand_at(ctx, th, value, action, Place::Unknown)
}

/// Makes `attempt to compare two table values` or `… number with nil`.
pub(crate) fn compare<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    a: &Value<'gc>,
    b: &Value<'gc>,
) -> Interrupt<'gc> {
    let (a, b) = (type_name(ctx, a), type_name(ctx, b));
    // They are compared.
    if let Err(interrupt) = ctx.charge(bytes_price(a.len().min(b.len()))) {
        return interrupt;
    }
    if a == b {
        return quoting(ctx, th, &[b"attempt to compare two ", a, b" values"]);
    }
    quoting(ctx, th, &[b"attempt to compare ", a, b" with ", b])
}

/// Makes `attempt to call a nil value (global 'f')` for the function slot the
/// running instruction calls.
pub(crate) fn not_callable<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    value: &Value<'gc>,
) -> Interrupt<'gc> {
    if th.frames.last().is_some_and(|frame| th.is_driver(frame)) {
        let text = format!("attempt to call a {} value (metamethod '__gc')", value.type_name());
        return runtime(ctx, th, text);
    }
    let name = match th.frames.last().map(|frame| (frame.callee, frame.pc.checked_sub(1))) {
        Some((Callee::Lua(closure), Some(at))) => {
            let (proto, at) = (closure.proto(), at as usize);
            search(ctx, names::usual_search(proto, at), |searched| {
                names::called_name(proto, at, searched)
            })
        }
        _ => Ok(None),
    };
    let own = type_name(ctx, value);
    match name {
        Ok(None) => quoting(ctx, th, &[b"attempt to call a ", own, b" value"]),
        Ok(Some((kind, name))) => {
            let kind = kind.word().as_bytes();
            let text = [b"attempt to call a ", own, b" value (", kind, b" '", name, b"')"];
            quoting(ctx, th, &text)
        }
        Err(interrupt) => interrupt,
    }
}
