//! The folder of scripts: files of it are opened below it, so that no name and no link leads
//! elsewhere.

use super::ToolError;
use crate::host::gate::Gate;
use crate::host::jido::{Jido, JidoOptions, reading};
use crate::vm::state::world::World;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest script, in bytes.
const LARGEST: u64 = 16 << 20;

/// A folder that is held open.
#[derive(Debug)]
pub(crate) struct Scripts {
    dir: Dir,
    path: PathBuf,
}

impl Scripts {
    pub(crate) fn open(path: &Path) -> io::Result<Scripts> {
        let dir = Dir::open_ambient_dir(path, ambient_authority())?;
        Ok(Scripts { dir, path: path.canonicalize()? })
    }

    /// Returns the source of the script of this name, and what messages call it.
    pub(crate) fn named(&self, name: &str) -> Result<(Vec<u8>, String), ToolError> {
        let is_part = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
        if name.is_empty() || !name.bytes().all(is_part) {
            return Err(ToolError::Execution(format!(
                "'{name}' is no name of a script: letters, digits, _ and -"
            )));
        }
        self.read(Path::new(&format!("{name}.lua"))).map_err(|error| {
            let why = why(&error, "scripts are NAME.lua in the folder of scripts");
            ToolError::Execution(format!("cannot read the script '{name}': {why}"))
        })
    }

    /// Returns the source of the script at a path, which must be inside of the folder.
    pub(super) fn at(&self, path: &str) -> Result<(Vec<u8>, String), ToolError> {
        let relative = Path::new(path);
        let relative = relative.strip_prefix(&self.path).unwrap_or(relative);
        self.read(relative).map_err(|error| {
            let why = why(&error, "paths begin in the folder of scripts");
            ToolError::Execution(format!("Failed to read Lua script from file: {path}: {why}"))
        })
    }

    fn read(&self, path: &Path) -> io::Result<(Vec<u8>, String)> {
        let file = self.dir.open_with(path, &reading())?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        let mut source = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut source)?;
        if source.len() as u64 > LARGEST {
            return Err(io::Error::other(format!("it is larger than {LARGEST} bytes")));
        }
        Ok((source, format!("@{}", path.display())))
    }

    /// Returns what makes the world of a session whose scripts read files of the folder.
    pub(super) fn files(
        &self,
        gate: Option<&Gate>,
    ) -> io::Result<impl Fn() -> Box<dyn World + Send> + Send + Sync + 'static> {
        let jido = Jido::open(&self.path, JidoOptions::default())?;
        Ok(jido.files_behind(gate.cloned()))
    }
}

/// Says why a script could not be read: `place` says where scripts are, for one that is not
/// there.
fn why(error: &io::Error, place: &str) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("{error} ({place})"),
        // The folder's handle refused it, and not the system.
        io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
            "it leads out of the folder of scripts".to_owned()
        }
        _ => error.to_string(),
    }
}
