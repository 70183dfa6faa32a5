//! Sources that are looked at without running them.

use super::sessions::{limits, session};
use moonfuel::{Chunk, ErrorKind, Outcome, Profile};

/// Looks at the bytes as a chunk, twice with the same result; a run says the same of them.
pub fn parse(source: &[u8]) {
    let mut session = session(Profile::Strict, limits());
    let first = session.check(source, "=fuzz");
    assert_eq!(first, session.check(source, "=fuzz"));
    let report = session.run_chunk(Chunk::new(source).named("=fuzz"));
    match (&first.error, &report.outcome) {
        (_, Outcome::OutOfFuel | Outcome::OutOfMemory) => {}
        (Some(error), Outcome::Failed(met)) => assert_eq!(error, met),
        (Some(error), other) => panic!("{error:?} and then {other:?}"),
        (None, Outcome::Failed(met)) => assert_ne!(met.kind, ErrorKind::Syntax),
        (None, _) => {}
    }
}
