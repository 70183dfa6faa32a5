//! Snapshots of runs with changed bytes: an error, or a run that goes on to some end, within
//! its memory.
//!
//! `MOONFUEL_DAMAGE=1000000 cargo test --release --lib suspended` tries so many;
//! `MOONFUEL_DAMAGE_FROM=n` makes it others.

use super::super::generated::{Prng, number};
use super::{CALLS, Kind, PROGRAMS, TOUCH, answer, answered};
use crate::base::sha256::Sha256;
use crate::{Limits, Profile, RestoreError, Step};

const HASH: usize = 32;

/// Gives a snapshot the hash it must have.
fn signed(mut bytes: Vec<u8>) -> Vec<u8> {
    let body = bytes.len() - HASH;
    let hash = Sha256::digest(&bytes[..body]);
    bytes[body..].copy_from_slice(&hash);
    bytes
}

/// Restores and goes on. Tells whether there was a run.
fn survives(kind: Kind, bytes: &[u8]) -> bool {
    match kind.builder().restore_run(bytes) {
        Ok(mut run) => {
            // Limits are in the bytes: what is used is bounded by what is given here.
            let before = run.fuel_used();
            for _ in 0..200 {
                match run.step(5_000) {
                    Step::Ended => break,
                    step => answered(&mut run, step),
                }
                if run.fuel_used().saturating_sub(before) > 300_000 {
                    break;
                }
            }
            let (mut session, report) = run.finish();
            // What the bytes say of limits does not widen what the host gives.
            assert!(report.usage.memory_peak <= Limits::default().memory, "{:?}", report.usage);
            // What is left of it can be used.
            let _ =
                session.run("local t = {} for k, v in pairs(_G) do t[#t + 1] = tostring(v) end");
            true
        }
        Err(error) => {
            assert!(!matches!(error, RestoreError::Session(_) | RestoreError::Unsaved(_)));
            false
        }
    }
}

/// Snapshots of runs at all kinds of places.
fn snapshots(kind: Kind) -> Vec<Vec<u8>> {
    let mut prng = Prng::new(5, 5);
    let small =
        PROGRAMS.iter().map(|(_, source)| *source).filter(|source| !source.contains("1 + f()"));
    let mut all = Vec::new();
    for source in CALLS.into_iter().chain(small) {
        let mut run = kind.start(format!("{TOUCH} {source}").as_bytes());
        for _ in 0..3 {
            let slice = 1 + prng.next() % 3000;
            match run.step(slice) {
                Step::Ended => break,
                step => {
                    all.extend(run.snapshot());
                    answer(&mut run, step);
                }
            }
        }
    }
    all
}

#[test]
fn snapshots_of_runs_with_changed_bytes_do_no_harm() {
    let tries = number("MOONFUEL_DAMAGE").unwrap_or(6_000);
    let from = number("MOONFUEL_DAMAGE_FROM").unwrap_or(0);
    let (mut went_on, mut prng) = (0, Prng::new(from + 1, 14));
    for atomic in [true, false] {
        let kind = Kind { profile: Profile::Strict, fuel: 300_000, atomic, policy: atomic };
        let snapshots = snapshots(kind);
        assert!(snapshots.len() > 40, "{}", snapshots.len());
        for _ in 0..tries / 2 {
            let mut bytes = snapshots[prng.below(snapshots.len())].clone();
            for _ in 0..=prng.below(3) {
                let body = bytes.len() - HASH;
                // Much of the end is what the run itself is about.
                let from = if prng.chance(500) { 16 } else { body / 2 };
                let at = from + prng.below(body - from);
                match prng.below(6) {
                    0 => drop(bytes.remove(at)),
                    1 => bytes.insert(at, prng.below(256) as u8),
                    2 => bytes[at] = bytes[at].wrapping_add(1),
                    3 => bytes[at] = bytes[at].wrapping_sub(1),
                    _ => bytes[at] = prng.below(256) as u8,
                }
            }
            went_on += u64::from(survives(kind, &signed(bytes)));
        }
    }
    assert!(went_on > tries / 50, "{went_on} of {tries}");
}
