//! `moonfuel lua`: what PUC-Rio's `lua` does, with its options, over the full
//! profile.

mod interpreter;

use super::Streams;
use super::source::argument_bytes;
use interpreter::Interpreter;
use std::ffi::OsString;

/// What messages begin with.
const PROGRAM: &str = "lua";

/// Runs the command and returns its exit status.
pub(super) fn run(args: &[OsString], streams: &mut Streams<'_>) -> u8 {
    let Some(mut interpreter) = Interpreter::open() else { return 1 };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        if arg == "-e" {
            let Some(code) = rest.next() else { return usage(streams) };
            let code = argument_bytes(code);
            if let Err(message) = interpreter.run(&code, b"=(command line)", &[]) {
                return report(&message, streams);
            }
            continue;
        }
        let name = argument_bytes(arg);
        let Ok(source) = std::fs::read(arg) else {
            return report(&[b"cannot open ".as_slice(), &name].concat(), streams);
        };
        let arguments: Vec<Vec<u8>> = rest.map(|arg| argument_bytes(arg)).collect();
        let chunk = [b"@".as_slice(), &name].concat();
        return match interpreter.run(&source, &chunk, &arguments) {
            Ok(()) => 0,
            Err(message) => report(&message, streams),
        };
    }
    0
}

fn report(message: &[u8], streams: &mut Streams<'_>) -> u8 {
    let _ = streams.stderr.write_all(&[PROGRAM.as_bytes(), b": ", message, b"\n"].concat());
    1
}

fn usage(streams: &mut Streams<'_>) -> u8 {
    streams.tell("usage: lua [options] [script [args]]\n");
    1
}
