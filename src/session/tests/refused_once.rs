//! "Refused and retried": whatever request for memory is refused once, and granted after
//! the collection that follows, the run prints and returns what it would have anyway.
//!
//! `MOONFUEL_SWEEP=1 cargo test --release --lib refused_once` refuses every single request
//! of the conformance scripts too, not a sample;
//! `MOONFUEL_SWEEP_FROM=n` makes it other random programs.

use super::generated::{self, number};
use crate::{Chunk, HostValue, Limits, Outcome, Profile, Session, Variadic};
use std::future::ready;
use std::path::Path;

/// What a run must not lose.
#[derive(Debug, PartialEq)]
struct Seen {
    outcome: Outcome,
    output: Vec<u8>,
}

/// Runs a script with its request number `refuse` refused (0: none). Returns what was
/// seen, and how many requests there were.
fn run(source: &[u8], profile: Profile, refuse: u64) -> (Seen, u64) {
    let limits = Limits { fuel: 200_000_000, ..Limits::default() };
    let echo = |args: Variadic<HostValue>| ready(Ok(args));
    let builder = Session::builder().limits(limits).profile(profile).hash_key(1);
    let session = builder.async_function("host.echo", echo).build().unwrap();
    let mut run = session.start(Chunk::new(source).named("=refused"));
    run.session.machine.0.enter(|ctx| {
        ctx.state.account.requests.set(0);
        ctx.state.account.refuse.set(refuse);
    });
    while !run.step(50_000).is_ended() {}
    let requests = run.session.machine.0.enter(|ctx| ctx.state.account.requests.get());
    let (_, report) = run.finish();
    (Seen { outcome: report.outcome, output: report.output }, requests)
}

/// Refuses each `step`-th request in turn. Returns how many requests there are, and
/// what each refusal changed.
fn sweep(name: &str, source: &[u8], profile: Profile, step: u64) -> (u64, Vec<String>) {
    let (expected, requests) = run(source, profile, 0);
    assert!(!matches!(expected.outcome, Outcome::OutOfFuel), "{name}: {:?}", expected.outcome);
    let mut failures = Vec::new();
    for refuse in (1..=requests).step_by(step.max(1) as usize) {
        let (seen, _) = run(source, profile, refuse);
        if seen != expected {
            failures.push(format!(
                "{name}: request {refuse} of {requests} refused:\n{:?}\n{}\ninstead of\n{:?}\n{}",
                seen.outcome,
                String::from_utf8_lossy(&seen.output),
                expected.outcome,
                String::from_utf8_lossy(&expected.output)
            ));
        }
    }
    (requests, failures)
}

pub(super) const PROGRAMS: [(&str, &str); 18] = [
    (
        "values to the host and back",
        "local t = {json.array({1, nil, {3}}), [2.5] = 'x', [true] = {1, 2}, s = ('y'):rep(100)}
         for i = 1, 40 do t[i * 2] = {i, k = {}} t[i * 2 + 0.25] = i .. '' end
         local u, n = host.echo(t), 0
         for k, v in pairs(u) do n = n + 1 end
         print(n, json.encode(u[1]), u[2.5], #u[true], #u.s, u[80][1], u[80.25])",
    ),
    (
        "several calls of the host at once",
        "local t = {}
         for i = 1, 12 do t[i] = {host.echo, ('x'):rep(i * 90), {i, {a = i, f = print}}, nil, i} end
         for _, v in ipairs(host.all(t)) do print(v.ok, v.n, #v[1], v[2][2].a, v[4]) end
         print(pcall(host.all, {{host.echo}, {print}}))",
    ),
    (
        "yields to the host",
        "for i = 1, 5 do print(select('#', yield(('x'):rep(500), {i}, print))) end
         print(#host.echo({1, 2, 3}, ('y'):rep(3000)))",
    ),
    (
        "arrays with null",
        "for n = 1, 200, 45 do
           local parts = {} for i = 1, n do parts[i] = i % 5 == 0 and i or 'null' end
           local t = json.decode('[' .. table.concat(parts, ',') .. ',[null,{\"a\":[null,1]}]]')
           print(#t, json.encode(t))
         end",
    ),
    (
        "resume and yield with many values",
        "local co = coroutine.create(function(...)
           local n = select('#', ...)
           while true do n = n + select('#', coroutine.yield(n, ...)) end
         end)
         local t = table.pack(coroutine.resume(co, table.unpack({}, 1, 300)))
         print(t.n, t[1], t[2])
         t = table.pack(coroutine.resume(co, table.unpack({}, 1, 3000)))
         print(t.n, t[1], t[2], coroutine.status(co))",
    ),
    (
        "a coroutine that returns much",
        "local function values(n) return table.unpack({}, 1, n) end
         for n = 1, 2000, 333 do
           local co = coroutine.wrap(function() coroutine.yield(1) return values(n) end)
           print(co(), select('#', co()))
           print(select('#', coroutine.wrap(values)(n)))
           print(select('#', coroutine.wrap(table.unpack)({}, 1, n)))
         end",
    ),
    (
        "coroutines in coroutines",
        "local function nest(n)
           if n == 0 then return coroutine.yield('deep') end
           local co = coroutine.wrap(nest)
           local x = co(n - 1)
           local y = coroutine.yield(x)
           return co(y)
         end
         local co = coroutine.wrap(nest)
         print(co(8)) print(co('a'))",
    ),
    (
        "chains of __call",
        "local function f(...) return select('#', ...), (...) end
         local g = f
         for i = 1, 40 do g = setmetatable({i}, {__call = g}) end
         print(select('#', g(1, 2, 3)), (g(1, 2, 3)))
         local function tail(...) return g(...) end
         print((tail(1, 2)), pcall(g, 1))
         print(select(2, pcall(setmetatable({}, {__call = setmetatable({}, {__call = 1})}))))
         for i, v in setmetatable({}, {__call = function(_, s, i) if i < 3 then return i + 1, s end end}), 'x', 0 do print(i, v) end",
    ),
    (
        "message handlers",
        "local function handler(m) local t = {} for i = 1, 30 do t[i] = {m} end return #t .. m end
         for i = 1, 5 do print(xpcall(function(...) error('e' .. i, 0) end, handler)) end
         print(xpcall(function() local x = nil; return x.y end, debug.traceback ~= nil and function(m) return m end))
         print(pcall(error, setmetatable({}, {__tostring = function() return 'obj' end})) == false)",
    ),
    (
        "closing variables",
        "local log = {}
         local function closer(name) return setmetatable({}, {__close = function(_, e) log[#log + 1] = name .. ':' .. tostring(e) end}) end
         local function f(fail)
           local a <close> = closer('a')
           local b <close> = closer('b')
           if fail then error('oops', 0) end
           return 1, 2, 3
         end
         print(f()) print(pcall(f, true))
         local co = coroutine.create(function() local c <close> = closer('c') coroutine.yield() end)
         coroutine.resume(co) print(coroutine.close(co))
         for k in (function() return nil end), nil, nil, closer('for') do end
         print(table.concat(log, ' '))",
    ),
    (
        "coroutines that fail and close",
        "local function bad() local x <close> = setmetatable({}, {__close = function() error('second', 0) end}) error('first', 0) end
         local co = coroutine.create(bad)
         print(coroutine.resume(co)) print(coroutine.close(co))
         print(pcall(coroutine.wrap(bad)))
         print(pcall(coroutine.wrap(function() error({}) end)) == false)
         print(select(2, pcall(coroutine.wrap(function() local t = nil; t.x = 1 end))))",
    ),
    (
        "sorting, matching and converting with callbacks",
        "local t = {} for i = 1, 40 do t[i] = (i * 7) % 41 end
         table.sort(t, function(a, b) local x = {a} return x[1] < b end) print(table.concat(t, ','))
         print((('hello world'):gsub('%w+', function(w) return {w:upper()}[1] end)))
         print((('abc'):gsub('%w', {a = '1', b = true})))
         for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do print(k, v) end
         print(string.format('%5d|%-10s|%q|%g', 42, 'hi', 'a\\nb', 1.5), ('x'):rep(100, ', '):len())
         print(tostring(setmetatable({}, {__tostring = function() return 'T' .. #{1, 2} end})))
         print(json.encode({1, {a = 'x', b = {1.5, false}}, 'é'}), #json.decode('[1,[2,{\"a\":[3]}],\"x\"]'))
         print(table.unpack(table.pack(string.byte(('xyz'):rep(30), 1, -1))))
         print(#table.concat(table.move({1, 2, 3}, 1, 3, 50), ',', 50, 52), select(-1, 1, 2, 3))",
    ),
    (
        "metamethods everywhere",
        "local mt = {}
         for _, e in ipairs {'add', 'sub', 'mul', 'div', 'mod', 'pow', 'idiv', 'band', 'bor', 'bxor', 'shl', 'shr', 'concat'} do
           mt['__' .. e] = function(a, b) return {e}[1] .. (type(a) == 'table' and 'T' or a) .. (type(b) == 'table' and 'T' or b) end
         end
         mt.__unm = function() return 'unm' end mt.__bnot = function() return 'bnot' end mt.__len = function() return 77 end
         mt.__eq = function() return true end mt.__lt = function() return {} end mt.__le = function() return nil end
         mt.__index = function(_, k) return k .. k end
         mt.__newindex = function(t, k, v) rawset(t, k .. '!', v) end
         local a, b = setmetatable({}, mt), setmetatable({}, mt)
         print(a + 1, 2 - a, a * b, a / 1, a % 1, a ^ 1, a // 1, a & 1, 1 | a, a ~ 1, a << 1, a >> 1, a .. 'x', 'x' .. 1 .. a)
         print(-a, ~a, #a, a == b, a < b, a <= b, a.foo) a.k = 1 print(rawget(a, 'k!'))",
    ),
    (
        "loading",
        "local parts = {'return ', '1', '+', '2', ', ...'}
         local i = 0
         print(load(function() i = i + 1 return parts[i] end)('x'))
         print(load('local a <const> = 5; return function() return a, _ENV end')()())
         print(load('x = ', '=chunk')) print(load('return y', 'n', 't', {y = 9})())
         local s = {} for n = 1, 100 do s[n] = 'local v' .. n .. ' = \"' .. ('s'):rep(n) .. '\"' end
         print(#assert(load(table.concat(s, '\\n') .. ' return v100'))())",
    ),
    (
        "growing stacks and tables",
        "local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
         print(deep(3000))
         print(select('#', table.unpack({}, 1, 5000)))
         local function va(...) local a, b = ... return select('#', ...), a, b end
         print(va(table.unpack({1, 2}, 1, 4000)))
         local t = {} for i = 1, 3000 do t[i] = i t['k' .. i] = i end
         local n = 0 for k, v in pairs(t) do n = n + v end print(n)
         print(#string.rep('x', 3000), #{table.unpack(t, 1, 1000)})",
    ),
    (
        "closures and upvalues",
        "local fs = {}
         for i = 1, 50 do local a, b = i, {i} fs[i] = function(d) a = a + d return a + b[1] end end
         local s = 0 for i = 1, 50 do s = s + fs[i](1) + fs[i](2) end print(s)
         local function counter() local n = 0 return function() n = n + 1 return n end, function() return n end end
         local inc, get = counter() inc() inc() print(get())",
    ),
    (
        "out of depth",
        "local function f() return 1 + f() end
         print((select(2, pcall(f))):match('stack overflow') )
         local co = coroutine.wrap(function() return pcall(f) end)
         print((select(2, co())):match('stack overflow'))
         local function g() return coroutine.wrap(g)() end
         print((select(2, pcall(g))):match('C stack overflow'))",
    ),
    (
        "iterators that yield",
        "local function iter(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, {i}) end end) end
         local s = 0 for i, t in iter(50) do s = s + i * t[1] end print(s)
         local t = setmetatable({}, {__pairs = function(t) return iter(5) end})
         for i, x in pairs(t) do print(i, x[1]) end
         local co = coroutine.wrap(function() return table.unpack({pcall(function() local x = coroutine.yield(1) error(x, 0) end)}) end)
         co() print(co('err'))",
    ),
];

#[test]
fn every_request_of_small_programs_may_be_refused_once() {
    let (mut requests, mut failures) = (0, Vec::new());
    for (name, source) in PROGRAMS {
        // Endless recursion makes the same request again and again.
        let step = if name == "out of depth" { 29 } else { 1 };
        for (profile, step) in [(Profile::Strict, step), (Profile::Compat, step * 7)] {
            let (all, failed) = sweep(name, source.as_bytes(), profile, step);
            requests += all;
            failures.extend(failed);
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures[0]);
    assert!(requests > 10_000, "{requests}");
}

/// Scripts whose output says how much memory is in use or when collections happened.
const ABOUT_MEMORY: [&str; 4] =
    ["2.5.3_gc_metamethods", "2.5.4_weak_tables", "6.1_collectgarbage", "6.9_virtual_clock"];

#[test]
fn conformance_scripts_bear_refusals() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lua-conformance");
    let wanted = number("MOONFUEL_SWEEP");
    let (mut scripts, mut failures) = (0, Vec::new());
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|end| end != "lua") || ABOUT_MEMORY.contains(&&*name) {
            continue;
        }
        let source = std::fs::read(&path).unwrap();
        let (_, requests) = run(&source, Profile::Compat, 0);
        let step = wanted.unwrap_or(1 + requests / 60);
        failures.extend(sweep(&name, &source, Profile::Compat, step).1);
        scripts += 1;
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures[0]);
    assert!(scripts > 30, "{scripts}");
}

#[test]
fn random_programs_bear_refusals() {
    let wanted = number("MOONFUEL_SWEEP");
    let (mut finished, mut failures) = (0, Vec::new());
    let from = number("MOONFUEL_SWEEP_FROM").unwrap_or(0);
    for id in from..from + 160 {
        let mut source = generated::source(7, id);
        if id % 8 >= 4 {
            source = format!("print(pcall(function(...)\n{source}\nend))");
        }
        let (seen, requests) = run(source.as_bytes(), Profile::Compat, 0);
        if matches!(seen.outcome, Outcome::Done(_)) {
            finished += 1;
        }
        let step = wanted.unwrap_or(1 + requests / 25);
        failures
            .extend(sweep(&format!("program {id}"), source.as_bytes(), Profile::Compat, step).1);
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures[0]);
    assert!(finished > 60, "{finished}");
}
