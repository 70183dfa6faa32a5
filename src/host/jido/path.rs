//! The lexical path rules: what a script's path may say before any file is touched.

use super::Jido;
use super::refusal::Refusal;
use super::temporary::maker;
pub(super) use crate::host::lexical::Components;
use crate::host::lexical::{Root, expand};
use crate::session::lock;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Spellings of `../` and `..\` that a later decoder would turn into
/// traversal, in lower case.
const ENCODED_TRAVERSAL: [&[u8]; 8] = [
    b"%2e%2e%2f",
    b"%2e%2e/",
    b"..%2f",
    b"%2e%2e\\",
    b"..%5c",
    b"%2e%2e%5c",
    b"%252e%252e%252f",
    b"%252e%252e/",
];

/// The longest path that is looked at, as on Linux.
const LONGEST_PATH: usize = 4096;

/// What a repository's configuration includes from elsewhere in the root, as far as that is
/// known: it is the repository's as well.
#[derive(Debug, Default)]
pub(super) struct Included(Mutex<BTreeSet<Components>>);

impl Included {
    /// Adds a file, by its way from the root.
    pub(super) fn keep(&self, way: Components) {
        lock(&self.0).insert(way);
    }

    /// Returns one of them.
    pub(super) fn first(&self) -> Option<Vec<u8>> {
        let known = lock(&self.0);
        known.first().map(|way| way.join(&b'/'))
    }

    fn has(&self, path: &[Vec<u8>]) -> bool {
        let known = lock(&self.0);
        known.iter().any(|way| path.starts_with(way))
    }
}

/// The root's spellings and the protected files.
#[derive(Debug)]
pub(super) struct PathRules {
    root: Root,
    /// Protected files.
    protected: Vec<Protected>,
}

/// What is protected.
#[derive(Debug)]
struct Protected {
    way: Components,
    /// It is meant at the root alone, not wherever a path ends so.
    is_anchored: bool,
}

impl Protected {
    /// Tells whether a way from the root leads to it, or below it.
    fn has(&self, path: &[Vec<u8>]) -> bool {
        let is_it = |parts: &[Vec<u8>]| {
            parts.iter().zip(&self.way).all(|(part, wanted)| part.eq_ignore_ascii_case(wanted))
        };
        let mut places = path.windows(self.way.len());
        if self.is_anchored { places.next().is_some_and(is_it) } else { places.any(is_it) }
    }
}

impl PathRules {
    /// Prepares the rules for a root that exists.
    pub(super) fn new(root: &Path, protected: &[String]) -> io::Result<PathRules> {
        let root = Root::new(root)?;
        let protected = protected
            .iter()
            .map(|path| Protected {
                way: expand(&[], path.as_bytes()),
                is_anchored: path.starts_with('/'),
            })
            .filter(|protected| !protected.way.is_empty())
            .collect();
        Ok(PathRules { root, protected })
    }

    /// Returns the way from the root to where `path` leads lexically.
    pub(super) fn check(&self, path: &[u8]) -> Result<PathBuf, Refusal> {
        if path.contains(&0) {
            return Err(Refusal::InvalidPath);
        }
        if path.len() > LONGEST_PATH {
            return Err(Refusal::NameTooLong);
        }
        if has_encoded_traversal(path) {
            return Err(Refusal::PathEscapes);
        }
        let is_absolute = path.first() == Some(&b'/');
        let outside = || if is_absolute { Refusal::PathOutside } else { Refusal::PathEscapes };
        let way = self.root.way(path).ok_or_else(outside)?;
        self.check_components(&way)?;
        if way.is_empty() {
            return Ok(PathBuf::from("."));
        }
        Ok(path_from_bytes(way.join(&b'/')))
    }

    /// Returns the components below the root of an absolute path, if it leads there.
    pub(super) fn below_root(&self, path: &[u8]) -> Option<Components> {
        self.root.way(path)
    }

    /// Returns the root as the host named it, made absolute.
    pub(super) fn given_root(&self) -> PathBuf {
        let path = [b"/".as_slice(), &self.root.given().join(&b'/')].concat();
        path_from_bytes(path)
    }

    /// Returns the components of the root, its own links resolved.
    pub(super) fn real_root(&self) -> &Components {
        self.root.real()
    }

    /// Refuses a path from the root, links resolved, that is a protected one or below it.
    pub(super) fn check_protected(&self, relative: &Path) -> Result<(), Refusal> {
        self.check_components(&expand(&[], &bytes_from_path(relative)))
    }

    /// Returns the protected files that would lie directly at their place
    /// under the root.
    pub(super) fn protected_paths(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.protected.iter().map(|one| path_from_bytes(one.way.join(&b'/')))
    }

    /// Looks at the path and at all above it: nothing lies below a protected file, and
    /// nothing is to be made there. Temporary files are nobody's business.
    fn check_components(&self, path: &[Vec<u8>]) -> Result<(), Refusal> {
        if self.protected.iter().any(|one| one.has(path))
            || path.iter().any(|part| maker(part).is_some())
        {
            return Err(Refusal::Protected);
        }
        Ok(())
    }
}

impl Jido {
    /// Refuses to change what lies in the directory of a repository, once programs that
    /// trust what is there may be run: it names more programs to run.
    pub(super) fn refuse_git(&self, relative: &Path) -> Result<(), Refusal> {
        let parts = expand(&[], &bytes_from_path(relative));
        let runs = self.options.allow_git || self.options.allow_shell;
        if runs && (self.is_git(&parts) || self.included.has(&parts)) {
            Err(Refusal::GitDirectory)
        } else {
            Ok(())
        }
    }

    /// Tells whether a way from the root leads into the directory of a repository.
    pub(super) fn is_git(&self, way: &[Vec<u8>]) -> bool {
        way.iter().any(|part| part.eq_ignore_ascii_case(b".git"))
            || self.git_directories.iter().any(|known| way.starts_with(known))
    }

    /// Returns the directories of the root's repository that lie elsewhere below the root:
    /// where its `.git`, a file or a link, says.
    pub(super) fn find_git_directories(root: &Path, rules: &PathRules) -> Vec<Components> {
        let found = {
            let mut found = super::elsewhere::directories(root);
            // A folder that is not there is one that scripts could make.
            found.extend(super::elsewhere::said(root));
            found
        };
        let expanded = found.into_iter().map(|place| expand(&[], &bytes_from_path(&place)));
        expanded
            .filter_map(|place| place.strip_prefix(&rules.real_root()[..]).map(<[_]>::to_vec))
            .filter(|way| !way.is_empty())
            .collect()
    }
}

fn has_encoded_traversal(path: &[u8]) -> bool {
    let lower = path.to_ascii_lowercase();
    ENCODED_TRAVERSAL
        .iter()
        .any(|pattern| lower.windows(pattern.len()).any(|window| window == *pattern))
}

/// Makes a path of a script's bytes.
pub(super) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    name_from_bytes(bytes).into()
}

/// Makes a name of a script's bytes.
pub(super) fn name_from_bytes(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

/// Returns the bytes a script sees for a name.
pub(super) fn bytes_from_path(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}
