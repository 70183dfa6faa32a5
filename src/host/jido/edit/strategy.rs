//! How the old text of an edit is found: as it is, or by whole lines that differ in blanks.
//!
//! The strategies are tried in order, and the first that finds anything decides. The last
//! three compare whole lines as each strategy writes them; one that leaves the old text
//! unchanged can find nothing new, and is skipped.

use crate::host::pace::{PIECE, Room, Scratch, piece};
use crate::{HostCx, HostError};
use memchr::memmem;
use std::borrow::Cow;
use std::ops::Range;

/// Units of fuel for a line, beside its bytes.
const LINE: u64 = 8;
/// What a line takes here.
const LINE_BYTES: usize = 64;
/// What a place takes.
const PLACE_BYTES: usize = 16;

/// Where the old text lies.
pub(super) enum Found {
    Nothing,
    /// In these places, in their order; they do not overlap.
    Places(Vec<Range<usize>>),
}

/// Writes a line, or a text, as a strategy compares it.
type Rewrite = for<'a> fn(&'a [u8]) -> Cow<'a, [u8]>;

/// Finds the old text.
///
/// # Errors
/// When the run has no memory or no fuel for it, or must end.
pub(super) fn find(
    cx: &mut HostCx<'_>,
    scratch: &mut Scratch,
    content: &[u8],
    old: &[u8],
) -> Result<Found, HostError> {
    let exact = exact(cx, scratch, content, old)?;
    if !exact.is_empty() {
        return Ok(Found::Places(exact));
    }
    for rewrite in [trimmed as Rewrite, normalized, unindented] {
        let places = by_lines(cx, scratch, content, old, rewrite)?;
        if !places.is_empty() {
            return Ok(Found::Places(places));
        }
    }
    Ok(Found::Nothing)
}

fn exact(
    cx: &mut HostCx<'_>,
    scratch: &mut Scratch,
    content: &[u8],
    old: &[u8],
) -> Result<Vec<Range<usize>>, HostError> {
    let finder = memmem::Finder::new(old);
    let mut places = Vec::new();
    let mut from = 0;
    while from < content.len() {
        // A piece at a time, each with what may begin in it.
        let end = content.len().min(from + PIECE + old.len() - 1);
        piece(cx, end - from)?;
        let mut next = content.len().min(from + PIECE);
        let mut at = from;
        while let Some(found) = finder.find(&content[at..end]) {
            let start = at + found;
            cx.charge(LINE)?;
            scratch.take(cx, PLACE_BYTES)?;
            places.push(start..start + old.len());
            at = start + old.len();
            next = next.max(at);
        }
        from = next;
    }
    Ok(places)
}

/// Finds the old text as whole lines.
fn by_lines(
    cx: &mut HostCx<'_>,
    scratch: &mut Scratch,
    content: &[u8],
    old: &[u8],
    rewrite: Rewrite,
) -> Result<Vec<Range<usize>>, HostError> {
    let wanted = lines(cx, scratch, old, rewrite)?;
    if wanted.iter().all(|line| *line.text == old[line.place.clone()]) {
        return Ok(Vec::new());
    }
    let there = lines(cx, scratch, content, rewrite)?;
    let mut places = Vec::new();
    let mut at = 0;
    while at + wanted.len() <= there.len() {
        cx.charge(1)?;
        let mut same = 0;
        while same < wanted.len() && wanted[same].text == there[at + same].text {
            cx.charge(1 + (wanted[same].text.len() / 16) as u64)?;
            same += 1;
        }
        if same == wanted.len() {
            scratch.take(cx, PLACE_BYTES)?;
            places.push(there[at].place.start..there[at + same - 1].place.end);
            at += same;
        } else {
            at += 1;
        }
    }
    Ok(places)
}

/// A line as it is compared, and where it lies, without its end.
struct Line<'a> {
    text: Cow<'a, [u8]>,
    place: Range<usize>,
}

fn lines<'a>(
    cx: &mut HostCx<'_>,
    scratch: &mut Scratch,
    text: &'a [u8],
    rewrite: Rewrite,
) -> Result<Vec<Line<'a>>, HostError> {
    let mut lines = Vec::new();
    let mut start = 0;
    loop {
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
        cx.check()?;
        cx.charge(LINE + ((end - start) / 8) as u64)?;
        let line = rewrite(&text[start..end]);
        let owned = if let Cow::Owned(bytes) = &line { bytes.len() } else { 0 };
        scratch.take(cx, LINE_BYTES + owned)?;
        lines.push(Line { text: line, place: start..end });
        if end == text.len() {
            return Ok(lines);
        }
        start = end + 1;
    }
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Without blanks at either end.
fn trimmed(line: &[u8]) -> Cow<'_, [u8]> {
    Cow::Borrowed(line.trim_ascii())
}

/// With one blank for each run of blanks and tabs.
fn normalized(line: &[u8]) -> Cow<'_, [u8]> {
    let mut text = Vec::with_capacity(line.len());
    let mut blank = false;
    for &byte in line {
        if !is_blank(byte) {
            text.push(byte);
        } else if !blank {
            text.push(b' ');
        }
        blank = is_blank(byte);
    }
    Cow::Owned(text)
}

/// Without its indentation.
fn unindented(line: &[u8]) -> Cow<'_, [u8]> {
    let indentation = line.iter().take_while(|&&byte| is_blank(byte)).count();
    Cow::Borrowed(&line[indentation..])
}

/// Puts the new text into the places of the old one; the result has this many bytes.
///
/// # Errors
/// When the run has no memory or no fuel for it, or must end.
pub(super) fn replace(
    cx: &mut HostCx<'_>,
    room: &mut Room,
    content: &[u8],
    places: &[Range<usize>],
    new: &[u8],
    length: usize,
) -> Result<Vec<u8>, HostError> {
    cx.check()?;
    cx.charge((length / 64) as u64 + places.len() as u64)?;
    room.need(cx, length)?;
    let mut edited = Vec::with_capacity(length);
    let mut from = 0;
    for place in places {
        edited.extend_from_slice(&content[from..place.start]);
        edited.extend_from_slice(new);
        from = place.end;
    }
    edited.extend_from_slice(&content[from..]);
    Ok(edited)
}
