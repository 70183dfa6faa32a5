//! Library functions over tables that note each access, and with callbacks that fail or yield
//! at one moment or another.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;
use super::program::{Node, line};

/// `op` is called with `at`, which every callback calls. Plainly what they do is noted and
/// printed; failing at the `n`-th is too; and where yields cross library functions, a run that
/// yields at each must come to the same as the plain one.
const PRELUDE: &str = "-- kept
local function table_of(at, name, t, more)
  local mt = {__index = function(_, k) at(name, 'get', k) return t[k] end, __newindex = function(_, k, v) at(name, 'set', k, v) t[k] = v end, __len = function() at(name, 'len') return #t end}
  for k, v in pairs(more or {}) do mt[k] = v end
  return setmetatable({}, mt)
end
local function text(...)
  local out = {}
  for i = 1, select('#', ...) do
    local v = select(i, ...)
    out[i] = (type(v) == 'number' or type(v) == 'string' or v == nil or type(v) == 'boolean') and tostring(v) or type(v)
  end
  return table.concat(out, ' ')
end
local function run(op, n, each)
  local log, calls = {}, 0
  local function at(...)
    calls = calls + 1
    if calls > 60 then error('enough', 0) end
    log[#log + 1] = text(...)
    if calls == n then error({}) end
    if each then coroutine.yield(...) end
  end
  local result = table.pack(pcall(op, at))
  log[#log + 1] = text(table.unpack(result, 1, result.n))
  return table.concat(log, '|'), calls
end
local crosses = coroutine.resume(coroutine.create(function() table.sort({2, 1}, function(a, b) coroutine.yield() return a < b end) end))
local function try(op)
  local plain, calls = run(op)
  P(plain)
  if calls > 1 then P((run(op, calls // 2))) end
  local co = coroutine.create(run)
  local ok, again = coroutine.resume(co, op, nil, true)
  while coroutine.status(co) == 'suspended' do ok, again = coroutine.resume(co) end
  P(not crosses or ok and again == plain or again)
end";

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x6362, id);
    let mut out = vec![line(PRELUDE)];
    for _ in 0..rng.range(1, 2) {
        let operation = operation(rng);
        out.push(line(format!("try(function(at) {operation} end)")));
    }
    out
}

fn content(rng: &mut Prng) -> String {
    let lists = [
        "{}",
        "{1}",
        "{1, 2, 3}",
        "{'a', 'b', 'c', 'd'}",
        "{3, 1, 2, 5, 4}",
        "{2, 2, 1, 1}",
        "{1, 'x', 2}",
        "{1, nil, 3}",
        "{[0] = 0, 1, 2, [-1] = -1}",
        "{9, 8, 7, 6, 5, 4, 3, 2, 1}",
    ];
    if rng.chance(250) {
        let count = rng.range(4, 16);
        let items: Vec<String> = (0..count).map(|_| rng.range(0, 12).to_string()).collect();
        return format!("{{{}}}", items.join(", "));
    }
    rng.pick(&lists).to_owned()
}

fn noted(rng: &mut Prng, name: &str) -> String {
    let content = content(rng);
    let more = match rng.below(12) {
        0 => format!(
            ", {{__len = function() at('len!') return {} end}}",
            rng.pick(&["2", "5", "'3'", "2.0", "2.5", "-1", "nil", "math.maxinteger", "0", "{}"])
        ),
        1 => ", {__len = false}".to_owned(),
        2 => ", {__index = {'p', 'q', 'r'}}".to_owned(),
        3 => ", {__newindex = function() at('lost') end}".to_owned(),
        4 => ", {__index = function(_, k) at('made', k) return k end}".to_owned(),
        _ => String::new(),
    };
    // A raw table now and then.
    if rng.chance(100) { content } else { format!("table_of(at, '{name}', {content}{more})") }
}

/// A comparison for `table.sort`.
fn comparator(rng: &mut Prng) -> &'static str {
    rng.pick(&[
        "function(a, b) at('cmp', a, b) return a < b end",
        "function(a, b) at('cmp', a, b) return a > b end",
        "function(a, b) at('cmp', a, b) return tostring(a) < tostring(b) end",
        "function(a, b) at('cmp', a, b) return true end",
        "function(a, b) at('cmp', a, b) return a <= b end",
        "function(a, b) at('cmp', a, b) return a % 3 < b % 3 and {} end",
        "function(a, b) at('cmp', a, b) end",
        "setmetatable({}, {__call = function(_, a, b) at('cmp', a, b) return a < b end})",
        "at",
        "rawequal",
        "math.ult",
        "nil",
    ])
}

/// An object with metamethods that note what they do.
fn object(rng: &mut Prng) -> String {
    let back = rng.pick(&["'text'", "7", "nil", "true", "{}", "'%d'", "2.5", "''"]);
    format!(
        "setmetatable({{}}, {{__name = 'Named', __tostring = function() at('tostring') return {back} end, __len = function() at('length') return {back} end, __index = function(_, k) at('index', k) return {back} end, __lt = function(a, b) at('lt', a, b) return {back} end, __le = function(a, b) at('le', a, b) return {back} end, __eq = function(a, b) at('eq') return {back} end, __concat = function(a, b) at('concat', a, b) return {back} end, __unm = function(a, b) at('unm', rawequal(a, b)) return {back} end, __call = function(_, ...) at('call', ...) return {back} end, __close = function(_, e) at('close', e) end, __add = function(a, b) at('add', a, b) return {back} end, __newindex = function(_, k, v) at('newindex', k, v) end, __idiv = function(a, b) at('idiv', a, b) return {back} end, __band = function(a, b) at('band', a, b) return {back} end}})"
    )
}

fn operation(rng: &mut Prng) -> String {
    let (t, u) = (noted(rng, "t"), noted(rng, "u"));
    let (i, j, k) = (rng.range(-1, 4), rng.range(-1, 6), rng.range(-1, 5));
    let o = object(rng);
    match rng.below(34) {
        0 => format!("local t = {t} table.move(t, {i}, {j}, {k}) return t[1], t[2], t[3]"),
        1 => format!("local u = {u} return table.move({t}, {i}, {j}, {k}, u) == u, u[1], u[2]"),
        2 => format!("table.insert({t}, {i}, 'new')"),
        3 => format!("local t = {t} table.insert(t, 'new') return t[1]"),
        4 => format!("return table.remove({t}, {i})"),
        5 => format!("local t = {t} return table.remove(t), table.remove(t), table.remove(t)"),
        6 => {
            format!("return table.concat({t}, {}, {i}, {j})", rng.pick(&["', '", "''", "1", "nil"]))
        }
        7 => format!("return table.concat({t}, '-')"),
        8 => format!("return table.unpack({t}, {i}, {j})"),
        9 => format!("return table.unpack({t})"),
        10..=12 => {
            format!("local t = {t} table.sort(t, {}) return table.unpack(t)", comparator(rng))
        }
        13 => format!("local t = {t} table.sort(t) return t[1], t[2]"),
        14 => format!("for i, v in ipairs({t}) do at('each', i, v) if i == {k} then break end end"),
        15 => format!(
            "for i, v in pairs(setmetatable({{}}, {{__pairs = function(s) at('pairs') return function(_, c) at('next', c) c = (c or 0) + 1 if c < 4 then return c, {u} end end, s, nil end}})) do at('each', i) end"
        ),
        16 => format!(
            "return string.gsub('hello world', '{}', function(...) at('rep', ...) return {} end)",
            rng.pick(&["%w+", "l", "(o)(.?)", "()", "."]),
            rng.pick(&["...", "nil", "'x'", "{}", "1", "false"])
        ),
        17 => format!("return string.gsub('abc 3', '%w', {t}), ('a1'):gsub('%d', {o})"),
        18 => format!("return tostring({o})"),
        19 => format!(
            "return string.format('{}', {o}, {o})",
            rng.pick(&["%s|%s", "%10.2s", "%d", "%q", "%s", "%.3s%%%5s", "%i"])
        ),
        20 => format!(
            "local n = 0 return load(function() n = n + 1 at('read', n) return ({{'return ', '1, ', {}, nil}})[n] end)",
            rng.pick(&["'2'", "2", "''", "'...'", "{}", "')'"])
        ),
        21 => format!("local o = {o} return #o, o.x, o < 1, 1 <= o, o == {o}, -o"),
        22 => format!("local o = {o} return o .. 1 .. 'x' .. o .. 2"),
        23 => format!("local o = {o} return o(1, 2), o + 1, 2 // o, o & 1"),
        24 => format!("local o = {o} o.a = 1 o[1], o.b = 2, 3 local x <close> = o return o(), o.y"),
        25 => format!("local x <close> = {o} local y <close> = {o} error('body', 0)"),
        26 => format!("return math.max({o}, 1)"),
        27 => format!(
            "return print == nil, rawlen({t}), rawget({t}, 1), next({t}) ~= nil, rawequal({o}, {o}), select('#', {t})"
        ),
        28 => format!(
            "return xpcall(function() at('body') error({o}) end, function(m) at('handler') return tostring(m) end)"
        ),
        29 => format!(
            "if {o} < {o} then return 'then' elseif {o} == {o} then return 'else' end while {o} <= 1 do at('loop') break end"
        ),
        30 => format!("for a, b in {o} do at('for', a, b) return a end"),
        31 => "for a in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) do at('out', a) end".to_owned(),
        32 => format!("return utf8.char(72, 228), ('x'):rep(2, {o})"),
        _ => format!(
            "local t, u = {t}, {u} t[1], u[1], t[2] = u[#u], t[2], {o} return t[1], u[1], #t == #u"
        ),
    }
}
