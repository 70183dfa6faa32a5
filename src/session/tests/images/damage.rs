//! Snapshots with changed bytes: an error, or a session that scripts cannot harm.

use super::super::generated::Prng;
use super::{SCRIPT, builder, session};
use crate::base::sha256::Sha256;
use crate::vm::image::tag;
use crate::{Limits, Profile, RestoreError, Session};

const HASH: usize = 32;

/// A script that touches all it finds.
const TOUCH: &str = "
    local seen = {}
    local function touch(v, depth)
        if seen[v] or depth > 20 then return end
        if type(v) == 'table' then
            seen[v] = true
            pcall(function() for k, w in next, v do touch(k, depth + 1) touch(w, depth + 1) end end)
            pcall(function() v[#v + 1] = 1 v.x = 2 v.x = nil for i = 1, 40 do v[i .. 'k'] = i end end)
            touch(getmetatable(v), depth + 1)
        elseif type(v) == 'function' then
            seen[v] = true
            pcall(v)
            pcall(v, {}, 'a', 3)
        end
        pcall(tostring, v)
    end
    touch(_G, 0)
    collectgarbage()
    touch({_G}, 0)";

/// Gives a snapshot the hash it must have.
fn signed(mut bytes: Vec<u8>) -> Vec<u8> {
    let body = bytes.len() - HASH;
    let hash = Sha256::digest(&bytes[..body]);
    bytes[body..].copy_from_slice(&hash);
    bytes
}

/// Restores, and uses the session if there is one. Tells whether there is.
fn survives(bytes: &[u8], profile: Profile) -> bool {
    let limits = Limits { fuel: 60_000, memory: 4 << 20, ..Limits::default() };
    match builder(profile, 3).limits(limits).restore(bytes) {
        Ok(mut session) => {
            let report = session.run(TOUCH);
            assert!(report.usage.memory_peak <= 4 << 20);
            session.digest();
            let _ = session.run("x = 1");
            true
        }
        Err(error) => {
            assert!(!matches!(error, RestoreError::Session(_) | RestoreError::Unsaved(_)));
            false
        }
    }
}

fn small(profile: Profile) -> Vec<u8> {
    let mut session: Session = session(profile, 1);
    session.run(SCRIPT).json().unwrap();
    session.snapshot().unwrap()
}

#[test]
fn every_changed_byte_is_found_by_the_hash() {
    let bytes = small(Profile::Strict);
    assert!(survives(&bytes, Profile::Strict));
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x10;
        assert!(!survives(&bytes, Profile::Strict), "byte {at}");
    }
    for length in 0..bytes.len() {
        assert!(!survives(&bytes[..length], Profile::Strict), "{length} bytes");
    }
}

#[test]
fn every_changed_byte_with_the_right_hash_does_no_harm() {
    let bytes = small(Profile::Strict);
    let (mut refused, mut all) = (0, 0);
    for at in 0..bytes.len() - HASH {
        for change in [0x01, 0x80, 0xFF, bytes[at]] {
            let mut bytes = bytes.clone();
            bytes[at] ^= change;
            all += 1;
            refused += usize::from(!survives(&signed(bytes), Profile::Strict));
        }
    }
    assert!(refused > all / 4, "{refused} of {all}");
}

#[test]
fn random_changes_do_no_harm() {
    for (profile, seed) in [(Profile::Strict, 1), (Profile::Compat, 2), (Profile::Full, 3)] {
        let bytes = small(profile);
        let mut prng = Prng::new(seed, 0);
        for _ in 0..1500 {
            let mut bytes = bytes.clone();
            for _ in 0..=prng.below(4) {
                let body = bytes.len() - HASH;
                let at = 16 + prng.below(body - 16);
                match prng.below(4) {
                    0 => bytes[at] = prng.below(256) as u8,
                    1 => drop(bytes.remove(at)),
                    2 => bytes.insert(at, prng.below(256) as u8),
                    _ => {
                        let from = prng.below(body - 8);
                        let piece = bytes[from..from + 8].to_vec();
                        drop(bytes.splice(at..(at + 8).min(body), piece));
                    }
                }
            }
            survives(&signed(bytes), profile);
        }
    }
}

/// Puts a value in place of the global `x`, which is a string that `MARK` says.
fn with_value(bytes: &[u8], value: &[u8]) -> Vec<u8> {
    let mark = [&[tag::SHORT, MARK.len() as u8], MARK.as_bytes()].concat();
    let at = bytes.windows(mark.len()).position(|found| found == mark).unwrap();
    let mut bytes = bytes.to_vec();
    drop(bytes.splice(at..at + mark.len(), value.iter().copied()));
    signed(bytes)
}

const MARK: &str = "the mark";

/// What no session writes: a value whole in a value, and so on. Whoever reads that by recursion
/// overflows the stack of its host.
#[test]
fn mentions_in_mentions_do_no_harm() {
    const DEPTH: usize = 100_000;
    let mut session = session(Profile::Strict, 1);
    session.run(format!("function f() end x = '{MARK}'")).json().unwrap();
    let bytes = session.snapshot().unwrap();
    let x = with_value(&bytes, &[tag::SMALL]);
    assert!(survives(&x, Profile::Strict));
    // A chunk that is loaded and has one for a name, or for its environment.
    let name = [tag::LOADING].repeat(DEPTH);
    let environment = [tag::LOADING, tag::SHORT, 1, b'n'].repeat(DEPTH);
    // A function whose code has one for a name: its id is that of the one before, its texts
    // are those of `f`.
    let dump = bytes.windows(4).position(|found| found == b"\x1bLua").unwrap();
    let (low, high) = (usize::from(bytes[dump - 2]), usize::from(bytes[dump - 1]));
    let (from, length) = match low >= 0x80 {
        true => (dump - 2, low & 0x7F | high << 7),
        false => (dump - 1, high),
    };
    let function = [&[tag::CLOSURE, 0, 0, 0], &bytes[from..dump + length]].concat();
    for value in [name, environment, function.repeat(DEPTH)] {
        assert!(!survives(&with_value(&bytes, &value), Profile::Strict));
    }
}
