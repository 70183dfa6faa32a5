//! The numbers, the order and the bytes of RFC 8785.

use super::{args_hash, write_value};
use crate::{HostKey, HostValue};

fn canonical(value: HostValue) -> String {
    let mut text = String::new();
    write_value(&value, &mut text).unwrap();
    text
}

#[test]
fn numbers_are_those_of_the_rfc() {
    // From its appendix B.
    let cases = [
        (f64::from_bits(0x0000_0000_0000_0001), "5e-324"),
        (f64::from_bits(0x7fef_ffff_ffff_ffff), "1.7976931348623157e+308"),
        (f64::from_bits(0x4340_0000_0000_0000), "9007199254740992"),
        (f64::from_bits(0x4430_0000_0000_0000), "295147905179352830000"),
        (f64::from_bits(0x44b5_2d02_c7e1_4af5), "9.999999999999997e+22"),
        (f64::from_bits(0x444b_1ae4_d6e2_ef50), "1e+21"),
        (f64::from_bits(0x3eb0_c6f7_a0b5_ed8d), "0.000001"),
        (f64::from_bits(0x41b3_de43_5555_5555), "333333333.3333333"),
        // Half way between two texts of 17 digits: the even one.
        (f64::from_bits(0x431e_f7a9_ffb2_cc1d), "2179139703190279.2"),
        (-0.0, "0"),
        (-1e-7, "-1e-7"),
    ];
    for (number, want) in cases {
        assert_eq!(canonical(HostValue::Number(number)), want);
    }
}

#[test]
fn members_are_sorted_by_utf16_and_bytes_are_base64() {
    let object = HostValue::object([
        ("\u{fb33}", 1.into()),
        ("\u{1f600}", 2.into()),
        ("a\n", HostValue::String(vec![0xff])),
    ]);
    assert_eq!(
        canonical(object),
        "{\"a\\n\":{\"$bytes\":\"/w==\"},\"\u{1f600}\":2,\"\u{fb33}\":1}"
    );
    let keys = HostValue::object([(HostKey::Integer(2), HostValue::Nil)]);
    assert_eq!(canonical(keys), r#"{"2":null}"#);
}

#[test]
fn hashes_do_not_depend_on_the_order_of_members() {
    let one = HostValue::object([("x", 1.into()), ("y", 2.into())]);
    let other = HostValue::object([("y", 2.into()), ("x", 1.into())]);
    let hash = args_hash(&[one]).unwrap();
    assert_eq!(hash.len(), 32);
    assert_eq!(args_hash(&[other]), Some(hash));
    assert_eq!(args_hash(&[]), None);
}
