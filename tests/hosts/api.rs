//! Functions that hosts call, and that scripts reach at most through others.

use super::case::Case;
use super::lua;

/// Calls the function of a case.
pub(crate) fn run(case: &Case) -> Result<(), String> {
    if let Some(step) = case.get("lua") {
        return lua::steps(case, std::slice::from_ref(step));
    }
    let name = case.field("call")["fn"].as_str().unwrap_or_default();
    Err(format!("there is no function '{name}' yet"))
}
