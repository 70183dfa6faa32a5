//! What changes a digest, and what does not.

use super::{SCRIPT, session};
use crate::{Chunk, Digest, Profile, Session};

/// Weak tables and finalizers with what only they have.
const WEAK: &str = "
    keys = setmetatable({}, {__mode = 'k'})
    values = setmetatable({1, {}, 3, {}}, {__mode = 'v'})
    both = setmetatable({}, {__mode = 'kv'})
    kept = {}
    keys[kept], keys[{}] = {}, 'gone'
    keys[{}] = kept
    values.a, values.b, values[5] = {}, kept, {}
    both[{}], both.x = 1, {}
    local chain = {}
    for i = 1, 10 do local next = {} keys[chain] = next chain = next end
    chained = keys[kept]
    log = {}
    for i = 1, 3 do setmetatable({i}, {__gc = function(o) log[#log + 1] = o[1] values.late = o end}) end
    final = setmetatable({}, {__gc = print})
    hidden = setmetatable({}, {__mode = 'k'})
    hidden[{}] = 1
    hidden = nil";

fn digest_after(scripts: &[&str], change: impl Fn(&mut Session)) -> Digest {
    let mut session = session(Profile::Strict, 1);
    change(&mut session);
    for script in scripts {
        session.run(script).json().unwrap();
        change(&mut session);
    }
    session.digest()
}

#[test]
fn collections_do_not_change_it() {
    for scripts in [&[SCRIPT][..], &[WEAK], &[WEAK, SCRIPT, "kept = nil x = values.b"]] {
        let plain = digest_after(scripts, |_| {});
        let mut session = session(Profile::Strict, 1);
        for script in scripts {
            session.run(script).json().unwrap();
        }
        assert_eq!(session.digest(), plain);
        session.machine.0.collect();
        assert_eq!(session.digest(), plain, "{scripts:?}");
        session.machine.0.collect();
        assert_eq!(session.digest(), plain);
    }
    let stressed = digest_after(&[SCRIPT], |session| session.set_collect_always(true));
    assert_eq!(stressed, digest_after(&[SCRIPT], |_| {}));
}

#[test]
fn what_the_clock_begins_at_does_not_change_it() {
    let digest = |start| {
        let mut session = Session::builder().start_time(start).build().unwrap();
        session.run("x = {1, 2} y = os and os.time").json().unwrap();
        let run = session.digest();
        // What a script has read of it is in the heap.
        session.run("t = os.time()").json().unwrap();
        (run, session.digest())
    };
    let (first, second) = (digest(0), digest(1_700_000_000));
    assert_eq!(first.0, second.0);
    assert_ne!(first.1, second.1);
    assert_eq!(first, digest(0));
}

#[test]
fn slices_and_keys_do_not_change_it() {
    let whole = digest_after(&[SCRIPT, WEAK], |_| {});
    for slice in [1, 7, 1000] {
        let mut sliced = session(Profile::Strict, slice);
        for script in [SCRIPT, WEAK] {
            let mut run = sliced.start(Chunk::new(script.as_bytes()));
            while !run.step(slice).is_ended() {}
            sliced = run.finish().0;
        }
        assert_eq!(sliced.digest(), whole, "{slice}");
    }
}

#[test]
fn a_run_that_fails_does_not_change_it() {
    let mut session = session(Profile::Strict, 1);
    session.run(SCRIPT).json().unwrap();
    let before = session.digest();
    assert!(session.run("map.x = 1 list[1] = {} y = 2 keys[{}] = 1 error('no')").json().is_err());
    assert_eq!(session.digest(), before);
}

#[test]
fn whatever_a_script_can_see_changes_it() {
    let before = digest_after(&[SCRIPT], |_| {});
    for change in [
        "x = 1",
        "list[1] = 2",
        "list[1] = 1.0",
        "map.a = nil",
        "map.gone = 1",
        "holes[2] = 2",
        "local t = {} for k, v in pairs(map) do t[#t + 1] = k end map[t[1]] = nil map[t[1]] = 1",
        "counter()",
        "math.random()",
        "setmetatable(map, {})",
        "self.self = nil",
        "iterator()",
        "tostring({})",
        "list, map = map, list",
    ] {
        assert_ne!(digest_after(&[SCRIPT, change], |_| {}), before, "{change}");
    }
}

#[test]
fn it_is_the_same_in_every_build() {
    assert_eq!(
        digest_after(&[SCRIPT, WEAK], |_| {}).to_string(),
        "99afd3d5297395a9578cb2ebbb922f258e909dce2c22ca0c4f77e0716f4b89c0"
    );
}
