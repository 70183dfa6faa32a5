//! What is called from outside: a function of the script's.

use super::function::Function;

/// A function that is to be called: see [`Session::call`](crate::Session::call).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Callee<'a> {
    /// A function that the host holds.
    Function(&'a Function),
    /// The path of a function from the globals on, such as `handlers.on_message`.
    Path(&'a str),
}

impl<'a> From<&'a Function> for Callee<'a> {
    fn from(function: &'a Function) -> Self {
        Callee::Function(function)
    }
}

impl<'a> From<&'a str> for Callee<'a> {
    fn from(path: &'a str) -> Self {
        Callee::Path(path)
    }
}

impl<'a> From<&'a String> for Callee<'a> {
    fn from(path: &'a String) -> Self {
        Callee::Path(path)
    }
}
