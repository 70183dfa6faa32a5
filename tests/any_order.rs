//! Hosts that do with their sessions whatever can be done, in any order: runs, calls of what
//! scripts have handed out, handles of this session and of others, copies, limits, ends of every
//! kind. Whoever does the same with slices, questions, errors, copies and undone runs in between
//! comes to the same; so does who leaves out what came to nothing; and every trace replays.
//!
//! `MOONFUEL_ORDERS=5000` makes so many tries, `MOONFUEL_ORDERS_SEED=1` others,
//! `MOONFUEL_ORDERS_FIRST=7` from that one on.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    dead_code,
    clippy::print_stderr,
    reason = "a test may stop, and says what it did"
)]

#[path = "any_order/actor.rs"]
mod actor;
#[path = "programs/each.rs"]
mod each;
#[path = "any_order/host.rs"]
mod host;
#[path = "callbacks/map.rs"]
mod map;
#[path = "any_order/ops.rs"]
mod ops;
#[path = "differential/prng.rs"]
mod prng;
#[path = "host_moments/scripts.rs"]
mod scripts;
#[path = "record/sink.rs"]
mod sink;
#[path = "host_moments/world.rs"]
mod world;

use actor::{Actor, Manner, Seen, Traced, UNLUCKY};
use host::Common;
use moonfuel::{Limits, Profile, Trace};
use ops::Op;
use prng::Prng;
use std::collections::BTreeMap;

struct Try {
    common: Common,
    limits: Limits,
    ops: Vec<Op>,
}

fn make(seed: u64, id: u64) -> Try {
    let mut prng = Prng::new(seed, id);
    let common = Common {
        profile: if prng.chance(700) { Profile::Strict } else { Profile::Compat },
        atomic: prng.chance(800),
        keep_null: prng.chance(300),
        seed: prng.next() >> 8,
    };
    Try { common, limits: ops::limits(&mut prng), ops: ops::ops(&mut prng) }
}

type Tally = BTreeMap<&'static str, u64>;

fn act(
    tried: &Try,
    ops: &[Op],
    manner: Manner,
    tally: &mut Tally,
) -> Result<(Vec<Seen>, Vec<Traced>), String> {
    let mut actor = Actor::new(&tried.common, manner);
    let seen = actor.act(&tried.limits, ops)?;
    for what in actor.tally {
        *tally.entry(what).or_default() += 1;
    }
    Ok((seen, actor.traces))
}

fn first_lines(a: &str, b: &str) -> String {
    let at = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let from = at.saturating_sub(200);
    let cut = |text: &str| {
        String::from_utf8_lossy(&text.as_bytes()[from.min(text.len())..(at + 300).min(text.len())])
            .into_owned()
    };
    format!("  - {}\n  + {}", cut(a), cut(b))
}

fn differ(what: &str, ops: &[Op], one: &[&Seen], other: &[&Seen]) -> Result<(), String> {
    for (nth, (a, b)) in one.iter().zip(other).enumerate() {
        let op = ops.iter().find(|op| op.id == a.id);
        if a.id != b.id || a.what != b.what {
            return Err(format!("{what}, thing {nth}: {op:?}\n{}", first_lines(&a.what, &b.what)));
        }
        if a.digest != b.digest {
            return Err(format!("{what}, thing {nth}: {op:?}\n  digests differ behind {}", a.what));
        }
    }
    if one.len() != other.len() { Err(format!("{what}: not as many")) } else { Ok(()) }
}

/// A trace for people: without its header and its first run.
fn cut(text: &str) -> String {
    let lines = text.lines().skip(5);
    lines.map(|line| line.chars().take(500).collect::<String>() + "\n").collect()
}

fn replays(what: &str, traces: &[Traced]) -> Result<(), String> {
    for traced in traces {
        let text = traced.sink.text();
        let trace = Trace::parse(&text).map_err(|e| format!("{what}: {e}"))?;
        let replay = trace.replay().map_err(|e| format!("{what}: replay: {e}\n{}", cut(&text)))?;
        if !traced.left {
            let (a, b) = (format!("{:?}", traced.reports), format!("{:?}", replay.reports));
            if a != b {
                return Err(format!("{what}: replayed otherwise\n{}", first_lines(&a, &b)));
            }
        }
    }
    Ok(())
}

/// What is not of chance: everything, and then each part of it.
fn manners(key: u64) -> Vec<(&'static str, Manner)> {
    let none = Manner { key, ..Manner::default() };
    let all = Manner {
        slices: true,
        asks: true,
        errs: true,
        copies: true,
        replaces: true,
        undoes: true,
        counts: key.is_multiple_of(2),
        elsewhere: true,
        key,
    };
    vec![
        ("slices", Manner { slices: true, counts: true, ..none }),
        ("errors", Manner { slices: true, asks: true, errs: true, elsewhere: true, ..none }),
        ("all", all),
        ("all but replaced", Manner { replaces: false, key: key + 1, ..all }),
    ]
}

fn one(tried: &Try, ops: &[Op], tally: &mut Tally) -> Result<(), String> {
    let straight = Manner { key: 1, ..Manner::default() };
    let (base, traces) = act(tried, ops, straight, tally)?;
    for seen in &base {
        let kind = seen.what.split(['(', ' ', '{', ',']).next().unwrap_or("");
        let outcome = seen.what.split("outcome: ").nth(1).map(|rest| {
            [
                "Done",
                "Failed",
                "OutOfFuel",
                "OutOfMemory",
                "OutputLimit",
                "HostCallLimit",
                "Deadline",
                "Cancelled",
            ]
            .into_iter()
            .find(|kind| rest.starts_with(kind))
            .unwrap_or("other")
        });
        if let Some(outcome) = outcome {
            *tally.entry(outcome).or_default() += 1;
        } else if kind == "refit" || kind == "revoked" || kind == "dropped" || kind == "closed" {
            *tally
                .entry(match kind {
                    "refit" => "refit",
                    "revoked" => "revoked",
                    "dropped" => "dropped",
                    _ => "closed",
                })
                .or_default() += 1;
        }
    }
    replays("straight", &traces)?;
    let all: Vec<&Seen> = base.iter().collect();
    for (what, manner) in manners(tried.common.seed >> 3) {
        match act(tried, ops, manner, tally) {
            Ok((seen, traces)) => {
                differ(what, ops, &all, &seen.iter().collect::<Vec<_>>())?;
                replays(what, &traces)?;
            }
            Err(why) if why.contains(UNLUCKY) => *tally.entry("unlucky").or_default() += 1,
            Err(why) => return Err(format!("{what}: {why}")),
        }
    }
    if tried.common.atomic {
        // Without what came to nothing.
        let nothing: Vec<u64> =
            base[..ops.len()].iter().filter(|s| s.nothing).map(|s| s.id).collect();
        let rest: Vec<Op> = ops.iter().filter(|op| !nothing.contains(&op.id)).cloned().collect();
        let (seen, _) =
            act(tried, &rest, Manner { slices: true, key: 3, ..Manner::default() }, tally)?;
        let kept: Vec<&Seen> = base
            .iter()
            .enumerate()
            .filter(|(nth, s)| *nth >= ops.len() || !s.nothing)
            .map(|(_, s)| s)
            .collect();
        differ("what came to something", ops, &kept, &seen.iter().collect::<Vec<_>>())?;
    }
    Ok(())
}

fn guarded(tried: &Try, ops: &[Op], tally: &mut Tally) -> Result<(), String> {
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| one(tried, ops, tally)));
    result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(format!("panic: {}", text.unwrap_or_default()))
    })
}

/// Leaves out what is not needed to fail.
fn shrunk(tried: &Try) -> (Vec<Op>, String) {
    let mut ops = tried.ops.clone();
    let mut why = guarded(tried, &ops, &mut Tally::new()).err().unwrap_or_default();
    let mut again = true;
    while again {
        again = false;
        for nth in (0..ops.len()).rev() {
            let mut fewer = ops.clone();
            fewer.remove(nth);
            if let Err(error) = guarded(tried, &fewer, &mut Tally::new()) {
                (ops, why, again) = (fewer, error, true);
            }
        }
    }
    (ops, why)
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn any_order_of_calls_comes_to_the_same() {
    // What panics here is a function of the host, on purpose.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<i64>() {
            hook(info);
        }
    }));
    let count = number("MOONFUEL_ORDERS", 24);
    let seed = number("MOONFUEL_ORDERS_SEED", 1);
    let first = number("MOONFUEL_ORDERS_FIRST", 0);
    let ids: Vec<u64> = (first..first + count).collect();
    let results = each::each(&ids, |&id| {
        let mut tally = Tally::new();
        let result = guarded(&make(seed, id), &make(seed, id).ops, &mut tally);
        (id, result, tally)
    });
    let mut all = Tally::new();
    let mut failed = Vec::new();
    for (id, result, tally) in results {
        for (what, times) in tally {
            *all.entry(what).or_default() += times;
        }
        if let Err(why) = result {
            failed.push((id, why));
        }
    }
    eprintln!("{all:?}");
    let ids: Vec<u64> = failed.iter().map(|(id, _)| *id).collect();
    for (id, _) in failed.iter().take(number("MOONFUEL_ORDERS_SHOWN", 3) as usize) {
        let tried = make(seed, *id);
        let (ops, why) = shrunk(&tried);
        let why = why.replace("18446744073709551615", "no").replace("9223372036854775807", "no");
        eprintln!("{id}: {:?} {:?}", tried.common, tried.limits);
        for op in ops {
            let op = format!("{op:?}").replace("18446744073709551615", "no");
            eprintln!("  {}", op.replace("9223372036854775807", "no"));
        }
        eprintln!("{why}\n");
    }
    assert!(ids.is_empty(), "{} of {count}: {ids:?}", ids.len());
}
