//! Tests of tables: against the model, and of what they charge and give back.

use super::model::{Key, Model};
use super::*;
use crate::gc::{Age, Allowance, Arena, rootable, take_freed};
use crate::vm::heap::interner::Purge;
use crate::vm::machine::new_state;
use crate::vm::meters::account::MIN_CYCLE;
use crate::vm::meters::fuel::items_price;
use crate::vm::state::context::Context;
use crate::vm::state::context::State;

mod integers;
mod undo;

/// A machine without code.
pub(super) type Machine = Arena<rootable!['gc => State<'gc>]>;

const PLENTY: u64 = 1 << 50;

pub(super) fn machine_with_key(key: u64) -> Machine {
    take_freed();
    let mut machine = Arena::new(|mc| {
        let state = new_state(mc, key, 1 << 40);
        state.fuel.give(PLENTY);
        state
    });
    // The garbage of making it is not the test's.
    collect(&mut machine);
    machine
}

pub(super) fn machine() -> Machine {
    machine_with_key(0x0123_4567_89AB_CDEF)
}

pub(super) fn enter<R>(machine: &mut Machine, run: impl for<'gc> FnOnce(Context<'gc>) -> R) -> R {
    machine.mutate(|mc, state| run(Context { mc, state }))
}

/// Collects everything that is garbage and returns what destructors gave back.
pub(super) fn collect(machine: &mut Machine) -> usize {
    for _ in 0..2 {
        machine.when_marked(|fc, state| {
            state.strings.purge(fc, &mut Purge::new(Age::Any), &Allowance::endless())
        });
        machine.sweep();
    }
    take_freed()
}

pub(super) struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }
}

fn text<'gc>(ctx: Context<'gc>, bytes: &[u8]) -> Value<'gc> {
    Value::String(ctx.string(bytes).unwrap())
}

fn model_key(value: Value<'_>) -> Key {
    match value {
        Value::Integer(i) => Key::Int(i),
        Value::Number(n) => Key::Float(n.to_bits()),
        Value::String(s) => Key::Text(s.as_bytes().to_vec()),
        Value::Boolean(b) => Key::Bool(b),
        other => Key::Object(other.object_id().unwrap()),
    }
}

fn number(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(i) => Some(i),
        Value::Nil => None,
        other => panic!("{other:?}"),
    }
}

/// Slots of the registry: the table under test, then objects to be keys.
const SUBJECT: i64 = 1;
const OBJECTS: std::ops::Range<i64> = 2..8;

/// Makes a key of any type, in several spellings; strings and floats are new objects each time.
fn random_key<'gc>(ctx: Context<'gc>, random: &mut Random, spread: u64) -> Value<'gc> {
    match random.below(12) {
        0..=4 => Value::Integer(random.below(spread) as i64 - 2),
        5 => Value::Number(random.below(spread) as f64 - 2.0),
        6 => Value::Number(random.below(4) as f64 + 0.5),
        7 => text(ctx, format!("k{}", random.below(spread / 2)).as_bytes()),
        8 => text(ctx, format!("{:060}", random.below(6)).as_bytes()),
        9 => Value::Boolean(random.below(2) == 0),
        10 => Value::Number(-0.0),
        _ => {
            let slot = OBJECTS.start + random.below(6) as i64;
            if random.below(8) == 0 {
                let fresh = Table::new(ctx.heap(), 0, 0).unwrap();
                ctx.state.registry.set_int(ctx.heap(), slot, fresh.into()).unwrap();
            }
            ctx.state.registry.get_int(slot)
        }
    }
}

fn subject(ctx: Context<'_>) -> Table<'_> {
    match ctx.state.registry.get_int(SUBJECT) {
        Value::Table(table) => table,
        other => panic!("{other:?}"),
    }
}

fn pairs(table: Table<'_>) -> Vec<(Key, i64)> {
    let mut found = Vec::new();
    let mut key = Value::Nil;
    while let Some((next, value)) = table.next(key).expect("a key of the table") {
        found.push((model_key(next), number(value).unwrap()));
        key = next;
    }
    let mut cursor = 0;
    let mut same = Vec::new();
    while let Some((after, key, value)) = table.next_index(cursor) {
        same.push((model_key(key), number(value).unwrap()));
        cursor = after;
    }
    assert_eq!(found, same);
    found
}

fn fill_registry(machine: &mut Machine) {
    enter(machine, |ctx| {
        for slot in SUBJECT..OBJECTS.end {
            let table = Table::new(ctx.heap(), 0, 0).unwrap();
            ctx.state.registry.set_int(ctx.heap(), slot, table.into()).unwrap();
        }
    });
}

/// Checks invariants that no caller sees.
fn check_inside(table: Table<'_>) {
    let inner = &*table.0;
    let nils = (0..inner.array_len.get()).filter(|at| inner.item(*at).is_nil()).count();
    assert_eq!(nils, inner.holes.get() as usize);
    assert!(table.get_int(table.array_len() as i64 + 1).is_nil());
    assert!(table.get_int(table.len() + 1).is_nil());
    assert!(table.is_empty() || !table.get_int(table.len()).is_nil());
}

fn one_history(seed: u64, steps: usize, collections: bool) -> Vec<(Key, i64)> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut machine = machine_with_key(seed);
    fill_registry(&mut machine);
    let mut model = Model::default();
    let spread = [6, 12, 40, 200][random.below(4) as usize];
    let deletions = [1, 3, 6][random.below(3) as usize];
    let mut log = Vec::new();
    let prefix = random.below(spread) as i64;
    if seed.is_multiple_of(3) {
        enter(&mut machine, |ctx| {
            subject(ctx).set_int(ctx.heap(), 0, Value::Integer(0)).unwrap();
        });
        model.set(Key::Int(0), Some(0));
    }
    for step in 0..steps {
        enter(&mut machine, |ctx| {
            let table = subject(ctx);
            // Now and then a long array part, so that it comes to many holes.
            for i in 1..=if step % 200 == 0 { prefix } else { 0 } {
                table.set_int(ctx.heap(), i, Value::Integer(-i)).unwrap();
                model.set(Key::Int(i), Some(-i));
            }
            // And a row of integers, upwards or downwards.
            if random.below(60) == 0 {
                let first = random.below(spread) as i64;
                let step_by = [1, 1, 2, 3, -1, -1, -2, -3][random.below(8) as usize];
                for at in 0..random.below(24) as i64 {
                    let key = first + step_by * at;
                    table.set_int(ctx.heap(), key, Value::Integer(at)).unwrap();
                    ctx.state.fuel.done();
                    model.set(Key::Int(key), Some(at));
                    assert_eq!(table.len(), model.border as i64, "{seed} {step} {key}");
                    assert_eq!(table.array_len(), model.array.len(), "{seed} {step} {key}");
                }
            }
            // And a list with holes.
            if random.below(50) == 0 {
                let first = 1 + random.below(spread) as i64;
                let list: Vec<_> = (0..random.below(12))
                    .map(|_| (random.below(3) > 0).then_some(step as i64))
                    .collect();
                let to_value = |item: &Option<i64>| item.map_or(Value::Nil, Value::Integer);
                let values: Vec<_> = list.iter().map(to_value).collect();
                table.set_list(ctx.heap(), first, &values).unwrap();
                ctx.state.fuel.done();
                model.set_list(first, &list);
                assert_eq!(table.len(), model.border as i64, "{seed} {step} list");
            }
            let key = random_key(ctx, &mut random, spread);
            let value = match random.below(10) < deletions {
                true => Value::Nil,
                false => Value::Integer(step as i64),
            };
            table.raw_set(ctx.heap(), key, value).unwrap();
            ctx.state.fuel.done();
            let normal = model_key(normal_key(key).unwrap());
            model.set(normal.clone(), number(value));
            assert_eq!(number(table.get(ctx.heap(), key)), model.get(&normal), "{seed} {step}");
            assert_eq!(table.len(), model.border as i64, "{seed} {step}");
            assert_eq!(table.array_len(), model.array.len(), "{seed} {step}");
            check_inside(table);
            if step % 7 == 0 || spread < 20 {
                assert_eq!(pairs(table), model.pairs(), "{seed} {step}");
                assert_eq!(table.count(), model.pairs().len());
            }
            if step % 16 == 0 {
                log.push((Key::Int(ctx.state.fuel.used() as i64), table.logical_bytes() as i64));
            }
        });
        if collections && random.below(20) == 0 {
            collect(&mut machine);
        } else if !collections {
            random.below(20);
        }
    }
    log
}

#[test]
fn order_and_border_follow_the_model() {
    for seed in 1..120 {
        one_history(seed, 600, true);
    }
}

#[test]
fn fuel_and_size_do_not_depend_on_collections() {
    for seed in 200..220 {
        assert_eq!(one_history(seed, 400, true), one_history(seed, 400, false));
    }
}

#[test]
fn fuel_and_size_do_not_depend_on_the_hash_key() {
    let run = |key| {
        let mut machine = machine_with_key(key);
        enter(&mut machine, |ctx| {
            let mut random = Random(77);
            let table = Table::new(ctx.heap(), 0, 0).unwrap();
            for _ in 0..5000 {
                let key = Value::Integer(random.below(1000) as i64 * 3);
                let value = if random.below(2) == 0 { Value::Nil } else { key };
                table.raw_set(ctx.heap(), key, value).unwrap();
            }
            (ctx.state.fuel.used(), table.logical_bytes(), pairs(table))
        })
    };
    assert_eq!(run(0), run(u64::MAX));
    assert_eq!(run(1), run(0xDEAD_BEEF_0000_0001));
}

#[test]
fn traversal_survives_removals_of_any_key() {
    for seed in 1..300 {
        let mut random = Random(seed);
        let mut machine = machine();
        fill_registry(&mut machine);
        enter(&mut machine, |ctx| {
            let table = subject(ctx);
            for i in 1..=random.below(40) as i64 {
                table.set_int(ctx.heap(), i, Value::Integer(i)).unwrap();
            }
            for _ in 0..random.below(60) {
                let key = random_key(ctx, &mut random, 40);
                table.raw_set(ctx.heap(), key, Value::Integer(7)).unwrap();
            }
            let order = pairs(table);
            let mut alive: Vec<Key> = order.iter().map(|(key, _)| key.clone()).collect();
            let mut expected = 0;
            let mut key = Value::Nil;
            let odds = 1 + random.below(3);
            while let Some((next, _)) = table.next(key).expect("a key of the table") {
                while !alive.contains(&order[expected].0) {
                    expected += 1;
                }
                assert_eq!(model_key(next), order[expected].0);
                expected += 1;
                let mut victims = vec![];
                if random.below(3) < odds {
                    victims.push(next);
                }
                if random.below(3) == 0 {
                    victims.push(random_key(ctx, &mut random, 40));
                }
                for victim in victims {
                    table.raw_set(ctx.heap(), victim, Value::Nil).unwrap();
                    let victim = model_key(normal_key(victim).unwrap());
                    alive.retain(|key| *key != victim);
                }
                key = next;
            }
            assert!(order[expected..].iter().all(|(key, _)| !alive.contains(key)));
        });
    }
}

#[test]
fn removed_objects_are_collected_and_their_place_is_kept() {
    let mut machine = machine();
    fill_registry(&mut machine);
    enter(&mut machine, |ctx| {
        let table = subject(ctx);
        for slot in OBJECTS {
            table
                .raw_set(ctx.heap(), ctx.state.registry.get_int(slot), Value::Integer(slot))
                .unwrap();
        }
        for slot in [2, 3, 5] {
            table.raw_set(ctx.heap(), ctx.state.registry.get_int(slot), Value::Nil).unwrap();
        }
        // Two of the removed ones have no other owner any more.
        ctx.state.registry.set_int(ctx.heap(), 2, Value::Integer(0)).unwrap();
        ctx.state.registry.set_int(ctx.heap(), 3, Value::Integer(0)).unwrap();
    });
    assert_eq!(collect(&mut machine), 2 * TABLE_BYTES);
    enter(&mut machine, |ctx| {
        let table = subject(ctx);
        let removed = ctx.state.registry.get_int(5);
        // Many new objects, of which some take the addresses of the collected ones.
        for _ in 0..100 {
            let fresh = Table::new(ctx.heap(), 0, 0).unwrap();
            assert!(table.get(ctx.heap(), fresh.into()).is_nil());
            assert!(table.next(fresh.into()).is_none());
        }
        let after = table.next(removed).unwrap().unwrap().1;
        assert_eq!(number(after), Some(6));
        table.raw_set(ctx.heap(), removed, Value::Integer(50)).unwrap();
        let values: Vec<i64> = pairs(table).into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, [4, 50, 6, 7]);
    });
}

#[test]
fn a_tombstone_keeps_no_long_string() {
    let mut machine = machine();
    fill_registry(&mut machine);
    let long = vec![b'x'; 10_000];
    enter(&mut machine, |ctx| {
        let table = subject(ctx);
        table.raw_set(ctx.heap(), text(ctx, &long), Value::Integer(1)).unwrap();
        table.raw_set(ctx.heap(), text(ctx, b"b"), Value::Integer(2)).unwrap();
        table.raw_set(ctx.heap(), text(ctx, &long), Value::Nil).unwrap();
    });
    assert!(collect(&mut machine) > 20_000);
    enter(&mut machine, |ctx| {
        let table = subject(ctx);
        assert_eq!(number(table.next(text(ctx, &long)).unwrap().unwrap().1), Some(2));
        table.raw_set(ctx.heap(), text(ctx, &long), Value::Integer(3)).unwrap();
        assert_eq!(pairs(table), [(Key::Text(long.clone()), 3), (Key::Text(b"b".to_vec()), 2)]);
    });
}

#[test]
fn what_growth_reserves_is_what_drop_gives_back() {
    let mut machine = machine();
    let start = enter(&mut machine, |ctx| ctx.state.account.used());
    let used = enter(&mut machine, |ctx| {
        let mut random = Random(5);
        for shape in 0..200 {
            let before = ctx.state.account.used();
            let table = Table::new(ctx.heap(), shape % 7, shape % 5).unwrap();
            for step in 0..shape * 10 {
                let key = random.below(shape as u64 * 3 + 1) as i64;
                let value = if random.below(3) == 0 { Value::Nil } else { Value::Integer(1) };
                if step % 2 == 0 {
                    table.set_int(ctx.heap(), key, value).unwrap();
                } else {
                    table.raw_set(ctx.heap(), Value::Number(key as f64 + 0.25), value).unwrap();
                }
                assert_eq!(ctx.state.account.used() - before, table.logical_bytes());
            }
        }
        ctx.state.account.used()
    });
    assert_eq!(collect(&mut machine), used - start);
    assert!(used > MIN_CYCLE);
}

#[test]
fn shrinking_gives_memory_back() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let table = Table::new(ctx.heap(), 0, 0).unwrap();
        for i in 1..=10_000 {
            table.set_int(ctx.heap(), i, Value::Integer(i)).unwrap();
            table.raw_set(ctx.heap(), Value::Number(i as f64 + 0.5), Value::Integer(i)).unwrap();
        }
        let full = table.logical_bytes();
        for i in (1..=10_000).rev() {
            table.set_int(ctx.heap(), i, Value::Nil).unwrap();
            table.raw_set(ctx.heap(), Value::Number(i as f64 + 0.5), Value::Nil).unwrap();
        }
        assert!(table.is_empty() && table.count() == 0);
        for i in 0..10_000 {
            let key = Value::Number(f64::from(i % 10) + 0.5);
            table.raw_set(ctx.heap(), key, Value::Integer(1)).unwrap();
            table.raw_set(ctx.heap(), key, Value::Nil).unwrap();
        }
        assert!(table.logical_bytes() < full / 100, "{} of {full}", table.logical_bytes());
        assert_eq!(ctx.state.account.used(), table.logical_bytes());
    });
}

#[test]
fn a_queue_stays_small_and_linear() {
    let mut machine = machine();
    let mut run = |n: i64| {
        enter(&mut machine, |ctx| {
            let before = ctx.state.fuel.used();
            let table = Table::new(ctx.heap(), 0, 0).unwrap();
            for i in 1..=n {
                table.set_int(ctx.heap(), i, Value::Integer(i)).unwrap();
                if i > 20 {
                    table.set_int(ctx.heap(), i - 20, Value::Nil).unwrap();
                }
                ctx.state.fuel.done();
                assert!(table.logical_bytes() < 10_000);
            }
            assert_eq!(table.count(), 20);
            ctx.state.fuel.used() - before
        })
    };
    let (short, long) = (run(10_000), run(100_000));
    assert!(long < short * 11, "{short} {long}");
}

#[test]
fn no_churn_costs_more_than_a_few_units_each() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        for live in [0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 31, 32, 33, 255, 256, 257, 1023, 1024] {
            let table = Table::new(ctx.heap(), 0, 0).unwrap();
            for i in 0..live {
                table
                    .raw_set(ctx.heap(), Value::Number(f64::from(i) + 0.5), Value::Integer(1))
                    .unwrap();
            }
            let before = ctx.state.fuel.used();
            for i in 0..10_000 {
                let key = Value::Integer(-i);
                table.raw_set(ctx.heap(), key, Value::Integer(1)).unwrap();
                table.raw_set(ctx.heap(), key, Value::Nil).unwrap();
            }
            let each = (ctx.state.fuel.used() - before) as f64 / 10_000.0;
            assert!(each < 5.0, "{live}: {each}");
        }
    });
}

#[test]
fn growth_is_charged_linearly() {
    let mut machine = machine();
    let mut run = |n: i64, step: i64| {
        enter(&mut machine, |ctx| {
            let before = ctx.state.fuel.used();
            let table = Table::new(ctx.heap(), 0, 0).unwrap();
            for i in 1..=n {
                table.set_int(ctx.heap(), i * step, Value::Integer(i)).unwrap();
            }
            ctx.state.fuel.used() - before
        })
    };
    for step in [1, 2] {
        let (short, long) = (run(3000, step), run(30_000, step));
        assert!(long >= short * 5 && long <= short * 20, "{step}: {short} {long}");
    }
}

#[test]
fn refused_operations_change_nothing() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let table = Table::new(ctx.heap(), 0, 0).unwrap();
        for i in 1..=4 {
            table.set_int(ctx.heap(), i, Value::Integer(i)).unwrap();
            table.set_int(ctx.heap(), i * 100, Value::Integer(i)).unwrap();
        }
        // Descending keys that setting 5 would move over.
        for i in [9, 8, 7, 6] {
            table.set_int(ctx.heap(), i, Value::Integer(i)).unwrap();
        }
        let (order, bytes) = (pairs(table), table.logical_bytes());
        let state = ctx.state;
        state.account.set_limit(state.account.used());
        for key in [5, 1000] {
            let refused = table.set_int(ctx.heap(), key, Value::Integer(1));
            assert!(matches!(refused, Err(Interrupt::Memory(_))));
            assert_eq!((pairs(table), table.logical_bytes()), (order.clone(), bytes));
        }
        state.account.set_limit(1 << 40);
        state.fuel.done();
        state.fuel.take_back();
        // Moving 6 to 9 over costs more than there is: it is owed, and nothing happens.
        let refused = table.set_int(ctx.heap(), 5, Value::Integer(1));
        assert!(matches!(refused, Err(Interrupt::Fuel)));
        assert!(state.fuel.in_debt());
        assert_eq!((pairs(table), table.logical_bytes()), (order.clone(), bytes));
        state.fuel.give(PLENTY);
        assert!(!state.fuel.in_debt());
        table.set_int(ctx.heap(), 5, Value::Integer(5)).unwrap();
        assert_eq!(table.len(), 9);
        assert_eq!(number(table.get_int(8)), Some(8));
    });
}

#[test]
fn bad_keys_are_errors_with_pucs_text() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let table = Table::new(ctx.heap(), 0, 0).unwrap();
        for (key, message) in
            [(Value::Nil, "table index is nil"), (Value::Number(f64::NAN), "table index is NaN")]
        {
            assert!(table.get(ctx.heap(), key).is_nil());
            match table.raw_set(ctx.heap(), key, Value::Nil) {
                Err(Interrupt::Error(Value::String(s))) => {
                    assert_eq!(s.as_bytes(), message.as_bytes());
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(table.next(Value::Number(f64::NAN)).is_none());
        assert!(table.next(Value::Integer(1)).is_none());
    });
}

#[test]
fn an_object_of_few_fields_is_one_small_block() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let object = Table::new(ctx.heap(), 0, 3).unwrap();
        assert_eq!(object.logical_bytes(), TABLE_BYTES + 4 * HASH_SLOT_BYTES);
        for name in ["x", "y", "z", "w"] {
            object.raw_set(ctx.heap(), text(ctx, name.as_bytes()), Value::Integer(1)).unwrap();
        }
        assert_eq!(object.logical_bytes(), TABLE_BYTES + 4 * HASH_SLOT_BYTES);
        let pair = Table::new(ctx.heap(), 2, 0).unwrap();
        pair.set_list(ctx.heap(), 1, &[Value::Integer(1), Value::Integer(2)]).unwrap();
        assert_eq!(pair.logical_bytes(), TABLE_BYTES + 2 * ARRAY_SLOT_BYTES);
        assert_eq!(ctx.state.fuel.used(), 0);
    });
}

#[test]
fn lists_with_nils_keep_every_value() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let table = Table::new(ctx.heap(), 3, 0).unwrap();
        let values = [Value::Integer(1), Value::Nil, Value::Integer(3)];
        table.set_list(ctx.heap(), 1, &values).unwrap();
        assert_eq!(pairs(table), [(Key::Int(1), 1), (Key::Int(3), 3)]);
        table.set_int(ctx.heap(), 2, Value::Integer(2)).unwrap();
        assert_eq!(table.len(), 3);
    });
}

#[test]
fn fast_setters_store_only_where_they_may() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let table = Table::new(ctx.heap(), 2, 2).unwrap();
        let one = Value::Integer(1);
        assert!(!table.set_existing_int(ctx.heap(), 2, one));
        assert!(!table.set_existing_int(ctx.heap(), 0, one));
        assert!(!table.set_existing_int(ctx.heap(), i64::MIN, one));
        assert!(!table.set_existing_int(ctx.heap(), 1, Value::Nil));
        assert!(table.set_existing_int(ctx.heap(), 1, one));
        assert!(table.set_existing_int(ctx.heap(), 2, one));
        assert!(!table.set_existing_int(ctx.heap(), 3, one));
        assert!(table.set_existing_int(ctx.heap(), 1, Value::Nil));
        assert!(!table.replace_int(ctx.heap(), 1, one));
        assert!(table.replace_int(ctx.heap(), 2, Value::Nil));
        assert_eq!(table.len(), 0);

        let (a, b) = (ctx.string(b"a").unwrap(), ctx.string(b"b").unwrap());
        assert!(!table.set_existing_str(ctx.heap(), a, one));
        table.set_str(ctx.heap(), a, Value::Integer(9)).unwrap();
        table.set_str(ctx.heap(), b, Value::Integer(2)).unwrap();
        assert!(table.set_existing_str(ctx.heap(), a, one));
        assert_eq!(
            (number(table.get_str(ctx.heap(), a)), number(table.get_str(ctx.heap(), b))),
            (Some(1), Some(2))
        );
        assert!(table.set_existing_str(ctx.heap(), a, Value::Nil));
        assert!(table.get_str(ctx.heap(), a).is_nil());
        assert!(!table.set_existing_str(ctx.heap(), a, one));
    });
}

#[test]
fn lacks_are_forgotten_when_a_string_key_comes() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let table = Table::new(ctx.heap(), 0, 0).unwrap();
        table.remember_lack(Event::Index);
        table.remember_lack(Event::Add);
        assert!(table.lacks(Event::Index) && !table.lacks(Event::NewIndex));
        assert!(!table.lacks(Event::Add));
        table.set_int(ctx.heap(), 5, Value::Integer(1)).unwrap();
        assert!(table.lacks(Event::Index));
        let name = ctx.string(b"__index").unwrap();
        table.set_str(ctx.heap(), name, Value::Integer(1)).unwrap();
        assert!(!table.lacks(Event::Index));
        table.set_str(ctx.heap(), name, Value::Nil).unwrap();
        table.remember_lack(Event::Index);
        table.set_str(ctx.heap(), name, Value::Integer(1)).unwrap();
        assert!(!table.lacks(Event::Index), "a key that came back in its place");
    });
}

#[test]
fn insert_and_remove_match_a_vector() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let mut random = Random(3);
        let table = Table::new(ctx.heap(), 0, 0).unwrap();
        let mut model: Vec<i64> = Vec::new();
        for step in 0..3000 {
            if random.below(5) < 3 {
                let pos = random.below(model.len() as u64 + 1) as usize;
                model.insert(pos, step);
                assert!(table.array_insert(ctx.heap(), pos + 1, Value::Integer(step)).unwrap());
            } else if !model.is_empty() {
                let pos = random.below(model.len() as u64) as usize;
                let removed = table.array_remove(ctx.heap(), pos + 1).unwrap().unwrap();
                assert_eq!(number(removed), Some(model.remove(pos)));
            }
            check_inside(table);
        }
        let values: Vec<i64> = pairs(table).into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, model);
        assert!(!table.array_insert(ctx.heap(), 0, Value::Nil).unwrap());
        assert!(table.array_remove(ctx.heap(), model.len() + 1).unwrap().is_none());
        // Inserting meets a key of the hash part.
        for _ in model.drain(5..) {
            table.array_remove(ctx.heap(), 6).unwrap();
        }
        let n = table.len();
        table.set_int(ctx.heap(), n + 2, Value::Integer(-2)).unwrap();
        assert!(table.array_insert(ctx.heap(), 1, Value::Integer(-1)).unwrap());
        assert_eq!(table.len(), n + 2);
        assert_eq!(number(table.get_int(n + 2)), Some(-2));
        assert_eq!(number(table.get_int(2)), Some(model[0]));
    });
}

#[test]
fn skipping_tombstones_is_charged() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let table = Table::new(ctx.heap(), 0, 0).unwrap();
        for i in 1..=1000 {
            table.set_int(ctx.heap(), i, Value::Integer(1)).unwrap();
            table.raw_set(ctx.heap(), Value::Number(i as f64 + 0.5), Value::Integer(1)).unwrap();
        }
        for i in 1..1000 {
            table.set_int(ctx.heap(), i, Value::Nil).unwrap();
            table.raw_set(ctx.heap(), Value::Number(i as f64 + 0.5), Value::Nil).unwrap();
        }
        let next = |key, most| {
            let start = table.cursor_charged(ctx.heap(), key).unwrap().unwrap();
            let mut cursor = start;
            loop {
                match table.seek_charged(ctx.heap(), (start, cursor), most).unwrap() {
                    Sought::Entry(_, key, value) => return Some((key, value)),
                    Sought::Further(further) => cursor = further,
                    Sought::End => return None,
                }
            }
        };
        let before = ctx.state.fuel.used();
        let (key, _) = next(Value::Nil, 1000).unwrap();
        assert_eq!(model_key(key), Key::Int(1000));
        assert_eq!(ctx.state.fuel.used() - before, items_price(1000));
        // In pieces of any size it is the same.
        let (key, _) = next(key, 7).unwrap();
        assert_eq!(model_key(key), Key::Float(1000.5_f64.to_bits()));
        assert_eq!(ctx.state.fuel.used() - before, 2 * items_price(1000));
        assert!(next(key, 7).is_none());
        assert_eq!(ctx.state.fuel.used() - before, 2 * items_price(1000));
    });
}

#[test]
fn dead_entries_of_one_key_do_not_lengthen_its_chain() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let table = Table::new(ctx.heap(), 0, 4096).unwrap();
        for step in 0..4000 {
            // Two keys in turn, so that neither may come back in its old place.
            let key = Value::Integer(-(step % 2));
            table.raw_set(ctx.heap(), key, Value::Integer(step)).unwrap();
            table.raw_set(ctx.heap(), key, Value::Nil).unwrap();
        }
        assert!(table.0.longest_chain() <= 2);
        assert_eq!(table.logical_bytes(), TABLE_BYTES + 4096 * HASH_SLOT_BYTES);
    });
}
