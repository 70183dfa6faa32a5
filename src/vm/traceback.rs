//! Tracebacks: the active calls of a thread as text (manual §6.10, `debug.traceback`).

use super::error::{called_as, current_line};
use super::loaded_names::loaded_names;
use super::lua::Context;
use super::thread::{Callee, Frame, TAIL, ThreadState};
use crate::base::chunk_id::chunk_id;

/// Calls shown at the top of a long traceback: PUC's `LEVELS1`.
const FIRST: usize = 10;
/// Calls shown at its end: PUC's `LEVELS2`.
const LAST: usize = 11;

/// Appends a traceback of a thread, leaving out the innermost `skip` calls.
pub fn traceback<'gc>(ctx: Context<'gc>, th: &ThreadState<'gc>, skip: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(b"stack traceback:");
    let count = th.call_count().saturating_sub(skip);
    // One call alone is not skipped.
    let cut = count > FIRST + LAST + 1;
    let shown = (0..count.min(FIRST + 1)).chain((FIRST + 1).max(count.saturating_sub(LAST))..count);
    let callees: Vec<_> =
        shown.clone().map(|level| th.frames[th.frame_of_call(count - 1 - level)].callee).collect();
    let names = loaded_names(ctx, &callees);
    for (level, name) in shown.zip(&names) {
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
        function_name(ctx, th, index, frame, name.as_ref(), out);
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
    known: Option<&Vec<u8>>,
    out: &mut Vec<u8>,
) {
    let quoted = |out: &mut Vec<u8>, kind: &str, name: &[u8]| {
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(b" '");
        out.extend_from_slice(name);
        out.push(b'\'');
    };
    if let Some(name) = known {
        return quoted(out, "function", name);
    }
    match frame.callee {
        Callee::Native(def) => match called_as(th, index) {
            // Functions of a sandbox's host are in no module.
            _ if !ctx.state.binary_chunks.get() && is_library_name(def.name) => {
                quoted(out, "function", def.name.as_bytes());
            }
            Some((kind, name)) => quoted(out, kind, &name),
            None => out.push(b'?'),
        },
        Callee::Lua(closure) => {
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
        ["coroutine.wrapped", "ipairs_iterator", "io.lines_iterator", "string.gmatch_aux"];
    let hidden = HIDDEN.contains(&name) || name.starts_with("utf8.codes_");
    !name.is_empty() && !name.contains(".__") && !name.starts_with("file.") && !hidden
}
