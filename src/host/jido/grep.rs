//! `jido.grep(pattern, path [, {recursive = bool, max_results = n}])`: lines that match.
//!
//! Patterns are those of the crate `regex`, over bytes. Links and binary files are passed
//! over, and what lies below `.git`; files come in the order of their paths' bytes.

use super::matcher::Matcher;
use super::path::{bytes_from_path, path_from_bytes};
use super::place::{Fare, Place};
use super::read::{BINARY_PROBE, option, options};
use super::refusal::Refusal;
use super::temporary::maker;
use super::{Answer, Failure, Jido};
use crate::host::pace::{PIECE, Room, piece};
use crate::{HostCx, HostValue};
use regex::bytes::{Regex, RegexBuilder};
use std::path::Path;

/// The results when the script does not say, and the most.
const DEFAULT_RESULTS: i64 = 100;
const MOST_RESULTS: i64 = 10_000;
/// The longest pattern.
const LONGEST_PATTERN: usize = 4096;
/// The largest program that a pattern is made into, in bytes, and its cache.
const PROGRAM: usize = 256 * 1024;
const CACHE: usize = 1024 * 1024;
/// Most entries of directories that are looked at.
const MOST_ENTRIES: usize = 200_000;
/// Units of fuel for making a pattern, and beside for each of its bytes.
const COMPILE: u64 = 4096;
const PATTERN_BYTE: u64 = 256;
/// And for one that may repeat a class. Letters are a program of their own, so that a few bytes
/// make the largest one (`\pL{100}`), which takes a millisecond.
const REPEATED_CLASS: u64 = 32 * 1024;
/// Units of fuel for an entry, a file, a line and a result.
const ENTRY: u64 = 64;
const FILE: u64 = 2048;
const LINE: u64 = 8;
const RESULT: u64 = 64;
/// What an entry and a result take beside their bytes.
const ENTRY_BYTES: usize = 96;
const RESULT_BYTES: usize = 512;

/// Finds lines.
pub(super) fn grep(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    let requires = || Err(b"grep requires pattern and path arguments".to_vec().into());
    let [HostValue::String(pattern), HostValue::String(path), rest @ ..] = args else {
        return requires();
    };
    let Some(options) = options(rest.first()) else { return requires() };
    let recursive = options.field("recursive") != Some(&HostValue::Boolean(false));
    let most = option(Some(options), "max_results").unwrap_or(DEFAULT_RESULTS);
    let most = usize::try_from(most.clamp(0, MOST_RESULTS)).unwrap_or(0);
    let place =
        jido.check_path(path).and_then(|relative| jido.find_for(Fare::found(cx), &relative));
    let place = place.map_err(|refusal| missing(cx, refusal, path))?;
    let regex = compile(cx, pattern)?;
    let (price, found, room) = (price(pattern), Vec::new(), Room::default());
    let Some(matcher) = Matcher::new(regex, PROGRAM, CACHE) else {
        return Err(invalid("no automaton can be made of it").into());
    };
    let mut search = Search { matcher, price, most, found, looked_at: 0, room };
    let searched = jido.search_below(cx, &mut search, place, recursive);
    searched.map_err(|refusal| missing(cx, refusal, path))?;
    Ok(HostValue::Array(search.found))
}

fn missing(cx: &mut HostCx<'_>, refusal: Refusal, path: &[u8]) -> Failure {
    match refusal {
        Refusal::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
            [b"Path not found: ", path].concat().into()
        }
        refusal => refusal.failure(cx, path),
    }
}

fn compile(cx: &mut HostCx<'_>, pattern: &[u8]) -> Result<Regex, Failure> {
    cx.check().map_err(Failure::Raised)?;
    let bytes = pattern.len().min(LONGEST_PATTERN) as u64;
    let repeated = if may_repeat_class(pattern) { REPEATED_CLASS } else { 0 };
    cx.charge(COMPILE + PATTERN_BYTE * bytes + repeated).map_err(Failure::Raised)?;
    cx.reserve(2 * PROGRAM + CACHE).map_err(Failure::Raised)?;
    if pattern.len() > LONGEST_PATTERN {
        return Err(invalid(&format!("longer than {LONGEST_PATTERN} bytes")).into());
    }
    let Ok(pattern) = std::str::from_utf8(pattern) else {
        return Err(invalid("not valid UTF-8").into());
    };
    let built = RegexBuilder::new(pattern).size_limit(PROGRAM).dfa_size_limit(CACHE).build();
    built.map_err(|error| invalid(&error.to_string()).into())
}

fn invalid(why: &str) -> Vec<u8> {
    format!("Invalid regex pattern: {why}").into_bytes()
}

/// Tells whether a pattern has a class and a number of repetitions.
fn may_repeat_class(pattern: &[u8]) -> bool {
    pattern.contains(&b'{') && pattern.iter().any(|byte| b"\\[.".contains(byte))
}

/// Returns how many bytes of text a unit of fuel pays for: patterns that repeat take longer
/// for each.
fn price(pattern: &[u8]) -> u64 {
    let repeats = pattern.iter().filter(|byte| b"{*+?".contains(byte)).count() as u64;
    1 + repeats
}

struct Search {
    matcher: Matcher,
    price: u64,
    most: usize,
    found: Vec<HostValue>,
    looked_at: usize,
    /// For one file after the other.
    room: Room,
}

impl Jido {
    fn search_below(
        &self,
        cx: &mut HostCx<'_>,
        search: &mut Search,
        place: Place,
        recursive: bool,
    ) -> Result<(), Refusal> {
        if search.most == 0 {
            return Ok(());
        }
        if !place.metadata.is_dir() {
            return self.search_file(cx, search, &place, true);
        }
        let base = bytes_from_path(&place.real);
        // Paths that are still to be looked at, the next one last. Folders end with `/`: so
        // they are sorted as what lies in them is.
        let mut waiting = vec![if base == b"." { Vec::new() } else { base }];
        let mut first = true;
        while let Some(mut way) = waiting.pop() {
            if search.found.len() >= search.most {
                return Ok(());
            }
            cx.check()?;
            if way.last() == Some(&b'/') {
                way.pop();
            }
            let path = path_from_bytes(if way.is_empty() { b".".to_vec() } else { way.clone() });
            // What was there may be gone, or not to be looked at.
            let place = match self.find_for(Fare::found(cx), &path) {
                Ok(place) => place,
                Err(refusal @ Refusal::Run(_)) => return Err(refusal),
                Err(_) => continue,
            };
            if place.real != path {
                continue;
            }
            if place.metadata.is_dir() {
                if first || recursive {
                    self.add_entries(cx, search, &place, &way, &mut waiting)?;
                }
                first = false;
            } else {
                self.search_file(cx, search, &place, false)?;
            }
        }
        Ok(())
    }

    fn add_entries(
        &self,
        cx: &mut HostCx<'_>,
        search: &mut Search,
        place: &Place,
        way: &[u8],
        waiting: &mut Vec<Vec<u8>>,
    ) -> Result<(), Refusal> {
        let Ok(dir) = place.open_dir() else { return Ok(()) };
        let begin = waiting.len();
        for entry in dir.entries()? {
            search.looked_at += 1;
            if search.looked_at > MOST_ENTRIES {
                return Err(Refusal::TooManyEntries(MOST_ENTRIES));
            }
            cx.check()?;
            cx.charge(ENTRY)?;
            let entry = entry?;
            let kind = entry.file_type()?;
            let name = bytes_from_path(Path::new(&entry.file_name()));
            let is_passed_over = name.eq_ignore_ascii_case(b".git") || maker(&name).is_some();
            if is_passed_over || !(kind.is_dir() || kind.is_file()) {
                continue;
            }
            let mut path = if way.is_empty() { name } else { [way, b"/", &name].concat() };
            cx.reserve(ENTRY_BYTES + path.len())?;
            if kind.is_dir() {
                path.push(b'/');
            }
            waiting.push(path);
        }
        // Below a directory come its own before its neighbours.
        waiting[begin..].sort_unstable_by(|a, b| b.cmp(a));
        Ok(())
    }

    fn search_file(
        &self,
        cx: &mut HostCx<'_>,
        search: &mut Search,
        place: &Place,
        named: bool,
    ) -> Result<(), Refusal> {
        cx.charge(FILE)?;
        let (content, _) = match self.read_content_into(cx, place, &mut search.room) {
            Ok(read) => read,
            // Those that cannot be read are passed over, unless one was asked for.
            Err(refusal) if named || matches!(refusal, Refusal::Run(_)) => return Err(refusal),
            Err(_) => return Ok(()),
        };
        if content.iter().take(BINARY_PROBE).any(|&byte| byte == 0) {
            return Ok(());
        }
        let file = bytes_from_path(&place.real);
        let mut paid = 0;
        let mut start = 0;
        let mut number = 0;
        while start < content.len() {
            if start >= paid {
                let next = (content.len() - start).min(PIECE);
                piece(cx, next)?;
                cx.charge(next as u64 * search.price / 16)?;
                paid = start + next;
            }
            let end =
                memchr::memchr(b'\n', &content[start..]).map_or(content.len(), |at| start + at);
            let line = &content[start..end];
            if end > paid {
                // A line that is longer than a piece.
                piece(cx, end - paid)?;
                cx.charge((end - paid) as u64 * search.price / 16)?;
                paid = end;
            }
            cx.charge(LINE)?;
            number += 1;
            start = end + 1;
            if !search.matcher.is_match(cx, line)? {
                continue;
            }
            cx.charge(RESULT)?;
            cx.reserve(RESULT_BYTES + file.len() + line.len())?;
            search.found.push(HostValue::object([
                ("file", HostValue::String(file.clone())),
                ("line", HostValue::Integer(number)),
                ("content", HostValue::String(line.to_vec())),
            ]));
            if search.found.len() >= search.most {
                return Ok(());
            }
        }
        Ok(())
    }
}
