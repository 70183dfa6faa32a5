//! Choices that come from the bytes of an input, and from nothing else.

/// An input that is read from its beginning; behind its end there are zeros.
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *byte
    }

    /// A number below `n`, which is at most 256.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n.max(1)
    }

    pub(crate) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub(crate) fn word(&mut self) -> u64 {
        (0..8).fold(0, |word, _| word << 8 | u64::from(self.byte()))
    }

    pub(crate) fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// What stands before the next line break, which goes too.
    pub(crate) fn line(&mut self) -> &'a [u8] {
        let line = self.0.split(|byte| *byte == b'\n').next().unwrap_or_default();
        self.0 = self.0.get(line.len() + 1..).unwrap_or_default();
        line
    }

    /// An integer that is often at an edge.
    pub(crate) fn integer(&mut self) -> i64 {
        match self.below(8) {
            0 => i64::from(self.byte() as i8),
            1 => i64::MAX - i64::from(self.byte()),
            2 => i64::MIN + i64::from(self.byte()),
            3 => (1 << self.below(63)) - i64::from(self.byte() & 1),
            4 => -(1 << self.below(63)) + i64::from(self.byte() & 1),
            5 => i64::from(self.byte()) << 8 | i64::from(self.byte()),
            _ => self.word().cast_signed(),
        }
    }

    /// A float that is often at an edge.
    pub(crate) fn float(&mut self) -> f64 {
        const EDGES: &[f64] = &[
            0.0,
            -0.0,
            1.0,
            0.1,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            f64::MAX,
            f64::MIN_POSITIVE,
            5e-324,
            9_007_199_254_740_993.0,
            9_223_372_036_854_775_808.0,
            1e15,
            1e16,
            1e100,
            -1.5,
            123_456_789_012_345.6,
            0.5,
            2.5,
            1e-5,
        ];
        match self.below(5) {
            0 => self.one_of(EDGES),
            1 => self.integer() as f64,
            2 => f64::from(self.byte() as i8) / 8.0,
            3 => self.integer() as f64 / 10f64.powi(self.below(40).cast_signed() as i32),
            _ => f64::from_bits(self.word()),
        }
    }
}

/// Numbers that come from the whole of an input.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn of(bytes: &[u8]) -> Random {
        Random(bytes.iter().fold(0x9E37_79B9_7F4A_7C15, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
        }))
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 7) % n
    }
}
