//! The values of options.

use super::*;
use crate::cli::options::{parse_count, parse_size};

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

#[test]
fn options_reach_the_engine() {
    let ran = moonfuel(&[
        "eval",
        "--fuel",
        "10M",
        "--memory=1M",
        "--output",
        "1K",
        "--timeout",
        "250",
        "--seed",
        "42",
        "--profile",
        "strict",
        "config",
    ]);
    assert_eq!(
        ran.stdout,
        "Limits { fuel: 10000000, memory: 1048576, output: 1024, source: 16777216, \
         deadline: Some(250ms) } 42\n[]\n"
    );
    let ran = moonfuel(&["eval", "config"]);
    assert!(
        ran.stdout
            .starts_with("Limits { fuel: 10000000000, memory: 67108864, output: 1048576")
    );
}
