//! Plain functions of the host, called where the script stands: nothing leaves the machine,
//! and numbers take no memory.
//!
//! A call in place does what the way out and back does, step by step, with the same prices:
//! its arguments are counted and paid, the call is counted, its results are paid and made.
//! Whatever is not plain to see at once (values that are not simple, a limit that is near)
//! is left to that way: before the call by doing nothing, after it by leaving the answer in
//! the mailbox for the step that finds one there.

use super::host_table::{Function, HostTable, declares_looking};
use crate::base::arithmetic::canonical;
use crate::session::functions::contained::contained;
use crate::session::functions::letters::{Answer, SMALL, SMALL_STRING, error_of, values_of};
use crate::session::functions::typed::PlainFunction;
use crate::session::natives::host_call::{REPLIED, SMALL_PRICE, text_price};
use crate::session::natives::in_place::{cost, host_value};
use crate::session::natives::to_host::VALUE;
use crate::session::tapes::tape::Tape;
use crate::session::values::admission::panicked;
use crate::session::values::convert::{BLOCK_BYTES, PLACE, VALUE_BYTES};
use crate::session::values::host_error::{Failure, HostError};
use crate::session::values::host_value::HostValue;
use crate::session::values::multi::{Results, Scalar};
use crate::vm::heap::value::Value;
use crate::vm::state::context::{Context, HostGate, InPlace, Quick};
use std::any::Any;
use std::mem::ManuallyDrop;

/// Lends the machine the host's functions.
pub(in crate::session) fn put(ctx: Context<'_>, host: Box<HostTable>) {
    *ctx.state.host.borrow_mut() = Some(host);
}

/// Takes the host's functions back, if they are lent.
pub(in crate::session) fn take(ctx: Context<'_>) -> Option<Box<HostTable>> {
    let lent = ctx.state.host.borrow_mut().take();
    lent.and_then(|host| host.into_any().downcast().ok())
}

impl HostGate for HostTable {
    fn call<'gc>(&mut self, ctx: Context<'gc>, index: usize, args: &[Value<'gc>]) -> InPlace<'gc> {
        // A policy is asked on the way out.
        if self.policy.is_some() {
            return InPlace::No;
        }
        let Some(entry) = self.entries.get_mut(index) else { return InPlace::No };
        let Function::Plain(function) = &mut entry.function else { return InPlace::No };
        let Some((price, bytes)) = cost(args) else { return InPlace::No };
        if !may_begin(ctx, price, bytes) {
            return InPlace::No;
        }
        if let Some(tape) = &self.tape
            && let only_looks = declares_looking(self.declared.get(&entry.path))
            && !tape.begin_in_place(ctx, &entry.path, args, price, only_looks)
        {
            return InPlace::No;
        }
        begin(ctx, price);
        // Most are over at once: dropping them would be a good part of the call.
        let mut results = ManuallyDrop::new(Results::default());
        let function = &mut **function;
        let called = match args {
            [] => call_contained(function, &mut [], &mut results),
            [one] => {
                let mut args = ManuallyDrop::new([host_value(one)]);
                call_with(function, &mut args, &mut results)
            }
            [one, two] => {
                let mut args = ManuallyDrop::new([host_value(one), host_value(two)]);
                call_with(function, &mut args, &mut results)
            }
            many => call_many(function, many, &mut results),
        };
        self.finish_call(ctx, index, called, results)
    }

    fn call_with_number<'gc>(
        &mut self,
        ctx: Context<'gc>,
        index: usize,
        arg: &Value<'gc>,
        result: &mut Value<'gc>,
    ) -> Quick {
        if self.policy.is_some() || self.tape.is_some() {
            return Quick::No;
        }
        let Some(entry) = self.entries.get_mut(index) else { return Quick::No };
        let Function::Plain(function) = &mut entry.function else { return Quick::No };
        // Made where the function finds it: what is written in parts and moved as a whole is
        // waited for.
        let mut args = ManuallyDrop::new([match arg {
            Value::Integer(i) => HostValue::Integer(*i),
            Value::Number(n) => HostValue::Number(*n),
            _ => return Quick::No,
        }]);
        if !may_begin(ctx, VALUE, VALUE_BYTES + BLOCK_BYTES) {
            return Quick::No;
        }
        begin(ctx, VALUE);
        let mut results = ManuallyDrop::new(Results::default());
        let called = call_with(&mut **function, &mut args, &mut results);
        let fuel = &ctx.state.fuel;
        if let Called::Returned = called
            && let Some(scalar) = results.scalar()
            && !results.takes_memory()
            && PLACE <= ctx.state.max_host_result.get()
            && fuel.left() >= SMALL_PRICE
        {
            fuel.settle(SMALL_PRICE);
            *result = value_of(scalar);
            return Quick::One;
        }
        match self.finish_call(ctx, index, called, results) {
            InPlace::No => Quick::No,
            InPlace::One(value) => {
                *result = value;
                Quick::One
            }
            InPlace::Nothing => Quick::Nothing,
            InPlace::Later { step } => Quick::Later(step),
        }
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// Tells whether a call in place may begin whose arguments have this price and take so much
/// memory. That is given back when the function returns, and it cannot look: so it is taken
/// for a moment only.
#[inline(always)]
fn may_begin(ctx: Context<'_>, price: u64, bytes: usize) -> bool {
    let state = ctx.state;
    let (account, fuel) = (&state.account, &state.fuel);
    // With a debt nothing is left.
    fuel.left() > price
        && fuel.is_fresh()
        && state.host_calls.get() < state.max_host_calls.get()
        && !account.collection_due()
        && !state.collect_now.get()
        && account.touch(bytes).is_ok()
}

/// Pays for a call, and counts it.
#[inline(always)]
fn begin(ctx: Context<'_>, price: u64) {
    ctx.state.fuel.settle(price);
    ctx.state.host_calls.set(ctx.state.host_calls.get() + 1);
}

impl HostTable {
    /// Makes the results of a call, or leaves the answer in the mailbox.
    #[inline(never)]
    fn finish_call<'gc>(
        &mut self,
        ctx: Context<'gc>,
        index: usize,
        called: Called,
        results: ManuallyDrop<Results>,
    ) -> InPlace<'gc> {
        if let Called::Returned = called {
            match finish(ctx, &results) {
                InPlace::No => {}
                made => {
                    if let (Some(tape), Some(entry)) = (&self.tape, self.entries.get(index)) {
                        let only_looks = declares_looking(self.declared.get(&entry.path));
                        tape.returned_in_place(ctx, &entry.path, &results, only_looks);
                    }
                    if results.takes_memory() {
                        drop(ManuallyDrop::into_inner(results));
                    }
                    return made;
                }
            }
        }
        let path = self.entries.get(index).map_or("", |entry| entry.path.as_str());
        let results = ManuallyDrop::into_inner(results);
        self.failure = leave(ctx, path, called, results, self.tape.as_deref());
        InPlace::Later { step: REPLIED }
    }
}

/// What came of a call beside its results.
enum Called {
    Returned,
    Failed(HostError),
    Panicked,
}

/// Leaves the answer in the mailbox for the step that finds one there. Returns the error, if it
/// has a kind of its own.
#[cold]
#[inline(never)]
fn leave(
    ctx: Context<'_>,
    path: &str,
    called: Called,
    results: Results,
    tape: Option<&Tape>,
) -> Option<Failure> {
    let limit = ctx.state.max_host_result.get();
    let answer = match called {
        Called::Returned => values_of(path, results.into_vec(), limit),
        Called::Failed(error) => error_of(path, error, limit),
        Called::Panicked => Answer::new(Err(panicked(path))),
    };
    if let Some(tape) = tape {
        tape.left_in_place(ctx, path, &answer);
    }
    let failure = answer.result.as_ref().err().and_then(HostError::failure);
    ctx.post(Box::new(answer), 0);
    failure
}

/// Calls the function with a few values, which are made where it finds them: one that is
/// written in parts and then moved as a whole would be waited for.
#[inline(always)]
fn call_with(
    function: &mut dyn PlainFunction,
    args: &mut ManuallyDrop<impl AsMut<[HostValue]>>,
    results: &mut Results,
) -> Called {
    let args = (**args).as_mut();
    let called = call_contained(function, args, results);
    if !args.iter().all(HostValue::is_scalar) {
        args.fill(HostValue::Nil);
    }
    called
}

/// Calls the function with some more values.
fn call_many(
    function: &mut dyn PlainFunction,
    values: &[Value<'_>],
    results: &mut Results,
) -> Called {
    let mut args = [const { HostValue::Nil }; SMALL];
    for (arg, value) in args.iter_mut().zip(values) {
        *arg = host_value(value);
    }
    let count = values.len().min(SMALL);
    call_contained(function, &mut args[..count], results)
}

#[inline(always)]
fn call_contained(
    function: &mut dyn PlainFunction,
    args: &mut [HostValue],
    results: &mut Results,
) -> Called {
    match contained(|| function.call_plain(args, results)) {
        Some(Ok(())) => Called::Returned,
        Some(Err(error)) => Called::Failed(error),
        None => Called::Panicked,
    }
}

/// Makes the result, if it is simple and alone, and nothing can be refused: a string is asked
/// for before anything is charged.
#[inline(always)]
fn finish<'gc>(ctx: Context<'gc>, results: &Results) -> InPlace<'gc> {
    let Some(scalar) = results.scalar() else { return finish_other(ctx, results) };
    let fuel = &ctx.state.fuel;
    if PLACE > ctx.state.max_host_result.get() || fuel.left() < SMALL_PRICE {
        return InPlace::No;
    }
    fuel.settle(SMALL_PRICE);
    InPlace::One(value_of(scalar))
}

#[inline(always)]
fn value_of<'gc>(scalar: Scalar) -> Value<'gc> {
    match scalar {
        Scalar::Nil => Value::Nil,
        Scalar::Boolean(b) => Value::Boolean(b),
        Scalar::Integer(i) => Value::Integer(i),
        Scalar::Number(n) => Value::Number(canonical(n)),
    }
}

#[inline(never)]
fn finish_other<'gc>(ctx: Context<'gc>, results: &Results) -> InPlace<'gc> {
    if results.is_empty() {
        return InPlace::Nothing;
    }
    let Some(text) = results.text().filter(|text| text.len() <= SMALL_STRING) else {
        return InPlace::No;
    };
    let price = SMALL_PRICE + text_price(text);
    let fuel = &ctx.state.fuel;
    if PLACE + text.len() as u64 > ctx.state.max_host_result.get() || fuel.left() < price {
        return InPlace::No;
    }
    match ctx.string(text) {
        Ok(string) => {
            fuel.settle(price);
            InPlace::One(Value::String(string))
        }
        Err(_) => InPlace::No,
    }
}
