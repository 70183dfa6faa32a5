//! Patterns with `*` and `?`: the whole name must match.

/// Which characters of a pattern mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::host) enum Dialect {
    /// `*` is any run, `?` is one character, all else is itself.
    Names,
    /// `[a-z]` is one of these characters, and `\` makes the next one mean itself, too.
    Classes,
}

/// Tells whether `name` matches. Each step is told before it is taken.
///
/// # Errors
/// What `spend` has against it.
pub(in crate::host) fn matches<E>(
    pattern: &[u8],
    name: &[u8],
    dialect: Dialect,
    mut spend: impl FnMut(u64) -> Result<(), E>,
) -> Result<bool, E> {
    let (mut p, mut n) = (0, 0);
    // Where to go on when matching fails: after the last star, one character later.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        spend(1)?;
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            retry = Some((p, n));
            continue;
        }
        let next = match (pattern.get(p), name.get(n)) {
            (None, None) => return Ok(true),
            (Some(b'?'), Some(_)) => Some((p + 1, after_character(name, n))),
            (Some(b'['), Some(_)) if dialect == Dialect::Classes => {
                match class(&pattern[p + 1..], &name[n..after_character(name, n)]) {
                    Some((length, is_in)) => {
                        spend(length as u64)?;
                        is_in.then(|| (p + 1 + length, after_character(name, n)))
                    }
                    // It is never closed, and so itself.
                    None => {
                        spend((pattern.len() - p) as u64)?;
                        (name[n] == b'[').then_some((p + 1, n + 1))
                    }
                }
            }
            (Some(b'\\'), Some(found)) if dialect == Dialect::Classes && p + 1 < pattern.len() => {
                (pattern[p + 1] == *found).then_some((p + 2, n + 1))
            }
            (Some(wanted), Some(found)) => (wanted == found).then_some((p + 1, n + 1)),
            _ => None,
        };
        match (next, retry) {
            (Some(next), _) => (p, n) = next,
            (None, Some((after_star, start))) if start < name.len() => {
                p = after_star;
                n = after_character(name, start);
                retry = Some((after_star, n));
            }
            _ => return Ok(false),
        }
    }
}

/// Reads the class after a `[`: its length with the `]`, and whether the character is in it.
/// A `]` that comes first is one of the characters.
fn class(pattern: &[u8], character: &[u8]) -> Option<(usize, bool)> {
    let close = 1 + pattern.get(1..)?.iter().position(|&byte| byte == b']')?;
    let members = &pattern[..close];
    let mut at = 0;
    let mut is_in = false;
    while at < members.len() {
        let end = after_character(members, at);
        let first = &members[at..end];
        at = end;
        let mut last = first;
        if members.get(at) == Some(&b'-') && at + 1 < members.len() {
            let end = after_character(members, at + 1);
            last = &members[at + 1..end];
            at = end;
        }
        // Characters are in the order of their bytes.
        is_in |= first <= character && character <= last;
    }
    Some((close + 1, is_in))
}

/// Returns the index after the character at `at`: the bytes that continue a
/// UTF-8 sequence go with its first.
fn after_character(name: &[u8], at: usize) -> usize {
    let length = match name.get(at) {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => 1,
    };
    match name.get(at..at + length) {
        Some(bytes) if std::str::from_utf8(bytes).is_ok() => at + length,
        _ => at + 1,
    }
}
