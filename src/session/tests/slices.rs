//! Runs in slices change what is from before them at the prices, and in the order, of whole ones.

use crate::{Chunk, Digest, Limits, Report, Session};

/// What the session has, and what a run does to it.
const PROGRAMS: [(&str, &str); 3] = [
    // Integer keys beside others, which the array part takes in: a block that is from before the
    // run is copied for that, and more is to be paid behind it.
    ("t = {} for i = 1, 140 do t['k' .. i] = i end", "for i = 1, 9 do t[i + 1] = i end"),
    // The same, of a block so large that copying it makes a collection due.
    ("t = {} for i = 236, 1320 do t['k' .. i] = i end", "for i = 951, 439, -1 do t[i] = i end"),
    (
        "t = {} for i = 1, 4000 do t[-i] = i end",
        "for i = 9000, 5000, -1 do t[i] = i t[-i] = nil end",
    ),
];

fn run((before, source): (&str, &str), slice: u64) -> (Report, Digest) {
    let limits = Limits { fuel: 1_000_000, ..Limits::default() };
    let mut session = Session::builder().limits(limits).hash_key(7).build().unwrap();
    assert!(session.run(before).is_done());
    let mut run = session.start(Chunk::new(source.as_bytes()));
    while !run.step(slice).is_ended() {}
    let (mut session, report) = run.finish();
    (report, session.digest())
}

/// A function that sets many variables of before the run in one go, behind `garbage` bytes of a
/// string.
fn variables(garbage: usize) -> (String, String) {
    let names: Vec<String> = (0..100).map(|at| format!("a{at}")).collect();
    let sets: String = names.iter().map(|name| format!("{name} = 1 ")).collect();
    let before = format!("local {} function set() {sets} end", names.join(", "));
    let source = format!(
        "local s = ('x'):rep({garbage}) s = nil set() for i = 1, 30 do end \
         return collectgarbage('count')"
    );
    (before, source)
}

#[test]
fn variables_of_the_session_are_set_alike_in_slices() {
    // One of these makes a collection due within the function.
    for garbage in (200_000..270_000).step_by(5_000) {
        let (before, source) = variables(garbage);
        let program = (before.as_str(), source.as_str());
        let whole = run(program, u64::MAX);
        for slice in [1, 7, 50] {
            assert_eq!(run(program, slice), whole, "{garbage}, {slice}");
        }
    }
}

#[test]
fn tables_of_the_session_change_alike_in_slices() {
    for program in PROGRAMS {
        let whole = run(program, u64::MAX);
        assert!(whole.0.is_done(), "{program:?}: {:?}", whole.0);
        for slice in [1, 2, 3, 7, 50, 100, 997, 5000] {
            assert_eq!(run(program, slice), whole, "{program:?}, {slice}");
        }
    }
}
