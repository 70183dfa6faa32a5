//! Conversion specifications of `string.format` (manual §6.4): what C's `printf`
//! takes, within the limits PUC sets.

use crate::base::c_string::c_string;
use crate::base::number::{Flags, FloatSpec, format_double, format_int_spec, format_integer};
use crate::vm::meters::fuel::FLOAT_TEXT;

/// Digits of a float for one unit.
const DIGITS_PER_UNIT: usize = 8;
/// Most bytes between `%` and the conversion.
const MAX_LENGTH: usize = 20;

/// What is wrong with a specification; the bytes are its text with its `%`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SpecError {
    /// Longer than any valid one.
    TooLong,
    /// Flags, width or precision that the conversion does not take.
    Invalid(Vec<u8>),
    /// No such conversion.
    Unknown(Vec<u8>),
    /// `%q` with anything before the `q`.
    Modifiers,
}

impl SpecError {
    /// Returns the message.
    pub(super) fn message(&self) -> Vec<u8> {
        match self {
            SpecError::TooLong => b"invalid format (too long)".to_vec(),
            SpecError::Invalid(text) => {
                [b"invalid conversion specification: '", text.as_slice(), b"'"].concat()
            }
            SpecError::Unknown(text) => {
                [b"invalid conversion '", text.as_slice(), b"' to 'format'"].concat()
            }
            SpecError::Modifiers => b"specifier '%q' cannot have modifiers".to_vec(),
        }
    }
}

/// One conversion specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spec {
    /// The conversion's letter; 0 at the end of the format.
    pub conversion: u8,
    /// Bytes it takes in the format after its `%`.
    pub length: usize,
    flags: Flags,
    width: Option<usize>,
    precision: Option<usize>,
    /// Whether it is well formed for the flags and fields its conversion takes.
    valid: bool,
}

impl Spec {
    /// Reads the specification that follows a `%`.
    ///
    /// # Errors
    /// [`SpecError::TooLong`]
    pub(super) fn read(format: &[u8]) -> Result<Spec, SpecError> {
        let start = &format[..format.len().min(MAX_LENGTH + 1)];
        let span = start.iter().take_while(|b| b"-+ #0123456789.".contains(b)).count();
        if span > MAX_LENGTH {
            return Err(SpecError::TooLong);
        }
        let conversion = format.get(span).copied().unwrap_or(0);
        let mut spec = Spec {
            conversion,
            length: (span + 1).min(format.len()),
            flags: Flags::default(),
            width: None,
            precision: None,
            valid: false,
        };
        let (allowed, precision): (&[u8], bool) = match conversion {
            b'd' | b'i' => (b"-+0 ", true),
            b'u' => (b"-0", true),
            b'o' | b'x' | b'X' => (b"-#0", true),
            b'a' | b'A' | b'e' | b'E' | b'f' | b'g' | b'G' => (b"-+#0 ", true),
            b's' => (b"-", true),
            _ => (b"-", false),
        };
        spec.valid = spec.parse(&format[..span], allowed, precision);
        Ok(spec)
    }

    fn parse(&mut self, mut text: &[u8], allowed: &[u8], precision: bool) -> bool {
        while let [flag, rest @ ..] = text
            && allowed.contains(flag)
        {
            match flag {
                b'-' => self.flags.minus = true,
                b'+' => self.flags.plus = true,
                b' ' => self.flags.space = true,
                b'#' => self.flags.alt = true,
                _ => self.flags.zero = true,
            }
            text = rest;
        }
        if text.first() == Some(&b'0') {
            return false;
        }
        self.width = two_digits(&mut text);
        if precision && let [b'.', rest @ ..] = text {
            text = rest;
            self.precision = Some(two_digits(&mut text).unwrap_or(0));
        }
        text.is_empty()
    }

    /// Fails unless flags, width and precision are valid for the conversion.
    ///
    /// # Errors
    /// [`SpecError::Invalid`]
    pub(super) fn check(&self, format: &[u8]) -> Result<(), SpecError> {
        if self.valid { Ok(()) } else { Err(SpecError::Invalid(self.text(format))) }
    }

    /// Returns the specification's text with its `%`, for messages.
    pub(super) fn text(&self, format: &[u8]) -> Vec<u8> {
        let text = &format[..self.length.min(format.len())];
        [b"%", c_string(text)].concat()
    }

    /// Returns the price of a conversion without what its value costs.
    pub(super) fn price(&self) -> u64 {
        const FLAGS: u64 = 4;
        if self.is_bare() { 1 } else { FLAGS }
    }

    /// Tells whether nothing stands between `%` and the conversion.
    pub(super) fn is_bare(&self) -> bool {
        self.length <= 1
    }

    /// Tells whether there is a precision.
    pub(super) fn has_precision(&self) -> bool {
        self.precision.is_some()
    }

    /// Appends an integer.
    pub(super) fn integer(&self, n: i64, out: &mut Vec<u8>) {
        if self.is_bare() && matches!(self.conversion, b'd' | b'i') {
            out.extend_from_slice(&format_integer(n));
            return;
        }
        format_int_spec(self.flags, self.width, self.precision, self.conversion, n, out);
    }

    fn of_float(&self) -> FloatSpec {
        FloatSpec {
            conv: self.conversion,
            flags: self.flags,
            width: self.width,
            precision: self.precision,
        }
    }

    /// Returns the price of appending a float.
    pub(super) fn float_price(&self, n: f64) -> u64 {
        FLOAT_TEXT + (self.of_float().digits(n) / DIGITS_PER_UNIT) as u64
    }

    /// Appends a float.
    pub(super) fn float(&self, n: f64, out: &mut Vec<u8>) {
        format_double(self.of_float(), n, out);
    }

    /// Appends bytes, cut to the precision and padded to the width.
    pub(super) fn bytes(&self, bytes: &[u8], out: &mut Vec<u8>) {
        let bytes = &bytes[..bytes.len().min(self.precision.unwrap_or(usize::MAX))];
        let fill = self.width.unwrap_or(0).saturating_sub(bytes.len());
        if !self.flags.minus {
            out.resize(out.len() + fill, b' ');
        }
        out.extend_from_slice(bytes);
        if self.flags.minus {
            out.resize(out.len() + fill, b' ');
        }
    }
}

fn two_digits(text: &mut &[u8]) -> Option<usize> {
    let mut number = None;
    for _ in 0..2 {
        let [digit @ b'0'..=b'9', rest @ ..] = *text else { break };
        number = Some(number.unwrap_or(0) * 10 + usize::from(digit - b'0'));
        *text = rest;
    }
    number
}

/// Appends bytes as they stand in a literal that Lua reads back (`%q`), up to four for
/// each; `next` is the byte that comes behind them.
pub(super) fn quote(bytes: &[u8], next: Option<u8>, out: &mut Vec<u8>) {
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' | b'\\' | b'\n' => out.extend_from_slice(&[b'\\', *byte]),
            byte if byte.is_ascii_control() => {
                let next = bytes.get(at + 1).copied().or(next);
                let digits = [b'0' + byte / 100, b'0' + byte / 10 % 10, b'0' + byte % 10];
                let shown = match byte {
                    _ if next.is_some_and(|next| next.is_ascii_digit()) => 3,
                    0..=9 => 1,
                    10..=99 => 2,
                    _ => 3,
                };
                out.push(b'\\');
                out.extend_from_slice(&digits[3 - shown..]);
            }
            byte => out.push(*byte),
        }
    }
}

/// Appends an integer as a literal.
pub(super) fn quote_integer(n: i64, out: &mut Vec<u8>) {
    // The decimal text of the least integer would be read as a float.
    if n == i64::MIN {
        out.extend_from_slice(b"0x8000000000000000");
    } else {
        out.extend_from_slice(&format_integer(n));
    }
}

/// Appends a float as a literal that gives the same value.
pub(super) fn quote_float(n: f64, out: &mut Vec<u8>) {
    if n.is_nan() {
        out.extend_from_slice(b"(0/0)");
    } else if n.is_infinite() {
        out.extend_from_slice(if n > 0.0 { b"1e9999" } else { b"-1e9999" });
    } else {
        let spec = FloatSpec { conv: b'a', flags: Flags::default(), width: None, precision: None };
        format_double(spec, n, out);
    }
}
