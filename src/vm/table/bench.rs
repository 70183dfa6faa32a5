//! Times of the hot paths, to be read by eye:
//! `cargo test --release --lib table::bench -- --ignored --nocapture`.

use super::tests::{collect, enter, machine};
use super::*;
use std::hint::black_box;
use std::time::Instant;

fn measure(name: &str, operations: u64, mut run: impl FnMut()) {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name:<34}{:>8.2} ns", best * 1e9 / operations as f64);
}

fn strings<'gc>(ctx: Context<'gc>, n: usize, prefix: &str) -> Vec<Str<'gc>> {
    (0..n).map(|i| ctx.string(format!("{prefix}{i}").as_bytes()).unwrap()).collect()
}

#[test]
#[ignore = "a benchmark"]
fn fields() {
    const N: u64 = 10_000_000;
    enter(&mut machine(), |ctx| {
        let names = strings(ctx, 3, "field");
        let object = Table::new(ctx, 0, 3).unwrap();
        for name in &names {
            object.set_str(ctx, *name, Value::Integer(1)).unwrap();
        }
        let caches = [const { Cell::new(0) }; 3];
        measure("3 fields: get_str", 3 * N, || {
            for _ in 0..N {
                for name in &names {
                    black_box(black_box(object).get_str(*name));
                }
            }
        });
        measure("3 fields: get_str_cached", 3 * N, || {
            for _ in 0..N {
                for (name, cache) in names.iter().zip(&caches) {
                    black_box(black_box(object).get_str_cached(*name, cache));
                }
            }
        });
        measure("3 fields: set_existing_str", 3 * N, || {
            for i in 0..N {
                for name in &names {
                    let value = Value::Integer(i as i64);
                    black_box(black_box(object).set_existing_str(ctx.mc, *name, value));
                }
            }
        });
        measure("3 fields: set_existing_str_cached", 3 * N, || {
            for i in 0..N {
                for (name, cache) in names.iter().zip(&caches) {
                    let value = Value::Integer(i as i64);
                    black_box(object.set_existing_str_cached(ctx.mc, *name, value, cache));
                }
            }
        });
    });
    const OBJECTS: u64 = 200_000;
    measure("new object of 3 fields", OBJECTS, || {
        enter(&mut machine(), |ctx| {
            let names = strings(ctx, 3, "field");
            for i in 0..OBJECTS {
                let object = Table::new(ctx, 0, 3).unwrap();
                for name in &names {
                    object.set_str(ctx, *name, Value::Integer(i as i64)).unwrap();
                }
                black_box(object);
            }
        });
    });
    measure("new array of 2", OBJECTS, || {
        enter(&mut machine(), |ctx| {
            for i in 0..OBJECTS {
                let pair = Table::new(ctx, 2, 0).unwrap();
                pair.set_list(ctx, 1, &[Value::Integer(i as i64); 2]).unwrap();
                black_box(pair);
            }
        });
    });
}

#[test]
#[ignore = "a benchmark"]
fn arrays() {
    const N: i64 = 1_000_000;
    enter(&mut machine(), |ctx| {
        measure("array append", N as u64, || {
            let table = Table::new(ctx, 0, 0).unwrap();
            for i in 1..=N {
                if !table.set_existing_int(ctx.mc, i, Value::Integer(i)) {
                    table.set_int(ctx, i, Value::Integer(i)).unwrap();
                }
            }
            black_box(table);
        });
        let table = Table::new(ctx, 1000, 0).unwrap();
        for i in 1..=1000 {
            table.set_int(ctx, i, Value::Integer(i)).unwrap();
        }
        measure("array get", 1000 * 1000, || {
            for _ in 0..1000 {
                for i in 1..=1000 {
                    black_box(black_box(table).get_int(i));
                }
            }
        });
        measure("array set", 1000 * 1000, || {
            for _ in 0..1000 {
                for i in 1..=1000 {
                    black_box(black_box(table).set_existing_int(ctx.mc, i, Value::Integer(i)));
                }
            }
        });
    });
}

#[test]
#[ignore = "a benchmark"]
fn hashes() {
    const N: i64 = 1_000_000;
    enter(&mut machine(), |ctx| {
        measure("sparse integers: insert", N as u64, || {
            let table = Table::new(ctx, 0, 0).unwrap();
            for i in 1..=N {
                table.set_int(ctx, i * 7, Value::Integer(i)).unwrap();
            }
            black_box(table);
        });
        for live in [3, 100, 100_000] {
            let table = Table::new(ctx, 0, 0).unwrap();
            for i in 0..live {
                table.set_int(ctx, -i, Value::Integer(i)).unwrap();
            }
            measure(&format!("churn beside {live}: add and remove"), N as u64, || {
                for i in 0..N {
                    table.set_int(ctx, -live - i, Value::Integer(i)).unwrap();
                    table.set_int(ctx, -live - i, Value::Nil).unwrap();
                }
            });
        }
        let words = strings(ctx, 5000, "word");
        measure("count words, 5000 distinct", N as u64, || {
            let table = Table::new(ctx, 0, 0).unwrap();
            let mut at = 1;
            for _ in 0..N {
                at = (at * 48_271) % 0x7FFF_FFFF_usize;
                let word = words[at % words.len()];
                let value = match table.get_str(word) {
                    Value::Integer(n) => Value::Integer(n + 1),
                    _ => Value::Integer(1),
                };
                if !table.set_existing_str(ctx.mc, word, value) {
                    table.set_str(ctx, word, value).unwrap();
                }
            }
            black_box(table);
        });
        let table = Table::new(ctx, 0, 0).unwrap();
        for i in 0..N {
            table.set_int(ctx, -i, Value::Integer(i)).unwrap();
        }
        measure("traverse 1,000,000: next", N as u64, || {
            let mut key = Value::Nil;
            while let Some(Some((next, value))) = table.next(key) {
                black_box(value);
                key = next;
            }
        });
    });
}

#[test]
#[ignore = "a benchmark"]
fn garbage() {
    const CYCLES: u64 = 5000;
    const EACH: u64 = 220;
    let mut machine = machine();
    // Fewer live objects than dead ones, as in a program that makes temporary objects.
    measure("object of 3 fields, collected", CYCLES * EACH, || {
        for _ in 0..CYCLES {
            enter(&mut machine, |ctx| {
                let names = strings(ctx, 3, "field");
                for i in 0..EACH {
                    let object = Table::new(ctx, 0, 3).unwrap();
                    for name in &names {
                        object.set_str(ctx, *name, Value::Integer(i as i64)).unwrap();
                    }
                    black_box(object);
                }
            });
            collect(&mut machine);
        }
    });
}
