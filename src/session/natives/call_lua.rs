//! A host function that has a function of the script's called: the steps in between.
//!
//! The host function's own frame stays where it is and calls the function protected, as a
//! frame like any other. So nothing nests on Rust's stack, a callback may yield, call the
//! host and end with a slice, and what it takes is the run's.

use super::from_host::FromHost;
use super::to_host::ToHost;
use crate::session::functions::contained::drop_contained;
use crate::session::functions::letters::{Answer, Request, Returned, Target};
use crate::session::functions::reply::Then;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::vm::calls::call::Call;
use crate::vm::calls::kept::Work;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::Held;
use crate::vm::state::loose_ends::LooseEnd;
use std::cell::RefCell;
use std::rc::Rc;

/// Units for a call, besides those for its values and what it does.
const PRICE: u64 = 16;

/// Slot of what is kept during the call.
const KEPT: usize = 0;
/// Slot of the function, then of its first result or of the error.
const FUNCTION: usize = 1;
/// Slot of the error while the host has the word, and of its number.
pub(in crate::session) const ERROR: usize = FUNCTION;
const NUMBER: usize = 2;

/// Step that makes the arguments.
const MAKE_ARGS: u32 = 8;
/// Steps after the call.
const RETURNED: u32 = 9;
const RAISED: u32 = 10;
/// Steps that go on with what it came to.
const CONVERT_RESULTS: u32 = 11;
const CONVERT_ERROR: u32 = 12;
/// Step that finds the host's next answer in the mailbox.
pub(in crate::session) const REPLIED_AGAIN: u32 = 13;

/// What is kept while the function runs: its arguments while they are made, and the rest
/// of the host's function.
pub(in crate::session) struct Callback {
    args: FromHost,
    then: Rc<Continuation>,
    target: Option<Target>,
    /// The call's number in the trace.
    number: u64,
    made: Vec<u32>,
    /// Number of slots when the function had ended.
    top: usize,
}

/// The rest of a host function: dropped with its frame, or when the run ends.
struct Continuation(RefCell<Option<Then>>);

impl LooseEnd for Continuation {
    fn drop_it(&self) {
        let then = self.0.take();
        // What the host's closure holds may panic.
        drop_contained(then);
    }
}

impl Drop for Continuation {
    fn drop(&mut self) {
        self.drop_it();
    }
}

impl Work for Callback {
    fn advance<'gc>(
        &mut self,
        call: &mut Call<'_, 'gc>,
        held: &mut Held<'gc>,
    ) -> Result<(), Interrupt<'gc>> {
        self.args.advance(call, held)
    }

    fn owed(&mut self) -> &mut u64 {
        self.args.owed()
    }

    fn has_ended(&self) -> bool {
        self.args.has_ended()
    }
}

/// Begins the call that an answer asks for.
pub(in crate::session) fn begin<'gc>(call: &mut Call<'_, 'gc>, answer: &mut Answer) -> Step<'gc> {
    call.charge(PRICE)?;
    call.ensure(4)?;
    let function = match &answer.calls {
        Some(calling) => calling.function.value(call)?,
        None => Value::Nil,
    };
    let mut held = Held::new(&call.ctx.state.account);
    held.add(answer.bytes)?;
    call.set_top(0);
    call.push(Value::Nil);
    call.push(function);
    let loose_ends = &call.ctx.state.loose_ends;
    call.begin_work(KEPT, held, || {
        let args = answer.result.as_mut().map(std::mem::take).unwrap_or_default();
        let calling = answer.calls.take();
        let number = calling.as_ref().map_or(0, |calling| calling.number);
        let then = calling.map(|calling| calling.then);
        let then = Rc::new(Continuation(RefCell::new(then)));
        loose_ends.note(&then);
        let made = std::mem::take(&mut answer.made);
        Callback {
            args: FromHost::new(FUNCTION + 1, args),
            then,
            target: answer.target,
            number,
            made,
            top: 0,
        }
    })?;
    Ok(Flow::Again { step: MAKE_ARGS })
}

/// Does the next step.
pub(in crate::session) fn go_on<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        MAKE_ARGS => make_args(call),
        RETURNED | RAISED => {
            // Those of the rest of the host's function are its own.
            call.let_errors_pass();
            let top = call.top();
            call.ensure(4)?;
            let first = ToHost::new(call, FUNCTION..top, top + 1);
            call.with_kept(KEPT, |callback: &mut Callback| callback.top = top)?;
            convert(call, call.step == RAISED, Some(first))
        }
        step => convert(call, step == CONVERT_ERROR, None),
    }
}

fn make_args<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let made = call.work(KEPT, None, |callback: &mut Callback, held, call| {
        // They are the script's now.
        held.give_back(held.bytes());
        Ok(callback.args.results(call))
    })?;
    Ok(match made {
        None => Flow::Again { step: MAKE_ARGS },
        Some(args) => Flow::ProtectedCall {
            at: FUNCTION,
            args,
            step: RETURNED,
            on_error: RAISED,
            handler: None,
        },
    })
}

/// Makes results, or an error, host values, and gives the host the word.
fn convert<'gc>(call: &mut Call<'_, 'gc>, raised: bool, first: Option<ToHost>) -> Step<'gc> {
    let top = call.with_kept(KEPT, |callback: &mut Callback| callback.top)?;
    let converted = call.work(top, first, |work: &mut ToHost, held, _| {
        Ok((work.take(), work.take_made(), held.take_bytes()))
    })?;
    let Some((values, new, bytes)) = converted else {
        return Ok(Flow::Again { step: if raised { CONVERT_ERROR } else { CONVERT_RESULTS } });
    };
    let ctx = call.ctx;
    let (then, target, number, mut made) = call.with_kept(KEPT, |callback: &mut Callback| {
        let made = std::mem::take(&mut callback.made);
        (callback.then.0.take(), callback.target, callback.number, made)
    })?;
    let (Some(then), Some(target)) = (then, target) else {
        return Err(call.error("the host gave no answer"));
    };
    let result = if raised {
        let serial = ctx.state.handles.fresh_serial();
        let error = script_error(call.arg(ERROR), values.ok(), serial);
        call.set_top(NUMBER);
        call.push(Value::Integer(serial as i64));
        Err(error)
    } else {
        call.set_top(0);
        values.map_err(|(_, message)| HostError::new(message))
    };
    made.extend(new);
    let then = Some(Returned { then, result, number });
    let request = Request { then, ..Request::new(target, Vec::new(), made) };
    ctx.post(Box::new(request), bytes);
    Ok(Flow::Host { args: 0, step: REPLIED_AGAIN })
}

/// Makes the error that a host function gets for what a script's function raised.
fn script_error(error: Value<'_>, converted: Option<Vec<HostValue>>, number: u64) -> HostError {
    let value = converted.and_then(|values| values.into_iter().next());
    HostError::of_script(value.unwrap_or(HostValue::Opaque(error.type_name())), number)
}

/// Tells whether the call that a host function asked for has raised the error of this
/// number: then the function hands it on.
pub(in crate::session) fn has_raised(call: &Call<'_, '_>, number: u64) -> bool {
    call.step == REPLIED_AGAIN
        && matches!(call.arg(NUMBER), Value::Integer(own) if own as u64 == number)
}
