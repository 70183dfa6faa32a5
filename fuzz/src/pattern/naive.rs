//! The manual's patterns (§6.4.1), matched by recursion.

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Fault {
    Error(String),
    /// More steps than an input is worth.
    TooLong,
}

impl Fault {
    pub(super) fn text(text: impl Into<String>) -> Fault {
        Fault::Error(text.into())
    }
}

/// What was captured.
#[derive(Clone, Copy, Debug)]
pub(super) enum Capture<'a> {
    Text(&'a [u8]),
    Place(usize),
}

/// How long a capture is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Length {
    Open,
    Place,
    Bytes(usize),
}

pub(super) struct Matcher<'a> {
    pub(super) subject: &'a [u8],
    pattern: &'a [u8],
    captures: Vec<(usize, Length)>,
    patience: u32,
    depth: usize,
}

type Match = Result<Option<usize>, Fault>;

impl<'a> Matcher<'a> {
    pub(super) fn new(subject: &'a [u8], pattern: &'a [u8], patience: u32) -> Self {
        Matcher { subject, pattern, captures: Vec::new(), patience, depth: 0 }
    }

    /// Matches the pattern at a place: where the match ends.
    pub(super) fn matches(&mut self, at: usize) -> Match {
        self.captures.clear();
        self.depth = 0;
        self.matched(at, 0)
    }

    pub(super) fn captures(
        &self,
        at: usize,
        end: usize,
        whole: bool,
    ) -> Result<Vec<Capture<'a>>, Fault> {
        let count = self.captures.len().max(usize::from(whole));
        (0..count).map(|index| self.capture(index, at, end)).collect()
    }

    pub(super) fn capture(
        &self,
        index: usize,
        at: usize,
        end: usize,
    ) -> Result<Capture<'a>, Fault> {
        match self.captures.get(index) {
            None if index == 0 => Ok(Capture::Text(&self.subject[at..end])),
            None => Err(Fault::text(format!("invalid capture index %{}", index + 1))),
            Some((_, Length::Open)) => Err(Fault::text("unfinished capture")),
            Some((start, Length::Place)) => Ok(Capture::Place(*start)),
            Some((start, Length::Bytes(len))) => {
                Ok(Capture::Text(&self.subject[*start..start + len]))
            }
        }
    }

    fn matched(&mut self, at: usize, p: usize) -> Match {
        self.depth += 1;
        if self.depth > 2_000 {
            return Err(Fault::TooLong);
        }
        let end = self.item(at, p);
        self.depth -= 1;
        end
    }

    fn item(&mut self, at: usize, p: usize) -> Match {
        self.patience = self.patience.checked_sub(1).ok_or(Fault::TooLong)?;
        let rest = &self.pattern[p..];
        match rest {
            [] => Ok(Some(at)),
            [b'(', b')', ..] => self.open(at, p + 2, Length::Place),
            [b'(', ..] => self.open(at, p + 1, Length::Open),
            [b')', ..] => self.close(at, p + 1),
            [b'$'] => Ok((at == self.subject.len()).then_some(at)),
            [b'%', b'b', ..] => self.balanced(at, p + 2),
            [b'%', b'f', ..] => self.frontier(at, p + 2),
            [b'%', b'0'..=b'9', ..] => self.again(at, p),
            _ => self.single(at, p),
        }
    }

    fn open(&mut self, at: usize, p: usize, length: Length) -> Match {
        if self.captures.len() >= 32 {
            return Err(Fault::text("too many captures"));
        }
        let before = self.captures.len();
        self.captures.push((at, length));
        let end = self.matched(at, p)?;
        if end.is_none() {
            self.captures.truncate(before);
        }
        Ok(end)
    }

    fn close(&mut self, at: usize, p: usize) -> Match {
        let Some(open) = self.captures.iter().rposition(|(_, length)| *length == Length::Open)
        else {
            return Err(Fault::text("invalid pattern capture"));
        };
        self.captures[open].1 = Length::Bytes(at - self.captures[open].0);
        let end = self.matched(at, p)?;
        if end.is_none() {
            self.captures[open].1 = Length::Open;
        }
        Ok(end)
    }

    fn balanced(&mut self, at: usize, p: usize) -> Match {
        let Some([first, last]) = self.pattern.get(p..p + 2) else {
            return Err(Fault::text("malformed pattern (missing arguments to '%b')"));
        };
        if self.subject.get(at) != Some(first) {
            return Ok(None);
        }
        let mut open = 1;
        for next in at + 1..self.subject.len() {
            let byte = &self.subject[next];
            if byte == last {
                open -= 1;
                if open == 0 {
                    return self.matched(next + 1, p + 2);
                }
            } else if byte == first {
                open += 1;
            }
        }
        Ok(None)
    }

    fn frontier(&mut self, at: usize, p: usize) -> Match {
        if self.pattern.get(p) != Some(&b'[') {
            return Err(Fault::text("missing '[' after '%f' in pattern"));
        }
        let end = self.class_end(p)?;
        let byte = |at: Option<usize>| at.and_then(|at| self.subject.get(at)).copied().unwrap_or(0);
        let (before, here) = (byte(at.checked_sub(1)), byte(Some(at)));
        if !self.in_set(before, p, end) && self.in_set(here, p, end) {
            return self.matched(at, end);
        }
        Ok(None)
    }

    fn again(&mut self, at: usize, p: usize) -> Match {
        let digit = self.pattern[p + 1];
        let index = usize::from(digit).wrapping_sub(usize::from(b'1'));
        let captured = match self.captures.get(index) {
            Some((start, Length::Bytes(len))) => &self.subject[*start..start + len],
            // A place has a length that no subject has.
            Some((_, Length::Place)) => return Ok(None),
            _ => {
                let text = format!("invalid capture index %{}", index.wrapping_add(1));
                return Err(Fault::Error(text));
            }
        };
        if self.subject[at..].starts_with(captured) {
            return self.matched(at + captured.len(), p + 2);
        }
        Ok(None)
    }

    /// Where the class that begins at `p` ends.
    fn class_end(&self, p: usize) -> Result<usize, Fault> {
        match self.pattern[p] {
            b'%' if p + 1 >= self.pattern.len() => {
                Err(Fault::text("malformed pattern (ends with '%')"))
            }
            b'%' => Ok(p + 2),
            b'[' => {
                let mut at = p + 1;
                if self.pattern.get(at) == Some(&b'^') {
                    at += 1;
                }
                let first = at;
                loop {
                    match self.pattern.get(at) {
                        None => {
                            return Err(Fault::text("malformed pattern (missing ']')"));
                        }
                        Some(b']') if at > first => return Ok(at + 1),
                        Some(b'%') => at += 2,
                        Some(_) => at += 1,
                    }
                }
            }
            _ => Ok(p + 1),
        }
    }

    fn in_set(&self, byte: u8, p: usize, end: usize) -> bool {
        let mut set = &self.pattern[p + 1..end - 1];
        let negated = set.first() == Some(&b'^');
        if negated {
            set = &set[1..];
        }
        let mut found = false;
        while let Some(first) = set.first() {
            let taken = match (first, set.get(1), set.get(2)) {
                (b'%', Some(class), _) => {
                    found |= in_class(byte, *class);
                    2
                }
                (from, Some(b'-'), Some(to)) => {
                    found |= (*from..=*to).contains(&byte);
                    3
                }
                _ => {
                    found |= byte == *first;
                    1
                }
            };
            set = &set[taken..];
        }
        found != negated
    }

    fn one(&self, at: usize, p: usize, end: usize) -> bool {
        self.subject.get(at).is_some_and(|byte| match self.pattern[p] {
            b'.' => true,
            b'%' => in_class(*byte, self.pattern[p + 1]),
            b'[' => self.in_set(*byte, p, end),
            plain => plain == *byte,
        })
    }

    fn single(&mut self, at: usize, p: usize) -> Match {
        let end = self.class_end(p)?;
        let matches = self.one(at, p, end);
        match self.pattern.get(end) {
            Some(b'?') => {
                if matches && let Some(found) = self.matched(at + 1, end + 1)? {
                    return Ok(Some(found));
                }
                self.matched(at, end + 1)
            }
            Some(b'+') if !matches => Ok(None),
            Some(b'+') => self.most(at, 1, p, end),
            Some(b'*') => self.most(at, 0, p, end),
            Some(b'-') => {
                let mut at = at;
                loop {
                    if let Some(found) = self.matched(at, end + 1)? {
                        return Ok(Some(found));
                    }
                    if !self.one(at, p, end) {
                        return Ok(None);
                    }
                    at += 1;
                }
            }
            _ if matches => self.matched(at + 1, end),
            _ => Ok(None),
        }
    }

    fn most(&mut self, at: usize, least: usize, p: usize, end: usize) -> Match {
        let count = (at..).take_while(|at| self.one(*at, p, end)).count();
        for count in (least..=count).rev() {
            if let Some(found) = self.matched(at + count, end + 1)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// Is a byte in one of the classes that letters name, in the locale "C"?
fn in_class(byte: u8, class: u8) -> bool {
    let found = match class.to_ascii_lowercase() {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'g' => byte.is_ascii_graphic(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => b" \t\n\r\x0b\x0c".contains(&byte),
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        // An old one.
        b'z' => byte == 0,
        _ => return byte == class,
    };
    found != class.is_ascii_uppercase()
}
