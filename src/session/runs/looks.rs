//! What a host sees of a session between runs: its state's digest, the names there are, and what
//! the last run has left for it to look at.

use crate::session::images::state_digest::digest_of;
use crate::session::making::session::Session;
use crate::session::natives::names::{Names, reachable};
#[cfg(all(feature = "host", unix))]
use crate::session::natives::verdict::Verdict;
use crate::session::natives::view::{self, View};
use crate::session::values::digest::Digest;

impl Session {
    /// Returns the SHA-256 of all that later runs can notice of the session: variables and
    /// what can be reached from them, the order of tables, serial numbers, the state of
    /// `math.random`, the virtual clock.
    ///
    /// Equal sessions have equal digests, in every build and on every machine, whatever the
    /// slices they ran in, the key of their hashes and the collections there were. The
    /// version of the engine is a part of it.
    ///
    /// What the host holds (functions, objects) is a part of it too; a handle that it drops is,
    /// until the next run begins.
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// let mut one = Session::builder().hash_key(1).build()?;
    /// let mut other = Session::builder().hash_key(2).build()?;
    /// one.run("t = {x = 1, y = {}}");
    /// other.run("t = {x = 1, y = {}}");
    /// assert_eq!(one.digest(), other.digest());
    /// other.run("t.x = 2");
    /// assert_ne!(one.digest(), other.digest());
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn digest(&mut self) -> Digest {
        digest_of(&mut self.machine.0, self.config.profile, &self.host.types)
    }

    /// Returns the names that scripts can reach from the globals.
    pub(crate) fn names(&mut self) -> Names {
        self.machine.0.enter(reachable)
    }

    /// Lets the first value of the next run be read as a hook's answer.
    #[cfg(all(feature = "host", unix))]
    pub(crate) fn ask_verdict(&mut self) {
        self.machine.0.enter(|ctx| {
            *ctx.state.view.borrow_mut() = Some(Box::new(Verdict::default()));
        });
    }

    /// Tells whether the last run returned a table whose field `block` is true, as Lua has it:
    /// anything but nil, false and `json.null`. The tables that are its `__index` count.
    #[cfg(all(feature = "host", unix))]
    pub(crate) fn take_verdict(&mut self) -> Verdict {
        let taken = self.machine.0.enter(|ctx| ctx.state.view.borrow_mut().take());
        let verdict = taken.and_then(|asked| asked.downcast::<Verdict>().ok());
        verdict.map_or(Verdict::Passes, |verdict| *verdict)
    }

    /// Lets the values of the next run be shown for a terminal of so many columns.
    pub(crate) fn ask_view(&mut self, width: usize) {
        view::ask(&mut self.machine.0, width);
    }

    /// Returns the line that ends a copy of this session's trace, if it is recorded.
    #[cfg(feature = "cli")]
    pub(crate) fn trace_end(&self) -> Option<Vec<u8>> {
        self.host.tape.as_ref().map(|tape| tape.last_line())
    }

    /// Takes what the last run returned.
    pub(crate) fn take_view(&mut self) -> Option<View> {
        view::take(&mut self.machine.0)
    }
}
