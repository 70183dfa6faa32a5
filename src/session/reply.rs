//! What a host function answers.

use super::functions::Function;
use super::host_context::HostCx;
use super::host_function::HostError;
use super::host_value::HostValue;
use std::fmt;

/// What a host function does with the results, or the error, of a function of the script's
/// that it had called.
pub type Then = Box<
    dyn FnOnce(&mut HostCx<'_>, Result<Vec<HostValue>, HostError>) -> Result<Reply, HostError>
        + Send,
>;

/// The answer of a [`HostFunction`](super::HostFunction).
#[non_exhaustive]
pub enum Reply {
    /// The results: the script goes on with them.
    Now(Vec<HostValue>),
    /// Call a function of the script's first, in the same run: see [`Reply::call`].
    CallLua {
        /// The function.
        function: Function,
        /// Its arguments.
        args: Vec<HostValue>,
        /// What goes on with its results.
        then: Then,
    },
}

impl Reply {
    /// Has a function of the script's called, in the same run, and goes on with its results.
    ///
    /// The call is the script's own: it takes the run's fuel and memory, may yield and call
    /// the host, and lasts as many slices as it takes. `then` gets what it returned, or the
    /// error it raised, and answers in its turn: with results, or with the next call. An
    /// error that is handed on with `?` is raised again as it was. If the run ends first,
    /// `then` is dropped.
    ///
    /// ```
    /// use moonfuel::{Function, HostCx, HostError, HostFunction, HostValue, Reply, Session};
    ///
    /// /// `host.map(list, f)`: calls `f` for each item.
    /// struct Map;
    ///
    /// impl HostFunction for Map {
    ///     fn call(&mut self, _: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError> {
    ///         match args {
    ///             [HostValue::Array(items), HostValue::Function(f)] => {
    ///                 Ok(next(f.clone(), std::mem::take(items).into_iter(), Vec::new()))
    ///             }
    ///             _ => Err(HostError::new("a list and a function, please")),
    ///         }
    ///     }
    /// }
    ///
    /// fn next(f: Function, mut items: std::vec::IntoIter<HostValue>, mut done: Vec<HostValue>) -> Reply {
    ///     let Some(item) = items.next() else { return Reply::Now(vec![HostValue::Array(done)]) };
    ///     Reply::call(&f.clone(), vec![item], move |_, results| {
    ///         done.push(results?.into_iter().next().unwrap_or_default());
    ///         Ok(next(f, items, done))
    ///     })
    /// }
    ///
    /// let map: Box<dyn HostFunction> = Box::new(Map);
    /// let mut session = Session::builder().host_functions("host", vec![("map", map)]).build()?;
    /// let report = session.run("return host.map({1, 2, 3}, function(n) return n * n end)");
    /// assert_eq!(report.json()?, "[[1,4,9]]");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn call(
        function: &Function,
        args: Vec<HostValue>,
        then: impl FnOnce(
            &mut HostCx<'_>,
            Result<Vec<HostValue>, HostError>,
        ) -> Result<Reply, HostError>
        + Send
        + 'static,
    ) -> Reply {
        Reply::CallLua { function: function.clone(), args, then: Box::new(then) }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Now(values) => f.debug_tuple("Now").field(values).finish(),
            Reply::CallLua { function, args, .. } => f
                .debug_struct("CallLua")
                .field("function", function)
                .field("args", args)
                .finish_non_exhaustive(),
        }
    }
}

impl From<Vec<HostValue>> for Reply {
    fn from(values: Vec<HostValue>) -> Self {
        Reply::Now(values)
    }
}
