//! `--cover`: what a script executed.

use super::cover_page::page;
use super::source::Script;
use super::{Failure, Streams, whole};
use crate::Coverage;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use std::path::Path;

/// Writes the coverage to a file, as a page if its name ends in `.html`, else in the format of
/// LCOV; or tells what was not executed. `library` is where modules come from.
pub(super) fn tell(
    coverage: &Coverage,
    file: Option<&Path>,
    script: &Script,
    library: Option<&Path>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let Some(file) = file else {
        for line in coverage.to_string().lines() {
            streams.say(line.as_bytes());
        }
        return Ok(());
    };
    let mut coverage = coverage.clone();
    for chunk in &mut coverage.chunks {
        // Messages show the end of a long path only.
        if script.is_named(&chunk.name) {
            chunk.name = script.shown_name().to_owned();
        }
    }
    let text = if file.extension().is_some_and(|extension| extension == "html") {
        page(&coverage, |chunk| text_of(chunk, script, library))
    } else {
        for chunk in &mut coverage.chunks {
            // Whoever reads it looks for files from where the command was run.
            if let Some(library) = library
                && module(&chunk.name, script, Some(library)).is_some()
            {
                chunk.name = library.join(&chunk.name).display().to_string();
            }
        }
        coverage.lcov()
    };
    whole::write_file(file, &[text.as_bytes()])
        .map_err(|error| Failure::file("write", file, &error))
}

/// Returns the text of a chunk: the script's, or that of a module in the library.
fn text_of(chunk: &str, script: &Script, library: Option<&Path>) -> Option<Vec<u8>> {
    if chunk == script.shown_name() {
        return Some(script.text.clone());
    }
    module(chunk, script, library)?.read(chunk).ok()
}

/// Returns the library if a chunk is a module in it. It is opened beneath it, since scripts
/// choose the names of their chunks.
fn module(chunk: &str, script: &Script, library: Option<&Path>) -> Option<Dir> {
    let library = library.filter(|_| chunk != script.shown_name() && chunk.ends_with(".lua"))?;
    let library = Dir::open_ambient_dir(library, ambient_authority()).ok()?;
    library.metadata(chunk).ok().filter(|found| found.is_file())?;
    Some(library)
}
