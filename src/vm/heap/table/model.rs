//! The model of a table that the property tests compare with: what the order of
//! `pairs` and the border are, without any word about memory.

use super::array::MIN_HOLES;
use super::gather::{FEW, GAP};

/// A normal key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Key {
    /// An integer.
    Int(i64),
    /// Bits of a float.
    Float(u64),
    /// A string.
    Text(Vec<u8>),
    /// A boolean.
    Bool(bool),
    /// An object by its id.
    Object(u64),
}

/// The keys 1..m, of which 1..n end with the border, and the others in order; dead ones have
/// no value.
#[derive(Default)]
pub(super) struct Model {
    /// The first of `rest`, which is 0, comes before `array`.
    zero_leads: bool,
    /// Something is, or was, in `rest`.
    joined_any: bool,
    pub array: Vec<Option<i64>>,
    pub border: usize,
    pub rest: Vec<(Key, Option<i64>)>,
    /// Positive integers that came into `rest` since the last were moved.
    joined: u32,
}

impl Model {
    pub(super) fn set(&mut self, key: Key, value: Option<i64>) {
        let len = self.array.len() as i64;
        match key {
            Key::Int(i) if (1..=len).contains(&i) => {
                self.array[i as usize - 1] = value;
                if value.is_none() {
                    self.trim();
                } else if i as usize == self.border + 1 {
                    self.advance();
                }
            }
            Key::Int(i) if i == len + 1 && value.is_some() => self.append(value),
            key => match self.rest.iter_mut().find(|entry| entry.0 == key) {
                Some(entry) => entry.1 = value,
                None if value.is_some() => self.add(key, value),
                None => {}
            },
        }
    }

    /// Takes the border and the end back over nils.
    fn trim(&mut self) {
        while self.array.last() == Some(&None) {
            self.array.pop();
        }
        self.border = self.border.min(self.array.len());
        while self.border > 0 && self.array[self.border - 1].is_none() {
            self.border -= 1;
        }
    }

    /// Moves the border on over what is present.
    fn advance(&mut self) {
        while self.array.get(self.border).is_some_and(Option::is_some) {
            self.border += 1;
        }
    }

    /// Adds a new key that does not follow the array part.
    fn add(&mut self, key: Key, value: Option<i64>) {
        let Key::Int(i @ 1..) = key else { return self.push(key, value) };
        let len = self.array.len();
        let items = self.array.iter().flatten().count();
        let (few, gap) = (FEW as usize, GAP as i64);
        if items >= few && i <= len as i64 + 1 + gap && i as usize <= (items + 1) * 2 {
            return self.widen(i as usize, value);
        }
        if self.joined >= FEW && self.joined.is_power_of_two() && self.gather(i) {
            return self.set(key, value);
        }
        self.push(key, value);
    }

    /// Makes the array part reach to a key, and to what follows it.
    fn widen(&mut self, end: usize, value: Option<i64>) {
        while self.array.len() < end || self.holds(self.array.len() + 1) {
            let key = self.array.len() + 1;
            let old = self.take(key);
            self.array.push(if key == end { value } else { old });
        }
    }

    fn holds(&self, key: usize) -> bool {
        self.rest.iter().any(|entry| entry.0 == Key::Int(key as i64) && entry.1.is_some())
    }

    fn take(&mut self, key: usize) -> Option<i64> {
        let is = |entry: &(Key, Option<i64>)| entry.0 == Key::Int(key as i64);
        let at = self.rest.iter().position(is)?;
        self.rest.remove(at).1
    }

    fn gather(&mut self, coming: i64) -> bool {
        let keys: Vec<i64> = (self.rest.iter())
            .filter_map(|entry| match entry {
                (Key::Int(key @ 1..=0x800_0000), Some(_)) => Some(*key),
                _ => None,
            })
            .collect();
        let items = self.array.iter().flatten().count();
        let count = |p: i64| items + keys.iter().chain([&coming]).filter(|key| **key <= p).count();
        let larger = (0..=27).map(|power| 1 << power).filter(|p| count(*p) as i64 * 2 >= *p);
        let Some(largest) = larger.max() else { return false };
        let last = keys.iter().copied().filter(|key| *key <= largest).max();
        let Some(mut last) = last else { return false };
        let mut at = if coming <= largest { last.max(coming) } else { last };
        loop {
            let near = keys.iter().copied().chain([coming]);
            let near = near.filter(|key| (at + 1..=at + 1 + GAP as i64).contains(key)).min();
            let Some(near) = near.filter(|near| count(*near) as i64 * 2 >= *near) else { break };
            at = near;
            last = if near == coming { last } else { near };
        }
        let value = self.get(&Key::Int(last));
        self.widen(last as usize, value);
        self.purge();
        self.joined_any = !self.rest.is_empty();
        self.joined = 0;
        true
    }

    pub(super) fn set_list(&mut self, first: i64, values: &[Option<i64>]) {
        let count = values.iter().rposition(Option::is_some).map_or(0, |at| at + 1);
        for (key, value) in (first..).zip(values).skip(count) {
            if self.get(&Key::Int(key)).is_some() {
                self.set(Key::Int(key), *value);
            }
        }
        let end = first as usize - 1 + count;
        if count == 0 || end <= self.border {
            for (key, value) in (first..).zip(values) {
                self.set(Key::Int(key), *value);
            }
            return;
        }
        if end > self.array.len() {
            self.widen(end, None);
            self.border = self.array.len();
        }
        for (at, value) in (first as usize - 1..).zip(&values[..count]) {
            self.array[at] = *value;
        }
        self.border = self.border.max(end);
        self.advance();
    }

    /// Forgets dead keys.
    fn purge(&mut self) {
        self.zero_leads &= self.rest.first().is_some_and(|entry| entry.1.is_some());
        self.rest.retain(|entry| entry.1.is_some());
    }

    fn push(&mut self, key: Key, value: Option<i64>) {
        self.purge();
        self.zero_leads |= key == Key::Int(0) && !self.joined_any && self.array.is_empty();
        self.joined_any = true;
        self.joined += u32::from(matches!(key, Key::Int(1..)));
        self.rest.push((key, value));
    }

    fn append(&mut self, value: Option<i64>) {
        let holes = self.array.iter().filter(|item| item.is_none()).count();
        if holes >= MIN_HOLES && holes * 2 > self.array.len() {
            let stay = self.array.iter().position(|item| item.is_none()).unwrap_or(0);
            self.array.push(value);
            for (at, item) in self.array.split_off(stay).into_iter().enumerate() {
                if item.is_some() {
                    self.push(Key::Int((stay + at) as i64 + 1), item);
                }
            }
            self.border = stay;
            return;
        }
        let whole = self.border == self.array.len();
        self.widen(self.array.len() + 1, value);
        if whole {
            self.border = self.array.len();
        }
    }

    pub(super) fn get(&self, key: &Key) -> Option<i64> {
        let item = match key {
            Key::Int(i) if *i > 0 => self.array.get(*i as usize - 1).copied().flatten(),
            _ => None,
        };
        item.or_else(|| self.rest.iter().find(|entry| entry.0 == *key).and_then(|e| e.1))
    }

    pub(super) fn pairs(&self) -> Vec<(Key, i64)> {
        let items = self.array.iter().enumerate().map(|(at, v)| (Key::Int(at as i64 + 1), *v));
        let (lead, rest) = self.rest.split_at(usize::from(self.zero_leads));
        let all = lead.iter().cloned().chain(items).chain(rest.iter().cloned());
        all.filter_map(|(key, value)| Some((key, value?))).collect()
    }
}
