//! The text of bytes, and what is none.

use super::{decode, encode};

#[test]
fn texts_are_those_of_the_standard() {
    for (bytes, text) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ] {
        assert_eq!(encode(bytes.as_bytes()), text);
        assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes.as_bytes()));
    }
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(decode(encode(&all).as_bytes()), Some(all));
    assert_eq!(encode(&[0xfb, 0xff]), "+/8=");
}

#[test]
fn what_nothing_is_written_as_is_refused() {
    for text in [
        "Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Z===", "====", "Zm 9", "Zm9v\n", "=Zg=",
        "Z=g=",
    ] {
        assert_eq!(decode(text.as_bytes()), None, "{text}");
    }
}
