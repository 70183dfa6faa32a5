//! How much of what a script throws is told: messages, tracebacks and error objects are
//! cut so that a report does not pass its output limit by more than 64 KiB in all,
//! whatever the escapes that its bytes need.

use crate::base::hidden::is_hidden;

#[cfg(test)]
mod tests;

/// What a report may add to its output, but for the errors below: the results beyond what
/// is left of the output limit. 64 KiB, less what is around them.
pub(crate) const ENVELOPE: usize = 63 * 1024;
/// Room for an error's message.
pub(in crate::session) const MESSAGE: usize = 24 * 1024;
/// Room for its traceback.
pub(in crate::session) const TRACEBACK: usize = 12 * 1024;
/// Room for its object as JSON, which may be passed by one more string and its name.
pub(in crate::session) const VALUE: usize = 8 * 1024;

/// What stands for the rest of a text that was cut.
const DOTS: &[u8] = b"...";

/// Returns how many bytes a character takes where it is shown: as JSON or on a terminal,
/// whichever is more.
fn shown_char(c: char) -> usize {
    match c {
        '\n' | '\t' | '"' | '\\' => 2,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' => 6,
        // By number: `\u{feff}` on a terminal, and as JSON the two of `\udb40\udc41`.
        c if is_hidden(c) => {
            if c.len_utf16() == 1 {
                8
            } else {
                12
            }
        }
        c => c.len_utf8(),
    }
}

/// Bytes that a byte outside of a character takes.
const SHOWN_BYTE: usize = 4;

/// Returns the beginning of a text that takes at most `room` bytes where it is shown, in
/// whole characters, with `...` in place of the rest.
pub(in crate::session) fn excerpt(text: &[u8], room: usize) -> Vec<u8> {
    // Every byte takes at least one: what is behind them cannot have room.
    let looked_at = text.get(..room + 4).unwrap_or(text);
    let room_before_dots = room.saturating_sub(DOTS.len());
    let (mut at, mut taken, mut cut) = (0, 0, 0);
    for chunk in looked_at.utf8_chunks() {
        let chars = chunk.valid().chars().map(|c| (c.len_utf8(), shown_char(c)));
        let bytes = chunk.invalid().iter().map(|_| (1, SHOWN_BYTE));
        for (len, shown) in chars.chain(bytes) {
            taken += shown;
            if taken > room {
                return [&text[..cut], DOTS].concat();
            }
            at += len;
            if taken <= room_before_dots {
                cut = at;
            }
        }
    }
    looked_at.to_vec()
}
