//! Deadlines and output of driven runs.

use super::{DriveOptions, drive};
use crate::{Chunk, Limits, Outcome, Session};
use std::time::{Duration, Instant};

fn session() -> Session {
    let limits = Limits { fuel: u64::MAX / 4, ..Limits::default() };
    Session::builder().limits(limits).build().unwrap()
}

#[test]
fn a_deadline_ends_every_kind_of_endless_script_soon() {
    let scripts: [&[u8]; 7] = [
        b"local t = {} for i = 1, 50000 do t[i] = {i} end while true do collectgarbage() end",
        b"while true do end",
        b"while true do pcall(error, {}) end",
        b"while true do local t = {} for i = 1, 100 do t[i] = {i} end end",
        b"local s = ('a'):rep(100000) while true do s:find(('b'):rep(10)) end",
        b"while true do local t = {} for i = 1, 1000 do t[i] = (i * 7919) % 1000 end table.sort(t) end",
        b"setmetatable(_G, {__index = function() while true do end end}) return pcall(function() return x end)",
    ];
    for script in scripts {
        let shown = String::from_utf8_lossy(script);
        // On a busy machine any one attempt may have to wait for others.
        let least = (0..5).map(|_| time_to_deadline(script)).min().unwrap();
        assert!(least >= TIMEOUT, "{shown}: {least:?}");
        assert!(least < TIMEOUT + Duration::from_millis(100), "{shown}: {least:?}");
    }
}

const TIMEOUT: Duration = Duration::from_millis(50);

/// Runs a script that its deadline must end, and returns how long that took.
fn time_to_deadline(script: &[u8]) -> Duration {
    let begin = Instant::now();
    let (_session, report) = drive(session(), Chunk::new(script), Some(TIMEOUT), &mut |_| ());
    let took = begin.elapsed();
    assert_eq!(report.outcome, Outcome::Deadline, "{}", String::from_utf8_lossy(script));
    took
}

#[test]
fn a_timeout_that_never_comes_is_fine() {
    let chunk = Chunk::new(b"return 1");
    let (_session, report) = drive(session(), chunk, Some(Duration::MAX), &mut |_| ());
    assert_eq!(report.outcome, Outcome::Done(Ok("[1]".to_owned())));
}

#[test]
fn a_timeout_of_nothing_ends_what_takes_longer_than_a_slice() {
    let chunk = Chunk::new(b"while true do end");
    let (_session, report) = drive(session(), chunk, Some(Duration::ZERO), &mut |_| ());
    assert_eq!(report.outcome, Outcome::Deadline);
}

#[test]
fn output_comes_in_pieces_and_whole() {
    let source = b"for i = 1, 2000 do print(i) for j = 1, 300 do end end";
    let mut pieces = Vec::new();
    let (session, report) =
        drive(session(), Chunk::new(source), DriveOptions::default(), &mut |bytes| {
            pieces.push(bytes.to_vec())
        });
    assert!(pieces.len() > 2, "{}", pieces.len());
    let expected: String = (1..=2000).map(|i| format!("{i}\n")).collect();
    assert_eq!(pieces.concat(), expected.as_bytes());
    assert_eq!(report.output, b"");
    assert_eq!(report.usage.output_bytes, expected.len() as u64);
    drop(session);
}

#[test]
fn a_driven_run_uses_what_any_run_uses() {
    let source = b"local t = {} for i = 1, 20000 do t[i] = tostring(i) .. 'x' end table.sort(t) print(t[1]) return #t";
    let whole = session().run(source);
    let (mut after, driven) =
        drive(session(), Chunk::new(source), DriveOptions::default(), &mut |_| ());
    assert_eq!(driven.outcome, whole.outcome);
    assert_eq!(driven.usage, whole.usage);
    assert_eq!(after.run("return 1").outcome, Outcome::Done(Ok("[1]".to_owned())));
}
