//! What messages quote of a source: never much, however long it is.

/// Most bytes of a token or name that a message quotes.
pub(crate) const MOST: usize = 400;

/// Stands for what was cut off.
const DOTS: &[u8] = b"...";

/// Returns as much of a text as decides what is quoted of it.
pub(crate) fn window(text: &[u8]) -> &[u8] {
    &text[..text.len().min(MOST + 1)]
}

/// Returns a text as messages quote it.
pub(crate) fn cut(text: &[u8]) -> Vec<u8> {
    if text.len() <= MOST { text.to_vec() } else { [&text[..MOST - DOTS.len()], DOTS].concat() }
}
