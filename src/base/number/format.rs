//! Numbers to the text that `tostring` gives.

use std::ops::Deref;

use super::printf::{Flags, FloatSpec, format_double};

/// The decimal text of an integer, without an allocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IntegerText {
    bytes: [u8; 20],
    start: u8,
}

impl Deref for IntegerText {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[usize::from(self.start)..]
    }
}

impl AsRef<[u8]> for IntegerText {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// Formats an integer as `tostring` does.
pub(crate) fn format_integer(n: i64) -> IntegerText {
    let mut bytes = [0; 20];
    let mut start = bytes.len();
    let mut rest = n.unsigned_abs();
    loop {
        start -= 1;
        bytes[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        start -= 1;
        bytes[start] = b'-';
    }
    IntegerText { bytes, start: start as u8 }
}

/// Appends the number of an object: `0x` and at least eight hexadecimal digits.
pub(crate) fn format_id(id: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"0x");
    let digits = (16 - id.leading_zeros() / 4).max(8);
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(id >> (4 * digit)) as usize & 15]);
    }
}

/// Returns a float as `tostring` shows it.
pub(crate) fn float_text(n: f64) -> String {
    let mut text = Vec::new();
    format_float(n, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// Appends a float as `tostring` shows it: `%.14g`, with `.0` added to what
/// would read as an integer. The sign of a NaN shows.
pub(crate) fn format_float(n: f64, out: &mut Vec<u8>) {
    let start = out.len();
    let spec = FloatSpec { conv: b'g', flags: Flags::default(), width: None, precision: Some(14) };
    format_double(spec, n, out);
    if out[start..].iter().all(|&b| b == b'-' || b.is_ascii_digit()) {
        out.extend_from_slice(b".0");
    }
}
