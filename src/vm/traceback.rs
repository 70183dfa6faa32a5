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
/// Most fields of a table searched for a function's name.
const MAX_SEARCH: usize = 1000;
/// Most modules searched for it.
const MAX_MODULES: usize = 50;
/// Key of the registry for the table of loaded modules.
const LOADED: &[u8] = b"_LOADED";

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
            if let Some(name) = global_name(ctx, closure) {
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

/// Returns the name of the global or of the field of a loaded module that holds a
/// function, if one does: `f`, `module.f`.
fn global_name<'gc>(ctx: Context<'gc>, wanted: LuaClosure<'gc>) -> Option<Vec<u8>> {
    if let Some(name) = field_name(ctx.state.globals, wanted) {
        return Some(name.as_bytes().to_vec());
    }
    let modules = entries(ctx.state.registry)
        .find(|(key, _)| matches!(key, Value::String(key) if key.as_bytes() == LOADED))?;
    let Value::Table(modules) = modules.1 else { return None };
    entries(modules).take(MAX_MODULES).find_map(|(module, value)| {
        let Value::String(module) = module else { return None };
        match value {
            Value::Closure(closure) if closure.ptr_eq(wanted) => Some(module.as_bytes().to_vec()),
            Value::Table(table) => {
                let name = field_name(table, wanted)?;
                Some([module.as_bytes(), b".", name.as_bytes()].concat())
            }
            _ => None,
        }
    })
}

/// Returns the key of the table's field that holds a function.
fn field_name<'gc>(table: Table<'gc>, wanted: LuaClosure<'gc>) -> Option<Str<'gc>> {
    entries(table).take(MAX_SEARCH).find_map(|(key, value)| match (key, value) {
        (Value::String(name), Value::Closure(closure)) if closure.ptr_eq(wanted) => Some(name),
        _ => None,
    })
}

/// Goes through the entries of a table, without metamethods.
fn entries<'gc>(table: Table<'gc>) -> impl Iterator<Item = (Value<'gc>, Value<'gc>)> {
    let mut position = 0;
    std::iter::from_fn(move || {
        let (next, key, value) = table.next_index(position)?;
        position = next;
        Some((key, value))
    })
}
