//! How git reads options: abbreviated, and letters in clusters.

/// Tells whether an argument is this long option, or what git takes for it.
pub(super) fn is_long(arg: &[u8], name: &str) -> bool {
    let Some(said) = arg.strip_prefix(b"--") else { return false };
    let said = said.split(|&byte| byte == b'=').next().unwrap_or_default();
    !said.is_empty() && name.as_bytes().starts_with(said)
}

/// Tells whether an argument is a cluster of letters with any of these.
pub(super) fn has_letter(arg: &[u8], letters: &[u8]) -> bool {
    match arg {
        [b'-', first, rest @ ..] if *first != b'-' => {
            let cluster = rest.iter().take_while(|byte| byte.is_ascii_alphabetic());
            std::iter::once(first).chain(cluster).any(|letter| letters.contains(letter))
        }
        _ => false,
    }
}

/// Returns a cluster of letters up to the first of those that are followed by a name.
pub(super) fn before_value<'a>(arg: &'a [u8], named: &[u8]) -> &'a [u8] {
    match arg {
        [b'-', letters @ ..] if !letters.starts_with(b"-") => {
            let name = letters.iter().position(|letter| named.contains(letter));
            name.map_or(arg, |at| &arg[..at + 2])
        }
        _ => arg,
    }
}
