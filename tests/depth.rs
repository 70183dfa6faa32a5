//! Depth: endless recursion is a Lua error with a line, well below the default memory, and
//! what a deep call took is given back.

#![allow(clippy::unwrap_used, reason = "a test may stop, and says what it skipped")]

use moonfuel::{Chunk, Limits, Outcome, Report, Session};

fn run(source: &str, memory: u64) -> Report {
    let limits = Limits { memory, ..Limits::default() };
    Session::builder().limits(limits).build().unwrap().run(source)
}

fn sliced(source: &str, slice: u64) -> Report {
    let limits = Limits { memory: 40 << 20, ..Limits::default() };
    let session = Session::builder().limits(limits).hash_key(slice).build().unwrap();
    let mut run = session.start(Chunk::new(source.as_bytes()));
    while !run.step(slice).is_ended() {}
    run.finish().1
}

#[test]
fn endless_recursion_is_an_error_with_its_line() {
    let source = "local function f()\n  return 1 + f()\nend\nf()";
    let report = run(source, Limits::default().memory);
    let Outcome::Failed(error) = report.outcome else { panic!("{:?}", report.outcome) };
    assert!(error.to_string().contains(":2: stack overflow"), "{error}");
    assert_eq!(error.line, Some(2));
    assert!(error.traceback.contains("in main chunk"), "{}", error.traceback);
    assert!(error.traceback.contains("levels)") && error.traceback.len() < 4096);
    assert!(report.usage.memory_peak < Limits::default().memory * 6 / 10, "{:?}", report.usage);
}

const CAUGHT: &str = r#"
local depth = 0
local function f() depth = depth + 1 return 1 + f() end
local first
for round = 1, 3 do
  depth = 0
  local ok, message = pcall(f)
  assert(not ok and message:find("stack overflow", 1, true), message)
  first = first or depth
  assert(depth == first, depth)
  -- A handler runs where the error is, beyond the limit.
  local ok, message = xpcall(f, function(m) local t = {m, round} return t[1] .. "!" end)
  assert(not ok and message:find("stack overflow!", 1, true), message)
end
collectgarbage()
local t = {}
for i = 1, 200000 do t[i] = {i} end
return first, #t
"#;

#[test]
fn a_caught_overflow_leaves_room_for_the_rest_of_the_run() {
    let report = run(CAUGHT, 40 << 20);
    let values = report.values().unwrap();
    // Most of the documented 200,000 calls; the chunk, `pcall` and the test are the others.
    assert!(values[0].as_u64().unwrap() > 199_000, "{values:?}");
    assert_eq!(values[1], 200_000);
    for slice in [997, 50_000] {
        assert_eq!(sliced(CAUGHT, slice), report, "slices of {slice}");
    }
}

#[test]
fn stacks_shrink_whatever_held_them() {
    for (what, source) in [
        (
            "a coroutine that was deep once",
            "local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end
             local cos = {}
             for i = 1, 60 do
               local co = coroutine.create(function() coroutine.yield(deep(20000)) return i end)
               coroutine.resume(co)
               cos[i] = co
               collectgarbage()
             end
             local s = 0 for i = 1, 60 do s = s + select(2, coroutine.resume(cos[i])) end
             return s",
        ),
        (
            "a call with many arguments",
            "local cos = {}
             local function count(...) return select('#', ...) end
             for i = 1, 60 do
               local co = coroutine.wrap(function() coroutine.yield(count(table.unpack({}, 1, 100000))) return i end)
               assert(co() == 100000)
               cos[i] = co
               co = nil
               collectgarbage()
             end
             local s = 0 for i = 1, 60 do s = s + 1 end
             return s + 1770",
        ),
        (
            "variables of a closure on a stack that moves",
            "local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end
             local x = 0
             local function add() x = x + 1 end
             for i = 1, 30 do add() deep(30000) collectgarbage() add() x = x + 59 end
             return x",
        ),
    ] {
        let report = run(source, 12 << 20);
        assert_eq!(report.json().as_deref(), Ok("[1830]"), "{what}");
    }
}

#[test]
fn library_functions_keep_the_room_they_asked_for() {
    // Collections between the steps of a function that has asked for room before.
    let report = run(
        "local t = setmetatable({}, {__index = function(_, i) local garbage = {{}, {}, {}, {}} return i end})
         local n = 0
         for round = 1, 3 do
           n = n + select('#', table.unpack(t, 1, 60000))
           n = n + select(-1, table.unpack(t, 1, 60000))
         end
         local s = ('x'):rep(300000)
         n = n + select('#', s:byte(1, -1))
         table.sort({table.unpack(t, 1, 2000)}, function(a, b) local garbage = {a, b} return a > b end)
         return n",
        64 << 20,
    );
    assert_eq!(report.json().as_deref(), Ok("[660000]"), "{:?}", report.outcome);
}
