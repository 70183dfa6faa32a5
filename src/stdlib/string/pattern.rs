//! The pattern matcher (manual §6.4.1): a machine without recursion that can
//! stop before any of its steps and be stored as bytes.
//!
//! Every visit of a pattern item, every byte a repetition or `%b` passes costs
//! a unit; sets cost more the longer they are. What a match costs depends on
//! subject and pattern alone, never on where it was stopped.

mod alone;
pub(super) mod class;
mod frames;
mod lend;
mod sets;
mod store;

pub(super) use alone::{Found, find_alone, find_anchored};
use class::{Single, escaped, in_set};
use frames::{Frame, Frames, Kind};
pub(super) use lend::lend;
use sets::Sets;
pub(super) use store::MAX_STORED;

/// Most captures in a pattern: PUC's `LUA_MAXCAPTURES`.
pub(super) const MAX_CAPTURES: usize = 32;
/// Frames at which a match is too complex: one less than PUC's `MAXCCALLS`,
/// which counts the first call as well.
const MAX_FRAMES: usize = 199;
/// Bytes of a set that one unit pays for, each time the item is visited.
const SET_BYTES_PER_UNIT: usize = 16;
/// Bytes of a set that one unit pays for when it is read and was not known.
const READ_BYTES_PER_UNIT: usize = 4;
/// A set of more bytes is a long one: reading it takes most of the time.
const LONG_SET: usize = 64;
/// Bytes of a long set that one unit pays for: a step may read it again at its visit.
const LONG_SET_BYTES_PER_UNIT: usize = 5;
/// Units that most items cost at most.
const LONG_COST: u64 = 4;
/// Bytes that one unit pays for where the matcher only searches or compares.
const SCAN_BYTES_PER_UNIT: usize = 64;
/// A search for a first byte stops at multiples of this position.
const SEEK_BLOCK: usize = 4096;
/// A capture that is not closed yet.
const UNFINISHED: u32 = u32::MAX;
/// A position capture.
const POSITION: u32 = u32::MAX - 1;
/// No position.
const NONE: u32 = u32::MAX;

/// What is wrong with a pattern or a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PatternError {
    /// More nested calls than PUC allows.
    #[error("pattern too complex")]
    TooComplex,
    /// More than [`MAX_CAPTURES`].
    #[error("too many captures")]
    TooManyCaptures,
    /// A lone `%` at the end.
    #[error("malformed pattern (ends with '%')")]
    EndsWithPercent,
    /// A set without its end.
    #[error("malformed pattern (missing ']')")]
    MissingBracket,
    /// `%f` without a set.
    #[error("missing '[' after '%f' in pattern")]
    MissingFrontierSet,
    /// `%b` without its two bytes.
    #[error("malformed pattern (missing arguments to '%b')")]
    MissingBalance,
    /// A `)` without its `(`.
    #[error("invalid pattern capture")]
    InvalidCapture,
    /// A capture that was never closed.
    #[error("unfinished capture")]
    UnfinishedCapture,
    /// A reference to a capture that is not there.
    #[error("invalid capture index %{0}")]
    InvalidIndex(i32),
    /// A `%` in a replacement before something it cannot stand before.
    #[error("invalid use of '%' in replacement string")]
    InvalidReplacement,
}

/// How a run of the machine ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A match from [`Machine::start`] to `end`.
    Matched {
        /// Position after the match.
        end: usize,
    },
    /// There is no match.
    Failed,
    /// The pattern is wrong.
    Error(PatternError),
    /// The budget is used up; another run goes on.
    OutOfBudget,
}

/// What a capture holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Captured {
    /// The bytes `from..to` of the subject.
    Span(usize, usize),
    /// A position, from 1.
    Position(i64),
}

#[derive(Clone, Copy, Debug, Default)]
struct Capture {
    start: u32,
    /// Length, [`UNFINISHED`] or [`POSITION`].
    len: u32,
}

/// What the machine does next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
enum Mode {
    /// Try a match at `start`.
    #[default]
    Attempt,
    /// Match the item at `p` at position `s`.
    Item,
    /// Count how often the single item `p..ep` matches from `s` on; `i` so far.
    Count,
    /// Look from `s` on for the end of the `%b` at `p`; `i` are open.
    Balance,
    /// Go back to the latest choice.
    Fail,
}

/// A match under way: everything but the subject and the pattern, which are
/// given to each run and must be the same.
#[derive(Debug, Default)]
pub(super) struct Machine {
    start: u32,
    last: u32,
    anchored: bool,
    mode: Mode,
    s: u32,
    p: u32,
    ep: u32,
    i: u32,
    level: u8,
    used: u64,
    captures: [Capture; MAX_CAPTURES],
    frames: Frames,
    sets: Sets,
}

/// What follows from a step.
type Next = Result<Option<Outcome>, PatternError>;

impl Machine {
    /// Makes this a machine that looks for the first match at or after `start`, or at
    /// `start` alone when `anchored`. A match that ends at `last` does not count.
    pub(super) fn begin(&mut self, pat: &[u8], start: usize, anchored: bool, last: Option<usize>) {
        self.anchored = anchored;
        // Nothing that is stored may tell of another match.
        (self.s, self.p, self.ep, self.i) = (0, 0, 0, 0);
        self.level = 0;
        self.used = 0;
        self.frames.clear();
        self.sets.begin(pat);
        self.restart(start, last);
    }

    /// Begins again with another start, keeping what is known about the pattern.
    pub(super) fn restart(&mut self, start: usize, last: Option<usize>) {
        self.start = start as u32;
        self.last = last.map_or(NONE, |last| last as u32);
        self.mode = Mode::Attempt;
    }

    /// Returns the units used so far.
    pub(super) fn used(&self) -> u64 {
        self.used
    }

    /// Returns where the match begins.
    pub(super) fn start(&self) -> usize {
        self.start as usize
    }

    /// Returns the number of captures.
    pub(super) fn level(&self) -> usize {
        usize::from(self.level)
    }

    /// Returns capture `index` (from 0) of a match that ended at `end`; the whole
    /// match is the first capture of a pattern without any.
    ///
    /// # Errors
    /// When there is no such capture or it is not closed.
    pub(super) fn capture(&self, index: usize, end: usize) -> Result<Captured, PatternError> {
        if index >= self.level() {
            if index == 0 {
                return Ok(Captured::Span(self.start(), end));
            }
            return Err(PatternError::InvalidIndex(index as i32 + 1));
        }
        let capture = self.captures[index];
        let start = capture.start as usize;
        match capture.len {
            UNFINISHED => Err(PatternError::UnfinishedCapture),
            POSITION => Ok(Captured::Position(i64::from(capture.start) + 1)),
            len => Ok(Captured::Span(start, start + len as usize)),
        }
    }

    /// Runs until there is an outcome or at least `budget` units are used; the
    /// last step may cost more than what is left of the budget.
    pub(super) fn run(&mut self, src: &[u8], pat: &[u8], budget: u64) -> Outcome {
        let limit = self.used.saturating_add(budget);
        while self.used < limit {
            let next = match self.mode {
                Mode::Item => self.items(src, pat, limit),
                Mode::Fail => self.fail(src, pat),
                Mode::Count => self.count(src, pat, limit),
                Mode::Attempt => self.attempt(src, pat, limit),
                Mode::Balance => self.balance(src, pat, limit),
            };
            match next {
                Ok(None) => {}
                Ok(Some(outcome)) => return outcome,
                Err(error) => return Outcome::Error(error),
            }
        }
        Outcome::OutOfBudget
    }

    /// As [`Machine::run`], where nobody has tried [`find_alone`]: classes are looked for as that
    /// does it, without the steps of a machine, at their price. Sets are left out, since this
    /// machine may know them, and pays less then.
    #[inline]
    pub(super) fn run_alone(&mut self, src: &[u8], pat: &[u8], budget: u64) -> Outcome {
        if self.mode == Mode::Attempt
            && !self.anchored
            && matches!(pat, [b'.' | b'%', ..] | [b'(', b'.' | b'%', ..])
            && let Some(found) = find_alone(src, pat, self.start(), budget)
        {
            return self.has_found(found);
        }
        self.run(src, pat, budget)
    }

    /// Makes this the machine that has found that.
    fn has_found(&mut self, Found { at, len, text, is_captured, used }: Found) -> Outcome {
        self.used += used;
        self.level = 0;
        // It lies behind the end of the last match, since it is not empty.
        let Some(at) = at else { return Outcome::Failed };
        self.start = at as u32;
        if is_captured {
            self.captures[0] = Capture { start: at as u32, len: text as u32 };
            self.level = 1;
        }
        Outcome::Matched { end: at + len }
    }

    /// Starts a match, first passing over starts where it cannot succeed.
    fn attempt(&mut self, src: &[u8], pat: &[u8], limit: u64) -> Next {
        if !self.anchored
            && let Some(at) = lead(pat)
        {
            let (single, ep) = single(&mut self.sets, &mut self.used, pat, at)?;
            if !matches!(pat.get(ep), Some(b'*' | b'?' | b'-')) {
                let cost = item_cost(at, ep);
                match seek((&mut self.start, &mut self.used), single, cost, src, limit) {
                    Seek::Here => {}
                    Seek::Never => return Ok(Some(Outcome::Failed)),
                    Seek::Later => return Ok(None),
                }
            }
        }
        self.level = 0;
        self.frames.clear();
        self.go(self.start, 0);
        Ok(None)
    }

    /// Goes on at position `s` with the item at `p`.
    #[inline(always)]
    fn go(&mut self, s: u32, p: usize) {
        self.s = s;
        self.p = p as u32;
        self.mode = Mode::Item;
    }

    #[inline(always)]
    fn push(&mut self, frame: Frame) -> Result<(), PatternError> {
        if self.frames.len() >= MAX_FRAMES {
            return Err(PatternError::TooComplex);
        }
        self.frames.push(frame);
        Ok(())
    }

    fn success(&mut self, src: &[u8]) -> Next {
        if self.s == self.last {
            return self.next_attempt(src);
        }
        Ok(Some(Outcome::Matched { end: self.s as usize }))
    }

    fn next_attempt(&mut self, src: &[u8]) -> Next {
        if self.anchored || self.start() >= src.len() {
            return Ok(Some(Outcome::Failed));
        }
        self.start += 1;
        self.mode = Mode::Attempt;
        Ok(None)
    }

    /// Matches items until one needs another mode. Where it stands is kept here meanwhile.
    fn items(&mut self, src: &[u8], pat: &[u8], limit: u64) -> Next {
        let (mut s, mut p) = (self.s, self.p as usize);
        loop {
            let Some(first) = pat.get(p) else {
                self.go(s, p);
                return self.success(src);
            };
            match *first {
                b'(' => {
                    self.used += 1;
                    let position = pat.get(p + 1) == Some(&b')');
                    self.open_capture(s, position)?;
                    p += if position { 2 } else { 1 };
                }
                b')' => {
                    self.used += 1;
                    self.close_capture(s)?;
                    p += 1;
                }
                b'$' if p + 1 == pat.len() => {
                    self.used += 1;
                    self.go(s, p);
                    if s as usize == src.len() {
                        return self.success(src);
                    }
                    self.mode = Mode::Fail;
                    return Ok(None);
                }
                b'%' if matches!(pat.get(p + 1), Some(b'b' | b'f' | b'0'..=b'9')) => {
                    self.go(s, p);
                    return self.odd_item(src, pat);
                }
                _ => {
                    let Some(next) = self.single_item(src, pat, s, p, limit)? else {
                        return Ok(None);
                    };
                    (s, p) = next;
                }
            }
            if self.used >= limit {
                self.go(s, p);
                return Ok(None);
            }
        }
    }

    /// Matches an item that is no single one.
    fn odd_item(&mut self, src: &[u8], pat: &[u8]) -> Next {
        match pat.get(self.p as usize + 1) {
            Some(b'b') => self.open_balance(src, pat)?,
            Some(b'f') => self.frontier(src, pat)?,
            Some(digit) => self.back_reference(src, *digit)?,
            None => return Err(PatternError::EndsWithPercent),
        }
        Ok(None)
    }

    fn open_capture(&mut self, s: u32, position: bool) -> Result<(), PatternError> {
        let level = self.level();
        let Some(capture) = self.captures.get_mut(level) else {
            return Err(PatternError::TooManyCaptures);
        };
        *capture = Capture { start: s, len: if position { POSITION } else { UNFINISHED } };
        self.level += 1;
        self.push(Frame { kind: Kind::Open, s: 0, i: 0, p: 0, ep: 0 })
    }

    fn close_capture(&mut self, s: u32) -> Result<(), PatternError> {
        let open = self.captures[..self.level()].iter().rposition(|c| c.len == UNFINISHED);
        let Some(index) = open else { return Err(PatternError::InvalidCapture) };
        self.captures[index].len = s.saturating_sub(self.captures[index].start);
        self.push(Frame { kind: Kind::Close, s: 0, i: index as u32, p: 0, ep: 0 })
    }

    fn open_balance(&mut self, src: &[u8], pat: &[u8]) -> Result<(), PatternError> {
        self.used += 1;
        let Some(open) = pat.get(self.p as usize + 2..self.p as usize + 4) else {
            return Err(PatternError::MissingBalance);
        };
        if src.get(self.s as usize) == open.first() {
            self.s += 1;
            self.i = 1;
            self.mode = Mode::Balance;
        } else {
            self.mode = Mode::Fail;
        }
        Ok(())
    }

    fn balance(&mut self, src: &[u8], pat: &[u8], limit: u64) -> Next {
        let p = self.p as usize;
        let (open, close) = match pat.get(p + 2..p + 4) {
            Some(&[open, close]) => (open, close),
            _ => return Err(PatternError::MissingBalance),
        };
        let from = self.s as usize;
        let to = src.len().min(from.saturating_add(limit.saturating_sub(self.used) as usize));
        for (passed, byte) in src[from..to].iter().enumerate() {
            if *byte == close {
                self.i -= 1;
                if self.i == 0 {
                    self.used += passed as u64 + 1;
                    self.go((from + passed + 1) as u32, p + 4);
                    return Ok(None);
                }
            } else if *byte == open {
                self.i += 1;
            }
        }
        self.used += (to - from) as u64;
        self.s = to as u32;
        if to == src.len() {
            self.mode = Mode::Fail;
        }
        Ok(None)
    }

    fn frontier(&mut self, src: &[u8], pat: &[u8]) -> Result<(), PatternError> {
        let p = self.p as usize + 2;
        if pat.get(p) != Some(&b'[') {
            return Err(PatternError::MissingFrontierSet);
        }
        let (single, ep) = single(&mut self.sets, &mut self.used, pat, p)?;
        self.used += item_cost(p, ep);
        let Single::Set(set) = single else { return Err(PatternError::MissingFrontierSet) };
        let s = self.s as usize;
        let before = if s == 0 { 0 } else { src[s - 1] };
        let here = src.get(s).copied().unwrap_or(0);
        if !in_set(set, before) && in_set(set, here) {
            self.go(self.s, ep);
        } else {
            self.mode = Mode::Fail;
        }
        Ok(())
    }

    fn back_reference(&mut self, src: &[u8], digit: u8) -> Result<(), PatternError> {
        self.used += 1;
        let number = usize::from(digit - b'0');
        let capture = match number.checked_sub(1).and_then(|i| self.captures[..self.level()].get(i))
        {
            Some(capture) if capture.len != UNFINISHED => *capture,
            _ => return Err(PatternError::InvalidIndex(number as i32)),
        };
        self.mode = Mode::Fail;
        let s = self.s as usize;
        let len = capture.len as usize;
        if capture.len == POSITION || src.len() - s < len {
            return Ok(());
        }
        let from = capture.start as usize;
        let mut blocks = src[from..from + len]
            .chunks(SCAN_BYTES_PER_UNIT)
            .zip(src[s..s + len].chunks(SCAN_BYTES_PER_UNIT));
        let equal = blocks.by_ref().take_while(|(a, b)| a == b).count();
        self.used += equal as u64;
        if equal == len.div_ceil(SCAN_BYTES_PER_UNIT) {
            self.go((s + len) as u32, self.p as usize + 2);
        }
        Ok(())
    }

    /// Matches the single item at `p` at position `s`. Returns where to go on with the next one,
    /// unless that is for another mode.
    #[inline]
    fn single_item(
        &mut self,
        src: &[u8],
        pat: &[u8],
        s: u32,
        p: usize,
        limit: u64,
    ) -> Result<Option<(u32, usize)>, PatternError> {
        let (single, ep) = single(&mut self.sets, &mut self.used, pat, p)?;
        let cost = item_cost(p, ep);
        self.used += cost;
        let matched = src.get(s as usize).is_some_and(|byte| single.matches(*byte));
        let repeat = pat.get(ep).copied().unwrap_or(0);
        match repeat {
            b'-' if matched => {
                self.push(Frame { kind: Kind::Min, s, i: 0, p: p as u32, ep: ep as u32 })?;
                Ok(Some((s, ep + 1)))
            }
            b'*' | b'+' if matched => {
                // The byte just tested counts; `+` puts it outside what can be given back.
                let (s, i) = if repeat == b'+' { (s + 1, 0) } else { (s, 1) };
                let (run, is_all) = if self.used < limit {
                    count(single, (cost, limit), src, (s + i) as usize, &mut self.used)
                } else {
                    (0, false)
                };
                (self.ep, self.i) = (ep as u32, i + run as u32);
                if !is_all {
                    (self.s, self.p, self.mode) = (s, p as u32, Mode::Count);
                    return Ok(None);
                }
                let i = self.i;
                self.push(Frame { kind: Kind::Max, s, i, p: p as u32, ep: ep as u32 })?;
                Ok(Some((s + i, ep + 1)))
            }
            b'?' if matched => {
                let p = ep as u32 + 1;
                self.push(Frame { kind: Kind::Optional, s, i: 0, p, ep: 0 })?;
                Ok(Some((s + 1, ep + 1)))
            }
            b'*' | b'?' | b'-' => Ok(Some((s, ep + 1))),
            _ if matched => Ok(Some((s + 1, ep))),
            _ => {
                (self.s, self.p, self.mode) = (s, p as u32, Mode::Fail);
                Ok(None)
            }
        }
    }

    /// Goes on counting.
    fn count(&mut self, src: &[u8], pat: &[u8], limit: u64) -> Next {
        let (single, ep) = single(&mut self.sets, &mut self.used, pat, self.p as usize)?;
        let cost = item_cost(self.p as usize, ep);
        let from = (self.s + self.i) as usize;
        let (run, is_all) = count(single, (cost, limit), src, from, &mut self.used);
        self.i += run as u32;
        if is_all {
            self.push(Frame { kind: Kind::Max, s: self.s, i: self.i, p: self.p, ep: self.ep })?;
            self.go(self.s + self.i, ep + 1);
        }
        Ok(None)
    }

    fn fail(&mut self, src: &[u8], pat: &[u8]) -> Next {
        let Some(frame) = self.frames.top() else { return self.next_attempt(src) };
        match frame.kind {
            Kind::Max if frame.i > 0 => {
                frame.i -= 1;
                let (s, p) = (frame.s + frame.i, frame.ep as usize + 1);
                self.go(s, p);
                return Ok(None);
            }
            Kind::Max => {}
            Kind::Min => {
                let (s, p) = (frame.s, frame.p as usize);
                frame.s += 1;
                let (single, ep) = single(&mut self.sets, &mut self.used, pat, p)?;
                self.used += item_cost(p, ep);
                if src.get(s as usize).is_some_and(|byte| single.matches(*byte)) {
                    self.go(s + 1, ep + 1);
                    return Ok(None);
                }
            }
            Kind::Optional => {
                let (s, p) = (frame.s, frame.p as usize);
                self.go(s, p);
            }
            Kind::Open => self.level = self.level.saturating_sub(1),
            Kind::Close => {
                let index = frame.i as usize;
                self.captures[index % MAX_CAPTURES].len = UNFINISHED;
            }
        }
        self.frames.pop();
        Ok(None)
    }
}

/// Reads the single item at `p`; returns it and where it ends.
#[inline(always)]
fn single<'a>(
    sets: &'a mut Sets,
    used: &mut u64,
    pat: &[u8],
    p: usize,
) -> Result<(Single<'a>, usize), PatternError> {
    match pat.get(p) {
        Some(b'[') => {
            let (set, ep) = sets.at(used, pat, p)?;
            Ok((Single::Set(set), ep))
        }
        Some(b'%') => match pat.get(p + 1) {
            Some(letter) => Ok((escaped(*letter), p + 2)),
            None => Err(PatternError::EndsWithPercent),
        },
        Some(b'.') => Ok((Single::Any, p + 1)),
        Some(byte) => Ok((Single::Byte(*byte), p + 1)),
        None => Err(PatternError::EndsWithPercent),
    }
}

/// Counts how often an item of that price matches from position `from` on, as far as the limit
/// allows; tells whether that is all.
#[inline(always)]
fn count(
    single: Single<'_>,
    (cost, limit): (u64, u64),
    src: &[u8],
    from: usize,
    used: &mut u64,
) -> (usize, bool) {
    let all = &src[from..];
    let left = limit.saturating_sub(*used).max(1);
    // Most often there is no need to divide.
    let room = if all.len() as u64 <= left / LONG_COST && cost <= LONG_COST {
        all
    } else {
        let affordable = usize::try_from(left.div_ceil(cost)).unwrap_or(usize::MAX);
        &all[..all.len().min(affordable)]
    };
    let run = single.run_length(room);
    *used += cost * run as u64;
    (run, run < room.len() || room.len() == all.len())
}

/// Moves the start of a match to where its first item matches.
fn seek(
    (start, used): (&mut u32, &mut u64),
    single: Single<'_>,
    cost: u64,
    src: &[u8],
    limit: u64,
) -> Seek {
    let mut at = *start as usize;
    if let Single::Byte(byte) = single {
        let end = src.len().min((at | (SEEK_BLOCK - 1)) + 1);
        let found = memchr::memchr(byte, &src[at..end]);
        let passed = found.unwrap_or(end - at);
        *start = (at + passed) as u32;
        *used += (passed / SCAN_BYTES_PER_UNIT) as u64;
        if found.is_some() {
            return Seek::Here;
        }
        *used += 1;
        return if end == src.len() { Seek::Never } else { Seek::Later };
    }
    while let Some(byte) = src.get(at)
        && !single.matches(*byte)
    {
        if *used >= limit {
            *start = at as u32;
            return Seek::Later;
        }
        *used += cost;
        at += 1;
    }
    *start = at as u32;
    if at < src.len() { Seek::Here } else { Seek::Never }
}

enum Seek {
    /// `start` is worth a try.
    Here,
    /// No start is.
    Never,
    /// Go on seeking from `start`.
    Later,
}

/// Returns where the `]` stands that ends the set at `p`, if there is one.
#[inline(always)]
fn set_end(pat: &[u8], p: usize) -> Option<usize> {
    let mut at = p + 1;
    if pat.get(at) == Some(&b'^') {
        at += 1;
    }
    let first = at;
    loop {
        match pat.get(at)? {
            // A bracket right at the beginning stands for itself.
            b']' if at > first => return Some(at),
            b'%' if at + 1 < pat.len() => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns the price of testing the item `p..ep` once.
#[inline(always)]
fn item_cost(p: usize, ep: usize) -> u64 {
    // Two divisions by what is known, since one by either takes long.
    let len = ep - p;
    let units =
        if len > LONG_SET { len / LONG_SET_BYTES_PER_UNIT } else { len / SET_BYTES_PER_UNIT };
    1 + units as u64
}

/// Returns where the single item stands that every match begins with, if the
/// pattern begins with one; a first `(` may stand before it.
fn lead(pat: &[u8]) -> Option<usize> {
    let at = usize::from(pat.first() == Some(&b'('));
    match pat.get(at..)? {
        [] | [b'(' | b')', ..] | [b'$'] | [b'%', b'b' | b'f' | b'0'..=b'9', ..] => None,
        _ => Some(at),
    }
}

#[cfg(test)]
mod tests;
