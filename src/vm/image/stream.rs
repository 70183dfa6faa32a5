//! Streams of the library `io` in an image: those without a file behind them.

use super::fault::Fault;
use super::wire::{Reader, Writer};
use crate::vm::state::context::Context;
use crate::vm::state::world::Mode;
use crate::vm::state::world::stream::image::StreamImage;
use crate::vm::state::world::stream::{Buffering, MAX_BUFFER, Stream};
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// Writes a stream. Tells whether that could be done.
pub(super) fn save(stream: &Stream, out: &mut Writer) -> bool {
    let Some(image) = stream.image() else { return false };
    out.byte(image.end);
    let mode = image.mode;
    for flag in [mode.read, mode.write, mode.append, mode.truncate, mode.create, image.standard] {
        out.flag(flag);
    }
    out.byte(match image.buffering {
        Buffering::No => 0,
        Buffering::Line => 1,
        Buffering::Full => 2,
    });
    out.size(image.size);
    out.size(image.charged);
    true
}

/// Makes a stream again.
///
/// # Errors
/// When there is none, or memory is refused.
pub(super) fn load(ctx: Context<'_>, from: &mut Reader<'_>) -> Result<Rc<dyn Any>, Fault> {
    let end = from.byte()?;
    let mut flags = [false; 6];
    for flag in &mut flags {
        *flag = from.flag()?;
    }
    let [read, write, append, truncate, create, standard] = flags;
    let buffering = match from.byte()? {
        0 => Buffering::No,
        1 => Buffering::Line,
        2 => Buffering::Full,
        _ => return Err(Fault::Damaged("a stream of no kind")),
    };
    let (size, charged) = (from.size()?, from.size()?);
    if end > 2 || size > MAX_BUFFER {
        return Err(Fault::Damaged("a stream of no kind"));
    }
    let mode = Mode { read, write, append, truncate, create };
    let image = StreamImage { end, mode, standard, buffering, size, charged };
    let stream = Rc::new(RefCell::new(Stream::again(&ctx.state.account, image)?));
    ctx.state.files.note(&stream);
    Ok(stream)
}
