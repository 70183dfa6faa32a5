//! What the debug library sees of programs: lines, calls and returns in their order, names,
//! variables and tracebacks. For the full profile.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::control;
use super::prng::Prng;
use super::program::{Node, block, line};

/// `watch` calls a function and prints the events of its chunk.
const PRELUDE: &str = "-- kept
local getinfo, sethook, getlocal, getupvalue = debug.getinfo, debug.sethook, debug.getlocal, debug.getupvalue
local chunk = getinfo(1, 'S').source
local function watch(mask, what, f)
  local out = {}
  local function note(e, l)
    local i = getinfo(2, 'Slntuf')
    if i.source ~= chunk or #out > 150 then return end
    local text = e:sub(1, 1) .. e:sub(-1) .. (l or i.currentline)
    if what == 'names' then text = text .. ':' .. tostring(i.name) .. ':' .. i.namewhat .. ':' .. tostring(i.istailcall) .. ':' .. i.what .. i.linedefined .. '-' .. i.lastlinedefined .. ':' .. i.nups .. i.nparams .. tostring(i.isvararg) end
    if what == 'locals' then
      local n = 1
      while true do
        local name, v = getlocal(2, n)
        if not name then break end
        if name:sub(1, 1) ~= '(' then text = text .. ' ' .. name .. '=' .. (type(v) == 'number' and v or type(v)) end
        n = n + 1
      end
    end
    if what == 'upvalues' then
      for n = 1, 5 do local name, v = getupvalue(i.func, n) if name then text = text .. ' ' .. name .. '=' .. (type(v) == 'number' and v or type(v)) end end
    end
    out[#out + 1] = text
  end
  sethook(note, mask)
  local r = table.pack(pcall(f, 1, 2, 3))
  sethook()
  P(table.unpack(r, 1, r.n))
  print(table.concat(out, ' '))
end";

/// Makes a program.
pub fn program(seed: u64, id: u64) -> Vec<Node> {
    let rng = &mut Prng::new(seed ^ 0x686b, id);
    let mut out = vec![line(PRELUDE)];
    let mut body = match rng.below(4) {
        0 => control::program(seed, id),
        _ => statements(rng, 3),
    };
    if rng.chance(300) {
        body.push(line(rng.pick(&[
            "error('end')",
            "local x = nil + 1",
            "return 1, ...",
            "return P(...)",
        ])));
    }
    match rng.below(6) {
        0 => {
            out.push(block("P(xpcall(function(...)", body, "end, function(m) print((debug.traceback(m, 1):gsub('\\n[^\\n]*in [fm][uaie][nit][^\\n]*$', ''))) return 1 end, 1, 2))"));
        }
        1 => {
            out.push(block("local co = coroutine.create(function(...)", body, "end)"));
            out.push(line("for i = 1, 4 do P(coroutine.resume(co, i)) print(debug.traceback(co)) print(debug.traceback(co, 'm', 1)) for l = 0, 2 do local i = debug.getinfo(co, l, 'Slnt') if i then print(l, i.currentline, i.name, i.namewhat, i.what, i.istailcall, i.what ~= 'C' and debug.getlocal(co, l, 1)) end end end"));
        }
        _ => {
            let mask = rng.pick(&["l", "l", "c", "r", "cr", "lcr"]);
            let what = rng.pick(&["", "", "names", "locals", "locals", "upvalues"]);
            out.push(block(format!("watch('{mask}', '{what}', function(...)"), body, "end)"));
        }
    }
    out
}

fn statements(rng: &mut Prng, depth: usize) -> Vec<Node> {
    let mut out = Vec::new();
    for _ in 0..rng.range(1, 4) {
        statement(rng, depth, &mut out);
    }
    out
}

fn expression(rng: &mut Prng) -> &'static str {
    rng.pick(&[
        "1",
        "(...)",
        "select('#', ...)",
        "math.max(1,\n2)",
        "{1,\n2,\n3}",
        "(function() return 4 end)()",
        "'a' ..\n'b' ..\n1",
        "1 +\n2 *\n3",
        "not\n...",
        "nil",
        "...",
        "type(\n...\n)",
        "({n = 1,\nm = 2}).m",
        "('x'):rep(\n3)",
        "-\n1",
        "1 < 2 and\n3 or\n4",
        "tostring(nil)\n:len()",
        "(1\n)",
        "#'abc' ==\n3",
    ])
}

fn statement(rng: &mut Prng, depth: usize, out: &mut Vec<Node>) {
    let (n, e, x) = (rng.range(1, 9), expression(rng), expression(rng));
    let inner = |rng: &mut Prng| {
        if depth > 0 { statements(rng, depth - 1) } else { vec![line("P('leaf')")] }
    };
    match rng.below(26) {
        0 => out.push(line(format!("local v{n} = {e}"))),
        1 => out.push(line(format!("local v{n}, w{n} <const> = {e}, {x}"))),
        2 => out.push(line(format!("P({e},\n{x})"))),
        3 => out.push(line(format!("g{n} = {e}"))),
        4 => out.push(line(format!("local t{n} = {{{e}; k = {x},\n[1] = 2}} t{n}.x,\nt{n}.y = 1,\n2"))),
        5 => out.push(block(format!("if {e} then"), inner(rng), "end")),
        6 => {
            let mut body = inner(rng);
            body.push(line(format!("elseif {x} then")));
            body.extend(inner(rng));
            body.push(line("else"));
            body.extend(inner(rng));
            out.push(block(format!("if not ({e}) then"), body, "end"));
        }
        7 => out.push(block(format!("for i{n} = 1, {} do", rng.range(0, 3)), inner(rng), "end")),
        8 => out.push(block(format!("for k{n}, v in ipairs({{1,\n2}}) do"), inner(rng), "end")),
        9 => out.push(block(format!("do local c = 0 while c < {} do c = c + 1", rng.range(1, 2)), inner(rng), "end end")),
        10 => out.push(block("do local r = 0 repeat r = r + 1", inner(rng), format!("local u = r\nuntil u >= {} end", rng.range(1, 2)))),
        11 => out.push(block(format!("local function f{n}(a, b, ...)"), inner(rng), format!("end P(f{n}(1,\n2), f{n}({x}))"))),
        12 => out.push(block("local m = {} function m:go(a, ...)", inner(rng), "end m:go(1) m\n:go(2)")),
        13 => out.push(block("P(pcall(function(...)", inner(rng), "end, 5))")),
        14 => out.push(block("do local c <close> = setmetatable({}, {__close = function(_, e)\nlocal inside = e\nend})", inner(rng), "end")),
        15 => out.push(block("local co = coroutine.wrap(function(...)", inner(rng), "coroutine.yield(1) end) co() co()")),
        16 => out.push(line(format!("do local o = setmetatable({{}}, {{__index = function(t, k)\nreturn k\nend, __add = function(a, b) return {n} end, __lt = function() return true end}}) P(o.x, o + 1, o <\n2) end"))),
        17 => out.push(line(format!("do goto l{n} local skipped\n::l{n}:: end"))),
        18 => out.push(line(format!("do local i = 0 ::top:: i = i + 1\nif i < {} then\ngoto top end end", rng.range(1, 3)))),
        19 => out.push(line("table.sort({3, 1, 2}, function(a, b)\nreturn a < b\nend)")),
        20 => out.push(line("P(('ab'):gsub('.', function(c)\nlocal d = c\nreturn d .. d\nend))")),
        21 => out.push(line(format!("local function tail(n) if n == 0 then return {n} end\nreturn tail(n - 1) end P(tail(2))"))),
        22 => out.push(block("do", inner(rng), "end")),
        23 => out.push(line("if g1 then break_ = 1 else\n\nlocal z\nend")),
        24 => out.push(line(format!("local a{n}\nlocal b{n}, c{n}\nlocal function later() a{n} = 1 return b{n} end later()"))),
        _ => out.push(line(format!("do local q = {e}; local q = q\nlocal q = function() return q end q() end"))),
    }
}
