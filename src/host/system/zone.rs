//! Local time, from the system's rules: the variable `TZ`, or the zone the system is set to.

use crate::vm::state::world::Zone;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Seconds after which the calendar of weekdays and leap years begins again.
const ERA: i64 = 12_622_780_800;

/// The zone of the process, read when first asked for.
#[derive(Debug, Default)]
pub(super) struct LocalTime {
    zone: Option<TimeZone>,
}

impl LocalTime {
    /// Returns what local time is at a moment, in seconds since 1970.
    pub(super) fn at(&mut self, seconds: i64) -> Zone {
        let zone = self.zone.get_or_insert_with(|| TimeZone::try_system().unwrap_or(TimeZone::UTC));
        let info = zone.to_offset_info(moment(seconds));
        let name = info.abbreviation();
        // What has no name of its own is UTC, as C's library has it.
        let known = !name.is_empty() && name != "Etc/Unknown";
        Zone {
            offset: i64::from(info.offset().seconds()),
            dst: info.dst().is_dst(),
            name: if known { name.to_owned() } else { "UTC".to_owned() },
        }
    }
}

/// Returns a moment within the rules' reach whose local time is the same as the one asked for:
/// beyond it, the last rule goes on for ever.
fn moment(seconds: i64) -> Timestamp {
    let last = Timestamp::MAX.as_second();
    let within = if seconds > last {
        let eras = (seconds - last - 1) / ERA + 1;
        seconds - eras * ERA
    } else {
        seconds.max(Timestamp::MIN.as_second())
    };
    Timestamp::from_second(within).unwrap_or(Timestamp::UNIX_EPOCH)
}
