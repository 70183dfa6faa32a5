//! What an embedder does often, beside running programs: compiling, making sessions, crossing
//! in JSON, undoing a run that failed, saving and restoring a session.
//!
//! `cargo bench --bench embedding -- rollback` runs one group.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark may stop; criterion writes its functions"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use moonfuel::{Chunk, Limits, Session};
use std::hint::black_box;
use std::time::Duration;

fn session() -> Session {
    let limits = Limits { memory: 1 << 30, fuel: u64::MAX / 4, ..Limits::default() };
    Session::builder().limits(limits).build().unwrap()
}

fn run(session: &mut Session, source: &str) {
    let report = session.run_chunk(Chunk::new(source.as_bytes()).named("=bench"));
    assert!(report.is_done(), "{:?}", report.outcome);
    let _ = black_box(report);
}

/// A program of about so many functions.
fn source(functions: usize) -> String {
    let mut source = String::from("do\n");
    for n in 0..functions {
        source += &format!(
            "local function f{0}(a, b, c)\n\
             \x20 local t = {{x = a, y = b, [c] = 'text {n}', 1, 2, 3.5}}\n\
             \x20 for i = 1, #t do if t[i] == nil then break else t[i] = t[i] * 2 + a - b // 3 end end\n\
             \x20 -- a comment that says what comes next\n\
             \x20 return function(...) local n = select('#', ...) t.name = 'f' .. n return t, n, ... end\n\
             end\n",
            n % 100
        );
        if n % 100 == 99 {
            source += "end do\n";
        }
    }
    source + "end"
}

fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    for functions in [10, 1000] {
        let source = source(functions);
        group.throughput(Throughput::Bytes(source.len() as u64));
        // The session's own `load`: what a module or a chunk takes, checks of the code included.
        let text = format!("local source = [==[{source}]==] assert(load(source))");
        let mut session = session();
        group.bench_function(format!("{functions}_functions"), |bencher| {
            bencher.iter(|| run(&mut session, &text));
        });
    }
    group.finish();
}

fn sessions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("session");
    group.warm_up_time(Duration::from_millis(500));
    group.bench_function("create_and_drop", |bencher| {
        bencher.iter(|| black_box(session()));
    });
    group.bench_function("create_run_drop", |bencher| {
        bencher.iter(|| run(&mut session(), "return 1"));
    });
    group.bench_function("run", |bencher| {
        let mut session = session();
        bencher.iter(|| run(&mut session, "return 1"));
    });
    group.bench_function("execute", |bencher| {
        let mut session = session();
        bencher.iter(|| black_box(session.execute("return 1", None)));
    });
    group.finish();
}

fn json(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("json");
    let items: Vec<String> =
        (0..200).map(|i| format!(r#"{{"id":{i},"name":"item {i}","tags":["a","b"]}}"#)).collect();
    let text = format!("[{}]", items.join(","));
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("decode_and_encode", |bencher| {
        let mut session = session();
        let source = format!("return json.encode(json.decode([=[{text}]=]))");
        bencher.iter(|| run(&mut session, &source));
    });
    group.bench_function("result", |bencher| {
        let mut session = session();
        run(&mut session, &format!("data = json.decode([=[{text}]=])"));
        bencher.iter(|| black_box(session.run("return data").json().unwrap().len()));
    });
    group.finish();
}

fn rollback(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rollback");
    for objects in [1_000, 100_000] {
        let mut session = session();
        run(&mut session, &format!("list = {{}} for i = 1, {objects} do list[i] = {{n = i}} end"));
        // It touches a hundred objects, however many there are.
        let source = "for i = 1, 100 do list[i].n = 0 end error('no')";
        group.bench_function(format!("100_of_{objects}"), |bencher| {
            bencher.iter(|| {
                let report = session.run(source);
                assert!(!report.is_done());
                black_box(report)
            });
        });
    }
    group.finish();
}

fn snapshot(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("snapshot");
    for objects in [0, 10_000] {
        let mut session = session();
        run(
            &mut session,
            &format!(
                "list = {{}} for i = 1, {objects} do list[i] = {{n = i, name = 'n' .. i}} end"
            ),
        );
        let bytes = session.snapshot().unwrap();
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("save_{objects}"), |bencher| {
            bencher.iter(|| black_box(session.snapshot().unwrap()));
        });
        group.bench_function(format!("restore_{objects}"), |bencher| {
            bencher.iter(|| black_box(Session::builder().restore(&bytes).unwrap()));
        });
    }
    group.finish();
}

criterion_group!(benches, compile, sessions, json, rollback, snapshot);
criterion_main!(benches);
