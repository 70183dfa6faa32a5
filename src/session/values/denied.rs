//! Why a policy has refused a call.

use super::error::ErrorKind;
use std::fmt;

/// Why a call is refused: what, by which rule, and what would allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Denied {
    /// The rule: `tier`, `consent`, `rate`, `grant`, or a name of the policy's own.
    pub rule: String,
    /// What was refused, in a sentence.
    pub what: String,
    /// What would allow it; empty if nothing would.
    pub would_allow: String,
    /// After how many milliseconds the same call is allowed, if only time is in its way.
    pub retry_after_ms: Option<u64>,
    /// What there is to know beside, by name: `tool`, `required_tier`, `granted_tier`.
    pub details: Vec<(String, String)>,
}

impl Denied {
    /// Makes a refusal.
    pub fn new(
        rule: impl Into<String>,
        what: impl Into<String>,
        would_allow: impl Into<String>,
    ) -> Denied {
        Denied {
            rule: rule.into(),
            what: what.into(),
            would_allow: would_allow.into(),
            retry_after_ms: None,
            details: Vec::new(),
        }
    }

    /// Adds something that is to be known.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<String>) -> Denied {
        self.details.push((name.to_owned(), value.into()));
        self
    }

    /// Says that the call is allowed after this many milliseconds.
    #[must_use]
    pub fn retry_after(mut self, ms: u64) -> Denied {
        self.retry_after_ms = Some(ms);
        self.detail("retry_after_ms", ms.to_string())
    }

    /// Returns the word that texts begin with: `permission_denied`, `consent_required`,
    /// `rate_limited`, or `denied` for other rules.
    pub fn code(&self) -> &'static str {
        match self.rule.as_str() {
            "tier" => "permission_denied",
            "consent" => "consent_required",
            "rate" => "rate_limited",
            _ => "denied",
        }
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        if self.retry_after_ms.is_some() { ErrorKind::RateLimited } else { ErrorKind::Denied }
    }
}

impl fmt::Display for Denied {
    /// Writes the kind, the rule, what was refused and what would allow it on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            "denied" => write!(f, "denied ({}): {}", self.rule, self.what)?,
            code => write!(f, "{code}: {}", self.what)?,
        }
        if !self.would_allow.is_empty() {
            write!(f, " (allowed by {})", self.would_allow)?;
        }
        Ok(())
    }
}

impl std::error::Error for Denied {}
