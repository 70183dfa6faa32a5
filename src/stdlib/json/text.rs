//! JSON strings: escaping and unescaping.

/// Returns the escape letter of a byte that JSON strings cannot hold as it is;
/// `u` means the long form.
fn escape(byte: u8) -> Option<u8> {
    match byte {
        b'"' | b'\\' => Some(byte),
        0x08 => Some(b'b'),
        0x0C => Some(b'f'),
        b'\n' => Some(b'n'),
        b'\r' => Some(b'r'),
        b'\t' => Some(b't'),
        0..=0x1F => Some(b'u'),
        _ => None,
    }
}

/// Tells whether JSON strings cannot hold a byte as it is.
#[inline(always)]
fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Tells whether a byte's escape is the long one, of six bytes.
#[inline(always)]
fn is_long(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, 0x08..=0x0A | 0x0C..=0x0D)
}

/// Returns how many bytes at the beginning JSON strings hold as they are.
pub(super) fn plain_run(bytes: &[u8]) -> usize {
    const BLOCK: usize = 16;
    let mut at = 0;
    // Without a branch in a block, the compiler looks at its bytes all at once.
    while let Some(block) = bytes.get(at..at + BLOCK) {
        if block.iter().fold(false, |special, byte| special | is_special(*byte)) {
            break;
        }
        at += BLOCK;
    }
    let rest = bytes.get(at..).unwrap_or(&[]);
    at + rest.iter().position(|byte| is_special(*byte)).unwrap_or(rest.len())
}

/// Tells whether a string is short, and is in JSON as it is: ASCII without anything to escape.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    const SHORT: usize = 64;
    // Without a branch, as above.
    bytes.len() <= SHORT
        && !bytes.iter().fold(false, |other, byte| other | is_special(*byte) | !byte.is_ascii())
}

/// What escaping adds to a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Escapes {
    /// Bytes that are escaped.
    pub count: usize,
    /// Bytes that the text gets longer by.
    pub extra: usize,
}

/// Counts what must be escaped.
pub(super) fn escapes(bytes: &[u8]) -> Escapes {
    // So many that a byte can count them, again for the compiler.
    const BLOCK: usize = 255;
    let (mut count, mut long) = (0, 0);
    for block in bytes.chunks(BLOCK) {
        let (mut specials, mut longs) = (0_u8, 0_u8);
        for byte in block {
            specials += u8::from(is_special(*byte));
            longs += u8::from(is_long(*byte));
        }
        count += usize::from(specials);
        long += usize::from(longs);
    }
    Escapes { count, extra: count + 4 * long }
}

/// Appends the inside of a string (known to be UTF-8).
pub(super) fn write_escaped(mut bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    loop {
        let run = plain_run(bytes);
        out.extend_from_slice(bytes.get(..run).unwrap_or(bytes));
        let Some(byte) = bytes.get(run) else { return };
        let letter = escape(*byte).unwrap_or(*byte);
        if letter == b'u' {
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', HEX[high], HEX[low]]);
        } else {
            out.extend_from_slice(&[b'\\', letter]);
        }
        bytes = bytes.get(run + 1..).unwrap_or(&[]);
    }
}

/// Reads four hexadecimal digits.
pub(super) fn hex4(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.get(..4)?;
    digits.iter().try_fold(0, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 4 | digit)
    })
}

/// Appends what the inside of a JSON string stands for, and returns how much of it that
/// was: about `most` bytes, never a part of an escape or character. The reader has checked it.
pub(super) fn unescape(raw: &[u8], most: usize, out: &mut Vec<u8>) -> usize {
    let mut at = 0;
    while at < raw.len() && at < most {
        let rest = &raw[at..];
        let window = rest.get(..most - at).unwrap_or(rest);
        let run = window.iter().position(|byte| *byte == b'\\').unwrap_or(window.len());
        out.extend_from_slice(&window[..run]);
        at += run;
        if run == window.len() {
            continue;
        }
        let letter = raw.get(at + 1).copied().unwrap_or(b'\\');
        let after = raw.get(at + 2..).unwrap_or(&[]);
        at += 2;
        match letter {
            b'b' => out.push(0x08),
            b'f' => out.push(0x0C),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => {
                let mut code = hex4(after).unwrap_or(0xFFFD);
                at += 4;
                if (0xD800..0xDC00).contains(&code) {
                    let low = after.get(6..).and_then(hex4).unwrap_or(0xDC00);
                    at += 6;
                    code = 0x1_0000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
                }
                let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            other => out.push(other),
        }
    }
    at.min(raw.len())
}
