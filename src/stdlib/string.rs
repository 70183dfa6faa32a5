//! The string library (manual §6.4).

mod arith;
mod at_once;
mod bytes;
mod dump;
mod few;
mod format;
mod gmatch;
mod gsub;
mod pack;
mod pattern;
mod search;

use crate::vm::calls::call::Call;
use crate::vm::heap::native::AtOnce::{Plain, Whole};
use crate::vm::heap::native::{Interrupt, NativeDef};
use crate::vm::heap::string::{MAX_STRING, Str};
use crate::vm::heap::userdata::Buffer;
use crate::vm::image::natives::Natives;
use crate::vm::meters::account::string_bytes;

pub(crate) use arith::METAMETHODS;

macro_rules! functions {
    ($($name:literal $call:path, $section:literal, $fuel:literal $(, $at_once:expr)?;)*) => {
        &[$(NativeDef::new($name, $call, $section, $fuel)$(.at_once($at_once))?),*]
    };
}
use functions;

/// Adds the functions that no library shows.
pub(crate) fn add_natives(natives: &mut Natives) {
    natives.add_all(":string.meta.", METAMETHODS);
    natives.add_all(":string.match.", gmatch::NEXT_MATCH);
}

/// The functions of the `string` table in every profile.
pub(crate) static FUNCTIONS: &[NativeDef] = functions! {
    "string.byte" bytes::byte, "6.4", "1 + results/4", Plain(at_once::byte);
    "string.char" bytes::char, "6.4", "1 + bytes/4", Whole(at_once::char);
    "string.find" search::find, "6.4", "1 + match steps, or bytes/16 + bytes of the pattern/4 when plain", Whole(few::find);
    "string.format" format::format, "6.4", "1 + items + bytes/64; 4 with flags, a width or a precision; a float: 12 + digits/8; %q: bytes/3; the text of an object: 4";
    "string.gmatch" gmatch::gmatch, "6.4", "1; each iteration: match steps + bytes/64";
    "string.gsub" gsub::gsub, "6.4", "1 + match steps + matches (8 more through a function or table) + bytes/64";
    "string.len" bytes::len, "6.4", "1", Plain(at_once::len);
    "string.lower" bytes::lower, "6.4", "1 + bytes/64", Whole(at_once::lower);
    "string.match" search::match_, "6.4", "1 + match steps + bytes/64", Whole(few::match_);
    "string.pack" pack::pack, "6.4.2", "5 + options + digits/8 + bytes/64", Whole(pack::at_once::pack);
    "string.packsize" pack::packsize, "6.4.2", "1 + options + digits/8";
    "string.rep" bytes::rep, "6.4", "1 + bytes/64", Whole(at_once::rep);
    "string.reverse" bytes::reverse, "6.4", "1 + bytes/64", Whole(at_once::reverse);
    "string.sub" bytes::sub, "6.4", "1 + bytes/64", Whole(at_once::sub);
    "string.unpack" pack::unpack, "6.4.2", "5 + options + digits/8 + 2 for each string + bytes/64", Whole(pack::at_once::unpack);
    "string.upper" bytes::upper, "6.4", "1 + bytes/64", Whole(at_once::upper);
};

/// Functions that only the full profile has.
pub(crate) static FULL_FUNCTIONS: &[NativeDef] = functions! {
    "string.dump" dump::dump, "6.4", "17 + bytes/64";
};

/// Most bytes one step of a bulk function handles.
const CHUNK: usize = 64 * 1024;

/// Charges for a string of `len` bytes and makes sure that its memory is there, so
/// that its bytes may be made before the string is.
fn afford<'gc>(call: &Call<'_, 'gc>, len: usize) -> Result<(), Interrupt<'gc>> {
    if len > MAX_STRING {
        return Err(call.error("resulting string too large"));
    }
    call.charge_bytes(len)?;
    let account = &call.ctx.state.account;
    account.reserve(string_bytes(len))?;
    account.release(string_bytes(len));
    Ok(())
}

/// Makes a string of a buffer's contents, which were charged when they were
/// written. On success the buffer is empty.
pub(super) fn finish<'gc>(
    call: &Call<'_, 'gc>,
    buffer: Buffer<'gc>,
) -> Result<Str<'gc>, Interrupt<'gc>> {
    let len = buffer.len();
    if len > MAX_STRING {
        return Err(call.error("resulting string too large"));
    }
    buffer.into_string(call.ctx.heap())
}

/// Translates a start position (manual §6.4) to one of at least 1.
fn start_position(position: i64, len: usize) -> usize {
    let len = len as i64;
    match position {
        1.. => position as usize,
        0 => 1,
        _ if position < -len => 1,
        _ => (len + position + 1) as usize,
    }
}

/// Translates an end position (manual §6.4) to one of at most `len`.
fn end_position(position: i64, len: usize) -> usize {
    let len = len as i64;
    match position {
        _ if position > len => len as usize,
        0.. => position as usize,
        _ if position < -len => 0,
        _ => (len + position + 1) as usize,
    }
}
