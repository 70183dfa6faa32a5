//! Where the code of this process lies: the allocator gives its pages back
//! ([`give_back_code`]).

#![expect(unsafe_code, reason = "says which pages of the process may be dropped")]

use crate::alloc::{Code, give_back_code};
use std::fs::File;
use std::io::Read;

/// Has pages of the program's code be given back when scripts take memory, where the system says
/// where they lie.
pub(super) fn give_back() {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    if let Some((from, to)) = find(&maps, give_back as *const () as usize) {
        let code = Code { from, bytes: to - from, is_as_in_the_file: is_not_traced };
        // SAFETY: these are pages of the file of the program, which the system lets nobody write
        // to while it runs, mapped without a right to write. What the loader has relocated lies
        // behind them.
        unsafe { give_back_code(code) };
    }
}

/// Returns where the code with an address begins and ends, together with the constants below it.
fn find(maps: &str, here: usize) -> Option<(usize, usize)> {
    let mut before = None;
    for mapping in maps.lines().filter_map(Mapping::read) {
        if mapping.permissions == "r-xp" && (mapping.from..mapping.to).contains(&here) {
            // Constants are the beginning of the file.
            let from = match before {
                Some(Mapping { from, to, permissions: "r--p", offset: 0 })
                    if to == mapping.from =>
                {
                    from
                }
                _ => mapping.from,
            };
            return Some((from, mapping.to));
        }
        before = Some(mapping);
    }
    None
}

/// A line of the system's list of mappings that is about a file.
struct Mapping<'a> {
    from: usize,
    to: usize,
    permissions: &'a str,
    offset: usize,
}

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

/// Tells whether no debugger has its hands on this process. Allocates nothing.
fn is_not_traced() -> bool {
    const NOT: &[u8] = b"\nTracerPid:\t0\n";
    let mut text = [0; 1024];
    let read = File::open("/proc/self/status").and_then(|mut file| file.read(&mut text));
    read.is_ok_and(|bytes| text[..bytes].windows(NOT.len()).any(|window| window == NOT))
}
