//! A script that is tried with inputs.

use super::failure::{Failure, FailureKind};
use super::input::Input;
use crate::session::{Prepared, TimeLimit};
use crate::vm::state::coverage::Operand;
use crate::{Chunk, Coverage, Limits, LuaError, Report, SessionBuilder};
use std::fmt;
use std::sync::Arc;

/// What a run must be like.
type Expectation = Box<dyn FnMut(&Report) -> Result<(), String> + Send>;

/// A script that can be run very often, each time from the same state, and counts what it
/// executes: the part of a fuzzer that any other can be built around.
///
/// The chunk is compiled once. Each attempt calls it and undoes what it did; it goes on as in
/// [`Session::execute`](crate::Session::execute) but for the fuel that compiling takes, and the numbers of objects.
///
/// ```
/// use moonfuel::fuzz::{FailureKind, Input, Target};
/// use moonfuel::{Chunk, Session};
/// use serde_json::json;
///
/// let source = b"seen = (seen or 0) + 1\nif args.n > 9 then error('too large') end\nreturn seen";
/// let mut target = Target::new(Session::builder(), Chunk::new(source).named("=check"))?;
/// let attempt = target.attempt(&Input::Json(json!({"n": 1})));
/// assert_eq!((attempt.report.json()?, attempt.failure), ("[1]", None));
///
/// let failure = target.attempt(&Input::Json(json!({"n": 10}))).failure.unwrap();
/// assert_eq!((failure.kind, failure.place.as_str()), (FailureKind::Error, "check:2"));
/// // Nothing is left of it.
/// assert_eq!(target.attempt(&Input::Json(json!({"n": 2}))).report.json()?, "[1]");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
pub struct Target {
    prepared: Prepared,
    source: Vec<u8>,
    name: Vec<u8>,
    limits: Limits,
    expectation: Option<Expectation>,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("name", &String::from_utf8_lossy(&self.name))
            .finish_non_exhaustive()
    }
}

/// An attempt that is over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// The run's report.
    pub report: Report,
    /// What is wrong with it, if anything.
    pub failure: Option<Failure>,
}

impl Target {
    /// Loads a chunk. Its `args` and `...` are given by inputs; its limits count for each
    /// attempt. Attempts are not recorded.
    ///
    /// # Errors
    /// As [`SessionBuilder::build`]; what is wrong with the chunk.
    pub fn new(builder: SessionBuilder, chunk: Chunk<'_>) -> Result<Target, LuaError> {
        let prepared = Prepared::new(builder, &chunk)?;
        let own = prepared.limits();
        let limits = match &chunk.limits {
            Some(limits) => own.lowered_to(limits),
            None => own.clone(),
        };
        let (source, name) = (chunk.source.to_vec(), chunk.name.to_vec());
        Ok(Target { prepared, source, name, limits, expectation: None })
    }

    /// Sets what must hold of each run that ends well; if it does not, that is a failure too.
    ///
    /// ```
    /// use moonfuel::fuzz::{FailureKind, Input, Target};
    /// use moonfuel::{Chunk, Session};
    ///
    /// let mut target = Target::new(Session::builder(), Chunk::new(b"return args * 2"))?
    ///     .expect(|report| match report.to::<i64>() {
    ///         Ok(number) if number < 0 => Err("it is negative".to_owned()),
    ///         _ => Ok(()),
    ///     });
    /// let failure = target.attempt(&Input::Json((-1).into())).failure.unwrap();
    /// assert_eq!(failure.to_string(), "expectation: it is negative");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    #[must_use]
    pub fn expect(
        mut self,
        holds: impl FnMut(&Report) -> Result<(), String> + Send + 'static,
    ) -> Target {
        self.expectation = Some(Box::new(holds));
        self
    }

    /// Runs the script with an input, and undoes what it did.
    pub fn attempt(&mut self, input: &Input) -> Attempt {
        self.attempt_with(input, self.limits.fuel)
    }

    /// As [`Target::attempt`], with less fuel.
    pub(super) fn attempt_with(&mut self, input: &Input, fuel: u64) -> Attempt {
        self.prepared.counted(|coverage| coverage.clear());
        let limits = Limits { fuel: fuel.min(self.limits.fuel), ..self.limits.clone() };
        let (report, panicked) = input.with(|given| self.prepared.attempt(given, &limits));
        self.judge(report, panicked)
    }

    /// Runs the script with an input as [`Session::execute_chunk`](crate::Session::execute_chunk) does, compiled anew: what
    /// a failure must stand.
    pub fn execute(&mut self, input: &Input) -> Attempt {
        let chunk = Chunk { name: &self.name, ..Chunk::new(&self.source) };
        let chunk = input.give(&chunk).limits(self.limits.clone());
        self.prepared.counted_elsewhere(|coverage| coverage.clear());
        let (report, panicked) = self.prepared.execute(chunk);
        let failure = match Failure::of(&report, panicked, &Default::default()) {
            Some(mut failure) if failure.kind == FailureKind::Fuel => {
                failure.place = self.prepared.counted_elsewhere(Failure::hottest);
                Some(failure)
            }
            found => found,
        };
        self.finish(report, failure)
    }

    fn judge(&mut self, report: Report, panicked: u64) -> Attempt {
        let failure = self.prepared.counted(|coverage| Failure::of(&report, panicked, coverage));
        self.finish(report, failure)
    }

    fn finish(&mut self, report: Report, failure: Option<Failure>) -> Attempt {
        let failure = failure.or_else(|| {
            let expectation = self.expectation.as_mut().filter(|_| report.is_done())?;
            expectation(&report).err().map(Failure::expectation)
        });
        Attempt { report, failure }
    }

    /// Looks at what the last attempt executed: each instruction that was, and each jump that
    /// was taken, by a number that stays the same for the target, with how often. This is what
    /// other fuzzers take for coverage.
    ///
    /// ```
    /// use moonfuel::fuzz::{Input, Target};
    /// use moonfuel::{Chunk, Session};
    ///
    /// let source = b"if ... == 'moon' then return 1 end";
    /// let mut target = Target::new(Session::builder(), Chunk::new(source))?;
    /// let mut edges = |bytes: &[u8]| {
    ///     target.attempt(&Input::Bytes(bytes.to_vec()));
    ///     let mut found = Vec::new();
    ///     target.for_each_edge(|edge, _count| found.push(edge));
    ///     found
    /// };
    /// let (sun, moon) = (edges(b"sun"), edges(b"moon"));
    /// assert!(sun != moon && sun == edges(b"star"));
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn for_each_edge(&mut self, mut look: impl FnMut(usize, u32)) {
        self.prepared.counted(|coverage| {
            coverage.for_each_touched(|function| {
                let first = function.counts.first;
                for (n, count) in function.counts.list.iter().enumerate() {
                    let both = [count.hits.get(), count.jumps.get()];
                    for (kind, times) in both.into_iter().enumerate().filter(|both| both.1 > 0) {
                        look(2 * (first + n) + kind, times);
                    }
                }
            });
        });
    }

    /// Returns the lines and branches that these inputs execute, together.
    pub fn coverage_of<'a>(&mut self, inputs: impl IntoIterator<Item = &'a Input>) -> Coverage {
        self.prepared.counted(|coverage| coverage.clear());
        for input in inputs {
            if self.is_over() {
                break;
            }
            let _ = input.with(|given| self.prepared.attempt(given, &self.limits));
        }
        self.prepared.coverage()
    }

    /// Returns the limits of each attempt.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Runs the script with an input and returns what it compared.
    pub(super) fn compared(
        &mut self,
        input: &Input,
        fuel: u64,
    ) -> (Attempt, Vec<(Operand, Operand)>) {
        self.prepared.counted(|coverage| coverage.compared.begin());
        let attempt = self.attempt_with(input, fuel);
        (attempt, self.prepared.counted(|coverage| coverage.compared.take()))
    }

    /// Sets what says how much time attempts have left.
    pub(crate) fn set_time_limit(&mut self, limit: Option<Arc<dyn TimeLimit>>) {
        self.prepared.set_time_limit(limit);
    }

    /// Tells whether attempts have no time left.
    pub(super) fn is_over(&self) -> bool {
        self.prepared.is_over()
    }

    /// Looks at what was counted in the last attempt.
    pub(super) fn counted<R>(
        &mut self,
        look: impl FnOnce(&crate::vm::state::coverage::Coverage) -> R,
    ) -> R {
        self.prepared.counted(look)
    }
}
