//! `jido.file_exists`, `jido.is_file` and `jido.is_dir`: questions answered
//! with a boolean; only a breach of the rules is a failure.

use super::refusal::Refusal;
use super::{Answer, Jido};
use crate::{HostCx, HostValue};
use cap_std::fs::Metadata;
use std::io;

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
    match jido.look(path) {
        Ok(metadata) => Ok(HostValue::Boolean(test(&metadata))),
        Err(Refusal::Io(error)) if !is_loop(&error) => Ok(HostValue::Boolean(false)),
        Err(Refusal::NameTooLong) => Ok(HostValue::Boolean(false)),
        Err(refusal) => Err(refusal.failure(cx, path)),
    }
}

impl Jido {
    fn look(&self, path: &[u8]) -> Result<Metadata, Refusal> {
        let real = self.locate(&self.check_path(path)?)?;
        Ok(self.dir.metadata(real)?)
    }
}

/// A loop of links is refused rather than absent, as everywhere else.
#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_loop(_error: &io::Error) -> bool {
    false
}
