//! Errors as the hosts tell them: one text, which holds the place.

use crate::LuaError;
use std::borrow::Cow;

/// What Lua says without a place, since a function of its own says so: the call is somewhere
/// in a script nevertheless.
const WITHOUT_PLACE: &[u8] = b"attempt to yield from outside a coroutine";

/// Returns an error's message. What Lua says without a place, whoever is told nothing but a
/// text would look for in vain: it gets that of the innermost call.
pub(super) fn located(error: &LuaError) -> Cow<'_, [u8]> {
    if error.message != WITHOUT_PLACE || error.line.is_some() {
        return Cow::Borrowed(&error.message);
    }
    let levels = error.traceback.lines().skip(1).map(str::trim_start);
    let place = levels.filter_map(|level| level.split_once(": in ")).map(|(place, _)| place);
    match place.clone().find(|place| *place != "[C]") {
        Some(place) => [place.as_bytes(), b": ", &error.message].concat().into(),
        None => Cow::Borrowed(&error.message),
    }
}

/// As [`located`], as text.
pub(super) fn located_text(error: &LuaError) -> String {
    String::from_utf8_lossy(&located(error)).into_owned()
}
