//! What the scripts of a session may do, as a value: written in Rust, read from TOML, or made
//! of the command's options, it is the same.
//!
//! ```toml
//! tier = "write"                    # read_only, write, execute or privileged
//! consent = ["git"]                 # these may be called whatever the tier
//! requires_consent = ["delete_file"]
//! redact = true                     # secrets are taken out of results
//!
//! [rate]                            # calls in milliseconds; absent: no limit
//! read_only = { calls = 100, window_ms = 60000 }
//!
//! [rate_of]
//! grep = { calls = 5, window_ms = 1000 }
//!
//! [tiers]                           # what a function asks for
//! "db.search" = "read_only"
//!
//! [grants]                          # absent: all that the tier allows
//! read = ["src", "docs"]
//! write = ["src"]
//! commands = ["ls", "cat"]
//! git = ["status", "log", "diff"]
//! hosts = ["example.com"]
//! env = ["HOME"]
//!
//! [audit]
//! file = "audit.jsonl"
//! entries = 10000
//! log_violations = true
//! ```

use crate::host::settings::{boolean, count, list, parse, section, string, unknown, wrong};
use crate::{LuaError, Tier};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;
use toml::{Table, Value};

/// Hex digits of a fingerprint.
const FINGERPRINT: usize = 32;

/// Returns the first digits of SHA-256 over a value's JSON.
pub(super) fn fingerprint(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut hex = crate::Digest(Sha256::digest(text.as_bytes()).into()).to_string();
    hex.truncate(FINGERPRINT);
    hex
}

/// Returns how many calls of a tool of this tier there may be, and in how many milliseconds.
pub fn default_rate(tier: Tier) -> (usize, u64) {
    let calls = match tier {
        Tier::ReadOnly => 100,
        Tier::Write => 30,
        Tier::Execute => 10,
        Tier::Privileged => 5,
    };
    (calls, 60_000)
}

/// How many calls there may be, and in which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The calls.
    pub calls: usize,
    /// The time, in milliseconds.
    pub window_ms: u64,
}

/// What functions may be used on. What is `None` is not narrowed; an empty list allows
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grants {
    /// Folders and files below the root that may be read. Paths are looked at as they are
    /// written, so links must not be followed then:
    /// [`JidoOptions::follow_links`](crate::host::jido::JidoOptions::follow_links). Programs
    /// reach the whole root.
    pub read: Option<Vec<String>>,
    /// Folders and files below the root that may be changed.
    pub write: Option<Vec<String>>,
    /// Programs that may be run.
    pub commands: Option<Vec<String>>,
    /// Subcommands of git.
    pub git: Option<Vec<String>>,
    /// Hosts that may be asked, their subdomains included. Where one of them redirects to is held
    /// to the list of whoever asks:
    /// [`JidoOptions::domains`](crate::host::jido::JidoOptions::domains) and the like.
    pub hosts: Option<Vec<String>>,
    /// Variables of the environment that may be read.
    pub env: Option<Vec<String>>,
}

/// The policy of a session.
///
/// ```
/// use moonfuel::Tier;
/// use moonfuel::host::policy::Rules;
///
/// let rules = Rules::from_toml(
///     r#"
///     tier = "write"
///     consent = ["git"]
///
///     [grants]
///     commands = ["ls"]
///     "#,
/// )?;
/// assert_eq!((rules.tier, &rules.consent[..]), (Tier::Write, &["git".to_owned()][..]));
/// let error = Rules::from_toml("teir = 'write'").unwrap_err().to_string();
/// assert!(error.contains("teir"), "{error}");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// The tier that is granted; [`Tier::ReadOnly`] unless said otherwise.
    pub tier: Tier,
    /// Functions that may be called whatever the tier: `git`, or `jido.git`.
    pub consent: Vec<String>,
    /// Functions that need consent whatever the tier.
    pub requires_consent: Vec<String>,
    /// Tiers of functions, in the place of those they are declared with.
    pub tiers: BTreeMap<String, Tier>,
    /// How often functions of a tier may be called, each by itself. One that is missing is
    /// no limit.
    pub rate: BTreeMap<Tier, Rate>,
    /// How often single functions may be called.
    pub rate_of: BTreeMap<String, Rate>,
    /// What they may be used on.
    pub grants: Grants,
    /// Whether secrets are taken out of results. Out of errors they always are.
    pub redact: bool,
    /// Where the log of calls is written to.
    pub audit_file: Option<PathBuf>,
    /// Entries of that log that are kept in memory.
    pub audit_entries: Option<usize>,
    /// Whether the log has entries about what functions refused to reach.
    pub log_violations: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            tier: Tier::ReadOnly,
            consent: Vec::new(),
            requires_consent: Vec::new(),
            tiers: BTreeMap::new(),
            rate: BTreeMap::new(),
            rate_of: BTreeMap::new(),
            grants: Grants::default(),
            redact: false,
            audit_file: None,
            audit_entries: None,
            log_violations: true,
        }
    }
}

impl Rules {
    /// Grants a tier and no more.
    pub fn new(tier: Tier) -> Rules {
        Rules { tier, ..Rules::default() }
    }

    /// Adds jido's limits: 100 calls of each looking function a minute, 30 of each that
    /// writes, 10 of each that runs programs, 5 of each privileged one.
    #[must_use]
    pub fn with_default_rates(mut self) -> Rules {
        for tier in Tier::ALL {
            let (calls, window_ms) = default_rate(tier);
            self.rate.insert(tier, Rate { calls, window_ms });
        }
        self
    }

    /// Reads a policy.
    ///
    /// ```
    /// use moonfuel::Tier;
    /// use moonfuel::host::policy::Rules;
    ///
    /// let rules = Rules::from_toml("tier = 'write'\n[grants]\nwrite = ['src']")?;
    /// assert_eq!(rules.tier, Tier::Write);
    /// let error = Rules::from_toml("teir = 'write'").unwrap_err();
    /// assert_eq!(error.to_string(), "unknown key 'teir': did you mean 'tier'?");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When it is no TOML, or has a key or a value that says nothing.
    pub fn from_toml(text: &str) -> Result<Rules, LuaError> {
        Rules::read(text).map_err(LuaError::usage)
    }

    fn read(text: &str) -> Result<Rules, String> {
        let table = parse(text)?;
        let mut rules = Rules::default();
        let keys = [
            "tier",
            "consent",
            "requires_consent",
            "tiers",
            "rate",
            "rate_of",
            "grants",
            "redact",
            "audit",
        ];
        for (key, value) in &table {
            let at = key.as_str();
            match at {
                "tier" => rules.tier = tier(at, value)?,
                "consent" => rules.consent = list(at, value)?,
                "requires_consent" => rules.requires_consent = list(at, value)?,
                "redact" => rules.redact = boolean(at, value)?,
                "tiers" => {
                    for (name, value) in section(at, value)? {
                        rules.tiers.insert(name.clone(), tier(&format!("{at}.{name}"), value)?);
                    }
                }
                "rate" => {
                    for (name, value) in section(at, value)? {
                        let of = name.parse()?;
                        rules.rate.insert(of, rate(&format!("{at}.{name}"), value)?);
                    }
                }
                "rate_of" => {
                    for (name, value) in section(at, value)? {
                        rules.rate_of.insert(name.clone(), rate(&format!("{at}.{name}"), value)?);
                    }
                }
                "grants" => rules.grants = grants(section(at, value)?)?,
                "audit" => rules.read_audit(section(at, value)?)?,
                _ => return Err(unknown("", at, &keys)),
            }
        }
        Ok(rules)
    }

    /// Returns a text that is the same for rules that decide the same, and for others is not: the
    /// first 32 hex digits of SHA-256 over them.
    pub fn fingerprint(&self) -> String {
        let list = |names: &[String]| {
            let mut names = names.to_vec();
            names.sort();
            names.dedup();
            names
        };
        let granted = |names: &Option<Vec<String>>| names.as_deref().map(list);
        let Grants { read, write, commands, git, hosts, env } = &self.grants;
        let rates = |rates: &mut dyn Iterator<Item = (&str, &Rate)>| {
            rates
                .map(|(name, rate)| (name.to_owned(), rate.calls, rate.window_ms))
                .collect::<Vec<_>>()
        };
        let rules = (
            self.tier.name(),
            list(&self.consent),
            list(&self.requires_consent),
            self.tiers.iter().map(|(name, tier)| (name, tier.name())).collect::<Vec<_>>(),
            rates(&mut self.rate.iter().map(|(tier, rate)| (tier.name(), rate))),
            rates(&mut self.rate_of.iter().map(|(name, rate)| (name.as_str(), rate))),
            [read, write, commands, git, hosts, env].map(granted),
            self.redact,
        );
        fingerprint(&rules)
    }

    fn read_audit(&mut self, table: &Table) -> Result<(), String> {
        for (key, value) in table {
            let at = format!("audit.{key}");
            match key.as_str() {
                "file" => self.audit_file = Some(string(&at, value)?.into()),
                "entries" => {
                    let entries = usize::try_from(above_0(&at, value)?).unwrap_or(usize::MAX);
                    self.audit_entries = Some(entries);
                }
                "log_violations" => self.log_violations = boolean(&at, value)?,
                _ => return Err(unknown("audit.", key, &["file", "entries", "log_violations"])),
            }
        }
        Ok(())
    }
}

fn grants(table: &Table) -> Result<Grants, String> {
    let mut grants = Grants::default();
    for (key, value) in table {
        let list = list(&format!("grants.{key}"), value)?;
        let field = match key.as_str() {
            "read" => &mut grants.read,
            "write" => &mut grants.write,
            "commands" => &mut grants.commands,
            "git" => &mut grants.git,
            "hosts" => &mut grants.hosts,
            "env" => &mut grants.env,
            _ => {
                let known = ["read", "write", "commands", "git", "hosts", "env"];
                return Err(unknown("grants.", key, &known));
            }
        };
        if let Some(name) = list.iter().find(|name| key == "env" && name.contains('=')) {
            return Err(format!(
                "'grants.env' names '{name}': variables are named without a value"
            ));
        }
        *field = Some(list);
    }
    Ok(grants)
}

/// Reads a number above 0.
fn above_0(at: &str, value: &Value) -> Result<u64, String> {
    let count = count(at, value).ok().filter(|count| *count > 0);
    count.ok_or_else(|| wrong(at, "a number above 0"))
}

fn tier(at: &str, value: &Value) -> Result<Tier, String> {
    string(at, value)?.parse().map_err(|e: String| format!("'{at}': {e}"))
}

fn rate(at: &str, value: &Value) -> Result<Rate, String> {
    let table = section(at, value)?;
    let section_name = format!("{at}.");
    let mut rate = Rate { calls: 0, window_ms: 60_000 };
    for (key, value) in table {
        let at = format!("{at}.{key}");
        match key.as_str() {
            "calls" => rate.calls = usize::try_from(above_0(&at, value)?).unwrap_or(usize::MAX),
            "window_ms" => rate.window_ms = above_0(&at, value)?,
            _ => return Err(unknown(&section_name, key, &["calls", "window_ms"])),
        }
    }
    if rate.calls == 0 { Err(wrong(at, "{ calls = N, window_ms = N }")) } else { Ok(rate) }
}

#[cfg(test)]
mod tests;
