//! A matching machine as bytes and back, so that a match can outlive a step of
//! the native function it belongs to.

use super::frames::{Frame, Kind};
use super::{CACHED_SETS, CachedSet, Capture, MAX_CAPTURES, MAX_FRAMES, Machine, Mode};

/// Most bytes [`Machine::save`] writes.
pub(crate) const MAX_STORED: usize = 11 * 4 + CACHED_SETS * 8 + MAX_CAPTURES * 8 + MAX_FRAMES * 20;

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
            u32::from(self.next_cached),
        ];
        let mut put = |word: u32| out.extend_from_slice(&word.to_le_bytes());
        head.into_iter().for_each(&mut put);
        for known in &self.cache {
            put(known.p);
            put(known.ep);
        }
        for capture in &self.captures[..self.level()] {
            put(capture.start);
            put(capture.len);
        }
        for frame in self.frames.iter() {
            [frame.kind as u32, frame.s, frame.i, frame.p, frame.ep].into_iter().for_each(&mut put);
        }
    }

    /// Makes the machine that [`Machine::save`] stored; `None` for other bytes.
    pub(crate) fn restore(bytes: &[u8]) -> Option<Machine> {
        let mut words = bytes.chunks_exact(4).map(|chunk| {
            chunk.iter().rev().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte))
        });
        let mut machine = Machine::new(0, false, None);
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
        machine.next_cached = words.next()? as u8;
        for known in &mut machine.cache {
            *known = CachedSet { p: words.next()?, ep: words.next()?, set: None };
        }
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
        Some(machine)
    }
}
