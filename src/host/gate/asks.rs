//! What a call asks for: tier, rate and consent, by its declaration and the rules.

use crate::host::policy::{Rate, Rules};
use crate::{PolicyCall, Tier};

/// What a call asks for.
pub(super) struct Asks<'a> {
    pub(super) tier: Tier,
    /// The tier it is counted as.
    pub(super) counted: Tier,
    pub(super) rate: Option<&'a Rate>,
    pub(super) consent: bool,
}

impl Rules {
    /// Says what a call asks for by these rules.
    pub(super) fn asks(&self, call: &PolicyCall<'_>) -> Asks<'_> {
        let declared = call.declaration;
        let short = call.path.rsplit('.').next().unwrap_or_default();
        let is_it = |name: &String| name == call.path || name == short;
        let tier = self.tiers.iter().find(|(name, _)| is_it(name)).map(|(_, tier)| *tier);
        Asks {
            tier: tier.or(declared.map(|declared| declared.tier)).unwrap_or(Tier::Privileged),
            counted: tier.or(declared.map(|declared| declared.rate)).unwrap_or(Tier::Privileged),
            rate: self.rate_of.iter().find(|(name, _)| is_it(name)).map(|(_, rate)| rate),
            consent: declared.is_some_and(|declared| declared.consent)
                || self.requires_consent.iter().any(is_it),
        }
    }
}
