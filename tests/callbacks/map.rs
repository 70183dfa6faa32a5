//! A host function that calls a function of the script's for one item after the other.

use moonfuel::{Function, HostError, HostValue, Reply};

/// Calls `f` for each item, the last one first, and answers with the results behind `done`.
pub fn map(
    f: Function,
    mut items: Vec<HostValue>,
    mut done: Vec<HostValue>,
) -> Result<Reply, HostError> {
    let Some(item) = items.pop() else { return Ok(Reply::Now(vec![done.into()])) };
    Reply::call(&f.clone(), item, move |_, result: Result<HostValue, HostError>| {
        done.push(result?);
        map(f, items, done)
    })
}
