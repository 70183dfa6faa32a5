//! Integer keys: where they stand, in what order they come, and how they are spread.

use super::*;

#[test]
fn integer_keys_spread_under_every_session_key() {
    for session in [0, 1, u64::MAX, 0x8000_0000_0000_0000] {
        let mut machine = machine_with_key(session);
        enter(&mut machine, |ctx| {
            for shift in [0, 1, 8, 16, 32, 40, 50] {
                let table = Table::new(ctx.heap(), 0, 1024).unwrap();
                for i in 0..1024_i64 {
                    table.set_int(ctx.heap(), (i + 2) << shift, Value::Integer(i)).unwrap();
                }
                let longest = table.0.longest_chain();
                assert!(longest <= 12, "{session:x} {shift}: {longest}");
            }
        });
    }
}

#[test]
fn a_key_that_joined_the_array_part_has_lost_its_old_place() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let table = Table::new(ctx.heap(), 0, 0).unwrap();
        let set = |i, value| table.set_int(ctx.heap(), i, value).unwrap();
        set(5, Value::Integer(1));
        table.raw_set(ctx.heap(), Value::Boolean(true), Value::Integer(0)).unwrap();
        set(5, Value::Nil);
        for i in 1..=5 {
            set(i, Value::Integer(i));
        }
        // Taken off the end, 5 is followed by all of the hash part.
        set(5, Value::Nil);
        let after = table.next(Value::Integer(5)).unwrap().unwrap();
        assert_eq!(model_key(after.0), Key::Bool(true));
        set(4, Value::Nil);
        set(5, Value::Integer(50));
        let values: Vec<i64> = pairs(table).into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, [1, 2, 3, 0, 50]);
    });
}

type Keys = fn(i64) -> Vec<i64>;

/// Keys that are no 1..n, in the order they come in.
const SPARSE: [(&str, Keys); 6] = [
    ("from 2", |n| (2..=n).collect()),
    ("from 0", |n| (0..=n).collect()),
    ("downwards", |n| (1..=n).rev().collect()),
    ("downwards to 2", |n| (2..=n).rev().collect()),
    ("without 500", |n| (1..=n).filter(|key| *key != 500).collect()),
    ("odd", |n| (1..=n).step_by(2).collect()),
];

#[test]
fn integer_keys_that_do_not_begin_at_one_have_an_array_part() {
    for (name, keys) in SPARSE {
        let mut machine = machine();
        enter(&mut machine, |ctx| {
            let table = Table::new(ctx.heap(), 0, 0).unwrap();
            let keys = keys(10_000);
            for key in &keys {
                table.set_int(ctx.heap(), *key, Value::Integer(-key)).unwrap();
                ctx.state.fuel.done();
            }
            check_inside(table);
            assert!(table.logical_bytes() < 20_000 * ARRAY_SLOT_BYTES, "{name}");
            assert!(table.entries() < 12, "{name}");
            let mut order = keys.clone();
            order.sort_unstable();
            let expected: Vec<_> = order.into_iter().map(|key| (Key::Int(key), -key)).collect();
            assert_eq!(pairs(table), expected, "{name}");
            // It all goes again, and what comes then begins anew.
            for key in keys {
                table.set_int(ctx.heap(), key, Value::Nil).unwrap();
                assert!(table.get_int(key).is_nil());
            }
            check_inside(table);
            assert!(table.is_empty() && table.array_len() == 0, "{name}");
        });
    }
}

#[test]
fn zero_comes_first_if_it_is_the_first_key() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let order = |keys: &[i64]| {
            let table = Table::new(ctx.heap(), 0, 0).unwrap();
            for key in keys {
                table.set_int(ctx.heap(), *key, Value::Integer(*key)).unwrap();
            }
            pairs(table).into_iter().map(|(_, value)| value).collect::<Vec<_>>()
        };
        assert_eq!(order(&[0, 1, 2, -1, 3]), [0, 1, 2, 3, -1]);
        assert_eq!(order(&[0, 2, 1]), [0, 1, 2]);
        assert_eq!(order(&[1, 0, 2]), [1, 2, 0]);
        assert_eq!(order(&[-1, 0, 1]), [1, -1, 0]);
    });
}
