//! `jido.write_file(path, content)`: whole files, old or new and never half.

use super::refusal::Refusal;
use super::temporary::Temporary;
use super::{Answer, Jido};
use crate::host::pace;
use crate::{HostCx, HostValue};
use cap_std::fs::{Dir, Permissions};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Units of fuel for a file: one is made, written, and put in the place of another.
const WRITE: u64 = 8192;
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
        self.refuse_protected_identity(&metadata)?;
        let (parent, name) = split(real)?;
        let parent = self.dir.open_dir(parent)?;
        Ok(Target { parent, name, permissions: Some(permissions) })
    }

    fn new_target(&self, cx: &mut HostCx<'_>, relative: &Path) -> Result<Target, Refusal> {
        let (parent, name) = split(relative)?;
        // Before anything is made: links on the way may lead to where a protected file
        // lives or would live.
        self.rules.check_protected(&self.destination(cx, relative)?)?;
        self.make_directories(cx, &parent)?;
        // The parent may be a link to where a protected file lives.
        let parent = self.locate(&parent)?;
        self.rules.check_protected(&parent.join(&name))?;
        let parent = self.dir.open_dir(parent)?;
        Ok(Target { parent, name, permissions: None })
    }

    /// Returns where a path will lead whose last components are missing, links resolved.
    fn destination(&self, cx: &mut HostCx<'_>, relative: &Path) -> Result<PathBuf, Refusal> {
        for there in relative.ancestors().skip(1) {
            cx.check()?;
            cx.charge(DIRECTORY)?;
            let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
            match self.locate(there) {
                Ok(real) => {
                    return Ok(real.join(relative.strip_prefix(there).unwrap_or(relative)));
                }
                Err(Refusal::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(relative.to_path_buf())
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

    /// Writes a file without a name and gives it the target's, through the open
    /// directory: whoever is killed on the way leaves the old file whole. The data is
    /// not forced to the disk.
    fn replace(&self, cx: &mut HostCx<'_>, target: &Target, content: &[u8]) -> Result<(), Refusal> {
        cx.check()?;
        cx.charge(WRITE)?;
        let mut new = Temporary::create(&self.dir, &target.parent)?;
        pace::write::<Refusal>(cx, &mut new.file, content)?;
        if let Some(permissions) = &target.permissions {
            new.file.set_permissions(permissions.clone())?;
        }
        Ok(new.settle(&self.dir, &target.parent, Path::new(&target.name))?)
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
