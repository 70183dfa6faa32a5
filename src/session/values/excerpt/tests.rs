//! What is cut, and where.

use super::excerpt;

#[test]
fn what_fits_is_whole() {
    assert_eq!(excerpt(b"", 10), b"");
    assert_eq!(excerpt(b"0123456789", 10), b"0123456789");
    assert_eq!(excerpt("äöü".as_bytes(), 6), "äöü".as_bytes());
    assert_eq!(excerpt(b"\0\xff", 10), b"\0\xff");
}

#[test]
fn what_does_not_is_cut_between_characters() {
    assert_eq!(excerpt(b"0123456789a", 10), b"0123456...");
    assert_eq!(excerpt("äöüäöü".as_bytes(), 10), "äöü...".as_bytes());
    // Escapes count as they are shown.
    assert_eq!(excerpt(b"\0\0\0\0", 15), b"\0\0...");
    assert_eq!(excerpt(b"\xff\xff\xff\xff", 15), b"\xff\xff\xff...");
    assert_eq!(excerpt("\u{61c}\u{61c}".as_bytes(), 15), "\u{61c}...".as_bytes());
    assert_eq!(excerpt("\u{e0041}\u{e0041}".as_bytes(), 23), "\u{e0041}...".as_bytes());
    assert_eq!(excerpt(&vec![b'\n'; 1000], 13), b"\n\n\n\n\n...");
}

#[test]
fn cutting_again_changes_nothing() {
    for room in 3..60 {
        let text: Vec<u8> =
            "a\0ä€\u{200b}\"\x7f".bytes().chain([0xff, 0xc3]).cycle().take(90).collect();
        let once = excerpt(&text, room);
        assert_eq!(excerpt(&once, room), once, "{room}");
        assert!(once.len() <= room + 3);
    }
}
