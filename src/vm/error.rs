//! Error messages: positions, variable names and PUC's wording.

use super::finalize::is_driver;
use super::loaded_names::loaded_names;
use super::lua::Context;
use super::meta::Event;
use super::native::Interrupt;
use super::thread::{Callee, Frame, Then, ThreadState};
use super::value::Value;
use crate::base::c_string::c_string;
use crate::base::chunk_id::chunk_id;
use crate::bytecode::names;
use crate::bytecode::op::{Instr, Op};

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

/// Returns the type name that messages use: `__name` of the metatable, or the type's.
pub fn type_name<'gc>(ctx: Context<'gc>, value: &Value<'gc>) -> Vec<u8> {
    if matches!(value, Value::Table(_) | Value::UserData(_))
        && let Value::String(name) = ctx.metamethod(value, Event::Name)
    {
        return name.as_bytes().to_vec();
    }
    value.type_name().as_bytes().to_vec()
}

/// Returns the type name that messages about arguments use: as [`type_name`], but
/// `__name` counts for values of every type.
pub fn argument_type_name<'gc>(ctx: Context<'gc>, value: &Value<'gc>) -> Vec<u8> {
    match ctx.metamethod(value, Event::Name) {
        Value::String(name) => name.as_bytes().to_vec(),
        _ => value.type_name().as_bytes().to_vec(),
    }
}

/// Returns the line a Lua frame is at.
pub fn current_line(frame: &Frame<'_>) -> Option<u32> {
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
pub fn position(th: &ThreadState<'_>, level: usize) -> Vec<u8> {
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
pub fn at_level<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    level: usize,
    message: &[u8],
) -> Interrupt<'gc> {
    let mut text = position(th, level);
    text.reserve_exact(message.len());
    text.extend_from_slice(message);
    ctx.error_from_vec(text)
}

/// Makes an error raised by the running function itself: `luaG_runerror`.
pub fn runtime<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    message: impl AsRef<[u8]>,
) -> Interrupt<'gc> {
    at_level(ctx, th, 0, message.as_ref())
}

/// Returns the kind and name by which the frame at `index` was called, as far as
/// its caller's code tells.
pub fn called_as(th: &ThreadState<'_>, index: usize) -> Option<(&'static str, Vec<u8>)> {
    let frame = th.frames.get(index)?;
    match frame.then {
        Then::Native if index > 0 && is_driver(&th.frames[index - 1]) => {
            return Some(("metamethod", b"__gc".to_vec()));
        }
        // What closes variables after an error is a native function, as in PUC.
        Then::Finish | Then::Native | Then::Unwind => return None,
        Then::Hook if frame.flags & super::thread::TAIL == 0 => {
            return Some(("hook", b"?".to_vec()));
        }
        _ => {}
    }
    if frame.flags & super::thread::TAIL != 0 {
        return None;
    }
    let caller = th.frames.get(index.checked_sub(1)?)?;
    match caller.callee {
        Callee::Lua(closure) => {
            let at = (caller.pc as usize).checked_sub(1)?;
            if frame.then == Then::Handler && divides_by_zero(th, caller, closure.proto().code[at])
            {
                return None;
            }
            names::called_name(closure.proto(), at).map(|(kind, name)| (kind.word(), name))
        }
        Callee::Native(_) => None,
    }
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
pub fn bad_argument<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    arg: usize,
    message: &[u8],
) -> Interrupt<'gc> {
    let running = th.frames.len().saturating_sub(1);
    let mut arg = arg;
    let mut name = None;
    if let Some((kind, text)) = called_as(th, running) {
        if kind == "method" {
            // `self` does not count.
            arg = arg.saturating_sub(1);
            if arg == 0 {
                let mut out = b"calling '".to_vec();
                out.extend_from_slice(&text);
                out.extend_from_slice(b"' on bad self (");
                out.extend_from_slice(message);
                out.push(b')');
                return at_level(ctx, th, 1, &out);
            }
        }
        name = Some(text);
    }
    let name = name.unwrap_or_else(|| match th.frames.last().map(|frame| frame.callee) {
        // Only trusted code has `binary_chunks`. The search costs no fuel.
        Some(callee) if ctx.state.binary_chunks.get() => {
            loaded_names(ctx, &[callee]).pop().flatten().unwrap_or_else(|| b"?".to_vec())
        }
        // In a sandbox, functions of the host are in no module.
        Some(Callee::Native(def)) if !def.name.is_empty() && !def.name.starts_with("file.") => {
            def.name.as_bytes().to_vec()
        }
        _ => b"?".to_vec(),
    });
    let mut out = format!("bad argument #{arg} to '").into_bytes();
    out.extend_from_slice(&name);
    out.extend_from_slice(b"' (");
    out.extend_from_slice(message);
    out.push(b')');
    at_level(ctx, th, 1, &out)
}

/// Returns ` (local 'x')` or the like for an operand of the running Lua function.
pub fn variable(th: &ThreadState<'_>, place: Place) -> Vec<u8> {
    let Some(frame) = th.frames.last() else { return Vec::new() };
    let Callee::Lua(closure) = frame.callee else { return Vec::new() };
    let proto = closure.proto();
    let at = (frame.pc as usize).saturating_sub(1);
    let name = match place {
        Place::Register(register) => names::object_name(proto, at, register),
        Place::Upvalue(index) => {
            Some((names::NameKind::Upvalue, names::upvalue_name(proto, index)))
        }
        Place::Unknown => None,
    };
    match name {
        Some((kind, name)) => {
            let mut out = format!(" ({} '", kind.word()).into_bytes();
            out.extend_from_slice(c_string(&name));
            out.extend_from_slice(b"')");
            out
        }
        None => Vec::new(),
    }
}

/// Makes `attempt to index a nil value (local 'x')`.
pub fn operand_at<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    value: &Value<'gc>,
    action: &str,
    place: Place,
) -> Interrupt<'gc> {
    let mut out = format!("attempt to {action} a ").into_bytes();
    out.extend_from_slice(&type_name(ctx, value));
    out.extend_from_slice(b" value");
    out.extend_from_slice(&variable(th, place));
    runtime(ctx, th, out)
}

/// Makes the error for an operand without a known place.
pub fn operand<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    value: &Value<'gc>,
    action: &str,
) -> Interrupt<'gc> {
    operand_at(ctx, th, value, action, Place::Unknown)
}

/// Makes `attempt to compare two table values` or `… number with nil`.
pub fn compare<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    a: &Value<'gc>,
    b: &Value<'gc>,
) -> Interrupt<'gc> {
    let (a, b) = (type_name(ctx, a), type_name(ctx, b));
    let mut out = b"attempt to compare ".to_vec();
    if a == b {
        out.extend_from_slice(b"two ");
        out.extend_from_slice(&a);
        out.extend_from_slice(b" values");
    } else {
        out.extend_from_slice(&a);
        out.extend_from_slice(b" with ");
        out.extend_from_slice(&b);
    }
    runtime(ctx, th, out)
}

/// Makes `attempt to call a nil value (global 'f')` for the function slot the
/// running instruction calls.
pub fn not_callable<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    value: &Value<'gc>,
) -> Interrupt<'gc> {
    if th.frames.last().is_some_and(is_driver) {
        let text = format!("attempt to call a {} value (metamethod '__gc')", value.type_name());
        return runtime(ctx, th, text);
    }
    let name = th.frames.last().and_then(|frame| match frame.callee {
        Callee::Lua(closure) => {
            names::called_name(closure.proto(), (frame.pc as usize).checked_sub(1)?)
        }
        Callee::Native(_) => None,
    });
    let mut out = b"attempt to call a ".to_vec();
    out.extend_from_slice(&type_name(ctx, value));
    out.extend_from_slice(b" value");
    if let Some((kind, name)) = name {
        out.extend_from_slice(format!(" ({} '", kind.word()).as_bytes());
        out.extend_from_slice(&name);
        out.extend_from_slice(b"')");
    }
    runtime(ctx, th, out)
}
