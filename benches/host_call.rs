//! What it costs to call a function of the host, beside an empty loop: in place, and by the
//! way out of the machine.
//!
//! `benches/peers` measures the same beside mlua.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark may stop; criterion writes its functions"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use moonfuel::{Chunk, Limits, Serde, Session};

/// Calls in one run.
const CALLS: u64 = 10_000;

const BODIES: [(&str, &str); 7] = [
    ("empty_loop", ""),
    ("library", "abs(i)"),
    ("integer", "inc(i)"),
    ("string", "len('abcdefgh')"),
    ("list", "total({1, 2, 3})"),
    ("serde", "serde({x = i, y = 2})"),
    ("with_context", "waits(i)"),
];

fn session() -> Session {
    let limits = Limits { fuel: u64::MAX / 4, host_calls: u64::MAX, ..Limits::default() };
    Session::builder()
        .limits(limits)
        .function("inc", |n: i64| Ok(n + 1))
        .function("len", |text: String| Ok(text.len()))
        .function("total", |list: Vec<i64>| Ok(list.iter().sum::<i64>()))
        .function("serde", |Serde(point): Serde<std::collections::BTreeMap<String, i64>>| {
            Ok(point.len())
        })
        .function_with("waits", |_, n: i64| Ok(n + 1))
        .build()
        .unwrap()
}

fn host_calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("host_call");
    group.throughput(Throughput::Elements(CALLS));
    for (name, body) in BODIES {
        let source = format!(
            "local abs, inc, len, total, serde, waits = math.abs, inc, len, total, serde, waits \
             for i = 1, {CALLS} do {body} end"
        );
        group.bench_function(name, |bencher| {
            let mut session = session();
            bencher.iter(|| {
                assert!(session.run_chunk(Chunk::new(source.as_bytes())).is_done());
            });
        });
    }
    group.finish();
}

criterion_group!(benches, host_calls);
criterion_main!(benches);
