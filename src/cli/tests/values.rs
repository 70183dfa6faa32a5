//! The values of options.

use super::*;
use crate::Limits;
use crate::cli::options::{parse, parse_count, parse_duration, parse_size};
use std::time::Duration;

#[test]
fn counts_and_sizes_have_suffixes() {
    for (text, count) in [
        ("0", 0),
        ("1_000_000", 1_000_000),
        ("10M", 10_000_000),
        ("5k", 5_000),
        ("2G", 2_000_000_000),
        ("18446744073709551615", u64::MAX),
    ] {
        assert_eq!(parse_count(text), Ok(count), "{text}");
    }
    for (text, size) in [
        ("16M", 16 << 20),
        ("64MiB", 64 << 20),
        ("512K", 512 << 10),
        ("1GB", 1_000_000_000),
        ("1000", 1000),
        ("1_024 b", 1024),
    ] {
        assert_eq!(parse_size(text), Ok(size), "{text}");
    }
}

#[test]
fn times_have_units() {
    for (text, ms) in
        [("500ms", 500), ("2s", 2000), ("1m", 60_000), ("2h", 7_200_000), ("250", 250), ("0", 0)]
    {
        assert_eq!(parse_duration(text), Ok(ms), "{text}");
    }
    for text in ["", "s", "1.5s", "-1s", "1d", "1S", "99999999999999999h"] {
        assert!(parse_duration(text).is_err(), "{text}");
    }
}

#[test]
fn bad_counts_and_sizes_are_refused() {
    for text in [
        "",
        "M",
        "_1",
        "1_",
        "-1",
        "+1",
        "1.5",
        "1e9",
        "1MiB",
        "0x10",
        "١",
        "1 0",
        "18446744073709551616",
        "99999999999999999T",
    ] {
        assert!(parse_count(text).is_err(), "{text}");
    }
    for text in ["", "MiB", "1X", "-5", "1.5M", "99999999999G", "1é"] {
        assert!(parse_size(text).is_err(), "{text}");
    }
}

/// Reads options as `eval` would.
fn options(args: &[&str]) -> RunOptions {
    let args = [&["moonfuel", "eval"], args, &["return"]].concat();
    let args: Vec<OsString> = args.iter().map(OsString::from).collect();
    match parse(&args).unwrap().command {
        Command::Eval { options, .. } => options,
        other => panic!("{other:?}"),
    }
}

#[test]
fn options_become_limits() {
    let options = options(&[
        "--fuel",
        "10M",
        "--memory=1M",
        "--output",
        "1K",
        "--timeout",
        "250",
        "--host-calls",
        "7",
    ]);
    assert_eq!(
        options.limits(),
        Limits {
            fuel: 10_000_000,
            memory: 1 << 20,
            output: 1024,
            host_calls: 7,
            ..Limits::default()
        }
    );
    assert_eq!(options.timeout(), Some(Duration::from_millis(250)));
}

#[test]
fn limits_are_those_of_a_session() {
    let options = options(&[]);
    assert_eq!(options.limits(), Limits::default());
    assert_eq!(options.timeout(), Some(Duration::from_secs(8)));
}

#[test]
fn the_seed_reaches_math_random() {
    let draw =
        |seed: &str| moonfuel(&["eval", "--seed", seed, "return math.random(1 << 40)"]).stdout;
    assert_eq!(draw("42"), draw("42"));
    assert_ne!(draw("42"), draw("43"));
    assert_eq!(moonfuel(&["eval", "return math.random(1 << 40)"]).stdout, draw("0"));
}

#[test]
fn the_clock_of_a_script_begins_where_the_command_says() {
    let day = |options: &[&str]| {
        let code = "return os.time() // 86400, os.date('%Y-%m-%d')";
        moonfuel(&[&["eval"], options, &[code]].concat()).stdout
    };
    assert_eq!(day(&["--time", "0"]), "[0,\"1970-01-01\"]\n");
    assert_eq!(day(&["--time", "1704164645"]), "[19724,\"2024-01-02\"]\n");
    let today = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86400;
    for told in [day(&[]), day(&["--time", "now"])] {
        let is_near = |day| told.starts_with(&format!("[{day},"));
        // Midnight may have passed between the two.
        assert!((today..=today + 1).any(is_near), "{told}");
    }
    for time in ["-1", "x", "", "253402300800", "1.5"] {
        let ran = moonfuel(&["eval", "--time", time, "1"]);
        let why = "expected `now`, or seconds from 0 to 253402300799";
        assert!(ran.status == 2 && ran.stderr.contains(why), "{time}: {}", ran.stderr);
    }
    let last = moonfuel(&["eval", "--time", "253402300799", "return os.date('%Y-%m-%d')"]);
    assert_eq!(last.stdout, "[\"9999-12-31\"]\n");
}
