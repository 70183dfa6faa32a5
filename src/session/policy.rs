//! What stands between a script and a function of the host: a policy is asked before each
//! call, and has the last look at what comes back.
//!
//! The session has neither rules nor a clock: whoever fills the trait does (`host::gate`).

use super::declaration::Declaration;
use super::host_error::HostError;
use super::host_value::HostValue;
use super::outcome::ErrorKind;
use super::{SessionBuilder, host_call::Target};
use std::fmt;
use std::sync::Arc;

/// A call that a policy is asked about.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PolicyCall<'a> {
    /// Where scripts find the function: `jido.read_file`.
    pub path: &'a str,
    /// What the host says about it, if anything.
    pub declaration: Option<&'a Declaration>,
    /// The arguments.
    pub args: &'a [HostValue],
    /// The number of the call in its run, from 1.
    pub number: u64,
}

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

/// Decides about the calls of host functions, and looks at their results.
///
/// Its methods may be called from any thread, one after another for the calls of a run. What
/// panics in one refuses the call.
///
/// ```
/// use moonfuel::{Denied, Policy, PolicyCall, Session};
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// /// Lets three calls through.
/// #[derive(Default)]
/// struct Three(AtomicU64);
///
/// impl Policy for Three {
///     fn ask(&self, _: &PolicyCall<'_>) -> Result<u64, Denied> {
///         let number = self.0.fetch_add(1, Ordering::Relaxed);
///         if number < 3 { Ok(number) } else { Err(Denied::new("three", "this is the fourth call", "")) }
///     }
/// }
///
/// let mut session = Session::builder()
///     .function("tick", |()| Ok(true))
///     .policy(Three::default())
///     .build()?;
/// let report = session.run("local n = 0 while pcall(tick) do n = n + 1 end return n");
/// assert_eq!(report.json()?, "[3]");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
pub trait Policy: Send + Sync {
    /// Is asked before a function is called. Whatever comes of the call, and if it comes to
    /// nothing, one of the other methods is given the number that this returns.
    ///
    /// # Errors
    /// Why the call is refused: the script gets that as nil and text, or raised, as the
    /// function's declaration says.
    fn ask(&self, call: &PolicyCall<'_>) -> Result<u64, Denied>;

    /// Is given what the function answered, within the limit on results, before the script
    /// is: it may change it.
    fn settle(&self, call: u64, answer: &mut Result<Vec<HostValue>, HostError>) {
        let _ = (call, answer);
    }

    /// Is told that a call was dropped before it was answered: its run has ended.
    fn abandon(&self, call: u64) {
        let _ = call;
    }

    /// Returns what it must know of a call that waits for its answer, to take it up in another
    /// process: see [`Run::snapshot`](super::Run::snapshot). `None` if that cannot be, which is
    /// so unless this is written: then a run with such a call cannot be saved. The call itself
    /// goes on here as well.
    fn save(&self, call: u64) -> Option<Vec<u8>> {
        let _ = call;
        None
    }

    /// Takes up a call that waits in a run that is restored: it is one of this policy's from
    /// now on, as if [`Policy::ask`] had let it through. `saved` is what [`Policy::save`]
    /// returned elsewhere, or nothing if there was no policy then. Neither it nor the call may
    /// be trusted more than the bytes that they are made of.
    ///
    /// # Errors
    /// Why the call is not let through: then the run is not restored.
    fn restore(&self, call: &PolicyCall<'_>, saved: Option<&[u8]>) -> Result<u64, String> {
        let _ = (call, saved);
        Err("the policy does not take up calls that wait".to_owned())
    }

    /// Returns a text that is the same for policies with the same rules: it stands in the header
    /// of traces, as `policy`, to say under which rules a recorded session ran.
    fn fingerprint(&self) -> Option<String> {
        None
    }

    /// Returns how many bytes of a result it looks at for one unit of fuel; nothing, if it
    /// does not look at results.
    fn bytes_per_unit(&self) -> Option<u64> {
        None
    }

    /// Looks at the functions of a session that is being made.
    ///
    /// # Errors
    /// When the policy names what is not there, or has a rule that nothing meets.
    fn fits(&self, declared: &[&Declaration]) -> Result<(), String> {
        let _ = declared;
        Ok(())
    }
}

impl SessionBuilder {
    /// Sets the policy that is asked before each call of a host function, whoever registered
    /// it. (`require` is not asked about: what it finds is the host's choice.)
    ///
    /// ```
    /// use moonfuel::{Denied, Policy, PolicyCall, Session};
    ///
    /// struct Odd;
    /// impl Policy for Odd {
    ///     fn ask(&self, call: &PolicyCall<'_>) -> Result<u64, Denied> {
    ///         if call.number % 2 == 1 {
    ///             return Ok(call.number);
    ///         }
    ///         Err(Denied::new("odd", format!("{} is called too often", call.path), ""))
    ///     }
    /// }
    ///
    /// let mut session = Session::builder()
    ///     .function("now", |()| Ok(7))
    ///     .policy(Odd)
    ///     .build()?;
    /// let report = session.run("return now(), pcall(now)");
    /// let values = report.json()?;
    /// assert!(values.contains("denied (odd): now is called too often"), "{values}");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn policy(mut self, policy: impl Policy + 'static) -> Self {
        self.host.policy = Some(Arc::new(policy));
        self
    }

    /// Says what a function of the host is: see [`Declaration`]. The function itself is
    /// registered by its path, before or after this. One that is not declared is
    /// privileged.
    pub fn declare(mut self, declaration: Declaration) -> Self {
        self.host.declare(declaration);
        self
    }
}

/// Tells whether the policy is asked about what is called.
pub(super) fn is_asked(target: Target) -> bool {
    !matches!(target, Target::Function(super::host_table::SOURCE))
}
