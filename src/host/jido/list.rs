//! `jido.list_dir([path [, {ignore_patterns={…}}]])`.

use super::path::bytes_from_path;
use super::pattern::{Budget, Dialect, matches};
use super::place::Fare;
use super::read::options;
use super::refusal::Refusal;
use super::temporary::maker;
use super::{Answer, Jido};
use crate::{HostCx, HostValue};
use std::path::Path;

/// The largest directory that is listed. A longer list is refused, not cut:
/// which entries come first is the file system's whim.
const MOST_ENTRIES: usize = 100_000;

/// The steps one call may spend on matching patterns.
const PATTERN_STEPS: u64 = 20_000_000;

/// Units of fuel for an entry.
const ENTRY: u64 = 32;
/// Units of fuel for finding out what a link leads to.
const LINK: u64 = 256;
/// What an entry takes beside its name, here and in the answer.
const ENTRY_BYTES: usize = 320;

/// An entry in the order of the result: directories first, then by bytes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    is_file: bool,
    name: Vec<u8>,
}

/// Lists a directory, the root without arguments.
pub(super) fn list_dir(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    let path: &[u8] = match args.first() {
        None | Some(HostValue::Nil | HostValue::Null) => b"",
        Some(HostValue::String(path)) => path,
        Some(_) => return Err(b"list_dir requires a path argument".to_vec().into()),
    };
    let Some(options) = options(args.get(1)) else {
        return Err(b"list_dir requires a path argument".to_vec().into());
    };
    let ignored = ignore_patterns(options);
    let entries = jido.list(cx, path, &ignored).map_err(|r| r.failure(cx, path))?;
    Ok(HostValue::Array(entries.into_iter().map(entry_value).collect()))
}

fn entry_value(entry: Entry) -> HostValue {
    let kind = if entry.is_file { "file" } else { "directory" };
    HostValue::object([("name", HostValue::String(entry.name)), ("type", kind.into())])
}

/// Returns the patterns of the options: every string there is, whatever its key; what is no
/// string is ignored.
fn ignore_patterns(options: &HostValue) -> Vec<&[u8]> {
    match options.field("ignore_patterns") {
        Some(HostValue::String(pattern)) => vec![pattern],
        Some(HostValue::Array(patterns)) => {
            patterns.iter().filter_map(HostValue::as_bytes).collect()
        }
        Some(HostValue::Object(patterns)) => {
            patterns.iter().filter_map(|(_, pattern)| pattern.as_bytes()).collect()
        }
        _ => Vec::new(),
    }
}

impl Jido {
    fn list(
        &self,
        cx: &mut HostCx<'_>,
        path: &[u8],
        ignored: &[&[u8]],
    ) -> Result<Vec<Entry>, Refusal> {
        let relative = self.check_path(path)?;
        let place = self.find_for(Fare::given(cx, &relative), &relative)?;
        let dir = place.open_dir()?;
        let mut entries = Vec::new();
        let mut budget = Budget::new(PATTERN_STEPS);
        for (seen, entry) in dir.entries()?.enumerate() {
            if seen >= MOST_ENTRIES {
                return Err(Refusal::TooManyEntries(MOST_ENTRIES));
            }
            cx.check()?;
            cx.charge(ENTRY)?;
            let entry = entry?;
            let name = entry.file_name();
            let bytes = bytes_from_path(Path::new(&name));
            if maker(&bytes).is_some() || is_ignored(cx, &bytes, ignored, &mut budget)? {
                continue;
            }
            cx.reserve(ENTRY_BYTES + 2 * bytes.len())?;
            let kind = entry.file_type()?;
            let is_dir = if kind.is_symlink() {
                self.leads_to_folder(cx, &place.real.join(&name))?
            } else {
                kind.is_dir()
            };
            entries.push(Entry { is_file: !is_dir, name: bytes });
        }
        entries.sort_unstable();
        Ok(entries)
    }

    /// Tells what a link counts as, which is what it leads to: where that cannot be told, or is
    /// outside, as a file.
    fn leads_to_folder(&self, cx: &mut HostCx<'_>, link: &Path) -> Result<bool, Refusal> {
        cx.charge(LINK)?;
        match self.find_for(Fare::found(cx), link) {
            Ok(place) => Ok(place.metadata.is_dir()),
            Err(refusal @ Refusal::Run(_)) => Err(refusal),
            Err(_) => Ok(false),
        }
    }
}

fn is_ignored(
    cx: &mut HostCx<'_>,
    name: &[u8],
    ignored: &[&[u8]],
    budget: &mut Budget,
) -> Result<bool, Refusal> {
    for pattern in ignored {
        if matches(cx, pattern, name, Dialect::Names, budget)? {
            return Ok(true);
        }
    }
    Ok(false)
}
