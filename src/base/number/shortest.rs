//! The fewest digits that read back as the same double.

/// A finite double as 0.d₁d₂d₃… × 10^point: as few digits as read back the same; of those, the
/// ones nearest to it, and of two that are as near, the even ones.
///
/// How a number is laid out is not left to a dependency: `serde_json` wrote `1e300` until its
/// version 1.0.145 and writes `1e+300` since, and what scripts see must not depend on which of
/// them an embedder's tree has. The digits are the same in all of them. (Those of the standard
/// library are not: of two that are as near it takes the upper ones.)
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shortest {
    pub(crate) negative: bool,
    digits: [u8; MOST],
    count: usize,
    /// How many digits stand before the point, were they as many.
    pub(crate) point: i32,
}

/// The most digits that a double needs.
const MOST: usize = 17;

impl Shortest {
    /// Returns the digits of a double, if it is finite.
    pub(crate) fn of(n: f64) -> Option<Shortest> {
        if !n.is_finite() {
            return None;
        }
        let text = serde_json::to_string(&n.abs()).ok()?;
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let point = exponent.parse::<i32>().ok()?;
        let negative = n.is_sign_negative();
        let mut shortest = Shortest { negative, digits: [b'0'; MOST], count: 0, point };
        let (mut is_whole, mut zeros) = (true, 0);
        for byte in mantissa.bytes() {
            if byte == b'.' {
                is_whole = false;
                continue;
            }
            let leads = byte == b'0' && shortest.count == 0;
            shortest.point += i32::from(is_whole) - i32::from(leads);
            if byte == b'0' {
                zeros += usize::from(!leads);
            } else {
                *shortest.digits.get_mut(shortest.count + zeros)? = byte;
                shortest.count += zeros + 1;
                zeros = 0;
            }
        }
        Some(shortest)
    }

    /// Returns the digits: none for zero, and neither the first nor the last is `0`.
    pub(crate) fn digits(&self) -> &str {
        std::str::from_utf8(&self.digits[..self.count]).unwrap_or_default()
    }

    /// Appends it without an exponent, and without a point if no digits stand behind it.
    pub(crate) fn write_plain(&self, out: &mut String) {
        let zeros = |count: usize| std::iter::repeat_n('0', count);
        let digits = self.digits();
        match usize::try_from(self.point) {
            Ok(point) if 0 < point && point < self.count => {
                out.push_str(&digits[..point]);
                out.push('.');
                out.push_str(&digits[point..]);
            }
            Ok(point) if 0 < point => {
                out.push_str(digits);
                out.extend(zeros(point - self.count));
            }
            _ => {
                out.push_str("0.");
                out.extend(zeros(self.point.unsigned_abs() as usize));
                out.push_str(digits);
            }
        }
    }

    /// Appends it with one digit before the point and a signed exponent.
    pub(crate) fn write_scientific(&self, out: &mut String) {
        let digits = self.digits();
        let (first, rest) = digits.split_at(digits.len().min(1));
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        let exponent = self.point - 1;
        out.push_str(if exponent < 0 { "e-" } else { "e+" });
        out.push_str(&exponent.unsigned_abs().to_string());
    }
}

/// Returns a finite float as JSON has it here: with a point or an exponent, so that it is read
/// as a float again.
pub(crate) fn float_json(n: f64) -> Option<String> {
    let shortest = Shortest::of(n)?;
    let mut out = String::with_capacity(25);
    if shortest.negative {
        out.push('-');
    }
    if shortest.count == 0 {
        out.push_str("0.0");
    } else if (-4..=16).contains(&shortest.point) {
        shortest.write_plain(&mut out);
        if shortest.point >= shortest.count as i32 {
            out.push_str(".0");
        }
    } else {
        shortest.write_scientific(&mut out);
    }
    Some(out)
}

#[cfg(test)]
mod tests;
