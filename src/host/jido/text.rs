//! `read_file`'s format: numbered lines, the long ones cut.

use crate::host::pace::{PIECE, piece};
use crate::{HostCx, HostError};
use memchr::{memchr, memchr_iter};

/// The number of characters of a line that are shown.
const LONGEST_LINE: usize = 2000;

/// What follows a line that was cut.
const CUT_MARK: &[u8] = b" [truncated]";

/// What stands between a line's number and its text.
const ARROW: &str = "→";

/// Units of fuel for a line, beside its bytes.
const LINE: u64 = 4;

/// Formats up to `limit` lines of `content`, beginning with line `offset`
/// (counted from 1).
///
/// Lines end in `\n` or `\r\n`, and a final newline is followed by one more,
/// empty line. The width of the numbers depends on the whole file. Returns
/// `None` as soon as the result would be longer than `longest` bytes. The work
/// is linear in the content.
///
/// # Errors
///
/// When the run has no memory or no fuel for it, or must end.
pub(super) fn number_lines(
    cx: &mut HostCx<'_>,
    content: &[u8],
    offset: usize,
    limit: usize,
    longest: u64,
) -> Result<Option<Vec<u8>>, HostError> {
    let total = count_lines(cx, content)?;
    let width = total.to_string().len().max(6);
    let first = offset.max(1);
    let end = first.saturating_add(limit).min(total + 1);
    let mut text = Vec::new();
    // Where the first line begins, and how much of the content is paid for.
    let (begin, mut paid) = skip_lines(cx, content, first - 1)?;
    // What was reserved for the text.
    let mut counted = 0;
    let mut rest = &content[begin..];
    for number in first..end {
        let read = content.len() - rest.len();
        if read >= paid {
            piece(cx, rest.len().min(PIECE))?;
            paid = read + PIECE;
        }
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..length];
        rest = rest.get(length + 1..).unwrap_or_default();
        cx.charge(LINE)?;
        // Only a newline makes a carriage return part of a line's end.
        let line = if number < total { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        let shown = cut_line(line);
        let needed = text.len() + width + ARROW.len() + shown.len() + CUT_MARK.len() + 1;
        if needed > counted {
            let more = needed.max(2 * counted) - counted;
            cx.reserve(more)?;
            counted += more;
            text.reserve_exact(counted - text.len());
        }
        if !text.is_empty() {
            text.push(b'\n');
        }
        text.extend(format!("{number:>width$}{ARROW}").bytes());
        text.extend_from_slice(shown);
        if shown.len() < line.len() {
            text.extend_from_slice(CUT_MARK);
        }
        if text.len() as u64 > longest {
            return Ok(None);
        }
    }
    Ok(Some(text))
}

/// Passes over so many lines. Returns where the next one begins, which is the end if there are
/// no more, and up to where the content is paid for.
///
/// Whole pieces are counted, which is fast however short the lines are.
fn skip_lines(
    cx: &mut HostCx<'_>,
    content: &[u8],
    mut lines: usize,
) -> Result<(usize, usize), HostError> {
    let (mut begin, mut paid) = (0, 0);
    for part in content.chunks(PIECE) {
        if lines == 0 {
            break;
        }
        piece(cx, part.len())?;
        paid = begin + part.len();
        let there = memchr_iter(b'\n', part).count();
        if there < lines {
            lines -= there;
            begin = paid;
        } else {
            begin += memchr_iter(b'\n', part).nth(lines - 1).map_or(part.len(), |at| at + 1);
            lines = 0;
        }
    }
    Ok((begin, paid))
}

/// Counts the lines of a file, the one after a final newline included.
///
/// # Errors
///
/// When the run has no fuel for it, or must end.
pub(super) fn count_lines(cx: &mut HostCx<'_>, content: &[u8]) -> Result<usize, HostError> {
    let mut total = 1;
    for part in content.chunks(PIECE) {
        piece(cx, part.len())?;
        total += memchr_iter(b'\n', part).count();
    }
    Ok(total)
}

/// Returns the first [`LONGEST_LINE`] characters of a line. A byte that is no
/// part of UTF-8 counts as one character and is kept as it is.
fn cut_line(line: &[u8]) -> &[u8] {
    if line.len() <= LONGEST_LINE {
        return line;
    }
    // No more can be shown: a character has four bytes at most.
    let line = &line[..line.len().min(4 * LONGEST_LINE + 4)];
    let mut characters = 0;
    let mut bytes = 0;
    for chunk in line.utf8_chunks() {
        for character in chunk.valid().chars() {
            if characters == LONGEST_LINE {
                return &line[..bytes];
            }
            characters += 1;
            bytes += character.len_utf8();
        }
        for _ in chunk.invalid() {
            if characters == LONGEST_LINE {
                return &line[..bytes];
            }
            characters += 1;
            bytes += 1;
        }
    }
    line
}
