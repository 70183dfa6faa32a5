//! What the conformance scripts and random programs leave behind, saved and made again.

use super::super::generated;
use super::{builder, same};
use crate::{Limits, Profile, Session};
use std::path::Path;

/// Walks over all that can be reached and changes some of it.
const PROBE: &str = "
    local seen, out, list = {}, {}, {_G}
    local function show(v)
        if type(v) == 'number' or type(v) == 'boolean' then return tostring(v) end
        if type(v) == 'string' then return #v .. v:sub(1, 20) end
        return type(v) .. tostring(v):sub(-8)
    end
    while #list > 0 do
        local t = table.remove(list)
        if not seen[t] then
            seen[t] = true
            local n = 0
            for k, v in next, t do
                n = n + 1
                if n > 200 then break end
                out[#out + 1] = show(k) .. '=' .. show(v)
                if type(v) == 'table' then list[#list + 1] = v end
                if type(k) == 'table' then list[#list + 1] = k end
            end
            pcall(function() t[#t + 1] = 'probe' rawset(t, 'probe', {}) rawset(t, 'probe', nil) end)
        end
        if #out > 3000 then break end
    end
    probed = (probed or 0) + 1
    print(table.concat(out, ' '), collectgarbage('count'), math.random(1000), os.clock())
    local made = {} for i = 1, 2000 do made[i] = {tostring(i)} end
    collectgarbage() print(collectgarbage('count'), tostring({}))";

/// Runs a script, copies the session and has both go on. Tells whether it could be copied.
fn holds(name: &str, source: &str, profile: Profile, fork: bool) -> bool {
    let limits = Limits { fuel: 50_000_000, ..Limits::default() };
    let builder = |key| builder(profile, key).limits(limits.clone()).atomic(false);
    let mut session = builder(1).build().unwrap();
    let _ = session.run(source);
    if let Err(error) = session.snapshot() {
        assert!(!error.to_string().is_empty(), "{name}");
        return false;
    }
    let before = session.machine.0.canonical();
    let mut copy: Session = match fork {
        true => session.fork(builder(2)).unwrap(),
        false => builder(2).restore(&session.snapshot().unwrap()).unwrap(),
    };
    assert!(session.machine.0.canonical() == before, "{name}: saving has changed the session");
    if let Some(difference) = difference(&before, &copy.machine.0.canonical()) {
        panic!("{name}: {difference}");
    }
    assert_eq!(session.digest(), copy.digest(), "{name}");
    for probe in [PROBE, source, PROBE] {
        let (one, other) = (session.run(probe), copy.run(probe));
        same(name, &one, &other);
        let states = (session.machine.0.canonical(), copy.machine.0.canonical());
        if let Some(difference) = difference(&states.0, &states.1) {
            panic!("{name}, later: {difference}");
        }
    }
    true
}

fn difference(one: &str, other: &str) -> Option<String> {
    let mut lines = one.lines().zip(other.lines()).enumerate();
    let found = lines.find(|(_, (one, other))| one != other);
    match found {
        Some((at, (one, other))) => Some(format!("line {at}:\n  {one}\n  {other}")),
        None if one.len() != other.len() => Some("one is longer".to_owned()),
        None => None,
    }
}

#[test]
fn what_conformance_scripts_leave_is_restored() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lua-conformance");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "lua"));
    paths.sort();
    let (mut copied, mut all) = (0, 0);
    for (at, path) in paths.iter().enumerate() {
        let source =
            generated::with_globals(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
        let name = path.file_stem().unwrap().to_string_lossy();
        for profile in [Profile::Strict, Profile::Compat, Profile::Full] {
            all += 1;
            copied += usize::from(holds(&name, &source, profile, at % 2 == 0));
        }
    }
    assert!(copied * 10 > all * 7, "{copied} of {all}");
}

#[test]
fn what_random_programs_leave_is_restored() {
    let mut copied = 0;
    for id in 0..100 {
        let source = generated::with_globals(&generated::source(11, id));
        let profile = if id % 2 == 0 { Profile::Strict } else { Profile::Compat };
        copied += usize::from(holds(&format!("program {id}"), &source, profile, id % 4 < 2));
    }
    assert!(copied > 50, "{copied}");
}
