//! Tests of the interner's slots, against a map.

use super::{SEGMENT, Slot, Slots};
use crate::gc::{Arena, Gc, GcWeak, Mutation, rootable};
use crate::vm::heap::string::Str;
use crate::vm::machine::new_state;
use crate::vm::state::context::State;
use std::collections::BTreeMap;

fn with<R>(run: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> R) -> R {
    let mut machine: Arena<rootable!['gc => State<'gc>]> =
        Arena::new(|mc| new_state(mc, 0x0123_4567_89AB_CDEF, 1 << 40));
    machine.mutate(|mc, _| run(mc))
}

fn slot<'gc>(mc: &Mutation<'gc>, number: u32, hash: u32) -> (Str<'gc>, Slot<'gc>) {
    let string = Str::allocate(mc, &number.to_le_bytes(), hash);
    (string, Slot { hash, born: number, string: Some(Gc::downgrade(string.gc())) })
}

fn find<'gc>(slots: &Slots<'gc>, mc: &Mutation<'gc>, string: Str<'gc>) -> bool {
    let own = string.as_bytes();
    let is_it = |weak: GcWeak<'gc, _>| Str::from_gc(weak.upgrade(mc)).as_bytes() == own;
    slots.find(string.short_hash(), is_it).is_some()
}

/// Mixes a number as hashes are.
fn mixed(number: u32) -> u32 {
    let wide = (u64::from(number) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((wide >> 32) ^ wide) as u32
}

/// Adds as the interner does.
fn add<'gc>(slots: &mut Slots<'gc>, slot: Slot<'gc>) {
    while slots.room() == 0 {
        assert!(slots.grow());
    }
    assert!(slots.add(slot));
}

#[test]
fn strings_are_found_while_slots_come_and_go() {
    with(|mc| {
        let mut slots = Slots::new();
        let mut there = BTreeMap::new();
        for number in 0..80_000 {
            let (string, slot) = slot(mc, number, mixed(number));
            assert!(!find(&slots, mc, string));
            add(&mut slots, slot);
            there.insert(number, string);
            // Some go, and one of each number of slots is looked at.
            if number % 5 == 0
                && let Some(string) = there.remove(&(number / 2))
            {
                assert!(slots.forget(string) && !slots.forget(string));
            }
            if number % 97 == 0 {
                assert!(there.values().step_by(31).all(|string| find(&slots, mc, *string)));
            }
        }
        assert_eq!(slots.made(), there.len());
        assert!(there.values().all(|string| find(&slots, mc, *string)));
        assert!(
            there.iter().all(|(number, string)| slots.slot_of(*string).unwrap().born == *number)
        );
        assert!(slots.segments().len() > 16 && slots.segments().iter().all(|len| *len == SEGMENT));
        // Half of them go by pieces, then nearly all.
        for (modulus, segments) in [(2, 65_536 / SEGMENT), (1000, 1)] {
            let mut at = Some((0, 0));
            while let Some(from) = at {
                at = slots.retain(from, 100, |slot| slot.born % modulus == 0);
            }
            there.retain(|number, _| number % modulus == 0);
            while !slots.shrink(256) {
                assert!(there.values().step_by(7).all(|string| find(&slots, mc, *string)));
            }
            assert_eq!(slots.made(), there.len());
            assert!(there.values().all(|string| find(&slots, mc, *string)));
            assert_eq!(slots.segments().len(), segments);
            let mut all: Vec<_> = slots.all().map(|slot| slot.born).collect();
            all.sort_unstable();
            assert_eq!(all, there.keys().copied().collect::<Vec<_>>());
        }
        assert_eq!(slots.segments(), [256]);
    });
}

#[test]
fn there_are_never_many_more_slots_than_the_interner_is_charged() {
    with(|mc| {
        let (mut slots, mut size) = (Slots::new(), 256);
        for number in 0..40_000 {
            if (number as usize + 1) * 4 > size * 3 {
                size *= 2;
            }
            add(&mut slots, slot(mc, number, mixed(number)).1);
            let real: usize = slots.segments().iter().sum();
            assert!(real <= size, "{number}: {real} for {size}");
            // Not so few that looking gets slow.
            assert!(slots.made() * 100 <= real * 81 + 800, "{number}: {real}");
        }
    });
}

#[test]
fn one_segment_may_get_all_strings() {
    with(|mc| {
        let mut slots = Slots::new();
        for number in 0..13_000 {
            add(&mut slots, slot(mc, number, mixed(number)).1);
        }
        // These bits say the segment.
        let mut there = Vec::new();
        for number in 13_000..40_000 {
            let (string, slot) = slot(mc, number, mixed(number) & 0xF_FFFF);
            add(&mut slots, slot);
            there.push(string);
        }
        assert!(slots.segments().iter().any(|len| *len > SEGMENT));
        assert!(there.iter().all(|string| find(&slots, mc, *string)));
        assert_eq!(slots.made(), 40_000);
        // Its slots go with them.
        let mut at = Some((0, 0));
        while let Some(from) = at {
            at = slots.retain(from, 256, |slot| slot.born < 13_000);
        }
        while !slots.shrink(256) {}
        assert_eq!(slots.made(), 13_000);
        assert!(!there.iter().any(|string| find(&slots, mc, *string)));
        assert_eq!(slots.segments(), vec![SEGMENT; 32_768 / SEGMENT]);
    });
}

#[test]
fn equal_hashes_are_told_apart() {
    with(|mc| {
        let mut slots = Slots::new();
        let strings: Vec<_> = (0..5000).map(|number| slot(mc, number, 77)).collect();
        strings.iter().for_each(|(_, slot)| add(&mut slots, *slot));
        for (string, slot) in &strings {
            assert_eq!(slots.slot_of(*string).unwrap().born, slot.born);
        }
        assert!(strings.iter().all(|(string, _)| slots.forget(*string)));
        assert_eq!(slots.made(), 0);
    });
}
