//! The original UTF-8 (up to six bytes and 2^31 - 1), and the strict one on request.

/// The highest code that can be encoded.
pub(crate) const MAX_CODE: u32 = 0x7FFF_FFFF;

/// The highest code of Unicode.
const MAX_UNICODE: u32 = 0x10_FFFF;

/// The smallest code that needs 1, 2, … continuation bytes.
const LIMITS: [u32; 5] = [0x80, 0x800, 0x1_0000, 0x20_0000, 0x400_0000];

/// Tells whether a byte continues a sequence.
#[inline]
pub(crate) fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Decodes the sequence at the start of `bytes` and returns its code and length.
///
/// Overlong sequences are invalid; in strict mode so are surrogates and codes
/// beyond U+10FFFF.
pub(crate) fn decode(bytes: &[u8], strict: bool) -> Option<(u32, usize)> {
    let first = *bytes.first()?;
    if first < 0x80 {
        return Some((u32::from(first), 1));
    }
    let more = match first {
        0xC0..=0xDF => 1,
        0xE0..=0xEF => 2,
        0xF0..=0xF7 => 3,
        0xF8..=0xFB => 4,
        0xFC..=0xFD => 5,
        _ => return None,
    };
    let mut code = u32::from(first) & (0x3F >> more);
    for byte in bytes.get(1..=more)? {
        if !is_continuation(*byte) {
            return None;
        }
        code = code << 6 | u32::from(byte & 0x3F);
    }
    if code < LIMITS[more - 1] {
        return None;
    }
    if strict && (code > MAX_UNICODE || (0xD800..=0xDFFF).contains(&code)) {
        return None;
    }
    Some((code, more + 1))
}

/// Encodes a code of at most [`MAX_CODE`] (higher bits are cut off).
pub(crate) fn encode(code: u32, out: &mut [u8; 6]) -> &[u8] {
    let code = code & MAX_CODE;
    let more = LIMITS.iter().filter(|limit| code >= **limit).count();
    if more == 0 {
        out[0] = code as u8;
        return &out[..1];
    }
    let mut rest = code;
    for slot in out[1..=more].iter_mut().rev() {
        *slot = 0x80 | (rest & 0x3F) as u8;
        rest >>= 6;
    }
    // As many high bits as there are bytes, then a zero, then what is left of the code.
    out[0] = !(0x7F_u8 >> more) | rest as u8;
    &out[..=more]
}
