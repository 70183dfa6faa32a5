//! A machine in the full profile, and calls of chunks in it.

use super::main_function::{C_CALLS, Ending, FUNCTION, HANDLER, MAIN};
use super::signals::Signals;
use crate::host::system::System;
use crate::session::{Names, reachable};
use crate::stdlib::{self, Profile, base, math, package};
use crate::vm::calls::unwind::close_main;
use crate::vm::heap::native::{Interrupt, Stop};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::machine::{Halt, Lua};
use crate::vm::run::executor;
use crate::vm::state::context::Context;
use crate::vm::state::world::Standard;
use std::hash::{BuildHasher, Hasher, RandomState};

/// Fuel between two looks at whether the user has interrupted the script.
const SLICE: u64 = 1 << 20;
/// The same while an interrupt waits for a library function to end.
const SHORT_SLICE: u64 = 1 << 14;
/// Fuel that a library function may still take when the user interrupts it: about a second's.
const GRACE: u64 = 1 << 27;

/// A chunk to run.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'a> {
    /// Text, or precompiled code, with the chunk's name.
    Text(&'a [u8], &'a [u8]),
    /// A file; `None` is standard input. The values of the global `arg` are its arguments.
    Script(Option<&'a [u8]>),
    /// A file without arguments.
    File(&'a [u8]),
    /// Standard input without arguments.
    Stdin,
    /// A call of `require` with this name.
    Module(&'a [u8]),
    /// A call of `tostring` with this global.
    TextOf(&'a str),
}

/// What to do with the values a chunk returns.
#[derive(Clone, Copy, Debug)]
pub(super) enum Results<'a> {
    /// Nothing.
    Drop,
    /// The first becomes this global.
    Global(&'a [u8]),
    /// They are printed.
    Print,
    /// The first is wanted as text.
    Text,
}

/// How a run ended that was no success.
#[derive(Debug)]
pub(super) enum Failure {
    /// With an error: its message, with a traceback if it happened at run time.
    Error(Vec<u8>),
    /// The results could not be printed, for this reason.
    NotPrinted(Vec<u8>),
    /// The script asked to end the process with this code.
    Exit(i32),
}

/// A trusted machine without limits.
pub(super) struct Interpreter {
    lua: Lua,
    signals: Signals,
}

impl Interpreter {
    /// Opens the machine with the whole library; `None` if that fails. Without the
    /// environment, paths of modules are the defaults.
    pub(super) fn open(no_environment: bool) -> Option<Interpreter> {
        let mut lua = Lua::new(0x243F_6A88_85A3_08D3, usize::MAX / 4);
        let opened = lua.enter(|ctx| {
            ctx.state.fuel.reset();
            ctx.state.fuel.give(SLICE);
            ctx.set_world(Box::new(System::new()));
            // Other random numbers in each process, as PUC since 5.4.
            let entropy = || RandomState::new().build_hasher().finish();
            ctx.state.random.set(math::seed_state(entropy(), entropy()));
            // As PUC's interpreter begins; `collectgarbage` answers the mode before.
            ctx.state.collector.set_generational(true);
            open_library(ctx, no_environment).is_ok()
        });
        opened.then(|| Interpreter { lua, signals: Signals::default() })
    }

    /// Makes the global `arg`: the words of the command line, the script's name at 0.
    pub(super) fn set_arg(&mut self, words: &[Vec<u8>], script: usize) -> Result<(), Failure> {
        let made = self.lua.enter(|ctx| make_arg(ctx, words, script).is_ok());
        made.then_some(()).ok_or_else(|| Failure::Error(b"not enough memory".to_vec()))
    }

    /// Turns warnings on.
    pub(super) fn warnings_on(&mut self) {
        self.lua.enter(|ctx| ctx.state.output.borrow_mut().warnings = true);
    }

    /// Returns a variable of the environment.
    pub(super) fn variable(&mut self, name: &str) -> Option<Vec<u8>> {
        self.lua.enter(|ctx| ctx.world()?.variable(name.as_bytes()))
    }

    /// Writes to standard output.
    pub(super) fn print(&mut self, bytes: &[u8]) {
        self.lua.enter(|ctx| {
            if let Some(mut world) = ctx.world() {
                // There is nobody to tell when that fails.
                let _ = world.print(bytes);
            }
        });
    }

    /// Reads a line of standard input, from the buffer scripts read from too; nothing at
    /// its end.
    pub(super) fn line(&mut self) -> Option<Vec<u8>> {
        let input = self.lua.enter(|ctx| ctx.world()?.standard(Standard::Input))?;
        input.borrow_mut().read_line()
    }

    /// Writes to standard error.
    pub(super) fn complain(&mut self, bytes: &[u8]) {
        self.lua.enter(|ctx| {
            if let Some(mut world) = ctx.world() {
                world.complain(bytes);
            }
        });
    }

    /// Tells whether a chunk compiles.
    ///
    /// # Errors
    /// The message of the error in it.
    pub(super) fn check(&mut self, text: &[u8], name: &[u8]) -> Result<(), Vec<u8>> {
        self.lua.enter(|ctx| load(ctx, Source::Text(text, name)).map(|_| ()))
    }

    /// Returns a global if it is a string, or what is wanted of it: `Ok(None)` if it is nil.
    ///
    /// # Errors
    /// When its `__tostring` fails.
    pub(super) fn text_of(&mut self, global: &str) -> Result<Option<Vec<u8>>, Failure> {
        let absent = self.lua.enter(|ctx| {
            let name = ctx.string(global.as_bytes());
            name.is_ok_and(|name| ctx.state.globals.get_str(ctx.heap(), name).is_nil())
        });
        if absent {
            return Ok(None);
        }
        self.run(Source::TextOf(global), Results::Text)
    }

    /// Returns the names that a line can go on with.
    pub(super) fn names(&mut self) -> Names {
        self.lua.enter(reachable)
    }

    /// Loads a chunk, calls it, and does with its values what is wanted.
    ///
    /// # Errors
    /// How it ended otherwise.
    pub(super) fn run(
        &mut self,
        source: Source<'_>,
        results: Results<'_>,
    ) -> Result<Option<Vec<u8>>, Failure> {
        self.lua.enter(|ctx| prepare(ctx, source, results)).map_err(Failure::Error)?;
        self.signals.watch();
        let halt = self.drive();
        if let Halt::Stop(Stop::Exit(code)) = halt {
            let closes = |ctx: Context<'_>| ctx.state.files.close_at_exit.get() && close_main(ctx);
            if self.lua.enter(closes) {
                // Whatever comes of it, the process ends with the code it was told.
                self.drive();
            }
            return Err(Failure::Exit(code));
        }
        self.signals.ignore();
        let letter = self.lua.enter(|ctx| {
            executor::clear(ctx);
            ctx.state.mailbox.borrow_mut().take()
        });
        match letter.and_then(|letter| letter.downcast::<Ending>().ok()).map(|ending| *ending) {
            Some(Ending::Done) => Ok(None),
            Some(Ending::Text(text)) => Ok(Some(text)),
            Some(Ending::Failed(message)) => Err(Failure::Error(message)),
            Some(Ending::NotPrinted(reason)) => Err(Failure::NotPrinted(reason)),
            None => Err(Failure::Error(b"the run left no result".to_vec())),
        }
    }

    /// Calls the finalizers of all objects there are, as PUC's `lua_close` does. Returns
    /// the code of a call of `os.exit` in one of them.
    pub(super) fn close(&mut self) -> Option<i32> {
        let mut code = None;
        while self.lua.enter(|ctx| executor::start_closing(ctx).is_ok()) {
            let Halt::Stop(Stop::Exit(ended)) = self.drive() else { break };
            code = Some(ended);
            if !self.closes_at_exit() {
                break;
            }
        }
        code
    }

    /// Tells whether `os.exit` was asked to close the state.
    pub(super) fn closes_at_exit(&mut self) -> bool {
        self.lua.enter(|ctx| ctx.state.files.close_at_exit.get())
    }

    /// Goes on until the main function ends, looking for interrupts in between.
    fn drive(&mut self) -> Halt {
        let mut raised = false;
        let mut grace = GRACE;
        loop {
            let halt = self.lua.run();
            match halt {
                Halt::Fuel => {}
                Halt::Collecting => continue,
                halt => return halt,
            }
            let mut slice = SLICE;
            if self.signals.interrupted() && !raised {
                raised = self.lua.enter(|ctx| executor::interrupt(ctx, "interrupted!", grace == 0));
                slice = SHORT_SLICE.min(grace.max(1));
                grace = grace.saturating_sub(slice);
            }
            self.lua.enter(|ctx| ctx.state.fuel.give(slice));
        }
    }
}

fn open_library(ctx: Context<'_>, no_environment: bool) -> Result<(), Interrupt<'_>> {
    let name = ctx.string(package::NO_ENVIRONMENT.as_bytes())?;
    ctx.state.registry.set_str(ctx.heap(), name, Value::Boolean(no_environment))?;
    stdlib::open(ctx, Profile::Full)
}

fn make_arg<'gc>(
    ctx: Context<'gc>,
    words: &[Vec<u8>],
    script: usize,
) -> Result<(), Interrupt<'gc>> {
    let arg = Table::new(ctx.heap(), words.len().saturating_sub(script + 1), script + 1)?;
    for (at, word) in words.iter().enumerate() {
        let word = Value::String(ctx.string(word)?);
        arg.raw_set(ctx.heap(), Value::Integer(at as i64 - script as i64), word)?;
    }
    ctx.set_global("arg", arg)
}

/// Makes the function of a chunk and its arguments.
///
/// # Errors
/// The message.
fn load<'gc>(
    ctx: Context<'gc>,
    source: Source<'_>,
) -> Result<(Value<'gc>, Vec<Value<'gc>>), Vec<u8>> {
    let globals = Value::Table(ctx.state.globals);
    let global =
        |name: &[u8]| ctx.string(name).map(|name| ctx.state.globals.get_str(ctx.heap(), name));
    let text = match source {
        Source::Script(path) => base::read_file(ctx, path)?,
        Source::File(path) => base::read_file(ctx, Some(path))?,
        Source::Stdin => base::read_file(ctx, None)?,
        Source::Text(text, _) => text.to_vec(),
        Source::Module(_) | Source::TextOf(_) => Vec::new(),
    };
    ctx.state.fuel.give(SLICE);
    // Compiled at once, it could not go on in another slice: it has all that it charges.
    let (made, _) = ctx.state.fuel.noting(|| {
        let path = match source {
            Source::Text(_, name) => {
                let name = Value::String(ctx.string(name)?);
                let loaded = base::compile(ctx, &text, name, Value::Nil, globals, false)?;
                return Ok(loaded.map(|function| (function, Vec::new())));
            }
            Source::Module(name) => {
                let name = Value::String(ctx.string(name)?);
                return Ok(Ok((global(b"require")?, vec![name])));
            }
            Source::TextOf(name) => {
                let value = global(name.as_bytes())?;
                return Ok(Ok((Value::Builtin(&base::TOSTRING), vec![value])));
            }
            Source::Script(path) => path,
            Source::File(path) => Some(path),
            Source::Stdin => None,
        };
        let function = match base::compile_file(ctx, &text, path, Value::Nil, globals)? {
            Ok(function) => function,
            Err(message) => return Ok(Err(message)),
        };
        if matches!(source, Source::File(_) | Source::Stdin) {
            return Ok(Ok((function, Vec::new())));
        }
        let Value::Table(arg) = global(b"arg")? else {
            return Ok(Err(b"'arg' is not a table".to_vec()));
        };
        Ok(Ok((function, (1..=arg.len()).map(|at| arg.get_int(at)).collect())))
    });
    made.unwrap_or_else(|_: Interrupt<'_>| Err(b"not enough memory".to_vec()))
}

/// Puts a chunk on the main thread, under the main function.
///
/// # Errors
/// The message.
fn prepare(ctx: Context<'_>, source: Source<'_>, results: Results<'_>) -> Result<(), Vec<u8>> {
    let (function, arguments) = load(ctx, source)?;
    let prepared = (|| {
        let purpose = match results {
            Results::Drop => Value::Nil,
            Results::Global(name) => Value::String(ctx.string(name)?),
            Results::Print => Value::Boolean(true),
            Results::Text => Value::Boolean(false),
        };
        let mut values = vec![Value::Builtin(&HANDLER), purpose];
        values.resize(FUNCTION, Value::Nil);
        values.push(function);
        values.extend(arguments);
        executor::start(ctx, Value::Builtin(&MAIN), &values)?;
        ctx.state.main_thread.state().c_calls += C_CALLS;
        Ok(())
    })();
    prepared.map_err(|interrupt: Interrupt<'_>| match interrupt {
        Interrupt::Error(_) => b"too many arguments to script".to_vec(),
        _ => b"not enough memory".to_vec(),
    })
}
