//! Random scripts that change a prepared session in every way there is.

use super::super::generated::Prng;
use crate::Profile;

/// The statements of a script. Each is complete, so that any of them can be left out.
pub(super) fn statements(prng: &mut Prng, profile: Profile) -> Vec<String> {
    let count = 3 + prng.below(25);
    (0..count)
        .map(|_| {
            let statement = statement(prng, profile);
            match prng.below(10) {
                0 => format!("coroutine.wrap(function() {statement} end)()"),
                1 => format!("if not pcall(function() {statement} end) then G_failed = true end"),
                2 => format!("do local c <close> = closer('s{}') {statement} end", prng.below(10)),
                3 => format!("xpcall(function() {statement} end, function(m) return {{m}} end)"),
                _ => format!("pcall(function() {statement} end)"),
            }
        })
        .collect()
}

/// Puts all of a script into a coroutine, or into one in another, in some cases.
pub(super) fn wrapped(prng: &mut Prng, body: &str) -> String {
    match prng.below(6) {
        0 => format!("coroutine.wrap(function()\n{body}\nend)()"),
        1 => format!(
            "coroutine.wrap(function() local w <close> = closer('outer') coroutine.wrap(function()\n\
             {body}\nend)() end)()"
        ),
        _ => body.to_owned(),
    }
}

fn table(p: &mut Prng) -> String {
    match p.below(20) {
        0 => "_G".to_owned(),
        1 => "LOG".to_owned(),
        2 => "KEYS".to_owned(),
        3 => format!("WK[{}]", 1 + p.below(5)),
        4 => format!("MTS[{}]", 1 + p.below(10)),
        5 => format!("OBJ[{}]", 1 + p.below(7)),
        6 => "SORTED".to_owned(),
        7 => "COS".to_owned(),
        8 => format!("TS[{}]", 25 + p.below(4)),
        _ => format!("TS[{}]", 1 + p.below(28)),
    }
}

fn thread(p: &mut Prng) -> String {
    format!("COS[{}]", 1 + p.below(26))
}

fn key(p: &mut Prng) -> String {
    match p.below(14) {
        0 => format!("'k{}'", 1 + p.below(300)),
        1 => format!("'new{}'", p.below(50)),
        2 => format!("KEYS[{}]", 1 + p.below(12)),
        3 => format!("STR[{}]", 1 + p.below(6)),
        4 => format!("(STR[{}] .. '!')", 1 + p.below(6)),
        5 => format!("{}", p.below(400) * 10),
        6 => format!("{}.5", p.below(50)),
        7 => format!("{}", -(p.below(40) as i64)),
        8 => "{}".to_owned(),
        9 => format!("{}", 1 + p.below(5100)),
        _ => format!("{}", 1 + p.below(30)),
    }
}

fn value(p: &mut Prng) -> String {
    match p.below(14) {
        0 | 1 => "nil".to_owned(),
        2 => format!("'short{}'", p.below(100)),
        3 => format!("STR[{}]", 1 + p.below(6)),
        4 => format!("('made '):rep({})", 10 + p.below(40)),
        5 => "{}".to_owned(),
        6 => format!("{{{}, x = {{}}}}", p.below(10)),
        7 => format!("TS[{}]", 1 + p.below(28)),
        8 => format!("FS[{}]", 1 + p.below(11)),
        9 => thread(p),
        10 => "function(x) return x end".to_owned(),
        11 => "2.5".to_owned(),
        12 => "true".to_owned(),
        _ => format!("{}", p.below(1000)),
    }
}

#[allow(clippy::too_many_lines, reason = "a list of templates")]
fn statement(p: &mut Prng, profile: Profile) -> String {
    match p.below(31) {
        0 | 1 => {
            let (t, k, v) = (table(p), key(p), value(p));
            match p.below(3) {
                0 => format!("rawset({t}, {k}, {v})"),
                _ => format!("{t}[{k}] = {v}"),
            }
        }
        2 => {
            let (t, n) = (table(p), p.below(80));
            match p.below(8) {
                0 => format!("local t = {t} for i = 1, {n} do t['m' .. i] = i end"),
                1 => format!("local t = {t} for i = #t + 1, #t + {n} do t[i] = {{i}} end"),
                2 => format!("local t = {t} for i = #t, #t - {n}, -1 do t[i] = nil end"),
                3 => format!("local t = {t} for k in next, t do if math.random(3) == 1 then t[k] = nil end end"),
                4 => format!("local t = {t} for i = 1, #t, {} do t[i] = nil end t[#t + 1] = 1", 1 + n % 5),
                5 => format!("local t = {t} for k, v in pairs(t) do t[k] = {{v}} end"),
                6 => format!("local t = {t} for i = {n}, 1, -1 do t[i * 7] = i end"),
                _ => format!("local t = {t} for i = 1, {n} do t[{{}}] = i t[-i] = i end"),
            }
        }
        3 => {
            let t = table(p);
            match p.below(8) {
                0 => format!("table.insert({t}, {})", value(p)),
                1 => format!("table.insert({t}, {}, 'inserted')", 1 + p.below(10)),
                2 => format!("table.remove({t}, {})", 1 + p.below(10)),
                3 => format!("for i = 1, {} do table.remove({t}) end", p.below(30)),
                4 => format!("table.sort({t}, function(a, b) return tostring(a) < tostring(b) end)"),
                5 => format!("table.sort({t}, function(a, b) return math.random(2) == 1 end)"),
                6 => format!("table.move({t}, 1, {}, {}, {})", p.below(20), 1 + p.below(40), table(p)),
                _ => format!("G_{} = table.concat({t}, ',', 1, {})", p.below(9), p.below(9)),
            }
        }
        4 => {
            let metatable = if p.below(4) == 0 { "nil".to_owned() } else { format!("MTS[{}]", 1 + p.below(10)) };
            format!("setmetatable({}, {metatable})", table(p))
        }
        5 => {
            let field = p.pick(&["__index", "__newindex", "__gc", "__mode", "__close", "__len", "__metatable", "__eq"]);
            let to = match (field, p.below(3)) {
                (_, 0) => "nil".to_owned(),
                ("__mode", _) => p.pick(&["'k'", "'v'", "'kv'", "'x'"]).to_owned(),
                ("__gc" | "__close" | "__len", _) => "function(o) note('changed') return 3 end".to_owned(),
                _ => table(p),
            };
            format!("MTS[{}].{field} = {to}", 1 + p.below(10))
        }
        6 => format!("FS[{}]({})", 1 + p.below(12), value(p)),
        7 => format!(
            "for i = 1, {} do FS[{}](i) FS[{}]({}) end",
            1 + p.below(20), 1 + p.below(12), 1 + p.below(12), value(p)
        ),
        8..=11 => {
            let (co, v) = (thread(p), value(p));
            match p.below(9) {
                0 => format!("coroutine.close({co})"),
                1 => format!("for i = 1, {} do coroutine.resume({co}, i) end", 1 + p.below(40)),
                2 => format!("for i = 1, #COS do coroutine.resume(COS[i], {v}) end"),
                3 => format!(
                    "coroutine.wrap(function() for i = 1, 5 do coroutine.resume({co}, {v}) coroutine.resume({}) end end)()",
                    thread(p)
                ),
                4 => format!("COS[#COS + 1] = coroutine.create(function(...) local x = {v} FS[#FS + 1] = function(v) x = v or x return x end coroutine.yield(x) return ... end) coroutine.resume(COS[#COS], 1, 2)"),
                5 => format!("WR[{}]({v})", 1 + p.below(3)),
                6 => format!("{co} = nil"),
                7 => format!("local c = {co} while coroutine.resume(c, {v}) do if coroutine.status(c) == 'dead' then break end end"),
                _ => format!("coroutine.resume({co}, {v}, {})", value(p)),
            }
        }
        12 => p.pick(&["math.random()", "G_r = math.random(100)", "math.randomseed(5)", "math.randomseed()", "for i = 1, 9 do math.random(i) end"]).to_owned(),
        13 => match p.below(5) {
            0 => format!("G_{} = {}", p.below(30), value(p)),
            1 => format!("for i = 1, {} do _G['G' .. i] = i end", p.below(120)),
            2 => p.pick(&["TS = nil", "LOG = nil", "print = nil", "pairs = ipairs", "note = print", "closer = nil", "args = 5"]).to_owned(),
            3 => "for k in pairs(_G) do if math.random(8) == 1 then _G[k] = nil end end".to_owned(),
            _ => "setmetatable(_G, {__index = function(_, k) return k end, __newindex = function(t, k, v) rawset(t, k, v) end})".to_owned(),
        },
        15 | 20 if profile == Profile::Full => debugging(p),
        14 if profile != Profile::Strict => p.pick(&[
            "string.shout = nil",
            "string.new = function() end string.rep = nil",
            "getmetatable('').__index = function(s, i) return string.sub(s, i, i) end",
            "getmetatable('').__add = nil getmetatable('').__call = function(s) return s end",
            "package.loaded.fake = nil package.loaded.counter = nil require('counter').next()",
            "package.loaded = {} package.searchers[1] = nil",
            "math.pi = 3 table.insert = nil coroutine.yield = print",
            "for k in pairs(string) do string[k] = nil end",
            "io.output(io.stderr) io.write('x')",
            "package.preload.p = function() return {1} end require('p')",
        ]).to_owned(),
        14 | 15 => p.pick(&[
            "require('counter').next()",
            "MOD.next() MOD.extra = {}",
            "coroutine.wrap(function() require('slow') end)()",
            "G_m = require('other')",
            "pcall(require, 'absent')",
            "local c = coroutine.create(function() return require('slow') end) coroutine.resume(c) coroutine.resume(c, 1)",
        ]).to_owned(),
        16 => {
            let weak = format!("WK[{}]", 1 + p.below(5));
            match p.below(6) {
                0 => format!("for i = 1, {} do {weak}[{{}}] = {{}} {weak}['w' .. i] = {{i}} end", p.below(40)),
                1 => format!("{weak}[KEYS[{}]] = {}", 1 + p.below(12), value(p)),
                2 => format!("KEYS[{}] = nil collectgarbage()", 1 + p.below(12)),
                3 => format!("{weak}.x = setmetatable({{}}, {{__mode = 'k'}}) {weak}.x[{{}}] = {weak}"),
                4 => format!("for k in pairs({weak}) do {weak}[k] = nil end"),
                _ => format!("getmetatable({weak}).__mode = {} collectgarbage()", p.pick(&["nil", "'k'", "'v'", "'kv'"])),
            }
        }
        17 => match p.below(6) {
            0 => format!("OBJ[{}] = nil collectgarbage()", 1 + p.below(7)),
            1 => format!("for i = 1, {} do OBJ[#OBJ + 1] = setmetatable({{name = i}}, MTS[3]) end", p.below(20)),
            2 => format!("for i = 1, {} do setmetatable({{name = 'g' .. i}}, MTS[3]) end collectgarbage()", p.below(20)),
            3 => "for i = 1, #OBJ do OBJ[i] = nil end collectgarbage() collectgarbage()".to_owned(),
            4 => "setmetatable({}, {__gc = function() TS[1][1] = 'finalized' error('in gc') end}) collectgarbage()".to_owned(),
            _ => "setmetatable({}, {__gc = function() while true do LOG[#LOG + 1] = 1 end end}) collectgarbage()".to_owned(),
        },
        18 => p.pick(&[
            "collectgarbage()", "collectgarbage('count')", "collectgarbage('stop')", "collectgarbage('restart')",
            "collectgarbage('step')", "collectgarbage('step', 3)", "collectgarbage('step', 100000)",
            "collectgarbage('setpause', 400)", "collectgarbage('setstepmul', 40)", "collectgarbage('generational')",
            "collectgarbage('incremental', 100, 200)", "collectgarbage('isrunning')",
        ]).to_owned(),
        19 => match p.below(5) {
            0 => format!("G_f = load('local a = {} return function() a = a + 1 return a end')()", p.below(100)),
            1 => "load('TS[3].loaded = 1 G_loaded = {}')()".to_owned(),
            2 => "load('syntax error here')".to_owned(),
            3 => "local n = 0 load(function() n = n + 1 return n < 30 and 'G_n = 1 ' or nil end)()".to_owned(),
            _ => format!("load(('G_long = 1 '):rep({}))()", 1 + p.below(300)),
        },
        20 => p.pick(&[
            "error('uncaught')", "error({1, 2})", "error()", "local x = nil + 1", "local t = nil; t.x = 1",
            "assert(false, 'asserted')", "error(setmetatable({}, {__tostring = function() TS[2].described = 1 return 'obj' end}))",
            "pcall(error, 'caught') G_c = 1",
        ]).to_owned(),
        21 => format!("do local n = 0 ::top:: n = n + 1 {} if n < {} then goto top end end",
            p.pick(&["", "TS[1][n] = n", "G_top = n", "local f = function() return n end"]), 1 + p.below(3000)),
        22 => match p.below(4) {
            0 => format!("for i = 1, {} do local t = {{i, {{}}, function() return i end}} end", p.below(2000)),
            1 => format!("local s = ('x'):rep({})", 100_000 + p.below(400_000)),
            2 => format!("for i = 1, {} do local s = 'unseen ' .. i end", p.below(2000)),
            _ => format!("for i = 1, {} do local s = 'garbage ' .. i G_garbage = s end", p.below(300)),
        },
        23 => p.pick(&[
            "json.array(TS[9])", "json.object(TS[1])", "G_j = json.decode('[1,{\"a\":[]},[]]')", "G_e = json.encode({1, {x = 2}})",
            "json.array(TS[10].b) json.object(TS[10])",
        ]).to_owned(),
        24 => p.pick(&["print('from a failing run')", "warn('@on')", "warn('a', 'b')", "print(TS[1], COS[1])", "for i = 1, 200 do print(i) end"]).to_owned(),
        25 => format!("local function r(n) if n > 0 then return 1 + r(n - 1) end return 0 end G_d = r({})", 10 + p.below(1500)),
        26 => format!("G_v = select('#', table.unpack({{}}, 1, {}))", p.below(8000)),
        27 => match p.below(8) {
            0 => format!("host.echo({})", p.pick(&["1", "'text'", "TS[1]", "TS[10]"])),
            1 => "host.fail()".to_owned(),
            2 => "host.panic()".to_owned(),
            3 => format!("TS[{}].host = host.echo({{1, {{x = 'y'}}}})", 1 + p.below(24)),
            4 => "coroutine.wrap(function() G_h = host.echo(('h'):rep(3000)) coroutine.yield() end)()".to_owned(),
            5 => "for i = 1, 30 do host.echo(i) end".to_owned(),
            6 => "host.echo(function() end)".to_owned(),
            _ => "table.sort({3, 2, 1}, function(a, b) host.echo(a) return a < b end)".to_owned(),
        },
        30 if p.chance(500) => match p.below(9) {
            0 => "host.borrow(function() end)".to_owned(),
            1 => format!("host.borrow(FS[{}])", 1 + p.below(12)),
            2 => format!("host.keep(FS[{}])", 1 + p.below(12)),
            3 => "for i = 1, 9 do host.keep(function() return i end) end".to_owned(),
            4 => format!("G_called = host.call(FS[{}], {})", 1 + p.below(12), p.below(9)),
            5 => "host.call(function(x) coroutine.resume(COS[1], x) TS[2].called = 1 error('called') end, 3)".to_owned(),
            6 => "G_asked = host.ask(5)".to_owned(),
            7 => "yield({1}) G_yielded = yield(TS[1])".to_owned(),
            _ => "THINGS[#THINGS + 1] = host.thing(4) G_thing = tostring(host.thing(5)) THINGS[1] = nil".to_owned(),
        },
        28 => format!("string.format('%p', STR[{}]) G_p = tostring({})", 1 + p.below(6), table(p)),
        29 => format!("local t = {{}} t[STR[{}]] = 1 t[STR[{}]] = 2 G_s = t", 1 + p.below(6), 1 + p.below(6)),
        _ => format!("GM[{}]() G_g = GM[{}]", 1 + p.below(3), 1 + p.below(3)),
    }
}

/// What only trusted code can do.
fn debugging(p: &mut Prng) -> String {
    let (n, m) = (1 + p.below(12), 1 + p.below(12));
    match p.below(12) {
        0 => format!("debug.setupvalue(FS[{n}], 1, {})", value(p)),
        1 => format!("debug.upvaluejoin(FS[{n}], 1, FS[{m}], 1)"),
        2 => format!("G_id = tostring(debug.upvalueid(FS[{n}], 1))"),
        3 => format!(
            "debug.setmetatable({}, {})",
            p.pick(&["1", "nil", "print", "true", "COS[1]"]),
            table(p)
        ),
        4 => format!(
            "debug.sethook({}, function() G_hook = 1 end, 'crl', {})",
            thread(p),
            p.below(9)
        ),
        5 => format!(
            "debug.sethook(function() G_hook = (G_hook or 0) + 1 end, 'l') {}",
            statement(p, Profile::Compat)
        ),
        6 => format!("debug.setlocal({}, 1, {}, {})", thread(p), 1 + p.below(4), value(p)),
        7 => format!("debug.getregistry().x = {}", value(p)),
        8 => format!("debug.setmetatable('', {})", p.pick(&["nil", "{}", "MTS[1]", "MTS[7]"])),
        9 => format!("debug.getregistry()._LOADED = {}", value(p)),
        10 => format!(
            "debug.setuservalue(io.stdout, {}, 1) debug.setmetatable(io.stdout, {})",
            value(p),
            table(p)
        ),
        _ => format!("debug.sethook({})", thread(p)),
    }
}
