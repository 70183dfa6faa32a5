//! A machine in the full profile, and calls of chunks in it.

use crate::host::system::System;
use crate::stdlib::{self, Profile};
use crate::vm::call::Call;
use crate::vm::executor::{self, Next, Pause};
use crate::vm::lua::Context;
use crate::vm::machine::{Halt, Lua};
use crate::vm::meta::Event;
use crate::vm::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::value::Value;

/// Fuel between two moments at which the host looks at its streams.
const SLICE: u64 = 1 << 20;

/// A trusted machine without limits.
pub(super) struct Interpreter {
    lua: Lua,
}

impl Interpreter {
    /// Opens the machine with the whole library; `None` if that fails.
    pub(super) fn open() -> Option<Interpreter> {
        let mut lua = Lua::new(0x243F_6A88_85A3_08D3, usize::MAX / 4);
        let opened = lua.enter(|ctx| {
            ctx.state.fuel.reset();
            ctx.state.fuel.give(u64::MAX / 4);
            ctx.set_world(Box::new(System::new()));
            stdlib::open(ctx, Profile::Full).is_ok()
        });
        opened.then_some(Interpreter { lua })
    }

    /// Loads a chunk and calls it with these arguments.
    ///
    /// # Errors
    /// The message of an error, with its traceback.
    pub(super) fn run(
        &mut self,
        source: &[u8],
        name: &[u8],
        arguments: &[Vec<u8>],
    ) -> Result<(), Vec<u8>> {
        self.lua.enter(|ctx| prepare(ctx, source, name, arguments))?;
        loop {
            let halt = self.lua.run();
            match halt {
                Halt::Fuel => self.lua.enter(|ctx| ctx.state.fuel.give(SLICE)),
                _ => break,
            }
        }
        let letter = self.lua.enter(|ctx| ctx.state.mailbox.borrow_mut().take());
        self.lua.enter(executor::clear);
        match letter.and_then(|letter| letter.downcast::<Ending>().ok()) {
            Some(ending) => (*ending).0,
            None => Err(b"the run left no result".to_vec()),
        }
    }
}

fn prepare(
    ctx: Context<'_>,
    source: &[u8],
    name: &[u8],
    arguments: &[Vec<u8>],
) -> Result<(), Vec<u8>> {
    let globals = Value::Table(ctx.state.globals);
    let prepared = (|| {
        let function = match ctx.load_chunk(source, name, globals, true)? {
            Ok(function) => function,
            Err(diagnostic) => return Ok(Err(diagnostic.message.clone())),
        };
        let mut values = vec![Value::Builtin(&HANDLER), Value::Closure(function)];
        for argument in arguments {
            values.push(Value::String(ctx.string(argument)?));
        }
        match executor::start(ctx, Value::Builtin(&MAIN), &values)? {
            Next::Pause(Pause::MemoryForCall { refused, .. }) => Err(Interrupt::Memory(refused)),
            _ => Ok(Ok(())),
        }
    })();
    prepared.unwrap_or_else(|_: Interrupt<'_>| Err(b"not enough memory".to_vec()))
}

/// How a chunk ended.
struct Ending(Result<(), Vec<u8>>);

/// Calls the function in its second argument with the rest; the first is [`HANDLER`].
static MAIN: NativeDef = NativeDef { name: "", call: main, section: "", fuel: "0" };

/// Makes the message of an error, with its traceback.
static HANDLER: NativeDef = NativeDef { name: "", call: handler, section: "", fuel: "0" };

fn main<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let ending = match call.step {
        0 => {
            return Ok(Flow::ProtectedCall {
                at: 1,
                args: call.top() - 2,
                step: 1,
                on_error: 2,
                handler: Some(0),
            });
        }
        1 => Ok(()),
        _ => Err(call.ctx.plain_to_string(&call.arg(1))?.as_bytes().to_vec()),
    };
    *call.ctx.state.mailbox.borrow_mut() = Some(Box::new(Ending(ending)));
    Ok(Flow::Return(0))
}

fn handler<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let error = call.arg(0);
    if call.step == 1 {
        let result = call.arg(call.top() - 1);
        return call.ret(result);
    }
    let mut text = match error {
        Value::String(message) => message.as_bytes().to_vec(),
        _ => {
            let described = call.ctx.metamethod(&error, Event::ToString);
            if !described.is_nil() {
                let at = call.top();
                call.push(described);
                call.push(error);
                return Ok(Flow::Call { at, args: 1, results: Some(1), step: 1 });
            }
            format!("(error object is a {} value)", error.type_name()).into_bytes()
        }
    };
    text.push(b'\n');
    // The handler itself is left out.
    call.own_traceback(1, &mut text);
    let text = call.ctx.string_from_vec(text)?;
    call.ret(text)
}
