//! Calls where the script stands: the same entries as for any other call, made without
//! leaving the machine.

use super::deck::Deck;
use super::line::Line;
use super::redact::TracePart;
use super::tape::Tape;
use super::text::{push_bytes, push_float, push_int};
use super::value::{push_boolean, push_list};
use super::writer::When;
use crate::session::functions::letters::Answer;
use crate::session::natives::in_place::host_value;
use crate::session::values::host_value::HostValue;
use crate::session::values::multi::{Results, Scalar};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

impl Tape {
    /// Makes the entry of a call with simple values, which cost `price` and are not paid yet.
    /// Tells whether the function may be called: not if the trace is played.
    pub(in crate::session) fn begin_in_place(
        &self,
        ctx: Context<'_>,
        path: &str,
        args: &[Value<'_>],
        price: u64,
        only_looks: bool,
    ) -> bool {
        let mut deck = self.lock();
        if !deck.is_live() {
            return false;
        }
        deck.calls += 1;
        let mut line = deck.begin_in(ctx, "call");
        line.count("call", deck.calls);
        line.text("name", path);
        if deck.redactor.is_some() {
            let args: Vec<HostValue> = args.iter().map(host_value).collect();
            deck.put_values(&mut line, "args", TracePart::Argument, path, &args);
        } else {
            push_list(line.field("args"), args, |text, arg| match arg {
                Value::Boolean(b) => push_boolean(text, *b),
                Value::Integer(i) => push_int(text, *i),
                Value::Number(n) => push_float(text, *n),
                Value::String(string) => push_bytes(text, string.as_bytes()),
                _ => text.extend_from_slice(b"null"),
            });
        }
        line.count("fuel", ctx.state.fuel.used() + price);
        deck.write_when(line, When::of(only_looks));
        deck.halted().is_none()
    }

    /// Makes the entry of what it returned: one simple value, or nothing.
    pub(in crate::session) fn returned_in_place(
        &self,
        ctx: Context<'_>,
        path: &str,
        results: &Results,
        only_looks: bool,
    ) {
        let mut deck = self.lock();
        let mut line = deck.done_in_place(ctx);
        if deck.redactor.is_some() {
            let values = results.to_vec();
            deck.put_reply(&mut line, "reply", path, &Ok(values));
        } else {
            let text = line.field("reply");
            text.extend_from_slice(b"{\"values\":[");
            match results.scalar() {
                Some(Scalar::Nil) => text.extend_from_slice(b"null"),
                Some(Scalar::Boolean(b)) => push_boolean(text, b),
                Some(Scalar::Integer(i)) => push_int(text, i),
                Some(Scalar::Number(n)) => push_float(text, n),
                None => {
                    if let Some(string) = results.text() {
                        push_bytes(text, string);
                    }
                }
            }
            text.extend_from_slice(b"]}");
        }
        deck.write_when(line, When::of(only_looks));
    }

    /// Makes the entry of what else it came to.
    pub(in crate::session) fn left_in_place(&self, ctx: Context<'_>, path: &str, answer: &Answer) {
        let mut deck = self.lock();
        let mut line = deck.done_in_place(ctx);
        deck.put_reply(&mut line, "reply", path, &answer.result);
        deck.write(line);
    }
}

impl Deck {
    fn done_in_place(&mut self, ctx: Context<'_>) -> Line {
        let mut line = self.begin_in(ctx, "done");
        line.count("call", self.calls);
        line
    }
}
