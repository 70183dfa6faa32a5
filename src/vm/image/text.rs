//! Strings in an image: whole where they are met first, then by their numbers.

use super::fault::Fault;
use super::load::{Loader, MOST_IDS};
use super::save::Saver;
use super::tag;
use crate::gc::Gc;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::string::{MAX_STRING, SHORT, Str};

/// Serial ids of long strings have this bit.
const STRING_ID: u64 = 1 << 56;

impl<'gc> Saver<'_, 'gc> {
    /// Writes a string.
    #[inline]
    pub(super) fn string(&mut self, string: Str<'gc>) {
        let (number, new) = self.strings.add(Gc::as_ptr(string.erase()).addr());
        if !new {
            self.out.byte(tag::STRING);
            return self.out.number(u64::from(number));
        }
        if string.is_short() {
            self.out.byte(tag::SHORT);
        } else {
            // The next one who looks it up must pay for hashing it, or need not.
            self.out.byte(tag::LONG);
            self.stamp(string.stamp());
            self.out.flag(!string.is_unhashed());
            self.out.number(string.known_id() & !STRING_ID);
        }
        self.out.text(string.as_bytes());
    }
}

impl<'gc> Saver<'_, 'gc> {
    /// Notes that a short string will be there without being written.
    pub(super) fn imply(&mut self, string: Str<'gc>) {
        self.implied.add(Gc::as_ptr(string.erase()).addr());
    }

    /// Writes the short strings that nothing has but the table in which they are looked up:
    /// whoever makes one of them anew takes no memory.
    pub(super) fn lost_strings(&mut self) {
        let state = self.ctx.state;
        state.event_names.iter().for_each(|name| self.imply(name.get()));
        self.imply(state.memory_message);
        self.imply(state.handler_message);
        let is_lost = |string: &Str<'gc>| {
            let address = Gc::as_ptr(string.erase()).addr();
            self.strings.get(address).is_none() && self.implied.get(address).is_none()
        };
        let all = state.strings.all(self.ctx.mc);
        let mut lost: Vec<&[u8]> = all.into_iter().filter(is_lost).map(Str::as_bytes).collect();
        lost.sort_unstable();
        self.out.size(lost.len());
        for string in lost {
            self.out.text(string);
        }
    }
}

impl<'gc> Loader<'_, 'gc> {
    /// Reads a short string that is met first.
    pub(super) fn short_string(&mut self) -> Result<Str<'gc>, Fault> {
        let bytes = self.from.text()?;
        if bytes.len() > SHORT {
            return Err(Fault::Damaged("a short string that is long"));
        }
        let string = self.make_string(bytes)?;
        self.strings.push(string);
        Ok(string)
    }

    /// Makes a string.
    pub(super) fn make_string(&mut self, bytes: &[u8]) -> Result<Str<'gc>, Fault> {
        self.heap().string(bytes).map_err(|interrupt| match interrupt {
            Interrupt::Memory(refused) => refused.into(),
            _ => Fault::Damaged("a string that is too long"),
        })
    }

    /// Reads a long string that is met first.
    pub(super) fn long_string(&mut self) -> Result<Str<'gc>, Fault> {
        let stamp = self.stamp()?;
        let (hashed, id, bytes) = (self.from.flag()?, self.from.number()?, self.from.text()?);
        if bytes.len() <= SHORT || bytes.len() > MAX_STRING {
            return Err(Fault::Damaged("a long string that is none"));
        }
        if id > self.ctx.state.next_string.get() || id >= MOST_IDS {
            return Err(Fault::Damaged("a serial id that was never given out"));
        }
        let string = self.make_string(bytes)?;
        if hashed {
            let _ = string.hash(self.ctx.state.strings.key());
        }
        if id > 0 {
            string.set_known_id(STRING_ID | id);
        }
        string.set_stamp(stamp);
        self.strings.push(string);
        Ok(string)
    }

    /// Makes the strings that only a look-up would find.
    pub(super) fn lost_strings(&mut self) -> Result<(), Fault> {
        for _ in 0..self.from.count(1)? {
            let bytes = self.from.text()?;
            if bytes.len() > SHORT {
                return Err(Fault::Damaged("a short string that is long"));
            }
            self.make_string(bytes)?;
        }
        Ok(())
    }

    /// Reads the number of a string.
    pub(super) fn known_string(&mut self) -> Result<Str<'gc>, Fault> {
        let number = self.from.size()?;
        self.strings.get(number).copied().ok_or(Fault::Damaged("a number that no string has"))
    }
}
