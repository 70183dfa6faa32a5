//! What is not run, and why.

use super::case::Case;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The reasons of `skips.toml`: cases by name, and conditions that a machine may not meet.
#[derive(Debug)]
pub(crate) struct Skips {
    cases: BTreeMap<String, String>,
    conditions: BTreeMap<String, String>,
}

impl Skips {
    pub(crate) fn read(file: &Path) -> Skips {
        let text =
            std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let read: toml::Table = text.parse().unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let table = |name: &str| -> BTreeMap<String, String> {
            let table = read.get(name).and_then(toml::Value::as_table);
            let reason = |(name, reason): (&String, &toml::Value)| {
                let reason = reason.as_str().filter(|reason| !reason.is_empty());
                (name.clone(), reason.unwrap_or_else(|| panic!("{name}: no reason")).to_owned())
            };
            table.into_iter().flatten().map(reason).collect()
        };
        Skips { cases: table("cases"), conditions: table("conditions") }
    }

    /// Returns the names of all that may be skipped.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.cases.keys().chain(self.conditions.keys()).cloned().collect()
    }

    /// Returns the name under which it stands why a case is not run, if it is not.
    pub(crate) fn reason(&self, case: &Case) -> Option<String> {
        if self.cases.contains_key(case.id()) {
            return Some(case.id().to_owned());
        }
        let needs_network = case.field("fixture")["server"] == true;
        if needs_network && !cfg!(feature = "net") && self.conditions.contains_key("net") {
            return Some("net".to_owned());
        }
        let unmet =
            self.conditions.keys().find(|condition| case.grants(condition) && !is_met(condition));
        unmet.cloned()
    }
}

/// Tells whether this machine meets a condition.
fn is_met(condition: &str) -> bool {
    match condition {
        "not_root" => !is_root(),
        _ => true,
    }
}

/// Tells whether permissions of files say nothing to this process.
fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let own = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    own.and_then(|ids| ids.split_whitespace().nth(1)).is_some_and(|effective| effective == "0")
}
