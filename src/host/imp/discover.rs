//! Where extensions are found.

use crate::host::reading;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Whose extension it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The user's: in the folder `lua` of their configuration.
    User,
    /// The project's: in its folder `.imp/lua`.
    Project,
    /// In a folder that the host named.
    Named,
}

/// An extension that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extension {
    /// The name of its file without the ending, or of its folder.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Whose it is.
    pub origin: Origin,
}

/// Finds the extensions of a user and of a project: the files `NAME.lua` and `NAME/init.lua`
/// of a folder, in the order of their names, the user's first. Of two with the same name the
/// first one counts. A folder that is not there has none.
pub fn discover(user: Option<&Path>, project: Option<&Path>) -> Vec<Extension> {
    in_folders(&usual_folders(user, project))
}

/// A folder, and whose extensions lie in it.
pub(super) type Folder = (PathBuf, Origin);

/// Returns where the extensions of a user and of a project lie.
pub(super) fn usual_folders(user: Option<&Path>, project: Option<&Path>) -> Vec<Folder> {
    let user = user.map(|user| (user.join("lua"), Origin::User));
    let project = project.map(|project| (project.join(".imp").join("lua"), Origin::Project));
    user.into_iter().chain(project).collect()
}

/// Finds the extensions in folders that the host names.
pub(crate) fn discover_in(folders: impl Iterator<Item = PathBuf>) -> Vec<Extension> {
    in_folders(&folders.map(|folder| (folder, Origin::Named)).collect::<Vec<_>>())
}

/// Finds the extensions of some folders: see [`discover`].
pub(super) fn in_folders(folders: &[Folder]) -> Vec<Extension> {
    let mut found: Vec<Extension> = Vec::new();
    for (folder, origin) in folders {
        let mut here = in_folder(folder, *origin);
        // A file comes before a folder of its name.
        here.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| b.path.cmp(&a.path)));
        for extension in here {
            if found.iter().all(|there| there.name != extension.name) {
                found.push(extension);
            }
        }
    }
    found
}

fn in_folder(folder: &Path, origin: Origin) -> Vec<Extension> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.flatten().filter_map(|entry| {
        let path = entry.path();
        let (name, path) = if path.is_dir() {
            (path.file_name()?.to_owned(), path.join("init.lua"))
        } else {
            let is_lua = path.extension().is_some_and(|ending| ending == "lua");
            (is_lua.then(|| path.file_stem().map(ToOwned::to_owned))??, path)
        };
        // One of other bytes is there as well.
        let name = name.to_string_lossy().into_owned();
        // A link that leads nowhere is there, and so is a pipe: that they cannot be read is
        // reported.
        path.symlink_metadata().is_ok().then_some(Extension { name, path, origin })
    });
    entries.collect()
}

/// Bytes of an extension's file, at most: those of any source text.
const LARGEST: u64 = 16 << 20;

/// Reads the file of an extension. It lies where others may write, and another may have taken
/// its place: it is not waited for, and not read without end.
///
/// # Errors
/// The system's; when it is too large.
pub(crate) fn read(extension: &Extension) -> io::Result<Vec<u8>> {
    reading::read_up_to(&mut reading::open(&extension.path)?, LARGEST)
}
