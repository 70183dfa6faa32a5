//! Where a script's path leads: links are resolved here, one component at a time, from the
//! root's handle down, and what comes out is a directory held open and a name in it.
//!
//! No directory is entered through a link, so that nothing that is swapped in between leads
//! out of the root: the kernel is only ever asked for one name in a directory that is held.

use super::Jido;
use super::path::{Components, bytes_from_path, name_from_bytes};
use super::refusal::Refusal;
use crate::HostCx;
use crate::host::pace::COMPONENT;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

/// The most links on one way, as on Linux.
const MOST_LINKS: usize = 40;

/// The most parts on one way: links can lead through so many that finding its end would take
/// as long as what a script does is allowed to.
const MOST_PARTS: usize = 8192;

/// So many of the last directories of a way are held open, and each one before them whose number
/// this divides: a handle is one of few that a process has. From one of those to where the way
/// goes up to are fewer steps than it has gone up by.
const HELD: usize = 64;

/// The parts of a way that whatever is done at its end pays for.
const FREE: usize = 8;

/// What is at the end of a path, links resolved.
#[derive(Debug)]
pub(super) struct Place {
    /// The directory it lies in, or the root for itself.
    pub(super) parent: Dir,
    /// Its name there; `.` is the root.
    pub(super) name: OsString,
    /// The way to it from the root; `.` for the root.
    pub(super) real: PathBuf,
    /// What it was when it was looked at. It is no link, unless that was asked for.
    pub(super) metadata: Metadata,
}

/// A path that leads to nothing.
#[derive(Debug)]
pub(super) struct Gap {
    /// The last directory on the way that is there.
    pub(super) parent: Dir,
    /// The names that are missing, from the first one on; there is at least one.
    pub(super) names: Vec<OsString>,
    /// The whole way from the root.
    pub(super) real: PathBuf,
}

/// Where a path leads.
#[derive(Debug)]
pub(super) enum Way {
    There(Place),
    Missing(Gap),
}

/// Whether a link at the end of a path is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Follow,
    Keep,
}

/// What pays for a way, part by part: links can lead through thousands.
pub(super) struct Fare<'a, 'b> {
    cx: &'a mut HostCx<'b>,
    /// So many parts need not be paid for any more.
    paid: usize,
}

impl<'a, 'b> Fare<'a, 'b> {
    /// Pays for a path that a call was given, and that its price is for as it is written.
    pub(super) fn given(cx: &'a mut HostCx<'b>, relative: &Path) -> Fare<'a, 'b> {
        Fare { cx, paid: FREE + relative.components().count() }
    }

    /// Pays for one that no call was given.
    pub(super) fn found(cx: &'a mut HostCx<'b>) -> Fare<'a, 'b> {
        Fare { cx, paid: FREE }
    }

    fn pay(&mut self) -> Result<(), Refusal> {
        match self.paid.checked_sub(1) {
            Some(paid) => self.paid = paid,
            None => {
                self.cx.check()?;
                self.cx.charge(COMPONENT)?;
            }
        }
        Ok(())
    }
}

/// A component that is still to be entered.
struct Part {
    name: Vec<u8>,
    /// A link said so.
    linked: bool,
}

/// The way that was gone so far.
struct Walk<'a> {
    root: &'a Dir,
    /// The last one is held open.
    entered: Vec<(OsString, Option<Dir>)>,
    /// Components that are still to come, the next one last.
    ahead: Vec<Part>,
    links: usize,
    parts: usize,
}

impl Walk<'_> {
    fn here(&self) -> &Dir {
        self.entered.last().and_then(|(_, dir)| dir.as_ref()).unwrap_or(self.root)
    }

    fn way(&self) -> PathBuf {
        self.entered.iter().map(|(name, _)| name).collect()
    }

    fn enter(&mut self, name: OsString) -> io::Result<()> {
        let dir = enter(self.here(), &name)?;
        self.entered.push((name, Some(dir)));
        // The number of the one that is not among the last any more.
        let number = self.entered.len().saturating_sub(HELD);
        if !number.is_multiple_of(HELD)
            && let Some((_, dir)) = self.entered.get_mut(number - 1)
        {
            *dir = None;
        }
        Ok(())
    }

    /// Goes up by one. Tells whether it was not at the root.
    fn leave(&mut self) -> io::Result<bool> {
        if self.entered.pop().is_none() {
            return Ok(false);
        }
        if let Some((_, None)) = self.entered.last() {
            // From the nearest that is held, the way is gone once more.
            let held = self.entered.iter().rposition(|(_, dir)| dir.is_some());
            let again = self.entered.split_off(held.map_or(0, |at| at + 1));
            for (name, _) in again {
                self.enter(name)?;
            }
        }
        Ok(true)
    }

    fn add_link(&mut self, target: &[u8]) {
        for part in target.split(|&byte| byte == b'/').rev() {
            if !part.is_empty() && part != b"." {
                self.ahead.push(Part { name: part.to_vec(), linked: true });
            }
        }
    }
}

impl Jido {
    /// Finds what a checked path leads to.
    pub(super) fn find(&self, relative: &Path) -> Result<Place, Refusal> {
        there(self.seek(relative, Last::Follow)?)
    }

    /// As [`Jido::find`], for a script that pays.
    pub(super) fn find_for(&self, fare: Fare<'_, '_>, relative: &Path) -> Result<Place, Refusal> {
        there(self.seek_for(fare, relative, Last::Follow)?)
    }

    /// Finds where a checked path leads, whether anything is there or not. The list of
    /// protected files is applied to where that is.
    pub(super) fn seek(&self, relative: &Path, last: Last) -> Result<Way, Refusal> {
        self.walk(None, relative, last)
    }

    /// As [`Jido::seek`], for a script that pays.
    pub(super) fn seek_for(
        &self,
        fare: Fare<'_, '_>,
        relative: &Path,
        last: Last,
    ) -> Result<Way, Refusal> {
        self.walk(Some(fare), relative, last)
    }

    fn walk(
        &self,
        mut fare: Option<Fare<'_, '_>>,
        relative: &Path,
        last: Last,
    ) -> Result<Way, Refusal> {
        let mut walk =
            Walk { root: &self.dir, entered: Vec::new(), ahead: Vec::new(), links: 0, parts: 0 };
        let written = bytes_from_path(relative);
        for part in written.split(|&byte| byte == b'/').rev() {
            if !part.is_empty() && part != b"." {
                walk.ahead.push(Part { name: part.to_vec(), linked: false });
            }
        }
        while let Some(part) = walk.ahead.pop() {
            walk.parts += 1;
            if walk.parts > MOST_PARTS {
                return Err(Refusal::LinkLoop);
            }
            if let Some(fare) = &mut fare {
                fare.pay()?;
            }
            if part.name == b".." {
                if !walk.leave()? {
                    self.climb(&mut walk)?;
                }
                continue;
            }
            let name = name_from_bytes(part.name);
            let metadata = match walk.here().symlink_metadata(&name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return self.gap(walk, name, part.linked, error);
                }
                metadata => metadata?,
            };
            let is_last = walk.ahead.is_empty();
            if metadata.is_symlink() && !(is_last && last == Last::Keep) {
                self.follow(&mut walk, &name)?;
            } else if is_last {
                let real = walk.way().join(&name);
                self.rules.check_protected(&real)?;
                let parent = match walk.entered.pop() {
                    Some((_, Some(dir))) => dir,
                    _ => self.dir.try_clone()?,
                };
                return Ok(Way::There(Place { parent, name, real, metadata }));
            } else {
                walk.enter(name)?;
            }
        }
        // The path ended with `.` or `..`: in a directory that is held already.
        let real = walk.way();
        self.rules.check_protected(&real)?;
        let real = if real.as_os_str().is_empty() { PathBuf::from(".") } else { real };
        let parent = walk.here().try_clone()?;
        let metadata = parent.dir_metadata()?;
        Ok(Way::There(Place { parent, name: OsString::from("."), real, metadata }))
    }

    fn gap(
        &self,
        mut walk: Walk<'_>,
        name: OsString,
        linked: bool,
        missing: io::Error,
    ) -> Result<Way, Refusal> {
        // A link whose target is missing is not written through.
        if linked || walk.ahead.iter().any(|part| part.linked) {
            return Err(missing.into());
        }
        let mut names = vec![name];
        while let Some(part) = walk.ahead.pop() {
            names.push(name_from_bytes(part.name));
        }
        let mut real = walk.way();
        real.extend(&names);
        self.rules.check_protected(&real)?;
        let parent = walk.here().try_clone()?;
        Ok(Way::Missing(Gap { parent, names, real }))
    }

    /// Puts the target of a link on the way.
    fn follow(&self, walk: &mut Walk<'_>, name: &OsStr) -> Result<(), Refusal> {
        if !self.options.follow_links {
            return Err(Refusal::SymlinkEscapes);
        }
        walk.links += 1;
        if walk.links > MOST_LINKS {
            return Err(Refusal::LinkLoop);
        }
        let target = bytes_from_path(&walk.here().read_link_contents(Path::new(name))?);
        if target.first() != Some(&b'/') {
            walk.add_link(&target);
            return Ok(());
        }
        let inside = self.rules.below_root(&target).ok_or(Refusal::SymlinkEscapes)?;
        walk.entered.clear();
        walk.add_link(&inside.join(&b'/'));
        Ok(())
    }

    /// A link went up beyond the root: it may come back in.
    fn climb(&self, walk: &mut Walk<'_>) -> Result<(), Refusal> {
        let root: &Components = self.rules.real_root();
        let mut outside = root.clone();
        outside.pop();
        while outside != *root {
            match walk.ahead.pop() {
                Some(part) if part.linked && part.name == b".." => {
                    outside.pop();
                }
                Some(part) if part.linked => outside.push(part.name),
                _ => return Err(Refusal::SymlinkEscapes),
            }
        }
        Ok(())
    }
}

fn there(way: Way) -> Result<Place, Refusal> {
    match way {
        Way::There(place) => Ok(place),
        Way::Missing(_) => Err(io::Error::from(io::ErrorKind::NotFound).into()),
    }
}

impl Place {
    /// Opens the file. It is not followed if it has become a link since.
    pub(super) fn open(&self, options: &OpenOptions) -> io::Result<File> {
        self.parent.open_with(Path::new(&self.name), &without_links(options))
    }

    /// Opens the directory.
    pub(super) fn open_dir(&self) -> io::Result<Dir> {
        enter(&self.parent, &self.name)
    }
}

fn without_links(options: &OpenOptions) -> OpenOptions {
    use cap_std::fs::OpenOptionsExt;
    let mut options = options.clone();
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
    if let Ok(flags) = i32::try_from(flags.bits()) {
        options.custom_flags(flags);
    }
    options
}

/// Enters a directory by its name, which is no link.
pub(super) fn enter(dir: &Dir, name: &OsStr) -> io::Result<Dir> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY;
    let entered = rustix::fs::openat(dir, name, flags, Mode::empty())?;
    Ok(Dir::from_std_file(std::fs::File::from(entered)))
}
