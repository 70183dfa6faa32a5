//! Tracebacks: the active calls of a thread as text (manual §6.10, `debug.traceback`).

use super::error::{CalledAs, current_line, find_called_as, quote, search, usual_search};
use super::loaded_names::{LoadedName, loaded_names};
use crate::base::chunk_id::chunk_id;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::thread::{Callee, Frame, TAIL, ThreadState};
use crate::vm::state::context::Context;
use std::borrow::Cow;

/// Calls shown at the top of a long traceback: PUC's `LEVELS1`.
const FIRST: usize = 10;
/// Calls shown at its end: PUC's `LEVELS2`.
const LAST: usize = 11;

/// Appends a traceback of a thread, leaving out the innermost `skip` calls. Searching for
/// names is charged, and so is the text.
///
/// # Errors
/// When fuel or memory is refused; nothing is appended then.
pub(crate) fn traceback<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    skip: usize,
    out: &mut Vec<u8>,
) -> Result<(), Interrupt<'gc>> {
    let count = th.call_count().saturating_sub(skip);
    // One call alone is not skipped.
    let cut = count > FIRST + LAST + 1;
    let shown = (0..count.min(FIRST + 1)).chain((FIRST + 1).max(count.saturating_sub(LAST))..count);
    let callees: Vec<_> =
        shown.clone().map(|level| th.frames[th.frame_of_call(count - 1 - level)].callee).collect();
    let names = loaded_names(ctx, &callees)?;
    let frames: Vec<_> = shown.clone().map(|level| th.frame_of_call(count - 1 - level)).collect();
    // All that is to be searched is paid at once: it would begin anew at each refusal.
    let usual = frames.iter().fold(0usize, |sum, index| sum + usual_search(th, *index));
    let called: Vec<_> = search(ctx, usual, |searched| {
        frames.iter().map(|index| find_called_as(th, *index, searched)).collect()
    })?;
    let mut parts: Vec<Cow<'gc, [u8]>> = vec![b"stack traceback:".into()];
    for (((level, name), called), index) in shown.zip(&names).zip(called).zip(frames) {
        if cut && level == FIRST {
            // PUC's figure: its count begins after the call that it looks at.
            let skipped = count - FIRST - LAST - 1;
            parts.push(format!("\n\t...\t(skipping {skipped} levels)").into_bytes().into());
        }
        if cut && (FIRST..count - LAST).contains(&level) {
            continue;
        }
        let frame = &th.frames[index];
        parts.push(b"\n\t".into());
        match (frame.callee, current_line(frame)) {
            (Callee::Lua(closure), Some(line)) => {
                parts.push(chunk_id(&closure.proto().source).into());
                parts.push(format!(":{line}: in ").into_bytes().into());
            }
            (Callee::Lua(closure), None) => {
                parts.push(chunk_id(&closure.proto().source).into());
                parts.push(b": in ".into());
            }
            (Callee::Native(_), _) => parts.push(b"[C]: in ".into()),
        }
        function_name(ctx, frame, name.as_ref(), called, &mut parts);
        if frame.flags & TAIL != 0 {
            parts.push(b"\n\t(...tail calls...)".into());
        }
    }
    let parts: Vec<&[u8]> = parts.iter().map(|part| &**part).collect();
    out.extend_from_slice(&quote(ctx, &parts)?);
    Ok(())
}

/// Appends what a traceback calls the function of a frame.
fn function_name<'gc>(
    ctx: Context<'gc>,
    frame: &Frame<'gc>,
    known: Option<&LoadedName<'gc>>,
    called: Option<CalledAs<'gc>>,
    out: &mut Vec<Cow<'gc, [u8]>>,
) {
    let quoted = |out: &mut Vec<Cow<'gc, [u8]>>, kind: &'static str, name: &[&'gc [u8]]| {
        out.extend([kind.as_bytes().into(), b" '".into()]);
        out.extend(name.iter().map(|part| Cow::Borrowed(*part)));
        out.push(b"'".into());
    };
    if let Some(name) = known {
        return quoted(out, "function", &name.parts());
    }
    match frame.callee {
        // Functions of a sandbox's host are in no module.
        Callee::Native(def) if !ctx.state.binary_chunks.get() && def.is_found_by_name() => {
            quoted(out, "function", &[def.name.as_bytes()]);
        }
        Callee::Native(_) => match called {
            Some((kind, name)) => quoted(out, kind, &[name]),
            None => out.push(b"?".into()),
        },
        Callee::Lua(closure) => {
            let proto = closure.proto();
            match called {
                Some((kind, name)) => quoted(out, kind, &[name]),
                None if proto.line_defined == 0 => out.push(b"main chunk".into()),
                None => {
                    out.push(b"function <".into());
                    out.push(chunk_id(&proto.source).into());
                    out.push(format!(":{}>", proto.line_defined).into_bytes().into());
                }
            }
        }
    }
}
