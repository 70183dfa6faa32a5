//! `THREATS.md` and the tests that hold what it promises: neither without the other.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

#[path = "programs/corpus.rs"]
mod corpus;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A row of the document.
#[derive(Debug)]
struct Threat {
    id: String,
    /// The threat and the promise.
    texts: Vec<String>,
    /// Tests, as `file::function`.
    tests: Vec<String>,
}

/// Reads the rows of all tables.
fn threats(document: &str) -> Vec<Threat> {
    let rows = document.lines().filter(|line| line.starts_with('|'));
    let cells = rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect::<Vec<String>>()
    });
    cells
        .filter(|cells| cells[0] != "id" && !cells[0].starts_with("---"))
        .map(|cells| Threat {
            id: cells[0].clone(),
            tests: cells[3].split('`').skip(1).step_by(2).map(str::to_owned).collect(),
            texts: cells[1..3].to_vec(),
        })
        .collect()
}

fn document() -> Vec<Threat> {
    threats(&fs::read_to_string(root().join("THREATS.md")).unwrap())
}

/// Is there a function of this name that is a test?
fn is_test(source: &str, name: &str) -> bool {
    let Some(at) = source.find(&format!("fn {name}(")) else { return false };
    // Attributes and comments stand above it, up to what ends before.
    let above = &source[..at];
    let above = &above[above.rfind("\n}\n").map_or(0, |end| end + 3)..];
    above.contains("#[test]") || above.contains("#[tokio::test")
}

/// What is wrong with the rows.
fn findings(threats: &[Threat], by_scripts: &BTreeSet<String>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for threat in threats {
        let id = &threat.id;
        let well_formed = id.split_once('-').is_some_and(|(area, number)| {
            !area.is_empty()
                && area.bytes().all(|byte| byte.is_ascii_uppercase())
                && number.parse::<u32>().is_ok()
        });
        if !well_formed || !seen.insert(id) {
            findings.push(format!("{id}: is no id, or stands there twice"));
        }
        if threat.texts.iter().any(String::is_empty) {
            findings.push(format!("{id}: has no threat or no promise"));
        }
        if threat.tests.is_empty() && !by_scripts.contains(id) {
            findings.push(format!("{id}: no test holds it"));
        }
        for test in &threat.tests {
            let (file, name) = test.split_once("::").unwrap_or((test, ""));
            let source = fs::read_to_string(root().join(file)).unwrap_or_default();
            if !is_test(&source, name) {
                findings.push(format!("{id}: {test} is no test"));
            }
        }
    }
    findings
}

/// The ids behind `threat:` in comments of scripts and tests, by where they stand.
fn named(folder: &Path, found: &mut BTreeMap<String, Vec<String>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            named(&path, found);
            continue;
        }
        let ending = path.extension().unwrap_or_default();
        let comment = if ending == "rs" { "// threat: " } else { "-- threat: " };
        if ending != "rs" && ending != "lua" {
            continue;
        }
        let text = fs::read(&path).unwrap();
        for line in String::from_utf8_lossy(&text).lines() {
            if let Some(ids) = line.trim_start().strip_prefix(comment) {
                let ids = ids.split_whitespace().map(str::to_owned);
                found.entry(path.display().to_string()).or_default().extend(ids);
            }
        }
    }
}

fn all_named() -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for folder in ["tests", "src"] {
        named(&root().join(folder), &mut found);
    }
    found
}

#[test]
fn every_threat_has_tests_that_are_there() {
    let scripts = all_named().into_iter().filter(|(path, _)| path.ends_with(".lua"));
    let by_scripts = scripts.flat_map(|(_, ids)| ids).collect();
    let threats = document();
    assert!(threats.len() > 60, "only {} threats are read", threats.len());
    let findings = findings(&threats, &by_scripts);
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn every_id_that_a_test_names_is_a_threat() {
    let known: BTreeSet<String> = document().into_iter().map(|threat| threat.id).collect();
    let mut findings = Vec::new();
    let named = all_named();
    for (path, ids) in &named {
        if ids.is_empty() {
            findings.push(format!("{path}: names nothing"));
        }
        for id in ids.iter().filter(|id| !known.contains(*id)) {
            findings.push(format!("{path}: {id} is not in THREATS.md"));
        }
    }
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
    assert!(named.len() > 150, "only {} files name threats", named.len());
}

#[test]
fn every_hostile_script_tries_a_threat() {
    for (name, source) in corpus::read_folder("tests/hostile") {
        let source = String::from_utf8_lossy(&source).into_owned();
        let first = source.lines().next().unwrap_or_default();
        assert!(first.starts_with("-- threat: "), "tests/hostile/{name}.lua names no threat");
    }
}

#[test]
fn the_reader_finds_what_is_wrong() {
    let rows = "| id | threat | promise | tests |\n|---|---|---|---|\n\
        | A-1 | a | b | `tests/threats.rs::every_hostile_script_tries_a_threat` |\n\
        | A-1 | a | b | `tests/threats.rs::every_hostile_script_tries_a_threat` |\n\
        | A-2 | a | b | |\n| A-3 | a | b | |\n| A-4 |  | b | `tests/threats.rs::root` |\n\
        | A-5 | a | b | `tests/none.rs::x` |\n| B | a | b | |\n";
    let found = findings(&threats(rows), &BTreeSet::from(["A-2".to_owned()]));
    let expected = [
        "A-1: is no id, or stands there twice",
        "A-3: no test holds it",
        "A-4: has no threat or no promise",
        "A-4: tests/threats.rs::root is no test",
        "A-5: tests/none.rs::x is no test",
        "B: is no id, or stands there twice",
        "B: no test holds it",
    ];
    assert_eq!(found, expected);
}
