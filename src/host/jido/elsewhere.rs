//! Repositories that lie outside of their root: those of linked worktrees and of submodules,
//! where `.git` is a file that says where the repository is.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Returns where the repository of a root lies, if that is outside of it: the folder that git
/// must reach, links resolved.
pub(crate) fn repository_outside(root: &Path) -> Option<PathBuf> {
    let root = root.canonicalize().ok()?;
    let own = directory(&root, &root.join(".git"))?;
    // A worktree has little of its own: the rest is where this says.
    let common = fs::read(own.join("commondir")).ok();
    let common = common.and_then(|way| own.join(path(&way)).canonicalize().ok());
    [common, Some(own)].into_iter().flatten().find(|place| !place.starts_with(&root))
}

/// Returns the folder that a `.git` is, or says.
fn directory(root: &Path, git: &Path) -> Option<PathBuf> {
    let git = git.canonicalize().ok()?;
    if git.is_dir() {
        return Some(git);
    }
    let text = fs::read(&git).ok()?;
    root.join(path(text.strip_prefix(b"gitdir:")?)).canonicalize().ok()
}

fn path(text: &[u8]) -> &Path {
    OsStr::from_bytes(text.trim_ascii()).as_ref()
}
