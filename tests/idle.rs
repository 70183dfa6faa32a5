//! What a session takes that does nothing, and what making one costs.

#![allow(clippy::disallowed_types, reason = "time is measured")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may stop, and says what it found"
)]

use moonfuel::{Session, SessionBuilder};
use std::hint::black_box;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const SESSIONS: usize = 4000;
/// Bytes of memory that one may take: a page of the system's with the machine in it, and some
/// more beside it.
const MOST: usize = 6 << 10;
/// Likewise, of one with a few functions of its host. If its machine took a second page, it
/// would be more.
const MOST_WITH_FUNCTIONS: usize = 8 << 10;
/// Tests of one program run beside each other, and would measure each other.
static ALONE: Mutex<()> = Mutex::new(());

/// The memory of this process, in bytes: what is there, counted anew. (Other figures are
/// estimates where there are many processors.)
fn resident() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").ok()?;
    let line = text.lines().find(|line| line.starts_with("Rss:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kib| kib << 10)
}

/// Makes many sessions, each of which may take so many bytes.
fn sessions(
    what: &str,
    most: usize,
    with: impl Fn(SessionBuilder) -> SessionBuilder,
) -> Vec<Session> {
    let make = |key| with(Session::builder().hash_key(key)).build().unwrap();
    // What all of them share is made first.
    drop(make(0));
    let before = resident();
    let sessions: Vec<Session> = (0..SESSIONS as u64).map(make).collect();
    if let (Some(before), Some(after)) = (before, resident()) {
        let each = after.saturating_sub(before) / SESSIONS;
        eprintln!("{each} bytes for a session {what}");
        assert!(each < most, "{each} bytes for a session {what}");
    }
    sessions
}

#[test]
fn a_session_takes_what_it_changes() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let add = |n: i64| Ok(n + 1);
    let idle = sessions("that does nothing", MOST, |builder| builder);
    // While the others are there, so that none of their memory is used again.
    let with_functions = sessions("with five functions", MOST_WITH_FUNCTIONS, |builder| {
        let builder = builder.function("store.get", add).function("store.put", add);
        builder.function("now", add).function("log", add).pending_function("ask")
    });
    // They are sessions.
    for mut sessions in [black_box(idle), black_box(with_functions)] {
        for at in [0, SESSIONS / 2, SESSIONS - 1] {
            let report = sessions[at].run("return ('x'):rep(3), #_G");
            assert_eq!(report.json().unwrap(), r#"["xxx",0]"#);
        }
    }
}

/// The shortest of a few times.
fn shortest(mut work: impl FnMut()) -> Duration {
    let time = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..200).for_each(|_| work());
        start.elapsed()
    };
    (0..20).map(|_| time(&mut work)).min().unwrap_or_default()
}

#[test]
fn making_a_session_costs_less_than_a_run() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let run = |session: &mut Session| assert!(session.run("return 1").is_done());
    let mut kept = Session::builder().build().unwrap();
    // Other programs can make either longer, so the best of a few tries counts.
    let ratio = (0..5)
        .map(|_| {
            let warm = shortest(|| run(&mut kept));
            let fresh = shortest(|| run(&mut Session::builder().build().unwrap()));
            eprintln!("a run {:?}, with making and dropping {:?}", warm / 200, fresh / 200);
            fresh.as_secs_f64() / warm.as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    assert!(ratio < 2.0, "{ratio:.2} times a run");
}
