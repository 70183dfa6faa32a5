//! Weak tables and finalizers.

use super::sessions::{limits, literal, same_in_slices, session};
use moonfuel::{Limits, Outcome, Profile};

/// What the bytes are operations of, on weak tables and objects with finalizers. The
/// script knows what must be in its tables, and asserts it.
const WEAK: &str = r#"
local modes, kept, weak, model, finalized = {"k", "v", "kv", "x"}, {}, {}, {}, 0
local long, walking = ("long"):rep(12), false
local function object(with)
  local o = {}
  if with then
    setmetatable(o, {__mode = with % 2 == 0 and "k" or nil, __gc = function(dead)
      finalized = finalized + 1
      if with % 3 == 0 then kept[with % 8 + 1] = dead end
      if with % 5 == 0 then setmetatable(dead, getmetatable(dead)) end
      -- Nothing may be added to a table that is traversed.
      if with % 7 == 0 and not walking then weak[1][dead] = dead weak[2]["f" .. with] = {} end
    end})
  end
  return o
end
for i = 1, 8 do kept[i] = {} end
for i = 1, 4 do weak[i], model[i] = setmetatable({}, {__mode = modes[i]}), {} end
-- A value, and what finds it again when it is one that stays.
local function pick(n)
  local kind, n = n % 6, n // 6
  if kind == 0 then return n % 20 + 1, true end
  if kind == 1 then return "s" .. n, true end
  if kind == 2 then return long .. n, true end
  if kind == 3 then return n + 0.5, true end
  if kind == 4 then local o = kept[n % 8 + 1] return o, false end
  return object(n % 2 == 0 and n or nil), false
end
local function check(i)
  local mode, n = getmetatable(weak[i]).__mode, 0
  walking = true
  for k, v in pairs(weak[i]) do
    n = n + 1
    assert(k ~= nil and v ~= nil and rawequal(weak[i][k], v), k)
    if n % 3 == 0 then collectgarbage("step", 100) end
  end
  walking = false
  for k, v in pairs(model[i]) do assert(rawequal(weak[i][k], v), mode) end
  local length = #weak[i]
  assert(length == 0 or weak[i][length] ~= nil)
  assert(weak[i][length + 1] == nil)
end
for op, a, b in ops:gmatch("(.)(.)(.)") do
  op, a, b = op:byte(), a:byte(), b:byte()
  local i, what = op % 4 + 1, op // 4 % 16
  if what < 8 then
    local k, stays = pick(a) local v, too = pick(b)
    weak[i][k] = v
    if stays then model[i][k] = too and v or nil end
  elseif what == 8 then
    local k, stays = pick(a)
    weak[i][k] = nil
    if stays then model[i][k] = nil end
  elseif what == 9 then kept[a % 8 + 1] = object(b)
  elseif what == 10 then
    local k = kept[a % 8 + 1]
    for n = 1, b do local next = {} weak[i][k] = next k = next end
    kept[b % 8 + 1] = k
  elseif what == 11 then
    for n = 1, b do weak[i][n] = n % 3 == 0 and {} or n model[i][n] = n % 3 ~= 0 and n or nil end
  elseif what == 12 then getmetatable(weak[i]).__mode = modes[a % 4 + 1]
  elseif what == 13 then
    walking = true
    for k in pairs(weak[i]) do
      weak[i][k] = nil
      model[i][k] = nil
      if a % 4 == 0 then collectgarbage() end
    end
    walking = false
  elseif what == 14 then check(i)
  else collectgarbage(a % 2 == 0 and "collect" or "step") end
end
collectgarbage()
for i = 1, 4 do check(i) end
"#;

/// Takes the bytes for operations on weak tables: what stays in them is there, in
/// slices and with a collection at every opportunity too.
pub fn weak(ops: &[u8]) {
    // A collection at every opportunity makes each operation dear.
    let ops = &ops[..ops.len().min(600)];
    let source = format!("local ops = \"{}\"\n{WEAK}", literal(ops));
    let limits = Limits { fuel: 400_000, memory: 8 << 20, ..limits() };
    let make = || session(Profile::Strict, limits.clone());
    let report = same_in_slices(source.as_bytes(), ops, &make, &limits);
    let holds = |outcome: &Outcome| match outcome {
        Outcome::Done(_) | Outcome::OutOfFuel | Outcome::OutOfMemory => true,
        Outcome::Failed(error) => error.message == b"not enough memory",
        _ => false,
    };
    assert!(holds(&report.outcome), "{:?}", report.outcome);
    let mut stressed = make();
    stressed.set_collect_always(true);
    let report = stressed.run(&source);
    assert!(holds(&report.outcome), "collecting always: {:?}", report.outcome);
}
