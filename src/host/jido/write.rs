//! `jido.write_file(path, content)`: whole files, old or new and never half.

use super::refusal::Refusal;
use super::{Answer, Jido};
use crate::host::pace;
use crate::{HostCx, HostValue};
use cap_std::fs::{Dir, OpenOptions, Permissions};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// How many names are tried for one temporary file.
const NAME_ATTEMPTS: u32 = 1000;

/// Units of fuel for making a directory.
const DIRECTORY: u64 = 128;

/// The answer when the host did not allow writing.
const DISABLED: &[u8] = b"write_file is disabled for this session (allow it with --allow write)";

/// Where content goes: a directory held open, a name in it, and the
/// permissions of the file that is replaced.
struct Target {
    parent: Dir,
    name: OsString,
    permissions: Option<Permissions>,
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
    if !jido.options.allow_write {
        return Err(DISABLED.to_vec().into());
    }
    jido.write_content(cx, path, content).map_err(|r| r.failure(cx, path))?;
    Ok(HostValue::Boolean(true))
}

impl Jido {
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
        let target = match self.locate(&relative) {
            Ok(real) => self.existing_target(&real)?,
            Err(Refusal::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                // A link whose target is missing is not written through.
                if self.dir.symlink_metadata(&relative).is_ok() {
                    return Err(Refusal::Io(error));
                }
                self.new_target(cx, &relative)?
            }
            Err(refusal) => return Err(refusal),
        };
        self.replace(cx, &target, content)
    }

    fn existing_target(&self, real: &Path) -> Result<Target, Refusal> {
        let metadata = self.dir.metadata(real)?;
        if metadata.is_dir() {
            return Err(Refusal::IsDirectory);
        }
        if !metadata.is_file() {
            return Err(Refusal::NotRegular);
        }
        let permissions = metadata.permissions();
        if permissions.readonly() {
            return Err(Refusal::ReadOnly);
        }
        let (parent, name) = split(real)?;
        let parent = self.dir.open_dir(parent)?;
        Ok(Target { parent, name, permissions: Some(permissions) })
    }

    fn new_target(&self, cx: &mut HostCx<'_>, relative: &Path) -> Result<Target, Refusal> {
        let (parent, name) = split(relative)?;
        self.make_directories(cx, &parent)?;
        // The parent may be a link to where a protected file lives.
        let parent = self.locate(&parent)?;
        self.rules.check_protected(&parent.join(&name))?;
        let parent = self.dir.open_dir(parent)?;
        Ok(Target { parent, name, permissions: None })
    }

    /// Makes every missing directory on the way, one at a time from the root.
    fn make_directories(&self, cx: &mut HostCx<'_>, relative: &Path) -> Result<(), Refusal> {
        let mut way = PathBuf::new();
        for part in relative.components() {
            cx.check()?;
            cx.charge(DIRECTORY)?;
            way.push(part);
            match self.dir.create_dir(&way) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Writes a temporary file beside the target and renames it over the
    /// target, through the open directory: whoever is killed on the way leaves
    /// the old file whole. The data is not forced to the disk.
    fn replace(&self, cx: &mut HostCx<'_>, target: &Target, content: &[u8]) -> Result<(), Refusal> {
        let (mut file, temporary) = self.create_temporary(&target.parent)?;
        let written: Result<(), Refusal> = pace::write(cx, &mut file, content).and_then(|()| {
            if let Some(permissions) = &target.permissions {
                file.set_permissions(permissions.clone())?;
            }
            drop(file);
            Ok(target.parent.rename(&temporary, &target.parent, &target.name)?)
        });
        if let Err(error) = written {
            // The first failure is the one to tell.
            let _ = target.parent.remove_file(&temporary);
            return Err(error);
        }
        Ok(())
    }

    fn create_temporary(&self, parent: &Dir) -> Result<(cap_std::fs::File, String), Refusal> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
        for _ in 0..NAME_ATTEMPTS {
            let number = self.temporary.fetch_add(1, Ordering::Relaxed);
            let name = format!(".moonfuel-{number}.tmp");
            match parent.open_with(&name, &options) {
                Ok(file) => return Ok((file, name)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
                Err(error) => return Err(error.into()),
            }
        }
        Err(last.into())
    }
}

/// Splits a path into its parent (`.` for the root) and its name.
fn split(path: &Path) -> Result<(PathBuf, OsString), Refusal> {
    let Some(name) = path.file_name() else {
        return Err(Refusal::IsDirectory);
    };
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    Ok((parent, name.to_owned()))
}
