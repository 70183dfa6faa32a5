//! What a session takes that does nothing, and what making one costs.

#![allow(clippy::disallowed_types, reason = "time is measured")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may stop, and says what it found"
)]

use moonfuel::Session;
use std::hint::black_box;
use std::time::{Duration, Instant};

const SESSIONS: usize = 4000;
/// Bytes of memory that one may take.
const MOST: usize = 8 << 10;

/// The memory of this process, in bytes.
fn resident() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    text.split(' ').nth(1)?.parse::<usize>().ok().map(|pages| pages * 4096)
}

#[test]
fn a_session_takes_what_it_changes() {
    let make = |key| Session::builder().hash_key(key).build().unwrap();
    // What all of them share is made first.
    drop(make(0));
    let before = resident();
    let sessions: Vec<Session> = (0..SESSIONS as u64).map(make).collect();
    if let (Some(before), Some(after)) = (before, resident()) {
        let each = after.saturating_sub(before) / SESSIONS;
        eprintln!("{each} bytes for a session that does nothing");
        assert!(each < MOST, "{each} bytes");
    }
    // They are sessions.
    let mut sessions = black_box(sessions);
    for at in [0, SESSIONS / 2, SESSIONS - 1] {
        assert_eq!(sessions[at].run("return ('x'):rep(3), #_G").json().unwrap(), r#"["xxx",0]"#);
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
