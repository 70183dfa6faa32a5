//! Library functions that a coroutine does not leave by a yield, where there are such
//! boundaries (`State::yield_boundaries`).

use crate::vm::heap::thread::{Callee, Frame, Then, ThreadState};
use crate::vm::meters::fuel::items_price;

/// Names of the library functions whose calls a coroutine may leave by a yield where
/// there are boundaries: in PUC's library, those with a continuation.
const WITH_CONTINUATION: [&str; 4] = ["dofile", "pairs", "pcall", "xpcall"];

/// Tells whether any call in the thread comes from a library function.
fn has_native_calls(th: &ThreadState<'_>) -> bool {
    let below = th.resumer.map_or(0, |resumer| resumer.state().c_calls + 1);
    th.c_calls > below
}

/// Returns the price of [`is_inside_library`], which may look at all frames.
pub(crate) fn boundary_price(th: &ThreadState<'_>) -> u64 {
    if has_native_calls(th) { items_price(th.frames.len()) } else { 0 }
}

/// Tells whether a library function that PUC's coroutines cannot leave has called, at
/// whatever distance, the running function of a thread. A message handler counts too.
pub(crate) fn is_inside_library(th: &ThreadState<'_>) -> bool {
    if th.hooks.running() {
        return true;
    }
    if !has_native_calls(th) {
        return false;
    }
    let Some((_, calling)) = th.frames.split_last() else { return false };
    let closed_to_yields = |frame: &Frame<'_>| match frame.callee {
        Callee::Native(def) => !WITH_CONTINUATION.contains(&def.name),
        Callee::Lua(_) => frame.then == Then::Handler,
    };
    calling.iter().any(closed_to_yields)
}
