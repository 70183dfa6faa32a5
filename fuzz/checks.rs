//! What must hold for any bytes: the checks of the fuzz targets and their smoke test.

use moonfuel::{Chunk, Limits, Report, Session};

fn limits() -> Limits {
    Limits {
        fuel: 100_000,
        memory: 2 << 20,
        output: 4 << 10,
        source: 64 << 10,
        ..Limits::default()
    }
}

fn session() -> Session {
    Session::builder().limits(limits()).build().unwrap()
}

/// Looks at the bytes as a chunk: twice with the same result.
#[allow(dead_code, reason = "each fuzz target includes this file for one of its checks")]
pub(crate) fn parse(source: &[u8]) {
    let mut session = session();
    let first = session.check(source, "=fuzz");
    assert_eq!(first, session.check(source, "=fuzz"));
}

/// Runs the bytes as a chunk: in one piece and in slices, to the same end, with the
/// same fuel, output and peak of memory.
#[allow(dead_code, reason = "each fuzz target includes this file for one of its checks")]
pub(crate) fn run(source: &[u8]) {
    let whole = in_slices(source, || u64::MAX);
    let mut state = source.iter().fold(0x9E37_79B9_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    });
    let longest = [3, 50, 700, 9000][(state >> 32) as usize % 4];
    let cut = in_slices(source, || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        1 + state % longest
    });
    assert_eq!(whole, cut, "slices of at most {longest} units change the run");
}

fn in_slices(source: &[u8], mut slice: impl FnMut() -> u64) -> Report {
    let mut run = session().start(Chunk::new(source).named("=fuzz"));
    while !run.step(slice()) {}
    let (_, report) = run.finish();
    let limits = limits();
    assert!(report.usage.fuel_used <= limits.fuel, "{:?}", report.usage);
    assert!(report.usage.memory_peak <= limits.memory + (64 << 10), "{:?}", report.usage);
    assert!(report.output.len() as u64 <= limits.output, "{:?}", report.usage);
    report
}
