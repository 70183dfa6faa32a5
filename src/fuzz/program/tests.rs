//! Every program compiles, and most of them do something.

use super::Program;
use crate::fuzz::random::Random;
use crate::{Limits, Outcome, Session};

#[test]
fn every_program_compiles_and_none_breaks_the_machine() {
    let limits = Limits { fuel: 20_000, memory: 4 << 20, ..Limits::default() };
    let mut session = Session::builder().limits(limits).build().unwrap();
    let mut random = Random::new(1);
    let mut done = 0;
    for round in 0..600 {
        let length = random.below(if round % 8 == 0 { 1500 } else { 120 });
        let bytes: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
        let program = Program::from_bytes(&bytes);
        let checked = session.check(program.source().as_bytes(), "=program");
        assert_eq!(checked.error, None, "{program}");
        let report = session.execute(program.source(), None);
        assert!(!matches!(report.outcome, Outcome::Failed(ref e) if e.kind.name() == "internal"));
        done += usize::from(report.is_done());
    }
    assert!((200..600).contains(&done), "{done} of 600 end well");
}

#[test]
fn similar_bytes_make_similar_programs() {
    let bytes: Vec<u8> = (0..=200).collect();
    let whole = Program::from_bytes(&bytes);
    assert_eq!(whole, Program::from_bytes(&bytes));
    assert!(Program::from_bytes(&bytes[..20]).source().len() < whole.source().len() / 2);
    assert_eq!(Program::from_bytes(b"").source(), "return nil\n");
}
