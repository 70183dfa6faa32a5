//! `host.all{ {f, args...}, {g, args...} }`: several host functions called at once. Each is
//! begun in the order of the list, and the script goes on when all have answered.
//!
//! Arguments and results are converted in pieces, like those of one call.

use super::from_host::{FromHost, let_go};
use super::host_call::host_function_index;
use super::to_host::ToHost;
use crate::parts;
use crate::session::functions::letters::{Answer, Request, Target};
use crate::session::values::host_value::HostValue;
use crate::stdlib::json::MARK_OBJECT;
use crate::vm::calls::call::Call;
use crate::vm::calls::kept::Work;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::image::fault::Fault;
use crate::vm::image::parts::{Part, Parts, Put, put_list};
use crate::vm::image::wire::Writer;
use crate::vm::meters::account::Held;
use crate::vm::state::context::Context;
use std::any::Any;
use std::vec::IntoIter;

/// The table that has it, beside what the host itself registers there.
const MODULE: &str = "host";
const NAME: &str = "all";

/// Most calls at once.
const MOST: usize = 1000;

/// Units for a call of the list, and for a table of results, beside what is in them.
const CALL: u64 = 8;
const RESULTS: u64 = 12;
/// Logical bytes of a call on its way, and of an answer that waits.
const CALL_BYTES: usize = 256;

/// Calls on their way to the host.
pub(in crate::session) struct Together(pub(in crate::session) Vec<Request>);

/// Their answers on the way back.
pub(in crate::session) struct Answers {
    answers: Vec<Answer>,
    /// Places of the handles that were made for the calls.
    made: Vec<u32>,
    refused: Refused,
}

/// Whether memory for the answers was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Not,
    Once,
    /// It was when they came, and they are gone.
    ForGood,
}

impl Answers {
    /// Takes answers; of some that were too much nothing is left.
    pub(in crate::session) fn new(answers: Vec<Answer>, made: Vec<u32>, too_much: bool) -> Answers {
        let refused = if too_much { Refused::ForGood } else { Refused::Not };
        Answers { answers, made, refused }
    }
}

/// Returns what answers that wait take, in logical bytes.
pub(in crate::session) fn bytes_of<'a>(answers: impl Iterator<Item = &'a Answer>) -> usize {
    answers.map(|answer| answer.bytes() + CALL_BYTES).sum()
}

pub(in crate::session) static ALL: NativeDef = NativeDef::new(
    "all",
    all,
    "host",
    "for each call 8, and 12 back, beside what its arguments and results cost",
);

/// Slot of the list, later of what is made of the answers; slot of what is kept; first slot
/// of the conversion.
const LIST: usize = 0;
const KEPT: usize = 1;
const BASE: usize = 2;
const GO_ON_ASKING: u32 = 1;
const REPLIED: u32 = 2;
const MAKE_RESULTS: u32 = 3;

fn all<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        0 => {
            let Value::Table(list) = call.arg(LIST) else {
                return Err(call.type_error(LIST, "table"));
            };
            let count = list.array_len();
            if count > MOST {
                return Err(call.arg_error(LIST, format!("more than {MOST} calls at once")));
            }
            call.ensure(BASE)?;
            call.set_top(BASE);
            ask(call, Some(Asking::new(count)))
        }
        GO_ON_ASKING => ask(call, None),
        REPLIED => replied(call),
        _ => {
            let made = call.work(KEPT, None, |results: &mut Results, _, call| {
                let_go(call.ctx, &results.handles);
                Ok(())
            })?;
            if made.is_none() {
                return Ok(Flow::Again { step: MAKE_RESULTS });
            }
            call.set_top(BASE + 1);
            Ok(Flow::Return(1))
        }
    }
}

fn ask<'gc>(call: &mut Call<'_, 'gc>, first: Option<Asking>) -> Step<'gc> {
    let made = call.work(KEPT, first, |asking: &mut Asking, held, call| {
        if asking.failure.is_none() {
            return Ok((std::mem::take(&mut asking.calls), held.take_bytes()));
        }
        // What those before it are given is for nobody.
        asking.drop_all(call.ctx);
        Err(call.arg_error(LIST, asking.failure.as_deref().unwrap_or_default()))
    })?;
    let Some((calls, bytes)) = made else { return Ok(Flow::Again { step: GO_ON_ASKING }) };
    call.ctx.post(Box::new(Together(calls)), bytes);
    call.set_top(1);
    Ok(Flow::Host { args: 1, step: REPLIED })
}

/// Makes the calls of the list ready.
pub(in crate::session) struct Asking {
    count: usize,
    calls: Vec<Request>,
    /// The function that is called next, and its arguments.
    current: Option<(usize, ToHost)>,
    failure: Option<String>,
    owed: u64,
}

impl Asking {
    fn new(count: usize) -> Asking {
        Asking { count, calls: Vec::new(), current: None, failure: None, owed: 0 }
    }

    fn fail(&mut self, message: &str) {
        self.failure = Some(format!("call {}: {message}", self.calls.len() + 1));
    }

    /// Nothing is called: handles that were made for it are for nobody.
    fn drop_all(&mut self, ctx: Context<'_>) {
        let calls = std::mem::take(&mut self.calls);
        let mut made: Vec<u32> = calls.into_iter().flat_map(|request| request.made).collect();
        made.extend(self.current.take().into_iter().flat_map(|(_, mut args)| args.take_made()));
        let_go(ctx, &made);
    }

    /// Begins with the next call of the list.
    fn next<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        self.owed += CALL;
        let Value::Table(list) = call.arg(LIST) else { return Ok(()) };
        let Value::Table(entry) = list.get_int(self.calls.len() as i64 + 1) else {
            self.fail("a table with a function and its arguments expected");
            return Ok(());
        };
        let Some(index) = host_function_index(entry.get_int(1)) else {
            self.fail("the first value is not a host function");
            return Ok(());
        };
        call.ensure(4)?;
        held.add(CALL_BYTES)?;
        call.set_top(BASE);
        call.push(Value::Table(entry));
        let args = entry.array_len().saturating_sub(1);
        self.current = Some((index, ToHost::of_items(call, BASE, args, BASE + 1)));
        Ok(())
    }
}

impl Work for Asking {
    fn advance<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        let Some((index, args)) = &mut self.current else { return self.next(call, held) };
        if !args.has_ended() {
            args.advance(call, held)?;
            self.owed += std::mem::take(args.owed());
            return Ok(());
        }
        match args.take() {
            Ok(values) => {
                let target = Target::Function(*index);
                self.calls.push(Request::new(target, values, args.take_made()));
                self.current = None;
            }
            Err((at, message)) => self.fail(&format!("argument #{}: {message}", at + 1)),
        }
        Ok(())
    }

    fn give_up(&mut self, ctx: Context<'_>) -> bool {
        self.drop_all(ctx);
        true
    }

    fn owed(&mut self) -> &mut u64 {
        &mut self.owed
    }

    fn has_ended(&self) -> bool {
        self.failure.is_some() || self.calls.len() == self.count
    }
}

fn replied<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let ctx = call.ctx;
    // As for one call: the answers stay in the mailbox until they are kept.
    let letter: Option<Box<dyn Any>> = ctx.state.mailbox.borrow_mut().take();
    let Some(mut reply) = letter.and_then(|letter| letter.downcast::<Answers>().ok()) else {
        return Err(call.error("the host gave no answer"));
    };
    if reply.refused == Refused::ForGood {
        return Err(Interrupt::Error(Value::String(ctx.state.memory_message)));
    }
    match keep(call, &mut reply) {
        Ok(()) => Ok(Flow::Again { step: MAKE_RESULTS }),
        Err(Interrupt::Memory(_)) if reply.refused == Refused::Once => {
            // Nobody else would drop it.
            Err(Interrupt::Error(Value::String(ctx.state.memory_message)))
        }
        Err(interrupt) => {
            let is_refused = matches!(interrupt, Interrupt::Memory(_));
            reply.refused = if is_refused { Refused::Once } else { Refused::Not };
            ctx.post(reply, 0);
            Err(interrupt)
        }
    }
}

fn keep<'gc>(call: &mut Call<'_, 'gc>, reply: &mut Answers) -> Done<'gc> {
    let mut held = Held::new(&call.ctx.state.account);
    let bytes = bytes_of(reply.answers.iter());
    call.charge(reply.answers.len() as u64 / 16)?;
    held.add(bytes)?;
    call.ensure(BASE + 2)?;
    call.set_top(BASE);
    call.begin_work(KEPT, held, || {
        Results::new(std::mem::take(&mut reply.answers), std::mem::take(&mut reply.made))
    })
}

/// Makes the table of results.
pub(in crate::session) struct Results {
    count: usize,
    answers: IntoIter<Answer>,
    /// Number of results that are in the table; nothing before there is one.
    made: Option<usize>,
    /// The result that is being made: a table on top.
    current: Option<Current>,
    /// Places of the handles that were made for the calls.
    handles: Vec<u32>,
    owed: u64,
}

struct Current {
    values: FromHost,
    /// How many there are, if the call has succeeded.
    count: Option<usize>,
}

impl Results {
    fn new(answers: Vec<Answer>, handles: Vec<u32>) -> Results {
        let (count, answers) = (answers.len(), answers.into_iter());
        Results { count, answers, made: None, current: None, handles, owed: 0 }
    }

    /// Takes the next answer, whose table is made of a host value.
    fn next(&mut self) {
        let Some(answer) = self.answers.next() else { return };
        self.owed += RESULTS;
        let (table, count) = match answer.into_result() {
            Ok(values) => {
                let count = values.len();
                (HostValue::Array(values), Some(count))
            }
            Err(error) => (HostValue::object([("error", error.into_value())]), None),
        };
        self.current = Some(Current { values: FromHost::new(BASE + 1, vec![table]), count });
    }

    /// Puts the result on top into the table.
    fn deliver<'gc>(call: &mut Call<'_, 'gc>, count: Option<usize>, index: usize) -> Done<'gc> {
        let (Value::Table(results), Value::Table(result)) = (call.arg(BASE), call.arg(BASE + 1))
        else {
            return Err(call.error("internal error: results expected"));
        };
        let ctx = call.ctx;
        result.set_str(ctx.heap(), ctx.string(b"ok")?, Value::Boolean(count.is_some()))?;
        if let Some(count) = count {
            result.set_str(ctx.heap(), ctx.string(b"n")?, Value::Integer(count as i64))?;
        }
        result.set_json_mark(ctx.heap(), MARK_OBJECT)?;
        // There is room for it.
        results.set_int(ctx.heap(), index as i64 + 1, Value::Table(result))?;
        call.set_top(BASE + 1);
        Ok(())
    }
}

impl Work for Results {
    fn advance<'gc>(&mut self, call: &mut Call<'_, 'gc>, held: &mut Held<'gc>) -> Done<'gc> {
        let Some(made) = self.made else {
            self.owed += CALL + (self.count / 32) as u64;
            call.ensure(BASE)?;
            let results = Table::new(call.ctx.heap(), self.count, 0)?;
            call.push(Value::Table(results));
            self.made = Some(0);
            return Ok(());
        };
        let Some(current) = &mut self.current else {
            self.next();
            return Ok(());
        };
        if !current.values.has_ended() {
            if let Err(interrupt) = current.values.advance(call, held) {
                if matches!(interrupt, Interrupt::Error(_)) {
                    self.give_up(call.ctx);
                }
                return Err(interrupt);
            }
            self.owed += std::mem::take(current.values.owed());
            return Ok(());
        }
        Results::deliver(call, current.count, made)?;
        self.made = Some(made + 1);
        self.current = None;
        Ok(())
    }

    /// Nothing more is made of the answers: handles in those that are left are for nobody.
    fn give_up(&mut self, ctx: Context<'_>) -> bool {
        self.answers = Vec::new().into_iter();
        self.current = None;
        let_go(ctx, &std::mem::take(&mut self.handles));
        true
    }

    fn owed(&mut self) -> &mut u64 {
        &mut self.owed
    }

    fn has_ended(&self) -> bool {
        self.made == Some(self.count)
    }
}

type Done<'gc> = Result<(), Interrupt<'gc>>;

/// Makes the function, in a table of its own or in the one the host registered, unless that
/// has another thing of the name.
pub(in crate::session) fn register<'gc>(ctx: Context<'gc>) -> Result<(), Interrupt<'gc>> {
    let (module, name) = (ctx.string(MODULE.as_bytes())?, ctx.string(NAME.as_bytes())?);
    match ctx.state.globals.get_str(ctx.heap(), module) {
        Value::Nil => {
            let table = Table::new(ctx.heap(), 0, 1)?;
            table.set_str(ctx.heap(), name, Value::Builtin(&ALL))?;
            table.set_read_only(ctx.heap(), true)?;
            ctx.state.globals.add_str(ctx.heap(), module, Value::Table(table))
        }
        Value::Table(table) if table.get_str(ctx.heap(), name).is_nil() => {
            table.set_str(ctx.heap(), name, Value::Builtin(&ALL))
        }
        _ => Ok(()),
    }
}

parts!(struct Answers { answers, made, refused });
parts!(enum Refused { 0 Not, 1 Once, 2 ForGood });
parts!(struct Asking { count, calls, current, failure, owed });
parts!(struct Current { values, count });

impl Part for Results {
    fn put(&self, to: &mut Writer) -> Put {
        self.count.put(to)?;
        put_list(self.answers.as_slice(), to)?;
        self.made.put(to)?;
        self.current.put(to)?;
        self.handles.put(to)?;
        self.owed.put(to)
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        let count = Part::get(from)?;
        let answers: Vec<Answer> = Part::get(from)?;
        let (answers, made) = (answers.into_iter(), Part::get(from)?);
        let (current, handles, owed) = (Part::get(from)?, Part::get(from)?, Part::get(from)?);
        Ok(Results { count, answers, made, current, handles, owed })
    }
}
