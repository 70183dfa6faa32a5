//! Secrets taken out of what goes to a script, a log or a model: by patterns in text, and by
//! the names of fields.

use crate::{HostKey, HostValue};
use regex::bytes::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Text that looks like a secret, and what comes in its place, in the order in which they
/// are looked for.
const PATTERNS: [(&str, &str); 15] = [
    (r"(?i)(?:password|passwd|pass|secret|api_?key|token)\s*[:=]\s*\S+", "[REDACTED]"),
    (r"(?i)bearer\s+[a-zA-Z0-9._-]+", "[REDACTED_BEARER]"),
    (r"sk-[a-zA-Z0-9]{20,}", "[REDACTED_API_KEY]"),
    (r"ghp_[a-zA-Z0-9]{36,}", "[REDACTED_GITHUB_TOKEN]"),
    (r"gho_[a-zA-Z0-9]{36,}", "[REDACTED_GITHUB_TOKEN]"),
    (r"AKIA[A-Z0-9]{16}", "[REDACTED_AWS_KEY]"),
    (r"(?i)aws_secret_access_key\s*[:=]\s*[A-Za-z0-9/+=]{40}", "[REDACTED_AWS_SECRET]"),
    (r"xox[baprs]-[a-zA-Z0-9-]+", "[REDACTED_SLACK_TOKEN]"),
    (r"sk-ant-[a-zA-Z0-9-]+", "[REDACTED_ANTHROPIC_KEY]"),
    (r"AIza[a-zA-Z0-9_-]{35}", "[REDACTED_GOOGLE_KEY]"),
    (r"(?i)(?:AccountKey|SharedAccessKey)\s*[:=]\s*[A-Za-z0-9+/=]{40,}", "[REDACTED_AZURE_KEY]"),
    (r"eyJ[a-zA-Z0-9_-]*\.eyJ[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+", "[REDACTED_JWT]"),
    (r"-----BEGIN\s+(?:RSA|EC|DSA|OPENSSH)?\s*PRIVATE KEY-----", "[REDACTED_SSH_KEY]"),
    (r"(?i)(?:mysql|postgres|postgresql|mongodb|redis)://[^:]+:[^@]+@", "[REDACTED_DB_URL]"),
    (r#"(?i)"(password|secret|api_?key|token)"\s*:\s*"[^"]+""#, r#""${1}": "[REDACTED]""#),
];

/// Fields whose values are secrets, by their whole names.
const FIELDS: [&str; 21] = [
    "password",
    "passwd",
    "pass",
    "secret",
    "secret_key",
    "secrets",
    "api_key",
    "apikey",
    "api_secret",
    "token",
    "access_token",
    "refresh_token",
    "auth_token",
    "auth",
    "authorization",
    "credentials",
    "credential",
    "private_key",
    "privatekey",
    "aws_secret_access_key",
    "aws_access_key_id",
];

/// What comes in the place of a field's value.
const REDACTED: &str = "[REDACTED]";

/// The patterns, ready: they look at bytes, for not all text is UTF-8.
static COMPILED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let compiled = |&(pattern, with): &(&str, &'static str)| {
        // All of them compile: a test does it.
        Regex::new(&format!("(?-u){pattern}")).ok().map(|regex| (regex, with))
    };
    PATTERNS.iter().filter_map(compiled).collect()
});

/// Takes secrets out of a text. Nothing is copied if there are none.
///
/// ```
/// use moonfuel::host::redact::redact_text;
///
/// assert_eq!(*redact_text(b"login with password=hunter2 please"), *b"login with [REDACTED] please");
/// ```
pub fn redact_text(text: &[u8]) -> Cow<'_, [u8]> {
    let mut redacted = Cow::Borrowed(text);
    for (regex, with) in COMPILED.iter() {
        if let Cow::Owned(changed) = regex.replace_all(&redacted, with.as_bytes()) {
            redacted = Cow::Owned(changed);
        }
    }
    redacted
}

/// Takes secrets out of a value: text by patterns, fields by their names.
pub fn redact(value: &mut HostValue) {
    // No value that crosses is more than 128 deep, and so is this recursion.
    match value {
        HostValue::String(text) => {
            if let Cow::Owned(changed) = redact_text(text) {
                *text = changed;
            }
        }
        HostValue::Array(items) => items.iter_mut().for_each(redact),
        HostValue::Object(fields) => {
            for (key, value) in fields {
                if is_secret(key) {
                    *value = REDACTED.into();
                } else {
                    redact(value);
                }
            }
        }
        _ => {}
    }
}

fn is_secret(key: &HostKey) -> bool {
    key.as_str().is_some_and(|key| FIELDS.contains(&key))
}

#[cfg(test)]
mod tests;
