//! What `git checkout` is about: a branch, or files that it overwrites.

use super::option::is_long;
use super::root::Root;

/// Tells whether the arguments of `checkout` may name files, whose changes would be lost.
///
/// What is after `--` is files, and so is whatever follows the first name. That name is a
/// branch unless something is there by that name: see [`alone`] for how git is kept to that.
pub(super) fn takes_paths(args: &[Vec<u8>], root: &dyn Root) -> bool {
    let mut names: Vec<&[u8]> = Vec::new();
    let mut makes_branch = false;
    let mut rest = args.iter().map(Vec::as_slice);
    while let Some(arg) = rest.next() {
        match arg {
            b"--" => return names.len() > 1 || rest.next().is_some(),
            [b'-', b'-', ..] => {
                let with_files = ["pathspec-from-file", "ours", "theirs"];
                if with_files.iter().any(|name| is_long(arg, name)) {
                    return true;
                }
                if is_long(arg, "orphan") {
                    makes_branch = true;
                    if !arg.contains(&b'=') {
                        rest.next();
                    }
                }
            }
            [b'-', letters @ ..] if !letters.is_empty() => {
                if let Some(at) = letters.iter().position(|letter| b"bB".contains(letter)) {
                    makes_branch = true;
                    if at + 1 == letters.len() {
                        rest.next();
                    }
                } else if letters.iter().any(|letter| b"23".contains(letter)) {
                    return true;
                }
            }
            name => names.push(name),
        }
    }
    match names.as_slice() {
        [] => false,
        [name] => !makes_branch && (is_pattern(name) || root.exists(name)),
        _ => true,
    }
}

/// Tells whether git takes a name for a pattern of files.
fn is_pattern(name: &[u8]) -> bool {
    name.starts_with(b":") || name.iter().any(|byte| b"*?[\\".contains(byte))
}

/// Returns what git is told behind the arguments, unless it may destroy: that there are no
/// files among them. What comes to be there meanwhile is none then, nor is one that is
/// missing and that git knows.
pub(in crate::host) fn alone(subcommand: &[u8], args: &[Vec<u8>]) -> Option<&'static str> {
    let has_end = args.iter().any(|arg| arg == b"--");
    (subcommand == b"checkout" && !has_end).then_some("--")
}
