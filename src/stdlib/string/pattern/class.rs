//! Character classes of patterns (manual §6.4.1): ASCII `ctype`, whatever the host's locale.

const ALPHA: u16 = 1;
const DIGIT: u16 = 2;
const LOWER: u16 = 4;
const SPACE: u16 = 8;
const UPPER: u16 = 16;
const ALNUM: u16 = 32;
const HEX: u16 = 64;
const PUNCT: u16 = 128;
const CONTROL: u16 = 256;
const GRAPH: u16 = 512;
/// The zero byte: `%z`, deprecated but there.
const ZERO: u16 = 1024;

/// The classes each byte belongs to.
static CLASSES: [u16; 256] = CLASS_BITS;
const CLASS_BITS: [u16; 256] = classes();

const fn classes() -> [u16; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 128 {
        let byte = at as u8;
        let mut bits = 0;
        if byte.is_ascii_alphabetic() {
            bits |= ALPHA;
        }
        if byte.is_ascii_digit() {
            bits |= DIGIT;
        }
        if byte.is_ascii_lowercase() {
            bits |= LOWER;
        }
        if byte == b' ' || (byte >= 9 && byte <= 13) {
            bits |= SPACE;
        }
        if byte.is_ascii_uppercase() {
            bits |= UPPER;
        }
        if byte.is_ascii_alphanumeric() {
            bits |= ALNUM;
        }
        if byte.is_ascii_hexdigit() {
            bits |= HEX;
        }
        if byte.is_ascii_punctuation() {
            bits |= PUNCT;
        }
        if byte.is_ascii_control() {
            bits |= CONTROL;
        }
        if byte == 0 {
            bits |= ZERO;
        }
        if byte.is_ascii_graphic() {
            bits |= GRAPH;
        }
        table[at] = bits;
        at += 1;
    }
    table
}

/// What matches exactly one byte.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Single<'a> {
    /// `.`
    Any,
    /// A byte that stands for itself.
    Byte(u8),
    /// `%a` and the like: a mask of classes, and whether it is the complement.
    Class(u16, bool),
    /// `[set]`
    Set(&'a Set),
}

/// The bytes of a set, one bit each.
pub(crate) type Set = [u64; 4];

impl Single<'_> {
    /// Tells whether the byte matches.
    #[inline(always)]
    pub(crate) fn matches(&self, byte: u8) -> bool {
        match self {
            Single::Any => true,
            Single::Byte(own) => *own == byte,
            Single::Class(mask, complement) => in_class(byte, *mask) != *complement,
            Single::Set(set) => in_set(set, byte),
        }
    }

    /// Counts how many of the first bytes match, without looking further than the slice.
    #[inline]
    pub(crate) fn run_length(&self, bytes: &[u8]) -> usize {
        let stop = match self {
            Single::Any => None,
            Single::Byte(own) => bytes.iter().position(|byte| byte != own),
            Single::Class(mask, complement) => {
                bytes.iter().position(|byte| in_class(*byte, *mask) == *complement)
            }
            Single::Set(set) => bytes.iter().position(|byte| !in_set(set, *byte)),
        };
        stop.unwrap_or(bytes.len())
    }
}

#[inline(always)]
fn in_class(byte: u8, mask: u16) -> bool {
    CLASSES[byte as usize] & mask != 0
}

/// Tells whether a set holds the byte.
#[inline(always)]
pub(crate) fn in_set(set: &Set, byte: u8) -> bool {
    set[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
}

/// Returns what `%letter` stands for.
pub(crate) fn escaped(letter: u8) -> Single<'static> {
    let mask = match letter.to_ascii_lowercase() {
        b'a' => ALPHA,
        b'c' => CONTROL,
        b'd' => DIGIT,
        b'g' => GRAPH,
        b'l' => LOWER,
        b'p' => PUNCT,
        b's' => SPACE,
        b'u' => UPPER,
        b'w' => ALNUM,
        b'x' => HEX,
        b'z' => ZERO,
        _ => return Single::Byte(letter),
    };
    Single::Class(mask, letter.is_ascii_uppercase())
}

/// Reads a set: the bytes between `[` and its `]`, both excluded.
pub(crate) fn read_set(inner: &[u8], to: &mut Set) {
    let (complement, mut rest) = match inner {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, inner),
    };
    let mut set = [0; 4];
    loop {
        let part = match rest {
            [] => break,
            [b'%', letter, more @ ..] => {
                rest = more;
                of_escaped(*letter)
            }
            [low, b'-', high, more @ ..] => {
                rest = more;
                of_range(*low, *high)
            }
            [byte, more @ ..] => {
                rest = more;
                of_byte(*byte)
            }
        };
        set = by_word(|word| set[word] | part[word]);
    }
    let flipped = if complement { u64::MAX } else { 0 };
    *to = by_word(|word| set[word] ^ flipped);
}

/// Makes a set, each word by its own number: so the words stay in registers until they are
/// written for good, and nobody waits for words that were written in parts.
#[inline(always)]
fn by_word(word: impl Fn(usize) -> u64) -> Set {
    [word(0), word(1), word(2), word(3)]
}

#[inline(always)]
fn of_byte(byte: u8) -> Set {
    let bit = 1 << (byte & 63);
    by_word(|word| if usize::from(byte >> 6) == word { bit } else { 0 })
}

#[inline(always)]
fn of_escaped(letter: u8) -> Set {
    match escaped(letter) {
        Single::Class(mask, complement) => {
            let members = &MEMBERS[mask.trailing_zeros() as usize % MEMBERS.len()];
            let flipped = if complement { u64::MAX } else { 0 };
            by_word(|word| members[word] ^ flipped)
        }
        _ => of_byte(letter),
    }
}

/// Returns the bytes from `low` to `high`, which are none if it is below.
#[inline(always)]
fn of_range(low: u8, high: u8) -> Set {
    by_word(|word| {
        let first = word * 64;
        let from = usize::from(low).max(first);
        let to = usize::from(high).min(first + 63);
        if from > to {
            return 0;
        }
        (u64::MAX >> (63 - (to - from))) << (from - first)
    })
}

/// The bytes of each class, by the number of its bit.
static MEMBERS: [Set; 11] = members();

const fn members() -> [Set; 11] {
    let mut sets = [[0; 4]; 11];
    let mut class = 0;
    while class < 11 {
        let mut byte = 0;
        while byte < 256 {
            if CLASS_BITS[byte] >> class & 1 == 1 {
                sets[class][byte / 64] |= 1 << (byte % 64);
            }
            byte += 1;
        }
        class += 1;
    }
    sets
}
