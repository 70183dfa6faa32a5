//! The model of a table that the property tests compare with: what the order of
//! `pairs` and the border are, without any word about memory.

use super::array::MIN_HOLES;

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

/// The keys 1..n, and the others in order; dead ones have no value.
#[derive(Default)]
pub(super) struct Model {
    pub array: Vec<Option<i64>>,
    pub rest: Vec<(Key, Option<i64>)>,
}

impl Model {
    pub(super) fn set(&mut self, key: Key, value: Option<i64>) {
        let len = self.array.len() as i64;
        match key {
            Key::Int(i) if (1..=len).contains(&i) => {
                self.array[i as usize - 1] = value;
                while self.array.last() == Some(&None) {
                    self.array.pop();
                }
            }
            Key::Int(i) if i == len + 1 && value.is_some() => self.append(value),
            key => match self.rest.iter_mut().find(|entry| entry.0 == key) {
                Some(entry) => entry.1 = value,
                None if value.is_some() => self.push(key, value),
                None => {}
            },
        }
    }

    pub(super) fn set_list(&mut self, first: i64, values: &[Option<i64>]) {
        let count = values.iter().rposition(Option::is_some).map_or(0, |at| at + 1);
        let end = first as usize - 1 + count;
        if count == 0 || end <= self.array.len() {
            for (key, value) in (first..).zip(values) {
                self.set(Key::Int(key), *value);
            }
            return;
        }
        let is = |entry: &(Key, Option<i64>), at: usize| entry.0 == Key::Int(at as i64);
        let present = |model: &Model, at: usize| model.get(&Key::Int(at as i64)).is_some();
        while self.array.len() < end || present(self, self.array.len() + 1) {
            let key = self.array.len() + 1;
            let old = self.get(&Key::Int(key as i64));
            self.rest.retain(|entry| !is(entry, key));
            self.array.push(old);
        }
        for (at, value) in (first as usize - 1..).zip(&values[..count]) {
            self.array[at] = *value;
        }
    }

    fn push(&mut self, key: Key, value: Option<i64>) {
        self.rest.retain(|entry| entry.1.is_some());
        self.rest.push((key, value));
    }

    fn append(&mut self, value: Option<i64>) {
        let holes = self.array.iter().filter(|item| item.is_none()).count();
        self.array.push(value);
        if holes >= MIN_HOLES && holes * 2 > self.array.len() - 1 {
            let stay = self.array.iter().position(|item| item.is_none()).unwrap_or(0);
            for (at, item) in self.array.split_off(stay).into_iter().enumerate() {
                if item.is_some() {
                    self.push(Key::Int((stay + at) as i64 + 1), item);
                }
            }
            return;
        }
        let is = |entry: &(Key, Option<i64>), at: usize| entry.0 == Key::Int(at as i64);
        self.rest.retain(|entry| !is(entry, self.array.len()));
        let live = |rest: &[(Key, Option<i64>)], at: usize| {
            rest.iter().position(|entry| is(entry, at) && entry.1.is_some())
        };
        while let Some(at) = live(&self.rest, self.array.len() + 1) {
            self.array.push(self.rest.remove(at).1);
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
        let all = items.chain(self.rest.iter().cloned());
        all.filter_map(|(key, value)| Some((key, value?))).collect()
    }
}
