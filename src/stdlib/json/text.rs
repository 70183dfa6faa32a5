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

/// Returns the length of a string as JSON, its quotes included.
pub(super) fn quoted_len(bytes: &[u8]) -> usize {
    let extra = |byte: &u8| match escape(*byte) {
        None => 0,
        Some(b'u') => 5,
        Some(_) => 1,
    };
    2 + bytes.len() + bytes.iter().map(extra).sum::<usize>()
}

/// Appends a string (known to be UTF-8) in quotes.
pub(super) fn write_quoted(bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let mut plain = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let Some(letter) = escape(*byte) else { continue };
        out.extend_from_slice(&bytes[plain..at]);
        plain = at + 1;
        out.extend_from_slice(&[b'\\', letter]);
        if letter == b'u' {
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
            out.extend_from_slice(&[b'0', b'0', HEX[high], HEX[low]]);
        }
    }
    out.extend_from_slice(&bytes[plain..]);
    out.push(b'"');
}

/// Reads four hexadecimal digits.
pub(super) fn hex4(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.get(..4)?;
    digits.iter().try_fold(0, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 4 | digit)
    })
}

/// Appends what the inside of a JSON string stands for. The reader has checked it.
pub(super) fn unescape(mut raw: &[u8], out: &mut Vec<u8>) {
    while let Some(at) = raw.iter().position(|byte| *byte == b'\\') {
        out.extend_from_slice(&raw[..at]);
        let letter = raw.get(at + 1).copied().unwrap_or(b'\\');
        raw = raw.get(at + 2..).unwrap_or(&[]);
        match letter {
            b'b' => out.push(0x08),
            b'f' => out.push(0x0C),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => {
                let mut code = hex4(raw).unwrap_or(0xFFFD);
                raw = raw.get(4..).unwrap_or(&[]);
                if (0xD800..0xDC00).contains(&code) {
                    let low = raw.get(2..).and_then(hex4).unwrap_or(0xDC00);
                    raw = raw.get(6..).unwrap_or(&[]);
                    code = 0x1_0000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
                }
                let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            other => out.push(other),
        }
    }
    out.extend_from_slice(raw);
}
