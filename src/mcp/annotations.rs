//! What clients are told about what a tool may do, from the effects of what scripts can call.

use crate::{Declaration, Effect, Tier};
use rmcp::model::ToolAnnotations;

/// Returns the annotations of a tool that touches nothing outside of the server.
pub(super) fn harmless(title: &str) -> ToolAnnotations {
    ToolAnnotations::from_raw(
        Some(title.to_owned()),
        Some(true),
        Some(false),
        Some(true),
        Some(false),
    )
}

/// Returns the annotations of a tool that changes the server's sessions, and nothing else.
pub(super) fn keeps(title: &str, idempotent: bool) -> ToolAnnotations {
    ToolAnnotations::from_raw(
        Some(title.to_owned()),
        Some(false),
        Some(false),
        Some(idempotent),
        Some(false),
    )
}

/// Returns the annotations of a tool that runs scripts which can call these functions.
pub(super) fn of_effects(title: &str, declared: &[Declaration], keeps: bool) -> ToolAnnotations {
    let has = |effects: &[Effect]| {
        declared.iter().any(|one| one.effects.iter().any(|effect| effects.contains(effect)))
    };
    let changes = has(&[Effect::Write, Effect::Exec]);
    let undeclared = declared.iter().any(|one| one.effects.is_empty() && is_privileged(one));
    let reads = !changes && !undeclared && !keeps;
    ToolAnnotations::from_raw(
        Some(title.to_owned()),
        Some(reads),
        Some(changes || undeclared),
        Some(reads),
        Some(has(&[Effect::Net, Effect::Exec]) || undeclared),
    )
}

/// Returns the annotations of a tool with these effects.
pub(super) fn of_list(title: &str, effects: &[Effect]) -> ToolAnnotations {
    let has = |list: &[Effect]| effects.iter().any(|effect| list.contains(effect));
    let changes = has(&[Effect::Write, Effect::Exec]);
    ToolAnnotations::from_raw(
        Some(title.to_owned()),
        Some(!changes),
        Some(changes),
        Some(!changes),
        Some(has(&[Effect::Net, Effect::Exec])),
    )
}

/// Nothing is known of what it touches.
fn is_privileged(declaration: &Declaration) -> bool {
    declaration.tier == Tier::Privileged
}
