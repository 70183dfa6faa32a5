//! Snapshots of runs with changed bytes: an error, or a run that goes on to some end, within
//! its memory.
//!
//! `MOONFUEL_DAMAGE=1000000 cargo test --release --lib suspended` tries so many;
//! `MOONFUEL_DAMAGE_FROM=n` makes it others.

use super::super::generated::{Prng, number};
use super::{CALLS, Kind, PROGRAMS, TOUCH, answer, answered};
use crate::base::sha256::Sha256;
use crate::session::runs::run::Run;
use crate::vm::tests::undone::{had_room, save_again, save_as_nothing, save_with_variables_of};
use crate::{Chunk, Limits, Profile, RestoreError, Step};

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

const KIND: Kind = Kind { profile: Profile::Strict, fuel: 300_000, atomic: true, policy: false };

/// Starts a run that changes what is there before it, two coroutines among that, and waits.
fn changing() -> Run {
    let mut session = KIND.builder().build().unwrap();
    let report = session.run(
        "local function counter()
           return coroutine.create(function()
             local n = 0
             local function count() n = n + 1 return n end
             while true do coroutine.yield(count) end
           end)
         end
         ONE, TWO = counter(), counter()
         _, COUNT = coroutine.resume(ONE) coroutine.resume(TWO)",
    );
    assert!(report.json().is_ok(), "{report:?}");
    let mut run = session.start(Chunk::new(b"COUNT() host.ask()"));
    assert!(matches!(run.step(u64::MAX), Step::Pending(_)));
    run
}

fn is_damaged(run: &mut Run) -> bool {
    let bytes = run.snapshot().unwrap();
    match KIND.builder().restore_run(&bytes) {
        Ok(_) => false,
        Err(error) => matches!(error, RestoreError::Damaged(_)),
    }
}

/// What is undone would have two stacks for one variable, or give one stack up while a variable
/// is in it.
#[test]
fn journals_that_do_not_fit_together_are_refused() {
    assert!(!is_damaged(&mut changing()));
    let mut run = changing();
    run.session.machine.0.enter(|ctx| {
        let one = ctx.string(b"ONE").map(|one| ctx.state.globals.get_str(ctx.heap(), one));
        save_again(ctx, one.unwrap());
    });
    assert!(is_damaged(&mut run));
    let mut run = changing();
    run.session.machine.0.enter(|ctx| {
        let [one, two] = [b"ONE", b"TWO"]
            .map(|name| ctx.state.globals.get_str(ctx.heap(), ctx.string(name).unwrap()));
        save_with_variables_of(ctx, two, one);
    });
    assert!(is_damaged(&mut run));
    let mut run = changing();
    run.session.machine.0.enter(|ctx| {
        let two = ctx.string(b"TWO").map(|two| ctx.state.globals.get_str(ctx.heap(), two));
        save_as_nothing(ctx, two.unwrap());
    });
    assert!(is_damaged(&mut run));
    let mut run = changing();
    run.session.machine.0.enter(|ctx| ctx.state.objects.set_before(u64::MAX));
    assert!(is_damaged(&mut run));
}

/// Undoing a run gives the main thread the room it had before: the bytes say how much.
#[test]
fn no_journal_asks_for_more_room_than_the_limit_has() {
    for (slots, is_refused) in [(1 << 8, false), (1 << 21, true), (1 << 40, true)] {
        let mut run = changing();
        run.session.machine.0.enter(|ctx| had_room(ctx, slots));
        assert_eq!(is_damaged(&mut run), is_refused, "{slots}");
    }
}
