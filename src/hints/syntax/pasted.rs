//! What came along with a script from where it was copied.

use super::super::around::line_start;
use super::{Wrong, say};
use crate::syntax::token::Tok;

/// The fence of Markdown, the prompt of a shell or an interpreter, the marks of a merge.
pub(super) fn marks(w: &Wrong<'_>) -> Option<String> {
    if w.is(0, b'`') && w.is(1, b'`') && w.is(2, b'`') && w.touches(0) && w.touches(1) {
        return say("these are marks of Markdown around a script: leave them out");
    }
    if !w.begins(0) {
        return None;
    }
    let sign = w.tok(0);
    let merge = matches!(sign, Tok::Shl | Tok::Shr | Tok::Eq);
    if merge && w.tok(1) == sign && w.touches(0) {
        return say("these are marks of a merge: keep one of the two parts, without them");
    }
    if w.is(0, b'>') || sign == Tok::Shr && w.is(1, b'>') && w.touches(0) {
        return say("this is a prompt, and no part of a script: leave it out");
    }
    None
}

/// `<?php`, `<script>`
pub(super) fn tag(w: &Wrong<'_>) -> Option<String> {
    let begins = w.begins(0) && w.is(0, b'<') && w.touches(0);
    if begins && (w.is(1, b'?') || w.is_name(1)) {
        return say("this is a tag of another language: leave it out");
    }
    None
}

/// `a &lt; b`: the parser stops at the `;` or behind it.
pub(super) fn entity(w: &Wrong<'_>) -> Option<String> {
    let tokens = w.tokens;
    let is_one = |at: &usize| {
        tokens.tok(*at) == Tok::Byte(b'&')
            && tokens.tok(at + 2) == Tok::Byte(b';')
            && tokens.touches_next(*at)
            && tokens.touches_next(at + 1)
    };
    // Of what comes behind the `;` the line is the same.
    let last = if w.same_line(-1) { w.at } else { w.at.checked_sub(1)? };
    let at = (line_start(tokens, last)..last).find(is_one)?;
    let sign = match tokens.text(at + 1) {
        b"lt" => "<",
        b"gt" => ">",
        b"amp" => "&",
        b"quot" => "\"",
        b"apos" => "'",
        _ => return None,
    };
    let name = String::from_utf8_lossy(tokens.text(at + 1));
    Some(format!("`&{name};` is HTML: Lua has `{sign}` itself"))
}
