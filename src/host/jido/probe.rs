//! `jido.file_exists`, `jido.is_file` and `jido.is_dir`: questions answered
//! with a boolean; only a breach of the rules is a failure.

use super::place::{Fare, Last, Way};
use super::refusal::Refusal;
use super::{Answer, Jido};
use crate::{HostCx, HostValue};
use cap_std::fs::Metadata;

/// Tells whether a path leads to anything; a dangling link does not.
pub(super) fn file_exists(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    probe(jido, cx, args, "file_exists", |_| true)
}

/// Tells whether a path leads to a regular file.
pub(super) fn is_file(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    probe(jido, cx, args, "is_file", Metadata::is_file)
}

/// Tells whether a path leads to a directory.
pub(super) fn is_dir(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    probe(jido, cx, args, "is_dir", Metadata::is_dir)
}

fn probe(
    jido: &Jido,
    cx: &mut HostCx<'_>,
    args: &[HostValue],
    name: &str,
    test: fn(&Metadata) -> bool,
) -> Answer {
    let Some(HostValue::String(path)) = args.first() else {
        return Err(format!("{name} requires a path argument").into_bytes().into());
    };
    match jido.look(cx, path) {
        Ok(found) => Ok(HostValue::Boolean(found.is_some_and(|metadata| test(&metadata)))),
        Err(Refusal::Io(_) | Refusal::NameTooLong) => Ok(HostValue::Boolean(false)),
        // These three say so in words of their own.
        Err(Refusal::LinkLoop) => Err(Refusal::InvalidPath.failure(cx, path)),
        Err(refusal) => Err(refusal.failure(cx, path)),
    }
}

impl Jido {
    fn look(&self, cx: &mut HostCx<'_>, path: &[u8]) -> Result<Option<Metadata>, Refusal> {
        let relative = self.check_path(path)?;
        match self.seek_for(Fare::given(cx, &relative), &relative, Last::Follow)? {
            Way::There(place) => Ok(Some(place.metadata)),
            Way::Missing(_) => Ok(None),
        }
    }
}
