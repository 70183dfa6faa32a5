//! `jido.write_file(path, content)`: whole files, old or new and never half; and
//! `jido.mkdir_p(path)`.

use super::place::{Fare, Gap, Last, Place, Way, enter};
use super::refusal::Refusal;
use super::seen::Stamp;
use super::temporary::Temporary;
use super::{Answer, Failure, Jido};
use crate::host::pace;
use crate::{HostCx, HostValue};
use cap_std::fs::{Dir, File, Metadata, MetadataExt, Permissions, PermissionsExt};
use rustix::fs::{Gid, Uid, fchown};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

/// Units of fuel for a file: one is made, written, and put in the place of another.
const WRITE: u64 = 8192;
/// Units of fuel for making a directory.
const DIRECTORY: u64 = 128;

/// The bits of a mode that a file with new content has from the one it replaces. That it ran
/// with the rights of its owner or group was said of the old content.
const KEPT_MODE: u32 = 0o777;

/// Where content goes: a directory held open, a name in it, and what is known of the file that
/// is replaced.
pub(super) struct Target {
    parent: Dir,
    name: OsString,
    /// The way to it from the root.
    real: PathBuf,
    replaced: Option<Metadata>,
}

impl Target {
    /// Makes the target that takes the place of a file.
    pub(super) fn replacing(place: Place) -> Target {
        let replaced = Some(place.metadata);
        Target { parent: place.parent, name: place.name, real: place.real, replaced }
    }
}

/// Writes a file, making the directories above it.
pub(super) fn write_file(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    let (path, content) = match args {
        [HostValue::String(path), HostValue::String(content), ..] => (path, content),
        [HostValue::String(_), _, ..] => {
            return Err(b"write_file content must be a string".to_vec().into());
        }
        _ => return Err(b"write_file requires path and content arguments".to_vec().into()),
    };
    jido.require_write("write_file")?;
    jido.write_content(cx, path, content).map_err(|r| r.failure(cx, path))?;
    Ok(HostValue::Boolean(true))
}

/// Makes a directory and those above it.
pub(super) fn mkdir_p(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    let Some(HostValue::String(path)) = args.first() else {
        return Err(b"mkdir_p requires a path argument".to_vec().into());
    };
    jido.require_write("mkdir_p")?;
    jido.make_directory(cx, path).map_err(|r| r.failure(cx, path))?;
    Ok(HostValue::Boolean(true))
}

impl Jido {
    /// Refuses what changes files where the host did not allow that.
    pub(super) fn require_write(&self, name: &str) -> Result<(), Failure> {
        if self.options.allow_write {
            return Ok(());
        }
        let text = format!("{name} is disabled for this session (allow it with --allow write)");
        Err(text.into_bytes().into())
    }

    fn write_content(
        &self,
        cx: &mut HostCx<'_>,
        path: &[u8],
        content: &[u8],
    ) -> Result<(), Refusal> {
        let relative = self.check_path(path)?;
        if content.len() as u64 > self.options.write_limit {
            return Err(Refusal::ContentTooLarge(self.options.write_limit));
        }
        self.refuse_git(&relative)?;
        let target = match self.seek_for(Fare::given(cx, &relative), &relative, Last::Follow)? {
            Way::There(place) => {
                self.require_writable(&place)?;
                let seen = self.require_seen(&place.real, &place.metadata, "overwriting");
                // What is there already may be written once more: whoever goes on after a stop
                // cannot know whether it was.
                if let Err(refusal) = seen
                    && (place.metadata.len() != content.len() as u64
                        || self.read_content(cx, &place)?.0 != content)
                {
                    return Err(refusal);
                }
                Target::replacing(place)
            }
            Way::Missing(gap) => self.new_target(cx, gap)?,
        };
        self.replace(cx, &target, content)
    }

    /// Refuses what is no file that may be changed.
    pub(super) fn require_writable(&self, place: &Place) -> Result<(), Refusal> {
        self.refuse_git(&place.real)?;
        if place.metadata.is_dir() {
            return Err(Refusal::IsDirectory);
        }
        if !place.metadata.is_file() {
            return Err(Refusal::NotRegular);
        }
        if place.metadata.permissions().readonly() {
            return Err(Refusal::ReadOnly);
        }
        self.refuse_protected_identity(&place.metadata)
    }

    fn new_target(&self, cx: &mut HostCx<'_>, gap: Gap) -> Result<Target, Refusal> {
        self.refuse_git(&gap.real)?;
        let Gap { mut parent, mut names, real } = gap;
        let Some(name) = names.pop() else { return Err(Refusal::IsDirectory) };
        for directory in names {
            parent = make_and_enter(cx, &parent, &directory)?;
        }
        Ok(Target { parent, name, real, replaced: None })
    }

    fn make_directory(&self, cx: &mut HostCx<'_>, path: &[u8]) -> Result<(), Refusal> {
        let relative = self.check_path(path)?;
        self.refuse_git(&relative)?;
        match self.seek_for(Fare::given(cx, &relative), &relative, Last::Follow)? {
            Way::There(place) if place.metadata.is_dir() => Ok(()),
            Way::There(_) => Err(Refusal::Exists),
            Way::Missing(gap) => {
                self.refuse_git(&gap.real)?;
                let mut parent = gap.parent;
                for directory in gap.names {
                    parent = make_and_enter(cx, &parent, &directory)?;
                }
                Ok(())
            }
        }
    }

    /// Writes a file without a name and gives it the target's, through the open
    /// directory: whoever is killed on the way leaves the old file whole. The data is
    /// not forced to the disk.
    pub(super) fn replace(
        &self,
        cx: &mut HostCx<'_>,
        target: &Target,
        content: &[u8],
    ) -> Result<(), Refusal> {
        cx.check()?;
        cx.charge(WRITE)?;
        let mut new = Temporary::create(&self.dir, &target.parent)?;
        pace::write::<Refusal>(cx, &mut new.file, content)?;
        if let Some(replaced) = &target.replaced {
            take_after(&new.file, replaced)?;
        }
        let stamp = Stamp::of(&new.file.metadata()?);
        new.settle(&self.dir, &target.parent, Path::new(&target.name))?;
        self.has_seen(cx, &target.real, stamp);
        Ok(())
    }
}

/// Gives a file the mode of the one it replaces, and its owner and group as far as the system
/// lets this user: a privileged user's work on the files of others leaves them theirs.
fn take_after(new: &File, replaced: &Metadata) -> io::Result<()> {
    let own = new.metadata()?;
    if (own.uid(), own.gid()) != (replaced.uid(), replaced.gid()) {
        let (user, group) = (Uid::from_raw(replaced.uid()), Gid::from_raw(replaced.gid()));
        if fchown(new, Some(user), Some(group)).is_err() {
            // A user may have several groups, and no other owner.
            let _ = fchown(new, None, Some(group));
        }
    }
    let mode = replaced.permissions().mode() & KEPT_MODE;
    new.set_permissions(Permissions::from_mode(mode))
}

/// Makes a directory, unless it is there, and enters it.
fn make_and_enter(cx: &mut HostCx<'_>, parent: &Dir, name: &OsStr) -> Result<Dir, Refusal> {
    cx.check()?;
    cx.charge(DIRECTORY)?;
    match parent.create_dir(Path::new(name)) {
        Ok(()) => {}
        // Somebody was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.into()),
    }
    Ok(enter(parent, name)?)
}
