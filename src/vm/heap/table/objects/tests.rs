//! Tables as keys: where they lie, and both ways to set them.

use crate::vm::heap::store::Heap;
use crate::vm::heap::table::Table;
use crate::vm::heap::table::tests::{enter, machine, machine_with_key};
use crate::vm::heap::value::Value;

fn tables<'gc>(heap: Heap<'gc>, count: usize) -> Vec<Table<'gc>> {
    (0..count).map(|_| Table::new(heap, 0, 0).unwrap()).collect()
}

#[test]
fn tables_spread_under_every_session_key() {
    for session in [0, 1, u64::MAX, 0x8000_0000_0000_0000] {
        let mut machine = machine_with_key(session);
        enter(&mut machine, |ctx| {
            for every in [1, 2, 3, 4, 8, 16, 64] {
                let set = Table::new(ctx.heap(), 0, 512).unwrap();
                for key in tables(ctx.heap(), 512 * every).into_iter().step_by(every) {
                    set.raw_set(ctx.heap(), Value::Table(key), Value::Boolean(true)).unwrap();
                }
                let longest = set.0.longest_chain();
                assert!(longest <= 16, "{session:x} {every}: {longest}");
            }
        });
    }
}

#[test]
fn what_is_set_quickly_is_set_as_otherwise() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let heap = ctx.heap();
        let keys = tables(heap, 9);
        let (set, other) = (Table::new(heap, 0, 8).unwrap(), Table::new(heap, 0, 8).unwrap());
        let put = |key: usize, value: Option<i64>| {
            let value = value.map_or(Value::Nil, Value::Integer);
            other.raw_set(heap, Value::Table(keys[key]), value).unwrap();
            let done = set.set_table_quickly(heap, keys[key], &value, || true);
            if !done {
                set.raw_set(heap, Value::Table(keys[key]), value).unwrap();
            }
            assert_eq!(set.entries(), other.entries());
            for key in &keys {
                assert!(
                    set.get(heap, Value::Table(*key)).raw_eq(&other.get(heap, Value::Table(*key)))
                );
            }
            done
        };
        for key in 0..8 {
            assert!(put(key, Some(key as i64)));
        }
        // Replaced and taken out in place; brought back, or beyond the room, the long way.
        assert!(put(3, Some(-3)));
        assert!(put(4, None));
        assert!(!put(4, Some(1)));
        assert!(!put(8, Some(1)));
        // Only what may be added is, and of what is not there nothing is taken out.
        let absent = Table::new(heap, 0, 0).unwrap();
        assert!(!set.set_table_quickly(heap, absent, &Value::Boolean(true), || false));
        assert!(!set.set_table_quickly(heap, absent, &Value::Nil, || true));
        assert!(set.get(heap, Value::Table(absent)).is_nil());
    });
}

#[test]
fn a_dead_key_is_known_again_and_no_number_is_one() {
    let mut machine = machine();
    enter(&mut machine, |ctx| {
        let heap = ctx.heap();
        let key = Value::Table(Table::new(heap, 0, 0).unwrap());
        let set = Table::new(heap, 0, 4).unwrap();
        set.raw_set(heap, key, Value::Integer(1)).unwrap();
        set.raw_set(heap, key, Value::Nil).unwrap();
        assert!(set.next(key).unwrap().is_none());
        set.raw_set(heap, key, Value::Integer(2)).unwrap();
        assert_eq!(set.entries(), 1);
        assert!(
            !crate::vm::heap::table::hash::is_mark_of(0.0, &key)
                && !crate::vm::heap::table::hash::is_mark_of(f64::NAN, &key)
        );
    });
}
