//! `jido.delete_file(path)`: one file, or the link itself.

use super::place::{Fare, Last, Way};
use super::refusal::Refusal;
use super::seen::gone;
use super::{Answer, Jido};
use crate::{HostCx, HostValue};
use std::io;
use std::path::Path;

/// Units of fuel for taking a name away.
const DELETE: u64 = 2048;

/// Deletes a file.
pub(super) fn delete_file(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    let Some(HostValue::String(path)) = args.first() else {
        return Err(b"delete_file requires a path argument".to_vec().into());
    };
    jido.require_write("delete_file")?;
    jido.delete(cx, path).map_err(|r| r.failure(cx, path))?;
    Ok(HostValue::Boolean(true))
}

impl Jido {
    fn delete(&self, cx: &mut HostCx<'_>, path: &[u8]) -> Result<(), Refusal> {
        let relative = self.check_path(path)?;
        self.refuse_git(&relative)?;
        let Way::There(place) = self.seek_for(Fare::given(cx, &relative), &relative, Last::Keep)?
        else {
            return Err(io::Error::from(io::ErrorKind::NotFound).into());
        };
        self.refuse_git(&place.real)?;
        if place.metadata.is_dir() {
            return Err(Refusal::NotAFile);
        }
        if !place.metadata.is_symlink() {
            self.refuse_protected_identity(&place.metadata)?;
        }
        cx.check()?;
        cx.charge(DELETE)?;
        place.parent.remove_file(Path::new(&place.name)).map_err(|error| {
            // It has become a directory.
            if error.kind() == io::ErrorKind::IsADirectory {
                Refusal::NotAFile
            } else {
                error.into()
            }
        })?;
        self.seen.forget(&place.real);
        cx.remember(|| gone(&place.real));
        Ok(())
    }
}
