//! The conversions of C99's `strftime` in the "C" locale.

use super::civil::Civil;
use crate::vm::state::world::Zone;
use std::io::Write;

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Returns the length of the conversion at the start of `rest` (after the `%`), if
/// C99 has it. `E` and `O` ask for a locale's own forms, of which "C" has none.
pub(crate) fn conversion(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'E', b'c' | b'C' | b'x' | b'X' | b'y' | b'Y', ..] => Some(2),
        [b'O', second, ..] if b"deHImMSuUVwWy".contains(second) => Some(2),
        [first, ..] if b"aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%".contains(first) => Some(1),
        _ => None,
    }
}

fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

/// Appends what a conversion stands for, for a date in a zone.
pub(crate) fn write_conversion(conversion: &[u8], date: &Civil, zone: &Zone, out: &mut Vec<u8>) {
    let Some(letter) = conversion.last() else { return };
    let weekday = DAYS[date.weekday.rem_euclid(7) as usize];
    let month = MONTHS[(date.month - 1).rem_euclid(12) as usize];
    let hour12 = (date.hour + 11) % 12 + 1;
    let half = if date.hour < 12 { "AM" } else { "PM" };
    let (year, hour, min, sec) = (date.year, date.hour, date.min, date.sec);
    let (century, in_century) = (year.div_euclid(100), year.rem_euclid(100));
    // Writing to a vector cannot fail.
    let _ = match letter {
        b'a' => write!(out, "{}", short(weekday)),
        b'A' => write!(out, "{weekday}"),
        b'b' | b'h' => write!(out, "{}", short(month)),
        b'B' => write!(out, "{month}"),
        b'c' => {
            let (weekday, month) = (short(weekday), short(month));
            write!(out, "{weekday} {month} {:2} {hour:02}:{min:02}:{sec:02} {year}", date.day)
        }
        b'C' => write!(out, "{century}"),
        b'd' => write!(out, "{:02}", date.day),
        b'D' | b'x' => write!(out, "{:02}/{:02}/{in_century:02}", date.month, date.day),
        b'e' => write!(out, "{:2}", date.day),
        b'F' => write!(out, "{year}-{:02}-{:02}", date.month, date.day),
        b'g' => write!(out, "{:02}", date.iso_week().0.rem_euclid(100)),
        b'G' => write!(out, "{}", date.iso_week().0),
        b'H' => write!(out, "{hour:02}"),
        b'I' => write!(out, "{hour12:02}"),
        b'j' => write!(out, "{:03}", date.yearday + 1),
        b'm' => write!(out, "{:02}", date.month),
        b'M' => write!(out, "{min:02}"),
        b'n' => writeln!(out),
        b'p' => write!(out, "{half}"),
        b'r' => write!(out, "{hour12:02}:{min:02}:{sec:02} {half}"),
        b'R' => write!(out, "{hour:02}:{min:02}"),
        b'S' => write!(out, "{sec:02}"),
        b't' => write!(out, "\t"),
        b'T' | b'X' => write!(out, "{hour:02}:{min:02}:{sec:02}"),
        b'u' => write!(out, "{}", (date.weekday + 6) % 7 + 1),
        b'U' => write!(out, "{:02}", (date.yearday + 7 - date.weekday) / 7),
        b'V' => write!(out, "{:02}", date.iso_week().1),
        b'w' => write!(out, "{}", date.weekday),
        b'W' => write!(out, "{:02}", (date.yearday + 7 - (date.weekday + 6) % 7) / 7),
        b'y' => write!(out, "{in_century:02}"),
        b'Y' => write!(out, "{year}"),
        b'z' => {
            let sign = if zone.offset < 0 { '-' } else { '+' };
            let minutes = zone.offset.abs() / 60;
            write!(out, "{sign}{:02}{:02}", minutes / 60, minutes % 60)
        }
        b'Z' => write!(out, "{}", zone.name),
        _ => write!(out, "%"),
    };
}
