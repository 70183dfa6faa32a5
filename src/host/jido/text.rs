//! `read_file`'s format: numbered lines, the long ones cut.

/// The number of characters of a line that are shown.
const LONGEST_LINE: usize = 2000;

/// What follows a line that was cut.
const CUT_MARK: &[u8] = b" [truncated]";

/// What stands between a line's number and its text.
const ARROW: &str = "→";

/// Formats up to `limit` lines of `content`, beginning with line `offset`
/// (counted from 1).
///
/// Lines end in `\n` or `\r\n`, and a final newline is followed by one more,
/// empty line. The width of the numbers depends on the whole file. Returns
/// `None` as soon as the result would be longer than `longest` bytes. The work
/// is linear in the content.
pub(super) fn number_lines(
    content: &[u8],
    offset: usize,
    limit: usize,
    longest: u64,
) -> Option<Vec<u8>> {
    let total = content.iter().filter(|&&b| b == b'\n').count() + 1;
    let width = total.to_string().len().max(6);
    let mut text = Vec::new();
    let first = offset.max(1);
    let lines = content.split(|&b| b == b'\n').enumerate();
    for (index, line) in lines.skip(first - 1).take(limit) {
        let number = index + 1;
        // Only a newline makes a carriage return part of a line's end.
        let line = if number < total { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        if !text.is_empty() {
            text.push(b'\n');
        }
        text.extend(format!("{number:>width$}{ARROW}").bytes());
        let shown = cut_line(line);
        text.extend_from_slice(shown);
        if shown.len() < line.len() {
            text.extend_from_slice(CUT_MARK);
        }
        if text.len() as u64 > longest {
            return None;
        }
    }
    Some(text)
}

/// Returns the first [`LONGEST_LINE`] characters of a line. A byte that is no
/// part of UTF-8 counts as one character and is kept as it is.
fn cut_line(line: &[u8]) -> &[u8] {
    if line.len() <= LONGEST_LINE {
        return line;
    }
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
