//! Numbers of things by their addresses.

/// A map from addresses to numbers, from 0 on in the order in which they came.
///
/// Not a `BTreeMap`, since a heap may have millions of objects, and not the standard
/// library's hash map, whose key is random.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    /// Addresses with their numbers; 0 is a free place. A power of two, at most half full.
    slots: Vec<(usize, u32)>,
    count: u32,
}

/// Places at first.
const FIRST: usize = 64;

impl Addresses {
    /// Returns how many there are.
    pub(crate) fn len(&self) -> usize {
        self.count as usize
    }

    /// Returns the place for an address: where it is, or a free one.
    #[inline]
    fn slot(&self, address: usize) -> usize {
        let mask = self.slots.len() - 1;
        // Objects lie at multiples of 8.
        let mut at = ((address as u64 >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize;
        loop {
            at &= mask;
            let found = self.slots[at].0;
            if found == address || found == 0 {
                return at;
            }
            at += 1;
        }
    }

    /// Returns the number of an address.
    #[inline]
    pub(crate) fn get(&self, address: usize) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let (found, number) = self.slots[self.slot(address)];
        (found == address && address != 0).then_some(number)
    }

    /// Returns the number of an address, and whether it came only now.
    #[inline]
    pub(crate) fn add(&mut self, address: usize) -> (u32, bool) {
        if (self.count as usize + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let at = self.slot(address);
        if self.slots[at].0 == address {
            return (self.slots[at].1, false);
        }
        let number = self.count;
        self.slots[at] = (address, number);
        self.count += 1;
        (number, true)
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(FIRST);
        let old = std::mem::replace(&mut self.slots, vec![(0, 0); size]);
        for (address, number) in old {
            if address != 0 {
                let at = self.slot(address);
                self.slots[at] = (address, number);
            }
        }
    }
}
