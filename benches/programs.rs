//! Times of the programs in `benches/lua`, and of what an embedder does often.
//!
//! A new benchmark is a new file there. `cargo bench -- sort` runs one.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark may stop; criterion writes its functions"
)]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use moonfuel::{Chunk, HostValue, Limits, Session, Variadic};
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

fn session() -> Session {
    let limits = Limits { memory: 1 << 30, fuel: u64::MAX / 4, ..Limits::default() };
    let echo = |args: Variadic<HostValue>| Ok(args);
    Session::builder().limits(limits).function("host.echo", echo).build().unwrap()
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
    let mut group = criterion.benchmark_group("programs");
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

fn embedding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("embedding");
    group.sample_size(30).warm_up_time(Duration::from_millis(500));
    group.bench_function("fresh_session", |bencher| {
        bencher.iter(|| run(&mut session(), b"return 1"));
    });
    group.bench_function("chunk_in_an_open_session", |bencher| {
        let mut session = session();
        bencher.iter(|| run(&mut session, b"return 1"));
    });
    group.bench_function("1000_host_calls", |bencher| {
        let mut session = session();
        let source = b"local echo = host.echo for i = 1, 1000 do echo(i, 'x') end";
        bencher.iter(|| run(&mut session, source));
    });
    group.bench_function("json_round_trip", |bencher| {
        let mut session = session();
        let items: Vec<String> = (0..200)
            .map(|i| format!(r#"{{"id":{i},"name":"item {i}","tags":["a","b"]}}"#))
            .collect();
        let source = format!("return json.encode(json.decode([=[[{}]]=]))", items.join(","));
        bencher.iter(|| run(&mut session, source.as_bytes()));
    });
}

criterion_group!(benches, programs, embedding);
criterion_main!(benches);
