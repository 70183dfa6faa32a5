//! Pieces of a large block as they were before they changed.

/// Places of one page.
pub(super) const PAGE: u32 = 32;

/// Some pages of a block, found by their numbers. All room is asked for fallibly.
pub(super) struct Pages<T> {
    pages: Vec<Page<T>>,
    /// By the hash of its number, the place of a page in `pages` plus 1; 0 is free. A power
    /// of two, at least twice as long as there are pages.
    index: Vec<u32>,
}

/// One page.
pub(super) struct Page<T> {
    /// Its number: it begins at [`PAGE`] times that.
    pub(super) number: u32,
    /// What was there.
    pub(super) places: Vec<T>,
}

impl<T: Copy> Pages<T> {
    /// Has no pages.
    pub(super) fn new() -> Pages<T> {
        Pages { pages: Vec::new(), index: Vec::new() }
    }

    /// Returns the logical size of one page with all that belongs to it, equal on every
    /// target if `bytes`, that of a place, is.
    pub(super) const fn bytes(bytes: usize) -> usize {
        PAGE as usize * bytes + 128
    }

    /// Returns the place in the index for a page: where it is, or a free one.
    fn slot(&self, number: u32) -> usize {
        let mask = self.index.len() - 1;
        let mut at = (number.wrapping_mul(0x9E37_79B9) >> 7) as usize & mask;
        while let Some(found) = self.index[at].checked_sub(1) {
            if self.pages[found as usize].number == number {
                break;
            }
            at = (at + 1) & mask;
        }
        at
    }

    /// Tells whether the page with a number is there.
    pub(super) fn has(&self, number: u32) -> bool {
        // What is asked for is often the page that came last.
        match self.pages.last() {
            None => false,
            Some(last) if last.number == number => true,
            Some(_) => self.index[self.slot(number)] != 0,
        }
    }

    /// Makes the index twice as long if it is half full. Tells whether there was memory.
    fn make_room(&mut self) -> bool {
        if (self.pages.len() + 1) * 2 <= self.index.len() {
            return true;
        }
        let mut index = Vec::new();
        let len = (self.index.len() * 2).max(8);
        if index.try_reserve_exact(len).is_err() {
            return false;
        }
        index.resize(len, 0);
        self.index = index;
        for at in 0..self.pages.len() {
            let slot = self.slot(self.pages[at].number);
            self.index[slot] = at as u32 + 1;
        }
        true
    }

    /// Keeps a page that is not there yet. Tells whether there was memory.
    pub(super) fn add(&mut self, number: u32, places: &[T]) -> bool {
        debug_assert!(!self.has(number) && places.len() <= PAGE as usize);
        let mut kept = Vec::new();
        if !self.make_room()
            || self.pages.try_reserve(1).is_err()
            || kept.try_reserve_exact(places.len()).is_err()
        {
            return false;
        }
        kept.extend_from_slice(places);
        let slot = self.slot(number);
        self.pages.push(Page { number, places: kept });
        self.index[slot] = self.pages.len() as u32;
        true
    }

    /// Returns the pages.
    pub(super) fn all(&self) -> &[Page<T>] {
        &self.pages
    }

    /// Puts all pages back into the block they are from.
    pub(super) fn put_back(&self, block: &mut [T]) {
        for page in &self.pages {
            let from = (page.number * PAGE) as usize;
            if let Some(places) = block.get_mut(from..from + page.places.len()) {
                places.copy_from_slice(&page.places);
            }
        }
    }

    /// Returns the bytes that the pages really take.
    #[cfg(test)]
    pub(super) fn real_bytes(&self) -> usize {
        self.index.capacity() * size_of::<u32>()
            + self.pages.capacity() * size_of::<Page<T>>()
            + self.pages.iter().map(|page| page.places.capacity() * size_of::<T>()).sum::<usize>()
    }
}
