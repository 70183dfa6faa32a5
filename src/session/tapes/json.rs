//! JSON of a line as a tree, read without recursion: what is nested too deep is refused, so
//! that whoever walks over the tree may recurse.

use super::text::push_bytes;
use super::value::{Machines, push_list, push_value};
use crate::session::values::host_value::{HostKey, HostValue};

/// The deepest nesting of a line: values are 130 deep at most, and take two levels each.
const MAX_DEPTH: usize = 300;

/// Why a text is no line of a trace.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::session) struct BadJson {
    /// The byte at which it is none.
    pub(in crate::session) at: usize,
}

/// Reads a text. Strings are as they are: what `$` forms mean is seen to later.
///
/// # Errors
/// Where it is no JSON.
pub(in crate::session) fn read(text: &[u8]) -> Result<HostValue, BadJson> {
    let mut reader = Reader { text, at: 0 };
    reader.document().ok_or(BadJson { at: reader.at })
}

/// A container that is being read.
enum Open {
    Array(Vec<HostValue>),
    Object(Vec<(HostKey, HostValue)>, HostKey),
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn document(&mut self) -> Option<HostValue> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut value = match self.peek()? {
                b'[' | b'{' if open.len() == MAX_DEPTH => return None,
                b'[' => {
                    self.at += 1;
                    if self.take(b']').is_none() {
                        open.push(Open::Array(Vec::new()));
                        continue;
                    }
                    HostValue::Array(Vec::new())
                }
                b'{' => {
                    self.at += 1;
                    if self.take(b'}').is_none() {
                        open.push(Open::Object(Vec::new(), self.key()?));
                        continue;
                    }
                    HostValue::Object(Vec::new())
                }
                _ => self.scalar()?,
            };
            // The value goes where it belongs, and so does each container that ends with it.
            loop {
                let Some(innermost) = open.pop() else {
                    return (self.at == self.text.len()).then_some(value);
                };
                match innermost {
                    Open::Array(mut items) => {
                        items.push(value);
                        if self.take(b',').is_some() {
                            open.push(Open::Array(items));
                            break;
                        }
                        self.take(b']')?;
                        value = HostValue::Array(items);
                    }
                    Open::Object(mut fields, key) => {
                        fields.push((key, value));
                        if self.take(b',').is_some() {
                            open.push(Open::Object(fields, self.key()?));
                            break;
                        }
                        self.take(b'}')?;
                        value = HostValue::Object(fields);
                    }
                }
            }
        }
    }

    fn key(&mut self) -> Option<HostKey> {
        let key = self.string()?;
        self.take(b':')?;
        Some(HostKey::String(key))
    }

    fn scalar(&mut self) -> Option<HostValue> {
        let words: [(&[u8], HostValue); 3] = [
            (b"null", HostValue::Nil),
            (b"true", HostValue::Boolean(true)),
            (b"false", HostValue::Boolean(false)),
        ];
        for (word, value) in words {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Some(value);
            }
        }
        if self.peek() == Some(b'"') {
            return self.string().map(HostValue::String);
        }
        self.number()
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn number(&mut self) -> Option<HostValue> {
        let from = self.at;
        let _ = self.take(b'-');
        let leading = self.at;
        self.digits()?;
        if self.at > leading + 1 && self.text[leading] == b'0' {
            return None;
        }
        let mut is_float = false;
        if self.take(b'.').is_some() {
            is_float = true;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            is_float = true;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = std::str::from_utf8(&self.text[from..self.at]).ok()?;
        if is_float {
            let float: f64 = text.parse().ok()?;
            return float.is_finite().then_some(HostValue::Number(float));
        }
        text.parse().ok().map(HostValue::Integer)
    }

    fn string(&mut self) -> Option<Vec<u8>> {
        self.take(b'"')?;
        let mut string = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
            string.extend_from_slice(&rest[..plain]);
            self.at += plain + 1;
            match rest[plain] {
                b'"' => return std::str::from_utf8(&string).is_ok().then_some(string),
                b'\\' => self.escape(&mut string)?,
                _ => return None,
            }
        }
    }

    fn escape(&mut self, string: &mut Vec<u8>) -> Option<()> {
        let letter = self.peek()?;
        self.at += 1;
        let byte = match letter {
            b'"' | b'\\' | b'/' => letter,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'u' => {
                let c = self.unicode()?;
                string.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Some(());
            }
            _ => return None,
        };
        string.push(byte);
        Some(())
    }

    fn unicode(&mut self) -> Option<char> {
        let high = self.code()?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high);
        }
        self.take(b'\\')?;
        self.take(b'u')?;
        let low = self.code()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        char::from_u32(0x10000 + ((high - 0xd800) << 10) + low)
    }

    fn code(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
        self.at += 4;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    }
}

/// Writes a tree as it was read.
pub(in crate::session) fn show(value: &HostValue) -> String {
    let mut text = Vec::new();
    push(&mut text, value);
    String::from_utf8_lossy(&text).into_owned()
}

fn push(text: &mut Vec<u8>, value: &HostValue) {
    match value {
        HostValue::Array(items) => push_list(text, items, push),
        HostValue::Object(fields) => {
            text.push(b'{');
            for (at, (key, value)) in fields.iter().enumerate() {
                text.extend((at > 0).then_some(b','));
                push_bytes(text, key.as_bytes().unwrap_or_default());
                text.push(b':');
                push(text, value);
            }
            text.push(b'}');
        }
        scalar => push_value(text, scalar, &Machines::default()),
    }
}

/// Finds where two trees part: the way there, and what is there in each.
pub(in crate::session) fn parting<'a>(
    one: &'a HostValue,
    other: &'a HostValue,
) -> Option<(String, Option<&'a HostValue>, Option<&'a HostValue>)> {
    if same(one, other) {
        return None;
    }
    let step = match (one, other) {
        (HostValue::Array(ones), HostValue::Array(others)) => {
            let at = (0..ones.len().max(others.len()))
                .find(|at| !both(ones.get(*at), others.get(*at)))?;
            Some((format!("[{}]", at + 1), ones.get(at), others.get(at)))
        }
        (HostValue::Object(ones), HostValue::Object(others)) => {
            let at = (0..ones.len().max(others.len())).find(|at| {
                let (one, other) = (ones.get(*at), others.get(*at));
                one.map(|(key, _)| key) != other.map(|(key, _)| key)
                    || !both(one.map(|(_, value)| value), other.map(|(_, value)| value))
            })?;
            let (one, other) = (ones.get(at), others.get(at));
            let key = one.or(other).and_then(|(key, _)| key.as_str()).unwrap_or_default();
            let found = |fields: &'a [(HostKey, HostValue)]| {
                fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            };
            Some((format!(".{key}"), found(ones), found(others)))
        }
        _ => None,
    };
    match step {
        None => Some((String::new(), Some(one), Some(other))),
        Some((step, Some(one), Some(other))) => match parting(one, other) {
            Some((way, one, other)) => Some((step + &way, one, other)),
            // Fields in another order.
            None => Some((step, Some(one), Some(other))),
        },
        Some(apart) => Some(apart),
    }
}

fn both(one: Option<&HostValue>, other: Option<&HostValue>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// Tells whether two trees are written alike: floats to the bit.
fn same(one: &HostValue, other: &HostValue) -> bool {
    match (one, other) {
        (HostValue::Number(one), HostValue::Number(other)) => one.to_bits() == other.to_bits(),
        (HostValue::Array(ones), HostValue::Array(others)) => {
            ones.len() == others.len()
                && ones.iter().zip(others).all(|(one, other)| same(one, other))
        }
        (HostValue::Object(ones), HostValue::Object(others)) => {
            ones.len() == others.len()
                && ones
                    .iter()
                    .zip(others)
                    .all(|(one, other)| one.0 == other.0 && same(&one.1, &other.1))
        }
        _ => one == other,
    }
}
