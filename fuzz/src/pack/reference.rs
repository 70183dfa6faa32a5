//! Formats of `string.pack` (§6.4.2) and the bytes they make, on a machine of 64 bits.

use moonfuel::HostValue;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Item {
    Little,
    Big,
    MaxAlign(usize),
    Integer {
        size: usize,
        signed: bool,
    },
    Float,
    Double,
    Fixed(usize),
    Prefixed(usize),
    Zero,
    Pad,
    /// Alignment for the size of the option behind it.
    Align(usize),
}

/// Reads a format; nothing if it is none.
pub(super) fn items(format: &[u8]) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    let mut rest = format;
    while !rest.is_empty() {
        let option = option(&mut rest)?;
        items.push(match option {
            Some(Item::Align(_)) => {
                // `X` takes the next option for its size alone.
                if rest.is_empty() {
                    return None;
                }
                let size = self::option(&mut rest)?.and_then(|item| size(&item))?;
                Item::Align(size)
            }
            Some(item) => item,
            None => continue,
        });
    }
    Some(items)
}

/// The size that an option is aligned by; nothing for those that have none.
fn size(item: &Item) -> Option<usize> {
    match item {
        Item::Integer { size, .. } => Some(*size),
        Item::Float => Some(4),
        Item::Double => Some(8),
        Item::Prefixed(size) => Some(*size),
        Item::Pad => Some(1),
        _ => None,
    }
}

/// Reads one option; `Some(None)` is white space.
fn option(rest: &mut &[u8]) -> Option<Option<Item>> {
    let (first, behind) = rest.split_first()?;
    *rest = behind;
    let integer = |size, signed| Item::Integer { size, signed };
    Some(Some(match first {
        b'<' | b'=' => Item::Little,
        b'>' => Item::Big,
        b'!' => Item::MaxAlign(limited(rest, 8)?),
        b'b' => integer(1, true),
        b'B' => integer(1, false),
        b'h' => integer(2, true),
        b'H' => integer(2, false),
        b'i' => integer(limited(rest, 4)?, true),
        b'I' => integer(limited(rest, 4)?, false),
        b'l' | b'j' => integer(8, true),
        b'L' | b'J' | b'T' => integer(8, false),
        b'f' => Item::Float,
        b'd' | b'n' => Item::Double,
        b's' => Item::Prefixed(limited(rest, 8)?),
        b'c' => Item::Fixed(digits(rest)?),
        b'z' => Item::Zero,
        b'x' => Item::Pad,
        b'X' => Item::Align(0),
        b' ' => return Some(None),
        _ => return None,
    }))
}

fn digits(rest: &mut &[u8]) -> Option<usize> {
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, behind) = rest.split_at(count);
    *rest = behind;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn limited(rest: &mut &[u8], default: usize) -> Option<usize> {
    if !rest.first().is_some_and(u8::is_ascii_digit) {
        return Some(default);
    }
    digits(rest).filter(|size| (1..=16).contains(size))
}

/// What has been packed.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) bytes: Vec<u8>,
    /// What unpacking gives.
    pub(super) values: Vec<HostValue>,
    /// A part's size depends on what is packed.
    pub(super) variable: bool,
    big: bool,
    max_align: Option<usize>,
}

impl Layout {
    /// Adds an item; nothing if it is refused.
    pub(super) fn add(&mut self, item: &Item, value: Option<&HostValue>) -> Option<()> {
        let aligned = match item {
            Item::Align(size) => Some(*size),
            Item::Pad => None,
            item => size(item),
        };
        if let Some(size) = aligned {
            self.align(size)?;
        }
        match (item, value) {
            (Item::Little, _) => self.big = false,
            (Item::Big, _) => self.big = true,
            (Item::MaxAlign(most), _) => self.max_align = Some(*most),
            (Item::Pad, _) => self.bytes.push(0),
            (Item::Integer { size, signed }, Some(HostValue::Integer(n))) => {
                if *size < 8 {
                    let bits = 8 * *size as u32;
                    let fits = match signed {
                        true => (-(1_i64 << (bits - 1))..1 << (bits - 1)).contains(n),
                        false => (*n).cast_unsigned() < 1 << bits,
                    };
                    fits.then_some(())?;
                }
                // Wider than 8 bytes, the sign of a signed one goes on.
                let n128 = if *signed { i128::from(*n) } else { i128::from((*n).cast_unsigned()) };
                self.integer(n128, *size);
                self.values.push(HostValue::Integer(*n));
            }
            (Item::Float, Some(HostValue::Number(n))) => {
                let n = *n as f32;
                self.ordered(&n.to_le_bytes());
                self.values.push(HostValue::Number(f64::from(n)));
            }
            (Item::Double, Some(HostValue::Number(n))) => {
                self.ordered(&n.to_le_bytes());
                self.values.push(HostValue::Number(*n));
            }
            (Item::Fixed(size), Some(HostValue::String(text))) => {
                (text.len() <= *size).then_some(())?;
                let mut text = text.clone();
                text.resize(*size, 0);
                self.bytes.extend(&text);
                self.values.push(HostValue::String(text));
            }
            (Item::Prefixed(size), Some(HostValue::String(text))) => {
                (*size >= 8 || text.len() < 1 << (8 * size)).then_some(())?;
                self.integer(text.len() as i128, *size);
                self.bytes.extend(text);
                self.values.push(HostValue::String(text.clone()));
                self.variable = true;
            }
            (Item::Zero, Some(HostValue::String(text))) => {
                (!text.contains(&0)).then_some(())?;
                self.bytes.extend(text);
                self.bytes.push(0);
                self.values.push(HostValue::String(text.clone()));
                self.variable = true;
            }
            _ => {}
        }
        Some(())
    }

    fn align(&mut self, size: usize) -> Option<()> {
        let align = size.min(self.max_align.unwrap_or(1));
        if align > 1 {
            align.is_power_of_two().then_some(())?;
            let missing = self.bytes.len().next_multiple_of(align) - self.bytes.len();
            self.bytes.resize(self.bytes.len() + missing, 0);
        }
        Some(())
    }

    fn integer(&mut self, n: i128, size: usize) {
        self.ordered(&n.to_le_bytes()[..size]);
    }

    fn ordered(&mut self, little: &[u8]) {
        match self.big {
            true => self.bytes.extend(little.iter().rev()),
            false => self.bytes.extend(little),
        }
    }
}
