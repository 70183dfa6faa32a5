//! Times of the programs in `benches/lua`, from source to result in a session of their own.
//!
//! A new benchmark is a new file there. `cargo bench -- sort` runs one.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark may stop; criterion writes its functions"
)]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use moonfuel::{Chunk, Limits, Session};
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

fn session() -> Session {
    let limits = Limits { memory: 1 << 30, fuel: u64::MAX / 4, ..Limits::default() };
    Session::builder().limits(limits).build().unwrap()
}

fn run(session: &mut Session, source: &[u8]) {
    let report = session.run_chunk(Chunk::new(source).named("=bench"));
    assert!(report.is_done(), "{:?}", report.outcome);
    let _ = black_box(report);
}

fn programs(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/lua");
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut group = criterion.benchmark_group("execute");
    group.sample_size(10).warm_up_time(Duration::from_millis(500));
    for path in paths {
        let source = fs::read(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(
                session,
                |session| run(session, &source),
                BatchSize::PerIteration,
            );
        });
    }
}

criterion_group!(benches, programs);
criterion_main!(benches);
