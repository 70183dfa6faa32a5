//! The trace of a prompt's session: in memory, unless a file was asked for.

use super::super::options::RunOptions;
use super::super::replay::Rest;
use super::super::whole;
use super::Failure;
use crate::base::one_line::path_text;
use crate::drive::KeptTrace;
use crate::{Profile, SessionBuilder, drive};
use std::path::{Path, PathBuf};

/// The most bytes of a trace that are kept in memory.
const LARGEST: usize = 64 << 20;

/// What has been recorded.
#[derive(Debug, Default)]
pub(super) enum Record {
    /// Nothing: for a session that cannot be recorded.
    #[default]
    Nothing,
    /// To a file.
    File(PathBuf),
    /// In memory.
    Memory(KeptTrace),
}

impl Record {
    /// Lets a session be recorded.
    pub(super) fn begin(
        builder: SessionBuilder,
        options: &RunOptions,
    ) -> Result<(SessionBuilder, Record), Failure> {
        if let Some(path) = &options.record {
            let trace =
                Rest::over(path).map_err(|error| Failure::file("write the trace", path, &error))?;
            return Ok((drive::record(builder, trace), Record::File(path.clone())));
        }
        // What scripts read by `io` is in no trace.
        if options.profile == Profile::Compat && options.hosts.root.is_some() {
            return Ok((builder, Record::Nothing));
        }
        let kept = KeptTrace::up_to(LARGEST);
        Ok((builder.record(kept.clone()), Record::Memory(kept)))
    }

    /// Writes what was recorded so far to a file, and what ends a trace. Returns what there is
    /// to say.
    pub(super) fn save(&self, path: Option<&Path>, end: &[u8]) -> Result<String, Failure> {
        let none = |why: &str| Err(Failure::usage(format!("there is no trace: {why}")));
        let (kept, path) = match (self, path) {
            (Record::Nothing, _) => {
                return none("a session of a snapshot, or with files of `io`, is not recorded");
            }
            (Record::File(file), Some(_)) => {
                let text =
                    format!("the trace is in {} already: copy it from there", path_text(file));
                return Err(Failure::usage(text));
            }
            (Record::File(file), None) => {
                return Ok(format!("the trace is in {}", path_text(file)));
            }
            (Record::Memory(kept), path) => (kept, path),
        };
        kept.with(|bytes| {
            let Some(bytes) = bytes else {
                return none(
                    "it was too long to be kept in memory (--record FILE has no such limit)",
                );
            };
            let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count();
            let Some(path) = path else {
                let size = bytes.len();
                return Ok(format!(
                    "the trace has {lines} lines, {size} bytes; `:trace FILE` saves it"
                ));
            };
            whole::write_file(path, &[bytes, end])
                .map_err(|error| Failure::file("write the trace", path, &error))?;
            let shown = path_text(path);
            Ok(format!("{lines} lines are in {shown}; `moonfuel replay {shown}` runs them again"))
        })
    }
}
