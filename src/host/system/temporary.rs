//! Files with names nobody has: `os.tmpname` and `io.tmpfile`.

use super::world_error;
use crate::vm::state::world::WorldError;
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Names to try before giving up.
const ATTEMPTS: u32 = 100;

/// Makes an empty file in the directory for temporary files, only for its owner.
pub(super) fn create(prefix: &str) -> Result<(File, PathBuf), WorldError> {
    // C's library has a constant here; programs expect their names there.
    let folder = Path::new("/tmp");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut last = None;
    for _ in 0..ATTEMPTS {
        let path = folder.join(format!("{prefix}{}", random_letters()));
        match options.open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => last = Some(error),
            Err(error) => return Err(world_error(error)),
        }
    }
    Err(last.map_or_else(WorldError::not_permitted, world_error))
}

/// Returns six letters and digits, as `mkstemp` does.
fn random_letters() -> String {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    // Each state has keys of its own, from the system's entropy.
    let mut rest = RandomState::new().build_hasher().finish();
    let mut letter = || {
        let letter = LETTERS[(rest % 62) as usize];
        rest /= 62;
        char::from(letter)
    };
    (0..6).map(|_| letter()).collect()
}
