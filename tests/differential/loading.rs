//! Chunks that come in pieces, environments, names of chunks, and code written and read back.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;
use super::program::{Node, line};

/// Makes a program of texts.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    made(&mut Prng::new(seed ^ 0x6c6f, id), 2)
}

/// Makes a program of texts and dumped functions, for the full profile.
pub fn dumped(seed: u64, id: u64) -> Vec<Node> {
    made(&mut Prng::new(seed ^ 0x6475, id), 5)
}

fn made(rng: &mut Prng, kinds: usize) -> Vec<Node> {
    let mut out = vec![line(
        "local env = setmetatable({y = 2}, {__index = function(_, k) P('get', k) if k == 'P' then return P end if k ~= 'nope' then return k end end, __newindex = function(t, k, v) P('set', k, v) rawset(t, k, v) end}) local u, w = 1, {}",
    )];
    for _ in 0..rng.range(1, 3) {
        out.push(line(match rng.below(kinds) {
            0 => pieces(rng),
            1 => environments(rng),
            _ => functions(rng),
        }));
    }
    out
}

const SOURCES: &[&str] = &[
    "return 1, ...",
    "x = 1 return x, y, nope",
    "local a = ... return function(b) a = (a or 0) + 1 x = b return a, y end",
    "goto l do local q end ::l:: return 'l'",
    "return 'a\\nb', [[c\\r\\nd]], \"\\z  e\"",
    "--[==[ comment ]] ]==] return 2",
    "local function f(n) if n == 0 then return 0 end return f(n - 1) end return f(5)",
    "for i = 1, 3 do x = i end return x",
    "error('raised')",
    "error({})",
    "local t = nope.field",
    "return nope()",
    "x = = 1",
    "return 'unfinished",
    "",
    "# not a comment",
    "return ...",
    "local _ENV <const> = {z = 1} return z, x",
    "local _ENV = {} x = 1 return x",
    "return _ENV",
    "return (function(_ENV) return v end)({v = 7})",
    "local c <close> = setmetatable({}, {__close = function(_, e) end}) return 9",
    "return 0x7fffffffffffffff + 1, 1e308 * 10, 2^53, '\\u{20ac}'",
    "::a:: local n = (n or 0) return #{1, 2, ...}",
    "local s = 0 while s < 3 do s = s + 1 end repeat local q = s s = s - 1 until q < 2 return s",
];

fn source(rng: &mut Prng) -> String {
    let mut source = rng.pick(SOURCES).to_owned();
    if rng.chance(150) {
        let at = rng.below(source.len().max(1));
        if source.is_char_boundary(at) {
            source.truncate(at);
        }
    }
    source
}

fn name(rng: &mut Prng) -> &'static str {
    rng.pick(&[
        "'=n'",
        "'@n.lua'",
        "'text'",
        "nil",
        "'two\\nlines'",
        "('long'):rep(30)",
        "'@' .. ('p/'):rep(40)",
    ])
}

/// What is loaded comes from a function, cut anywhere. It is read to its end here, and in
/// PUC's Lua to the first error: there is none before the end.
fn pieces(rng: &mut Prng) -> String {
    let ends_well = |source: &str| !source.starts_with('#') && !source.contains("= =");
    let sources: Vec<&str> = SOURCES.iter().copied().filter(|text| ends_well(text)).collect();
    let source = rng.pick(&sources);
    let every = rng.range(1, 7);
    let end = rng.pick(&[
        "nil",
        "''",
        "nil, 'x'",
        "error('reader', 0)",
        "error({})",
        "{}",
        "at < 99 and 3",
        "true",
    ]);
    let then = rng.pick(&[
        "",
        "",
        "P(load('return 1')()) ",
        "if at > 9 then error('late', 0) end ",
        "local x <close> = setmetatable({}, {__close = function() P('closed') end}) ",
    ]);
    let mode = rng.pick(&["nil", "'t'", "'bt'", "'b'", "'x'"]);
    let env = rng.pick(&["", ", env", ", nil", ", {}"]);
    format!(
        "local s, at = [===[{source}]===], 1 local ok, f, m = pcall(load, function() {then}local p = s:sub(at, at + {every} - 1) at = at + {every} if p == '' then return {end} end return p end, {}, {mode}{env}) P(ok, f, m) if ok and f then P(pcall(f, 5)) P(rawget(env, 'x')) end",
        name(rng)
    )
}

fn environments(rng: &mut Prng) -> String {
    let source = source(rng);
    let (one, two) = (
        rng.pick(&["env", "w", "_G", "nil", "setmetatable({}, {__index = env})", "'str'", "5"]),
        rng.pick(&[6, 7, 8]),
    );
    format!(
        "local f, m = load([===[{source}]===], {}, 't', {one}) P(f, m) if f then local r = table.pack(pcall(f, {two})) P(table.unpack(r, 1, r.n)) if type(r[2]) == 'function' then P(pcall(r[2], 3)) P(pcall(r[2], 4)) end P(rawget(env, 'x'), w.x) x = nil end",
        name(rng)
    )
}

/// Functions written by `string.dump`, where there is one, and read again.
fn functions(rng: &mut Prng) -> String {
    let body = rng.pick(&[
        "function(...) return 1, ... end",
        "function(a) u = u + a return u, w end",
        "function() return x, y end",
        "function(n) local fs = {} for i = 1, n or 2 do fs[i] = function() return i, n, u end end return fs[1]() end",
        "function() local a <const>, b <close> = 'long constant string that is more than forty bytes', nil return a end",
        "function(a) if a then return a.b.c end return -0.0, 1e400, math.mininteger end",
        "function(...) local t = {...} for k, v in ipairs(t) do t[k] = v end return #t, select('#', ...) end",
        "function() goto e ::e:: error('in dumped') end",
        "print",
        "function() return function() return function() return u end end end",
    ]);
    let strip = rng.pick(&["", ", true", ", false"]);
    let damage = rng.pick(&[
        "",
        "",
        "",
        "s = s:sub(1, 20) ",
        "s = s:sub(1, -2) ",
        "s = s .. 'more' ",
        "s = '' ",
        "s = s:sub(1, 4) ",
    ]);
    format!(
        "local ok, s = pcall(string.dump, {body}{strip}) if ok then {damage}local f, m = load(s, '=d', '{}', env) P(f, not m or (m:gsub('truncated.*', 'truncated'))) if f then P(pcall(f, 2)) P(pcall(f)) end else P(s) end",
        rng.pick(&["b", "bt", "t"])
    )
}
