//! The trace of a prompt's session: in memory, unless a file was asked for.

use super::super::options::RunOptions;
use super::super::replay::Rest;
use super::Failure;
use crate::base::one_line::path_text;
use crate::session::lock;
use crate::{Profile, SessionBuilder, drive};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

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
    Memory(Arc<Mutex<Kept>>),
}

/// A trace in memory.
#[derive(Debug, Default)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    /// It was too long, and is no longer kept.
    is_too_long: bool,
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
        let kept = Arc::new(Mutex::new(Kept::default()));
        Ok((builder.record(Sink(kept.clone())), Record::Memory(kept)))
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
        let kept = lock(kept);
        if kept.is_too_long {
            return none("it was too long to be kept in memory (--record FILE has no such limit)");
        }
        let lines = 1 + kept.bytes.iter().filter(|byte| **byte == b'\n').count();
        let Some(path) = path else {
            let size = kept.bytes.len();
            return Ok(format!(
                "the trace has {lines} lines, {size} bytes; `:trace FILE` saves it"
            ));
        };
        std::fs::write(path, [&kept.bytes, end].concat())
            .map_err(|error| Failure::file("write the trace", path, &error))?;
        let shown = path_text(path);
        Ok(format!("{lines} lines are in {shown}; `moonfuel replay {shown}` runs them again"))
    }
}

/// Where a trace goes that is kept in memory.
struct Sink(Arc<Mutex<Kept>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = lock(&self.0);
        if kept.bytes.len().saturating_add(bytes.len()) > LARGEST {
            // The session goes on without: an error here would end it.
            *kept = Kept { bytes: Vec::new(), is_too_long: true };
        }
        if !kept.is_too_long {
            kept.bytes.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
