//! Tracebacks: the active calls of a thread as text (manual §6.10, `debug.traceback`).

use super::closure::LuaClosure;
use super::error::{called_as, current_line};
use super::lua::Context;
use super::string::Str;
use super::table::Table;
use super::thread::{Callee, Frame, TAIL, ThreadState};
use super::value::Value;
use crate::base::chunk_id::chunk_id;

/// Calls shown at the top of a long traceback: PUC's `LEVELS1`.
const FIRST: usize = 10;
/// Calls shown at its end: PUC's `LEVELS2`.
const LAST: usize = 11;
/// Most globals, modules and their fields searched for a function's name.
const MAX_SEARCH: usize = 1000;
/// Key of the registry for `package.loaded`.
pub const LOADED: &[u8] = b"_LOADED";

/// Appends a traceback of a thread, leaving out the innermost `skip` calls.
pub fn traceback<'gc>(ctx: Context<'gc>, th: &ThreadState<'gc>, skip: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(b"stack traceback:");
    let count = th.call_count().saturating_sub(skip);
    // One call alone is not skipped.
    let cut = count > FIRST + LAST + 1;
    let shown = (0..count.min(FIRST + 1)).chain((FIRST + 1).max(count.saturating_sub(LAST))..count);
    for level in shown {
        if cut && level == FIRST {
            // PUC's figure: its count begins after the call that it looks at.
            let skipped = count - FIRST - LAST - 1;
            out.extend_from_slice(format!("\n\t...\t(skipping {skipped} levels)").as_bytes());
        }
        if cut && (FIRST..count - LAST).contains(&level) {
            continue;
        }
        let index = th.frame_of_call(count - 1 - level);
        let frame = &th.frames[index];
        out.extend_from_slice(b"\n\t");
        match (frame.callee, current_line(frame)) {
            (Callee::Lua(closure), Some(line)) => {
                out.extend_from_slice(&chunk_id(&closure.proto().source));
                out.extend_from_slice(format!(":{line}: in ").as_bytes());
            }
            (Callee::Lua(closure), None) => {
                out.extend_from_slice(&chunk_id(&closure.proto().source));
                out.extend_from_slice(b": in ");
            }
            (Callee::Native(_), _) => out.extend_from_slice(b"[C]: in "),
        }
        function_name(ctx, th, index, frame, out);
        if frame.flags & TAIL != 0 {
            out.extend_from_slice(b"\n\t(...tail calls...)");
        }
    }
}

fn function_name<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    index: usize,
    frame: &Frame<'gc>,
    out: &mut Vec<u8>,
) {
    let quoted = |out: &mut Vec<u8>, kind: &str, name: &[u8]| {
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(b" '");
        out.extend_from_slice(name);
        out.push(b'\'');
    };
    match frame.callee {
        Callee::Native(def) => match called_as(th, index) {
            _ if is_library_name(def.name) => quoted(out, "function", def.name.as_bytes()),
            Some((kind, name)) => quoted(out, kind, &name),
            None => out.push(b'?'),
        },
        Callee::Lua(closure) => {
            if let Some(name) = global_name(ctx, frame) {
                return quoted(out, "function", &name);
            }
            let proto = closure.proto();
            match called_as(th, index) {
                Some((kind, name)) => quoted(out, kind, &name),
                None if proto.line_defined == 0 => out.extend_from_slice(b"main chunk"),
                None => {
                    out.extend_from_slice(b"function <");
                    out.extend_from_slice(&chunk_id(&proto.source));
                    out.extend_from_slice(format!(":{}>", proto.line_defined).as_bytes());
                }
            }
        }
    }
}

/// Tells whether scripts find the function under its name: metamethods and
/// iterators have names of their callers' making instead, as in PUC.
fn is_library_name(name: &str) -> bool {
    const HIDDEN: [&str; 4] =
        ["coroutine.wrapped", "io.lines_iterator", "ipairs_iterator", "string.gmatch_aux"];
    // Methods of files are in no library.
    const PREFIXES: [&str; 2] = ["file.", "utf8.codes_"];
    let hidden = HIDDEN.contains(&name) || PREFIXES.iter().any(|p| name.starts_with(p));
    !name.is_empty() && !name.contains(".__") && !hidden
}

/// Returns the name under which scripts find the frame's function: a global, a loaded
/// module or a field of one, as `module.field`.
fn global_name<'gc>(ctx: Context<'gc>, frame: &Frame<'gc>) -> Option<Vec<u8>> {
    let Callee::Lua(wanted) = frame.callee else { return None };
    let globals = ctx.state.globals;
    if let Some(name) = field_name(globals, wanted, &mut { MAX_SEARCH }) {
        return Some(name.as_bytes().to_vec());
    }
    let loaded = loaded_modules(ctx)?;
    if let Some(name) = field_name(loaded, wanted, &mut { MAX_SEARCH }) {
        return Some(name.as_bytes().to_vec());
    }
    let mut left = MAX_SEARCH;
    let mut position = 0;
    while left > 0 {
        let (next, key, value) = loaded.next_index(position)?;
        position = next;
        left -= 1;
        let (Value::String(module), Value::Table(fields)) = (key, value) else { continue };
        if fields.ptr_eq(globals) {
            continue;
        }
        if let Some(field) = field_name(fields, wanted, &mut left) {
            return Some([module.as_bytes(), b".", field.as_bytes()].concat());
        }
    }
    None
}

/// Finds the table of loaded modules in the registry, without making a string of its name.
fn loaded_modules(ctx: Context<'_>) -> Option<Table<'_>> {
    let mut position = 0;
    for _ in 0..MAX_SEARCH {
        let (next, key, value) = ctx.state.registry.next_index(position)?;
        if let (Value::String(name), Value::Table(loaded)) = (key, value)
            && name.as_bytes() == LOADED
        {
            return Some(loaded);
        }
        position = next;
    }
    None
}

/// Returns the first key with this function, looking at no more than `left` entries.
fn field_name<'gc>(
    table: Table<'gc>,
    wanted: LuaClosure<'gc>,
    left: &mut usize,
) -> Option<Str<'gc>> {
    let mut position = 0;
    while *left > 0 {
        let (next, key, value) = table.next_index(position)?;
        if let (Value::String(name), Value::Closure(closure)) = (key, value)
            && closure.ptr_eq(wanted)
        {
            return Some(name);
        }
        position = next;
        *left -= 1;
    }
    None
}
