//! Formats of packed values (manual §6.4.2): options, sizes, alignment, and
//! numbers as bytes.

/// Largest size: PUC's `MAXSIZE`, the range of a C `int`.
pub(super) const MAX_SIZE: usize = i32::MAX as usize;
/// Largest integer in bytes.
const MAX_INTEGER: usize = 16;
/// Alignment of `!` without a number.
const NATIVE_ALIGN: usize = 8;

/// What is wrong with a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LayoutError {
    /// An integer's size or an alignment out of range.
    #[error("integral size ({0}) out of limits [1,16]")]
    Size(usize),
    /// A `c` without its size.
    #[error("missing size for format option 'c'")]
    MissingSize,
    /// An unknown letter.
    #[error("invalid format option '{}'", char::from(*.0))]
    Unknown(u8),
    /// `X` before something that has no alignment.
    #[error("invalid next option for option 'X'")]
    InvalidNext,
    /// An alignment that is not a power of 2.
    #[error("format asks for alignment not power of 2")]
    Alignment,
}

impl LayoutError {
    /// Tells whether the error is reported as one of the argument.
    pub(super) fn is_argument(self) -> bool {
        matches!(self, LayoutError::InvalidNext | LayoutError::Alignment)
    }
}

/// What an option stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A signed integer.
    Signed,
    /// An unsigned integer.
    Unsigned,
    /// A float of 4 or 8 bytes.
    Float,
    /// A string of fixed length.
    Char,
    /// A string after its length.
    String,
    /// A string before a zero byte.
    Zero,
    /// One byte of padding.
    Padding,
    /// Alignment alone.
    Align,
    /// A change of settings, or a space.
    Nothing,
}

/// An option with its size and the padding before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// What it is.
    pub option: Kind,
    /// Bytes it takes at least.
    pub size: usize,
    /// Bytes of padding before it.
    pub padding: usize,
}

impl Item {
    /// Tells whether a value belongs to the option.
    pub(super) fn takes_argument(self) -> bool {
        !matches!(self.option, Kind::Padding | Kind::Align | Kind::Nothing)
    }
}

/// A position in a format and the settings that hold there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Position of the next option.
    pub at: usize,
    /// Whether the least significant byte comes first.
    pub little: bool,
    align: usize,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout { at: 0, little: true, align: 1 }
    }
}

impl Layout {
    /// Returns the layout as an integer, to be kept in a slot.
    pub(super) fn save(self) -> i64 {
        ((self.at as i64) << 8) | ((self.align as i64) << 1) | i64::from(self.little)
    }

    /// Makes the layout that [`Layout::save`] stored.
    pub(super) fn restore(saved: i64) -> Layout {
        Layout {
            at: (saved >> 8) as usize,
            little: saved & 1 == 1,
            align: (saved >> 1 & 0x7f) as usize,
        }
    }

    /// Tells whether no option is left: as for C, a zero byte ends a format.
    pub(super) fn is_at_end(&self, format: &[u8]) -> bool {
        format.get(self.at).is_none_or(|letter| *letter == 0)
    }

    /// Counts the digits behind the next option's letter: zeros may go on without end.
    pub(super) fn digits(&self, format: &[u8]) -> usize {
        let letters = if format.get(self.at) == Some(&b'X') { 2 } else { 1 };
        let rest = format.get(self.at + letters..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Reads the next option, at `total` bytes from the beginning.
    ///
    /// # Errors
    /// When the format is wrong.
    pub(super) fn next(&mut self, format: &[u8], total: usize) -> Result<Item, LayoutError> {
        let (option, size) = self.option(format)?;
        let mut align = size;
        if option == Kind::Align {
            if self.is_at_end(format) {
                return Err(LayoutError::InvalidNext);
            }
            let (next, size) = self.option(format)?;
            if next == Kind::Char || size == 0 {
                return Err(LayoutError::InvalidNext);
            }
            align = size;
        }
        let mut padding = 0;
        if align > 1 && option != Kind::Char {
            let align = align.min(self.align);
            if !align.is_power_of_two() {
                return Err(LayoutError::Alignment);
            }
            padding = total.wrapping_neg() & (align - 1);
        }
        Ok(Item { option, size, padding })
    }

    fn option(&mut self, format: &[u8]) -> Result<(Kind, usize), LayoutError> {
        let Some(letter) = format.get(self.at).copied() else { return Ok((Kind::Nothing, 0)) };
        self.at += 1;
        Ok(match letter {
            b'b' => (Kind::Signed, 1),
            b'B' => (Kind::Unsigned, 1),
            b'h' => (Kind::Signed, 2),
            b'H' => (Kind::Unsigned, 2),
            b'l' | b'j' => (Kind::Signed, 8),
            b'L' | b'J' | b'T' => (Kind::Unsigned, 8),
            b'f' => (Kind::Float, 4),
            b'n' | b'd' => (Kind::Float, 8),
            b'i' => (Kind::Signed, self.limited(format, 4)?),
            b'I' => (Kind::Unsigned, self.limited(format, 4)?),
            b's' => (Kind::String, self.limited(format, 8)?),
            b'c' => match self.number(format) {
                Some(size) => (Kind::Char, size),
                None => return Err(LayoutError::MissingSize),
            },
            b'z' => (Kind::Zero, 0),
            b'x' => (Kind::Padding, 1),
            b'X' => (Kind::Align, 0),
            b' ' => (Kind::Nothing, 0),
            b'<' | b'=' => {
                self.little = true;
                (Kind::Nothing, 0)
            }
            b'>' => {
                self.little = false;
                (Kind::Nothing, 0)
            }
            b'!' => {
                self.align = self.limited(format, NATIVE_ALIGN)?;
                (Kind::Nothing, 0)
            }
            other => return Err(LayoutError::Unknown(other)),
        })
    }

    /// Reads a number if there is one, and no more digits than an `int` holds.
    fn number(&mut self, format: &[u8]) -> Option<usize> {
        let mut number = None;
        while let Some(digit @ b'0'..=b'9') = format.get(self.at)
            && number.is_none_or(|number| number <= (MAX_SIZE - 9) / 10)
        {
            number = Some(number.unwrap_or(0) * 10 + usize::from(digit - b'0'));
            self.at += 1;
        }
        number
    }

    fn limited(&mut self, format: &[u8], default: usize) -> Result<usize, LayoutError> {
        match self.number(format).unwrap_or(default) {
            size @ 1..=MAX_INTEGER => Ok(size),
            size => Err(LayoutError::Size(size)),
        }
    }
}

/// Appends `count` bytes of padding.
pub(super) fn pad(out: &mut Vec<u8>, count: usize) {
    out.resize(out.len() + count, 0);
}

/// Tells whether an integer fits into `size` bytes.
pub(super) fn fits(n: i64, size: usize, signed: bool) -> bool {
    if size >= 8 {
        return true;
    }
    if signed {
        let limit = 1_i64 << (size * 8 - 1);
        (-limit..limit).contains(&n)
    } else {
        (n as u64) < 1_u64 << (size * 8)
    }
}

/// Returns an integer's bytes, the first `size` of which count.
pub(super) fn pack_integer(n: i64, size: usize, little: bool, negative: bool) -> [u8; MAX_INTEGER] {
    let mut bytes = [if negative { 0xff } else { 0 }; MAX_INTEGER];
    bytes[..8].copy_from_slice(&n.to_le_bytes());
    if !little && size <= MAX_INTEGER {
        bytes[..size].reverse();
    }
    bytes
}

/// Returns a float's bytes, the first `size` (4 or 8) of which count.
pub(super) fn pack_float(n: f64, size: usize, little: bool) -> [u8; 8] {
    let mut bytes = if size == 4 {
        let mut bytes = [0; 8];
        // What a conversion does to a NaN's bits depends on the target: here it keeps the
        // sign and the first bits, and makes the NaN quiet, as processors do.
        let single = if n.is_nan() {
            let bits = n.to_bits();
            f32::from_bits((bits >> 32 & 0x8000_0000 | 0x7FC0_0000 | bits >> 29 & 0x3F_FFFF) as u32)
        } else {
            n as f32
        };
        bytes[..4].copy_from_slice(&single.to_le_bytes());
        bytes
    } else {
        n.to_le_bytes()
    };
    if !little && size <= 8 {
        bytes[..size].reverse();
    }
    bytes
}

/// Reads an integer of 1 to 16 bytes; `None` if it needs more than 8.
pub(super) fn unpack_integer(bytes: &[u8], little: bool, signed: bool) -> Option<i64> {
    let at = |i: usize| if little { bytes[i] } else { bytes[bytes.len() - 1 - i] };
    let mut result = 0_u64;
    for i in (0..bytes.len().min(8)).rev() {
        result = (result << 8) | u64::from(at(i));
    }
    if bytes.len() < 8 && signed {
        let sign = 1_u64 << (bytes.len() * 8 - 1);
        result = (result ^ sign).wrapping_sub(sign);
    }
    let result = result as i64;
    let extension = if signed && result < 0 { 0xff } else { 0 };
    (8..bytes.len()).all(|i| at(i) == extension).then_some(result)
}

/// Reads a float of 4 or 8 bytes.
pub(super) fn unpack_float(bytes: &[u8], little: bool) -> f64 {
    let mut all = [0; 8];
    for (i, byte) in all.iter_mut().enumerate().take(bytes.len()) {
        *byte = if little { bytes[i] } else { bytes[bytes.len() - 1 - i] };
    }
    if bytes.len() == 4 {
        let single = f32::from_le_bytes([all[0], all[1], all[2], all[3]]);
        if single.is_nan() {
            let bits = u64::from(single.to_bits());
            let quiet = 0x7FF8_0000_0000_0000;
            f64::from_bits((bits & 0x8000_0000) << 32 | quiet | (bits & 0x3F_FFFF) << 29)
        } else {
            f64::from(single)
        }
    } else {
        f64::from_le_bytes(all)
    }
}
