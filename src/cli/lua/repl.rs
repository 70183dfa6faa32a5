//! The interactive mode of `lua` (manual §7): lines are read, run, and what they return
//! is printed.

use super::input::Input;
use super::interpreter::{Failure, Interpreter, Results, Source};

/// The chunk's name of all that is typed.
const NAME: &[u8] = b"=stdin";
/// How the message ends of a chunk that wants more lines.
const UNFINISHED: &[u8] = b"<eof>";

/// Reads and runs lines until there are no more.
///
/// # Errors
/// The script asked to end the process, or a prompt could not be made.
pub(super) fn repl(lua: &mut Interpreter) -> Result<(), Failure> {
    let mut input = Input::open();
    while let Some(line) = read(lua, &mut input, true)? {
        let line = match line.strip_prefix(b"=") {
            Some(rest) => [b"return ", rest].concat(),
            None => line,
        };
        match complete(lua, &mut input, line)? {
            Ok(chunk) => run(lua, &chunk)?,
            Err(message) => lua.complain(&[&message[..], b"\n"].concat()),
        }
    }
    lua.print(b"\n");
    Ok(())
}

/// Runs a chunk and says what went wrong, if it was no request to end.
fn run(lua: &mut Interpreter, chunk: &[u8]) -> Result<(), Failure> {
    match lua.run(Source::Text(chunk, NAME), Results::Print) {
        Ok(_) => Ok(()),
        Err(Failure::Error(message)) => {
            lua.complain(&[&message[..], b"\n"].concat());
            Ok(())
        }
        Err(Failure::NotPrinted(reason)) => {
            lua.complain(&[b"error calling 'print' (", &reason[..], b")\n"].concat());
            Ok(())
        }
        Err(exit) => Err(exit),
    }
}

/// Prompts for a line and reads it.
fn read(lua: &mut Interpreter, input: &mut Input, first: bool) -> Result<Option<Vec<u8>>, Failure> {
    let (variable, default) = if first { ("_PROMPT", "> ") } else { ("_PROMPT2", ">> ") };
    let prompt = lua.text_of(variable)?.unwrap_or_else(|| default.as_bytes().to_vec());
    Ok(input.line(lua, &prompt))
}

/// Makes a chunk of a line: an expression whose value is wanted, or statements, to which
/// further lines are added while they are unfinished. The inner error is a message.
fn complete(
    lua: &mut Interpreter,
    input: &mut Input,
    line: Vec<u8>,
) -> Result<Result<Vec<u8>, Vec<u8>>, Failure> {
    let expression = [b"return ", &line[..], b";"].concat();
    if lua.check(&expression, NAME).is_ok() {
        input.remember(&line);
        return Ok(Ok(expression));
    }
    let mut chunk = line;
    loop {
        let checked = lua.check(&chunk, NAME);
        let unfinished = matches!(&checked, Err(message) if message.ends_with(UNFINISHED));
        let next = if unfinished { read(lua, input, false)? } else { None };
        let Some(next) = next else {
            input.remember(&chunk);
            return Ok(checked.map(|()| chunk));
        };
        chunk.push(b'\n');
        chunk.extend_from_slice(&next);
    }
}
