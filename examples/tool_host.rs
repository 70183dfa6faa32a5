//! A host that lends a script a slow tool and keeps its time: a deadline, somebody who
//! may cancel, and a function that looks at the run it works for.
//!
//! Run: `cargo run --release --example tool_host`

#![allow(clippy::print_stdout, unreachable_pub, reason = "an example shows its results")]

use moonfuel::drive::{DriveOptions, drive};
use moonfuel::{Bytes, Canceller, Chunk, HostCx, HostError, LuaError, Outcome, Report, Session};
use std::thread;
use std::time::Duration;

/// Counts words, a piece of the text at a time. What it needs is the run's: it pays fuel
/// for each piece, counts the memory it takes, and stops when the run must end.
fn count_words(cx: &mut HostCx<'_>, text: Bytes) -> Result<u64, HostError> {
    // For a copy in lower case.
    cx.reserve(text.len())?;
    let mut words = 0;
    let mut in_word = false;
    for piece in text.to_ascii_lowercase().chunks(64 * 1024) {
        cx.check()?;
        cx.charge(piece.len() as u64 / 8)?;
        for byte in piece {
            let letter = byte.is_ascii_lowercase();
            words += u64::from(letter && !in_word);
            in_word = letter;
        }
    }
    Ok(words)
}

/// Waits for an answer that never comes, as one from a network might.
fn ask(cx: &mut HostCx<'_>, (): ()) -> Result<String, HostError> {
    loop {
        cx.check()?;
        let left = cx.remaining().unwrap_or(Duration::MAX);
        thread::sleep(left.min(Duration::from_millis(1)));
    }
}

fn session() -> Result<Session, LuaError> {
    Session::builder()
        .function_with("tool.count_words", count_words)
        .function_with("tool.ask", ask)
        .build()
}

/// A tool at work: what it takes is in the report.
pub fn words() -> Result<(String, u64), LuaError> {
    let report = session()?.run("return tool.count_words(('one two '):rep(100000))");
    Ok((report.json()?.to_owned(), report.usage.fuel_used))
}

/// Ends a script that waits for ever at its deadline, whatever it catches. What it said
/// before is there.
pub fn in_time(timeout: Duration) -> Result<(Report, Vec<u8>), LuaError> {
    let chunk = Chunk::new(b"print('asking')\nwhile true do pcall(tool.ask) end").named("@ask.lua");
    let mut said = Vec::new();
    let (_session, report) = drive(session()?, chunk, timeout, &mut |text| said.extend(text));
    Ok((report, said))
}

/// Ends a script from another thread.
pub fn cancelled() -> Result<Outcome, LuaError> {
    let canceller = Canceller::new();
    let options = DriveOptions::from(canceller.clone());
    let other = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        canceller.cancel();
    });
    let (_session, report) = drive(session()?, Chunk::new(b"tool.ask()"), options, &mut |_| ());
    let _ = other.join();
    Ok(report.outcome)
}

#[allow(dead_code, reason = "the tests of the examples call the functions above")]
fn main() -> Result<(), LuaError> {
    let (count, fuel) = words()?;
    println!("{count} words for {fuel} units of fuel");
    let (report, said) = in_time(Duration::from_millis(50))?;
    print!("{}", String::from_utf8_lossy(&said));
    if let Some(place) = report.place {
        println!("{:?} at {}:{}", report.outcome, place.chunk, place.line.unwrap_or(0));
    }
    println!("{:?}", cancelled()?);
    Ok(())
}
