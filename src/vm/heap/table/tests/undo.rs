//! Tables under the journal: what was saved comes back to the bit, costs what was touched,
//! and costs the same whatever is refused on the way.

use super::super::saved::{Saved, release_all};
use super::*;
use crate::vm::heap::store::Heap;

/// A value to the bit: its type, what it holds or where it points, and the text there.
type Raw = (u8, u64, Vec<u8>);

fn raw(value: &Value<'_>) -> Raw {
    let bits = match value {
        Value::Integer(i) => *i as u64,
        Value::Number(n) => n.to_bits(),
        Value::Boolean(b) => u64::from(*b),
        other => other.collectable().map_or(0, |object| Gc::as_ptr(object).addr() as u64),
    };
    let text = match value {
        Value::String(s) => s.as_bytes().to_vec(),
        // An id shows whether the object is still there.
        other => other.object_id().unwrap_or(0).to_le_bytes().to_vec(),
    };
    (value.type_of() as u8, bits, text)
}

/// All there is of a table.
#[derive(Debug, PartialEq)]
struct Image {
    lengths: [u32; 7],
    metatable: Option<u64>,
    marks: (u8, bool, u8, u8),
    items: Vec<Raw>,
    entries: Vec<(Raw, Raw, u32, u32)>,
    heads: Vec<u32>,
    bytes: usize,
}

fn image(table: Table<'_>) -> Image {
    let inner = &*table.0;
    let copy = inner.copy_entries().unwrap();
    let mut whole = inner.copy_entries().unwrap();
    let entry = |entry: &Entry<'_>| (raw(&entry.key), raw(&entry.value), entry.next, entry.hash);
    Image {
        lengths: [
            inner.array_len.get(),
            inner.holes.get(),
            inner.beyond.get(),
            inner.joined.get(),
            inner.array_capacity.get(),
            inner.used.get(),
            inner.mask.get(),
        ],
        metatable: inner.metatable.get().map(Table::id),
        marks: (inner.lacks.get(), inner.integers.get(), inner.marks.get(), inner.collected.get()),
        items: (0..inner.array_len.get()).map(|at| raw(&inner.item(at))).collect(),
        entries: copy.entries().iter().map(entry).collect(),
        heads: whole.heads_mut().to_vec(),
        bytes: table.logical_bytes(),
    }
}

/// Slots of the registry: tables under test and their twins, which no run touches.
const TABLES: std::ops::Range<i64> = 20..24;
const TWINS: i64 = 10;
/// And values for them.
const POOL: std::ops::Range<i64> = 40..60;

fn table_at(ctx: Context<'_>, slot: i64) -> Table<'_> {
    match ctx.state.registry.get_int(slot) {
        Value::Table(table) => table,
        other => panic!("{other:?}"),
    }
}

/// How an operation is carried out: how much fuel there is at a time, and which request for
/// memory is refused once.
#[derive(Clone, Copy, PartialEq)]
struct Refusals {
    slice: Option<u64>,
    memory: u64,
}

const NOTHING: Refusals = Refusals { slice: None, memory: 0 };

/// Does an operation, again and again if it is refused something.
fn perform<'gc, R>(
    ctx: Context<'gc>,
    refusals: Refusals,
    mut operation: impl FnMut(Heap<'gc>) -> Result<R, Interrupt<'gc>>,
) -> Option<R> {
    let (fuel, account) = (&ctx.state.fuel, &ctx.state.account);
    account.requests.set(0);
    account.refuse.set(refusals.memory);
    if refusals.slice.is_some() {
        fuel.take_back();
    }
    for _ in 0..100_000 {
        let result = operation(ctx.heap());
        match result {
            Ok(result) => {
                account.refuse.set(0);
                fuel.done();
                return Some(result);
            }
            Err(Interrupt::Fuel) => fuel.give(refusals.slice.unwrap()),
            Err(Interrupt::Memory(_)) => {
                assert_eq!(account.refuse.replace(0), account.requests.get());
                fuel.keep_credit();
            }
            Err(Interrupt::Error(_)) => {
                account.refuse.set(0);
                fuel.done();
                return None;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("an operation without end");
}

/// What one operation is: all of it is drawn before it begins, so that it can be repeated.
#[derive(Clone, Debug)]
struct Act {
    kind: u64,
    at: i64,
    count: usize,
    key: u64,
    value: u64,
}

fn act(random: &mut Random, spread: u64) -> Act {
    Act {
        kind: random.below(32),
        at: random.below(spread) as i64 - 1,
        count: random.below(12) as usize,
        key: random.below(1 << 40),
        value: random.below(1 << 40),
    }
}

fn value_of<'gc>(ctx: Context<'gc>, n: u64) -> Value<'gc> {
    match n % 8 {
        0..=2 => Value::Nil,
        3 | 4 => Value::Integer(n as i64),
        _ => {
            let slot = POOL.start + (n / 8 % (POOL.end - POOL.start) as u64) as i64;
            ctx.state.registry.get_int(slot)
        }
    }
}

fn key_of<'gc>(ctx: Context<'gc>, n: u64, spread: u64) -> Value<'gc> {
    let part = n / 8;
    match n % 8 {
        0..=2 => Value::Integer((part % spread) as i64 - 2),
        3 => Value::Number((part % spread) as f64 + 0.5),
        4 => text(ctx, format!("k{}", part % spread).as_bytes()),
        5 => Value::Boolean(part.is_multiple_of(2)),
        _ => {
            let slot = POOL.start + (part % (POOL.end - POOL.start) as u64) as i64;
            ctx.state.registry.get_int(slot)
        }
    }
}

/// Carries an operation out: each way there is to change a table is among them. Tells whether
/// it was no error.
fn carry_out<'gc>(
    ctx: Context<'gc>,
    table: Table<'gc>,
    act: &Act,
    spread: u64,
    refusals: Refusals,
) -> bool {
    let key = key_of(ctx, act.key, spread);
    let value = value_of(ctx, act.value);
    let name = ctx.string(format!("k{}", act.key % spread).as_bytes()).unwrap();
    let list: Vec<_> = (0..act.count as u64).map(|at| value_of(ctx, act.value + at * 13)).collect();
    let item = if value.is_nil() { Value::Boolean(true) } else { value };
    let len = table.array_len();
    let within = (act.key % (len as u64 + 1)) as usize;
    let read_only = table.is_read_only();
    perform(ctx, refusals, |heap| {
        match act.kind {
            0..=8 if read_only => table.set_read_only(heap, false)?,
            0..=4 => table.raw_set(heap, key, value)?,
            5 => table.raw_set(heap, key, Value::Nil)?,
            6 | 7 => table.set_int(heap, act.at, value)?,
            8 => table.set_int(heap, len as i64 + 1, item)?,
            9 => table.set_int(heap, len as i64, Value::Nil)?,
            10 => table.set_int(heap, within as i64, value)?,
            11 => table.set_str(heap, name, value)?,
            12 => table.set_list(heap, act.at.max(1), &list)?,
            13 => {
                if !table.append_list(heap, len as i64 + 1, &list) {
                    table.set_list(heap, len as i64 + 1, &list)?;
                }
            }
            14 | 15 => {
                table.array_insert(heap, within + 1, item)?;
            }
            16 | 17 => {
                table.array_remove(heap, within)?;
            }
            18 => {
                let _ = table.set_existing_int(heap, act.at, value);
            }
            19 => {
                let _ = table.replace_int(heap, act.at, value);
            }
            20 => {
                let _ = table.set_existing_str(heap, name, value);
            }
            21 => {
                let _ = table.set_short_quickly(heap, name, &raw const value);
            }
            22 => {
                let _ = table
                    .set_int_quickly(heap, act.at, &raw const value, || act.key.is_multiple_of(2));
            }
            23 => {
                table.save_header(heap)?;
                let own = act.key.is_multiple_of(2).then(|| table_at(ctx, POOL.start));
                table.set_metatable(heap, own);
            }
            24 => table.set_json_mark(heap, (act.key % 3) as u8)?,
            25 => {
                let _ = table.next(Value::Nil);
            }
            26 if act.key.is_multiple_of(4) => table.set_read_only(heap, true)?,
            27 => {
                // A key that comes and goes: tombstones, and entries without a key.
                table.raw_set(heap, key, item)?;
            }
            28 => table.raw_set(heap, Value::Number(act.at as f64 + 0.25), item)?,
            _ => table.raw_set(heap, Value::Integer(act.at + len as i64), item)?,
        }
        Ok(())
    })
    .is_some()
}

fn fill_pool(machine: &mut Machine) {
    enter(machine, |ctx| {
        for slot in POOL {
            let value = match slot % 3 {
                0 => text(ctx, format!("{slot:060}").as_bytes()),
                _ => Table::new(ctx.heap(), 0, 0).unwrap().into(),
            };
            // Long strings are hashed by now: that is no matter of the tables.
            let _ = ctx.state.globals.get(ctx.heap(), value);
            ctx.state.registry.set_int(ctx.heap(), slot, value).unwrap();
        }
    });
}

/// Makes tables of all sizes, each with a twin.
fn make_tables(machine: &mut Machine, random: &mut Random) {
    for slot in TABLES {
        enter(machine, |ctx| {
            let [table, twin] = [0, 0].map(|_| Table::new(ctx.heap(), 0, 0).unwrap());
            ctx.state.registry.set_int(ctx.heap(), slot, table.into()).unwrap();
            ctx.state.registry.set_int(ctx.heap(), slot - TWINS, twin.into()).unwrap();
            let items = [0, 3, 40, 200, 700][random.below(5) as usize];
            let others = [0, 2, 50, 150, 600][random.below(5) as usize];
            let spread = 2 * items + others + 8;
            for i in 1..=items {
                for table in [table, twin] {
                    table.set_int(ctx.heap(), i as i64, Value::Integer(-(i as i64))).unwrap();
                }
            }
            for _ in 0..others {
                let (key, value) = (key_of(ctx, random.below(1 << 40), spread), random.below(99));
                for table in [table, twin] {
                    table.raw_set(ctx.heap(), key, Value::Integer(value as i64)).unwrap();
                }
            }
            // Soon the integer keys are looked through.
            let joined = 1024 - random.below(4) as u32;
            for table in [table, twin] {
                table.0.joined.set(joined);
            }
            for _ in 0..random.below(60) {
                let act = act(random, spread);
                for table in [table, twin] {
                    carry_out(ctx, table, &act, spread, NOTHING);
                }
            }
            ctx.state.fuel.done();
        });
    }
}

fn begin(machine: &mut Machine) {
    enter(machine, |ctx| {
        let journal = &ctx.state.journal;
        journal.epoch.set(journal.epoch.get() + 1);
        journal.open.set(true);
    });
}

/// Ends the run: undoes it, or not. Gives back what the journal held.
fn end(machine: &mut Machine, undo: bool) {
    enter(machine, |ctx| {
        let journal = &ctx.state.journal;
        let mut tables = journal.tables.borrow_mut();
        if undo {
            while let Some(saved) = tables.pop() {
                saved.restore(ctx.mc);
            }
            journal.epoch.set(journal.epoch.get() - 1);
        } else {
            release_all(&mut tables, journal.epoch.get());
        }
        journal.open.set(false);
        ctx.state.account.release(journal.bytes.take());
    });
}

fn images(machine: &mut Machine) -> Vec<Image> {
    enter(machine, |ctx| TABLES.map(|slot| image(table_at(ctx, slot))).collect())
}

/// Does `count` operations on the tables, and checks that memory is accounted for. Returns
/// of each what it was, its fuel, and the bytes of the journal after it.
fn operate(
    machine: &mut Machine,
    random: &mut Random,
    count: u64,
    refusals: Refusals,
) -> Vec<(u64, u64, usize)> {
    let mut used = 0;
    let mut costs = Vec::new();
    let sizes = |ctx: Context<'_>| {
        TABLES.map(|slot| table_at(ctx, slot).logical_bytes()).sum::<usize>()
            + ctx.state.journal.bytes.get()
    };
    let before = enter(machine, sizes);
    for step in 0..count {
        enter(machine, |ctx| {
            let table = table_at(ctx, TABLES.start + random.below(4) as i64);
            let spread = 2 * table.array_len() as u64 + 20;
            let act = act(random, spread);
            // Keys and values are made before: they are not the table's.
            key_of(ctx, act.key, spread);
            ctx.string(format!("k{}", act.key % spread).as_bytes()).unwrap();
            let (bytes, units) = (ctx.state.account.used(), ctx.state.fuel.consumed());
            // An error has a text, which is not the table's.
            if carry_out(ctx, table, &act, spread, refusals) {
                used += ctx.state.account.used() as isize - bytes as isize;
            }
            let fuel = ctx.state.fuel.consumed() - units;
            costs.push((act.kind, fuel, ctx.state.journal.bytes.get()));
            check_inside(table);
        });
        if random.below(40) == 0 && step % 2 == 0 {
            collect(machine);
        }
    }
    let after = enter(machine, sizes);
    assert_eq!(used, after as isize - before as isize);
    costs
}

#[test]
fn what_was_saved_comes_back_to_the_bit() {
    for seed in 1..160 {
        let mut random = Random(seed);
        let mut machine = machine_with_key(seed);
        fill_pool(&mut machine);
        make_tables(&mut machine, &mut random);
        for round in 0..4 {
            let before = images(&mut machine);
            begin(&mut machine);
            let count = [1, 6, 60, 400][random.below(4) as usize];
            operate(&mut machine, &mut random, count, NOTHING);
            if round % 2 == 0 {
                collect(&mut machine);
            }
            end(&mut machine, true);
            assert_eq!(images(&mut machine), before, "{seed} {round}");
            collect(&mut machine);
            assert_eq!(images(&mut machine), before, "{seed} {round}: after a collection");
            // What comes next is the same as in a table that was never in a run, fuel and
            // sizes included.
            for slot in TABLES {
                enter(&mut machine, |ctx| {
                    let pair = [slot, slot - TWINS].map(|slot| table_at(ctx, slot));
                    let spread = 2 * pair[0].array_len() as u64 + 20;
                    for _ in 0..20 {
                        let act = act(&mut random, spread);
                        let [fuel, twins] = pair.map(|table| {
                            let before = ctx.state.fuel.used();
                            carry_out(ctx, table, &act, spread, NOTHING);
                            ctx.state.fuel.used() - before
                        });
                        assert_eq!(fuel, twins, "{seed} {act:?}");
                    }
                    let [mine, its] = pair.map(image);
                    assert_eq!(mine, its, "{seed} {round}");
                });
            }
        }
    }
}

#[test]
fn what_is_kept_stays() {
    for seed in 1..80 {
        let mut random = Random(seed + 1000);
        let mut machine = machine_with_key(seed);
        fill_pool(&mut machine);
        make_tables(&mut machine, &mut random);
        for _ in 0..3 {
            begin(&mut machine);
            operate(&mut machine, &mut random, 100, NOTHING);
            let before = images(&mut machine);
            end(&mut machine, false);
            assert_eq!(images(&mut machine), before, "{seed}");
            collect(&mut machine);
            assert_eq!(images(&mut machine), before, "{seed}");
            operate(&mut machine, &mut random, 20, NOTHING);
        }
    }
}

#[test]
fn what_is_refused_on_the_way_and_the_key_of_hashes_change_no_price() {
    for seed in 1..60 {
        let run = |key, refusals| {
            let mut random = Random(seed + 5000);
            let mut machine = machine_with_key(key);
            fill_pool(&mut machine);
            make_tables(&mut machine, &mut random);
            begin(&mut machine);
            let cost = operate(&mut machine, &mut random, 60, refusals);
            let pairs = enter(&mut machine, |ctx| {
                let keys = |table: Table<'_>| {
                    let mut found = Vec::new();
                    let mut cursor = 0;
                    while let Some((after, key, _)) = table.next_index(cursor) {
                        found.push(model_key(key));
                        cursor = after;
                    }
                    (found, table.logical_bytes())
                };
                TABLES.map(|slot| keys(table_at(ctx, slot))).collect::<Vec<_>>()
            });
            end(&mut machine, true);
            (cost, pairs)
        };
        let plain = run(1, NOTHING);
        assert_eq!(run(u64::MAX / 3, NOTHING), plain, "{seed}: another key");
        for slice in [1, 7] {
            let refusals = Refusals { slice: Some(slice), memory: 0 };
            assert_eq!(run(1, refusals), plain, "{seed}: slices of {slice}");
        }
        for memory in 1..5 {
            let refusals = Refusals { slice: None, memory };
            assert_eq!(run(1, refusals), plain, "{seed}: request {memory} refused");
        }
    }
}

#[test]
fn a_touch_of_a_large_table_costs_what_is_touched() {
    let mut machine = machine();
    fill_registry(&mut machine);
    const N: i64 = 1_000_000;
    enter(&mut machine, |ctx| {
        let table = subject(ctx);
        for i in 1..=N / 2 {
            table.set_int(ctx.heap(), i, Value::Integer(i)).unwrap();
            table.raw_set(ctx.heap(), Value::Number(i as f64 + 0.5), Value::Integer(i)).unwrap();
            ctx.state.fuel.done();
        }
    });
    let touches: [fn(Context<'_>); 5] = [
        |ctx| subject(ctx).set_int(ctx.heap(), 77_777, Value::Integer(1)).unwrap(),
        |ctx| subject(ctx).raw_set(ctx.heap(), Value::Number(77.5), Value::Nil).unwrap(),
        |ctx| subject(ctx).raw_set(ctx.heap(), Value::Number(0.5), Value::Nil).unwrap(),
        |ctx| {
            // Two keys, so that neither can come back in its old place.
            for (key, value) in [(77.5, None), (78.5, None), (77.5, Some(1))] {
                let value = value.map_or(Value::Nil, Value::Integer);
                subject(ctx).raw_set(ctx.heap(), Value::Number(key), value).unwrap();
            }
        },
        |ctx| {
            subject(ctx).set_int(ctx.heap(), N / 2, Value::Nil).unwrap();
            subject(ctx).set_json_mark(ctx.heap(), 1).unwrap();
        },
    ];
    for (number, touch) in touches.into_iter().enumerate() {
        let before = enter(&mut machine, |ctx| {
            let table = subject(ctx);
            (table.array_len(), table.count(), table.json_mark(), table.logical_bytes())
        });
        begin(&mut machine);
        enter(&mut machine, |ctx| {
            let (fuel, used) = (ctx.state.fuel.used(), ctx.state.account.used());
            touch(ctx);
            let bytes = ctx.state.journal.bytes.get();
            assert_eq!(ctx.state.account.used() - used, bytes, "{number}");
            assert!(bytes < 4096, "{number}: {bytes} bytes");
            assert!(ctx.state.fuel.used() - fuel < 100, "{number}");
            let real: usize = ctx.state.journal.tables.borrow().iter().map(Saved::real_bytes).sum();
            assert!(real <= bytes, "{number}: {real} of {bytes} bytes");
        });
        end(&mut machine, true);
        enter(&mut machine, |ctx| {
            let table = subject(ctx);
            let after =
                (table.array_len(), table.count(), table.json_mark(), table.logical_bytes());
            assert_eq!(after, before, "{number}");
            assert_eq!(number_at(table, 77_777), Some(77_777));
        });
    }
}

fn number_at(table: Table<'_>, key: i64) -> Option<i64> {
    number(table.get_int(key))
}

#[test]
fn what_the_journal_charges_is_what_it_takes() {
    let mut machine = machine();
    fill_pool(&mut machine);
    let mut random = Random(99);
    for _ in 0..40 {
        make_tables(&mut machine, &mut random);
        begin(&mut machine);
        let count = random.below(200);
        operate(&mut machine, &mut random, count, NOTHING);
        enter(&mut machine, |ctx| {
            let tables = ctx.state.journal.tables.borrow();
            let real = tables.iter().map(Saved::real_bytes).sum::<usize>()
                + tables.capacity() * size_of::<Saved<'_>>();
            let charged = ctx.state.journal.bytes.get();
            assert!(real <= charged, "{real} of {charged}");
        });
        end(&mut machine, random.below(2) == 0);
    }
}

#[test]
fn nothing_changes_when_saving_is_refused() {
    let mut machine = machine();
    fill_pool(&mut machine);
    for seed in 1..60 {
        let mut random = Random(seed);
        make_tables(&mut machine, &mut random);
        begin(&mut machine);
        enter(&mut machine, |ctx| {
            let state = ctx.state;
            for slot in TABLES {
                let table = table_at(ctx, slot);
                if table.is_read_only() {
                    continue;
                }
                let before = image(table);
                let act = Act { kind: random.below(17), ..act(&mut random, 50) };
                let act = Act { value: act.value * 8 + 3, ..act };
                let heap = ctx.heap();
                state.account.set_limit(state.account.used());
                let name = Value::Integer(1 + act.at.abs());
                let refused = match act.kind % 4 {
                    0 => table.raw_set(heap, name, Value::Integer(1)),
                    1 => table.set_json_mark(heap, 1 + table.json_mark() % 2),
                    2 => table.set_list(heap, 1, &[Value::Integer(1); 3]),
                    _ => table.array_insert(heap, 1, Value::Integer(1)).map(|_| ()),
                };
                state.account.set_limit(1 << 40);
                if act.kind % 4 == 3 && refused.is_ok() {
                    // There are holes: nothing was to be done.
                } else {
                    assert!(matches!(refused, Err(Interrupt::Memory(_))), "{seed}");
                }
                state.fuel.done();
                assert_eq!(image(table), before, "{seed}");
                assert_eq!(state.journal.bytes.get(), 0);
            }
        });
        end(&mut machine, true);
    }
}

#[test]
fn read_only_tables_stay_so() {
    let mut machine = machine();
    fill_registry(&mut machine);
    let refused = |ctx: Context<'_>| {
        let table = subject(ctx);
        for result in [
            table.set_int(ctx.heap(), 1, Value::Integer(1)),
            table.set_int(ctx.heap(), 900, Value::Integer(1)),
            table.raw_set(ctx.heap(), Value::Boolean(true), Value::Nil),
            table.raw_set(ctx.heap(), Value::Boolean(false), Value::Nil),
            table.set_list(ctx.heap(), 1, &[Value::Integer(1); 9]),
        ] {
            assert!(matches!(result, Err(Interrupt::Error(_))), "{result:?}");
        }
        assert!(!table.set_existing_int(ctx.heap(), 1, Value::Integer(1)));
        assert!(!table.append_list(ctx.heap(), 2, &[Value::Integer(1)]));
        assert!(!table.array_insert(ctx.heap(), 1, Value::Integer(1)).unwrap());
        assert!(table.array_remove(ctx.heap(), 1).unwrap().is_none());
    };
    for large in [false, true] {
        enter(&mut machine, |ctx| {
            let table = subject(ctx);
            table.set_int(ctx.heap(), 1, Value::Integer(7)).unwrap();
            table.raw_set(ctx.heap(), Value::Boolean(true), Value::Integer(7)).unwrap();
            for i in 0..if large { 1000 } else { 0 } {
                table.raw_set(ctx.heap(), Value::Integer(-i), Value::Integer(7)).unwrap();
            }
            table.set_read_only(ctx.heap(), true).unwrap();
            refused(ctx);
        });
        let before = enter(&mut machine, |ctx| image(subject(ctx)));
        begin(&mut machine);
        enter(&mut machine, |ctx| {
            refused(ctx);
            let table = subject(ctx);
            // What is no key is changed by the machine all the same.
            table.save_header(ctx.heap()).unwrap();
            table.set_metatable(ctx.heap(), Some(table));
            refused(ctx);
            table.set_read_only(ctx.heap(), false).unwrap();
            table.set_int(ctx.heap(), 1, Value::Integer(8)).unwrap();
            table.raw_set(ctx.heap(), Value::Boolean(false), Value::Integer(8)).unwrap();
            table.set_read_only(ctx.heap(), true).unwrap();
            refused(ctx);
        });
        end(&mut machine, true);
        enter(&mut machine, |ctx| {
            assert_eq!(image(subject(ctx)), before);
            refused(ctx);
            subject(ctx).set_read_only(ctx.heap(), false).unwrap();
            subject(ctx).set_int(ctx.heap(), 1, Value::Integer(8)).unwrap();
        });
    }
}

#[test]
fn a_table_of_the_run_is_never_saved() {
    let mut machine = machine();
    begin(&mut machine);
    enter(&mut machine, |ctx| {
        let table = Table::new(ctx.heap(), 0, 0).unwrap();
        for i in 1..2000 {
            table.set_int(ctx.heap(), i, Value::Integer(i)).unwrap();
            table.raw_set(ctx.heap(), Value::Integer(-i), Value::Integer(i)).unwrap();
        }
        assert!(ctx.state.journal.tables.borrow().is_empty());
        assert_eq!(ctx.state.journal.bytes.get(), 0);
    });
    end(&mut machine, true);
}

#[test]
fn values_only_the_journal_knows_live() {
    // Small, and large in both parts.
    for size in [3, 1000] {
        let mut machine = machine();
        fill_registry(&mut machine);
        let fill = move |ctx: Context<'_>| {
            let table = subject(ctx);
            for i in 1..=size {
                let value = Table::new(ctx.heap(), 0, 0).unwrap();
                table.set_int(ctx.heap(), i, value.into()).unwrap();
                let key = Table::new(ctx.heap(), 0, 0).unwrap();
                table.raw_set(ctx.heap(), key.into(), text(ctx, b"a text of the table")).unwrap();
            }
        };
        enter(&mut machine, fill);
        collect(&mut machine);
        let before = enter(&mut machine, |ctx| image(subject(ctx)));
        begin(&mut machine);
        enter(&mut machine, |ctx| {
            let table = subject(ctx);
            while let Some((key, _)) = table.next(Value::Nil).unwrap() {
                table.raw_set(ctx.heap(), key, Value::Nil).unwrap();
            }
        });
        collect(&mut machine);
        enter(&mut machine, fill);
        collect(&mut machine);
        end(&mut machine, true);
        assert_eq!(enter(&mut machine, |ctx| image(subject(ctx))), before);
        collect(&mut machine);
        assert_eq!(enter(&mut machine, |ctx| image(subject(ctx))), before);
    }
}
