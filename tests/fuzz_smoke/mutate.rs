//! Changes of inputs that come from a number.

use std::ops::Range;

/// Pieces of sources that mutations put in.
#[rustfmt::skip]
const SOURCE: &[&str] = &[
    " ", "\n", "(", ")", "{", "}", "[", "]", "[[", "]]", "--", "--[[", ";", ",", "...", "..", "=",
    "==", "~=", "<", "<=", ">>", "<<", "//", "/", "%", "^", "#", "&", "~", "|", "-", "not ",
    " and ", " or ", "nil", "true", "0", "-1", "1e308", "0x7fffffffffffffff", "math.mininteger",
    "1/0", "'a'", "'\\u{7FFFFFFF}'", "('x'):rep(1000)", "local a ", "local x <close> = ",
    "local c <const> = 1 ", " do ", " end ", "function(...) ", " return ", " break ", "goto l ",
    "::l::", "for i = 1, 9 do ", "for k, v in pairs(t) do ", "while true do ", "repeat ",
    " until x ", "if x then ", "else ", "pcall(", "error(", "error()", "setmetatable({}, {",
    "__index = ", "__gc = ", "__close = ", "__call = ", "__eq = ", "coroutine.wrap(",
    "coroutine.yield(", "coroutine.close(", "table.sort(", "table.concat(", "table.unpack(",
    "table.move(", "string.format(", "('%d %s %q'):format(", ":gsub('%w+', ", ":find(",
    ":rep(1e9)", "string.pack('i8', ", "collectgarbage()", "collectgarbage('count')", "load(",
    "select('#', ", "print(", "tostring(", "json.encode(", "json.decode(", "utf8.char(", "next(",
    "rawset(", "xpcall(f, print, ", "t", "x", "i", "_ENV", "os.exit(3)", "os.time()",
];

/// Pieces of texts that are no sources.
#[rustfmt::skip]
const TEXT: &[&str] = &[
    "%", "%%", "%d", "%5.3s", "%q", "%a", "%b()", "%f[%w]", "%1", "[^", "[%a-z]", "-", "*", "+",
    "?", "^", "$", "(", ")", "()", ".", ".-", "\n", "\0", "<", ">", "=", "!", "!4", "i3", "I16",
    "s1", "z", "c5", "x", "Xi4", "0x", "1e", "p-4", "e+308", ".5", "0x.8p1", "9223372036854775807",
    "-9223372036854775808", "inf", "nan", " ", "{", "}", "[", "]", ",", ":", "\"", "\\", "null",
    "true", "\\u0041", "\\ud83d\\ude00", "\\ud800", "1.0", "-0", "0.1", "\u{feff}", "\u{20ac}",
];

pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % n.max(1) as u64) as usize
    }

    fn range(&mut self, text: &[u8]) -> Range<usize> {
        let from = self.below(text.len() + 1);
        let longest = if self.below(4) == 0 { text.len() } else { 12 };
        from..(from + self.below(longest + 1)).min(text.len())
    }
}

/// Changes an input in up to six places; `source` says that it is a source.
pub(crate) fn mutate(text: &mut Vec<u8>, corpus: &[Vec<u8>], source: bool, random: &mut Random) {
    let pieces = if source { SOURCE } else { TEXT };
    for _ in 0..=random.below(5) {
        let range = random.range(text);
        match random.below(7) {
            0 => drop(text.drain(range)),
            1 => {
                let copy = text[range].to_vec();
                let at = random.below(text.len() + 1);
                text.splice(at..at, copy);
            }
            2 => {
                let other = &corpus[random.below(corpus.len())];
                let piece = other[random.range(other)].to_vec();
                text.splice(range, piece);
            }
            3 if !text.is_empty() => {
                let at = random.below(text.len());
                text[at] = random.below(256) as u8;
            }
            // A byte that is another by a little.
            4 if !source && !text.is_empty() => {
                let at = random.below(text.len());
                text[at] ^= 1 << random.below(8);
            }
            4 => {
                let other = random.range(text);
                let copy = text[other].to_vec();
                text.splice(range, copy);
            }
            _ => {
                let piece = pieces[random.below(pieces.len())];
                text.splice(range.start..range.start, piece.bytes());
            }
        }
    }
    text.truncate(4096);
}
