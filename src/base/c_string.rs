//! Text where PUC's library has C strings.

/// Returns the part of a text that C sees: up to its first zero byte.
pub(crate) fn c_string(text: &[u8]) -> &[u8] {
    memchr::memchr(0, text).map_or(text, |end| &text[..end])
}
