//! Making values of a schema, and changing them a little.

use super::random::Random;
use super::schema::{ANYTHING, Node, ROOT, SETTLED, Schema};
use super::words::Words;
use serde_json::{Map, Number, Value};

/// Values within values that are made, where the schema lets them go on.
const DEEPEST: usize = 6;
/// Longest text where the schema says nothing.
const LONGEST: usize = 1 << 16;
/// Elements and members that are made at once.
const MANY: usize = 4;
/// Characters that are made at once.
const CHARACTERS: usize = 12;

/// What values are made with.
pub(super) struct Maker<'a> {
    pub(super) schema: &'a Schema,
    pub(super) words: &'a Words,
    pub(super) random: &'a mut Random,
}

impl Schema {
    /// Makes a value of the schema: the same for the same seed.
    ///
    /// ```
    /// use moonfuel::fuzz::Schema;
    /// use serde_json::json;
    ///
    /// let schema = Schema::of_example(&json!({"x": 1, "y": [2]}));
    /// let mut value = schema.make(1);
    /// for seed in 0..100 {
    ///     schema.change(&mut value, seed);
    ///     assert!(schema.accepts(&value));
    /// }
    /// ```
    pub fn make(&self, seed: u64) -> Value {
        let (words, random) = (&Words::default(), &mut Random::new(seed));
        Maker { schema: self, words, random }.value()
    }

    /// Changes a value of the schema to another: what a fuzzer of another kind can do with it.
    pub fn change(&self, value: &mut Value, seed: u64) {
        let (words, random) = (&Words::default(), &mut Random::new(seed));
        Maker { schema: self, words, random }.change(value);
    }
}

impl Maker<'_> {
    /// Makes a value of the schema.
    pub(super) fn value(&mut self) -> Value {
        self.make(ROOT, 0)
    }

    /// Makes a value of a node. Goes at most a few levels deeper than [`DEEPEST`]: there,
    /// optional members, elements and alternatives end.
    fn make(&mut self, at: usize, depth: usize) -> Value {
        let schema = self.schema;
        match schema.node(at) {
            // A schema that only endless values fit gets one that does not.
            _ if depth > 3 * DEEPEST => Value::Null,
            Node::Nothing | Node::Null | Node::Same(_) => Value::Null,
            Node::Any => self.any(depth),
            Node::Fixed(values) => self.random.pick(values).cloned().unwrap_or_default(),
            Node::Boolean => Value::Bool(self.random.once_in(2)),
            Node::Integer { min, max, step } => {
                let number = self.words.any_integer(self.random);
                integer(number, *min, *max, *step)
            }
            Node::Number { min, max } => float(self.words.any_float(self.random), *min, *max),
            Node::Text { min, max } => {
                let text = self.text();
                Value::String(fitted(text, *min, *max))
            }
            Node::Array { first, items, min, max } => {
                let more = if depth < DEEPEST { self.random.below(MANY + 1) } else { 0 };
                let length = if items.is_some() {
                    min.saturating_add(more).min(*max)
                } else {
                    first.len().min(*max)
                };
                let nodes = (0..length).filter_map(|n| first.get(n).or(items.as_ref()).copied());
                Value::Array(nodes.map(|node| self.make(node, depth + 1)).collect())
            }
            Node::Object { fields, more } => {
                let mut members = Map::new();
                for field in fields {
                    let is_wanted = field.required || (depth < DEEPEST && self.random.once_in(2));
                    if is_wanted && field.possible {
                        members.insert(field.name.clone(), self.make(field.node, depth + 1));
                    }
                }
                if let Some(node) = more
                    && depth < DEEPEST
                {
                    for _ in 0..self.random.below(MANY) {
                        let name = self.text();
                        if !members.contains_key(&name) {
                            let made = self.make(*node, depth + 1);
                            members.insert(name, made);
                        }
                    }
                }
                Value::Object(members)
            }
            Node::OneOf(nodes) => {
                let node = match depth {
                    0..DEEPEST => self.random.pick(nodes),
                    // The first that ends, most likely.
                    _ => nodes.iter().find(|node| !self.is_deep(**node)).or(nodes.first()),
                };
                match node {
                    Some(node) => self.make(*node, depth + 1),
                    None => Value::Null,
                }
            }
        }
    }

    fn is_deep(&self, at: usize) -> bool {
        matches!(self.schema.node(at), Node::Array { .. } | Node::Object { .. } | Node::OneOf(_))
    }

    fn any(&mut self, depth: usize) -> Value {
        match self.random.below(if depth < DEEPEST { 8 } else { 6 }) {
            0 => Value::Null,
            1 => Value::Bool(self.random.once_in(2)),
            2 | 3 => Value::from(self.words.any_integer(self.random)),
            4 => float(self.words.any_float(self.random), f64::MIN, f64::MAX),
            5 => Value::String(self.text()),
            6 => {
                let length = self.random.below(MANY);
                Value::Array((0..length).map(|_| self.any(depth + 1)).collect())
            }
            _ => {
                let mut members = Map::new();
                for _ in 0..self.random.below(MANY) {
                    members.insert(self.text(), self.any(depth + 1));
                }
                Value::Object(members)
            }
        }
    }

    fn text(&mut self) -> String {
        match self.random.below(4) {
            0 | 1 => {
                let length = self.random.below(CHARACTERS);
                (0..length).map(|_| self.character()).collect()
            }
            2 => self.words.any_text(self.random).unwrap_or("a").to_owned(),
            _ => self.words.any_integer(self.random).to_string(),
        }
    }

    fn character(&mut self) -> char {
        match self.random.below(16) {
            0 => '\0',
            1 => char::from(self.random.below(32) as u8),
            2 => *self
                .random
                .pick(&['é', 'ß', '中', '\u{1f600}', '\u{7f}', '\u{ffff}'])
                .unwrap_or(&'é'),
            _ => char::from(32 + self.random.below(95) as u8),
        }
    }

    /// Changes a value in one place.
    pub(super) fn change(&mut self, value: &mut Value) {
        let mut number = self.random.below(count(value));
        let schema = self.schema;
        let Some((place, at)) = place(schema, value, ROOT, &mut number) else { return };
        if at == SETTLED {
            return;
        }
        // Sometimes something new of the same kind.
        if self.random.once_in(16) {
            *place = self.make(at, DEEPEST - 2);
            return;
        }
        match schema.node_of(at, place) {
            Node::Any => self.change_any(place),
            Node::Integer { min, max, step } => {
                let number = place.as_i64().unwrap_or(0);
                *place = integer(self.near(number), *min, *max, *step);
            }
            Node::Number { min, max } => {
                let number = place.as_f64().unwrap_or(0.0);
                *place = float(self.near_float(number), *min, *max);
            }
            Node::Text { min, max } => {
                if let Value::String(text) = place {
                    let changed = self.change_text(text);
                    *text = fitted(changed, *min, *max);
                }
            }
            Node::Array { first, items, min, max } => {
                if let Value::Array(values) = place {
                    let (min, max) = ((*min).max(first.len().min(values.len())), *max);
                    let made = items.map(|node| self.make(node, DEEPEST - 2));
                    self.change_list(values, made, first.len(), min, max);
                }
            }
            Node::Object { fields, more } => {
                if let Value::Object(members) = place {
                    let optional = fields.len();
                    let at = self.random.below(optional + usize::from(more.is_some()));
                    match (fields.get(at), more) {
                        (Some(field), _)
                            if !field.required && members.contains_key(&field.name) =>
                        {
                            members.shift_remove(&field.name);
                        }
                        (Some(field), _) if !field.possible => {}
                        (Some(field), _) => {
                            let made = self.make(field.node, DEEPEST - 2);
                            members.insert(field.name.clone(), made);
                        }
                        (None, Some(node)) => {
                            let names: Vec<&String> = members.keys().collect();
                            let old = self.random.pick(&names).map(|name| (*name).clone());
                            let is_named = |name: &str| fields.iter().any(|f| f.name == name);
                            match old.filter(|name| !is_named(name)) {
                                Some(name) if self.random.once_in(2) => {
                                    members.shift_remove(&name);
                                }
                                _ => {
                                    let name = self.text();
                                    if !is_named(&name) {
                                        let made = self.make(*node, DEEPEST - 2);
                                        members.insert(name, made);
                                    }
                                }
                            }
                        }
                        (None, None) => {}
                    }
                }
            }
            Node::Fixed(_) | Node::Boolean => *place = self.make(at, DEEPEST - 2),
            Node::Null | Node::Nothing | Node::Same(_) | Node::OneOf(_) => {
                *place = self.make(at, DEEPEST - 2);
            }
        }
    }

    /// Puts a part of another value in the place of one of the same kind.
    pub(super) fn cross(&mut self, value: &mut Value, other: &Value) {
        let mut number = self.random.below(count(value));
        let schema = self.schema;
        let Some((place, at)) = place(schema, value, ROOT, &mut number) else { return };
        if at == SETTLED {
            return;
        }
        let mut parts = Vec::new();
        parts_of(schema, ROOT, other, at, &mut parts);
        if let Some(part) = self.random.pick(&parts) {
            *place = (*part).clone();
        }
    }

    fn change_any(&mut self, place: &mut Value) {
        if self.random.once_in(4) {
            *place = self.any(DEEPEST - 2);
            return;
        }
        match place {
            Value::Null => *place = self.any(DEEPEST - 2),
            Value::Bool(flag) => *flag = !*flag,
            Value::Number(number) => {
                *place = match number.as_i64() {
                    Some(number) => Value::from(self.near(number)),
                    None => {
                        float(self.near_float(number.as_f64().unwrap_or(0.0)), f64::MIN, f64::MAX)
                    }
                };
            }
            Value::String(text) => *text = fitted(self.change_text(text), 0, LONGEST),
            Value::Array(values) => {
                let made = self.any(DEEPEST - 2);
                self.change_list(values, Some(made), 0, 0, usize::MAX);
            }
            Value::Object(members) => {
                let names: Vec<&String> = members.keys().collect();
                match self.random.pick(&names).map(|name| (*name).clone()) {
                    Some(name) if self.random.once_in(2) => {
                        members.shift_remove(&name);
                    }
                    _ => {
                        let (name, made) = (self.text(), self.any(DEEPEST - 2));
                        members.insert(name, made);
                    }
                }
            }
        }
    }

    /// Changes how many elements there are, or their order. The first `fixed` have places of
    /// their own.
    fn change_list(
        &mut self,
        values: &mut Vec<Value>,
        made: Option<Value>,
        fixed: usize,
        min: usize,
        max: usize,
    ) {
        let free = values.len().saturating_sub(fixed);
        let at = fixed + self.random.below(free);
        match self.random.below(4) {
            0 if values.len() > min && at < values.len() => {
                values.remove(at);
            }
            1 if at < values.len() && values.len() < max => {
                let twin = values[at].clone();
                values.insert(at, twin);
            }
            2 if free > 1 => {
                let other = fixed + self.random.below(free);
                values.swap(at, other);
            }
            _ => {
                if let Some(made) = made
                    && values.len() < max
                    && values.len() >= fixed
                {
                    let at = fixed + self.random.below(free + 1);
                    values.insert(at, made);
                }
            }
        }
    }

    fn near(&mut self, number: i64) -> i64 {
        match self.random.below(6) {
            0 => number.wrapping_add(1 + self.random.below(16) as i64),
            1 => number.wrapping_sub(1 + self.random.below(16) as i64),
            2 => number.wrapping_neg(),
            3 => *self
                .random
                .pick(&[number.wrapping_mul(2), number / 2, number.wrapping_mul(10), number / 10])
                .unwrap_or(&number),
            4 => number ^ (1 << self.random.below(64)),
            _ => self.words.any_integer(self.random),
        }
    }

    fn near_float(&mut self, number: f64) -> f64 {
        match self.random.below(6) {
            0 => number + self.random.below(16) as f64,
            1 => number - self.random.below(16) as f64,
            2 => -number,
            3 => {
                *self.random.pick(&[number * 2.0, number / 2.0, number.floor()]).unwrap_or(&number)
            }
            4 => *self.random.pick(&[number.next_up(), number.next_down()]).unwrap_or(&number),
            _ => self.words.any_float(self.random),
        }
    }

    fn change_text(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        let length = characters.len();
        let at = self.random.below(length);
        match self.random.below(8) {
            0 if length > 0 => {
                let end = (at + 1 + self.random.below(4)).min(length);
                characters.drain(at..end);
            }
            1 | 2 if length > 0 => characters[at] = self.character(),
            3 if length > 0 => {
                let near = u32::from(characters[at]).wrapping_add(self.random.below(5) as u32);
                characters[at] = char::from_u32(near.wrapping_sub(2)).unwrap_or('a');
            }
            4 if length > 0 && length < 1024 => {
                let end = (at + 1 + self.random.below(16)).min(length);
                let part: Vec<char> = characters[at..end].to_vec();
                let to = self.random.below(length + 1);
                characters.splice(to..to, part);
            }
            5 | 6 => {
                if let Some(word) = self.words.any_text(self.random) {
                    let word: Vec<char> = word.chars().collect();
                    let to = self.random.below(length + 1);
                    let end =
                        if self.random.once_in(2) { to } else { (to + word.len()).min(length) };
                    characters.splice(to..end, word);
                }
            }
            _ => {
                let to = self.random.below(length + 1);
                characters.insert(to, self.character());
            }
        }
        characters.into_iter().collect()
    }
}

/// Most values in a value, and how deep they may lie in one another.
const LARGEST: usize = 20_000;
const DEEPEST_AT_ALL: usize = 100;

/// Tells whether a value may be an input: its conversions and what changes it are recursive.
pub(super) fn is_small(value: &Value) -> bool {
    let mut waiting = vec![(value, 1)];
    let mut count = 0;
    while let Some((value, depth)) = waiting.pop() {
        count += 1;
        if depth > DEEPEST_AT_ALL || count > LARGEST {
            return false;
        }
        match value {
            Value::Array(values) => waiting.extend(values.iter().map(|value| (value, depth + 1))),
            Value::Object(members) => {
                waiting.extend(members.values().map(|value| (value, depth + 1)));
            }
            _ => {}
        }
    }
    true
}

/// Returns how many values there are in a value, itself included.
pub(super) fn count(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(count).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

/// Finds the value of a number in the order of [`count`], and its node.
pub(super) fn place<'v>(
    schema: &Schema,
    value: &'v mut Value,
    at: usize,
    number: &mut usize,
) -> Option<(&'v mut Value, usize)> {
    if *number == 0 {
        return Some((value, at));
    }
    *number -= 1;
    let children = children(schema, at, value);
    let values: Box<dyn Iterator<Item = &'v mut Value>> = match value {
        Value::Array(values) => Box::new(values.iter_mut()),
        Value::Object(members) => Box::new(members.values_mut()),
        _ => return None,
    };
    for (n, child) in values.enumerate() {
        let size = count(child);
        if *number < size {
            return place(schema, child, children.at(n), number);
        }
        *number -= size;
    }
    None
}

/// Lists the values in a value that are of a node.
fn parts_of<'v>(
    schema: &Schema,
    at: usize,
    value: &'v Value,
    wanted: usize,
    parts: &mut Vec<&'v Value>,
) {
    if at == wanted {
        parts.push(value);
    }
    let children = children(schema, at, value);
    match value {
        Value::Array(values) => {
            for (n, value) in values.iter().enumerate() {
                parts_of(schema, children.at(n), value, wanted, parts);
            }
        }
        Value::Object(members) => {
            for (n, value) in members.values().enumerate() {
                parts_of(schema, children.at(n), value, wanted, parts);
            }
        }
        _ => {}
    }
}

/// The nodes of what is in a value.
pub(super) struct Children {
    each: Vec<usize>,
    rest: usize,
}

impl Children {
    pub(super) fn at(&self, n: usize) -> usize {
        self.each.get(n).copied().unwrap_or(self.rest)
    }
}

/// Returns the nodes of what is in a value.
pub(super) fn children(schema: &Schema, at: usize, value: &Value) -> Children {
    let anything = Children { each: Vec::new(), rest: ANYTHING };
    if at == ANYTHING {
        return anything;
    }
    if at == SETTLED {
        return Children { each: Vec::new(), rest: SETTLED };
    }
    match (schema.node_of(at, value), value) {
        (Node::Array { first, items, .. }, Value::Array(_)) => {
            Children { each: first.clone(), rest: items.unwrap_or(ANYTHING) }
        }
        (Node::Object { fields, more }, Value::Object(members)) => {
            let node = |name: &String| {
                let field = fields.iter().find(|field| field.name == *name);
                field.map(|field| field.node).or(*more).unwrap_or(ANYTHING)
            };
            Children { each: members.keys().map(node).collect(), rest: ANYTHING }
        }
        (Node::Fixed(_), _) => Children { each: Vec::new(), rest: SETTLED },
        _ => anything,
    }
}

fn integer(number: i64, min: i64, max: i64, step: i64) -> Value {
    let clamped = if number < min || number > max {
        // Into the bounds, and not all of it onto them.
        let room = (max as u64).wrapping_sub(min as u64);
        match room.checked_add(1) {
            Some(room) => min.wrapping_add((number as u64 % room) as i64),
            None => number,
        }
    } else {
        number
    };
    // The bounds are multiples of the step.
    Value::from(clamped.saturating_sub(clamped.checked_rem_euclid(step).unwrap_or(0)))
}

fn float(number: f64, min: f64, max: f64) -> Value {
    let number = if number.is_finite() { number.clamp(min, max) } else { min.max(0.0).min(max) };
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// Cuts a text to a length, or fills it up.
fn fitted(text: String, min: usize, max: usize) -> String {
    let length = text.chars().count();
    if length > max {
        return text.chars().take(max).collect();
    }
    if length < min {
        let fill = text.chars().next().unwrap_or('a');
        return text + &String::from(fill).repeat(min - length);
    }
    text
}
