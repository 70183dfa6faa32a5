//! A matching machine as bytes and back, so that a match can outlive a step of
//! the native function it belongs to.

use super::frames::{Frame, Kind};
use super::sets::WORDS;
use super::{Capture, MAX_CAPTURES, MAX_FRAMES, Machine, Mode, POSITION, UNFINISHED};

/// Most bytes [`Machine::save`] writes.
pub(crate) const MAX_STORED: usize = (10 + WORDS) * 4 + MAX_CAPTURES * 8 + MAX_FRAMES * 20;

impl Machine {
    /// Appends the machine's state, at most [`MAX_STORED`] bytes. The units used are
    /// not part of it: a restored machine counts from 0.
    pub(crate) fn save(&self, out: &mut Vec<u8>) {
        let head = [
            self.start,
            self.last,
            u32::from(self.anchored),
            self.mode as u32,
            self.s,
            self.p,
            self.ep,
            self.i,
            u32::from(self.level),
            self.frames.len() as u32,
        ];
        let mut put = |word: u32| out.extend_from_slice(&word.to_le_bytes());
        head.into_iter().for_each(&mut put);
        self.sets.words().for_each(&mut put);
        for capture in &self.captures[..self.level()] {
            put(capture.start);
            put(capture.len);
        }
        for frame in self.frames.iter() {
            [frame.kind as u32, frame.s, frame.i, frame.p, frame.ep].into_iter().for_each(&mut put);
        }
    }

    /// Makes this the machine that [`Machine::save`] stored, which matches this pattern against
    /// this subject; `None` for bytes that no such machine is stored as.
    pub(crate) fn restore(&mut self, bytes: &[u8], src: &[u8], pat: &[u8]) -> Option<()> {
        let mut words = bytes.chunks_exact(4).map(|chunk| {
            chunk.iter().rev().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte))
        });
        let machine = self;
        machine.begin(pat, 0, false, None);
        machine.start = words.next()?;
        machine.last = words.next()?;
        machine.anchored = words.next()? != 0;
        machine.mode = match words.next()? {
            0 => Mode::Attempt,
            1 => Mode::Item,
            2 => Mode::Count,
            3 => Mode::Balance,
            _ => Mode::Fail,
        };
        machine.s = words.next()?;
        machine.p = words.next()?;
        machine.ep = words.next()?;
        machine.i = words.next()?;
        machine.level = words.next()? as u8;
        let frames = words.next()? as usize;
        machine.sets.restore(&mut words)?;
        if machine.level() > MAX_CAPTURES || frames > MAX_FRAMES {
            return None;
        }
        for index in 0..machine.level() {
            machine.captures[index] = Capture { start: words.next()?, len: words.next()? };
        }
        for _ in 0..frames {
            let kind = match words.next()? {
                0 => Kind::Max,
                1 => Kind::Min,
                2 => Kind::Optional,
                3 => Kind::Open,
                _ => Kind::Close,
            };
            let (s, i) = (words.next()?, words.next()?);
            let (p, ep) = (words.next()?, words.next()?);
            machine.frames.push(Frame { kind, s, i, p, ep });
        }
        machine.fits(src, pat).then_some(())
    }

    /// Tells whether all positions are inside of the subject and the pattern: those of a
    /// snapshot may come from anybody.
    fn fits(&self, src: &[u8], pat: &[u8]) -> bool {
        let in_src = |at: u32, more: u32| {
            at >= self.start && (at as usize).saturating_add(more as usize) <= src.len()
        };
        let in_pat = |at: u32| at as usize <= pat.len();
        let begun = match self.mode {
            Mode::Attempt => return self.start() <= src.len() && self.sets.fit(pat),
            Mode::Item | Mode::Fail => in_src(self.s, 0),
            Mode::Count => in_src(self.s, self.i),
            Mode::Balance => in_src(self.s, 0) && self.i > 0,
        };
        let captures = self.captures[..self.level()].iter().all(|capture| match capture.len {
            UNFINISHED | POSITION => in_src(capture.start, 0) && capture.start <= self.s,
            len => in_src(capture.start, len),
        });
        let frames = self.frames.iter().all(|frame| match frame.kind {
            Kind::Max => in_src(frame.s, frame.i) && in_pat(frame.p) && in_pat(frame.ep),
            Kind::Min | Kind::Optional => in_src(frame.s, 0) && in_pat(frame.p),
            Kind::Open | Kind::Close => true,
        });
        begun && captures && frames && in_pat(self.p) && in_pat(self.ep) && self.sets.fit(pat)
    }
}
