//! Offsets as lines and columns.

/// Returns the line, from 1, that an offset is on, and where that line begins, counting as the
/// lexer does: `\n`, `\r`, `\r\n` and `\n\r` each end one.
pub(crate) fn line_of(source: &[u8], offset: usize) -> (u32, usize) {
    let offset = offset.min(source.len());
    let (mut line, mut begin) = (1u32, 0);
    while let Some(found) = memchr::memchr2(b'\n', b'\r', &source[begin..offset]) {
        let at = begin + found;
        let pair = matches!(source[at..], [b'\r', b'\n', ..] | [b'\n', b'\r', ..]);
        let next = at + if pair { 2 } else { 1 };
        if next > offset {
            break;
        }
        begin = next;
        line = line.saturating_add(1);
    }
    (line, begin)
}

/// Returns the line and the column, both from 1, of an offset. Columns are characters; of
/// bytes that are none, each counts.
pub(crate) fn place_of(source: &[u8], offset: usize) -> (u32, u32) {
    let (line, begin) = line_of(source, offset);
    let before = source.get(begin..offset.min(source.len())).unwrap_or(&[]);
    let count =
        |chunk: std::str::Utf8Chunk<'_>| chunk.valid().chars().count() + chunk.invalid().len();
    let column = before.utf8_chunks().map(count).sum::<usize>() + 1;
    (line, u32::try_from(column).unwrap_or(u32::MAX))
}

/// Returns where the line ends that begins at an offset, and where the next one begins.
pub(crate) fn line_end(source: &[u8], begin: usize) -> (usize, Option<usize>) {
    let rest = source.get(begin..).unwrap_or(&[]);
    match memchr::memchr2(b'\n', b'\r', rest) {
        Some(found) => {
            let at = begin + found;
            let pair = matches!(source[at..], [b'\r', b'\n', ..] | [b'\n', b'\r', ..]);
            (at, Some(at + if pair { 2 } else { 1 }))
        }
        None => (source.len(), None),
    }
}

/// Returns the offset of a line and a column, as [`place_of`] gives them.
pub(crate) fn offset_of(source: &[u8], line: u32, column: u32) -> usize {
    let mut begin = 0;
    for _ in 1..line {
        match line_end(source, begin).1 {
            Some(next) => begin = next,
            None => break,
        }
    }
    let (end, _) = line_end(source, begin);
    let (mut at, mut left) = (begin, column.saturating_sub(1));
    // Mostly each character is a byte.
    let before = begin.checked_add(left as usize).filter(|at| *at <= end);
    if let Some(at) = before.filter(|at| source[begin..*at].is_ascii()) {
        return at;
    }
    for chunk in source[begin..end].utf8_chunks() {
        let chars = chunk.valid().chars().map(char::len_utf8);
        for length in chars.chain(chunk.invalid().iter().map(|_| 1)) {
            if left == 0 {
                return at;
            }
            at += length;
            left -= 1;
        }
    }
    at
}
