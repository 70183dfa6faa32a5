//! The codec against Rust's own UTF-8 and at the borders of the longer forms.

use super::absolute;
use super::codec::{MAX_CODE, decode, encode};

#[test]
fn every_unicode_scalar_round_trips_as_rust_encodes_it() {
    let mut out = [0; 6];
    let mut expected = [0; 4];
    for code in (0..=0x10_FFFF).step_by(7).chain([0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x1_0000]) {
        let Some(c) = char::from_u32(code) else { continue };
        let bytes = encode(code, &mut out);
        assert_eq!(bytes, c.encode_utf8(&mut expected).as_bytes());
        assert_eq!(decode(bytes, true), Some((code, bytes.len())));
    }
}

#[test]
fn codes_beyond_unicode_are_for_lax_mode() {
    let mut out = [0; 6];
    let borders = [
        (0x11_0000, 4),
        (0x1F_FFFF, 4),
        (0x20_0000, 5),
        (0x3FF_FFFF, 5),
        (0x400_0000, 6),
        (MAX_CODE, 6),
    ];
    for (code, len) in borders {
        let bytes = encode(code, &mut out);
        assert_eq!(bytes.len(), len);
        assert_eq!(decode(bytes, false), Some((code, len)));
        assert_eq!(decode(bytes, true), None);
    }
    assert_eq!(decode(b"\xed\xa0\x80", false), Some((0xD800, 3)));
    assert_eq!(decode(b"\xed\xa0\x80", true), None);
}

#[test]
fn malformed_sequences_are_refused() {
    let bad: [&[u8]; 10] = [
        b"",
        b"\x80",
        b"\xff",
        b"\xfe",
        b"\xc0\x80",
        b"\xe0\x80\x80",
        b"\xe4\xbd",
        b"\xc3\x28",
        b"\xf0\x80\x80\x80",
        b"\xf8\x80\x80\x80\x80",
    ];
    for bytes in bad {
        assert_eq!(decode(bytes, false), None, "{bytes:x?}");
    }
}

#[test]
fn positions_count_from_either_end() {
    assert_eq!(absolute(3, 5), 3);
    assert_eq!(absolute(-1, 5), 5);
    assert_eq!(absolute(-5, 5), 1);
    assert_eq!(absolute(-6, 5), 0);
    assert_eq!(absolute(i64::MIN, 5), 0);
    assert_eq!(absolute(9, 5), 9);
}

#[test]
fn as_many_results_as_bytes_must_have_room() {
    let mut session = crate::Session::builder().build().unwrap();
    // Four bytes each: they would have room, but nobody knows that before.
    let source = "local s = ('\\u{1F600}'):rep(300000)
        return utf8.codepoint(s, 1199997), select('#', utf8.codepoint(s, 1, 400000)),
            select(2, pcall(utf8.codepoint, s, 1, -1))";
    let told = session.run(source).json().unwrap().to_owned();
    assert_eq!(told, "[128512,100000,\"stack overflow (string slice too long)\"]");
}
