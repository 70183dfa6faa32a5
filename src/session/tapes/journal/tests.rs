//! Journals as bytes: what is written is read, and nothing else is.

use super::*;
use crate::{Denied, HostCx, HostError, Limits, Policy, PolicyCall, Session};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Lets everything through.
struct Open;

impl Policy for Open {
    fn ask(&self, call: &PolicyCall<'_>) -> Result<u64, Denied> {
        Ok(call.number)
    }
}

/// A call of three functions, the last of which fails.
const SOURCE_TEXT: &str = "local a = host.echo({n = 1, list = {'x', 2.5}})
    local b = host.note('two')
    local done, why = pcall(host.fail, true)
    return a, b, done, why";

/// Calls `source` with a journal, as one that was saved or anew. Returns what came of it, what
/// was saved of it at its end, what differs, and how often a function was called.
struct Called {
    json: Result<String, String>,
    saved: Result<Vec<u8>, String>,
    differs: Option<String>,
    calls: usize,
    recalled: usize,
}

/// Knows how often it is asked, and to recall what.
struct Noting(Arc<AtomicUsize>, Arc<AtomicUsize>);

impl crate::HostFunction for Noting {
    fn call(
        &mut self,
        cx: &mut HostCx<'_>,
        args: &mut [HostValue],
    ) -> Result<crate::Reply, HostError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        cx.charge(10)?;
        cx.remember(|| b"it was here".to_vec());
        Ok(crate::Reply::Now(args.to_vec()))
    }

    fn recall(&mut self, note: &[u8]) {
        assert!(!note.is_empty());
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

fn call(source: &str, saved: &[u8]) -> Called {
    let (calls, recalled) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let journal = Journal::default();
    let (echoes, fails) = (Arc::clone(&calls), Arc::clone(&calls));
    let limits = Limits { host_result: 8 << 20, output: 8 << 20, ..Limits::default() };
    let mut session = Session::builder()
        .limits(limits)
        .function("host.echo", move |value: HostValue| {
            echoes.fetch_add(1, Ordering::Relaxed);
            Ok(value)
        })
        .host("host.note", Noting(Arc::clone(&calls), Arc::clone(&recalled)))
        .function("host.fail", move |_: bool| {
            fails.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(HostError::new("it cannot be"))
        })
        .function("host.long", |length: usize| Ok("x".repeat(length)))
        .function("host.take", |_: crate::Function| Ok(()))
        .function("host.stays", |value: HostValue| match value {
            HostValue::Boolean(_) => Err(HostError::new("it is refused")),
            value => Ok((HostValue::Nil, value)),
        })
        .policy(Open)
        .journal(&journal, &["host.stays"])
        .build()
        .unwrap();
    journal.begin(saved, Canceller::new());
    let report = session.run(source);
    let json = report.json().map(str::to_owned).map_err(|error| error.to_string());
    let saved = journal.save();
    let differs = journal.end();
    let number = |count: &AtomicUsize| count.load(Ordering::Relaxed);
    Called { json, saved, differs, calls: number(&calls), recalled: number(&recalled) }
}

#[test]
fn what_is_written_is_read_and_answers_for_the_functions() {
    let first = call(SOURCE_TEXT, &[]);
    assert_eq!((first.calls, first.recalled, first.differs), (3, 0, None));
    assert!(first.json.as_ref().unwrap().contains("it cannot be"), "{:?}", first.json);
    let saved = first.saved.unwrap();
    let entries = read(&saved).unwrap();
    let names: Vec<_> = entries.iter().map(|entry| &entry.name[..]).collect();
    assert_eq!(names, [&b"host.echo"[..], b"host.note", b"host.fail"]);
    assert!(entries.iter().all(|entry| !entry.args.is_empty() && !entry.reply.is_empty()));
    let again = call(SOURCE_TEXT, &saved);
    assert_eq!((again.calls, again.recalled, again.differs), (0, 1, None));
    assert_eq!((again.json, again.saved.unwrap()), (first.json, saved));
}

#[test]
fn every_end_that_is_missing_is_noticed() {
    let saved = call(SOURCE_TEXT, &[]).saved.unwrap();
    let whole = read(&saved).unwrap();
    let mut ends = Vec::new();
    for end in 0..saved.len() {
        if let Some(entries) = read(&saved[..end]) {
            // As many as there are before a whole call.
            assert_eq!(entries, whole[..entries.len()]);
            let bytes: usize = entries.iter().map(Entry::bytes).sum();
            assert_eq!(bytes, end);
            ends.push(end);
            // The other calls are made then.
            let shorter = call(SOURCE_TEXT, &saved[..end]);
            assert_eq!((shorter.calls, shorter.differs), (3 - entries.len(), None));
            assert_eq!(shorter.saved.unwrap(), saved);
        }
    }
    assert_eq!(ends.len(), 3);
    let longer = [&saved[..], &[0]].concat();
    assert_eq!(read(&longer), None);
    // Nothing is called on the strength of what cannot be read.
    let damaged = call(SOURCE_TEXT, &longer);
    assert_eq!((damaged.calls, damaged.recalled), (0, 0));
    assert_eq!(damaged.differs.as_deref(), Some("what it had done before cannot be read"));
}

#[test]
fn every_changed_bit_is_refused_noticed_or_an_answer() {
    let saved = call(SOURCE_TEXT, &[]).saved.unwrap();
    let whole = read(&saved).unwrap();
    let (mut refused, mut noticed, mut answers) = (0, 0, 0);
    for at in 0..saved.len() {
        for bit in 0..8 {
            let mut bytes = saved.clone();
            bytes[at] ^= 1 << bit;
            let Some(entries) = read(&bytes) else {
                refused += 1;
                continue;
            };
            let again = call(SOURCE_TEXT, &bytes);
            let asked = |entry: &Entry| (entry.name.clone(), entry.args.clone());
            let same = entries.iter().map(asked).eq(whole.iter().map(asked));
            match again.differs {
                Some(_) => noticed += 1,
                // Nothing was called, and the script got something of the form of an answer.
                None => {
                    assert!(same, "byte {at}, bit {bit}: another call was taken for this one");
                    answers += 1;
                }
            }
            assert_eq!(again.calls, 0, "byte {at}, bit {bit}");
        }
    }
    assert!(refused > 0 && noticed > 0 && answers > 0, "{refused} {noticed} {answers}");
}

#[test]
fn a_journal_has_a_bound_and_says_what_it_cannot_hold() {
    let size = |length: usize| call(&format!("return #host.long({length})"), &[]).saved;
    // What a length that has as many digits takes beside the text.
    let beside = size(5_000_000).unwrap().len() - 5_000_000;
    assert_eq!(size(LARGEST - beside).unwrap().len(), LARGEST);
    let why = size(LARGEST - beside + 1).unwrap_err();
    assert_eq!(why, format!("what its host has answered has more than {LARGEST} bytes"));
    let why = call("host.echo(1) host.take(print)", &[]).saved.unwrap_err();
    assert_eq!(why, "host.take is called with what is of this process alone");
}

#[test]
fn what_was_refused_leaves_nothing_in_the_process() {
    let refused = "local done = pcall(host.stays, true) local none, why = host.stays('no') \
                   return done, none, why";
    let first = call(refused, &[]);
    let saved = first.saved.unwrap();
    let again = call(refused, &saved);
    assert_eq!((again.json, again.differs), (first.json, None));
    let why = call("host.stays(true and 7)", &[]).saved.unwrap_err();
    assert_eq!(why, "host.stays leaves something in the process that it was called in");
}
