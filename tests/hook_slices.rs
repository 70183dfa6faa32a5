//! Invariant "Deterministic", with debug hooks: what a hook costs and when it is called does
//! not depend on how a run is cut into slices.

#![allow(clippy::expect_used, reason = "a test may stop, and says what it did")]

use moonfuel::{Chunk, Profile, Report, Session};

const SOURCE: &[u8] = b"
local events = {}
local function hook(event, line) events[#events + 1] = event:sub(1, 1) .. (line or '') end
local function work(n) local t = {} for i = 1, n do t[i] = i .. '' end return #t end
for _, mask in ipairs { 'l', 'c', 'r', 'crl' } do
  debug.sethook(hook, mask, 3)
  work(5)
  pcall(error, 'e')
  debug.sethook()
end
return table.concat(events, ' ')";

fn sliced(slice: u64) -> Report {
    let session = Session::builder().profile(Profile::Full).build().expect("a session");
    let mut run = session.start(Chunk::new(SOURCE).named("@hooks.lua"));
    while !run.step(slice) {}
    run.finish().1
}

#[test]
fn deterministic_hooks_do_not_see_slices() {
    let whole = sliced(1_000_000);
    assert!(whole.json().expect("events").contains(" l4 c"), "{:?}", whole.outcome);
    for slice in 1..200 {
        assert_eq!(sliced(slice), whole, "slices of {slice}");
    }
}
