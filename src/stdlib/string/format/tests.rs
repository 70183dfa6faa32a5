//! Tests of conversion specifications against what lua5.4 prints.

use super::spec::{Spec, SpecError, quote, quote_float, quote_integer};

fn spec(text: &str) -> Result<Spec, SpecError> {
    let spec = Spec::read(text.as_bytes())?;
    spec.check(text.as_bytes())?;
    Ok(spec)
}

fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn integers_are_formatted_as_in_c() {
    let cases = [
        ("d", "65"),
        (".5d", "00065"),
        ("+5.3d", " +065"),
        ("0-5d", "65   "),
        ("00000005d", "00065"),
        ("#o", "0101"),
        ("#x", "0x41"),
        ("X", "41"),
        ("i", "65"),
        ("u", "65"),
        (".d", "65"),
        ("-5u", "65   "),
    ];
    for (format, expected) in cases {
        let spec = spec(format).expect(format);
        assert_eq!(text(|out| spec.integer(65, out)), expected, "{format}");
    }
}

#[test]
fn floats_are_formatted_as_in_c() {
    let cases = [
        ("a", "0x1.04p+6"),
        (".3a", "0x1.040p+6"),
        ("% 5.1f", " 65.0"),
        ("g", "65"),
        (".2e", "6.50e+01"),
    ];
    for (format, expected) in cases {
        let spec = spec(format.trim_start_matches('%')).expect(format);
        assert_eq!(text(|out| spec.float(65.0, out)), expected, "{format}");
    }
}

#[test]
fn strings_are_cut_and_padded() {
    for (format, expected) in [("5.2s", "   ab"), ("-5.2s", "ab   "), (".0s", ""), ("5.s", "     ")]
    {
        let spec = spec(format).expect(format);
        assert_eq!(text(|out| spec.bytes(b"abcdef", out)), expected, "{format}");
    }
}

#[test]
fn wrong_specifications_are_refused() {
    for format in [
        "123d", ".123d", "5.2c", "#d", "+x", " x", "0s", "-#5s", ".3p", "05p", "1.1.1f", "100d",
        "5.100f", "05c", "0.34s", "#i", "3.1p", "0.s", "1000d",
    ] {
        let message = format!("invalid conversion specification: '%{format}'");
        assert_eq!(spec(format).map_err(|e| e.message()), Err(message.into_bytes()), "{format}");
    }
    let long = format!("{}d", "0".repeat(21));
    assert_eq!(spec(&long), Err(SpecError::TooLong));
    assert!(spec(&long[1..]).is_ok());
    let unknown = Spec::read(b"5%x").expect("readable");
    assert_eq!(unknown.text(b"5%x"), b"%5%");
}

#[test]
fn literals_read_back() {
    let bytes = b"a\x001\r\n\x7f\"\\\x05";
    assert_eq!(text(|out| quote(bytes, None, out)), "a\\0001\\13\\\n\\127\\\"\\\\\\5");
    assert_eq!(text(|out| quote(b"\x05", Some(b'1'), out)), "\\005");
    assert_eq!(text(|out| quote_integer(i64::MIN, out)), "0x8000000000000000");
    assert_eq!(text(|out| quote_integer(-5, out)), "-5");
    assert_eq!(text(|out| quote_float(1.0, out)), "0x1p+0");
    assert_eq!(text(|out| quote_float(f64::NAN, out)), "(0/0)");
    assert_eq!(text(|out| quote_float(f64::NEG_INFINITY, out)), "-1e9999");
}
