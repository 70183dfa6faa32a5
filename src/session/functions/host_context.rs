//! What a host function knows of the run that waits for it.

use super::notes::{Made as MadeNote, Note};
use super::objects::{self, Made};
use super::ticket::Ticket;
use super::watch::Watch;
use crate::session::values::host_error::HostError;
use crate::session::values::object_ref::ObjectRef;
use crate::session::values::outcome::Outcome;
use crate::vm::machine::Lua;
use crate::vm::state::context::Context;
use core::time::Duration;
use std::any::Any;
use std::borrow::Cow;

/// Units for an object.
const OBJECT: u64 = 32;

/// The run as one of its host functions sees it: memory and fuel that the function takes
/// of the run's, and whether the run must end.
///
/// Functions that work long or hold much do it in pieces: they [`charge`](HostCx::charge)
/// for a piece, [`reserve`](HostCx::reserve) what it needs, [`check`](HostCx::check)
/// whether to go on, and hand errors on with `?`.
///
/// ```
/// use moonfuel::{Bytes, Limits, Outcome, Session};
///
/// let limits = Limits { fuel: 100_000, ..Limits::default() };
/// let mut session = Session::builder()
///     .limits(limits)
///     .function_with("host.zeros", |cx, count: usize| {
///         cx.charge(count as u64 / 64)?;
///         cx.reserve(count)?;
///         Ok(Bytes(vec![0; count]))
///     })
///     .build()?;
/// let report = session.run("return pcall(host.zeros, 1 << 30)");
/// assert_eq!(report.outcome, Outcome::OutOfFuel);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Debug)]
pub struct HostCx<'a> {
    pub(in crate::session) lua: &'a mut Lua,
    /// Fuel of the run that its current slice does not have.
    fuel_left: &'a mut u64,
    watch: &'a Watch,
    /// Bytes to give back when the call ends.
    reserved: usize,
    /// Bytes that calls which were begun before this one, at once with it, hold until they answer.
    beside: usize,
    /// Places of the handles that the function has made.
    pub(in crate::session) made: Vec<u32>,
    /// Why the run must end, once that is known.
    stop: Option<Outcome>,
    /// What the function takes and does, if its call is recorded.
    pub(in crate::session) notes: Option<Vec<Note>>,
    /// The policy's, of a call that is to be handed out.
    pub(in crate::session) ticket: Option<Ticket>,
}

impl<'a> HostCx<'a> {
    pub(in crate::session) fn new(
        lua: &'a mut Lua,
        fuel_left: &'a mut u64,
        watch: &'a Watch,
    ) -> HostCx<'a> {
        HostCx {
            lua,
            fuel_left,
            watch,
            reserved: 0,
            beside: 0,
            made: Vec::new(),
            stop: None,
            notes: None,
            ticket: None,
        }
    }

    /// Says what calls beside this one hold.
    pub(in crate::session) fn beside(self, bytes: usize) -> HostCx<'a> {
        HostCx { beside: bytes, ..self }
    }

    /// Returns the bytes that the call has reserved.
    pub(in crate::session) fn reserved(&self) -> usize {
        self.reserved
    }

    /// Ends the call: gives back what it reserved, and tells whether the run must end.
    pub(in crate::session) fn end(self) -> Option<Outcome> {
        self.lua.enter(|ctx| ctx.state.account.release(self.reserved));
        self.stop
    }

    /// Works with the machine that waits for the call.
    pub(in crate::session) fn enter<R>(
        &mut self,
        work: impl for<'gc> FnOnce(Context<'gc>) -> R,
    ) -> R {
        self.lua.enter(work)
    }

    /// Returns the number of the call in its run, from 1.
    pub(in crate::session) fn call_number(&mut self) -> u64 {
        self.lua.enter(|ctx| ctx.state.host_calls.get())
    }

    /// Ends the run with this outcome, whatever the function answers.
    pub(in crate::session) fn end_run(&mut self, outcome: Outcome) {
        self.note(|| Note::Stop(Box::new(outcome.clone())));
        self.stop = Some(outcome);
    }

    fn note(&mut self, note: impl FnOnce() -> Note) {
        if let Some(notes) = &mut self.notes {
            notes.push(note());
        }
    }

    pub(crate) fn watch(&self) -> &Watch {
        self.watch
    }

    /// Counts `bytes` that the function is about to take against the run's memory limit,
    /// until the call ends. What the function returns is counted by itself. If it answers with
    /// a future, calls that are made at once with it, by `host.all`, find that much less.
    ///
    /// # Errors
    /// When the limit would be passed, even after a collection. Handed on with `?`, the
    /// script gets it as `not enough memory`, which it can catch.
    pub fn reserve(&mut self, bytes: usize) -> Result<(), HostError> {
        self.go_on()?;
        self.note(|| Note::Reserve(bytes as u64));
        // What others hold was given back to the account when they had begun.
        let granted = self.lua.reserve(bytes.saturating_add(self.beside));
        if granted {
            self.lua.enter(|ctx| ctx.state.account.release(self.beside));
            self.reserved += bytes;
        }
        // A collection has its price.
        self.pay()?;
        if granted { Ok(()) } else { Err(HostError::memory()) }
    }

    /// Charges `units` of fuel for work that the function is about to do: one unit is an
    /// instruction of the script, some 3 to 50 nanoseconds of work.
    ///
    /// # Errors
    /// When the run has less left: all of it is used then, and whatever the function
    /// answers, the run ends as [`Outcome::OutOfFuel`]. How the run is cut into slices
    /// plays no part.
    pub fn charge(&mut self, units: u64) -> Result<(), HostError> {
        if let Some(notes) = &mut self.notes {
            Note::charge(notes, units);
        }
        self.take(units)
    }

    fn take(&mut self, units: u64) -> Result<(), HostError> {
        self.go_on()?;
        self.lua.enter(|ctx| ctx.state.fuel.owe(units));
        self.pay()
    }

    /// As [`HostCx::object`], with the type by number and name, and the bytes that the value
    /// takes.
    ///
    /// # Errors
    /// As [`HostCx::object`].
    pub(in crate::session) fn object_of(
        &mut self,
        kind: Option<usize>,
        name: Cow<'static, str>,
        hint: usize,
        value: Box<dyn Any + Send>,
    ) -> Result<ObjectRef, HostError> {
        let made = self.make_object(kind, &name, hint, value);
        self.note(|| {
            let handle = made.as_ref().ok().map(|object| object.handle().serial());
            Note::Object(Box::new(MadeNote { name, bytes: hint as u64, handle }))
        });
        made
    }

    #[expect(clippy::ptr_arg, reason = "cloned, a name of the program's stays borrowed")]
    fn make_object(
        &mut self,
        kind: Option<usize>,
        name: &Cow<'static, str>,
        hint: usize,
        value: Box<dyn Any + Send>,
    ) -> Result<ObjectRef, HostError> {
        self.take(OBJECT)?;
        let mut value = Some(value);
        let Some(kind) = kind else { return Err(objects::unregistered(name)) };
        for attempt in 0..2 {
            let made = self.lua.enter(|ctx| objects::hold_any(ctx, kind, name, hint, &mut value));
            match made? {
                Made::Object(object, place) => {
                    self.made.extend(place);
                    return Ok(object);
                }
                // The request is made once more for the collection that comes with it.
                Made::Refused(bytes) if attempt == 0 && self.lua.reserve(bytes) => {
                    self.lua.enter(|ctx| ctx.state.account.release(bytes));
                    self.pay()?;
                }
                Made::Refused(_) => break,
            }
        }
        Err(HostError::memory())
    }

    /// Drops the value behind an object: whoever uses the object from now on gets an error.
    /// Undoing the run does not bring it back.
    ///
    /// # Errors
    /// When the object is stale or another session's, or its value is in use.
    pub fn revoke(&mut self, object: &ObjectRef) -> Result<(), HostError> {
        self.note(|| Note::Revoke(object.clone()));
        objects::revoke(self.lua, object)
    }

    /// Notes what the function will have to know in later calls, which nothing tells but this
    /// one. A trace has it with the call; who goes on with the trace gives it back
    /// ([`HostFunction::recall`](crate::HostFunction::recall)), since the function is not
    /// called then. It is not for secrets.
    pub fn remember(&mut self, note: impl FnOnce() -> Vec<u8>) {
        self.note(|| Note::Remember(note()));
    }

    /// Tells whether the run was cancelled.
    pub fn cancelled(&self) -> bool {
        self.watch.canceller.is_cancelled()
    }

    /// Returns the time left until the run's deadline, if it has one. It is nothing when
    /// the deadline has passed.
    pub fn remaining(&self) -> Option<Duration> {
        self.watch.remaining()
    }

    /// Looks whether the run was cancelled or its deadline has passed: functions that
    /// take their time call this in between, every few milliseconds.
    ///
    /// # Errors
    /// When that is so: the run ends as [`Outcome::Cancelled`] or [`Outcome::Deadline`],
    /// whatever the function answers.
    pub fn check(&mut self) -> Result<(), HostError> {
        self.go_on()?;
        if let Some(outcome) = self.watch.stop() {
            self.end_run(outcome);
        }
        self.go_on()
    }

    /// Pays what is owed from the fuel of the run.
    fn pay(&mut self) -> Result<(), HostError> {
        if !pay_debt(self.lua, self.fuel_left) {
            self.stop = Some(Outcome::OutOfFuel);
        }
        self.go_on()
    }

    fn go_on(&self) -> Result<(), HostError> {
        if self.stop.is_some() { Err(HostError::stopped()) } else { Ok(()) }
    }
}

/// Works with the context of a call in a run with these limits, for tests of functions.
#[cfg(all(test, feature = "host"))]
pub(crate) fn with_context<R>(
    limits: &crate::Limits,
    work: impl FnOnce(&mut HostCx<'_>) -> R,
) -> R {
    let mut fuel_left = limits.fuel;
    let mut lua = Lua::new(0, usize::try_from(limits.memory).unwrap_or(usize::MAX / 2));
    work(&mut HostCx::new(&mut lua, &mut fuel_left, &Watch::default()))
}

/// Pays what the last operation still owes from the fuel of the run. Tells whether there
/// was enough: if not, the run ends there.
pub(in crate::session) fn pay_debt(lua: &mut Lua, fuel_left: &mut u64) -> bool {
    lua.enter(|ctx| {
        let debt = ctx.state.fuel.debt();
        let paid = debt.min(*fuel_left);
        *fuel_left -= paid;
        ctx.state.fuel.give(paid);
        paid == debt
    })
}
