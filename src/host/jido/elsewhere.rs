//! Repositories that lie elsewhere: those of linked worktrees and of submodules, where `.git`
//! is a file that says where the repository is, and those that a link leads to.

use crate::host::reading;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Bytes of a file that names a place, at most.
const LONGEST: u64 = 16 << 10;

/// Returns where the repository of a root lies, if that is outside of it: the folder that git
/// must reach, links resolved.
pub(crate) fn repository_outside(root: &Path) -> Option<PathBuf> {
    let root = root.canonicalize().ok()?;
    directories(&root).into_iter().find(|place| !place.starts_with(&root))
}

/// Returns the folders that the repository of a root lies in, links resolved: that which has
/// most of it first.
pub(super) fn directories(root: &Path) -> Vec<PathBuf> {
    let Some(own) = directory(root, &root.join(".git")) else { return Vec::new() };
    // A worktree has little of its own: the rest is where this says.
    let common = read(&own.join("commondir"), LONGEST);
    let common = common.and_then(|way| own.join(path(&way)).canonicalize().ok());
    [common, Some(own)].into_iter().flatten().collect()
}

/// Returns where the `.git` of a root says that the repository is, be anything there or not.
pub(super) fn said(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if let Ok(target) = fs::read_link(&git) {
        return Some(root.join(target));
    }
    let text = read(&git, LONGEST)?;
    Some(root.join(path(text.strip_prefix(b"gitdir:")?)))
}

/// Returns the folder that a `.git` is, or says.
fn directory(root: &Path, git: &Path) -> Option<PathBuf> {
    let git = git.canonicalize().ok()?;
    if git.is_dir() {
        return Some(git);
    }
    let text = read(&git, LONGEST)?;
    root.join(path(text.strip_prefix(b"gitdir:")?)).canonicalize().ok()
}

/// Reads the beginning of a file of a repository.
pub(super) fn read(file: &Path, most: u64) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    reading::open(file).and_then(|file| file.take(most).read_to_end(&mut text)).ok()?;
    Some(text)
}

fn path(text: &[u8]) -> &Path {
    OsStr::from_bytes(text.trim_ascii()).as_ref()
}
