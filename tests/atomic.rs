//! Atomic runs, as a host sees them: after a run that did not finish, a session does, costs
//! and needs what it would have without that run.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use moonfuel::{Chunk, HostError, HostValue, Limits, Outcome, Profile, Report, Session, Variadic};

/// What there is before, what a run does that fails, and what is looked at afterwards.
const CASES: &[(&str, &str, &str)] = &[
    ("x = 1", "x = 2 y = 3", "return x, y"),
    ("t = {1, 2, 3}", "t[1] = 'one' t[4] = 4 t[10] = 10", "return t, #t, t[10]"),
    ("t = {1, 2, 3}", "for i = 4, 200 do t[i] = i end", "t[4] = 1 return #t"),
    ("t = {1, 2, 3}", "t[3], t[2], t[1] = nil", "t[4] = 1 return #t"),
    ("t = {a = 1, b = 2, c = 3}", "t.a = nil t.d = 4 t.a = 1", "for k, v in pairs(t) do print(k, v) end"),
    ("t = {a = 1, b = 2, c = 3}", "for k in pairs(t) do t[k] = nil end", "for k, v in pairs(t) do print(k, v) end"),
    ("t = {} for i = 1, 5000 do t[i] = i t['k' .. i] = i end", "for i = 1, 5000, 7 do t[i] = nil t['k' .. i] = nil end",
        "local n, m = 0, 0 for k, v in pairs(t) do n = n + 1 m = (m * 31 + v) % 1000003 end return n, m, #t"),
    ("t = {} for i = 1, 5000 do t['k' .. i] = i end", "for i = 1, 9999 do t['n' .. i] = i end",
        "local n = 0 for k, v in pairs(t) do n = n + 1 end t.one = 1 return n, collectgarbage('count')"),
    ("t = {3, 1, 2}", "table.sort(t) table.insert(t, 1, 0) table.remove(t)", "return table.concat(t, ' ')"),
    ("t = {}", "setmetatable(t, {__index = function() return 5 end})", "return t.x, getmetatable(t)"),
    ("m = {} t = setmetatable({}, m)", "m.__index = function() return 5 end", "return t.x"),
    ("m = {__index = function() return 5 end} t = setmetatable({}, m)", "m.__index = nil local _ = t.x", "return t.x"),
    ("local n = 0 function count() n = n + 1 return n end count()", "count() count()", "return count()"),
    ("local a, b = 1, {} function set(v) a = v b[#b + 1] = v end function get() return a, #b end",
        "set(5) set(6)", "return get()"),
    ("co = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end) co()", "co() co()", "return co(), co()"),
    ("co = coroutine.create(function() local x = 1 get = function() return x end while true do x = x + 1 coroutine.yield(x) end end)
      coroutine.resume(co)", "coroutine.resume(co) coroutine.close(co)",
        "return get(), select(2, coroutine.resume(co)), get(), coroutine.status(co)"),
    ("co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() closed = true end}) coroutine.yield() end)
      coroutine.resume(co)", "coroutine.close(co)", "return closed, coroutine.status(co), coroutine.close(co), closed"),
    ("co = coroutine.create(function() return coroutine.yield() end) coroutine.resume(co)",
        "coroutine.wrap(function() coroutine.resume(co) error('deep') end)()",
        "return coroutine.status(co), coroutine.resume(co, 7)"),
    ("co = coroutine.create(function(f) while true do f = coroutine.yield(f()) end end) coroutine.resume(co, print)",
        "coroutine.resume(co, function() while true do end end)", "return coroutine.status(co), coroutine.resume(co, type)"),
    ("n = 0 co = coroutine.wrap(function() return (('a b c'):gsub('%a', function(c) coroutine.yield(c) return c .. n end)) end) co()",
        "co() co() co()", "return co(), co(), co()"),
    ("co = coroutine.create(function() local function f(n) if n > 0 then return 1 + f(n - 1) end coroutine.yield() return 0 end return f(3) end) coroutine.resume(co)",
        "local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end f(3000) coroutine.resume(co)",
        "local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end return f(500), coroutine.resume(co)"),
    ("math.randomseed(1)", "math.random() math.randomseed(7)", "return math.random(1000), math.random(1000)"),
    ("", "local t, f, s = {}, function() end, 'unseen'", "return tostring({}), tostring(print), tostring(coroutine.create(print))"),
    ("s = ('long'):rep(100)", "string.format('%p', s) local t = {[s] = 1}", "return string.format('%p', ('l'):rep(99)), ({[s] = 2})[s]"),
    ("s = ('long'):rep(100)", "rawget({}, s)", "return ({[s] = 2})[s]"),
    ("s = ('long'):rep(100)", "rawset({}, s, 1) next({[s] = 1}, s) pcall(require, s)", "return ({[s] = 2})[s]"),
    ("it = ('a b c d'):gmatch('%a')  it()", "it() it()", "return it(), it(), it()"),
    ("", "for i = 1, 3000 do local s = 'string ' .. i end", "for i = 1, 300 do local s = 'string ' .. i end return collectgarbage('count')"),
    ("", "for i = 1, 20000 do local t = {i, {}} end", "for i = 1, 5000 do local t = {i} end return collectgarbage('count')"),
    ("for i = 1, 500 do local t = {i, 'garbage ' .. i} end", "collectgarbage() collectgarbage()",
        "for i = 1, 500 do local s = 'garbage ' .. i end return collectgarbage('count')"),
    ("w = setmetatable({}, {__mode = 'k'}) w[{}] = 1 k = {} w[k] = 2", "w[{}] = 3 k = nil collectgarbage()",
        "local n = 0 for _ in pairs(w) do n = n + 1 end collectgarbage() for _ in pairs(w) do n = n + 1 end return n, w[k]"),
    ("w = setmetatable({}, {__mode = 'v'}) w[1] = {} v = {} w[2] = v", "w[3] = v v = nil collectgarbage()",
        "collectgarbage() return #w, w[2] == v"),
    ("log = {} o = setmetatable({}, {__gc = function() log[#log + 1] = 'gone' end})", "o = nil collectgarbage()",
        "print(#log) o = nil collectgarbage() print(#log)"),
    ("log = {} setmetatable({}, {__gc = function() log[#log + 1] = 'gone' end})", "collectgarbage()",
        "print(#log) collectgarbage() print(#log)"),
    ("log = {}", "setmetatable({}, {__gc = function() log[#log + 1] = 'gone' end}) x = setmetatable({}, {__mode = 'k'})",
        "collectgarbage() return #log, collectgarbage('count')"),
    ("", "require('m').n = 5", "return require('m').n"),
    ("m = require('m')", "m.next() m.n = 5", "return m.next(), m.n"),
    ("collectgarbage('step', 1)", "collectgarbage('step', 9)",
        "local n = 0 while not collectgarbage('step', 1) do n = n + 1 end return n"),
    ("t = {}", "json.array(t)", "return json.encode(t), json.encode({t = t})"),
    ("", "warn('@on') collectgarbage('stop')", "warn('no') return collectgarbage('isrunning')"),
    ("f = load('x = (x or 0) + 1 return x')", "f() f = load('return 9')", "return f()"),
    ("", "pcall(host.fail) host.echo(('x'):rep(10000))", "return host.echo(1)"),
];

/// Changes of the library, which only compat lets happen.
const COMPAT: &[(&str, &str, &str)] = &[
    ("", "string.len = nil string.new = print", "return ('x'):len(), string.new"),
    (
        "",
        "getmetatable('').__index = function() return 5 end",
        "return ('x').y, #getmetatable('').__index",
    ),
    (
        "",
        "package.loaded.string = nil package.path = 'x'",
        "return require('string') == string, package.path",
    ),
    ("", "io.output(io.stderr)", "return io.output() == io.stdout"),
    ("", "for k in pairs(table) do table[k] = nil end", "for k in pairs(table) do print(k) end"),
    ("x = 1", "x = 2 os.exit(true)", "return x"),
];

fn session(profile: Profile) -> Session {
    Session::builder()
        .limits(Limits { fuel: 3_000_000, ..Limits::default() })
        .profile(profile)
        .module("m", "local n = 0 return {next = function() n = n + 1 return n end}")
        .function("host.echo", |args: Variadic<HostValue>| Ok(args))
        .function("host.fail", |()| -> Result<(), HostError> { Err(HostError::new("it failed")) })
        .function("host.panic", |()| -> Result<(), HostError> {
            std::panic::resume_unwind(Box::new("a bug of the host's"))
        })
        .build()
        .unwrap()
}

/// The ways in which a run ends before it is done.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Error,
    Fuel,
    Memory,
    Output,
    HostCalls,
    Panic,
    Cancelled,
    Given,
}

const ENDS: [End; 8] = [
    End::Error,
    End::Fuel,
    End::Memory,
    End::Output,
    End::HostCalls,
    End::Panic,
    End::Cancelled,
    End::Given,
];

impl End {
    fn source(self) -> &'static str {
        match self {
            End::Error => "error({})",
            End::Fuel | End::Cancelled | End::Given => "while true do end",
            End::Memory => "local t = {} while true do t[#t + 1] = {} end",
            End::Output => "while true do print('more') end",
            End::HostCalls => "while true do host.echo(1) end",
            End::Panic => "host.panic()",
        }
    }

    fn run(self, session: Session, source: &str) -> (Session, Report) {
        let source = format!("{source} {}", self.source());
        let fuel = if self == End::Fuel { 500_000 } else { u64::MAX };
        let limits =
            Limits { fuel, memory: 8 << 20, output: 500, host_calls: 9, ..Limits::default() };
        let mut run = session.start(Chunk::new(source.as_bytes()).limits(limits));
        let canceller = run.canceller();
        let mut steps = 0;
        while !run.step(1000).is_ended() {
            steps += 1;
            match self {
                End::Cancelled if steps == 500 => canceller.cancel(),
                End::Given if steps == 500 => break,
                _ => {}
            }
        }
        run.finish()
    }
}

fn check(cases: &[(&str, &str, &str)], profile: Profile, end: End) -> Vec<String> {
    let mut failures = Vec::new();
    for (before, change, after) in cases {
        let mut undisturbed = session(profile);
        let done = undisturbed.run(before).outcome;
        if profile == Profile::Compat && before.contains("gsub") {
            // There coroutines do not leave it.
            continue;
        }
        assert!(matches!(done, Outcome::Done(_)), "{before}: {done:?}");
        let mut disturbed = session(profile);
        let _ = disturbed.run(before);
        let (mut disturbed, report) = end.run(disturbed, change);
        assert!(!matches!(report.outcome, Outcome::Done(_)), "{change}: {report:?}");
        for look in [*after, "return collectgarbage('count'), tostring({})"] {
            let (expected, seen) = (undisturbed.run(look), disturbed.run(look));
            if expected != seen {
                failures.push(format!(
                    "{before}\n  failed: {change}\n  then: {look}\n  {seen:?}\n  instead of\n  {expected:?}"
                ));
                break;
            }
        }
    }
    failures
}

#[test]
fn a_run_that_does_not_finish_leaves_no_trace() {
    let mut failures = Vec::new();
    for end in ENDS {
        for (cases, profile) in
            [(CASES, Profile::Strict), (CASES, Profile::Compat), (COMPAT, Profile::Compat)]
        {
            let failed = check(cases, profile, end);
            failures.extend(failed.into_iter().map(|f| format!("{end:?} {profile:?}: {f}")));
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn a_run_that_finishes_keeps_what_it_did() {
    for (cases, profile) in [(CASES, Profile::Strict), (COMPAT, Profile::Compat)] {
        let mut visible = 0;
        for (before, change, after) in cases {
            let mut changed = session(profile);
            let mut unchanged = session(profile);
            for session in [&mut changed, &mut unchanged] {
                let _ = session.run(before);
            }
            let _ = changed.run(format!("coroutine.wrap(function() {change} end)()"));
            let (changed, unchanged) = (changed.run(after), unchanged.run(after));
            visible += usize::from(changed != unchanged);
        }
        assert!(visible * 2 > cases.len(), "{visible} of {}", cases.len());
    }
}

fn plain() -> Session {
    Session::builder().build().unwrap()
}

#[test]
fn variables_of_closures_are_as_before() {
    let mut session = plain();
    let _ = session
        .run("local n = 0; function inc() n = n + 1; return n end; function get() return n end");
    assert_eq!(session.run("return inc()").json().unwrap(), "[1]");
    for _ in 0..3 {
        let _ = session.run("for i = 1, 10 do inc() end error('no')");
        assert_eq!(session.run("return get()").json().unwrap(), "[1]");
    }
}

#[test]
fn coroutines_are_as_before() {
    let mut session = plain();
    let report = session.run(
        "local n = 0
         get = function() return n end
         co = coroutine.wrap(function() for i = 1, 100 do n = n + i; coroutine.yield(i) end end)
         gm = string.gmatch('a b c d e', '%a')
         co() gm()",
    );
    assert!(report.is_done(), "{report:?}");
    for _ in 0..3 {
        let report = session.run("return co(), co(), gm(), error('x')");
        assert!(!report.is_done());
        let report = session.run_chunk(
            Chunk::new(b"while true do co() end")
                .limits(Limits { fuel: 3000, ..Limits::unlimited() }),
        );
        assert!(!report.is_done(), "{report:?}");
        assert_eq!(session.run("return get()").json().unwrap(), "[1]");
    }
    assert_eq!(session.run("return co(), gm(), get()").json().unwrap(), r#"[2,"b",3]"#);
}

#[test]
fn execute_keeps_nothing() {
    let mut session = plain();
    for _ in 0..3 {
        let report =
            session.execute("math.randomseed(7); return math.random(1000), tostring({})", None);
        assert!(report.is_done(), "{report:?}");
        let first = report.json().unwrap().to_owned();
        let again =
            session.execute("math.randomseed(7); return math.random(1000), tostring({})", None);
        assert_eq!(again.json().unwrap(), first);
        assert_eq!(again.usage, report.usage);
    }
    assert_eq!(session.execute("return 1", None).outcome, Outcome::Done(Ok("[1]".to_owned())));
}

#[test]
fn a_future_that_is_forgotten_is_undone() {
    use std::future::Future;
    use std::task::{Context, Waker};
    let mut session = Session::builder().build().unwrap();
    let mut future = Box::pin(session.run_async("g = 1 print('hidden') while true do end"));
    for _ in 0..3 {
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    std::mem::forget(future);
    let report = session.run("return g");
    assert_eq!((report.json().unwrap(), report.output.len()), ("[null]", 0));
    assert_eq!(session.run("return g").json().unwrap(), "[null]");
}

/// Returns what a script gives after a collection, with its peak and its fuel, in a session
/// where another one has failed or nothing has.
fn figures(profile: Profile, failing: Option<&str>, look: &str) -> (String, u64, u64) {
    let mut session = Session::builder().profile(profile).build().unwrap();
    session.run("return 1").json().unwrap();
    if let Some(failing) = failing {
        assert!(!session.run(failing).is_done());
    }
    let report = session.run(format!("collectgarbage() return {look}"));
    (report.json().unwrap().to_owned(), report.usage.memory_peak, report.usage.fuel_used)
}

#[test]
fn buffers_of_streams_leave_nothing() {
    let look = "collectgarbage('count')";
    let twin = figures(Profile::Compat, None, look);
    for mode in ["'no'", "'full'", "'line', 100"] {
        let failing = format!("io.stdout:setvbuf({mode}) print(1) error('x')");
        assert_eq!(figures(Profile::Compat, Some(&failing), look), twin, "{mode}");
    }
}

#[test]
fn hooks_leave_nothing() {
    let look = "collectgarbage('count'), debug.gethook()";
    let twin = figures(Profile::Full, None, look);
    for failing in [
        "debug.sethook(function() end, 'c') print() error('x')",
        "debug.sethook(function() end, '', 10) for i = 1, 100 do end error('x')",
    ] {
        assert_eq!(figures(Profile::Full, Some(failing), look), twin, "{failing}");
    }
}

#[test]
fn a_run_that_is_stopped_is_not_done() {
    let session = Session::builder().build().unwrap();
    let mut run = session.start(Chunk::new(b"g = 1 while true do end"));
    let _ = run.step(100);
    run.stop(Outcome::Done(Ok("[]".to_owned())));
    let (mut session, report) = run.finish();
    assert_eq!(report.outcome, Outcome::Cancelled);
    assert_eq!(session.run("return g").json().unwrap(), "[null]");
}

#[test]
fn what_is_older_than_a_run_is_collected_when_it_has_finished() {
    let mut session = Session::builder().build().unwrap();
    let setup = "w = setmetatable({}, {__mode = 'k'}) k = {} w[k] = 1
                 o = setmetatable({}, {__gc = function() done = true end})";
    session.run(setup).json().unwrap();
    let within = "k, o = nil, nil collectgarbage() return next(w) ~= nil, done";
    assert_eq!(session.run(within).json().unwrap(), "[true,null]");
    assert_eq!(session.run("return next(w), done").json().unwrap(), "[null,true]");
}

#[test]
fn chunks_and_modules_that_fail_half_way_leave_nothing() {
    let look = "local k, l, p, g = {}, {}, {}, {}
        for a, b in pairs(t) do k[#k + 1] = tostring(a) .. '=' .. tostring(b) end
        for a in pairs(string) do l[#l + 1] = a end
        for a in pairs(package and package.loaded or {}) do p[#p + 1] = tostring(a) end
        for a in pairs(_G) do g[#g + 1] = a end
        return x, k, l, p, g";
    let scripts = [
        "x = 1 local = 2",
        "t.q = 1 t.w = load('x =') error('no')",
        "t[1] = nil load(function() x = 5 t[2] = nil error('half') end) error('end')",
        "local n = 0 local f, why = load(function() n = n + 1 t[n] = n * 7
         if n == 3 then error('half') end return 'local a = 1 ' end) assert(f, why)",
        "load(function() x = 1 return {} end) t.z = 3 error('no')",
        "require 'good' require 'no chunk'",
        "require 'good' require 'fails'",
        "pcall(require, 'fails') pcall(require, 'no chunk') error('no')",
        "string.rep = nil table.insert = nil error('no')",
        "math = nil _G.string = nil error('no')",
        "package.loaded.string = nil package.path = 'x' error('no')",
        "package.preload.z = function() end require 'z' error('no')",
        "coroutine.wrap(function() x = 1 load(function() coroutine.yield(1) end) end)() error('no')",
        "string.format = print math.pi = 3 table.x = {} error('no')",
    ];
    for profile in [Profile::Strict, Profile::Compat] {
        let mut session = Session::builder()
            .profile(profile)
            .module("good", "x = (x or 0) + 1 return {}")
            .module("no chunk", "x = 9 local = 3")
            .module("fails", "x = 8 t.y = 2 error('no')")
            .build()
            .unwrap();
        let make = "t = {1, 2, 3} function f(source) t.a = 1 load(source)() error('no') end";
        session.run(make).json().unwrap();
        let before = session.run(look).json().unwrap().to_owned();
        for script in scripts {
            assert!(!session.run(script).is_done(), "{script}");
            assert_eq!(session.run(look).json().unwrap(), before, "{script}");
        }
        for source in ["t.b = 2 x = 3", "t.b ="] {
            assert!(!session.call("f", source).is_done());
            assert_eq!(session.run(look).json().unwrap(), before, "{source}");
        }
    }
}
