//! How much: tiers, and consent to single tools.

use crate::host::declare;
use crate::{Denied, Tier};
use std::collections::BTreeSet;

/// Tools of jido's that are no functions for scripts, by tier.
const TOOLS: [(&str, Tier); 20] = [
    ("list_directory", Tier::ReadOnly),
    ("file_info", Tier::ReadOnly),
    ("find_files", Tier::ReadOnly),
    ("fetch_elixir_docs", Tier::ReadOnly),
    ("web_search", Tier::ReadOnly),
    ("recall", Tier::ReadOnly),
    ("create_directory", Tier::Write),
    ("livebook_edit", Tier::Write),
    ("multi_edit_file", Tier::Write),
    ("remember", Tier::Write),
    ("forget", Tier::Write),
    ("run_command", Tier::Execute),
    ("mix_task", Tier::Execute),
    ("run_exunit", Tier::Execute),
    ("git_command", Tier::Execute),
    ("lsp_request", Tier::Execute),
    ("get_process_state", Tier::Privileged),
    ("inspect_supervisor", Tier::Privileged),
    ("ets_inspect", Tier::Privileged),
    ("spawn_task", Tier::Privileged),
];

/// Returns the tier that a tool of jido's asks for. One that nobody knows asks for the most.
///
/// ```
/// use moonfuel::Tier;
/// use moonfuel::host::gate::tool_tier;
///
/// assert_eq!(tool_tier("write_file"), Tier::Write);
/// assert_eq!(tool_tier("format_disk"), Tier::Privileged);
/// ```
pub fn tool_tier(name: &str) -> Tier {
    if let Some((_, tier)) = TOOLS.iter().find(|(tool, _)| *tool == name) {
        return *tier;
    }
    let declared = declare::jido().into_iter().find(|declared| declared.name() == name);
    declared.map_or(Tier::Privileged, |declared| declared.tier)
}

/// Names that scripts of jido's do not have.
const RESTRICTED: [&str; 7] =
    ["os.execute", "os.exit", "io.popen", "loadfile", "dofile", "package", "require"];

/// Tells whether a name of Lua's library, such as `os.execute`, is on jido's list of those that
/// scripts do not have. (`require` is there, but finds only what its host gives.)
pub fn is_restricted(name: &str) -> bool {
    RESTRICTED.contains(&name)
}

/// What a session is allowed: a tier, and tools that were consented to.
///
/// ```
/// use moonfuel::Tier;
/// use moonfuel::host::gate::Permissions;
///
/// let mut permissions = Permissions::new(Tier::ReadOnly);
/// assert!(permissions.check("read_file", Tier::ReadOnly, false).is_ok());
/// assert!(permissions.check("write_file", Tier::Write, false).is_err());
/// permissions.grant(Tier::Write)?;
/// assert!(permissions.check("write_file", Tier::Write, false).is_ok());
/// # Ok::<(), moonfuel::Denied>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    tier: Tier,
    consent: BTreeSet<String>,
}

/// Makes the error of a change that is none.
fn unchanged(rule: &str, what: &str) -> Denied {
    Denied::new(rule, what, "")
}

impl Permissions {
    /// Grants a tier.
    pub fn new(tier: Tier) -> Permissions {
        Permissions { tier, consent: BTreeSet::new() }
    }

    /// Returns the tier that is granted.
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// Returns the tools that were consented to, by name.
    pub fn consented(&self) -> impl Iterator<Item = &str> {
        self.consent.iter().map(String::as_str)
    }

    /// Raises the tier.
    ///
    /// # Errors
    /// `tier_downgrade`, when it is above that already.
    pub fn grant(&mut self, tier: Tier) -> Result<(), Denied> {
        if tier < self.tier {
            return Err(unchanged("tier_downgrade", "a session's tier only rises"));
        }
        self.tier = tier;
        Ok(())
    }

    /// Consents to a tool, whatever its tier.
    ///
    /// # Errors
    /// `already_consented`, when that was so before.
    pub fn consent(&mut self, tool: &str) -> Result<(), Denied> {
        if self.consent.insert(tool.to_owned()) {
            return Ok(());
        }
        Err(unchanged("already_consented", "there is consent to that already"))
    }

    /// Takes back the consent to a tool.
    ///
    /// # Errors
    /// `not_consented`, when there was none.
    pub fn revoke(&mut self, tool: &str) -> Result<(), Denied> {
        if self.consent.remove(tool) {
            Ok(())
        } else {
            Err(unchanged("not_consented", "there is no consent to that"))
        }
    }

    /// Tells whether a tool that asks for a tier, and perhaps for consent whatever the tier,
    /// may be called.
    ///
    /// # Errors
    /// Why not, and what would allow it.
    pub fn check(&self, tool: &str, asks: Tier, needs_consent: bool) -> Result<(), Denied> {
        let short = tool.rsplit('.').next().unwrap_or_default();
        if self.consent.contains(tool) || self.consent.contains(short) {
            return Ok(());
        }
        if asks > self.tier {
            let what = format!("{tool} needs the tier {asks}, and {} is granted", self.tier);
            let option = match asks {
                Tier::Write if !needs_consent => "--allow write, or ",
                Tier::Execute if short == "git" => "--allow git, or ",
                Tier::Execute => "--allow shell, or ",
                _ => "",
            };
            // The tier alone does not help what needs consent beside.
            let tier = if needs_consent { String::new() } else { format!("tier = \"{asks}\" or ") };
            let way = format!("{option}{tier}consent = [\"{short}\"] in the policy");
            return Err(Denied::new("tier", what, way)
                .detail("tool", tool)
                .detail("required_tier", asks.name())
                .detail("granted_tier", self.tier.name()));
        }
        if needs_consent {
            let what = format!(
                "{tool} needs consent whatever the tier (requires_consent), and there is none"
            );
            let option = match asks {
                Tier::Execute if short == "git" => "--allow git, or ",
                Tier::Execute => "--allow shell, or ",
                _ => "",
            };
            let way = format!("{option}consent = [\"{short}\"] in the policy");
            return Err(Denied::new("consent", what, way)
                .detail("tool", tool)
                .detail("tier", asks.name()));
        }
        Ok(())
    }
}
