//! `jido.glob(pattern [, path])`: paths by patterns, the newest first.
//!
//! A pattern is one of names between slashes: `*`, `?` and `[a-z]` within a name, `**` for
//! any way down, `{a,b}` for either. Names that begin with a dot are found only by that name;
//! no directory is entered through a link that leads out. A pattern through `..` finds nothing, as
//! every match outside of the root is left out; the folder to begin at is a path as any, and is
//! refused if it leads out.

use super::path::{bytes_from_path, name_from_bytes};
use super::pattern::{Budget, Dialect, matches};
use super::place::{Fare, Last, Place, Way};
use super::refusal::Refusal;
use super::temporary::maker;
use super::{Answer, Jido};
use crate::{HostCx, HostValue};
use cap_std::fs::Dir;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Most entries of directories that are looked at.
const MOST_ENTRIES: usize = 200_000;
/// Most patterns that braces make.
const MOST_PATTERNS: usize = 256;
/// The longest pattern, as the longest path.
const LONGEST_PATTERN: usize = 4096;
/// The deepest way down.
const DEEPEST: usize = 256;
/// The steps one call may spend on matching patterns.
const PATTERN_STEPS: u64 = 20_000_000;
/// Units of fuel for an entry, and for entering a directory.
const ENTRY: u64 = 32;
pub(super) const DIRECTORY: u64 = 512;
/// Units of fuel for looking at what was found.
const LOOK: u64 = 256;
/// What an entry takes beside its path, here and in the answer.
const ENTRY_BYTES: usize = 320;

/// Finds paths.
pub(super) fn glob(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    let refused = || Err(b"glob requires a pattern argument".to_vec().into());
    let Some(HostValue::String(pattern)) = args.first() else { return refused() };
    let base: &[u8] = match args.get(1) {
        None | Some(HostValue::Nil | HostValue::Null) => b".",
        Some(HostValue::String(base)) => base,
        Some(_) => return refused(),
    };
    let place =
        jido.check_path(base).and_then(|relative| jido.find_for(Fare::found(cx), &relative));
    let place = place.map_err(|r| r.failure(cx, base))?;
    let found = jido.paths(cx, pattern, &place).map_err(|r| r.failure(cx, pattern))?;
    Ok(HostValue::Array(found.into_iter().map(HostValue::String).collect()))
}

/// A directory that is still to be looked at, and what is looked for there: the components
/// of one of the patterns from this one on.
struct Task {
    way: PathBuf,
    pattern: usize,
    component: usize,
}

/// What is found, and what it took.
struct Search {
    patterns: Vec<Vec<Vec<u8>>>,
    found: BTreeMap<Vec<u8>, Option<SystemTime>>,
    budget: Budget,
    looked_at: usize,
}

impl Jido {
    fn paths(
        &self,
        cx: &mut HostCx<'_>,
        pattern: &[u8],
        base: &Place,
    ) -> Result<Vec<Vec<u8>>, Refusal> {
        if pattern.contains(&0) || pattern.len() > LONGEST_PATTERN {
            return Ok(Vec::new());
        }
        let patterns = alternatives(cx, pattern)?;
        let mut search = Search {
            patterns: patterns.iter().map(|pattern| components(pattern)).collect(),
            found: BTreeMap::new(),
            budget: Budget::new(PATTERN_STEPS),
            looked_at: 0,
        };
        let leaves = |parts: &Vec<Vec<u8>>| parts.iter().any(|part| part == b"..");
        if search.patterns.iter().any(leaves) {
            return Ok(Vec::new());
        }
        let begin = |pattern| Task { way: base.real.clone(), pattern, component: 0 };
        let mut tasks: Vec<Task> = (0..search.patterns.len()).map(begin).collect();
        while let Some(task) = tasks.pop() {
            self.look_into(cx, &mut search, task, &mut tasks)?;
        }
        let mut found: Vec<_> = search.found.into_iter().collect();
        // Stable: what is equally old stays in the order of bytes. What has no time is last.
        found.sort_by_key(|(_, modified)| Reverse(*modified));
        Ok(found.into_iter().map(|(path, _)| path).collect())
    }

    fn look_into(
        &self,
        cx: &mut HostCx<'_>,
        search: &mut Search,
        task: Task,
        tasks: &mut Vec<Task>,
    ) -> Result<(), Refusal> {
        cx.check()?;
        cx.charge(DIRECTORY)?;
        let Some(part) = search.patterns[task.pattern].get(task.component).cloned() else {
            return self.note(cx, search, &task.way);
        };
        let component = task.component + 1;
        let is_last = component == search.patterns[task.pattern].len();
        let next = |way| Task { way, pattern: task.pattern, component };
        if !is_wild(&part) {
            let name = name_from_bytes(unescaped(&part));
            tasks.push(next(join(&task.way, Path::new(&name))));
            return Ok(());
        }
        let any_way = part == b"**";
        if any_way && !is_last {
            // No way down at all is one, too.
            tasks.push(next(task.way.clone()));
        }
        let Some(dir) = self.directory(cx, &task.way)? else { return Ok(()) };
        for entry in dir.entries()? {
            look_at(cx, &mut search.looked_at)?;
            let entry = entry?;
            let name = entry.file_name();
            let bytes = bytes_from_path(Path::new(&name));
            if bytes.first() == Some(&b'.') || maker(&bytes).is_some() {
                continue;
            }
            let way = join(&task.way, Path::new(&name));
            if any_way {
                cx.reserve(ENTRY_BYTES + bytes_from_path(&way).len())?;
                if entry.file_type()?.is_dir() && way.components().count() <= DEEPEST {
                    let (pattern, component) = (task.pattern, task.component);
                    tasks.push(Task { way: way.clone(), pattern, component });
                }
                if is_last {
                    self.note(cx, search, &way)?;
                }
            } else if matches(cx, &part, &bytes, Dialect::Classes, &mut search.budget)? {
                if is_last {
                    self.note(cx, search, &way)?;
                } else {
                    cx.reserve(ENTRY_BYTES + bytes_from_path(&way).len())?;
                    tasks.push(next(way));
                }
            }
        }
        Ok(())
    }

    /// Enters a directory; nothing if it is none, or none of a script's.
    fn directory(&self, cx: &mut HostCx<'_>, way: &Path) -> Result<Option<Dir>, Refusal> {
        match self.find_for(Fare::found(cx), way) {
            Ok(place) if place.metadata.is_dir() => Ok(place.open_dir().ok()),
            Err(refusal @ Refusal::Run(_)) => Err(refusal),
            _ => Ok(None),
        }
    }

    /// Notes a path that matches, unless it leads out of the root or is gone. A link to
    /// nothing is a name as any, without a time.
    fn note(&self, cx: &mut HostCx<'_>, search: &mut Search, way: &Path) -> Result<(), Refusal> {
        cx.charge(LOOK)?;
        let modified = match self.seek_for(Fare::found(cx), way, Last::Follow) {
            Err(refusal @ Refusal::Run(_)) => return Err(refusal),
            Ok(Way::There(place)) => place.metadata.modified().ok(),
            // A name that is missing is a gap; what is beyond a link to nothing, an error.
            Err(Refusal::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                cx.charge(LOOK)?;
                match self.seek_for(Fare::found(cx), way, Last::Keep) {
                    Err(refusal @ Refusal::Run(_)) => return Err(refusal),
                    Ok(Way::There(place)) if place.metadata.is_symlink() => None,
                    _ => return Ok(()),
                }
            }
            Ok(Way::Missing(_)) | Err(_) => return Ok(()),
        };
        let path = bytes_from_path(way);
        cx.reserve(ENTRY_BYTES + 2 * path.len())?;
        search.found.insert(path, modified.map(|time| to_the_second(time.into_std())));
        Ok(())
    }
}

/// Pays for a look at one more entry of a directory.
pub(super) fn look_at(cx: &mut HostCx<'_>, looked_at: &mut usize) -> Result<(), Refusal> {
    *looked_at += 1;
    if *looked_at > MOST_ENTRIES {
        return Err(Refusal::TooManyEntries(MOST_ENTRIES));
    }
    cx.check()?;
    Ok(cx.charge(ENTRY)?)
}

/// Drops what is finer than a second.
fn to_the_second(time: SystemTime) -> SystemTime {
    let nanoseconds =
        time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    time - std::time::Duration::from_nanos(u64::from(nanoseconds))
}

/// Joins a name to a way from the root.
fn join(way: &Path, name: &Path) -> PathBuf {
    if way == Path::new(".") { name.to_path_buf() } else { way.join(name) }
}

/// Splits a pattern at its slashes; one that begins with a slash is relative all the same.
fn components(pattern: &[u8]) -> Vec<Vec<u8>> {
    let parts = pattern.split(|&byte| byte == b'/');
    let mut parts: Vec<Vec<u8>> =
        parts.filter(|part| !part.is_empty() && *part != b".").map(<[u8]>::to_vec).collect();
    // One after the other are as one, and would be tried in every way.
    parts.dedup_by(|next, part| next == b"**" && part == b"**");
    parts
}

fn is_wild(part: &[u8]) -> bool {
    part.iter().any(|byte| b"*?[".contains(byte))
}

fn unescaped(part: &[u8]) -> Vec<u8> {
    let mut name = Vec::new();
    let mut bytes = part.iter();
    while let Some(&byte) = bytes.next() {
        name.push(if byte == b'\\' { *bytes.next().unwrap_or(&byte) } else { byte });
    }
    name
}

/// Writes a pattern out for each choice between braces.
fn alternatives(cx: &mut HostCx<'_>, pattern: &[u8]) -> Result<Vec<Vec<u8>>, Refusal> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_vec()];
    while let Some(pattern) = open.pop() {
        cx.check()?;
        cx.charge(ENTRY + pattern.len() as u64)?;
        cx.reserve(2 * pattern.len() + ENTRY_BYTES)?;
        match first_choice(&pattern) {
            Some((_, _, choices)) if choices.len() > MOST_PATTERNS => {
                return Err(Refusal::PatternsTooCostly);
            }
            Some((start, end, choices)) => {
                for choice in choices.into_iter().rev() {
                    open.push([&pattern[..start], choice, &pattern[end..]].concat());
                }
            }
            None => done.push(pattern),
        }
        if open.len() + done.len() > MOST_PATTERNS {
            return Err(Refusal::PatternsTooCostly);
        }
    }
    Ok(done)
}

/// Where the first braces lie, and what is between them.
type Choice<'a> = (usize, usize, Vec<&'a [u8]>);

/// Finds the first braces that enclose no others, and what they choose from.
fn first_choice(pattern: &[u8]) -> Option<Choice<'_>> {
    let mut start = None;
    let mut commas = Vec::new();
    let mut at = 0;
    while at < pattern.len() {
        match pattern[at] {
            b'\\' => at += 1,
            b'{' => {
                start = Some(at);
                commas.clear();
            }
            b',' => commas.push(at),
            b'}' => {
                if let Some(start) = start {
                    let mut choices = Vec::new();
                    let mut from = start + 1;
                    for comma in commas.into_iter().chain([at]) {
                        choices.push(&pattern[from..comma]);
                        from = comma + 1;
                    }
                    return Some((start, at + 1, choices));
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}
