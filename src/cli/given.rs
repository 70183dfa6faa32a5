//! Which options were given, and which of them mean nothing to a command: it refuses those, and
//! its help leaves them out.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches};
use std::collections::BTreeSet;

/// Options that say where what a run has done goes, and mean nothing to those who show it in
/// their own way.
pub(super) const OF_OUTPUT: [&str; 4] = ["decode", "json", "cover", "profile_out"];
/// Options that mean nothing to a call of one function.
pub(super) const OF_CALLS: [&str; 4] = ["args_text", "lib", "record", "stats"];
/// Options that mean nothing to a server.
#[cfg(feature = "mcp")]
pub(super) const OF_SERVERS: [&str; 3] = ["args_text", "record", "stats"];
/// Options that mean nothing where nothing is run.
pub(super) const OF_CHECKS: [&str; 9] =
    ["seed", "time", "args_text", "decode", "audit", "record", "cover", "profile_out", "stats"];
/// Limits, which mean nothing there either, but are taken.
pub(super) const OF_LIMITS: [&str; 5] = ["fuel", "memory", "timeout", "output", "host_calls"];
/// Options whose values a trace has.
pub(super) const OF_TRACES: [&str; 8] =
    ["fuel", "memory", "output", "host_calls", "profile", "seed", "time", "args_text"];
/// Options that record or count what is run for the first time.
pub(super) const OF_FIRST_RUNS: [&str; 3] = ["record", "cover", "profile_out"];
/// Options that mean something where a trace is gone on with, not where it is repeated.
pub(super) const OF_RESUMING: [&str; 9] =
    ["lib", "stats", "root", "allow", "host", "decode", "policy", "audit", "extensions"];

/// Leaves options out of a command's help, which lists what means something there.
pub(super) fn without(names: &'static [&'static [&'static str]]) -> impl FnMut(Arg) -> Arg {
    move |option| {
        let is_hidden = names.iter().any(|some| some.contains(&option.get_id().as_str()));
        if is_hidden { option.hide(true) } else { option }
    }
}

/// The options that were given, whether or not their values are those that they have anyway.
#[derive(Debug, Default)]
pub(super) struct Given(BTreeSet<String>);

impl Given {
    /// Looks at the words of a command.
    pub(super) fn of(matches: &ArgMatches) -> Given {
        let is_given = |name: &&str| matches.value_source(name) == Some(ValueSource::CommandLine);
        Given(matches.ids().map(|id| id.as_str()).filter(is_given).map(str::to_owned).collect())
    }

    /// Tells whether an option was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Returns the first of some options that was given, as it is written.
    pub(super) fn first(&self, names: &[&str]) -> Option<String> {
        let name = names.iter().find(|name| self.has(name))?;
        // What its value is read from is kept apart from the value.
        let name = name.strip_suffix("_text").unwrap_or(name);
        Some(format!("--{}", name.replace('_', "-")))
    }
}
