//! `yield(...)`: a script hands values to the host that runs it, and goes on when the host
//! wants. It works wherever a function can be called, in coroutines and comparators too,
//! and has nothing to do with `coroutine.yield`.

use super::host_call::ask;
use super::host_value::{HostValue, cut_off};
use super::pending::{AnswerError, Waits};
use super::run::Run;
use crate::stdlib::Profile;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Interrupt, NativeDef, Step};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

/// What was yielded, on its way to the host.
pub(super) struct Yielded {
    pub(super) values: Vec<HostValue>,
    /// Places of the handles that were made for them.
    pub(super) made: Vec<u32>,
}

/// The global function.
pub(super) static YIELD: NativeDef =
    NativeDef::new("yield", yield_, "host", "as a call of a host function");

fn yield_<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    ask(call, 0, |_, values, made| Box::new(Yielded { values, made }))
}

/// Makes the global function.
pub(super) fn register<'gc>(ctx: Context<'gc>, profile: Profile) -> Result<(), Interrupt<'gc>> {
    if !profile.is_sandbox() {
        return Ok(());
    }
    ctx.set_global("yield", Value::Builtin(&YIELD))
}

impl Run {
    /// Says what the `yield` of the script that has yielded returns: nothing if this is
    /// not called. The run goes on at the next step. The profiles strict and compat have
    /// `yield`.
    ///
    /// ```
    /// use moonfuel::{Chunk, Session, Step};
    ///
    /// let session = Session::builder().build()?;
    /// let mut run = session.start(Chunk::new(b"return 1 + yield('a number, please')"));
    /// assert_eq!(run.step(1000), Step::Yielded(vec!["a number, please".into()]));
    /// run.resume_with(vec![41.into()])?;
    /// assert!(run.step(1000).is_ended());
    /// let (_session, report) = run.finish();
    /// assert_eq!(report.json()?, "[42]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the last step was not [`Step::Yielded`](crate::Step::Yielded).
    pub fn resume_with(&mut self, values: Vec<HostValue>) -> Result<(), AnswerError> {
        match &mut self.progress.waits {
            Waits::Resumption { values: given, .. } => {
                *given = cut_off(values);
                Ok(())
            }
            _ => Err(AnswerError::NotYielded),
        }
    }
}
