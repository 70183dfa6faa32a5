//! The choices a match can go back to: a stack whose first entries need no allocation.

/// What a frame goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// Give back one of the `i` repetitions of the item `p..ep` after `s`.
    Max,
    /// Take one more repetition of the item `p..ep` at `s`.
    Min,
    /// Go on at `s` with `p`, without the optional item.
    Optional,
    /// Forget the capture opened last.
    Open,
    /// Open capture `i` again.
    Close,
}

/// One choice. Which fields count depends on the kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// What it is.
    pub kind: Kind,
    /// Position in the subject.
    pub s: u32,
    /// A count or an index.
    pub i: u32,
    /// Position in the pattern.
    pub p: u32,
    /// End of the item at `p`.
    pub ep: u32,
}

const INLINE: usize = 16;
/// All zeros: the quickest to write.
const BLANK: Frame = Frame { kind: Kind::Max, s: 0, i: 0, p: 0, ep: 0 };

/// The stack.
#[derive(Debug)]
pub(super) struct Frames {
    len: usize,
    first: [Frame; INLINE],
    more: Vec<Frame>,
}

impl Default for Frames {
    fn default() -> Frames {
        Frames { len: 0, first: [BLANK; INLINE], more: Vec::new() }
    }
}

impl Frames {
    /// Returns the number of frames.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Removes all frames.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.more.clear();
    }

    /// Adds a frame.
    #[inline(always)]
    pub(super) fn push(&mut self, frame: Frame) {
        match self.first.get_mut(self.len) {
            Some(slot) => *slot = frame,
            None => self.more.push(frame),
        }
        self.len += 1;
    }

    /// Returns the latest frame.
    #[inline(always)]
    pub(super) fn top(&mut self) -> Option<&mut Frame> {
        let index = self.len.checked_sub(1)?;
        if index < INLINE { self.first.get_mut(index) } else { self.more.last_mut() }
    }

    /// Removes the latest frame.
    #[inline(always)]
    pub(super) fn pop(&mut self) {
        if self.len > INLINE {
            self.more.pop();
        }
        self.len = self.len.saturating_sub(1);
    }

    /// Iterates from the first frame to the latest.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Frame> {
        self.first[..self.len.min(INLINE)].iter().chain(&self.more)
    }
}
