//! Invariant "Allow-list": a script sees the names of its profile and nothing else.
//! `MOONFUEL_BLESS=1` writes the golden file anew.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may stop")]

use moonfuel::{Profile, Session};
use std::path::PathBuf;

const WALK: &str = r#"
local lines, seen, queue = {}, {}, { { "", _G } }
local function path(prefix, key) return prefix == "" and tostring(key) or prefix .. "." .. tostring(key) end
local at = 1
while queue[at] do
  local prefix, t = queue[at][1], queue[at][2]
  at = at + 1
  seen[t] = prefix == "" and "_G" or prefix
  for k, v in next, t do
    local kind = math.type(v) or type(v)
    local line = path(prefix, k) .. " " .. kind
    if type(v) == "table" and seen[v] then line = line .. " = " .. seen[v]
    elseif type(v) == "table" then queue[#queue + 1] = { path(prefix, k), v } end
    lines[#lines + 1] = line
    if getmetatable(v) ~= nil and type(v) ~= "string" then lines[#lines + 1] = path(prefix, k) .. " has a metatable" end
  end
end
local m = getmetatable("")
if type(m) == "table" then for k, v in next, m do lines[#lines + 1] = 'getmetatable("").' .. k .. " " .. type(v) end
else lines[#lines + 1] = 'getmetatable("") ' .. tostring(m) end
table.sort(lines)
return table.concat(lines, "\n") .. "\n"
"#;

/// Compares a profile's listing with its golden file.
fn check(profile: &str, listing: &str) {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/globals");
    let golden = golden.join(format!("{profile}.txt"));
    if std::env::var_os("MOONFUEL_BLESS").is_some() {
        std::fs::create_dir_all(golden.parent().expect("a folder")).expect("a folder");
        std::fs::write(&golden, listing).expect("a written golden file");
    }
    let expected = std::fs::read_to_string(&golden).expect("the golden file");
    assert_eq!(listing, expected, "the {profile} profile's names have changed");
}

#[test]
fn allow_list_each_profile_has_exactly_these_names() {
    for (name, profile) in [("strict", Profile::Strict), ("compat", Profile::Compat)] {
        let mut session = Session::builder().profile(profile).build().expect("a session");
        let report = session.run(WALK);
        let values = report.values().expect("a listing");
        check(name, values[0].as_str().expect("text"));
    }
}

#[cfg(feature = "cli")]
#[test]
fn allow_list_the_full_profile_has_what_lua_has() {
    // The table `arg` holds this very code, and no other profile has it.
    let code = format!("arg = nil print((function() {WALK} end)())");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_moonfuel"))
        .args(["lua", "-E", "-e", &code])
        .output()
        .expect("moonfuel starts");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    // `print` ends the line that the listing has ended already.
    let listing = String::from_utf8_lossy(&output.stdout).into_owned();
    check("full", listing.strip_suffix("\n").unwrap_or(&listing));
}

#[test]
fn allow_list_nothing_dangerous_is_there() {
    let mut session = Session::builder().build().expect("a session");
    for name in [
        "io",
        "package",
        "dofile",
        "loadfile",
        "getfenv",
        "setfenv",
        "loadstring",
        "newproxy",
        "os.execute",
        "os.exit",
        "os.remove",
        "os.rename",
        "os.tmpname",
        "os.setlocale",
        "string.dump",
        "debug.getinfo",
        "debug.sethook",
        "debug.getregistry",
        "debug.getupvalue",
        "debug.setmetatable",
        "debug.getlocal",
        "debug.upvaluejoin",
        "debug.setuservalue",
    ] {
        let report = session.run(format!("return {name} == nil"));
        assert_eq!(report.json().expect("a value"), "[true]", "{name}");
    }
}

#[test]
fn allow_list_library_tables_cannot_be_changed() {
    let mut session = Session::builder().build().expect("a session");
    for attempt in [
        "string.format = print",
        "rawset(string, 'format', print)",
        "table.insert(table, 1)",
        "getmetatable('').__index = print",
        "setmetatable(string, {})",
        "math.pi = 3",
        "table.move({1}, 1, 1, 1, math)",
        "string.new = 1",
        "coroutine.wrap = nil",
    ] {
        let _ = session.run(attempt);
        let report = session.run(format!("return pcall(load({attempt:?}))"));
        let json = report.json().expect("values").to_owned();
        assert!(json.starts_with("[false,"), "{attempt}: {json}");
    }
    let report = session.run("return ('%d'):format(5), math.pi > 3.1, string.new == nil");
    assert_eq!(report.json().expect("values"), r#"["5",true,true]"#);
}
