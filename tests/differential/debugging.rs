//! Calls of the debug library with arguments of every kind, from frames of every kind. For
//! the full profile.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;
use super::program::{Node, block, line};

/// `I` prints what `getinfo` returns, `B` the functions and threads that are asked about.
const PRELUDE: &str = "-- kept
local function L(ok, k, v)
  -- What is in registers that are not in use is nobody's business.
  if ok and (not k or k:sub(1, 1) == '(' and k ~= '(vararg)') then return print('none') end
  P(ok, k, v)
end
local function I(...)
  local t = ...
  if type(t) ~= 'table' then return P(...) end
  local out = {}
  for _, k in ipairs{'source', 'short_src', 'what', 'currentline', 'linedefined', 'lastlinedefined', 'name', 'namewhat', 'nups', 'nparams', 'isvararg', 'istailcall', 'ftransfer', 'ntransfer', 'func'} do
    local v = t[k]
    if v ~= nil then out[#out + 1] = k .. '=' .. ((type(v) == 'function' or type(v) == 'table') and type(v) or tostring(v)) end
  end
  if t.activelines then
    local lines = {}
    for l in pairs(t.activelines) do lines[#lines + 1] = l end
    table.sort(lines)
    out[#out + 1] = 'lines=' .. table.concat(lines, ',')
  end
  print(table.concat(out, ' '))
end
local up1, up2 = 'one', {2}
local function plain(a, b) local c = a
  return c, up1 end
local function variadic(a, ...) local x <const>, y = 1, ... return up2, up1, x end
local co1 = coroutine.create(function(p, ...) local q = p
  local function inner(z) local w = coroutine.yield(z) return w end
  local r = inner(q) return r end)
coroutine.resume(co1, 'p', 'v1', 'v2')
local co2 = coroutine.create(function(n) local m = n error('dead') end)
coroutine.resume(co2, 5)
local co3 = coroutine.create(plain)
local co4 = coroutine.create(plain) coroutine.resume(co4, 1, 2)";

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x6462, id);
    let mut body = vec![line("local l1, l2 = ..., 'second'")];
    for _ in 0..rng.range(1, 3) {
        body.push(line(call(rng)));
    }
    let (head, tail) = rng.pick(&[
        ("P(pcall(function(...)", "end, 'a1', 'a2'))"),
        ("local function named(...)", "end named('n1', 'n2', 'n3')"),
        ("local t = {} function t:method(...)", "end t:method('m1')"),
        (
            "local function tail(...)",
            "end local function caller() return tail('t1') end P(pcall(caller))",
        ),
        ("P(coroutine.resume(coroutine.create(function(...)", "end), 'c1', 'c2'))"),
        ("P(xpcall(error, function(...) return pcall(function(...)", "end, ...) end, 'x1'))"),
        ("P(select(2, pcall(setmetatable({}, {__add = function(...)", "end}).x or tostring, 1)))"),
        (
            "local o = setmetatable({}, {__index = function(...)",
            "end}) P(pcall(function() return o.field end))",
        ),
        ("table.sort({2, 1}, function(...)", "end)"),
        ("do local c <close> = setmetatable({}, {__close = function(...)", "end}) end"),
        ("for i = 1, 1 do (function(...)", "end)(i) end"),
        ("P(('x'):gsub('x', function(...)", "end))"),
        ("for k in (function(...)", "end) do break end"),
    ]);
    vec![line(PRELUDE), block(head, body, tail)]
}

fn thread(rng: &mut Prng) -> &'static str {
    rng.pick(&["", "", "", "co1, ", "co2, ", "co3, ", "co4, ", "coroutine.running(), "])
}

fn level(rng: &mut Prng) -> String {
    if rng.chance(100) {
        return rng.pick(&["nil", "'1'", "1.0", "1.5", "{}", "math.maxinteger", "-1"]).to_owned();
    }
    rng.range(0, 4).to_string()
}

fn function(rng: &mut Prng) -> &'static str {
    rng.pick(&[
        "plain",
        "variadic",
        "print",
        "string.gsub",
        "function() return up1, up2, l1 end",
        "function(...) l1 = 1 end",
        "next",
        "load('return x, ...', '=chunk')",
        "load('\\n\\nreturn 1\\n', '@file')",
        "1",
        "nil",
        "{}",
    ])
}

fn what(rng: &mut Prng) -> String {
    let mut what = String::new();
    for _ in 0..rng.range(1, 4) {
        what.push_str(rng.pick(&["S", "l", "n", "r", "u", "t", "f", "L", "S", "n"]));
    }
    if rng.chance(80) {
        what.push_str(rng.pick(&["x", ">", "?", "\\0", " "]));
    }
    what
}

fn call(rng: &mut Prng) -> String {
    let (co, n, f) = (thread(rng), rng.range(-4, 5), function(rng));
    let what = what(rng);
    let level = level(rng);
    match rng.below(24) {
        0..=3 => format!("I(select(2, pcall(debug.getinfo, {co}{level}, '{what}')))"),
        4 | 5 => format!("I(select(2, pcall(debug.getinfo, {f}, '{what}')))"),
        6 => format!("local i = debug.getinfo({level}) I(i and {{name = i.name, namewhat = i.namewhat, what = i.what, currentline = i.currentline}})").replace("(nil)", "(1)").replace("('1')", "(1)").replace("({})", "(1)").replace("(1.5)", "(2)").replace("(-1)", "(0)"),
        7..=10 => format!("L(pcall(debug.getlocal, {co}{level}, {n}))"),
        11 => format!("P(pcall(debug.getlocal, {f}, {n}))"),
        12 => format!("P(pcall(function() return debug.setlocal({}, {n}, 'set') end)) P(l1, l2, ...)", rng.pick(&["3", "co1, 1"])),
        13 => format!("P(pcall(debug.getupvalue, {f}, {n}))"),
        14 => format!("P(pcall(debug.setupvalue, {f}, {n}, 'new')) P(up1, up2)"),
        15 => format!("local a, b = pcall(debug.upvalueid, {f}, {n}) P(a, a and b ~= nil or b)"),
        16 => format!("P(pcall(debug.upvaluejoin, {f}, {n}, {}, {})) P(plain(1))", function(rng), rng.range(0, 3)),
        17 | 18 => {
            let message = rng.pick(&["'msg'", "nil", "5", "{}", "'two\\nlines'", "1.5", "true"]);
            let level = if rng.chance(500) { format!(", {}", rng.range(0, 3)) } else { String::new() };
            format!("local t = debug.traceback({co}{message}{level}) print(type(t) == 'string' and (t:gsub('\\n[^\\n]*[bs][ai][tn][cg][hl]e?.lua.*', '')) or type(t))")
        }
        19 => format!("debug.sethook({co}function() end, '{}', {}) local f, m, c = debug.gethook({}) debug.sethook({co}nil) P(f, m, c) P(debug.gethook())", rng.pick(&["l", "cr", "", "lrc", "x"]), rng.range(-1, 3), co.trim_end_matches(", ")),
        20 => format!("P(pcall(debug.getmetatable, {f})) P(debug.getmetatable('').__index == string)"),
        21 => format!("P(pcall(debug.setmetatable, {{}}, {})) P(pcall(debug.setmetatable))", rng.pick(&["nil", "{}", "1"])),
        22 => format!("P(pcall(debug.getuservalue, {f}, {n})) P(pcall(debug.setuservalue, {f}, {n}))"),
        _ => format!("local i = 1 while true do local k, v = debug.getlocal({co}1, i) if not k then break end L(true, k, v) i = i + 1 if k:sub(1, 1) == '(' then break end end i = -1 while true do local k, v = debug.getlocal({co}1, i) if not k then break end P(k, v) i = i - 1 end"),
    }
}
