//! Each kind of secret has its mark; the rest stays.

use super::{COMPILED, FIELDS, PATTERNS, redact, redact_text};
use crate::HostValue;
use std::borrow::Cow;
use std::collections::BTreeSet;

#[test]
fn every_pattern_compiles_and_every_name_is_there_once() {
    assert_eq!(COMPILED.len(), PATTERNS.len());
    assert_eq!(FIELDS.iter().collect::<BTreeSet<_>>().len(), 21);
}

#[test]
fn text_that_holds_no_secret_is_not_copied() {
    assert!(matches!(redact_text(b"a long walk \xff home"), Cow::Borrowed(_)));
}

#[test]
fn each_kind_of_secret_has_its_mark() {
    let cases: [(&str, &str); 10] = [
        ("Token = abc, next", "[REDACTED] next"),
        ("authorization: bearer a.b-c_d", "authorization: [REDACTED_BEARER]"),
        ("sk-ant-api03-xyz", "[REDACTED_ANTHROPIC_KEY]"),
        (&format!("ghp_{}", "Z".repeat(40)), "[REDACTED_GITHUB_TOKEN]"),
        ("eyJhbGci.eyJzdWIi.c2ln", "[REDACTED_JWT]"),
        ("-----BEGIN PRIVATE KEY-----", "[REDACTED_SSH_KEY]"),
        ("redis://user:word@cache:1/0", "[REDACTED_DB_URL]cache:1/0"),
        (r#"{"api_key" : "q"}"#, r#"{"api_key": "[REDACTED]"}"#),
        ("xoxp-1-2", "[REDACTED_SLACK_TOKEN]"),
        ("compass rose", "compass rose"),
    ];
    for (text, want) in cases {
        assert_eq!(String::from_utf8_lossy(&redact_text(text.as_bytes())), want, "{text}");
    }
}

#[test]
fn values_are_redacted_however_deep() {
    let mut value = HostValue::object([("auth", 7.into()), ("note", "secret=1".into())]);
    for _ in 0..100 {
        value = HostValue::array([value]);
    }
    redact(&mut value);
    let text = value.to_json().unwrap().to_string();
    assert!(text.contains(r#"{"auth":"[REDACTED]","note":"[REDACTED]"}"#), "{text}");
}
