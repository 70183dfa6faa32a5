//! Functions of a script as its host holds them.

use crate::vm::calls::call::Call;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;
use crate::vm::state::handles::{Handle, Lost};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A function of a script's, held by its host: a callback, a tool, a hook.
///
/// A function that a script passes to a host function, alone or within tables, arrives as
/// [`HostValue::Function`](crate::HostValue::Function). Keep it as long as you like, on any
/// thread: [`Session::call`](crate::Session::call) calls it between runs, and
/// [`Reply::CallLua`](crate::Reply::CallLua) within the call of the host that it came with.
/// Passed back to its session it is the same function.
///
/// Two are equal if they are the same function of the same session. The function lives as
/// long as there is a clone, and the session. One that came up in a run that was undone is
/// void, and so is one of another session: using it is an error that says so, and never
/// calls another function.
///
/// ```
/// use moonfuel::{Function, Session};
/// use std::sync::{Arc, Mutex};
///
/// let handlers: Arc<Mutex<Vec<Function>>> = Arc::default();
/// let kept = Arc::clone(&handlers);
/// let mut session = Session::builder()
///     .function("host.on_message", move |handler: Function| {
///         kept.lock().unwrap().push(handler);
///         Ok(())
///     })
///     .build()?;
/// session.run("host.on_message(function(text) return 'got ' .. text end)").json()?;
/// let handler = handlers.lock().unwrap()[0].clone();
/// let report = session.call(&handler, "mail");
/// assert_eq!(report.json()?, r#"["got mail"]"#);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone)]
pub struct Function(Arc<Handle>);

impl Function {
    pub(in crate::session) fn new(handle: Arc<Handle>) -> Function {
        Function(handle)
    }

    pub(in crate::session) fn handle(&self) -> &Handle {
        &self.0
    }

    /// Returns the number by which a session made of a snapshot finds the function again:
    /// see [`Session::function_numbered`](crate::Session::function_numbered). No other
    /// function or object of the session ever has it.
    pub fn number(&self) -> u64 {
        self.0.serial()
    }

    /// Returns the function as scripts have it.
    pub(in crate::session) fn value<'gc>(
        &self,
        call: &Call<'_, 'gc>,
    ) -> Result<Value<'gc>, Interrupt<'gc>> {
        call.ctx.held(&self.0).map_err(|why| call.error(lost("function", why)))
    }
}

/// Says why a handle of something is of no use.
pub(in crate::session) fn lost(what: &str, why: Lost) -> String {
    match why {
        Lost::Foreign => format!("the {what} is of another session"),
        Lost::Stale => format!("the {what} is stale: the run that made it was undone"),
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Function) -> bool {
        self.0 == other.0
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.serial().hash(state);
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Function").field(&self.0.serial()).finish()
    }
}
