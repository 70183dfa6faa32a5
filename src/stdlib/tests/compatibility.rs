//! COMPATIBILITY.md: made of the library's table, the list of what is skipped and the list of
//! what differs. A stale one fails; `MOONFUEL_BLESS=1` writes it anew.

#![allow(
    clippy::expect_used,
    clippy::panic,
    dead_code,
    reason = "a test may stop; it uses a part of what the runner of the suite has"
)]

#[path = "../../../tests/conformance/skips.rs"]
mod skips;

use crate::{Profile, Session, stdlib};
use skips::Skips;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const PROFILES: [Profile; 3] = [Profile::Strict, Profile::Compat, Profile::Full];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn session(profile: Profile) -> Session {
    Session::builder().profile(profile).build().expect("a session")
}

/// One thing that differs from PUC-Rio's Lua.
#[derive(Default)]
struct Difference(BTreeMap<String, String>);

impl Difference {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn needs(&self, key: &str) -> &str {
        self.get(key).unwrap_or_else(|| panic!("a difference has no {key}: {:?}", self.0))
    }

    /// The test that proves it.
    fn proof(&self) -> &str {
        match self.get("code") {
            Some(_) => "src/stdlib/tests/compatibility.rs::what_differs_does_as_it_is_said_to",
            None => self.needs("test"),
        }
    }
}

/// Reads differences.toml: `[[difference]]` and `key = "value"` lines.
fn differences() -> Vec<Difference> {
    let mut found: Vec<Difference> = Vec::new();
    for line in read("lua-conformance/differences.toml").lines().map(str::trim) {
        if line == "[[difference]]" {
            found.push(Difference::default());
        } else if !line.is_empty() && !line.starts_with('#') {
            let (key, value) = line.split_once(" = ").expect("`key = \"value\"`");
            // TOML's basic strings are written as JSON's are.
            let value =
                serde_json::from_str(value).unwrap_or_else(|error| panic!("{error}: {line}"));
            found.last_mut().expect("[[difference]] first").0.insert(key.to_owned(), value);
        }
    }
    found
}

#[test]
fn what_differs_does_as_it_is_said_to() {
    for difference in differences() {
        let Some(code) = difference.get("code") else { continue };
        let profile = match difference.needs("profile") {
            "strict" => Profile::Strict,
            "compat" => Profile::Compat,
            other => panic!("no such profile: {other}"),
        };
        let report = session(profile).run(code);
        let json = report.json().unwrap_or_else(|error| panic!("{code}: {error}"));
        assert_eq!(json, difference.needs("gives"), "{}", difference.needs("title"));
    }
}

#[test]
fn the_tests_that_prove_differences_are_there() {
    for difference in differences() {
        let proof = difference.proof();
        let (path, test) = proof.split_once("::").unwrap_or((proof, ""));
        assert!(read(path).contains(&format!("fn {test}(")) || test.is_empty(), "{proof}");
        if test.is_empty() {
            assert!(root().join(path).with_extension("expected").is_file(), "{proof}");
        }
    }
}

/// The names of the manual's section 6.
fn manual_names() -> Vec<String> {
    read("lua-conformance/manual.txt").split_whitespace().map(str::to_owned).collect()
}

/// Which of some expressions are nil in a profile.
fn absent(profile: Profile, names: &[String]) -> BTreeSet<String> {
    let mut session = session(profile);
    let is_nil = |name: &&String| {
        // A prefix may be absent too.
        let (library, _) = name.split_once('.').unwrap_or(("_G", name));
        let code = format!("return {library} == nil or {name} == nil");
        session.run(code).json().expect("a boolean") == "[true]"
    };
    names.iter().filter(is_nil).cloned().collect()
}

#[test]
fn the_full_profile_has_every_name_of_the_manual() {
    let missing = absent(Profile::Full, &manual_names());
    let skips = Skips::read();
    let skipped = skips.all().filter(|(section, ..)| *section == "manual");
    let skipped: BTreeSet<String> = skipped.map(|(_, name, _)| name.to_owned()).collect();
    assert_eq!(missing, skipped);
}

fn library(out: &mut String) {
    let mut rows: BTreeMap<(Vec<u32>, &str, &str), [bool; 3]> = BTreeMap::new();
    for (at, profile) in PROFILES.into_iter().enumerate() {
        for def in stdlib::functions(profile) {
            // What the manual does not have comes last.
            let number = |part: &str| part.parse().unwrap_or(u32::MAX);
            let order = def.section.split('.').map(number).collect();
            rows.entry((order, def.section, def.name)).or_default()[at] = true;
        }
    }
    let names = manual_names();
    let missing = PROFILES.map(|profile| absent(profile, &names));
    out.push_str("| function | manual | strict | compat | full |\n|---|---|---|---|---|\n");
    let mark = |has: bool| if has { "yes" } else { "–" };
    for ((_, section, name), has) in rows {
        let [strict, compat, full] = has.map(mark);
        let section = if section.starts_with(|c: char| c.is_ascii_digit()) {
            format!("§{section}")
        } else {
            format!("– ({section})")
        };
        let _ = writeln!(out, "| `{name}` | {section} | {strict} | {compat} | {full} |");
    }
    for (profile, missing) in PROFILES.iter().zip(missing) {
        let list: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
        let list = if list.is_empty() { "nothing".to_owned() } else { list.join(", ") };
        let name = format!("{profile:?}").to_lowercase();
        let _ = writeln!(out, "\nOf the manual's names `{name}` lacks {list}.");
    }
}

fn document() -> String {
    let mut out = String::from(
        "# Compatibility with Lua 5.4\n\n\
         Made by `src/stdlib/tests/compatibility.rs` (`MOONFUEL_BLESS=1 cargo test --lib compatibility`); \
         change what it is made of instead. Profiles: `strict` and `compat` are sandboxes, \
         `full` is `moonfuel lua`.\n\n\
         Scripts by section of the manual, with what PUC-Rio's 5.4.8 prints, are in \
         `lua-conformance/`; `cargo test --test conformance` runs them, and with `LUA_SUITE` \
         also the official tests.\n\n## What differs\n\n",
    );
    for difference in differences() {
        let (title, text) = (difference.needs("title"), difference.needs("text"));
        let _ = writeln!(out, "* **{title}.** {text} (`{}`)", difference.proof());
    }
    out.push_str("\n## What is skipped\n\n");
    let mut any = false;
    for (section, name, reason) in Skips::read().all() {
        any = true;
        let what = match section {
            "scripts" => "script",
            "manual" => "name of the manual",
            "suite" => "official file, must fail",
            "suite-not-run" => "official file, not run",
            "library-not-run" => "official file in a session, not run",
            other => panic!("skips.toml has a section {other}"),
        };
        let _ = writeln!(out, "* `{name}` ({what}): {reason}");
    }
    if !any {
        out.push_str("Nothing.\n");
    }
    out.push_str("\n## The library\n\n");
    library(&mut out);
    out
}

#[test]
fn the_document_is_not_stale() {
    let path: PathBuf = root().join("COMPATIBILITY.md");
    let made = document();
    if std::env::var_os("MOONFUEL_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &made).expect("COMPATIBILITY.md is written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = made.lines().zip(found.lines()).find(|(made, found)| made != found);
    assert!(made == found, "COMPATIBILITY.md is stale (MOONFUEL_BLESS=1 writes it): {differs:?}");
}
