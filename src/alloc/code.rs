//! Pages of the program's own code, given back as a script takes memory.
//!
//! Reading a command line and setting up a run goes through code that is strewn over the
//! whole program, and the system maps sixteen pages around each that is touched: 4 MB that
//! count as the process's, of which a script that works on its data uses a tenth.

use std::fs::File;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where the program's code lies, once that is noted; two zeros before.
static FROM: AtomicUsize = AtomicUsize::new(0);
static TO: AtomicUsize = AtomicUsize::new(0);

/// Finds out where the program's code lies, so that its pages are given back from now on.
///
/// A command does this for its own process; a library leaves its host's alone.
#[cfg(feature = "cli")]
pub(crate) fn note_code() {
    let here = note_code as *const () as usize;
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let mut before = None;
    for mapping in maps.lines().filter_map(Mapping::read) {
        if mapping.permissions == "r-xp" && (mapping.from..mapping.to).contains(&here) {
            // Constants lie below the code, from the beginning of the file on.
            let from = match before {
                Some(Mapping { from, to, permissions: "r--p", offset: 0 })
                    if to == mapping.from =>
                {
                    from
                }
                _ => mapping.from,
            };
            FROM.store(from, Ordering::Relaxed);
            TO.store(mapping.to, Ordering::Release);
            return;
        }
        before = Some(mapping);
    }
}

/// A line of the system's list of mappings that is about a file.
#[cfg(feature = "cli")]
struct Mapping<'a> {
    from: usize,
    to: usize,
    permissions: &'a str,
    offset: usize,
}

#[cfg(feature = "cli")]
impl Mapping<'_> {
    fn read(line: &str) -> Option<Mapping<'_>> {
        let number = |digits| usize::from_str_radix(digits, 16).ok();
        let mut words = line.split_ascii_whitespace();
        let (from, to) = words.next()?.split_once('-')?;
        let (permissions, offset, inode) = (words.next()?, words.next()?, words.nth(1)?);
        let mapping =
            Mapping { from: number(from)?, to: number(to)?, permissions, offset: number(offset)? };
        (inode != "0").then_some(mapping)
    }
}

/// Lets the system have the pages of the program's code and constants. It hands them out again, from what
/// it keeps of the file, as they are used. Allocates nothing.
pub(super) fn forget_code() {
    let to = TO.load(Ordering::Acquire);
    let from = FROM.load(Ordering::Relaxed);
    if to == 0 || is_traced() {
        return;
    }
    // SAFETY: the pages of mappings of a file that are never written to (what is relocated
    // lies behind the code): what the system reads anew is what was there.
    unsafe { super::forget(std::ptr::with_exposed_provenance_mut(from), to - from) };
}

/// Tells whether a debugger may have written its breakpoints into the code.
fn is_traced() -> bool {
    const NOT: &[u8] = b"\nTracerPid:\t0\n";
    let mut text = [0; 1024];
    let read = File::open("/proc/self/status").and_then(|mut file| file.read(&mut text));
    !read.is_ok_and(|bytes| text[..bytes].windows(NOT.len()).any(|window| window == NOT))
}
