//! `moonfuel lua`: what PUC-Rio's `lua` does (manual §7), with its options, over the
//! full profile. Its code is trusted; its streams are the process's own.

mod input;
mod interpreter;
mod main_function;
mod options;
mod repl;
mod signals;

use super::source::argument_bytes;
use crate::base::c_string::c_string;
use interpreter::{Failure, Interpreter, Results, Source};
use options::{Action, Options};
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::Path;

/// What `-v` and the interactive mode say first. Programs look for `Lua 5.4` at its
/// beginning, and for `PUC-Rio` at its end.
const VERSION: &str = concat!(
    "Lua 5.4 by Moonfuel ",
    env!("CARGO_PKG_VERSION"),
    ", after Lua 5.4.8  Copyright (C) 1994-2025 Lua.org, PUC-Rio\n"
);

/// What follows the complaint about a wrong option, behind the program's name.
const USAGE: &str = " [options] [script [args]]
Available options are:
  -e stat   run the string 'stat'
  -i        become interactive after the script
  -l mod    require the library 'mod' into the global 'mod'
  -l g=mod  require the library 'mod' into the global 'g'
  -v        show the version
  -E        ignore variables of the environment
  -W        turn warnings on
  --        end of the options
  -         end of the options, run standard input
";

/// The command line as `lua` sees it.
pub(super) struct Words {
    /// All words of the process, which the table `arg` shows.
    all: Vec<Vec<u8>>,
    /// How many come before the program's name.
    before: usize,
    /// The name that messages begin with.
    program: Vec<u8>,
}

impl Words {
    /// Finds out whether a command line is one for `lua`: the program is called under a
    /// name that begins so, or its first argument is `lua`.
    pub(super) fn of(args: &[OsString]) -> Option<Words> {
        let all: Vec<Vec<u8>> = args.iter().map(|word| argument_bytes(word)).collect();
        let program = all.first()?.clone();
        let name = Path::new(args.first()?).file_name().and_then(OsStr::to_str);
        if name.is_some_and(|name| name.starts_with("lua")) {
            return Some(Words { all, before: 0, program });
        }
        (args.get(1)? == "lua").then(|| Words { all, before: 1, program: b"lua".to_vec() })
    }
}

/// Runs the command and returns its exit status.
pub(super) fn run(words: &Words) -> u8 {
    signals::end_on_broken_pipe();
    let own = &words.all[words.before..];
    let parsed = Options::parse(own);
    let no_environment = parsed.as_ref().is_ok_and(|options| options.no_environment);
    let Some(mut lua) = Interpreter::open(no_environment) else {
        // Without a machine there is no world to tell it to.
        return 1;
    };
    let done = match parsed {
        Ok(options) => work(&mut lua, &options, words),
        Err(message) => {
            let message = [message.as_bytes(), b"\nusage: ", &words.program, USAGE.as_bytes()];
            lua.complain(&[&words.program[..], b": ", &message.concat()].concat());
            return 1;
        }
    };
    let (code, close) = match done {
        Ok(()) => (0, true),
        Err(Failure::Exit(code)) => (code, lua.closes_at_exit()),
        Err(failure) => {
            report(&mut lua, words, &failure);
            (1, true)
        }
    };
    let code = if close { lua.close().unwrap_or(code) } else { code };
    code.to_le_bytes()[0]
}

/// Says what went wrong.
fn report(lua: &mut Interpreter, words: &Words, failure: &Failure) {
    if let Failure::Error(message) | Failure::NotPrinted(message) = failure {
        lua.complain(&[&words.program[..], b": ", c_string(message), b"\n"].concat());
    }
}

/// Does what the options say, until something fails.
fn work(lua: &mut Interpreter, options: &Options, words: &Words) -> Result<(), Failure> {
    if options.version {
        lua.print(VERSION.as_bytes());
    }
    lua.set_arg(&words.all, words.before + options.script.unwrap_or(0))?;
    if !options.no_environment {
        run_init(lua)?;
    }
    for action in &options.actions {
        match action {
            Action::Warnings => lua.warnings_on(),
            Action::Execute(code) => {
                lua.run(Source::Text(code, b"=(command line)"), Results::Drop)?;
            }
            Action::Require { global, module } => {
                lua.run(Source::Module(module), Results::Global(global))?;
            }
        }
    }
    let own = &words.all[words.before..];
    if let Some(script) = options.script {
        let dashes = own[script - 1] == b"--";
        let path = (own[script] != b"-" || dashes).then_some(own[script].as_slice());
        lua.run(Source::Script(path), Results::Drop)?;
    }
    if options.interactive {
        return repl::repl(lua);
    }
    if options.script.is_some() || options.executes() || options.version {
        return Ok(());
    }
    if std::io::stdin().is_terminal() {
        lua.print(VERSION.as_bytes());
        return repl::repl(lua);
    }
    match lua.run(Source::Stdin, Results::Drop) {
        // As in PUC's: an error in what comes by itself is told, and no failure.
        Err(failure @ Failure::Error(_)) => {
            report(lua, words, &failure);
            Ok(())
        }
        ended => ended.map(|_| ()),
    }
}

/// Runs what `LUA_INIT_5_4` or `LUA_INIT` says: code, or `@` and a file.
fn run_init(lua: &mut Interpreter) -> Result<(), Failure> {
    for (variable, name) in
        [("LUA_INIT_5_4", b"=LUA_INIT_5_4".as_slice()), ("LUA_INIT", b"=LUA_INIT")]
    {
        let Some(init) = lua.variable(variable) else { continue };
        let source = match init.strip_prefix(b"@") {
            Some(file) => Source::File(file),
            None => Source::Text(&init, name),
        };
        return lua.run(source, Results::Drop).map(|_| ());
    }
    Ok(())
}
