//! Sessions and suspended runs change threads.

use moonfuel::{Chunk, Run, Session};

fn assert_send<T: Send>() {}

const SCRIPT: &[u8] = b"local t = {} for i = 1, 2000 do t[i] = { tostring(i) } \
    if i % 100 == 0 then print(#t) collectgarbage() end end \
    local co = coroutine.wrap(function() for i = 1, 50 do coroutine.yield(i) end end) \
    local s = 0 for i = 1, 50 do s = s + co() end \
    return s, t[1000][1], (('x'):rep(50):gsub('x', function(c) return c .. c end))";

#[test]
fn session_and_run_are_send() {
    assert_send::<Session>();
    assert_send::<Run>();
}

#[test]
fn a_run_moves_from_thread_to_thread() {
    let mut session = Session::builder().build().expect("a session");
    let expected = session.run(SCRIPT);
    let session = Session::builder().build().expect("a session");
    let mut run = session.start(Chunk::new(SCRIPT));
    let mut moves = 0;
    while !run.is_finished() {
        run = std::thread::spawn(move || {
            run.step(1_777);
            run
        })
        .join()
        .expect("no panic");
        moves += 1;
    }
    let (mut session, report) = run.finish();
    assert!(moves > 5);
    assert_eq!(report, expected);
    // The session goes on, on another thread again.
    let again = std::thread::spawn(move || session.run("return 1")).join().expect("no panic");
    assert_eq!(again.json().expect("a value"), "[1]");
}

#[test]
fn a_dropped_run_leaves_no_memory_behind() {
    for slices in [0, 1, 10] {
        let mut run = Session::builder().build().expect("a session").start(Chunk::new(SCRIPT));
        for _ in 0..slices {
            run.step(500);
        }
        std::thread::spawn(move || drop(run)).join().expect("no panic");
    }
}
