//! A fixed set of short names, found by their bytes: those that all machines of a profile
//! have, whether or not one was ever asked for.

use super::string::hash_bytes;

/// No name.
const NONE: u16 = u16::MAX;

/// Names that never change, numbered.
pub(in crate::vm) struct Names {
    texts: Vec<Box<[u8]>>,
    /// Open addressing; at most half full.
    places: Vec<u16>,
    /// Lengths of the names that begin with a byte, a bit each: most strings are none, which
    /// is found out here.
    lengths: Box<[u64; 256]>,
}

impl Names {
    /// Collects names of at most 40 bytes; each counts once.
    pub(in crate::vm) fn new(texts: impl IntoIterator<Item = Box<[u8]>>) -> Names {
        let mut names =
            Names { texts: Vec::new(), places: Vec::new(), lengths: Box::new([0; 256]) };
        for text in texts {
            if !names.texts.contains(&text) {
                names.texts.push(text);
            }
        }
        names.places = vec![NONE; (names.texts.len() * 2).next_power_of_two()];
        for (number, text) in names.texts.iter().enumerate() {
            let mut at = names.first(text);
            while names.places[at] != NONE {
                at = (at + 1) & (names.places.len() - 1);
            }
            names.places[at] = number as u16;
            names.lengths[first_byte(text)] |= 1 << text.len();
        }
        names
    }

    /// Returns the number of names.
    pub(in crate::vm) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Returns all names, in the order of their numbers.
    pub(in crate::vm) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        self.texts.iter().map(|text| &**text)
    }

    /// Returns the name with a number.
    pub(in crate::vm) fn text(&self, number: u16) -> &[u8] {
        self.texts.get(usize::from(number)).map_or(b"", |text| text)
    }

    /// Tells whether there is a name of this length with this first byte.
    #[inline]
    pub(in crate::vm) fn may_have(&self, bytes: &[u8]) -> bool {
        self.lengths[first_byte(bytes)] >> (bytes.len() & 63) & 1 != 0
    }

    /// Returns the number of the name with these bytes.
    pub(in crate::vm) fn find(&self, bytes: &[u8]) -> Option<u16> {
        if !self.may_have(bytes) {
            return None;
        }
        let mut at = self.first(bytes);
        loop {
            let number = self.places[at];
            if number == NONE {
                return None;
            }
            if self.text(number) == bytes {
                return Some(number);
            }
            at = (at + 1) & (self.places.len() - 1);
        }
    }

    /// Returns where the search for a name begins. The key of this hash is no secret: the
    /// names are always the same.
    fn first(&self, bytes: &[u8]) -> usize {
        hash_bytes(0, bytes) as usize & (self.places.len() - 1)
    }
}

fn first_byte(bytes: &[u8]) -> usize {
    usize::from(bytes.first().copied().unwrap_or_default())
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Names").field("count", &self.texts.len()).finish()
    }
}
