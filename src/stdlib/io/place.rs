//! `file:seek` and `file:setvbuf` (manual §6.8).

use super::{borrow, check_open, file_result};
use crate::vm::calls::call::Call;
use crate::vm::heap::native::Step;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::REQUEST;
use crate::vm::state::world::Place;
use crate::vm::state::world::stream::{BUFFER, Buffering};

/// `file:seek ([whence [, offset]])`
pub(super) fn file_seek<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let stream = check_open(call, 0)?;
    let whence = call.check_option(1, Some(1), &["set", "cur", "end"])?;
    let offset = call.opt_integer(2, 0)?;
    call.charge(REQUEST)?;
    let place = match whence {
        0 => Place::Start(offset),
        1 => Place::Current(offset),
        _ => Place::End(offset),
    };
    let sought = borrow(call, stream)?.seek(place);
    match sought {
        Ok(position) => call.ret(i64::try_from(position).unwrap_or(i64::MAX)),
        Err(error) => file_result(call, Err(error), None),
    }
}

/// Tells whether the file is from before the run.
fn stream_is_old(call: &Call<'_, '_>) -> bool {
    let floor = call.ctx.state.journal.floor.get();
    matches!(call.arg(0), Value::UserData(file) if file.id() < floor)
}

/// `file:setvbuf (mode [, size])`. The buffers of files that were there before a run that may
/// be undone stay as they are.
pub(super) fn file_setvbuf<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let stream = check_open(call, 0)?;
    let mode = call.check_option(1, None, &["no", "full", "line"])?;
    let size = call.opt_integer(2, BUFFER as i64)?;
    call.charge(REQUEST)?;
    let journal = &call.ctx.state.journal;
    if journal.open.get() && stream_is_old(call) {
        // A buffer could not be undone with the run.
        return call.ret(true);
    }
    let buffering = [Buffering::No, Buffering::Full, Buffering::Line][mode];
    // A negative size is a huge one, as C's `size_t` has it.
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let account = &call.ctx.state.account;
    let result = borrow(call, stream)?.set_buffering(account, buffering, size)?;
    file_result(call, result, None)
}
