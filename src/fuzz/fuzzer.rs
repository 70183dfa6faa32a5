//! A campaign: inputs that reach something new are kept and changed further.

use super::bytes;
use super::failure::{Failure, FailureKind};
use super::input::Input;
use super::make::{Maker, is_small, place};
use super::matching::{Change, Patch, changes, patches};
use super::random::Random;
use super::schema::{ROOT, Schema};
use super::seen::Seen;
use super::shrink::{Enough, shrink};
use super::target::{Attempt, Target};
use super::words::Words;
use crate::{Coverage, Outcome};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Attempts that making one failure's input small may take, and the fuel of all of them: if an
/// attempt may take much, that of so many.
const SHRINKING: u64 = 2_000;
const SHRINKING_FUEL: u64 = 100_000_000;
const SHRINKING_LONG: u64 = 20;
/// Most different failures that are kept.
const MOST_FINDINGS: usize = 1_000;
/// Most inputs that are kept.
const MOST_INPUTS: usize = 16_384;
/// Least fuel of an attempt, if the limit is higher, as long as none has needed more.
const FUEL: u64 = 20_000;
/// So many times the most that an attempt has needed is enough for the next.
const ROOM: u64 = 16;

/// What a campaign's inputs are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Inputs {
    /// Values for the global `args`.
    Json(Schema),
    /// A string of at most so many bytes, which is the chunk's `...`.
    Bytes {
        /// The most bytes.
        max: usize,
    },
}

/// Something that was found: a failure and an input that makes it happen.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The failure, as it comes of `input`.
    pub failure: Failure,
    /// The input, made small. It was tried with the whole script compiled anew.
    pub input: Input,
    /// The number of the attempt that found it.
    pub attempt: u64,
    /// How often it happened.
    pub times: u64,
}

/// An input that reached something new.
#[derive(Debug)]
struct Entry {
    input: Input,
    /// Fuel that an attempt with it takes.
    fuel: u64,
    picked: u64,
}

/// Changes of one input that are still to be tried.
#[derive(Debug)]
struct Search {
    parent: Input,
    changes: Changes,
}

#[derive(Debug)]
enum Changes {
    Json(std::vec::IntoIter<Change>),
    Bytes(std::vec::IntoIter<Patch>),
}

/// Looks for inputs that make a script fail, guided by what attempts execute and compare.
///
/// Everything follows from the target, the inputs and the seed: two campaigns with the same
/// ones make the same attempts. There is no clock in it; who has little time asks for few
/// attempts at a time.
///
/// ```
/// use moonfuel::fuzz::{Fuzzer, Inputs, Schema, Target};
/// use moonfuel::{Chunk, Session};
/// use serde_json::json;
///
/// let source = b"local a = args\nif a.x > 100 and a.x + a.y == 42 then error('found') end";
/// let target = Target::new(Session::builder(), Chunk::new(source).named("=sum"))?;
/// let schema = Schema::of_example(&json!({"x": 1, "y": 2}));
/// let mut fuzzer = Fuzzer::new(target, Inputs::Json(schema)).seed(1);
/// while fuzzer.findings().is_empty() && fuzzer.attempts() < 100_000 {
///     fuzzer.run(1_000);
/// }
/// let found = &fuzzer.findings()[0];
/// assert_eq!(found.failure.place, "sum:2");
/// assert_eq!(found.input.to_string(), r#"{"x":101,"y":-59}"#);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Debug)]
pub struct Fuzzer {
    target: Target,
    inputs: Inputs,
    random: Random,
    words: Words,
    seen: Seen,
    waiting: VecDeque<Input>,
    corpus: Vec<Entry>,
    /// Of so many of them, from the first on, it was looked at what they compare.
    searched: usize,
    known: BTreeSet<Vec<u8>>,
    search: Option<Search>,
    findings: Vec<Finding>,
    keys: BTreeMap<String, usize>,
    attempts: u64,
    unstable: u64,
    unfinished: u64,
    /// The most fuel that an attempt has taken which did not run out.
    needed: u64,
}

impl Fuzzer {
    /// Makes a campaign with the seed 0.
    pub fn new(target: Target, inputs: Inputs) -> Fuzzer {
        Fuzzer {
            target,
            inputs,
            random: Random::new(0),
            words: Words::default(),
            seen: Seen::default(),
            waiting: VecDeque::new(),
            corpus: Vec::new(),
            searched: 0,
            known: BTreeSet::new(),
            search: None,
            findings: Vec::new(),
            keys: BTreeMap::new(),
            attempts: 0,
            unstable: 0,
            unfinished: 0,
            needed: 0,
        }
    }

    /// Sets the seed of all that is random.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Fuzzer {
        self.random = Random::new(seed);
        self
    }

    /// Adds an input to begin with, such as one of an earlier campaign. Tells whether it is
    /// one of this campaign's.
    pub fn add(&mut self, input: Input) -> bool {
        let fits = match (&self.inputs, &input) {
            (Inputs::Json(schema), Input::Json(value)) => schema.accepts(value),
            (Inputs::Bytes { max }, Input::Bytes(bytes)) => bytes.len() <= *max,
            _ => false,
        };
        if fits {
            self.waiting.push_back(input);
        }
        fits
    }

    /// Makes so many attempts, and a few more if one finds something; fewer, if it is
    /// [time](Fuzzer::set_deadline). Returns how many
    /// different failures were found that were not known.
    pub fn run(&mut self, attempts: u64) -> usize {
        let before = self.findings.len();
        let end = self.attempts.saturating_add(attempts);
        while self.attempts < end && !self.target.is_over() {
            let input = self.next();
            self.attempt(input);
        }
        self.findings.len() - before
    }

    /// Returns what was found, in the order it was found.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns how many attempts were made.
    pub fn attempts(&self) -> u64 {
        self.attempts
    }

    /// Returns how many instructions and jumps were reached.
    pub fn edges(&self) -> usize {
        self.seen.reached()
    }

    /// Returns how many failures were not those of the whole script, compiled anew: its state
    /// depends on something that does not repeat, such as a host function.
    pub fn unstable(&self) -> u64 {
        self.unstable
    }

    /// Returns how many attempts the [deadline](Fuzzer::set_deadline) has ended, such as may have
    /// gone on for ever, or found a failure that could not be tried anew.
    pub fn unfinished(&self) -> u64 {
        self.unfinished
    }

    /// Returns the inputs that reached something new, in the order they came.
    pub fn corpus(&self) -> impl Iterator<Item = &Input> {
        self.corpus.iter().map(|entry| &entry.input)
    }

    /// Runs the inputs of the corpus once more and returns what they execute, as far as there is
    /// [time](Fuzzer::set_deadline).
    pub fn coverage(&mut self) -> Coverage {
        self.target.coverage_of(self.corpus.iter().map(|entry| &entry.input))
    }

    /// Returns the script that is tried, for attempts of one's own.
    pub fn target_mut(&mut self) -> &mut Target {
        &mut self.target
    }

    /// Decides what is tried next.
    fn next(&mut self) -> Input {
        loop {
            if let Some(input) = self.waiting.pop_front() {
                return input;
            }
            if let Some(input) = self.next_of_search() {
                return input;
            }
            match self.corpus.get(self.searched) {
                Some(entry) => self.search(entry.input.clone()),
                None => return self.changed(),
            }
        }
    }

    fn next_of_search(&mut self) -> Option<Input> {
        let search = self.search.as_mut()?;
        let next = match (&mut search.changes, &search.parent) {
            (Changes::Json(changes), Input::Json(value)) => changes.next().and_then(|change| {
                let Inputs::Json(schema) = &self.inputs else { return None };
                let mut value = value.clone();
                let mut number = change.0;
                *place(schema, &mut value, ROOT, &mut number)?.0 = change.1;
                Some(Input::Json(value))
            }),
            (Changes::Bytes(patches), Input::Bytes(bytes)) => patches.next().map(|(part, new)| {
                let mut bytes = bytes.clone();
                bytes.splice(part, new);
                if let Inputs::Bytes { max } = &self.inputs {
                    bytes.truncate(*max);
                }
                Input::Bytes(bytes)
            }),
            _ => None,
        };
        if next.is_none() {
            self.search = None;
        }
        next
    }

    /// Looks at what the next input of the corpus compares.
    fn search(&mut self, input: Input) {
        self.searched += 1;
        let fuel = self.fuel();
        self.attempts += 1;
        let (_, compared) = self.target.compared(&input, fuel);
        for (left, right) in &compared {
            self.words.learn(left);
            self.words.learn(right);
        }
        let changes = match (&input, &self.inputs) {
            (Input::Json(value), Inputs::Json(schema)) => {
                Changes::Json(changes(schema, value, &compared).into_iter())
            }
            (Input::Bytes(bytes), _) => Changes::Bytes(patches(bytes, &compared).into_iter()),
            _ => return,
        };
        self.search = Some(Search { parent: input, changes });
    }

    /// Changes an input of the corpus at random, or makes a new one.
    fn changed(&mut self) -> Input {
        let parent = if self.random.once_in(32) { None } else { self.pick() };
        let other = if self.random.once_in(8) { self.pick() } else { None };
        let entry = |at: usize| self.corpus.get(at).map(|entry| &entry.input);
        let parent = parent.and_then(entry).cloned();
        let times = 1 << self.random.below(4);
        match &self.inputs {
            Inputs::Json(schema) => {
                let (words, random) = (&self.words, &mut self.random);
                let mut maker = Maker { schema, words, random };
                let Some(Input::Json(mut value)) = parent else {
                    return Input::Json(maker.value());
                };
                if let Some(Input::Json(other)) =
                    other.and_then(|at| self.corpus.get(at)).map(|entry| &entry.input)
                {
                    maker.cross(&mut value, other);
                }
                for _ in 0..times {
                    maker.change(&mut value);
                }
                // Values of any kind may grow from change to change.
                Input::Json(if is_small(&value) { value } else { maker.value() })
            }
            Inputs::Bytes { max } => {
                let Some(Input::Bytes(mut bytes)) = parent else {
                    return Input::Bytes(bytes::make(&mut self.random, &self.words, *max));
                };
                for _ in 0..times {
                    bytes::change(&mut bytes, &mut self.random, &self.words, *max);
                }
                Input::Bytes(bytes)
            }
        }
    }

    /// Picks an input of the corpus: often one of the last, rarely one that was picked often or
    /// takes long.
    fn pick(&mut self) -> Option<usize> {
        let length = self.corpus.len();
        if length == 0 {
            return None;
        }
        let last = if self.random.once_in(4) { length.min(8) } else { length };
        let both = [self.random.below(last), self.random.below(last)].map(|back| length - 1 - back);
        let cost = |at: usize| {
            let entry = &self.corpus[at];
            (entry.picked + 1).saturating_mul(entry.fuel + 1_000)
        };
        let at = if cost(both[0]) <= cost(both[1]) { both[0] } else { both[1] };
        self.corpus[at].picked += 1;
        Some(at)
    }

    /// Returns the fuel of the next attempt. One that runs out of it, where nothing of the kind
    /// is known, is made again with all there may be.
    fn fuel(&self) -> u64 {
        let limit = self.target.limits().fuel;
        limit.min(FUEL.max(self.needed.saturating_mul(ROOM)))
    }

    fn attempt(&mut self, input: Input) {
        let fuel = self.fuel();
        self.attempts += 1;
        let mut attempt = self.target.attempt_with(&input, fuel);
        let limit = self.target.limits().fuel;
        if fuel < limit && attempt.report.outcome == Outcome::OutOfFuel {
            let known = attempt.failure.as_ref().and_then(|failure| self.keys.get(&failure.key()));
            match known {
                Some(known) => {
                    self.findings[*known].times += 1;
                    return;
                }
                None => {
                    self.attempts += 1;
                    attempt = self.target.attempt_with(&input, limit);
                }
            }
        }
        if attempt.report.outcome == Outcome::Deadline {
            self.unfinished += 1;
            return;
        }
        if attempt.report.outcome != Outcome::OutOfFuel {
            self.needed = self.needed.max(attempt.report.usage.fuel_used);
        }
        let (seen, words) = (&mut self.seen, &mut self.words);
        let new = self.target.counted(|coverage| {
            let new = seen.add(coverage);
            if new > 0 {
                words.learn_constants(coverage);
            }
            new
        });
        let Attempt { report, failure } = attempt;
        // What takes all there is teaches little, and costs much.
        let keeps = failure.as_ref().is_none_or(|failure| {
            matches!(
                failure.kind,
                FailureKind::Error | FailureKind::Panic | FailureKind::Expectation
            )
        });
        if new > 0
            && keeps
            && self.corpus.len() < MOST_INPUTS
            && self.known.insert(input.to_bytes())
        {
            let fuel = report.usage.fuel_used;
            let input = input.clone();
            self.corpus.push(Entry { input, fuel, picked: 0 });
        }
        if let Some(failure) = failure {
            self.found(input, failure);
        }
    }

    fn found(&mut self, input: Input, failure: Failure) {
        let key = failure.key();
        if let Some(known) = self.keys.get(&key) {
            self.findings[*known].times += 1;
            return;
        }
        if self.findings.len() >= MOST_FINDINGS {
            return;
        }
        let attempt = self.attempts;
        self.attempts += 1;
        let kind = failure.kind;
        let Attempt { report, failure: whole } = self.target.execute(&input);
        if report.outcome == Outcome::Deadline {
            self.unfinished += 1;
            return;
        }
        if whole.as_ref().is_none_or(|whole| whole.kind != kind) {
            self.unstable += 1;
            return;
        }
        let small = self.small(&input, &key);
        self.attempts += 1;
        let again = self.target.execute(&small).failure.filter(|again| again.kind == kind);
        let (input, failure) = match (again, whole) {
            (Some(again), _) => (small, again),
            (None, Some(whole)) => (input, whole),
            (None, None) => (input, failure),
        };
        self.keys.insert(key, self.findings.len());
        self.findings.push(Finding { failure, input, attempt, times: 1 });
    }

    /// Makes the input of a failure small.
    fn small(&mut self, input: &Input, key: &str) -> Input {
        let mut left = SHRINKING;
        let limit = self.target.limits().fuel;
        let mut fuel = SHRINKING_FUEL.max(limit.saturating_mul(SHRINKING_LONG));
        let schema = match &self.inputs {
            Inputs::Json(schema) => Some(schema),
            Inputs::Bytes { .. } => None,
        };
        let (target, attempts) = (&mut self.target, &mut self.attempts);
        shrink(schema, input, &mut |input| {
            if left == 0 || fuel == 0 || target.is_over() {
                return Err(Enough);
            }
            left -= 1;
            *attempts += 1;
            let attempt = target.attempt(input);
            fuel = fuel.saturating_sub(attempt.report.usage.fuel_used);
            Ok(attempt.failure.is_some_and(|failure| failure.key() == key))
        })
    }
}
