//! Sessions that inputs are tried in, and runs that are compared.

use super::input::Random;
use moonfuel::{Chunk, HostValue, Limits, Outcome, Profile, Report, Session, Variadic};
use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::thread::LocalKey;

pub(crate) fn limits() -> Limits {
    Limits {
        fuel: 100_000,
        memory: 2 << 20,
        output: 4 << 10,
        source: 64 << 10,
        ..Limits::default()
    }
}

pub(crate) fn session(profile: Profile, limits: Limits) -> Session {
    Session::builder().profile(profile).limits(limits).build().unwrap()
}

/// Bytes as they stand between quotes in a source.
pub(crate) fn literal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:03}")).collect()
}

/// Runs a source whole and in slices that come from `input`, and compares.
pub(crate) fn same_in_slices(
    source: &[u8],
    input: &[u8],
    make: &dyn Fn() -> Session,
    limits: &Limits,
) -> Report {
    let whole = in_slices(make(), source, limits, || u64::MAX);
    let mut random = Random::of(input);
    let longest = [3, 50, 700, 9000][random.below(4) as usize];
    let cut = in_slices(make(), source, limits, || 1 + random.below(longest));
    assert_eq!(whole, cut, "slices of at most {longest} units change the run");
    whole
}

pub(crate) fn in_slices(
    session: Session,
    source: &[u8],
    limits: &Limits,
    mut slice: impl FnMut() -> u64,
) -> Report {
    let mut run = session.start(Chunk::new(source).named("=fuzz"));
    while !run.step(slice()).is_ended() {}
    let (_, report) = run.finish();
    within(&report, limits);
    report
}

/// Holds what a run used against its limits.
pub(crate) fn within(report: &Report, limits: &Limits) {
    assert!(report.usage.fuel_used <= limits.fuel, "{:?}", report.usage);
    assert!(report.usage.memory_peak <= limits.memory + (64 << 10), "{:?}", report.usage);
    assert!(report.output.len() as u64 <= limits.output, "{:?}", report.usage);
}

/// A session whose functions are called with any values, and answer with any.
pub(crate) struct Caller {
    session: Session,
    answers: Arc<Mutex<Vec<HostValue>>>,
}

/// What every caller knows: a call whose results, or error, go to the host as they are.
const CALL: &str = "
function try(path, ...)
  local f = _ENV
  for name in path:gmatch('[^.]+') do f = f[name] end
  answer(pcall(f, ...))
end";

impl Caller {
    /// Makes one with functions of a source's.
    pub(crate) fn new(source: &str) -> Caller {
        let answers = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&answers);
        let mut session = Session::builder()
            .limits(Limits { fuel: 2_000_000, memory: 8 << 20, ..Limits::default() })
            .function("answer", move |Variadic(values): Variadic<HostValue>| {
                *kept.lock().unwrap() = values;
                Ok(())
            })
            .build()
            .unwrap();
        for source in [CALL, source] {
            let report = session.run(source);
            assert!(report.is_done(), "{:?}", report.outcome);
        }
        Caller { session, answers }
    }

    /// Calls a function by its path: its values, or its error. Nothing if it takes more
    /// fuel or memory than there is.
    pub(crate) fn call(
        &mut self,
        path: &str,
        args: Vec<HostValue>,
    ) -> Option<Result<Vec<HostValue>, String>> {
        let mut all = vec![HostValue::from(path)];
        all.extend(args);
        let report = self.session.call("try", Variadic(all));
        match report.outcome {
            Outcome::Done(_) => {}
            Outcome::OutOfFuel | Outcome::OutOfMemory => return None,
            other => panic!("{path}: {other:?}"),
        }
        let mut answers = std::mem::take(&mut *self.answers.lock().unwrap()).into_iter();
        match answers.next() {
            Some(HostValue::Boolean(true)) => Some(Ok(answers.collect())),
            Some(HostValue::Boolean(false)) => match answers.next() {
                Some(HostValue::String(text)) => Some(Err(String::from_utf8_lossy(&text).into())),
                other => panic!("{path}: an error that is {other:?}"),
            },
            other => panic!("{path}: {other:?}"),
        }
    }
}

/// A caller that a thread makes once for all its inputs.
pub(crate) type Kept = RefCell<Option<Caller>>;

pub(crate) fn with_caller<R>(
    kept: &'static LocalKey<Kept>,
    source: &str,
    check: impl FnOnce(&mut Caller) -> R,
) -> R {
    kept.with_borrow_mut(|caller| check(caller.get_or_insert_with(|| Caller::new(source))))
}
