//! Finalizers and weak tables under metering: slices, limits, stress (manual §2.5).

#![allow(clippy::unwrap_used, reason = "a test may stop, and says what it skipped")]

use moonfuel::{Chunk, Limits, Outcome, Report, Session};

fn limits() -> Limits {
    Limits { fuel: 50_000_000, memory: 16 << 20, ..Limits::default() }
}

fn session(limits: Limits) -> Session {
    Session::builder().limits(limits).build().unwrap()
}

fn run(source: &str) -> Report {
    session(limits()).run(source)
}

fn sliced(source: &str, slice: u64) -> Report {
    let mut run = session(limits()).start(Chunk::new(source.as_bytes()));
    while !run.step(slice).is_ended() {}
    run.finish().1
}

/// Garbage of all kinds, whose finalizers run in the midst of everything.
const WORK: &str = r#"
warn("@on")
local runs, last = 0, nil
local mt = {__gc = function(o)
  runs = runs + 1
  last = {o, os.clock()}
  if runs % 97 == 0 then setmetatable(o, getmetatable(o)) end
  if runs % 300 == 0 then print(runs, os.clock()) error("at " .. runs) end
end}
local weak, eph = setmetatable({}, {__mode = "v"}), setmetatable({}, {__mode = "k"})
local function more(i)
  local o = setmetatable({i}, mt)
  weak[i % 50] = {i} weak[#weak + 1] = o eph[o] = {o} eph[{}] = i
  return o
end
local t = {}
for i = 1, 400 do t[i] = (i * 7919) % 400 end
table.sort(t, function(a, b) more(a) return a < b end)
local co = coroutine.wrap(function() for i = 1, 500 do more(i) coroutine.yield(i .. "") end end)
local text = ("x"):rep(400):gsub("x", function() more(1) return co() end)
local cat = setmetatable({}, {__concat = function(a, b) more(2) return "c" end})
for i = 1, 200 do
  local s = "a" .. i .. cat .. "d"
  local ok, message = pcall(function()
    local x <close> = setmetatable({}, {__close = function() more(3) end})
    more(4) error("e" .. i)
  end)
  last = message
end
local n = 0 for k, v in pairs(weak) do n = n + 1 end
local left = 0 for k, v in pairs(eph) do left = left + 1 end
print(runs, n, left, #text, os.clock(), collectgarbage("count"))
"#;

#[test]
fn slices_change_nothing() {
    let whole = run(WORK);
    assert!(whole.is_done(), "{:?}", whole.outcome);
    let output = String::from_utf8_lossy(&whole.output);
    assert!(output.contains("error in __gc") && output.lines().count() > 4, "{output}");
    for slice in [1, 2, 7, 1009, 1_000_000] {
        assert_eq!(sliced(WORK, slice), whole, "slices of {slice}");
    }
    for key in [1, u64::MAX] {
        let mut keyed = Session::builder().limits(limits()).hash_key(key).build().unwrap();
        assert_eq!(keyed.execute(WORK, None), whole, "hash key {key}");
    }
}

#[test]
fn collecting_always_harms_nothing() {
    for source in [
        WORK,
        "local w = setmetatable({}, {__mode = 'kv'}) for i = 1, 300 do w[{}] = i w[i] = {} end",
        "for i = 1, 300 do setmetatable({}, {__gc = function() local t = {} t[1] = t end}) end",
    ] {
        let mut session = session(limits());
        session.set_collect_always(true);
        let report = session.run(source);
        assert!(report.is_done(), "{source}: {:?}", report.outcome);
    }
}

#[test]
fn a_run_stops_at_its_fuel_in_a_finalizer_too() {
    let source = "setmetatable({}, {__gc = function() while true do end end}) collectgarbage()";
    for fuel in [5_000, 5_001, 70_000] {
        let report = session(Limits { fuel, ..limits() }).run(source);
        assert_eq!((report.outcome, report.usage.fuel_used), (Outcome::OutOfFuel, fuel));
    }
    // Nothing catches it, and the session goes on.
    let mut session = session(Limits { fuel: 100_000, ..limits() });
    let caught = "pcall(function() setmetatable({}, {__gc = function() pcall(function()
        while true do end end) print('caught') end}) collectgarbage() end) print('on')";
    let report = session.run(caught);
    assert_eq!((report.outcome, report.output), (Outcome::OutOfFuel, Vec::new()));
    let report = session.run(
        "local done setmetatable({}, {__gc = function() done = true end})
         collectgarbage() return done, collectgarbage('isrunning')",
    );
    assert_eq!(report.json().unwrap(), "[true,true]");
}

#[test]
fn the_output_limit_holds_in_finalizers() {
    let report = session(Limits { output: 100, ..limits() }).run(
        "setmetatable({}, {__gc = function() while true do pcall(print, 'line') end end})
         collectgarbage() print('not reached')",
    );
    assert_eq!((report.outcome, report.output.len()), (Outcome::OutputLimit, 100));
}

#[test]
fn memory_is_refused_in_finalizers_and_their_errors_are_warnings() {
    let report = run("warn('@on')
         setmetatable({}, {__gc = function() local t = {} for i = 1, 1e9 do t[i] = {} end end})
         collectgarbage() print('on')");
    assert!(report.is_done(), "{:?}", report.outcome);
    let output = String::from_utf8_lossy(&report.output);
    assert_eq!(output, "Lua warning: error in __gc (not enough memory)\non\n");
    assert!(report.usage.memory_peak <= limits().memory);
}

#[test]
fn a_warning_that_is_refused_ends_its_coroutine_and_no_more() {
    let source = r#"
warn("@on")
local mt = {__gc = function(o) error(o.text, 0) end}
waits = setmetatable({text = ("x"):rep(900000)}, mt)
local keep, n = {}, 0
while pcall(function() for _ = 1, 1000 do n = n + 1 keep[n] = ("y"):rep(60) .. n end end) do end
for i = n - 300, n do keep[i] = nil end
local co = coroutine.create(function()
  local closed <close> = setmetatable({}, {__close = function() print("closed", coroutine.running()) end})
  waits = nil
  collectgarbage()
end)
print(coroutine.resume(co))
print(collectgarbage("count") > 0, collectgarbage("isrunning"))
keep = nil
print(collectgarbage(), coroutine.close(co))
setmetatable({}, {__gc = function() print("called") end})
collectgarbage()
"#;
    let report = session(Limits { memory: 4 << 20, ..limits() }).run(source);
    let output = String::from_utf8_lossy(&report.output);
    assert!(matches!(report.outcome, Outcome::Done(Ok(_))), "{output}");
    let lines: Vec<&str> = output.lines().collect();
    let [refused, running, closed, whole, called] = lines[..] else { panic!("{output}") };
    assert_eq!([refused, running], ["false\tnot enough memory", "true\ttrue"]);
    assert!(closed.starts_with("closed\tthread: "), "{closed}");
    assert_eq!([whole, called], ["0\tfalse\tnot enough memory", "called"]);
}

#[test]
fn finalizers_that_mark_again_do_not_hold_the_program_up() {
    // Each collection, and each refusal, finds the object dead again.
    let report = run("local again = {} again.__gc = function(o) setmetatable(o, again) end
         for i = 1, 50 do setmetatable({}, again) end
         local ok, message = pcall(function() local t = {} for i = 1, 1e9 do t[i] = {} end end)
         return ok, message");
    assert_eq!(report.json().unwrap(), r#"[false,"not enough memory"]"#);
}

#[test]
fn a_stopped_collector_leaves_memory_limits_alone() {
    let report = run("collectgarbage('stop')
         local before = collectgarbage('count')
         for i = 1, 20000 do local t = {} end
         local grown = collectgarbage('count') - before
         for i = 1, 400000 do local t = {} end
         return grown > 1000, collectgarbage('isrunning')");
    assert_eq!(report.json().unwrap(), "[true,false]");
}

#[test]
fn steps_end_sooner_when_they_are_larger() {
    let report = run("local function steps(size)
           collectgarbage() collectgarbage('stop')
           local n, x = 0, {} for i = 1, 500 do x = {{}} end
           local before = collectgarbage('count')
           repeat n = n + 1 until collectgarbage('step', size)
           collectgarbage('restart')
           return n, collectgarbage('count') < before
         end
         local a, fa = steps(1) local b, fb = steps(4) local c, fc = steps(20000)
         return a > b, b > c, c, fa, fb, fc");
    assert_eq!(report.json().unwrap(), "[true,true,1,true,true,true]");
}

#[test]
fn finalizers_work_at_the_limits_of_depth() {
    let report = session(Limits { fuel: 500_000_000, memory: 256 << 20, ..limits() }).run(
        "local n, at = 0, 0
         local mt = {__gc = function() n = n + 1 end}
         local function natives(i) setmetatable({}, mt) collectgarbage() return pcall(natives, i + 1) end
         natives(1)
         local function deep(i)
           setmetatable({}, mt) at = i
           if i % 20000 == 0 then collectgarbage() end
           return 1 + deep(i + 1)
         end
         local ok = pcall(deep, 1)
         collectgarbage()
         return ok, at > 1000, n > 100",
    );
    assert_eq!(report.json().unwrap(), "[false,true,true]");
}

#[test]
fn lists_of_the_collector_are_charged_and_given_back() {
    let report = run(
        "local function live() collectgarbage() collectgarbage() return collectgarbage('count') end
         live() local before = live()
         local mt, weak = {__gc = function() end}, {__mode = 'k'}
         for i = 1, 2000 do setmetatable({}, mt) setmetatable({}, weak) end
         return live() - before < 2",
    );
    // The two metatables are still there.
    assert_eq!(report.json().unwrap(), "[true]");
}

/// A random program over weak tables against a model: what is reachable stays.
#[test]
fn weak_tables_follow_a_model() {
    let report = run(r#"
local seed = 12345
local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return seed // 65536 % n + 1 end
for round = 1, 40 do
  local mode = ({"k", "v", "kv"})[round % 3 + 1]
  local weak, model, alive = setmetatable({}, {__mode = mode}), {}, {}
  for i = 1, 12 do alive[i] = {} end
  local function pick()
    local kind = random(5)
    if kind == 1 then return random(20), true end
    if kind == 2 then return "s" .. random(20), true end
    if kind == 3 then return ("long"):rep(12) .. random(9), true end
    if kind == 4 then return alive[random(12)], true end
    return {}, false
  end
  for i = 1, 150 do
    local k, ks = pick() local v, vs = pick()
    if model[k] then model[k] = nil end
    weak[k] = v
    local strong = (not mode:find "k" or ks) and (not mode:find "v" or vs)
    if strong then model[k] = {v} elseif ks then model[k] = nil end
    if not ks then k = nil end v = nil
    if random(40) == 1 then collectgarbage() end
  end
  collectgarbage()
  local n, m = 0, 0
  for k, v in pairs(weak) do n = n + 1 assert(model[k] and rawequal(model[k][1], v) or v == model[k][1]) end
  for k, v in pairs(model) do m = m + 1 end
  assert(n == m, mode .. " " .. n .. " " .. m)
  local len = #weak
  assert(len == 0 or weak[len] ~= nil) assert(weak[len + 1] == nil)
end
return "ok""#);
    assert_eq!(report.json().unwrap(), r#"["ok"]"#);
}
