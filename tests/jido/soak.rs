//! Ten sessions at once, 200 calls a second: what the results, the queues, the log and the
//! listeners count is the same, to the call. `MOONFUEL_SOAK_SECONDS=30` for as long.

use super::{Place, everything};
use moonfuel::host::audit::Audit;
use moonfuel::host::gate::{Gate, GateEvent};
use moonfuel::host::jido::Jido;
use moonfuel::host::policy::{Rate, Rules};
use moonfuel::host::sessions::{Sessions, SessionsOptions};
use moonfuel::{Chunk, Session, Tier};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const SESSIONS: usize = 10;
/// Calls of a session in a second.
const CALLS: u32 = 20;
/// Calls that come at once.
const BURST: u32 = 5;
/// How many of them may wait.
const QUEUE: usize = 3;

fn seconds() -> u64 {
    std::env::var("MOONFUEL_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

/// What became of calls.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    ok: u64,
    limited: u64,
    failed: u64,
    busy: u64,
}

/// Makes calls of one session, a few at a time, at a steady rate.
fn drive(sessions: &Sessions, id: &str, end: Instant) -> Counts {
    let mut counts = Counts::default();
    let mut next = Instant::now();
    while next < end {
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        let burst: Vec<_> = (0..BURST)
            .map(|number| {
                // Some fail by themselves, some take a moment.
                let path = if number % 4 == 3 { "'../out'" } else { "'f'" };
                let source = format!(
                    "local n = 0 for i = 1, 20000 do n = n + i end
                     local text, why = jido.read_file({path}) return text or why"
                );
                sessions.begin(id, Chunk::new(source.as_bytes()), None)
            })
            .collect();
        for begun in burst {
            match begun {
                Err(refused) => {
                    assert_eq!(refused.kind(), "busy");
                    counts.busy += 1;
                }
                Ok(ticket) => {
                    let values = ticket.wait().unwrap().values().unwrap();
                    let text = values[0].as_str().unwrap();
                    if text.starts_with("rate_limited: ") {
                        counts.limited += 1;
                    } else if text.starts_with("Security error") {
                        counts.failed += 1;
                    } else {
                        assert_eq!(text, "     1→x");
                        counts.ok += 1;
                    }
                }
            }
        }
        next += Duration::from_secs(1) * BURST / CALLS;
    }
    counts
}

#[test]
fn what_is_counted_adds_up_to_the_call() {
    let sessions =
        Sessions::new(SessionsOptions { threads: 2, queue: QUEUE, ..SessionsOptions::default() });
    let place = Place::new();
    place.write("f", "x");
    let audit = Audit::with_room(1_000_000);
    let events = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
    for number in 0..SESSIONS {
        let id = format!("s{number}");
        let mut rules = Rules::new(Tier::ReadOnly);
        rules.rate_of.insert("read_file".to_owned(), Rate { calls: 10, window_ms: 1000 });
        let gate = Gate::with_audit(rules, &id, audit.clone()).root(place.root());
        let told = Arc::clone(&events);
        gate.on_event(move |event| {
            let at = usize::from(matches!(event, GateEvent::Result { .. }));
            told[at].fetch_add(1, Ordering::Relaxed);
        });
        let jido = Jido::open(&place.root(), everything()).unwrap();
        sessions.open_jido(id, jido, Session::builder().policy(gate)).unwrap();
    }
    let begin = Instant::now();
    let end = begin + Duration::from_secs(seconds());
    let counted: Vec<Counts> = std::thread::scope(|scope| {
        let drivers: Vec<_> = (0..SESSIONS)
            .map(|number| {
                let sessions = &sessions;
                scope.spawn(move || drive(sessions, &format!("s{number}"), end))
            })
            .collect();
        drivers.into_iter().map(|driver| driver.join().unwrap()).collect()
    });
    let entries: Vec<Value> = audit.entries().iter().map(|entry| entry.to_json()).collect();
    let mut all = Counts::default();
    for (number, counts) in counted.iter().enumerate() {
        let own = entries.iter().filter(|entry| entry["session"] == json!(format!("s{number}")));
        let mut logged = Counts { busy: counts.busy, ..Counts::default() };
        for entry in own {
            match (entry["status"].as_str(), entry["rule"].as_str()) {
                (Some("ok"), None) => logged.ok += 1,
                (Some("blocked"), Some("rate")) => logged.limited += 1,
                (Some("blocked"), Some("path_escapes_boundary")) => logged.failed += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(*counts, logged, "session {number}");
        all.ok += counts.ok;
        all.limited += counts.limited;
        all.failed += counts.failed;
        all.busy += counts.busy;
    }
    // One entry a call, numbered without a gap, and told as it happened.
    let calls = all.ok + all.limited + all.failed;
    assert_eq!(entries.len() as u64, calls);
    let mut ids: Vec<u64> = entries.iter().map(|entry| entry["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert!(ids.iter().copied().eq(1..=calls));
    let told = [&events[0], &events[1]].map(|count| count.load(Ordering::Relaxed));
    assert_eq!(told, [calls - all.limited, calls]);
    let attempts = calls + all.busy;
    let least = seconds() * u64::from(CALLS) * SESSIONS as u64 / 2;
    assert!(attempts >= least && all.ok > 0 && all.limited > 0 && all.failed > 0, "{all:?}");
    assert!(begin.elapsed() < Duration::from_secs(seconds() + 20));
    eprintln!("{attempts} calls in {:?}: {all:?}", begin.elapsed());
}
