//! Memory refused in the midst of weak tables, finalizers, coroutines and closes: each
//! limit ends in an outcome or a caught error, the same whatever the slices and the hash
//! key, and the tables are whole afterwards.
//!
//! `MOONFUEL_SWEEP=331 cargo test --release --test refusals` takes smaller steps.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop, and says what it skipped")]

use moonfuel::{Chunk, Limits, Outcome, Report, Session};

const SOURCE: &str = r#"
local runs, closed, kept = 0, 0, {}
local mt = {}
function mt.__gc(o)
  runs = runs + 1
  local t = {}
  for i = 1, 20 do t[i] = {i} end
  if runs % 5 == 0 then setmetatable(o, mt) end
end
local all = {}
for i, mode in ipairs {"k", "v", "kv"} do all[i] = setmetatable({}, {__mode = mode}) end
local function whole()
  for _, weak in ipairs(all) do
    for k, v in pairs(weak) do assert(k ~= nil and v ~= nil and rawequal(weak[k], v)) end
    local n = #weak
    assert((n == 0 or weak[n] ~= nil) and weak[n + 1] == nil)
  end
end
for i = 1, 250 do
  local ok, message = pcall(function()
    local o = setmetatable({i}, mt)
    all[1][o] = {o} all[1][i] = o
    all[2][#all[2] + 1] = {i} all[2]["k" .. i] = {i}
    all[3][o] = o all[3][{}] = i
    kept[#kept + 1] = o
    if i % 7 == 0 then kept[#kept + 1] = {("s"):rep(i * 10)} end
    local co = coroutine.wrap(function(a)
      local x <close> = setmetatable({}, {__close = function() closed = closed + #{i, {}} end})
      local b = coroutine.yield(a)
      table.sort({3, 1, 2}, function(x, y) return x < y and {} end)
      return b
    end)
    co(1) co(2)
    local s = ("x"):rep(i % 50):gsub("x", function(c) return c .. i end)
    local failing = coroutine.create(function()
      local x <close> = setmetatable({}, {__close = function() error {} end})
      coroutine.yield()
    end)
    coroutine.resume(failing)
    coroutine.close(failing)
    if i % 50 == 0 then json.decode(json.encode {i, {s}, "x"}) end
  end)
  if not ok then
    assert(type(message) ~= "string" or message:find("not enough memory", 1, true), message)
    if i % 3 == 0 then kept = {} end
    if i % 10 == 0 then pcall(whole) end
  end
end
kept = nil
collectgarbage()
whole()
print(closed, runs, os.clock(), collectgarbage("count"))
"#;

fn run(memory: u64, key: u64, slice: u64) -> Report {
    let limits = Limits { fuel: 100_000_000, memory, ..Limits::default() };
    let session = Session::builder().limits(limits).hash_key(key).build().unwrap();
    let mut run = session.start(Chunk::new(SOURCE.as_bytes()).named("=refusals"));
    while !run.step(slice).is_ended() {}
    run.finish().1
}

#[test]
fn refusals_leave_everything_whole_and_repeat() {
    let step = std::env::var("MOONFUEL_SWEEP").ok().and_then(|step| step.parse().ok());
    let (mut done, mut refused) = (0, 0);
    for memory in (60_000..400_000).step_by(step.unwrap_or(14_983)) {
        let whole = run(memory, 0, u64::MAX);
        match &whole.outcome {
            Outcome::Done(_) => done += 1,
            Outcome::OutOfMemory => refused += 1,
            other => panic!("{memory} bytes: {other:?}"),
        }
        assert!(whole.usage.memory_peak <= memory, "{memory} bytes: {:?}", whole.usage);
        for (key, slice) in [(1, 7), (u64::MAX, 1009)] {
            assert_eq!(run(memory, key, slice), whole, "{memory} bytes, slices of {slice}");
        }
    }
    assert!(done > 10, "{done} done, {refused} refused");
}
