//! What is hidden, and what only looks odd.

use super::is_hidden;

#[test]
fn what_turns_or_hides_text_is_hidden_and_what_is_seen_is_not() {
    for c in "\0\x1b\x7f\u{80}\u{9b}\u{61c}\u{200b}\u{200f}\u{202e}\u{2060}\u{2066}\u{206a}\u{feff}\u{fffa}\u{e0041}\u{e0101}".chars() {
        assert!(is_hidden(c), "{:x}", u32::from(c));
    }
    for c in " ~\u{a0}é\u{300}界\u{fe0f}👍\u{fffd}".chars() {
        assert!(!is_hidden(c), "{:x}", u32::from(c));
    }
}
