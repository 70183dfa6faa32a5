//! The files that content is written to before it has its name.
//!
//! Where the system has them they have no name at all: whoever is killed on the way
//! leaves nothing. A new file then gets its name by a link; one that replaces another is
//! linked to a temporary name first and renamed at once, since links replace nothing.
//! Elsewhere they have a temporary name from the beginning.
//!
//! Temporary names tell which process made them, stand in the root where that may be, and
//! belong to no script: the path rules protect them, and lists leave them out. When a root
//! is opened for writing, those of dead processes are removed.

use cap_std::fs::{Dir, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::Path;

/// How many names are tried for one file.
const NAME_ATTEMPTS: u32 = 100;
/// Most entries of a root that are looked at for what was left over.
#[cfg(target_os = "linux")]
const MOST_SWEPT: usize = 10_000;

const PREFIX: &[u8] = b".moonfuel-";
const SUFFIX: &[u8] = b".tmp";
/// Hexadecimal digits of the random part.
const DIGITS: usize = 16;

/// Returns the process that a name belongs to, if it is that of a temporary file.
pub(super) fn maker(name: &[u8]) -> Option<i32> {
    let (first, rest) = name.split_at_checked(PREFIX.len())?;
    let (rest, last) = rest.split_at_checked(rest.len().checked_sub(SUFFIX.len())?)?;
    let dash = rest.iter().position(|&byte| byte == b'-')?;
    let (process, random) = (&rest[..dash], &rest[dash + 1..]);
    // Some file systems take large letters for small ones.
    let ours = first.eq_ignore_ascii_case(PREFIX)
        && last.eq_ignore_ascii_case(SUFFIX)
        && process.iter().all(u8::is_ascii_digit)
        && random.len() == DIGITS
        && random.iter().all(u8::is_ascii_hexdigit);
    if !ours {
        return None;
    }
    std::str::from_utf8(process).ok()?.parse().ok().filter(|&process| process > 0)
}

/// Returns a name for a file that has none yet.
pub(crate) fn new_name() -> String {
    // Each state has keys of its own, from the system's entropy.
    let random = RandomState::new().build_hasher().finish();
    format!(".moonfuel-{}-{random:016x}.tmp", std::process::id())
}

/// A file that has no name yet, or a temporary one.
pub(super) struct Temporary<'a> {
    pub(super) file: File,
    /// Where its temporary name stands; nothing while it has none.
    named: Option<(&'a Dir, String)>,
}

impl<'a> Temporary<'a> {
    /// Makes an empty file that can get a name in `parent`, below `root`.
    pub(super) fn create(root: &'a Dir, parent: &'a Dir) -> io::Result<Temporary<'a>> {
        if let Some(file) = nameless(parent) {
            return Ok(Temporary { file, named: None });
        }
        let place = shared(root, parent);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let (file, name) = with_name(|name| place.open_with(name, &options))?;
        Ok(Temporary { file, named: Some((place, name)) })
    }

    /// Gives the file its name, in the place of what has it now.
    pub(super) fn settle(mut self, root: &'a Dir, parent: &'a Dir, name: &Path) -> io::Result<()> {
        if self.named.is_none() {
            match link(&self.file, parent, name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                done => return done,
            }
            let place = shared(root, parent);
            let ((), name) = with_name(|name| link(&self.file, place, Path::new(name)))?;
            self.named = Some((place, name));
        }
        if let Some((place, temporary)) = &self.named {
            place.rename(temporary, parent, name)?;
            self.named = None;
        }
        Ok(())
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if let Some((place, name)) = &self.named {
            // What went wrong before is what is told.
            let _ = place.remove_file(name);
        }
    }
}

fn with_name<T>(mut make: impl FnMut(&str) -> io::Result<T>) -> io::Result<(T, String)> {
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..NAME_ATTEMPTS {
        let name = new_name();
        match make(&name) {
            Ok(made) => return Ok((made, name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Returns the root, if files can be moved from there to the parent and names made in it.
fn shared<'a>(root: &'a Dir, parent: &'a Dir) -> &'a Dir {
    use cap_std::fs::MetadataExt;
    let device = |dir: &Dir| dir.dir_metadata().map(|metadata| metadata.dev()).ok();
    let writable =
        rustix::fs::accessat(root, ".", rustix::fs::Access::WRITE_OK, rustix::fs::AtFlags::empty());
    if writable.is_ok() && device(root).is_some_and(|own| device(parent) == Some(own)) {
        root
    } else {
        parent
    }
}

/// Makes a file without a name, if the system and the file system can, and can give it
/// one later.
#[cfg(target_os = "linux")]
fn nameless(parent: &Dir) -> Option<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(parent, ".", flags, Mode::from_raw_mode(0o666)).ok()?;
    let file = std::fs::File::from(file);
    // The link goes through this name.
    rustix::fs::stat(descriptor(&file)).ok()?;
    Some(File::from_std(file))
}

#[cfg(not(target_os = "linux"))]
fn nameless(_parent: &Dir) -> Option<File> {
    None
}

#[cfg(target_os = "linux")]
fn descriptor(file: &impl std::os::fd::AsRawFd) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

#[cfg(target_os = "linux")]
fn link(file: &File, parent: &Dir, name: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD};
    rustix::fs::linkat(CWD, descriptor(file), parent, name, AtFlags::SYMLINK_FOLLOW)?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn link(_file: &File, _parent: &Dir, _name: &Path) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// Removes what dead processes of this user's left in a root.
#[cfg(target_os = "linux")]
pub(super) fn sweep(root: &Dir) {
    use cap_std::fs::MetadataExt;
    use std::os::unix::ffi::OsStrExt;
    let Ok(entries) = root.entries() else { return };
    let user = rustix::process::geteuid().as_raw();
    for entry in entries.take(MOST_SWEPT).flatten() {
        let name = entry.file_name();
        let Some(process) = maker(name.as_bytes()) else { continue };
        let ours = root
            .symlink_metadata(&name)
            .is_ok_and(|file| file.is_file() && file.uid() == user && file.nlink() == 1);
        if ours && is_dead(process) {
            // Somebody else may have been faster.
            let _ = root.remove_file(&name);
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn sweep(_root: &Dir) {}

#[cfg(target_os = "linux")]
fn is_dead(process: i32) -> bool {
    rustix::process::Pid::from_raw(process).is_some_and(|process| {
        rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH)
    })
}
