//! Which functions rules let scripts call.

use crate::host::gate::Permissions;
use crate::host::policy::Rules;
use crate::{Declaration, Tier};

/// What rules let scripts call.
pub(super) struct Allowed {
    rules: Rules,
    permissions: Permissions,
}

impl Allowed {
    pub(super) fn new(rules: Rules) -> Allowed {
        let mut permissions = Permissions::new(rules.tier);
        for name in &rules.consent {
            // Said twice is said once.
            let _ = permissions.consent(name);
        }
        Allowed { rules, permissions }
    }

    /// Tells whether a function may be called.
    pub(super) fn may(&self, declaration: &Declaration) -> bool {
        let is_it = |name: &String| is_it(name, declaration);
        let needs = declaration.consent || self.rules.requires_consent.iter().any(is_it);
        self.check(declaration, needs)
    }

    /// Tells whether a function may be called, if there is consent where it is needed.
    pub(super) fn has_tier_for(&self, declaration: &Declaration) -> bool {
        self.check(declaration, false)
    }

    fn check(&self, declaration: &Declaration, needs_consent: bool) -> bool {
        let tier = self.tier(declaration).unwrap_or(declaration.tier);
        self.permissions.check(declaration.path(), tier, needs_consent).is_ok()
    }

    /// Returns the tier whose rate a function is counted by.
    pub(super) fn counted(&self, declaration: &Declaration) -> Tier {
        self.tier(declaration).unwrap_or(declaration.rate)
    }

    /// Returns the tier that the rules give a function in the place of its own.
    fn tier(&self, declaration: &Declaration) -> Option<Tier> {
        self.rules.tiers.iter().find(|(name, _)| is_it(name, declaration)).map(|(_, tier)| *tier)
    }
}

/// Tells whether a name in a policy is that of a function.
pub(super) fn is_it(name: &str, declaration: &Declaration) -> bool {
    name == declaration.path() || name == declaration.name()
}
