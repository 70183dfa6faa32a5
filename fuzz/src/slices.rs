//! Slices of every size, with a host that is called in every way.

use super::host::{builder, chunk, finish, limits};
use super::sessions::within;
use moonfuel::{Report, Session};

/// Sizes of slices.
const SIZES: [u64; 4] = [1, 7, 1_000, u64::MAX];

/// Runs the bytes as a chunk in slices of one unit, of seven, of a thousand and whole: results,
/// output, errors, fuel and peak are the same. Where nothing waits for the host, `run` agrees.
pub fn slices(source: &[u8]) {
    let runs = SIZES.map(|size| {
        let run = builder(size).build().unwrap().start(chunk(source));
        let (session, report, waited) = finish(run, || size);
        (report, left(session), waited)
    });
    let [(first, behind, waited), rest @ ..] = &runs;
    for ((report, left, _), size) in rest.iter().zip(&SIZES[1..]) {
        assert_eq!(first, report, "slices of 1 and of {size}");
        assert_eq!(behind, left, "behind slices of 1 and of {size}");
    }
    within(first, &limits());
    if !waited {
        let mut session = builder(99).build().unwrap();
        let report = session.run_chunk(chunk(source));
        assert_eq!(*first, report, "slices of 1 and `run`");
        assert_eq!(*behind, left(session), "behind slices of 1 and `run`");
    }
}

/// What a run leaves behind.
fn left(mut session: Session) -> Report {
    session.run("for k, v in next, _G do print(k, v) end return collectgarbage('count')")
}
