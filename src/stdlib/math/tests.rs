//! The generator against the sequences lua5.4 gives.

use super::random::{next, project, seed_state, unit_float};

#[test]
fn seed_42_gives_the_sequence_of_puc() {
    let mut state = seed_state(42, 0);
    let raw: Vec<i64> = (0..4).map(|_| next(&mut state) as i64).collect();
    assert_eq!(
        raw,
        [-1276290044721465627, 8333941968102511665, -8358531260401861301, -3807604385970496171]
    );
}

#[test]
fn both_integers_of_a_seed_count() {
    assert_eq!(next(&mut seed_state(1, 2)) as i64, 8291693048688576641);
}

#[test]
fn floats_and_projections_follow_puc() {
    let mut state = seed_state(42, 0);
    let mut ranged = |low: i64, high: i64| {
        let bits = next(&mut state);
        let span = (high as u64).wrapping_sub(low as u64);
        project(bits, span, &mut state).wrapping_add(low as u64) as i64
    };
    assert_eq!(ranged(1, 100), 50);
    let float = unit_float(next(&mut state));
    assert_eq!(format!("{float:.14}"), "0.54688311243421");
    let mut ranged = |low: i64, high: i64| {
        let bits = next(&mut state);
        let span = (high as u64).wrapping_sub(low as u64);
        project(bits, span, &mut state).wrapping_add(low as u64) as i64
    };
    assert_eq!(ranged(1, 10), 6);
    assert_eq!(ranged(i64::MIN, i64::MAX), 2164128405858571189);
}

#[test]
fn projection_stays_inside() {
    let mut state = seed_state(7, 7);
    for limit in [0, 1, 2, 3, 5, 6, 100, 1 << 40, u64::MAX] {
        for _ in 0..50 {
            let bits = next(&mut state);
            assert!(project(bits, limit, &mut state) <= limit);
        }
    }
}
