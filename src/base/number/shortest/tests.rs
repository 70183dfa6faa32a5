//! Digits and layouts, whatever writes them beneath.

use super::{Shortest, float_json};

#[test]
fn layouts_are_those_of_json_here() {
    let cases = [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (-2.5, "-2.5"),
        (100.0, "100.0"),
        (0.1, "0.1"),
        (0.00001, "0.00001"),
        (0.000012, "0.000012"),
        (0.000001, "1e-6"),
        (1.5e-7, "1.5e-7"),
        (1e15, "1000000000000000.0"),
        (9_999_999_999_999_998.0, "9999999999999998.0"),
        (1e16, "1e+16"),
        (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
        (1e300, "1e+300"),
        (-1e300, "-1e+300"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::from_bits(1), "5e-324"),
    ];
    for (n, text) in cases {
        assert_eq!(float_json(n).as_deref(), Some(text));
    }
    assert_eq!(float_json(f64::NAN), None);
    assert_eq!(float_json(f64::INFINITY), None);
}

/// Returns the digits that the standard library finds, and the exact ones, as many.
fn others(n: f64) -> (String, String, String) {
    let short = format!("{:e}", n.abs());
    let digits = short.split('e').next().unwrap().replace('.', "");
    // 1,080 digits are all that a double has.
    let exact = format!("{:.1080e}", n.abs());
    let exact = exact.split('e').next().unwrap().replace('.', "");
    let (front, rest) = exact.split_at(digits.len());
    (digits, front.to_owned(), rest.trim_end_matches('0').to_owned())
}

#[test]
fn digits_are_the_nearest_and_even() {
    let mut bits = 1_u64;
    let mut next = || {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bits ^ (bits >> 29)
    };
    let mut ties = 0;
    for i in 0..60_000 {
        let n = match i % 3 {
            0 => f64::from_bits(next()),
            // Quarters and eighths of numbers of 16 digits: half of them lie half way.
            1 => (next() >> 11) as f64 / 4.0,
            _ => (next() >> 44) as f64 / 1000.0,
        };
        let Some(ours) = Shortest::of(n).filter(|ours| !ours.digits().is_empty()) else { continue };
        let read: f64 = format!("0.{}e{}", ours.digits(), ours.point).parse().unwrap();
        assert_eq!(read.to_bits(), n.abs().to_bits());
        let (theirs, front, rest) = others(n);
        if ours.digits() != theirs {
            assert_eq!((ours.digits(), rest.as_str()), (front.as_str(), "5"), "{n:e}");
            assert!(ours.digits().ends_with(['2', '4', '6', '8']), "{n:e}");
            ties += 1;
        }
    }
    assert!(ties > 0);
}
