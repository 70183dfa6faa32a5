//! Traces: replayed as they are, and damaged.

use super::host::{builder, chunk, finish};
use super::input::Random;
use moonfuel::Trace;
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// What is run second: the session goes on.
const SECOND: &str = "print(n, count()) return pcall(echo, 'second'), collectgarbage('count')";

/// The end of a line, from where its hash begins.
const HASH: &str = ",\"sha\":\"";

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Records a run of the bytes and one after it: the trace replays to the same reports. A trace
/// that is changed anywhere is refused, or does not replay; one that was changed with all its
/// hashes made anew comes to an end, whatever it says.
pub fn replay(source: &[u8]) {
    let mut random = Random::of(source);
    let sink = Sink::default();
    let session = builder(random.below(1 << 30)).record(sink.clone()).build().unwrap();
    let (session, first, _) = finish(session.start(chunk(source)), || 1 + random.below(900));
    let (session, second, _) = finish(session.start(chunk(SECOND.as_bytes())), || u64::MAX);
    drop(session);
    let text = String::from_utf8(sink.0.lock().unwrap().clone()).expect("a trace is text");

    let replay = Trace::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}")).replay();
    let replay = replay.unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(replay.reports, [first, second], "{text}");

    for _ in 0..3 {
        let damaged = damaged(&text, &mut random);
        if damaged == text {
            continue;
        }
        let replayed = Trace::parse(&damaged).map(|trace| trace.replay());
        assert!(!matches!(replayed, Ok(Ok(_))), "nobody noticed:\n{damaged}\n---\n{text}");
    }
    for _ in 0..3 {
        let forged = forged(&text, &mut random);
        if let Ok(trace) = Trace::parse(&forged) {
            let _ = trace.replay();
        }
    }
}

fn index(random: &mut Random, length: usize) -> usize {
    random.below(length.max(1) as u64) as usize
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| format!("{line}\n")).collect()
}

/// Changes a trace in one place.
fn damaged(text: &str, random: &mut Random) -> String {
    let mut lines = lines(text);
    let at = index(random, lines.len());
    match random.below(6) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 if at > 0 => lines.swap(at, at - 1),
        3 => {
            let cut = index(random, text.len());
            return text[..(0..=cut).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)]
                .into();
        }
        _ => change(&mut lines[at], random),
    }
    lines.concat()
}

/// Changes one character of a line.
fn change(line: &mut String, random: &mut Random) {
    let mut bytes = std::mem::take(line).into_bytes();
    let at = index(random, bytes.len() - 1);
    bytes[at] = match bytes[at] {
        b'0'..=b'9' => b'0' + random.below(10) as u8,
        byte if byte.is_ascii() => b"\"{}[],:-.$aenrtufl 0"[index(random, 20)],
        byte => byte,
    };
    *line = String::from_utf8_lossy(&bytes).into_owned();
}

/// Changes a trace in a few places and makes its numbers and hashes anew.
fn forged(text: &str, random: &mut Random) -> String {
    let mut lines = lines(text);
    for _ in 0..=random.below(3) {
        let at = index(random, lines.len());
        match random.below(8) {
            0 if lines.len() > 2 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at].clone()),
            2 if at > 0 => lines.swap(at, at - 1),
            _ => change(&mut lines[at], random),
        }
    }
    let mut hash = [0_u8; 32];
    let mut forged = String::new();
    for (at, line) in lines.iter().enumerate() {
        let body = line.rfind(HASH).map_or(line.as_str(), |end| &line[..end]);
        // Numbers from one on, so that the line is looked at.
        let body = match body.split_once(",\"k\"") {
            Some((_, rest)) => format!("{{\"n\":{},\"k\"{rest}", at + 1),
            None => body.to_owned(),
        };
        hash = Sha256::new().chain_update(hash).chain_update(&body).finalize().into();
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        forged += &format!("{body}{HASH}{hex}\"}}\n");
    }
    forged
}
