//! Runs that fail in the midst of others that do not.

use super::input::Random;
use moonfuel::{Chunk, HostError, HostValue, Limits, Outcome, Profile, Report, Session, Variadic};

/// What there is before the first run: something of each kind that a run could change.
const PREPARE: &str = "
t, list, s = {a = 1, b = 2}, {1, 2, 3, 4, 5}, 'text'
m = {__index = function(_, k) return k end, __gc = function() gone = (gone or 0) + 1 end}
o, w = setmetatable({}, m), setmetatable({}, {__mode = 'kv'})
w[1], w[t], w.o = {}, 'kept', o
co = coroutine.wrap(function() for i = 1, 1000 do coroutine.yield(i) end end) co()
local n = 0
function f() n = n + 1 return n end
x, i, k, v, l = 0, 1, 'a', 'b', {}";

/// What shows everything that is there.
const PROBE: &str = "
local seen, n = {}, 0
local function show(value)
  print(value)
  if type(value) ~= 'table' or seen[value] or n > 60 then return end
  seen[value], n = true, n + 1
  show(getmetatable(value))
  print(#value)
  for k, v in next, value do show(k) show(v) end
end
show(_ENV)
local made = {{}, function() return made end, ('x'):rep(50) .. n, coroutine.create(print)}
for i = 1, 60 do made[i], made['k' .. i] = {i}, i end
return tostring({}), tostring(print), pcall(co), pcall(f), math.random(1 << 40), os.time(),
  collectgarbage('count')";

fn limits(fuel: u64) -> Limits {
    Limits { fuel, memory: 1 << 20, output: 16 << 10, host_calls: 30, ..Limits::default() }
}

fn session(hash_key: u64, profile: Profile) -> Session {
    let mut session = Session::builder()
        .limits(limits(60_000))
        .profile(profile)
        .hash_key(hash_key)
        .module("m", "local n = 0 return {next = function() n = n + 1 return n end}")
        .function("echo", |args: Variadic<HostValue>| Ok(args))
        .function("fail", |()| -> Result<(), HostError> { Err(HostError::new("it failed")) })
        .build()
        .unwrap();
    let report = session.run(PREPARE);
    assert!(report.is_done(), "{report:?}");
    session
}

/// Takes the bytes, cut at zeros, for runs of a session, some of which are short of fuel or
/// end in an error: after each that fails the session is as one that never ran it, down to
/// the fuel and the peaks of later runs.
pub fn rollback(input: &[u8]) {
    let mut random = Random::of(input);
    let profile = if random.below(3) == 0 { Profile::Compat } else { Profile::Strict };
    let (mut session, mut twin) = (self::session(1, profile), self::session(2, profile));
    let mut failed = false;
    for part in input.split(|byte| *byte == 0).take(6) {
        let mut source = part.to_vec();
        if random.below(3) == 0 {
            source.extend(b"\nerror({})");
        }
        let fuel = [60_000, 3_000, 500, 60_000][random.below(4) as usize];
        let run = |session: &mut Session| {
            session.run_chunk(Chunk::new(&source).named("=fuzz").limits(limits(fuel)))
        };
        let digest = session.digest();
        let report = run(&mut session);
        if matches!(report.outcome, Outcome::Done(_)) {
            same(&report, &run(&mut twin), "a run that is done");
        } else {
            failed = true;
            assert_eq!(digest, session.digest(), "a run that failed changes the digest");
        }
    }
    if failed {
        let probe = |session: &mut Session| session.run(PROBE);
        for what in ["the first look", "the second look"] {
            same(&probe(&mut session), &probe(&mut twin), what);
        }
    }
}

fn same(report: &Report, twin: &Report, what: &str) {
    assert_eq!(report, twin, "{what}, after runs that failed and without them");
}
