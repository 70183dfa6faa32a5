//! Which chunks each mode refuses, in PUC's words.

use super::refusal;

fn message(source: &[u8], mode: &[u8]) -> Option<String> {
    refusal(source, mode).map(|message| String::from_utf8_lossy(&message).into_owned())
}

#[test]
fn text_is_loaded_where_the_mode_has_a_t() {
    assert_eq!(message(b"return 1", b"bt"), None);
    assert_eq!(message(b"", b"t"), None);
    assert_eq!(
        message(b"return 1", b"b").as_deref(),
        Some("attempt to load a text chunk (mode is 'b')")
    );
    assert_eq!(
        message(b"return 1", b"q").as_deref(),
        Some("attempt to load a text chunk (mode is 'q')")
    );
}

#[test]
fn binary_is_never_loaded() {
    let refused = Some("attempt to load a binary chunk (mode is 't')");
    for mode in [&b"bt"[..], b"b", b"t"] {
        assert_eq!(message(b"\x1bLua", mode).as_deref(), refused);
    }
    assert_eq!(
        message(b"\x1b", b"q").as_deref(),
        Some("attempt to load a binary chunk (mode is 'q')")
    );
}
