//! Where a path leads from a root as it is written, before any file is looked at. Whoever opens
//! files and whoever grants them ask here: two readings of a path would be a way around the
//! grants.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The components of a path, without `.` and `..`.
pub(super) type Components = Vec<Vec<u8>>;

/// The spellings of a root.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// As its host named it, made absolute.
    given: Components,
    /// With its own links resolved.
    real: Components,
}

impl Root {
    /// Looks at a root that is there.
    ///
    /// # Errors
    /// The system's, when it is not.
    pub(super) fn new(root: &Path) -> io::Result<Root> {
        let given = expand(&[], std::path::absolute(root)?.as_os_str().as_bytes());
        let real = expand(&[], root.canonicalize()?.as_os_str().as_bytes());
        Ok(Root { given, real })
    }

    /// As [`Root::new`], of one that need not be there: it is what it is called then.
    pub(super) fn named(root: &Path) -> Root {
        Root::new(root).unwrap_or_else(|_| {
            let absolute = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
            let given = expand(&[], absolute.as_os_str().as_bytes());
            Root { real: given.clone(), given }
        })
    }

    /// Returns it as its host named it.
    pub(super) fn given(&self) -> &Components {
        &self.given
    }

    /// Returns it with its own links resolved.
    pub(super) fn real(&self) -> &Components {
        &self.real
    }

    /// Returns the way from the root to where `path` leads, if that is in the root.
    pub(super) fn way(&self, path: &[u8]) -> Option<Components> {
        let is_absolute = path.first() == Some(&b'/');
        let expanded = expand(if is_absolute { &[] } else { &self.given }, path);
        // Component by component: `/project2` is not below `/project`.
        let by_name = expanded.strip_prefix(&self.given[..]);
        let real = || expanded.strip_prefix(&self.real[..]).filter(|_| is_absolute);
        by_name.or_else(real).map(<[_]>::to_vec)
    }
}

/// Joins `path` to `base` and resolves `.`, `..` and repeated slashes.
pub(super) fn expand(base: &[Vec<u8>], path: &[u8]) -> Components {
    let mut parts = base.to_vec();
    for part in path.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            name => parts.push(name.to_vec()),
        }
    }
    parts
}
