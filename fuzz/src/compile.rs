//! Precompiled chunks that are whole: they are the chunk they were made of.

use super::sessions::{in_slices, limits, literal, session};
use moonfuel::{Limits, Profile};

/// Compiles the bytes, writes the chunk down and reads it again: the same bytes come out
/// of what was read, and it does the same as the source did, to the words of its errors.
pub fn compile(source: &[u8]) {
    // Some sources hold nothing that a profile for trusted code would take amiss.
    let source = &source[..source.len().min(2048)];
    let driver = |which: &str| {
        format!(
            r#"local chunk, message = load("{}", "=fuzz", "t")
               if not chunk then return message end
               local dumped = string.dump(chunk)
               local again = assert(load(dumped, "another name", "b"))
               assert(string.dump(again) == dumped, "written anew it differs")
               local bare = assert(load(string.dump(chunk, true), "=fuzz", "b"))
               assert(string.dump(bare) == string.dump(chunk, true), "stripped it differs")
               os, io, require, package, debug, load, collectgarbage, dofile = nil
               print(pcall({which}, 1, "two"))"#,
            literal(source),
        )
    };
    let limits = Limits { fuel: 400_000, memory: 4 << 20, ..limits() };
    let run = |which: &str| {
        let session = session(Profile::Full, limits.clone());
        in_slices(session, driver(which).as_bytes(), &limits, || u64::MAX)
    };
    let (text, read) = (run("chunk"), run("again"));
    let ended = |report: &moonfuel::Report| report.is_done() || report.json().is_err();
    assert!(ended(&text));
    assert_eq!(text, read, "a chunk read again does something else");
}
