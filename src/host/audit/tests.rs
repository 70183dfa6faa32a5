//! The ring, its lines of JSON, and sinks that fail.

use super::{Audit, AuditEntry, Status};
use crate::host::sink::Sink;
use std::io::{self, Write};

fn entry(session: &str) -> AuditEntry {
    AuditEntry::new(session, "jido.glob", Status::Ok, &[])
}

#[test]
fn the_ring_keeps_the_newest() {
    let audit = Audit::with_room(3);
    for _ in 0..5 {
        audit.add(entry("s"));
    }
    let ids: Vec<u64> = audit.entries().iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [3, 4, 5]);
    assert_eq!(Audit::default().room(), 10_000);
}

#[test]
fn entries_are_found_by_session_newest_first() {
    let audit = Audit::default();
    for session in ["a", "b", "a"] {
        audit.add(entry(session));
    }
    let ids: Vec<u64> = audit.latest(Some("a"), 10).iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [3, 1]);
    assert_eq!(audit.latest(None, 1)[0].id, 3);
    assert!(audit.latest(Some("c"), 10).is_empty());
}

struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("full"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn each_entry_is_a_line_of_json() {
    let (audit, sink) = (Audit::default(), Sink::default());
    audit.write_to(sink.clone());
    audit.add(entry("one \"s\""));
    audit.add(entry("two"));
    let text = sink.text();
    assert_eq!(
        text.lines().next(),
        Some(
            r#"{"id":1,"at":0,"session":"one \"s\"","run":0,"call":0,"name":"jido.glob","status":"ok","rule":null,"about":null,"duration_us":0,"args_hash":null}"#
        )
    );
    assert_eq!(text.lines().count(), 2);
}

#[test]
fn a_sink_that_fails_is_told_of() {
    let audit = Audit::default();
    audit.write_to(Full);
    audit.add(entry("s"));
    assert_eq!(audit.take_failure().map(|e| e.to_string()), Some("full".to_owned()));
    assert_eq!(audit.entries().len(), 1);
}
