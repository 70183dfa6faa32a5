//! What `curl` and `wget` are told beside addresses: arguments that make them read more
//! arguments, which nobody has looked at, write elsewhere, or run programs.

/// Letters of the programs that are followed by a value: none behind them is an option.
const OF_CURL: &[u8] = b"AbcCdDeEFhHKmoPQrtTuUwxXyYz";
const OF_WGET: &[u8] = b"oaeiBtOTwQPUlARDIX";

/// Returns the first argument that must not be.
pub(super) fn told<'a>(command: &[u8], args: &'a [Vec<u8>]) -> Option<&'a [u8]> {
    let is_curl = command == b"curl";
    let mut before: &[u8] = b"";
    for arg in args {
        let is_more = match is_curl {
            true => {
                is_long(arg, "config", 4)
                    || lettered(arg, b'K', OF_CURL).is_some()
                    || is_format(before, arg)
            }
            false => {
                is_long(arg, "config", 4)
                    || is_long(arg, "execute", 3)
                    || is_long(arg, "use-askpass", 5)
                    || lettered(arg, b'e', OF_WGET).is_some()
            }
        };
        let is_file = arg.to_ascii_lowercase().windows(5).any(|part| part == b"file:");
        if is_more || is_file {
            return Some(arg);
        }
        before = arg;
    }
    None
}

/// Tells whether an argument is this long option, cut down to no less than some letters.
fn is_long(arg: &[u8], name: &str, least: usize) -> bool {
    let Some(said) = arg.strip_prefix(b"--") else { return false };
    let said = said.split(|&byte| byte == b'=').next().unwrap_or_default();
    said.len() >= least && name.as_bytes().starts_with(said)
}

/// Returns what stands behind a letter in a cluster, if the letter is an option there.
fn lettered<'a>(arg: &'a [u8], letter: u8, named: &[u8]) -> Option<&'a [u8]> {
    let letters = arg.strip_prefix(b"-").filter(|letters| !letters.starts_with(b"-"))?;
    let at = letters.iter().position(|l| *l == letter || named.contains(l))?;
    (letters[at] == letter).then(|| &letters[at + 1..])
}

/// Tells whether an argument says what `curl` writes in the end, and that names a file.
fn is_format(before: &[u8], arg: &[u8]) -> bool {
    let names_file = |format: &[u8]| {
        format.starts_with(b"@") || format.windows(7).any(|part| part == b"%output")
    };
    let own = lettered(arg, b'w', OF_CURL);
    let is_next = is_long(before, "write-out", 2) || lettered(before, b'w', OF_CURL) == Some(b"");
    own.is_some_and(names_file) || (is_next && names_file(arg))
}

#[cfg(test)]
mod tests;
