//! An image is a machine that has everything, and nobody can tell.

use super::{Profile, image};
use crate::session::Session;
use crate::session::making::builder::SessionBuilder;
use crate::session::runs::run::Step;
use crate::session::values::chunk::Chunk;
use crate::session::values::outcome::Report;
use crate::vm::tests::canonical;
use std::cell::Cell;

thread_local! {
    /// Makes this thread's sessions have everything from the beginning.
    pub(super) static WITHOUT_IMAGE: Cell<bool> = const { Cell::new(false) };
}

/// Makes a session with the image and one without.
fn twins(describe: impl Fn(SessionBuilder) -> SessionBuilder) -> [Session; 2] {
    [(false, 7), (true, 8)].map(|(without, key)| {
        WITHOUT_IMAGE.set(without);
        let session = describe(Session::builder().hash_key(key)).build().unwrap();
        WITHOUT_IMAGE.set(false);
        session
    })
}

fn form(session: &mut Session) -> String {
    session.machine.0.enter(canonical::of)
}

fn with_functions(builder: SessionBuilder) -> SessionBuilder {
    builder
        .function("now", |()| Ok(1))
        .function("http.get", |url: String| Ok(url))
        .function("http.v2.get", |url: String| Ok(url))
        .pending_function("ask")
        .module("one", "return 1")
}

#[test]
fn strict_has_an_image() {
    assert!(image(Profile::Strict).is_some());
}

#[test]
fn a_machine_with_the_image_is_one_without() {
    let plain = twins(|builder| builder);
    let with_functions = twins(with_functions);
    // So many that the globals grow.
    let many = twins(|builder| {
        (0..100).fold(builder, |builder, at| builder.function(format!("f{at}"), |()| Ok(1)))
    });
    for [mut with, mut without] in [plain, with_functions, many] {
        assert_eq!(form(&mut with), form(&mut without));
    }
}

/// What a run of each script says, with all its figures.
fn said(session: &mut Session, script: &str) -> String {
    let Report { outcome, output, usage, .. } = session.run(script);
    format!("{script}\n{outcome:?} {:?} {usage:?}", String::from_utf8_lossy(&output))
}

/// Scripts that look at the library in every way there is.
const LOOKS: &[&str] = &[
    "return 1",
    "x = 1 return x",
    "print(math.pi, #math, math[1], math.nothing, nothing)",
    "for k in pairs(_G) do print(k) end",
    "for k, v in pairs(math) do print(k, v) end",
    "local t = {} for k, v in next, string do t[#t + 1] = k end print(table.concat(t, ' '))",
    // A call of `next` would make the stack grow.
    "local t = {} pcall(function() for k, v in next, string do t[#t + 1] = k end end) return #t",
    "print(next(_G)) print(next(math, 'pi')) print(next(_G, 'now'))",
    "return pcall(next, math, 'nothing')",
    "return rawget(math, 'pi'), rawget(_G, 'print') == print, rawlen(math), rawequal(math, math)",
    "return pcall(rawset, math, 'pi', 3)",
    "return pcall(function() math.pi = 3 end)",
    "return pcall(function() math[1] = 3 end)",
    "_G[1] = 2 _G[1.5] = 3 _G[print] = 4 return _G[1], _G[1.5], _G[print]",
    "print = nil return print, rawget(_G, 'print')",
    "math = nil string = nil collectgarbage() return math, ('x'):rep(3)",
    "return ('x'):upper(), #'x', ('x').len",
    "return getmetatable(math), getmetatable(_G), getmetatable('').__index == string",
    "local m = getmetatable('') return pcall(function() return m + 1 end), m == m, #m, m.__add",
    "return pcall(function() return math + 1 end), pcall(function() return _G .. 'x' end), -'1'",
    "return '10' + 1, '3' * '4', pcall(function() return 'x' + 1 end)",
    "return getmetatable('').__name, getmetatable('').nothing, pcall(next, getmetatable(''))",
    "return setmetatable({}, {__index = math}).pi, setmetatable({}, {__index = _G}).print == print",
    "return setmetatable({}, math).pi, pcall(function() return setmetatable({}, string).rep end)",
    "return pcall(setmetatable, math, {})",
    "setmetatable(_G, {__index = function(_, k) return k end}) return nothing, print == nothing",
    "setmetatable(_G, {__newindex = function(t, k, v) rawset(t, k, v * 2) end}) y = 1 return y",
    "local t = setmetatable({}, {__mode = 'k'}) t[math] = 1 collectgarbage() return next(t) == math",
    "return {math}, #_G",
    "return math",
    "local f, pi = math.floor, math.pi for k, v in pairs(math) do print(k, v == f) end return pi",
    "local n = now and now() now = print return n, now == print, next(_G), rawlen(_G)",
    "local p, s = print, string print = nil return print, p == nil, s == string, next(_G)",
    "local f = string.rep return pcall(next, string, 'rep'), string[f], string.rep == f, #string",
    "return math.pi, utf8.charpattern",
    "return json.encode({null = json.null}), pcall(json.encode, math), pcall(json.encode, {}, math)",
    "return pcall(json.array, math), json.array(_G) == _G",
    "return select('#', table.unpack(math)), pcall(table.insert, math, 1), pcall(table.sort, math)",
    "return pcall(ipairs, math), pcall(table.concat, math), math == string, math ~= math",
    "for i, v in ipairs(math) do print(i, v) end return tostring(math), tostring(print)",
    "return #tostring(string), math < 1",
    "return string.rep('x', 3, 1, {}), error('no')",
    "error(math)",
    "string.rep()",
    "local function f() string.rep(nil, 1) end f()",
    "return debug.traceback('here')",
    "return load('return math.floor(1.5)')(), load('x =')",
    "return 'print', 'floor', '__index', 'charpattern', ('p' .. 'rint'), #'__mode'",
    "local t = {} for i = 1, 500 do t['k' .. i] = i end return #t, t.k7",
    "local t = {} for i = 1, 20000 do t[i] = {i} end t = nil return collectgarbage('count')",
    "collectgarbage() return collectgarbage('count')",
    "return now and now(), http and http.get('x'), http and http.v2.get('y'), host and host.all",
    "return pcall(require, 'math'), pcall(require, 'one'), pcall(require, 'two')",
    "local c = coroutine.wrap(function() coroutine.yield(math) end) return c() == math, yield",
    "local t = table.pack(pcall(string.format, '%p', math)) return t[1], #t[2]",
    "goto done ::done:: return _G._G._G == _G, _ENV == _G, _VERSION, _SANDBOXED",
    "local _ENV = {} return x",
    "local _ENV = setmetatable({}, {__index = _G}) y = 1 return print, y, _G.y",
    "return os.time(), os.date('%Y'), utf8.char(72), utf8.len('x')",
    "local t = {} t[math] = 1 t[print] = 2 t[string] = 3 return t[math], t[print], t[string]",
];

#[test]
fn every_look_at_the_library_is_the_same() {
    for describe in [|builder| builder, with_functions] {
        for script in LOOKS {
            let [mut with, mut without] = twins(describe);
            // Undone, and then kept, and once more.
            for script in [*script, &format!("{script}\n"), &format!("x = 1 do {script} end")] {
                assert_eq!(said(&mut with, script), said(&mut without, script));
            }
            assert_eq!(form(&mut with), form(&mut without), "{script}");
        }
        let [mut with, mut without] = twins(describe);
        for script in LOOKS.iter().chain(LOOKS.iter().rev()) {
            assert_eq!(said(&mut with, script), said(&mut without, script));
        }
        assert_eq!(form(&mut with), form(&mut without));
    }
}

#[test]
fn what_fails_leaves_the_library_as_it_was() {
    for script in LOOKS {
        let [mut with, mut without] = twins(with_functions);
        let script = format!("do local function f() {script} end pcall(f) end x = 1 error('no')");
        assert_eq!(said(&mut with, &script), said(&mut without, &script));
        assert_eq!(said(&mut with, "return x"), said(&mut without, "return x"));
        assert_eq!(form(&mut with), form(&mut without), "{script}");
        let mut fresh = twins(with_functions);
        fresh.iter_mut().for_each(|session| drop(session.run("return x")));
    }
}

#[test]
fn slices_and_executions_are_the_same() {
    for script in LOOKS {
        let [with, mut without] = twins(with_functions);
        let whole = without.run(script);
        let mut run = with.start(Chunk::new(script.as_bytes()));
        while run.step(1) != Step::Ended {}
        let (mut session, sliced) = run.finish();
        assert_eq!(format!("{:?}", sliced.outcome), format!("{:?}", whole.outcome), "{script}");
        assert_eq!(format!("{:?}", sliced.usage), format!("{:?}", whole.usage), "{script}");
        let executed = session.execute(script, None);
        assert_eq!(format!("{:?}", executed.usage), format!("{:?}", whole.usage), "{script}");
    }
}

#[test]
fn a_limit_is_too_small_for_both_or_for_neither() {
    let builds = |without, memory| {
        WITHOUT_IMAGE.set(without);
        let limits = crate::Limits { memory, ..crate::Limits::default() };
        let built = with_functions(Session::builder().limits(limits)).build().is_ok();
        WITHOUT_IMAGE.set(false);
        built
    };
    let least = (1..200_000).step_by(64).find(|memory| builds(true, *memory)).unwrap();
    for memory in least - 64..=least {
        assert_eq!(builds(false, memory), builds(true, memory), "{memory}");
    }
}
