//! Sessions as bytes: restored as they are, and damaged.

use super::host::{builder, chunk, finish, limits};
use super::input::Random;
use super::sessions::within;
use moonfuel::{Report, Session};
use sha2::{Digest, Sha256};

/// What shows what is there, and what later runs take.
const PROBE: &str = "
local seen, n = {}, 0
local function show(value)
  print(value)
  if type(value) ~= 'table' or seen[value] or n > 40 then return end
  seen[value], n = true, n + 1
  show(getmetatable(value))
  for k, v in next, value do show(k) show(v) end
end
show(_ENV)
for k, v in next, _ENV do
  if type(v) == 'thread' then print(pcall(coroutine.resume, v, 1)) end
  if type(v) == 'function' and not seen[v] then print(pcall(v, 1)) end
end
local made = {}
for i = 1, 60 do made[i], made['k' .. i] = {i}, i end
collectgarbage('step')
return tostring({}), math.random(1 << 40), os.time(), collectgarbage('count')";

/// The bytes of the hash at the end of a snapshot.
const HASH: usize = 32;

/// Takes the bytes, cut at zeros, for runs of a session. Half way it is saved and restored, and
/// copied: all three go on alike, to the figure, and have one digest. A snapshot that is
/// damaged is refused; one whose hash was made anew is refused, or is a session within its
/// limits.
pub fn restore(input: &[u8]) {
    let mut random = Random::of(input);
    let parts: Vec<&[u8]> = input.split(|byte| *byte == 0).take(5).collect();
    let (before, after) = parts.split_at(parts.len().div_ceil(2));
    let key = random.below(1 << 30);
    let mut session = builder(key).build().unwrap();
    for part in before {
        let (back, _, _) = finish(session.start(chunk(part)), || u64::MAX);
        session = back;
    }
    let digest = session.digest();
    // An open file, or an object of the host's: not everything can be saved.
    let Ok(bytes) = session.snapshot() else { return };
    assert_eq!(digest, session.digest(), "saving changes the session");
    let restored = builder(!key).restore(&bytes);
    let restored = restored.unwrap_or_else(|error| panic!("a whole snapshot: {error}"));
    let forked = session.fork(builder(key + 1)).unwrap_or_else(|error| panic!("a fork: {error}"));
    let mut sessions = [session, restored, forked];
    let digests = sessions.each_mut().map(Session::digest);
    assert_eq!(digests, [digest; 3], "digests of a session, the restored one, and a copy");
    for part in after.iter().copied().chain([PROBE.as_bytes(), PROBE.as_bytes()]) {
        let slices = [u64::MAX, 1 + random.below(500), u64::MAX];
        let mut reports: Vec<Report> = Vec::new();
        sessions = {
            let mut slices = slices.into_iter();
            sessions.map(|session| {
                let slice = slices.next().unwrap_or(1);
                let (session, report, _) = finish(session.start(chunk(part)), || slice);
                reports.push(report);
                session
            })
        };
        assert_eq!(reports[0], reports[1], "a session and the restored one");
        assert_eq!(reports[0], reports[2], "a session and a copy");
        let digests = sessions.each_mut().map(Session::digest);
        assert_eq!(digests, [digests[0]; 3], "digests after a run");
    }
    for _ in 0..4 {
        let mut damaged = bytes.clone();
        damage(&mut damaged, &mut random);
        if damaged != bytes {
            assert!(builder(key).restore(&damaged).is_err(), "nobody noticed");
        }
        // A hash of its own, so that what is behind it is read.
        if damaged.len() > HASH {
            let body = damaged.len() - HASH;
            let hash = Sha256::digest(&damaged[..body]);
            damaged[body..].copy_from_slice(&hash);
            forged(&damaged, key);
        }
    }
}

/// Changes bytes in one place or a few.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len().max(1) as u64) as usize;
        match random.below(8) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.insert(at, random.below(256) as u8),
            3 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            4 if at < bytes.len() => bytes[at] = [0, 1, 127, 128, 255][random.below(5) as usize],
            _ if at < bytes.len() => bytes[at] = bytes[at].wrapping_add(1 + random.below(4) as u8),
            _ => {}
        }
    }
}

/// Restores from bytes that say whatever they say, and uses what comes of it.
fn forged(bytes: &[u8], key: u64) {
    let Ok(session) = builder(key).restore(bytes) else { return };
    let (mut session, report, _) = finish(session.start(chunk(PROBE.as_bytes())), || 300);
    within(&report, &limits());
    let _ = session.digest();
    let again = session.run("collectgarbage() return 1");
    within(&again, &limits());
    if let Ok(bytes) = session.snapshot() {
        assert!(builder(key).restore(&bytes).is_ok(), "what is restored is saved and restored");
    }
}
