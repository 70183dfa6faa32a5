//! A directory of modules for `require` in a sandbox.
//!
//! A name's parts are folders and a file: `a.b` is `a/b.lua` or `a/b/init.lua`. Parts
//! are made of letters, digits, `_` and `-`, so no name leads anywhere but down; the
//! files are opened *beneath* the directory, so that no link does either.

use super::jido::reading;
use super::pace;
use crate::{HostCx, HostError, Module, ModuleSource, Sought};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use std::io;
use std::path::Path;

/// The largest module that is read, in bytes.
const LARGEST: u64 = 10 * 1024 * 1024;
/// The longest name that is looked for.
const LONGEST_NAME: usize = 1000;

/// A directory of modules.
///
/// ```
/// use moonfuel::Session;
/// use moonfuel::host::library::Library;
///
/// let folder = std::env::temp_dir().join(format!("moonfuel-library-{}", std::process::id()));
/// std::fs::create_dir_all(folder.join("text"))?;
/// std::fs::write(folder.join("text/shout.lua"), "return string.upper")?;
/// let mut session = Session::builder().module_source(Library::open(&folder)?).build()?;
/// assert_eq!(session.run("return require('text.shout')('hello')").json()?, r#"["HELLO"]"#);
/// std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Library {
    dir: Dir,
}

impl Library {
    /// Opens a directory and holds on to it.
    ///
    /// # Errors
    /// When it is missing, is not a directory or may not be opened.
    pub fn open(root: &Path) -> io::Result<Library> {
        Ok(Library { dir: Dir::open_ambient_dir(root, ambient_authority())? })
    }

    /// Reads a file below the directory; nothing if it is not there.
    fn read(&self, cx: &mut HostCx<'_>, file: &str) -> Result<Option<Vec<u8>>, HostError> {
        let opened = match self.dir.open_with(file, &reading()) {
            Err(error) if is_absence(&error) => return Ok(None),
            opened => opened?,
        };
        let metadata = opened.metadata()?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let too_large = || HostError::new(format!("larger than {LARGEST} bytes"));
        if metadata.len() > LARGEST {
            return Err(too_large());
        }
        let source: Vec<u8> = pace::read::<HostError>(
            cx,
            &mut pace::Room::default(),
            opened,
            metadata.len(),
            LARGEST,
        )?;
        if source.len() as u64 > LARGEST {
            return Err(too_large());
        }
        Ok(Some(source))
    }
}

impl ModuleSource for Library {
    fn find(&mut self, cx: &mut HostCx<'_>, name: &[u8]) -> Result<Sought, HostError> {
        pace::begin(cx, &[])?;
        let Some(path) = relative_path(name) else {
            let shown = String::from_utf8_lossy(name);
            return Ok(Sought::Absent(vec![format!("'{shown}' is not the name of a file")]));
        };
        let mut tried = Vec::new();
        for file in [format!("{path}.lua"), format!("{path}/init.lua")] {
            match self.read(cx, &file) {
                Ok(Some(source)) => return Ok(Sought::Found(Module { file, source })),
                Ok(None) => tried.push(format!("no file '{file}'")),
                Err(error) => return Err(error.context(&format!("cannot read {file}: "))),
            }
        }
        Ok(Sought::Absent(tried))
    }
}

/// Makes the path of a name, without its ending.
fn relative_path(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok().filter(|name| name.len() <= LONGEST_NAME)?;
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    };
    name.split('.').all(is_part).then(|| name.replace('.', "/"))
}

/// Tells whether an error means that there is no such file.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests;
