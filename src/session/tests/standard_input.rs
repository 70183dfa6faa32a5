//! What is read from standard input is read once, whatever is refused meanwhile.

use crate::vm::state::world::stream::{Buffering, Stream};
use crate::vm::state::world::{Device, Ended, Mode, Place, Standard, World, WorldError};
use crate::{Profile, Session};
use std::cell::RefCell;
use std::rc::Rc;

/// An input of some bytes.
struct Input(Vec<u8>);

impl Device for Input {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, WorldError> {
        let count = self.0.len().min(into.len());
        into[..count].copy_from_slice(&self.0[..count]);
        self.0.drain(..count);
        Ok(count)
    }

    fn write(&mut self, _: &[u8]) -> Result<usize, WorldError> {
        Err(WorldError::bad_descriptor())
    }

    fn seek(&mut self, _: Place) -> Result<u64, WorldError> {
        Err(WorldError::invalid_argument())
    }

    fn close(self: Box<Self>) -> Result<Option<Ended>, WorldError> {
        Ok(None)
    }
}

/// A world with an input, as that of the process has it.
struct Reading(Rc<RefCell<Stream>>);

impl World for Reading {
    fn read_file(&mut self, path: Option<&[u8]>) -> Result<Vec<u8>, WorldError> {
        assert!(path.is_none());
        let mut input = self.0.borrow_mut();
        let mut bytes = Vec::new();
        while input.peek(0)?.is_some() {
            bytes.extend_from_slice(input.available());
            let count = input.available().len();
            input.consume(count);
        }
        Ok(bytes)
    }

    fn is_readable(&mut self, _: &[u8]) -> bool {
        false
    }

    fn print(&mut self, _: &[u8]) -> Option<Result<(), WorldError>> {
        None
    }

    fn complain(&mut self, _: &[u8]) -> bool {
        false
    }

    fn variable(&mut self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn standard(&mut self, which: Standard) -> Option<Rc<RefCell<Stream>>> {
        (which == Standard::Input).then(|| self.0.clone())
    }
}

/// Runs a script that loads standard input, with a request for memory refused. Returns what
/// came of it, and how many requests there were.
fn run(script: &str, refuse: u64) -> (String, u64) {
    let mut session = Session::builder().profile(Profile::Full).build().unwrap();
    let text = format!("--{}\nreturn 'read'", "x".repeat(50_000));
    let device = Box::new(Input(text.into_bytes()));
    let stream = Rc::new(RefCell::new(Stream::standard(device, Mode::READ, Buffering::Full)));
    session.machine.0.enter(|ctx| {
        ctx.set_world(Box::new(Reading(stream)));
        ctx.state.account.requests.set(0);
        ctx.state.account.refuse.set(refuse);
    });
    let report = session.run(script);
    let requests = session.machine.0.enter(|ctx| ctx.state.account.requests.get());
    (format!("{:?}", report.json()), requests)
}

#[test]
fn a_chunk_that_is_read_and_refused_memory_is_not_lost() {
    for script in ["return loadfile()()", "return dofile()"] {
        let (expected, requests) = run(script, 0);
        assert_eq!(expected, "Ok(\"[\\\"read\\\"]\")");
        for refuse in 1..=requests {
            assert_eq!(run(script, refuse).0, expected, "{script}: request {refuse}");
        }
    }
}
