//! What hosts do with sessions, one thing after the other, written down.

use super::prng::Prng;
use super::scripts::{self, Words};
use moonfuel::Limits;

/// Something a host does.
#[derive(Clone, Debug)]
pub struct Op {
    /// What chance there is within, whatever other things are left out.
    pub id: u64,
    pub at: usize,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Open { limits: Limits },
    Run { source: String, limits: Limits, play: Play },
    Call { callee: Called, args: Vec<Arg>, limits: Limits, play: Play },
    Execute { source: String, limits: Limits },
    Function { path: &'static str },
    Object { number: i64 },
    With { handle: usize },
    Revoke { handle: usize },
    LetGo { handle: usize },
    Fork { limits: Limits },
    Refit { limits: Limits },
    Close,
}

#[derive(Clone, Copy, Debug)]
pub enum Called {
    Path(&'static str),
    Handle(usize),
}

#[derive(Clone, Copy, Debug)]
pub enum Arg {
    Value(u64),
    Handle(usize),
}

/// What a host does while a run is under way.
#[derive(Clone, Copy, Debug)]
pub struct Play {
    pub answers: u64,
    /// Answers may be handles that the host holds.
    pub gives_handles: bool,
    pub end: End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// Of its own accord.
    Own,
    /// With more fuel when there is none.
    MoreFuel(u64),
    /// The host stops it at a pause.
    Stop(usize),
    /// It is cancelled at a pause; before it begins if that is 0.
    Cancel(usize),
    /// It is finished at a pause.
    Finish(usize),
    /// It is dropped at a pause, and the session with it.
    Drop(usize),
}

const PATHS: &[&str] = &[
    "handler",
    "S.kept",
    "S.f",
    "nope",
    "nope.at.all",
    "show",
    "host.ask",
    "host.echo",
    "print",
    "host.panic",
    "bus.emit",
    "CO",
    "S",
    "math.random",
    "BOX.x",
    "string.rep",
    "host.all",
];

/// Chunks; `$` is a number.
const CHUNKS: &[&str] = &[
    "S.n = S.n + $ return S.n",
    "S.list[#S.list + 1] = $ return #S.list",
    "host.keep(function(a, ...) S.n = S.n + 1 return S.n, a, ... end)",
    "host.keep(function(a) S.last = a return host.ask(a, $) end) S.n = S.n + 1",
    "host.keep(function(a) S.last = a error(a) end) host.keep(host.echo) host.keep(CO)",
    "function handler(...) S.calls = (S.calls or 0) + 1 return S.calls, ... end",
    "function handler(...) S.calls = {...} return host.ask(...) end",
    "S.last = host.ask($, THING) return show(S.last)",
    "S.got = {host.ask($)} local f = S.got[1] if type(f) == 'function' then return pcall(f, $) end",
    "S.th = host.thing($) return S.th:number()",
    "return S.th and pcall(S.th.number, S.th), THING:add($)",
    "local th = host.thing($) host.revoke(th) return pcall(function() return th:number() end)",
    "show(pcall(host.panic, $)) S.p = $",
    "S.n = $ host.panic($)",
    "S.n = 99 S.list[$] = {} error({code = $})",
    "for i = 1, $ * 40 do local t = {i} end return #S.list",
    "S.blob = ('x'):rep($ * 1000)",
    "S.many = S.many or {} for i = 1, $ * 9 do S.many[i] = {i, tostring(i)} end",
    "S.many = nil S.blob = nil collectgarbage() return collectgarbage('count')",
    "S.co = coroutine.create(function(a) S.inner = a local b = host.ask(a) coroutine.yield(b) return 1 end) return coroutine.resume(S.co, $)",
    "return S.co and coroutine.resume(S.co, 2)",
    "return host.call(function(f) S.x = f return host.ask(f) end, S.last)",
    "return host.each({1, 2, $}, function(i) S.n = S.n + i host.keep(function() return i end) return host.ask(i) end)",
    "yield($, S.list) S.y = yield() return S.y",
    "setmetatable({}, {__gc = function() S.gc = (S.gc or 0) + 1 show('gc', S.gc) end}) S.n = 1",
    "setmetatable({}, {__gc = function() S.asked = host.ask('gc') end}) S.n = 1 collectgarbage()",
    "for i = 1, 1e9 do S.n = i end",
    "local t = {} while true do t[#t + 1] = ('x'):rep(9000) .. #t end",
    "while true do S.n = S.n + 1 print(('y'):rep(500)) end",
    "while true do S.n = host.count() end",
    "S.ok = pcall(function() local t = {} while true do t[#t + 1] = ('x'):rep(30000) .. #t end end) S.n = S.n + 1 return S.ok",
    "return math.random(1000), os.time(), os.clock()",
    "return host.all{{host.ask, $}, {host.later, 2}, {host.echo, 3}, {host.ask, THING}}",
    "bus.on('b', function(v) S.seen2 = v S.n = host.ask(v) end)",
    "bus.emit('b', $) return S.seen2, S.n",
    "S.f = load('local a = ... S.n = a return ' .. $ .. ', a') return S.f($)",
    "return return",
    "",
    "S.c = host.count() return require('counter').next()",
    "return print",
    "setmetatable(_G, {__index = function(_, k) S.miss = k return nil end})",
    "WEAK[{}] = $ S.w = setmetatable({host.thing($), {}}, {__mode = 'v'})",
    "local n = 0 for _ in pairs(WEAK) do n = n + 1 end return n, S.w and #S.w",
    "local c <close> = setmetatable({}, {__close = function() S.closed = host.ask('closing') end}) error('x')",
    "local function f(n) return n == 0 and 0 or 1 + f(n - 1) end return f($ * 200)",
    "local t = {} for i = 1, $ do t[i] = coroutine.create(print) end S.cos = t",
    "S.kept = function(...) S.n = S.n + $ return ... end return host.ask(S.kept)",
    "local f = host.ask($) if type(f) == 'function' then S.kept = f return f(host.ask(1)) end",
    "host.charge($ * 1000) return host.reserve($ * 9000)",
    "return host.later($ % 4), host.ask(1), host.later(2)",
    "return S, THING, CO",
];

/// A chunk of some source.
pub fn source(prng: &mut Prng) -> String {
    if prng.chance(120) {
        let words = Words { waits: true, futures: prng.chance(300), things: true };
        return scripts::script(prng, words);
    }
    let mut source = String::new();
    let count = if prng.chance(700) { 1 } else { 2 };
    for nth in 0..count {
        let number = prng.range(1, 60).to_string();
        let chunk = prng.pick(CHUNKS).replace('$', &number);
        if nth + 1 < count {
            source.push_str("do ");
            source.push_str(&chunk);
            source.push_str(" end ");
        } else {
            source.push_str(&chunk);
        }
    }
    source
}

pub fn limits(prng: &mut Prng) -> Limits {
    Limits {
        fuel: 150_000,
        memory: if prng.chance(700) { 3 << 20 } else { 300_000 + prng.next() % 900_000 },
        output: 20_000,
        host_calls: 120,
        ..Limits::default()
    }
}

/// Limits for one run, often some that it cannot keep.
fn run_limits(prng: &mut Prng) -> Limits {
    let mut limits = Limits::unlimited();
    match prng.below(24) {
        0..=2 => limits.fuel = prng.next() % 3000,
        3 => limits.memory = prng.next() % 400_000,
        4 => limits.output = prng.next() % 100,
        5 => limits.host_calls = prng.next() % 4,
        6 => limits.host_result = prng.next() % 200,
        7 => limits.coroutines = prng.next() % 6,
        8 => limits.call_depth = prng.next() % 40,
        9 => limits.source = prng.next() % 60,
        _ => {}
    }
    limits
}

fn play(prng: &mut Prng) -> Play {
    let end = match prng.below(14) {
        0 => End::Stop(prng.below(4)),
        1 => End::Cancel(prng.below(4)),
        2 => End::Finish(prng.below(4)),
        3 if prng.chance(300) => End::Drop(prng.below(4)),
        4 | 5 => End::MoreFuel(1 + prng.next() % 5000),
        _ => End::Own,
    };
    Play { answers: prng.next() >> 8, gives_handles: prng.chance(300), end }
}

fn op(prng: &mut Prng, id: u64) -> Op {
    let at = prng.below(8);
    let handle = prng.below(64);
    let what = match prng.below(40) {
        0 => What::Open { limits: limits(prng) },
        1 | 2 => What::Execute { source: source(prng), limits: run_limits(prng) },
        3 | 4 => What::Function { path: prng.pick(PATHS) },
        5 | 6 => What::Object { number: prng.range(0, 9) },
        7 => What::With { handle },
        8 => What::Revoke { handle },
        9 | 10 => What::LetGo { handle },
        11 => What::Fork { limits: limits(prng) },
        12 => What::Refit { limits: limits(prng) },
        13 if prng.chance(300) => What::Close,
        14..=20 => What::Call {
            callee: if prng.chance(350) {
                Called::Path(prng.pick(PATHS))
            } else {
                Called::Handle(handle)
            },
            args: (0..prng.below(4))
                .map(|_| match prng.chance(400) {
                    true => Arg::Handle(prng.below(64)),
                    false => Arg::Value(prng.next() >> 8),
                })
                .collect(),
            limits: run_limits(prng),
            play: play(prng),
        },
        _ => What::Run { source: source(prng), limits: run_limits(prng), play: play(prng) },
    };
    Op { id, at, what }
}

/// What a host does.
pub fn ops(prng: &mut Prng) -> Vec<Op> {
    let count = prng.range(4, 16) as u64;
    (0..count)
        .map(|_| {
            let id = prng.next() >> 8;
            op(prng, id)
        })
        .collect()
}
