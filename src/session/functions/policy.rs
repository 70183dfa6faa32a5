//! What stands between a script and a function of the host: a policy is asked before each
//! call, and has the last look at what comes back.
//!
//! The session has neither rules nor a clock: whoever fills the trait does (`host::gate`).

use super::declaration::Declaration;
use crate::session::values::denied::Denied;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;

/// A call that a policy is asked about.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PolicyCall<'a> {
    /// Where scripts find the function: `jido.read_file`.
    pub path: &'a str,
    /// What the host says about it, if anything.
    pub declaration: Option<&'a Declaration>,
    /// The arguments.
    pub args: &'a [HostValue],
    /// The number of the call in its run, from 1.
    pub number: u64,
}

/// Decides about the calls of host functions, and looks at their results.
///
/// Its methods may be called from any thread, one after another for the calls of a run. What
/// panics in one refuses the call.
///
/// ```
/// use moonfuel::{Denied, Policy, PolicyCall, Session};
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// /// Lets three calls through.
/// #[derive(Default)]
/// struct Three(AtomicU64);
///
/// impl Policy for Three {
///     fn ask(&self, _: &PolicyCall<'_>) -> Result<u64, Denied> {
///         let number = self.0.fetch_add(1, Ordering::Relaxed);
///         if number < 3 { Ok(number) } else { Err(Denied::new("three", "this is the fourth call", "")) }
///     }
/// }
///
/// let mut session = Session::builder()
///     .function("tick", |()| Ok(true))
///     .policy(Three::default())
///     .build()?;
/// let report = session.run("local n = 0 while pcall(tick) do n = n + 1 end return n");
/// assert_eq!(report.json()?, "[3]");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
pub trait Policy: Send + Sync {
    /// Is asked before a function is called. Whatever comes of the call, and if it comes to
    /// nothing, one of the other methods is given the number that this returns.
    ///
    /// # Errors
    /// Why the call is refused: the script gets that as nil and text, or raised, as the
    /// function's declaration says.
    fn ask(&self, call: &PolicyCall<'_>) -> Result<u64, Denied>;

    /// Is given what the function answered, within the limit on results, before the script
    /// is: it may change it.
    fn settle(&self, call: u64, answer: &mut Result<Vec<HostValue>, HostError>) {
        let _ = (call, answer);
    }

    /// Is told that a call was dropped before it was answered: its run has ended.
    fn abandon(&self, call: u64) {
        let _ = call;
    }

    /// Returns what it must know of a call that waits for its answer, to take it up in another
    /// process: see [`Run::snapshot`](crate::Run::snapshot). `None` if that cannot be, which is
    /// so unless this is written: then a run with such a call cannot be saved. The call itself
    /// goes on here as well.
    fn save(&self, call: u64) -> Option<Vec<u8>> {
        let _ = call;
        None
    }

    /// Takes up a call that waits in a run that is restored: it is one of this policy's from
    /// now on, as if [`Policy::ask`] had let it through. `saved` is what [`Policy::save`]
    /// returned elsewhere, or nothing if there was no policy then. Neither it nor the call may
    /// be trusted more than the bytes that they are made of.
    ///
    /// # Errors
    /// Why the call is not let through: then the run is not restored.
    fn restore(&self, call: &PolicyCall<'_>, saved: Option<&[u8]>) -> Result<u64, String> {
        let _ = (call, saved);
        Err("the policy does not take up calls that wait".to_owned())
    }

    /// Returns a text that is the same for policies with the same rules: it stands in the header
    /// of traces, as `policy`, to say under which rules a recorded session ran.
    fn fingerprint(&self) -> Option<String> {
        None
    }

    /// Returns how many bytes of a result it looks at for one unit of fuel; nothing, if it
    /// does not look at results.
    fn bytes_per_unit(&self) -> Option<u64> {
        None
    }

    /// Looks at the functions of a session that is being made.
    ///
    /// # Errors
    /// When the policy names what is not there, or has a rule that nothing meets.
    fn fits(&self, declared: &[&Declaration]) -> Result<(), String> {
        let _ = declared;
        Ok(())
    }
}
