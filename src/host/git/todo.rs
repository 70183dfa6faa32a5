//! The list of what a rebase has left to do.

/// Tells whether a line of the list has git run a program. It reads lines as git does: `exec`
/// or `x`, with blanks before it.
pub(in crate::host) fn runs_programs(list: &[u8]) -> bool {
    list.split(|&byte| byte == b'\n').any(|line| {
        let line = line.trim_ascii_start();
        let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
        matches!(&line[..end], b"exec" | b"x")
    })
}

#[cfg(test)]
mod tests;
