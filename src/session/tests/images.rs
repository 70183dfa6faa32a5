//! Sessions that are saved and made again.

mod corpus;
mod damage;
mod digests;
mod natives;

use crate::{Profile, Report, Session, SessionBuilder};

fn builder(profile: Profile, key: u64) -> SessionBuilder {
    Session::builder().profile(profile).hash_key(key)
}

fn session(profile: Profile, key: u64) -> Session {
    builder(profile, key).build().unwrap()
}

/// What scripts leave behind that images must hold.
const SCRIPT: &str = "
    list = {1, 2.5, 'three', true, {4}, -1, 1 << 40, string.rep('long', 20)}
    holes = {1, nil, 3, nil, 5}
    map = {a = 1, b = {}, [1.5] = 2, [true] = 3, [print] = 4}
    map.gone, map.again = 1, 2
    map.gone = nil
    self = setmetatable({}, {__index = map, __name = 'me'})
    self.self = self
    local count = 0
    function counter() count = count + 1 return count end
    function reset() count = 0 end
    counter()
    chunk = load('local a = ... return function() a = a + 1 return a end, \"a long constant, longer than forty bytes\"')
    weak = setmetatable({[map] = 1, [{}] = 2}, {__mode = 'k'})
    keys = {}
    keys[map] = 1 keys[list] = 2 keys[map] = nil
    iterator = ('a b c'):gmatch('%a')
    iterator()
    math.random()
    return 1";

/// What a session does later.
const PROBE: &str = "
    local out = {}
    local function add(...) out[#out + 1] = table.concat({...}, ' ') end
    for k, v in pairs(map) do add(tostring(k), tostring(v)) end
    for i, v in ipairs(list) do add(i, tostring(v)) end
    add(#holes, tostring(self), self.b == map.b and 'b' or '', counter(), counter(), iterator())
    keys[map] = 3
    for k, v in pairs(keys) do add(tostring(k), v) end
    local f = chunk(5) add(f(), f(), math.random(1000), tostring({}))
    for i = 1, 400 do local s = 'x' .. i map[s] = {i} end
    local n = 0 for k in pairs(weak) do n = n + 1 end add(n)
    collectgarbage() n = 0 for k in pairs(weak) do n = n + 1 end add(n, collectgarbage('count'))
    reset() add(counter())
    print(table.concat(out, ';')) return out";

fn same(name: &str, one: &Report, other: &Report) {
    assert_eq!(one.outcome, other.outcome, "{name}");
    let at = one.output.iter().zip(&other.output).take_while(|(one, other)| one == other).count();
    let rest = |report: &Report| {
        let rest = &report.output[at.saturating_sub(40)..];
        String::from_utf8_lossy(&rest[..rest.len().min(200)]).into_owned()
    };
    assert!(one.output == other.output, "{name}:\n{}\n{}", rest(one), rest(other));
    assert_eq!(one.usage, other.usage, "{name}");
}

#[test]
fn a_restored_session_goes_on_as_the_one_it_was_made_of() {
    for profile in [Profile::Strict, Profile::Compat, Profile::Full] {
        for fork in [false, true] {
            let mut session = session(profile, 1);
            session.run(SCRIPT).json().unwrap();
            let mut copy = match fork {
                true => session.fork(builder(profile, 2)).unwrap(),
                false => builder(profile, 2).restore(&session.snapshot().unwrap()).unwrap(),
            };
            assert_eq!(copy.digest(), session.digest());
            let before = session.machine.0.canonical();
            assert_eq!(copy.machine.0.canonical(), before);
            for _ in 0..3 {
                let (one, other) = (session.run(PROBE), copy.run(PROBE));
                same("probe", &one, &other);
                one.json().unwrap();
                assert_eq!(copy.machine.0.canonical(), session.machine.0.canonical());
            }
        }
    }
}

#[test]
fn a_small_session_is_small() {
    let template = session(Profile::Strict, 1).snapshot().unwrap().len();
    let mut session = session(Profile::Strict, 1);
    session
        .run("total = 0 function add(n) total = total + n return total end add(2)")
        .json()
        .unwrap();
    session.run("notes = {} for i = 1, 10 do notes[i] = 'note ' .. i end").json().unwrap();
    let size = session.snapshot().unwrap().len();
    assert!(size < template + 2048, "{size} bytes, {template} without anything");
}

/// Coroutines that wait in the midst of all kinds of things.
const WAITING: &str = "
    local function closer(name) return setmetatable({}, {__close = function() LOG[#LOG + 1] = name end}) end
    LOG = {}
    local shared = 10
    WAITING = {
      coroutine.create(function(a) local b, c <close> = a, closer('c') shared = shared + 1
        while true do b = coroutine.yield(b, shared) end end),
      coroutine.create(function() pcall(function() local x = coroutine.yield('pcall') error(x) end)
        return 'after' end),
      coroutine.create(function() local t = {5, 3, 4, 1, 2}
        table.sort(t, function(a, b) coroutine.yield('sort') return a < b end) return table.concat(t, ',') end),
      coroutine.create(function() return (('a b c d'):gsub('%a', function(c)
        return coroutine.yield(c) or c:upper() end)) end),
      coroutine.create(function(...) for i = 1, 5 do for k, v in pairs({...}) do coroutine.yield(i, k, v) end end end),
      coroutine.create(function() local n = setmetatable({}, {__index = function(_, k) return coroutine.yield(k) end,
        __concat = function(a, b) return coroutine.yield('concat') end, __lt = function() return coroutine.yield('lt') end})
        local x = n.field .. 'y' return x, n .. 'z', n < n, 'a' .. (n .. 'b') end),
      coroutine.create(function() return load(function() return coroutine.yield('piece') end, '=loaded') end),
      coroutine.create(function(...) local inner = coroutine.wrap(function(...) coroutine.yield(...) return 'in' end)
        inner(...) coroutine.yield('mid') return inner() end),
      coroutine.create(function() error({}) end),
      coroutine.create(function() return 1 end),
      coroutine.create(print),
      coroutine.create(function() local t <close> = closer('t') local u <close> = closer('u')
        local function f(...) local v <close> = closer('v') coroutine.yield(...) return ... end
        return f(table.unpack({1, 2, 3}, 1, 40)) end),
      coroutine.create(function() return string.format('%s %d %s', setmetatable({}, {__tostring = function()
        return coroutine.yield('text') end}), 5, 'end') end),
      coroutine.wrap(function() local function deep(n) if n == 0 then coroutine.yield('deep') return 0 end
        return 1 + deep(n - 1) end return deep(100) end),
    }
    for i = 1, 13 do if i ~= 11 then coroutine.resume(WAITING[i], 'first', 'second') end end
    WAITING[14]()
    coroutine.resume(WAITING[3]) coroutine.resume(WAITING[4], 'Z')
    add = function() shared = shared + 1 return shared end";

const RESUMED: &str = "
    local out = {}
    for i, co in ipairs(WAITING) do
      for n = 1, 4 do
        if type(co) == 'function' then out[#out + 1] = n == 1 and tostring(pcall(co)) or ''
        else
          local r = table.pack(coroutine.resume(co, n % 2 == 0 and 'x' or nil))
          for j = 1, r.n do r[j] = tostring(r[j]) end
          out[#out + 1] = i .. ':' .. table.concat(r, ' ') .. coroutine.status(co)
        end
      end
    end
    out[#out + 1] = add() .. table.concat(LOG, ',')
    if type(WAITING[12]) == 'thread' then coroutine.close(WAITING[12]) end
    out[#out + 1] = table.concat(LOG, ',') .. tostring(coroutine.close(WAITING[1])) .. collectgarbage('count')
    print(table.concat(out, '\\n'))
    return #out";

#[test]
fn coroutines_wait_in_an_image_and_go_on() {
    for profile in [Profile::Strict, Profile::Compat, Profile::Full] {
        for fork in [false, true] {
            let mut session = session(profile, 1);
            session.run(WAITING).json().unwrap();
            let mut copy = match fork {
                true => session.fork(builder(profile, 2)).unwrap(),
                false => builder(profile, 2).restore(&session.snapshot().unwrap()).unwrap(),
            };
            assert_eq!(copy.digest(), session.digest());
            assert_eq!(copy.machine.0.canonical(), session.machine.0.canonical());
            for _ in 0..2 {
                let (one, other) = (session.run(RESUMED), copy.run(RESUMED));
                same("probe", &one, &other);
                one.json().unwrap();
                assert_eq!(copy.machine.0.canonical(), session.machine.0.canonical());
            }
        }
    }
}

/// Coroutines that an error ended where the values of an open list were being made: their
/// frames stand before an instruction that could not go on.
const FAILED: &str = "
    local t = {}
    FAILED = {
        coroutine.create(function() print(1, t('x')) end),
        coroutine.create(function() return 1, t() end),
        coroutine.create(function() return print(t()) end),
        coroutine.create(function() t[1] = {1, t()} end),
        coroutine.create(function() local c <close> = setmetatable({}, {__close = print}) print(t()) end),
        coroutine.create(function() print(t.x.y()) end),
        coroutine.create(function() print(coroutine.wrap(function() print(t()) end)()) end),
    }
    for _, co in ipairs(FAILED) do assert(not coroutine.resume(co)) end";

const LOOK_AT_FAILED: &str = "
    local out = {}
    for i, co in ipairs(FAILED) do
        out[#out + 1] = debug.traceback(co)
        out[#out + 1] = coroutine.status(co) .. select('#', coroutine.resume(co))
        if i > 3 then out[#out + 1] = tostring((select(2, coroutine.close(co)))) end
    end
    print(table.concat(out, '\\n'))";

#[test]
fn coroutines_that_failed_are_restored() {
    for profile in [Profile::Strict, Profile::Compat, Profile::Full] {
        let mut session = session(profile, 1);
        session.run(FAILED).json().unwrap();
        let bytes = session.snapshot().unwrap();
        let mut copy = builder(profile, 2).restore(&bytes).unwrap();
        for _ in 0..2 {
            let (one, other) = (session.run(LOOK_AT_FAILED), copy.run(LOOK_AT_FAILED));
            same("probe", &one, &other);
            one.json().unwrap();
            assert_eq!(copy.digest(), session.digest());
            copy = builder(profile, 3).restore(&copy.snapshot().unwrap()).unwrap();
        }
    }
}
