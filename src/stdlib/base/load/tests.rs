//! Which chunks each mode refuses, in PUC's words.

use super::refusal;

fn message(source: &[u8], mode: Option<&[u8]>, binary_chunks: bool) -> Option<String> {
    let message = refusal(source, mode, binary_chunks);
    message.map(|message| String::from_utf8_lossy(&message).into_owned())
}

#[test]
fn text_is_loaded_where_the_mode_has_a_t() {
    for binary_chunks in [false, true] {
        let message = |source, mode| message(source, mode, binary_chunks);
        assert_eq!(message(b"return 1", None), None);
        assert_eq!(message(b"return 1", Some(b"bt")), None);
        assert_eq!(message(b"", Some(b"t")), None);
        for mode in ["b", "q", ""] {
            assert_eq!(
                message(b"return 1", Some(mode.as_bytes())),
                Some(format!("attempt to load a text chunk (mode is '{mode}')"))
            );
        }
    }
}

#[test]
fn binary_is_loaded_where_the_mode_has_a_b_and_the_profile_allows_it() {
    assert_eq!(message(b"\x1bLua", None, true), None);
    assert_eq!(message(b"\x1bLua", Some(b"b"), true), None);
    let refused = |mode: &str| Some(format!("attempt to load a binary chunk ({mode})"));
    for binary_chunks in [false, true] {
        let message = |mode| message(b"\x1bLua", Some(mode), binary_chunks);
        assert_eq!(message(b"t"), refused("mode is 't'"));
        assert_eq!(message(b"q"), refused("mode is 'q'"));
    }
    assert_eq!(message(b"\x1bLua", None, false), refused("mode is 't'"));
    assert_eq!(message(b"\x1bLua", Some(b"b"), false), refused("only text is loaded"));
    assert_eq!(message(b"\x1bLua", Some(b"bt"), false), refused("only text is loaded"));
}
