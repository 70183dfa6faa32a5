//! The canonical form shows every kind of change: made by a run that finishes, each is seen
//! where it was made.

use super::Kind;
use super::difference::changed_lines;
use crate::{Outcome, Profile};

/// Changes, with what must be found among the lines that differ.
const CHANGES: &[(&str, &[&str])] = &[
    ("TS[1][1] = 'one'", &["[1] = \"one\""]),
    ("TS[25][4000] = 'far'", &["[4000] = \"far\""]),
    ("TS[25][4000] = nil", &["[4000] = nil", "holes 1 "]),
    ("TS[1][#TS[1] + 1] = 'last'", &["= \"last\"", "table id"]),
    ("TS[1][#TS[1]] = nil", &["items"]),
    ("TS[2].k1 = 'field'", &["[\"k1\"] = \"field\""]),
    ("TS[2].k1 = nil", &["[\"k1\"] died at"]),
    ("TS[2].k1 = nil TS[2].other = 1 TS[2].k1 = 1", &["[\"k1\"] = 1", "[\"other\"]"]),
    ("TS[26].k3000 = 'far'", &["[\"k3000\"] = \"far\""]),
    ("for i = 1, 20 do TS[2]['more' .. i] = i end", &["[\"more20\"] = 20", "entries"]),
    ("TS[9][20] = 1", &["integers true"]),
    ("TS[9][1] = 1 TS[9][1] = nil", &["items 0 of 4"]),
    ("TS[3][TS[1]] = TS[4]", &["] = #"]),
    ("setmetatable(TS[1], TS[4])", &["metatable = #"]),
    ("setmetatable(TS[1], {__mode = 'k'})", &["weak 1 marks 4", "weak tables: "]),
    ("setmetatable(TS[1], {__gc = print})", &["marks 8", "with finalizers: "]),
    ("json.array(TS[9])", &["json 1"]),
    ("FS[1]('new')", &["value = \"new\""]),
    ("FS[2]('pushed')", &["= \"pushed\""]),
    ("FS[9]('open')", &["slot 1 = \"open\""]),
    ("coroutine.resume(COS[1])", &["slot"]),
    ("coroutine.resume(COS[2])", &["function id", "slot 1 = 2"]),
    ("coroutine.resume(COS[4])", &["slot", "= \"k"]),
    ("coroutine.close(COS[1])", &["Dead", "closed upvalue"]),
    ("coroutine.close(COS[8])", &["\"c2 closed nil\"", "closing ["]),
    ("coroutine.close(COS[22])", &["Dead", "\"failed closed string\""]),
    ("coroutine.resume(COS[18])", &["Dead top 0"]),
    ("coroutine.resume(COS[24], 1, 2)", &["pc 1", "frame 0"]),
    ("COS[25] = coroutine.create(print)", &["thread id", "coroutines"]),
    ("COS[9] = nil", &["[9] = nil"]),
    ("math.random()", &["random ["]),
    ("math.randomseed(1)", &["random ["]),
    ("local t = {}", &["next id"]),
    ("string.format('%p', STR[2])", &["string hashed true id 72057594037927938"]),
    ("local t = {[STR[3]] = 1}", &["string hashed true"]),
    ("GM[1]()", &["upvalue 2 = ", "upvalue 3 = "]),
    ("WR[1](5)", &["value = 6"]),
    ("G_new = 1", &["[\"G_new\"] = 1"]),
    ("require('other')", &["[\"other\"] = #"]),
    ("for i = 1, 977 do MOD.next() end", &["value = 977"]),
    ("WK[1][{}] = 1", &["] = 1"]),
    ("MTS[4].__mode = 'v' collectgarbage()", &["weak 2 marks 4"]),
    ("collectgarbage()", &["due", "interner"]),
    ("collectgarbage('step', 3)", &["progress"]),
    ("OBJ[1] = nil collectgarbage()", &["\"gc o1\""]),
    ("local s = 'never seen ' .. 'before'", &["interned never seen before", "account used"]),
    ("local t = {} for i = 1, 4000 do t[i] = 's' .. i end", &["interner ", "due"]),
    ("local function r(n) if n > 0 then r(n - 1) return 1 end end r(500)", &["frames 0 of"]),
];

/// Changes to what lies hidden in a native function's window, or that only strict lets happen.
const STRICT: &[(&str, &[&str])] = &[
    ("coroutine.resume(COS[9], 1)", &["slot 5 = "]),
    ("coroutine.resume(COS[10], 1)", &["buffer charged"]),
    ("coroutine.resume(COS[11], 1)", &["buffer charged", "item1"]),
    ("coroutine.resume(COS[12], 1) coroutine.resume(COS[12], 1)", &["buffer charged", "slow 5 "]),
    ("coroutine.resume(COS[14], 'return ')", &["buffer charged", ": return "]),
    ("for i = 1, 500 do coroutine.resume(COS[11], 1) end", &["buffer charged 0 of 0", "Dead"]),
    ("coroutine.resume(COS[17], 1)", &["[\"slow\"] = #"]),
];

/// Changes to the library, where it can be changed.
const COMPAT: &[(&str, &[&str])] = &[
    ("string.shout = nil", &["[\"shout\"] died"]),
    ("getmetatable('').__add = nil", &["[\"__add\"] died"]),
    ("package.loaded.fake = nil", &["[\"fake\"] died"]),
    ("io.output(io.stderr)", &["at .output: userdata"]),
];

#[test]
fn every_kind_of_change_shows() {
    let mut failures = Vec::new();
    for (profile, list) in [
        (Profile::Strict, CHANGES),
        (Profile::Compat, CHANGES),
        (Profile::Strict, STRICT),
        (Profile::Compat, COMPAT),
    ] {
        let kind = Kind {
            profile,
            seed: 1,
            collected: false,
            collect_after: None,
            stress: false,
            hash_key: 1,
            atomic: true,
        };
        for (change, expected) in list {
            let mut session = kind.session();
            session.run("").json().unwrap();
            let before = session.machine.0.canonical();
            let report = session.run(change);
            let lines = changed_lines(&before, &session.machine.0.canonical());
            assert!(matches!(report.outcome, Outcome::Done(_)), "{change}: {:?}", report.outcome);
            for expected in *expected {
                if !lines.contains(expected) {
                    let lines: String = lines.chars().take(1500).collect();
                    failures.push(format!("{change}: {expected} is not among\n{lines}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}
