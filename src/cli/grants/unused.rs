//! Which rule of a policy, or which permission beside it, has no effect, since nothing that it
//! is about may be called, or all of it may be already.

use super::super::Failure;
use super::super::allowed::{Allowed, is_it};
use super::super::host_options::{Allow, HostOptions};
use super::{SHELL, rights, rules};
use crate::host::HostProfile;
use crate::host::git;
use crate::host::jido::is_shell;
use crate::host::policy::Rules;
use crate::host::types;
use crate::{Declaration, Tier};

/// What the user has given.
pub(super) struct Given<'a> {
    /// The policy alone.
    pub policy: &'a Rules,
    pub options: &'a HostOptions,
    /// Where a user is asked for consent: what they may allow besides.
    pub beside: Option<&'a [Allow]>,
    pub has_imp: bool,
}

impl Given<'_> {
    /// Says what has no effect, if anything has none.
    ///
    /// # Errors
    /// When the options are no good.
    pub(super) fn unused(&self) -> Result<Option<String>, Failure> {
        let declared = self.declared();
        let mut all = self.options.clone();
        all.allow.extend(self.beside.into_iter().flatten().cloned());
        let mut most = rules(self.policy.clone(), &all, self.has_imp)?;
        if self.beside.is_some() {
            most.consent.append(&mut most.requires_consent);
        }
        let found = self.log().or_else(|| self.option(&declared));
        let found = found.or_else(|| self.consent(&declared));
        let found = found.or_else(|| self.grant(&most, &all));
        Ok(found.or_else(|| self.rate(&most, &declared)))
    }

    /// Returns the functions that scripts have.
    fn declared(&self) -> Vec<Declaration> {
        let mut declared = Vec::new();
        if self.options.root.is_some() {
            declared.extend(types::jido());
        }
        if self.has_imp {
            declared.extend(types::imp());
        }
        if self.options.has(HostProfile::Codex) {
            declared.extend(types::codex());
        }
        declared.push(types::help_of_all());
        declared
    }

    fn log(&self) -> Option<String> {
        if self.policy.audit_entries.is_some() {
            let why = "audit.entries has no effect in a command, which keeps no entries: they \
                       are in the file of --audit or audit.file";
            return Some(why.to_owned());
        }
        let has_log = self.options.audit.is_some() || self.policy.audit_file.is_some();
        (!self.policy.log_violations && !has_log)
            .then(|| "audit.log_violations has no effect without --audit or audit.file".to_owned())
    }

    /// Looks at the permissions that are given beside the policy.
    fn option(&self, declared: &[Declaration]) -> Option<String> {
        let policy = Allowed::new(self.policy.clone());
        let may = |names: &[&str]| {
            let mut all = declared.iter().filter(|one| names.contains(&one.path())).peekable();
            all.peek().is_some() && all.all(|one| policy.may(one))
        };
        let names = |list: &Option<Vec<String>>, name: &String| {
            list.as_ref().is_some_and(|list| list.contains(name))
        };
        let grants = &self.policy.grants;
        let has_root = self.options.root.is_some();
        let unused = self.options.allow.iter().find(|allow| match allow {
            Allow::Write => self.policy.tier >= Tier::Write,
            Allow::Shell => may(&[&SHELL[..], &["imp.exec"]].concat()),
            Allow::Git => may(&["jido.git"]),
            // Which place that is, no policy says.
            Allow::Repository(_) => false,
            Allow::Host(host) => names(&grants.hosts, host),
            Allow::Variable(name) => !has_root && names(&grants.env, name),
        })?;
        Some(format!("--allow {unused} has no effect: the policy allows it already"))
    }

    fn consent(&self, declared: &[Declaration]) -> Option<String> {
        let unused = self.policy.consent.iter().find(|name| {
            let mut without = self.policy.clone();
            without.consent.retain(|other| other != *name);
            let without = Allowed::new(without);
            let mut meant = declared.iter().filter(|one| is_it(name, one)).peekable();
            meant.peek().is_some() && meant.all(|one| without.may(one))
        })?;
        Some(format!("consent to '{unused}' has no effect: the tier lets it be called already"))
    }

    /// Looks at the rates against the functions that may be called.
    fn rate(&self, most: &Rules, declared: &[Declaration]) -> Option<String> {
        let most = Allowed::new(most.clone());
        let may: Vec<&Declaration> = declared.iter().filter(|one| most.may(one)).collect();
        let tiers = self.policy.rate.keys().find(|tier| {
            // The tools of extensions are counted as what looks.
            let is_tools = self.has_imp && **tier == Tier::ReadOnly;
            !is_tools && may.iter().all(|one| most.counted(one) != **tier)
        });
        if let Some(tier) = tiers {
            return Some(format!("rate.{tier} has no effect: nothing of that tier may be called"));
        }
        let is_there = |name: &str| declared.iter().any(|one| is_it(name, one));
        let mut named = self.policy.rate_of.keys();
        let unused =
            named.find(|name| is_there(name) && !may.iter().any(|one| is_it(name, one)))?;
        Some(format!("rate_of.{unused} has no effect: it may not be called"))
    }

    fn grant(&self, most: &Rules, all: &HostOptions) -> Option<String> {
        let has_imp = self.has_imp;
        let has_root = self.options.root.is_some();
        let granted = &most.grants;
        if let Some(path) = granted.commands.iter().flatten().find(|name| name.contains('/'))
            && has_root
            && !has_imp
        {
            return Some(format!(
                "grants.commands names '{path}': programs are named without a path"
            ));
        }
        let shell = granted.commands.iter().flatten().find(|name| is_shell(name));
        if let Some(shell) = shell.filter(|_| has_root && !has_imp) {
            return Some(format!("grants.commands names '{shell}', a shell, which is never run"));
        }
        if let Some(name) =
            granted.git.iter().flatten().find(|name| !git::is_subcommand(name.as_bytes()))
        {
            return Some(format!(
                "grants.git names '{name}', which is no subcommand that scripts have"
            ));
        }
        let rights = rights(most, all, Vec::new());
        let runs = has_root && rights.allow_shell || has_imp && may_exec(most.clone());
        let unused = [
            (has_root || has_imp, &granted.commands, runs, "commands", "shell", Tier::Execute),
            (has_root, &granted.git, rights.allow_git, "git", "git", Tier::Execute),
            (has_root, &granted.write, rights.allow_write, "write", "write", Tier::Write),
        ];
        let (_, _, _, rule, allow, tier) =
            unused.iter().find(|(is_there, granted, has_effect, ..)| {
                *is_there && granted.is_some() && !has_effect
            })?;
        Some(format!(
            "grants.{rule} has no effect without --allow {allow}, or tier = \"{tier}\" in the policy"
        ))
    }
}

/// Tells whether `imp.exec` may be called.
fn may_exec(rules: Rules) -> bool {
    let allowed = Allowed::new(rules);
    types::imp().iter().any(|one| one.path() == "imp.exec" && allowed.has_tier_for(one))
}
