//! What the documents say of configurations is what is read.

use moonfuel::host::codex::LuaConfig;
use moonfuel::host::imp::{CapabilityPolicy, CommandHook};
use moonfuel::host::policy::Rules;
use std::collections::BTreeSet;
use std::fs;

/// The blocks of TOML in a document, in their order.
fn blocks(name: &str) -> Vec<String> {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    let block = |part: &str| part.split_once("```").unwrap().0.to_owned();
    text.split("```toml\n").skip(1).map(block).collect()
}

/// The rows of the table are numbered, and so are their tests, wherever they are.
#[test]
fn every_row_has_a_test() {
    let mut folders = vec!["tests".to_owned(), "src/host".to_owned()];
    let mut missing: BTreeSet<usize> = (1..=70).collect();
    while let Some(folder) = folders.pop() {
        let path = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(name);
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(entry.path()).unwrap();
                for test in text.split("#[test]").skip(1) {
                    let number = test.split_once("fn row_").map(|(_, name)| name.get(..2));
                    let number = number.flatten().and_then(|digits| digits.parse().ok());
                    missing.retain(|row| Some(*row) != number);
                }
            }
        }
    }
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn the_policy_of_the_guide_is_read_whole() {
    let [policy] = blocks("policy.md").try_into().unwrap();
    // What other hosts than a plain command have a use for is there as comments.
    let policy = policy.replace("# env =", "env =").replace("# hosts =", "hosts =");
    let rules = Rules::from_toml(&policy).unwrap();
    // Every part of it says something.
    let none = Rules::default();
    assert!(rules.tier != none.tier && rules.redact && rules.audit_file.is_some());
    assert!(rules.log_violations && rules.audit_entries.is_none());
    let more = Rules::from_toml(&format!("{policy}\nentries = 10000")).unwrap();
    assert_eq!(more.audit_entries, Some(10_000));
    for is_empty in [
        rules.consent.is_empty(),
        rules.requires_consent.is_empty(),
        rules.tiers.is_empty(),
        rules.rate.is_empty(),
        rules.rate_of.is_empty(),
    ] {
        assert!(!is_empty);
    }
    let grants = &rules.grants;
    for grant in
        [&grants.read, &grants.write, &grants.commands, &grants.git, &grants.hosts, &grants.env]
    {
        assert!(grant.is_some());
    }
}

#[test]
fn the_configurations_of_the_guide_are_read_whole() {
    let [imp, codex] = blocks("hosts.md").try_into().unwrap();
    let policy = CapabilityPolicy::from_toml(&imp).unwrap();
    assert_eq!(policy.allowed_env, ["LANG"]);
    let hooks = CommandHook::from_toml(&imp).unwrap();
    assert_eq!(hooks[0].command, "rustfmt {file}");
    let config = LuaConfig::from_toml(&codex).unwrap();
    assert!(config.enabled && config.scripts_dir.is_some());
    assert_eq!(config.max_execution_time_ms, LuaConfig::default().max_execution_time_ms);
}
