//! Numerals in other bases, against what PUC's `tonumber` gives.

use super::parse_in_base;

#[test]
fn reads_digits_of_the_base_in_both_cases() {
    assert_eq!(parse_in_base(b"1111", 2), Some(15));
    assert_eq!(parse_in_base(b"ff", 16), Some(255));
    assert_eq!(parse_in_base(b"FF", 16), Some(255));
    assert_eq!(parse_in_base(b"zZ", 36), Some(35 * 36 + 35));
    assert_eq!(parse_in_base(b"0", 10), Some(0));
}

#[test]
fn allows_spaces_around_and_one_sign() {
    assert_eq!(parse_in_base(b"  -12 \t\n\x0b\x0c\r", 10), Some(-12));
    assert_eq!(parse_in_base(b"+7", 8), Some(7));
    assert_eq!(parse_in_base(b"- 7", 8), None);
    assert_eq!(parse_in_base(b"--7", 8), None);
}

#[test]
fn refuses_what_is_no_numeral() {
    for (text, base) in
        [(&b""[..], 10), (b"  ", 10), (b"-", 10), (b"2", 2), (b"8", 8), (b"g", 16), (b"1 2", 10)]
    {
        assert_eq!(parse_in_base(text, base), None, "{text:?} in base {base}");
    }
    assert_eq!(parse_in_base(b"1.0", 10), None);
    assert_eq!(parse_in_base(b"1\0", 10), None);
}

#[test]
fn wraps_around() {
    assert_eq!(parse_in_base(b"ffffffffffffffff", 16), Some(-1));
    assert_eq!(parse_in_base(b"9223372036854775808", 10), Some(i64::MIN));
    assert_eq!(parse_in_base(b"-9223372036854775808", 10), Some(i64::MIN));
}
