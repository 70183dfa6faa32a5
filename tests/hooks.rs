//! Debug hooks fire at the same instructions, for the same fuel, whatever the slices.

#![allow(clippy::expect_used, reason = "a test may stop, and says what it skipped")]

use moonfuel::{Chunk, Limits, Profile, Report, Session};

/// Reports every event of a program with loops, calls, errors, coroutines and
/// metamethods, through a hook that makes garbage.
const PROGRAM: &str = r#"
local events = {}
local function hook(event, line)
  events[#events + 1] = event .. ":" .. tostring(line) .. ":" .. debug.getinfo(2, "l").currentline
end
local object = setmetatable({}, {
  __index = function(t, k) return k end,
  __lt = function() return true end,
  __concat = function() return "c" end,
  __close = function() end,
})
local function work(...)
  local n = 0
  repeat n = n + 1 until n > 3 or object < object
  for i = 1, 3 do n = n + i end
  for _, v in ipairs({ ... }) do n = n + v end
  for _, v in pairs({ ... }) do n = n + v end
  local closed <close> = object
  -- A hook is put aside while finalizers run, and goes on behind them.
  setmetatable({}, { __gc = function() local x = 1 return x end })
  collectgarbage()
  local text = object .. "a" .. object .. object.key
  table.sort({ 3, 1, 2 }, function(a, b) return a < b end)
  pcall(error, "e")
  local co = coroutine.wrap(function(a) debug.sethook(hook, "l") coroutine.yield(a) return a end)
  co(1)
  co(2)
  return string.gsub("abc", "%w", function(c) return c .. c end)
end
for _, mode in ipairs({ { "l", 0 }, { "cr", 0 }, { "", 1 }, { "", 3 }, { "crl", 2 } }) do
  debug.sethook(hook, mode[1], mode[2])
  work(1, 2, 3)
  debug.sethook()
end
return #events, table.concat(events, " ")
"#;

fn run(slice: u64) -> Report {
    let limits = Limits { memory: 64 << 20, ..Limits::default() };
    let session =
        Session::builder().limits(limits).profile(Profile::Full).build().expect("a session");
    let mut run = session.start(Chunk::new(PROGRAM.as_bytes()).named("=hooks"));
    while !run.step(slice).is_ended() {}
    run.finish().1
}

#[test]
fn hooks_fire_alike_at_every_slice_size() {
    let whole = run(u64::MAX);
    let values = whole.values().expect("a run without errors");
    let count = values[0].as_i64().expect("a count");
    assert!(count > 300, "{count} events");
    for slice in [1, 2, 3, 7, 100, 1_000_000] {
        assert_eq!(whole, run(slice), "slices of {slice}");
    }
}
