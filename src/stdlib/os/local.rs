//! Local time: from a moment to a date and back, as C's `localtime` and `mktime`.

use super::civil::Civil;
use crate::vm::state::context::Context;
use crate::vm::state::world::Zone;

/// How far, in seconds, a moment with or without summer time is looked for, and in what steps:
/// every zone that has it changes within a year.
const REACH: i64 = 400 * 86_400;
const STRIDE: i64 = 7 * 86_400;

/// UTC under the name local time has where there is no other.
fn utc(name: &str) -> Zone {
    Zone { offset: 0, dst: false, name: name.to_owned() }
}

/// Returns the zone of dates in UTC.
pub(super) fn greenwich() -> Zone {
    utc("GMT")
}

/// Returns what local time is at a moment. In a sandbox it is UTC.
pub(super) fn zone_at(ctx: Context<'_>, seconds: i64) -> Zone {
    let zone = ctx.world().and_then(|mut world| world.zone(seconds));
    zone.unwrap_or_else(|| utc("UTC"))
}

/// Takes a moment apart as a zone shows it.
pub(super) fn civil_in(zone: &Zone, seconds: i64) -> Option<Civil> {
    Civil::from_seconds(seconds.checked_add(zone.offset)?)
}

/// Returns the moment whose local time is `local` (the seconds since 1970 that date would
/// have in UTC). Where the clock shows it twice or never, `dst` decides, or the earlier rule.
pub(super) fn moment(zone_at: &mut dyn FnMut(i64) -> Zone, local: i64, dst: Option<bool>) -> i64 {
    // The offsets in force a day before and after include every candidate.
    let before = zone_at(local.saturating_sub(86_400));
    let after = zone_at(local.saturating_add(86_400));
    let mut fits = |zone: &Zone| {
        let seconds = local.saturating_sub(zone.offset);
        (zone_at(seconds).offset == zone.offset).then_some(seconds)
    };
    let (first, second) = (fits(&before), fits(&after));
    if let Some(dst) = dst {
        for (zone, fits) in [(&before, first), (&after, second)] {
            if let Some(seconds) = fits
                && zone.dst == dst
            {
                return seconds;
            }
        }
        // A date with the other kind of time than its own: the offset comes from the nearest
        // moment that has it.
        if let Some(offset) = nearest_offset(zone_at, local, dst) {
            return local.saturating_sub(offset);
        }
    }
    // In a gap, the rule before it: the clock goes on past the gap.
    first.or(second).unwrap_or_else(|| local.saturating_sub(before.offset))
}

/// Returns the offset of the nearest moment with or without summer time.
fn nearest_offset(zone_at: &mut dyn FnMut(i64) -> Zone, around: i64, dst: bool) -> Option<i64> {
    let mut distance = 0;
    while distance <= REACH {
        for at in [around.saturating_sub(distance), around.saturating_add(distance)] {
            let zone = zone_at(at);
            if zone.dst == dst {
                return Some(zone.offset);
            }
        }
        distance += STRIDE;
    }
    None
}
