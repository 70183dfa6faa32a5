//! Repositories that lie outside of their root: those of linked worktrees and of submodules,
//! where `.git` is a file that says where the repository is.

use rustix::fs::{Mode, OFlags};
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
    let own = directory(&root, &root.join(".git"))?;
    // A worktree has little of its own: the rest is where this says.
    let common = read(&own.join("commondir"));
    let common = common.and_then(|way| own.join(path(&way)).canonicalize().ok());
    [common, Some(own)].into_iter().flatten().find(|place| !place.starts_with(&root))
}

/// Returns the folder that a `.git` is, or says.
fn directory(root: &Path, git: &Path) -> Option<PathBuf> {
    let git = git.canonicalize().ok()?;
    if git.is_dir() {
        return Some(git);
    }
    let text = read(&git)?;
    root.join(path(text.strip_prefix(b"gitdir:")?)).canonicalize().ok()
}

/// Reads what names a place. Whoever may write there may have left something else: a pipe that
/// nobody writes to, or what has no end.
fn read(file: &Path) -> Option<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = fs::File::from(rustix::fs::open(file, flags, Mode::empty()).ok()?);
    let mut text = Vec::new();
    let is_file = file.metadata().ok()?.is_file();
    let read = is_file.then(|| file.take(LONGEST).read_to_end(&mut text))?;
    read.ok().map(|_| text)
}

fn path(text: &[u8]) -> &Path {
    OsStr::from_bytes(text.trim_ascii()).as_ref()
}
