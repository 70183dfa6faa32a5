//! Where programs are.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Tells whether a file is there that can be run.
pub(in crate::host) fn is_program(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Finds a program by its name in the first of these places that has it.
pub(in crate::host) fn find_program(
    places: impl IntoIterator<Item = PathBuf>,
    name: impl AsRef<Path>,
) -> Option<PathBuf> {
    places.into_iter().map(|place| place.join(&name)).find(|path| is_program(path))
}
