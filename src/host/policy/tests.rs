//! Policies that are read, and texts that are none.

use super::{Rate, Rules};
use crate::Tier;

#[test]
fn the_example_of_the_documentation_is_read_whole() {
    let text: String = include_str!("../policy.rs")
        .lines()
        .skip_while(|line| !line.contains("```toml"))
        .skip(1)
        .take_while(|line| !line.contains("```"))
        .map(|line| format!("{}\n", line.trim_start_matches("//!")))
        .collect();
    let rules = Rules::from_toml(&text).unwrap();
    assert_eq!(rules.tier, Tier::Write);
    assert_eq!(rules.consent, ["git"]);
    assert_eq!(rules.requires_consent, ["delete_file"]);
    assert_eq!(rules.rate[&Tier::ReadOnly], Rate { calls: 100, window_ms: 60_000 });
    assert_eq!(rules.rate_of["grep"], Rate { calls: 5, window_ms: 1000 });
    assert_eq!(rules.tiers["db.search"], Tier::ReadOnly);
    assert_eq!(rules.grants.read.as_deref(), Some(&["src".to_owned(), "docs".to_owned()][..]));
    assert_eq!(rules.grants.env.as_deref(), Some(&["HOME".to_owned()][..]));
    assert_eq!(rules.audit_entries, Some(10_000));
    assert!(rules.redact && rules.log_violations);
}

#[test]
fn what_says_nothing_is_an_error() {
    for (text, want) in [
        ("tier = 'root'", "'tier': unknown tier 'root': read_only, write, execute or privileged"),
        ("redact = 1", "'redact' must be true or false"),
        ("consent = 'git'", "'consent' must be a list of strings"),
        ("[grants]\nreed = []", "unknown key 'grants.reed': did you mean 'read'?"),
        ("[rate]\nwrite = { window_ms = 5 }", "'rate.write' must be { calls = N, window_ms = N }"),
        ("[rate]\nwrite = { calls = 0 }", "'rate.write.calls' must be a number above 0"),
        ("[audit]\nfolder = 'x'", "unknown key 'audit.folder'"),
    ] {
        assert_eq!(Rules::from_toml(text).unwrap_err().to_string(), want, "{text}");
    }
    assert!(Rules::from_toml("tier = ").unwrap_err().to_string().contains("line 1"));
}
