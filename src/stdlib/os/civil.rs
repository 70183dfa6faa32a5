//! Dates of the proleptic Gregorian calendar.

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A point in time, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    /// The year; year 0 is the one before year 1.
    pub year: i64,
    /// The month, from 1.
    pub month: i64,
    /// The day of the month, from 1.
    pub day: i64,
    /// The hour.
    pub hour: i64,
    /// The minute.
    pub min: i64,
    /// The second; there are no leap seconds.
    pub sec: i64,
    /// The day of the week, from 0 for Sunday.
    pub weekday: i64,
    /// The day of the year, from 0.
    pub yearday: i64,
}

/// The value of a field of a date table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldValue {
    /// A number.
    Integer(i64),
    /// A boolean.
    Boolean(bool),
}

/// Returns the days from 1970-01-01 to the first day of a month (from 0) of a year.
fn days_before(year: i64, month: i64) -> i64 {
    // Years that begin in March put the leap day last.
    let march_year = if month < 2 { year - 1 } else { year };
    let march_month = (month + 10) % 12;
    let days_in_year = (march_month * 153 + 2) / 5;
    let leap_days =
        march_year.div_euclid(4) - march_year.div_euclid(100) + march_year.div_euclid(400);
    // 1970-01-01 is 719,468 days after 0000-03-01.
    march_year * 365 + leap_days + days_in_year - 719_468
}

/// Returns the seconds since 1970 of a date whose month (from 0), day, hour, minute
/// and second may lie outside their ranges, as C's `mktime` takes them. Each
/// argument fits 33 bits, so nothing overflows.
pub(super) fn seconds(year: i64, month: i64, day: i64, hour: i64, min: i64, sec: i64) -> i64 {
    let year = year + month.div_euclid(12);
    let days = days_before(year, month.rem_euclid(12)) + day - 1;
    days * DAY + hour * 3600 + min * 60 + sec
}

impl Civil {
    /// Takes seconds since 1970 apart. `None` when the year minus 1900 does not fit
    /// the `int` that C's `struct tm` has for it.
    pub(crate) fn from_seconds(seconds: i64) -> Option<Civil> {
        let days = seconds.div_euclid(DAY);
        let rest = seconds.rem_euclid(DAY);
        // Eras of 400 years, beginning in March.
        let shifted = days.checked_add(719_468)?;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = (march_month + 2) % 12;
        let year = era * 400 + year_of_era + i64::from(month < 2);
        i32::try_from(year - 1900).ok()?;
        Some(Civil {
            year,
            month: month + 1,
            day,
            hour: rest / 3600,
            min: rest / 60 % 60,
            sec: rest % 60,
            // 1970-01-01 was a Thursday.
            weekday: (days + 4).rem_euclid(7),
            yearday: days - days_before(year, 0),
        })
    }

    /// Returns the fields of a date table (manual §6.9) in the order PUC sets them.
    pub(crate) fn fields(&self, dst: bool) -> [(&'static str, FieldValue); 9] {
        [
            ("year", FieldValue::Integer(self.year)),
            ("month", FieldValue::Integer(self.month)),
            ("day", FieldValue::Integer(self.day)),
            ("hour", FieldValue::Integer(self.hour)),
            ("min", FieldValue::Integer(self.min)),
            ("sec", FieldValue::Integer(self.sec)),
            ("yday", FieldValue::Integer(self.yearday + 1)),
            ("wday", FieldValue::Integer(self.weekday + 1)),
            ("isdst", FieldValue::Boolean(dst)),
        ]
    }

    /// Returns the year and the number of the week by ISO 8601: weeks begin on
    /// Monday and belong to the year that has their Thursday.
    pub(crate) fn iso_week(&self) -> (i64, i64) {
        let monday_based = (self.weekday + 6) % 7;
        let thursday = self.yearday - monday_based + 3;
        let year_days = |year| days_before(year + 1, 0) - days_before(year, 0);
        if thursday < 0 {
            (self.year - 1, (thursday + year_days(self.year - 1)) / 7 + 1)
        } else if thursday >= year_days(self.year) {
            (self.year + 1, 1)
        } else {
            (self.year, thursday / 7 + 1)
        }
    }
}
