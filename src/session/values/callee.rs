//! What is called from outside: a function of the script's.

use super::function::Function;
use super::limits::Limits;

/// A function that is to be called, and the limits of the call: see
/// [`Session::call`](crate::Session::call).
///
/// It is made of a handle (`&function`), or of the path of a function from the globals on
/// (`"handlers.on_message"`).
#[derive(Clone, Debug)]
pub struct Callee<'a> {
    pub(in crate::session) named: Named<'a>,
    pub(in crate::session) limits: Option<Limits>,
}

/// How the function is named.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) enum Named<'a> {
    /// A function that the host holds.
    Function(&'a Function),
    /// The path of a function from the globals on.
    Path(&'a str),
}

impl<'a> Callee<'a> {
    /// Lowers limits for this call: of each, the lower of this and the session's counts.
    ///
    /// ```
    /// use moonfuel::{Callee, Limits, Outcome, Session};
    ///
    /// let mut session = Session::builder().build()?;
    /// session.run("function on_tick() while true do end end");
    /// let limits = Limits { fuel: 1000, ..Limits::unlimited() };
    /// let report = session.call(Callee::from("on_tick").limits(limits), ());
    /// assert_eq!((report.outcome, report.usage.fuel_used), (Outcome::OutOfFuel, 1000));
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Callee<'a> {
        self.limits = Some(limits);
        self
    }
}

impl<'a> From<Named<'a>> for Callee<'a> {
    fn from(named: Named<'a>) -> Self {
        Callee { named, limits: None }
    }
}

impl<'a> From<&'a Function> for Callee<'a> {
    fn from(function: &'a Function) -> Self {
        Named::Function(function).into()
    }
}

impl<'a> From<&'a str> for Callee<'a> {
    fn from(path: &'a str) -> Self {
        Named::Path(path).into()
    }
}

impl<'a> From<&'a String> for Callee<'a> {
    fn from(path: &'a String) -> Self {
        Named::Path(path).into()
    }
}
